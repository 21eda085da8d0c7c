//! The log: what was told to whom, what failed, and what a person can do about it.

use jiff::{SignedDuration, Timestamp};

use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, DeliveryId, SessionId};
use crate::domain::notification::Status;
use crate::services::{Context, Error, Result};
use crate::storage::Txn;
use crate::storage::notification as outbox;

pub use crate::storage::notification::LogRow;

/// Lines of the log on one page.
pub const PAGE: u64 = 50;

/// Which lines of the log.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only these states; all when empty.
    pub statuses: Vec<Status>,
    /// Only about this session.
    pub session: Option<SessionId>,
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
    let conn = ctx.db.reader();
    let mut rows = outbox::log(
        conn,
        community,
        &filter.statuses,
        filter.session,
        filter.before,
        limit + 1,
    )
    .await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = if more { rows.last().map(|row| row.id) } else { None };
    Ok(Page { rows, next })
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

/// Sends a failed or unknown message again: by a person's decision, because it may have arrived.
///
/// # Errors
/// [`Error::State`] when it is in no state to be sent again; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn send_again(ctx: &Context, actor: &Actor, community: CommunityId, id: DeliveryId) -> Result<()> {
    let from = &[
        Status::Dead,
        Status::Unknown,
        Status::Kept,
        Status::Expired,
        Status::Retry,
    ];
    by_hand(ctx, actor, community, id, from, Status::Due, "delivery-not-again").await
}

/// Notes that somebody phoned and the person knows.
///
/// # Errors
/// [`Error::State`] when nobody had to phone; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn told_by_phone(ctx: &Context, actor: &Actor, community: CommunityId, id: DeliveryId) -> Result<()> {
    let from = &[Status::ToCall, Status::Dead, Status::Unknown];
    by_hand(ctx, actor, community, id, from, Status::Sent, "delivery-not-to-call").await
}

async fn by_hand(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: DeliveryId,
    from: &'static [Status],
    to: Status,
    refusal: &'static str,
) -> Result<()> {
    may(actor, Action::ManageNotifications, community)?;
    let now: Timestamp = ctx.now();
    let done = ctx
        .db
        .write(async move |txn: &Txn| Ok::<_, Error>(outbox::set_by_hand(txn, community, id, from, to, now).await?))
        .await?;
    if done {
        Ok(())
    } else {
        Err(Error::State { code: refusal })
    }
}
