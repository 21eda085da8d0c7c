//! A venue is shut, the weather is bad: what that hits is listed, each session is decided about, everybody is told once.

use jiff::SignedDuration;
use jiff::civil::date;
use reqwest::StatusCode;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TransactionTrait};
use serde_json::{Value, json};
use xianglao::domain::access::{Actor, Role};
use xianglao::domain::id::SessionId;
use xianglao::domain::planning::edit::{Change, Scope};
use xianglao::domain::planning::{Clash, ReasonCode, SessionStatus};
use xianglao::services::Error;
use xianglao::services::enrolment::{self, SignUp};
use xianglao::services::programme::{self, PlanSeries};
use xianglao::services::session;

use crate::api::plan::{HOME, text as of};
use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::plan::{once, series, titled};
use crate::support::planner::{send, session_on, text, value_of};
use crate::support::postgres::waiting;

/// Somebody signs up at the counter.
async fn sign_up(app: &TestApp, session: xianglao::domain::id::SessionId, name: &str, phone: &str) {
    let basic = app.seed_basic().await;
    let new = SignUp {
        name: name.to_owned(),
        phone: phone.to_owned(),
        ..SignUp::default()
    };
    enrolment::enrol(&app.ctx, basic.yunliang, session, new)
        .await
        .expect("signed up");
}

async fn dry_run(staff: &Client, body: &Value) -> Value {
    let response = staff.post(&format!("{HOME}/closures?dry_run=true"), body).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

async fn deliveries(app: &TestApp) -> Vec<String> {
    let rows = entities::delivery::Entity::find()
        .order_by_asc(entities::delivery::Column::Id)
        .all(app.db())
        .await
        .unwrap();
    rows.into_iter().map(|row| row.status).collect()
}

on_both!(
    a_closure_lists_what_it_hits_and_does_what_was_decided,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let room = basic.activity_room;
        let class = once(&app.ctx, basic.yunliang, room, titled("反诈课"), "2026-12-02T09:00").await;
        let choir = once(&app.ctx, basic.yunliang, room, titled("合唱"), "2026-12-02T14:00").await;
        let chess = once(&app.ctx, basic.yunliang, room, titled("棋牌"), "2026-12-02T16:00").await;
        let other = once(&app.ctx, basic.yunliang, basic.hall, titled("电影"), "2026-12-02T09:00").await;
        sign_up(&app, class.session, "李桂英", "13800000001").await;
        sign_up(&app, choir.session, "李桂英", "13800000001").await;
        let mut body = json!({
            "venue_ids": [room],
            "starts_at": "2026-12-02T08:00:00",
            "ends_at": "2026-12-03T00:00:00",
            "reason_code": "venue_closed",
            "reason": "暖气检修",
        });
        let review = dry_run(&staff, &body).await;
        let hits = review["hits"].as_array().unwrap();
        let titles: Vec<String> = hits.iter().map(|hit| of(&hit["title"])).collect();
        assert_eq!(titles, ["反诈课", "合唱", "棋牌"]);
        // The hall is taken at nine; the parlour has room for one.
        assert_eq!(of(&hits[0]["suggested"]), "move");
        assert_eq!(of(&hits[0]["options"][0]["venue_id"]), basic.parlour.to_string());
        assert_eq!(review["people_to_tell"], 1);

        // One session without a decision stops everything.
        body["decisions"] = json!([
            {"session_id": class.session, "act": "move", "venue_id": basic.parlour, "starts_at": "2026-12-02T09:00:00"},
            {"session_id": choir.session, "act": "cancel"},
        ]);
        let undecided = staff.post(&format!("{HOME}/closures"), &body).await;
        assert_eq!(undecided.status(), StatusCode::CONFLICT);
        assert_eq!(session_on_hour(&app, 14).await, SessionStatus::Scheduled);

        body["decisions"]
            .as_array_mut()
            .unwrap()
            .push(json!({"session_id": chess.session, "act": "keep"}));
        body["id"] = json!("01939f00-0000-7000-8000-000000000001");
        let done = staff.post(&format!("{HOME}/closures"), &body).await;
        assert_eq!(done.status(), StatusCode::CREATED);
        let done: Value = done.json().await.unwrap();
        assert_eq!(
            (&done["cancelled"], &done["moved"], &done["kept"]),
            (&json!(1), &json!(1), &json!(1))
        );
        assert_eq!(done["people_to_tell"], 1, "one message, however many dates");
        // The same again changes nothing.
        let again = staff.post(&format!("{HOME}/closures"), &body).await;
        assert_eq!(again.status(), StatusCode::CREATED);
        assert_eq!(deliveries(&app).await.len(), 1);

        let week = crate::support::planner::week_of(&app, date(2026, 12, 2)).await;
        let find = |id| week.iter().find(|session| session.id == id).unwrap();
        assert_eq!(find(class.session).venue.id, basic.parlour);
        assert_eq!(find(class.session).reason.as_deref(), Some("暖气检修"));
        assert!(find(choir.session).is_cancelled());
        assert_eq!(find(chess.session).venue.id, room);
        assert_eq!(find(other.session).venue.id, basic.hall);

        // Nothing new can be planned there, by anyone.
        let wish = PlanSeries::once(class.programme, room, "2026-12-02T11:00:00".parse().unwrap(), 60);
        let refused = programme::plan_series(&app.ctx, &Actor::System, basic.yunliang, wish, false).await;
        assert!(
            matches!(&refused, Err(Error::Conflict(clashes)) if matches!(clashes[..], [Clash::Closure { .. }])),
            "{refused:?}"
        );

        // What is held all the same is still changed within its time and place, and takes no more of it.
        let half = |minutes: i32| Change {
            duration_minutes: Some(minutes),
            capacity: Some(Some(7)),
            ..Change::default()
        };
        let edit = async |minutes| {
            let (home, by) = (basic.yunliang, Actor::System);
            session::edit(&app.ctx, &by, home, chess.session, Scope::This, half(minutes), false).await
        };
        let shorter = edit(30).await.unwrap();
        assert_eq!(shorter.changed.len(), 1);
        let longer = edit(90).await;
        assert!(
            matches!(&longer, Err(Error::Conflict(clashes)) if matches!(clashes[..], [Clash::Closure { .. }])),
            "{longer:?}"
        );
    }
);

