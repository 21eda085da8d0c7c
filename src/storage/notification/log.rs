//! The log of deliveries, and what people change in it by hand.

use std::collections::HashMap;

use entities::{attempt, delivery, notification, partner, proposal, resident};
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::{Connection, Error, Result, from_db, to_db};
use super::call::account_names;
use super::news::session_news;
use crate::domain::channel::ChannelKind;
use crate::domain::id::{AccountId, CommunityId, DeliveryId, NotificationId, PartnerId, ResidentId, SessionId};
use crate::domain::notification::{Event, Status};

/// One line of the log.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// The delivery.
    pub id: DeliveryId,
    /// Of which notification.
    pub notification: NotificationId,
    /// What was told.
    pub event: Event,
    /// About which session.
    pub session: Option<SessionId>,
    /// Title of what it is about.
    pub title: String,
    /// Name of the recipient, unmasked.
    pub recipient: String,
    /// Mail address; empty when there is none.
    pub address: String,
    /// To which resident.
    pub resident: Option<ResidentId>,
    /// Or to which partner.
    pub partner: Option<PartnerId>,
    /// Or to which account of the office.
    pub account: Option<AccountId>,
    /// What is told, as JSON.
    pub facts: String,
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
    /// When it left.
    pub sent_at: Option<Timestamp>,
    /// Tries.
    pub attempts: i32,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Subject as sent or kept.
    pub subject: String,
    /// Text as sent or kept.
    pub body: String,
}

/// Which lines of the log.
#[derive(Clone, Debug, Default)]
pub struct LogWanted {
    /// Only these deliveries; all when empty.
    pub ids: Vec<DeliveryId>,
    /// Only these states; all when empty.
    pub statuses: Vec<Status>,
    /// Only over this channel.
    pub channel: Option<ChannelKind>,
    /// Only of this event.
    pub event: Option<Event>,
    /// Only about this session.
    pub session: Option<SessionId>,
    /// Only to these residents, or to partners whose name holds the text.
    pub people: Option<(Vec<ResidentId>, String)>,
    /// Only lines older than this delivery.
    pub before: Option<DeliveryId>,
    /// At most so many.
    pub limit: u64,
}

fn conditions(community: CommunityId, wanted: &LogWanted) -> Condition {
    let mut all = Condition::all().add(delivery::Column::CommunityId.eq(community.0));
    if !wanted.ids.is_empty() {
        all = all.add(delivery::Column::Id.is_in(wanted.ids.iter().map(|id| id.0)));
    }
    if !wanted.statuses.is_empty() {
        all = all.add(delivery::Column::Status.is_in(wanted.statuses.iter().map(|status| status.as_str())));
    }
    if let Some(channel) = wanted.channel {
        all = all.add(delivery::Column::Channel.eq(channel.as_str()));
    }
    if let Some(event) = wanted.event {
        all = all.add(notification::Column::Event.eq(event.as_str()));
    }
    if let Some(session) = wanted.session {
        all = all.add(
            Condition::any()
                .add(notification::Column::SessionId.eq(session.0))
                .add(notification::Column::Facts.contains(session.to_string())),
        );
    }
    if let Some((residents, name)) = &wanted.people {
        all = all.add(
            Condition::any()
                .add(delivery::Column::ResidentId.is_in(residents.iter().map(|id| id.0)))
                .add(partner::Column::Name.contains(name.as_str())),
        );
    }
    if let Some(before) = wanted.before {
        all = all.add(delivery::Column::Id.lt(before.0));
    }
    all
}

/// The log of a community, newest first.
///
/// # Errors
/// [`Error::Inconsistent`] when a state or event is unknown.
pub async fn log(conn: &impl Connection, community: CommunityId, wanted: &LogWanted) -> Result<Vec<LogRow>> {
    let found = delivery::Entity::find()
        .find_also_related(notification::Entity)
        .find_also(delivery::Entity, partner::Entity)
        .filter(conditions(community, wanted))
        .order_by_desc(delivery::Column::Id)
        .limit(wanted.limit)
        .all(conn)
        .await?;
    let titles = titles(
        conn,
        community,
        found.iter().filter_map(|(_, notification, _)| notification.as_ref()),
    )
    .await?;
    let residents: Vec<Uuid> = found.iter().filter_map(|(delivery, ..)| delivery.resident_id).collect();
    let residents = addresses(conn, community, &residents).await?;
    let accounts: Vec<AccountId> = found
        .iter()
        .filter_map(|(delivery, ..)| delivery.account_id.map(AccountId::from))
        .collect();
    let accounts = account_names(conn, &accounts).await?;
    let mut rows = Vec::with_capacity(found.len());
    for (delivery, notification, partner) in found {
        let inconsistent = |column, value: &str| Error::Inconsistent {
            table: "delivery",
            column,
            id: delivery.id.to_string(),
            value: value.to_owned(),
        };
        let notification = notification.ok_or_else(|| inconsistent("notification_id", ""))?;
        let (recipient, address) = match (delivery.resident_id, partner) {
            (Some(id), _) => residents.get(&id).cloned().unwrap_or_default(),
            (None, Some(partner)) => (partner.name, partner.email),
            (None, None) => {
                let account = delivery.account_id.map(AccountId::from);
                let name = account.and_then(|id| accounts.get(&id).cloned());
                (name.unwrap_or_default(), String::new())
            }
        };
        rows.push(LogRow {
            id: delivery.id.into(),
            notification: delivery.notification_id.into(),
            event: Event::from_name(&notification.event).ok_or_else(|| inconsistent("event", &notification.event))?,
            session: notification.session_id.map(SessionId::from),
            title: notification
                .session_id
                .or(notification.proposal_id)
                .and_then(|id| titles.get(&id).cloned())
                .unwrap_or_default(),
            recipient,
            address,
            resident: delivery.resident_id.map(ResidentId::from),
            partner: delivery.partner_id.map(PartnerId::from),
            account: delivery.account_id.map(AccountId::from),
            facts: notification.facts,
            status: Status::from_name(&delivery.status).ok_or_else(|| inconsistent("status", &delivery.status))?,
            channel: delivery.channel,
            due_at: from_db(delivery.due_at),
            expires_at: from_db(delivery.expires_at),
            created_at: from_db(delivery.created_at),
            sent_at: delivery.sent_at.map(from_db),
            attempts: delivery.attempts,
            last_error: delivery.last_error,
            subject: delivery.subject,
            body: delivery.body,
        });
    }
    Ok(rows)
}

