//! Doing what was decided: the closure, the sessions, the messages, in one transaction.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::review::{Scene, hit_by};
use super::{Checked, HOLD, NewClosure, check};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, FacilitatorId, SeriesId, SessionId, VenueId};
use crate::domain::planning::closure::{ClosureAct, Decision};
use crate::domain::planning::edit::{self, Change, Changed, Scope};
use crate::domain::planning::{Clash, ReasonCode, Series, Session, SessionStatus};
use crate::services::notification::{self, ChangedSession};
use crate::services::session::{news_of, slot_of};
use crate::services::{Context, Error, Result, audit, programme, retry};
use crate::storage::booking::Holder;
use crate::storage::closure::Effect;
use crate::storage::{self, Txn};

/// How a session stood before a closure, as far as it can be put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Before {
    pub(super) starts_at: Timestamp,
    pub(super) ends_at: Timestamp,
    pub(super) venue_id: VenueId,
    pub(super) status: SessionStatus,
    pub(super) reason_code: Option<ReasonCode>,
    pub(super) reason: Option<String>,
    pub(super) moved_from_at: Option<Timestamp>,
    pub(super) moved_from_venue_id: Option<VenueId>,
    pub(super) overridden: bool,
}

impl Before {
    fn of(session: &Session) -> Self {
        Self {
            starts_at: session.starts_at,
            ends_at: session.ends_at,
            venue_id: session.venue_id,
            status: session.status,
            reason_code: session.reason_code,
            reason: session.reason.clone(),
            moved_from_at: session.moved_from_at,
            moved_from_venue_id: session.moved_from_venue_id,
            overridden: session.overridden,
        }
    }
}

/// What a closure came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Sessions called off.
    pub cancelled: usize,
    /// Sessions that moved.
    pub moved: usize,
    /// Sessions held all the same.
    pub kept: usize,
    /// People who will be told, each once.
    pub people: usize,
    /// Whether it had been made before: nothing was changed this time.
    pub again: bool,
}

/// Makes the closure and does with every session it hits what was decided.
///
/// # Errors
/// [`Error::State`] (`closure-undecided`) when a session is hit that nobody decided about, as when one was planned meanwhile;
/// [`Error::Conflict`] when the place a session was to move to is taken; [`Error::Invalid`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn carry_out(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    new: &NewClosure,
    decisions: Vec<Decision>,
) -> Result<Done> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let home = check(ctx, ctx.db.reader(), community, actor, new, now).await?.home;
    // What lies beyond the horizon is hit, too, and nobody is to find a date missing later that nobody decided about.
    programme::extend_to(ctx, &home, new.ends_local).await?;
    let done = retry::write(ctx, || {
        let (ctx, actor, new, decisions) = (ctx.clone(), actor.clone(), new.clone(), decisions.clone());
        async move |txn: &Txn| {
            if storage::closure::find(txn, community, new.id).await?.is_some() {
                return Ok(Done {
                    again: true,
                    ..Done::default()
                });
            }
            let checked = check(&ctx, txn, community, &actor, &new, now).await?;
            let done = store(&ctx, txn, now, checked, &decisions).await?;
            let detail = json!({
                "kind": new.kind,
                "cancelled": done.cancelled,
                "moved": done.moved,
                "kept": done.kept,
                "people_to_tell": done.people,
            });
            audit::record(
                &ctx,
                txn,
                now,
                community,
                &actor,
                "closure.make",
                Some(new.id.0),
                &detail,
            )
            .await?;
            Ok(done)
        }
    })
    .await;
    match done {
        // The same form, sent twice at once: the other one was first.
        Err(Error::Storage(storage::Error::Duplicate(_)))
            if storage::closure::find(ctx.db.reader(), community, new.id)
                .await?
                .is_some() =>
        {
            Ok(Done {
                again: true,
                ..Done::default()
            })
        }
        other => other,
    }
}

