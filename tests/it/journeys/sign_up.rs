//! Signing up: from the form to the seat, the queue, and the way back.

use std::collections::HashSet;

use entities::{delivery, enrolment as enrolment_row, resident as resident_row, session as session_row};
use reqwest::StatusCode;
use sea_orm::EntityTrait;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::enrolment::{EnrolmentStatus, Source};
use xianglao::domain::id::{CommunityId, SessionId};
use xianglao::domain::planning::edit::Scope;
use xianglao::domain::planning::{ReasonCode, SignUpMode};
use xianglao::services::enrolment::{self, Enrolled, Parent, SignUp, Which};
use xianglao::services::resident::{self, Filter, NewResident};
use xianglao::services::{Error, session};

use crate::support::app::{TestApp, location, on_both};
use crate::support::plan::{once, titled};

const TOMORROW: &str = "2026-11-26T09:30:00";

fn form<'a>(name: &'a str, phone: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("who", "me"), ("name", name), ("phone", phone)]
}

fn sign_up(name: &str, phone: &str) -> SignUp {
    SignUp {
        name: name.to_owned(),
        phone: phone.to_owned(),
        ..SignUp::default()
    }
}

async fn session_with(app: &TestApp, seats: Option<i32>) -> (CommunityId, SessionId) {
    let basic = app.seed_basic().await;
    let mut new = titled("老年反诈课");
    new.capacity = seats;
    let planned = once(&app.ctx, basic.yunliang, basic.activity_room, new, TOMORROW).await;
    (basic.yunliang, planned.session)
}

async fn enrol(app: &TestApp, at: (CommunityId, SessionId), name: &str, phone: &str) -> Enrolled {
    enrolment::enrol(&app.ctx, at.0, at.1, sign_up(name, phone))
        .await
        .expect("signed up")
}

/// The counters of the session, and the rows they count.
async fn counters(app: &TestApp, at: (CommunityId, SessionId)) -> (i32, i32) {
    let row = session_row::Entity::find_by_id((at.0.0, at.1.0))
        .one(app.db())
        .await
        .unwrap()
        .unwrap();
    let rows = enrolment_row::Entity::find().all(app.db()).await.unwrap();
    let count = |status: &str| {
        let rows = rows
            .iter()
            .filter(|one| one.session_id == at.1.0 && one.status == status);
        i32::try_from(rows.count()).unwrap()
    };
    assert_eq!((row.enrolled, row.waitlisted), (count("enrolled"), count("waitlisted")));
    (row.enrolled, row.waitlisted)
}

