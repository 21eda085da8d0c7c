//! New terms, and the people asked whether they come again.

use std::collections::{HashMap, HashSet};

use entities::{attendance, delivery, enrolment, rollover, session, term};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::convert::read;
use super::resident::{Stored, to_domain as resident_of};
use super::{Connection, Result, from_db, to_db};
use crate::domain::enrolment::{EnrolmentStatus, Source};
use crate::domain::id::{CommunityId, EnrolmentId, NotificationId, ResidentId, RolloverId, SeriesId, SessionId};
use crate::domain::notification::Status;
use crate::domain::resident::Enrolment;
use crate::domain::rollover::{Asked, RolloverStatus};

/// Rows per statement: SQLite takes at most 32,766 values in one.
const ROWS_AT_ONCE: usize = 500;

/// A new term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The new series.
    pub series: SeriesId,
    /// The series it follows.
    pub old_series: SeriesId,
    /// Until when people can answer; none when nobody was asked.
    pub confirm_by: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Somebody who was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rollover {
    /// Its id.
    pub id: RolloverId,
    /// The new term.
    pub term: SeriesId,
    /// Who.
    pub resident: ResidentId,
    /// In what order they had signed up for the old term, from 1.
    pub position: i32,
    /// How often they came to it.
    pub came: i32,
    /// How they stand, and until when they can answer.
    pub asked: Asked,
    /// `self`, `staff`, or empty.
    pub answered_by: String,
    /// When they answered last.
    pub answered_at: Option<Timestamp>,
}

fn term_of(row: term::Model) -> Term {
    Term {
        series: row.id.into(),
        old_series: row.old_series_id.into(),
        confirm_by: row.confirm_by.map(from_db),
        created_at: from_db(row.created_at),
    }
}

fn rollover_of(row: &rollover::Model) -> Result<Rollover> {
    Ok(Rollover {
        id: row.id.into(),
        term: row.term_id.into(),
        resident: row.resident_id.into(),
        position: row.position,
        came: row.came,
        asked: Asked {
            status: read("rollover", "status", row.id, &row.status)?,
            confirm_by: from_db(row.confirm_by),
        },
        answered_by: row.answered_by.clone(),
        answered_at: row.answered_at.map(from_db),
    })
}

/// Stores a new term.
///
/// # Errors
/// [`super::Error::Duplicate`] when one follows this series already.
pub async fn insert_term(db: &impl Connection, community: CommunityId, new: &Term) -> Result<()> {
    let row = term::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.series.0),
        old_series_id: Set(new.old_series.0),
        confirm_by: Set(new.confirm_by.map(to_db)),
        created_at: Set(to_db(new.created_at)),
    };
    term::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The term that this series is.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_term(db: &impl Connection, community: CommunityId, series: SeriesId) -> Result<Option<Term>> {
    let row = term::Entity::find_by_id((community.0, series.0)).one(db).await?;
    Ok(row.map(term_of))
}

/// The term that follows this series.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_next(db: &impl Connection, community: CommunityId, old: SeriesId) -> Result<Option<Term>> {
    let row = term::Entity::find()
        .filter(term::Column::CommunityId.eq(community.0))
        .filter(term::Column::OldSeriesId.eq(old.0))
        .one(db)
        .await?;
    Ok(row.map(term_of))
}

