//! The writing lane of SQLite: one thread through which every change goes, so that changes which arrive together are made
//! durable together.
//!
//! SQLite has one writer at a time, and with `synchronous=FULL` each commit waits for the disk. So whoever arrives while a commit
//! is under way is gathered into the next transaction (there is no timer: a change that arrives alone is committed alone).
//! Inside it each change but the first is a savepoint of its own: one that fails or panics undoes only itself. The first is undone with the whole
//! transaction, which is nothing but it: savepoints cost a copy of every page that is changed. Nobody is answered before
//! the commit, not even with a refusal: it may rest on a row of the same transaction.
//!
//! A change that was begun runs to its end, whether or not somebody still waits for the answer. That also keeps clear of a trap
//! in sea-orm 2.0: cancelling `begin` of a nested transaction takes the outer one with it.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use tokio::sync::{mpsc, oneshot};

use super::Error;

/// Changes that share one commit at most. Measured: larger batches gain nothing.
const BATCH: usize = 256;
/// Changes that may wait; beyond it callers wait for a place.
const QUEUE: usize = 1024;

/// Answers the caller, once it is known whether the transaction was stored.
type Finish = Box<dyn FnOnce(Fate)>;
/// One change: runs in its savepoint, says whether it is to be kept, and how to answer.
type Unit = Box<dyn for<'c> FnOnce(&'c DatabaseTransaction) -> LocalBoxFuture<'c, (Keep, Finish)> + Send>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Yes,
    No,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Stored,
    Lost,
}

/// The way into the lane. The thread ends when the last one is dropped and what waited is done.
#[derive(Clone)]
pub(super) struct Lane {
    queue: mpsc::Sender<Unit>,
}

impl Lane {
    /// Starts the thread over a connection that nobody else writes with.
    pub(super) fn start(writer: DatabaseConnection) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new()
            .name("writing-lane".to_owned())
            .spawn(move || runtime.block_on(run(&writer, waiting)))?;
        Ok(Self { queue })
    }

    /// Runs `work` in a savepoint and answers after the commit.
    pub(super) async fn write<F, T, E>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&DatabaseTransaction) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let unit = as_unit(move |txn| {
            Box::pin(async move {
                let outcome = work(txn).await;
                let keep = if outcome.is_ok() { Keep::Yes } else { Keep::No };
                let finish: Finish = Box::new(move |fate| {
                    let outcome = match fate {
                        Fate::Stored => outcome,
                        Fate::Lost => Err(lost("the transaction could not be completed")),
                    };
                    // Nobody waits any more: the change is stored all the same.
                    let _ = answer.send(outcome);
                });
                (keep, finish)
            })
        });
        if self.queue.send(Box::new(unit)).await.is_err() {
            return Err(lost("the writing lane has ended"));
        }
        // The sender is dropped without an answer when the unit panicked or was never run.
        answered
            .await
            .unwrap_or_else(|_| Err(lost("the change panicked, or its transaction could not begin")))
    }
}

fn lost<E: From<Error>>(why: &str) -> E {
    Error::Lost(why.to_owned()).into()
}

/// Tells the compiler that a closure takes a transaction of any lifetime, which it does not see by itself.
fn as_unit<F>(unit: F) -> F
where
    F: for<'c> FnOnce(&'c DatabaseTransaction) -> LocalBoxFuture<'c, (Keep, Finish)>,
{
    unit
}

async fn run(writer: &DatabaseConnection, mut waiting: mpsc::Receiver<Unit>) {
    let mut gathered = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut gathered, BATCH).await > 0 {
        if let Err(error) = commit_together(writer, gathered.drain(..), &mut waiting).await {
            tracing::error!(?error, "changes could not be stored");
        }
    }
}

/// Runs the gathered units, and those that arrive meanwhile, in one transaction. Units that a broken transaction leaves unrun
/// are dropped, which tells their callers.
async fn commit_together(
    writer: &DatabaseConnection,
    mut gathered: impl Iterator<Item = Unit>,
    waiting: &mut mpsc::Receiver<Unit>,
) -> Result<(), DbErr> {
    let Some((txn, first)) = begin_with_first(writer, &mut gathered).await? else {
        return Ok(());
    };
    let mut finishes = Vec::with_capacity(BATCH);
    finishes.push(first);
    let mut broken = None;
    for _ in 1..BATCH {
        let Some(unit) = gathered.next().or_else(|| waiting.try_recv().ok()) else {
            break;
        };
        match run_one(&txn, unit).await {
            Ok(finish) => finishes.extend(finish),
            Err(error) => {
                broken = Some(error);
                break;
            }
        }
    }
    let stored = match broken {
        None => txn.commit().await,
        Some(error) => {
            // Mostly the engine has rolled back already; then this fails, and says nothing new.
            let _ = txn.rollback().await;
            Err(error)
        }
    };
    let fate = if stored.is_ok() { Fate::Stored } else { Fate::Lost };
    for finish in finishes {
        finish(fate);
    }
    stored
}

/// Begins a transaction with the first unit that is to be kept; those before it are undone with a transaction of their own, and answered. None when
/// all are.
///
/// # Errors
/// When a transaction cannot be begun or undone.
async fn begin_with_first(
    writer: &DatabaseConnection,
    gathered: &mut impl Iterator<Item = Unit>,
) -> Result<Option<(DatabaseTransaction, Finish)>, DbErr> {
    for unit in gathered {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let txn = writer.begin_with_options(immediate).await?;
        match AssertUnwindSafe(unit(&txn)).catch_unwind().await {
            Ok((Keep::Yes, finish)) => return Ok(Some((txn, finish))),
            Ok((Keep::No, finish)) => {
                let undone = txn.rollback().await;
                finish(if undone.is_ok() { Fate::Stored } else { Fate::Lost });
                undone?;
            }
            Err(_panic) => txn.rollback().await?,
        }
    }
    Ok(None)
}

/// Runs one unit in a savepoint; nothing to answer when it panicked.
///
/// # Errors
/// When the savepoint cannot be begun or ended: then the engine has given up the whole transaction (disk full, I/O error), and
/// what follows would be stored outside of it.
async fn run_one(txn: &DatabaseTransaction, unit: Unit) -> Result<Option<Finish>, DbErr> {
    let savepoint = txn.begin().await?;
    match AssertUnwindSafe(unit(&savepoint)).catch_unwind().await {
        Ok((Keep::Yes, finish)) => {
            savepoint.commit().await?;
            Ok(Some(finish))
        }
        Ok((Keep::No, finish)) => {
            savepoint.rollback().await?;
            Ok(Some(finish))
        }
        Err(_panic) => {
            savepoint.rollback().await?;
            Ok(None)
        }
    }
}
