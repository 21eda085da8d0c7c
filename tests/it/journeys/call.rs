//! A class of today is called off: whoever no message reaches is phoned, and it is not done until the last one knows.

use jiff::SignedDuration;
use reqwest::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::call::CallOutcome;
use xianglao::domain::enrolment::Source;
use xianglao::domain::id::{AccountId, CommunityId, DeliveryId, ResidentId, SessionId};
use xianglao::domain::lang::Lang;
use xianglao::domain::notification::{Status, Tally};
use xianglao::domain::planning::ReasonCode;
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::domain::resident::TellBy;
use xianglao::domain::text::Purpose;
use xianglao::notify::email::{EmailChannel, SmtpSettings, Tls};
use xianglao::services::enrolment::Which;
use xianglao::services::notification::call::{self, CallList, Card};
use xianglao::services::notification::{self, log, tally};
use xianglao::services::resident::NewResident;
use xianglao::services::resident::erasure::{self, Reason};
use xianglao::services::{Error, enrolment, resident, session};

use crate::support::app::{TestApp, location, on_both};
use crate::support::people::merged;
use crate::support::plan::{once, titled};
use crate::support::smtp::{Fault, Point, SmtpServer};

const STAFF: Actor = Actor::System;

/// A class with three people: one reads mail, one is phoned, one has a family that is phoned as well. It is 8:10.
struct Class {
    community: CommunityId,
    session: SessionId,
    reader: ResidentId,
    phoned: ResidentId,
    with_family: ResidentId,
}

async fn person(app: &TestApp, home: CommunityId, at: SessionId, new: NewResident) -> ResidentId {
    let made = resident::create(&app.ctx, &STAFF, home, new).await.unwrap();
    enrolment::enrol_resident(&app.ctx, &STAFF, home, at, made.id, Source::Counter)
        .await
        .unwrap();
    made.id
}

async fn a_class(app: &TestApp, at: &str) -> Class {
    let basic = app.seed_basic().await;
    let home = basic.yunliang;
    let session = once(&app.ctx, home, basic.hall, titled("老年反诈课"), at).await.session;
    let new = |name: &str, phone: &str, building: &str| NewResident {
        name: name.to_owned(),
        phone: phone.to_owned(),
        building: building.to_owned(),
        ..NewResident::default()
    };
    let reader = NewResident {
        email: "reader@example.org".to_owned(),
        tell_by: TellBy::Email,
        ..new("李秀英", "13900001234", "12号楼")
    };
    let family = NewResident {
        family_name: "小刘".to_owned(),
        family_phone: "13900005678".to_owned(),
        ..new("陈玉华", "13900004321", "3号楼1单元")
    };
    Class {
        community: home,
        session,
        reader: person(app, home, session, reader).await,
        phoned: person(app, home, session, new("王德福", "13900002345", "3号楼2单元")).await,
        with_family: person(app, home, session, family).await,
    }
}

async fn cancel(app: &TestApp, class: &Class) {
    session::cancel(
        &app.ctx,
        &STAFF,
        class.community,
        class.session,
        Scope::This,
        ReasonCode::FacilitatorAway,
        Some("小张老师出差。"),
        false,
    )
    .await
    .unwrap();
}

async fn list(app: &TestApp, home: CommunityId) -> CallList {
    call::list(&app.ctx, &STAFF, home, None, Lang::Zh).await.unwrap()
}

async fn numbers(app: &TestApp, class: &Class) -> (u32, u32, u32) {
    let counted = counted(app, class).await;
    (counted.to_tell(), counted.told(), counted.not_told())
}

async fn counted(app: &TestApp, class: &Class) -> Tally {
    let all = tally::of_sessions(&app.ctx, &STAFF, class.community, &[class.session])
        .await
        .unwrap();
    all.get(&class.session).copied().unwrap_or_default()
}