/// Stores people who are asked, with the hashes of their links' tokens.
///
/// # Errors
/// [`super::Error::Duplicate`] when somebody is asked already.
pub async fn insert_all(
    db: &impl Connection,
    community: CommunityId,
    new: &[(Rollover, Vec<u8>)],
    now: Timestamp,
) -> Result<()> {
    for some in new.chunks(ROWS_AT_ONCE) {
        let rows = some.iter().map(|(one, hash)| rollover::ActiveModel {
            community_id: Set(community.0),
            id: Set(one.id.0),
            term_id: Set(one.term.0),
            resident_id: Set(one.resident.0),
            position: Set(one.position),
            came: Set(one.came),
            token_hash: Set(hash.clone()),
            confirm_by: Set(to_db(one.asked.confirm_by)),
            status: Set(one.asked.status.to_string()),
            answered_by: Set(one.answered_by.clone()),
            answered_at: Set(one.answered_at.map(to_db)),
            created_at: Set(to_db(now)),
        });
        rollover::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Stores an answer, or that none came.
///
/// # Errors
/// When the database cannot be asked.
pub async fn update(db: &impl Connection, community: CommunityId, changed: &Rollover) -> Result<()> {
    let row = rollover::ActiveModel {
        status: Set(changed.asked.status.to_string()),
        answered_by: Set(changed.answered_by.clone()),
        answered_at: Set(changed.answered_at.map(to_db)),
        ..Default::default()
    };
    rollover::Entity::update_many()
        .set(row)
        .filter(rollover::Column::CommunityId.eq(community.0))
        .filter(rollover::Column::Id.eq(changed.id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// The one with this id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: RolloverId) -> Result<Option<Rollover>> {
    let row = rollover::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.as_ref().map(rollover_of).transpose()
}

/// The one whose link carries the token with this hash.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_by_token(db: &impl Connection, community: CommunityId, hash: &[u8]) -> Result<Option<Rollover>> {
    let row = rollover::Entity::find()
        .filter(rollover::Column::CommunityId.eq(community.0))
        .filter(rollover::Column::TokenHash.eq(hash.to_vec()))
        .one(db)
        .await?;
    row.as_ref().map(rollover_of).transpose()
}

/// What was asked of somebody about a term.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_of(
    db: &impl Connection,
    community: CommunityId,
    term: SeriesId,
    resident: ResidentId,
) -> Result<Option<Rollover>> {
    let row = rollover::Entity::find()
        .filter(rollover::Column::CommunityId.eq(community.0))
        .filter(rollover::Column::TermId.eq(term.0))
        .filter(rollover::Column::ResidentId.eq(resident.0))
        .one(db)
        .await?;
    row.as_ref().map(rollover_of).transpose()
}

/// Everybody asked about a term, in the order they had signed up for the old one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_term(db: &impl Connection, community: CommunityId, term: SeriesId) -> Result<Vec<(Rollover, Stored)>> {
    let rows = rollover::Entity::find()
        .find_also_related(entities::resident::Entity)
        .filter(rollover::Column::CommunityId.eq(community.0))
        .filter(rollover::Column::TermId.eq(term.0))
        .order_by_asc(rollover::Column::Position)
        .order_by_asc(rollover::Column::Id)
        .all(db)
        .await?;
    let mut all = Vec::with_capacity(rows.len());
    for (row, resident) in rows {
        if let Some(resident) = resident {
            all.push((rollover_of(&row)?, resident_of(resident)?));
        }
    }
    Ok(all)
}

/// The terms of all communities in which somebody did not answer in time.
///
/// # Errors
/// When the database cannot be asked.
pub async fn overdue(db: &impl Connection, now: Timestamp) -> Result<Vec<(CommunityId, SeriesId)>> {
    asked_until(db, rollover::Column::ConfirmBy.lt(to_db(now))).await
}

/// The terms of all communities about which somebody is still asked.
///
/// # Errors
/// When the database cannot be asked.
pub async fn asked_terms(db: &impl Connection, now: Timestamp) -> Result<Vec<(CommunityId, SeriesId)>> {
    asked_until(db, rollover::Column::ConfirmBy.gte(to_db(now))).await
}

/// The terms, each once, with an open question whose last day is as `deadline` says.
async fn asked_until(db: &impl Connection, deadline: Expr) -> Result<Vec<(CommunityId, SeriesId)>> {
    let rows: Vec<(uuid::Uuid, uuid::Uuid)> = rollover::Entity::find()
        .select_only()
        .column(rollover::Column::CommunityId)
        .column(rollover::Column::TermId)
        .distinct()
        .filter(rollover::Column::Status.eq(RolloverStatus::Asked.as_str()))
        .filter(deadline)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(home, term)| (home.into(), term.into()))
        .collect())
}

