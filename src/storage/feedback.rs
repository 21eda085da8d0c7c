//! Feedback rows (满意度).

use entities::feedback;
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::{Connection, Result, to_db};
use crate::domain::attendance::Answers;
use crate::domain::id::{AccountId, CommunityId, FeedbackId, SessionId};

/// The entry with this id: at which session, with which answers.
pub async fn find(
    conn: &impl Connection,
    community: CommunityId,
    id: FeedbackId,
) -> Result<Option<(SessionId, Answers)>> {
    let found = feedback::Entity::find_by_id((community.0, id.0)).one(conn).await?;
    Ok(found.map(|row| (row.session_id.into(), of_row(&row))))
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
        recorded_at: Set(to_db(now)),
        recorded_by: Set(entry.by.map(|account| account.0)),
    })
    .exec_without_returning(txn)
    .await?;
    Ok(())
}

/// Puts other answers into an entry: those of a sheet that is typed again. Whether it was there.
pub async fn replace(txn: &impl Connection, community: CommunityId, entry: Entry) -> Result<bool> {
    let [very_satisfied, satisfied, fair, dissatisfied] = entry.answers;
    let changed = feedback::Entity::update_many()
        .col_expr(feedback::Column::VerySatisfied, Expr::value(very_satisfied))
        .col_expr(feedback::Column::Satisfied, Expr::value(satisfied))
        .col_expr(feedback::Column::Fair, Expr::value(fair))
        .col_expr(feedback::Column::Dissatisfied, Expr::value(dissatisfied))
        .filter(feedback::Column::CommunityId.eq(community.0))
        .filter(feedback::Column::Id.eq(entry.id.0))
        .exec(txn)
        .await?;
    Ok(changed.rows_affected > 0)
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
        answers += of_row(&row);
    }
    Ok(answers)
}

fn of_row(row: &feedback::Model) -> Answers {
    Answers {
        very_satisfied: row.very_satisfied.into(),
        satisfied: row.satisfied.into(),
        fair: row.fair.into(),
        dissatisfied: row.dissatisfied.into(),
    }
}
