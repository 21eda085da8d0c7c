//! Closures and weather: one act that shuts venues for a time, with a decision for every session it hits.
//!
//! [`review()`] lists what would be hit and what is suggested; [`carry_out`] does what was decided, all in one transaction and with one
//! message per person; [`undo()`] takes it back until the first message has left, for which each waits [`HOLD`]. [`reopen`] lets
//! venues be used again earlier than planned; what was called off stays so.
//!
//! What is promised: a session that is hit and that nobody decided about stops the act, so that nothing is cancelled silently; the
//! database refuses bookings in a closure from the moment it is stored.

mod act;
mod notice;
mod review;
mod undo;

use std::collections::{HashMap, HashSet};

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, ToSpan};

pub use act::{Done, carry_out};
pub use notice::{Became, Fate, Notice, notice};
pub use review::{Review, ReviewedHit, review};
pub use undo::{reopen, undo};

use super::checks::Checks;
use super::{Context, Error, Result, community};
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::{IsoWeek, resolve};
use crate::domain::community::Community;
use crate::domain::id::{ClosureId, CommunityId, VenueId};
use crate::domain::planning::closure::{ClosureAct, ClosureKind};
use crate::domain::planning::{ReasonCode, Shut};
use crate::storage::closure::{Closure, Effect};
use crate::storage::{self, Connection};

/// So long a closure can be taken back at least: nothing it tells leaves earlier.
pub const HOLD: SignedDuration = SignedDuration::from_secs(60);

/// How long a closure may last.
const MOST_DAYS: i32 = 400;

/// The most sessions one closure may hit.
pub const MOST_HITS: usize = 500;

/// The most closures a list gives.
const MOST_LISTED: u64 = 100;

/// Whose sessions a closure hits, and what it shuts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// These venues.
    Venues(Vec<VenueId>),
    /// Every venue that is outdoors.
    Outdoor,
    /// Everything. Only outdoor venues are shut: what is held indoors all the same can be.
    All,
}

/// A closure to be made.
#[derive(Clone, Debug)]
pub struct NewClosure {
    /// The id that whoever opened the form made for it: sent twice, it is made once.
    pub id: ClosureId,
    /// What kind.
    pub kind: ClosureKind,
    /// What it reaches.
    pub reach: Reach,
    /// Start, wall clock of the community.
    pub starts_local: DateTime,
    /// End, wall clock of the community.
    pub ends_local: DateTime,
    /// Why, from the list.
    pub reason_code: ReasonCode,
    /// Why, in words that people read.
    pub reason: String,
}

/// A closure that was checked.
struct Checked {
    home: Community,
    closure: Closure,
    /// The venues it shuts.
    shuts: Vec<VenueId>,
    /// The venues whose sessions it hits; none for all.
    hits: Option<HashSet<VenueId>>,
}

async fn check(
    ctx: &Context,
    conn: &impl Connection,
    community: CommunityId,
    actor: &Actor,
    new: &NewClosure,
    now: Timestamp,
) -> Result<Checked> {
    let home = community::find(ctx, community).await?;
    let venues = storage::community::venues(conn, community).await?;
    let mut checks = Checks::new();
    let reason = checks.line("reason", &new.reason, super::session::REASON_CHARS);
    let starts_at = resolve(new.starts_local, &home.zone).timestamp();
    let ends_at = resolve(new.ends_local, &home.zone).timestamp();
    checks.ensure(
        starts_at < ends_at,
        "ends_local",
        "closure-ends-before-it-starts",
        &new.ends_local,
    );
    checks.ensure(ends_at > now, "ends_local", "closure-over", &new.ends_local);
    let furthest = new.starts_local.saturating_add(MOST_DAYS.days());
    checks.ensure(
        new.ends_local <= furthest,
        "ends_local",
        "closure-too-long",
        &new.ends_local,
    );
    let latest = now
        .to_zoned(home.zone.clone())
        .datetime()
        .saturating_add(MOST_DAYS.days());
    checks.ensure(
        new.starts_local <= latest,
        "starts_local",
        "plan-start-out-of-reach",
        &new.starts_local,
    );
    // Every session it hits is to be decided about, so every one must be stored: none is, further ahead.
    checks.ensure(
        new.starts_local > latest || new.ends_local <= latest,
        "ends_local",
        "plan-start-out-of-reach",
        &new.ends_local,
    );
    let outdoor = || venues.iter().filter(|venue| venue.outdoor).map(|venue| venue.id);
    let (shuts, hits): (Vec<VenueId>, _) = match &new.reach {
        Reach::Venues(ids) => {
            for id in ids {
                let known = venues.iter().any(|venue| venue.id == *id);
                checks.ensure(known, "venues", "plan-no-such", id);
            }
            checks.ensure(!ids.is_empty(), "venues", "closure-no-venue", "");
            let mut ids = ids.clone();
            ids.sort();
            ids.dedup();
            (ids.clone(), Some(ids.into_iter().collect()))
        }
        Reach::Outdoor => {
            checks.ensure(outdoor().next().is_some(), "venues", "closure-no-outdoor", "");
            (outdoor().collect(), Some(outdoor().collect()))
        }
        Reach::All => (outdoor().collect(), None),
    };
    checks.finish()?;
    Ok(Checked {
        home,
        closure: Closure {
            id: new.id,
            kind: new.kind,
            reason_code: new.reason_code,
            reason,
            starts_at,
            ends_at,
            notification: None,
            account: actor.account(),
            created_at: now,
            undone_at: None,
        },
        shuts,
        hits,
    })
}

