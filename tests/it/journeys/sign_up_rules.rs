//! The rules of signing up: windows, kept seats, offers with a hold, two together, draws, whole series.

use std::collections::HashMap;

use entities::{delivery, enrolment as enrolment_row, notification as notification_row};
use jiff::SignedDuration;
use reqwest::StatusCode;
use sea_orm::EntityTrait;
use serde_json::json;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::enrolment::{EnrolmentStatus, Rules, Rush, Source, Whole};
use xianglao::domain::id::{CommunityId, EnrolmentId, ResidentId, SessionId};
use xianglao::domain::planning::ReasonCode;
use xianglao::domain::planning::edit::Scope;
use xianglao::services::enrolment::{self, Enrolled, OfferAnswer, Offered, Parent, RulesOf, SeriesWish, SignUp, Which};
use xianglao::services::resident::{self, NewResident};
use xianglao::services::{Error, desk, programme, schedule, session};
use xianglao::storage;

use crate::support::app::{TestApp, location, on_both};
use crate::support::plan::{Planned, once, series, titled};

type At = (CommunityId, SessionId);

const TOMORROW: &str = "2026-11-26T09:30:00";

fn who(name: &str, phone: &str) -> SignUp {
    SignUp {
        name: name.to_owned(),
        phone: phone.to_owned(),
        ..SignUp::default()
    }
}

fn two(name: &str, phone: &str, with: &str) -> SignUp {
    SignUp {
        companion: Some(Parent {
            name: with.to_owned(),
            phone: String::new(),
        }),
        ..who(name, phone)
    }
}

async fn ruled(app: &TestApp, seats: i32, at: &str, rules: Rules) -> At {
    let basic = app.seed_basic().await;
    let mut new = titled("老年反诈课");
    new.capacity = Some(seats);
    let Planned { programme, session } = once(&app.ctx, basic.yunliang, basic.activity_room, new, at).await;
    enrolment::set_rules(
        &app.ctx,
        &Actor::System,
        basic.yunliang,
        RulesOf::Programme(programme),
        Some(rules),
    )
    .await
    .expect("rules");
    (basic.yunliang, session)
}

async fn enrol(app: &TestApp, at: At, name: &str, phone: &str) -> Enrolled {
    enrolment::enrol(&app.ctx, at.0, at.1, who(name, phone))
        .await
        .expect("signed up")
}

async fn code(app: &TestApp, at: At, sign_up: SignUp) -> &'static str {
    match enrolment::enrol(&app.ctx, at.0, at.1, sign_up).await {
        Err(Error::State { code }) => code,
        other => panic!("{other:?}"),
    }
}

async fn known(app: &TestApp, home: CommunityId, name: &str) -> ResidentId {
    let new = NewResident {
        name: name.to_owned(),
        ..NewResident::default()
    };
    resident::create(&app.ctx, &Actor::System, home, new).await.unwrap().id
}

async fn by_phone(app: &TestApp, at: At, name: &str) -> Result<Enrolled, Error> {
    let resident = known(app, at.0, name).await;
    enrolment::enrol_resident(&app.ctx, &Actor::System, at.0, at.1, resident, Source::Phone).await
}

async fn row(app: &TestApp, at: At, id: EnrolmentId) -> enrolment_row::Model {
    enrolment_row::Entity::find_by_id((at.0.0, id.0))
        .one(app.db())
        .await
        .unwrap()
        .unwrap()
}

async fn status(app: &TestApp, at: At, id: EnrolmentId) -> String {
    row(app, at, id).await.status
}

async fn counted(app: &TestApp) {
    for home in storage::community::list(app.db()).await.unwrap() {
        let wrong = storage::upkeep::wrong_sessions(app.db(), home.id).await.unwrap();
        assert!(wrong.is_empty(), "counters differ from rows: {wrong:?}");
    }
}

async fn give_up(app: &TestApp, at: At, one: &Enrolled) {
    let token = one.manage_token.clone().expect("a link");
    enrolment::cancel(&app.ctx, at.0, Which::Token(token))
        .await
        .expect("given up");
}

/// The link of an offer, as the letter has it.
async fn offer_token(app: &TestApp, at: At, id: EnrolmentId) -> String {
    let until = storage::from_db(row(app, at, id).await.hold_until.expect("an offer"));
    enrolment::offer_token(&app.ctx, at.0, id, until)
}

fn hold() -> Rules {
    Rules {
        hold_minutes: Some(1440),
        ..Rules::default()
    }
}

