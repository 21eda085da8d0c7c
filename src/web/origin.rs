//! Where a request comes from.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::services::Context;

/// The address a request comes from: the peer's, or, behind as many proxies as the settings trust, what they say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for Origin
where
    Context: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
        let trusted = Context::from_ref(state).settings.trusted_proxies;
        Ok(Self(client(&parts.headers, peer, usize::from(trusted))))
    }
}

/// Each proxy appends the address it was asked from, so the client of the n-th trusted one stands n-th from the right. What stands
/// further left was written by the client and proves nothing.
fn client(headers: &HeaderMap, peer: IpAddr, trusted: usize) -> IpAddr {
    if trusted == 0 {
        return peer;
    }
    let said: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    said.len()
        .checked_sub(trusted)
        .and_then(|at| address(said[at]))
        .unwrap_or(peer)
}

/// An address, with or without a port: proxies write both.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let with_port = || text.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    bare.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(forwarded: &str, trusted: usize) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        client(&headers, "192.0.2.1".parse().unwrap(), trusted).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_say_is_believed() {
        assert_eq!(from("198.51.100.7", 0), "192.0.2.1");
        assert_eq!(from("198.51.100.7", 1), "198.51.100.7");
        assert_eq!(from("203.0.113.9, 198.51.100.7", 1), "198.51.100.7");
        assert_eq!(from("203.0.113.9, 198.51.100.7, 10.0.0.1", 2), "198.51.100.7");
        assert_eq!(from("198.51.100.7", 2), "192.0.2.1");
        assert_eq!(from("nonsense", 1), "192.0.2.1");
    }

    #[test]
    fn a_port_beside_the_address_is_passed_over() {
        assert_eq!(from("198.51.100.7:4711", 1), "198.51.100.7");
        assert_eq!(from("[2001:db8::1]:443", 1), "2001:db8::1");
        assert_eq!(from("[2001:db8::1]", 1), "2001:db8::1");
        assert_eq!(from("unknown", 1), "192.0.2.1");
    }
}
