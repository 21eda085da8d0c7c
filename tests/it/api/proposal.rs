//! Proposals over the API: sent by the partner, decided by staff, with the answers programs compare.

use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;
use xianglao::domain::access::Role;

use crate::support::app::{Client, TestApp, on_both};

const ALL: &str = "/api/v1/communities/yunliang/proposals";

async fn body(app: &TestApp) -> Value {
    let basic = app.seed_basic().await;
    json!({
        "title": "艾灸体验加一场",
        "kind": "wellness",
        "venue_id": basic.activity_room,
        "facilitator_id": basic.xiong,
        "dtstart": "2026-12-01T09:00:00",
        "duration_minutes": 120,
        "rule": "FREQ=WEEKLY;BYDAY=TU;COUNT=8",
        "capacity": 12,
    })
}

async fn answer(client: &Client, path: &str, body: &Value, expected: StatusCode) -> Value {
    let response = client.post(path, body).await;
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, expected, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

on_both!(
    a_proposal_is_sent_listed_approved_once_and_becomes_sessions,
    async |app| {
        let (partner, staff) = (app.bearer_as(Role::Partner).await, app.bearer_as(Role::Staff).await);
        let mut wanted = body(&app).await;
        wanted["id"] = json!(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001));
        let sent = answer(&partner, ALL, &wanted, StatusCode::CREATED).await;
        assert_eq!(sent["status"], "submitted");
        assert_eq!(sent["held"].as_array().map(Vec::len), Some(8));
        assert_eq!(sent["held"][0], "2026-12-01T09:00:00+08:00");
        let again = answer(&partner, ALL, &wanted, StatusCode::OK).await;
        assert_eq!(again["id"], sent["id"]);

        let listed = staff.json(&format!("{ALL}?status=submitted")).await;
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
        assert_eq!(listed["items"][0]["fit"], json!({"dates": 8, "clashes": []}));
        assert_eq!(listed["next"], Value::Null);

        let one = format!("{ALL}/{}", sent["id"].as_str().unwrap());
        app.clock.advance(SignedDuration::from_mins(1));
        let response = staff
            .request(reqwest::Method::POST, &format!("{one}/approve"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "a body may be missing");
        let approved: Value = response.json().await.unwrap();
        assert_eq!(
            (&approved["status"], &approved["sessions_created"]),
            (&json!("approved"), &json!(8))
        );
        let twice = answer(&staff, &format!("{one}/approve"), &json!({}), StatusCode::CONFLICT).await;
        assert_eq!(twice["code"], "state");
        let after = partner.json(&one).await;
        assert_eq!(after["series_id"], approved["series_id"]);
        assert_eq!(after["remarks"][1]["action"], "approve");
    }
);

on_both!(a_decision_needs_a_reason_and_a_partner_decides_nothing, async |app| {
    let (partner, staff) = (app.bearer_as(Role::Partner).await, app.bearer_as(Role::Staff).await);
    let sent = answer(&partner, ALL, &body(&app).await, StatusCode::CREATED).await;
    let one = format!("{ALL}/{}", sent["id"].as_str().unwrap());
    let no_reason = answer(
        &staff,
        &format!("{one}/decline"),
        &json!({}),
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert_eq!(no_reason["errors"][0]["field"], "remark");
    let asked = json!({"remark": "换个时间", "suggested": "2026-12-03T15:00:00"});
    let turned = answer(&staff, &format!("{one}/request-changes"), &asked, StatusCode::OK).await;
    assert_eq!(
        (&turned["status"], &turned["suggested"]),
        (&json!("changes_requested"), &json!("2026-12-03T15:00:00"))
    );
    let declined = answer(
        &staff,
        &format!("{one}/decline"),
        &json!({"remark": "不合适"}),
        StatusCode::OK,
    )
    .await;
    assert_eq!(declined["status"], "declined");

    for (client, path, expected) in [
        (&partner, format!("{one}/approve"), StatusCode::FORBIDDEN),
        (&app.client(), ALL.to_owned(), StatusCode::UNAUTHORIZED),
        (&staff, ALL.to_owned(), StatusCode::FORBIDDEN),
    ] {
        let response = client.post(&path, &json!({})).await;
        assert_eq!(response.status(), expected, "{path}");
    }
    let elsewhere = staff.get("/api/v1/communities/youyuan/proposals").await;
    assert_eq!(elsewhere.status(), StatusCode::FORBIDDEN);
    let unknown = staff.get(&format!("{ALL}/nonsense")).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
});

on_both!(every_date_taken_is_a_conflict_that_names_them, async |app| {
    let partner = app.bearer_as(Role::Partner).await;
    answer(&partner, ALL, &body(&app).await, StatusCode::CREATED).await;
    let taken = answer(&partner, ALL, &body(&app).await, StatusCode::CONFLICT).await;
    assert_eq!(taken["code"], "conflict");
    assert_eq!(taken["errors"].as_array().map(Vec::len), Some(8));
    let mut wrong = body(&app).await;
    wrong["capacity"] = json!(21);
    wrong["kind"] = json!("party");
    let refused = answer(&partner, ALL, &wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
    let mut fields: Vec<&str> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["field"].as_str())
        .collect();
    fields.sort_unstable();
    assert_eq!(fields, ["capacity", "kind"]);
});

on_both!(
    free_slots_are_ranked_with_reasons_and_keep_off_what_is_held,
    async |app| {
        let basic = app.seed_basic().await;
        let partner = app.bearer_as(Role::Partner).await;
        let room = basic.activity_room;
        let path = format!(
            "/api/v1/communities/yunliang/free-slots?duration_minutes=120&from=2026-12-01&to=2026-12-01&venue_id={room}"
        );
        let before = partner.json(&path).await;
        assert_eq!(before["items"][0]["starts_at"], "2026-12-01T09:00:00+08:00");
        assert_eq!(before["items"][0]["reasons"][0]["code"], "good_morning");
        answer(&partner, ALL, &body(&app).await, StatusCode::CREATED).await;
        let after = partner.json(&path).await;
        assert_eq!(after["items"][0]["starts_at"], "2026-12-01T14:30:00+08:00");
        for (query, expected) in [
            ("", StatusCode::UNPROCESSABLE_ENTITY),
            ("duration_minutes=0", StatusCode::UNPROCESSABLE_ENTITY),
            (
                "duration_minutes=60&from=2026-12-02&to=2026-12-01",
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            ("duration_minutes=60&from=soon", StatusCode::UNPROCESSABLE_ENTITY),
            (
                "duration_minutes=60&venue_id=01990000-0000-7000-8000-000000000001",
                StatusCode::NOT_FOUND,
            ),
        ] {
            let answer = partner
                .get(&format!("/api/v1/communities/yunliang/free-slots?{query}"))
                .await;
            assert_eq!(answer.status(), expected, "{query}");
        }
    }
);
