//! What digests ask: which were written, and the names in them.

use std::collections::HashMap;

use entities::{community, notification, programme, resident};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

use super::super::{Connection, Result, from_db, notification_rule};
use crate::domain::id::{CommunityId, ProgrammeId, ResidentId};
use crate::domain::notification::Event;
use crate::domain::text::mask;

/// Whether a notification stands under a key.
///
/// # Errors
/// When the database cannot be asked.
pub async fn is_known(conn: &impl Connection, community: CommunityId, key: &str) -> Result<bool> {
    let count = notification::Entity::find()
        .filter(notification::Column::CommunityId.eq(community.0))
        .filter(notification::Column::DedupeKey.eq(key))
        .count(conn)
        .await?;
    Ok(count > 0)
}

/// Until when everything there was to tell of a digest is told: its last run, or when its rule was set or the community made, should that
/// be later.
///
/// # Errors
/// When the database cannot be asked.
pub async fn told_until(conn: &impl Connection, community: CommunityId, event: Event) -> Result<Timestamp> {
    let last = notification::Entity::find()
        .filter(notification::Column::CommunityId.eq(community.0))
        .filter(notification::Column::Event.eq(event.as_str()))
        .order_by_desc(notification::Column::DueAt)
        .one(conn)
        .await?
        .map(|row| from_db(row.due_at));
    let set_at = notification_rule::set_at(conn, community, event).await?;
    let made_at = community::Entity::find_by_id(community.0)
        .one(conn)
        .await?
        .map(|row| from_db(row.created_at));
    Ok([last, set_at, made_at]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(Timestamp::MAX))
}

/// The names of residents as others may see them; those who are erased have none.
///
/// # Errors
/// When the database cannot be asked.
pub async fn masked_names(
    conn: &impl Connection,
    community: CommunityId,
    ids: &[ResidentId],
) -> Result<HashMap<ResidentId, String>> {
    let mut names = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(500) {
        let rows = resident::Entity::find()
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .filter(resident::Column::ErasedAt.is_null())
            .all(conn)
            .await?;
        names.extend(rows.into_iter().map(|row| (row.id.into(), mask(&row.name))));
    }
    Ok(names)
}

/// The titles of a community's programmes.
///
/// # Errors
/// When the database cannot be asked.
pub async fn programme_titles(conn: &impl Connection, community: CommunityId) -> Result<HashMap<ProgrammeId, String>> {
    let rows = programme::Entity::find()
        .filter(programme::Column::CommunityId.eq(community.0))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id.into(), row.title)).collect())
}
