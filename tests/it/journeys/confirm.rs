//! A partner is asked whether it comes, answers by a link without login, and somebody stands in.

use entities::{delivery, notification as notification_row};
use jiff::SignedDuration;
use reqwest::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::confirmation::Task;
use xianglao::domain::id::{CommunityId, SessionId};
use xianglao::domain::planning::ReasonCode;
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::services::complaint::{self, NewComplaint, NewDecision};
use xianglao::services::confirmation::{self, Reply};
use xianglao::services::partner::{self, NewPartner};
use xianglao::services::{Error, notification, session, substitution};

use crate::support::app::{TestApp, location, on_both};
use crate::support::partner::{TITLE, actor, another, asked, given_by, path_of, row, session_at, weekly};

/// Six days ahead.
const TUESDAY: &str = "2026-12-01T09:30:00";

async fn tasks(app: &TestApp) -> Vec<Task> {
    let home = app.seed_basic().await.yunliang;
    let staff = actor(app, Role::Staff).await;
    let tasks = confirmation::tasks(&app.ctx, &staff, home).await.unwrap();
    tasks.into_iter().map(|one| one.task).collect()
}

async fn letters(app: &TestApp, event: &str) -> u64 {
    let rows = notification_row::Entity::find().filter(notification_row::Column::Event.eq(event));
    rows.count(app.db()).await.unwrap()
}

async fn move_to(app: &TestApp, at: (CommunityId, SessionId), local: &str) {
    let change = Change {
        starts_local: Some(local.parse().unwrap()),
        ..Change::default()
    };
    session::edit(&app.ctx, &Actor::System, at.0, at.1, Scope::This, change, false)
        .await
        .unwrap();
}

on_both!(
    a_partner_is_asked_a_week_before_once_and_its_link_answers_once,
    async |app| {
        let at = session_at(&app, TUESDAY).await;
        // Too far ahead, the community's own, and called off: nobody is asked about these.
        session_at(&app, "2026-12-09T09:30:00").await;
        assert_eq!(confirmation::ask_due(&app.ctx).await.unwrap(), 1);
        assert_eq!(confirmation::ask_due(&app.ctx).await.unwrap(), 0, "once");
        assert_eq!(letters(&app, "confirm_session").await, 1);
        let staff = actor(&app, Role::Staff).await;
        let asked = confirmation::ask(&app.ctx, &staff, at.0, at.1).await.unwrap();
        assert_eq!(letters(&app, "confirm_session").await, 1, "by hand sends no second one");

        let path = path_of(&app, at.0, &asked);
        let somebody = app.client();
        for _ in 0..2 {
            let open = somebody.page(&path).await;
            assert!(
                open.contains("能来吗？") && open.contains(TITLE) && open.contains("报了 0 人"),
                "{open}"
            );
        }
        assert_eq!(row(&app, at.0, &asked).await.answer, None, "a preview answers nothing");
        let panel = app.client_as(Role::Staff).await;
        let address = format!("/staff/week?week=2026-W49&session={}", at.1);
        assert!(panel.page(&address).await.contains("等合作方回"));

        let yes = somebody.submit(&path, &[("answer", "confirmed")]).await;
        assert_eq!(location(&yes), path);
        let done = somebody.page(&path).await;
        assert!(
            done.contains("您说了：来") && done.contains("您在 今天 早上8:10 确认过了"),
            "{done}"
        );
        assert!(!done.contains("<form class=\"s-form\""), "{done}");
        let no = somebody
            .submit(&path, &[("answer", "declined"), ("words", "临时有事")])
            .await;
        assert_eq!(no.status(), StatusCode::SEE_OTHER);
        let kept = row(&app, at.0, &asked).await;
        assert_eq!((kept.answer.as_deref(), kept.words.as_str()), (Some("confirmed"), ""));
        assert_eq!(kept.answered_via.as_deref(), Some("link"));
        assert!(panel.page(&address).await.contains("合作方确认来"));
        assert!(tasks(&app).await.is_empty());
    }
);

