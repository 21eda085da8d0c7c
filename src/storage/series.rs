//! Series and their amendments.

use entities::{series, series_amendment};
use jiff::Timestamp;
use jiff::civil::DateTime;
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::convert::read;
use super::{Connection, Error, Result, to_db};
use crate::domain::calendar::parse_zone;
use crate::domain::id::{CommunityId, ProgrammeId, SeriesId};
use crate::domain::planning::{Amendment, Series};

fn json<T: serde::de::DeserializeOwned>(column: &'static str, id: uuid::Uuid, value: &str) -> Result<T> {
    serde_json::from_str(value).map_err(|_| unreadable(column, id, value))
}

fn unreadable(column: &'static str, id: uuid::Uuid, value: &str) -> Error {
    Error::Inconsistent {
        table: "series",
        column,
        id: id.to_string(),
        value: value.chars().take(200).collect(),
    }
}

fn series_of(row: &series::Model) -> Result<Series> {
    let local = |column: &'static str, value: Option<&String>| -> Result<Option<DateTime>> {
        value.map(|value| read("series", column, row.id, value)).transpose()
    };
    Ok(Series {
        id: row.id.into(),
        programme_id: row.programme_id.into(),
        venue_id: row.venue_id.into(),
        facilitator_id: row.facilitator_id.map(Into::into),
        starts_local: read("series", "starts_local", row.id, &row.starts_local)?,
        zone: parse_zone(&row.zone).map_err(|_| unreadable("zone", row.id, &row.zone))?,
        duration_minutes: row.duration_minutes,
        rule: row
            .rule
            .as_ref()
            .map(|rule| read("series", "rule", row.id, rule))
            .transpose()?,
        extra: json("extra", row.id, &row.extra)?,
        excluded: json("excluded", row.id, &row.excluded)?,
        holiday_policy: read("series", "holiday_policy", row.id, &row.holiday_policy)?,
        capacity: row.capacity,
        ends_before_local: local("ends_before_local", row.ends_before_local.as_ref())?,
        materialised_until: local("materialised_until", row.materialised_until.as_ref())?,
        pauses: json("pauses", row.id, &row.pauses)?,
        topics: json("topics", row.id, &row.topics)?,
        held_limit: row.held_limit,
        sequence: row.sequence,
    })
}

fn row_of(community: CommunityId, series: &Series, now: Timestamp) -> Result<series::ActiveModel> {
    let text = |column: &'static str, value: serde_json::Result<String>| {
        value.map_err(|error| unreadable(column, series.id.0, &error.to_string()))
    };
    Ok(series::ActiveModel {
        community_id: Set(community.0),
        id: Set(series.id.0),
        programme_id: Set(series.programme_id.0),
        venue_id: Set(series.venue_id.0),
        facilitator_id: Set(series.facilitator_id.map(|facilitator| facilitator.0)),
        starts_local: Set(series.starts_local.to_string()),
        zone: Set(series.zone.iana_name().unwrap_or("UTC").to_owned()),
        duration_minutes: Set(series.duration_minutes),
        rule: Set(series.rule.as_ref().map(ToString::to_string)),
        extra: Set(text("extra", serde_json::to_string(&series.extra))?),
        excluded: Set(text("excluded", serde_json::to_string(&series.excluded))?),
        holiday_policy: Set(series.holiday_policy.to_string()),
        capacity: Set(series.capacity),
        ends_before_local: Set(series.ends_before_local.map(|at| at.to_string())),
        materialised_until: Set(series.materialised_until.map(|at| at.to_string())),
        pauses: Set(text("pauses", serde_json::to_string(&series.pauses))?),
        topics: Set(text("topics", serde_json::to_string(&series.topics))?),
        held_limit: Set(series.held_limit),
        sequence: Set(series.sequence),
        created_at: Set(to_db(now)),
        updated_at: Set(to_db(now)),
    })
}

/// The series with this id.
pub async fn find(db: &impl Connection, community: CommunityId, id: SeriesId) -> Result<Option<Series>> {
    let row = series::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.as_ref().map(series_of).transpose()
}

/// The series with this id, locked until the transaction ends.
pub async fn lock(db: &impl Connection, community: CommunityId, id: SeriesId) -> Result<Option<Series>> {
    let row = series::Entity::find_by_id((community.0, id.0))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    row.as_ref().map(series_of).transpose()
}

