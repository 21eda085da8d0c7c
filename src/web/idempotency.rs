//! `Idempotency-Key` on writes of the API, in front of every handler: a repeat gets the first answer and changes nothing.
//!
//! It counts for accounts, inside a community. The request runs in a task of its own, so that it comes to its end and its answer is
//! kept even when the client has gone: that is when it will be sent again.

use std::panic::{AssertUnwindSafe, resume_unwind};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt as _;

use super::Web;
use super::body::{BODY_LIMIT_BYTES, brings_file, hold_form, too_large};
use super::error::{WebError, plain};
use super::extract::Visitor;
use crate::domain::access::Role;
use crate::domain::material::FILE_BYTES;
use crate::services::idempotency::{self, Begun, Ended, Running};
use crate::services::{Context, Error};

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Set on an answer that is given again.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest key, characters.
const KEY_MAX: usize = 200;
/// The most of a form with a file that is held to compare it with what was sent before, bytes: the file and what stands around it.
const FORM_BYTES: usize = FILE_BYTES + 64 * 1024;

/// The community in the address of an API call.
fn community_of(path: &str) -> Option<&str> {
    path.strip_prefix("/api/v1/communities/")?
        .split('/')
        .next()
        .filter(|slug| !slug.is_empty())
}

/// Middleware; stands behind the one that finds out who asks.
pub async fn replay(State(web): State<Web>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let Some(key) = request.headers().get(KEY).filter(|_| !reads).cloned() else {
        return next.run(request).await;
    };
    let visitor = request.extensions().get::<Visitor>().cloned().unwrap_or_default();
    let slug = community_of(request.uri().path()).map(str::to_owned);
    let (Some(account), Some(slug)) = (visitor.actor.account(), slug) else {
        return next.run(request).await;
    };
    let has_file = brings_file(request.uri().path(), request.headers());
    if has_file && !matches!(visitor.actor.role(), Some(Role::Admin | Role::Staff)) {
        // The route refuses them; nothing that long is held for them before.
        return next.run(request).await;
    }
    let key = match key.to_str() {
        Ok(key) if (1..=KEY_MAX).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) => key,
        _ => return plain(&visitor, StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_malformed"),
    };
    let (parts, body) = request.into_parts();
    let body = if has_file {
        match hold_form(&parts.headers, body, FORM_BYTES).await {
            Ok(body) => body,
            Err(bytes) => return too_large(&visitor, bytes),
        }
    } else {
        let Ok(body) = to_bytes(body, BODY_LIMIT_BYTES).await else {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        };
        body
    };
    let hash = idempotency::request_hash(parts.method.as_str(), &visitor.path, &body);
    let request = Request::from_parts(parts, Body::from(body));
    match idempotency::begin(&web.ctx, &slug, account, key, hash).await {
        Err(error) => WebError::new(&visitor, error).into_response(),
        Ok(Begun::NoCommunity) => next.run(request).await,
        Ok(Begun::Reused) => plain(&visitor, StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
        Ok(Begun::AnswerLost) => plain(&visitor, StatusCode::CONFLICT, "answer_lost"),
        Ok(Begun::InProgress) => {
            let mut response = plain(&visitor, StatusCode::CONFLICT, "in_progress");
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            response
        }
        Ok(Begun::Replay { status, body }) => {
            let mut response = with_body(status, body.into());
            response
                .headers_mut()
                .insert(REPLAYED, HeaderValue::from_static("true"));
            response
        }
        Ok(Begun::Run(running)) => {
            let done = tokio::spawn(run_to_its_end(web.ctx.clone(), running, next.run(request)));
            match done.await {
                Ok(Ok(response)) => response,
                Ok(Err(error)) => WebError::new(&visitor, error).into_response(),
                Err(failed) => match failed.try_into_panic() {
                    Ok(panic) => resume_unwind(panic),
                    // Only when the program ends.
                    Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
                },
            }
        }
    }
}

async fn run_to_its_end(
    ctx: Context,
    running: Running,
    response: impl Future<Output = Response>,
) -> Result<Response, Error> {
    let response = match AssertUnwindSafe(idempotency::run(running, response))
        .catch_unwind()
        .await
    {
        Ok(response) => response,
        Err(panic) => {
            idempotency::release(&ctx, running, Ended::Broken).await?;
            resume_unwind(panic);
        }
    };
    let status = response.status();
    let refused = matches!(
        status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::TOO_MANY_REQUESTS
    );
    if refused || status.is_server_error() {
        let ended = if refused { Ended::Refused } else { Ended::Broken };
        idempotency::release(&ctx, running, ended).await?;
        return Ok(response);
    }
    // Whole numbers and copies of what is known of somebody are not kept: asking for them again does no harm.
    if response
        .headers()
        .get(header::CACHE_CONTROL)
        .is_some_and(|value| value == "no-store")
    {
        idempotency::release(&ctx, running, Ended::Refused).await?;
        return Ok(response);
    }
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX)
        .await
        .map_err(|error| Error::Internal(format!("an answer cannot be kept: {error}")))?;
    match std::str::from_utf8(&bytes) {
        Ok(text) if text.len() <= BODY_LIMIT_BYTES => {
            idempotency::answer(&ctx, running, status.as_u16(), text.to_owned()).await?;
        }
        _ => idempotency::release(&ctx, running, Ended::Broken).await?,
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn with_body(status: u16, body: Bytes) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    let kind = if status.is_client_error() {
        "application/problem+json"
    } else {
        "application/json"
    };
    if body.is_empty() {
        return status.into_response();
    }
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_community_stands_in_the_address() {
        assert_eq!(community_of("/api/v1/communities/yunliang/series"), Some("yunliang"));
        assert_eq!(community_of("/api/v1/communities/yunliang"), Some("yunliang"));
        assert_eq!(community_of("/api/v1/communities/"), None);
        assert_eq!(community_of("/api/v1/tokens"), None);
    }
}
