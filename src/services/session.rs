//! Changing sessions: this one, this and all following, or all that are still to come; cancelling, and taking that back.
//!
//! Each is one transaction: sessions, bookings, the series and the messages to people change together or not at all. The
//! same functions answer what would happen (`dry_run`).

mod rooms;
mod seen;
mod stop;

pub(super) use stop::stop_all_in;

use std::collections::HashSet;

use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::checks::Checks;
use super::notification::{self, ChangedSession};
use super::{Context, Error, FieldError, Result, audit, community, enrolment, programme, retry, substitution};
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, FacilitatorId, SessionId, VenueId};
use crate::domain::notification::Event;
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::edit::{self, Change, Changed, Edit, EditError, KeptBecause, Scope};
use crate::domain::planning::{
    Amendment, CAPACITY, Caution, Clash, Conditions, DURATION_MINUTES, OnCaution, ReasonCode, Series, Session, Slot,
    Subject, Timetable,
};
use crate::domain::text::TITLE_CHARS;
use crate::storage::booking::Holder;
use crate::storage::{self, Connection, Txn};

pub use rooms::{Room, Rooms, rooms};
pub use seen::Target;

/// Longest words of a reason, characters.
pub const REASON_CHARS: usize = 100;

/// What a change came to, or would come to.
#[derive(Clone, Debug, Default)]
pub struct EditOutcome {
    /// Sessions that differ, before and after, in order.
    pub changed: Vec<Changed>,
    /// Sessions within the scope that stay, and why.
    pub kept: Vec<(SessionId, KeptBecause)>,
    /// What stands in the way. Only a dry run says it here; the real thing refuses with [`Error::Conflict`].
    pub clashes: Vec<Clash>,
    /// What speaks against it, and was accepted when it is real.
    pub cautions: Vec<Caution>,
    /// How many people are signed up or waiting for what is moved or cancelled, each once.
    pub people_to_tell: usize,
}

/// What somebody asks for.
#[derive(Clone, Debug)]
enum Wish {
    Change(Change),
    Cancel(ReasonCode, Option<String>),
    Restore,
}

impl Wish {
    /// Its name in the audit.
    const fn name(&self) -> &'static str {
        match self {
            Wish::Change(_) => "session.change",
            Wish::Cancel(..) => "session.cancel",
            Wish::Restore => "session.restore",
        }
    }

    /// Why, in words; may be empty.
    fn words(&self) -> &str {
        match self {
            Wish::Change(change) => change.reason.as_deref().unwrap_or_default(),
            Wish::Cancel(_, words) => words.as_deref().unwrap_or_default(),
            Wish::Restore => "",
        }
    }
}

/// Changes a session and, by `scope`, the others of its series.
///
/// # Errors
/// [`Error::Conflict`] names every clash (all or nothing); [`Error::Caution`] what speaks against it, unless the change accepts that;
/// [`Error::State`] when the session is over, counted or cancelled; [`Error::ChangedMeanwhile`] when it is not as it was seen;
/// [`Error::Invalid`]; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn edit(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    target: impl Into<Target>,
    scope: Scope,
    change: Change,
    dry_run: bool,
) -> Result<EditOutcome> {
    may(actor, Action::Plan, community)?;
    let mut checks = Checks::new();
    if let Some(minutes) = change.duration_minutes {
        checks.number("duration_minutes", minutes, &DURATION_MINUTES);
    }
    if let Some(Some(capacity)) = change.capacity {
        checks.number("capacity", capacity, &CAPACITY);
    }
    if let Some(at) = change.starts_local {
        checks.ensure(
            at.second() == 0 && at.subsec_nanosecond() == 0,
            "starts_at",
            "plan-whole-minutes",
            &at,
        );
    }
    let change = Change {
        topic: change.topic.map(|topic| checks.line("topic", &topic, TITLE_CHARS)),
        reason: change.reason.map(|words| checks.line("reason", &words, REASON_CHARS)),
        ..change
    };
    checks.finish()?;
    carry_out(
        ctx,
        actor,
        community,
        target.into(),
        scope,
        Wish::Change(change),
        dry_run,
    )
    .await
}

/// Calls a session off and, by `scope`, those that follow or all that are to come; then its series ends there.
///
/// # Errors
/// As [`edit()`], but for clashes.
#[expect(
    clippy::too_many_arguments,
    reason = "who, where, which, how far, why and whether it is real: each is one thing"
)]
pub async fn cancel(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    target: impl Into<Target>,
    scope: Scope,
    code: ReasonCode,
    words: Option<&str>,
    dry_run: bool,
) -> Result<EditOutcome> {
    may(actor, Action::Plan, community)?;
    let mut checks = Checks::new();
    let words = words.map(|words| checks.line("reason", words, REASON_CHARS));
    checks.finish()?;
    carry_out(
        ctx,
        actor,
        community,
        target.into(),
        scope,
        Wish::Cancel(code, words),
        dry_run,
    )
    .await
}

