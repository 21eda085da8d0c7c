//! Matters (件) settled at help desks.

use std::collections::{HashMap, HashSet};

use entities::{attendance, matter, resident, session};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait,
};
use uuid::Uuid;

use super::report::Span;
use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{AccountId, AttendanceId, CommunityId, MatterId, SessionId};
use crate::domain::matter::{Count, Row};

/// How many ids one question names.
const CHUNK: usize = 1_000;

/// The rows with these ids, of any session.
pub async fn met(conn: &impl Connection, community: CommunityId, ids: &[MatterId]) -> Result<Vec<Row>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = matter::Entity::find()
        .filter(matter::Column::CommunityId.eq(community.0))
        .filter(matter::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(of_row).collect())
}

fn of_row(row: matter::Model) -> Row {
    Row {
        id: row.id.into(),
        session: row.session_id.into(),
        label: row.label,
        other: row.other,
        attendance: row.attendance_id.map(AttendanceId),
        counted: row.counted,
    }
}

/// Stores new rows.
pub async fn insert(
    txn: &impl Connection,
    community: CommunityId,
    rows: &[Row],
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let models = rows.iter().map(|row| matter::ActiveModel {
        community_id: Set(community.0),
        id: Set(row.id.0),
        session_id: Set(row.session.0),
        label: Set(row.label.clone()),
        other: Set(row.other),
        attendance_id: Set(row.attendance.map(|id| id.0)),
        counted: Set(row.counted),
        recorded_at: Set(to_db(now)),
        recorded_by: Set(by.map(|account| account.0)),
    });
    matter::Entity::insert_many(models).exec_without_returning(txn).await?;
    Ok(())
}

/// Takes a row away.
pub async fn delete(txn: &impl Connection, community: CommunityId, id: MatterId) -> Result<()> {
    matter::Entity::delete_by_id((community.0, id.0)).exec(txn).await?;
    Ok(())
}

/// Those of the attendance rows that help desks made and matters still stand for.
pub async fn counted(
    conn: &impl Connection,
    community: CommunityId,
    rows: &[AttendanceId],
) -> Result<HashSet<AttendanceId>> {
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<Option<Uuid>> = matter::Entity::find()
        .select_only()
        .column(matter::Column::AttendanceId)
        .filter(matter::Column::CommunityId.eq(community.0))
        .filter(matter::Column::AttendanceId.is_in(rows.iter().map(|id| id.0)))
        .filter(matter::Column::Counted.eq(true))
        .into_tuple()
        .all(conn)
        .await?;
    Ok(found.into_iter().flatten().map(AttendanceId).collect())
}

/// Whether any matter stands for this attendance row.
pub async fn stands_for(conn: &impl Connection, community: CommunityId, row: AttendanceId) -> Result<bool> {
    let count = matter::Entity::find()
        .filter(matter::Column::CommunityId.eq(community.0))
        .filter(matter::Column::AttendanceId.eq(row.0))
        .count(conn)
        .await?;
    Ok(count > 0)
}

/// How many matters a session has.
pub async fn count(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<u64> {
    Ok(matter::Entity::find()
        .filter(matter::Column::CommunityId.eq(community.0))
        .filter(matter::Column::SessionId.eq(session.0))
        .count(conn)
        .await?)
}

/// The matters of a session by label.
pub async fn counts(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<Vec<Count>> {
    let rows: Vec<(String, bool, i64)> = matter::Entity::find()
        .select_only()
        .columns([matter::Column::Label, matter::Column::Other])
        .expr_as(matter::Column::Id.count(), "matters")
        .filter(matter::Column::CommunityId.eq(community.0))
        .filter(matter::Column::SessionId.eq(session.0))
        .group_by(matter::Column::Label)
        .group_by(matter::Column::Other)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(label, other, matters)| Count { label, other, matters })
        .collect())
}

/// How many matters each of these sessions has; sessions without any are left out.
pub async fn of_sessions(
    conn: &impl Connection,
    community: CommunityId,
    ids: &[SessionId],
) -> Result<HashMap<SessionId, i64>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(CHUNK) {
        let rows: Vec<(Uuid, i64)> = matter::Entity::find()
            .select_only()
            .column(matter::Column::SessionId)
            .expr_as(matter::Column::Id.count(), "matters")
            .filter(matter::Column::CommunityId.eq(community.0))
            .filter(matter::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .group_by(matter::Column::SessionId)
            .into_tuple()
            .all(conn)
            .await?;
        found.extend(rows.into_iter().map(|(id, matters)| (SessionId(id), matters)));
    }
    Ok(found)
}

/// The matters of all sessions that start in the span and were not cancelled: session, matter, how many.
pub async fn in_span(
    conn: &impl Connection,
    community: CommunityId,
    (from, to): Span,
) -> Result<Vec<(SessionId, Count)>> {
    let rows: Vec<(Uuid, String, bool, i64)> = matter::Entity::find()
        .inner_join(session::Entity)
        .select_only()
        .columns([matter::Column::SessionId])
        .columns([matter::Column::Label, matter::Column::Other])
        .expr_as(matter::Column::Id.count(), "matters")
        .filter(matter::Column::CommunityId.eq(community.0))
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::StartsAt.gte(to_db(from)))
        .filter(session::Column::StartsAt.lt(to_db(to)))
        .filter(session::Column::Status.ne("cancelled"))
        .group_by(matter::Column::SessionId)
        .group_by(matter::Column::Label)
        .group_by(matter::Column::Other)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(session, label, other, matters)| (session.into(), Count { label, other, matters }))
        .collect())
}

/// One matter on the list of the latest.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its id.
    pub id: MatterId,
    /// Which matter.
    pub label: String,
    /// The resident it was for, where the name was taken.
    pub name: Option<String>,
    /// Whether a head without a name was counted for it.
    pub unnamed: bool,
    /// When.
    pub recorded_at: Timestamp,
}

#[derive(FromQueryResult)]
struct StoredTaken {
    id: Uuid,
    label: String,
    attendance_id: Option<Uuid>,
    recorded_at: sea_orm::prelude::DateTimeUtc,
    name: Option<String>,
}

/// The latest matters of a session, latest first.
pub async fn latest(
    conn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    limit: u64,
) -> Result<Vec<Taken>> {
    let rows = matter::Entity::find()
        .join(JoinType::LeftJoin, matter::Relation::Attendance.def())
        .join(JoinType::LeftJoin, attendance::Relation::Resident.def())
        .select_only()
        .columns([
            matter::Column::Id,
            matter::Column::Label,
            matter::Column::AttendanceId,
            matter::Column::RecordedAt,
        ])
        .column_as(resident::Column::Name, "name")
        .filter(matter::Column::CommunityId.eq(community.0))
        .filter(matter::Column::SessionId.eq(session.0))
        .order_by_desc(matter::Column::RecordedAt)
        .order_by_desc(matter::Column::Id)
        .limit(limit)
        .into_model::<StoredTaken>()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Taken {
            id: row.id.into(),
            label: row.label,
            unnamed: row.attendance_id.is_some() && row.name.is_none(),
            name: row.name,
            recorded_at: from_db(row.recorded_at),
        })
        .collect())
}