/// A closure with what is shown beside it.
#[derive(Clone, Debug)]
pub struct ClosureView {
    /// The closure.
    pub closure: Closure,
    /// The venues it shuts, or shut.
    pub venues: Vec<VenueId>,
    /// What it did, by session.
    pub effects: Vec<Effect>,
    /// Whether it can still be taken back.
    pub may_undo: bool,
}

impl ClosureView {
    /// How many sessions this became of.
    pub fn count(&self, act: ClosureAct) -> usize {
        self.effects.iter().filter(|effect| effect.act == act).count()
    }

    /// Whether it shuts anything at `now` or later.
    pub fn lasts(&self, now: Timestamp) -> bool {
        self.closure.undone_at.is_none() && self.closure.ends_at > now && !self.venues.is_empty()
    }
}

/// The closures of a community, the newest first, at most a hundred.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn list(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<ClosureView>> {
    may(actor, Action::SeeStaffPages, community)?;
    let conn = ctx.db.reader();
    let closures = storage::closure::list(conn, community, MOST_LISTED).await?;
    let mut views = Vec::with_capacity(closures.len());
    let ids: Vec<ClosureId> = closures.iter().map(|closure| closure.id).collect();
    let mut venues: HashMap<ClosureId, Vec<VenueId>> = HashMap::new();
    for (closure, venue) in storage::closure::venues(conn, community, &ids).await? {
        venues.entry(closure).or_default().push(venue);
    }
    for closure in closures {
        views.push(view(ctx, conn, community, closure, &mut venues).await?);
    }
    Ok(views)
}

/// The venues that are shut some time in a week, by start.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn shut_in(ctx: &Context, actor: &Actor, home: &Community, week: IsoWeek) -> Result<Vec<Shut>> {
    may(actor, Action::SeeStaffPages, home.id)?;
    let (from, to) = super::schedule::bounds_of(home, week);
    let mut shut = storage::closure::shut(ctx.db.reader(), home.id, from).await?;
    shut.retain(|shut| shut.from < to);
    Ok(shut)
}

/// One closure.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn find(ctx: &Context, actor: &Actor, community: CommunityId, id: ClosureId) -> Result<ClosureView> {
    may(actor, Action::SeeStaffPages, community)?;
    let conn = ctx.db.reader();
    let closure = storage::closure::find(conn, community, id).await?;
    let closure = closure.ok_or_else(|| Error::not_found("closure", id))?;
    let mut venues: HashMap<ClosureId, Vec<VenueId>> = HashMap::new();
    for (closure, venue) in storage::closure::venues(conn, community, &[id]).await? {
        venues.entry(closure).or_default().push(venue);
    }
    view(ctx, conn, community, closure, &mut venues).await
}

async fn view(
    ctx: &Context,
    conn: &impl Connection,
    community: CommunityId,
    closure: Closure,
    venues: &mut HashMap<ClosureId, Vec<VenueId>>,
) -> Result<ClosureView> {
    let left = match closure.notification {
        Some(notification) => storage::notification::has_left(conn, community, notification).await?,
        None => false,
    };
    let over = closure.ends_at <= ctx.now();
    Ok(ClosureView {
        venues: venues.remove(&closure.id).unwrap_or_default(),
        effects: storage::closure::effects(conn, community, closure.id).await?,
        may_undo: closure.undone_at.is_none() && !left && !over,
        closure,
    })
}
