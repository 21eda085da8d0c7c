//! Whatever happens to those who send and to those who take: nothing is lost, and nothing is sent twice that could have been sent once.

mod held_up;
mod http_faults;
mod robots;
mod smtp_faults;
mod two_workers;
mod ways;

use tokio::task::JoinSet;

/// Waits for all that are being tried out, and gives how many said yes.
///
/// # Panics
/// When any of them has, after all are done: each says by itself what was wrong.
async fn all(mut trying: JoinSet<bool>) -> usize {
    let (mut yes, mut failed) = (0, 0);
    while let Some(tried) = trying.join_next().await {
        match tried {
            Ok(said) => yes += usize::from(said),
            Err(_) => failed += 1,
        }
    }
    assert_eq!(failed, 0, "cells that failed");
    yes
}
