//! Bearer tokens, and what a login lives through.

use jiff::SignedDuration;
use reqwest::{Method, Response, StatusCode, header};
use serde_json::{Value, json};
use xianglao::domain::access::{Actor, Role};
use xianglao::services::account;

use crate::support::app::{Client, TestApp, on_both};
use crate::support::seed;

const TOKENS: &str = "/api/v1/tokens";

async fn try_login(client: &Client, username: &str, password: &str) -> Response {
    client
        .post(TOKENS, &json!({ "username": username, "password": password }))
        .await
}

async fn problem(response: Response, status: StatusCode) -> Value {
    assert_eq!(response.status(), status);
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/problem+json");
    response.json().await.unwrap()
}

/// Whether a client is known: a page that only people who are logged in are sent away from tells.
async fn is_logged_in(client: &Client) -> bool {
    client.get("/login").await.status() == StatusCode::SEE_OTHER
}

on_both!(a_bearer_token_is_made_and_works_for_thirty_days, async |app| {
    app.seed_basic().await;
    let mut client = app.client();
    let response = try_login(&client, "yunliang", seed::PASSWORD).await;
    assert_eq!(response.status(), StatusCode::CREATED);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["expires_at"], "2026-12-25T00:10:00Z");
    let token = answer["token"].as_str().unwrap();
    assert_eq!(token.len(), 43, "256 bits in base64");

    let stored = entities::login::Entity::load().one(app.db()).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&stored.token_hash).contains(token));

    assert!(!is_logged_in(&client).await);
    client.bearer = Some(token.to_owned());
    assert!(is_logged_in(&client).await);
    app.clock.advance(SignedDuration::from_hours(30 * 24 - 1));
    assert!(is_logged_in(&client).await);
    app.clock.advance(SignedDuration::from_hours(1));
    assert!(!is_logged_in(&client).await);
});

on_both!(a_wrong_password_and_an_unknown_name_get_the_same_answer, async |app| {
    app.seed_basic().await;
    let client = app.client();
    let wrong = problem(
        try_login(&client, "yunliang", "not the password").await,
        StatusCode::UNAUTHORIZED,
    )
    .await;
    let unknown = problem(
        try_login(&client, "nobody", "not the password").await,
        StatusCode::UNAUTHORIZED,
    )
    .await;
    assert_eq!(wrong, unknown);
    assert_eq!(wrong["code"], "wrong_login");
    account::set_disabled(&app.ctx, &Actor::System, "yunliang", true)
        .await
        .unwrap();
    let disabled = problem(
        try_login(&client, "yunliang", seed::PASSWORD).await,
        StatusCode::UNAUTHORIZED,
    )
    .await;
    assert_eq!(disabled, wrong);
});

on_both!(the_eleventh_try_of_an_account_waits_a_quarter_of_an_hour, async |app| {
    app.seed_basic().await;
    let client = app.client();
    for _ in 0..10 {
        assert_eq!(
            try_login(&client, "yunliang", "wrong").await.status(),
            StatusCode::UNAUTHORIZED
        );
    }
    app.clock.advance(SignedDuration::from_mins(5));
    let refused = try_login(&client, "yunliang", seed::PASSWORD).await;
    assert_eq!(refused.headers()[header::RETRY_AFTER], "600");
    assert_eq!(
        problem(refused, StatusCode::TOO_MANY_REQUESTS).await["code"],
        "too_many"
    );
    // Others are not touched, whatever the case of the name.
    assert_eq!(
        try_login(&client, "admin", seed::PASSWORD).await.status(),
        StatusCode::CREATED
    );
    assert_eq!(
        try_login(&client, " YunLiang ", seed::PASSWORD).await.status(),
        StatusCode::TOO_MANY_REQUESTS
    );
    app.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(
        try_login(&client, "yunliang", seed::PASSWORD).await.status(),
        StatusCode::CREATED
    );
});

on_both!(a_login_forgets_the_failures_before_it, async |app| {
    app.seed_basic().await;
    let client = app.client();
    for _ in 0..3 {
        for _ in 0..9 {
            assert_eq!(
                try_login(&client, "yunliang", "wrong").await.status(),
                StatusCode::UNAUTHORIZED
            );
        }
        assert_eq!(
            try_login(&client, "yunliang", seed::PASSWORD).await.status(),
            StatusCode::CREATED
        );
    }
});

#[tokio::test]
async fn a_network_that_tries_name_after_name_is_stopped_and_its_neighbours_are_not() {
    let app = TestApp::sqlite_with(|settings| settings.trusted_proxies = 1).await;
    app.seed_basic().await;
    let client = app.client();
    let from = async |address: &str, username: &str, password: &str| {
        let request = client.request(Method::POST, TOKENS).header("x-forwarded-for", address);
        let request = request.json(&json!({ "username": username, "password": password }));
        request.send().await.unwrap().status()
    };
    for number in 0..50 {
        let host = format!("192.0.2.{number}");
        let name = format!("guess{number}");
        assert_eq!(from(&host, &name, "wrong").await, StatusCode::UNAUTHORIZED, "{number}");
    }
    assert_eq!(
        from("192.0.2.250", "admin", seed::PASSWORD).await,
        StatusCode::TOO_MANY_REQUESTS
    );
    // What a client writes before the proxy's entry does not help it.
    assert_eq!(
        from("198.51.100.1, 192.0.2.250", "admin", seed::PASSWORD).await,
        StatusCode::TOO_MANY_REQUESTS
    );
    assert_eq!(from("198.51.100.1", "admin", seed::PASSWORD).await, StatusCode::CREATED);
}

