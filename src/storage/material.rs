//! Materials, and their bytes: each content once in a community, read only where it is served.

use std::collections::HashMap;

use entities::{material, material_content as content, photo};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Connection, Error, Result, to_db};
use crate::domain::id::{CommunityId, ContentId, MaterialId, ProgrammeId};
use crate::domain::material::{Body, File, FileKind, Material};

fn material_of(row: material::Model) -> Result<Material> {
    let unreadable = |column: &'static str, value: &str| Error::Inconsistent {
        table: "material",
        column,
        id: row.id.to_string(),
        value: value.chars().take(200).collect(),
    };
    let body = match row.kind.as_str() {
        "link" => Body::Link(row.url.clone()),
        "file" => Body::File(File {
            content: row
                .content_id
                .map(ContentId::from)
                .ok_or_else(|| unreadable("content_id", ""))?,
            name: row.file_name.clone(),
            kind: FileKind::of_media_type(&row.media_type).ok_or_else(|| unreadable("media_type", &row.media_type))?,
            size: row.size,
            sha256: row.sha256.clone().unwrap_or_default(),
        }),
        other => return Err(unreadable("kind", other)),
    };
    Ok(Material {
        id: row.id.into(),
        programme_id: row.programme_id.into(),
        title: row.title,
        body,
        position: row.position,
        public: row.public,
        removed: row.removed_at.is_some(),
    })
}

fn row_of(community: CommunityId, new: &Material, now: Timestamp) -> material::ActiveModel {
    let file = match &new.body {
        Body::Link(_) => None,
        Body::File(file) => Some(file),
    };
    material::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        programme_id: Set(new.programme_id.0),
        title: Set(new.title.clone()),
        kind: Set(if file.is_some() { "file" } else { "link" }.to_owned()),
        url: Set(match &new.body {
            Body::Link(url) => url.clone(),
            Body::File(_) => String::new(),
        }),
        content_id: Set(file.map(|file| file.content.0)),
        file_name: Set(file.map(|file| file.name.clone()).unwrap_or_default()),
        media_type: Set(file.map(|file| file.kind.media_type().to_owned()).unwrap_or_default()),
        size: Set(file.map_or(0, |file| file.size)),
        sha256: Set(file.map(|file| file.sha256.clone())),
        position: Set(new.position),
        public: Set(new.public),
        removed_at: Set(None),
        created_at: Set(to_db(now)),
    }
}

/// The materials of a programme in their order, those that were taken away too.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl Connection, community: CommunityId, programme: ProgrammeId) -> Result<Vec<Material>> {
    let rows = material::Entity::find()
        .filter(material::Column::CommunityId.eq(community.0))
        .filter(material::Column::ProgrammeId.eq(programme.0))
        .order_by_asc(material::Column::Position)
        .order_by_asc(material::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(material_of).collect()
}

/// How many materials each programme of a community has, without those that were taken away.
///
/// # Errors
/// When the database cannot be asked.
pub async fn counts(db: &impl Connection, community: CommunityId) -> Result<HashMap<ProgrammeId, i64>> {
    let rows: Vec<(uuid::Uuid, i64)> = material::Entity::find()
        .select_only()
        .column(material::Column::ProgrammeId)
        .column_as(material::Column::Id.count(), "materials")
        .filter(material::Column::CommunityId.eq(community.0))
        .filter(material::Column::RemovedAt.is_null())
        .group_by(material::Column::ProgrammeId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(id, count)| (id.into(), count)).collect())
}

/// The material with this id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: MaterialId) -> Result<Option<Material>> {
    let row = material::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(material_of).transpose()
}

