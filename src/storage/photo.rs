//! Photos of sessions. Their bytes stand with those of materials.

use std::collections::HashMap;

use entities::photo;
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Connection, Error, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId, PhotoId, SessionId};
use crate::domain::photo::{Photo, PhotoKind};

fn photo_of(row: photo::Model) -> Result<Photo> {
    let kind = row.kind.parse().map_err(|_| Error::Inconsistent {
        table: "photo",
        column: "kind",
        id: row.id.to_string(),
        value: row.kind.clone(),
    })?;
    Ok(Photo {
        id: row.id.into(),
        session: row.session_id.into(),
        content: row.content_id.into(),
        kind,
        caption: row.caption,
        shy: row.shy,
        width: row.width,
        height: row.height,
        size: row.size,
        removed: row.removed_at.is_some(),
        created_at: from_db(row.created_at),
    })
}

/// The photos of a session in the order they came, those that were taken away too.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl Connection, community: CommunityId, session: SessionId) -> Result<Vec<Photo>> {
    let rows = photo::Entity::find()
        .filter(photo::Column::CommunityId.eq(community.0))
        .filter(photo::Column::SessionId.eq(session.0))
        .order_by_asc(photo::Column::CreatedAt)
        .order_by_asc(photo::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(photo_of).collect()
}

/// How many photos of each kind sessions have, without those that were taken away.
///
/// # Errors
/// When the database cannot be asked.
pub async fn counts(
    db: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<HashMap<(SessionId, PhotoKind), i64>> {
    if sessions.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(uuid::Uuid, String, i64)> = photo::Entity::find()
        .select_only()
        .columns([photo::Column::SessionId, photo::Column::Kind])
        .column_as(photo::Column::Id.count(), "photos")
        .filter(photo::Column::CommunityId.eq(community.0))
        .filter(photo::Column::SessionId.is_in(sessions.iter().map(|id| id.0)))
        .filter(photo::Column::RemovedAt.is_null())
        .group_by(photo::Column::SessionId)
        .group_by(photo::Column::Kind)
        .into_tuple()
        .all(db)
        .await?;
    let known = rows
        .into_iter()
        .filter_map(|(session, kind, count)| Some(((session.into(), kind.parse().ok()?), count)));
    Ok(known.collect())
}

/// Stores a new photo.
///
/// # Errors
/// [`Error::Dangling`] without its session or content.
pub async fn insert(db: &impl Connection, community: CommunityId, new: &Photo, by: Option<AccountId>) -> Result<()> {
    photo::Entity::insert(photo::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        session_id: Set(new.session.0),
        content_id: Set(new.content.0),
        kind: Set(new.kind.to_string()),
        caption: Set(new.caption.clone()),
        shy: Set(new.shy),
        width: Set(new.width),
        height: Set(new.height),
        size: Set(new.size),
        taken_by: Set(by.map(Into::into)),
        removed_at: Set(None),
        created_at: Set(to_db(new.created_at)),
    })
    .exec_without_returning(db)
    .await?;
    Ok(())
}

/// Takes a photo away, or brings it back (`at`: none).
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_removed(
    db: &impl Connection,
    community: CommunityId,
    id: PhotoId,
    at: Option<Timestamp>,
) -> Result<()> {
    photo::Entity::update_many()
        .col_expr(photo::Column::RemovedAt, Expr::value(at.map(to_db)))
        .filter(photo::Column::CommunityId.eq(community.0))
        .filter(photo::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Stores what can be changed of a photo: its caption, and whether somebody on it does not want to be shown.
///
/// # Errors
/// When the database cannot be asked.
pub async fn update(db: &impl Connection, community: CommunityId, changed: &Photo) -> Result<()> {
    photo::Entity::update_many()
        .col_expr(photo::Column::Caption, Expr::value(changed.caption.clone()))
        .col_expr(photo::Column::Shy, Expr::value(changed.shy))
        .filter(photo::Column::CommunityId.eq(community.0))
        .filter(photo::Column::Id.eq(changed.id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets photos that were taken away before a moment; how many. Their bytes go when nothing else points to them.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_removed(db: &impl Connection, before: Timestamp) -> Result<u64> {
    let gone = photo::Entity::delete_many()
        .filter(photo::Column::RemovedAt.lt(to_db(before)))
        .exec(db)
        .await?;
    Ok(gone.rows_affected)
}
