//! Communities and what belongs to them: venues, partners, facilitators, grids.

use entities::{community, facilitator, grid, partner, venue};
use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::convert::read;
use super::{Connection, Error, Result, date_from_db, date_to_db, from_db, to_db};
use crate::domain::calendar::parse_zone;
use crate::domain::community::{Community, Facilitator, Grid, Partner, Venue};
use crate::domain::id::{CommunityId, PartnerId};

fn community_of(row: community::Model) -> Result<Community> {
    let zone = parse_zone(&row.zone).map_err(|_| Error::Inconsistent {
        table: "community",
        column: "zone",
        id: row.id.to_string(),
        value: row.zone.clone(),
    })?;
    Ok(Community {
        id: row.id.into(),
        slug: row.slug,
        name: row.name,
        name_en: row.name_en,
        subdistrict: row.subdistrict,
        district: row.district,
        zone,
        phone: row.phone,
        address: row.address,
        desk_hours: row.desk_hours,
        notice: row.notice,
        seniors_registered: row.seniors_registered,
        seniors_counted_on: row.seniors_counted_on.map(date_from_db),
        horizon_weeks: row.horizon_weeks,
    })
}

/// The community with this name in addresses.
pub async fn find_by_slug(db: &impl Connection, slug: &str) -> Result<Option<Community>> {
    let row = community::Entity::find()
        .filter(community::Column::Slug.eq(slug))
        .one(db)
        .await?;
    row.map(community_of).transpose()
}

/// The community with this id.
pub async fn find(db: &impl Connection, id: CommunityId) -> Result<Option<Community>> {
    let row = community::Entity::find_by_id(id.0).one(db).await?;
    row.map(community_of).transpose()
}

/// All communities, by the name in addresses.
pub async fn list(db: &impl Connection) -> Result<Vec<Community>> {
    let rows = community::Entity::find()
        .order_by_asc(community::Column::Slug)
        .all(db)
        .await?;
    rows.into_iter().map(community_of).collect()
}

