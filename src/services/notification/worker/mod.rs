//! Sending what is due: lease, look again, write, commit `sending`, send with no transaction open, commit how it ended.
//!
//! A worker goes in rounds. Each takes up a batch, communities in turn, so that nobody waits behind the thousand messages of somebody else
//! ([`round`](Worker::round)); finds the words and the way of each ([`prepare`]); and lets them leave, a few at once, while a clerk writes down
//! together what begins and what has ended ([`send`]). A worker says every now and then that it is still there; one that is asked to stop, or was
//! held up for longer than its lease, gives back what it has not begun.

mod hurry;
mod leaving;
mod prepare;
mod send;

pub use hurry::hurry_due;

use std::collections::VecDeque;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::id::CommunityId;
use crate::domain::notification::LEASE;
use crate::services::channel::Channel;
use crate::services::{Context, Error, Result};
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, End, Leased};

/// How many deliveries one round takes up at first.
const BATCH: u64 = 256;
/// The fewest and the most of a round.
const BATCHES: RangeInclusive<u64> = 64..=512;
/// Rounds that follow each other faster become larger: each costs questions of its own.
const FAST: Duration = Duration::from_millis(250);
/// Slower ones become smaller: what was read long before it leaves may not be true any more, and the other communities wait.
const SLOW: Duration = Duration::from_secs(5);
/// How many communities share one round.
const COMMUNITIES: usize = 8;
/// For how long the order of the communities is kept before it is asked anew, and nobody looks for what lost its worker.
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
    turns: Mutex<Turns>,
}

/// Whose turn it is.
#[derive(Default)]
struct Turns {
    /// The communities with something due, whose turn comes next first.
    next: VecDeque<CommunityId>,
    /// When it was last looked for what lost its worker.
    looked: Option<Instant>,
    /// When the last round was taken up of which there was something, and how large it was to be.
    last: Option<(Instant, u64)>,
}

impl Turns {
    /// Whether it is time to look for what lost its worker, and to ask anew whose turn it is.
    fn are_stale(&self) -> bool {
        self.looked.is_none_or(|looked| looked.elapsed() > TURN)
    }

    /// How many the next round takes up, at `now`.
    fn size(&mut self, now: Instant) -> u64 {
        let size = match self.last {
            None => BATCH,
            Some((at, size)) => size_after(size, now.saturating_duration_since(at)),
        };
        self.last = Some((now, size));
        size
    }

    /// Asks which communities have something due, and begins after the one that was served last.
    async fn ask(&mut self, ctx: &Context) -> Result<()> {
        let next = self.next.front().copied();
        let mut communities = outbox::communities_with_due(ctx.db.reader(), ctx.now()).await?;
        if let Some(at) = next.and_then(|next| communities.iter().position(|id| *id >= next)) {
            communities.rotate_left(at);
        }
        self.next = communities.into();
        Ok(())
    }
}

/// How large a round is that begins so long after one of `size`.
fn size_after(size: u64, took: Duration) -> u64 {
    let next = if took < FAST {
        size * 2
    } else if took > SLOW {
        size / 2
    } else {
        size
    };
    next.clamp(*BATCHES.start(), *BATCHES.end())
}

/// What a worker holds, and for how long it may think so.
struct Hand {
    leased: Vec<Leased>,
    until: Instant,
    /// Whether it was in the hands of another one before.
    was_lost: bool,
}

/// What a worker holds, ready to leave.
struct Batch {
    taken: usize,
    ready: Vec<prepare::Ready>,
    /// What has ended already.
    ended: Vec<End>,
    until: send::Until,
    was_lost: bool,
}

