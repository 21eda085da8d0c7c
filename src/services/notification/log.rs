//! The log: what was told to whom, what failed, and what a person can do about it.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::call;
use crate::domain::access::{Action, Actor, may};
use crate::domain::call::CallOutcome;
use crate::domain::channel::ChannelKind;
use crate::domain::id::{AccountId, CommunityId, DeliveryId, ResidentId, SessionId};
use crate::domain::notification::{Event, Status};
use crate::domain::text::Phone;
use crate::services::{Context, Error, Result, resident};
use crate::storage;
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, ByHand, LogWanted};

pub use crate::storage::notification::{Attempt, Call, LogRow};

/// Lines of the log on one page.
pub const PAGE: u64 = 50;
/// Lines that can be dealt with together.
pub const MOST_AT_ONCE: usize = 200;
/// The states from which a person can have a message sent at once.
pub const SENDABLE: [Status; 5] = [
    Status::Dead,
    Status::Unknown,
    Status::Kept,
    Status::Expired,
    Status::Retry,
];
/// The states from which a person can turn a message into a call.
pub const PHONABLE: [Status; 5] = [Status::Dead, Status::Unknown, Status::Kept, Status::Retry, Status::Due];

/// Which lines of the log.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these states; all when empty.
    pub statuses: Vec<Status>,
    /// Only over this channel.
    pub channel: Option<ChannelKind>,
    /// Only of this event.
    pub event: Option<Event>,
    /// Only about this session.
    pub session: Option<SessionId>,
    /// Only to whoever this finds: part of a name, initials, a building, the end of a number. Empty for all.
    pub who: String,
    /// Only lines older than this delivery.
    pub before: Option<DeliveryId>,
    /// At most so many, up to 200.
    pub limit: Option<u64>,
}

/// A page of the log, newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// The lines; names are unmasked, surfaces decide.
    pub rows: Vec<LogRow>,
    /// The delivery to go on from; none on the last page.
    pub next: Option<DeliveryId>,
}

/// A page of the log.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn page(ctx: &Context, actor: &Actor, community: CommunityId, filter: &Filter) -> Result<Page> {
    may(actor, Action::ManageNotifications, community)?;
    let limit = filter.limit.unwrap_or(PAGE).clamp(1, 200);
    let who = filter.who.trim();
    let people = if who.is_empty() {
        None
    } else {
        let wanted = resident::Filter {
            query: who.to_owned(),
            limit: resident::MOST_LISTED,
            ..resident::Filter::default()
        };
        let (found, _) = resident::list(ctx, actor, community, &wanted).await?;
        let ids = found.into_iter().map(|one| one.id).collect();
        Some((ids, who.chars().take(40).collect()))
    };
    let wanted = LogWanted {
        ids: Vec::new(),
        statuses: filter.statuses.clone(),
        channel: filter.channel,
        event: filter.event,
        session: filter.session,
        people,
        before: filter.before,
        limit: limit + 1,
    };
    let mut rows = outbox::log(ctx.db.reader(), community, &wanted).await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = if more { rows.last().map(|row| row.id) } else { None };
    Ok(Page { rows, next })
}

/// One delivery with everything that happened to it.
#[derive(Clone, Debug)]
pub struct Detail {
    /// Its line.
    pub row: LogRow,
    /// Its tries.
    pub attempts: Vec<Attempt>,
    /// The calls about it that were not taken back, and who made them.
    pub calls: Vec<(Call, String)>,
}

/// One delivery with everything that happened to it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn one(ctx: &Context, actor: &Actor, community: CommunityId, id: DeliveryId) -> Result<Detail> {
    may(actor, Action::ManageNotifications, community)?;
    let conn = ctx.db.reader();
    let wanted = LogWanted {
        ids: vec![id],
        limit: 1,
        ..LogWanted::default()
    };
    let row = outbox::log(conn, community, &wanted)
        .await?
        .pop()
        .ok_or_else(|| Error::not_found("delivery", id))?;
    let calls = outbox::calls(conn, community, &[id]).await?;
    let accounts: Vec<AccountId> = calls.iter().filter_map(|call| call.by).collect();
    let names = outbox::account_names(conn, &accounts).await?;
    Ok(Detail {
        row,
        attempts: outbox::attempts(conn, community, id).await?,
        calls: calls
            .into_iter()
            .map(|call| {
                let by = call.by.and_then(|by| names.get(&by).cloned()).unwrap_or_default();
                (call, by)
            })
            .collect(),
    })
}

/// Several deliveries, in no order; those that are not there are missing.
///
/// # Errors
/// [`Error::Invalid`] for none or too many; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn some(ctx: &Context, actor: &Actor, community: CommunityId, ids: &[DeliveryId]) -> Result<Vec<LogRow>> {
    may(actor, Action::ManageNotifications, community)?;
    check_number(ids)?;
    let wanted = LogWanted {
        ids: ids.to_vec(),
        limit: MOST_AT_ONCE as u64,
        ..LogWanted::default()
    };
    Ok(outbox::log(ctx.db.reader(), community, &wanted).await?)
}

