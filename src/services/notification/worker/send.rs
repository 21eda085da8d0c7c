//! The messages of a round on their way, and the clerk who writes down what begins and what has ended.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::super::opt_out;
use super::leaving::{Landed, Leaving, Left, Line};
use super::prepare::{Ready, Tryable, another_way, untried};
use super::{Batch, Delivered, MARGIN, Worker, lease_end};
use crate::domain::channel::ChannelKind;
use crate::domain::id::DeliveryId;
use crate::domain::notification::{Ending, LEASE, Status, Tried, after_attempt};
use crate::services::channel::{Channel, SendOutcome};
use crate::services::{Context, Error, Result, channel_account};
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, End, Page, Start};

/// Between two signs of life of a worker.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// Tries at writing something down.
const MAX_TRIES: usize = 3;
/// So long the clerk waits for more to write down at once, while there is enough to send: each commit waits for the disk.
const GATHER: Duration = Duration::from_millis(20);

/// The next batch is got ready when fewer messages wait: what was read long before it leaves may not be true any more.
const AHEAD: usize = 192;

/// How many messages of a kind one worker has said to be leaving, and how many carry these. For mail the first is larger:
/// the next ones are written down while connections are busy. A text message whose worker went away may not be sent again, so there the two
/// are the same: none is said to be leaving that does not leave at once.
const fn at_once(kind: ChannelKind) -> (usize, usize) {
    match kind {
        ChannelKind::Email => (192, 8),
        ChannelKind::Sms => (4, 4),
        ChannelKind::Robot | ChannelKind::Call => (2, 2),
    }
}

/// Until when what is held may be thought to be ours, by two clocks: one that never jumps, but stands still while the machine sleeps, and the one
/// on the wall, which goes on. Whichever says first that it is over is believed: what is given back too early is only sent a moment later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Until {
    steady: Instant,
    wall: Timestamp,
}

impl Until {
    /// For a lease that was taken at `now` and ends at `steady` by the clock that never jumps.
    pub fn of_lease(steady: Instant, now: Timestamp) -> Self {
        let margin = SignedDuration::try_from(MARGIN).unwrap_or(LEASE);
        Self {
            steady,
            wall: now + (LEASE - margin),
        }
    }
}

/// What is on its way.
struct Round<'a> {
    ctx: &'a Context,
    channel: &'a dyn Channel,
    owner: Uuid,
    stop: &'a CancellationToken,
    until: Mutex<Until>,
    leaving: Leaving,
}

/// Getting the next batch ready.
type Ahead<'a> = BoxFuture<'a, Result<Option<Batch>>>;

/// What became of a batch, and of those that were got ready meanwhile.
pub(super) struct Sent {
    pub delivered: Delivered,
    /// Whether it was seen that nothing more is due.
    pub was_last: bool,
}

/// Lets a batch leave, and writes down how each message ended. With `may_look` the next batch is got ready in time and leaves in its turn, until
/// nothing is due any more or it is time to look for what lost its worker.
pub(super) async fn send(
    ctx: &Context,
    channel: Option<&dyn Channel>,
    worker: &Worker,
    batch: Batch,
    may_look: bool,
) -> Result<Sent> {
    let Some(channel) = channel else {
        let (done, _) = write_down(ctx, worker.owner, Arc::new(batch.ended), Arc::default()).await?;
        let taken = batch.taken;
        return Ok(Sent {
            delivered: Delivered { taken, ..done },
            was_last: false,
        });
    };
    let (landed, landing) = mpsc::unbounded_channel();
    let round = Round {
        ctx,
        channel,
        owner: worker.owner,
        stop: &worker.stop,
        until: Mutex::new(batch.until),
        leaving: Leaving::new(landed),
    };
    round.run(batch, landing, may_look.then_some(worker)).await
}

type Written = Result<(Delivered, HashSet<DeliveryId>)>;

