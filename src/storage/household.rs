//! Households (户) visited on service days.

use std::collections::HashMap;

use entities::{grid, household_visit};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, Func};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, FromQueryResult, IntoActiveModel, JoinType, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::report::Span;
use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId, GridId, SessionId, VisitId};

/// How many ids one question names.
const CHUNK: usize = 1_000;

/// A visit as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The id the device made.
    pub id: VisitId,
    /// On which service day.
    pub session: Option<SessionId>,
    /// Grid.
    pub grid: Option<GridId>,
    /// The home, in the one spelling.
    pub household: String,
    /// Nobody opened.
    pub nobody_home: bool,
    /// Who went.
    pub visitors: String,
    /// What came of it.
    pub outcome: String,
    /// When.
    pub visited_at: Timestamp,
}

fn of_row(row: household_visit::Model) -> Visit {
    Visit {
        id: row.id.into(),
        session: row.session_id.map(SessionId),
        grid: row.grid_id.map(GridId),
        household: row.household,
        nobody_home: row.nobody_home,
        visitors: row.visitors,
        outcome: row.outcome,
        visited_at: from_db(row.visited_at),
    }
}

/// The visit with this id.
pub async fn find(conn: &impl Connection, community: CommunityId, id: VisitId) -> Result<Option<Visit>> {
    let found = household_visit::Entity::find_by_id((community.0, id.0))
        .one(conn)
        .await?;
    Ok(found.map(of_row))
}

/// The visit of a household on a service day.
pub async fn find_on(
    conn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    household: &str,
) -> Result<Option<Visit>> {
    let found = household_visit::Entity::find()
        .filter(household_visit::Column::CommunityId.eq(community.0))
        .filter(household_visit::Column::SessionId.eq(session.0))
        .filter(household_visit::Column::Household.eq(household))
        .one(conn)
        .await?;
    Ok(found.map(of_row))
}

/// The visit that an account recorded last on a service day: the next one is probably next door.
pub async fn last_by(
    conn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    by: Option<AccountId>,
) -> Result<Option<Visit>> {
    let found = household_visit::Entity::find()
        .filter(household_visit::Column::CommunityId.eq(community.0))
        .filter(household_visit::Column::SessionId.eq(session.0))
        .filter(household_visit::Column::RecordedBy.eq(by.map(|account| account.0)))
        .order_by_desc(household_visit::Column::VisitedAt)
        .order_by_desc(household_visit::Column::Id)
        .limit(1)
        .one(conn)
        .await?;
    Ok(found.map(of_row))
}

/// Stores a visit.
pub async fn insert(txn: &impl Connection, community: CommunityId, visit: &Visit, by: Option<AccountId>) -> Result<()> {
    household_visit::Entity::insert(household_visit::ActiveModel {
        community_id: Set(community.0),
        id: Set(visit.id.0),
        session_id: Set(visit.session.map(|id| id.0)),
        grid_id: Set(visit.grid.map(|id| id.0)),
        household: Set(visit.household.clone()),
        nobody_home: Set(visit.nobody_home),
        visitors: Set(visit.visitors.clone()),
        outcome: Set(visit.outcome.clone()),
        visited_at: Set(to_db(visit.visited_at)),
        recorded_by: Set(by.map(|account| account.0)),
    })
    .exec_without_returning(txn)
    .await?;
    Ok(())
}

/// Stores what a second look at the same household added.
pub async fn update(txn: &impl Connection, community: CommunityId, visit: &Visit) -> Result<()> {
    let found = household_visit::Entity::find_by_id((community.0, visit.id.0))
        .one(txn)
        .await?;
    let Some(found) = found else { return Ok(()) };
    let mut row = found.into_active_model();
    row.grid_id = Set(visit.grid.map(|id| id.0));
    row.nobody_home = Set(visit.nobody_home);
    row.visitors = Set(visit.visitors.clone());
    row.outcome = Set(visit.outcome.clone());
    row.update(txn).await?;
    Ok(())
}

/// Takes a visit away; its needs go first.
pub async fn delete(txn: &impl Connection, community: CommunityId, id: VisitId) -> Result<()> {
    household_visit::Entity::delete_by_id((community.0, id.0))
        .exec(txn)
        .await?;
    Ok(())
}

/// How many visits a session has, knocks at closed doors included.
pub async fn count(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<u64> {
    Ok(household_visit::Entity::find()
        .filter(household_visit::Column::CommunityId.eq(community.0))
        .filter(household_visit::Column::SessionId.eq(session.0))
        .count(conn)
        .await?)
}

/// Households met, and doors nobody opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doors {
    /// 户.
    pub met: i64,
    /// Nobody home.
    pub nobody_home: i64,
}

