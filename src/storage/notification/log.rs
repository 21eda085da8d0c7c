//! The log of deliveries, and what people change in it by hand.

use std::collections::HashMap;

use entities::{delivery, notification, proposal};
use jiff::Timestamp;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::super::{Connection, Error, Result, from_db, to_db};
use super::news::{partner_address, resident_address, session_news};
use crate::domain::id::{CommunityId, DeliveryId, PartnerId, ResidentId, SessionId};
use crate::domain::notification::{Event, Status};

/// One line of the log.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// The delivery.
    pub id: DeliveryId,
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
    /// What is told, as JSON.
    pub facts: String,
    /// `email` or `call`.
    pub channel: String,
    /// How it stands.
    pub status: Status,
    /// When it is or was due.
    pub due_at: Timestamp,
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

/// The log of a community, newest first: at most `limit` lines with ids below `before`.
///
/// # Errors
/// [`Error::Inconsistent`] when a state or event is unknown.
pub async fn log(
    conn: &impl Connection,
    community: CommunityId,
    statuses: &[Status],
    session: Option<SessionId>,
    before: Option<DeliveryId>,
    limit: u64,
) -> Result<Vec<LogRow>> {
    let mut query = delivery::Entity::find()
        .find_also_related(notification::Entity)
        .filter(delivery::Column::CommunityId.eq(community.0))
        .order_by_desc(delivery::Column::Id)
        .limit(limit);
    if !statuses.is_empty() {
        query = query.filter(delivery::Column::Status.is_in(statuses.iter().map(|status| status.as_str())));
    }
    if let Some(session) = session {
        query = query.filter(notification::Column::SessionId.eq(session.0));
    }
    if let Some(before) = before {
        query = query.filter(delivery::Column::Id.lt(before.0));
    }
    let found = query.all(conn).await?;
    let titles = titles(
        conn,
        community,
        found.iter().filter_map(|(_, notification)| notification.as_ref()),
    )
    .await?;
    let mut rows = Vec::new();
    for (delivery, notification) in found {
        let inconsistent = |column, value: &str| Error::Inconsistent {
            table: "delivery",
            column,
            id: delivery.id.to_string(),
            value: value.to_owned(),
        };
        let notification = notification.ok_or_else(|| inconsistent("notification_id", ""))?;
        let recipient = match (delivery.resident_id, delivery.partner_id) {
            (Some(id), _) => resident_address(conn, community, id.into()).await?,
            (None, Some(id)) => partner_address(conn, community, id.into()).await?,
            (None, None) => None,
        };
        let (recipient, address) = recipient.unwrap_or_default();
        rows.push(LogRow {
            id: delivery.id.into(),
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
            facts: notification.facts,
            status: Status::from_name(&delivery.status).ok_or_else(|| inconsistent("status", &delivery.status))?,
            channel: delivery.channel,
            due_at: from_db(delivery.due_at),
            sent_at: delivery.sent_at.map(from_db),
            attempts: delivery.attempts,
            last_error: delivery.last_error,
            subject: delivery.subject,
            body: delivery.body,
        });
    }
    Ok(rows)
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

/// Changes the state of a delivery by hand: sends it again, or notes that somebody phoned. `false` when it was in none of the states `from`.
///
/// # Errors
/// [`Error`].
pub async fn set_by_hand(
    conn: &impl Connection,
    community: CommunityId,
    id: DeliveryId,
    from: &[Status],
    to: Status,
    now: Timestamp,
) -> Result<bool> {
    let mut update = delivery::Entity::update_many()
        .col_expr(delivery::Column::Status, Expr::value(to.as_str()))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(delivery::Column::CommunityId.eq(community.0))
        .filter(delivery::Column::Id.eq(id.0))
        .filter(delivery::Column::Status.is_in(from.iter().map(|status| status.as_str())));
    if to == Status::Due {
        update = update.col_expr(delivery::Column::DueAt, Expr::value(to_db(now)));
    }
    if to == Status::Sent {
        update = update.col_expr(delivery::Column::SentAt, Expr::value(to_db(now)));
    }
    Ok(update.exec(conn).await?.rows_affected == 1)
}