/// The terms that got sessions after people were asked, which have not begun.
///
/// # Errors
/// When the database cannot be asked.
pub async fn grown(db: &impl Connection, now: Timestamp) -> Result<Vec<(CommunityId, SeriesId)>> {
    let more = Query::select()
        .expr(Expr::val(1))
        .from(session::Entity)
        .and_where(
            Expr::col((session::Entity, session::Column::CommunityId))
                .equals((term::Entity, term::Column::CommunityId)),
        )
        .and_where(Expr::col((session::Entity, session::Column::SeriesId)).equals((term::Entity, term::Column::Id)))
        .and_where(session::Column::StartsAt.gt(to_db(now)))
        .and_where(
            Expr::col((session::Entity, session::Column::CreatedAt))
                .gt(Expr::col((term::Entity, term::Column::CreatedAt))),
        )
        .to_owned();
    let rows: Vec<(uuid::Uuid, uuid::Uuid)> = term::Entity::find()
        .select_only()
        .column(term::Column::CommunityId)
        .column(term::Column::Id)
        .filter(term::Column::ConfirmBy.is_not_null())
        .filter(Expr::exists(more))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(home, term)| (home.into(), term.into()))
        .collect())
}

/// Keeps a seat in each of these sessions for each of these people, in this order; the sessions must be new and locked by their making.
///
/// # Errors
/// When the database cannot be asked.
pub async fn keep_seats(
    db: &impl Connection,
    community: CommunityId,
    seats: &[(EnrolmentId, SessionId, ResidentId)],
    now: Timestamp,
) -> Result<()> {
    let mut per_session: HashMap<SessionId, i32> = HashMap::new();
    for (chunk, some) in seats.chunks(ROWS_AT_ONCE).enumerate() {
        let rows = (chunk * ROWS_AT_ONCE..).zip(some).map(|(at, (id, session, resident))| {
            *per_session.entry(*session).or_default() += 1;
            // One after the other, so that they stand in their order later on.
            let queued_at = now + jiff::SignedDuration::from_micros(i64::try_from(at).unwrap_or_default());
            enrolment::ActiveModel {
                community_id: Set(community.0),
                id: Set(id.0),
                session_id: Set(session.0),
                resident_id: Set(resident.0),
                status: Set(EnrolmentStatus::Asked.to_string()),
                source: Set(Source::Staff.to_string()),
                signed_up_by: Set(String::new()),
                manage_hash: Set(None),
                together_id: Set(None),
                hold_until: Set(None),
                offer_hash: Set(None),
                queued_at: Set(to_db(queued_at)),
                created_at: Set(to_db(now)),
                updated_at: Set(to_db(now)),
            }
        });
        enrolment::Entity::insert_many(rows.collect::<Vec<_>>())
            .exec_without_returning(db)
            .await?;
    }
    for (session, seats) in per_session {
        super::enrolment::count_asked(db, community, session, seats).await?;
    }
    Ok(())
}

/// The enrolments of somebody in these sessions, whatever their state, by session.
///
/// # Errors
/// When the database cannot be asked.
pub async fn places(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    sessions: &[SessionId],
) -> Result<HashMap<SessionId, Enrolment>> {
    let mut places = HashMap::with_capacity(sessions.len());
    for ids in sessions.chunks(ROWS_AT_ONCE) {
        let rows = enrolment::Entity::find()
            .filter(enrolment::Column::CommunityId.eq(community.0))
            .filter(enrolment::Column::ResidentId.eq(resident.0))
            .filter(enrolment::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .all(db)
            .await?;
        for row in rows {
            let one = super::enrolment::to_domain(row)?;
            places.insert(one.session_id, one);
        }
    }
    Ok(places)
}

/// Who had a part in some sessions: when they first signed up, and which sessions they came to by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// When they first signed up; none when they only came.
    pub signed_up_at: Option<Timestamp>,
    /// The sessions they came to.
    pub came: HashSet<SessionId>,
}

