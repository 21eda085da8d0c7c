//! Enrolments, and the counters of sessions that go with them.

use std::collections::HashMap;

use entities::{enrolment, partner, programme, resident, session, sign_up_rule as sign_up_rule_row};
use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, LockType, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, JoinType, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, RelationTrait,
};

use uuid::Uuid;

use super::convert::read;
use super::resident::{Stored, to_domain as resident_of};
use super::{Connection, Result, draw, from_db, sign_up_rule, to_db};
use crate::domain::enrolment::{EnrolmentStatus, Rush, Seats, Source};
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
        together_id: row.together_id,
        hold_until: row.hold_until.map(from_db),
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
    let starts_at = from_db(row.starts_at);
    let terms = sign_up_rule::terms(
        db,
        community,
        row.programme_id.into(),
        row.series_id.into(),
        id,
        starts_at,
    )
    .await?;
    // Asked only where it matters: most sessions keep no seats and draw none.
    let desk = if terms.kept > 0 {
        desk_seats(db, community, &[id])
            .await?
            .get(&id)
            .copied()
            .unwrap_or_default()
    } else {
        0
    };
    let drawn = match terms.rush {
        Rush::FirstCome => false,
        Rush::TurnOrder | Rush::Lottery => draw::find(db, community, id)
            .await?
            .is_some_and(|draw| draw.drawn_at.is_some()),
    };
    Ok(Some(Seats {
        capacity: row.capacity,
        enrolled: row.enrolled,
        waitlisted: row.waitlisted,
        mode: read("programme", "sign_up", row.programme_id, &mode)?,
        asked: row.asked,
        desk,
        status: read("session", "status", row.id, &row.status)?,
        starts_at,
        paused: frozen_at.is_some(),
        terms,
        drawn,
    }))
}

/// How many seats of these sessions are held, or kept for an answer, by people whom staff signed up.
///
/// # Errors
/// When the database cannot be asked.
pub async fn desk_seats(
    db: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<HashMap<SessionId, i32>> {
    let seated = [
        EnrolmentStatus::Enrolled,
        EnrolmentStatus::Asked,
        EnrolmentStatus::Offered,
    ];
    let desk = Source::ALL.iter().filter(|source| source.is_desk());
    let rows: Vec<(Uuid, i64)> = enrolment::Entity::find()
        .select_only()
        .column(enrolment::Column::SessionId)
        .column_as(enrolment::Column::Id.count(), "seats")
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.is_in(sessions.iter().map(|id| id.0)))
        .filter(enrolment::Column::Status.is_in(seated.map(EnrolmentStatus::as_str)))
        .filter(enrolment::Column::Source.is_in(desk.map(|source| source.as_str())))
        .group_by(enrolment::Column::SessionId)
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(id, seats)| (id.into(), i32::try_from(seats).unwrap_or(i32::MAX)))
        .collect())
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

/// Changes by so many how many seats of a session are kept for people who are asked or offered one. Call it in the transaction that changes the rows
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
        together_id: Set(new.together_id),
        hold_until: Set(new.hold_until.map(to_db)),
        offer_hash: Set(None),
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
        together_id: Set(changed.together_id),
        hold_until: Set(changed.hold_until.map(to_db)),
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
    let on_it = [
        EnrolmentStatus::Enrolled,
        EnrolmentStatus::Offered,
        EnrolmentStatus::Waitlisted,
    ];
    people(db, community, session, &on_it, limit).await
}

/// Who is signed up for the series but does not come to this session (请假), in the order they came.
///
/// # Errors
/// When the database cannot be asked.
pub async fn on_leave(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    limit: u64,
) -> Result<Vec<(Enrolment, Stored)>> {
    people(db, community, session, &[EnrolmentStatus::Leave], limit).await
}

/// Those of a session who stand so, with who they are.
async fn people(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    statuses: &[EnrolmentStatus],
    limit: u64,
) -> Result<Vec<(Enrolment, Stored)>> {
    let rows = enrolment::Entity::find()
        .find_also_related(resident::Entity)
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.eq(session.0))
        .filter(enrolment::Column::Status.is_in(statuses.iter().map(|status| status.as_str())))
        // `enrolled` sorts before `offered`, and that before `waitlisted`.
        .order_by_asc(enrolment::Column::Status)
        .order_by_asc(enrolment::Column::QueuedAt)
        .order_by_asc(enrolment::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    let mut people = Vec::with_capacity(rows.len());
    for (one, resident) in rows {
        if let Some(resident) = resident {
            people.push((to_domain(one)?, resident_of(resident)?));
        }
    }
    Ok(people)
}

