//! Entries that were taken back: their ids do not come again.

use std::collections::HashSet;

use entities::undone;
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Connection, Result, to_db};
use crate::domain::id::{AccountId, CommunityId};

/// Those of `ids` that were taken back.
pub async fn among(conn: &impl Connection, community: CommunityId, ids: &[Uuid]) -> Result<HashSet<Uuid>> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Uuid> = undone::Entity::find()
        .select_only()
        .column(undone::Column::Id)
        .filter(undone::Column::CommunityId.eq(community.0))
        .filter(undone::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// Whether this one was.
pub async fn has(conn: &impl Connection, community: CommunityId, id: Uuid) -> Result<bool> {
    Ok(!among(conn, community, &[id]).await?.is_empty())
}

/// Remembers that `ids` of a noun were taken back.
pub async fn remember(
    txn: &impl Connection,
    community: CommunityId,
    noun: &'static str,
    ids: &[Uuid],
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let rows = ids.iter().map(|id| undone::ActiveModel {
        community_id: Set(community.0),
        id: Set(*id),
        noun: Set(noun.to_owned()),
        undone_at: Set(to_db(now)),
        undone_by: Set(by.map(|account| account.0)),
    });
    undone::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}
