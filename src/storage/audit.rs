//! Audit rows: who did what. The rows of a community are a chain in which each holds the hash of the one before.

use entities::{audit, community};
use jiff::Timestamp;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId};

/// One link of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// UUIDv7.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who; none for the public and the program itself.
    pub account: Option<AccountId>,
    /// What: `session.cancel`.
    pub action: String,
    /// On which row.
    pub subject: Option<Uuid>,
    /// More, as JSON.
    pub detail: String,
    /// Place in the chain, from 1.
    pub position: i32,
    /// Hash of the link before; empty in the first.
    pub previous_hash: Vec<u8>,
    /// Hash of this link.
    pub hash: Vec<u8>,
}

/// Place and hash of the last link. The chain belongs to the caller until its transaction ends: whoever wants to add another
/// link waits.
///
/// # Errors
/// When the database cannot be asked.
pub async fn last(db: &impl Connection, community: CommunityId) -> Result<Option<(i32, Vec<u8>)>> {
    // The chain's end cannot be locked itself: who waited for it would be shown the old end. SQLite has one writer anyway.
    community::Entity::find_by_id(community.0)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    let row = audit::Entity::find()
        .filter(audit::Column::CommunityId.eq(community.0))
        .order_by_desc(audit::Column::Position)
        .one(db)
        .await?;
    Ok(row.map(|row| (row.position, row.hash)))
}

/// Adds a link.
///
/// # Errors
/// [`super::Error::Duplicate`] when the position is taken.
pub async fn insert(db: &impl Connection, community: CommunityId, link: Link) -> Result<()> {
    let row = audit::ActiveModel {
        community_id: Set(community.0),
        id: Set(link.id),
        at: Set(to_db(link.at)),
        account_id: Set(link.account.map(|id| id.0)),
        action: Set(link.action),
        subject_id: Set(link.subject),
        detail: Set(link.detail),
        position: Set(link.position),
        previous_hash: Set(link.previous_hash),
        hash: Set(link.hash),
    };
    audit::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Up to `most` links after position `after`, in order.
///
/// # Errors
/// When the database cannot be asked.
pub async fn after(db: &impl Connection, community: CommunityId, after: i32, most: u64) -> Result<Vec<Link>> {
    let rows = audit::Entity::find()
        .filter(audit::Column::CommunityId.eq(community.0))
        .filter(audit::Column::Position.gt(after))
        .order_by_asc(audit::Column::Position)
        .limit(most)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Link {
            id: row.id,
            at: from_db(row.at),
            account: row.account_id.map(Into::into),
            action: row.action,
            subject: row.subject_id,
            detail: row.detail,
            position: row.position,
            previous_hash: row.previous_hash,
            hash: row.hash,
        })
        .collect())
}

/// The details of what an account did since an instant, newest first, at most 1,000.
///
/// # Errors
/// When the database cannot be asked.
pub async fn details_since(
    db: &impl Connection,
    community: CommunityId,
    account: Option<AccountId>,
    action: &str,
    since: Timestamp,
) -> Result<Vec<String>> {
    let mut query = audit::Entity::find()
        .select_only()
        .column(audit::Column::Detail)
        .filter(audit::Column::CommunityId.eq(community.0))
        .filter(audit::Column::Action.eq(action))
        .filter(audit::Column::At.gte(to_db(since)));
    query = match account {
        Some(account) => query.filter(audit::Column::AccountId.eq(account.0)),
        None => query.filter(audit::Column::AccountId.is_null()),
    };
    Ok(query
        .order_by_desc(audit::Column::Position)
        .limit(1000)
        .into_tuple()
        .all(db)
        .await?)
}
