//! A partner's papers, its own pages and its month; and that nobody sees anything of another partner.

use entities::{delivery, notification};
use jiff::SignedDuration;
use reqwest::StatusCode;
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};
use serde_json::json;
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::attendance::{CheckIn, Counted};
use xianglao::domain::community::Paper;
use xianglao::domain::id::{PartnerId, SessionId};
use xianglao::domain::period::YearMonth;
use xianglao::domain::planning::Clash;
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::services::attendance;
use xianglao::services::enrolment::{self, SignUp};
use xianglao::services::programme::{self, PlanSeries};
use xianglao::services::{Error, partner, session, statement};
use xianglao::web;

use crate::support::app::{TestApp, location, on_both};
use crate::support::partner::{TITLE, actor, another, asked, given_by, session_at, weekly};
use crate::support::seed;

const TUESDAY: &str = "2026-12-01T09:30:00";

fn form<'a>(licence: &'a str, pledge: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("name", "藏御堂体验馆"),
        ("contact_name", "熊老师"),
        ("phone", "139 0000 6621"),
        ("email", "zangyutang@example.org"),
        ("licence_expires_on", licence),
        ("qualification", "保健按摩师证"),
        ("qualification_expires_on", ""),
        ("pledge_signed_on", "2026-01-05"),
        ("pledge_expires_on", pledge),
        ("weekly_limit", "3"),
    ]
}

on_both!(
    staff_enter_a_partner_and_its_papers_and_the_number_is_sealed,
    async |app| {
        let staff = app.client_as(Role::Staff).await;
        assert!(staff.page("/staff/partners").await.contains("/staff/partners/new"));
        let wrong = [
            ("name", ""),
            ("phone", "12"),
            ("email", "nobody"),
            ("licence_expires_on", "2026-02-30"),
            ("weekly_limit", "many"),
        ];
        let refused = staff.submit("/staff/partners", &wrong).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let text = refused.text().await.unwrap();
        assert!(text.contains("2026-02-30") && text.contains("many"), "{text}");
        let wrong = [
            ("name", "x"),
            ("phone", "12"),
            ("weekly_limit", "90"),
            ("email", "nobody"),
        ];
        let refused = staff.submit("/staff/partners", &wrong).await.text().await.unwrap();
        for field in ["#f-phone", "#f-weekly_limit", "#f-email"] {
            assert!(refused.contains(field), "{field}: {refused}");
        }
        let made = staff.submit("/staff/partners", &form("2027-01-31", "2027-06-30")).await;
        let to = location(&made);
        let page = staff.page(&to).await;
        assert!(page.contains("13900006621") && page.contains("保健按摩师证"), "{page}");
        let id: PartnerId = to["/staff/partners/".len()..][..36].parse().unwrap();
        let home = app.seed_basic().await.yunliang;
        let row = entities::partner::Entity::find_by_id((home.0, id.0))
            .one(app.db())
            .await
            .unwrap()
            .unwrap();
        let sealed = row.phone_sealed.expect("a number");
        assert!(!sealed.windows(6).any(|part| part == b"139000"), "it is sealed");
        // Taking the number and a date away again.
        let mut emptied = form("", "2027-06-30");
        emptied.retain(|(name, _)| *name != "phone");
        staff.submit(&format!("/staff/partners/{id}"), &emptied).await;
        let row = entities::partner::Entity::find_by_id((home.0, id.0))
            .one(app.db())
            .await
            .unwrap()
            .unwrap();
        assert_eq!((row.phone_sealed, row.licence_expires_on), (None, None));
        let gone = staff.get("/staff/partners/01900000-0000-7000-8000-000000000000").await;
        assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    }
);

