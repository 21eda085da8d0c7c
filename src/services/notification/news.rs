//! What has happened, written down for those who must know.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::domain::channel::ChannelKind;
use crate::domain::id::{CommunityId, NotificationId, PartnerId, ProposalId, ResidentId, SessionId};
use crate::domain::notification::{Event, Status, USEFUL_BEFORE_START, leaves_at, reminder_due};
use crate::services::{Context, Error, Result};
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, Listener, NewDelivery, NewNotification, Sender};

/// One session that changed.
#[derive(Clone, Debug)]
pub struct ChangedSession {
    /// Which.
    pub session: SessionId,
    /// How: [`Event::Moved`], [`Event::Cancelled`] or [`Event::Restored`].
    pub event: Event,
    /// Its start after the change.
    pub starts_at: Timestamp,
    /// Its start before the change.
    pub was_at: Timestamp,
}

/// What a notification of changes stores: the sessions and where they stood.
#[derive(Serialize, Deserialize, Default)]
pub(super) struct Facts {
    /// Session and its start before the change.
    #[serde(default)]
    pub changed: Vec<(SessionId, Timestamp)>,
    /// How each of them changed, in the same order; empty when all did as the event says.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Session and start that a reminder is about: when they differ at sending, the reminder is dropped.
    #[serde(default)]
    pub starts_at: Option<Timestamp>,
}

/// A change that nobody was told of in time is of use until this long after it was made, when its session is over.
const CHANGE_USEFUL: SignedDuration = SignedDuration::from_hours(24);

pub(super) async fn sender(txn: &Txn, community: CommunityId) -> Result<Sender> {
    outbox::sender(txn, community)
        .await?
        .ok_or_else(|| Error::not_found("community", community))
}

/// Writes down for everybody signed up that sessions were moved, cancelled or restored: one notification and one message per person, however
/// many dates and whatever mixture. Call it in the transaction that changes the sessions, after the change.
///
/// Returns how many people will be told.
///
/// # Errors
/// When the database cannot store it.
pub async fn session_changed(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    changed: &[ChangedSession],
) -> Result<usize> {
    let told = session_changed_later(ctx, txn, now, community, changed, SignedDuration::ZERO).await?;
    Ok(told.map_or(0, |(_, people)| people))
}

/// The same, but nothing leaves before `hold` has passed: so long it can be taken back. Gives the notification too; none when nobody is told.
///
/// # Errors
/// When the database cannot store it.
pub async fn session_changed_later(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    changed: &[ChangedSession],
    hold: SignedDuration,
) -> Result<Option<(NotificationId, usize)>> {
    let sender = sender(txn, community).await?;
    let Some(first) = changed.iter().min_by_key(|change| change.starts_at.min(change.was_at)) else {
        return Ok(None);
    };
    let mixed = changed.iter().any(|change| change.event != first.event);
    let event = if mixed { Event::ScheduleChanged } else { first.event };
    let ids: Vec<SessionId> = changed.iter().map(|change| change.session).collect();
    let mut listeners = Vec::new();
    for ids in ids.chunks(500) {
        listeners.extend(outbox::listeners(txn, community, ids).await?);
    }
    if listeners.is_empty() {
        return Ok(None);
    }
    let earliest = first.starts_at.min(first.was_at);
    let last = changed.iter().map(|change| change.starts_at).max().unwrap_or(earliest);
    let due_at = leaves_at(event, Some(earliest), &sender.zone, now).max(now + hold);
    let expires_at = (last - USEFUL_BEFORE_START).max(now + CHANGE_USEFUL);
    let id: NotificationId = ctx.new_id(now);
    let kinds = changed.iter().filter(|_| mixed);
    let facts = Facts {
        changed: changed.iter().map(|change| (change.session, change.was_at)).collect(),
        kinds: kinds.map(|change| change.event.as_str().to_owned()).collect(),
        starts_at: None,
    };
    let new = NewNotification {
        id,
        event,
        // Every change is news of its own.
        dedupe_key: format!("{}:{id}", event.as_str()),
        session: Some(first.session),
        proposal: None,
        facts: to_json(&facts),
        due_at,
        expires_at,
    };
    let id = outbox::ensure(txn, community, &new, now).await?;
    let deliveries = per_person(ctx, now, &listeners, true);
    outbox::add_deliveries(txn, community, id, due_at, expires_at, &deliveries, now).await?;
    Ok(Some((id, deliveries.len())))
}

/// Writes down that somebody on the waiting list got a seat.
///
/// # Errors
/// When the database cannot store it.
pub async fn promoted(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    session: SessionId,
    resident: ResidentId,
) -> Result<()> {
    let sender = sender(txn, community).await?;
    let listeners = outbox::listeners(txn, community, &[session]).await?;
    let news = outbox::session_news(txn, community, &[session]).await?;
    let Some(starts_at) = news.first().map(|session| session.starts_at) else {
        return Ok(());
    };
    let id: NotificationId = ctx.new_id(now);
    let due_at = leaves_at(Event::Promoted, Some(starts_at), &sender.zone, now);
    let expires_at = starts_at - USEFUL_BEFORE_START;
    let new = NewNotification {
        id,
        event: Event::Promoted,
        dedupe_key: format!("promoted:{id}"),
        session: Some(session),
        proposal: None,
        facts: to_json(&Facts {
            changed: Vec::new(),
            kinds: Vec::new(),
            starts_at: Some(starts_at),
        }),
        due_at,
        expires_at,
    };
    let listener: Vec<Listener> = listeners
        .into_iter()
        .filter(|listener| listener.resident == resident)
        .collect();
    let id = outbox::ensure(txn, community, &new, now).await?;
    outbox::add_deliveries(
        txn,
        community,
        id,
        due_at,
        expires_at,
        &per_person(ctx, now, &listener, true),
        now,
    )
    .await?;
    Ok(())
}

