//! Sending what is due: lease, look again, write, commit `sending`, send with no transaction open, commit how it ended.
//!
//! A worker goes in rounds. Each takes up a batch, communities in turn, so that nobody waits behind the thousand messages of somebody else
//! ([`round`](Worker::round)); finds the words and the way of each ([`prepare`]); and lets them leave, a few at once, while a clerk writes down
//! together what begins and what has ended ([`send`]). A worker says every now and then that it is still there; one that is asked to stop, or was
//! held up for longer than its lease, gives back what it has not begun.

mod prepare;
mod send;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::id::CommunityId;
use crate::domain::notification::LEASE;
use crate::services::channel::Channel;
use crate::services::{Context, Result};
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, Leased};

/// How many deliveries one round takes up.
const BATCH: u64 = 256;
/// How many communities share one round.
const COMMUNITIES: usize = 8;
/// For how long the order of the communities is kept before it is asked anew.
const TURN: Duration = Duration::from_secs(1);
/// So long before its end a lease is no longer trusted: the other side must not begin while we still do.
const MARGIN: Duration = Duration::from_secs(5);

/// What a round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Deliveries looked at.
    pub taken: usize,
    /// Messages that left.
    pub sent: usize,
    /// Messages kept in the log because nothing carries them.
    pub kept: usize,
}

/// Sends what is due, one batch. Without a channel, messages are written and kept in the log.
///
/// # Errors
/// When the database cannot be asked. What a mail server says is no error here: it is recorded.
pub async fn deliver_ready(ctx: &Context, channel: Option<&dyn Channel>, owner: Uuid) -> Result<Delivered> {
    Worker::new(owner, CancellationToken::new()).round(ctx, channel).await
}

/// One that sends.
pub struct Worker {
    /// Its name on what it takes up.
    owner: Uuid,
    stop: CancellationToken,
    /// The communities with something due, whose turn comes next first.
    turn: VecDeque<CommunityId>,
    asked: Option<Instant>,
}

/// What a worker holds, and for how long it may think so.
struct Hand {
    leased: Vec<Leased>,
    until: Instant,
}

/// The end of a lease that is taken now, by a clock that never jumps.
fn lease_end(began: Instant) -> Instant {
    began + Duration::from_secs(LEASE.as_secs().unsigned_abs()).saturating_sub(MARGIN)
}

impl Worker {
    /// A worker that begins nothing more once `stop` is cancelled.
    pub fn new(owner: Uuid, stop: CancellationToken) -> Self {
        Self {
            owner,
            stop,
            turn: VecDeque::new(),
            asked: None,
        }
    }

    /// Sends one batch of what is due.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn round(&mut self, ctx: &Context, channel: Option<&dyn Channel>) -> Result<Delivered> {
        let now = ctx.now();
        let hand = self.take_up(ctx).await?;
        if hand.leased.is_empty() {
            return Ok(Delivered::default());
        }
        let taken = hand.leased.len();
        let (ready, ended) = prepare::prepare(ctx, channel, hand.leased).await?;
        let until = send::Until::of_lease(hand.until, now);
        let mut delivered = send::send(ctx, channel, self.owner, &self.stop, ready, ended, until).await?;
        delivered.taken = taken;
        Ok(delivered)
    }

    /// Leases a batch: what lost its worker before what is new.
    async fn take_up(&mut self, ctx: &Context) -> Result<Hand> {
        let (now, owner) = (ctx.now(), self.owner);
        let began = Instant::now();
        let lease_now = ctx.lease_now().await?;
        let stale = self.asked.is_none_or(|asked| asked.elapsed() > TURN);
        if stale {
            let lost = ctx
                .db
                .write(async move |txn: &Txn| {
                    Ok::<_, crate::services::Error>(outbox::take_over(txn, owner, BATCH, now, lease_now).await?)
                })
                .await?;
            if !lost.is_empty() {
                return Ok(Hand {
                    leased: lost,
                    until: lease_end(began),
                });
            }
        }
        if stale || self.turn.is_empty() {
            self.see_whose_turn_it_is(ctx).await?;
        }
        let served: Vec<CommunityId> = self.turn.drain(..self.turn.len().min(COMMUNITIES)).collect();
        if served.is_empty() {
            return Ok(Hand {
                leased: Vec::new(),
                until: began,
            });
        }
        let share = BATCH / served.len() as u64;
        let asked = served.clone();
        let leased = ctx
            .db
            .write(async move |txn: &Txn| {
                let mut leased = Vec::new();
                for community in asked {
                    leased.extend(outbox::lease(txn, owner, community, share, now, lease_now).await?);
                }
                Ok::<_, crate::services::Error>(leased)
            })
            .await?;
        // Whoever had as much as its share may have more: at the end of the line.
        for community in served {
            let count = leased.iter().filter(|one| one.community == community).count();
            if count as u64 == share {
                self.turn.push_back(community);
            }
        }
        Ok(Hand {
            leased,
            until: lease_end(began),
        })
    }

    /// Asks which communities have something due, and begins after the one that was served last.
    async fn see_whose_turn_it_is(&mut self, ctx: &Context) -> Result<()> {
        let next = self.turn.front().copied();
        let mut communities = outbox::communities_with_due(ctx.db.reader(), ctx.now()).await?;
        if let Some(at) = next.and_then(|next| communities.iter().position(|id| *id >= next)) {
            communities.rotate_left(at);
        }
        self.turn = communities.into();
        self.asked = Some(Instant::now());
        Ok(())
    }
}
