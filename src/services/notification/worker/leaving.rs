//! What was said to be leaving: from here carriers take the messages of a kind, and hither they say how each ended.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

use super::prepare::{Ready, Tryable};
use crate::domain::channel::ChannelKind;
use crate::services::channel::{Messages, Outgoing, SendOutcome};

/// One message that was said to be leaving.
pub(super) enum Left {
    /// It was tried.
    Tried(SendOutcome),
    /// The lease had run out before it began: nothing has left.
    HeldUp,
}

/// A message that came back from its carrier, with everything that left with it.
pub(super) struct Landed {
    pub one: Tryable,
    pub also: Vec<Tryable>,
    pub outgoing: Outgoing,
    pub began: Timestamp,
    pub left: Left,
}

/// A message that somebody carries.
struct Carried {
    one: Tryable,
    also: Vec<Tryable>,
    began: Timestamp,
}

/// The messages of a round that were said to be leaving.
pub(super) struct Leaving {
    waiting: Mutex<HashMap<ChannelKind, VecDeque<Ready>>>,
    carried: Mutex<HashMap<Uuid, Carried>>,
    landed: mpsc::UnboundedSender<Landed>,
    /// Says that one waits again.
    pub put_back: Notify,
}

impl Leaving {
    /// None yet; they come back through `landed`.
    pub fn new(landed: mpsc::UnboundedSender<Landed>) -> Self {
        Self {
            waiting: Mutex::default(),
            carried: Mutex::default(),
            landed,
            put_back: Notify::new(),
        }
    }

    /// Lets one more be taken.
    pub fn push(&self, ready: Ready) {
        let kind = ready.one.leased.channel;
        locked(&self.waiting).entry(kind).or_default().push_back(ready);
    }

    /// How many of each kind wait for a carrier.
    pub fn waiting(&self) -> Vec<(ChannelKind, usize)> {
        let waiting = locked(&self.waiting);
        waiting.iter().map(|(kind, ready)| (*kind, ready.len())).collect()
    }

    fn land(&self, landed: Landed) {
        // Nobody waits for it any more where a round has ended with an error: the lease runs out.
        let _ = self.landed.send(landed);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The messages of one kind, as a carrier sees them.
pub(super) struct Line<'a, C> {
    /// Where they come from.
    pub leaving: &'a Leaving,
    /// Of which kind they are.
    pub kind: ChannelKind,
    /// The time, and whether what is held may be somebody else's by then.
    pub clock: C,
}

impl<C: Fn() -> (Timestamp, bool) + Send + Sync> Messages for Line<'_, C> {
    fn next(&self) -> Option<Outgoing> {
        loop {
            let Ready { one, also, outgoing } = locked(&self.leaving.waiting).get_mut(&self.kind)?.pop_front()?;
            // Between the commit and this moment the machine may have slept.
            let (began, is_late) = (self.clock)();
            if !is_late {
                let carried = Carried { one, also, began };
                locked(&self.leaving.carried).insert(outgoing.delivery_id, carried);
                return Some(outgoing);
            }
            self.leaving.land(Landed {
                one,
                also,
                outgoing,
                began,
                left: Left::HeldUp,
            });
        }
    }

    fn ended(&self, outgoing: Outgoing, outcome: SendOutcome) {
        let carried = locked(&self.leaving.carried).remove(&outgoing.delivery_id);
        if let Some(Carried { one, also, began }) = carried {
            self.leaving.land(Landed {
                one,
                also,
                outgoing,
                began,
                left: Left::Tried(outcome),
            });
        }
    }

    fn put_back(&self, outgoing: Outgoing) {
        let carried = locked(&self.leaving.carried).remove(&outgoing.delivery_id);
        if let Some(Carried { one, also, .. }) = carried {
            let mut waiting = locked(&self.leaving.waiting);
            let ready = Ready { one, also, outgoing };
            waiting.entry(self.kind).or_default().push_front(ready);
            self.leaving.put_back.notify_one();
        }
    }
}