on_both!(sign_up_opens_and_ends_when_the_rules_say, async |app| {
    let rules = Rules {
        opens_days: Some(2),
        opens_at: jiff::civil::time(10, 0, 0, 0),
        cutoff_minutes: 990,
        ..Rules::default()
    };
    let at = ruled(&app, 10, "2026-11-27T09:30:00", rules).await;
    let path = format!("/c/yunliang/sessions/{}", at.1);
    let client = app.client();
    let page = client.page(&path).await;
    assert!(
        page.contains("还没开始报名") && page.contains("今天 上午10:00 开始报名"),
        "{page}"
    );
    assert!(!page.contains("name=\"phone\""), "no form before it opens");
    assert!(client.page("/c/yunliang").await.contains("今天 上午10:00 开始报名"));
    assert_eq!(code(&app, at, who("薛秀英", "13900006621")).await, "enrol-not-yet");
    assert!(matches!(
        by_phone(&app, at, "吕凤英").await,
        Err(Error::State { code: "enrol-not-yet" })
    ));
    let early = client
        .submit(
            &format!("{path}/enrol"),
            &[("name", "薛秀英"), ("phone", "13900006621")],
        )
        .await;
    assert_eq!(location(&early), path, "back to the page, which says so");

    app.clock.set("2026-11-25T10:00:00+08:00");
    enrol(&app, at, "薛秀英", "13900006621").await;
    assert!(client.page(&path).await.contains("报名到明天 下午5:00"));
    app.clock.set("2026-11-26T17:00:00+08:00");
    assert_eq!(code(&app, at, who("刘德福", "13900001234")).await, "enrol-closed");
    assert!(client.page(&path).await.contains("报名截止了"));
    let late = by_phone(&app, at, "单玉兰").await.expect("staff still may");
    assert_eq!(late.status, EnrolmentStatus::Enrolled);
    counted(&app).await;
});

on_both!(seats_kept_for_the_telephone_are_not_taken_by_the_page, async |app| {
    let rules = Rules {
        kept_seats: 2,
        kept_days: 1,
        ..Rules::default()
    };
    let at = ruled(&app, 3, "2026-11-27T09:30:00", rules).await;
    let first = enrol(&app, at, "薛秀英", "13900000001").await;
    let second = enrol(&app, at, "刘德福", "13900000002").await;
    assert_eq!(
        (first.status, second.status),
        (EnrolmentStatus::Enrolled, EnrolmentStatus::Waitlisted)
    );
    let page = app.client().page(&format!("/c/yunliang/sessions/{}", at.1)).await;
    assert!(page.contains("另有 2 个位子留给打电话和到服务台报名的人"), "{page}");
    assert_eq!(
        by_phone(&app, at, "吕凤英").await.unwrap().status,
        EnrolmentStatus::Enrolled
    );
    enrolment::fill_free(&app.ctx).await.unwrap();
    assert_eq!(
        status(&app, at, second.id).await,
        "waitlisted",
        "one seat is still kept"
    );

    app.clock.set("2026-11-26T00:00:00+08:00");
    enrolment::fill_free(&app.ctx).await.unwrap();
    enrolment::fill_free(&app.ctx).await.unwrap();
    assert_eq!(status(&app, at, second.id).await, "enrolled", "set free for all");
    counted(&app).await;
});

on_both!(
    a_caller_who_changes_to_another_session_leaves_the_seat_that_is_held_for_them,
    async |app| {
        let at = ruled(&app, 1, "2026-11-30T09:30:00", hold()).await;
        let first = enrol(&app, at, "薛秀英", "13900000001").await;
        let second = enrol(&app, at, "刘德福", "13900000002").await;
        let third = enrol(&app, at, "吕凤英", "13900000003").await;
        give_up(&app, at, &first).await;
        assert_eq!(status(&app, at, second.id).await, "offered");
        let basic = app.seed_basic().await;
        let choir = once(&app.ctx, at.0, basic.hall, titled("合唱"), "2026-11-30T14:30:00").await;
        let wish = desk::Wish {
            who: desk::Who::Known(row(&app, at, second.id).await.resident_id.into()),
            session: choir.session,
            source: Source::Phone,
            by: String::new(),
            wait: false,
            instead_of: Some(second.id),
        };
        desk::sign_up(&app.ctx, &Actor::System, at.0, wish)
            .await
            .expect("changed");
        assert_eq!(status(&app, at, second.id).await, "cancelled");
        assert_eq!(status(&app, at, third.id).await, "offered", "the seat goes on");
        counted(&app).await;
    }
);

