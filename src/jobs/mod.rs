//! The third floor towards time: ticks that call use cases. Running any of them twice changes nothing.
//!
//! Nothing sleeps until a wall-clock time, because timers stand still while a machine sleeps: every loop wakes once a second (± 10 %, so that
//! several instances do not march in step) and compares.

mod nightly;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::services::channel::Channel;
use crate::services::{Context, Result, confirmation, enrolment, holiday, notification, notification::Worker, term};

/// Between two looks at what is due.
const TICK: Duration = Duration::from_secs(1);
/// Between two looks for reminders that have fallen due: they are due to the minute.
const REMINDER_EVERY_TICKS: u64 = 10;
/// Between two looks for news of today that nobody was told of in time: it is due to the minute.
const HURRY_EVERY_TICKS: u64 = 10;
/// Between two looks for digests whose time has come: they are due to the minute.
const DIGESTS_EVERY_TICKS: u64 = 30;
/// Between two looks for offers nobody answered, and for draws: they are due to the minute.
const OFFERS_EVERY_TICKS: u64 = 10;
/// Between two looks for seats that are no longer kept.
const FREE_EVERY_TICKS: u64 = 60;
/// Between two looks for notices of holidays that another instance imported.
const HOLIDAYS_EVERY_TICKS: u64 = 60;
/// Between two looks for coming sessions whose partners were not asked yet.
const CONFIRM_EVERY_TICKS: u64 = 300;
/// Workers that send.
const SENDERS: usize = 2;

/// The background work of one instance.
pub struct Jobs {
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// Starts the background work. Without a channel, messages are written and kept in the log.
pub fn start(ctx: &Context, channel: Option<Arc<dyn Channel>>) -> Jobs {
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    tasks.spawn(remind(ctx.clone(), stop.clone()));
    tasks.spawn(nightly::run(ctx.clone(), stop.clone()));
    let senders = if channel.is_some() { SENDERS } else { 1 };
    for _ in 0..senders {
        tasks.spawn(send(ctx.clone(), channel.clone(), stop.clone()));
    }
    Jobs { stop, tasks }
}

impl Jobs {
    /// Asks the work to stop and waits until what is under way has ended, at most `limit`. What is cut short is picked up by the next instance.
    pub async fn stop(mut self, limit: Duration) {
        self.stop.cancel();
        let ended = tokio::time::timeout(limit, async { while self.tasks.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            tracing::warn!("background work was cut short; it will be taken up at the next start");
        }
    }
}

/// Waits for the next tick; `false` when the work is to stop.
async fn tick(ctx: &Context, stop: &CancellationToken) -> bool {
    let [chance] = ctx.random();
    let jitter = TICK.mul_f64(0.9 + 0.2 * f64::from(chance) / 255.0);
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(jitter) => true,
    }
}

async fn remind(ctx: Context, stop: CancellationToken) {
    let mut ticks = 0_u64;
    loop {
        if ticks.is_multiple_of(REMINDER_EVERY_TICKS) {
            note("enqueue reminders", notification::enqueue_due(&ctx).await.map(|_| ()));
            note(
                "give back seats nobody answered for",
                term::expire_due(&ctx).await.map(|_| ()),
            );
        }
        if ticks.is_multiple_of(HURRY_EVERY_TICKS) {
            let hurried = notification::hurry_due(&ctx).await;
            note("let news of today be phoned", hurried.map(drop));
        }
        if ticks.is_multiple_of(DIGESTS_EVERY_TICKS) {
            note("write digests", notification::digest_due(&ctx).await.map(drop));
        }
        if ticks.is_multiple_of(OFFERS_EVERY_TICKS) {
            note("let offers lapse", enrolment::lapse_due(&ctx).await.map(drop));
            note("draw seats", enrolment::draw_due(&ctx).await.map(drop));
        }
        if ticks.is_multiple_of(FREE_EVERY_TICKS) {
            note("give seats that were set free", enrolment::fill_free(&ctx).await);
        }
        if ticks.is_multiple_of(HOLIDAYS_EVERY_TICKS) {
            note("read the official holidays", holiday::refresh(&ctx).await);
        }
        if ticks.is_multiple_of(CONFIRM_EVERY_TICKS) {
            note("ask partners", confirmation::ask_due(&ctx).await.map(|_| ()));
        }
        ticks += 1;
        if !tick(&ctx, &stop).await {
            return;
        }
    }
}

/// Sends what is due, whenever something is. What panics ends alone: what it held is taken up again when its lease has run out.
async fn send(ctx: Context, channel: Option<Arc<dyn Channel>>, stop: CancellationToken) {
    let owner: Uuid = ctx.new_id(ctx.now());
    let mut worker = Worker::new(owner, stop.clone());
    loop {
        let (round_ctx, round_channel) = (ctx.clone(), channel.clone());
        let round = tokio::spawn(async move {
            let done = worker.all(&round_ctx, round_channel.as_deref()).await;
            (worker, done)
        });
        let more = match round.await {
            Ok((same, done)) => {
                worker = same;
                let more = matches!(&done, Ok(done) if done.taken > 0);
                note("deliver messages", done.map(|_| ()));
                more
            }
            Err(panic) => {
                tracing::error!(%panic, "sending ended early");
                worker = Worker::new(ctx.new_id(ctx.now()), stop.clone());
                false
            }
        };
        if stop.is_cancelled() || (!more && !tick(&ctx, &stop).await) {
            return;
        }
    }
}

/// Logs a failed round; the next tick tries again.
fn note(what: &'static str, outcome: Result<()>) {
    if let Err(error) = outcome {
        let source = std::error::Error::source(&error).map(ToString::to_string);
        tracing::error!(%error, source, "could not {what}");
    }
}