on_both!(a_paper_that_ended_stops_planning_and_says_which_and_when, async |app| {
    let basic = app.seed_basic().await;
    let at = weekly(&app, TUESDAY, 8).await;
    let staff = app.client_as(Role::Staff).await;
    let address = format!("/staff/partners/{}", basic.zangyutang);
    let saved = staff.submit(&address, &form("2026-12-20", "2027-06-30")).await;
    assert_eq!(saved.status(), StatusCode::SEE_OTHER);
    let page = staff.page(&address).await;
    // 1, 8, 15 December are covered; 22 December to 19 January are not.
    assert!(page.contains("证件到期以后还排着 5 场"), "{page}");
    let change = Change {
        starts_local: Some("2026-12-22T15:00:00".parse().unwrap()),
        ..Change::default()
    };
    let moved = session::edit(&app.ctx, &Actor::System, at.0, at.1, Scope::This, change, false).await;
    match moved {
        Err(Error::Conflict(clashes)) => assert!(
            clashes.iter().any(
                |clash| matches!(clash, Clash::Licence { paper: Paper::Licence, expires_on, .. }
                if expires_on.to_string() == "2026-12-20")
            ),
            "{clashes:?}"
        ),
        other => panic!("the licence ended: {other:?}"),
    }
});

on_both!(reminders_of_papers_leave_30_and_7_days_before_once_each, async |app| {
    let basic = app.seed_basic().await;
    let staff = app.client_as(Role::Staff).await;
    let address = format!("/staff/partners/{}", basic.zangyutang);
    // 31 days ahead and 10 days ahead, seen from 25 November.
    staff.submit(&address, &form("2026-12-26", "2026-12-05")).await;
    let run = async || partner::remind_of_papers(&app.ctx).await.unwrap();
    assert_eq!(run().await, 1, "the pledge");
    assert_eq!(run().await, 0);
    app.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(run().await, 1, "the licence, 30 days before");
    app.clock.advance(SignedDuration::from_hours(2 * 24));
    assert_eq!(run().await, 1, "the pledge, 7 days before");
    assert_eq!(run().await, 0);
    assert_eq!(notification::Entity::find().count(app.db()).await.unwrap(), 3);
    assert_eq!(delivery::Entity::find().count(app.db()).await.unwrap(), 3);
    let start = app.client_as(Role::Staff).await.page("/staff").await;
    assert!(start.contains("不推销承诺书") && start.contains("到期"), "{start}");
    let own = app.client_as(Role::Partner).await.page("/partner").await;
    assert!(own.contains("还有 7 天"), "{own}");
});

on_both!(the_api_reads_makes_and_changes_partners, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let list = "/api/v1/communities/yunliang/partners";
    let body = json!({
        "name": "光影照相馆", "phone": "13900006621", "qualification": "摄影师", "qualification_expires_on": "2027-03-31",
        "pledge_signed_on": "2026-01-01", "pledge_expires_on": "2026-12-31", "weekly_limit": 2,
    });
    let made = staff.post(list, &body).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: serde_json::Value = made.json().await.unwrap();
    assert_eq!(made["qualification"], "摄影师");
    assert_eq!(made["frozen"], false);
    assert!(made.get("phone").is_none());
    let one = format!("{list}/{}", made["id"].as_str().unwrap());
    let changed = staff
        .patch(
            &one,
            &json!({ "weekly_limit": null, "licence_expires_on": "2027-01-01" }),
        )
        .await;
    assert_eq!(changed.status(), StatusCode::OK);
    let changed: serde_json::Value = changed.json().await.unwrap();
    assert_eq!(changed["weekly_limit"], json!(null));
    assert_eq!(changed["licence_expires_on"], "2027-01-01");
    assert_eq!(
        changed["qualification_expires_on"], "2027-03-31",
        "what is left out stays"
    );
    let wrong = staff
        .patch(
            &one,
            &json!({ "weekly_limit": 0, "phone": "1", "pledge_expires_on": "2025-01-01" }),
        )
        .await;
    assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let wrong: serde_json::Value = wrong.json().await.unwrap();
    let fields: Vec<_> = wrong["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["field"].clone())
        .collect();
    assert_eq!(fields, ["phone", "weekly_limit", "pledge_expires_on"]);
    let gone = staff
        .patch(&format!("{list}/01900000-0000-7000-8000-000000000000"), &json!({}))
        .await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    let partner = app.bearer_as(Role::Partner).await;
    assert_eq!(partner.patch(&one, &json!({})).await.status(), StatusCode::FORBIDDEN);
});

