//! The audit chain: who did what, in the transaction that did it, so that neither stands without the other.
//!
//! Each row holds a hash over itself and over the row before. A row that is changed or taken out later breaks the chain at its
//! place, which [`first_break`] finds; only whoever rewrites everything after it as well goes unnoticed, and a copy of the last
//! hash kept elsewhere shows that too.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Context, Result};
use crate::domain::access::Actor;
use crate::domain::id::CommunityId;
use crate::storage::audit::{self, Link};
use crate::storage::{self, Txn};

/// Rows read at once while checking.
const PAGE: u64 = 500;

/// Adds a row to the chain. Call it as the last thing in the transaction: from here on others who audit in this community wait for
/// its end. `detail` holds ids and codes, never names or numbers.
///
/// # Errors
/// When the database cannot be asked.
#[expect(clippy::too_many_arguments, reason = "each is one column")]
pub async fn record(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    actor: &Actor,
    action: &str,
    subject: Option<Uuid>,
    detail: &serde_json::Value,
) -> storage::Result<()> {
    let (position, previous_hash) = audit::last(txn, community)
        .await?
        .map_or((1, Vec::new()), |(position, hash)| (position + 1, hash));
    let mut link = Link {
        id: ctx.new_id(now),
        at: now,
        account: actor.account(),
        action: action.to_owned(),
        subject,
        detail: detail.to_string(),
        position,
        previous_hash,
        hash: Vec::new(),
    };
    link.hash = hash_of(community, &link);
    audit::insert(txn, community, link).await
}

/// The position of the first row that does not fit the one before; none when the chain is whole.
///
/// # Errors
/// When the database cannot be asked.
pub async fn first_break(ctx: &Context, community: CommunityId) -> Result<Option<i32>> {
    let mut position = 0;
    let mut hash = Vec::new();
    loop {
        let links = audit::after(ctx.db.reader(), community, position, PAGE).await?;
        if links.is_empty() {
            return Ok(None);
        }
        for link in links {
            position += 1;
            if link.position != position || link.previous_hash != hash || link.hash != hash_of(community, &link) {
                return Ok(Some(position));
            }
            hash = link.hash;
        }
    }
}

/// Every part is preceded by its length, so that no two rows read the same.
fn hash_of(community: CommunityId, link: &Link) -> Vec<u8> {
    let position = link.position.to_be_bytes();
    let at = link.at.as_microsecond().to_be_bytes();
    let account = link.account.map_or(Uuid::nil(), |id| id.0);
    let subject = link.subject.unwrap_or_default();
    let parts: [&[u8]; 9] = [
        &link.previous_hash,
        community.0.as_bytes(),
        link.id.as_bytes(),
        &position,
        &at,
        account.as_bytes(),
        link.action.as_bytes(),
        subject.as_bytes(),
        link.detail.as_bytes(),
    ];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}