/// Writes down for the partner that a proposal was approved, declined or sent back. Call it after the proposal's row has its new state.
///
/// # Errors
/// When the database cannot store it.
pub async fn proposal_decided(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    proposal: ProposalId,
    partner: PartnerId,
) -> Result<()> {
    let sender = sender(txn, community).await?;
    let id: NotificationId = ctx.new_id(now);
    let due_at = leaves_at(Event::ProposalDecided, None, &sender.zone, now);
    let expires_at = due_at + SignedDuration::from_hours(14 * 24);
    let new = NewNotification {
        id,
        event: Event::ProposalDecided,
        dedupe_key: format!("proposal_decided:{id}"),
        session: None,
        proposal: Some(proposal),
        facts: to_json(&Facts::default()),
        due_at,
        expires_at,
    };
    let by_mail = outbox::partner_address(txn, community, partner)
        .await?
        .is_some_and(|(_, address)| !address.is_empty());
    let delivery = NewDelivery {
        id: ctx.new_id(now),
        resident: None,
        partner: Some(partner),
        channel: if by_mail { ChannelKind::Email } else { ChannelKind::Call },
        channel_id: None,
        status: if by_mail { Status::Due } else { Status::ToCall },
    };
    let id = outbox::ensure(txn, community, &new, now).await?;
    outbox::add_deliveries(txn, community, id, due_at, expires_at, &[delivery], now).await?;
    Ok(())
}

/// Closes the gap between the reminders that should be there by now and those that are. Running it again changes nothing; somebody who signed up
/// after the reminder fell due gets it too, while it is of use. Returns how many deliveries were added.
///
/// # Errors
/// When the database cannot be asked or cannot store them.
pub async fn enqueue_due(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    // The evening before reaches back at most 30 hours (an evening session, announced the day before at 18:00).
    let upcoming = outbox::upcoming(ctx.db.reader(), now, now + SignedDuration::from_hours(36)).await?;
    let mut by_community: BTreeMap<CommunityId, Vec<_>> = BTreeMap::new();
    for session in upcoming {
        by_community.entry(session.community).or_default().push(session);
    }
    let mut added = 0;
    for (community, sessions) in by_community {
        let ctx = ctx.clone();
        added += ctx
            .db
            .clone()
            .write(async move |txn: &Txn| remind(&ctx, txn, now, community, &sessions).await)
            .await?;
    }
    Ok(added)
}

async fn remind(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    sessions: &[outbox::Upcoming],
) -> Result<usize> {
    let sender = sender(txn, community).await?;
    let mut added = 0;
    for session in sessions {
        let Some(reminder) = reminder_due(session.starts_at, &sender.zone, now) else {
            continue;
        };
        let listeners: Vec<Listener> = outbox::listeners(txn, community, &[session.session])
            .await?
            .into_iter()
            .filter(|listener| !listener.waits && listener.by_mail)
            .collect();
        if listeners.is_empty() {
            continue;
        }
        let new = NewNotification {
            id: ctx.new_id(now),
            event: reminder.event,
            // A session that was moved is announced anew.
            dedupe_key: format!("{}:{}:{}", reminder.event.as_str(), session.session, session.starts_at),
            session: Some(session.session),
            proposal: None,
            facts: to_json(&Facts {
                changed: Vec::new(),
                kinds: Vec::new(),
                starts_at: Some(session.starts_at),
            }),
            due_at: reminder.due_at,
            expires_at: reminder.expires_at,
        };
        let id = outbox::ensure(txn, community, &new, now).await?;
        let told: HashSet<ResidentId> = outbox::told(txn, community, id).await?.into_iter().collect();
        let missing: Vec<Listener> = listeners
            .into_iter()
            .filter(|listener| !told.contains(&listener.resident))
            .collect();
        let deliveries = per_person(ctx, now, &missing, false);
        added += deliveries.len();
        outbox::add_deliveries(
            txn,
            community,
            id,
            reminder.due_at,
            reminder.expires_at,
            &deliveries,
            now,
        )
        .await?;
    }
    Ok(added)
}

/// One delivery per person: by mail, or onto the call list (`call`) when no mail reaches them.
pub(super) fn per_person(ctx: &Context, now: Timestamp, listeners: &[Listener], call: bool) -> Vec<NewDelivery> {
    let mut seen = HashSet::new();
    listeners
        .iter()
        .filter(|listener| (listener.by_mail || call) && seen.insert(listener.resident))
        .map(|listener| NewDelivery {
            id: ctx.new_id(now),
            resident: Some(listener.resident),
            partner: None,
            channel: if listener.by_mail {
                ChannelKind::Email
            } else {
                ChannelKind::Call
            },
            channel_id: None,
            status: if listener.by_mail { Status::Due } else { Status::ToCall },
        })
        .collect()
}

pub(super) fn to_json(facts: &Facts) -> String {
    serde_json::to_string(facts).expect("ids and instants are always JSON")
}
