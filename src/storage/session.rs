//! Sessions: the rows of the schedule.

use std::collections::HashMap;

use entities::{enrolment, programme, session};
use jiff::Timestamp;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockType, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use uuid::Uuid;

use super::convert::read;
use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{CommunityId, PartnerId, ProgrammeId, SeriesId, SessionId};
use crate::domain::planning::{Neighbour, Session, SessionStatus, Subject};

/// Rows per INSERT: SQLite takes at most 32,766 values in one statement.
const ROWS_AT_ONCE: usize = 500;

fn session_of(row: session::Model) -> Result<Session> {
    Ok(Session {
        id: row.id.into(),
        series_id: row.series_id.into(),
        programme_id: row.programme_id.into(),
        original_local: read("session", "original_local", row.id, &row.original_local)?,
        starts_at: from_db(row.starts_at),
        ends_at: from_db(row.ends_at),
        venue_id: row.venue_id.into(),
        facilitator_id: row.facilitator_id.map(Into::into),
        capacity: row.capacity,
        status: read("session", "status", row.id, &row.status)?,
        reason_code: row
            .reason_code
            .as_ref()
            .map(|code| read("session", "reason_code", row.id, code))
            .transpose()?,
        reason: row.reason,
        topic: row.topic,
        moved_from_at: row.moved_from_at.map(from_db),
        moved_from_venue_id: row.moved_from_venue_id.map(Into::into),
        overridden: row.overridden,
        sequence: row.sequence,
        enrolled: row.enrolled,
        waitlisted: row.waitlisted,
        asked: row.asked,
        named: row.named,
        headcount: row.headcount,
        updated_at: from_db(row.updated_at),
    })
}

/// The session with this id.
pub async fn find(db: &impl Connection, community: CommunityId, id: SessionId) -> Result<Option<Session>> {
    let row = session::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(session_of).transpose()
}

/// All sessions of a series, by original start.
pub async fn of_series(db: &impl Connection, community: CommunityId, series: SeriesId) -> Result<Vec<Session>> {
    let rows = session::Entity::find()
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::SeriesId.eq(series.0))
        .order_by_asc(session::Column::OriginalLocal)
        .all(db)
        .await?;
    rows.into_iter().map(session_of).collect()
}

/// The sessions with these ids, locked until the transaction ends, by id.
pub async fn lock(db: &impl Connection, community: CommunityId, ids: &[SessionId]) -> Result<Vec<Session>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(ROWS_AT_ONCE) {
        let rows = session::Entity::find()
            .filter(session::Column::CommunityId.eq(community.0))
            .filter(session::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .order_by_asc(session::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(db)
            .await?;
        for row in rows {
            found.push(session_of(row)?);
        }
    }
    Ok(found)
}

/// What part of a schedule is asked for.
#[derive(Clone, Debug)]
pub struct Span {
    /// Sessions that start at or after this instant.
    pub from: Timestamp,
    /// Sessions that start before this instant.
    pub to: Timestamp,
    /// Only those after this one, in order of (start, id).
    pub after: Option<(Timestamp, SessionId)>,
    /// Only of programmes that this partner gives.
    pub partner: Option<PartnerId>,
    /// At most so many.
    pub limit: u64,
}

/// The sessions that start inside a span, by (start, id).
pub async fn between(db: &impl Connection, community: CommunityId, span: &Span) -> Result<Vec<Session>> {
    let mut query = session::Entity::find()
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::StartsAt.gte(to_db(span.from)))
        .filter(session::Column::StartsAt.lt(to_db(span.to)));
    if let Some((at, id)) = span.after {
        query = query.filter(
            Condition::any().add(session::Column::StartsAt.gt(to_db(at))).add(
                Condition::all()
                    .add(session::Column::StartsAt.eq(to_db(at)))
                    .add(session::Column::Id.gt(id.0)),
            ),
        );
    }
    if let Some(partner) = span.partner {
        let theirs = Query::select()
            .column(programme::Column::Id)
            .from(programme::Entity)
            .and_where(programme::Column::CommunityId.eq(community.0))
            .and_where(programme::Column::PartnerId.eq(partner.0))
            .to_owned();
        query = query.filter(session::Column::ProgrammeId.in_subquery(theirs));
    }
    let rows = query
        .order_by_asc(session::Column::StartsAt)
        .order_by_asc(session::Column::Id)
        .limit(span.limit)
        .all(db)
        .await?;
    rows.into_iter().map(session_of).collect()
}

