//! Copying a week over HTTP.

use reqwest::StatusCode;
use serde_json::{Value, json};
use xianglao::domain::access::Role;

use super::plan::{HOME, plan, programme, sessions, text};
use crate::support::app::{Client, TestApp, on_both};

async fn copy(staff: &Client, week: &str, query: &str, body: &Value) -> (StatusCode, Value) {
    let path = format!("{HOME}/weeks/{week}/copy?{query}");
    let response = staff.post(&path, body).await;
    (response.status(), response.json().await.unwrap())
}

/// One session of a new programme in the week of 23 November, an hour long.
async fn single(app: &TestApp, staff: &Client, title: &str, at: &str) -> String {
    let id = programme(staff, title).await;
    let venue = app.seed_basic().await.hall;
    let body = json!({"programme_id": id, "venue_id": venue, "dtstart": at, "duration_minutes": 60});
    let (status, planned) = plan(staff, &body).await;
    assert_eq!(status, StatusCode::CREATED, "{planned}");
    id
}

on_both!(a_week_is_copied_once_however_often_it_is_asked_for, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    single(&app, &staff, "做月饼", "2026-11-26T09:00:00").await;
    single(&app, &staff, "剪窗花", "2026-11-27T15:00:00").await;

    let (status, looked) = copy(&staff, "2026-W49", "dry_run=true", &json!({})).await;
    assert_eq!(status, StatusCode::OK, "{looked}");
    assert_eq!(looked["copied"], 0);
    let items = looked["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    assert!(
        items
            .iter()
            .all(|item| item["state"] == "open" && item["proposed"] == true)
    );
    assert_eq!(items[0]["starts_at"], "2026-12-03T09:00:00+08:00");
    assert_eq!(items[0]["how"], "single_date");
    assert!(sessions(&staff, "2026-11-30", "2026-12-07").await.is_empty());

    let body = json!({});
    let (one, two) = tokio::join!(copy(&staff, "2026-W49", "", &body), copy(&staff, "2026-W49", "", &body));
    assert_eq!((one.0, two.0), (StatusCode::OK, StatusCode::OK), "{} {}", one.1, two.1);
    let mut copied = [one.1["copied"].as_u64().unwrap(), two.1["copied"].as_u64().unwrap()];
    copied.sort_unstable();
    assert_eq!(copied, [0, 2]);
    let there = sessions(&staff, "2026-11-30", "2026-12-07").await;
    assert_eq!(there.len(), 2, "{there:?}");
    let (_, third) = copy(&staff, "2026-W49", "", &body).await;
    assert_eq!(third["copied"], 0);
    assert!(
        third["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|item| item["state"] == "there")
    );
});

on_both!(
    what_stands_in_the_way_is_named_and_nothing_is_copied_then,
    async |app| {
        let staff = app.bearer_as(Role::Staff).await;
        single(&app, &staff, "做月饼", "2026-11-26T09:00:00").await;
        single(&app, &staff, "剪窗花", "2026-11-26T15:00:00").await;
        single(&app, &staff, "党员学习", "2026-12-03T09:30:00").await;
        let (_, looked) = copy(&staff, "2026-W49", "dry_run=true", &json!({})).await;
        let items = looked["items"].as_array().unwrap();
        assert_eq!(items[0]["clashes"][0]["code"], "venue", "{looked}");
        assert_eq!(items[0]["proposed"], false);
        let both =
            json!({"sessions": [{"session_id": items[0]["session_id"]}, {"session_id": items[1]["session_id"]}]});
        let (status, problem) = copy(&staff, "2026-W49", "", &both).await;
        assert_eq!(status, StatusCode::CONFLICT, "{problem}");
        assert_eq!(problem["code"], "conflict");
        assert_eq!(
            sessions(&staff, "2026-11-30", "2026-12-07").await.len(),
            1,
            "all or nothing"
        );
        // At the free time that is offered it goes.
        let offered = json!({"sessions": [
            {"session_id": items[0]["session_id"], "starts_at": items[0]["nearest_free"]},
            {"session_id": items[1]["session_id"]}
        ]});
        let (status, done) = copy(&staff, "2026-W49", "", &offered).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["copied"], 2);
        assert_eq!(sessions(&staff, "2026-11-30", "2026-12-07").await.len(), 3);
        let (_, again) = copy(&staff, "2026-W49", "", &offered).await;
        assert_eq!(again["copied"], 0, "{again}");
    }
);

