//! Style sheets, scripts and icons: embedded in the binary, named with their hash, cached for ever.
//!
//! A script module names the modules it imports (`from "./store.js"`); as it is served, their hashes stand behind those names, too, and
//! its own hash is taken over that. So a change in one module changes the addresses of all that stand on it, and no browser ever mixes
//! modules of two versions.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::{Path, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

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

/// Modules as they are served, and their tags.
static MODULES: LazyLock<HashMap<String, (String, String)>> = LazyLock::new(|| {
    let mut modules = HashMap::new();
    for file in Static::iter().filter(|file| file.starts_with("js/")) {
        add_module(&file, &mut modules);
    }
    modules
});

/// Adds a module after those it imports. One that imports itself in a circle is served as it was written.
fn add_module(file: &str, modules: &mut HashMap<String, (String, String)>) {
    if modules.contains_key(file) {
        return;
    }
    let Some(text) = text(file) else { return };
    modules.insert(file.to_owned(), (text.clone(), tag_of(&text)));
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut served = String::new();
    for line in text.split_inclusive('\n') {
        let import = line
            .split_once("from \"./")
            .filter(|_| line.contains("import ") || line.starts_with('}'));
        let Some((before, (name, after))) = import.and_then(|(before, rest)| Some((before, rest.split_once('"')?)))
        else {
            served.push_str(line);
            continue;
        };
        let imported = format!("{folder}/{name}");
        add_module(&imported, modules);
        let hash = modules.get(&imported).map_or("", |(_, tag)| &tag[..12]);
        served.push_str(&format!("{before}from \"./{name}?v={hash}\"{after}"));
    }
    let tag = tag_of(&served);
    modules.insert(file.to_owned(), (served, tag));
}

fn tag_of(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// The text of a static file, as it was written.
pub fn text(file: &str) -> Option<String> {
    let found = Static::get(file)?;
    String::from_utf8(found.data.into_owned()).ok()
}

/// The address of a static file, with the hash of its content, so that it may be cached for ever.
pub fn url(file: &str) -> String {
    if let Some((_, tag)) = MODULES.get(file) {
        return format!("/static/{file}?v={}", &tag[..12]);
    }
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
    let module = MODULES.get(&file);
    let etag = format!("\"{}\"", module.map_or_else(|| tag(&found), |(_, tag)| tag.clone()));
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
        module.map_or_else(|| found.data.into_owned(), |(text, _)| text.clone().into_bytes()),
    )
        .into_response()
}

/// The sign of the house; browsers ask for it at this address whatever a page says.
async fn favicon(request: Request) -> Response {
    serve(Path("favicon.svg".to_owned()), request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_name_what_they_import_with_its_hash() {
        let (page, _) = &MODULES["js/checkin.js"];
        let store = url("js/checkin/store.js");
        let hash = store.split_once("?v=").expect("a hash").1;
        assert!(
            page.contains(&format!("from \"./checkin/store.js?v={hash}\"")),
            "{page}"
        );
        assert!(!page.contains("store.js\""), "no module without its hash");
        assert_eq!(
            tag_of(page)[..12],
            url("js/checkin.js").split_once("?v=").expect("a hash").1[..]
        );
    }
}