on_both!(
    the_letter_carries_the_link_and_is_not_sent_after_the_answer,
    async |app| {
        let at = session_at(&app, TUESDAY).await;
        let other = session_at(&app, "2026-12-01T14:30:00").await;
        let (first, second) = (asked(&app, at).await, asked(&app, other).await);
        let path = path_of(&app, at.0, &second);
        app.client().submit(&path, &[("answer", "confirmed")]).await;
        notification::deliver_ready(&app.ctx, None, Uuid::from_u128(1))
            .await
            .unwrap();
        let rows = delivery::Entity::find().all(app.db()).await.unwrap();
        let kept: Vec<_> = rows.iter().filter(|row| row.status == "kept").collect();
        let dropped: Vec<_> = rows.iter().filter(|row| row.status == "dropped").collect();
        assert_eq!((kept.len(), dropped.len()), (1, 1), "{rows:?}");
        assert!(kept[0].body.contains(&path_of(&app, at.0, &first)), "{}", kept[0].body);
        assert!(kept[0].subject.contains(TITLE), "{}", kept[0].subject);
    }
);

on_both!(
    a_link_that_is_tampered_with_or_unknown_says_whom_to_phone,
    async |app| {
        let at = session_at(&app, TUESDAY).await;
        let one = asked(&app, at).await;
        let path = path_of(&app, at.0, &one);
        let client = app.client();
        let (head, last) = path.split_at(path.len() - 1);
        let other = if last == "A" { "E" } else { "A" };
        for wrong in [
            format!("{head}{other}"),
            head.to_owned(),
            format!("{path}x"),
            "/confirm/none".to_owned(),
            format!("/confirm/{}", "%00".repeat(30)),
            format!("/confirm/{}", "长".repeat(50)),
        ] {
            let seen = client.get(&wrong).await;
            assert_eq!(seen.status(), StatusCode::NOT_FOUND, "{wrong}");
            let text = seen.text().await.unwrap();
            assert!(
                text.contains("这个链接打不开") && text.contains("0374-0000001"),
                "{text}"
            );
            let posted = client.submit(&wrong, &[("answer", "confirmed")]).await;
            assert_eq!(posted.status(), StatusCode::NOT_FOUND, "{wrong}");
        }
        assert_eq!(row(&app, at.0, &one).await.answer, None);
    }
);

on_both!(a_link_answers_for_its_own_session_only, async |app| {
    let at = session_at(&app, TUESDAY).await;
    let other = session_at(&app, "2026-12-01T14:30:00").await;
    let (first, second) = (asked(&app, at).await, asked(&app, other).await);
    assert_ne!(path_of(&app, at.0, &first), path_of(&app, at.0, &second));
    let path = path_of(&app, at.0, &first);
    app.client().submit(&path, &[("answer", "confirmed")]).await;
    assert!(row(&app, at.0, &first).await.answer.is_some());
    assert_eq!(row(&app, at.0, &second).await.answer, None);
});

on_both!(
    the_link_of_a_session_that_moved_says_the_new_time_and_confirms_nothing,
    async |app| {
        let at = session_at(&app, TUESDAY).await;
        let one = asked(&app, at).await;
        let path = path_of(&app, at.0, &one);
        move_to(&app, at, "2026-12-01T15:00:00").await;
        let client = app.client();
        let seen = client.page(&path).await;
        assert!(
            seen.contains("时间改了") && seen.contains("12月1日 周二 下午3:00"),
            "{seen}"
        );
        let posted = client.submit(&path, &[("answer", "confirmed")]).await;
        assert_eq!(posted.status(), StatusCode::SEE_OTHER);
        assert_eq!(row(&app, at.0, &one).await.answer, None);
        // The new start is asked about anew, with another link.
        assert_eq!(confirmation::ask_due(&app.ctx).await.unwrap(), 1);
        let again = asked(&app, at).await;
        assert_ne!(path_of(&app, at.0, &again), path);
        assert!(client.page(&path_of(&app, at.0, &again)).await.contains("能来吗？"));
    }
);

on_both!(
    the_link_of_a_session_that_is_off_or_has_begun_confirms_nothing,
    async |app| {
        let at = session_at(&app, TUESDAY).await;
        let other = session_at(&app, "2026-12-01T14:30:00").await;
        let (off, begun) = (asked(&app, at).await, asked(&app, other).await);
        let words = Some("停电");
        let code = ReasonCode::VenueClosed;
        session::cancel(&app.ctx, &Actor::System, at.0, at.1, Scope::This, code, words, false)
            .await
            .unwrap();
        app.clock.set("2026-12-01T14:30:00+08:00");
        let client = app.client();
        for (one, said) in [(&off, "这一次不办了"), (&begun, "已经开始了")] {
            let path = path_of(&app, at.0, one);
            assert!(client.page(&path).await.contains(said));
            let posted = client.submit(&path, &[("answer", "confirmed")]).await;
            assert_eq!(posted.status(), StatusCode::SEE_OTHER);
            assert_eq!(row(&app, at.0, one).await.answer, None);
        }
    }
);