fn names<'a>(cards: impl IntoIterator<Item = &'a Card>) -> Vec<String> {
    cards
        .into_iter()
        .map(|card| card.name.reveal(Purpose::ShowStaff).to_owned())
        .collect()
}

async fn delivery_of(app: &TestApp, home: CommunityId, who: ResidentId) -> (DeliveryId, Status) {
    let page = log::page(&app.ctx, &STAFF, home, &log::Filter::default())
        .await
        .unwrap();
    let row = page.rows.iter().find(|row| row.resident == Some(who)).expect("a line");
    (row.id, row.status)
}

async fn record(app: &TestApp, home: CommunityId, id: DeliveryId, outcome: CallOutcome) -> Result<usize, Error> {
    Ok(call::record(&app.ctx, &STAFF, home, &[id], outcome).await?.noted)
}

fn mail(server: &SmtpServer) -> EmailChannel {
    let mut settings = SmtpSettings::new("127.0.0.1", server.port(), "运粮社区 <noreply@example.org>");
    settings.tls = Tls::None;
    EmailChannel::new(settings).unwrap()
}

on_both!(
    a_class_of_today_that_is_called_off_is_done_when_the_last_one_knows,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T15:00:00").await;
        assert_eq!(numbers(&app, &class).await, (0, 0, 0), "nothing has changed yet");
        cancel(&app, &class).await;

        // At once: those whom no message reaches are on the list, by door; the mail stands beside, because it has not arrived.
        let found = list(&app, class.community).await;
        assert_eq!(found.today.len(), 1, "one building");
        assert_eq!(found.today[0].building, "3号楼");
        assert_eq!(names(found.cards()), ["陈玉华", "王德福"]);
        assert_eq!(names(&found.on_the_way), ["李秀英"]);
        let card = &found.today[0].cards[0];
        assert_eq!(card.numbers.len(), 2, "their own and the family's");
        assert_eq!(
            card.matters[0].lines,
            [
                "今天（11月25日 周三 下午3:00）的老年反诈课不办了，请不要过来。",
                "原因是小张老师出差。"
            ]
        );
        assert_eq!(numbers(&app, &class).await, (3, 0, 3));
        let left = tally::unfinished(&app.ctx, &STAFF, class.community).await.unwrap();
        assert_eq!(
            (left.len(), left[0].session, left[0].cancelled),
            (1, class.session, true)
        );

        // Nobody takes the call: it stays, moved down, with the count.
        let (chen, _) = delivery_of(&app, class.community, class.with_family).await;
        let (wang, _) = delivery_of(&app, class.community, class.phoned).await;
        let (li, due) = delivery_of(&app, class.community, class.reader).await;
        assert_eq!(due, Status::Due);
        assert_eq!(
            record(&app, class.community, chen, CallOutcome::NoAnswer)
                .await
                .unwrap(),
            1
        );
        assert_eq!(
            record(&app, class.community, chen, CallOutcome::NoAnswer)
                .await
                .unwrap(),
            0,
            "the button was pressed twice"
        );
        let found = list(&app, class.community).await;
        assert_eq!(names(found.cards()), ["王德福", "陈玉华"]);
        assert_eq!(found.today[0].cards[1].missed, 1);
        app.clock.advance(SignedDuration::from_mins(5));
        // "Another day" does not help with a class of today.
        record(&app, class.community, chen, CallOutcome::Later).await.unwrap();
        assert_eq!(list(&app, class.community).await.people(), 2);
        app.clock.advance(SignedDuration::from_mins(1));
        record(&app, class.community, chen, CallOutcome::Family).await.unwrap();
        record(&app, class.community, wang, CallOutcome::Told).await.unwrap();
        let told = counted(&app, &class).await;
        assert_eq!((told.phoned, told.family, told.under_way), (1, 1, 1));

        // Phoning first is allowed while the mail waits; then no mail leaves.
        record(&app, class.community, li, CallOutcome::Told).await.unwrap();
        assert_eq!(numbers(&app, &class).await, (3, 3, 0));
        assert!(
            tally::unfinished(&app.ctx, &STAFF, class.community)
                .await
                .unwrap()
                .is_empty()
        );
        let server = SmtpServer::start().await;
        let channel = mail(&server);
        notification::deliver_ready(&app.ctx, Some(&channel), Uuid::from_u128(1))
            .await
            .unwrap();
        assert!(server.messages().is_empty(), "she knows");

        // Taking the last call back makes the mail due again.
        let found = list(&app, class.community).await;
        assert_eq!(found.people(), 0);
        assert_eq!(found.done.len(), 5, "every try is kept");
        call::undo(&app.ctx, &STAFF, class.community, &[li]).await.unwrap();
        assert_eq!(
            delivery_of(&app, class.community, class.reader).await,
            (li, Status::Due)
        );
        assert_eq!(numbers(&app, &class).await, (3, 2, 1));
        notification::deliver_ready(&app.ctx, Some(&channel), Uuid::from_u128(1))
            .await
            .unwrap();
        assert_eq!(server.wait_for(1).await[0].to, ["reader@example.org"]);
        assert_eq!(counted(&app, &class).await.received, 1);
        assert!(
            call::undo(&app.ctx, &STAFF, class.community, &[li]).await.is_err(),
            "there is no call any more"
        );
    }
);

