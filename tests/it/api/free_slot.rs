//! Free slots over the API: whose wishes count, what is said of them, and what is refused.

use reqwest::StatusCode;
use serde_json::Value;
use xianglao::domain::access::Role;

use crate::support::app::{TestApp, on_both};
use crate::support::plan::{once, titled};
use crate::support::venues::equip;

const PATH: &str = "/api/v1/communities/yunliang/free-slots?duration_minutes=60&from=2026-12-01&to=2026-12-07";

fn codes(slot: &Value) -> Vec<&str> {
    let reasons = slot["reasons"].as_array().unwrap();
    reasons.iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

on_both!(
    a_slot_has_room_and_equipment_and_whoever_leads_is_free,
    async |app: TestApp| {
        let basic = app.seed_basic().await;
        equip(&app, basic.hall, "投影仪 音响").await;
        equip(&app, basic.activity_room, "投影仪").await;
        let staff = app.bearer_as(Role::Staff).await;
        let all = staff.json(PATH).await;
        assert!(!all["items"].as_array().unwrap().is_empty());
        let wished = staff
            .json(&format!(
                "{PATH}&weekdays=WE,TH&people=30&needs=投影仪、音响&outdoor=false"
            ))
            .await;
        let items = wished["items"].as_array().unwrap();
        assert!(!items.is_empty());
        for slot in items {
            assert_eq!(slot["venue_id"], basic.hall.to_string());
            let day = &slot["starts_at"].as_str().unwrap()[..10];
            assert!(["2026-12-02", "2026-12-03"].contains(&day), "{day}");
            assert!(codes(slot).contains(&"equipped") && codes(slot).contains(&"right_size"));
            assert!(
                slot["reasons"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|reason| { !reason["message"].as_str().unwrap().contains("Unknown localization") })
            );
        }
        // The leader is in the parlour on Wednesday morning; the hall is free then, but not for them.
        let mut new = titled("手机帮办");
        new.audience = "60岁以上".to_owned();
        let planned = once(&app.ctx, basic.yunliang, basic.parlour, new, "2026-12-02T09:00:00").await;
        let led = format!(
            "{PATH}&weekdays=WE&venue_id={}&facilitator_id={}",
            basic.hall, basic.zhang
        );
        let before = staff.json(&led).await;
        assert_eq!(before["items"][0]["starts_at"], "2026-12-02T09:00:00+08:00");
        assert!(codes(&before["items"][0]).contains(&"leader_free"));
        let change = serde_json::json!({"facilitator_id": basic.zhang.to_string()});
        let path = format!("/api/v1/communities/yunliang/sessions/{}", planned.session);
        let changed = staff.patch(&path, &change).await;
        assert_eq!(changed.status(), StatusCode::OK, "{}", changed.text().await.unwrap());
        let after = staff.json(&led).await;
        for slot in after["items"].as_array().unwrap() {
            assert!(
                slot["starts_at"].as_str().unwrap() >= "2026-12-02T10:00"
                    || slot["ends_at"].as_str().unwrap() <= "2026-12-02T09:00:00+08:00"
            );
        }
        // The same people elsewhere count against a slot; it is still offered.
        let met = staff
            .json(&format!("{PATH}&weekdays=WE&venue_id={}&audience=60岁以上", basic.hall))
            .await;
        let items = met["items"].as_array().unwrap();
        assert!(!items[0]["starts_at"].as_str().unwrap().contains("T09:00"), "{met}");
        let preferred = staff.json(&format!("{PATH}&part=afternoon&limit=1")).await;
        assert!(codes(&preferred["items"][0]).contains(&"preferred_time"));
    }
);

#[tokio::test]
async fn a_wrong_wish_is_refused_by_field_and_value() {
    let app = TestApp::sqlite().await;
    let staff = app.bearer_as(Role::Staff).await;
    for (asked, field, value) in [
        ("&weekdays=MO,XX", "weekdays", "XX"),
        ("&people=0", "people", "0"),
        ("&people=2001", "people", "2001"),
        ("&outdoor=perhaps", "outdoor", "perhaps"),
        ("&part=noon", "part", "noon"),
    ] {
        let response = staff.get(&format!("{PATH}{asked}")).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{asked}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field, "{asked}");
        assert_eq!(problem["errors"][0]["value"], value, "{asked}");
    }
    for asked in [
        "&venue_id=01234567-89ab-7def-8123-456789abcdef",
        "&facilitator_id=01234567-89ab-7def-8123-456789abcdef",
        "&facilitator_id=nobody",
    ] {
        assert_eq!(
            staff.get(&format!("{PATH}{asked}")).await.status(),
            StatusCode::NOT_FOUND,
            "{asked}"
        );
    }
}

#[tokio::test]
async fn a_partner_asks_about_its_own_people_only() {
    let app = TestApp::sqlite().await;
    let basic = app.seed_basic().await;
    let partner = app.bearer_as(Role::Partner).await;
    partner.json(&format!("{PATH}&facilitator_id={}", basic.xiong)).await;
    let others = partner.get(&format!("{PATH}&facilitator_id={}", basic.zhang)).await;
    assert_eq!(others.status(), StatusCode::NOT_FOUND);
    let staff = app.bearer_as(Role::Staff).await;
    staff.json(&format!("{PATH}&facilitator_id={}", basic.xiong)).await;
}
