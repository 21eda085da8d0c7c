//! Enrolments, and the counters of sessions that go with them.

use entities::{enrolment, partner, programme, resident, session};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait,
};

use super::convert::read;
use super::resident::{Stored, to_domain as resident_of};
use super::{Connection, Result, from_db, to_db};
use crate::domain::enrolment::{EnrolmentStatus, Seats};
use crate::domain::id::{CommunityId, EnrolmentId, ResidentId, SessionId};
use crate::domain::resident::Enrolment;

pub(super) fn to_domain(row: enrolment::Model) -> Result<Enrolment> {
    Ok(Enrolment {
        id: row.id.into(),
        session_id: row.session_id.into(),
        resident_id: row.resident_id.into(),
        status: read("enrolment", "status", row.id, &row.status)?,
        source: read("enrolment", "source", row.id, &row.source)?,
        signed_up_by: row.signed_up_by,
        queued_at: from_db(row.queued_at),
    })
}

/// A session as far as signing up is concerned. On PostgreSQL its row is locked until the transaction ends, so that two who want
/// the last seat come one after the other; SQLite has one writer at a time and needs no lock.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock_seats(db: &impl Connection, community: CommunityId, id: SessionId) -> Result<Option<Seats>> {
    let Some(row) = session::Entity::find_by_id((community.0, id.0))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
    else {
        return Ok(None);
    };
    let offered: Option<(String, Option<chrono::DateTime<chrono::Utc>>)> =
        programme::Entity::find_by_id((community.0, row.programme_id))
            .join(JoinType::LeftJoin, programme::Relation::Partner.def())
            .select_only()
            .column(programme::Column::SignUp)
            .column(partner::Column::FrozenAt)
            .into_tuple()
            .one(db)
            .await?;
    let (mode, frozen_at) = offered.unwrap_or_default();
    Ok(Some(Seats {
        capacity: row.capacity,
        enrolled: row.enrolled,
        waitlisted: row.waitlisted,
        mode: read("programme", "sign_up", row.programme_id, &mode)?,
        asked: row.asked,
        status: read("session", "status", row.id, &row.status)?,
        starts_at: from_db(row.starts_at),
        paused: frozen_at.is_some(),
    }))
}

/// Changes the counters of a session by so many. Call it in the transaction that changes the rows they count.
///
/// # Errors
/// When the database cannot be asked.
pub async fn count(
    db: &impl Connection,
    community: CommunityId,
    id: SessionId,
    enrolled: i32,
    waitlisted: i32,
) -> Result<()> {
    session::Entity::update_many()
        .col_expr(
            session::Column::Enrolled,
            Expr::col(session::Column::Enrolled).add(enrolled),
        )
        .col_expr(
            session::Column::Waitlisted,
            Expr::col(session::Column::Waitlisted).add(waitlisted),
        )
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Changes by so many how many seats of a session are kept for people who are asked. Call it in the transaction that changes the rows
/// they count.
///
/// # Errors
/// When the database cannot be asked.
pub async fn count_asked(db: &impl Connection, community: CommunityId, id: SessionId, asked: i32) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::Asked, Expr::col(session::Column::Asked).add(asked))
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// The enrolment of somebody in a session, whatever its state.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_of(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    resident: ResidentId,
) -> Result<Option<Enrolment>> {
    let row = enrolment::Entity::find()
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.eq(session.0))
        .filter(enrolment::Column::ResidentId.eq(resident.0))
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// The enrolment with this id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: EnrolmentId) -> Result<Option<Enrolment>> {
    let row = enrolment::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(to_domain).transpose()
}

