//! Once more: two who want the same rows meet, one of them is sent back by the database, and simply asks again.

use super::{Context, Error, Result};
use crate::storage::{self, Txn};

/// How often a change is tried.
const TRIES: u32 = 3;

/// Runs `work`, which changes the schedule, in a writing transaction, and again when the database sent it back because of somebody else's change: the
/// second look finds what the other one did.
///
/// # Errors
/// What `work` says, or that the database could not do it.
pub(super) async fn write<F, T>(ctx: &Context, mut work: impl FnMut() -> F) -> Result<T>
where
    F: AsyncFnOnce(&Txn) -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    let mut tries = 1;
    loop {
        match ctx.db.write(work()).await {
            Err(Error::Storage(
                storage::Error::Contention | storage::Error::Overlap(_) | storage::Error::Guarded(_),
            )) if tries < TRIES => tries += 1,
            done => {
                ctx.schedule_changed();
                return done;
            }
        }
    }
}
