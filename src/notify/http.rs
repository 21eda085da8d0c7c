//! The one client that asks robots and gateways. It goes where [`outgoing::check`] lets it, connects to nothing but public addresses that it has
//! resolved and looked at itself, follows no redirect, obeys no proxy of the environment, reads at most 64 KiB of an answer, and tells how far it
//! got: before the request was written nothing has happened, after it silence means that nobody knows.
//!
//! A connection serves one request. A kept one may have been closed by the other side at the moment the request is written, and then nobody knows
//! either: the hundredth of a second of a new handshake is cheaper than a message that somebody has to look after.

use std::error::Error as StdError;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};

use crate::domain::channel_answer::Why;
use crate::domain::outgoing::is_public;
use crate::services::outgoing::{self, Target};

/// The most that is read of an answer.
const ANSWER_BYTES: usize = 64 * 1024;

/// How long is waited for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For the name, the connection and TLS. 5 s unless set.
    pub connect: Duration,
    /// For everything together. 20 s unless set.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_secs(20),
        }
    }
}

/// The client cannot be made: the machine has no certificates to trust.
#[derive(Debug, thiserror::Error)]
#[error("the client for robots and text messages cannot be made")]
pub struct ClientError(#[from] reqwest::Error);

/// One request.
pub struct Ask {
    /// For what it goes out.
    pub target: Target,
    /// Where to; may hold secrets.
    pub url: String,
    /// GET or POST.
    pub method: Method,
    /// Headers.
    pub headers: HeaderMap,
    /// Body; empty for none.
    pub body: Vec<u8>,
}

/// An answer that came whole.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How many seconds we are asked to wait.
    pub retry_after_seconds: Option<u32>,
    /// The body.
    pub body: Vec<u8>,
}

/// No answer that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing was sent.
    NotSent(Why),
    /// Nothing was sent, and nothing will be: the address is not allowed.
    NotAllowed(Why),
    /// An answer came that is none.
    NoAnswer(Why),
    /// The request was sent, and no whole answer came.
    Unknown(Why),
}

/// The client.
pub struct Http {
    public: Client,
    named: Client,
    allow: Vec<String>,
}

impl Http {
    /// A client; `allow` names the `host:port` pairs that may be private and unencrypted.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(allow: Vec<String>, timeouts: Timeouts) -> Result<Self, ClientError> {
        let plain = || {
            Client::builder()
                .redirect(Policy::none())
                .referer(false)
                .retry(reqwest::retry::never())
                .no_proxy()
                .connect_timeout(timeouts.connect)
                .timeout(timeouts.total)
                .pool_max_idle_per_host(0)
                .user_agent("xianglao")
        };
        Ok(Self {
            public: plain().https_only(true).dns_resolver(PublicOnly).build()?,
            named: plain().build()?,
            allow,
        })
    }

    /// Sends one request, once.
    ///
    /// # Errors
    /// [`Failure`], which tells whether anything was sent.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, Failure> {
        let checked = outgoing::check(&self.allow, ask.target, &ask.url)
            .map_err(|error| Failure::NotAllowed(Why::theirs(error.code, "")))?;
        let client = if checked.allowed { &self.named } else { &self.public };
        let request = client.request(ask.method, checked.url).headers(ask.headers);
        let request = if ask.body.is_empty() {
            request
        } else {
            request.body(ask.body)
        };
        let mut response = request.send().await.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let retry_after_seconds = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            if body.len() + chunk.len() > ANSWER_BYTES {
                return Err(Failure::NoAnswer(Why::new("answer-long")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer {
            status,
            retry_after_seconds,
            body,
        })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("allow", &self.allow)
            .finish_non_exhaustive()
    }
}

/// How far it got.
fn failure(error: &reqwest::Error) -> Failure {
    if causes(error).any(<dyn StdError + 'static>::is::<NotPublic>) {
        return Failure::NotAllowed(Why::new("channel-url-private"));
    }
    if error.is_builder() {
        return Failure::NotAllowed(Why::new("channel-url-unreadable"));
    }
    if error.is_connect() {
        let code = if error.is_timeout() {
            "connect-late"
        } else if error.is_dns() {
            "connect-name"
        } else if causes(error).any(<dyn StdError + 'static>::is::<rustls::Error>) || is_tls(error) {
            "connect-tls"
        } else {
            "connect-refused"
        };
        return Failure::NotSent(Why::new(code));
    }
    Failure::Unknown(Why::new(if error.is_timeout() { "no-answer" } else { "broken-off" }))
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let this = next?;
        next = this.source();
        Some(this)
    })
}

/// TLS reports what is wrong as an I/O error around its own.
fn is_tls(error: &reqwest::Error) -> bool {
    causes(error)
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .filter_map(std::io::Error::get_ref)
        .any(<dyn StdError + Send + Sync + 'static>::is::<rustls::Error>)
}

/// A name stands for an address that is not public.
#[derive(Debug, thiserror::Error)]
#[error("the name stands for an address that is not public")]
struct NotPublic;

/// Resolves names and gives out addresses only when all of them are public. The client connects to exactly what is given out, so nothing can
/// change between looking and connecting.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            if found.iter().any(|address| !is_public(address.ip())) {
                return Err(Box::new(NotPublic) as Box<dyn StdError + Send + Sync>);
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// Shared by everything that asks.
pub type SharedHttp = Arc<Http>;

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    #[tokio::test]
    async fn a_name_that_stands_for_a_private_address_is_not_connected_to() {
        // Every machine calls itself this, so no name server is needed.
        let name = Name::from_str("localhost").expect("a name");
        let refused = PublicOnly.resolve(name).await.err().expect("it is this machine");
        assert!(refused.is::<NotPublic>(), "{refused}");
    }
}
