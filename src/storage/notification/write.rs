//! Writing down what people must be told, and taking it back.

use std::collections::HashMap;

use entities::{delivery, enrolment, notification};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::{Connection, Error, Result, from_db, to_db};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{
    AccountId, CommunityId, DeliveryId, NotificationId, PartnerId, ProposalId, ResidentId, SessionId,
};
use crate::domain::notification::{Event, Status};

/// A notification to be stored.
#[derive(Clone, Debug)]
pub struct NewNotification {
    /// Its id.
    pub id: NotificationId,
    /// What is told.
    pub event: Event,
    /// Unique in the community.
    pub dedupe_key: String,
    /// About which session.
    pub session: Option<SessionId>,
    /// About which proposal.
    pub proposal: Option<ProposalId>,
    /// What is told, as JSON.
    pub facts: String,
    /// When it falls due.
    pub due_at: Timestamp,
    /// After this it is useless.
    pub expires_at: Timestamp,
}

/// A delivery to be stored.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Its id.
    pub id: DeliveryId,
    /// To which resident.
    pub resident: Option<ResidentId>,
    /// Or to which partner.
    pub partner: Option<PartnerId>,
    /// Or to which account.
    pub account: Option<AccountId>,
    /// Over which channel.
    pub channel: ChannelKind,
    /// Which account of that kind, where a community may have several: the robot.
    pub channel_id: Option<Uuid>,
    /// Its first state.
    pub status: Status,
    /// Why it stands so, in words.
    pub error: Option<String>,
    /// When somebody had better phone than wait for it.
    pub hurry_at: Option<Timestamp>,
}

impl NewDelivery {
    /// A delivery over a kind of channel, to nobody yet: a worker sends it, or somebody has to phone.
    pub fn over(id: DeliveryId, channel: ChannelKind) -> Self {
        Self {
            id,
            resident: None,
            partner: None,
            account: None,
            channel,
            channel_id: None,
            status: if channel == ChannelKind::Call {
                Status::ToCall
            } else {
                Status::Due
            },
            error: None,
            hurry_at: None,
        }
    }
}

/// Stores a notification unless its dedupe key is known; returns the id that stands under the key. Its row stays locked until the transaction
/// ends: of two who look for what is missing of it, the second sees what the first has added.
///
/// # Errors
/// [`Error`].
pub async fn ensure(
    conn: &impl Connection,
    community: CommunityId,
    new: &NewNotification,
    now: Timestamp,
) -> Result<NotificationId> {
    let row = notification::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        event: Set(new.event.as_str().to_owned()),
        dedupe_key: Set(new.dedupe_key.clone()),
        session_id: Set(new.session.map(Uuid::from)),
        proposal_id: Set(new.proposal.map(Uuid::from)),
        facts: Set(new.facts.clone()),
        due_at: Set(to_db(new.due_at)),
        expires_at: Set(to_db(new.expires_at)),
        created_at: Set(to_db(now)),
    };
    notification::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([notification::Column::CommunityId, notification::Column::DedupeKey])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(conn)
        .await?;
    let stored = notification::Entity::find()
        .filter(notification::Column::CommunityId.eq(community.0))
        .filter(notification::Column::DedupeKey.eq(&new.dedupe_key))
        .lock(LockType::Update)
        .one(conn)
        .await?;
    stored
        .map(|row| row.id.into())
        .ok_or_else(|| Error::Lost(format!("notification {} was not stored", new.dedupe_key)))
}

/// Stores deliveries of a notification.
///
/// # Errors
/// [`Error`].
pub async fn add_deliveries(
    conn: &impl Connection,
    community: CommunityId,
    notification: NotificationId,
    due_at: Timestamp,
    expires_at: Timestamp,
    new: &[NewDelivery],
    now: Timestamp,
) -> Result<()> {
    // Each row carries some twenty values: a few hundred rows stay below SQLite's limit of variables.
    for chunk in new.chunks(500) {
        let rows = chunk.iter().map(|new| delivery::ActiveModel {
            community_id: Set(community.0),
            id: Set(new.id.0),
            notification_id: Set(notification.0),
            resident_id: Set(new.resident.map(Uuid::from)),
            partner_id: Set(new.partner.map(Uuid::from)),
            account_id: Set(new.account.map(Uuid::from)),
            channel: Set(new.channel.as_str().to_owned()),
            channel_id: Set(new.channel_id),
            status: Set(new.status.as_str().to_owned()),
            due_at: Set(to_db(due_at)),
            expires_at: Set(to_db(expires_at)),
            hurry_at: Set(new.hurry_at.map(to_db)),
            lease_owner: Set(None),
            lease_epoch: Set(0),
            lease_until: Set(None),
            deaths: Set(0),
            attempts: Set(0),
            last_error: Set(new.error.clone()),
            subject: Set(String::new()),
            body: Set(String::new()),
            sent_at: Set(None),
            created_at: Set(to_db(now)),
            updated_at: Set(to_db(now)),
        });
        delivery::Entity::insert_many(rows).exec_without_returning(conn).await?;
    }
    Ok(())
}

