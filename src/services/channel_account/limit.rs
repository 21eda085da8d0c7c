//! How often an account may be used, counted in the database: all instances share what is left.

use jiff::Timestamp;

use crate::domain::id::CommunityId;
use crate::domain::rate::{Spec, Take};
use crate::domain::robot::{parts, with_keyword};
use crate::domain::sms::{PER_GATEWAY, PER_NUMBER};
use crate::domain::text::hex;
use crate::services::channel::{Outgoing, Provider, Robot, Route};
use crate::services::{Context, Result};
use crate::storage::{self, rate};

/// The messages a robot's text becomes.
pub fn robot_parts(robot: &Robot, text: &str) -> Vec<String> {
    parts(&with_keyword(text, &robot.keyword), robot.kind.most_bytes())
}

/// What a message uses up: a bucket for each limit it comes under, once per piece.
fn uses(ctx: &Context, message: &Outgoing) -> Vec<(String, Spec)> {
    match &message.route {
        Route::Email => Vec::new(),
        Route::Robot(robot) => {
            let pieces = robot_parts(robot, &message.text).len();
            vec![(format!("channel:{}", robot.id), robot.kind.rate()); pieces]
        }
        Route::Sms(account) => {
            let template = account
                .template(message.event)
                .map_or_else(|| message.event.as_str(), |template| template.code.as_str());
            // The number itself stays out of the table.
            let number = hex(&ctx.sealer.blind_index(CommunityId(message.community_id), &message.to));
            let mut uses = vec![(format!("sms:{}:{template}:{number}", account.id), PER_NUMBER)];
            if matches!(account.provider, Provider::Gateway { .. }) {
                uses.push((format!("channel:{}", account.id), PER_GATEWAY));
            }
            uses
        }
    }
}

/// Not all of a message's tokens are there: nothing is taken.
enum Stop {
    Wait(Timestamp),
    Storage(storage::Error),
}

impl From<storage::Error> for Stop {
    fn from(error: storage::Error) -> Self {
        Self::Storage(error)
    }
}

/// Takes what a message uses up, all of it or nothing. Call it right before the message is sent, outside of any transaction; what was taken
/// stays taken when the sending fails.
///
/// # Errors
/// When the database cannot be asked.
pub async fn take(ctx: &Context, message: &Outgoing, now: Timestamp) -> Result<Take> {
    let uses = uses(ctx, message);
    if uses.is_empty() {
        return Ok(Take::Taken);
    }
    let taken = ctx
        .db
        .write(async move |txn| {
            for (key, spec) in &uses {
                if let Take::WaitUntil(until) = rate::take(txn, key, *spec, now).await? {
                    return Err(Stop::Wait(until));
                }
            }
            Ok(())
        })
        .await;
    match taken {
        Ok(()) => Ok(Take::Taken),
        Err(Stop::Wait(until)) => Ok(Take::WaitUntil(until)),
        Err(Stop::Storage(error)) => Err(error.into()),
    }
}

/// Forgets what has filled up again; returns how many buckets.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_full(ctx: &Context) -> Result<u64> {
    let now = ctx.now();
    ctx.db
        .write(async move |txn| Ok(rate::forget_full(txn, now).await?))
        .await
}
