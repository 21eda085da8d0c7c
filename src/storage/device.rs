//! Devices that may take attendance. Of their secrets only hashes are here.

use entities::device;
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Connection, Error, Result, from_db, to_db};
use crate::domain::device::Device;
use crate::domain::id::{AccountId, CommunityId, DeviceId};

/// The most devices a list answers: those made last.
const MOST_LISTED: u64 = 100;

fn to_domain(row: device::Model) -> Result<(CommunityId, Device)> {
    let term = row.term.parse().map_err(|_| Error::Inconsistent {
        table: "device",
        column: "term",
        id: row.id.to_string(),
        value: row.term.clone(),
    })?;
    let device = Device {
        id: row.id.into(),
        name: row.name,
        term,
        created_at: from_db(row.created_at),
        link_expires_at: from_db(row.link_expires_at),
        opened_at: row.opened_at.map(from_db),
        seen_at: row.seen_at.map(from_db),
        expires_at: row.expires_at.map(from_db),
        revoked_at: row.revoked_at.map(from_db),
    };
    Ok((row.community_id.into(), device))
}

/// The devices of a community, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl Connection, community: CommunityId) -> Result<Vec<Device>> {
    let rows = device::Entity::find()
        .filter(device::Column::CommunityId.eq(community.0))
        .order_by_desc(device::Column::Id)
        .limit(MOST_LISTED)
        .all(db)
        .await?;
    rows.into_iter().map(|row| Ok(to_domain(row)?.1)).collect()
}

/// How many devices of a community are not revoked.
///
/// # Errors
/// When the database cannot be asked.
pub async fn count(db: &impl Connection, community: CommunityId) -> Result<u64> {
    Ok(device::Entity::find()
        .filter(device::Column::CommunityId.eq(community.0))
        .filter(device::Column::RevokedAt.is_null())
        .count(db)
        .await?)
}

/// The device whose link has this hash, and its community.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_by_link(db: &impl Connection, link_hash: &[u8]) -> Result<Option<(CommunityId, Device)>> {
    let row = device::Entity::find()
        .filter(device::Column::LinkHash.eq(link_hash))
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// The device whose token has this hash, and its community.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_by_token(db: &impl Connection, token_hash: &[u8]) -> Result<Option<(CommunityId, Device)>> {
    let row = device::Entity::find()
        .filter(device::Column::TokenHash.eq(token_hash))
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// Stores a new device with the hash of its link.
///
/// # Errors
/// When the database cannot be asked.
pub async fn insert(
    db: &impl Connection,
    community: CommunityId,
    new: &Device,
    link_hash: Vec<u8>,
    by: Option<AccountId>,
) -> Result<()> {
    let row = device::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        name: Set(new.name.clone()),
        term: Set(new.term.as_str().to_owned()),
        link_hash: Set(link_hash),
        link_expires_at: Set(to_db(new.link_expires_at)),
        token_hash: Set(None),
        created_at: Set(to_db(new.created_at)),
        created_by: Set(by.map(|account| account.0)),
        opened_at: Set(None),
        seen_at: Set(None),
        expires_at: Set(new.expires_at.map(to_db)),
        revoked_at: Set(None),
    };
    device::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Gives a device its token. Whether it was this call: a link works once, also for two who open it at once.
///
/// # Errors
/// When the database cannot be asked.
pub async fn open(
    db: &impl Connection,
    community: CommunityId,
    id: DeviceId,
    token_hash: Vec<u8>,
    now: Timestamp,
) -> Result<bool> {
    let done = device::Entity::update_many()
        .col_expr(device::Column::TokenHash, Expr::value(token_hash))
        .col_expr(device::Column::OpenedAt, Expr::value(to_db(now)))
        .col_expr(device::Column::SeenAt, Expr::value(to_db(now)))
        .filter(device::Column::CommunityId.eq(community.0))
        .filter(device::Column::Id.eq(id.0))
        .filter(device::Column::TokenHash.is_null())
        .filter(device::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Notes that a device was used.
///
/// # Errors
/// When the database cannot be asked.
pub async fn mark_seen(db: &impl Connection, community: CommunityId, id: DeviceId, now: Timestamp) -> Result<()> {
    device::Entity::update_many()
        .col_expr(device::Column::SeenAt, Expr::value(to_db(now)))
        .filter(device::Column::CommunityId.eq(community.0))
        .filter(device::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a device's right. Whether there is such a device; one whose right was taken before keeps that moment.
///
/// # Errors
/// When the database cannot be asked.
pub async fn revoke(db: &impl Connection, community: CommunityId, id: DeviceId, now: Timestamp) -> Result<bool> {
    device::Entity::update_many()
        .col_expr(device::Column::RevokedAt, Expr::value(to_db(now)))
        .filter(device::Column::CommunityId.eq(community.0))
        .filter(device::Column::Id.eq(id.0))
        .filter(device::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(device::Entity::find_by_id((community.0, id.0)).one(db).await?.is_some())
}
