//! Taking deliveries up, and ending what was done with them.

use entities::{attempt, delivery};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::convert::read;
use super::super::{Connection, Result, from_db, to_db};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{AccountId, AttemptId, CommunityId, DeliveryId, NotificationId, PartnerId, ResidentId};
use crate::domain::notification::{LEASE, Status};

/// A delivery that a worker owns.
#[derive(Clone, Debug)]
pub struct Leased {
    /// Its community.
    pub community: CommunityId,
    /// The delivery.
    pub id: DeliveryId,
    /// Of which notification.
    pub notification: NotificationId,
    /// To which resident.
    pub resident: Option<ResidentId>,
    /// Or to which partner.
    pub partner: Option<PartnerId>,
    /// Or to which account.
    pub account: Option<AccountId>,
    /// Over which kind of channel.
    pub channel: ChannelKind,
    /// Over which account of that kind, where a community may have several: the robot.
    pub channel_id: Option<Uuid>,
    /// The lease's number: a completing update names it.
    pub epoch: i32,
    /// Tries before this one.
    pub attempts: i32,
    /// After this it is useless.
    pub expires_at: Timestamp,
    /// Whether the last owner died while sending.
    pub was_sending: bool,
}

/// Leases up to `limit` mails that are due, or whose owner has not come back in time, for one minute.
///
/// # Errors
/// [`Error`].
pub async fn lease(conn: &impl Connection, owner: Uuid, limit: u64, now: Timestamp) -> Result<Vec<Leased>> {
    let instant = to_db(now);
    let free = Expr::col(delivery::Column::Status)
        .is_in(["due", "retry"])
        .and(Expr::col(delivery::Column::DueAt).lte(instant))
        .or(Expr::col(delivery::Column::Status)
            .is_in(["leased", "sending"])
            .and(Expr::col(delivery::Column::LeaseUntil).lt(instant)));
    let picked = delivery::Entity::find()
        .filter(delivery::Column::Channel.eq("email"))
        .filter(free)
        .order_by_asc(delivery::Column::DueAt)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(conn)
        .await?;
    let mut leased = Vec::with_capacity(picked.len());
    let until = to_db(now + LEASE);
    for row in picked {
        let updated = delivery::Entity::update_many()
            .col_expr(delivery::Column::Status, Expr::value("leased"))
            .col_expr(delivery::Column::LeaseOwner, Expr::value(owner))
            .col_expr(delivery::Column::LeaseEpoch, Expr::value(row.lease_epoch + 1))
            .col_expr(delivery::Column::LeaseUntil, Expr::value(until))
            .col_expr(delivery::Column::UpdatedAt, Expr::value(instant))
            .filter(delivery::Column::CommunityId.eq(row.community_id))
            .filter(delivery::Column::Id.eq(row.id))
            .filter(delivery::Column::LeaseEpoch.eq(row.lease_epoch))
            .exec(conn)
            .await?;
        if updated.rows_affected == 1 {
            leased.push(Leased {
                community: row.community_id.into(),
                id: row.id.into(),
                notification: row.notification_id.into(),
                resident: row.resident_id.map(ResidentId::from),
                partner: row.partner_id.map(PartnerId::from),
                account: row.account_id.map(AccountId::from),
                channel: read("delivery", "channel", row.id, &row.channel)?,
                channel_id: row.channel_id,
                epoch: row.lease_epoch + 1,
                attempts: row.attempts,
                expires_at: from_db(row.expires_at),
                was_sending: row.status == "sending",
            });
        }
    }
    Ok(leased)
}

/// Says that the first byte is about to leave: stores the words and the attempt. `false` when somebody else has taken over.
///
/// # Errors
/// [`Error`].
#[expect(clippy::too_many_arguments, reason = "one row, named value by value")]
pub async fn start_sending(
    conn: &impl Connection,
    leased: &Leased,
    owner: Uuid,
    attempt_id: AttemptId,
    subject: &str,
    body: &str,
    lease_until: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let updated = owned(leased, owner, "leased")
        .col_expr(delivery::Column::Status, Expr::value("sending"))
        .col_expr(delivery::Column::Attempts, Expr::value(leased.attempts + 1))
        .col_expr(delivery::Column::Subject, Expr::value(subject))
        .col_expr(delivery::Column::Body, Expr::value(body))
        .col_expr(delivery::Column::LeaseUntil, Expr::value(to_db(lease_until)))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .exec(conn)
        .await?;
    if updated.rows_affected == 0 {
        return Ok(false);
    }
    let row = attempt::ActiveModel {
        community_id: Set(leased.community.0),
        id: Set(attempt_id.0),
        delivery_id: Set(leased.id.0),
        number: Set(leased.attempts + 1),
        started_at: Set(to_db(now)),
        ended_at: Set(None),
        outcome: Set("sending".to_owned()),
        detail: Set(String::new()),
    };
    attempt::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(true)
}

