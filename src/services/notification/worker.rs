//! Sending what is due: lease, look again, write, commit `sending`, send with no transaction open, commit how it ended.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::letter::{self, Writing, Written};
use crate::domain::id::AttemptId;
use crate::domain::notification::{Ending, Event, Next, Status, after_attempt};
use crate::services::channel::{Channel, Outgoing, Route, SendOutcome};
use crate::services::{Context, Result};
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, Completion, Leased};

/// How many deliveries one round leases.
const BATCH: u64 = 20;
/// A delivery whose worker died this often is not tried again: it may be what kills them.
const MAX_DEATHS: i32 = 3;
/// While a message is under way its lease lasts as long as the slowest answer to the final dot, and a little more.
const SENDING_LEASE: SignedDuration = SignedDuration::from_mins(11);

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Deliveries looked at.
    pub taken: usize,
    /// Messages that left.
    pub sent: usize,
    /// Messages kept in the log because there is no mail server.
    pub kept: usize,
}

/// Sends what is due, one batch. Without a channel, messages are written and kept in the log.
///
/// # Errors
/// When the database cannot be asked. What a mail server says is no error here: it is recorded.
pub async fn deliver_ready(ctx: &Context, channel: Option<&dyn Channel>, owner: Uuid) -> Result<Delivered> {
    let now = ctx.now();
    let batch: Vec<Leased> = ctx
        .db
        .write(async move |txn: &Txn| Ok::<_, crate::services::Error>(outbox::lease(txn, owner, BATCH, now).await?))
        .await?;
    let mut done = Delivered {
        taken: batch.len(),
        ..Delivered::default()
    };
    for leased in batch {
        match deliver(ctx, channel, owner, &leased).await? {
            Some(Status::Sent) => done.sent += 1,
            Some(Status::Kept) => done.kept += 1,
            _ => {}
        }
    }
    Ok(done)
}

/// One delivery; its new state, or none when another worker took over.
async fn deliver(ctx: &Context, channel: Option<&dyn Channel>, owner: Uuid, leased: &Leased) -> Result<Option<Status>> {
    let now = ctx.now();
    if leased.was_sending
        && let Some(next) = after_death(ctx, owner, leased, now).await?
    {
        return Ok(next);
    }
    if now > leased.expires_at {
        return end(ctx, owner, leased, Status::Expired, None, None).await;
    }
    let written = match letter::write(ctx, leased).await? {
        Writing::Ready(written) => written,
        Writing::Drop(event, why) => {
            let status = if event.is_reminder() || leased.partner.is_some() {
                Status::Dropped
            } else {
                drop_or_call(leased)
            };
            return end(ctx, owner, leased, status, Some(&why), None).await;
        }
    };
    let Some(channel) = channel.filter(|channel| channel.carries(crate::domain::channel::ChannelKind::Email)) else {
        return end(
            ctx,
            owner,
            leased,
            Status::Kept,
            None,
            Some((&written.subject, &written.body)),
        )
        .await;
    };
    send(ctx, channel, owner, leased, written).await
}

fn drop_or_call(leased: &Leased) -> Status {
    if leased.resident.is_some() {
        Status::Dropped
    } else {
        Status::ToCall
    }
}

/// The last owner stopped while sending: nobody knows whether the message left. Counts as a try without an answer; decides whether there is
/// another. None: go on and send.
async fn after_death(ctx: &Context, owner: Uuid, leased: &Leased, now: Timestamp) -> Result<Option<Option<Status>>> {
    let event = outbox::letter(ctx.db.reader(), leased.community, leased.notification)
        .await?
        .map_or(Event::ReminderSoon, |letter| letter.event);
    let lease = leased.clone();
    let unanswered = ctx
        .db
        .write(async move |txn: &Txn| {
            Ok::<_, crate::services::Error>(outbox::close_open_attempts(txn, &lease, now).await?)
        })
        .await?;
    if unanswered >= MAX_DEATHS {
        return Ok(Some(
            end(
                ctx,
                owner,
                leased,
                Status::Dead,
                Some("three workers stopped while sending this"),
                None,
            )
            .await?,
        ));
    }
    let next = after_attempt(
        event,
        Ending::Unknown,
        leased.attempts,
        unanswered,
        leased.expires_at,
        0,
        now,
    );
    if next.status == Status::Unknown {
        return Ok(Some(
            end(
                ctx,
                owner,
                leased,
                Status::Unknown,
                Some("no answer after the message was sent"),
                None,
            )
            .await?,
        ));
    }
    Ok(None)
}

