//! The consent ledger: rows are only added, and go with their resident.

use entities::{consent, resident};
use jiff::civil::Date;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::domain::consent::Consent;
use crate::domain::id::{AccountId, CommunityId, ResidentId};
use crate::storage::convert::read;
use crate::storage::{Connection, Result, date_from_db, date_to_db, from_db, to_db};

/// All a resident gave and withdrew, in the order it was written down.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of(db: &impl Connection, community: CommunityId, resident: ResidentId) -> Result<Vec<Consent>> {
    let rows = consent::Entity::find()
        .filter(consent::Column::CommunityId.eq(community.0))
        .filter(consent::Column::ResidentId.eq(resident.0))
        .order_by_asc(consent::Column::RecordedAt)
        .order_by_asc(consent::Column::Id)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Consent {
                id: row.id.into(),
                purpose: read("consent", "purpose", row.id, &row.purpose)?,
                act: read("consent", "act", row.id, &row.act)?,
                on: date_from_db(row.on_date),
                version: row.version,
                how: read("consent", "how", row.id, &row.how)?,
                recorded_at: from_db(row.recorded_at),
            })
        })
        .collect()
}

/// Adds a row.
///
/// # Errors
/// When the database cannot store it.
pub async fn insert(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    new: &Consent,
    by: Option<AccountId>,
) -> Result<()> {
    let row = consent::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        resident_id: Set(resident.0),
        purpose: Set(new.purpose.to_string()),
        act: Set(new.act.to_string()),
        on_date: Set(date_to_db(new.on)),
        version: Set(new.version.clone()),
        how: Set(new.how.to_string()),
        recorded_at: Set(to_db(new.recorded_at)),
        recorded_by: Set(by.map(|account| account.0)),
    };
    consent::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Notes on the resident how they stand for being kept: the day and version of their consent, or none.
///
/// # Errors
/// When the database cannot store it.
pub async fn note(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    standing: Option<(Date, String)>,
) -> Result<()> {
    let (on, version) = standing.unzip();
    resident::Entity::update_many()
        .col_expr(resident::Column::ConsentOn, Expr::value(on.map(date_to_db)))
        .col_expr(resident::Column::ConsentVersion, Expr::value(version))
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Id.eq(resident.0))
        .exec(db)
        .await?;
    Ok(())
}
