//! Feedback rows (满意度).

use entities::feedback;
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::convert::read;
use super::{Connection, Result, from_db, to_db};
use crate::domain::attendance::Answers;
use crate::domain::feedback::Source;
use crate::domain::id::{AccountId, CommunityId, FeedbackId, SessionId};

/// One entry as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The id the device made.
    pub id: FeedbackId,
    /// On which session.
    pub session: SessionId,
    /// 很满意, 满意, 基本满意, 不满意.
    pub answers: [i32; 4],
    /// Where it came from.
    pub source: Source,
    /// When it was taken.
    pub recorded_at: Timestamp,
}

fn of_row(row: &feedback::Model) -> Result<Stored> {
    Ok(Stored {
        id: row.id.into(),
        session: row.session_id.into(),
        answers: [row.very_satisfied, row.satisfied, row.fair, row.dissatisfied],
        source: read("feedback", "source", row.id, &row.source)?,
        recorded_at: from_db(row.recorded_at),
    })
}

/// The entry with this id.
pub async fn find(conn: &impl Connection, community: CommunityId, id: FeedbackId) -> Result<Option<Stored>> {
    let found = feedback::Entity::find_by_id((community.0, id.0)).one(conn).await?;
    found.as_ref().map(of_row).transpose()
}

/// One entry: four numbers counted in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Made by the device.
    pub id: FeedbackId,
    /// On which session.
    pub session: SessionId,
    /// 很满意, 满意, 基本满意, 不满意.
    pub answers: [i32; 4],
    /// Where it came from.
    pub source: Source,
    /// The account that typed it.
    pub by: Option<AccountId>,
}

/// Stores an entry.
pub async fn insert(txn: &impl Connection, community: CommunityId, entry: Entry, now: Timestamp) -> Result<()> {
    let [very_satisfied, satisfied, fair, dissatisfied] = entry.answers;
    feedback::Entity::insert(feedback::ActiveModel {
        community_id: Set(community.0),
        id: Set(entry.id.0),
        session_id: Set(entry.session.0),
        very_satisfied: Set(very_satisfied),
        satisfied: Set(satisfied),
        fair: Set(fair),
        dissatisfied: Set(dissatisfied),
        source: Set(entry.source.as_str().to_owned()),
        recorded_at: Set(to_db(now)),
        recorded_by: Set(entry.by.map(|account| account.0)),
    })
    .exec_without_returning(txn)
    .await?;
    Ok(())
}

/// Puts other answers in the place of an entry's.
pub async fn replace(
    txn: &impl Connection,
    community: CommunityId,
    id: FeedbackId,
    answers: [i32; 4],
    now: Timestamp,
) -> Result<()> {
    let Some(found) = feedback::Entity::find_by_id((community.0, id.0)).one(txn).await? else {
        return Ok(());
    };
    let [very_satisfied, satisfied, fair, dissatisfied] = answers;
    let mut row = found.into_active_model();
    row.very_satisfied = Set(very_satisfied);
    row.satisfied = Set(satisfied);
    row.fair = Set(fair);
    row.dissatisfied = Set(dissatisfied);
    row.recorded_at = Set(to_db(now));
    row.update(txn).await?;
    Ok(())
}

/// Takes an entry away.
pub async fn delete(txn: &impl Connection, community: CommunityId, id: FeedbackId) -> Result<()> {
    feedback::Entity::delete_by_id((community.0, id.0)).exec(txn).await?;
    Ok(())
}

/// How many entries of a session came over its links.
pub async fn taps(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<u64> {
    Ok(feedback::Entity::find()
        .filter(feedback::Column::CommunityId.eq(community.0))
        .filter(feedback::Column::SessionId.eq(session.0))
        .filter(feedback::Column::Source.ne(Source::Paper.as_str()))
        .count(conn)
        .await?)
}

/// The entries of a session, latest first.
pub async fn of_session(
    conn: &impl Connection,
    community: CommunityId,
    session: SessionId,
    limit: u64,
) -> Result<Vec<Stored>> {
    let rows = feedback::Entity::find()
        .filter(feedback::Column::CommunityId.eq(community.0))
        .filter(feedback::Column::SessionId.eq(session.0))
        .order_by_desc(feedback::Column::RecordedAt)
        .order_by_desc(feedback::Column::Id)
        .limit(limit)
        .all(conn)
        .await?;
    rows.iter().map(of_row).collect()
}

/// All answers to a session together.
pub async fn answers(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<Answers> {
    let rows = feedback::Entity::find()
        .filter(feedback::Column::CommunityId.eq(community.0))
        .filter(feedback::Column::SessionId.eq(session.0))
        .all(conn)
        .await?;
    let mut answers = Answers::default();
    for row in rows {
        answers += Answers {
            very_satisfied: row.very_satisfied.into(),
            satisfied: row.satisfied.into(),
            fair: row.fair.into(),
            dissatisfied: row.dissatisfied.into(),
        };
    }
    Ok(answers)
}
