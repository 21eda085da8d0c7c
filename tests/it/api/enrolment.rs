//! Residents and enrolments through the API.

use reqwest::StatusCode;
use serde_json::json;
use xianglao::domain::access::Role;

use crate::support::app::on_both;
use crate::support::plan::{once, titled};

on_both!(staff_enter_residents_and_sign_them_up, async |app| {
    let basic = app.seed_basic().await;
    let mut new = titled("老年反诈课");
    new.capacity = Some(1);
    let session = once(
        &app.ctx,
        basic.yunliang,
        basic.activity_room,
        new,
        "2026-11-26T09:30:00",
    )
    .await
    .session;
    let staff = app.bearer_as(Role::Staff).await;
    let residents = "/api/v1/communities/yunliang/residents";
    let mut ids = Vec::new();
    for (name, phone) in [("薛秀英", "13900006621"), ("刘德福", "13900001234")] {
        let answer = staff
            .post(residents, &json!({ "name": name, "phone": phone, "birth_year": 1948 }))
            .await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let one: serde_json::Value = answer.json().await.unwrap();
        assert!(one["phone"].as_str().unwrap().contains("****"), "{one}");
        ids.push(one["id"].as_str().unwrap().to_owned());
    }
    let list = staff.json(&format!("{residents}?limit=1")).await;
    let next = list["next"].as_str().unwrap();
    let rest = staff.json(&format!("{residents}?limit=1&cursor={next}")).await;
    assert_eq!(
        (list["items"].as_array().unwrap().len(), &rest["next"]),
        (1, &json!(null))
    );
    assert!(!list.to_string().contains("13900006621"), "numbers go out masked");

    let enrolments = format!("/api/v1/communities/yunliang/sessions/{session}/enrolments");
    let mut made = Vec::new();
    for (id, status, code) in [
        (&ids[0], "enrolled", StatusCode::CREATED),
        (&ids[1], "waitlisted", StatusCode::CREATED),
        (&ids[0], "enrolled", StatusCode::OK),
    ] {
        let answer = staff.post(&enrolments, &json!({ "resident_id": id })).await;
        assert_eq!(answer.status(), code);
        let body: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(body["status"], status);
        made.push(body["id"].as_str().unwrap().to_owned());
    }
    let given_up = staff.delete(&format!("{enrolments}/{}", made[0])).await;
    assert_eq!(given_up.status(), StatusCode::NO_CONTENT);
    let roster = staff.json(&enrolments).await;
    assert_eq!(roster["items"].as_array().unwrap().len(), 1);
    assert_eq!(roster["items"][0]["status"], "enrolled", "whoever waited moved up");
    assert_eq!(roster["items"][0]["id"], made[1].as_str());
});

on_both!(what_programs_send_wrong_is_named_field_by_field, async |app| {
    let basic = app.seed_basic().await;
    let session = once(
        &app.ctx,
        basic.yunliang,
        basic.hall,
        titled("合唱"),
        "2026-11-26T09:30:00",
    )
    .await
    .session;
    let staff = app.bearer_as(Role::Staff).await;
    let wrong = json!({ "name": "😀", "phone": "1390000662x", "gender": "?", "birth_year": 1800, "email": "x", "tell_by": "phone" });
    let answer = staff.post("/api/v1/communities/yunliang/residents", &wrong).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let problem: serde_json::Value = answer.json().await.unwrap();
    let codes: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "name-letters",
            "phone-digits",
            "email-form",
            "gender-unknown",
            "birth-year-range"
        ]
    );
    assert!(!problem.to_string().contains("1390000662"), "a number is not repeated");

    let enrolments = format!("/api/v1/communities/yunliang/sessions/{session}/enrolments");
    for (body, status) in [
        (json!({}), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "resident_id": 7 }), StatusCode::UNPROCESSABLE_ENTITY),
        (
            json!({ "resident_id": "0199c1de-0000-7000-8000-000000000001" }),
            StatusCode::NOT_FOUND,
        ),
    ] {
        assert_eq!(staff.post(&enrolments, &body).await.status(), status, "{body}");
    }
    assert_eq!(
        staff.delete(&format!("{enrolments}/nothing")).await.status(),
        StatusCode::NOT_FOUND
    );
    for path in [
        "/api/v1/communities/youyuan/residents",
        "/api/v1/communities/youyuan/sessions/x/enrolments",
    ] {
        let status = staff.get(path).await.status();
        assert!(
            [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status),
            "{path}: {status}"
        );
    }
    assert_eq!(app.client().get(&enrolments).await.status(), StatusCode::UNAUTHORIZED);
    let partner = app.bearer_as(Role::Partner).await;
    assert_eq!(partner.get(&enrolments).await.status(), StatusCode::FORBIDDEN);
});