/// The sessions that start inside a span and concern `subject`: the same programme, the same words for whom, or the same partner.
/// Cancelled ones are not there.
pub async fn neighbours(
    db: &impl Connection,
    community: CommunityId,
    subject: &Subject,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Neighbour>> {
    let mut alike = Condition::any().add(programme::Column::Id.eq(subject.programme_id.0));
    if !subject.audience.trim().is_empty() {
        alike = alike.add(programme::Column::Audience.ne(""));
    }
    if let Some(partner) = &subject.partner {
        alike = alike.add(programme::Column::PartnerId.eq(partner.id.0));
    }
    // Asked first: they are few, and where there is none the sessions of a year need not be read.
    let alike: Vec<Uuid> = programme::Entity::find()
        .select_only()
        .column(programme::Column::Id)
        .filter(programme::Column::CommunityId.eq(community.0))
        .filter(alike)
        .into_tuple()
        .all(db)
        .await?;
    if alike.is_empty() {
        return Ok(Vec::new());
    }
    standing(
        db,
        community,
        from,
        to,
        Some(alike.into_iter().map(ProgrammeId).collect()),
    )
    .await
}

/// The sessions that start inside a span and are not cancelled, by start; with `of` only those of these programmes.
pub async fn standing(
    db: &impl Connection,
    community: CommunityId,
    from: Timestamp,
    to: Timestamp,
    of: Option<Vec<ProgrammeId>>,
) -> Result<Vec<Neighbour>> {
    type Row = (Uuid, Uuid, String, Option<Uuid>, String, Uuid, DateTimeUtc, DateTimeUtc);
    let rows: Vec<Row> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .column(session::Column::ProgrammeId)
        .column(programme::Column::Audience)
        .column(programme::Column::PartnerId)
        .column(programme::Column::Title)
        .column(session::Column::VenueId)
        .column(session::Column::StartsAt)
        .column(session::Column::EndsAt)
        .inner_join(programme::Entity)
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::StartsAt.gte(to_db(from)))
        .filter(session::Column::StartsAt.lt(to_db(to)))
        .filter(session::Column::Status.ne(SessionStatus::Cancelled.as_str()))
        .apply_if(of, |rows, of| {
            rows.filter(session::Column::ProgrammeId.is_in(of.into_iter().map(|id| id.0)))
        })
        .into_tuple()
        .all(db)
        .await?;
    let mut found: Vec<Neighbour> = rows
        .into_iter()
        .map(
            |(id, programme_id, audience, partner_id, title, venue_id, starts_at, ends_at)| Neighbour {
                session_id: id.into(),
                programme_id: programme_id.into(),
                audience,
                partner_id: partner_id.map(Into::into),
                title,
                venue_id: venue_id.into(),
                starts_at: from_db(starts_at),
                ends_at: from_db(ends_at),
            },
        )
        .collect();
    // Asked for in order, SQLite would read all of the span to spare itself the sorting of these few.
    found.sort_by_key(|one| (one.starts_at, one.session_id));
    Ok(found)
}

/// The sessions that were moved away from a time inside `from..to` to one outside it.
pub async fn moved_out_of(
    db: &impl Connection,
    community: CommunityId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Session>> {
    let rows = session::Entity::find()
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::MovedFromAt.gte(to_db(from)))
        .filter(session::Column::MovedFromAt.lt(to_db(to)))
        .filter(
            Condition::any()
                .add(session::Column::StartsAt.lt(to_db(from)))
                .add(session::Column::StartsAt.gte(to_db(to))),
        )
        .order_by_asc(session::Column::MovedFromAt)
        .all(db)
        .await?;
    rows.into_iter().map(session_of).collect()
}