on_both!(staff_make_a_login_whose_password_is_shown_once, async |app| {
    let basic = app.seed_basic().await;
    let staff = app.client_as(Role::Staff).await;
    let address = format!("/staff/partners/{}", basic.zangyutang);
    let made = staff
        .submit(&format!("{address}/login"), &[("username", "xiong")])
        .await;
    assert_eq!(made.status(), StatusCode::OK);
    let text = made.text().await.unwrap();
    assert!(text.contains("账号开好了") && text.contains("只显示这一次"), "{text}");
    let codes: Vec<&str> = text
        .split("<code>")
        .skip(1)
        .map(|rest| rest.split("</code>").next().unwrap())
        .collect();
    assert_eq!((codes[0], codes[1].len()), ("xiong", 19), "{codes:?}");
    let shown = staff.page(&address).await;
    assert!(shown.contains("xiong") && !shown.contains(codes[1]), "never again");
    let client = app.client();
    let logged_in = client
        .submit("/login", &[("username", "xiong"), ("password", codes[1])])
        .await;
    assert_eq!(logged_in.status(), StatusCode::SEE_OTHER);
    assert!(client.page("/partner").await.contains("藏御堂体验馆"));
    let taken = staff
        .submit(&format!("{address}/login"), &[("username", "xiong")])
        .await;
    assert_eq!(taken.status(), StatusCode::UNPROCESSABLE_ENTITY);
    // Not for a partner of another community, and not by a partner.
    let other = actor(&app, Role::Partner).await;
    let refused = partner::create_login(&app.ctx, &other, basic.yunliang, basic.zangyutang, "mine").await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
    let staff = actor(&app, Role::Staff).await;
    let elsewhere = partner::create_login(&app.ctx, &staff, basic.youyuan, basic.zangyutang, "mine").await;
    assert!(matches!(elsewhere, Err(Error::Forbidden(_))));
});

async fn sign_up(app: &TestApp, session: SessionId, name: &str, phone: &str) {
    let home = app.seed_basic().await.yunliang;
    let sign_up = SignUp {
        name: name.to_owned(),
        phone: phone.to_owned(),
        ..SignUp::default()
    };
    enrolment::enrol(&app.ctx, home, session, sign_up)
        .await
        .expect("signed up");
}

