//! Logging in and out in a browser.

use reqwest::cookie::CookieStore as _;
use reqwest::{Method, Response, StatusCode, header};
use xianglao::domain::access::Role;

use crate::support::app::{Client, TestApp, location, on_both};
use crate::support::seed;

async fn submit(client: &Client, username: &str, password: &str, back: &str) -> Response {
    let fields = [("username", username), ("password", password), ("back", back)];
    client.submit("/login", &fields).await
}

fn cookie_of(response: &Response) -> String {
    let value = response.headers().get(header::SET_COOKIE).expect("a cookie is set");
    value.to_str().unwrap().to_owned()
}

on_both!(each_role_logs_in_with_the_form_and_lands_on_its_own_page, async |app| {
    app.seed_basic().await;
    for (role, page) in [
        (Role::Admin, "/staff"),
        (Role::Staff, "/staff"),
        (Role::Partner, "/partner"),
        (Role::District, "/staff/reports"),
    ] {
        let client = app.client();
        let form = client.page("/login").await;
        assert!(form.contains("name=\"username\"") && form.contains("type=\"password\""));
        let response = submit(&client, seed::username(role), seed::PASSWORD, "").await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(location(&response), page);
        // Whoever is logged in need not do it again.
        assert_eq!(location(&client.get("/login").await), page);
    }
});

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let cookie = cookie_of(&submit(&app.client(), "yunliang", seed::PASSWORD, "").await);
    assert!(cookie.starts_with("login="), "{cookie}");
    for flag in ["Path=/", "HttpOnly", "SameSite=Lax", "Max-Age=604800"] {
        assert!(cookie.contains(flag), "{flag}: {cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");

    let app = TestApp::sqlite_with(|settings| settings.public_url = "https://xianglao.example.org".to_owned()).await;
    app.seed_basic().await;
    let cookie = cookie_of(&submit(&app.client(), "yunliang", seed::PASSWORD, "").await);
    assert!(cookie.starts_with("__Host-login="), "{cookie}");
    assert!(cookie.contains("; Secure") && !cookie.contains("Domain"), "{cookie}");
}

on_both!(a_wrong_password_keeps_what_was_typed_and_sets_no_cookie, async |app| {
    app.seed_basic().await;
    let client = app.client();
    let response = submit(&client, "yun\"liang<", "wrong password", "/staff/week").await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.headers().get(header::SET_COOKIE).is_none());
    let page = response.text().await.unwrap();
    assert!(
        page.contains("名字和密码对不上") && page.contains("role=\"alert\""),
        "{page}"
    );
    assert!(page.contains("yun&#34;liang&#60;"), "{page}");
    assert!(page.contains("value=\"/staff/week\""), "{page}");
    assert!(!page.contains("wrong password"), "{page}");
});

#[tokio::test]
async fn the_page_speaks_english_when_asked() {
    let app = TestApp::sqlite().await;
    let page = app.client().page("/login?lang=en&back=/staff/week").await;
    assert!(
        page.contains("<html lang=\"en\"") && page.contains("Password"),
        "{page}"
    );
    assert!(page.contains("value=\"/staff/week\""), "{page}");
}

#[tokio::test]
async fn after_logging_in_one_comes_back_to_our_own_pages_and_to_no_other() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let back = "/staff/week?week=2026-W48";
    assert_eq!(
        location(&submit(&app.client(), "yunliang", seed::PASSWORD, back).await),
        back
    );
    for elsewhere in [
        "https://example.org/",
        "//example.org",
        "/\\example.org",
        "/\t/example.org",
        "staff",
    ] {
        let response = submit(&app.client(), "yunliang", seed::PASSWORD, elsewhere).await;
        assert_eq!(location(&response), "/staff", "{elsewhere:?}");
    }
    let page = app.client().page("/login?back=https://example.org/").await;
    assert!(!page.contains("example.org"), "{page}");
}

on_both!(logging_out_ends_the_login_and_not_only_the_cookie, async |app| {
    app.seed_basic().await;
    let client = app.client();
    submit(&client, "yunliang", seed::PASSWORD, "").await;
    let address = app.address.parse().unwrap();
    let stolen = client
        .jar
        .cookies(&address)
        .expect("a cookie")
        .to_str()
        .unwrap()
        .to_owned();
    let thief = app.client();
    let peek = async || {
        let request = thief.request(Method::GET, "/login").header(header::COOKIE, &stolen);
        request.send().await.unwrap().status()
    };
    assert_eq!(peek().await, StatusCode::SEE_OTHER);

    let response = client.submit("/logout", &[]).await;
    assert_eq!(location(&response), "/login");
    assert!(cookie_of(&response).contains("login=; Path=/; Max-Age=0"));
    assert_eq!(client.get("/login").await.status(), StatusCode::OK);
    assert_eq!(
        peek().await,
        StatusCode::OK,
        "the copy of the cookie opens nothing any more"
    );
    // Once more does no harm.
    assert_eq!(location(&client.submit("/logout", &[]).await), "/login");
});

on_both!(a_new_login_in_the_same_browser_ends_the_old_one, async |app| {
    app.seed_basic().await;
    let client = app.client();
    submit(&client, "yunliang", seed::PASSWORD, "").await;
    submit(&client, "admin", seed::PASSWORD, "").await;
    let logins = entities::login::Entity::load().all(app.db()).await.unwrap();
    assert_eq!(logins.len(), 1);
});

#[tokio::test]
async fn a_form_on_another_site_cannot_log_anybody_in_or_out() {
    let app = TestApp::sqlite().await;
    let client = app.client_as(Role::Staff).await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://example.org")] {
        for path in ["/login", "/logout", "/api/v1/tokens"] {
            let request = client.request(Method::POST, path).header(name, value);
            let response = request.form(&[("username", "yunliang")]).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path} {name}");
        }
    }
    assert_eq!(
        client.get("/login").await.status(),
        StatusCode::SEE_OTHER,
        "still logged in"
    );
    let same = client
        .request(Method::POST, "/logout")
        .header("sec-fetch-site", "same-origin");
    assert_eq!(same.send().await.unwrap().status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn too_many_tries_say_how_long_to_wait() {
    let app = TestApp::sqlite().await;
    app.seed_basic().await;
    let client = app.client();
    for _ in 0..10 {
        submit(&client, "yunliang", "wrong", "").await;
    }
    let response = submit(&client, "yunliang", seed::PASSWORD, "").await;
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.text().await.unwrap().contains("15 分钟"));
}