/// Takes back that a session was cancelled and, by `scope`, the others of its series; their places must still be free.
///
/// # Errors
/// As [`edit()`].
pub async fn restore(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    target: impl Into<Target>,
    scope: Scope,
    dry_run: bool,
) -> Result<EditOutcome> {
    may(actor, Action::Plan, community)?;
    carry_out(ctx, actor, community, target.into(), scope, Wish::Restore, dry_run).await
}

async fn carry_out(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    asked: Target,
    scope: Scope,
    wish: Wish,
    dry_run: bool,
) -> Result<EditOutcome> {
    let now = ctx.now();
    let home = community::find(ctx, community).await?;
    if dry_run {
        let conn = ctx.db.reader();
        let found = storage::session::find(conn, community, asked.id).await?;
        let target = found.ok_or_else(|| Error::not_found("session", asked.id))?;
        let series = storage::series::find(conn, community, target.series_id).await?;
        let series = series.ok_or_else(|| Error::not_found("series", target.series_id))?;
        let decided = decide(conn, now, &home, series, asked, scope, &wish).await?;
        let clashes = decided.clashes(conn, &home).await?;
        let cautions = decided.cautions(ctx, conn, &home).await?;
        return decided.outcome(conn, community, clashes, cautions).await;
    }
    retry::write(ctx, || {
        let (ctx, actor, home, wish) = (ctx.clone(), actor.clone(), home.clone(), wish.clone());
        async move |txn: &Txn| {
            let outcome = carry_out_in(&ctx, txn, now, &home, asked, scope, &wish).await?;
            let (by, why) = (actor.account(), wish.words());
            substitution::note_all(&ctx, txn, now, home.id, by, &outcome.changed, why).await?;
            let detail = json!({
                "scope": scope,
                "sessions": outcome.changed.len(),
                "kept": outcome.kept.len(),
                "people_to_tell": outcome.people_to_tell,
                // What was accepted on purpose.
                "cautions": outcome.cautions.len(),
            });
            audit::record(&ctx, txn, now, home.id, &actor, wish.name(), Some(asked.id.0), &detail).await?;
            Ok(outcome)
        }
    })
    .await
}

/// Changes a session inside a transaction that does more.
///
/// # Errors
/// As [`edit()`].
pub(super) async fn change_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    id: SessionId,
    scope: Scope,
    change: Change,
) -> Result<EditOutcome> {
    carry_out_in(ctx, txn, now, home, id.into(), scope, &Wish::Change(change)).await
}

async fn carry_out_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    asked: Target,
    scope: Scope,
    wish: &Wish,
) -> Result<EditOutcome> {
    let found = storage::session::find(txn, home.id, asked.id).await?;
    let target = found.ok_or_else(|| Error::not_found("session", asked.id))?;
    // Locks are taken in one order everywhere: series, venues, facilitators, sessions.
    let series = storage::series::lock(txn, home.id, target.series_id).await?;
    let series = series.ok_or_else(|| Error::not_found("series", target.series_id))?;
    let decided = decide(txn, now, home, series, asked, scope, wish).await?;
    let (venues, who) = decided.places();
    storage::booking::lock(txn, home.id, &venues, &who).await?;
    let touched: Vec<SessionId> = decided.edit.changed.iter().map(|changed| changed.before.id).collect();
    let locked = storage::session::lock(txn, home.id, &touched).await?;
    if locked.iter().any(Session::is_attended) {
        // Somebody was counted in while we looked: look again.
        return Err(Error::Storage(storage::Error::Contention));
    }
    let clashes = decided.clashes(txn, home).await?;
    if !clashes.is_empty() {
        return Err(Error::Conflict(clashes));
    }
    let cautions = decided.cautions(ctx, txn, home).await?;
    let refuses = matches!(wish, Wish::Change(change) if change.on_caution == OnCaution::Refuse);
    if refuses && !cautions.is_empty() {
        return Err(Error::Caution(cautions));
    }
    let news = decided.store(ctx, txn, now, home).await?;
    if !news.is_empty() {
        notification::session_changed(ctx, txn, now, home.id, &news).await?;
    }
    decided.outcome(txn, home.id, clashes, cautions).await
}

/// What a wish comes to, before anything is stored.
struct Decided {
    series: Series,
    edit: Edit,
    conditions: Conditions,
    /// The programme as its neighbours see it.
    subject: Option<Subject>,
}