/// How many sessions of each series that are not cancelled start before `at`, and how many of these have no topic of their own.
pub async fn counts_before(
    db: &impl Connection,
    community: CommunityId,
    series: &[SeriesId],
    at: Timestamp,
) -> Result<HashMap<SeriesId, (u32, u32)>> {
    if series.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(uuid::Uuid, i64, i64)> = session::Entity::find()
        .select_only()
        .column(session::Column::SeriesId)
        .column_as(session::Column::Id.count(), "sessions")
        // Counts what is not null.
        .column_as(session::Column::Topic.count(), "named")
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::SeriesId.is_in(series.iter().map(|id| id.0)))
        .filter(session::Column::Status.ne(SessionStatus::Cancelled.as_str()))
        .filter(session::Column::StartsAt.lt(to_db(at)))
        .group_by(session::Column::SeriesId)
        .into_tuple()
        .all(db)
        .await?;
    let number = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(rows
        .into_iter()
        .map(|(id, count, named)| (id.into(), (number(count), number(count - named))))
        .collect())
}

/// Stores new sessions.
pub async fn insert_all(db: &impl Connection, community: CommunityId, new: &[Session], now: Timestamp) -> Result<()> {
    for some in new.chunks(ROWS_AT_ONCE) {
        let rows = some.iter().map(|session| {
            let mut row = changes_of(session, now);
            row.community_id = Set(community.0);
            row.id = Set(session.id.0);
            row.series_id = Set(session.series_id.0);
            row.programme_id = Set(session.programme_id.0);
            row.original_local = Set(session.original_local.to_string());
            row.enrolled = Set(session.enrolled);
            row.waitlisted = Set(session.waitlisted);
            row.asked = Set(session.asked);
            row.named = Set(session.named);
            row.headcount = Set(session.headcount);
            row.created_at = Set(to_db(now));
            row
        });
        session::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Stores a changed session. Its identity and its counters are left alone: the counters belong to whoever changes the rows
/// they count.
pub async fn update(db: &impl Connection, community: CommunityId, changed: &Session, now: Timestamp) -> Result<()> {
    session::Entity::update_many()
        .set(changes_of(changed, now))
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::Id.eq(changed.id.0))
        .exec(db)
        .await?;
    Ok(())
}

fn changes_of(session: &Session, now: Timestamp) -> session::ActiveModel {
    session::ActiveModel {
        starts_at: Set(to_db(session.starts_at)),
        ends_at: Set(to_db(session.ends_at)),
        venue_id: Set(session.venue_id.0),
        facilitator_id: Set(session.facilitator_id.map(|facilitator| facilitator.0)),
        capacity: Set(session.capacity),
        status: Set(session.status.to_string()),
        reason_code: Set(session.reason_code.map(|code| code.to_string())),
        reason: Set(session.reason.clone()),
        topic: Set(session.topic.clone()),
        moved_from_at: Set(session.moved_from_at.map(to_db)),
        moved_from_venue_id: Set(session.moved_from_venue_id.map(|venue| venue.0)),
        overridden: Set(session.overridden),
        sequence: Set(session.sequence),
        updated_at: Set(to_db(now)),
        ..Default::default()
    }
}

/// How many people (each once) are enrolled or waiting in any of these sessions.
pub async fn people_to_tell(db: &impl Connection, community: CommunityId, sessions: &[SessionId]) -> Result<u32> {
    let mut people = std::collections::HashSet::new();
    for ids in sessions.chunks(ROWS_AT_ONCE) {
        let rows: Vec<uuid::Uuid> = enrolment::Entity::find()
            .select_only()
            .distinct()
            .column(enrolment::Column::ResidentId)
            .filter(enrolment::Column::CommunityId.eq(community.0))
            .filter(enrolment::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .filter(enrolment::Column::Status.is_in(["enrolled", "waitlisted", "offered"]))
            .into_tuple()
            .all(db)
            .await?;
        people.extend(rows);
    }
    Ok(u32::try_from(people.len()).unwrap_or(u32::MAX))
}

/// How many sessions that start after `now` have this status.
pub async fn count_of_status(
    db: &impl Connection,
    community: CommunityId,
    status: SessionStatus,
    now: Timestamp,
) -> Result<u64> {
    let count: Option<i64> = session::Entity::find()
        .select_only()
        .column_as(session::Column::Id.count(), "sessions")
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::Status.eq(status.as_str()))
        .filter(session::Column::StartsAt.gt(to_db(now)))
        .into_tuple()
        .one(db)
        .await?;
    Ok(count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default())
}

/// When the schedule last changed and how many rows it has: what a page or a feed of it depends on.
pub async fn last_change(db: &impl Connection, community: CommunityId) -> Result<(Option<Timestamp>, i64)> {
    let row: Option<(Option<chrono::DateTime<chrono::Utc>>, i64)> = session::Entity::find()
        .select_only()
        .column_as(session::Column::UpdatedAt.max(), "latest")
        .column_as(session::Column::Id.count(), "sessions")
        .filter(session::Column::CommunityId.eq(community.0))
        .into_tuple()
        .one(db)
        .await?;
    let (latest, count) = row.unwrap_or_default();
    Ok((latest.map(from_db), count))
}

/// The sessions with these ids, by start.
pub async fn find_all(db: &impl Connection, community: CommunityId, ids: &[SessionId]) -> Result<Vec<Session>> {
    let mut found = Vec::with_capacity(ids.len());
    for ids in ids.chunks(ROWS_AT_ONCE) {
        let rows = session::Entity::find()
            .filter(session::Column::CommunityId.eq(community.0))
            .filter(session::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .all(db)
            .await?;
        for row in rows {
            found.push(session_of(row)?);
        }
    }
    found.sort_by_key(|session| (session.starts_at, session.id));
    Ok(found)
}

/// The tables whose rows may name a session, but for what it takes.
const NAMED_IN: &[&str] = &[
    "attendance",
    "closure_effect",
    "complaint",
    "confirmation",
    "crew",
    "enrolment",
    "feedback",
    "household_visit",
    "matter",
    "need",
    "notification",
    "substitution",
];

/// Those of the sessions that stand as they were first stored, and that nothing else names.
pub async fn untouched(db: &impl Connection, community: CommunityId, ids: &[SessionId]) -> Result<Vec<SessionId>> {
    let mut found = Vec::new();
    for ids in ids.chunks(ROWS_AT_ONCE) {
        let mut query = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .filter(session::Column::CommunityId.eq(community.0))
            .filter(session::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .filter(session::Column::Sequence.eq(0))
            .filter(session::Column::Status.ne(SessionStatus::Cancelled.as_str()));
        for table in NAMED_IN {
            let of = |column: &'static str| Expr::col((Alias::new(*table), Alias::new(column)));
            let named = Query::select()
                .expr(Expr::val(1))
                .from(Alias::new(*table))
                .and_where(of("community_id").equals((session::Entity, session::Column::CommunityId)))
                .and_where(of("session_id").equals((session::Entity, session::Column::Id)))
                .to_owned();
            query = query.filter(Expr::exists(named).not());
        }
        let rows: Vec<Uuid> = query.into_tuple().all(db).await?;
        found.extend(rows.into_iter().map(SessionId));
    }
    Ok(found)
}

/// Removes sessions that nothing names: see [`untouched`].
pub async fn remove(db: &impl Connection, community: CommunityId, ids: &[SessionId]) -> Result<()> {
    for ids in ids.chunks(ROWS_AT_ONCE) {
        session::Entity::delete_many()
            .filter(session::Column::CommunityId.eq(community.0))
            .filter(session::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .exec(db)
            .await?;
    }
    Ok(())
}