on_both!(a_freed_seat_is_offered_and_taken_by_link, async |app| {
    let at = ruled(&app, 1, "2026-11-30T09:30:00", hold()).await;
    let first = enrol(&app, at, "薛秀英", "13900000001").await;
    let second = enrol(&app, at, "刘德福", "13900000002").await;
    give_up(&app, at, &first).await;
    assert_eq!(status(&app, at, second.id).await, "offered");
    counted(&app).await;
    let third = enrol(&app, at, "吕凤英", "13900000003").await;
    assert_eq!(third.status, EnrolmentStatus::Waitlisted, "the seat is held");

    let notice = notification_row::Entity::find().all(app.db()).await.unwrap();
    assert_eq!(
        notice.iter().map(|one| one.event.as_str()).collect::<Vec<_>>(),
        ["offered"]
    );
    assert_eq!(
        delivery::Entity::find().all(app.db()).await.unwrap()[0].status,
        "to_call"
    );

    let client = app.client();
    let link = format!("/c/yunliang/offers/{}", offer_token(&app, at, second.id).await);
    let page = client.page(&link).await;
    // 24 waking hours from 8:10 on: 10:50 today, 11 tomorrow, 2:10 the day after.
    assert!(page.contains("轮到您了") && page.contains("后天 上午10:10"), "{page}");
    assert_eq!(status(&app, at, second.id).await, "offered", "looking changes nothing");
    let own = format!("/c/yunliang/enrolments/{}", second.manage_token.clone().unwrap());
    assert!(
        client.page(&own).await.contains("我去，位子给我"),
        "their own link offers it, too"
    );
    for path in [format!("{link}x"), link.replace("yunliang", "youyuan")] {
        assert_eq!(client.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
        let tampered = client.submit(&path, &[("wish", "take")]).await;
        assert_eq!(tampered.status(), StatusCode::NOT_FOUND, "{path}");
    }
    for _ in 0..2 {
        assert_eq!(location(&client.submit(&link, &[("wish", "take")]).await), link);
    }
    assert_eq!(status(&app, at, second.id).await, "enrolled");
    assert!(client.page(&link).await.contains("报上名了"));
    app.clock.advance(SignedDuration::from_hours(80));
    assert_eq!(
        enrolment::lapse_due(&app.ctx).await.unwrap(),
        0,
        "what is taken does not lapse"
    );
    counted(&app).await;
});

on_both!(silence_lets_an_offer_lapse_once_and_the_next_is_asked, async |app| {
    let at = ruled(&app, 1, "2026-11-30T09:30:00", hold()).await;
    let first = enrol(&app, at, "薛秀英", "13900000001").await;
    let second = enrol(&app, at, "刘德福", "13900000002").await;
    let third = enrol(&app, at, "吕凤英", "13900000003").await;
    give_up(&app, at, &first).await;
    let link = format!("/c/yunliang/offers/{}", offer_token(&app, at, second.id).await);
    assert_eq!(enrolment::lapse_due(&app.ctx).await.unwrap(), 0);

    app.clock.set("2026-11-27T10:10:00+08:00");
    let client = app.client();
    let page = client.page(&link).await;
    assert!(
        page.contains("位子给了下一位"),
        "too late, even before the tick: {page}"
    );
    let which = Offered::Link(link.rsplit('/').next().unwrap().to_owned());
    let late = enrolment::answer_offer(&app.ctx, at.0, which.clone(), OfferAnswer::Take).await;
    assert!(matches!(late, Err(Error::State { code: "offer-lapsed" })), "{late:?}");

    let (one, other) = tokio::join!(enrolment::lapse_due(&app.ctx), enrolment::lapse_due(&app.ctx));
    assert_eq!(one.unwrap() + other.unwrap(), 1, "two workers let it lapse once");
    assert_eq!(status(&app, at, second.id).await, "lapsed");
    assert_eq!(status(&app, at, third.id).await, "offered");
    counted(&app).await;
    let events: Vec<String> = notification_row::Entity::find()
        .all(app.db())
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.event)
        .collect();
    assert_eq!(events.iter().filter(|event| *event == "offered").count(), 2);
    assert_eq!(
        events.iter().filter(|event| *event == "offer_lapsed").count(),
        1,
        "they are told"
    );
    let late = enrolment::answer_offer(&app.ctx, at.0, which, OfferAnswer::Take).await;
    assert!(matches!(late, Err(Error::State { code: "offer-lapsed" })));

    client.submit(&link, &[("wish", "again")]).await;
    assert_eq!(status(&app, at, second.id).await, "waitlisted", "back at the end");
    let staff = Offered::Staff(Actor::System, at.1, third.id);
    let declined = enrolment::answer_offer(&app.ctx, at.0, staff.clone(), OfferAnswer::Leave)
        .await
        .unwrap();
    assert_eq!(declined, EnrolmentStatus::Cancelled);
    enrolment::answer_offer(&app.ctx, at.0, staff.clone(), OfferAnswer::Leave)
        .await
        .unwrap();
    let none = enrolment::answer_offer(&app.ctx, at.0, staff, OfferAnswer::Take).await;
    assert!(matches!(none, Err(Error::State { code: "offer-none" })));
    assert_eq!(status(&app, at, second.id).await, "offered");
    counted(&app).await;
});

