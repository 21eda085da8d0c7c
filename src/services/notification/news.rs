//! What has happened, written down for those who must know.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::fold;
use super::office::office;
use crate::domain::id::{CommunityId, NotificationId, PartnerId, ProposalId, ResidentId, SessionId};
use crate::domain::notification::{Event, USEFUL_BEFORE_START, hurry_at};
use crate::services::{Context, Result};
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, NewNotification};

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
    /// Whether it may be taken back as a whole: then nothing else is folded into it.
    #[serde(default)]
    pub alone: bool,
}

/// News of sessions up to so many days ahead, that is of today and tomorrow, are not collected: they leave at once.
const DAYS_AT_ONCE: i32 = 1;
/// A change that nobody was told of in time is of use until this long after it was made, when its session is over.
const CHANGE_USEFUL: SignedDuration = SignedDuration::from_hours(24);

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
    let Some(first) = changed.iter().min_by_key(|change| change.starts_at.min(change.was_at)) else {
        return Ok(None);
    };
    let office = office(ctx, txn, community).await?;
    let mixed = changed.iter().any(|change| change.event != first.event);
    let event = if mixed { Event::ScheduleChanged } else { first.event };
    let ids: Vec<SessionId> = changed.iter().map(|change| change.session).collect();
    let mut residents = Vec::new();
    for ids in ids.chunks(500) {
        let listeners = outbox::listeners(txn, community, ids).await?;
        residents.extend(listeners.into_iter().map(|listener| listener.resident));
    }
    let mut deliveries = office.to_residents(ctx, txn, now, event, &residents).await?;
    let people = deliveries.len();
    deliveries.extend(office.to_robots(ctx, txn, now, event).await?);
    if deliveries.is_empty() {
        return Ok(None);
    }
    let earliest = first.starts_at.min(first.was_at);
    let last = changed.iter().map(|change| change.starts_at).max().unwrap_or(earliest);
    let collects = hold.is_zero() && office.hours.days_until(earliest, now) > DAYS_AT_ONCE;
    let due_at = if collects {
        let collected = SignedDuration::from_mins(i64::from(office.policy.digest_minutes));
        office.hours.release(now + collected)
    } else {
        office.hours.leaves_at(event, Some(earliest), now).max(now + hold)
    };
    let expires_at = (last - USEFUL_BEFORE_START).max(now + CHANGE_USEFUL);
    for delivery in deliveries.iter_mut().filter(|one| one.resident.is_some()) {
        delivery.hurry_at = Some(hurry_at(earliest, due_at, &office.hours.zone));
    }
    let kinds = changed.iter().filter(|_| mixed);
    let facts = Facts {
        changed: changed.iter().map(|change| (change.session, change.was_at)).collect(),
        kinds: kinds.map(|change| change.event.as_str().to_owned()).collect(),
        starts_at: None,
        alone: !hold.is_zero(),
    };
    let mut new = NewNotification {
        id: ctx.new_id(now),
        event,
        dedupe_key: String::new(),
        session: Some(first.session),
        proposal: None,
        facts: to_json(&facts),
        due_at,
        expires_at,
    };
    // Every change is news of its own.
    new.dedupe_key = format!("{}:{}", event.as_str(), new.id);
    if hold.is_zero() {
        let waiting = fold::into_waiting(txn, now, community, &new, &facts, &mut deliveries).await?;
        if deliveries.is_empty() {
            return Ok(waiting.map(|id| (id, people)));
        }
    }
    let id = outbox::ensure(txn, community, &new, now).await?;
    outbox::add_deliveries(txn, community, id, due_at, expires_at, &deliveries, now).await?;
    Ok(Some((id, people)))
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
    let office = office(ctx, txn, community).await?;
    let news = outbox::session_news(txn, community, &[session]).await?;
    let Some(starts_at) = news.first().map(|session| session.starts_at) else {
        return Ok(());
    };
    let id: NotificationId = ctx.new_id(now);
    let due_at = office.hours.leaves_at(Event::Promoted, Some(starts_at), now);
    let expires_at = starts_at - USEFUL_BEFORE_START;
    let new = NewNotification {
        id,
        event: Event::Promoted,
        dedupe_key: format!("promoted:{id}"),
        session: Some(session),
        proposal: None,
        facts: to_json(&Facts {
            starts_at: Some(starts_at),
            ..Facts::default()
        }),
        due_at,
        expires_at,
    };
    let id = outbox::ensure(txn, community, &new, now).await?;
    let deliveries = office.to_residents(ctx, txn, now, Event::Promoted, &[resident]).await?;
    outbox::add_deliveries(txn, community, id, due_at, expires_at, &deliveries, now).await?;
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
    let office = office(ctx, txn, community).await?;
    let id: NotificationId = ctx.new_id(now);
    let due_at = office.hours.leaves_at(Event::ProposalDecided, None, now);
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
    let delivery = office
        .to_partner(ctx, txn, now, Event::ProposalDecided, partner)
        .await?;
    let id = outbox::ensure(txn, community, &new, now).await?;
    outbox::add_deliveries(txn, community, id, due_at, expires_at, &[delivery], now).await?;
    Ok(())
}

/// Writes down for staff and their robots that a partner handed in a proposal, or handed it in again. Call it in the transaction that does so.
///
/// # Errors
/// When the database cannot store it.
pub async fn proposal_submitted(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    proposal: ProposalId,
) -> Result<()> {
    let office = office(ctx, txn, community).await?;
    let event = Event::ProposalSubmitted;
    if !office.tells(event) {
        return Ok(());
    }
    let deliveries = office.to_staff(ctx, txn, now, event).await?;
    if deliveries.is_empty() {
        return Ok(());
    }
    let due_at = office.hours.leaves_at(event, None, now);
    let expires_at = due_at + SignedDuration::from_hours(14 * 24);
    let id: NotificationId = ctx.new_id(now);
    let new = NewNotification {
        id,
        event,
        dedupe_key: format!("{}:{id}", event.as_str()),
        session: None,
        proposal: Some(proposal),
        facts: to_json(&Facts::default()),
        due_at,
        expires_at,
    };
    let id = outbox::ensure(txn, community, &new, now).await?;
    outbox::add_deliveries(txn, community, id, due_at, expires_at, &deliveries, now).await?;
    Ok(())
}

pub(super) fn to_json(facts: &Facts) -> String {
    serde_json::to_string(facts).expect("ids and instants are always JSON")
}
