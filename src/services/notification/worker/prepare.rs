//! Before anything leaves: whether a delivery is still of use and true, its words, the way it takes, and whether that way is free.

use std::collections::HashMap;

use jiff::Timestamp;
use uuid::Uuid;

use super::super::desk::Desk;
use super::super::letter::{self, Writing, Written};
use super::super::office;
use crate::domain::channel::{ChannelKind, choose};
use crate::domain::id::AttemptId;
use crate::domain::notification::{Ending, Event, MAX_DEATHS, Status, Tried, after_attempt};
use crate::domain::rate::Take;
use crate::services::channel::{Channel, Outgoing, Route};
use crate::services::{Context, Result, channel_account};
use crate::storage::notification::{self as outbox, End, Leased};

/// After so many messages what is leaving meanwhile has its turn.
const BREATH: usize = 16;
/// The most messages that leave as one to the same robot.
const MERGED: usize = 10;

/// A message that can leave.
pub(super) struct Ready {
    pub one: Tryable,
    /// What leaves with it, in the same message: to the same robot.
    pub also: Vec<Tryable>,
    pub outgoing: Outgoing,
}

/// A delivery with its words, about to be tried.
pub(super) struct Tryable {
    pub leased: Leased,
    /// The id of the try.
    pub attempt: AttemptId,
    pub event: Event,
    pub subject: String,
    pub body: String,
    /// After this another try is of no use.
    pub until: Timestamp,
}

impl Ready {
    /// Everything that leaves with this message.
    pub fn all(&self) -> impl Iterator<Item = &Tryable> {
        std::iter::once(&self.one).chain(&self.also)
    }
}

/// Sorts a batch into what can leave and what has ended already.
pub(super) async fn prepare(
    ctx: &Context,
    channel: Option<&dyn Channel>,
    batch: Vec<Leased>,
) -> Result<(Vec<Ready>, Vec<End>)> {
    let mut desk = Desk::open(ctx, &batch).await?;
    let (mut ready, mut ended) = (Vec::with_capacity(batch.len()), Vec::new());
    for (at, leased) in batch.into_iter().enumerate() {
        if at % BREATH == 0 {
            tokio::task::yield_now().await;
        }
        match one(&mut desk, channel, leased).await? {
            Ok(one) => ready.push(one),
            Err(end) => ended.push(end),
        }
    }
    let ready = merge(ready);
    let mut free = Vec::with_capacity(ready.len());
    for one in ready {
        match channel_account::take(ctx, &one.outgoing, ctx.now()).await? {
            Take::Taken => free.push(one),
            Take::WaitUntil(until) => ended.extend(one.all().map(|one| {
                let mut end = untried(one.leased.clone(), Status::Due, None);
                end.due_at = Some(until);
                end
            })),
        }
    }
    Ok((free, ended))
}

/// An end without a try.
pub(super) fn untried(leased: Leased, status: Status, error: Option<String>) -> End {
    End {
        leased,
        from: Status::Leased,
        status,
        due_at: None,
        error,
        attempt: None,
        words: None,
        instead: None,
        bounced: None,
    }
}

async fn one(
    desk: &mut Desk<'_>,
    channel: Option<&dyn Channel>,
    leased: Leased,
) -> Result<std::result::Result<Ready, End>> {
    let ctx = desk.ctx;
    let now = ctx.now();
    if leased.deaths >= MAX_DEATHS {
        let why = "three workers went away with this message";
        return Ok(Err(untried(leased, Status::Dead, Some(why.to_owned()))));
    }
    if leased.deaths > 0 && !may_try_again(desk, &leased).await? {
        let why = "no answer after the message was sent";
        return Ok(Err(untried(leased, Status::Unknown, Some(why.to_owned()))));
    }
    if now > leased.expires_at {
        return Ok(Err(untried(leased, Status::Expired, None)));
    }
    let written = match letter::write(desk, &leased).await? {
        Writing::Ready(written) => written,
        Writing::Drop(why) => return Ok(Err(untried(leased, Status::Dropped, Some(why)))),
        Writing::Unreachable(event, why) => {
            let end = untried(leased, Status::ToCall, Some(why));
            return Ok(Err(another_way(ctx, event, end).await?));
        }
    };
    if !channel.is_some_and(|channel| channel.carries(leased.channel)) {
        let mut end = untried(leased, Status::Kept, None);
        end.words = Some((written.subject, written.body));
        return Ok(Err(end));
    }
    let route = channel_account::route(ctx, leased.community, leased.channel, leased.channel_id).await?;
    let Some(route) = route else {
        let why = format!("no account for {} is switched on", leased.channel);
        let end = untried(leased, Status::ToCall, Some(why));
        return Ok(Err(another_way(ctx, written.event, end).await?));
    };
    let until = last_try(&leased);
    Ok(Ok(ready(ctx, leased, route, written, until)))
}