on_both!(no_offer_without_time_to_answer_nor_of_what_is_called_off, async |app| {
    let at = ruled(&app, 1, TOMORROW, hold()).await;
    let first = enrol(&app, at, "薛秀英", "13900000001").await;
    let second = enrol(&app, at, "刘德福", "13900000002").await;
    let third = enrol(&app, at, "吕凤英", "13900000003").await;
    give_up(&app, at, &first).await;
    let until = storage::from_db(row(&app, at, second.id).await.hold_until.unwrap());
    assert_eq!(
        until,
        "2026-11-26T09:30:00+08:00".parse().unwrap(),
        "never past the cut-off"
    );
    app.clock.set("2026-11-26T09:10:00+08:00");
    let token = second.manage_token.clone().unwrap();
    enrolment::answer_offer(&app.ctx, at.0, Offered::Manage(token), OfferAnswer::Leave)
        .await
        .unwrap();
    assert_eq!(
        status(&app, at, third.id).await,
        "enrolled",
        "too little time: it is given, not offered"
    );

    let next = ruled(&app, 1, "2026-11-30T14:30:00", hold()).await;
    let first = enrol(&app, next, "薛秀英", "13900000001").await;
    let second = enrol(&app, next, "刘德福", "13900000002").await;
    give_up(&app, next, &first).await;
    session::cancel(
        &app.ctx,
        &Actor::System,
        next.0,
        next.1,
        Scope::This,
        ReasonCode::Weather,
        None,
        false,
    )
    .await
    .unwrap();
    let token = offer_token(&app, next, second.id).await;
    let off = enrolment::answer_offer(&app.ctx, next.0, Offered::Link(token.clone()), OfferAnswer::Take).await;
    assert!(
        matches!(
            off,
            Err(Error::State {
                code: "enrol-cancelled"
            })
        ),
        "{off:?}"
    );
    let page = app.client().page(&format!("/c/yunliang/offers/{token}")).await;
    assert!(page.contains("这一次不办了") && !page.contains("我去，位子给我"));
    counted(&app).await;
});

on_both!(
    an_offer_that_is_taken_and_lapses_at_once_is_one_or_the_other,
    async |app| {
        let at = ruled(&app, 1, "2026-11-30T09:30:00", hold()).await;
        let first = enrol(&app, at, "薛秀英", "13900000001").await;
        let second = enrol(&app, at, "刘德福", "13900000002").await;
        enrol(&app, at, "吕凤英", "13900000003").await;
        give_up(&app, at, &first).await;
        let token = second.manage_token.clone().unwrap();
        app.clock.set("2026-11-27T10:09:59+08:00");
        let take = enrolment::answer_offer(&app.ctx, at.0, Offered::Manage(token.clone()), OfferAnswer::Take);
        let leave = enrolment::answer_offer(&app.ctx, at.0, Offered::Manage(token), OfferAnswer::Leave);
        let (take, leave) = tokio::join!(take, leave);
        assert!(take.is_ok() != leave.is_ok(), "{take:?} {leave:?}");
        counted(&app).await;
    }
);

on_both!(two_who_come_together_get_both_seats_or_none, async |app| {
    let at = ruled(&app, 3, TOMORROW, Rules::default()).await;
    let alone = enrol(&app, at, "薛秀英", "13900000001").await;
    let other = enrol(&app, at, "单玉兰", "13900000004").await;
    let pair = enrolment::enrol(&app.ctx, at.0, at.1, two("刘德福", "13900000002", "王桂兰"))
        .await
        .unwrap();
    let second = pair.partner.expect("the other one");
    assert_eq!(pair.status, EnrolmentStatus::Waitlisted, "one seat is no seat for two");
    let next = enrol(&app, at, "吕凤英", "13900000003").await;
    assert_eq!(
        next.status,
        EnrolmentStatus::Enrolled,
        "one who comes alone takes the one seat"
    );
    let again = enrolment::enrol(&app.ctx, at.0, at.1, two("刘德福", "13900000002", "王桂兰"))
        .await
        .unwrap();
    assert!(again.already && again.id == pair.id, "posted twice");
    assert_eq!(
        code(&app, at, two("刘德福", "13900000002", "赵素梅")).await,
        "enrol-one-is-in"
    );

    give_up(&app, at, &alone).await;
    assert_eq!(status(&app, at, pair.id).await, "waitlisted");
    give_up(&app, at, &other).await;
    assert_eq!(status(&app, at, pair.id).await, "enrolled");
    assert_eq!(status(&app, at, second).await, "enrolled", "together");
    counted(&app).await;

    let own = format!("/c/yunliang/enrolments/{}", pair.manage_token.unwrap());
    let client = app.client();
    let page = client.page(&own).await;
    assert!(
        page.contains("王桂兰 还来吗") && page.contains("两个人都不去了"),
        "{page}"
    );
    let roster = app
        .client_as(Role::Staff)
        .await
        .page(&format!("/staff/sessions/{}/sign-ups", at.1))
        .await;
    assert!(
        roster.contains("和王桂兰一起") && roster.contains("和刘德福一起"),
        "{roster}"
    );
    client.submit(&own, &[("wish", "cancel")]).await;
    assert_eq!(status(&app, at, second).await, "enrolled", "only one gave up");
    client.submit(&own, &[("wish", "again")]).await;
    client.submit(&own, &[("wish", "cancel_both")]).await;
    counted(&app).await;

    let same = enrolment::enrol(&app.ctx, at.0, at.1, two("刘德福", "13900000002", "刘德福")).await;
    assert!(matches!(same, Err(Error::Invalid(_))), "{same:?}");
});