on_both!(
    what_was_made_up_for_goes_when_the_session_is_held_after_all,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let room = basic.activity_room;
        let new = programme::create_programme(&app.ctx, &Actor::System, basic.yunliang, titled("书法班")).await;
        let starts = "2026-12-02T09:00:00".parse().unwrap();
        let mut wish = PlanSeries::once(new.unwrap().id, room, starts, 60);
        wish.rule = Some("FREQ=WEEKLY".to_owned());
        wish.held_limit = Some(3);
        let planned = programme::plan_series(&app.ctx, &Actor::System, basic.yunliang, wish, false)
            .await
            .unwrap();
        assert_eq!(planned.sessions.len(), 3);
        assert!(planned.later.is_empty(), "three are all there is: {:?}", planned.later);
        let standing = async || {
            let rows = entities::session::Entity::find()
                .filter(entities::session::Column::Status.ne("cancelled"))
                .order_by_asc(entities::session::Column::StartsAt)
                .all(app.db())
                .await
                .unwrap();
            rows.into_iter()
                .map(|row| row.starts_at.date_naive().to_string())
                .collect::<Vec<_>>()
        };
        let whole = ["2026-12-02", "2026-12-09", "2026-12-16"];
        let later = ["2026-12-09", "2026-12-16", "2026-12-23"];
        let first = entities::session::Entity::find()
            .order_by_asc(entities::session::Column::StartsAt)
            .one(app.db())
            .await
            .unwrap()
            .unwrap();
        let id = "01939f00-0000-7000-8000-000000000003";
        let body = json!({
            "id": id,
            "venue_ids": [room],
            "starts_at": "2026-12-02T08:00:00",
            "ends_at": "2026-12-02T18:00:00",
            "reason": "停电",
            "decisions": [{"session_id": first.id, "act": "cancel"}],
        });
        assert_eq!(
            staff.post(&format!("{HOME}/closures"), &body).await.status(),
            StatusCode::CREATED
        );
        assert_eq!(standing().await, later);
        let undone = staff.post(&format!("{HOME}/closures/{id}/undo"), &json!({})).await;
        assert_eq!(undone.status(), StatusCode::OK);
        assert_eq!(standing().await, whole);

        // The same by hand; but what somebody has signed up for since stays.
        let (home, by, session) = (basic.yunliang, Actor::System, SessionId(first.id));
        let off = async || {
            let code = ReasonCode::Other;
            session::cancel(&app.ctx, &by, home, session, Scope::This, code, None, false)
                .await
                .unwrap();
        };
        let on = async || {
            session::restore(&app.ctx, &by, home, session, Scope::This, false)
                .await
                .unwrap()
        };
        off().await;
        assert_eq!(standing().await, later);
        on().await;
        assert_eq!(standing().await, whole);
        off().await;
        let made_up = session_on(&app, date(2026, 12, 23)).await.id;
        sign_up(&app, made_up, "李桂英", "13800000001").await;
        on().await;
        assert_eq!(standing().await.len(), 4);
    }
);