fn owned(leased: &Leased, owner: Uuid, status: &str) -> sea_orm::UpdateMany<delivery::Entity> {
    delivery::Entity::update_many()
        .filter(delivery::Column::CommunityId.eq(leased.community.0))
        .filter(delivery::Column::Id.eq(leased.id.0))
        .filter(delivery::Column::LeaseOwner.eq(owner))
        .filter(delivery::Column::LeaseEpoch.eq(leased.epoch))
        .filter(delivery::Column::Status.eq(status))
}

/// How a delivery goes on.
#[derive(Clone, Debug)]
pub struct Completion<'a> {
    /// Its next state.
    pub status: Status,
    /// When to try again.
    pub due_at: Option<Timestamp>,
    /// What went wrong, in words.
    pub error: Option<&'a str>,
    /// The attempt that ended, with its outcome and the server's words.
    pub attempt: Option<(AttemptId, &'a str, &'a str)>,
    /// The words, when they are to be kept without having been sent.
    pub words: Option<(&'a str, &'a str)>,
}

/// Ends what a worker did with a delivery in state `from`. `false` when somebody else has taken over: nothing is changed then.
///
/// # Errors
/// [`Error`].
pub async fn complete(
    conn: &impl Connection,
    leased: &Leased,
    owner: Uuid,
    from: Status,
    end: &Completion<'_>,
    now: Timestamp,
) -> Result<bool> {
    let mut update = owned(leased, owner, from.as_str())
        .col_expr(delivery::Column::Status, Expr::value(end.status.as_str()))
        .col_expr(delivery::Column::LeaseOwner, Expr::value(None::<Uuid>))
        .col_expr(
            delivery::Column::LeaseUntil,
            Expr::value(None::<sea_orm::prelude::DateTimeUtc>),
        )
        .col_expr(
            delivery::Column::LastError,
            Expr::value(end.error.map(ToOwned::to_owned)),
        )
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)));
    if let Some(due_at) = end.due_at {
        update = update.col_expr(delivery::Column::DueAt, Expr::value(to_db(due_at)));
    }
    if end.status == Status::Sent {
        update = update.col_expr(delivery::Column::SentAt, Expr::value(to_db(now)));
    }
    if end.status == Status::ToCall {
        update = update.col_expr(delivery::Column::Channel, Expr::value("call"));
    }
    if let Some((subject, body)) = end.words {
        update = update
            .col_expr(delivery::Column::Subject, Expr::value(subject))
            .col_expr(delivery::Column::Body, Expr::value(body));
    }
    if update.exec(conn).await?.rows_affected == 0 {
        return Ok(false);
    }
    if let Some((id, outcome, detail)) = end.attempt {
        attempt::Entity::update_many()
            .col_expr(attempt::Column::EndedAt, Expr::value(to_db(now)))
            .col_expr(attempt::Column::Outcome, Expr::value(outcome))
            .col_expr(attempt::Column::Detail, Expr::value(detail))
            .filter(attempt::Column::CommunityId.eq(leased.community.0))
            .filter(attempt::Column::Id.eq(id.0))
            .exec(conn)
            .await?;
    }
    Ok(true)
}

/// Closes attempts of a delivery that nobody ended (their worker died), and says how many tries of it went unanswered.
///
/// # Errors
/// [`Error`].
pub async fn close_open_attempts(conn: &impl Connection, leased: &Leased, now: Timestamp) -> Result<i32> {
    attempt::Entity::update_many()
        .col_expr(attempt::Column::EndedAt, Expr::value(to_db(now)))
        .col_expr(attempt::Column::Outcome, Expr::value("unknown"))
        .col_expr(attempt::Column::Detail, Expr::value("the worker stopped while sending"))
        .filter(attempt::Column::CommunityId.eq(leased.community.0))
        .filter(attempt::Column::DeliveryId.eq(leased.id.0))
        .filter(attempt::Column::Outcome.eq("sending"))
        .exec(conn)
        .await?;
    unanswered(conn, leased).await
}

/// How many tries of a delivery went unanswered.
///
/// # Errors
/// [`Error`].
pub async fn unanswered(conn: &impl Connection, leased: &Leased) -> Result<i32> {
    let count = attempt::Entity::find()
        .filter(attempt::Column::CommunityId.eq(leased.community.0))
        .filter(attempt::Column::DeliveryId.eq(leased.id.0))
        .filter(attempt::Column::Outcome.eq("unknown"))
        .count(conn)
        .await?;
    Ok(i32::try_from(count).unwrap_or(i32::MAX))
}

/// How many deliveries are past their lease by more than `grace` seconds: there should be none.
///
/// # Errors
/// [`Error`].
pub async fn overdue_leases(conn: &impl Connection, now: Timestamp) -> Result<u64> {
    let limit = to_db(now - LEASE);
    Ok(delivery::Entity::find()
        .filter(delivery::Column::Status.is_in(["leased", "sending"]))
        .filter(delivery::Column::LeaseUntil.lt(limit))
        .count(conn)
        .await?)
}