on_both!(
    a_series_that_goes_on_gets_an_extra_date_and_one_that_ended_a_single_one,
    async |app| {
        let staff = app.bearer_as(Role::Staff).await;
        let basic = app.seed_basic().await;
        let (goes_on, ended) = (programme(&staff, "量血压").await, programme(&staff, "手机课").await);
        for (programme, at, rule) in [
            (&goes_on, "2026-11-26T09:00:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH"),
            (&ended, "2026-11-27T09:00:00", "FREQ=WEEKLY;BYDAY=FR;COUNT=1"),
        ] {
            let body = json!({
                "programme_id": programme, "venue_id": basic.hall, "dtstart": at, "duration_minutes": 60, "rule": rule
            });
            let (status, planned) = plan(&staff, &body).await;
            assert_eq!(status, StatusCode::CREATED, "{planned}");
        }
        let (_, looked) = copy(&staff, "2026-W49", "dry_run=true", &json!({})).await;
        let items = looked["items"].as_array().unwrap();
        assert_eq!(items[0]["how"], "extra_date", "{looked}");
        assert_eq!(items[0]["proposed"], false, "its rule leaves that week out");
        assert_eq!(items[1]["how"], "single_date", "{looked}");
        assert_eq!(items[1]["proposed"], true);
        let both: Vec<Value> = items
            .iter()
            .map(|item| json!({"session_id": item["session_id"]}))
            .collect();
        let (status, done) = copy(&staff, "2026-W49", "", &json!({ "sessions": both })).await;
        assert_eq!(status, StatusCode::OK, "{done}");
        assert_eq!(done["copied"], 2);
        let before = sessions(&staff, "2026-11-23", "2026-11-30").await;
        let there = sessions(&staff, "2026-11-30", "2026-12-07").await;
        assert_eq!(there.len(), 2, "{there:?}");
        assert_eq!(there[0]["series_id"], before[0]["series_id"], "the same series");
        assert_ne!(there[1]["series_id"], before[1]["series_id"], "a series of its own");
        assert_eq!(there[1]["programme_id"], before[1]["programme_id"]);
    }
);

#[tokio::test]
async fn weeks_that_are_none_and_sessions_of_elsewhere_are_refused_and_partners_too() {
    let app = TestApp::sqlite().await;
    let staff = app.bearer_as(Role::Staff).await;
    single(&app, &staff, "做月饼", "2026-11-26T09:00:00").await;
    for (week, body) in [
        ("2026-W60", json!({})),
        ("2026-W49", json!({"from": "2026-W49"})),
        ("2026-W49", json!({"from": "soon"})),
        ("2026-W49", json!({"from": "2020-W01"})),
        (
            "2026-W49",
            json!({"sessions": [{"session_id": "01234567-89ab-7def-8123-456789abcdef"}]}),
        ),
    ] {
        let (status, problem) = copy(&staff, week, "", &body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{week} {body}: {problem}");
        assert_eq!(problem["code"], "invalid");
    }
    let (_, looked) = copy(&staff, "2026-W49", "dry_run=true", &json!({})).await;
    let id = text(&looked["items"][0]["session_id"]);
    let other_day = json!({"sessions": [{"session_id": id, "starts_at": "2026-12-04T09:00:00"}]});
    let (status, _) = copy(&staff, "2026-W49", "", &other_day).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let partner = app.bearer_as(Role::Partner).await;
    assert_eq!(
        copy(&partner, "2026-W49", "", &json!({})).await.0,
        StatusCode::FORBIDDEN
    );
    assert!(sessions(&staff, "2026-11-30", "2026-12-07").await.is_empty());
}