/// Somebody signed up for one of some sessions, as far as telling them goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    /// Who.
    pub resident: ResidentId,
    /// For which session.
    pub session: SessionId,
    /// Whether they wait for a seat, or have not taken the one that is offered.
    pub waits: bool,
    /// Since when it stands so.
    pub changed_at: Timestamp,
}

/// Who is signed up for, or waits for, some sessions.
///
/// # Errors
/// [`Error`].
pub async fn listeners(
    conn: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<Vec<Listener>> {
    listening(conn, community, sessions, Condition::all()).await
}

/// Who of these residents is signed up for, or waits for, some sessions.
///
/// # Errors
/// [`Error`].
pub async fn listeners_among(
    conn: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
    residents: &[ResidentId],
) -> Result<Vec<Listener>> {
    let these = enrolment::Column::ResidentId.is_in(residents.iter().map(|id| id.0));
    listening(conn, community, sessions, Condition::all().add(these)).await
}

async fn listening(
    conn: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
    which: Condition,
) -> Result<Vec<Listener>> {
    let these = Condition::all()
        .add(enrolment::Column::CommunityId.eq(community.0))
        .add(enrolment::Column::SessionId.is_in(sessions.iter().map(|id| id.0)))
        .add(which);
    let found = listening_where(conn, these).await?;
    Ok(found.into_iter().map(|(_, listener)| listener).collect())
}

/// Who is signed up or waits, with the community of each, in the order in which they came.
pub(super) async fn listening_where(conn: &impl Connection, which: Condition) -> Result<Vec<(CommunityId, Listener)>> {
    let rows: Vec<(Uuid, Uuid, Uuid, String, DateTimeUtc)> = enrolment::Entity::find()
        .select_only()
        .column(enrolment::Column::CommunityId)
        .column(enrolment::Column::ResidentId)
        .column(enrolment::Column::SessionId)
        .column(enrolment::Column::Status)
        .column(enrolment::Column::UpdatedAt)
        .filter(which)
        .filter(enrolment::Column::Status.is_in(["enrolled", "waitlisted", "offered"]))
        .order_by_asc(enrolment::Column::QueuedAt)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(community, resident, session, status, updated_at)| {
            let listener = Listener {
                resident: resident.into(),
                session: session.into(),
                waits: status != "enrolled",
                changed_at: from_db(updated_at),
            };
            (community.into(), listener)
        })
        .collect())
}

/// Which residents already have a delivery of a notification.
///
/// # Errors
/// [`Error`].
pub async fn told(
    conn: &impl Connection,
    community: CommunityId,
    notification: NotificationId,
) -> Result<Vec<ResidentId>> {
    let rows = delivery::Entity::find()
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::NotificationId.eq(notification.0))
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| row.resident_id.map(ResidentId::from))
        .collect())
}

/// Which residents have a delivery of the notifications under these keys, and whether it was given up without a try.
///
/// # Errors
/// [`Error`].
pub async fn told_under(
    conn: &impl Connection,
    community: CommunityId,
    keys: &[String],
) -> Result<HashMap<String, HashMap<ResidentId, bool>>> {
    let mut told: HashMap<String, HashMap<ResidentId, bool>> = HashMap::new();
    for keys in keys.chunks(500) {
        let rows: Vec<(String, Uuid, String, i32)> = delivery::Entity::find()
            .inner_join(notification::Entity)
            .select_only()
            .column(notification::Column::DedupeKey)
            .column(delivery::Column::ResidentId)
            .column(delivery::Column::Status)
            .column(delivery::Column::Attempts)
            .filter(notification::Column::CommunityId.eq(community.0))
            .filter(notification::Column::DedupeKey.is_in(keys.iter().map(String::as_str)))
            .filter(delivery::Column::ResidentId.is_not_null())
            .into_tuple()
            .all(conn)
            .await?;
        for (key, resident, status, attempts) in rows {
            let untried = status == Status::Expired.as_str() && attempts == 0;
            told.entry(key).or_default().insert(resident.into(), untried);
        }
    }
    Ok(told)
}

