//! Counters against rows.

use std::collections::HashMap;

use entities::{attendance, booking, enrolment, session};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Connection, Result, to_db};
use crate::domain::id::SessionId;

/// Sessions whose counters differ from their rows.
///
/// # Errors
/// [`super::Error`].
pub async fn wrong_counters(conn: &impl Connection) -> Result<Vec<SessionId>> {
    // Sums are BIGINT on PostgreSQL and INTEGER on SQLite: both are read as i64.
    let attended: Vec<(Uuid, i64, i64)> = attendance::Entity::find()
        .select_only()
        .column(attendance::Column::SessionId)
        .column_as(attendance::Column::ResidentId.count(), "named")
        .column_as(attendance::Column::Headcount.sum(), "heads")
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
    let stored: Vec<(Uuid, i32, i32, i32, i32, i32)> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .column(session::Column::Enrolled)
        .column(session::Column::Waitlisted)
        .column(session::Column::Named)
        .column(session::Column::Headcount)
        .column(session::Column::Asked)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(stored
        .into_iter()
        .filter(|(id, enrolled, waitlisted, named, headcount, asked)| {
            let stored = [enrolled, waitlisted, named, headcount, asked].map(|count| i64::from(*count));
            counted.get(id).copied().unwrap_or_default() != stored
        })
        .map(|(id, ..)| id.into())
        .collect())
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
