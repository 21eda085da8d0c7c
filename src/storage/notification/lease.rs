//! Taking deliveries up: what is due, community by community, and what was in the hands of a worker that does not come back.

use entities::{community, delivery};
use jiff::Timestamp;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, ExprTrait, LockBehavior, LockType, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::{Connection, Error, Result, from_db, restoration, to_db};
use super::record::{Tried, add_lost};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{AccountId, AttemptId, CommunityId, DeliveryId, NotificationId, PartnerId, ResidentId};
use crate::domain::notification::LEASE;

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
    /// When it fell due.
    pub due_at: Timestamp,
    /// After this it is useless.
    pub expires_at: Timestamp,
    /// When it was written down.
    pub created_at: Timestamp,
    /// When somebody had better phone than wait for it.
    pub hurry_at: Option<Timestamp>,
    /// How often a worker went away with it in its hands, the last one included.
    pub deaths: i32,
}

/// What is read of a delivery that is taken up: nearly all but its words.
#[derive(FromQueryResult)]
struct Held {
    community_id: Uuid,
    id: Uuid,
    notification_id: Uuid,
    resident_id: Option<Uuid>,
    partner_id: Option<Uuid>,
    account_id: Option<Uuid>,
    channel: String,
    channel_id: Option<Uuid>,
    status: String,
    lease_epoch: i32,
    attempts: i32,
    due_at: DateTimeUtc,
    expires_at: DateTimeUtc,
    created_at: DateTimeUtc,
    updated_at: DateTimeUtc,
    hurry_at: Option<DateTimeUtc>,
    deaths: i32,
}

impl Held {
    const COLUMNS: [delivery::Column; 17] = [
        delivery::Column::CommunityId,
        delivery::Column::Id,
        delivery::Column::NotificationId,
        delivery::Column::ResidentId,
        delivery::Column::PartnerId,
        delivery::Column::AccountId,
        delivery::Column::Channel,
        delivery::Column::ChannelId,
        delivery::Column::Status,
        delivery::Column::LeaseEpoch,
        delivery::Column::Attempts,
        delivery::Column::DueAt,
        delivery::Column::ExpiresAt,
        delivery::Column::CreatedAt,
        delivery::Column::UpdatedAt,
        delivery::Column::HurryAt,
        delivery::Column::Deaths,
    ];
}

impl Leased {
    fn of(row: Held, deaths: i32) -> Result<Self> {
        let channel = row.channel.parse().map_err(|_| Error::Inconsistent {
            table: "delivery",
            column: "channel",
            id: row.id.to_string(),
            value: row.channel.clone(),
        })?;
        Ok(Self {
            community: row.community_id.into(),
            id: row.id.into(),
            notification: row.notification_id.into(),
            resident: row.resident_id.map(ResidentId::from),
            partner: row.partner_id.map(PartnerId::from),
            account: row.account_id.map(AccountId::from),
            channel,
            channel_id: row.channel_id,
            epoch: row.lease_epoch,
            attempts: row.attempts,
            due_at: from_db(row.due_at),
            expires_at: from_db(row.expires_at),
            created_at: from_db(row.created_at),
            hurry_at: row.hurry_at.map(from_db),
            deaths,
        })
    }
}

/// What waits for its time. Written as the partial index `delivery_ready` is, or the databases would not use it.
fn ready() -> SimpleExpr {
    Expr::cust("status IN ('due', 'retry')")
}

/// What is in somebody's hands; like the index `delivery_held`.
fn held() -> SimpleExpr {
    Expr::cust("status IN ('leased', 'sending')")
}

/// A lease that has run out, or that nobody can have taken: it would end later than any that begins now.
fn run_out(now: Timestamp) -> SimpleExpr {
    let far = now + LEASE + LEASE;
    Expr::col(delivery::Column::LeaseUntil)
        .lt(to_db(now))
        .or(Expr::col(delivery::Column::LeaseUntil).gt(to_db(far)))
}

/// Not while a restored database waits for somebody to look at what it would send.
fn not_held_back() -> SimpleExpr {
    Expr::col(delivery::Column::CommunityId).not_in_subquery(restoration::held_back())
}

/// What waits and somebody had better phone about; like the index `delivery_hurry`.
fn hurried() -> SimpleExpr {
    Expr::cust("status IN ('due', 'retry') AND hurry_at IS NOT NULL")
}

