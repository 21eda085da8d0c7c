//! `GET /staff/check-in-worker.js`: the service worker that opens the check-in page without a network.
//!
//! It stands below `/staff/`, which is as far as it reaches, and begins with the list of the files it keeps. Their addresses carry the
//! hashes of their contents: another version of the program is another script, which browsers notice and install by themselves.

use std::sync::LazyLock;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::web::assets;

/// What the page is made of.
const FILES: &[&str] = &[
    "css/base.css",
    "css/checkin.css",
    "icons.svg",
    "js/checkin.js",
    "js/checkin/keep.js",
    "js/checkin/roster.js",
    "js/checkin/say.js",
    "js/checkin/scan.js",
    "js/checkin/store.js",
    "js/checkin/sync.js",
    "vendor/jsqr/jsQR.js",
];

static SCRIPT: LazyLock<String> = LazyLock::new(|| {
    let files: Vec<String> = FILES.iter().map(|file| assets::url(file)).collect();
    let files = serde_json::Value::from(files).to_string();
    let rules = assets::text("js/checkin/worker.js").unwrap_or_default();
    let version = URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{files}{rules}")));
    format!(
        "const VERSION = \"{}\";\nconst FILES = {files};\n{rules}",
        &version[..16]
    )
});

/// The script. It holds nothing of anybody's.
pub async fn script() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        // Asked for again at every look: an old worker must not outlive its version.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, SCRIPT.as_str()).into_response()
}