on_both!(
    whoever_asks_for_another_day_is_back_the_next_morning,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-27T15:00:00").await;
        cancel(&app, &class).await;
        let found = list(&app, class.community).await;
        assert!(
            found.today.is_empty() && found.on_the_way.is_empty(),
            "it is not about today"
        );
        let (wang, _) = delivery_of(&app, class.community, class.phoned).await;
        record(&app, class.community, wang, CallOutcome::Later).await.unwrap();
        let found = list(&app, class.community).await;
        assert_eq!((names(found.cards()), found.hidden), (vec!["陈玉华".to_owned()], 1));
        assert_eq!(numbers(&app, &class).await.2, 3, "hidden is not told");
        app.clock.set("2026-11-26T07:59:00+08:00");
        assert_eq!(list(&app, class.community).await.hidden, 1);
        app.clock.set("2026-11-26T08:00:00+08:00");
        assert_eq!(list(&app, class.community).await.people(), 2);

        // Too late: put away, and still in the log.
        app.clock.set("2026-11-28T09:00:00+08:00");
        let found = list(&app, class.community).await;
        assert_eq!((found.people(), found.outdated), (0, 2));
        assert_eq!(call::tidy(&app.ctx, &STAFF, class.community).await.unwrap(), 2);
        assert_eq!(
            delivery_of(&app, class.community, class.phoned).await,
            (wang, Status::Expired)
        );
    }
);

on_both!(
    what_was_changed_back_needs_no_call_and_the_newest_change_counts,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T15:00:00").await;
        cancel(&app, &class).await;
        app.clock.advance(SignedDuration::from_mins(5));
        session::restore(&app.ctx, &STAFF, class.community, class.session, Scope::This, false)
            .await
            .unwrap();
        let found = list(&app, class.community).await;
        let card = found.cards().next().unwrap();
        assert_eq!(card.matters.len(), 1, "only that it takes place");
        assert!(
            card.matters[0].lines[0].contains("照常办"),
            "{:?}",
            card.matters[0].lines
        );
        assert_eq!(found.outdated, 2);
        assert_eq!(numbers(&app, &class).await, (3, 0, 3), "everybody once");

        // Whoever gave their place up need not know any more.
        let of_wang = enrolment_of(&app, &class, class.phoned).await;
        enrolment::cancel(&app.ctx, class.community, Which::Id(STAFF, class.session, of_wang))
            .await
            .unwrap();
        assert_eq!(names(list(&app, class.community).await.cards()), ["陈玉华"]);
        assert_eq!(numbers(&app, &class).await, (2, 0, 2));
    }
);

