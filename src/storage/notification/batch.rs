//! What the messages of a batch need to know, asked for all its communities at once.

use std::collections::{BTreeMap, HashMap};

use entities::{community, enrolment, notification, resident, session};
use sea_orm::prelude::DateTimeUtc;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::super::{Connection, Error, Result};
use super::news::{news_where, sender_of};
use super::write::listening_where;
use super::{Letter, Listener, Recipient, Sender, SessionNews};
use crate::domain::id::{CommunityId, NotificationId, ResidentId, SessionId};
use crate::domain::notification::Event;

/// Ids by their community.
pub type ByHome<T> = BTreeMap<CommunityId, Vec<T>>;

/// The rows with these ids, each in its community.
pub(super) fn among<C: ColumnTrait, T: Copy + Into<Uuid>>(home: C, id: C, wanted: &ByHome<T>) -> Condition {
    wanted.iter().fold(Condition::any(), |any, (community, ids)| {
        let ids = ids.iter().map(|id| -> Uuid { (*id).into() });
        any.add(home.eq(community.0).and(id.is_in(ids)))
    })
}

/// The event of a notification.
pub(super) fn event_of(row: &notification::Model) -> Result<Event> {
    Event::from_name(&row.event).ok_or_else(|| Error::Inconsistent {
        table: "notification",
        column: "event",
        id: row.id.to_string(),
        value: row.event.clone(),
    })
}

/// Notifications.
///
/// # Errors
/// [`Error::Inconsistent`] when the event of one is unknown.
pub async fn letters(
    conn: &impl Connection,
    wanted: &ByHome<NotificationId>,
) -> Result<Vec<((CommunityId, NotificationId), Letter)>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let these = among(notification::Column::CommunityId, notification::Column::Id, wanted);
    let rows = notification::Entity::find().filter(these).all(conn).await?;
    rows.into_iter()
        .map(|row| {
            let event = event_of(&row)?;
            let letter = Letter {
                event,
                session: row.session_id.map(Into::into),
                proposal: row.proposal_id.map(Into::into),
                facts: row.facts,
            };
            Ok(((row.community_id.into(), row.id.into()), letter))
        })
        .collect()
}

/// Residents, as far as writing to them goes.
///
/// # Errors
/// [`Error`].
pub async fn recipients(
    conn: &impl Connection,
    wanted: &ByHome<ResidentId>,
) -> Result<Vec<((CommunityId, ResidentId), Recipient)>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(Uuid, Uuid, String, String, Option<DateTimeUtc>)> = resident::Entity::find()
        .select_only()
        .column(resident::Column::CommunityId)
        .column(resident::Column::Id)
        .column(resident::Column::Name)
        .column(resident::Column::Email)
        .column(resident::Column::EmailBouncedAt)
        .filter(among(resident::Column::CommunityId, resident::Column::Id, wanted))
        .into_tuple()
        .all(conn)
        .await?;
    let mut refused = super::reach::refused_by_home(conn, wanted).await?;
    Ok(rows
        .into_iter()
        .map(|(home, id, name, email, bounced_at)| {
            let recipient = Recipient {
                bounced: bounced_at.is_some(),
                refused: refused.remove(&id).unwrap_or_default(),
                name,
                email,
            };
            ((home.into(), id.into()), recipient)
        })
        .collect())
}

/// What messages say of communities, and their names in addresses.
///
/// # Errors
/// [`Error::Inconsistent`] when a zone is unknown.
pub async fn senders(
    conn: &impl Connection,
    homes: impl IntoIterator<Item = CommunityId>,
) -> Result<HashMap<CommunityId, (Sender, String)>> {
    let rows = community::Entity::find()
        .filter(community::Column::Id.is_in(homes.into_iter().map(|id| id.0)))
        .all(conn)
        .await?;
    rows.into_iter()
        .map(|row| {
            let (id, slug) = (row.id.into(), row.slug.clone());
            Ok((id, (sender_of(row)?, slug)))
        })
        .collect()
}

/// What messages say of sessions.
///
/// # Errors
/// [`Error`].
pub async fn news_by_home(
    conn: &impl Connection,
    wanted: &ByHome<SessionId>,
) -> Result<Vec<(CommunityId, SessionNews)>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    news_where(conn, among(session::Column::CommunityId, session::Column::Id, wanted)).await
}

/// Which residents are signed up for a session, or wait for it: of each session those that are asked for.
///
/// # Errors
/// [`Error`].
pub async fn listeners_by_session(
    conn: &impl Connection,
    wanted: &BTreeMap<(CommunityId, SessionId), Vec<ResidentId>>,
) -> Result<Vec<(CommunityId, Listener)>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let these = wanted
        .iter()
        .fold(Condition::any(), |any, ((community, session), residents)| {
            any.add(
                enrolment::Column::CommunityId
                    .eq(community.0)
                    .and(enrolment::Column::SessionId.eq(session.0))
                    .and(enrolment::Column::ResidentId.is_in(residents.iter().map(|id| id.0))),
            )
        });
    listening_where(conn, these).await
}
