//! Where a request comes from, for limits that count per network.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::Web;

/// The address of the client: the peer, or what the trusted proxies in front of us say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl FromRequestParts<Web> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Self::Rejection> {
        // A request that did not come over our accept loop has no peer; it is counted as one of its own.
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.0.ip());
        Ok(Self(client_of(peer, &parts.headers, web.ctx.settings.trusted_proxies)))
    }
}

/// Each proxy appends the address that connected to it to `X-Forwarded-For`. With `trusted` proxies in front, that many entries
/// from the end were written by them; what stands before can be made up by anybody.
fn client_of(peer: IpAddr, headers: &HeaderMap, trusted: u8) -> IpAddr {
    if trusted == 0 {
        return peer;
    }
    let entries: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let at = entries.len().saturating_sub(usize::from(trusted));
    entries.get(at).and_then(|entry| address(entry)).unwrap_or(peer)
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: u8, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().expect("a header"));
        }
        client_of(Ipv4Addr::LOCALHOST.into(), &headers, trusted).to_string()
    }

    #[test]
    fn only_as_many_entries_are_believed_as_there_are_trusted_proxies() {
        assert_eq!(client(0, &["192.0.2.1"]), "127.0.0.1");
        assert_eq!(client(1, &["203.0.113.9, 192.0.2.1"]), "192.0.2.1");
        assert_eq!(client(1, &["203.0.113.9", "192.0.2.1"]), "192.0.2.1");
        assert_eq!(client(2, &["1.1.1.1, 203.0.113.9, 192.0.2.1"]), "203.0.113.9");
    }

    #[test]
    fn what_cannot_be_read_falls_back_to_the_peer() {
        assert_eq!(client(1, &[]), "127.0.0.1");
        assert_eq!(client(1, &["unknown"]), "127.0.0.1");
        assert_eq!(client(1, &["192.0.2.1:4711"]), "192.0.2.1");
        assert_eq!(client(1, &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(client(1, &["2001:db8::1"]), "2001:db8::1");
    }
}
