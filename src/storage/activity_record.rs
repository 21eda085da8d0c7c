//! Activity records (活动记录), at most one per session, and what a session's file holds.

use std::collections::HashMap;

use entities::{activity_record as record, feedback};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{Connection, Result, from_db, to_db};
use crate::domain::activity_record::Record;
use crate::domain::id::{AccountId, CommunityId, SessionId};

/// The record of a session.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, session: SessionId) -> Result<Option<Record>> {
    let row = record::Entity::find()
        .filter(record::Column::CommunityId.eq(community.0))
        .filter(record::Column::SessionId.eq(session.0))
        .one(db)
        .await?;
    Ok(row.map(|row| Record {
        session: row.session_id.into(),
        purpose: row.purpose,
        process: row.process,
        voice: row.voice,
        next: row.next,
        brief: row.brief,
        recorder: row.recorder,
        reviewer: row.reviewer,
        volunteers: row.volunteers,
        speakers: row.speakers,
        staff: row.staff,
        version: row.version,
        updated_at: from_db(row.updated_at),
    }))
}

/// Stores a record in place of the one with the version before; whether it was that one. `id` is used when there was none.
///
/// # Errors
/// [`super::Error::Dangling`] without its session.
pub async fn store(
    db: &impl Connection,
    community: CommunityId,
    id: uuid::Uuid,
    new: &Record,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<bool> {
    let row = record::ActiveModel {
        community_id: Set(community.0),
        id: Set(id),
        session_id: Set(new.session.0),
        purpose: Set(new.purpose.clone()),
        process: Set(new.process.clone()),
        voice: Set(new.voice.clone()),
        next: Set(new.next.clone()),
        brief: Set(new.brief.clone()),
        recorder: Set(new.recorder.clone()),
        reviewer: Set(new.reviewer.clone()),
        volunteers: Set(new.volunteers),
        speakers: Set(new.speakers),
        staff: Set(new.staff),
        version: Set(new.version),
        updated_at: Set(to_db(now)),
        updated_by: Set(by.map(Into::into)),
    };
    if new.version == 1 {
        let stored = record::Entity::insert(row)
            .on_conflict(
                OnConflict::columns([record::Column::CommunityId, record::Column::SessionId])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
        return Ok(stored > 0);
    }
    let changed = record::Entity::update_many()
        .set(record::ActiveModel {
            community_id: sea_orm::ActiveValue::NotSet,
            id: sea_orm::ActiveValue::NotSet,
            session_id: sea_orm::ActiveValue::NotSet,
            ..row
        })
        .filter(record::Column::CommunityId.eq(community.0))
        .filter(record::Column::SessionId.eq(new.session.0))
        .filter(record::Column::Version.eq(new.version - 1))
        .exec(db)
        .await?;
    Ok(changed.rows_affected > 0)
}

/// The course and the recorder of sessions that have a record.
///
/// # Errors
/// When the database cannot be asked.
pub async fn courses(
    db: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<HashMap<SessionId, (String, String)>> {
    if sessions.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(uuid::Uuid, String, String)> = record::Entity::find()
        .select_only()
        .columns([
            record::Column::SessionId,
            record::Column::Process,
            record::Column::Recorder,
        ])
        .filter(record::Column::CommunityId.eq(community.0))
        .filter(record::Column::SessionId.is_in(sessions.iter().map(|id| id.0)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(session, process, recorder)| (session.into(), (process, recorder)))
        .collect())
}

/// How many answers about satisfaction sessions have.
///
/// # Errors
/// When the database cannot be asked.
pub async fn answers(
    db: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<HashMap<SessionId, i64>> {
    if sessions.is_empty() {
        return Ok(HashMap::new());
    }
    let all = Expr::col(feedback::Column::VerySatisfied)
        .add(Expr::col(feedback::Column::Satisfied))
        .add(Expr::col(feedback::Column::Fair))
        .add(Expr::col(feedback::Column::Dissatisfied));
    // A sum of INTEGER is BIGINT on PostgreSQL and INTEGER on SQLite: both are read as i64.
    let rows: Vec<(uuid::Uuid, i64)> = feedback::Entity::find()
        .select_only()
        .column(feedback::Column::SessionId)
        .column_as(all.sum(), "answers")
        .filter(feedback::Column::CommunityId.eq(community.0))
        .filter(feedback::Column::SessionId.is_in(sessions.iter().map(|id| id.0)))
        .group_by(feedback::Column::SessionId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(session, count)| (session.into(), count))
        .collect())
}
