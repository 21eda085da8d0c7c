//! Venues, partners, facilitators and programmes over HTTP.

use reqwest::StatusCode;
use serde_json::{Value, json};
use xianglao::domain::access::Role;

use super::plan::HOME;
use crate::support::app::on_both;

on_both!(what_was_made_is_listed_with_the_same_fields, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let table = [
        (
            "venues",
            json!({"name": "书画室", "mark": "书", "capacity": 15, "clearing_minutes": 10, "opens_at_minute": 480, "closes_at_minute": 1260}),
        ),
        (
            "partners",
            json!({"name": "派出所", "licence_expires_on": "2027-06-30"}),
        ),
        ("facilitators", json!({"name": "李警官", "duty": "主讲"})),
        (
            "programmes",
            json!({"title": "老年反诈课", "slogan": "捂紧群众钱袋子", "kind": "class", "capacity": 30, "matters": ["补贴", "认证"]}),
        ),
    ];
    for (noun, body) in table {
        let made = staff.post(&format!("{HOME}/{noun}"), &body).await;
        assert_eq!(made.status(), StatusCode::CREATED, "{noun}");
        let made: Value = made.json().await.unwrap();
        for (field, value) in body.as_object().unwrap() {
            assert_eq!(&made[field], value, "{noun} {field}");
        }
        let listed = staff.json(&format!("{HOME}/{noun}")).await;
        assert!(listed["items"].as_array().unwrap().contains(&made), "{noun}: {listed}");
        assert_eq!(listed["next"], Value::Null);
    }
});

on_both!(two_venues_of_a_community_cannot_have_one_mark, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let twin = json!({"name": "活动二室", "mark": "活", "capacity": 15});
    let refused = staff.post(&format!("{HOME}/venues"), &twin).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["errors"][0]["code"], "venue-mark-taken");
});

on_both!(wrong_fields_are_all_named_at_once, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let bad = json!({"name": "长".repeat(300), "mark": "两字", "capacity": 0, "opens_at_minute": 600, "closes_at_minute": 540});
    let refused = staff.post(&format!("{HOME}/venues"), &bad).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: Value = refused.json().await.unwrap();
    let fields: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap())
        .collect();
    for field in ["name", "capacity", "closes_at_minute"] {
        assert!(fields.contains(&field), "{field}: {problem}");
    }
});

on_both!(short_lists_are_read_page_by_page, async |app| {
    let staff = app.bearer_as(Role::Staff).await;
    let whole = staff.json(&format!("{HOME}/venues")).await;
    let first = staff.json(&format!("{HOME}/venues?limit=3")).await;
    assert_eq!(first["items"].as_array().unwrap().len(), 3);
    let next = first["next"].as_str().unwrap();
    let second = staff.json(&format!("{HOME}/venues?limit=3&cursor={next}")).await;
    let together = [
        first["items"].as_array().unwrap().clone(),
        second["items"].as_array().unwrap().clone(),
    ]
    .concat();
    assert_eq!(&Value::from(together), &whole["items"]);
    let nonsense = staff.get(&format!("{HOME}/venues?cursor=nonsense")).await;
    assert_eq!(nonsense.status(), StatusCode::UNPROCESSABLE_ENTITY);
});
