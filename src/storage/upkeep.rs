//! Counters against rows, a community at a time, and the alarms that stand when they differ.

use std::collections::{BTreeMap, HashMap};

use entities::{attendance, booking, count_alarm, enrolment, session};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    AccessMode, ColumnTrait, EntityTrait, IsolationLevel, PaginatorTrait, QueryFilter, QuerySelect, TransactionTrait,
};
use uuid::Uuid;

use super::{Connection, Db, Kind, Result, from_db, to_db};
use crate::domain::id::{CommunityId, SessionId};

/// A reading transaction that sees one moment: between two questions nobody is counted in.
///
/// # Errors
/// [`super::Error`].
pub async fn one_moment(db: &Db) -> Result<super::Txn> {
    let txn = match db.kind() {
        // In WAL mode a transaction keeps to the moment of its first question.
        Kind::Sqlite => db.reader().begin().await?,
        Kind::Postgres => {
            let (level, mode) = (IsolationLevel::RepeatableRead, AccessMode::ReadOnly);
            db.reader().begin_with_config(Some(level), Some(mode)).await?
        }
    };
    Ok(txn)
}

/// A session whose counters differ from its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongSession {
    /// Which.
    pub id: SessionId,
    /// Its start.
    pub starts_at: Timestamp,
    /// What the rows say: enrolled, waitlisted, named, headcount, asked.
    counted: [i64; 5],
}

/// Sessions of a community whose counters differ from their rows.
///
/// # Errors
/// [`super::Error`].
pub async fn wrong_sessions(conn: &impl Connection, community: CommunityId) -> Result<Vec<WrongSession>> {
    // Sums are BIGINT on PostgreSQL and INTEGER on SQLite: both are read as i64.
    let attended: Vec<(Uuid, i64, i64)> = attendance::Entity::find()
        .select_only()
        .column(attendance::Column::SessionId)
        .column_as(attendance::Column::ResidentId.count(), "named")
        .column_as(attendance::Column::Headcount.sum(), "heads")
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(attendance::Column::WithdrawnAt.is_null())
        .group_by(attendance::Column::SessionId)
        .into_tuple()
        .all(conn)
        .await?;
    let signed_up: Vec<(Uuid, String, i64)> = enrolment::Entity::find()
        .select_only()
        .column(enrolment::Column::SessionId)
        .column(enrolment::Column::Status)
        .column_as(enrolment::Column::Id.count(), "count")
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .group_by(enrolment::Column::SessionId)
        .group_by(enrolment::Column::Status)
        .into_tuple()
        .all(conn)
        .await?;
    // enrolled, waitlisted, named, headcount, asked
    let mut counted: HashMap<Uuid, [i64; 5]> = HashMap::new();
    for (session, named, heads) in attended {
        let entry = counted.entry(session).or_default();
        entry[2] = named;
        entry[3] = heads;
    }
    for (session, status, count) in signed_up {
        let entry = counted.entry(session).or_default();
        match status.as_str() {
            "enrolled" => entry[0] = count,
            "waitlisted" => entry[1] = count,
            "asked" | "offered" => entry[4] += count,
            _ => {}
        }
    }
    let stored: Vec<(Uuid, sea_orm::prelude::DateTimeUtc, i32, i32, i32, i32, i32)> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .column(session::Column::StartsAt)
        .column(session::Column::Enrolled)
        .column(session::Column::Waitlisted)
        .column(session::Column::Named)
        .column(session::Column::Headcount)
        .column(session::Column::Asked)
        .filter(session::Column::CommunityId.eq(community.0))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(stored
        .into_iter()
        .filter_map(|(id, starts_at, enrolled, waitlisted, named, headcount, asked)| {
            let stored = [enrolled, waitlisted, named, headcount, asked].map(i64::from);
            let counted = counted.get(&id).copied().unwrap_or_default();
            (counted != stored).then(|| WrongSession {
                id: id.into(),
                starts_at: from_db(starts_at),
                counted,
            })
        })
        .collect())
}

/// Sets the counters of a session to what its rows say.
///
/// # Errors
/// [`super::Error`].
pub async fn set_counters(
    txn: &impl Connection,
    community: CommunityId,
    wrong: &WrongSession,
    now: Timestamp,
) -> Result<()> {
    let columns = [
        session::Column::Enrolled,
        session::Column::Waitlisted,
        session::Column::Named,
        session::Column::Headcount,
        session::Column::Asked,
    ];
    let mut update = session::Entity::update_many().col_expr(session::Column::UpdatedAt, Expr::value(to_db(now)));
    for (column, count) in columns.into_iter().zip(wrong.counted) {
        update = update.col_expr(column, Expr::value(i32::try_from(count).unwrap_or(i32::MAX)));
    }
    update
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::Id.eq(wrong.id.0))
        .exec(txn)
        .await?;
    Ok(())
}

/// What differs in a month: sessions, summary rows.
pub type Wrong = (i32, i32);

/// The alarms of a community that stand, by month.
///
/// # Errors
/// [`super::Error`].
pub async fn alarms(conn: &impl Connection, community: CommunityId) -> Result<BTreeMap<String, Wrong>> {
    let rows = count_alarm::Entity::find()
        .filter(count_alarm::Column::CommunityId.eq(community.0))
        .filter(count_alarm::Column::ClearedAt.is_null())
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.month, (row.sessions, row.summaries)))
        .collect())
}

/// Raises an alarm about a month.
///
/// # Errors
/// [`super::Error`].
pub async fn raise(
    txn: &impl Connection,
    community: CommunityId,
    id: Uuid,
    month: &str,
    (sessions, summaries): Wrong,
    now: Timestamp,
) -> Result<()> {
    count_alarm::Entity::insert(count_alarm::ActiveModel {
        community_id: Set(community.0),
        id: Set(id),
        month: Set(month.to_owned()),
        sessions: Set(sessions),
        summaries: Set(summaries),
        found_at: Set(to_db(now)),
        cleared_at: Set(None),
    })
    .exec_without_returning(txn)
    .await?;
    Ok(())
}

/// Ends the alarms about a month.
///
/// # Errors
/// [`super::Error`].
pub async fn clear(txn: &impl Connection, community: CommunityId, month: &str, now: Timestamp) -> Result<()> {
    count_alarm::Entity::update_many()
        .col_expr(count_alarm::Column::ClearedAt, Expr::value(to_db(now)))
        .filter(count_alarm::Column::CommunityId.eq(community.0))
        .filter(count_alarm::Column::Month.eq(month))
        .filter(count_alarm::Column::ClearedAt.is_null())
        .exec(txn)
        .await?;
    Ok(())
}

/// How many coming sessions that take place hold no venue.
///
/// # Errors
/// [`super::Error`].
pub async fn sessions_without_booking(conn: &impl Connection, now: Timestamp) -> Result<u64> {
    let held = Query::select()
        .column(booking::Column::SessionId)
        .from(booking::Entity)
        .and_where(Expr::col(booking::Column::SessionId).is_not_null())
        .take();
    Ok(session::Entity::find()
        .filter(session::Column::StartsAt.gt(to_db(now)))
        .filter(session::Column::Status.is_in(["scheduled", "provisional"]))
        .filter(session::Column::Id.not_in_subquery(held))
        .count(conn)
        .await?)
}
