//! What the tests of planning say over and over: make a programme, plan a series.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::app::{Client, TestApp};

/// Where the calls of the seeded community begin.
pub const HOME: &str = "/api/v1/communities/yunliang";

/// A programme made by staff; returns its id.
pub async fn programme(staff: &Client, title: &str) -> String {
    let made = staff
        .post(&format!("{HOME}/programmes"), &json!({"title": title, "kind": "class"}))
        .await;
    assert_eq!(made.status(), StatusCode::CREATED);
    text(&made.json::<Value>().await.unwrap()["id"])
}

/// Every Wednesday at 9:30 in the activity room, for an hour, from the day after the test's clock begins.
pub async fn wednesdays(app: &TestApp, programme: &str) -> Value {
    let venue = app.seed_basic().await.activity_room;
    json!({
        "programme_id": programme,
        "venue_id": venue,
        "dtstart": "2026-12-02T09:30:00",
        "duration_minutes": 60,
        "rule": "FREQ=WEEKLY;BYDAY=WE"
    })
}

/// The answer to planning a series.
pub async fn plan(staff: &Client, body: &Value) -> (StatusCode, Value) {
    let response = staff.post(&format!("{HOME}/series"), body).await;
    (response.status(), response.json().await.unwrap())
}

/// The sessions of the community between two local times.
pub async fn sessions(client: &Client, from: &str, to: &str) -> Vec<Value> {
    let page = client.json(&format!("{HOME}/sessions?from={from}&to={to}")).await;
    page["items"].as_array().unwrap().clone()
}

/// A JSON string as text.
pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
        .to_owned()
}