/// Everybody who had a part in these sessions.
///
/// # Errors
/// When the database cannot be asked.
pub async fn parts(
    db: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<HashMap<ResidentId, Part>> {
    let mut parts: HashMap<ResidentId, Part> = HashMap::new();
    for ids in sessions.chunks(ROWS_AT_ONCE) {
        let signed_up: Vec<(uuid::Uuid, chrono::DateTime<chrono::Utc>)> = enrolment::Entity::find()
            .select_only()
            .column(enrolment::Column::ResidentId)
            .column(enrolment::Column::QueuedAt)
            .filter(enrolment::Column::CommunityId.eq(community.0))
            .filter(enrolment::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .filter(enrolment::Column::Status.eq(EnrolmentStatus::Enrolled.as_str()))
            .into_tuple()
            .all(db)
            .await?;
        for (resident, at) in signed_up {
            let part = parts.entry(resident.into()).or_default();
            let at = from_db(at);
            part.signed_up_at = Some(part.signed_up_at.map_or(at, |before| before.min(at)));
        }
        let came: Vec<(uuid::Uuid, uuid::Uuid)> = attendance::Entity::find()
            .select_only()
            .column(attendance::Column::ResidentId)
            .column(attendance::Column::SessionId)
            .filter(attendance::Column::CommunityId.eq(community.0))
            .filter(attendance::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .filter(attendance::Column::ResidentId.is_not_null())
            .filter(attendance::Column::WithdrawnAt.is_null())
            .into_tuple()
            .all(db)
            .await?;
        for (resident, session) in came {
            parts.entry(resident.into()).or_default().came.insert(session.into());
        }
    }
    Ok(parts)
}

/// The residents with these ids, by id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn residents(
    db: &impl Connection,
    community: CommunityId,
    ids: &[ResidentId],
) -> Result<HashMap<ResidentId, Stored>> {
    let mut found = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(ROWS_AT_ONCE) {
        let rows = entities::resident::Entity::find()
            .filter(entities::resident::Column::CommunityId.eq(community.0))
            .filter(entities::resident::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .all(db)
            .await?;
        for row in rows {
            found.insert(row.id.into(), resident_of(row)?);
        }
    }
    Ok(found)
}

/// The message that asks somebody (none: anybody) about a term needs no sending and no call any more, because they have answered or there
/// is nothing left to ask; how many were open.
///
/// # Errors
/// When the database cannot be asked.
pub async fn close_question(
    db: &impl Connection,
    community: CommunityId,
    notification: NotificationId,
    resident: Option<ResidentId>,
    to: Status,
    now: Timestamp,
) -> Result<u64> {
    let open =
        Condition::any().add(delivery::Column::Status.is_in(["due", "retry", "to_call", "unknown", "dead", "kept"]));
    let mut update = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(to.as_str()))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::NotificationId.eq(notification.0))
        .filter(open);
    if let Some(resident) = resident {
        update = update.filter(delivery::Column::ResidentId.eq(resident.0));
    }
    Ok(update.exec(db).await?.rows_affected)
}

/// The notification that stands under a key.
///
/// # Errors
/// When the database cannot be asked.
pub async fn notification_under(
    db: &impl Connection,
    community: CommunityId,
    key: &str,
) -> Result<Option<NotificationId>> {
    let id: Option<uuid::Uuid> = entities::notification::Entity::find()
        .select_only()
        .column(entities::notification::Column::Id)
        .filter(entities::notification::Column::CommunityId.eq(community.0))
        .filter(entities::notification::Column::DedupeKey.eq(key))
        .into_tuple()
        .one(db)
        .await?;
    Ok(id.map(NotificationId::from))
}
