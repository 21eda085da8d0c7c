//! Deliveries that somebody phones about, what came of the calls, and how far the news of a session got.

use std::collections::HashMap;

use entities::{account, call_outcome, delivery, notification};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::super::{Connection, Error, Result, from_db, to_db};
use crate::domain::call::CallOutcome;
use crate::domain::channel::ChannelKind;
use crate::domain::id::{
    AccountId, CallOutcomeId, CommunityId, DeliveryId, NotificationId, PartnerId, ProposalId, ResidentId, SessionId,
};
use crate::domain::notification::{Event, Status};

/// A delivery with what its notification tells.
#[derive(Clone, Debug)]
pub struct Open {
    /// The delivery.
    pub id: DeliveryId,
    /// Of which notification.
    pub notification: NotificationId,
    /// What is told.
    pub event: Event,
    /// About which session; the first, when there are several.
    pub session: Option<SessionId>,
    /// About which proposal.
    pub proposal: Option<ProposalId>,
    /// What is told, as JSON.
    pub facts: String,
    /// To which resident.
    pub resident: Option<ResidentId>,
    /// Or to which partner.
    pub partner: Option<PartnerId>,
    /// `email`, `sms`, `robot` or `call`.
    pub channel: String,
    /// How it stands.
    pub status: Status,
    /// When it is or was due.
    pub due_at: Timestamp,
    /// After this it is useless.
    pub expires_at: Timestamp,
    /// When it was written down.
    pub created_at: Timestamp,
}

fn open_of((row, parent): (delivery::Model, Option<notification::Model>)) -> Result<Open> {
    let inconsistent = |column, value: &str| Error::Inconsistent {
        table: "delivery",
        column,
        id: row.id.to_string(),
        value: value.to_owned(),
    };
    let parent = parent.ok_or_else(|| inconsistent("notification_id", ""))?;
    Ok(Open {
        id: row.id.into(),
        notification: row.notification_id.into(),
        event: Event::from_name(&parent.event).ok_or_else(|| inconsistent("event", &parent.event))?,
        session: parent.session_id.map(SessionId::from),
        proposal: parent.proposal_id.map(ProposalId::from),
        facts: parent.facts,
        resident: row.resident_id.map(ResidentId::from),
        partner: row.partner_id.map(PartnerId::from),
        status: Status::from_name(&row.status).ok_or_else(|| inconsistent("status", &row.status))?,
        channel: row.channel,
        due_at: from_db(row.due_at),
        expires_at: from_db(row.expires_at),
        created_at: from_db(row.created_at),
    })
}

fn names(statuses: &[Status]) -> Vec<&'static str> {
    statuses.iter().map(|status| status.as_str()).collect()
}

async fn all_open(conn: &impl Connection, query: Select<delivery::Entity>, limit: u64) -> Result<Vec<Open>> {
    let found = query
        .find_also_related(notification::Entity)
        .order_by_desc(delivery::Column::Id)
        .limit(limit)
        .all(conn)
        .await?;
    found.into_iter().map(open_of).collect()
}

/// Deliveries to people that stand in one of these states, oldest first: the newest `limit` of them. With `useful_at` only those that are
/// still of use then.
///
/// # Errors
/// [`Error::Inconsistent`] when a state or event is unknown.
pub async fn open(
    conn: &impl Connection,
    community: CommunityId,
    statuses: &[Status],
    useful_at: Option<Timestamp>,
    limit: u64,
) -> Result<Vec<Open>> {
    let somebody = Condition::any()
        .add(delivery::Column::ResidentId.is_not_null())
        .add(delivery::Column::PartnerId.is_not_null());
    let mut query = delivery::Entity::find()
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::Status.is_in(names(statuses)))
        .filter(somebody);
    if let Some(at) = useful_at {
        query = query.filter(delivery::Column::ExpiresAt.gt(to_db(at)));
    }
    let mut found = all_open(conn, query, limit).await?;
    found.reverse();
    Ok(found)
}

/// The deliveries with these ids.
///
/// # Errors
/// As [`open`].
pub async fn open_by_id(conn: &impl Connection, community: CommunityId, ids: &[DeliveryId]) -> Result<Vec<Open>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let query = delivery::Entity::find()
            .filter(delivery::Column::CommunityId.eq(community.0))
            .filter(delivery::Column::Id.is_in(some.iter().map(|id| id.0)));
        found.extend(all_open(conn, query, 500).await?);
    }
    Ok(found)
}

