//! Idempotency keys: a write that is sent twice acts once and gets one answer.
//!
//! The key is claimed before the request runs, each change notes in its own transaction that the request has acted, and the
//! answer is kept afterwards for seven days. A repeat therefore finds one of these: the answer (it gets it again), a request under
//! way (it asks again later), a claim whose process died before it changed anything (it runs instead), or a change whose answer was
//! lost with its process (it is told so, and must look the result up). It never acts twice.

use jiff::SignedDuration;
use sha2::{Digest, Sha256};

use super::{Context, Result};
use crate::domain::id::AccountId;
use crate::storage::idempotency::{self, Claim, Progress};
use crate::storage::{self, account};

/// How long an answer is kept, hours.
const KEPT_HOURS: i64 = 7 * 24;
/// How long a request is believed to be under way, seconds: four times what the server lets one take.
const UNDER_WAY_SECONDS: i64 = 120;

/// What is to be done with a request that carries a key.
#[derive(Debug)]
pub enum Begun {
    /// Run it under this claim, then [`answer`] or [`release`].
    Run(Running),
    /// Give this answer again.
    Replay {
        /// HTTP status.
        status: u16,
        /// Body.
        body: String,
    },
    /// The key came with another request.
    Reused,
    /// The same request is still under way.
    InProgress,
    /// The request has acted, and its answer is lost.
    AnswerLost,
    /// There is no such community; the request will be told so by itself.
    NoCommunity,
}

/// A request under way.
#[derive(Clone, Copy, Debug)]
pub struct Running(Claim);

/// What makes two requests the same: method, address and body.
pub fn request_hash(method: &str, address: &str, body: &[u8]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in [method.as_bytes(), address.as_bytes()] {
        hash.update(part);
        hash.update([0]);
    }
    hash.update(body);
    hash.finalize().to_vec()
}

/// Claims `key` of an account in a community, or says what became of it.
///
/// # Errors
/// When the database cannot be asked.
pub async fn begin(ctx: &Context, slug: &str, by: AccountId, key: &str, request_hash: Vec<u8>) -> Result<Begun> {
    let now = ctx.now();
    let Some(community) = account::find_community(ctx.db.reader(), slug).await? else {
        return Ok(Begun::NoCommunity);
    };
    // Two accounts may think of the same key.
    let key = format!("{by}/{key}");
    let claim = Claim {
        community,
        id: ctx.new_id(now),
    };
    let expired_at = now - SignedDuration::from_hours(KEPT_HOURS);
    let stale_at = now - SignedDuration::from_secs(UNDER_WAY_SECONDS);
    let claimed = ctx
        .db
        .write(async move |txn| {
            if let Some(used) = idempotency::find(txn, community, &key).await? {
                if used.claimed_at > expired_at {
                    if used.request_hash != request_hash {
                        return Ok(Begun::Reused);
                    }
                    let stale = used.claimed_at <= stale_at;
                    match used.progress {
                        Progress::Answered { status, body } => return Ok(Begun::Replay { status, body }),
                        Progress::Changed if stale => return Ok(Begun::AnswerLost),
                        Progress::Claimed if stale => {}
                        Progress::Changed | Progress::Claimed => return Ok(Begun::InProgress),
                    }
                    if !idempotency::release(txn, used.claim, true).await? {
                        return Ok(Begun::InProgress);
                    }
                } else {
                    idempotency::release(txn, used.claim, false).await?;
                }
            }
            idempotency::insert(txn, claim, by, &key, request_hash, now).await?;
            Ok(Begun::Run(Running(claim)))
        })
        .await;
    match claimed {
        // Another request with this key came between our look and our claim.
        Err(storage::Error::Duplicate(_)) => Ok(Begun::InProgress),
        other => Ok(other?),
    }
}

/// Runs the request so that its changes are noted.
pub async fn run<F: Future>(running: Running, request: F) -> F::Output {
    idempotency::under(running.0, request).await
}

/// Keeps the answer for repeats.
///
/// # Errors
/// When the database cannot be asked.
pub async fn answer(ctx: &Context, running: Running, status: u16, body: String) -> Result<()> {
    ctx.db
        .write(async move |txn| Ok(idempotency::answer(txn, running.0, status, &body).await?))
        .await
}

/// How a request ended that has no answer worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was refused: it may be sent again.
    Refused,
    /// It broke off: it may be sent again unless it has acted.
    Broken,
}

/// Gives the key free.
///
/// # Errors
/// When the database cannot be asked.
pub async fn release(ctx: &Context, running: Running, ended: Ended) -> Result<()> {
    ctx.db
        .write(async move |txn| {
            idempotency::release(txn, running.0, ended == Ended::Broken).await?;
            Ok(())
        })
        .await
}

/// Forgets keys that are over; running it twice changes nothing.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_expired(ctx: &Context) -> Result<u64> {
    let expired_at = ctx.now() - SignedDuration::from_hours(KEPT_HOURS);
    ctx.db
        .write(async move |txn| Ok(idempotency::forget_expired(txn, expired_at).await?))
        .await
}
