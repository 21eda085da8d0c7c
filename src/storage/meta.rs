//! Settings that the program keeps for itself in the database: one text per key.

use entities::meta;
use jiff::Timestamp;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, DbBackend, EntityTrait, Statement};

use super::{Connection, Error, Result, from_db};

/// The text kept under `key`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, key: &str) -> Result<Option<String>> {
    let row = meta::Entity::find_by_id(key.to_owned()).one(db).await?;
    Ok(row.map(|row| row.value))
}

/// The clock of the database server; none for an embedded database, which has no other clock than ours.
///
/// # Errors
/// When the database cannot be asked.
pub async fn server_now(db: &impl Connection) -> Result<Option<Timestamp>> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(None);
    }
    let asked = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp() AS now");
    let row = db.query_one_raw(asked).await?;
    let now = row
        .map(|row| row.try_get::<DateTimeUtc>("", "now"))
        .transpose()?
        .ok_or_else(|| Error::Lost("the server does not say what time it is".to_owned()))?;
    Ok(Some(from_db(now)))
}

/// Keeps `value` under `key`, whatever was there.
///
/// # Errors
/// When the database cannot be asked.
pub async fn put(db: &impl Connection, key: &str, value: &str) -> Result<()> {
    let row = meta::ActiveModel {
        key: Set(key.to_owned()),
        value: Set(value.to_owned()),
    };
    meta::Entity::insert(row)
        .on_conflict(
            OnConflict::column(meta::Column::Key)
                .update_column(meta::Column::Value)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}