/// All deliveries of one notification.
///
/// # Errors
/// As [`open`].
pub async fn open_of_notification(
    conn: &impl Connection,
    community: CommunityId,
    id: NotificationId,
) -> Result<Vec<Open>> {
    let query = delivery::Entity::find()
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::NotificationId.eq(id.0));
    all_open(conn, query, u64::from(u32::MAX)).await
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its id.
    pub id: CallOutcomeId,
    /// About which delivery.
    pub delivery: DeliveryId,
    /// What came of it.
    pub outcome: CallOutcome,
    /// The state of the delivery before.
    pub status_before: Status,
    /// Its channel before.
    pub channel_before: String,
    /// When.
    pub at: Timestamp,
    /// Who phoned.
    pub by: Option<AccountId>,
}

fn call_of(row: call_outcome::Model) -> Result<Call> {
    let inconsistent = |column, value: &str| Error::Inconsistent {
        table: "call_outcome",
        column,
        id: row.id.to_string(),
        value: value.to_owned(),
    };
    Ok(Call {
        outcome: row.outcome.parse().map_err(|_| inconsistent("outcome", &row.outcome))?,
        status_before: Status::from_name(&row.status_before)
            .ok_or_else(|| inconsistent("status_before", &row.status_before))?,
        id: row.id.into(),
        delivery: row.delivery_id.into(),
        channel_before: row.channel_before,
        at: from_db(row.called_at),
        by: row.called_by.map(AccountId::from),
    })
}

/// The calls about these deliveries that were not taken back, oldest first.
///
/// # Errors
/// [`Error::Inconsistent`] when an outcome is unknown.
pub async fn calls(conn: &impl Connection, community: CommunityId, ids: &[DeliveryId]) -> Result<Vec<Call>> {
    let mut found = Vec::new();
    for some in ids.chunks(500) {
        let rows = call_outcome::Entity::find()
            .filter(call_outcome::Column::CommunityId.eq(community.0))
            .filter(call_outcome::Column::DeliveryId.is_in(some.iter().map(|id| id.0)))
            .filter(call_outcome::Column::UndoneAt.is_null())
            .order_by_asc(call_outcome::Column::CalledAt)
            .order_by_asc(call_outcome::Column::Id)
            .all(conn)
            .await?;
        for row in rows {
            found.push(call_of(row)?);
        }
    }
    Ok(found)
}

/// The calls made since an instant that were not taken back, newest first, at most `limit`.
///
/// # Errors
/// [`Error::Inconsistent`] when an outcome is unknown.
pub async fn calls_since(
    conn: &impl Connection,
    community: CommunityId,
    since: Timestamp,
    limit: u64,
) -> Result<Vec<Call>> {
    let rows = call_outcome::Entity::find()
        .filter(call_outcome::Column::CommunityId.eq(community.0))
        .filter(call_outcome::Column::CalledAt.gte(to_db(since)))
        .filter(call_outcome::Column::UndoneAt.is_null())
        .order_by_desc(call_outcome::Column::CalledAt)
        .order_by_desc(call_outcome::Column::Id)
        .limit(limit)
        .all(conn)
        .await?;
    rows.into_iter().map(call_of).collect()
}

/// Notes what came of a call.
///
/// # Errors
/// [`Error`].
pub async fn add_call(conn: &impl Connection, community: CommunityId, call: &Call) -> Result<()> {
    let row = call_outcome::ActiveModel {
        community_id: Set(community.0),
        id: Set(call.id.0),
        delivery_id: Set(call.delivery.0),
        outcome: Set(call.outcome.to_string()),
        status_before: Set(call.status_before.as_str().to_owned()),
        channel_before: Set(call.channel_before.clone()),
        called_at: Set(to_db(call.at)),
        called_by: Set(call.by.map(|by| by.0)),
        undone_at: Set(None),
    };
    call_outcome::Entity::insert(row).exec_without_returning(conn).await?;
    Ok(())
}

