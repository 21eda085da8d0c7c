//! What came of a call, and taking it back.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::sorted;
use crate::domain::access::{Action, Actor, may};
use crate::domain::call::{CallOutcome, after_call};
use crate::domain::id::{CommunityId, DeliveryId};
use crate::domain::lang::Lang;
use crate::domain::notification::Status;
use crate::services::wording::Words;
use crate::services::{Context, Error, Result};
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, ByHand, Call};

/// Deliveries that one call can settle at most.
pub const MOST_AT_ONCE: usize = 200;
/// The same outcome from the same person within this time is the same press of a button.
const SAME_PRESS: SignedDuration = SignedDuration::from_secs(20);

/// What became of noting a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Deliveries it was noted for.
    pub noted: usize,
    /// Deliveries that were settled before: the button was pressed twice, or somebody else phoned.
    pub already: usize,
    /// Deliveries whose message is just leaving.
    pub leaving: usize,
}

/// Notes what came of a call about these deliveries.
///
/// # Errors
/// Without the right to read the log; [`Error::NotFound`]; [`Error::Invalid`] for none or too many; [`Error::State`] when nothing could be
/// noted because the messages are just leaving.
pub async fn record(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    ids: &[DeliveryId],
    outcome: CallOutcome,
) -> Result<Recorded> {
    may(actor, Action::ManageNotifications, community)?;
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > MOST_AT_ONCE {
        return Err(Error::invalid("delivery", "calls-at-once", ids.len().to_string()));
    }
    let now = ctx.now();
    let by = actor.account();
    let inner = ctx.clone();
    let done = ctx
        .db
        .write(async move |txn: &Txn| {
            let found = outbox::open_by_id(txn, community, &ids).await?;
            if let Some(missing) = ids.iter().find(|id| !found.iter().any(|open| open.id == **id)) {
                return Err(Error::not_found("delivery", missing));
            }
            let last: HashMap<DeliveryId, Call> = outbox::calls(txn, community, &ids)
                .await?
                .into_iter()
                .map(|call| (call.delivery, call))
                .collect();
            let mut done = Recorded::default();
            for open in found {
                let repeated = last.get(&open.id).is_some_and(|call| {
                    call.outcome == outcome && call.by == by && now.duration_since(call.at).abs() < SAME_PRESS
                });
                let to = after_call(outcome, open.status).filter(|_| open.resident.is_some() || open.partner.is_some());
                let Some(to) = to.filter(|_| !repeated) else {
                    if matches!(open.status, Status::Leased | Status::Sending) {
                        done.leaving += 1;
                    } else {
                        done.already += 1;
                    }
                    continue;
                };
                let call = Call {
                    id: inner.new_id(now),
                    delivery: open.id,
                    outcome,
                    status_before: open.status,
                    channel_before: open.channel.clone(),
                    at: now,
                    by,
                };
                if to != open.status {
                    let to = ByHand {
                        status: to,
                        channel: outbox::by_phone(),
                        sent_at: (to == Status::Sent).then_some(now),
                    };
                    // A worker may have taken it up since it was read.
                    if !outbox::move_by_hand(txn, community, open.id, open.status, to, now).await? {
                        done.leaving += 1;
                        continue;
                    }
                }
                outbox::add_call(txn, community, &call).await?;
                done.noted += 1;
            }
            Ok(done)
        })
        .await?;
    if done.noted + done.already == 0 {
        return Err(Error::State {
            code: "delivery-leaving",
        });
    }
    Ok(done)
}

/// Takes the last call about each of these deliveries back: they stand as they did before it. Says how many did.
///
/// # Errors
/// Without the right to read the log; [`Error::State`] when there is nothing to take back.
pub async fn undo(ctx: &Context, actor: &Actor, community: CommunityId, ids: &[DeliveryId]) -> Result<usize> {
    may(actor, Action::ManageNotifications, community)?;
    if ids.is_empty() || ids.len() > MOST_AT_ONCE {
        return Err(Error::invalid("delivery", "calls-at-once", ids.len().to_string()));
    }
    let now = ctx.now();
    let ids = ids.to_vec();
    let undone = ctx
        .db
        .write(async move |txn: &Txn| {
            let last: HashMap<DeliveryId, Call> = outbox::calls(txn, community, &ids)
                .await?
                .into_iter()
                .map(|call| (call.delivery, call))
                .collect();
            let mut undone = 0;
            for open in outbox::open_by_id(txn, community, &ids).await? {
                let Some(call) = last.get(&open.id) else { continue };
                let after = after_call(call.outcome, call.status_before);
                // Somebody did something else with it since: that stands.
                if after != Some(open.status) {
                    continue;
                }
                if call.status_before != open.status {
                    let back = ByHand {
                        status: call.status_before,
                        channel: &call.channel_before,
                        sent_at: None,
                    };
                    if !outbox::move_by_hand(txn, community, open.id, open.status, back, now).await? {
                        continue;
                    }
                }
                if outbox::undo_call(txn, community, call.id, now).await? {
                    undone += 1;
                }
            }
            Ok::<_, Error>(undone)
        })
        .await?;
    if undone == 0 {
        return Err(Error::State {
            code: "call-not-undone",
        });
    }
    Ok(undone)
}

/// Puts away what is on the list and too late, or has nothing to say any more. Says how many.
///
/// # Errors
/// Without the right to read the log.
pub async fn tidy(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<usize> {
    may(actor, Action::ManageNotifications, community)?;
    let found = sorted(ctx, community, &[Status::ToCall], None, Words::new(Lang::Zh)).await?;
    let now = ctx.now();
    let away: Vec<(DeliveryId, Status)> = found
        .late
        .into_iter()
        .map(|id| (id, Status::Expired))
        .chain(found.void.into_iter().map(|id| (id, Status::Dropped)))
        .collect();
    let put = ctx
        .db
        .write(async move |txn: &Txn| {
            let mut put = 0;
            for (id, status) in away {
                let to = ByHand {
                    status,
                    channel: outbox::by_phone(),
                    sent_at: None,
                };
                if outbox::move_by_hand(txn, community, id, Status::ToCall, to, now).await? {
                    put += 1;
                }
            }
            Ok::<_, Error>(put)
        })
        .await?;
    Ok(put)
}