/// The doors of these sessions; sessions without any are left out.
pub async fn of_sessions(
    conn: &impl Connection,
    community: CommunityId,
    ids: &[SessionId],
) -> Result<HashMap<SessionId, Doors>> {
    let mut found: HashMap<SessionId, Doors> = HashMap::new();
    for ids in ids.chunks(CHUNK) {
        let rows: Vec<(Option<Uuid>, bool, i64)> = household_visit::Entity::find()
            .select_only()
            .columns([household_visit::Column::SessionId, household_visit::Column::NobodyHome])
            .expr_as(household_visit::Column::Id.count(), "visits")
            .filter(household_visit::Column::CommunityId.eq(community.0))
            .filter(household_visit::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .group_by(household_visit::Column::SessionId)
            .group_by(household_visit::Column::NobodyHome)
            .into_tuple()
            .all(conn)
            .await?;
        for (session, nobody_home, visits) in rows {
            let Some(session) = session else { continue };
            let doors = found.entry(session.into()).or_default();
            if nobody_home {
                doors.nobody_home += visits;
            } else {
                doors.met += visits;
            }
        }
    }
    Ok(found)
}

/// Different households met in a span, doors nobody opened in it, and the sessions behind them.
pub async fn in_span(
    conn: &impl Connection,
    community: CommunityId,
    (from, to): Span,
) -> Result<(Doors, Vec<SessionId>)> {
    let within = || {
        household_visit::Entity::find()
            .filter(household_visit::Column::CommunityId.eq(community.0))
            .filter(household_visit::Column::VisitedAt.gte(to_db(from)))
            .filter(household_visit::Column::VisitedAt.lt(to_db(to)))
    };
    let distinct = Func::count_distinct(Expr::col(household_visit::Column::Household));
    let met: Option<i64> = within()
        .select_only()
        .expr_as(distinct, "met")
        .filter(household_visit::Column::NobodyHome.eq(false))
        .into_tuple()
        .one(conn)
        .await?;
    let nobody_home = within()
        .filter(household_visit::Column::NobodyHome.eq(true))
        .count(conn)
        .await?;
    let sessions: Vec<Option<Uuid>> = within()
        .select_only()
        .column(household_visit::Column::SessionId)
        .filter(household_visit::Column::SessionId.is_not_null())
        .group_by(household_visit::Column::SessionId)
        .into_tuple()
        .all(conn)
        .await?;
    let doors = Doors {
        met: met.unwrap_or_default(),
        nobody_home: i64::try_from(nobody_home).unwrap_or(i64::MAX),
    };
    Ok((doors, sessions.into_iter().flatten().map(SessionId).collect()))
}

/// A visit on the list, with the name of its grid.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The visit.
    pub visit: Visit,
    /// Name of the grid; empty without one.
    pub grid: String,
}

#[derive(FromQueryResult)]
struct StoredListed {
    id: Uuid,
    session_id: Option<Uuid>,
    grid_id: Option<Uuid>,
    household: String,
    nobody_home: bool,
    visitors: String,
    outcome: String,
    visited_at: sea_orm::prelude::DateTimeUtc,
    grid: Option<String>,
}

/// The visits of a session, latest first.
pub async fn of_session(
    conn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    limit: u64,
) -> Result<Vec<Listed>> {
    let rows = household_visit::Entity::find()
        .join(JoinType::LeftJoin, household_visit::Relation::Grid.def())
        .select_only()
        .columns([
            household_visit::Column::Id,
            household_visit::Column::SessionId,
            household_visit::Column::GridId,
            household_visit::Column::Household,
            household_visit::Column::NobodyHome,
            household_visit::Column::Visitors,
            household_visit::Column::Outcome,
            household_visit::Column::VisitedAt,
        ])
        .column_as(grid::Column::Name, "grid")
        .filter(household_visit::Column::CommunityId.eq(community.0))
        .filter(household_visit::Column::SessionId.eq(session.0))
        .order_by_desc(household_visit::Column::VisitedAt)
        .order_by_desc(household_visit::Column::Id)
        .limit(limit)
        .into_model::<StoredListed>()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Listed {
            grid: row.grid.unwrap_or_default(),
            visit: Visit {
                id: row.id.into(),
                session: row.session_id.map(SessionId),
                grid: row.grid_id.map(GridId),
                household: row.household,
                nobody_home: row.nobody_home,
                visitors: row.visitors,
                outcome: row.outcome,
                visited_at: from_db(row.visited_at),
            },
        })
        .collect())
}
