//! Databases that were brought back from a copy: what must not leave a second time, and the communities whose messages are held back.

use entities::{delivery, login, notification, restoration};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{AccountId, CommunityId};
use crate::domain::notification::Status;

/// A restoration that waits for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restoration {
    /// Whose messages are held back.
    pub community: CommunityId,
    /// How often this database was restored.
    pub epoch: i32,
    /// When.
    pub restored_at: Timestamp,
    /// Deliveries of which nobody knows whether they had left.
    pub unknown: i32,
    /// Deliveries that were of no use any more.
    pub expired: i32,
}

/// What waits to leave; written as the index `delivery_ready` is.
fn ready() -> SimpleExpr {
    Expr::cust("status IN ('due', 'retry')")
}

fn of(row: restoration::Model) -> Restoration {
    Restoration {
        community: row.community_id.into(),
        epoch: row.epoch,
        restored_at: from_db(row.restored_at),
        unknown: row.unknown,
        expired: row.expired,
    }
}

/// The epoch of the last restoration; 0 when there was none.
///
/// # Errors
/// [`super::Error`].
pub async fn epoch(conn: &impl Connection) -> Result<i32> {
    let last = restoration::Entity::find()
        .order_by_desc(restoration::Column::Epoch)
        .one(conn)
        .await?;
    Ok(last.map_or(0, |row| row.epoch))
}

/// The restorations that wait for somebody.
///
/// # Errors
/// [`super::Error`].
pub async fn open(conn: &impl Connection) -> Result<Vec<Restoration>> {
    let rows = restoration::Entity::find()
        .filter(restoration::Column::ResumedAt.is_null())
        .order_by_asc(restoration::Column::CommunityId)
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(of).collect())
}

/// The restoration of a community that waits for somebody.
///
/// # Errors
/// [`super::Error`].
pub async fn open_of(conn: &impl Connection, community: CommunityId) -> Result<Option<Restoration>> {
    let row = restoration::Entity::find()
        .filter(restoration::Column::CommunityId.eq(community.0))
        .filter(restoration::Column::ResumedAt.is_null())
        .one(conn)
        .await?;
    Ok(row.map(of))
}

/// The communities whose messages are held back, for `NOT IN`.
pub(super) fn held_back() -> SelectStatement {
    Query::select()
        .column(restoration::Column::CommunityId)
        .from(restoration::Entity)
        .and_where(Expr::col(restoration::Column::ResumedAt).is_null())
        .to_owned()
}

/// Holds back the messages of a community from now on.
///
/// # Errors
/// [`super::Error`].
pub async fn hold(conn: &impl Connection, id: Uuid, held: Restoration) -> Result<()> {
    // One that still waits from an earlier time is overtaken by this one.
    restoration::Entity::update_many()
        .col_expr(restoration::Column::ResumedAt, Expr::value(to_db(held.restored_at)))
        .filter(restoration::Column::CommunityId.eq(held.community.0))
        .filter(restoration::Column::ResumedAt.is_null())
        .exec(conn)
        .await?;
    let row = restoration::ActiveModel {
        community_id: Set(held.community.0),
        id: Set(id),
        epoch: Set(held.epoch),
        restored_at: Set(to_db(held.restored_at)),
        unknown: Set(held.unknown),
        expired: Set(held.expired),
        resumed_at: Set(None),
        resumed_by: Set(None),
    };
    restoration::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// Lets the messages of a community leave again; `false` when nothing held them back.
///
/// # Errors
/// [`super::Error`].
pub async fn resume(
    conn: &impl Connection,
    community: CommunityId,
    by: Option<AccountId>,
    now: Timestamp,
) -> Result<bool> {
    let done = restoration::Entity::update_many()
        .col_expr(restoration::Column::ResumedAt, Expr::value(to_db(now)))
        .col_expr(restoration::Column::ResumedBy, Expr::value(by.map(|by| by.0)))
        .filter(restoration::Column::CommunityId.eq(community.0))
        .filter(restoration::Column::ResumedAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Puts what was in a worker's hands, or had fallen due, where it does not leave by itself: what is of no use any more is expired, of the rest
/// nobody knows whether it left. What was taken up and had not begun waits as before. Returns how many are unknown and how many expired.
///
/// # Errors
/// [`super::Error`].
pub async fn settle(
    conn: &impl Connection,
    community: CommunityId,
    restored_at: Timestamp,
    why: &str,
) -> Result<(u64, u64)> {
    let at = to_db(restored_at);
    let home = || delivery::Column::CommunityId.eq(community.0);
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(Status::Due.as_str()))
        .col_expr(delivery::Column::LeaseOwner, Expr::value(Option::<Uuid>::None))
        .filter(home())
        .filter(delivery::Column::Status.eq(Status::Leased.as_str()))
        .exec(conn)
        .await?;
    let expired = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(Status::Expired.as_str()))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(at))
        .filter(home())
        .filter(ready())
        .filter(delivery::Column::ExpiresAt.lt(at))
        .exec(conn)
        .await?;
    let overdue = ready()
        .and(delivery::Column::DueAt.lte(at))
        .or(delivery::Column::Status.eq(Status::Sending.as_str()));
    let unknown = unknown(conn, community, overdue, restored_at, why).await?;
    Ok((unknown, expired.rows_affected))
}

