//! 「给我发一条试试」: one message over one channel, outside of the outbox, and what came of it in words.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::{Stored, find, limit, route_of};
use crate::domain::access::{Action, Actor, may};
use crate::domain::channel_account::{SMS_EVENTS, SMS_VARIABLES};
use crate::domain::community::Community;
use crate::domain::id::{ChannelAccountId, CommunityId};
use crate::domain::notification::Event;
use crate::domain::rate::Take;
use crate::domain::sms::e164;
use crate::domain::text::{Phone, Purpose, looks_like_mail};
use crate::services::channel::{Outgoing, Route, SendOutcome};
use crate::services::limit::Limit;
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError, Result, audit, community};
use crate::storage::{self, Txn, channel_account as rows};

/// Somebody is waiting at a page: longer than this nobody waits.
const PATIENCE: Duration = Duration::from_secs(25);
/// Tries of one community in ten minutes: a test is no way to send messages.
const TRIES: i32 = 20;

/// Sends a test message over an account: a robot's into its group, a text message to `to`. Says how it ended, and keeps that with the account.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] for a number that is none; [`Error::TooMany`]; [`Error::State`] where nothing
/// leaves; [`Error::Storage`].
pub async fn try_out(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ChannelAccountId,
    to: &str,
    words: Words,
) -> Result<SendOutcome> {
    may(actor, Action::ManageNotifications, community)?;
    let now = ctx.now();
    let (account, stored) = find(ctx, community, id).await?;
    let home = home(ctx, community).await?;
    let route = route_of(&account, stored.clone());
    let (to, event) = match &stored {
        Stored::Robot { .. } => (String::new(), Event::WeeklySchedule),
        Stored::Sms { templates, .. } => {
            let phone = Phone::parse(to).map_err(|error| {
                let mut wrong = FieldError::new("to", error.code(), to);
                if let Some((name, number)) = error.number() {
                    wrong = wrong.with(name, number);
                }
                Error::Invalid(vec![wrong])
            })?;
            let number =
                e164(phone.reveal(Purpose::Reach)).ok_or_else(|| Error::invalid("to", "channel-to-landline", to))?;
            let event = SMS_EVENTS
                .into_iter()
                .find(|event| templates.contains_key(event.as_str()));
            (number, event.unwrap_or(Event::Cancelled))
        }
    };
    let message = message(ctx, &home, route, to, event, now, words);
    allowed(ctx, community, now).await?;
    if let Take::WaitUntil(until) = limit::take(ctx, &message, now).await? {
        let wait_seconds = until.duration_since(now).as_secs().max(1);
        return Err(Error::TooMany { wait_seconds });
    }
    let outcome = send(ctx, &message).await?;
    note(ctx, community, id, &outcome).await?;
    remember(ctx, actor, community, Some(id), &outcome).await?;
    Ok(outcome)
}

/// Sends a test message by e-mail.
///
/// # Errors
/// As [`try_out`], without [`Error::NotFound`].
pub async fn try_mail(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    to: &str,
    words: Words,
) -> Result<SendOutcome> {
    may(actor, Action::ManageNotifications, community)?;
    let now = ctx.now();
    let to = to.trim();
    if !looks_like_mail(to) || to.len() > 254 || to.chars().any(char::is_control) {
        return Err(Error::invalid("to", "channel-to-mail", to));
    }
    let home = home(ctx, community).await?;
    let message = message(
        ctx,
        &home,
        Route::Email,
        to.to_owned(),
        Event::WeeklySchedule,
        now,
        words,
    );
    allowed(ctx, community, now).await?;
    let outcome = send(ctx, &message).await?;
    remember(ctx, actor, community, None, &outcome).await?;
    Ok(outcome)
}

/// Remembers with an account how a message over it ended: the page shows it, and what to do.
///
/// # Errors
/// When the database cannot be asked.
pub async fn note(ctx: &Context, community: CommunityId, id: ChannelAccountId, outcome: &SendOutcome) -> Result<()> {
    let now = ctx.now();
    let error = match outcome {
        SendOutcome::Sent { .. } => None,
        SendOutcome::Retry { reason, .. } | SendOutcome::Rejected { reason, .. } | SendOutcome::Unknown { reason } => {
            Some(reason.chars().take(300).collect::<String>())
        }
    };
    ctx.db
        .write(async move |txn: &Txn| Ok(rows::note(txn, community, id, error.as_deref(), now).await?))
        .await
}

async fn home(ctx: &Context, id: CommunityId) -> Result<Community> {
    let all = community::list(ctx).await?;
    all.into_iter()
        .find(|home| home.id == id)
        .ok_or_else(|| Error::not_found("community", id))
}

async fn allowed(ctx: &Context, community: CommunityId, now: Timestamp) -> Result<()> {
    let limit = Limit {
        key: format!("channel-test:{community}"),
        most: TRIES,
        window_seconds: 600,
    };
    crate::services::limit::take(ctx, now, vec![limit]).await
}

fn message(
    ctx: &Context,
    home: &Community,
    route: Route,
    to: String,
    event: Event,
    now: Timestamp,
    words: Words,
) -> Outgoing {
    let id: Uuid = ctx.new_id(now);
    let name = words.pick(&home.name, &home.name_en).to_owned();
    let variables = SMS_VARIABLES
        .into_iter()
        .map(|(variable, _)| match variable {
            "community" => (variable, name.clone()),
            variable => (variable, words.t(&format!("channel-sample-{variable}"))),
        })
        .collect();
    let base = ctx.settings.base_url();
    let host = base.split("://").nth(1).unwrap_or("localhost");
    let host = host.split([':', '/']).next().unwrap_or("localhost");
    Outgoing {
        delivery_id: id,
        community_id: home.id.0,
        message_id: format!("<{id}@{host}>"),
        route,
        event,
        to,
        subject: words.a("channel-test-subject", "community", &name),
        text: words.a("channel-test-text", "community", &name),
        html: None,
        variables,
        unsubscribe: None,
        lang: words.lang,
        written_at: now,
    }
}

async fn send(ctx: &Context, message: &Outgoing) -> Result<SendOutcome> {
    let channel = ctx
        .channel()
        .filter(|channel| channel.carries(message.route.kind()))
        .ok_or(Error::State {
            code: "channel-not-carried",
        })?;
    let reason = || Words::new(message.lang).t("channel-why-no-answer");
    let sent = tokio::time::timeout(PATIENCE, channel.send(message)).await;
    Ok(sent.unwrap_or_else(|_| SendOutcome::Unknown { reason: reason() }))
}

async fn remember(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: Option<ChannelAccountId>,
    outcome: &SendOutcome,
) -> Result<()> {
    let ended = match outcome {
        SendOutcome::Sent { .. } => "sent",
        SendOutcome::Retry { .. } => "retry",
        SendOutcome::Rejected { .. } => "rejected",
        SendOutcome::Unknown { .. } => "unknown",
    };
    let (now, context, actor) = (ctx.now(), ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> std::result::Result<(), storage::Error> {
            let detail = serde_json::json!({ "ended": ended });
            let subject = id.map(|id| id.0);
            audit::record(&context, txn, now, community, &actor, "channel_tried", subject, &detail).await
        })
        .await?;
    Ok(())
}