on_both!(of_two_answers_at_once_one_counts, async |app| {
    let at = session_at(&app, TUESDAY).await;
    let one = asked(&app, at).await;
    let path = path_of(&app, at.0, &one);
    let (a, b) = (app.client(), app.client());
    let (yes, no) = (
        [("answer", "confirmed")],
        [("answer", "declined"), ("words", "临时有事")],
    );
    tokio::join!(a.submit(&path, &yes), b.submit(&path, &no));
    let kept = row(&app, at.0, &one).await;
    let whole = match kept.answer.as_deref() {
        Some("confirmed") => kept.words.is_empty(),
        Some("declined") => kept.words == "临时有事",
        _ => false,
    };
    assert!(whole, "{kept:?}");
});

on_both!(
    no_answer_for_48_hours_becomes_a_task_until_somebody_phoned,
    async |app| {
        let at = session_at(&app, TUESDAY).await;
        let one = asked(&app, at).await;
        app.clock
            .advance(SignedDuration::from_hours(48) - SignedDuration::from_secs(1));
        assert!(tasks(&app).await.is_empty());
        app.clock.advance(SignedDuration::from_secs(1));
        assert_eq!(tasks(&app).await, [Task::Overdue]);
        let staff = app.client_as(Role::Staff).await;
        let start = staff.page("/staff").await;
        assert!(start.contains("打电话问藏御堂体验馆"), "{start}");
        let address = format!("/staff/sessions/{}/confirmation", at.1);
        let page = staff.page(&address).await;
        assert!(
            page.contains("没回，请打电话") && page.contains(&path_of(&app, at.0, &one)),
            "{page}"
        );
        let noted = staff.submit(&address, &[("wish", "confirmed")]).await;
        assert_eq!(noted.status(), StatusCode::SEE_OTHER);
        assert!(tasks(&app).await.is_empty());
        assert_eq!(row(&app, at.0, &one).await.answered_via.as_deref(), Some("phone"));
        let link = app.client().page(&path_of(&app, at.0, &one)).await;
        assert!(link.contains("电话里说好了：来"), "{link}");
    }
);