/// The same for what has been written down since and should have left before: made up for a gap that may not be one. Returns how many.
///
/// # Errors
/// [`super::Error`].
pub async fn settle_late(
    conn: &impl Connection,
    community: CommunityId,
    restored_at: Timestamp,
    now: Timestamp,
    why: &str,
) -> Result<u64> {
    let before = Query::select()
        .column(notification::Column::Id)
        .from(notification::Entity)
        .and_where(Expr::col(notification::Column::CommunityId).eq(community.0))
        .and_where(Expr::col(notification::Column::DueAt).lte(to_db(restored_at)))
        .to_owned();
    let late = ready().and(Expr::col(delivery::Column::NotificationId).in_subquery(before));
    unknown(conn, community, late, now, why).await
}

async fn unknown(
    conn: &impl Connection,
    community: CommunityId,
    which: SimpleExpr,
    now: Timestamp,
    why: &str,
) -> Result<u64> {
    let done = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(Status::Unknown.as_str()))
        .col_expr(delivery::Column::LastError, Expr::value(why))
        .col_expr(delivery::Column::LeaseOwner, Expr::value(Option::<Uuid>::None))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(which)
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}

/// How many deliveries of a community wait to leave, and how many of them at once.
///
/// # Errors
/// [`super::Error`].
pub async fn waiting(conn: &impl Connection, community: CommunityId, now: Timestamp) -> Result<(i64, i64)> {
    let due = Expr::case(Expr::col(delivery::Column::DueAt).lte(to_db(now)), 1).finally(0);
    let row: Option<(i64, Option<i64>)> = delivery::Entity::find()
        .select_only()
        .column_as(delivery::Column::Id.count(), "waiting")
        .column_as(due.sum(), "due")
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(ready())
        .into_tuple()
        .one(conn)
        .await?;
    Ok(row.map_or((0, 0), |(waiting, due)| (waiting, due.unwrap_or(0))))
}

/// Drops what would leave at once. Returns how many.
///
/// # Errors
/// [`super::Error`].
pub async fn drop_due(conn: &impl Connection, community: CommunityId, now: Timestamp, why: &str) -> Result<u64> {
    let done = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(Status::Dropped.as_str()))
        .col_expr(delivery::Column::LastError, Expr::value(why))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(ready())
        .filter(delivery::Column::DueAt.lte(to_db(now)))
        .exec(conn)
        .await?;
    Ok(done.rows_affected)
}

/// Ends all logins: whoever was shut out since the copy was made would be let in again.
///
/// # Errors
/// [`super::Error`].
pub async fn end_logins(conn: &impl Connection) -> Result<u64> {
    Ok(login::Entity::delete_many().exec(conn).await?.rows_affected)
}