async fn enrolment_of(app: &TestApp, class: &Class, who: ResidentId) -> xianglao::domain::id::EnrolmentId {
    entities::enrolment::Entity::find()
        .filter(entities::enrolment::Column::SessionId.eq(class.session.0))
        .filter(entities::enrolment::Column::ResidentId.eq(who.0))
        .one(app.db())
        .await
        .unwrap()
        .expect("they are signed up")
        .id
        .into()
}

on_both!(
    a_change_of_several_sessions_counts_for_each_whom_it_concerns,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T15:00:00").await;
        let basic = app.seed_basic().await;
        let other = once(
            &app.ctx,
            class.community,
            basic.parlour,
            titled("健康讲座"),
            "2026-11-26T10:00:00",
        )
        .await
        .session;
        enrolment::enrol_resident(&app.ctx, &STAFF, class.community, other, class.phoned, Source::Counter)
            .await
            .unwrap();
        // One act hits both: one message a person.
        let (ctx, home) = (app.ctx.clone(), class.community);
        let now = app.ctx.now();
        let both = [class.session, other];
        cancel(&app, &class).await;
        session::cancel(
            &app.ctx,
            &STAFF,
            home,
            other,
            Scope::This,
            ReasonCode::FacilitatorAway,
            None,
            false,
        )
        .await
        .unwrap();
        ctx.clone()
            .db
            .write(async move |txn| {
                let changed = both.map(|session| notification::ChangedSession {
                    session,
                    event: xianglao::domain::notification::Event::Cancelled,
                    starts_at: now + SignedDuration::from_hours(7),
                    was_at: now + SignedDuration::from_hours(7),
                });
                notification::session_changed(&ctx, txn, now, home, &changed).await
            })
            .await
            .unwrap();
        let all = tally::of_sessions(&app.ctx, &STAFF, home, &both).await.unwrap();
        assert_eq!(all[&class.session].to_tell(), 3);
        assert_eq!(all[&other].to_tell(), 1, "only who is signed up for it");
    }
);

on_both!(
    nobody_of_another_community_and_no_partner_sees_the_list_or_changes_it,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T15:00:00").await;
        cancel(&app, &class).await;
        let (wang, _) = delivery_of(&app, class.community, class.phoned).await;
        let youyuan = app.seed_basic().await.youyuan;
        let stranger = Actor::Account {
            id: AccountId(Uuid::from_u128(7)),
            role: Role::Staff,
            community: Some(youyuan),
            partner: None,
        };
        assert!(matches!(
            call::list(&app.ctx, &stranger, class.community, None, Lang::Zh).await,
            Err(Error::Forbidden(_))
        ));
        assert!(matches!(
            call::record(&app.ctx, &stranger, class.community, &[wang], CallOutcome::Told).await,
            Err(Error::Forbidden(_))
        ));
        // Through their own community they do not reach it either.
        assert!(matches!(
            call::record(&app.ctx, &stranger, youyuan, &[wang], CallOutcome::Told).await,
            Err(Error::NotFound { .. })
        ));
        assert!(list(&app, youyuan).await.cards().next().is_none());
        let partner = app.client_as(Role::Partner).await;
        let district = app.client_as(Role::District).await;
        for path in [
            "/staff/calls".to_owned(),
            "/staff/calls/print".to_owned(),
            format!("/staff/notifications/{wang}"),
            format!("/staff/sessions/{}/phone-list", class.session),
            "/api/v1/communities/yunliang/calls".to_owned(),
        ] {
            assert_eq!(partner.get(&path).await.status(), StatusCode::FORBIDDEN, "{path}");
            assert_eq!(district.get(&path).await.status(), StatusCode::FORBIDDEN, "{path}");
        }
    }
);