on_both!(
    a_refusal_needs_a_reason_is_a_task_at_once_and_somebody_stands_in,
    async |app| {
        let basic = app.seed_basic().await;
        let at = session_at(&app, TUESDAY).await;
        let change = Change {
            facilitator_id: Some(Some(basic.xiong)),
            ..Change::default()
        };
        session::edit(&app.ctx, &Actor::System, at.0, at.1, Scope::This, change, false)
            .await
            .unwrap();
        let one = asked(&app, at).await;
        let path = path_of(&app, at.0, &one);
        let client = app.client();
        let without = client
            .submit(
                &path,
                &[("answer", "declined"), ("words", " "), ("substitute", "柳老师")],
            )
            .await;
        assert_eq!(without.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = without.text().await.unwrap();
        assert!(text.contains("柳老师") && text.contains(r##"href="#words""##), "{text}");
        let long = "长".repeat(201);
        let too_long = client.submit(&path, &[("answer", "declined"), ("words", &long)]).await;
        assert_eq!(too_long.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let odd = client.submit(&path, &[("answer", "perhaps")]).await;
        assert_eq!(odd.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(row(&app, at.0, &one).await.answer, None);

        let fields = [
            ("answer", "declined"),
            ("words", "熊老师发烧"),
            ("substitute", "柳老师"),
        ];
        client.submit(&path, &fields).await;
        assert_eq!(tasks(&app).await, [Task::Declined]);
        let staff = app.client_as(Role::Staff).await;
        assert!(staff.page("/staff").await.contains("熊老师发烧"));

        let address = format!("/staff/sessions/{}/substitute", at.1);
        let done = staff
            .submit(
                &address,
                &[("facilitator", ""), ("name", "柳老师"), ("reason", "熊老师发烧")],
            )
            .await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        let panel = staff.page(&format!("/staff/week?week=2026-W49&session={}", at.1)).await;
        assert!(panel.contains("柳老师 代 熊老师（熊老师发烧）"), "{panel}");
        let address = format!("/staff/sessions/{}/confirmation", at.1);
        staff.submit(&address, &[("wish", "handled")]).await;
        assert!(tasks(&app).await.is_empty());
        staff.submit(&address, &[("wish", "handled")]).await;
    }
);

on_both!(
    who_stood_in_is_kept_for_one_session_and_for_those_that_follow,
    async |app| {
        let basic = app.seed_basic().await;
        let at = weekly(&app, TUESDAY, 4).await;
        let led_by = |id, reason: &str| Change {
            facilitator_id: Some(Some(id)),
            reason: Some(reason.to_owned()),
            ..Change::default()
        };
        let actor = Actor::System;
        let first = led_by(basic.xiong, "");
        session::edit(&app.ctx, &actor, at.0, at.1, Scope::All, first, false)
            .await
            .unwrap();
        let ids: Vec<SessionId> = entities::session::Entity::find()
            .order_by_asc(entities::session::Column::StartsAt)
            .all(app.db())
            .await
            .unwrap()
            .into_iter()
            .map(|row| row.id.into())
            .collect();
        let history = async || substitution::history(&app.ctx, at.0, &ids).await.unwrap();
        assert_eq!(history().await.len(), 4);
        app.clock.advance(SignedDuration::from_mins(1));
        let then = led_by(basic.zhang, "熊老师出差");
        session::edit(&app.ctx, &actor, at.0, ids[2], Scope::Following, then, false)
            .await
            .unwrap();
        let kept = history().await;
        assert_eq!(kept.len(), 6, "two more sessions changed hands");
        let last = kept.last().unwrap();
        assert_eq!(last.reason, "熊老师出差");
        assert_eq!(last.from.as_ref().unwrap().name, "熊老师");
        assert_eq!(last.to.as_ref().unwrap().name, "小张");
        // A change that is refused writes nothing down.
        let nowhere = led_by(app.ctx.new_id(app.ctx.now()), "");
        let refused = session::edit(&app.ctx, &actor, at.0, at.1, Scope::This, nowhere, false).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        assert_eq!(history().await.len(), 6);
    }
);

on_both!(a_partner_answers_on_its_own_page_and_not_for_another, async |app| {
    let at = session_at(&app, TUESDAY).await;
    let other = another(&app).await;
    let theirs = given_by(&app, other.id, "拍照", "2026-12-01T14:30:00").await;
    let (own, foreign) = (asked(&app, at).await, asked(&app, theirs).await);
    let partner = app.client_as(Role::Partner).await;
    let home = partner.page("/partner").await;
    assert!(home.contains("等您回：1 场") && !home.contains("拍照"), "{home}");
    let address = format!("/partner/sessions/{}/confirm/{}", theirs.1, foreign.id);
    let refused = partner.submit(&address, &[("answer", "confirmed")]).await;
    assert_eq!(refused.status(), StatusCode::NOT_FOUND);
    let address = format!("/partner/sessions/{}/confirm/{}", at.1, own.id);
    let typed = [("answer", "declined"), ("words", ""), ("substitute", "柳老师")];
    let without = partner.submit(&address, &typed).await;
    assert_eq!(without.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        without.text().await.unwrap().contains("柳老师"),
        "what was typed is kept"
    );
    let yes = partner.submit(&address, &[("answer", "confirmed")]).await;
    assert_eq!(location(&yes), format!("/partner/sessions/{}", at.1));
    assert!(partner.page(&location(&yes)).await.contains("确认过了"));
    assert_eq!(row(&app, at.0, &own).await.answered_via.as_deref(), Some("login"));
    assert_eq!(row(&app, at.0, &foreign).await.answer, None);
});

#[tokio::test]
async fn answers_from_one_network_are_limited() {
    let app = TestApp::sqlite().await;
    let at = session_at(&app, TUESDAY).await;
    let path = path_of(&app, at.0, &asked(&app, at).await);
    let client = app.client();
    let mut last = StatusCode::OK;
    for _ in 0..31 {
        last = client.submit(&path, &[("answer", "perhaps")]).await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn what_the_community_gives_itself_has_nobody_to_ask() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let new = crate::support::plan::titled("反诈课");
    let at = crate::support::plan::once(&app.ctx, basic.yunliang, basic.hall, new, TUESDAY).await;
    let staff = actor(&app, Role::Staff).await;
    let refused = confirmation::ask(&app.ctx, &staff, basic.yunliang, at.session).await;
    let code = "confirm-no-partner";
    assert!(matches!(refused, Err(Error::State { code: said }) if said == code));
    assert_eq!(confirmation::ask_due(&app.ctx).await.unwrap(), 0);
    let partner = actor(&app, Role::Partner).await;
    let one = confirmation::ask(&app.ctx, &partner, basic.yunliang, at.session).await;
    assert!(matches!(one, Err(Error::Forbidden(_))));
    let reply = Reply::default();
    let gone = confirmation::answer_by_link(&app.ctx, "x", [192, 0, 2, 1].into(), &reply).await;
    assert!(matches!(gone, Err(Error::NotFound { .. })));
}

on_both!(
    a_partner_that_is_phoned_stands_with_its_number_and_leaves_the_list_once_answered,
    async |app| {
        let basic = app.seed_basic().await;
        let new = NewPartner {
            name: "光影照相馆".to_owned(),
            phone: "13900006655".to_owned(),
            ..NewPartner::default()
        };
        let made = partner::create(&app.ctx, &Actor::System, basic.yunliang, new)
            .await
            .unwrap();
        let at = given_by(&app, made.id, "拍照", TUESDAY).await;
        asked(&app, at).await;
        let staff = app.client_as(Role::Staff).await;
        let address = format!("/staff/sessions/{}/confirmation", at.1);
        let list = staff.page("/staff/calls?numbers=yes").await;
        assert!(list.contains("13900006655") && list.contains(&address), "{list}");
        staff.submit(&address, &[("wish", "confirmed")]).await;
        let rows = delivery::Entity::find().all(app.db()).await.unwrap();
        let states: Vec<&str> = rows.iter().map(|row| row.status.as_str()).collect();
        assert_eq!(states, ["sent"], "nobody phones about what was answered");
    }
);

on_both!(whoever_said_it_comes_can_take_that_back_before_the_start, async |app| {
    let at = session_at(&app, TUESDAY).await;
    let one = asked(&app, at).await;
    let path = path_of(&app, at.0, &one);
    app.client().submit(&path, &[("answer", "confirmed")]).await;
    let no = [("answer", "declined"), ("words", "熊老师发烧")];
    app.client().submit(&path, &no).await;
    assert!(tasks(&app).await.is_empty(), "the link answers once");
    let address = format!("/partner/sessions/{}", at.1);
    let partner = app.client_as(Role::Partner).await;
    assert!(partner.page(&address).await.contains("value=\"declined\""));
    partner.submit(&format!("{address}/confirm/{}", one.id), &no).await;
    assert_eq!(tasks(&app).await, [Task::Declined]);
    // Staff note that it comes after all, and then that it does not.
    let staff = app.client_as(Role::Staff).await;
    let note = format!("/staff/sessions/{}/confirmation", at.1);
    staff.submit(&note, &[("wish", "handled")]).await;
    staff.submit(&note, &[("wish", "confirmed")]).await;
    assert!(tasks(&app).await.is_empty());
    staff
        .submit(&note, &[("wish", "declined"), ("words", "还是来不了")])
        .await;
    assert_eq!(tasks(&app).await, [Task::Declined], "another refusal is another task");
});

on_both!(
    a_question_held_back_by_a_pause_leaves_once_the_partner_goes_on,
    async |app| {
        let basic = app.seed_basic().await;
        let at = session_at(&app, TUESDAY).await;
        asked(&app, at).await;
        let staff = actor(&app, Role::Staff).await;
        let said = NewComplaint {
            kind: "selling".to_owned(),
            words: "卖床垫".to_owned(),
            ..NewComplaint::default()
        };
        let filed = complaint::file_at_desk(&app.ctx, &staff, at.0, basic.zangyutang, None, &said)
            .await
            .unwrap();
        let deliver = async || {
            notification::deliver_ready(&app.ctx, None, Uuid::from_u128(1))
                .await
                .unwrap()
        };
        assert_eq!(deliver().await.kept, 0);
        let found = NewDecision {
            decision: "go_on".to_owned(),
            words: "核实过了".to_owned(),
        };
        complaint::decide(&app.ctx, &staff, at.0, filed.id, &found)
            .await
            .unwrap();
        assert_eq!(deliver().await.kept, 1);
    }
);

on_both!(a_partner_without_an_address_is_phoned, async |app| {
    let other = another(&app).await;
    let at = given_by(&app, other.id, "拍照", TUESDAY).await;
    // Neither the partner nor its login has an address.
    asked(&app, at).await;
    let rows = delivery::Entity::find().all(app.db()).await.unwrap();
    let to: Vec<_> = rows
        .iter()
        .map(|row| (row.channel.as_str(), row.status.as_str()))
        .collect();
    assert_eq!(to, [("call", "to_call")]);
});
