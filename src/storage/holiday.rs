//! Imported notices of official holidays: one text per year, the same for all communities.

use entities::holiday_notice;
use jiff::Timestamp;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ActiveValue::Set, ConnectionTrait, DbBackend, EntityTrait, QueryOrder, QuerySelect};

use super::{Connection, Error, Result, Txn, to_db};
use crate::domain::calendar::HolidayCalendar;
use crate::domain::id::AccountId;

/// The imported notices as one calendar; empty when none was imported.
///
/// # Errors
/// When the database cannot be asked, or holds a text that is no notice.
pub async fn imported(db: &impl Connection) -> Result<HolidayCalendar> {
    let rows = holiday_notice::Entity::find()
        .order_by_asc(holiday_notice::Column::Year)
        .all(db)
        .await?;
    calendar_of(rows)
}

fn calendar_of(rows: Vec<holiday_notice::Model>) -> Result<HolidayCalendar> {
    let mut calendar = HolidayCalendar::empty();
    for row in rows {
        let text = format!("{{\"{}\":{}}}", row.year, row.notice);
        let notice = HolidayCalendar::from_json(&text).map_err(|_| Error::Inconsistent {
            table: "holiday_notice",
            column: "notice",
            id: row.year.to_string(),
            value: row.notice.chars().take(200).collect(),
        })?;
        calendar = calendar.updated_with(&notice);
    }
    Ok(calendar)
}

/// The same for whoever stores dates: until their transaction ends, nobody imports a notice (PostgreSQL; on SQLite writing transactions
/// come one after the other). Ask before locking anything else.
///
/// # Errors
/// As [`imported`].
pub async fn imported_for_planning(db: &impl Connection) -> Result<HolidayCalendar> {
    // FOR SHARE also locks the table against LOCK TABLE … IN EXCLUSIVE MODE, even while it has no rows.
    let rows = holiday_notice::Entity::find()
        .order_by_asc(holiday_notice::Column::Year)
        .lock(LockType::Share)
        .all(db)
        .await?;
    calendar_of(rows)
}

/// Waits until nobody stores dates by the notices, and lets nobody begin before the transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock(txn: &Txn) -> Result<()> {
    if txn.get_database_backend() == DbBackend::Postgres {
        txn.execute_unprepared("LOCK TABLE holiday_notice IN EXCLUSIVE MODE")
            .await?;
    }
    Ok(())
}

/// Keeps the notice of a year, whatever was there. `notice` is JSON of the form `{"holidays":{…},"workdays":{…}}`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn put(
    db: &impl Connection,
    year: i16,
    notice: &str,
    account: Option<AccountId>,
    now: Timestamp,
) -> Result<()> {
    let row = holiday_notice::ActiveModel {
        year: Set(i32::from(year)),
        notice: Set(notice.to_owned()),
        account_id: Set(account.map(|account| account.0)),
        imported_at: Set(to_db(now)),
    };
    holiday_notice::Entity::insert(row)
        .on_conflict(
            OnConflict::column(holiday_notice::Column::Year)
                .update_columns([
                    holiday_notice::Column::Notice,
                    holiday_notice::Column::AccountId,
                    holiday_notice::Column::ImportedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}
