//! Needs (诉求) that were told.

use std::collections::HashMap;

use entities::need;
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::report::Span;
use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId, NeedId, SessionId, VisitId};
use crate::domain::need::Need;

/// How many ids one question names.
const CHUNK: usize = 1_000;

fn of_row(row: need::Model) -> Need {
    Need {
        id: row.id.into(),
        session: row.session_id.map(SessionId),
        visit: row.visit_id.map(VisitId),
        text: row.text,
        recorded_at: from_db(row.recorded_at),
        resolved_at: row.resolved_at.map(from_db),
        outcome: row.outcome,
    }
}

/// The needs with these ids.
pub async fn met(conn: &impl Connection, community: CommunityId, ids: &[NeedId]) -> Result<Vec<Need>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = need::Entity::find()
        .filter(need::Column::CommunityId.eq(community.0))
        .filter(need::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(of_row).collect())
}

/// Stores needs.
pub async fn insert(
    txn: &impl Connection,
    community: CommunityId,
    needs: &[Need],
    by: Option<AccountId>,
) -> Result<()> {
    if needs.is_empty() {
        return Ok(());
    }
    let rows = needs.iter().map(|one| need::ActiveModel {
        community_id: Set(community.0),
        id: Set(one.id.0),
        session_id: Set(one.session.map(|id| id.0)),
        visit_id: Set(one.visit.map(|id| id.0)),
        text: Set(one.text.clone()),
        recorded_at: Set(to_db(one.recorded_at)),
        resolved_at: Set(one.resolved_at.map(to_db)),
        outcome: Set(one.outcome.clone()),
        recorded_by: Set(by.map(|account| account.0)),
        resolved_by: Set(one.resolved_at.and(by).map(|account| account.0)),
    });
    need::Entity::insert_many(rows).exec_without_returning(txn).await?;
    Ok(())
}

/// Stores how an open need was resolved, or that it is open again. Whether it was the other way round before.
pub async fn set_resolved(
    txn: &impl Connection,
    community: CommunityId,
    id: NeedId,
    resolved: Option<(Timestamp, &str)>,
    by: Option<AccountId>,
) -> Result<bool> {
    let before = if resolved.is_some() {
        need::Column::ResolvedAt.is_null()
    } else {
        need::Column::ResolvedAt.is_not_null()
    };
    let done = need::Entity::update_many()
        .col_expr(need::Column::ResolvedAt, Expr::value(resolved.map(|(at, _)| to_db(at))))
        .col_expr(
            need::Column::Outcome,
            Expr::value(resolved.map(|(_, how)| how).unwrap_or_default()),
        )
        .col_expr(
            need::Column::ResolvedBy,
            Expr::value(resolved.and(by).map(|account| account.0)),
        )
        .filter(need::Column::CommunityId.eq(community.0))
        .filter(need::Column::Id.eq(id.0))
        .filter(before)
        .exec(txn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Takes needs away.
pub async fn delete(txn: &impl Connection, community: CommunityId, ids: &[NeedId]) -> Result<()> {
    need::Entity::delete_many()
        .filter(need::Column::CommunityId.eq(community.0))
        .filter(need::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .exec(txn)
        .await?;
    Ok(())
}

/// How many needs a session has.
pub async fn count(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<u64> {
    Ok(need::Entity::find()
        .filter(need::Column::CommunityId.eq(community.0))
        .filter(need::Column::SessionId.eq(session.0))
        .count(conn)
        .await?)
}

/// The needs heard at a visit.
pub async fn of_visit(conn: &impl Connection, community: CommunityId, visit: VisitId) -> Result<Vec<Need>> {
    let rows = need::Entity::find()
        .filter(need::Column::CommunityId.eq(community.0))
        .filter(need::Column::VisitId.eq(visit.0))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(of_row).collect())
}

/// The needs heard at a session: open ones first, each part latest first.
pub async fn of_session(
    conn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    limit: u64,
) -> Result<Vec<Need>> {
    let part = |condition: Condition| {
        need::Entity::find()
            .filter(need::Column::CommunityId.eq(community.0))
            .filter(need::Column::SessionId.eq(session.0))
            .filter(condition)
            .order_by_desc(need::Column::RecordedAt)
            .order_by_desc(need::Column::Id)
            .limit(limit)
            .all(conn)
    };
    let open = part(Condition::all().add(need::Column::ResolvedAt.is_null())).await?;
    let resolved = part(Condition::all().add(need::Column::ResolvedAt.is_not_null())).await?;
    Ok(open.into_iter().chain(resolved).map(of_row).collect())
}

/// Needs heard, and those of them that are resolved by now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Heard.
    pub recorded: i64,
    /// Resolved by now.
    pub resolved: i64,
}

/// The needs heard at these sessions; sessions without any are left out.
pub async fn of_sessions(
    conn: &impl Connection,
    community: CommunityId,
    ids: &[SessionId],
) -> Result<HashMap<SessionId, Heard>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(CHUNK) {
        let rows: Vec<(Option<Uuid>, i64, i64)> = need::Entity::find()
            .select_only()
            .column(need::Column::SessionId)
            .expr_as(need::Column::Id.count(), "recorded")
            .expr_as(need::Column::ResolvedAt.count(), "resolved")
            .filter(need::Column::CommunityId.eq(community.0))
            .filter(need::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .group_by(need::Column::SessionId)
            .into_tuple()
            .all(conn)
            .await?;
        for (session, recorded, resolved) in rows {
            if let Some(session) = session {
                found.insert(SessionId(session), Heard { recorded, resolved });
            }
        }
    }
    Ok(found)
}

/// What the needs of a span say.
#[derive(Clone, Debug, Default)]
pub struct OfSpan {
    /// Heard in it.
    pub recorded: i64,
    /// Of those, still open.
    pub open: i64,
    /// Resolved in it, whenever they were heard: heard and resolved.
    pub resolved: Vec<(Timestamp, Timestamp)>,
    /// Sessions where they were heard.
    pub sessions: Vec<SessionId>,
}

/// The needs heard, and those resolved, in a span.
pub async fn in_span(conn: &impl Connection, community: CommunityId, (from, to): Span) -> Result<OfSpan> {
    type Line = (
        Option<Uuid>,
        sea_orm::prelude::DateTimeUtc,
        Option<sea_orm::prelude::DateTimeUtc>,
    );
    let (from, to) = (to_db(from), to_db(to));
    let within = |column: need::Column| {
        need::Entity::find()
            .select_only()
            .columns([
                need::Column::SessionId,
                need::Column::RecordedAt,
                need::Column::ResolvedAt,
            ])
            .filter(need::Column::CommunityId.eq(community.0))
            .filter(column.gte(from))
            .filter(column.lt(to))
            .into_tuple()
            .all(conn)
    };
    let heard: Vec<Line> = within(need::Column::RecordedAt).await?;
    let resolved: Vec<Line> = within(need::Column::ResolvedAt).await?;
    let mut sessions: Vec<SessionId> = heard
        .iter()
        .chain(&resolved)
        .filter_map(|(session, ..)| session.map(SessionId))
        .collect();
    sessions.sort_unstable();
    sessions.dedup();
    Ok(OfSpan {
        recorded: i64::try_from(heard.len()).unwrap_or(i64::MAX),
        open: i64::try_from(heard.iter().filter(|(.., at)| at.is_none()).count()).unwrap_or(i64::MAX),
        resolved: resolved
            .into_iter()
            .filter_map(|(_, heard, resolved)| Some((from_db(heard), from_db(resolved?))))
            .collect(),
        sessions,
    })
}