/// Stores a new community.
pub async fn insert(db: &impl Connection, new: &Community, now: Timestamp) -> Result<()> {
    let row = community::ActiveModel {
        id: Set(new.id.0),
        slug: Set(new.slug.clone()),
        name: Set(new.name.clone()),
        name_en: Set(new.name_en.clone()),
        subdistrict: Set(new.subdistrict.clone()),
        district: Set(new.district.clone()),
        zone: Set(new.zone_name().to_owned()),
        phone: Set(new.phone.clone()),
        address: Set(new.address.clone()),
        desk_hours: Set(new.desk_hours.clone()),
        notice: Set(new.notice.clone()),
        seniors_registered: Set(new.seniors_registered),
        seniors_counted_on: Set(new.seniors_counted_on.map(date_to_db)),
        horizon_weeks: Set(new.horizon_weeks),
        created_at: Set(to_db(now)),
    };
    community::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

fn venue_of(row: venue::Model) -> Result<Venue> {
    Ok(Venue {
        id: row.id.into(),
        name: row.name,
        name_en: row.name_en,
        mark: row.mark,
        tone: read("venue", "tone", row.id, &row.tone)?,
        directions: row.directions,
        directions_en: row.directions_en,
        capacity: row.capacity,
        clearing_minutes: row.clearing_minutes,
        outdoor: row.outdoor,
        opens_at_minute: row.opens_at_minute,
        closes_at_minute: row.closes_at_minute,
        equipment: row.equipment,
        closed_on: row.closed_on.map(date_from_db),
    })
}

/// The venues of a community, in the order they were made.
pub async fn venues(db: &impl Connection, community: CommunityId) -> Result<Vec<Venue>> {
    let rows = venue::Entity::find()
        .filter(venue::Column::CommunityId.eq(community.0))
        .order_by_asc(venue::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(venue_of).collect()
}

/// Stores a new venue.
pub async fn insert_venue(db: &impl Connection, community: CommunityId, new: &Venue) -> Result<()> {
    let row = venue::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        name: Set(new.name.clone()),
        name_en: Set(new.name_en.clone()),
        mark: Set(new.mark.clone()),
        tone: Set(new.tone.to_string()),
        directions: Set(new.directions.clone()),
        directions_en: Set(new.directions_en.clone()),
        capacity: Set(new.capacity),
        clearing_minutes: Set(new.clearing_minutes),
        outdoor: Set(new.outdoor),
        opens_at_minute: Set(new.opens_at_minute),
        closes_at_minute: Set(new.closes_at_minute),
        equipment: Set(new.equipment.clone()),
        closed_on: Set(new.closed_on.map(date_to_db)),
    };
    venue::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub(super) fn partner_of(row: partner::Model) -> Partner {
    Partner {
        id: row.id.into(),
        name: row.name,
        name_en: row.name_en,
        contact_name: row.contact_name,
        email: row.email,
        licence_expires_on: row.licence_expires_on.map(date_from_db),
        pledge_signed_on: row.pledge_signed_on.map(date_from_db),
        qualification: row.qualification,
        qualification_expires_on: row.qualification_expires_on.map(date_from_db),
        pledge_expires_on: row.pledge_expires_on.map(date_from_db),
        weekly_limit: row.weekly_limit,
        frozen_at: row.frozen_at.map(from_db),
        frozen_reason: row.frozen_reason,
    }
}

/// The partners of a community, in the order they were made.
pub async fn partners(db: &impl Connection, community: CommunityId) -> Result<Vec<Partner>> {
    let rows = partner::Entity::find()
        .filter(partner::Column::CommunityId.eq(community.0))
        .order_by_asc(partner::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(partner_of).collect())
}

/// The partner with this id.
pub async fn find_partner(db: &impl Connection, community: CommunityId, id: PartnerId) -> Result<Option<Partner>> {
    let row = partner::Entity::find_by_id((community.0, id.0)).one(db).await?;
    Ok(row.map(partner_of))
}

/// Stores a new partner; `phone_sealed` is the sealed telephone number of its contact.
pub async fn insert_partner(
    db: &impl Connection,
    community: CommunityId,
    new: &Partner,
    phone_sealed: Option<Vec<u8>>,
) -> Result<()> {
    let row = partner::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        name: Set(new.name.clone()),
        name_en: Set(new.name_en.clone()),
        contact_name: Set(new.contact_name.clone()),
        email: Set(new.email.clone()),
        phone_sealed: Set(phone_sealed),
        licence_expires_on: Set(new.licence_expires_on.map(date_to_db)),
        pledge_signed_on: Set(new.pledge_signed_on.map(date_to_db)),
        qualification: Set(new.qualification.clone()),
        qualification_expires_on: Set(new.qualification_expires_on.map(date_to_db)),
        pledge_expires_on: Set(new.pledge_expires_on.map(date_to_db)),
        weekly_limit: Set(new.weekly_limit),
        frozen_at: Set(new.frozen_at.map(to_db)),
        frozen_reason: Set(new.frozen_reason.clone()),
    };
    partner::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

fn facilitator_of(row: facilitator::Model) -> Facilitator {
    Facilitator {
        id: row.id.into(),
        partner_id: row.partner_id.map(Into::into),
        name: row.name,
        name_en: row.name_en,
        duty: row.duty,
    }
}

/// The facilitators of a community, in the order they were made.
pub async fn facilitators(db: &impl Connection, community: CommunityId) -> Result<Vec<Facilitator>> {
    let rows = facilitator::Entity::find()
        .filter(facilitator::Column::CommunityId.eq(community.0))
        .order_by_asc(facilitator::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(facilitator_of).collect())
}

/// Stores a new facilitator.
pub async fn insert_facilitator(db: &impl Connection, community: CommunityId, new: &Facilitator) -> Result<()> {
    let row = facilitator::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        partner_id: Set(new.partner_id.map(|partner| partner.0)),
        name: Set(new.name.clone()),
        name_en: Set(new.name_en.clone()),
        duty: Set(new.duty.clone()),
    };
    facilitator::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The grids of a community, in their order.
pub async fn grids(db: &impl Connection, community: CommunityId) -> Result<Vec<Grid>> {
    let rows = grid::Entity::find()
        .filter(grid::Column::CommunityId.eq(community.0))
        .order_by_asc(grid::Column::Position)
        .order_by_asc(grid::Column::Id)
        .all(db)
        .await?;
    let grid_of = |row: grid::Model| Grid {
        id: row.id.into(),
        name: row.name,
        position: row.position,
        seniors_registered: row.seniors_registered,
        first_secretary: row.first_secretary,
    };
    Ok(rows.into_iter().map(grid_of).collect())
}

/// Stores a new grid.
pub async fn insert_grid(db: &impl Connection, community: CommunityId, new: &Grid) -> Result<()> {
    let row = grid::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        name: Set(new.name.clone()),
        position: Set(new.position),
        seniors_registered: Set(new.seniors_registered),
        first_secretary: Set(new.first_secretary.clone()),
    };
    grid::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
