//! Idempotency keys: a row per key that says how far the request under it has come.
//!
//! A request is run *under a claim* ([`under`]): every change it makes through [`Db::write`](super::Db::write) notes, in the very
//! same transaction, that something was changed. So after a crash the row tells whether the request may be run again.

use entities::idempotency_key as row;
use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Connection, Error, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId};

/// `status` of a row whose request has changed nothing yet.
const CLAIMED: i32 = 0;
/// `status` of a row whose request has changed something, and whose answer is not known. Anything above is an HTTP status.
const CHANGED: i32 = 1;

tokio::task_local! {
    static CURRENT: Option<Claim>;
}

/// The right to run the request of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// In which community.
    pub community: CommunityId,
    /// The row.
    pub id: Uuid,
}

/// Runs `request` so that its changes are noted under `claim`.
pub async fn under<F: Future>(claim: Claim, request: F) -> F::Output {
    CURRENT.scope(Some(claim), request).await
}

/// Runs `work`, whose changes are not what the request is about: counting a try.
pub async fn aside<F: Future>(work: F) -> F::Output {
    CURRENT.scope(None, work).await
}

/// Whether the present request runs under a claim.
pub fn is_claimed() -> bool {
    current().is_some()
}

/// The claim the present request runs under.
pub(super) fn current() -> Option<Claim> {
    CURRENT.try_with(|claim| *claim).ok().flatten()
}

/// How far the request of a key has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It was begun.
    Claimed,
    /// It has changed something.
    Changed,
    /// It was answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// Body.
        body: String,
    },
}

/// A key that was used.
#[derive(Clone, Debug)]
pub struct Used {
    /// Its row.
    pub claim: Claim,
    /// SHA-256 of the request.
    pub request_hash: Vec<u8>,
    /// How far it has come.
    pub progress: Progress,
    /// When it was claimed.
    pub claimed_at: Timestamp,
}

/// The key, when it was used.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, key: &str) -> Result<Option<Used>> {
    let found = row::Entity::find()
        .filter(row::Column::CommunityId.eq(community.0))
        .filter(row::Column::Key.eq(key))
        .one(db)
        .await?;
    let Some(found) = found else { return Ok(None) };
    let progress = match found.status {
        CLAIMED => Progress::Claimed,
        CHANGED => Progress::Changed,
        status => Progress::Answered {
            status: u16::try_from(status).map_err(|_| Error::Inconsistent {
                table: "idempotency_key",
                column: "status",
                id: found.id.to_string(),
                value: status.to_string(),
            })?,
            body: found.body,
        },
    };
    Ok(Some(Used {
        claim: Claim {
            community,
            id: found.id,
        },
        request_hash: found.request_hash,
        progress,
        claimed_at: from_db(found.created_at),
    }))
}

/// Claims a key.
///
/// # Errors
/// [`Error::Duplicate`] when somebody else has.
pub async fn insert(
    db: &impl Connection,
    claim: Claim,
    account: AccountId,
    key: &str,
    request_hash: Vec<u8>,
    now: Timestamp,
) -> Result<()> {
    let new = row::ActiveModel {
        community_id: Set(claim.community.0),
        id: Set(claim.id),
        key: Set(key.to_owned()),
        account_id: Set(Some(account.0)),
        request_hash: Set(request_hash),
        status: Set(CLAIMED),
        body: Set(String::new()),
        created_at: Set(to_db(now)),
    };
    row::Entity::insert(new).exec_without_returning(db).await?;
    Ok(())
}

/// Notes that the request has changed something.
///
/// # Errors
/// [`Error::Lost`] when the claim was given up meanwhile: the change must not be stored, for another runs in its place.
pub(super) async fn mark_changed(db: &impl Connection, claim: Claim) -> Result<()> {
    let marked = row::Entity::update_many()
        .col_expr(row::Column::Status, CHANGED.into())
        .filter(row::Column::CommunityId.eq(claim.community.0))
        .filter(row::Column::Id.eq(claim.id))
        .exec(db)
        .await?;
    if marked.rows_affected == 0 {
        return Err(Error::Lost("a repeat of this request has taken its place".to_owned()));
    }
    Ok(())
}

/// Keeps the answer.
///
/// # Errors
/// When the database cannot be asked.
pub async fn answer(db: &impl Connection, claim: Claim, status: u16, body: &str) -> Result<()> {
    row::Entity::update_many()
        .col_expr(row::Column::Status, i32::from(status).into())
        .col_expr(row::Column::Body, body.into())
        .filter(row::Column::CommunityId.eq(claim.community.0))
        .filter(row::Column::Id.eq(claim.id))
        .exec(db)
        .await?;
    Ok(())
}

/// Gives a claim up, so that the request may be run again. With `unless_changed`, only when it has changed nothing; then the answer
/// is whether that was so.
///
/// # Errors
/// When the database cannot be asked.
pub async fn release(db: &impl Connection, claim: Claim, unless_changed: bool) -> Result<bool> {
    let mut delete = row::Entity::delete_many()
        .filter(row::Column::CommunityId.eq(claim.community.0))
        .filter(row::Column::Id.eq(claim.id));
    if unless_changed {
        delete = delete.filter(row::Column::Status.eq(CLAIMED));
    }
    Ok(delete.exec(db).await?.rows_affected > 0)
}

/// Forgets keys claimed at `expired_at` or before; returns how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_expired(db: &impl Connection, expired_at: Timestamp) -> Result<u64> {
    let deleted = row::Entity::delete_many()
        .filter(row::Column::CreatedAt.lte(to_db(expired_at)))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