/// The series with these ids, in no order.
pub async fn find_all(db: &impl Connection, community: CommunityId, ids: &[SeriesId]) -> Result<Vec<Series>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = series::Entity::find()
        .filter(series::Column::CommunityId.eq(community.0))
        .filter(series::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(db)
        .await?;
    rows.iter().map(series_of).collect()
}

/// The series of a community, in the order they were made.
pub async fn list(db: &impl Connection, community: CommunityId) -> Result<Vec<Series>> {
    list_but(db, community, &[]).await
}

/// The series of a community but for those of some programmes, in the order they were made.
pub async fn list_but(db: &impl Connection, community: CommunityId, but: &[ProgrammeId]) -> Result<Vec<Series>> {
    let mut query = series::Entity::find().filter(series::Column::CommunityId.eq(community.0));
    if !but.is_empty() {
        query = query.filter(series::Column::ProgrammeId.is_not_in(but.iter().map(|id| id.0)));
    }
    let rows = query.order_by_asc(series::Column::Id).all(db).await?;
    rows.iter().map(series_of).collect()
}

/// The series whose sessions are not stored up to `until` yet though they may have more, at most `limit`, by id after
/// `after`.
pub async fn behind(
    db: &impl Connection,
    community: CommunityId,
    until: DateTime,
    after: Option<SeriesId>,
    limit: u64,
) -> Result<Vec<Series>> {
    let until = until.to_string();
    let mut query = series::Entity::find()
        .filter(series::Column::CommunityId.eq(community.0))
        .filter(series::Column::MaterialisedUntil.lt(until))
        .filter(
            Condition::any()
                .add(series::Column::EndsBeforeLocal.is_null())
                // Wall-clock texts sort as their times do.
                .add(ExprTrait::gt(
                    Expr::col(series::Column::EndsBeforeLocal),
                    Expr::col(series::Column::MaterialisedUntil),
                )),
        );
    if let Some(after) = after {
        query = query.filter(series::Column::Id.gt(after.0));
    }
    let rows = query.order_by_asc(series::Column::Id).limit(limit).all(db).await?;
    rows.iter().map(series_of).collect()
}

/// Stores a new series.
pub async fn insert(db: &impl Connection, community: CommunityId, new: &Series, now: Timestamp) -> Result<()> {
    let row = row_of(community, new, now)?;
    series::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Stores a changed series.
pub async fn update(db: &impl Connection, community: CommunityId, series: &Series, now: Timestamp) -> Result<()> {
    let mut row = row_of(community, series, now)?;
    row.created_at = sea_orm::ActiveValue::NotSet;
    series::Entity::update(row).exec(db).await?;
    Ok(())
}

/// The amendments of a series, in the order they were made.
pub async fn amendments(db: &impl Connection, community: CommunityId, id: SeriesId) -> Result<Vec<Amendment>> {
    let rows = series_amendment::Entity::find()
        .filter(series_amendment::Column::CommunityId.eq(community.0))
        .filter(series_amendment::Column::SeriesId.eq(id.0))
        .order_by_asc(series_amendment::Column::CreatedAt)
        .order_by_asc(series_amendment::Column::Id)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Amendment {
                id: row.id.into(),
                series_id: row.series_id.into(),
                from_local: read("series_amendment", "from_local", row.id, &row.from_local)?,
                shift_minutes: row.shift_minutes,
                duration_minutes: row.duration_minutes,
                venue_id: row.venue_id.map(Into::into),
                facilitator_id: row.facilitator_id.map(Into::into),
                capacity: row.capacity,
                no_facilitator: row.no_facilitator,
                no_limit: row.no_limit,
            })
        })
        .collect()
}

/// Stores a new amendment.
pub async fn insert_amendment(
    db: &impl Connection,
    community: CommunityId,
    new: &Amendment,
    now: Timestamp,
) -> Result<()> {
    let row = series_amendment::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        series_id: Set(new.series_id.0),
        from_local: Set(new.from_local.to_string()),
        shift_minutes: Set(new.shift_minutes),
        duration_minutes: Set(new.duration_minutes),
        venue_id: Set(new.venue_id.map(|venue| venue.0)),
        facilitator_id: Set(new.facilitator_id.map(|facilitator| facilitator.0)),
        capacity: Set(new.capacity),
        no_facilitator: Set(new.no_facilitator),
        no_limit: Set(new.no_limit),
        created_at: Set(to_db(now)),
    };
    series_amendment::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
