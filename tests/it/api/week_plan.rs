//! A week's plan over the API: looked at, carried out once, refused by row and field.

use reqwest::StatusCode;
use serde_json::{Value, json};
use xianglao::domain::access::Role;

use crate::support::app::{Client, TestApp, on_both};
use crate::support::plan::{once, titled};
use crate::support::venues::equip;

const PATH: &str = "/api/v1/communities/yunliang/week-plan";

async fn sent(client: &Client, body: &Value, status: StatusCode) -> Value {
    let response = client.post(PATH, body).await;
    let got = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(got, status, "{text}");
    serde_json::from_str(&text).unwrap()
}

async fn sessions(client: &Client) -> usize {
    let list = client
        .json("/api/v1/communities/yunliang/sessions?from=2026-11-30&to=2026-12-07")
        .await;
    list["items"].as_array().unwrap().len()
}

fn week(rows: Value) -> Value {
    json!({"week": "2026-W49", "seed": 3, "rows": rows})
}

on_both!(
    a_week_is_looked_at_first_and_then_carried_out_once,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        let staff = app.bearer_as(Role::Staff).await;
        equip(&app, basic.hall, "投影仪").await;
        let stands = once(
            &app.ctx,
            basic.yunliang,
            basic.hall,
            titled("合唱排练"),
            "2026-12-02T09:00:00",
        )
        .await;
        let mut body = week(json!([
            {"programme_id": stands.programme, "duration_minutes": 90, "facilitator_id": basic.zhang, "weekdays": "WE"},
            {"title": "反诈课", "kind": "class", "duration_minutes": 60, "people": 40, "needs": ["投影仪"], "weekdays": "WE", "part": "morning"},
            {"title": "反诈课", "kind": "class", "duration_minutes": 60, "people": 40, "needs": ["投影仪"]},
            {"title": "大会", "duration_minutes": 60, "people": 900},
        ]));
        let looked = sent(&staff, &body, StatusCode::OK).await;
        assert_eq!(looked["stored"], false);
        assert_eq!(looked["score"]["placed"], 3);
        assert_eq!(looked["placements"].as_array().unwrap().len(), 3);
        let left = &looked["unplaced"][0];
        assert_eq!((&left["row"], &left["code"]), (&json!(3), &json!("no_venue")));
        assert_eq!(left["message"], "没有一个场地有900 个位子（最多 200 个）。");
        for placed in looked["placements"].as_array().unwrap() {
            if placed["title"] == "反诈课" {
                assert_eq!(placed["venue_id"], basic.hall.to_string());
            }
            let overlaps = placed["venue_id"] == basic.hall.to_string()
                && placed["starts_at"].as_str().unwrap() < "2026-12-02T10:15:00+08:00"
                && placed["ends_at"].as_str().unwrap() > "2026-12-02T08:45:00+08:00";
            assert!(!overlaps, "{placed}");
        }
        assert_eq!(sessions(&staff).await, 1, "looking stores nothing");
        assert_eq!(
            sent(&staff, &body, StatusCode::OK).await,
            looked,
            "the same seed, the same plan"
        );

        body["dry_run"] = json!(false);
        body["id"] = json!("019ac000-0000-7000-8000-000000000001");
        let stored = sent(&staff, &body, StatusCode::CREATED).await;
        assert_eq!(stored["stored"], true);
        for (planned, seen) in stored["placements"]
            .as_array()
            .unwrap()
            .iter()
            .zip(looked["placements"].as_array().unwrap())
        {
            assert_eq!(
                (&planned["starts_at"], &planned["venue_id"]),
                (&seen["starts_at"], &seen["venue_id"])
            );
            assert!(planned["series_id"].is_string());
        }
        assert_eq!(sessions(&staff).await, 4);
        let again = sent(&staff, &body, StatusCode::OK).await;
        assert_eq!((&again["already"], &again["stored"]), (&json!(true), &json!(false)));
        assert_eq!(sessions(&staff).await, 4, "sent twice, planned once");
        let programmes = staff.json("/api/v1/communities/yunliang/programmes").await;
        let made = programmes["items"].as_array().unwrap();
        assert_eq!(
            made.iter().filter(|one| one["title"] == "反诈课").count(),
            1,
            "one programme for one title"
        );
        assert!(made.iter().all(|one| one["title"] != "大会"));
    }
);

