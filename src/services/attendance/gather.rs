//! Check-ins that arrive together are stored together: while one lot is being made durable, those who come meanwhile wait for the next
//! one, which is one transaction with one row of counters a session. There is no timer: whoever comes alone is stored alone.
//!
//! A lot is stored as a whole or not at all. When anything in it is not plain (an entry known already, a session that is not open),
//! everybody in it is told so and goes on alone, by the way that can say what is the matter. So a lot never refuses anybody.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use tokio::sync::oneshot;

use super::EARLY;
use crate::domain::attendance::Row;
use crate::domain::id::{AccountId, CommunityId};
use crate::services::Context;
use crate::storage;
use crate::storage::attendance::{Arrival, NotPlain};

/// Entries in one lot at most.
const LOT_MAX: usize = 256;

/// Where entries wait for the lot that takes them. One for each process.
#[derive(Clone, Default)]
pub struct Gatherer {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    /// Whether somebody is storing lots until nobody waits.
    attended: bool,
}

struct Waiting {
    arrival: Arrival,
    stored: oneshot::Sender<bool>,
}

impl Gatherer {
    fn with<T>(&self, look: impl FnOnce(&mut Queue) -> T) -> T {
        look(&mut self.queue.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The next lot; none when nobody waits, and then nobody attends any more.
    fn next(&self) -> Option<Vec<Waiting>> {
        self.with(|queue| {
            if queue.waiting.is_empty() {
                queue.attended = false;
                return None;
            }
            let lot = queue.waiting.len().min(LOT_MAX);
            Some(queue.waiting.drain(..lot).collect())
        })
    }
}

/// Stores an entry together with those that arrive at the same time. Whether it was: when not, nothing has changed.
pub(super) async fn store(
    ctx: &Context,
    community: CommunityId,
    row: Row,
    by: Option<AccountId>,
    now: Timestamp,
) -> bool {
    let (stored, answer) = oneshot::channel();
    let arrival = Arrival {
        community,
        row,
        by,
        latest_start: now.saturating_add(EARLY).unwrap_or(now),
        at: now,
    };
    let idle = ctx.check_ins.with(|queue| {
        queue.waiting.push(Waiting { arrival, stored });
        !std::mem::replace(&mut queue.attended, true)
    });
    if idle {
        // On its own: whoever came first may go away while others wait.
        tokio::spawn(attend(ctx.clone()));
    }
    answer.await.unwrap_or(false)
}

/// Stores one lot after the other until nobody waits.
async fn attend(ctx: Context) {
    while let Some(lot) = ctx.check_ins.next() {
        let arrivals: Vec<Arrival> = lot.iter().map(|one| one.arrival).collect();
        let done = ctx
            .db
            .write(async move |txn| storage::attendance::count_in(txn, arrivals).await)
            .await;
        if let Err(NotPlain::Storage(error @ (storage::Error::Database(_) | storage::Error::Lost(_)))) = &done {
            tracing::warn!(?error, "check-ins could not be stored together: each is tried alone");
        }
        for one in lot {
            // Whoever does not listen any more is stored all the same.
            let _ = one.stored.send(done.is_ok());
        }
    }
}