on_both!(a_senior_signs_up_gives_up_and_comes_after_all, async |app| {
    let at = session_with(&app, Some(10)).await;
    let client = app.client();
    let path = format!("/c/yunliang/sessions/{}", at.1);
    let page = client.page(&path).await;
    assert!(page.contains("老年反诈课") && page.contains("我要报名") && page.contains("还剩 10 个，一共 10 个"));

    let done = client
        .submit(&format!("{path}/enrol"), &form("薛秀英", "139 0000 6621"))
        .await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let own = location(&done);
    let page = client.page(&own).await;
    assert!(
        page.contains("报上名了") && page.contains("薛秀英，您的位子留好了。"),
        "{page}"
    );
    assert!(client.page("/c/yunliang").await.contains(r#"<span class="n">9</span>"#));

    let gone = client.submit(&own, &[("wish", "cancel")]).await;
    assert_eq!(location(&gone), own);
    let page = client.page(&own).await;
    assert!(page.contains("给您取消了") && page.contains("又想去了"));
    assert_eq!(counters(&app, at).await, (0, 0));

    client.submit(&own, &[("wish", "again")]).await;
    assert!(client.page(&own).await.contains("报上名了"));
    assert_eq!(counters(&app, at).await, (1, 0));
});

on_both!(posted_twice_it_counts_once_and_says_so, async |app| {
    let at = session_with(&app, Some(10)).await;
    let path = format!("/c/yunliang/sessions/{}", at.1);
    let client = app.client();
    let fields = form("薛秀英", "13900006621");
    let own = location(&client.submit(&format!("{path}/enrol"), &fields).await);
    let again = client.submit(&format!("{path}/enrol"), &fields).await;
    let page = client.follow(again).await.text().await.unwrap();
    assert!(
        page.contains("您报过了，不用再报") && page.contains(&own),
        "this device finds its own sign-up"
    );

    let stranger = app.client();
    let again = stranger.submit(&format!("{path}/enrol"), &fields).await;
    let page = stranger.follow(again).await.text().await.unwrap();
    let session = client.page(&path).await;
    assert!(session.contains(&own), "the page of the session knows it, too");
    client.submit(&own, &[("wish", "cancel")]).await;
    assert!(!client.page(&path).await.contains(&own), "until it is given up");
    client.submit(&own, &[("wish", "again")]).await;
    assert!(
        page.contains("您报过了") && !page.contains("/enrolments/"),
        "another device does not"
    );
    assert_eq!(counters(&app, at).await, (1, 0));
});

on_both!(two_people_may_share_a_telephone, async |app| {
    let at = session_with(&app, Some(10)).await;
    let first = enrol(&app, at, "薛秀英", "13900006621").await;
    let second = enrol(&app, at, "刘德福", "13900006621").await;
    assert_ne!(first.id, second.id);
    assert!(!second.already);
    assert_eq!(counters(&app, at).await, (2, 0));
    let rows = resident_row::Entity::find().all(app.db()).await.unwrap();
    assert_eq!(rows[0].phone_index, rows[1].phone_index);
    assert_ne!(rows[0].phone_sealed, rows[1].phone_sealed);
    assert!(rows.iter().all(|row| row.unchecked), "staff have a look at new names");
});

on_both!(
    a_full_session_queues_and_the_freed_place_goes_to_the_first_who_waits,
    async |app| {
        let at = session_with(&app, Some(1)).await;
        let first = enrol(&app, at, "薛秀英", "13900000001").await;
        let second = enrol(&app, at, "刘德福", "13900000002").await;
        let third = enrol(&app, at, "吕凤英", "13900000003").await;
        let own = async |one: &Enrolled| {
            let token = one.manage_token.clone().unwrap();
            enrolment::own(&app.ctx, at.0, &token).await.unwrap()
        };
        assert_eq!((second.status, second.ahead), (EnrolmentStatus::Waitlisted, 0));
        assert_eq!((third.status, third.ahead), (EnrolmentStatus::Waitlisted, 1));
        assert!(app.client().page("/c/yunliang").await.contains("位子满了，可以排队"));

        let token = first.manage_token.clone().unwrap();
        enrolment::cancel(&app.ctx, at.0, Which::Token(token.clone()))
            .await
            .unwrap();
        enrolment::cancel(&app.ctx, at.0, Which::Token(token)).await.unwrap();
        assert_eq!(own(&second).await.enrolment.status, EnrolmentStatus::Enrolled);
        assert_eq!(own(&third).await.ahead, 0);
        assert_eq!(counters(&app, at).await, (1, 1));
        let told = delivery::Entity::find().all(app.db()).await.unwrap();
        assert_eq!(told.len(), 1, "whoever moved up is told, once");
    }
);

on_both!(of_five_hundred_who_want_the_last_seat_one_gets_it, async |app| {
    let at = session_with(&app, Some(1)).await;
    let wanting = (0..500).map(|n| {
        let ctx = app.ctx.clone();
        tokio::spawn(async move {
            let who = sign_up("薛秀英", &format!("13900{n:06}"));
            enrolment::enrol(&ctx, at.0, at.1, who).await
        })
    });
    let (mut seated, mut waiting, mut told) = (0, 0, 0);
    for one in wanting.collect::<Vec<_>>() {
        match one.await.unwrap() {
            Ok(got) if got.status == EnrolmentStatus::Enrolled => seated += 1,
            Ok(_) => waiting += 1,
            Err(Error::State {
                code: "enrol-queue-full",
            }) => told += 1,
            Err(other) => panic!("everybody gets an answer that says something: {other:?}"),
        }
    }
    assert_eq!((seated, waiting, told), (1, 200, 299));
    assert_eq!(counters(&app, at).await, (1, 200));
});

on_both!(the_same_person_fifty_times_at_once_is_in_once, async |app| {
    let at = session_with(&app, None).await;
    let wanting = (0..20).map(|_| {
        let ctx = app.ctx.clone();
        tokio::spawn(async move {
            enrolment::enrol(&ctx, at.0, at.1, sign_up("薛秀英", "13900006621"))
                .await
                .expect("signed up")
                .id
        })
    });
    let mut ids = HashSet::new();
    for one in wanting.collect::<Vec<_>>() {
        ids.insert(one.await.unwrap());
    }
    assert_eq!(ids.len(), 1);
    assert_eq!(counters(&app, at).await, (1, 0));
});

on_both!(a_daughter_signs_up_for_her_mother, async |app| {
    let at = session_with(&app, None).await;
    let who = SignUp {
        parent: Some(Parent {
            name: "薛秀英".to_owned(),
            phone: String::new(),
        }),
        ..sign_up("李芳", "13900006621")
    };
    let first = enrolment::enrol(&app.ctx, at.0, at.1, who.clone()).await.unwrap();
    let again = enrolment::enrol(&app.ctx, at.0, at.1, who).await.unwrap();
    assert!(again.already && again.id == first.id);
    let rows = enrolment::roster(&app.ctx, &Actor::System, at.0, at.1).await.unwrap();
    let row = rows.first().unwrap();
    assert_eq!(row.enrolment.source, Source::Family);
    assert_eq!(row.enrolment.signed_up_by, "李芳");
    assert_eq!(row.resident.name.masked(), "薛*英");
    assert_eq!(row.resident.phone, None);
    assert_eq!(row.resident.reached_at().unwrap().masked(), "139****6621");
});

on_both!(
    what_is_typed_wrong_is_said_beside_the_box_and_nothing_is_lost,
    async |app| {
        let at = session_with(&app, Some(10)).await;
        let path = format!("/c/yunliang/sessions/{}/enrol", at.1);
        let client = app.client();
        let long = "长".repeat(300);
        for (name, phone, said) in [
            ("薛秀英", "1390000662", "少了1位，请再看一看"),
            ("薛秀英", "139000066212", "多了1位"),
            ("薛秀英", "一三九零", "手机号只能是数字"),
            ("薛秀英", "", "请写上手机号"),
            ("", "13900006621", "请写上姓名"),
            (long.as_str(), "13900006621", "姓名太长了，最多 40 个字"),
            ("😀", "13900006621", "不要只写数字或表情"),
            ("薛\u{202E}秀英", "13900006621", "显示不出来的符号"),
        ] {
            let answer = client.submit(&path, &form(name, phone)).await;
            assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{said}");
            let page = answer.text().await.unwrap();
            assert!(page.contains(said), "{said}: {page}");
            assert!(
                page.contains("还有 1 处要改") && page.contains(r#"aria-invalid="true""#),
                "{said}"
            );
            assert!(
                phone.is_empty() || page.contains(&format!(r#"value="{phone}""#)),
                "what was typed stays: {said}"
            );
        }
        let answer = client
            .submit(&path, &form("<b>薛</b>", "1"))
            .await
            .text()
            .await
            .unwrap();
        assert!(!answer.contains("<b>薛"), "what was typed is text, not markup");
        assert_eq!(counters(&app, at).await, (0, 0));
        assert_eq!(resident_row::Entity::find().all(app.db()).await.unwrap().len(), 0);
    }
);

on_both!(nobody_signs_up_for_what_is_off_over_or_open_to_all, async |app| {
    let at = session_with(&app, Some(10)).await;
    let basic = app.seed_basic().await;
    let mut open = titled("八段锦晨练");
    open.sign_up = SignUpMode::None;
    let open = once(&app.ctx, at.0, basic.square, open, TOMORROW).await.session;
    let code =
        async |session: SessionId| match enrolment::enrol(&app.ctx, at.0, session, sign_up("薛秀英", "13900006621"))
            .await
        {
            Err(Error::State { code }) => code,
            other => panic!("{other:?}"),
        };
    assert_eq!(code(open).await, "enrol-not-needed");
    let off = once(&app.ctx, at.0, basic.hall, titled("合唱"), TOMORROW).await.session;
    let early = enrol(&app, (at.0, off), "刘德福", "13900000002").await;
    session::cancel(
        &app.ctx,
        &Actor::System,
        at.0,
        off,
        Scope::This,
        ReasonCode::Weather,
        None,
        false,
    )
    .await
    .unwrap();
    assert_eq!(code(off).await, "enrol-cancelled");
    let own = format!("/c/yunliang/enrolments/{}", early.manage_token.unwrap());
    assert!(app.client().page(&own).await.contains("这一次不办了"));

    let seated = enrol(&app, at, "吕凤英", "13900000003").await;
    app.clock.set("2026-11-26T09:30:00+08:00");
    assert_eq!(code(at.1).await, "enrol-begun");
    let late = enrolment::cancel(&app.ctx, at.0, Which::Token(seated.manage_token.unwrap())).await;
    assert!(matches!(late, Err(Error::State { code: "enrol-begun" })));
    let form = app
        .client()
        .submit(
            &format!("/c/yunliang/sessions/{}/enrol", at.1),
            &form("薛秀英", "13900006621"),
        )
        .await;
    assert_eq!(
        form.status(),
        StatusCode::SEE_OTHER,
        "back to the page, which says that it has begun"
    );
});

on_both!(one_number_and_one_network_sign_up_only_so_often, async |app| {
    let basic = app.seed_basic().await;
    let mut sessions = Vec::new();
    for hour in 8..20 {
        let at = format!("2026-11-26T{hour:02}:00:00");
        sessions.push(
            once(&app.ctx, basic.yunliang, basic.square, titled("课"), &at)
                .await
                .session,
        );
    }
    for n in 0..20 {
        let session = sessions[n % sessions.len()];
        let who = sign_up(["薛秀英", "刘德福"][n / sessions.len()], "13900006621");
        enrolment::enrol(&app.ctx, basic.yunliang, session, who).await.unwrap();
    }
    let more = enrolment::enrol(&app.ctx, basic.yunliang, sessions[0], sign_up("吕凤英", "13900006621")).await;
    assert!(matches!(more, Err(Error::TooMany { .. })), "{more:?}");

    let client = app.client();
    let mut last = StatusCode::OK;
    for n in 0..31 {
        let path = format!("/c/yunliang/sessions/{}/enrol", sessions[0]);
        let phone = format!("138000000{n:02}");
        last = client.submit(&path, &form("薛秀英", &phone)).await.status();
        assert!(n == 30 || last == StatusCode::SEE_OTHER, "{n}: {last}");
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
});

on_both!(
    staff_find_people_by_initials_name_and_the_end_of_their_number,
    async |app| {
        let basic = app.seed_basic().await;
        let here = basic.yunliang;
        for (name, phone) in [("薛秀英", "13900006621"), ("刘德福", "13900001234"), ("单玉兰", "")] {
            let new = NewResident {
                name: name.to_owned(),
                phone: phone.to_owned(),
                ..NewResident::default()
            };
            resident::create(&app.ctx, &Actor::System, here, new).await.unwrap();
        }
        let found = async |query: &str| {
            let filter = Filter {
                query: query.to_owned(),
                limit: 50,
                ..Filter::default()
            };
            let (found, more) = resident::list(&app.ctx, &Actor::System, here, &filter).await.unwrap();
            assert!(!more);
            found.iter().map(|one| one.name.masked()).collect::<Vec<_>>()
        };
        assert_eq!(found("xxy").await, ["薛*英"]);
        assert_eq!(found("XX").await, ["薛*英"]);
        assert_eq!(found("德福").await, ["刘*福"]);
        assert_eq!(found("1234").await, ["刘*福"]);
        assert_eq!(found("139 0000 6621").await, ["薛*英"]);
        assert_eq!(found("syl").await, ["单*兰"]);
        assert_eq!(found("%").await, [""; 0]);
        assert_eq!(found("").await.len(), 3);
        let elsewhere = resident::list(&app.ctx, &Actor::System, basic.youyuan, &Filter::default())
            .await
            .unwrap();
        assert!(elsewhere.0.is_empty());
        let public = resident::list(&app.ctx, &Actor::Public, here, &Filter::default()).await;
        assert!(matches!(public, Err(Error::Forbidden(_))));
    }
);

on_both!(a_link_opens_only_the_sign_up_it_was_given_for, async |app| {
    let at = session_with(&app, Some(10)).await;
    let token = enrol(&app, at, "薛秀英", "13900006621").await.manage_token.unwrap();
    let client = app.client();
    for path in [
        format!("/c/yunliang/enrolments/{token}x"),
        format!("/c/youyuan/enrolments/{token}"),
        "/c/yunliang/enrolments/%00".to_owned(),
    ] {
        let answer = client.get(&path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.text().await.unwrap().contains("薛"));
    }
    let stored = enrolment_row::Entity::find().one(app.db()).await.unwrap().unwrap();
    assert_ne!(stored.manage_hash.unwrap(), token.as_bytes(), "only the hash is stored");
    let staff = app.client_as(Role::Staff).await;
    assert!(
        !staff.page("/c/yunliang").await.contains("薛"),
        "public pages name nobody"
    );
});