impl Round<'_> {
    /// `looking`: who gets the next batches ready.
    async fn run(
        &self,
        batch: Batch,
        mut landing: mpsc::UnboundedReceiver<Landed>,
        mut looking: Option<&Worker>,
    ) -> Result<Sent> {
        let mut waiting: VecDeque<Ready> = batch.ready.into();
        let mut ended = batch.ended;
        let mut starting: Vec<Ready> = Vec::new();
        let (mut carriers, mut carrying) = (FuturesUnordered::new(), HashMap::<ChannelKind, usize>::new());
        let (mut landed, mut ending) = (Vec::new(), FuturesUnordered::new());
        let mut under_way: HashMap<ChannelKind, usize> = HashMap::new();
        let mut clerk: Option<BoxFuture<'_, Written>> = None;
        let mut rested = tokio::time::Instant::now();
        let mut signs = tokio::time::interval_at(tokio::time::Instant::now() + SIGN_OF_LIFE, SIGN_OF_LIFE);
        let mut delivered = Delivered {
            taken: batch.taken,
            ..Delivered::default()
        };
        let mut ahead: Option<Ahead<'_>> = None;
        let (mut was_last, mut trouble) = (false, None);
        loop {
            if self.stop.is_cancelled() || self.is_late() {
                // Given back: they wait for the next worker, not for the end of our lease.
                let given_back = waiting
                    .drain(..)
                    .flat_map(|ready| std::iter::once(ready.one).chain(ready.also));
                ended.extend(given_back.map(|one| untried(one.leased, Status::Due, None)));
            }
            let is_wanted = !waiting.is_empty() && is_running_low(&under_way);
            let is_time = is_wanted || is_idle(&under_way) || rested.elapsed() >= GATHER;
            if clerk.is_none() && is_time {
                starting = next_starts(&mut waiting, &mut under_way);
                if !starting.is_empty() || !ended.is_empty() {
                    let starts = starting.iter().flat_map(Ready::all).map(start).collect();
                    let (ends, starts) = (Arc::new(std::mem::take(&mut ended)), Arc::new(starts));
                    clerk = Some(Box::pin(write_down(self.ctx, self.owner, ends, starts)));
                }
            }
            let is_over = self.stop.is_cancelled() || self.is_late();
            if let Some(worker) = looking.filter(|_| ahead.is_none() && waiting.len() < AHEAD && !is_over) {
                ahead = Some(Box::pin(worker.look_ahead(self.ctx, Some(self.channel))));
            }
            for (kind, waiting) in self.leaving.waiting() {
                let carrying = carrying.entry(kind).or_default();
                for _ in 0..waiting.min(at_once(kind).1.saturating_sub(*carrying)) {
                    *carrying += 1;
                    carriers.push(self.carry(kind));
                }
            }
            if clerk.is_none() && is_idle(&under_way) && ahead.is_none() {
                return match trouble {
                    Some(error) => Err(error),
                    None => Ok(Sent { delivered, was_last }),
                };
            }
            tokio::select! {
                Some(kind) = carriers.next() => {
                    if let Some(carrying) = carrying.get_mut(&kind) {
                        *carrying -= 1;
                    }
                }
                _ = landing.recv_many(&mut landed, usize::MAX) => {
                    ending.extend(landed.drain(..).map(|landed| self.end_all(landed)));
                }
                first = ending.next(), if !ending.is_empty() => {
                    let mut next = first;
                    while let Some(ends) = next {
                        let ends: Vec<End> = ends?;
                        if let Some(count) = ends.first().and_then(|end| under_way.get_mut(&end.leased.channel)) {
                            *count -= 1;
                        }
                        ended.extend(ends);
                        next = ending.next().now_or_never().flatten();
                    }
                }
                () = self.leaving.put_back.notified() => {}
                written = async { clerk.as_mut().expect("the branch is open while there is a clerk").await }, if clerk.is_some() => {
                    (clerk, rested) = (None, tokio::time::Instant::now());
                    let (done, ours) = written?;
                    delivered.sent += done.sent;
                    delivered.kept += done.kept;
                    for mut one in starting.drain(..) {
                        one.also.retain(|one| ours.contains(&one.leased.id));
                        if ours.contains(&one.one.leased.id) {
                            self.leaving.push(one);
                        } else if let Some(count) = under_way.get_mut(&one.one.leased.channel) {
                            // It is somebody else's now.
                            *count -= 1;
                        }
                    }
                }
                batch = async { ahead.as_mut().expect("the branch is open while there is one").await }, if ahead.is_some() => {
                    ahead = None;
                    let batch = match batch {
                        Ok(Some(batch)) if batch.taken > 0 => batch,
                        Ok(found) => {
                            (looking, was_last) = (None, found.is_some());
                            continue;
                        }
                        Err(error) => {
                            // What is leaving is not to suffer from it.
                            (looking, trouble) = (None, Some(error));
                            continue;
                        }
                    };
                    // Its lease ends later than ours; signs of life are given for both.
                    delivered.taken += batch.taken;
                    waiting.extend(batch.ready);
                    ended.extend(batch.ended);
                }
                () = tokio::time::sleep_until(rested + GATHER), if clerk.is_none() && !ended.is_empty() => {}
                _ = signs.tick() => self.say_we_are_here().await?,
            }
        }
    }

    /// Whether what is held may be somebody else's by now.
    fn is_late(&self) -> bool {
        let until = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        Instant::now() > until.steady || self.ctx.now() > until.wall
    }

    /// Carries messages of a kind until none waits.
    async fn carry(&self, kind: ChannelKind) -> ChannelKind {
        let line = Line {
            leaving: &self.leaving,
            kind,
            clock: || (self.ctx.now(), self.is_late()),
        };
        self.channel.send_all(kind, &line).await;
        kind
    }

    /// How everything ended that left with a message.
    async fn end_all(&self, landed: Landed) -> Result<Vec<End>> {
        let Landed {
            one,
            also,
            outgoing,
            began,
            left,
        } = landed;
        if let (Left::Tried(outcome), Some(account)) = (&left, outgoing.route.account()) {
            // What the page of channels says of the account. It is no reason to lose how the message ended.
            let noted = channel_account::note(self.ctx, one.leased.community, account, outcome).await;
            if let Err(error) = noted {
                tracing::warn!(%error, "how an account did could not be noted");
            }
        }
        let mut ends = Vec::with_capacity(1 + also.len());
        for one in std::iter::once(one).chain(also) {
            ends.push(self.end_of(one, began, &left, &outgoing.to).await?);
        }
        Ok(ends)
    }

    /// Where a delivery goes after its try.
    async fn end_of(&self, one: Tryable, began: Timestamp, left: &Left, to: &str) -> Result<End> {
        let leased = one.leased;
        let now = self.ctx.now();
        let tried_as = |outcome, detail| {
            Some(outbox::Tried {
                id: one.attempt,
                began,
                outcome,
                detail,
            })
        };
        let outcome = match left {
            Left::HeldUp => {
                let why = "the worker was held up; nothing has left".to_owned();
                return Ok(End {
                    from: Status::Sending,
                    due_at: Some(now),
                    attempt: tried_as("retry", why),
                    ..untried(leased, Status::Due, None)
                });
            }
            Left::Tried(outcome) => outcome,
        };
        let (ending, name, detail) = match outcome {
            SendOutcome::Sent { answer } => (Ending::Sent, "sent", answer),
            SendOutcome::Retry { reason, after } => {
                let wait = after.and_then(|after| SignedDuration::try_from(after).ok());
                (Ending::Failed { wait }, "retry", reason)
            }
            SendOutcome::Rejected { reason, .. } => (Ending::Rejected, "rejected", reason),
            SendOutcome::Unknown { reason } => (Ending::Unknown, "unknown", reason),
        };
        let unanswered = match ending {
            Ending::Unknown => outbox::unanswered(self.ctx.db.reader(), &leased).await? + 1,
            _ => 0,
        };
        let tried = Tried {
            event: one.event,
            channel: leased.channel,
            attempts: leased.attempts + 1,
            unanswered,
            until: one.until,
        };
        let chance = u16::from_le_bytes(self.ctx.random());
        let next = after_attempt(tried, ending, chance, now);
        let is_bad = matches!(outcome, SendOutcome::Rejected { bad_address: true, .. });
        let end = End {
            leased,
            from: Status::Sending,
            status: next.status,
            due_at: next.due_at,
            error: (next.status != Status::Sent).then(|| detail.clone()),
            attempt: tried_as(name, detail.clone()),
            words: None,
            instead: None,
            bounced: is_bad.then(|| to.to_owned()),
        };
        if matches!(next.status, Status::ToCall | Status::Dead) {
            return Box::pin(another_way(self.ctx, one.event, end)).await;
        }
        Ok(end)
    }

    /// Lets the leases run anew, unless they have run out already: then somebody else may have taken up what we held.
    async fn say_we_are_here(&self) -> Result<()> {
        let (began, now) = (Instant::now(), self.ctx.now());
        if self.is_late() {
            return Ok(());
        }
        let owner = self.owner;
        let lease_now = self.ctx.lease_now().await?;
        self.ctx
            .db
            .write(async move |txn: &Txn| Ok::<_, Error>(outbox::renew(txn, owner, lease_now).await?))
            .await?;
        *self.until.lock().unwrap_or_else(PoisonError::into_inner) = Until::of_lease(lease_end(began), now);
        Ok(())
    }
}

