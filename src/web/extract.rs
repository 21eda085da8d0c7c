//! Who is asking and how they want to read: the login behind a cookie or a bearer token, the language, the text size, the theme.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{AUTHORIZATION, HeaderMap, HeaderValue, SET_COOKIE};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;

use super::Web;
use super::error::WebError;
use crate::domain::access::Actor;
use crate::domain::lang::Lang;
use crate::services::account;
use crate::services::wording::Words;

/// Text size of the public pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Size {
    /// 标准, 22 px.
    #[default]
    Std,
    /// 大字, 26 px.
    Large,
    /// 特大字, 30 px.
    XLarge,
}

impl Size {
    /// The value of `data-size`.
    pub fn as_str(self) -> &'static str {
        match self {
            Size::Std => "std",
            Size::Large => "large",
            Size::XLarge => "xlarge",
        }
    }
}

/// Colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Dark ink on light paper.
    #[default]
    Light,
    /// White and yellow on black.
    Contrast,
}

impl Theme {
    /// The value of `data-theme`.
    pub fn as_str(self) -> &'static str {
        match self {
            Theme::Light => "light",
            Theme::Contrast => "contrast",
        }
    }
}

/// Whoever asks. An extractor in every handler; the default is somebody unknown who reads Chinese.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who, for the rights.
    pub actor: Actor,
    /// Name shown in the rail; empty when nobody is logged in.
    pub display_name: String,
    /// Their language.
    pub words: Words,
    /// Their text size.
    pub size: Size,
    /// Their colours.
    pub theme: Theme,
    /// Path and query of the request, for links that come back.
    pub path: String,
    /// Whether the request is for the JSON API.
    pub is_api: bool,
}

impl Default for Visitor {
    fn default() -> Self {
        Self {
            actor: Actor::Public,
            display_name: String::new(),
            words: Words::new(Lang::Zh),
            size: Size::default(),
            theme: Theme::default(),
            path: "/".to_owned(),
            is_api: false,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Visitor>().cloned().unwrap_or_default())
    }
}

/// Name of the login cookie: `__Host-` binds it to the host and to TLS, where there is TLS.
pub fn login_cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-login" } else { "login" }
}

/// The token a request carries, from `Authorization: Bearer` or from the login cookie.
pub fn token_of(headers: &HeaderMap, jar: &CookieJar, secure: bool) -> Option<String> {
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    match bearer {
        Some(token) => Some(token.trim().to_owned()),
        None => jar
            .get(login_cookie_name(secure))
            .map(|cookie| cookie.value().to_owned()),
    }
}

/// Middleware: finds out who asks, and remembers `?lang=` and `?community=` in cookies.
pub async fn identify(State(web): State<Web>, jar: CookieJar, mut request: Request, next: Next) -> Response {
    let path = request
        .uri()
        .path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string);
    let asked = query_value(request.uri().query().unwrap_or_default(), "lang").and_then(|tag| tag.parse::<Lang>().ok());
    let community = query_value(request.uri().query().unwrap_or_default(), "community")
        .filter(|slug| slug.len() <= 40 && slug.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
        .map(|slug| format!("community={slug}; Path=/staff; HttpOnly; SameSite=Lax"));
    let cookie = |name: &str| jar.get(name).map(|cookie| cookie.value().to_owned());
    let lang = asked
        .or_else(|| cookie("lang").and_then(|tag| tag.parse().ok()))
        .unwrap_or_default();
    let mut visitor = Visitor {
        words: Words::new(lang),
        size: match cookie("size").as_deref() {
            Some("large") => Size::Large,
            Some("xlarge") => Size::XLarge,
            _ => Size::Std,
        },
        theme: if cookie("theme").as_deref() == Some("contrast") {
            Theme::Contrast
        } else {
            Theme::Light
        },
        is_api: path.starts_with("/api/"),
        path,
        ..Visitor::default()
    };
    if let Some(token) = token_of(request.headers(), &jar, web.ctx.settings.is_secure()) {
        match account::authenticate(&web.ctx, &token).await {
            Ok(Some(login)) => {
                visitor.actor = login.actor;
                visitor.display_name = login.display_name;
            }
            Ok(None) => {}
            Err(error) => return WebError::new(&visitor, error).into_response(),
        }
    }
    request.extensions_mut().insert(visitor);
    let mut response = next.run(request).await;
    if let Some(lang) = asked
        && let Ok(value) = HeaderValue::from_str(&format!("lang={lang}; Path=/; Max-Age=31536000; SameSite=Lax"))
    {
        response.headers_mut().append(SET_COOKIE, value);
    }
    if let Some(value) = community.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// The first value of `name` in a query string; percent-encoding is not undone, which is enough for tokens such as `en`.
pub fn query_value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}