/// Those who came together, in the order they signed up.
///
/// # Errors
/// When the database cannot be asked.
pub async fn together(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    together: Uuid,
) -> Result<Vec<Enrolment>> {
    let rows = enrolment::Entity::find()
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.eq(session.0))
        .filter(enrolment::Column::TogetherId.eq(together))
        .order_by_asc(enrolment::Column::QueuedAt)
        .order_by_asc(enrolment::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(to_domain).collect()
}

/// Stores the hash of the token that takes an offered seat.
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_offer_hash(
    db: &impl Connection,
    community: CommunityId,
    id: EnrolmentId,
    hash: Vec<u8>,
) -> Result<()> {
    enrolment::Entity::update_many()
        .col_expr(enrolment::Column::OfferHash, Expr::value(hash))
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// The enrolment whose offer carries the token with this hash, however it stands by now.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_by_offer(db: &impl Connection, community: CommunityId, hash: &[u8]) -> Result<Option<Enrolment>> {
    let row = enrolment::Entity::find()
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::OfferHash.eq(hash.to_vec()))
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// The offers of a session whose time is over.
///
/// # Errors
/// When the database cannot be asked.
pub async fn offers_over(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    now: Timestamp,
) -> Result<Vec<Enrolment>> {
    let rows = enrolment::Entity::find()
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::SessionId.eq(session.0))
        .filter(enrolment::Column::Status.eq(EnrolmentStatus::Offered.as_str()))
        .filter(enrolment::Column::HoldUntil.lte(to_db(now)))
        .order_by_asc(enrolment::Column::QueuedAt)
        .order_by_asc(enrolment::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(to_domain).collect()
}

/// The sessions of all communities in which the time of an offer is over.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sessions_with_offers_over(
    db: &impl Connection,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<(CommunityId, SessionId)>> {
    let rows: Vec<(Uuid, Uuid)> = enrolment::Entity::find()
        .select_only()
        .distinct()
        .column(enrolment::Column::CommunityId)
        .column(enrolment::Column::SessionId)
        .filter(enrolment::Column::HoldUntil.lte(to_db(now)))
        .filter(enrolment::Column::Status.eq(EnrolmentStatus::Offered.as_str()))
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(home, id)| (home.into(), id.into())).collect())
}

/// How many sessions of a programme, beside `but`, each of these people holds a seat in.
///
/// # Errors
/// When the database cannot be asked.
pub async fn places_had(
    db: &impl Connection,
    community: CommunityId,
    but: SessionId,
    people: &[ResidentId],
    coming_after: Option<Timestamp>,
) -> Result<HashMap<ResidentId, u32>> {
    let programme = Query::select()
        .column(session::Column::ProgrammeId)
        .from(session::Entity)
        .and_where(session::Column::CommunityId.eq(community.0))
        .and_where(session::Column::Id.eq(but.0))
        .to_owned();
    let mut had = HashMap::new();
    for people in people.chunks(500) {
        let mut rows = enrolment::Entity::find()
            .select_only()
            .column(enrolment::Column::ResidentId)
            .column_as(enrolment::Column::Id.count(), "places")
            .inner_join(session::Entity)
            .filter(enrolment::Column::CommunityId.eq(community.0))
            .filter(enrolment::Column::ResidentId.is_in(people.iter().map(|id| id.0)))
            .filter(enrolment::Column::Status.eq(EnrolmentStatus::Enrolled.as_str()))
            .filter(session::Column::Id.ne(but.0))
            .filter(session::Column::Status.ne("cancelled"))
            .filter(session::Column::ProgrammeId.in_subquery(programme.clone()));
        if let Some(after) = coming_after {
            rows = rows.filter(session::Column::StartsAt.gt(to_db(after)));
        }
        let rows: Vec<(Uuid, i64)> = rows
            .group_by(enrolment::Column::ResidentId)
            .into_tuple()
            .all(db)
            .await?;
        had.extend(
            rows.into_iter()
                .map(|(id, places)| (id.into(), u32::try_from(places).unwrap_or(u32::MAX))),
        );
    }
    Ok(had)
}

