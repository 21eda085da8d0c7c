//! Counting tries against limits, one row per key and window.

use entities::login_limit;
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use super::{Connection, Result, from_db, to_db};

/// Tries counted under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// How many, this one included.
    pub count: i32,
    /// When the window began.
    pub window_at: Timestamp,
}

/// Counts one more try under `key`. A window that began at `expired_at` or before is over, and a new one begins.
///
/// # Errors
/// When the database cannot be asked.
pub async fn count(db: &impl Connection, key: &str, now: Timestamp, expired_at: Timestamp) -> Result<Tries> {
    login_limit::Entity::delete_many()
        .filter(login_limit::Column::Key.eq(key))
        .filter(login_limit::Column::WindowAt.lte(to_db(expired_at)))
        .exec(db)
        .await?;
    let row = login_limit::ActiveModel {
        key: Set(key.to_owned()),
        failures: Set(1),
        window_at: Set(to_db(now)),
    };
    let one_more = Expr::col((login_limit::Entity, login_limit::Column::Failures)).add(1);
    let row = login_limit::Entity::insert(row)
        .on_conflict(
            OnConflict::column(login_limit::Column::Key)
                .value(login_limit::Column::Failures, one_more)
                .to_owned(),
        )
        .exec_with_returning(db)
        .await?;
    Ok(Tries {
        count: row.failures,
        window_at: from_db(row.window_at),
    })
}

/// Takes one try back.
///
/// # Errors
/// When the database cannot be asked.
pub async fn uncount(db: &impl Connection, key: &str) -> Result<()> {
    login_limit::Entity::update_many()
        .col_expr(
            login_limit::Column::Failures,
            Expr::col(login_limit::Column::Failures).sub(1),
        )
        .filter(login_limit::Column::Key.eq(key))
        .filter(login_limit::Column::Failures.gt(0))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets the tries under `key`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget(db: &impl Connection, key: &str) -> Result<()> {
    login_limit::Entity::delete_by_id(key.to_owned()).exec(db).await?;
    Ok(())
}

/// Forgets the windows that began at `expired_at` or before; returns how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_expired(db: &impl Connection, expired_at: Timestamp) -> Result<u64> {
    let deleted = login_limit::Entity::delete_many()
        .filter(login_limit::Column::WindowAt.lte(to_db(expired_at)))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