/// What was decided about each session that is hit.
fn decided(hit: &[Session], decisions: &[Decision]) -> Result<HashMap<SessionId, Decision>> {
    let by_session: HashMap<SessionId, Decision> = decisions.iter().map(|one| (one.session, one.clone())).collect();
    if hit.iter().any(|session| !by_session.contains_key(&session.id)) {
        return Err(Error::State {
            code: "closure-undecided",
        });
    }
    for one in by_session.values() {
        if (one.act == ClosureAct::Move) != one.to.is_some() {
            return Err(Error::invalid("decisions", "closure-where-to", one.session.to_string()));
        }
    }
    Ok(by_session)
}

async fn store(ctx: &Context, txn: &Txn, now: Timestamp, mut checked: Checked, decisions: &[Decision]) -> Result<Done> {
    let home = checked.home.clone();
    let hit = hit_by(txn, &checked, now).await?;
    let decisions = decided(&hit, decisions)?;
    // Locks are taken in one order everywhere: series, venues, facilitators, sessions.
    let mut ids: Vec<SeriesId> = hit.iter().map(|session| session.series_id).collect();
    ids.sort();
    ids.dedup();
    let mut series: HashMap<SeriesId, Series> = HashMap::new();
    for id in ids {
        if let Some(locked) = storage::series::lock(txn, home.id, id).await? {
            series.insert(id, locked);
        }
    }
    let moves = decisions.values().filter_map(|one| one.to.map(|(venue, _)| venue));
    let mut venues: Vec<VenueId> = checked.shuts.iter().copied().chain(moves).collect();
    venues.extend(hit.iter().map(|session| session.venue_id));
    venues.sort();
    venues.dedup();
    let mut who: Vec<FacilitatorId> = hit.iter().filter_map(|session| session.facilitator_id).collect();
    who.sort();
    who.dedup();
    storage::booking::lock(txn, home.id, &venues, &who).await?;
    let touched: Vec<SessionId> = hit.iter().map(|session| session.id).collect();
    storage::session::lock(txn, home.id, &touched).await?;
    // Somebody may have planned, moved or counted while we waited: what is hit is looked for again.
    let hit = hit_by(txn, &checked, now).await?;
    if hit
        .iter()
        .any(|session| !series.contains_key(&session.series_id) || !touched.contains(&session.id))
    {
        return Err(Error::Storage(storage::Error::Contention));
    }
    let mut changed = Vec::new();
    let mut effects = Vec::new();
    for session in &hit {
        let (Some(decision), Some(of)) = (decisions.get(&session.id), series.get(&session.series_id)) else {
            return Err(Error::Storage(storage::Error::Contention));
        };
        let one = change(of, session, decision, &checked, now)?;
        effects.push((
            ctx.new_id(now),
            Effect {
                session: session.id,
                act: decision.act,
                before: serde_json::to_string(&Before::of(session))
                    .map_err(|error| Error::Internal(error.to_string()))?,
                sequence: one.as_ref().map_or(session.sequence, |one| one.after.sequence),
            },
        ));
        changed.extend(one);
    }
    let bookings = book(ctx, txn, now, &checked, &hit, &changed).await?;
    let released: Vec<SessionId> = changed.iter().map(|one| one.before.id).collect();
    storage::booking::release(txn, home.id, &released).await?;
    for one in &changed {
        storage::session::update(txn, home.id, &one.after, now).await?;
    }
    let news: Vec<ChangedSession> = changed.iter().filter_map(news_of).collect();
    let told = notification::session_changed_later(ctx, txn, now, home.id, &news, HOLD).await?;
    checked.closure.notification = told.map(|(id, _)| id);
    let spans: Vec<(uuid::Uuid, VenueId)> = checked.shuts.iter().map(|venue| (ctx.new_id(now), *venue)).collect();
    storage::closure::insert(txn, home.id, &checked.closure, &spans).await?;
    storage::closure::insert_effects(txn, home.id, checked.closure.id, &effects).await?;
    // After the closure stands, so that the database holds the moves against it.
    storage::booking::insert_all(txn, home.id, &bookings).await?;
    bump(ctx, txn, now, &checked, series, &changed).await?;
    let count = |act| effects.iter().filter(|(_, effect)| effect.act == act).count();
    Ok(Done {
        cancelled: count(ClosureAct::Cancel),
        moved: count(ClosureAct::Move),
        kept: count(ClosureAct::Keep),
        people: told.map_or(0, |(_, people)| people),
        again: false,
    })
}