/// A worker went away with it. Where that was while sending, nobody knows whether the message left; says whether there may be another try.
async fn may_try_again(desk: &Desk<'_>, leased: &Leased) -> Result<bool> {
    let ctx = desk.ctx;
    let event = desk.letter(leased)?.event;
    let unanswered = outbox::unanswered(ctx.db.reader(), leased).await?;
    if unanswered == 0 {
        return Ok(true);
    }
    let tried = Tried {
        event,
        channel: leased.channel,
        attempts: leased.attempts,
        unanswered,
        until: leased.expires_at,
    };
    Ok(after_attempt(tried, Ending::Unknown, 0, ctx.now()).status != Status::Unknown)
}

/// After when somebody had better phone than wait for another try.
fn last_try(leased: &Leased) -> Timestamp {
    let hurry_at = leased.hurry_at.unwrap_or(leased.expires_at);
    hurry_at.min(leased.expires_at)
}

/// Lets what a channel could not do be done over the next one of the community's rule, or by telephone. Reminders and what goes to a group are
/// given up instead when there is no other way: nobody is phoned to be reminded, unless the rule says so.
pub(super) async fn another_way(ctx: &Context, event: Event, mut end: End) -> Result<End> {
    let given_up = if end.attempt.is_some() || end.leased.attempts > 0 {
        Status::Dead
    } else {
        Status::Dropped
    };
    let leased = &end.leased;
    let mut may_call = !event.is_reminder();
    let next = match leased.resident {
        Some(resident) => {
            let conn = ctx.db.reader();
            let order = office::office(ctx, conn, leased.community)
                .await?
                .policy
                .rule(event)
                .channels;
            may_call |= order.contains(&ChannelKind::Call);
            let reach = outbox::reach(conn, leased.community, &[resident], event).await?;
            reach
                .get(&resident)
                .map(|reach| choose(&order, *reach, Some(leased.channel)))
        }
        None if leased.partner.is_some() => Some(ChannelKind::Call),
        None => None,
    };
    match next {
        Some(ChannelKind::Call) if may_call => end.status = Status::ToCall,
        Some(ChannelKind::Call) | None => end.status = given_up,
        Some(next) => {
            end.status = given_up;
            end.instead = Some((next, ctx.new_id(ctx.now())));
        }
    }
    Ok(end)
}

fn ready(ctx: &Context, leased: Leased, route: Route, written: Written, until: Timestamp) -> Ready {
    let now = ctx.now();
    // A robot's message has no subject: the heading stands above the text.
    let text = match leased.channel {
        ChannelKind::Robot if !written.body.starts_with(&written.subject) => {
            format!("{}\n{}", written.subject, written.body)
        }
        _ => written.body.clone(),
    };
    let outgoing = Outgoing {
        delivery_id: leased.id.0,
        community_id: leased.community.0,
        message_id: message_id(ctx, &leased),
        route,
        event: written.event,
        to: written.to,
        subject: written.subject,
        text,
        html: None,
        variables: written.variables,
        unsubscribe: written.unsubscribe,
        lang: written.lang,
        written_at: now,
    };
    Ready {
        one: Tryable {
            attempt: ctx.new_id(now),
            event: written.event,
            subject: outgoing.subject.clone(),
            body: written.body,
            until,
            leased,
        },
        also: Vec::new(),
        outgoing,
    }
}

/// Lets messages to the same robot leave as one: providers count messages, and a group is better served by one that says everything.
fn merge(ready: Vec<Ready>) -> Vec<Ready> {
    let mut merged: Vec<Ready> = Vec::with_capacity(ready.len());
    let mut last: HashMap<Uuid, usize> = HashMap::new();
    for one in ready {
        let Route::Robot(robot) = &one.outgoing.route else {
            merged.push(one);
            continue;
        };
        let room = robot.kind.most_bytes();
        let host = last.get(&robot.id).copied().filter(|at| {
            let host = &merged[*at];
            host.also.len() + 1 < MERGED && host.outgoing.text.len() + one.outgoing.text.len() + 2 <= room
        });
        match host {
            Some(at) => {
                let host = &mut merged[at];
                host.outgoing.text = format!("{}\n\n{}", host.outgoing.text, one.outgoing.text);
                host.also.push(one.one);
            }
            None => {
                last.insert(robot.id, merged.len());
                merged.push(one);
            }
        }
    }
    merged
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