/// Makes deliveries of a notification due again that were given up without a try, because the clock said that it was too late. Returns how
/// many.
///
/// # Errors
/// [`Error`].
pub async fn wake(
    conn: &impl Connection,
    community: CommunityId,
    notification: NotificationId,
    residents: &[ResidentId],
    due_at: Timestamp,
    now: Timestamp,
) -> Result<usize> {
    let mut count = 0;
    for residents in residents.chunks(500) {
        let woken = delivery::Entity::update_many()
            .col_expr(delivery::Column::Status, Expr::value(Status::Due.as_str()))
            .col_expr(delivery::Column::DueAt, Expr::value(to_db(due_at)))
            .col_expr(delivery::Column::LastError, Expr::value(None::<String>))
            .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
            .filter(delivery::Column::CommunityId.eq(community.0))
            .filter(delivery::Column::NotificationId.eq(notification.0))
            .filter(delivery::Column::ResidentId.is_in(residents.iter().map(|id| id.0)))
            .filter(delivery::Column::Status.eq(Status::Expired.as_str()))
            .filter(delivery::Column::Channel.ne(ChannelKind::Call.as_str()))
            .filter(delivery::Column::Attempts.eq(0))
            .exec(conn)
            .await?;
        count += usize::try_from(woken.rows_affected).unwrap_or(usize::MAX);
    }
    Ok(count)
}

/// Takes back what has not left of a notification: nobody gets it. `false` when any of it has left or may have, or somebody has phoned;
/// then the caller must give its transaction up.
///
/// # Errors
/// [`Error`].
pub async fn take_back(
    conn: &impl Connection,
    community: CommunityId,
    id: NotificationId,
    now: Timestamp,
) -> Result<bool> {
    let here = [Status::Due, Status::Retry, Status::ToCall, Status::Kept];
    let of = |query: Condition| {
        query
            .add(delivery::Column::CommunityId.eq(community.0))
            .add(delivery::Column::NotificationId.eq(id.0))
    };
    delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(Status::Dropped.as_str()))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(of(Condition::all()))
        .filter(delivery::Column::Status.is_in(here.iter().map(|status| status.as_str())))
        // Tried before: it may have left.
        .filter(delivery::Column::Attempts.eq(0))
        .exec(conn)
        .await?;
    let gone = delivery::Entity::find()
        .filter(of(Condition::all()))
        .filter(delivery::Column::Status.is_not_in([Status::Dropped.as_str(), Status::Expired.as_str()]))
        .count(conn)
        .await?;
    Ok(gone == 0)
}

/// Whether nobody was told of a notification yet, tried, or put on the call list: all its deliveries wait, or were given up.
///
/// # Errors
/// [`Error`].
pub async fn all_wait(conn: &impl Connection, community: CommunityId, id: NotificationId) -> Result<bool> {
    let waiting = [Status::Due, Status::Dropped, Status::Expired];
    let others = delivery::Entity::find()
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::NotificationId.eq(id.0))
        .filter(delivery::Column::Status.is_not_in(waiting.iter().map(|status| status.as_str())))
        .count(conn)
        .await?;
    Ok(others == 0)
}

/// Whether any delivery of a notification has left or may have: then it cannot be taken back.
///
/// # Errors
/// [`Error`].
pub async fn has_left(conn: &impl Connection, community: CommunityId, id: NotificationId) -> Result<bool> {
    let here = [
        Status::Due,
        Status::ToCall,
        Status::Kept,
        Status::Dropped,
        Status::Expired,
    ];
    let gone = delivery::Entity::find()
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::NotificationId.eq(id.0))
        .filter(delivery::Column::Status.is_not_in(here.iter().map(|status| status.as_str())))
        .count(conn)
        .await?;
    Ok(gone > 0)
}