on_both!(two_may_part_and_each_keeps_their_place, async |app| {
    let at = ruled(&app, 2, TOMORROW, Rules::default()).await;
    let first = enrol(&app, at, "薛秀英", "13900000001").await;
    enrol(&app, at, "单玉兰", "13900000004").await;
    let pair = enrolment::enrol(&app.ctx, at.0, at.1, two("刘德福", "13900000002", "王桂兰"))
        .await
        .unwrap();
    let next = enrol(&app, at, "吕凤英", "13900000003").await;
    let token = pair.manage_token.clone().unwrap();
    enrolment::part(&app.ctx, at.0, Which::Token(token)).await.unwrap();
    give_up(&app, at, &first).await;
    assert_eq!(status(&app, at, pair.id).await, "enrolled", "before whoever came later");
    assert_eq!(status(&app, at, next.id).await, "waitlisted");
    counted(&app).await;
});

on_both!(a_lottery_is_drawn_once_and_anybody_can_do_it_again, async |app| {
    let rules = Rules {
        rush: Rush::Lottery,
        draw_minutes: 120,
        ..Rules::default()
    };
    let at = ruled(&app, 3, TOMORROW, rules).await;
    let mut ids = Vec::new();
    for n in 0..8 {
        let got = enrol(&app, at, "薛秀英", &format!("1390000000{n}")).await;
        assert_eq!(got.status, EnrolmentStatus::Waitlisted, "all wait for the draw");
        ids.push(got.id);
    }
    let before = enrolment::draw_of(&app.ctx, at.0, at.1).await.unwrap().unwrap();
    assert_eq!(before.drawn, None, "the seed is secret before");
    let page = app.client().page(&format!("/c/yunliang/sessions/{}", at.1)).await;
    assert!(
        page.contains("抽签定谁来") && page.contains(&before.commitment),
        "{page}"
    );
    assert_eq!(enrolment::draw_due(&app.ctx).await.unwrap(), 0);

    app.clock.set("2026-11-26T07:30:00+08:00");
    let (one, other) = tokio::join!(enrolment::draw_due(&app.ctx), enrolment::draw_due(&app.ctx));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    let drawn = enrolment::draw_of(&app.ctx, at.0, at.1)
        .await
        .unwrap()
        .unwrap()
        .drawn
        .unwrap();
    assert_eq!(enrolment::commitment(&drawn.seed), before.commitment);
    let mut order = ids.clone();
    order.sort_by_key(|id| enrolment::ticket(&drawn.seed, *id));
    assert_eq!(drawn.lots, order, "recomputed from what is published");
    for (place, id) in order.iter().enumerate() {
        let wanted = if place < 3 { "enrolled" } else { "waitlisted" };
        assert_eq!(status(&app, at, *id).await, wanted, "{place}");
    }
    let page = app.client().page(&format!("/c/yunliang/sessions/{}", at.1)).await;
    assert!(page.contains(&drawn.seed) && page.contains(&order[0].to_string()));
    let late = enrol(&app, at, "刘德福", "13900001234").await;
    assert_eq!(late.ahead, 5, "whoever comes later stands behind");
    counted(&app).await;
});

on_both!(in_turn_whoever_never_had_a_place_comes_first, async |app| {
    let basic = app.seed_basic().await;
    let rules = Rules {
        rush: Rush::TurnOrder,
        draw_minutes: 120,
        ..Rules::default()
    };
    let mut new = titled("合唱");
    new.capacity = Some(1);
    let weekly = Some("FREQ=DAILY;COUNT=2");
    let planned = series(&app.ctx, basic.yunliang, basic.hall, new, TOMORROW, weekly).await;
    let first = (basic.yunliang, planned.session);
    let veteran = enrol(&app, first, "薛秀英", "13900000001").await;
    assert_eq!(veteran.status, EnrolmentStatus::Enrolled);
    let of = schedule::session(&app.ctx, first.0, first.1).await.unwrap().series_id;
    let second = schedule::of_series(&app.ctx, first.0, of).await.unwrap()[1].id;
    let at = (first.0, second);
    enrolment::set_rules(&app.ctx, &Actor::System, at.0, RulesOf::Session(second), Some(rules))
        .await
        .unwrap();
    let veteran = enrol(&app, at, "薛秀英", "13900000001").await;
    let newcomer = enrol(&app, at, "刘德福", "13900000002").await;
    app.clock.set("2026-11-27T07:30:00+08:00");
    assert_eq!(enrolment::draw_due(&app.ctx).await.unwrap(), 1);
    assert_eq!(status(&app, at, newcomer.id).await, "enrolled");
    assert_eq!(status(&app, at, veteran.id).await, "waitlisted");
    counted(&app).await;
});

