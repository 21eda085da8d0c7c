//! Sign-ups for all dates of a series.

use entities::{enrolment, series_enrolment, session};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::convert::read;
use super::{Connection, Result, to_db};
use crate::domain::id::{CommunityId, ResidentId, SeriesEnrolmentId, SeriesId};
use crate::domain::resident::SeriesEnrolment;

fn to_domain(row: series_enrolment::Model) -> Result<SeriesEnrolment> {
    Ok(SeriesEnrolment {
        id: row.id.into(),
        series_id: row.series_id.into(),
        resident_id: row.resident_id.into(),
        active: row.status == "active",
        source: read("series_enrolment", "source", row.id, &row.source)?,
        signed_up_by: row.signed_up_by,
    })
}

/// The sign-up of somebody for a series, whatever its state.
///
/// # Errors
/// [`super::Error`].
pub async fn find_of(
    db: &impl Connection,
    community: CommunityId,
    series: SeriesId,
    resident: ResidentId,
) -> Result<Option<SeriesEnrolment>> {
    let row = series_enrolment::Entity::find()
        .filter(series_enrolment::Column::CommunityId.eq(community.0))
        .filter(series_enrolment::Column::SeriesId.eq(series.0))
        .filter(series_enrolment::Column::ResidentId.eq(resident.0))
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// The sign-up with this id.
///
/// # Errors
/// [`super::Error`].
pub async fn find(
    db: &impl Connection,
    community: CommunityId,
    id: SeriesEnrolmentId,
) -> Result<Option<SeriesEnrolment>> {
    let row = series_enrolment::Entity::find_by_id((community.0, id.0))
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// The sign-up whose link carries the token with this hash.
///
/// # Errors
/// [`super::Error`].
pub async fn find_by_token(
    db: &impl Connection,
    community: CommunityId,
    hash: &[u8],
) -> Result<Option<SeriesEnrolment>> {
    let row = series_enrolment::Entity::find()
        .filter(series_enrolment::Column::CommunityId.eq(community.0))
        .filter(series_enrolment::Column::ManageHash.eq(hash.to_vec()))
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// Those who are signed up for a series, in the order they came.
///
/// # Errors
/// [`super::Error`].
pub async fn active(db: &impl Connection, community: CommunityId, series: SeriesId) -> Result<Vec<SeriesEnrolment>> {
    let rows = series_enrolment::Entity::find()
        .filter(series_enrolment::Column::CommunityId.eq(community.0))
        .filter(series_enrolment::Column::SeriesId.eq(series.0))
        .filter(series_enrolment::Column::Status.eq("active"))
        .order_by_asc(series_enrolment::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(to_domain).collect()
}

/// Stores a new sign-up.
///
/// # Errors
/// [`super::Error::Duplicate`] when they have one.
pub async fn insert(
    db: &impl Connection,
    community: CommunityId,
    new: &SeriesEnrolment,
    manage_hash: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<()> {
    let row = series_enrolment::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        series_id: Set(new.series_id.0),
        resident_id: Set(new.resident_id.0),
        status: Set(if new.active { "active" } else { "left" }.to_owned()),
        source: Set(new.source.to_string()),
        signed_up_by: Set(new.signed_up_by.clone()),
        manage_hash: Set(manage_hash),
        created_at: Set(to_db(now)),
        updated_at: Set(to_db(now)),
    };
    series_enrolment::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Stores what changed in a sign-up; a token is replaced only by a new one.
///
/// # Errors
/// [`super::Error`].
pub async fn update(
    db: &impl Connection,
    community: CommunityId,
    changed: &SeriesEnrolment,
    manage_hash: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<()> {
    let mut row = series_enrolment::ActiveModel {
        status: Set(if changed.active { "active" } else { "left" }.to_owned()),
        source: Set(changed.source.to_string()),
        signed_up_by: Set(changed.signed_up_by.clone()),
        updated_at: Set(to_db(now)),
        ..Default::default()
    };
    if let Some(hash) = manage_hash {
        row.manage_hash = Set(Some(hash));
    }
    series_enrolment::Entity::update_many()
        .set(row)
        .filter(series_enrolment::Column::CommunityId.eq(community.0))
        .filter(series_enrolment::Column::Id.eq(changed.id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Series of all communities with a coming session in which somebody who is signed up for all of them has no row yet.
///
/// # Errors
/// [`super::Error`].
pub async fn grown(db: &impl Connection, now: Timestamp) -> Result<Vec<(CommunityId, SeriesId)>> {
    let there = Query::select()
        .expr(Expr::val(1))
        .from(enrolment::Entity)
        .and_where(
            Expr::col((enrolment::Entity, enrolment::Column::CommunityId))
                .equals((session::Entity, session::Column::CommunityId)),
        )
        .and_where(
            Expr::col((enrolment::Entity, enrolment::Column::SessionId)).equals((session::Entity, session::Column::Id)),
        )
        .and_where(
            Expr::col((enrolment::Entity, enrolment::Column::ResidentId))
                .equals((series_enrolment::Entity, series_enrolment::Column::ResidentId)),
        )
        .to_owned();
    let more = Query::select()
        .expr(Expr::val(1))
        .from(session::Entity)
        .and_where(
            Expr::col((session::Entity, session::Column::CommunityId))
                .equals((series_enrolment::Entity, series_enrolment::Column::CommunityId)),
        )
        .and_where(
            Expr::col((session::Entity, session::Column::SeriesId))
                .equals((series_enrolment::Entity, series_enrolment::Column::SeriesId)),
        )
        .and_where(Expr::col((session::Entity, session::Column::StartsAt)).gt(to_db(now)))
        .and_where(Expr::col((session::Entity, session::Column::Status)).is_in(["scheduled", "provisional"]))
        .and_where(Expr::exists(there).not())
        .to_owned();
    let rows: Vec<(Uuid, Uuid)> = series_enrolment::Entity::find()
        .select_only()
        .distinct()
        .column(series_enrolment::Column::CommunityId)
        .column(series_enrolment::Column::SeriesId)
        .filter(series_enrolment::Column::Status.eq("active"))
        .filter(Expr::exists(more))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(home, series)| (home.into(), series.into()))
        .collect())
}
