//! What a district sees: the totals of many communities at once.

use std::collections::HashMap;

use entities::{attendance, household_visit, need, session};
use sea_orm::sea_query::{Expr, Func, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait};
use uuid::Uuid;

use super::{Span, counts, live_named, visits_sum};
use crate::domain::id::CommunityId;
use crate::domain::summary::Cover;
use crate::storage::{Connection, Result, summary, to_db};

/// What a district sees of one community.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Sessions held.
    pub sessions: i64,
    /// 人次.
    pub visits: i64,
    /// The part of it that has no name.
    pub anonymous_visits: i64,
    /// 人数.
    pub people: i64,
    /// 户: distinct households visited.
    pub households: i64,
    /// 诉求 recorded.
    pub needs_recorded: i64,
    /// 诉求 resolved.
    pub needs_resolved: i64,
}

/// The totals of communities that share a zone.
pub async fn totals(
    conn: &impl Connection,
    communities: &[CommunityId],
    span: Span,
) -> Result<HashMap<CommunityId, Totals>> {
    let ids = || communities.iter().map(|id| id.0);
    let (from, to) = (to_db(span.0), to_db(span.1));
    let mut totals: HashMap<CommunityId, Totals> = HashMap::new();

    let sessions: Vec<(Uuid, i64, Option<i64>, Option<i64>)> = session::Entity::find()
        .select_only()
        .column(session::Column::CommunityId)
        .expr_as(session::Column::Id.count(), "sessions")
        .expr_as(visits_sum(), "visits")
        .expr_as(session::Column::Headcount.sum(), "anonymous")
        .filter(session::Column::CommunityId.is_in(ids()))
        .filter(session::Column::StartsAt.gte(from))
        .filter(session::Column::StartsAt.lt(to))
        .filter(counts())
        .group_by(session::Column::CommunityId)
        .into_tuple()
        .all(conn)
        .await?;
    for (community, sessions, visits, anonymous) in sessions {
        let total = totals.entry(community.into()).or_default();
        total.sessions = sessions;
        total.visits = visits.unwrap_or_default();
        total.anonymous_visits = anonymous.unwrap_or_default();
    }

    for (community, people) in people(conn, communities, span).await? {
        totals.entry(community).or_default().people = people;
    }

    let households: Vec<(Uuid, i64)> = household_visit::Entity::find()
        .select_only()
        .column(household_visit::Column::CommunityId)
        .expr_as(distinct(household_visit::Column::Household), "households")
        .filter(household_visit::Column::CommunityId.is_in(ids()))
        .filter(household_visit::Column::VisitedAt.gte(from))
        .filter(household_visit::Column::VisitedAt.lt(to))
        .filter(household_visit::Column::NobodyHome.eq(false))
        .group_by(household_visit::Column::CommunityId)
        .into_tuple()
        .all(conn)
        .await?;
    for (community, households) in households {
        totals.entry(community.into()).or_default().households = households;
    }

    for (community, needs) in needs(conn, communities, need::Column::RecordedAt, (from, to)).await? {
        totals.entry(community).or_default().needs_recorded = needs;
    }
    for (community, needs) in needs(conn, communities, need::Column::ResolvedAt, (from, to)).await? {
        totals.entry(community).or_default().needs_resolved = needs;
    }
    Ok(totals)
}

fn distinct(column: impl ColumnTrait) -> SimpleExpr {
    Func::count_distinct(Expr::col(column.as_column_ref())).into()
}

async fn needs(
    conn: &impl Connection,
    communities: &[CommunityId],
    when: need::Column,
    (from, to): (sea_orm::prelude::DateTimeUtc, sea_orm::prelude::DateTimeUtc),
) -> Result<Vec<(CommunityId, i64)>> {
    let rows: Vec<(Uuid, i64)> = need::Entity::find()
        .select_only()
        .column(need::Column::CommunityId)
        .expr_as(need::Column::Id.count(), "needs")
        .filter(need::Column::CommunityId.is_in(communities.iter().map(|id| id.0)))
        .filter(when.gte(from))
        .filter(when.lt(to))
        .group_by(need::Column::CommunityId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|(id, needs)| (id.into(), needs)).collect())
}

/// 人数 of each community: from summary rows for whole months, from attendance otherwise.
async fn people(conn: &impl Connection, communities: &[CommunityId], span: Span) -> Result<HashMap<CommunityId, i64>> {
    if let Some((first, last)) = Cover::of(span).whole() {
        return summary::people(conn, communities, first, last).await;
    }
    let people: Vec<(Uuid, i64)> = session::Entity::find()
        .join(JoinType::InnerJoin, attendance::Relation::Session.def().rev())
        .select_only()
        .column(session::Column::CommunityId)
        .expr_as(distinct(attendance::Column::ResidentId), "people")
        .filter(session::Column::CommunityId.is_in(communities.iter().map(|id| id.0)))
        .filter(session::Column::StartsAt.gte(to_db(span.0)))
        .filter(session::Column::StartsAt.lt(to_db(span.1)))
        .filter(session::Column::Status.ne("cancelled"))
        .filter(live_named())
        .group_by(session::Column::CommunityId)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(people.into_iter().map(|(id, people)| (id.into(), people)).collect())
}
