//! `POST /prefs`: letter size, colours, language. Kept in cookies on this device and nowhere else.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::shell::without_lang;
use crate::web::Web;

/// How long a choice is kept, seconds: a year.
const KEPT_SECONDS: u32 = 31_536_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Choice {
    size: String,
    theme: String,
    lang: String,
    back: String,
}

/// Keeps what was chosen and goes back to the page.
pub(super) async fn choose(State(web): State<Web>, Form(choice): Form<Choice>) -> Response {
    let mut headers = HeaderMap::new();
    let secure = if web.ctx.settings.is_secure() { "; Secure" } else { "" };
    let known = [
        ("size", &choice.size, &["std", "large", "xlarge"][..]),
        ("theme", &choice.theme, &["light", "contrast"]),
        ("lang", &choice.lang, &["zh-CN", "en"]),
    ];
    for (name, value, values) in known {
        let Some(value) = values.iter().find(|known| *known == value) else {
            continue;
        };
        let cookie = format!("{name}={value}; Path=/; Max-Age={KEPT_SECONDS}; SameSite=Lax{secure}");
        if let Ok(cookie) = HeaderValue::from_str(&cookie) {
            headers.append(SET_COOKIE, cookie);
        }
    }
    (headers, Redirect::to(&local_path(&choice.back))).into_response()
}

/// The path to go back to: only one of this site, or else the start page. `//host` and `/\host` lead elsewhere in browsers.
pub(super) fn local_path(back: &str) -> String {
    let mut chars = back.chars();
    let local = chars.next() == Some('/')
        && !matches!(chars.next(), Some('/' | '\\'))
        && back.len() <= 2000
        && back.chars().all(|c| c.is_ascii_graphic() && c != '\\');
    if local { without_lang(back) } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_never_sent_to_another_site() {
        for back in [
            "",
            "https://example.org/",
            "//example.org",
            "/\\example.org",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            "/a\\b",
        ] {
            assert_eq!(local_path(back), "/", "{back:?}");
        }
        assert_eq!(
            local_path("/c/yunliang?week=2026-W48&lang=en"),
            "/c/yunliang?week=2026-W48"
        );
    }
}