/// Whether nothing is on its way.
fn is_idle(under_way: &HashMap<ChannelKind, usize>) -> bool {
    under_way.values().all(|count| *count == 0)
}

/// Whether there soon is nothing left to send of what was said to be leaving: the rest must last until the next commit.
fn is_running_low(under_way: &HashMap<ChannelKind, usize>) -> bool {
    under_way
        .iter()
        .any(|(kind, count)| (1..=at_once(*kind).0 * 5 / 8).contains(count))
}

/// The next messages that may be said to be leaving.
fn next_starts(waiting: &mut VecDeque<Ready>, under_way: &mut HashMap<ChannelKind, usize>) -> Vec<Ready> {
    let mut starts = Vec::new();
    let mut at = 0;
    while let Some(ready) = waiting.get(at) {
        let kind = ready.one.leased.channel;
        let count = under_way.entry(kind).or_default();
        if *count < at_once(kind).0 {
            *count += 1;
            starts.extend(waiting.remove(at));
        } else {
            at += 1;
        }
    }
    starts
}

fn start(one: &Tryable) -> Start {
    Start {
        leased: one.leased.clone(),
        subject: one.subject.clone(),
        body: one.body.clone(),
    }
}

/// One commit of the clerk: what has ended, and what begins. Gives what was done and the deliveries that may leave.
///
/// A commit that got lost is tried again: what it said of ends hits no row the second time, and what it said of starts stays where it is
/// until its lease has run out.
async fn write_down(ctx: &Context, owner: Uuid, ends: Arc<Vec<End>>, starts: Arc<Vec<Start>>) -> Written {
    let mut tries = 0;
    loop {
        let now = ctx.now();
        let page = Page::new(&ctx.db, owner, Arc::clone(&ends), Arc::clone(&starts), now);
        let (all, inner) = (Arc::clone(&ends), ctx.clone());
        let written = ctx
            .db
            .write(async move |txn: &Txn| {
                let (ended, begun) = page.write(txn).await?;
                for end in all.iter().filter(|end| ended.contains(&end.leased.id)) {
                    if let (Some(address), Some(resident)) = (&end.bounced, end.leased.resident) {
                        opt_out::bounced(&inner, txn, end.leased.community, resident, address, now).await?;
                    }
                }
                Ok::<_, Error>((ended, begun))
            })
            .await;
        match written {
            Ok((ours, begun)) => {
                for end in ends.iter().filter(|end| ours.contains(&end.leased.id)) {
                    let channel = end.leased.channel;
                    if let Some(tried) = &end.attempt {
                        ctx.figures.tried(channel, tried.outcome);
                    }
                    ctx.figures.left(channel, end.status, end.leased.due_at, now);
                }
                let count = |status| {
                    ends.iter()
                        .filter(|end| end.status == status && ours.contains(&end.leased.id))
                        .count()
                };
                let delivered = Delivered {
                    taken: 0,
                    sent: count(Status::Sent),
                    kept: count(Status::Kept),
                };
                return Ok((delivered, begun));
            }
            Err(error) => {
                tries += 1;
                if tries >= MAX_TRIES {
                    return Err(error);
                }
                tracing::warn!(%error, "how messages ended could not be written down; once more");
            }
        }
    }
}