on_both!(one_place_is_enough_where_the_rules_say_so, async |app| {
    let basic = app.seed_basic().await;
    let mut new = titled("书法");
    new.capacity = Some(1);
    let planned = series(
        &app.ctx,
        basic.yunliang,
        basic.hall,
        new,
        TOMORROW,
        Some("FREQ=DAILY;COUNT=2"),
    )
    .await;
    let rules = Rules {
        one_place: true,
        ..Rules::default()
    };
    let home = basic.yunliang;
    enrolment::set_rules(
        &app.ctx,
        &Actor::System,
        home,
        RulesOf::Programme(planned.programme),
        Some(rules),
    )
    .await
    .unwrap();
    let of = schedule::session(&app.ctx, home, planned.session)
        .await
        .unwrap()
        .series_id;
    let dates = schedule::of_series(&app.ctx, home, of).await.unwrap();
    let (a, b) = ((home, dates[0].id), (home, dates[1].id));
    let has_a = enrol(&app, a, "薛秀英", "13900000001").await;
    let has_b = enrol(&app, b, "单玉兰", "13900000004").await;
    let waits_a = enrol(&app, a, "刘德福", "13900000002").await;
    let waits_b = enrol(&app, b, "刘德福", "13900000002").await;
    assert_eq!(code(&app, b, who("薛秀英", "13900000001")).await, "enrol-has-place");
    let (one, other) = tokio::join!(
        enrolment::cancel(&app.ctx, home, Which::Token(has_a.manage_token.unwrap())),
        enrolment::cancel(&app.ctx, home, Which::Token(has_b.manage_token.unwrap())),
    );
    one.unwrap();
    other.unwrap();
    let got = [status(&app, a, waits_a.id).await, status(&app, b, waits_b.id).await];
    assert_eq!(got.iter().filter(|one| *one == "enrolled").count(), 1, "{got:?}");
    enrolment::fill_free(&app.ctx).await.unwrap();
    let got = [status(&app, a, waits_a.id).await, status(&app, b, waits_b.id).await];
    assert!(
        got.contains(&"cancelled".to_owned()),
        "they left the other list: {got:?}"
    );
    counted(&app).await;
});

on_both!(one_sign_up_for_all_dates_and_leave_from_one, async |app| {
    let basic = app.seed_basic().await;
    let home = basic.yunliang;
    let mut new = titled("三伏贴");
    new.capacity = Some(1);
    let planned = series(&app.ctx, home, basic.hall, new, TOMORROW, Some("FREQ=DAILY;COUNT=3")).await;
    let at = (home, planned.session);
    let path = format!("/c/yunliang/sessions/{}", at.1);
    assert!(
        !app.client().page(&path).await.contains("整期都报"),
        "not unless the rules say so"
    );
    let whole = |name: &str, phone: &str| SignUp {
        whole: true,
        ..who(name, phone)
    };
    assert_eq!(code(&app, at, whole("薛秀英", "13900000001")).await, "enrol-not-whole");
    let rules = Rules {
        whole: Whole::Must,
        ..Rules::default()
    };
    enrolment::set_rules(
        &app.ctx,
        &Actor::System,
        home,
        RulesOf::Programme(planned.programme),
        Some(rules),
    )
    .await
    .unwrap();
    assert_eq!(code(&app, at, who("薛秀英", "13900000001")).await, "enrol-whole-only");
    let of = schedule::session(&app.ctx, home, at.1).await.unwrap().series_id;
    let dates: Vec<SessionId> = schedule::of_series(&app.ctx, home, of)
        .await
        .unwrap()
        .iter()
        .map(|one| one.id)
        .collect();
    // Somebody has the seat of the second date already.
    let rival = known(&app, home, "单玉兰").await;
    enrolment::enrol_resident(&app.ctx, &Actor::System, home, dates[1], rival, Source::Phone)
        .await
        .unwrap();

    let client = app.client();
    let form = [("name", "薛秀英"), ("phone", "13900000001"), ("dates", "all")];
    let done = client.submit(&format!("{path}/enrol"), &form).await;
    let own = location(&done);
    assert!(own.contains("/series-enrolments/"), "{own}");
    let page = client.page(&own).await;
    assert!(page.contains("接下来 2 次有您的位子，1 次排着队"), "{page}");
    assert!(client.page(&path).await.contains(&own), "this device finds it again");
    let again = client.submit(&format!("{path}/enrol"), &form).await;
    assert!(location(&again).contains("already=1"));
    counted(&app).await;

    let token = own.rsplit('/').next().unwrap().to_owned();
    let mine: HashMap<SessionId, EnrolmentId> = enrolment_row::Entity::find()
        .all(app.db())
        .await
        .unwrap()
        .into_iter()
        .filter(|one| one.resident_id != rival.0)
        .map(|one| (one.session_id.into(), one.id.into()))
        .collect();
    let first = dates[0].to_string();
    for _ in 0..2 {
        client.submit(&own, &[("wish", "leave"), ("session", &first)]).await;
    }
    assert_eq!(status(&app, at, mine[&dates[0]]).await, "leave");
    assert!(client.page(&own).await.contains("这次请假") && client.page(&own).await.contains("这次又能来了"));
    let roster = app
        .client_as(Role::Staff)
        .await
        .page(&format!("/staff/sessions/{}/sign-ups", at.1))
        .await;
    assert!(roster.contains("请假 1 人"), "{roster}");
    let taken = by_phone(&app, at, "刘德福").await.unwrap();
    assert_eq!(taken.status, EnrolmentStatus::Enrolled, "leave frees the seat");
    client.submit(&own, &[("wish", "return"), ("session", &first)]).await;
    assert_eq!(
        status(&app, at, mine[&dates[0]]).await,
        "waitlisted",
        "no seat is left: they wait"
    );
    enrolment::change_series(&app.ctx, home, &token, SeriesWish::Leave(dates[0]))
        .await
        .unwrap();
    enrolment::cancel(&app.ctx, home, Which::Id(Actor::System, at.1, taken.id))
        .await
        .unwrap();
    client.submit(&own, &[("wish", "return"), ("session", &first)]).await;
    assert_eq!(status(&app, at, mine[&dates[0]]).await, "enrolled");
    counted(&app).await;

    client.submit(&own, &[("wish", "leave_all")]).await;
    assert_eq!(status(&app, at, mine[&dates[2]]).await, "cancelled");
    assert!(client.page(&own).await.contains("整期都取消了"));
    client.submit(&own, &[("wish", "return_all")]).await;
    assert_eq!(status(&app, at, mine[&dates[2]]).await, "enrolled");
    let elsewhere = client.get(&own.replace("yunliang", "youyuan")).await;
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND);
    counted(&app).await;
});

