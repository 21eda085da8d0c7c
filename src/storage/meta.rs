//! Settings that the program keeps for itself in the database: one text per key.

use entities::meta;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::{Connection, Result};

/// The text kept under `key`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, key: &str) -> Result<Option<String>> {
    let row = meta::Entity::find_by_id(key.to_owned()).one(db).await?;
    Ok(row.map(|row| row.value))
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