/// Takes a call back; `false` when somebody else did.
///
/// # Errors
/// [`Error`].
pub async fn undo_call(
    conn: &impl Connection,
    community: CommunityId,
    id: CallOutcomeId,
    now: Timestamp,
) -> Result<bool> {
    let done = call_outcome::Entity::update_many()
        .col_expr(call_outcome::Column::UndoneAt, Expr::value(to_db(now)))
        .filter(call_outcome::Column::CommunityId.eq(community.0))
        .filter(call_outcome::Column::Id.eq(id.0))
        .filter(call_outcome::Column::UndoneAt.is_null())
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Where a delivery goes by a person's hand.
#[derive(Clone, Copy, Debug)]
pub struct ByHand<'a> {
    /// Its state.
    pub status: Status,
    /// Its channel.
    pub channel: &'a str,
    /// When it reached them.
    pub sent_at: Option<Timestamp>,
}

/// Moves a delivery that stands in `from` and that no worker holds. `false` when it does not stand there any more.
///
/// # Errors
/// [`Error`].
pub async fn move_by_hand(
    conn: &impl Connection,
    community: CommunityId,
    id: DeliveryId,
    from: Status,
    to: ByHand<'_>,
    now: Timestamp,
) -> Result<bool> {
    let done = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(to.status.as_str()))
        .col_expr(delivery::Column::Channel, Expr::value(to.channel))
        .col_expr(delivery::Column::SentAt, Expr::value(to.sent_at.map(to_db)))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::Id.eq(id.0))
        .filter(delivery::Column::Status.eq(from.as_str()))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Notifications of changes that are about one of these sessions, written down since an instant, with their deliveries.
///
/// # Errors
/// As [`open`].
pub async fn changes(
    conn: &impl Connection,
    community: CommunityId,
    sessions: &[SessionId],
    since: Timestamp,
) -> Result<Vec<Open>> {
    let mut found = Vec::new();
    // A session may be one of several that a notification is about: those stand in its facts. Ids grow with time, so the key bounds the look.
    let first = crate::domain::id::uuid_v7(since.as_millisecond(), [0; 10]);
    for some in sessions.chunks(40) {
        let mut about = Condition::any().add(notification::Column::SessionId.is_in(some.iter().map(|id| id.0)));
        for session in some {
            about = about.add(notification::Column::Facts.contains(session.to_string()));
        }
        let query = delivery::Entity::find()
            .filter(delivery::Column::CommunityId.eq(community.0))
            .filter(delivery::Column::Id.gte(first))
            .filter(delivery::Column::Status.ne(Status::Dropped.as_str()))
            .filter(notification::Column::Event.is_in(changing()))
            .filter(about);
        found.extend(all_open(conn, query, u64::from(u32::MAX)).await?);
    }
    // Two pieces of the list may have found the same one.
    found.sort_by_key(|open| open.id);
    found.dedup_by_key(|open| open.id);
    Ok(found)
}

fn changing() -> Vec<&'static str> {
    Event::ALL
        .into_iter()
        .filter(|event| event.tells_of_a_change())
        .map(Event::as_str)
        .collect()
}

/// The newest notification that told several people, or everybody concerned, of a change: with its time and how it was put.
///
/// # Errors
/// As [`open`].
pub async fn latest_change(
    conn: &impl Connection,
    community: CommunityId,
    since: Timestamp,
) -> Result<Option<NotificationId>> {
    let events: Vec<&str> = changing()
        .into_iter()
        .filter(|event| *event != Event::Promoted.as_str())
        .collect();
    let row = notification::Entity::find()
        .filter(notification::Column::CommunityId.eq(community.0))
        .filter(notification::Column::CreatedAt.gte(to_db(since)))
        .filter(notification::Column::Event.is_in(events))
        .order_by_desc(notification::Column::Id)
        .one(conn)
        .await?;
    Ok(row.map(|row| row.id.into()))
}

/// The names by which accounts are shown.
///
/// # Errors
/// [`Error`].
pub async fn account_names(conn: &impl Connection, ids: &[AccountId]) -> Result<HashMap<AccountId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = account::Entity::find()
        .filter(account::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let name = match row.display_name.as_str() {
                "" => row.username,
                _ => row.display_name,
            };
            (row.id.into(), name)
        })
        .collect())
}

/// The name of the channel of the call list.
pub fn by_phone() -> &'static str {
    ChannelKind::Call.as_str()
}