on_both!(
    whoever_was_erased_or_merged_breaks_neither_list_nor_numbers,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T15:00:00").await;
        cancel(&app, &class).await;
        merged(&app, class.phoned, class.with_family).await.unwrap();
        let found = list(&app, class.community).await;
        assert_eq!(names(found.cards()), ["王德福"], "one person, one card");
        assert_eq!(numbers(&app, &class).await.0, 2);
        erasure::erase(&app.ctx, &STAFF, class.community, class.phoned, Reason::Asked, "王德福")
            .await
            .unwrap();
        let found = list(&app, class.community).await;
        assert_eq!(found.people(), 0);
        assert_eq!(numbers(&app, &class).await, (1, 0, 1));
        let staff = app.client_as(Role::Staff).await;
        for path in ["/staff/notifications?view=all", "/staff/calls?numbers=yes", "/staff"] {
            staff.page(path).await;
        }
    }
);

on_both!(the_pages_let_staff_phone_note_undo_and_print, async |app: TestApp| {
    let class = a_class(&app, "2026-11-25T15:00:00").await;
    cancel(&app, &class).await;
    let staff = app.client_as(Role::Staff).await;
    let today = staff.page("/staff").await;
    let link = format!("/staff/calls?session={}", class.session);
    assert!(
        today.contains("还有 3 人不知道") && today.contains(&link),
        "a task until the last one knows"
    );
    assert!(today.contains("3 人应通知 · 0 人已告知 · 3 人未告知"));
    let panel = staff
        .page(&format!("/staff/week?week=2026-W48&session={}", class.session))
        .await;
    assert!(panel.contains("3 人未告知") && panel.contains(&format!("/staff/sessions/{}/outputs", class.session)));

    // Numbers are masked until they are asked for, and that is written down once.
    let page = staff.page("/staff/calls").await;
    assert!(page.contains("王德福") && !page.contains("13900002345"), "{page}");
    let page = staff.page("/staff/calls?numbers=yes").await;
    assert!(
        page.contains("href=\"tel:13900002345\"") && page.contains("小刘"),
        "{page}"
    );
    staff.page("/staff/calls?numbers=yes").await;
    let shown = || {
        entities::audit::Entity::find()
            .filter(entities::audit::Column::Action.eq("call.numbers"))
            .count(app.db())
    };
    assert_eq!(shown().await.unwrap(), 1);
    let paper = staff.page("/staff/calls/print").await;
    assert!(paper.contains("13900002345") && paper.contains("不要贴出去"), "{paper}");
    assert_eq!(shown().await.unwrap(), 2, "each print is");

    let (wang, _) = delivery_of(&app, class.community, class.phoned).await;
    let (id, session) = (wang.to_string(), class.session.to_string());
    let pressed = [
        ("delivery", id.as_str()),
        ("outcome", "told"),
        ("session", session.as_str()),
        ("numbers", "yes"),
    ];
    let done = staff.submit("/staff/calls/outcome", &pressed).await;
    assert_eq!(
        location(&done),
        format!("/staff/calls?session={session}&numbers=yes&done=told")
    );
    let page = staff.page(&location(&done)).await;
    assert!(page.contains("记下了：王德福，已告知。"), "{page}");
    let twice = staff.submit("/staff/calls/outcome", &pressed).await;
    assert!(location(&twice).ends_with("done=already"), "{}", location(&twice));
    let wrong = staff
        .submit(
            "/staff/calls/outcome",
            &[("delivery", id.as_str()), ("outcome", "maybe")],
        )
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let undone = staff.submit("/staff/calls/undo", &[("delivery", id.as_str())]).await;
    assert_eq!(location(&undone), "/staff/calls?done=undone");
    assert_eq!(delivery_of(&app, class.community, class.phoned).await.1, Status::ToCall);
    staff.page(&format!("/staff/notifications/{wang}")).await;

    // The six outputs.
    let page = staff.page(&format!("/staff/sessions/{session}/outputs")).await;
    for part in [
        "今天 下午3:00\n老年反诈课\n不办了",
        "再说一遍：今天下午三点的老年反诈课",
        "零三七四",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let paper = staff.page(&format!("/staff/sessions/{session}/phone-list")).await;
    assert!(paper.contains("王德福") && !paper.contains("李秀英"), "she reads mail");
    let english = staff.page("/staff/calls?lang=en").await;
    assert!(english.contains("does not take place"), "{english}");
});

on_both!(
    what_failed_is_shown_with_why_and_several_are_dealt_with_at_once,
    async |app: TestApp| {
        let server = SmtpServer::start().await;
        let class = a_class(&app, "2026-11-25T15:00:00").await;
        cancel(&app, &class).await;
        server.misbehave(Point::Rcpt, Fault::Permanent);
        let channel = mail(&server);
        notification::deliver_ready(&app.ctx, Some(&channel), Uuid::from_u128(1))
            .await
            .unwrap();
        let (li, status) = delivery_of(&app, class.community, class.reader).await;
        assert_eq!(status, Status::ToCall, "refused for good: somebody phones");
        let staff = app.client_as(Role::Staff).await;
        let page = staff.page("/staff/notifications").await;
        assert!(
            page.contains("李*英") && !page.contains("李秀英"),
            "recipients are masked"
        );
        let one = staff.page(&format!("/staff/notifications/{li}")).await;
        assert!(
            one.contains("第 1 次发：对方不收") && one.contains("李秀英，您好"),
            "{one}"
        );

        // A message that nobody answered: whoever sends it again is told that it may have arrived.
        set_status(&app, li, "unknown", "email").await;
        let chosen = [("delivery", li.to_string()), ("act", "resend".to_owned())];
        let chosen: Vec<(&str, &str)> = chosen.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let asked = staff.submit("/staff/notifications/bulk", &chosen).await;
        assert_eq!(asked.status(), StatusCode::OK);
        let asked = asked.text().await.unwrap();
        assert!(asked.contains("可能已经收到了"), "{asked}");
        assert_eq!(
            delivery_of(&app, class.community, class.reader).await.1,
            Status::Unknown
        );
        let sure = [chosen.as_slice(), &[("step", "sure")]].concat();
        let done = staff.submit("/staff/notifications/bulk", &sure).await;
        assert_eq!(location(&done), "/staff/notifications?view=all&done=resent&n=1");
        assert_eq!(delivery_of(&app, class.community, class.reader).await.1, Status::Due);
        let phone = [("delivery", sure[0].1), ("act", "phone"), ("step", "sure")];
        staff.submit("/staff/notifications/bulk", &phone).await;
        assert_eq!(delivery_of(&app, class.community, class.reader).await.1, Status::ToCall);
        assert_eq!(list(&app, class.community).await.people(), 3);

        // Filters.
        for (query, there) in [
            ("q=lxy", true),
            ("q=wdf", false),
            ("q=1234", true),
            ("event=moved", false),
            ("event=cancelled&channel=call", true),
            ("channel=robot", false),
        ] {
            let page = staff.page(&format!("/staff/notifications?view=all&{query}")).await;
            assert_eq!(page.contains("李*英"), there, "{query}");
        }
        let page = staff
            .page(&format!("/staff/notifications?view=all&session={}", class.session))
            .await;
        assert!(page.contains("李*英"));
    }
);

async fn set_status(app: &TestApp, id: DeliveryId, status: &'static str, channel: &'static str) {
    app.ctx
        .db
        .write(async move |txn| {
            entities::delivery::Entity::update_many()
                .col_expr(
                    entities::delivery::Column::Status,
                    sea_orm::sea_query::Expr::value(status),
                )
                .col_expr(
                    entities::delivery::Column::Channel,
                    sea_orm::sea_query::Expr::value(channel),
                )
                .filter(entities::delivery::Column::Id.eq(id.0))
                .exec(txn)
                .await
                .map_err(|error| Error::Storage(error.into()))
        })
        .await
        .unwrap();
}

on_both!(
    a_message_that_is_just_leaving_cannot_be_phoned_away,
    async |app: TestApp| {
        let class = a_class(&app, "2026-11-25T15:00:00").await;
        cancel(&app, &class).await;
        let (li, _) = delivery_of(&app, class.community, class.reader).await;
        for status in ["leased", "sending"] {
            set_status(&app, li, status, "email").await;
            let refused = record(&app, class.community, li, CallOutcome::Told).await;
            assert!(
                matches!(
                    refused,
                    Err(Error::State {
                        code: "delivery-leaving"
                    })
                ),
                "{refused:?}"
            );
            assert_eq!(names(&list(&app, class.community).await.on_the_way), ["李秀英"]);
        }
        // Its partner's answer is lost: phoning is right now.
        set_status(&app, li, "unknown", "email").await;
        record(&app, class.community, li, CallOutcome::Told).await.unwrap();
        assert_eq!(counted(&app, &class).await.phoned, 1);
    }
);

on_both!(programs_read_the_list_and_note_calls, async |app: TestApp| {
    let class = a_class(&app, "2026-11-25T15:00:00").await;
    cancel(&app, &class).await;
    let staff = app.bearer_as(Role::Staff).await;
    let base = "/api/v1/communities/yunliang";
    let calls = staff.json(&format!("{base}/calls")).await;
    assert_eq!(calls["items"].as_array().unwrap().len(), 2);
    assert_eq!(calls["on_the_way"].as_array().unwrap().len(), 1);
    assert_eq!(calls["items"][0]["numbers"][0]["phone"], "13900004321");
    let (wang, _) = delivery_of(&app, class.community, class.phoned).await;
    let outcome = format!("{base}/calls/{wang}/outcome");
    let wrong = staff.post(&outcome, &json!({ "outcome": "perhaps" })).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let noted = staff.post(&outcome, &json!({ "outcome": "family" })).await;
    assert_eq!(noted.status(), StatusCode::CREATED);
    let told = staff.json(&format!("{base}/sessions/{}/told", class.session)).await;
    assert_eq!(
        (&told["to_tell"], &told["told"], &told["not_told"], &told["family"]),
        (&json!(3), &json!(1), &json!(2), &json!(1))
    );
    let detail = staff.json(&format!("{base}/notifications/{wang}")).await;
    assert_eq!(detail["calls"][0]["outcome"], "family");
    assert_eq!(detail["recipient"], "王*福");
    assert_eq!(staff.delete(&outcome).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(staff.delete(&outcome).await.status(), StatusCode::CONFLICT);
    let by_phone = staff.json(&format!("{base}/notifications?channel=call")).await;
    assert_eq!(by_phone["items"].as_array().unwrap().len(), 2);
    let bad = staff.get(&format!("{base}/notifications?channel=pigeon")).await;
    assert_eq!(bad.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let none = staff.get(&format!("{base}/sessions/{}/told", Uuid::from_u128(5))).await;
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
});

on_both!(a_moved_class_names_both_times, async |app: TestApp| {
    let class = a_class(&app, "2026-11-25T15:00:00").await;
    let change = Change {
        starts_local: Some("2026-11-26T09:30:00".parse().unwrap()),
        ..Change::default()
    };
    session::edit(
        &app.ctx,
        &STAFF,
        class.community,
        class.session,
        Scope::This,
        change,
        false,
    )
    .await
    .unwrap();
    let found = list(&app, class.community).await;
    let card = found.cards().next().unwrap();
    assert!(card.is_today, "they would come today");
    assert_eq!(
        card.matters[0].lines,
        [
            "原定今天（11月25日 周三 下午3:00）的老年反诈课，改到明天（11月26日 周四 上午9:30），在多功能厅（社区服务中心一楼）。"
        ]
    );
});