#[tokio::test]
async fn a_hundred_guesses_at_once_do_not_slip_through() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let client = app.client();
    let tries = (0..40).map(|_| try_login(&client, "yunliang", "wrong"));
    let answers = futures_util::future::join_all(tries).await;
    let looked_at = answers
        .iter()
        .filter(|answer| answer.status() == StatusCode::UNAUTHORIZED)
        .count();
    assert_eq!(looked_at, 10);
}

on_both!(a_new_password_role_or_state_ends_all_logins, async |app| {
    app.seed_basic().await;
    let system = Actor::System;
    for change in ["password", "role", "state"] {
        let (cookie, bearer) = (app.client_as(Role::Staff).await, app.bearer_as(Role::Staff).await);
        let other = app.client_as(Role::District).await;
        assert!(is_logged_in(&cookie).await && is_logged_in(&bearer).await);
        match change {
            "password" => account::set_password(&app.ctx, &system, "yunliang", seed::PASSWORD)
                .await
                .unwrap(),
            "role" => account::set_role(&app.ctx, &system, "yunliang", Role::Admin, None, None)
                .await
                .unwrap(),
            _ => account::set_disabled(&app.ctx, &system, "yunliang", true)
                .await
                .unwrap(),
        }
        assert!(!is_logged_in(&cookie).await && !is_logged_in(&bearer).await, "{change}");
        assert!(is_logged_in(&other).await, "{change}");
    }
});

on_both!(a_browser_left_alone_for_half_a_day_is_logged_out, async |app| {
    let client = app.client_as(Role::Staff).await;
    for _ in 0..3 {
        app.clock.advance(SignedDuration::from_hours(11));
        assert!(is_logged_in(&client).await, "each use begins the half day anew");
    }
    app.clock.advance(SignedDuration::from_hours(12));
    assert!(!is_logged_in(&client).await);
});

on_both!(
    a_browser_that_is_used_all_the_time_is_logged_out_after_a_week,
    async |app| {
        let client = app.client_as(Role::Staff).await;
        for _ in 0..16 {
            app.clock.advance(SignedDuration::from_hours(10));
            assert!(is_logged_in(&client).await);
        }
        app.clock.advance(SignedDuration::from_hours(8));
        assert!(!is_logged_in(&client).await);
    }
);

on_both!(reading_writes_the_last_use_at_most_once_a_minute, async |app| {
    let client = app.client_as(Role::Staff).await;
    let seen = async || {
        entities::login::Entity::load()
            .one(app.db())
            .await
            .unwrap()
            .unwrap()
            .seen_at
    };
    let before = seen().await;
    app.clock.advance(SignedDuration::from_secs(59));
    assert!(is_logged_in(&client).await);
    assert_eq!(seen().await, before);
    app.clock.advance(SignedDuration::from_secs(1));
    assert!(is_logged_in(&client).await);
    assert_eq!((seen().await - before).num_seconds(), 60);
});

on_both!(what_is_over_is_forgotten, async |app| {
    let client = app.client_as(Role::Staff).await;
    try_login(&client, "yunliang", "wrong").await;
    app.clock.advance(SignedDuration::from_hours(8 * 24));
    for _ in 0..2 {
        account::forget_expired(&app.ctx).await.unwrap();
        assert!(entities::login::Entity::load().all(app.db()).await.unwrap().is_empty());
        assert!(
            entities::login_limit::Entity::load()
                .all(app.db())
                .await
                .unwrap()
                .is_empty()
        );
    }
});

#[tokio::test]
async fn nonsense_instead_of_a_token_is_nobody() {
    let app = TestApp::sqlite().await;
    let mut client = app.client();
    for nonsense in ["", "x", "a b c", &"A".repeat(4000)] {
        client.bearer = Some(nonsense.to_owned());
        assert!(!is_logged_in(&client).await, "{nonsense:?}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_login_is_refused_in_our_form() {
    let app = TestApp::sqlite().await;
    let client = app.client();
    let missing = client.post(TOKENS, &json!({ "username": "yunliang" })).await;
    assert_eq!(
        problem(missing, StatusCode::UNPROCESSABLE_ENTITY).await["code"],
        "malformed"
    );
    let endless = try_login(&client, "yunliang", &"x".repeat(900_000)).await;
    assert_eq!(problem(endless, StatusCode::UNAUTHORIZED).await["code"], "wrong_login");
}