/// Stores a new material.
///
/// # Errors
/// [`Error::Duplicate`] when its id is taken; [`Error::Dangling`] without its programme or content.
pub async fn insert(db: &impl Connection, community: CommunityId, new: &Material, now: Timestamp) -> Result<()> {
    material::Entity::insert(row_of(community, new, now))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Stores what can change of a material: title, place, whether residents see it.
///
/// # Errors
/// When the database cannot be asked.
pub async fn update(db: &impl Connection, community: CommunityId, changed: &Material) -> Result<()> {
    let row = material::ActiveModel {
        title: Set(changed.title.clone()),
        position: Set(changed.position),
        public: Set(changed.public),
        ..Default::default()
    };
    material::Entity::update_many()
        .set(row)
        .filter(material::Column::CommunityId.eq(community.0))
        .filter(material::Column::Id.eq(changed.id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a material away, or brings it back (`at`: none).
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_removed(
    db: &impl Connection,
    community: CommunityId,
    id: MaterialId,
    at: Option<Timestamp>,
) -> Result<()> {
    material::Entity::update_many()
        .col_expr(material::Column::RemovedAt, Expr::value(at.map(to_db)))
        .filter(material::Column::CommunityId.eq(community.0))
        .filter(material::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets what was taken away before a moment, and then every content that neither a material nor a photo points to any more and that
/// is older than that moment; how many materials.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_removed(db: &impl Connection, before: Timestamp) -> Result<u64> {
    let gone = material::Entity::delete_many()
        .filter(material::Column::RemovedAt.lt(to_db(before)))
        .exec(db)
        .await?;
    let used = Query::select()
        .column(material::Column::ContentId)
        .from(material::Entity)
        .and_where(Expr::col(material::Column::ContentId).is_not_null())
        .take();
    let shown = Query::select()
        .column(photo::Column::ContentId)
        .from(photo::Entity)
        .take();
    content::Entity::delete_many()
        .filter(content::Column::CreatedAt.lt(to_db(before)))
        .filter(content::Column::Id.not_in_subquery(used))
        .filter(content::Column::Id.not_in_subquery(shown))
        .exec(db)
        .await?;
    Ok(gone.rows_affected)
}

/// The content with this hash.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_content(db: &impl Connection, community: CommunityId, sha256: &[u8]) -> Result<Option<ContentId>> {
    let id: Option<uuid::Uuid> = content::Entity::find()
        .select_only()
        .column(content::Column::Id)
        .filter(content::Column::CommunityId.eq(community.0))
        .filter(content::Column::Sha256.eq(sha256.to_vec()))
        .into_tuple()
        .one(db)
        .await?;
    Ok(id.map(ContentId::from))
}

/// Stores bytes, unless somebody else stores the same at this moment: they are there once then. Ask again under which id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn insert_content(
    db: &impl Connection,
    community: CommunityId,
    id: ContentId,
    sha256: Vec<u8>,
    bytes: Vec<u8>,
    now: Timestamp,
) -> Result<()> {
    let row = content::ActiveModel {
        community_id: Set(community.0),
        id: Set(id.0),
        sha256: Set(sha256),
        size: Set(i32::try_from(bytes.len()).unwrap_or(i32::MAX)),
        content: Set(bytes),
        created_at: Set(to_db(now)),
    };
    content::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([content::Column::CommunityId, content::Column::Sha256])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The bytes of a content.
///
/// # Errors
/// When the database cannot be asked.
pub async fn bytes(db: &impl Connection, community: CommunityId, id: ContentId) -> Result<Option<Vec<u8>>> {
    let bytes: Option<Vec<u8>> = content::Entity::find_by_id((community.0, id.0))
        .select_only()
        .column(content::Column::Content)
        .into_tuple()
        .one(db)
        .await?;
    Ok(bytes)
}

/// Some bytes of a content: `count`, or as many as there are, from the one at `first`, counted from 0.
///
/// # Errors
/// When the database cannot be asked.
pub async fn part(
    db: &impl Connection,
    community: CommunityId,
    id: ContentId,
    first: i32,
    count: i32,
) -> Result<Option<Vec<u8>>> {
    // Both databases know it for bytes, and count from 1.
    let part = Func::cust("substr")
        .arg(Expr::col(content::Column::Content))
        .arg(first.saturating_add(1))
        .arg(count);
    let bytes: Option<Vec<u8>> = content::Entity::find_by_id((community.0, id.0))
        .select_only()
        .expr_as(part, "part")
        .into_tuple()
        .one(db)
        .await?;
    Ok(bytes)
}

/// What all contents of a community take together, bytes.
///
/// # Errors
/// When the database cannot be asked.
pub async fn bytes_used(db: &impl Connection, community: CommunityId) -> Result<i64> {
    // A sum of INTEGER is BIGINT on PostgreSQL and INTEGER on SQLite: both are read as i64.
    let sum: Option<Option<i64>> = content::Entity::find()
        .select_only()
        .column_as(content::Column::Size.sum(), "bytes")
        .filter(content::Column::CommunityId.eq(community.0))
        .into_tuple()
        .one(db)
        .await?;
    Ok(sum.flatten().unwrap_or_default())
}
