//! Before anything leaves: whether a delivery is still of use and true, its words, and the way it takes.

use super::super::letter::{self, Writing, Written};
use crate::domain::channel::ChannelKind;
use crate::domain::id::AttemptId;
use crate::domain::notification::{Ending, Event, MAX_DEATHS, Status, Tried, after_attempt};
use crate::services::channel::{Channel, Outgoing, Route};
use crate::services::{Context, Result};
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, End, Leased};

/// A message that can leave.
pub(super) struct Ready {
    pub leased: Leased,
    pub attempt: AttemptId,
    pub event: Event,
    pub outgoing: Outgoing,
}

/// Sorts a batch into what can leave and what has ended already.
pub(super) async fn prepare(
    ctx: &Context,
    channel: Option<&dyn Channel>,
    batch: Vec<Leased>,
) -> Result<(Vec<Ready>, Vec<End>)> {
    let (mut ready, mut ended) = (Vec::with_capacity(batch.len()), Vec::new());
    for leased in batch {
        match one(ctx, channel, leased).await? {
            Ok(one) => ready.push(one),
            Err(end) => ended.push(end),
        }
    }
    Ok((ready, ended))
}

/// An end without a try.
fn untried(leased: Leased, status: Status, error: Option<String>) -> End {
    End {
        leased,
        from: Status::Leased,
        status,
        due_at: None,
        error,
        attempt: None,
        words: None,
    }
}

async fn one(ctx: &Context, channel: Option<&dyn Channel>, leased: Leased) -> Result<std::result::Result<Ready, End>> {
    let now = ctx.now();
    if leased.deaths >= MAX_DEATHS {
        let why = "three workers went away with this message";
        return Ok(Err(untried(leased, Status::Dead, Some(why.to_owned()))));
    }
    if leased.was_sending && !may_try_again(ctx, &leased).await? {
        let why = "no answer after the message was sent";
        return Ok(Err(untried(leased, Status::Unknown, Some(why.to_owned()))));
    }
    if now > leased.expires_at {
        return Ok(Err(untried(leased, Status::Expired, None)));
    }
    let written = match letter::write(ctx, &leased).await? {
        Writing::Ready(written) => written,
        Writing::Drop(event, why) => {
            let status = if event.is_reminder() || leased.partner.is_some() || leased.resident.is_some() {
                Status::Dropped
            } else {
                Status::ToCall
            };
            return Ok(Err(untried(leased, status, Some(why))));
        }
    };
    if !channel.is_some_and(|channel| channel.carries(leased.channel)) {
        let mut end = untried(leased, Status::Kept, None);
        end.words = Some((written.subject, written.body));
        return Ok(Err(end));
    }
    Ok(Ok(ready(ctx, leased, written)))
}

/// The last owner went away while sending: nobody knows whether the message left. Counts as a try without an answer; says whether there may be
/// another.
async fn may_try_again(ctx: &Context, leased: &Leased) -> Result<bool> {
    let now = ctx.now();
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
    let tried = Tried {
        event,
        channel: leased.channel,
        attempts: leased.attempts,
        unanswered,
        until: leased.expires_at,
    };
    Ok(after_attempt(tried, Ending::Unknown, 0, now).status != Status::Unknown)
}

fn ready(ctx: &Context, leased: Leased, written: Written) -> Ready {
    let now = ctx.now();
    let outgoing = Outgoing {
        delivery_id: leased.id.0,
        community_id: leased.community.0,
        message_id: message_id(ctx, &leased),
        route: Route::Email,
        event: written.event,
        to: written.to,
        subject: written.subject,
        text: written.body,
        html: None,
        variables: Vec::new(),
        unsubscribe: None,
        lang: crate::domain::lang::Lang::Zh,
        written_at: now,
    };
    debug_assert_eq!(leased.channel, ChannelKind::Email, "no other channel has a route yet");
    Ready {
        attempt: ctx.new_id(now),
        event: written.event,
        leased,
        outgoing,
    }
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