on_both!(dates_that_come_later_take_in_whoever_comes_to_all, async |app| {
    let basic = app.seed_basic().await;
    let home = basic.yunliang;
    let planned = series(
        &app.ctx,
        home,
        basic.hall,
        titled("合唱"),
        TOMORROW,
        Some("FREQ=WEEKLY"),
    )
    .await;
    let who = known(&app, home, "薛秀英").await;
    let done = enrolment::enrol_in_series(&app.ctx, &Actor::System, home, planned.session, who, Source::Counter)
        .await
        .unwrap();
    let before = done.series.unwrap().seats.len();
    assert_eq!(enrolment::fill_series(&app.ctx).await.unwrap(), 0);
    app.clock.set("2026-12-10T08:00:00+08:00");
    programme::extend_horizon(&app.ctx).await.unwrap();
    let made = enrolment::fill_series(&app.ctx).await.unwrap();
    assert!(made >= 2, "{made} of {before}");
    assert_eq!(
        enrolment::fill_series(&app.ctx).await.unwrap(),
        0,
        "twice changes nothing"
    );
    counted(&app).await;
});

on_both!(staff_set_rules_on_the_page_and_programs_through_the_api, async |app| {
    let at = ruled(&app, 1, TOMORROW, Rules::default()).await;
    let staff = app.client_as(Role::Staff).await;
    let page = format!("/staff/sign-up-rules/session/{}", at.1);
    assert!(staff.page(&page).await.contains("跟上一级一样"));
    let mut form = vec![
        ("own", "own"),
        ("opens_days", ""),
        ("opens_at", "09:00"),
        ("cutoff_minutes", "60"),
        ("kept_seats", "0"),
        ("kept_days", "1"),
        ("waiting", "1"),
        ("most_waiting", "5"),
        ("hold_minutes", "1440"),
        ("together", "1"),
        ("whole", "no"),
        ("rush", "first_come"),
        ("draw_minutes", "2880"),
    ];
    let saved = staff.submit(&page, &form).await;
    assert_eq!(location(&saved), format!("{page}?done=1"));
    form[3] = ("cutoff_minutes", "九十");
    form[8] = ("hold_minutes", "5");
    let wrong = staff.submit(&page, &form).await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let text = wrong.text().await.unwrap();
    assert!(
        text.contains("value=\"九十\"") && text.contains("aria-invalid"),
        "nothing typed is lost"
    );

    let bearer = app.bearer_as(Role::Staff).await;
    let api = format!("/api/v1/communities/yunliang/sign-up-rules/session/{}", at.1);
    let rules = bearer.json(&api).await;
    assert_eq!(
        (&rules["own"], &rules["rules"]["hold_minutes"]),
        (&json!(true), &json!(1440))
    );
    let answer = bearer
        .patch(&api, &json!({ "hold_minutes": 5, "kept_seats": -1 }))
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2, "{problem}");

    let list = format!("/api/v1/communities/yunliang/sessions/{}/enrolments", at.1);
    let mut ids = Vec::new();
    for name in ["薛秀英", "刘德福", "吕凤英"] {
        let resident = known(&app, at.0, name).await;
        let made: serde_json::Value = bearer
            .post(&list, &json!({ "resident_id": resident }))
            .await
            .json()
            .await
            .unwrap();
        ids.push(made["id"].as_str().unwrap().to_owned());
    }
    let none = bearer.post(&format!("{list}/{}/accept", ids[1]), &json!({})).await;
    assert_eq!(none.status(), StatusCode::CONFLICT);
    bearer.delete(&format!("{list}/{}", ids[0])).await;
    let items = bearer.json(&list).await;
    assert_eq!(items["items"][0]["status"], "offered");
    assert!(items["items"][0]["hold_until"].is_string(), "{items}");
    for _ in 0..2 {
        let taken = bearer.post(&format!("{list}/{}/accept", ids[1]), &json!({})).await;
        assert_eq!(taken.status(), StatusCode::OK);
    }
    let away = bearer.post(&format!("{list}/{}/leave", ids[1]), &json!({})).await;
    assert_eq!(away.status(), StatusCode::OK);
    let declined = bearer.post(&format!("{list}/{}/decline", ids[2]), &json!({})).await;
    assert_eq!(declined.status(), StatusCode::OK);
    let (a, b) = (known(&app, at.0, "王桂兰").await, known(&app, at.0, "赵素梅").await);
    let pair = bearer
        .post(&list, &json!({ "resident_id": a, "together_with": b }))
        .await;
    let pair: serde_json::Value = pair.json().await.unwrap();
    assert_eq!(pair["status"], "waitlisted", "one seat for two: {pair}");
    let both = bearer
        .post(&list, &json!({ "resident_id": a, "together_with": b, "series": true }))
        .await;
    assert_eq!(both.status(), StatusCode::CONFLICT);
    assert_eq!(bearer.delete(&api).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(bearer.json(&api).await["own"], false);
    counted(&app).await;
});