async fn send(
    ctx: &Context,
    channel: &dyn Channel,
    owner: Uuid,
    leased: &Leased,
    written: Written,
) -> Result<Option<Status>> {
    let started = ctx.now();
    let attempt: AttemptId = ctx.new_id(started);
    let (lease, subject, body) = (leased.clone(), written.subject.clone(), written.body.clone());
    let ours = ctx
        .db
        .write(async move |txn: &Txn| {
            let until = started + SENDING_LEASE;
            Ok::<_, crate::services::Error>(
                outbox::start_sending(txn, &lease, owner, attempt, &subject, &body, until, started).await?,
            )
        })
        .await?;
    if !ours {
        return Ok(None);
    }
    let outgoing = Outgoing {
        delivery_id: leased.id.0,
        community_id: leased.community.0,
        message_id: message_id(ctx, leased),
        route: Route::Email,
        event: written.event,
        to: written.to,
        subject: written.subject,
        text: written.body,
        html: None,
        variables: Vec::new(),
        unsubscribe: None,
        lang: crate::domain::lang::Lang::Zh,
        written_at: started,
    };
    let outcome = channel.send(&outgoing).await;
    let (ending, name, detail) = match &outcome {
        SendOutcome::Sent { answer } => (Ending::Sent, "sent", answer.as_str()),
        SendOutcome::Retry { reason, after } => {
            let wait = after.and_then(|after| SignedDuration::try_from(after).ok());
            (Ending::Failed { wait }, "retry", reason.as_str())
        }
        SendOutcome::Rejected { reason } => (Ending::Rejected, "rejected", reason.as_str()),
        SendOutcome::Unknown { reason } => (Ending::Unknown, "unknown", reason.as_str()),
    };
    let unanswered = match ending {
        Ending::Unknown => outbox::unanswered(ctx.db.reader(), leased).await? + 1,
        _ => 0,
    };
    let now = ctx.now();
    let chance = u16::from_le_bytes(ctx.random());
    let next = after_attempt(
        written.event,
        ending,
        leased.attempts + 1,
        unanswered,
        leased.expires_at,
        chance,
        now,
    );
    record(ctx, owner, leased, next, attempt, name, detail, now).await
}

#[expect(clippy::too_many_arguments, reason = "one row, named value by value")]
async fn record(
    ctx: &Context,
    owner: Uuid,
    leased: &Leased,
    next: Next,
    attempt: AttemptId,
    outcome: &'static str,
    detail: &str,
    now: Timestamp,
) -> Result<Option<Status>> {
    let (lease, detail) = (leased.clone(), detail.to_owned());
    let ours = ctx
        .db
        .write(async move |txn: &Txn| {
            let completion = Completion {
                status: next.status,
                due_at: next.due_at,
                error: (next.status != Status::Sent).then_some(detail.as_str()),
                attempt: Some((attempt, outcome, &detail)),
                words: None,
            };
            Ok::<_, crate::services::Error>(
                outbox::complete(txn, &lease, owner, Status::Sending, &completion, now).await?,
            )
        })
        .await?;
    Ok(ours.then_some(next.status))
}

/// Ends a delivery without a try.
async fn end(
    ctx: &Context,
    owner: Uuid,
    leased: &Leased,
    status: Status,
    error: Option<&str>,
    words: Option<(&str, &str)>,
) -> Result<Option<Status>> {
    let now = ctx.now();
    let lease = leased.clone();
    let error = error.map(ToOwned::to_owned);
    let words = words.map(|(subject, body)| (subject.to_owned(), body.to_owned()));
    let ours = ctx
        .db
        .write(async move |txn: &Txn| {
            let completion = Completion {
                status,
                due_at: None,
                error: error.as_deref(),
                attempt: None,
                words: words.as_ref().map(|(subject, body)| (subject.as_str(), body.as_str())),
            };
            Ok::<_, crate::services::Error>(
                outbox::complete(txn, &lease, owner, Status::Leased, &completion, now).await?,
            )
        })
        .await?;
    Ok(ours.then_some(status))
}

/// The Message-ID of a delivery (RFC 5322 §3.6.4): the same in every try, so that a duplicate can be recognised.
fn message_id(ctx: &Context, leased: &Leased) -> String {
    let base = ctx.settings.base_url();
    let host = base.split("://").nth(1).unwrap_or("localhost");
    let host = host
        .split([':', '/'])
        .next()
        .filter(|host| !host.is_empty())
        .unwrap_or("localhost");
    format!("<{}@{host}>", leased.id)
}