/// Names and mail addresses of residents.
async fn addresses(
    conn: &impl Connection,
    community: CommunityId,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, (String, String)>> {
    let mut all = HashMap::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let rows: Vec<(Uuid, String, String)> = resident::Entity::find()
            .select_only()
            .columns([resident::Column::Id, resident::Column::Name, resident::Column::Email])
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(some.iter().copied()))
            .into_tuple()
            .all(conn)
            .await?;
        all.extend(rows.into_iter().map(|(id, name, email)| (id, (name, email))));
    }
    Ok(all)
}

/// Titles of the sessions and proposals that some notifications are about.
async fn titles(
    conn: &impl Connection,
    community: CommunityId,
    about: impl Iterator<Item = &notification::Model>,
) -> Result<HashMap<Uuid, String>> {
    let (mut sessions, mut proposals) = (Vec::new(), Vec::new());
    for notification in about {
        sessions.extend(notification.session_id.map(SessionId::from));
        proposals.extend(notification.proposal_id);
    }
    let mut titles: HashMap<Uuid, String> = session_news(conn, community, &sessions)
        .await?
        .into_iter()
        .map(|news| (news.id.0, news.title))
        .collect();
    if !proposals.is_empty() {
        let rows = proposal::Entity::find()
            .filter(proposal::Column::CommunityId.eq(community.0))
            .filter(proposal::Column::Id.is_in(proposals))
            .all(conn)
            .await?;
        titles.extend(rows.into_iter().map(|row| (row.id, row.title)));
    }
    Ok(titles)
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// 1, 2, 3 …
    pub number: i32,
    /// Start.
    pub started_at: Timestamp,
    /// When it was known how it ended.
    pub ended_at: Option<Timestamp>,
    /// `sent`, `retry`, `rejected` or `unknown`.
    pub outcome: String,
    /// The other side's words.
    pub detail: String,
}

/// The tries of a delivery, in their order.
///
/// # Errors
/// [`Error`].
pub async fn attempts(conn: &impl Connection, community: CommunityId, id: DeliveryId) -> Result<Vec<Attempt>> {
    let rows = attempt::Entity::find()
        .filter(attempt::Column::CommunityId.eq(community.0))
        .filter(attempt::Column::DeliveryId.eq(id.0))
        .order_by_asc(attempt::Column::Number)
        .order_by_asc(attempt::Column::Id)
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Attempt {
            number: row.number,
            started_at: from_db(row.started_at),
            ended_at: row.ended_at.map(from_db),
            outcome: row.outcome,
            detail: row.detail,
        })
        .collect())
}

/// How many deliveries of a community stand in each state.
///
/// # Errors
/// [`Error`].
pub async fn counts(conn: &impl Connection, community: CommunityId, since: Timestamp) -> Result<Vec<(Status, i64)>> {
    let rows: Vec<(String, i64)> = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::Status)
        .column_as(delivery::Column::Id.count(), "count")
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::CreatedAt.gte(to_db(since)))
        .group_by(delivery::Column::Status)
        .into_tuple()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(status, count)| Some((Status::from_name(&status)?, count)))
        .collect())
}

/// Makes a message due at once, when it stands in one of the states `from`, goes over a channel (not the call list), and is still of use.
/// `false` otherwise.
///
/// # Errors
/// [`Error`].
pub async fn send_again(
    conn: &impl Connection,
    community: CommunityId,
    id: DeliveryId,
    from: &[Status],
    now: Timestamp,
) -> Result<bool> {
    let done = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(Status::Due.as_str()))
        .col_expr(delivery::Column::DueAt, Expr::value(to_db(now)))
        // Whoever sends it again looks after it.
        .col_expr(
            delivery::Column::HurryAt,
            Expr::value(None::<sea_orm::prelude::DateTimeUtc>),
        )
        // Nor do workers count that went away with it before.
        .col_expr(delivery::Column::Deaths, Expr::value(0))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::Id.eq(id.0))
        .filter(delivery::Column::Status.is_in(from.iter().map(|status| status.as_str())))
        .filter(delivery::Column::Channel.ne(ChannelKind::Call.as_str()))
        .filter(delivery::Column::ExpiresAt.gt(to_db(now)))
        .exec(conn)
        .await?;
    Ok(done.rows_affected == 1)
}
