//! Why somebody is missing at a session.

use std::collections::{HashMap, HashSet};

use entities::{absence, attendance};
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};

use super::{Connection, Error, Result, to_db};
use crate::domain::absence::{Absence, Kept, Reason};
use crate::domain::id::{AbsenceId, AccountId, CommunityId, ResidentId, SessionId};

fn reason_of(row: &absence::Model) -> Result<Reason> {
    row.reason.parse().map_err(|_| Error::Inconsistent {
        table: "absence",
        column: "reason",
        id: row.id.to_string(),
        value: row.reason.clone(),
    })
}

/// All rows that these entries could meet: by id at any session, by resident at this one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn met(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    entries: &[Absence],
) -> Result<Vec<Kept>> {
    let at_this_one = Condition::all()
        .add(absence::Column::SessionId.eq(session.0))
        .add(absence::Column::ResidentId.is_in(entries.iter().map(|entry| entry.resident.0)));
    let rows = absence::Entity::find()
        .filter(absence::Column::CommunityId.eq(community.0))
        .filter(
            Condition::any()
                .add(absence::Column::Id.is_in(entries.iter().map(|entry| entry.client_id.0)))
                .add(at_this_one),
        )
        .all(db)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Kept {
                absence: Absence {
                    client_id: row.id.into(),
                    resident: row.resident_id.into(),
                    reason: reason_of(row)?,
                },
                here: row.session_id == session.0,
                withdrawn: row.withdrawn_at.is_some(),
            })
        })
        .collect()
}

/// The reasons that hold at a session, by resident.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of_session(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
) -> Result<HashMap<ResidentId, (AbsenceId, Reason)>> {
    let rows = absence::Entity::find()
        .filter(absence::Column::CommunityId.eq(community.0))
        .filter(absence::Column::SessionId.eq(session.0))
        .filter(absence::Column::WithdrawnAt.is_null())
        .all(db)
        .await?;
    rows.iter()
        .map(|row| Ok((row.resident_id.into(), (row.id.into(), reason_of(row)?))))
        .collect()
}

/// Those of `residents` who are counted by name at the session.
///
/// # Errors
/// When the database cannot be asked.
pub async fn who_came(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    residents: impl Iterator<Item = ResidentId>,
) -> Result<HashSet<ResidentId>> {
    let came: Vec<Option<uuid::Uuid>> = attendance::Entity::find()
        .select_only()
        .column(attendance::Column::ResidentId)
        .filter(attendance::Column::CommunityId.eq(community.0))
        .filter(attendance::Column::SessionId.eq(session.0))
        .filter(attendance::Column::ResidentId.is_in(residents.map(|id| id.0)))
        .filter(attendance::Column::WithdrawnAt.is_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(came.into_iter().flatten().map(ResidentId::from).collect())
}

/// Stores a reason.
///
/// # Errors
/// [`Error::Duplicate`] when another one holds; [`Error::Dangling`] when there is no such resident.
pub async fn insert(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    new: &Absence,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    let row = absence::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.client_id.0),
        session_id: Set(session.0),
        resident_id: Set(new.resident.0),
        reason: Set(new.reason.as_str().to_owned()),
        recorded_at: Set(to_db(now)),
        recorded_by: Set(by.map(|account| account.0)),
        withdrawn_at: Set(None),
    };
    absence::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Marks a reason as undone. Whether the session has it at all.
///
/// # Errors
/// When the database cannot be asked.
pub async fn withdraw(
    db: &impl Connection,
    community: CommunityId,
    session: SessionId,
    id: AbsenceId,
    now: Timestamp,
) -> Result<bool> {
    let this = || {
        Condition::all()
            .add(absence::Column::CommunityId.eq(community.0))
            .add(absence::Column::Id.eq(id.0))
            .add(absence::Column::SessionId.eq(session.0))
    };
    absence::Entity::update_many()
        .col_expr(absence::Column::WithdrawnAt, Expr::value(to_db(now)))
        .filter(this())
        .filter(absence::Column::WithdrawnAt.is_null())
        .exec(db)
        .await?;
    Ok(absence::Entity::find().filter(this()).one(db).await?.is_some())
}