impl Batch {
    /// Of what was taken up at `now`.
    async fn of(ctx: &Context, channel: Option<&dyn Channel>, now: Timestamp, hand: Hand) -> Result<Self> {
        let (taken, was_lost) = (hand.leased.len(), hand.was_lost);
        let until = send::Until::of_lease(hand.until, now);
        let (ready, ended) = match taken {
            0 => (Vec::new(), Vec::new()),
            _ => prepare::prepare(ctx, channel, hand.leased).await?,
        };
        Ok(Self {
            taken,
            ready,
            ended,
            until,
            was_lost,
        })
    }
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
            turns: Mutex::default(),
        }
    }

    /// Sends one batch of what is due.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn round(&self, ctx: &Context, channel: Option<&dyn Channel>) -> Result<Delivered> {
        let batch = self.take_up(ctx, channel).await?;
        let sent = send::send(ctx, channel, self, batch, false).await?;
        Ok(sent.delivered)
    }

    /// Sends everything that is due. While the last messages of a batch leave, the next one is got ready.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn all(&self, ctx: &Context, channel: Option<&dyn Channel>) -> Result<Delivered> {
        let mut all = Delivered::default();
        loop {
            let batch = self.take_up(ctx, channel).await?;
            if batch.taken == 0 {
                return Ok(all);
            }
            // What may have ended a worker is tried alone.
            let may_look = !batch.was_lost;
            let sent = send::send(ctx, channel, self, batch, may_look).await?;
            all.taken += sent.delivered.taken;
            all.sent += sent.delivered.sent;
            all.kept += sent.delivered.kept;
            if sent.was_last || self.stop.is_cancelled() {
                return Ok(all);
            }
        }
    }

    /// Takes up a batch and gets it ready: what lost its worker before what is new.
    async fn take_up(&self, ctx: &Context, channel: Option<&dyn Channel>) -> Result<Batch> {
        let (now, owner) = (ctx.now(), self.owner);
        let began = Instant::now();
        let lease_now = ctx.lease_now().await?;
        let mut turns = self.turns.lock().await;
        let are_stale = turns.are_stale();
        if are_stale {
            turns.looked = Some(began);
            let inner = ctx.clone();
            let lost = ctx
                .db
                .write(async move |txn: &Txn| {
                    let new_id = || inner.new_id(now);
                    Ok::<_, Error>(outbox::take_over(txn, owner, BATCH, now, lease_now, new_id).await?)
                })
                .await?;
            if !lost.is_empty() {
                let hand = Hand {
                    leased: lost,
                    until: lease_end(began),
                    was_lost: true,
                };
                return Batch::of(ctx, channel, now, hand).await;
            }
        }
        if are_stale || turns.next.is_empty() {
            turns.ask(ctx).await?;
        }
        let hand = self.take_new(ctx, &mut turns, began, lease_now).await?;
        Batch::of(ctx, channel, now, hand).await
    }

    /// The same of what is new alone; nothing when it is time to look for what lost its worker.
    async fn look_ahead(&self, ctx: &Context, channel: Option<&dyn Channel>) -> Result<Option<Batch>> {
        let mut turns = self.turns.lock().await;
        if turns.are_stale() {
            return Ok(None);
        }
        let (now, began) = (ctx.now(), Instant::now());
        let lease_now = ctx.lease_now().await?;
        if turns.next.is_empty() {
            turns.ask(ctx).await?;
        }
        let hand = self.take_new(ctx, &mut turns, began, lease_now).await?;
        Batch::of(ctx, channel, now, hand).await.map(Some)
    }

    /// Leases a batch of what is new. The lease runs from `lease_now`, which was at `began`.
    async fn take_new(&self, ctx: &Context, turns: &mut Turns, began: Instant, lease_now: Timestamp) -> Result<Hand> {
        let (now, owner) = (ctx.now(), self.owner);
        let served: Vec<CommunityId> = turns.next.drain(..turns.next.len().min(COMMUNITIES)).collect();
        let hand = |leased| Hand {
            leased,
            until: lease_end(began),
            was_lost: false,
        };
        if served.is_empty() {
            turns.last = None;
            return Ok(hand(Vec::new()));
        }
        let share = turns.size(began) / served.len() as u64;
        let asked = served.clone();
        let leased = ctx
            .db
            .write(async move |txn: &Txn| {
                let mut leased = Vec::new();
                for community in asked {
                    leased.extend(outbox::lease(txn, owner, community, share, now, lease_now).await?);
                }
                Ok::<_, Error>(leased)
            })
            .await?;
        // Whoever had as much as its share may have more: at the end of the line.
        for community in served {
            let count = leased.iter().filter(|one| one.community == community).count();
            if count as u64 == share {
                turns.next.push_back(community);
            }
        }
        Ok(hand(leased))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_grow_while_they_are_quick_and_shrink_while_they_are_slow() {
        let mut turns = Turns::default();
        let mut now = Instant::now();
        let mut sizes = |took: Duration, rounds: usize| -> Vec<u64> {
            let mut next = || {
                now += took;
                turns.size(now)
            };
            (0..rounds).map(|_| next()).collect()
        };
        assert_eq!(sizes(Duration::from_millis(40), 3), [256, 512, 512]);
        assert_eq!(sizes(Duration::from_secs(1), 2), [512, 512]);
        assert_eq!(sizes(Duration::from_secs(50), 5), [256, 128, 64, 64, 64]);
        assert_eq!(sizes(Duration::from_millis(40), 4), [128, 256, 512, 512]);
    }
}