/// Locks these people until the transaction ends, in the order of their ids: two sessions that would seat one of them at the same moment come
/// one after the other.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock_people(db: &impl Connection, community: CommunityId, people: &[ResidentId]) -> Result<()> {
    let _locked: Vec<Uuid> = resident::Entity::find()
        .select_only()
        .column(resident::Column::Id)
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Id.is_in(people.iter().map(|id| id.0)))
        .order_by_asc(resident::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(db)
        .await?;
    Ok(())
}

/// Whether rules stand for a session, its series or its programme.
fn has_rules() -> sea_orm::sea_query::SimpleExpr {
    let rules = Query::select()
        .expr(Expr::val(1))
        .from(sign_up_rule_row::Entity)
        .and_where(
            Expr::col((sign_up_rule_row::Entity, sign_up_rule_row::Column::CommunityId))
                .equals((session::Entity, session::Column::CommunityId)),
        )
        .cond_where(
            [
                session::Column::Id,
                session::Column::SeriesId,
                session::Column::ProgrammeId,
            ]
            .into_iter()
            .fold(Condition::any(), |any, column| {
                any.add(
                    Expr::col((sign_up_rule_row::Entity, sign_up_rule_row::Column::Id))
                        .equals((session::Entity, column)),
                )
            }),
        )
        .to_owned();
    Expr::exists(rules)
}

/// Coming sessions of all communities that have rules, a seat nobody holds, and people who wait, at most so many: kept seats may have been
/// set free since.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sessions_to_fill(
    db: &impl Connection,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<(CommunityId, SessionId)>> {
    let taken = Expr::col(session::Column::Enrolled).add(Expr::col(session::Column::Asked));
    let rows: Vec<(Uuid, Uuid)> = session::Entity::find()
        .select_only()
        .column(session::Column::CommunityId)
        .column(session::Column::Id)
        .filter(session::Column::StartsAt.gt(to_db(now)))
        .filter(session::Column::Waitlisted.gt(0))
        .filter(
            Condition::any()
                .add(session::Column::Capacity.is_null())
                .add(Expr::col(session::Column::Capacity).gt(taken)),
        )
        .filter(has_rules())
        .order_by_asc(session::Column::StartsAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(home, id)| (home.into(), id.into())).collect())
}

/// Who waits for a coming session that has rules while they hold a seat in another coming session of its programme, at most so many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn waits_beside_a_seat(
    db: &impl Connection,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<(CommunityId, SessionId, EnrolmentId)>> {
    let (seat, other) = (Alias::new("seat"), Alias::new("other"));
    let elsewhere = Query::select()
        .expr(Expr::val(1))
        .from_as(enrolment::Entity, seat.clone())
        .join_as(
            JoinType::InnerJoin,
            session::Entity,
            other.clone(),
            Condition::all()
                .add(
                    Expr::col((other.clone(), session::Column::CommunityId))
                        .equals((seat.clone(), enrolment::Column::CommunityId)),
                )
                .add(
                    Expr::col((other.clone(), session::Column::Id))
                        .equals((seat.clone(), enrolment::Column::SessionId)),
                ),
        )
        .and_where(
            Expr::col((seat.clone(), enrolment::Column::CommunityId))
                .equals((enrolment::Entity, enrolment::Column::CommunityId)),
        )
        .and_where(
            Expr::col((seat.clone(), enrolment::Column::ResidentId))
                .equals((enrolment::Entity, enrolment::Column::ResidentId)),
        )
        .and_where(Expr::col((seat, enrolment::Column::Status)).eq(EnrolmentStatus::Enrolled.as_str()))
        .and_where(
            Expr::col((other.clone(), session::Column::ProgrammeId))
                .equals((session::Entity, session::Column::ProgrammeId)),
        )
        .and_where(Expr::col((other.clone(), session::Column::Status)).ne("cancelled"))
        .and_where(Expr::col((other, session::Column::StartsAt)).gt(to_db(now)))
        .to_owned();
    let rows: Vec<(Uuid, Uuid, Uuid)> = enrolment::Entity::find()
        .select_only()
        .column(enrolment::Column::CommunityId)
        .column(enrolment::Column::SessionId)
        .column(enrolment::Column::Id)
        .inner_join(session::Entity)
        .filter(session::Column::StartsAt.gt(to_db(now)))
        .filter(session::Column::Waitlisted.gt(0))
        .filter(enrolment::Column::Status.eq(EnrolmentStatus::Waitlisted.as_str()))
        .filter(has_rules())
        .filter(Expr::exists(elsewhere))
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(home, session, id)| (home.into(), session.into(), id.into()))
        .collect())
}