/// The communities that have something due and may send it, in the order of their ids.
///
/// # Errors
/// [`Error`].
pub async fn communities_with_due(conn: &impl Connection, now: Timestamp) -> Result<Vec<CommunityId>> {
    // Each community is asked for its first: a hundred thousand that wait are not looked through.
    let first = Query::select()
        .expr(Expr::value(1))
        .from(delivery::Entity)
        .and_where(
            Expr::col((delivery::Entity, delivery::Column::CommunityId))
                .equals((community::Entity, community::Column::Id)),
        )
        .and_where(ready())
        .and_where(delivery::Column::DueAt.lte(to_db(now)))
        .and_where(delivery::Column::Channel.ne(ChannelKind::Call.as_str()))
        .to_owned();
    let ids: Vec<Uuid> = community::Entity::find()
        .select_only()
        .column(community::Column::Id)
        .filter(Expr::exists(first))
        .filter(community::Column::Id.not_in_subquery(restoration::held_back()))
        .order_by_asc(community::Column::Id)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(ids.into_iter().map(CommunityId::from).collect())
}

/// Leases up to `limit` deliveries of a community that are due at `now`; the lease runs from `lease_now` for [`LEASE`]. One community at a time:
/// SQLite would look through everything that waits to find the rows of a union.
///
/// # Errors
/// [`Error`].
pub async fn lease(
    conn: &impl Connection,
    owner: Uuid,
    community: CommunityId,
    limit: u64,
    now: Timestamp,
    lease_now: Timestamp,
) -> Result<Vec<Leased>> {
    let pick = up_to(limit)
        .and_where(ready())
        .and_where(delivery::Column::CommunityId.eq(community.0))
        .and_where(delivery::Column::DueAt.lte(to_db(now)))
        .and_where(delivery::Column::Channel.ne(ChannelKind::Call.as_str()))
        .order_by(delivery::Column::DueAt, sea_orm::Order::Asc)
        .to_owned();
    take(conn, owner, pick, now, lease_now).await
}

/// Leases up to `limit` deliveries that still wait although somebody had better phone; of those in a worker's hands none.
///
/// # Errors
/// [`Error`].
pub async fn lease_hurried(
    conn: &impl Connection,
    owner: Uuid,
    limit: u64,
    now: Timestamp,
    lease_now: Timestamp,
) -> Result<Vec<Leased>> {
    let pick = up_to(limit)
        .and_where(hurried())
        .and_where(delivery::Column::HurryAt.lte(to_db(now)))
        .order_by(delivery::Column::HurryAt, sea_orm::Order::Asc)
        .to_owned();
    take(conn, owner, pick, now, lease_now).await
}

/// Lets deliveries take their time: nobody need phone about them any more.
///
/// # Errors
/// [`Error`].
pub async fn calm(conn: &impl Connection, ids: &[(CommunityId, DeliveryId)]) -> Result<()> {
    for (community, id) in ids {
        delivery::Entity::update_many()
            .col_expr(
                delivery::Column::HurryAt,
                Expr::value(None::<sea_orm::prelude::DateTimeUtc>),
            )
            .filter(delivery::Column::CommunityId.eq(community.0))
            .filter(delivery::Column::Id.eq(id.0))
            .exec(conn)
            .await?;
    }
    Ok(())
}

/// The keys of up to `limit` deliveries, passing over those that somebody else is taking.
fn up_to(limit: u64) -> SelectStatement {
    Query::select()
        .columns([delivery::Column::CommunityId, delivery::Column::Id])
        .from(delivery::Entity)
        .limit(limit)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .to_owned()
}

/// Gives an owner those picked deliveries that still wait.
async fn take(
    conn: &impl Connection,
    owner: Uuid,
    pick: SelectStatement,
    now: Timestamp,
    lease_now: Timestamp,
) -> Result<Vec<Leased>> {
    let key = [delivery::Column::CommunityId, delivery::Column::Id];
    let update = Query::update()
        .table(delivery::Entity)
        .values([
            (delivery::Column::Status, Expr::value("leased")),
            (delivery::Column::LeaseOwner, Expr::value(owner)),
            (
                delivery::Column::LeaseEpoch,
                Expr::col(delivery::Column::LeaseEpoch).add(1),
            ),
            (delivery::Column::LeaseUntil, Expr::value(to_db(lease_now + LEASE))),
            (delivery::Column::UpdatedAt, Expr::value(to_db(now))),
        ])
        .and_where(Expr::tuple(key.map(Expr::col)).in_subquery(pick))
        .and_where(ready())
        .returning(Query::returning().columns(Held::COLUMNS))
        .to_owned();
    let rows = conn.query_all(&update).await?;
    let mut leased = Vec::with_capacity(rows.len());
    for row in rows {
        let row = Held::from_query_result(&row, "")?;
        let deaths = row.deaths;
        leased.push(Leased::of(row, deaths)?);
    }
    // The statement that changes them gives them in no order.
    leased.sort_by_key(|leased| (leased.due_at, leased.id));
    Ok(leased)
}

