//! Rendered public pages, kept for a moment.
//!
//! A page is made once and then given to everybody who asks for it in the same language, size and colours, until a second has
//! passed or the schedule was changed by this process; changes by others are seen after that second. While one request makes a page,
//! the others wait for it instead of making it, too. An unchanged page is answered with 304 (RFC 9110 §13.1.2).

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::domain::calendar::IsoWeek;
use crate::domain::lang::Lang;
use crate::services::{Context, Result};
use crate::web::extract::{Size, Theme, Visitor};

/// The most pages kept.
const MOST_PAGES: usize = 512;
/// How long a page is given out without looking again.
const KEPT_FOR: SignedDuration = SignedDuration::from_secs(1);

/// Which of a community's pages is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Surface {
    /// The week to read.
    #[default]
    Week,
    /// The screen in the lobby.
    Lobby,
    /// What changes on that screen.
    LobbyPart,
    /// The week to hang up, A3.
    PosterA3,
    /// The same, A4.
    PosterA4,
}

/// What makes two requests want the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    slug: String,
    surface: Surface,
    week: Option<IsoWeek>,
    lang: Lang,
    size: Size,
    theme: Theme,
}

impl Key {
    /// The key of a community's week as this visitor reads it; an empty name is the start page.
    pub fn new(slug: &str, week: Option<IsoWeek>, visitor: &Visitor) -> Self {
        Self {
            slug: slug.to_owned(),
            surface: Surface::default(),
            week,
            lang: visitor.words.lang,
            size: visitor.size,
            theme: visitor.theme,
        }
    }

    /// The same for a surface that hangs on a wall: nobody chooses its letters or colours.
    #[must_use]
    pub fn on(mut self, surface: Surface) -> Self {
        self.surface = surface;
        self.size = Size::default();
        self.theme = Theme::default();
        self
    }
}

/// One page as it was made.
struct Page {
    made_at: Timestamp,
    changes: u64,
    etag: HeaderValue,
    html: Bytes,
    /// Made when the first browser that takes it asks.
    gzip: OnceLock<Bytes>,
}

/// The place of one page: what is given out, and who makes the next one.
#[derive(Default)]
struct Slot {
    page: RwLock<Option<Arc<Page>>>,
    maker: tokio::sync::Mutex<()>,
}

impl Slot {
    fn fresh(&self, now: Timestamp, changes: u64) -> Option<Arc<Page>> {
        let kept = self.page.read().unwrap_or_else(PoisonError::into_inner);
        let page = kept.as_ref()?;
        let age = now.duration_since(page.made_at);
        (page.changes == changes && !age.is_negative() && age < KEPT_FOR).then(|| page.clone())
    }
}

/// Rendered public pages, kept for a moment.
#[derive(Default)]
pub struct PageCache {
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
}

impl PageCache {
    /// The page of `key`: the one that is kept, or what `make` makes.
    ///
    /// # Errors
    /// Those of `make`; a page that cannot be made is not kept.
    pub async fn respond(
        &self,
        ctx: &Context,
        key: Key,
        headers: &HeaderMap,
        make: impl AsyncFnOnce() -> Result<String>,
    ) -> Result<Response> {
        let slot = self.slot(&key);
        let page = match slot.fresh(ctx.now(), ctx.schedule_changes()) {
            Some(page) => page,
            None => match self.make(ctx, &slot, make).await {
                Ok(page) => page,
                Err(error) => {
                    self.forget(&key);
                    return Err(error);
                }
            },
        };
        Ok(answer(&page, headers))
    }

    async fn make(&self, ctx: &Context, slot: &Slot, make: impl AsyncFnOnce() -> Result<String>) -> Result<Arc<Page>> {
        let _making = slot.maker.lock().await;
        // Before anything is read: a change in between makes this page old at once.
        let (now, changes) = (ctx.now(), ctx.schedule_changes());
        if let Some(page) = slot.fresh(now, changes) {
            return Ok(page);
        }
        let html = make().await?;
        let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(html.as_bytes())[..12]);
        let page = Arc::new(Page {
            made_at: now,
            changes,
            etag: HeaderValue::from_str(&format!("\"{hash}\"")).expect("base64 fits a header"),
            html: html.into(),
            gzip: OnceLock::new(),
        });
        *slot.page.write().unwrap_or_else(PoisonError::into_inner) = Some(page.clone());
        Ok(page)
    }

    fn slot(&self, key: &Key) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(key) {
            return slot.clone();
        }
        if slots.len() >= MOST_PAGES {
            // Pages are cheap to make again; whoever holds one keeps it.
            slots.clear();
        }
        slots.entry(key.clone()).or_default().clone()
    }

    fn forget(&self, key: &Key) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

fn answer(page: &Page, headers: &HeaderMap) -> Response {
    let known = headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| names(known, &page.etag));
    let common: [(HeaderName, HeaderValue); 3] = [
        (header::ETAG, page.etag.clone()),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::VARY, HeaderValue::from_static("Cookie, Accept-Encoding")),
    ];
    if known {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let html = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    let takes_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(takes_gzip);
    if takes_gzip {
        let gzip = page.gzip.get_or_init(|| gzip(&page.html)).clone();
        if !gzip.is_empty() {
            let encoding = (header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            return (common, [html, encoding], Body::from(gzip)).into_response();
        }
    }
    (common, [html], Body::from(page.html.clone())).into_response()
}

/// Whether an `If-None-Match` names this page. A proxy that compresses may have made the tag a weak one.
fn names(known: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(known), Ok(etag)) = (known.to_str(), etag.to_str()) else {
        return false;
    };
    known
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == etag)
}

/// Whether gzip is among the codings that are taken, and not with weight 0 (RFC 9110 §12.5.3).
fn takes_gzip(accepted: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next().is_some_and(|coding| coding.eq_ignore_ascii_case("gzip"))
            && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// The page compressed; nothing when that fails, which writing to memory does not.
fn gzip(html: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(html.len() / 4), Compression::new(6));
    match encoder.write_all(html).and_then(|()| encoder.finish()) {
        Ok(bytes) => bytes.into(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be compressed");
            Bytes::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_only_to_those_who_take_it() {
        assert!(takes_gzip("gzip, deflate, br"));
        assert!(takes_gzip("br;q=1.0, gzip;q=0.8"));
        assert!(!takes_gzip("br, gzip;q=0"));
        assert!(!takes_gzip("identity"));
    }

    #[test]
    fn a_page_is_known_by_its_tag_strong_or_weak() {
        let etag = HeaderValue::from_static("\"abc\"");
        for (known, same) in [
            ("\"abc\"", true),
            ("W/\"abc\"", true),
            ("\"x\", \"abc\"", true),
            ("\"abd\"", false),
            ("*", true),
        ] {
            assert_eq!(names(&HeaderValue::from_static(known), &etag), same, "{known}");
        }
    }
}
