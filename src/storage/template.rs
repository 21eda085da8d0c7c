//! A community's own templates.

use entities::template;
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Connection, Error, Result, to_db};
use crate::domain::id::{CommunityId, ProgrammeId, TemplateId};
use crate::domain::planning::template::Template;

/// A template as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: TemplateId,
    /// What staff call it.
    pub name: String,
    /// The programme it was made from.
    pub programme_id: Option<ProgrammeId>,
    /// What a new activity begins with.
    pub template: Template,
    /// Whether it was taken away, and waits to be brought back or forgotten.
    pub removed: bool,
}

fn kept_of(row: template::Model) -> Result<Kept> {
    let template = serde_json::from_str(&row.body).map_err(|_| Error::Inconsistent {
        table: "template",
        column: "body",
        id: row.id.to_string(),
        value: row.body.chars().take(200).collect(),
    })?;
    Ok(Kept {
        id: row.id.into(),
        name: row.name,
        programme_id: row.programme_id.map(Into::into),
        template,
        removed: row.removed_at.is_some(),
    })
}

/// The templates of a community in the order they were made, without those that were taken away.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl Connection, community: CommunityId) -> Result<Vec<Kept>> {
    let rows = template::Entity::find()
        .filter(template::Column::CommunityId.eq(community.0))
        .filter(template::Column::RemovedAt.is_null())
        .order_by_asc(template::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(kept_of).collect()
}

/// The template with this id, also when it was taken away.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: TemplateId) -> Result<Option<Kept>> {
    let row = template::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(kept_of).transpose()
}

/// Stores a new template.
///
/// # Errors
/// When the database cannot be asked.
pub async fn insert(db: &impl Connection, community: CommunityId, new: &Kept, now: Timestamp) -> Result<()> {
    let body = serde_json::to_string(&new.template).map_err(|error| Error::Inconsistent {
        table: "template",
        column: "body",
        id: new.id.to_string(),
        value: error.to_string(),
    })?;
    let row = template::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        name: Set(new.name.clone()),
        programme_id: Set(new.programme_id.map(|programme| programme.0)),
        body: Set(body),
        removed_at: Set(None),
        created_at: Set(to_db(now)),
    };
    template::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Takes a template away, or brings it back (`at`: none).
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_removed(
    db: &impl Connection,
    community: CommunityId,
    id: TemplateId,
    at: Option<Timestamp>,
) -> Result<()> {
    template::Entity::update_many()
        .col_expr(template::Column::RemovedAt, Expr::value(at.map(to_db)))
        .filter(template::Column::CommunityId.eq(community.0))
        .filter(template::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets what was taken away before a moment; how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_removed(db: &impl Connection, before: Timestamp) -> Result<u64> {
    let gone = template::Entity::delete_many()
        .filter(template::Column::RemovedAt.lt(to_db(before)))
        .exec(db)
        .await?;
    Ok(gone.rows_affected)
}
