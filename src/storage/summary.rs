//! Summary rows of named visits: reading them, counting them anew, and setting them right. Triggers keep them (migration
//! `create_visit_summary`), so that nothing here is called when attendance changes.

use std::collections::{BTreeMap, HashMap};

use entities::visit_summary;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, Statement, Value};
use uuid::Uuid;

use super::{Connection, Result};
use crate::domain::id::CommunityId;
use crate::domain::period::YearMonth;
use crate::domain::report::NamedVisits;

/// How often each resident came to each programme at each venue in these summary months.
pub async fn named_visits(
    conn: &impl Connection,
    community: CommunityId,
    first: YearMonth,
    last: YearMonth,
) -> Result<Vec<NamedVisits>> {
    let query = visit_summary::Entity::find()
        .select_only()
        .columns([
            visit_summary::Column::ResidentId,
            visit_summary::Column::ProgrammeId,
            visit_summary::Column::VenueId,
        ])
        .filter(visit_summary::Column::CommunityId.eq(community.0));
    let rows: Vec<(Uuid, Uuid, Uuid, i64)> = if first == last {
        let rows: Vec<(Uuid, Uuid, Uuid, i32)> = query
            .column(visit_summary::Column::Visits)
            .filter(visit_summary::Column::Month.eq(first.to_string()))
            .into_tuple()
            .all(conn)
            .await?;
        rows.into_iter()
            .map(|(who, what, place, n)| (who, what, place, n.into()))
            .collect()
    } else {
        query
            .column_as(visit_summary::Column::Visits.sum(), "visits")
            .filter(visit_summary::Column::Month.between(first.to_string(), last.to_string()))
            .group_by(visit_summary::Column::ResidentId)
            .group_by(visit_summary::Column::ProgrammeId)
            .group_by(visit_summary::Column::VenueId)
            .into_tuple()
            .all(conn)
            .await?
    };
    let visits = rows
        .into_iter()
        .map(|(resident, programme, venue, visits)| NamedVisits {
            resident: resident.into(),
            programme: programme.into(),
            venue: venue.into(),
            visits,
        });
    Ok(visits.collect())
}

/// Distinct residents of each community over these summary months.
pub async fn people(
    conn: &impl Connection,
    communities: &[CommunityId],
    first: YearMonth,
    last: YearMonth,
) -> Result<HashMap<CommunityId, i64>> {
    let people: Vec<(Uuid, i64)> = visit_summary::Entity::find()
        .select_only()
        .column(visit_summary::Column::CommunityId)
        .expr_as(
            Func::count_distinct(Expr::col(visit_summary::Column::ResidentId)),
            "people",
        )
        .filter(visit_summary::Column::CommunityId.is_in(communities.iter().map(|id| id.0)))
        .filter(visit_summary::Column::Month.between(first.to_string(), last.to_string()))
        .group_by(visit_summary::Column::CommunityId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(people.into_iter().map(|(id, people)| (id.into(), people)).collect())
}

/// The month of a session, said to the database as the triggers say it.
fn month(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "to_char((s.starts_at AT TIME ZONE 'UTC') + interval '8 hours', 'YYYY-MM')",
        _ => "strftime('%Y-%m', s.starts_at, '+8 hours')",
    }
}

/// The summary of a community, counted from attendance; `$1` is the community.
fn counted(backend: DbBackend) -> String {
    format!(
        "SELECT a.community_id, {} AS month, a.resident_id, s.programme_id, s.venue_id, COUNT(*) AS visits \
         FROM session s JOIN attendance a ON a.community_id = s.community_id AND a.session_id = s.id \
         WHERE s.community_id = $1 AND s.status <> 'cancelled' AND a.resident_id IS NOT NULL AND a.withdrawn_at IS NULL \
         GROUP BY 1, 2, 3, 4, 5",
        month(backend)
    )
}

fn statement(conn: &impl Connection, sql: impl Fn(DbBackend) -> String, community: CommunityId) -> Statement {
    let backend = conn.get_database_backend();
    Statement::from_sql_and_values(backend, sql(backend), [Value::from(community.0)])
}

/// Per month, how many summary rows differ from the attendance.
pub async fn wrong_rows(conn: &impl Connection, community: CommunityId) -> Result<BTreeMap<String, i64>> {
    let sql = |backend| {
        format!(
            "SELECT month, COUNT(*) AS wrong FROM (SELECT month, resident_id, programme_id, venue_id, SUM(visits) AS visits \
             FROM (SELECT month, resident_id, programme_id, venue_id, visits FROM visit_summary WHERE community_id = $1 \
             UNION ALL SELECT month, resident_id, programme_id, venue_id, -visits FROM ({}) AS counted) AS both_sides \
             GROUP BY month, resident_id, programme_id, venue_id HAVING SUM(visits) <> 0) AS differing GROUP BY month",
            counted(backend)
        )
    };
    let mut wrong = BTreeMap::new();
    for row in conn.query_all_raw(statement(conn, sql, community)).await? {
        wrong.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    }
    Ok(wrong)
}

/// Replaces the summary of a community by what its attendance says.
pub async fn rebuild(txn: &impl Connection, community: CommunityId) -> Result<()> {
    visit_summary::Entity::delete_many()
        .filter(visit_summary::Column::CommunityId.eq(community.0))
        .exec(txn)
        .await?;
    let sql = |backend| {
        format!(
            "INSERT INTO visit_summary (community_id, month, resident_id, programme_id, venue_id, visits) {}",
            counted(backend)
        )
    };
    txn.execute_raw(statement(txn, sql, community)).await?;
    Ok(())
}