/// A session before and after what was decided; none when it stays.
fn change(
    series: &Series,
    session: &Session,
    decision: &Decision,
    checked: &Checked,
    now: Timestamp,
) -> Result<Option<Changed>> {
    let only = std::slice::from_ref(session);
    let closure = &checked.closure;
    let edit = match (decision.act, decision.to) {
        (ClosureAct::Keep, _) => return Ok(None),
        (ClosureAct::Move, Some((venue, at))) => {
            let change = Change {
                starts_local: (at != session.starts_at).then(|| series.zone.to_datetime(at)),
                venue_id: Some(venue),
                reason_code: Some(closure.reason_code),
                reason: Some(closure.reason.clone()).filter(|words| !words.is_empty()),
                ..Change::default()
            };
            edit::change(series, &[], only, session, Scope::This, &change, now)
        }
        (ClosureAct::Cancel | ClosureAct::Move, _) => {
            let words = Some(closure.reason.as_str()).filter(|words| !words.is_empty());
            edit::cancel(series, only, session, Scope::This, closure.reason_code, words, now)
        }
    };
    let edit = edit.map_err(|error| Error::State { code: error.code() })?;
    match edit.changed.into_iter().next() {
        Some(one) => Ok(Some(one)),
        // "Moved" to where it stands, which is shut.
        None => Err(Error::invalid("decisions", "closure-where-to", session.id.to_string())),
    }
}

/// The bookings of what moves, each held against the place as it will be.
async fn book(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    checked: &Checked,
    hit: &[Session],
    changed: &[Changed],
) -> Result<Vec<storage::booking::NewBooking>> {
    let moved: Vec<&Session> = changed
        .iter()
        .map(|one| &one.after)
        .filter(|after| !after.is_cancelled())
        .collect();
    let scene = Scene::load(txn, checked, hit, now).await?;
    let around: Vec<Session> = hit
        .iter()
        .cloned()
        .chain(moved.iter().map(|one| (*one).clone()))
        .collect();
    let mut timetable = scene.timetable_around(txn, checked, &around).await?;
    let leaving: HashSet<SessionId> = changed.iter().map(|one| one.before.id).collect();
    timetable.release(&leaving);
    let mut clashes: Vec<Clash> = Vec::new();
    let mut bookings = Vec::with_capacity(moved.len());
    for session in moved {
        let conditions = scene.conditions(session);
        let slot = slot_of(session);
        clashes.extend(conditions.clashes(&slot, &timetable));
        timetable.add(conditions.busy(&slot, Some(session.id), ""));
        let holder = Holder::Session(session.id);
        bookings.push(programme::booking(ctx.new_id(now), holder, &conditions, &slot));
    }
    if clashes.is_empty() {
        Ok(bookings)
    } else {
        Err(Error::Conflict(clashes))
    }
}

/// Raises the sequence of each series that changed; those that end by sessions are owed what was called off.
async fn bump(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    checked: &Checked,
    series: HashMap<SeriesId, Series>,
    changed: &[Changed],
) -> Result<()> {
    let touched: HashSet<SeriesId> = changed.iter().map(|one| one.after.series_id).collect();
    let mut all: Vec<Series> = series.into_values().filter(|one| touched.contains(&one.id)).collect();
    all.sort_by_key(|one| one.id);
    for mut one in all {
        one.sequence += 1;
        storage::series::update(txn, checked.home.id, &one, now).await?;
        if one.held_limit.is_some() {
            programme::top_up(ctx, txn, now, &checked.home, one.id).await?;
        }
    }
    Ok(())
}
