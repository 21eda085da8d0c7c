//! Urgency by the clock: news of a session of today that still waits ten minutes after it was to leave is phoned, or takes the next way, whatever
//! keeps it from leaving. What a worker holds is left to the worker.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::prepare::{another_way, untried};
use crate::domain::id::{CommunityId, DeliveryId};
use crate::domain::notification::{Hours, Status, still_hurries};
use crate::services::{Context, Error, Result};
use crate::storage::Txn;
use crate::storage::notification as outbox;

use super::super::desk::Desk;
use super::super::office::office;

/// How many deliveries are looked at together.
const BATCH: u64 = 256;
/// Why a message is phoned that nobody has tried to send; read by [`failure`](crate::domain::notification::failure).
const WHY: &str = "not sent within 10 minutes, and it is about today";

/// Looks for news of today's sessions that still waits, and lets it be phoned or take the next way. Returns how many messages that were.
///
/// # Errors
/// When the database cannot be asked.
pub async fn hurry_due(ctx: &Context) -> Result<usize> {
    let mut hurried = 0;
    let mut hours: HashMap<CommunityId, Hours> = HashMap::new();
    loop {
        let (now, owner) = (ctx.now(), ctx.new_id(ctx.now()));
        let lease_now = ctx.lease_now().await?;
        let held = ctx
            .db
            .write(async move |txn: &Txn| {
                Ok::<_, Error>(outbox::lease_hurried(txn, owner, BATCH, now, lease_now).await?)
            })
            .await?;
        if held.is_empty() {
            return Ok(hurried);
        }
        let is_last = (held.len() as u64) < BATCH;
        let conn = ctx.db.reader();
        let desk = Desk::open(ctx, &held).await?;
        let mut ends = Vec::with_capacity(held.len());
        let mut calm: Vec<(CommunityId, DeliveryId)> = Vec::new();
        for leased in held {
            let home = leased.community;
            let hours = match hours.entry(home) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(office(ctx, conn, home).await?.hours),
            };
            let of_today = leased.hurry_at.is_some_and(|at| still_hurries(at, now, &hours.zone));
            if now > leased.expires_at {
                ends.push(untried(leased, Status::Expired, None));
            } else if of_today {
                let event = desk.letter(&leased)?.event;
                let end = untried(leased, Status::ToCall, Some(WHY.to_owned()));
                ends.push(another_way(ctx, event, end).await?);
                hurried += 1;
            } else {
                // Its day is over: whoever sends it late does no harm, and nobody has to run.
                calm.push((home, leased.id));
                ends.push(untried(leased, Status::Due, None));
            }
        }
        ctx.db
            .write(async move |txn: &Txn| {
                outbox::end(txn, owner, &ends, now).await?;
                outbox::calm(txn, &calm).await?;
                Ok::<_, Error>(())
            })
            .await?;
        if is_last {
            return Ok(hurried);
        }
    }
}