/// Both have looked, and found that it is not there, before the first one stores it.
#[tokio::test]
async fn a_closure_sent_twice_at_once_is_made_once() {
    let app = TestApp::postgres().await;
    let basic = app.seed_basic().await;
    let staff = app.bearer_as(Role::Staff).await;
    let room = basic.activity_room;
    let class = once(&app.ctx, basic.yunliang, room, titled("反诈课"), "2026-12-02T09:00").await;
    sign_up(&app, class.session, "李桂英", "13800000001").await;
    let body = json!({
        "id": "01939f00-0000-7000-8000-000000000004",
        "venue_ids": [room],
        "starts_at": "2026-12-02T08:00:00",
        "ends_at": "2026-12-02T18:00:00",
        "reason": "停电",
        "decisions": [{"session_id": class.session, "act": "cancel"}],
    });
    let path = format!("{HOME}/closures");
    let holding = app.db().begin().await.unwrap();
    let venue = entities::venue::Entity::find_by_id((basic.yunliang.0, room.0));
    venue.lock(LockType::NoKeyUpdate).one(&holding).await.unwrap();
    let (one, other, ()) = tokio::join!(staff.post(&path, &body), staff.post(&path, &body), async {
        waiting(app.db(), 2).await;
        holding.commit().await.unwrap();
    });
    let mut cancelled = 0;
    for response in [one, other] {
        assert_eq!(response.status(), StatusCode::CREATED);
        let done: Value = response.json().await.unwrap();
        cancelled += done["cancelled"].as_i64().unwrap();
    }
    assert_eq!(cancelled, 1);
    assert_eq!(deliveries(&app).await.len(), 1);
}

on_both!(
    a_closure_beyond_the_horizon_hits_what_is_not_stored_yet,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let room = basic.activity_room;
        let weekly = Some("FREQ=WEEKLY");
        series(
            &app.ctx,
            basic.yunliang,
            room,
            titled("反诈课"),
            "2026-12-02T09:00",
            weekly,
        )
        .await;
        let body = json!({
            "venue_ids": [room],
            "starts_at": "2027-09-01T08:00:00",
            "ends_at": "2027-09-01T18:00:00",
            "reason": "装修",
        });
        // Nobody has looked before: it is asked about all the same.
        let undecided = staff.post(&format!("{HOME}/closures"), &body).await;
        assert_eq!(undecided.status(), StatusCode::CONFLICT);
        let hits = dry_run(&staff, &body).await["hits"].as_array().unwrap().len();
        assert_eq!(hits, 1);
    }
);