on_both!(nothing_of_another_partner_is_ever_visible, async |app| {
    let at = session_at(&app, TUESDAY).await;
    let other = another(&app).await;
    let theirs = given_by(&app, other.id, "拍全家福", "2026-12-01T14:30:00").await;
    sign_up(&app, theirs.1, "薛秀英", "13900006621").await;
    let question = asked(&app, theirs).await;
    let offered = Actor::Account {
        id: xianglao::domain::id::AccountId(uuid::Uuid::from_u128(5)),
        role: Role::Partner,
        community: Some(at.0),
        partner: Some(other.id),
    };
    let new = xianglao::services::proposal::NewProposal {
        title: "拍证件照".to_owned(),
        kind: "other".to_owned(),
        venue_id: Some(app.seed_basic().await.hall),
        starts_local: "2026-12-03T14:30:00".to_owned(),
        duration_minutes: 60,
        ..Default::default()
    };
    let proposal = xianglao::services::proposal::submit(&app.ctx, &offered, at.0, new)
        .await
        .unwrap()
        .id;
    let programme = entities::session::Entity::find_by_id((theirs.0.0, theirs.1.0))
        .one(app.db())
        .await
        .unwrap()
        .unwrap()
        .programme_id;

    // Every address a partner may ask, with the other partner's ids in it.
    let partner = app.client_as(Role::Partner).await;
    let mut asked_for = 0;
    for route in web::routes().list() {
        if !route.who.admits(Some(Role::Partner)) || route.who.admits(None) || route.path == "/logout" {
            continue;
        }
        let path = route
            .path
            .replace("{community}", "yunliang")
            .replace("{question}", &question.id.to_string())
            .replace("/proposals/{id}", &format!("/proposals/{proposal}"))
            .replace("/sessions/{id}", &format!("/sessions/{}", theirs.1))
            .replace("/programmes/{id}", &format!("/programmes/{programme}"))
            .replace("/partners/{id}", &format!("/partners/{}", other.id))
            .replace("{id}", &theirs.1.to_string());
        let method = reqwest::Method::from_bytes(route.method.as_str().as_bytes()).unwrap();
        let response = partner.request(method, &path).send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        asked_for += 1;
        assert!(!status.is_server_error(), "{path}: {status}");
        for secret in ["光影", "拍全家福", "拍证件照", "薛", "6621"] {
            // The schedule of the community is public: titles stand there for everybody.
            let public = route.path.contains("/api/v1/communities/{community}/programmes") && secret != "薛";
            assert!(
                public || !text.contains(secret),
                "{} {path} shows {secret}: {text}",
                route.method
            );
        }
    }
    assert!(asked_for > 10, "{asked_for}");
    for path in [
        format!("/partner/sessions/{}", theirs.1),
        format!("/partner/proposals/{proposal}"),
        "/partner/sessions/none".to_owned(),
    ] {
        assert_eq!(partner.get(&path).await.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let own = actor(&app, Role::Partner).await;
    let month: YearMonth = "2026-12".parse().unwrap();
    let foreign = statement::month(&app.ctx, &own, at.0, other.id, month).await;
    assert!(matches!(foreign, Err(Error::NotFound { .. })));
    let elsewhere = statement::month(&app.ctx, &own, app.seed_basic().await.youyuan, other.id, month).await;
    assert!(elsewhere.is_err());
});

on_both!(
    a_partner_sees_masked_names_of_those_who_agreed_and_counts_of_the_rest,
    async |app| {
        let at = session_at(&app, TUESDAY).await;
        sign_up(&app, at.1, "李秀英", "13900006621").await;
        sign_up(&app, at.1, "王强", "13900006622").await;
        let staff = actor(&app, Role::Staff).await;
        let new = xianglao::services::resident::NewResident {
            name: "赵不愿".to_owned(),
            ..Default::default()
        };
        let quiet = xianglao::services::resident::create(&app.ctx, &staff, at.0, new)
            .await
            .unwrap();
        let source = xianglao::domain::enrolment::Source::Counter;
        enrolment::enrol_resident(&app.ctx, &staff, at.0, at.1, quiet.id, source)
            .await
            .unwrap();
        let partner = app.client_as(Role::Partner).await;
        let page = partner.page(&format!("/partner/sessions/{}", at.1)).await;
        assert!(
            page.contains("李*英") && page.contains("王*") && page.contains("报了 3 人"),
            "{page}"
        );
        assert!(page.contains("另外 1 位不显示名字"), "{page}");
        for plain in ["李秀英", "王强", "赵", "6621"] {
            assert!(!page.contains(plain), "{plain}");
        }
    }
);

async fn count(app: &TestApp, session: SessionId, headcount: i32) {
    let home = app.seed_basic().await.yunliang;
    let one = CheckIn {
        client_id: app.ctx.new_id(app.ctx.now()),
        counted: Counted::Heads(headcount),
    };
    attendance::check_in(&app.ctx, &Actor::System, home, session, vec![one])
        .await
        .unwrap();
}

on_both!(
    the_month_of_a_partner_counts_its_own_sessions_and_opens_them,
    async |app| {
        let basic = app.seed_basic().await;
        let at = weekly(&app, TUESDAY, 3).await;
        let other = another(&app).await;
        let theirs = given_by(&app, other.id, "拍全家福", "2026-12-01T14:30:00").await;
        let rows = entities::session::Entity::find()
            .order_by_asc(entities::session::Column::StartsAt)
            .all(app.db())
            .await
            .unwrap();
        let own: Vec<SessionId> = rows
            .iter()
            .filter(|row| row.id != theirs.1.0)
            .map(|row| row.id.into())
            .collect();
        let change = Change {
            facilitator_id: Some(Some(basic.xiong)),
            ..Change::default()
        };
        session::edit(&app.ctx, &Actor::System, at.0, own[0], Scope::This, change, false)
            .await
            .unwrap();
        let code = xianglao::domain::planning::ReasonCode::Weather;
        session::cancel(&app.ctx, &Actor::System, at.0, own[2], Scope::This, code, None, false)
            .await
            .unwrap();
        app.clock.set("2026-12-08T10:00:00+08:00");
        count(&app, own[0], 9).await;
        count(&app, own[1], 5).await;
        count(&app, theirs.1, 40).await;
        let partner = app.client_as(Role::Partner).await;
        let page = partner.page("/partner/statement?month=2026-12").await;
        for said in [
            "2 场",
            "14 人次",
            "平均每场 7.0 人次",
            "另有不记名 14 人次",
            "1 次",
            "1 场",
            "改由 熊老师 讲",
        ] {
            assert!(page.contains(said), "{said}: {page}");
        }
        assert!(!page.contains("拍全家福") && !page.contains("40 人次"), "{page}");
        let off = partner.page("/partner/statement?month=2026-12&show=off").await;
        assert!(off.contains("12月15日") && !off.contains("12月8日"), "{off}");
        let csv = partner.page("/partner/statement.csv?month=2026-12").await;
        assert_eq!(csv.lines().count(), 4, "{csv}");
        assert!(csv.contains("\"艾灸体验\"") && csv.contains("2026-12-01"), "{csv}");
        let empty = partner.page("/partner/statement?month=2026-10").await;
        assert!(empty.contains("这个月没有排活动"), "{empty}");
        let wrong = partner.get("/partner/statement?month=2026-13").await;
        assert_eq!(wrong.status(), StatusCode::UNPROCESSABLE_ENTITY);
        // Staff see the same.
        let staff = app.client_as(Role::Staff).await;
        let address = format!("/staff/partners/{}/statement", basic.zangyutang);
        let same = staff.page(&format!("{address}?month=2026-12")).await;
        assert!(same.contains("14 人次") && same.contains("2 场"), "{same}");
        let file = staff.page(&format!("{address}.csv?month=2026-12")).await;
        assert_eq!(file, csv);
    }
);

#[tokio::test]
async fn all_of_it_is_there_in_english_too() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let at = session_at(&app, TUESDAY).await;
    let question = asked(&app, at).await;
    let staff = app.client_as(Role::Staff).await;
    let partner = app.client_as(Role::Partner).await;
    let public = app.client();
    let link = crate::support::partner::path_of(&app, at.0, &question);
    for (client, path, said) in [
        (&public, link, "Can you come?"),
        (
            &public,
            format!("/c/yunliang/sessions/{}/complain", at.1),
            "Something was wrong",
        ),
        (&partner, "/partner".to_owned(), "Waiting for your answer"),
        (&partner, format!("/partner/sessions/{}", at.1), "Who comes"),
        (&partner, "/partner/statement".to_owned(), "Press a number"),
        (
            &staff,
            format!("/staff/partners/{}", basic.zangyutang),
            "Data and papers",
        ),
        (
            &staff,
            format!("/staff/sessions/{}/confirmation", at.1),
            "Paste into a chat",
        ),
        (&staff, format!("/staff/sessions/{}/substitute", at.1), "this time only"),
        (&staff, "/staff/complaints/new".to_owned(), "Write down a complaint"),
    ] {
        let page = client.page(&format!("{path}?lang=en")).await;
        assert!(page.contains(said), "{path}: {page}");
    }
}

#[tokio::test]
async fn planning_beyond_a_paper_leaves_out_what_it_does_not_cover() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let at = session_at(&app, TUESDAY).await;
    let staff = app.client_as(Role::Staff).await;
    let address = format!("/staff/partners/{}", basic.zangyutang);
    staff.submit(&address, &form("2026-12-20", "")).await;
    let programme = entities::session::Entity::find_by_id((at.0.0, at.1.0))
        .one(app.db())
        .await
        .unwrap()
        .unwrap()
        .programme_id;
    let mut wish = PlanSeries::once(programme.into(), basic.hall, "2026-12-14T15:00:00".parse().unwrap(), 60);
    wish.rule = Some("FREQ=WEEKLY;COUNT=3".to_owned());
    let planned = programme::plan_series(&app.ctx, &Actor::System, at.0, wish, false).await;
    match planned {
        Ok(planned) => assert_eq!(
            planned.sessions.iter().filter(|one| one.session_id.is_some()).count(),
            1
        ),
        Err(Error::Conflict(clashes)) => assert_eq!(clashes.len(), 2, "{clashes:?}"),
        Err(other) => panic!("{other:?}"),
    }
    assert_eq!(seed::username(Role::Staff), "yunliang");
    assert!(TITLE.contains("体验"), "never a treatment");
}