/// Takes over deliveries whose owner has not come back in time: up to `limit` of those that were lost once, else one that was lost more often,
/// alone, because it may be what ends its workers. Where it went away while sending, that try is written down as one of which nobody knows how it
/// ended, under an id of `new_id`.
///
/// # Errors
/// [`Error`].
pub async fn take_over(
    conn: &impl Connection,
    owner: Uuid,
    limit: u64,
    now: Timestamp,
    lease_now: Timestamp,
    new_id: impl Fn() -> AttemptId,
) -> Result<Vec<Leased>> {
    let lost = |once: bool, limit: u64| {
        let deaths = if once {
            delivery::Column::Deaths.eq(0)
        } else {
            delivery::Column::Deaths.gt(0)
        };
        delivery::Entity::find()
            .select_only()
            .columns(Held::COLUMNS)
            .filter(held())
            .filter(run_out(lease_now))
            .filter(not_held_back())
            .filter(deaths)
            .order_by_asc(delivery::Column::LeaseUntil)
            .limit(limit)
            .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
            .into_model::<Held>()
            .all(conn)
    };
    let mut picked = lost(true, limit).await?;
    if picked.is_empty() {
        picked = lost(false, 1).await?;
    }
    let (mut taken, mut unanswered) = (Vec::with_capacity(picked.len()), Vec::new());
    for mut row in picked {
        let updated = delivery::Entity::update_many()
            .col_expr(delivery::Column::Status, Expr::value("leased"))
            .col_expr(delivery::Column::LeaseOwner, Expr::value(owner))
            .col_expr(delivery::Column::LeaseEpoch, Expr::value(row.lease_epoch + 1))
            .col_expr(delivery::Column::LeaseUntil, Expr::value(to_db(lease_now + LEASE)))
            .col_expr(delivery::Column::Deaths, Expr::value(row.deaths + 1))
            .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
            .filter(delivery::Column::CommunityId.eq(row.community_id))
            .filter(delivery::Column::Id.eq(row.id))
            .filter(delivery::Column::LeaseEpoch.eq(row.lease_epoch))
            .exec(conn)
            .await?;
        if updated.rows_affected == 1 {
            row.lease_epoch += 1;
            let (deaths, since) = (row.deaths + 1, from_db(row.updated_at));
            let was_sending = row.status == "sending";
            let leased = Leased::of(row, deaths)?;
            if was_sending {
                let tried = Tried {
                    id: new_id(),
                    began: since,
                    outcome: "unknown",
                    detail: "the worker stopped while sending".to_owned(),
                };
                unanswered.push((leased.clone(), tried));
            }
            taken.push(leased);
        }
    }
    add_lost(conn, &unanswered, now).await?;
    Ok(taken)
}

/// Lets the leases of a worker run from `lease_now` anew: it is still there.
///
/// # Errors
/// [`Error`].
pub async fn renew(conn: &impl Connection, owner: Uuid, lease_now: Timestamp) -> Result<()> {
    delivery::Entity::update_many()
        .col_expr(delivery::Column::LeaseUntil, Expr::value(to_db(lease_now + LEASE)))
        .filter(held())
        .filter(delivery::Column::LeaseOwner.eq(owner))
        .exec(conn)
        .await?;
    Ok(())
}

/// How many deliveries are past their lease by more than another lease: there should be none.
///
/// # Errors
/// [`Error`].
pub async fn overdue_leases(conn: &impl Connection, lease_now: Timestamp) -> Result<u64> {
    Ok(delivery::Entity::find()
        .filter(held())
        .filter(delivery::Column::LeaseUntil.lt(to_db(lease_now - LEASE)))
        .count(conn)
        .await?)
}

/// How the outbox stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Deliveries that wait for their time, the due ones included.
    pub waiting: i64,
    /// Deliveries that could leave now.
    pub due: i64,
    /// When the oldest of them fell due.
    pub oldest_due_at: Option<Timestamp>,
    /// Deliveries in the hands of a worker.
    pub held: i64,
}

/// How the outbox of all communities stands; those whose messages are held back are left out.
///
/// # Errors
/// [`Error`].
pub async fn standing(conn: &impl Connection, now: Timestamp) -> Result<Standing> {
    let is_due = || Expr::col(delivery::Column::DueAt).lte(to_db(now));
    let row: Option<(i64, Option<i64>, Option<DateTimeUtc>)> = delivery::Entity::find()
        .select_only()
        .column_as(delivery::Column::Id.count(), "waiting")
        .column_as(Expr::case(is_due(), 1).finally(0).sum(), "due")
        .column_as(delivery::Column::DueAt.min(), "oldest")
        .filter(ready())
        .filter(not_held_back())
        .into_tuple()
        .one(conn)
        .await?;
    let held: i64 = delivery::Entity::find()
        .select_only()
        .column_as(delivery::Column::Id.count(), "held")
        .filter(held())
        .into_tuple()
        .one(conn)
        .await?
        .unwrap_or_default();
    let (waiting, due, oldest) = row.unwrap_or_default();
    Ok(Standing {
        waiting,
        due: due.unwrap_or_default(),
        oldest_due_at: oldest.map(from_db).filter(|oldest| *oldest <= now),
        held,
    })
}