async fn session_on_hour(app: &TestApp, hour: i8) -> SessionStatus {
    let week = crate::support::planner::week_of(app, date(2026, 12, 2)).await;
    week.iter()
        .find(|session| session.starts.hour() == hour)
        .unwrap()
        .status
}

on_both!(
    a_closure_is_taken_back_until_the_first_message_has_left,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let room = basic.activity_room;
        let class = once(&app.ctx, basic.yunliang, room, titled("反诈课"), "2026-11-25T10:00").await;
        sign_up(&app, class.session, "李桂英", "13800000001").await;
        let body = |id: &str| {
            json!({
                "id": id,
                "venue_ids": [room],
                "starts_at": "2026-11-25T09:00:00",
                "ends_at": "2026-11-25T18:00:00",
                "reason": "停电",
                "decisions": [{"session_id": class.session, "act": "cancel"}],
            })
        };
        let first = "01939f00-0000-7000-8000-000000000001";
        assert_eq!(
            staff.post(&format!("{HOME}/closures"), &body(first)).await.status(),
            StatusCode::CREATED
        );
        assert!(session_on(&app, date(2026, 11, 25)).await.is_cancelled());
        let undone = staff.post(&format!("{HOME}/closures/{first}/undo"), &json!({})).await;
        assert_eq!(undone.status(), StatusCode::OK);
        let stands = session_on(&app, date(2026, 11, 25)).await;
        assert_eq!((stands.status, stands.reason), (SessionStatus::Scheduled, None));
        assert_eq!(deliveries(&app).await, ["dropped"]);
        // Its place is taken again, and the room is open.
        let wish = PlanSeries::once(class.programme, room, "2026-11-25T10:30:00".parse().unwrap(), 60);
        let refused = programme::plan_series(&app.ctx, &Actor::System, basic.yunliang, wish, false).await;
        assert!(
            matches!(&refused, Err(Error::Conflict(clashes)) if matches!(clashes[..], [Clash::Venue { .. }])),
            "{refused:?}"
        );
        let twice = staff.post(&format!("{HOME}/closures/{first}/undo"), &json!({})).await;
        assert_eq!(twice.status(), StatusCode::CONFLICT);

        // A second one, and this time somebody was phoned.
        let second = "01939f00-0000-7000-8000-000000000002";
        assert_eq!(
            staff.post(&format!("{HOME}/closures"), &body(second)).await.status(),
            StatusCode::CREATED
        );
        app.clock.advance(SignedDuration::from_mins(2));
        entities::delivery::Entity::update_many()
            .col_expr(entities::delivery::Column::Status, Expr::value("sent"))
            .filter(entities::delivery::Column::Status.ne("dropped"))
            .exec(app.db())
            .await
            .unwrap();
        let late = staff.post(&format!("{HOME}/closures/{second}/undo"), &json!({})).await;
        assert_eq!(late.status(), StatusCode::CONFLICT);
        assert!(session_on(&app, date(2026, 11, 25)).await.is_cancelled());
    }
);

