//! Buckets that say how often a channel may be used: one row each, shared by all instances of the program.

use entities::rate_bucket;
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use super::{Connection, Result, Txn, from_db, to_db};
use crate::domain::rate::{self, Spec, Take};

/// Takes a token from the bucket `key`, or says when there will be one. The bucket stays locked until the transaction ends, so keep that short;
/// whoever takes from several asks for them in the same order everywhere.
///
/// # Errors
/// When the database cannot be asked.
pub async fn take(txn: &Txn, key: &str, spec: Spec, now: Timestamp) -> Result<Take> {
    let fresh = rate_bucket::ActiveModel {
        key: Set(key.to_owned()),
        full_at: Set(to_db(now)),
    };
    rate_bucket::Entity::insert(fresh)
        .on_conflict(OnConflict::column(rate_bucket::Column::Key).do_nothing().to_owned())
        .exec_without_returning(txn)
        .await?;
    // The row is there now, whoever made it; on PostgreSQL a second taker waits here.
    let row = rate_bucket::Entity::find_by_id(key.to_owned())
        .lock(LockType::Update)
        .one(txn)
        .await?;
    match rate::take(row.map(|row| from_db(row.full_at)), spec, now) {
        Err(until) => Ok(Take::WaitUntil(until)),
        Ok(full_at) => {
            rate_bucket::Entity::update_many()
                .col_expr(rate_bucket::Column::FullAt, Expr::value(to_db(full_at)))
                .filter(rate_bucket::Column::Key.eq(key))
                .exec(txn)
                .await?;
            Ok(Take::Taken)
        }
    }
}

/// Forgets the buckets that are full again; returns how many.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_full(txn: &impl Connection, now: Timestamp) -> Result<u64> {
    let deleted = rate_bucket::Entity::delete_many()
        .filter(rate_bucket::Column::FullAt.lte(to_db(now)))
        .exec(txn)
        .await?;
    Ok(deleted.rows_affected)
}
