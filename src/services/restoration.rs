//! After a database was brought back from a copy: what was sent since the copy was made is not in it, and would be sent a second time.
//!
//! So a restoration raises an epoch. What had fallen due before it is put where it does not leave by itself, everything else is held back, in
//! each community, until somebody has looked and said so. What background work makes up for meanwhile, reminders and digests whose time lay
//! before the restoration, is treated as if it had been there.

use jiff::Timestamp;
use serde_json::json;

use super::wording::Words;
use super::{Context, Error, Result, audit, community, confirmation, notification};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::CommunityId;
use crate::domain::lang::Lang;
use crate::storage::restoration::{self as rows, Restoration};
use crate::storage::{Txn, community as homes};

/// What a restoration did to the messages of all communities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Raised {
    /// How often this database was restored, this time included.
    pub epoch: i32,
    /// Communities whose messages are held back.
    pub communities: usize,
    /// Messages of which nobody knows whether they had left.
    pub unknown: u64,
    /// Messages that were of no use any more.
    pub expired: u64,
    /// Logins that were ended.
    pub logins: u64,
}

/// What holds the messages of a community back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// When the database was restored.
    pub restored_at: Timestamp,
    /// Messages of which nobody knows whether they had left.
    pub unknown: i32,
    /// Messages that wait, for a later time too.
    pub waiting: i64,
    /// Those among them that would leave at once.
    pub due: i64,
}

/// What becomes of the messages that wait and would leave at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// They leave.
    Send,
    /// They are dropped; what falls due later leaves.
    Drop,
}

/// What became of the messages that were held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Made up for since, of which nobody knows whether they had left.
    pub unknown: u64,
    /// Dropped.
    pub dropped: u64,
}

fn why() -> String {
    Words::new(Lang::Zh).t("restoration-unknown")
}

/// Raises the epoch of a database that was just brought back from a copy. All logins end: whoever was shut out since would be let in again.
///
/// # Errors
/// [`Error::Storage`].
pub async fn raise(ctx: &Context) -> Result<Raised> {
    let now = ctx.now();
    let (inner, why) = (ctx.clone(), why());
    ctx.db
        .write(async move |txn: &Txn| {
            let mut raised = Raised {
                epoch: rows::epoch(txn).await? + 1,
                logins: rows::end_logins(txn).await?,
                ..Raised::default()
            };
            for home in homes::list(txn).await? {
                let (unknown, expired) = rows::settle(txn, home.id, now, &why).await?;
                let held = Restoration {
                    community: home.id,
                    epoch: raised.epoch,
                    restored_at: now,
                    unknown: i32::try_from(unknown).unwrap_or(i32::MAX),
                    expired: i32::try_from(expired).unwrap_or(i32::MAX),
                };
                rows::hold(txn, inner.new_id(now), held).await?;
                let detail = json!({ "epoch": raised.epoch, "unknown": unknown, "expired": expired });
                let system = Actor::System;
                audit::record(&inner, txn, now, home.id, &system, "database.restore", None, &detail).await?;
                raised.communities += 1;
                raised.unknown += unknown;
                raised.expired += expired;
            }
            Ok::<_, Error>(raised)
        })
        .await
}

/// What holds the messages of a community back; none when nothing does.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn held(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Option<Held>> {
    may(actor, Action::ManageNotifications, community)?;
    let conn = ctx.db.reader();
    let Some(open) = rows::open_of(conn, community).await? else {
        return Ok(None);
    };
    let (waiting, due) = rows::waiting(conn, community, ctx.now()).await?;
    Ok(Some(Held {
        restored_at: open.restored_at,
        unknown: open.unknown,
        waiting,
        due,
    }))
}

/// Lets the messages of a community leave again.
///
/// # Errors
/// [`Error::State`] when nothing holds them back; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn resume(ctx: &Context, actor: &Actor, home: CommunityId, how: Resume) -> Result<Resumed> {
    may(actor, Action::ManageNotifications, home)?;
    // What is to be made up for is written down first: afterwards it would leave.
    notification::enqueue_due(ctx).await?;
    notification::digest_due(ctx).await?;
    confirmation::ask_due(ctx).await?;
    let now = ctx.now();
    let (inner, by, why) = (ctx.clone(), actor.clone(), why());
    let dropped_because = Words::new(Lang::Zh).t("restoration-dropped");
    ctx.db
        .write(async move |txn: &Txn| {
            let open = rows::open_of(txn, home).await?.ok_or(Error::State {
                code: "restoration-none",
            })?;
            let unknown = rows::settle_late(txn, home, open.restored_at, now, &why).await?;
            let dropped = match how {
                Resume::Send => 0,
                Resume::Drop => rows::drop_due(txn, home, now, &dropped_because).await?,
            };
            if !rows::resume(txn, home, by.account(), now).await? {
                return Err(Error::State {
                    code: "restoration-none",
                });
            }
            let detail = json!({ "epoch": open.epoch, "unknown": unknown, "dropped": dropped });
            audit::record(&inner, txn, now, home, &by, "messages.resume", None, &detail).await?;
            Ok::<_, Error>(Resumed { unknown, dropped })
        })
        .await
}

/// The names in addresses of the communities whose messages are held back, and since when.
///
/// # Errors
/// [`Error::Storage`].
pub async fn all_held(ctx: &Context) -> Result<Vec<(String, Timestamp)>> {
    let open = rows::open(ctx.db.reader()).await?;
    let mut held = Vec::with_capacity(open.len());
    for one in open {
        held.push((community::find(ctx, one.community).await?.slug, one.restored_at));
    }
    Ok(held)
}