async fn decide(
    conn: &impl Connection,
    now: Timestamp,
    home: &Community,
    series: Series,
    asked: Target,
    scope: Scope,
    wish: &Wish,
) -> Result<Decided> {
    let sessions = storage::session::of_series(conn, home.id, series.id).await?;
    let target = sessions.iter().find(|session| session.id == asked.id);
    let target = target.ok_or_else(|| Error::not_found("session", asked.id))?;
    asked.still_stands(target)?;
    let venues = programme::venues_of(conn, home.id).await?;
    let done = match wish {
        Wish::Change(change) => {
            let mut checks = Checks::new();
            if let Some(venue) = change.venue_id {
                checks.ensure(venues.contains_key(&venue), "venue_id", "plan-no-such", &venue);
            }
            if let Some(Some(facilitator)) = change.facilitator_id {
                let all = storage::community::facilitators(conn, home.id).await?;
                let known = all.iter().any(|person| person.id == facilitator);
                checks.ensure(known, "facilitator_id", "plan-no-such", &facilitator);
            }
            checks.finish()?;
            let amendments = storage::series::amendments(conn, home.id, series.id).await?;
            edit::change(&series, &amendments, &sessions, target, scope, change, now)
        }
        Wish::Cancel(code, words) => edit::cancel(&series, &sessions, target, scope, *code, words.as_deref(), now),
        Wish::Restore => edit::restore(&sessions, target, scope, now),
    };
    let edit = done.map_err(refused)?;
    let offered = storage::programme::find(conn, home.id, series.programme_id).await?;
    let partner = offered.as_ref().and_then(|programme| programme.partner_id);
    let conditions = programme::conditions(conn, home, partner, now).await?;
    Ok(Decided {
        series,
        edit,
        subject: offered.map(|offered| programme::subject_of(&offered, &conditions)),
        conditions,
    })
}

/// A change that cannot be made: the field to blame, or the state of the session.
fn refused(error: EditError) -> Error {
    let field = match error {
        EditError::Past | EditError::Attended | EditError::Cancelled | EditError::NotCancelled => {
            return Error::State { code: error.code() };
        }
        EditError::PastMidnight => "duration_minutes",
        EditError::StartsInPast => "starts_at",
    };
    Error::Invalid(vec![FieldError::new(field, error.code(), "")])
}

pub(super) fn slot_of(session: &Session) -> Slot {
    Slot {
        venue_id: session.venue_id,
        facilitator_id: session.facilitator_id,
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        capacity: session.capacity,
    }
}

impl Decided {
    /// The venues and facilitators it touches, before and after, in order.
    fn places(&self) -> (Vec<VenueId>, Vec<FacilitatorId>) {
        let both = || {
            self.edit
                .changed
                .iter()
                .flat_map(|changed| [&changed.before, &changed.after])
        };
        let mut venues: Vec<VenueId> = both().map(|session| session.venue_id).collect();
        venues.sort();
        venues.dedup();
        let mut who: Vec<FacilitatorId> = both().filter_map(|session| session.facilitator_id).collect();
        who.sort();
        who.dedup();
        (venues, who)
    }

    /// The sessions that take a place differently afterwards.
    fn rebooked(&self) -> impl Iterator<Item = &Changed> {
        self.edit.changed.iter().filter(|changed| {
            slot_of(&changed.before) != slot_of(&changed.after)
                || changed.before.is_cancelled() != changed.after.is_cancelled()
        })
    }