on_both!(
    whatever_happens_counters_equal_rows_and_seats_are_never_overdrawn,
    async |app| {
        let rules = Rules {
            hold_minutes: Some(60),
            kept_seats: 1,
            kept_days: 1,
            ..Rules::default()
        };
        let at = ruled(&app, 4, "2026-11-30T09:30:00", rules).await;
        // A fixed sequence of a cheap generator: the same on every run.
        let mut state = 7_u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut people = Vec::new();
        for name in [
            "薛秀英",
            "刘德福",
            "吕凤英",
            "单玉兰",
            "王桂兰",
            "赵素梅",
            "陈玉华",
            "张秀兰",
        ] {
            people.push(known(&app, at.0, name).await);
        }
        for step in 0..120 {
            let resident = people[usize::try_from(next(8)).unwrap()];
            let rows = enrolment_row::Entity::find().all(app.db()).await.unwrap();
            let theirs = rows
                .iter()
                .find(|one| one.resident_id == resident.0)
                .map(|one| EnrolmentId(one.id));
            let source = if next(2) == 0 { Source::Myself } else { Source::Phone };
            let done = match (next(7), theirs) {
                (0 | 1, _) => enrolment::enrol_resident(&app.ctx, &Actor::System, at.0, at.1, resident, source)
                    .await
                    .map(drop),
                (2, _) => {
                    let with = people[usize::try_from(next(8)).unwrap()];
                    enrolment::enrol_two(&app.ctx, &Actor::System, at.0, at.1, [resident, with], source)
                        .await
                        .map(drop)
                }
                (3, Some(id)) => enrolment::cancel(&app.ctx, at.0, Which::Id(Actor::System, at.1, id)).await,
                (4, Some(id)) => enrolment::answer_offer(
                    &app.ctx,
                    at.0,
                    Offered::Staff(Actor::System, at.1, id),
                    if next(2) == 0 {
                        OfferAnswer::Take
                    } else {
                        OfferAnswer::Leave
                    },
                )
                .await
                .map(drop),
                (5, Some(id)) => enrolment::part(&app.ctx, at.0, Which::Id(Actor::System, at.1, id)).await,
                _ => {
                    app.clock
                        .advance(SignedDuration::from_mins(i64::try_from(next(50)).unwrap()));
                    enrolment::lapse_due(&app.ctx).await.map(drop)
                }
            };
            assert!(
                matches!(done, Ok(()) | Err(Error::State { .. } | Error::Invalid(_))),
                "{step}: {done:?}"
            );
            counted(&app).await;
            let rows = enrolment_row::Entity::find().all(app.db()).await.unwrap();
            let held = rows
                .iter()
                .filter(|one| ["enrolled", "offered"].contains(&one.status.as_str()));
            assert!(held.count() <= 4, "{step}: more seats than there are");
            assert!(
                rows.iter()
                    .all(|one| (one.status == "offered") == one.hold_until.is_some()),
                "{step}: a hold without an offer"
            );
        }
    }
);
