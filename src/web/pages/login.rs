//! Logging in and out. Only staff, partners and the district do: nobody logs in to read.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::header::{HeaderValue, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{CookieJar, Form};
use serde::Deserialize;

use super::public::Shell;
use crate::domain::access::Role;
use crate::domain::account::LoginKind;
use crate::services::{Context, account};
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::{Visitor, login_cookie_name, token_of};
use crate::web::origin::Origin;
use crate::web::routes::{Routes, Who};

/// `/login` and `/logout`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/login", Who::Public, show)
        .post("/login", Who::Public, log_in)
        .post("/logout", Who::Public, log_out)
}

#[derive(Template)]
#[template(path = "account/login.html")]
struct LoginPage {
    shell: Shell,
    username: String,
    back: String,
    wrong: bool,
}

impl LoginPage {
    fn new(visitor: &Visitor, back: &str) -> Self {
        let here = if back.is_empty() {
            "/login".to_owned()
        } else {
            format!("/login?back={}", encode(back))
        };
        Self {
            shell: Shell::plain(visitor).at(here),
            username: String::new(),
            back: back.to_owned(),
            wrong: false,
        }
    }
}

/// Where to go after logging in: a path of ours, or nothing. Browsers read `//host` and `/\host` as another host, and drop
/// control characters before they look.
fn local_path(back: &str) -> &str {
    let second = back.as_bytes().get(1);
    let ours = back.starts_with('/')
        && !matches!(second, Some(b'/' | b'\\'))
        && back.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
        && !back.starts_with("/login");
    if ours { back } else { "" }
}

/// The first page of a role.
fn home(role: Option<Role>) -> &'static str {
    match role {
        Some(Role::Admin | Role::Staff) => "/staff",
        Some(Role::Partner) => "/partner",
        Some(Role::District) => "/staff/reports",
        None => "/",
    }
}

#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    back: String,
}

async fn show(visitor: Visitor, Query(query): Query<Back>) -> Response {
    if let Some(role) = visitor.actor.role() {
        return Redirect::to(home(Some(role))).into_response();
    }
    super::render(&LoginPage::new(&visitor, local_path(&query.back)))
}

#[derive(Deserialize)]
struct LogIn {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    back: String,
}

async fn log_in(
    State(ctx): State<Context>,
    visitor: Visitor,
    Origin(from): Origin,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<LogIn>,
) -> Result<Response, WebError> {
    let secure = ctx.settings.is_secure();
    let back = local_path(&form.back);
    let login = account::log_in(&ctx, &form.username, &form.password, from, LoginKind::Cookie)
        .await
        .for_visitor(&visitor)?;
    let Some(login) = login else {
        let page = LoginPage {
            username: form.username.chars().take(64).collect(),
            wrong: true,
            ..LoginPage::new(&visitor, back)
        };
        return Ok((StatusCode::UNAUTHORIZED, super::render(&page)).into_response());
    };
    // Whoever was logged in here before is not any more.
    if let Some(old) = token_of(&headers, &jar, secure) {
        account::log_out(&ctx, &old).await.for_visitor(&visitor)?;
    }
    let to = if back.is_empty() {
        home(login.account.actor().role())
    } else {
        back
    };
    let mut response = Redirect::to(to).into_response();
    set_cookie(&mut response, secure, &login.token, LoginKind::Cookie.lasts_seconds());
    Ok(response)
}

async fn log_out(
    State(ctx): State<Context>,
    visitor: Visitor,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<Response, WebError> {
    let secure = ctx.settings.is_secure();
    if let Some(token) = token_of(&headers, &jar, secure) {
        account::log_out(&ctx, &token).await.for_visitor(&visitor)?;
    }
    let mut response = Redirect::to("/login").into_response();
    set_cookie(&mut response, secure, "", 0);
    // What the check-in page keeps for when there is no network. Browsers heed this over TLS only; elsewhere a script does it before.
    response
        .headers_mut()
        .insert("clear-site-data", HeaderValue::from_static("\"storage\""));
    Ok(response)
}

/// No script reads it (`HttpOnly`), no other site sends it with a form (`SameSite`), and under TLS it never leaves it (`Secure`).
pub(super) fn set_cookie(response: &mut Response, secure: bool, token: &str, lasts_seconds: i64) {
    let name = login_cookie_name(secure);
    let only_tls = if secure { "; Secure" } else { "" };
    let cookie = format!("{name}={token}; Path=/; Max-Age={lasts_seconds}; HttpOnly; SameSite=Lax{only_tls}");
    let value = HeaderValue::from_str(&cookie).expect("name and token are plain ASCII");
    response.headers_mut().append(SET_COOKIE, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comes_back_to_our_own_pages_only() {
        for ours in ["/staff", "/staff/week?week=2026-W48", "/c/yunliang#today"] {
            assert_eq!(local_path(ours), ours);
        }
        for other in [
            "",
            "staff",
            "https://example.org",
            "//example.org",
            "/\\example.org",
            "/\t/example.org",
            "/staff\r\nSet-Cookie: a=b",
            "/运粮",
            "/login?back=/login",
            "javascript:alert(1)",
        ] {
            assert_eq!(local_path(other), "", "{other:?}");
        }
    }
}