    /// What stands in the way of what it wants.
    async fn clashes(&self, conn: &impl Connection, home: &Community) -> Result<Vec<Clash>> {
        let wanted: Vec<&Changed> = self
            .rebooked()
            .filter(|changed| !changed.after.is_cancelled())
            .collect();
        let first = wanted.iter().map(|changed| changed.after.starts_at).min();
        let last = wanted.iter().map(|changed| changed.after.ends_at).max();
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(Vec::new());
        };
        let (venues, who) = self.places();
        let to = last.checked_add(LONGEST_BUSY_MINUTES.minutes()).unwrap_or(last);
        let mut timetable = Timetable::new(storage::booking::busy(conn, home.id, &venues, &who, first, to).await?);
        let ours: HashSet<SessionId> = self.rebooked().map(|changed| changed.before.id).collect();
        timetable.release(&ours);
        let mut clashes: Vec<Clash> = Vec::new();
        for changed in wanted {
            let session = &changed.after;
            let slot = slot_of(session);
            for clash in self.conditions.clashes(&slot, &timetable) {
                if matches!(clash, Clash::Closure { .. }) && takes_no_more(changed) {
                    continue;
                }
                if clash.wanted_at().is_some() || !clashes.contains(&clash) {
                    clashes.push(clash);
                }
            }
            timetable.add(self.conditions.busy(&slot, Some(session.id), ""));
        }
        Ok(clashes)
    }

    /// What speaks against what it wants.
    async fn cautions(&self, ctx: &Context, conn: &impl Connection, home: &Community) -> Result<Vec<Caution>> {
        let Some(subject) = &self.subject else {
            return Ok(Vec::new());
        };
        let wanted: Vec<Slot> = self
            .rebooked()
            .map(|changed| &changed.after)
            .filter(|after| !after.is_cancelled())
            .map(slot_of)
            .collect();
        let slots: Vec<&Slot> = wanted.iter().collect();
        let mut around = programme::neighbours(conn, home, subject, &slots).await?;
        around.release(&self.rebooked().map(|changed| changed.before.id).collect());
        let found = programme::cautions_of(home, subject, &slots, around, &ctx.holidays());
        Ok(found.into_iter().flatten().collect())
    }

    /// Stores everything; nothing stands in the way any more. Returns what people must be told.
    async fn store(&self, ctx: &Context, txn: &Txn, now: Timestamp, home: &Community) -> Result<Vec<ChangedSession>> {
        let mut series = self.series.clone();
        if let Some(bend) = &self.edit.amendment {
            let amendment = Amendment {
                id: ctx.new_id(now),
                series_id: series.id,
                from_local: bend.from_local,
                shift_minutes: bend.shift_minutes,
                duration_minutes: bend.duration_minutes,
                venue_id: bend.venue_id,
                facilitator_id: bend.facilitator_id,
                capacity: bend.capacity,
                no_facilitator: bend.no_facilitator,
                no_limit: bend.no_limit,
            };
            storage::series::insert_amendment(txn, home.id, &amendment, now).await?;
        }
        if let Some(end) = self.edit.ends_before_local {
            series.ends_before_local = end;
        }
        series.sequence += 1;
        storage::series::update(txn, home.id, &series, now).await?;

        let released: Vec<SessionId> = self.rebooked().map(|changed| changed.before.id).collect();
        storage::booking::release(txn, home.id, &released).await?;
        let mut bookings = Vec::new();
        for after in self.rebooked().map(|changed| &changed.after) {
            if !after.is_cancelled() {
                let holder = Holder::Session(after.id);
                bookings.push(programme::booking(
                    ctx.new_id(now),
                    holder,
                    &self.conditions,
                    &slot_of(after),
                ));
            }
        }
        storage::booking::insert_all(txn, home.id, &bookings).await?;
        for changed in &self.edit.changed {
            storage::session::update(txn, home.id, &changed.after, now).await?;
        }
        for changed in &self.edit.changed {
            if has_more_seats(changed) {
                enrolment::promote(ctx, txn, now, home.id, changed.after.id).await?;
            }
        }
        // One that was called off is owed at the end; one that is held after all is not owed any more.
        if self.series.held_limit.is_some() {
            programme::top_up(ctx, txn, now, home, self.series.id).await?;
            programme::take_back(txn, now, home, self.series.id).await?;
        }
        Ok(self.edit.changed.iter().filter_map(news_of).collect())
    }

    async fn outcome(
        self,
        conn: &impl Connection,
        community: CommunityId,
        clashes: Vec<Clash>,
        cautions: Vec<Caution>,
    ) -> Result<EditOutcome> {
        let told: Vec<SessionId> = self
            .edit
            .changed
            .iter()
            .filter(|changed| news_of(changed).is_some())
            .map(|changed| changed.before.id)
            .collect();
        let people = storage::session::people_to_tell(conn, community, &told).await?;
        Ok(EditOutcome {
            changed: self.edit.changed,
            kept: self.edit.kept,
            clashes,
            cautions,
            people_to_tell: usize::try_from(people).unwrap_or(usize::MAX),
        })
    }
}

/// Whether a session stays within the time and place that it has: where it is held although the venue is shut, that was decided.
fn takes_no_more(changed: &Changed) -> bool {
    let (before, after) = (&changed.before, &changed.after);
    !before.is_cancelled()
        && before.venue_id == after.venue_id
        && before.starts_at <= after.starts_at
        && after.ends_at <= before.ends_at
}

/// Whether somebody who waits may get a seat by a change.
fn has_more_seats(changed: &Changed) -> bool {
    let (before, after) = (&changed.before, &changed.after);
    let raised = match (before.capacity, after.capacity) {
        (Some(_), None) => true,
        (Some(before), Some(after)) => after > before,
        (None, _) => false,
    };
    after.waitlisted > 0 && !after.is_cancelled() && raised
}

/// What people must be told of a change; none when it is nothing to them.
pub(super) fn news_of(changed: &Changed) -> Option<ChangedSession> {
    let event = match (changed.before.is_cancelled(), changed.after.is_cancelled()) {
        (false, true) => Event::Cancelled,
        (true, false) => Event::Restored,
        _ if changed.is_move() => Event::Moved,
        _ => return None,
    };
    Some(ChangedSession {
        session: changed.after.id,
        event,
        starts_at: changed.after.starts_at,
        was_at: changed.before.starts_at,
    })
}