#[tokio::test]
async fn a_wrong_wish_names_row_field_and_value_and_nothing_is_planned() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let staff = app.bearer_as(Role::Staff).await;
    let right = json!({"title": "反诈课", "duration_minutes": 60});
    let mut cases = vec![
        (
            json!({"title": "反诈课", "duration_minutes": 4}),
            "rows[1].duration_minutes",
            "4",
        ),
        (json!({"title": "", "duration_minutes": 60}), "rows[1].title", ""),
        (
            json!({"title": "课", "duration_minutes": 60, "people": 0}),
            "rows[1].people",
            "0",
        ),
        (
            json!({"title": "课", "duration_minutes": 60, "weekdays": "MO,FUN"}),
            "rows[1].weekdays",
            "FUN",
        ),
        (
            json!({"title": "课", "duration_minutes": 60, "earliest": "25:99"}),
            "rows[1].earliest",
            "25:99",
        ),
        (
            json!({"title": "课", "duration_minutes": 60, "priority": "huge"}),
            "rows[1].priority",
            "huge",
        ),
        (
            json!({"title": "课", "duration_minutes": 60, "part": "tea"}),
            "rows[1].part",
            "tea",
        ),
    ];
    let nowhere = "01234567-89ab-7def-8123-456789abcdef";
    for (field, row) in [
        ("programme_id", json!({"programme_id": nowhere, "duration_minutes": 60})),
        (
            "venue_id",
            json!({"title": "课", "venue_id": nowhere, "duration_minutes": 60}),
        ),
        (
            "facilitator_id",
            json!({"title": "课", "facilitator_id": nowhere, "duration_minutes": 60}),
        ),
    ] {
        let field: &'static str = Box::leak(format!("rows[1].{field}").into_boxed_str());
        cases.push((row, field, nowhere));
    }
    for (row, field, value) in cases {
        let mut body = week(json!([right.clone(), row]));
        body["dry_run"] = json!(false);
        let problem = sent(&staff, &body, StatusCode::UNPROCESSABLE_ENTITY).await;
        let error = &problem["errors"][0];
        assert_eq!(error["field"], field, "{problem}");
        assert_eq!(error["value"].as_str().unwrap_or_default(), value, "{problem}");
    }
    let late = json!({"title": "课", "duration_minutes": 60, "earliest": "15:00", "latest": "14:00"});
    let problem = sent(&staff, &week(json!([late])), StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(problem["errors"][0]["field"], "rows[0].latest");
    let many: Vec<Value> = (0..61)
        .map(|n| json!({"title": format!("课{n}"), "duration_minutes": 60}))
        .collect();
    let problem = sent(&staff, &week(json!(many)), StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(problem["errors"][0]["message"], "一次最多排 60 个活动，现在有 61 个。");
    let problem = sent(&staff, &week(json!([])), StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(problem["errors"][0]["field"], "rows");
    let mut body = week(json!([right]));
    body["week"] = json!("2026-W60");
    let problem = sent(&staff, &body, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert_eq!(problem["errors"][0]["field"], "week");
    assert_eq!(sessions(&staff).await, 0);
}

#[tokio::test]
async fn a_week_that_is_over_places_nothing_and_says_so() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let staff = app.bearer_as(Role::Staff).await;
    let mut body = week(json!([{"title": "反诈课", "duration_minutes": 60}]));
    body["week"] = json!("2026-W40");
    body["dry_run"] = json!(false);
    let plan = sent(&staff, &body, StatusCode::OK).await;
    assert_eq!(plan["stored"], false);
    assert_eq!(plan["unplaced"][0]["code"], "over");
    assert_eq!(plan["unplaced"][0]["help"], json!([]));
}

#[tokio::test]
async fn only_staff_plan_weeks() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let body = week(json!([{"title": "反诈课", "duration_minutes": 60}]));
    for (role, status) in [
        (Role::Partner, StatusCode::FORBIDDEN),
        (Role::District, StatusCode::FORBIDDEN),
        (Role::Admin, StatusCode::OK),
    ] {
        let response = app.bearer_as(role).await.post(PATH, &body).await;
        assert_eq!(response.status(), status, "{role:?}");
    }
    let elsewhere = app.bearer_as(Role::Staff).await;
    let response = elsewhere.post("/api/v1/communities/youyuan/week-plan", &body).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
}
