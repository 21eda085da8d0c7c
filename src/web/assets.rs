//! Style sheets, scripts and icons: embedded in the binary, named with their hash, cached for ever.

use axum::extract::{Path, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::RustEmbed;

use super::routes::{Routes, Who};

#[derive(RustEmbed)]
#[folder = "assets/static/"]
struct Static;

/// `/static/{file}`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/static/{*file}", Who::Public, serve)
        .get("/favicon.ico", Who::Public, favicon)
}

/// The address of a static file, with the hash of its content, so that it may be cached for ever.
pub fn url(file: &str) -> String {
    match Static::get(file) {
        Some(found) => format!("/static/{file}?v={}", &tag(&found)[..12]),
        None => format!("/static/{file}"),
    }
}

/// The address of the icon sprite; drawings are `#i-clock` and so on.
pub fn sprite() -> &'static str {
    static SPRITE: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| url("icons.svg"));
    &SPRITE
}

fn tag(file: &rust_embed::EmbeddedFile) -> String {
    URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash())
}

async fn serve(Path(file): Path<String>, request: Request) -> Response {
    let Some(found) = Static::get(&file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"{}\"", tag(&found));
    let cache = if request.uri().query().is_some_and(|query| query.starts_with("v=")) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let same = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes());
    if same {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, etag)]).into_response();
    }
    let kind = found.metadata.mimetype().to_owned();
    let kind = if kind.starts_with("text/") {
        format!("{kind}; charset=utf-8")
    } else {
        kind
    };
    (
        [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, cache.to_owned()),
            (header::ETAG, etag),
        ],
        found.data.into_owned(),
    )
        .into_response()
}

/// The sign of the house; browsers ask for it at this address whatever a page says.
async fn favicon(request: Request) -> Response {
    serve(Path("favicon.svg".to_owned()), request).await
}