/// The enrolment whose link carries the token with this hash.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_by_token(db: &impl Connection, community: CommunityId, hash: &[u8]) -> Result<Option<Enrolment>> {
    let row = enrolment::Entity::find()
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::ManageHash.eq(hash.to_vec()))
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// Stores a new enrolment.
///
/// # Errors
/// [`super::Error::Duplicate`] when they are in it already.
pub async fn insert(
    db: &impl Connection,
    community: CommunityId,
    new: &Enrolment,
    manage_hash: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<()> {
    let row = enrolment::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        session_id: Set(new.session_id.0),
        resident_id: Set(new.resident_id.0),
        status: Set(new.status.to_string()),
        source: Set(new.source.to_string()),
        signed_up_by: Set(new.signed_up_by.clone()),
        manage_hash: Set(manage_hash),
        queued_at: Set(to_db(new.queued_at)),
        created_at: Set(to_db(now)),
        updated_at: Set(to_db(now)),
    };
    row.insert(db).await?;
    Ok(())
}

/// Stores what changed in an enrolment; a token is replaced only by a new one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn update(
    db: &impl Connection,
    community: CommunityId,
    changed: &Enrolment,
    manage_hash: Option<Vec<u8>>,
    now: Timestamp,
) -> Result<()> {
    let mut row = enrolment::ActiveModel {
        status: Set(changed.status.to_string()),
        source: Set(changed.source.to_string()),
        signed_up_by: Set(changed.signed_up_by.clone()),
        queued_at: Set(to_db(changed.queued_at)),
        updated_at: Set(to_db(now)),
        ..Default::default()
    };
    if let Some(hash) = manage_hash {
        row.manage_hash = Set(Some(hash));
    }
    enrolment::Entity::update_many()
        .set(row)
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::Id.eq(changed.id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// The first of those who wait for a session, in the order they came.
///
/// # Errors
/// When the database cannot be asked.
pub async fn queue(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    limit: u64,
) -> Result<Vec<Enrolment>> {
    let rows = enrolment::Entity::find()
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.eq(session.0))
        .filter(enrolment::Column::Status.eq(EnrolmentStatus::Waitlisted.as_str()))
        .order_by_asc(enrolment::Column::QueuedAt)
        .order_by_asc(enrolment::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(to_domain).collect()
}

/// When the last of those in a session or its queue took their place.
///
/// # Errors
/// When the database cannot be asked.
pub async fn last_queued_at(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
) -> Result<Option<Timestamp>> {
    let last: Option<chrono::DateTime<chrono::Utc>> = enrolment::Entity::find()
        .select_only()
        .column(enrolment::Column::QueuedAt)
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.eq(session.0))
        .order_by_desc(enrolment::Column::QueuedAt)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.map(from_db))
}

/// How many wait before this one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn ahead_of(db: &impl Connection, community: CommunityId, one: &Enrolment) -> Result<u64> {
    let earlier = Condition::any()
        .add(enrolment::Column::QueuedAt.lt(to_db(one.queued_at)))
        .add(
            enrolment::Column::QueuedAt
                .eq(to_db(one.queued_at))
                .and(enrolment::Column::Id.lt(one.id.0)),
        );
    Ok(enrolment::Entity::find()
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.eq(one.session_id.0))
        .filter(enrolment::Column::Status.eq(EnrolmentStatus::Waitlisted.as_str()))
        .filter(earlier)
        .count(db)
        .await?)
}

/// Everybody who is in a session or waits for it, in the order they came: those with a seat first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn roster(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    limit: u64,
) -> Result<Vec<(Enrolment, Stored)>> {
    let rows = enrolment::Entity::find()
        .find_also_related(resident::Entity)
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.eq(session.0))
        .filter(
            enrolment::Column::Status.is_in([EnrolmentStatus::Enrolled.as_str(), EnrolmentStatus::Waitlisted.as_str()]),
        )
        // `enrolled` sorts before `waitlisted`.
        .order_by_asc(enrolment::Column::Status)
        .order_by_asc(enrolment::Column::QueuedAt)
        .order_by_asc(enrolment::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    let mut roster = Vec::with_capacity(rows.len());
    for (one, resident) in rows {
        if let Some(resident) = resident {
            roster.push((to_domain(one)?, resident_of(resident)?));
        }
    }
    Ok(roster)
}
