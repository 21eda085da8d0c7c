//! Limits on tries: so many per key and window, counted in the database so that a restart or a second instance forgets nothing.
//!
//! A try is counted before it is made and given back when it turns out harmless: a hundred guesses at once cannot slip
//! through between looking and counting.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::{Context, Error, Result};
use crate::storage::{idempotency, limit};

/// Length of the longest window, seconds: older rows can be forgotten.
const LONGEST_WINDOW_SECONDS: i64 = 24 * 3600;

/// So many tries in so long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// What is counted: `account:weidu`, `network:192.0.2.0/24`.
    pub key: String,
    /// Tries allowed in a window.
    pub most: i32,
    /// Length of the window, seconds; at most a day.
    pub window_seconds: i64,
}

/// Counts a try against all `limits`; give them in the same order everywhere.
///
/// # Errors
/// [`Error::TooMany`] when one of them is used up.
pub async fn take(ctx: &Context, now: Timestamp, limits: Vec<Limit>) -> Result<()> {
    let counted = ctx.db.write(async move |txn| -> Result<i64> {
        let mut wait_seconds = 0;
        for each in &limits {
            let window = SignedDuration::from_secs(each.window_seconds);
            let tries = limit::count(txn, &each.key, now, now - window).await?;
            if tries.count > each.most {
                let left = (tries.window_at + window).duration_since(now).as_secs();
                wait_seconds = wait_seconds.max(left.max(1));
            }
        }
        Ok(wait_seconds)
    });
    let wait_seconds = idempotency::aside(counted).await?;
    if wait_seconds > 0 {
        return Err(Error::TooMany { wait_seconds });
    }
    Ok(())
}

/// Forgets windows that are over.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_expired(ctx: &Context) -> Result<u64> {
    let expired_at = ctx.now() - SignedDuration::from_secs(LONGEST_WINDOW_SECONDS);
    ctx.db
        .write(async move |txn| Ok(limit::forget_expired(txn, expired_at).await?))
        .await
}

/// The network an address belongs to, as far as one subscriber's reach goes: /24 for IPv4, /64 for IPv6.
pub fn network_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_network() {
        let network = |text: &str| network_of(text.parse().expect("an address"));
        assert_eq!(network("192.0.2.7"), network("192.0.2.200"));
        assert_ne!(network("192.0.2.7"), network("192.0.3.7"));
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.0/24");
        assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::9"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
