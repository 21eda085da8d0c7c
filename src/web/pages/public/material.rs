//! A file of a programme, as it is served: told what it is, never run, and not sent again to whoever has it.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::domain::id::MaterialId;
use crate::domain::material::FileKind;
use crate::domain::text::hex;
use crate::services::{Error, community, material};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode, plain};
use crate::web::extract::Visitor;

/// Nothing in a file may run, load or reach anything.
const SANDBOX: &str = "sandbox; default-src 'none'";
/// How long a download waits for its turn.
const TURN: Duration = Duration::from_secs(3);

/// `GET /c/{community}/materials/{id}/{name}`: what is public for everybody, all for staff. The name is only for people.
pub(super) async fn serve(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, id, _name)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let home = community::find_by_slug(ctx, &slug).await.for_visitor(&visitor)?;
    let id: MaterialId = id
        .parse()
        .map_err(|_| Error::not_found("material", &id))
        .for_visitor(&visitor)?;
    let served = material::serve(ctx, &visitor.actor, home.id, id)
        .await
        .for_visitor(&visitor)?;
    let tag = tag(&served.file.sha256);
    let kind = served.file.kind;
    let whole = usize::try_from(served.file.size).unwrap_or_default();
    let known = text(&headers, header::IF_NONE_MATCH.as_str()).is_some_and(|known| matches(known, &tag));
    let asked = asked(&headers, &tag, whole);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else if let Some(Err(())) = asked {
        ranged(
            StatusCode::RANGE_NOT_SATISFIABLE,
            &format!("bytes */{whole}"),
            Vec::new(),
        )
    } else {
        let part = asked.and_then(Result::ok);
        let Ok(Ok(turn)) = timeout(TURN, web.downloads.acquire()).await else {
            return Ok(busy(&visitor));
        };
        let bytes = material::read(ctx, &served, part).await.for_visitor(&visitor)?;
        drop(turn);
        match part {
            None => bytes.into_response(),
            Some((from, to)) => ranged(
                StatusCode::PARTIAL_CONTENT,
                &format!("bytes {from}-{to}/{whole}"),
                bytes,
            ),
        }
    };
    let own = response.headers_mut();
    own.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    own.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    own.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind.media_type()));
    own.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    // It may be taken away or kept for staff at any time: every use asks again, and is answered shortly.
    let keep = if served.public { "no-cache" } else { "private, no-cache" };
    own.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    for (name, value) in [
        (header::ETAG, tag),
        (header::CONTENT_DISPOSITION, disposition(way(kind), &served.file.name)),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            own.insert(name, value);
        }
    }
    Ok(response)
}

/// Pictures are shown. A PDF is saved, because browsers refuse to show one in a sandbox, and nothing is served outside of it.
fn way(kind: FileKind) -> &'static str {
    if kind.is_shown() && kind != FileKind::Pdf {
        "inline"
    } else {
        "attachment"
    }
}

/// The answer when too many files are read at once.
fn busy(visitor: &Visitor) -> Response {
    let mut response = plain(visitor, StatusCode::SERVICE_UNAVAILABLE, "many_downloads");
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The entity tag of bytes with this hash.
fn tag(sha256: &[u8]) -> String {
    format!("\"{}\"", hex(sha256))
}

/// Whether `If-None-Match` names a tag (RFC 9110 §13.1.2: compared weakly).
fn matches(header: &str, tag: &str) -> bool {
    header
        .split(',')
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == tag || one == "*")
}

/// The part that is asked for of a file with this tag and length: as [`range`].
fn asked(headers: &HeaderMap, tag: &str, whole: usize) -> Option<Result<(usize, usize), ()>> {
    let still = text(headers, header::IF_RANGE.as_str()).is_none_or(|had| had == tag);
    let asked = text(headers, header::RANGE.as_str()).filter(|_| still)?;
    range(asked, whole)
}

fn ranged(status: StatusCode, content_range: &str, bytes: Vec<u8>) -> Response {
    let mut response = (status, bytes).into_response();
    if let Ok(value) = HeaderValue::from_str(content_range) {
        response.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    response
}

/// Reads `Range` (RFC 9110 §14.2): the first and the last byte; an error when there is no such byte; none when it is not one plain
/// range, which is then answered with the whole.
fn range(header: &str, whole: usize) -> Option<Result<(usize, usize), ()>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let (first, last) = (first.trim(), last.trim());
    if first.is_empty() {
        let count: usize = last.parse().ok()?;
        return Some(if count == 0 || whole == 0 {
            Err(())
        } else {
            Ok((whole.saturating_sub(count), whole - 1))
        });
    }
    let first: usize = first.parse().ok()?;
    let last = if last.is_empty() {
        whole.saturating_sub(1)
    } else {
        last.parse().ok()?
    };
    if first > last && first < whole {
        return None;
    }
    Some(if first < whole {
        Ok((first, last.min(whole - 1)))
    } else {
        Err(())
    })
}

/// `Content-Disposition` with a name of any letters (RFC 6266 §4.3): one in ASCII for old programs, and the whole one.
fn disposition(way: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_. ".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    format!("{way}; filename=\"{plain}\"; filename*=UTF-8''{}", encode(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_plain_range_is_answered_and_anything_else_gets_the_whole() {
        for (header, wanted) in [
            ("bytes=0-3", Some(Ok((0, 3)))),
            ("bytes=4-", Some(Ok((4, 9)))),
            ("bytes=-3", Some(Ok((7, 9)))),
            ("bytes=-30", Some(Ok((0, 9)))),
            ("bytes=8-100", Some(Ok((8, 9)))),
            ("bytes=10-", Some(Err(()))),
            ("bytes=-0", Some(Err(()))),
            ("bytes=5-2", None),
            ("bytes=0-1,3-4", None),
            ("bytes=x-", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(range(header, 10), wanted, "{header}");
        }
    }

    #[test]
    fn a_name_in_a_header_is_ascii_twice_and_whole_once() {
        assert_eq!(
            disposition("inline", "手册 \"1\".pdf"),
            "inline; filename=\"__ _1_.pdf\"; filename*=UTF-8''%E6%89%8B%E5%86%8C%20%221%22.pdf"
        );
    }

    #[test]
    fn a_tag_that_is_known_is_found_among_others() {
        let tag = tag(&[0xab, 0x01]);
        assert_eq!(tag, "\"ab01\"");
        assert!(matches("\"x\", W/\"ab01\"", &tag));
        assert!(matches("*", &tag));
        assert!(!matches("ab01", &tag));
    }
}