fn check_number(ids: &[DeliveryId]) -> Result<()> {
    if ids.is_empty() || ids.len() > MOST_AT_ONCE {
        return Err(Error::invalid("delivery", "deliveries-at-once", ids.len().to_string()));
    }
    Ok(())
}

/// The numbers at which the residents of some lines are reached. Surfaces show their ends only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn numbers(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    ids: &[ResidentId],
) -> Result<HashMap<ResidentId, Phone>> {
    may(actor, Action::ManageResidents, community)?;
    let mut numbers = HashMap::new();
    for stored in storage::resident::find_all(ctx.db.reader(), community, ids).await? {
        let one = resident::opened(ctx, community, stored)?;
        if let Some(phone) = one.reached_at() {
            numbers.insert(one.id, phone.clone());
        }
    }
    Ok(numbers)
}

/// How many deliveries of the last 30 days stand in each state.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn counts(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<(Status, i64)>> {
    may(actor, Action::ManageNotifications, community)?;
    let since = ctx.now() - SignedDuration::from_hours(30 * 24);
    Ok(outbox::counts(ctx.db.reader(), community, since).await?)
}

/// How many deliveries of the last 30 days wait for a person: failed, unknown, to be phoned.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn waiting_count(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<i64> {
    let counts = counts(ctx, actor, community).await?;
    Ok(counts
        .into_iter()
        .filter(|(status, _)| status.needs_a_person())
        .map(|(_, count)| count)
        .sum())
}

/// Whether a line can be sent at once: it failed or waits, goes over a channel, and is still of use.
pub fn may_send(row: &LogRow, now: Timestamp) -> bool {
    SENDABLE.contains(&row.status) && row.channel != outbox::by_phone() && row.expires_at > now
}

/// Whether a line can be turned into a call: it failed or waits, and is for a person.
pub fn may_phone(row: &LogRow) -> bool {
    PHONABLE.contains(&row.status) && (row.resident.is_some() || row.partner.is_some())
}

/// Sends a failed or unknown message again: by a person's decision, because it may have arrived.
///
/// # Errors
/// [`Error::State`] when it is in no state to be sent again; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn send_again(ctx: &Context, actor: &Actor, community: CommunityId, id: DeliveryId) -> Result<()> {
    match send_all_again(ctx, actor, community, &[id]).await? {
        0 => Err(Error::State {
            code: "delivery-not-again",
        }),
        _ => Ok(()),
    }
}

/// Sends several messages again; says how many will leave. Those that cannot be sent again stay as they are.
///
/// # Errors
/// [`Error::Invalid`] for none or too many; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn send_all_again(ctx: &Context, actor: &Actor, community: CommunityId, ids: &[DeliveryId]) -> Result<usize> {
    may(actor, Action::ManageNotifications, community)?;
    check_number(ids)?;
    let now: Timestamp = ctx.now();
    let ids = ids.to_vec();
    ctx.db
        .write(async move |txn: &Txn| {
            let mut sent = 0;
            for id in ids {
                sent += usize::from(outbox::send_again(txn, community, id, &SENDABLE, now).await?);
            }
            Ok::<_, Error>(sent)
        })
        .await
}

/// Puts several messages on the call list; says how many. Those that are leaving, or have arrived, stay as they are.
///
/// # Errors
/// [`Error::Invalid`] for none or too many; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn phone_instead(ctx: &Context, actor: &Actor, community: CommunityId, ids: &[DeliveryId]) -> Result<usize> {
    may(actor, Action::ManageNotifications, community)?;
    check_number(ids)?;
    let now: Timestamp = ctx.now();
    let ids = ids.to_vec();
    ctx.db
        .write(async move |txn: &Txn| {
            let mut put = 0;
            for open in outbox::open_by_id(txn, community, &ids).await? {
                let for_a_person = open.resident.is_some() || open.partner.is_some();
                if !for_a_person || !PHONABLE.contains(&open.status) {
                    continue;
                }
                let to = ByHand {
                    status: Status::ToCall,
                    channel: outbox::by_phone(),
                    sent_at: None,
                };
                put += usize::from(outbox::move_by_hand(txn, community, open.id, open.status, to, now).await?);
            }
            Ok::<_, Error>(put)
        })
        .await
}

/// Notes that somebody phoned and the person knows.
///
/// # Errors
/// [`Error::State`] when nobody had to phone; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn told_by_phone(ctx: &Context, actor: &Actor, community: CommunityId, id: DeliveryId) -> Result<()> {
    let done = call::record(ctx, actor, community, &[id], CallOutcome::Told).await?;
    if done.noted == 0 {
        return Err(Error::State {
            code: "delivery-not-to-call",
        });
    }
    Ok(())
}
