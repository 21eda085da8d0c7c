//! Who stood in for whom: rows are added and never changed.

use entities::substitution;
use jiff::Timestamp;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId, FacilitatorId, SessionId, SubstitutionId};

/// A change of who leads a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Substitution {
    /// Its id.
    pub id: SubstitutionId,
    /// Of which session.
    pub session: SessionId,
    /// Who led it before; none when nobody did.
    pub from: Option<FacilitatorId>,
    /// Who leads it since; none when nobody does.
    pub to: Option<FacilitatorId>,
    /// Why; may be empty.
    pub reason: String,
    /// Who changed it.
    pub by: Option<AccountId>,
    /// When.
    pub at: Timestamp,
}

/// Writes changes down.
///
/// # Errors
/// When the database cannot be asked.
pub async fn insert_all(db: &impl Connection, community: CommunityId, new: &[Substitution]) -> Result<()> {
    for some in new.chunks(500) {
        let rows = some.iter().map(|one| substitution::ActiveModel {
            community_id: Set(community.0),
            id: Set(one.id.0),
            session_id: Set(one.session.0),
            from_facilitator_id: Set(one.from.map(Into::into)),
            to_facilitator_id: Set(one.to.map(Into::into)),
            reason: Set(one.reason.clone()),
            account_id: Set(one.by.map(Into::into)),
            created_at: Set(to_db(one.at)),
        });
        substitution::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The changes of these sessions, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_sessions(
    db: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<Vec<Substitution>> {
    let mut found = Vec::new();
    for ids in sessions.chunks(500) {
        let rows = substitution::Entity::find()
            .filter(substitution::Column::CommunityId.eq(community.0))
            .filter(substitution::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .order_by_asc(substitution::Column::CreatedAt)
            .order_by_asc(substitution::Column::Id)
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|row| Substitution {
            id: row.id.into(),
            session: row.session_id.into(),
            from: row.from_facilitator_id.map(Into::into),
            to: row.to_facilitator_id.map(Into::into),
            reason: row.reason,
            by: row.account_id.map(Into::into),
            at: from_db(row.created_at),
        }));
    }
    Ok(found)
}
