//! Programmes.

use entities::programme;
use jiff::Timestamp;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::convert::read;
use super::{Connection, Result, to_db};
use crate::domain::id::{CommunityId, ProgrammeId};
use crate::domain::planning::Programme;

fn programme_of(row: programme::Model) -> Result<Programme> {
    Ok(Programme {
        id: row.id.into(),
        title: row.title,
        title_en: row.title_en,
        slogan: row.slogan,
        slogan_en: row.slogan_en,
        kind: read("programme", "kind", row.id, &row.kind)?,
        description: row.description,
        description_en: row.description_en,
        bring: row.bring,
        bring_en: row.bring_en,
        audience: row.audience,
        capacity: row.capacity,
        sign_up: read("programme", "sign_up", row.id, &row.sign_up)?,
        counting: read("programme", "counting", row.id, &row.counting)?,
        matters: row.matters.lines().map(str::to_owned).collect(),
        partner_id: row.partner_id.map(Into::into),
        archived: row.status == "archived",
    })
}

/// The programmes of a community, in the order they were made.
pub async fn list(db: &impl Connection, community: CommunityId) -> Result<Vec<Programme>> {
    let rows = programme::Entity::find()
        .filter(programme::Column::CommunityId.eq(community.0))
        .order_by_asc(programme::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(programme_of).collect()
}

/// The programme with this id.
pub async fn find(db: &impl Connection, community: CommunityId, id: ProgrammeId) -> Result<Option<Programme>> {
    let row = programme::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(programme_of).transpose()
}

/// The programmes with these ids, in no order.
pub async fn find_all(db: &impl Connection, community: CommunityId, ids: &[ProgrammeId]) -> Result<Vec<Programme>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = programme::Entity::find()
        .filter(programme::Column::CommunityId.eq(community.0))
        .filter(programme::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(db)
        .await?;
    rows.into_iter().map(programme_of).collect()
}

/// Stores a new programme.
pub async fn insert(db: &impl Connection, community: CommunityId, new: &Programme, now: Timestamp) -> Result<()> {
    let row = programme::ActiveModel {
        created_at: Set(to_db(now)),
        ..row_of(community, new, now)
    };
    programme::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Stores what changed of a programme.
pub async fn update(db: &impl Connection, community: CommunityId, changed: &Programme, now: Timestamp) -> Result<()> {
    programme::Entity::update(row_of(community, changed, now))
        .exec(db)
        .await?;
    Ok(())
}

fn row_of(community: CommunityId, new: &Programme, now: Timestamp) -> programme::ActiveModel {
    programme::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        title: Set(new.title.clone()),
        title_en: Set(new.title_en.clone()),
        slogan: Set(new.slogan.clone()),
        slogan_en: Set(new.slogan_en.clone()),
        kind: Set(new.kind.to_string()),
        description: Set(new.description.clone()),
        description_en: Set(new.description_en.clone()),
        bring: Set(new.bring.clone()),
        bring_en: Set(new.bring_en.clone()),
        audience: Set(new.audience.clone()),
        capacity: Set(new.capacity),
        sign_up: Set(new.sign_up.to_string()),
        counting: Set(new.counting.to_string()),
        matters: Set(new.matters.join("\n")),
        partner_id: Set(new.partner_id.map(|partner| partner.0)),
        status: Set(if new.archived { "archived" } else { "active" }.to_owned()),
        created_at: NotSet,
        updated_at: Set(to_db(now)),
    }
}