on_both!(
    bad_weather_moves_todays_outdoor_sessions_indoors_and_says_so_on_the_page,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let square = basic.square;
        let exercise = series(
            &app.ctx,
            basic.yunliang,
            square,
            titled("八段锦"),
            "2026-11-25T09:00",
            Some("FREQ=DAILY;COUNT=3"),
        )
        .await;
        let indoors = once(&app.ctx, basic.yunliang, basic.hall, titled("电影"), "2026-11-25T15:00").await;
        let form = staff.page("/staff/closures/new?kind=weather").await;
        let fields = vec![
            ("token", value_of(&form, "token")),
            ("kind", "weather".to_owned()),
            ("reach", "outdoor".to_owned()),
            ("from_date", "2026-11-25".to_owned()),
            ("to_date", "2026-11-25".to_owned()),
            ("weather", "rain".to_owned()),
        ];
        let shown = text(send(&staff, "/staff/closures/review", &fields).await, StatusCode::OK).await;
        assert!(
            shown.contains("碰到 1 场") && shown.contains("八段锦") && !shown.contains("电影"),
            "{shown}"
        );
        let choice = format!("move:{}:2026-11-25T01:00:00Z", basic.parlour);
        assert!(shown.contains(&choice), "{shown}");
        let act = format!("act-{}", exercise.session);
        let mut decided = fields.clone();
        decided.push((act.as_str(), choice));
        let to = location(&send(&staff, "/staff/closures", &decided).await);
        assert!(to.contains("moved=1"), "{to}");
        let page = staff.page(&to).await;
        assert!(page.contains("1 场换地方") && page.contains("撤回"), "{page}");
        let public = app
            .client()
            .page(&format!("/c/yunliang/sessions/{}", exercise.session))
            .await;
        assert!(public.contains("居民会客厅") && public.contains("暴雨"), "{public}");
        // Tomorrow's stands where it stood, and so does what is indoors.
        assert_eq!(session_on(&app, date(2026, 11, 26)).await.venue.id, square);
        let week = crate::support::planner::week_of(&app, date(2026, 11, 25)).await;
        let film = week.iter().find(|session| session.id == indoors.session).unwrap();
        assert_eq!(film.status, SessionStatus::Scheduled);
    }
);

on_both!(
    a_place_that_was_taken_meanwhile_is_said_and_nothing_is_done,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.client_as(Role::Staff).await;
        let room = basic.activity_room;
        let class = once(&app.ctx, basic.yunliang, room, titled("反诈课"), "2026-12-02T09:00").await;
        let body = json!({
            "venue_ids": [room],
            "starts_at": "2026-12-02T08:00:00",
            "ends_at": "2026-12-02T18:00:00",
            "reason": "选举投票",
            "decisions": [{"session_id": class.session, "act": "move", "venue_id": basic.hall, "starts_at": "2026-12-02T09:00:00"}],
        });
        once(&app.ctx, basic.yunliang, basic.hall, titled("电影"), "2026-12-02T09:30").await;
        let refused = staff.post(&format!("{HOME}/closures"), &body).await;
        assert_eq!(refused.status(), StatusCode::CONFLICT);
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(of(&refused["code"]), "conflict");
        assert!(of(&refused["detail"]).contains("电影"), "{refused}");
        let list = staff.json(&format!("{HOME}/closures")).await;
        assert_eq!(list["items"], json!([]));
    }
);

on_both!(what_makes_no_sense_is_refused_with_the_field, async |app: TestApp| {
    let basic = app.seed_basic().await;
    let staff = app.client_as(Role::Staff).await;
    let base = json!({"venue_ids": [basic.hall], "starts_at": "2026-12-02T08:00:00", "ends_at": "2026-12-02T18:00:00"});
    let cases = [
        ("venue_ids", json!([]), "venues"),
        ("venue_ids", json!([basic.yunliang]), "venues"),
        ("ends_at", json!("2026-12-02T07:00:00"), "ends_local"),
        ("ends_at", json!("2028-12-02T07:00:00"), "ends_local"),
        ("ends_at", json!("2027-12-31T07:00:00"), "ends_local"),
        ("starts_at", json!("neun Uhr"), "starts_at"),
        ("reason", json!("很".repeat(101)), "reason"),
    ];
    for (field, value, blamed) in cases {
        let mut body = base.clone();
        body[field] = value.clone();
        let response = staff.post(&format!("{HOME}/closures"), &body).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(of(&problem["errors"][0]["field"]), blamed, "{problem}");
    }
    let partner = app.client_as(Role::Partner).await;
    let refused = partner.post(&format!("{HOME}/closures"), &base).await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
});
