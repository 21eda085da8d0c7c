//! The API's own description against what the router really has.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::app::TestApp;

#[tokio::test]
async fn the_description_lists_every_call_of_the_router_and_no_other() {
    let app = TestApp::sqlite().await;
    let document = app.client().json("/api/v1/openapi.json").await;
    assert!(
        document["openapi"].as_str().unwrap().starts_with("3.1"),
        "{}",
        document["openapi"]
    );
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            methods
                .as_object()
                .unwrap()
                .keys()
                .map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let routed: BTreeSet<(String, String)> = xianglao::web::routes()
        .list()
        .iter()
        .filter(|route| route.path.starts_with("/api/v1/") && route.path != "/api/v1/openapi.json")
        .map(|route| (route.method.to_string(), route.path.to_owned()))
        .collect();
    assert_eq!(described, routed);
}

#[tokio::test]
async fn every_reference_of_the_description_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => {
                for (key, inner) in map {
                    match inner {
                        Value::String(to) if key == "$ref" => found.push(to),
                        inner => references(inner, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let app = TestApp::sqlite().await;
    let document = app.client().json("/api/v1/openapi.json").await;
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for to in found {
        assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to}");
    }
}

#[tokio::test]
async fn people_can_read_the_description_as_a_page_of_our_own() {
    let app = TestApp::sqlite().await;
    let page = app.client().page("/api/docs").await;
    assert!(page.contains("/api/v1/communities/{community}/series"));
    assert!(!page.contains("<script"), "nothing foreign");
    assert_eq!(
        app.client().get("/api/v1/nothing").await.status(),
        StatusCode::NOT_FOUND
    );
}
