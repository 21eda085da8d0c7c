//! `/metrics`: figures for a monitoring system on this machine, or for whoever brings the token of the settings.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::services::{Context, figures};

/// Headers by which a proxy says that it asks for somebody else.
const FORWARDED: [&str; 4] = ["forwarded", "x-forwarded-for", "x-real-ip", "via"];

/// `GET /metrics`.
pub async fn show(
    State(ctx): State<Context>,
    peer: Option<axum::Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
) -> Response {
    let peer = peer.map(|axum::Extension(ConnectInfo(peer))| peer);
    if !may_read(peer, &headers, ctx.settings.metrics_token.reveal()) {
        let why = "figures are for this machine, or for whoever brings the token of the setting metrics_token\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    match figures::text(&ctx).await {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the figures could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Whether somebody may read the figures. A proxy on this machine asks from it for everybody else: what carries its marks needs the token.
fn may_read(peer: Option<SocketAddr>, headers: &HeaderMap, token: &str) -> bool {
    let brought = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    // Hashes of equal length are compared, so that the time taken says nothing of the token.
    if !token.is_empty() && brought.is_some_and(|brought| Sha256::digest(brought) == Sha256::digest(token)) {
        return true;
    }
    let from_here = peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback());
    from_here && !FORWARDED.iter().any(|name| headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !name.is_empty() {
            headers.insert(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn figures_are_for_this_machine_or_for_the_token() {
        let at = |text: &str| -> Option<SocketAddr> { Some(text.parse().unwrap()) };
        for (peer, name, value, token, may) in [
            (at("127.0.0.1:5000"), "", "", "", true),
            (at("[::1]:5000"), "", "", "", true),
            (at("[::ffff:127.0.0.1]:5000"), "", "", "", true),
            (at("192.168.1.7:5000"), "", "", "", false),
            (at("127.0.0.1:5000"), "x-forwarded-for", "203.0.113.9", "", false),
            (at("127.0.0.1:5000"), "forwarded", "for=203.0.113.9", "", false),
            (at("127.0.0.1:5000"), "x-real-ip", "203.0.113.9", "", false),
            (
                at("192.168.1.7:5000"),
                "authorization",
                "Bearer a-long-token",
                "a-long-token",
                true,
            ),
            (
                at("192.168.1.7:5000"),
                "authorization",
                "Bearer a-long-tokem",
                "a-long-token",
                false,
            ),
            (at("192.168.1.7:5000"), "authorization", "Bearer ", "", false),
            (
                at("192.168.1.7:5000"),
                "authorization",
                "a-long-token",
                "a-long-token",
                false,
            ),
            (None, "", "", "", false),
        ] {
            assert_eq!(
                may_read(peer, &with(name, value), token),
                may,
                "{peer:?} {name}: {value} {token}"
            );
        }
    }
}
