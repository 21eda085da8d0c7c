//! Acts on a whole series: pausing and resuming it, other dates taken out or put in, another end, other topics.
//!
//! What it would do and doing it are one function; the real thing is one transaction. Whoever confirms says which sequence
//! of the series was looked at: when it has changed since, nothing is done.

use std::collections::HashSet;

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::json;

use super::draft::{horizon, refused};
use super::horizon::storable_until;
use super::{EXCLUDED_FOR_CLASH, booking, conditions, top_up};
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, FacilitatorId, SeriesId, SessionId, VenueId};
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::edit::{Changed, KeptBecause};
use crate::domain::planning::reshape::{Because, Reshaped, reshape};
use crate::domain::planning::{
    Clash, Conditions, Exclusion, HELD_LIMIT, MOST_DATES, MOST_DAYS, MOST_TOPICS, Pause, ReasonCode, Series, Session,
    SessionStatus, Slot, Timetable, Wanted, topics_used, with_coming,
};
use crate::domain::recurrence::{HolidayPolicy, Window};
use crate::domain::text::TITLE_CHARS;
use crate::services::checks::Checks;
use crate::services::notification::{self, ChangedSession};
use crate::services::session::{REASON_CHARS, news_of, slot_of};
use crate::services::{Context, Error, FieldError, Result, audit, community, holiday, retry};
use crate::storage::booking::{Holder, NewBooking};
use crate::storage::{self, Connection, Txn};

/// What somebody does to a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// No dates from a time on, until another or until it is resumed.
    Pause {
        /// The first original start it leaves out.
        from: DateTime,
        /// The first original start after it.
        until: Option<DateTime>,
        /// Why, for people.
        reason: String,
        /// Sessions moved by hand that are cancelled as well.
        include: Vec<SessionId>,
    },
    /// The pause ends here.
    Resume {
        /// The first original start that takes place again.
        from: DateTime,
    },
    /// Other dates, another end, other topics.
    Change(SeriesChange),
}

impl Act {
    /// Its name in the audit.
    const fn name(&self) -> &'static str {
        match self {
            Act::Pause { .. } => "series.pause",
            Act::Resume { .. } => "series.resume",
            Act::Change(_) => "series.change",
        }
    }
}

/// What is to be different in a series. What is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesChange {
    /// The topics still to come, in order; those of sessions that are over or counted stay.
    pub topics: Option<Vec<String>>,
    /// It ends after so many sessions; `Some(None)`: no such end.
    pub held_limit: Option<Option<i32>>,
    /// All dates taken out.
    pub excluded: Option<Vec<Exclusion>>,
    /// All extra dates.
    pub extra: Option<Vec<DateTime>>,
    /// What happens on official days off.
    pub holiday_policy: Option<HolidayPolicy>,
    /// No date at or after this time; `Some(None)`: no such end.
    pub ends_before: Option<Option<DateTime>>,
    /// Sessions moved by hand that are cancelled as well.
    pub include: Vec<SessionId>,
    /// Why, for people.
    pub reason: String,
}

/// A date that has no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPlace {
    /// Its session, when it is one that stays cancelled.
    pub session: Option<SessionId>,
    /// The start it would have.
    pub starts: Zoned,
    /// What stands in the way.
    pub clashes: Vec<Clash>,
    /// The nearest free start of the same day.
    pub nearest_free: Option<Zoned>,
}

/// What an act came to, or would come to.
#[derive(Clone, Debug, Default)]
pub struct ActOutcome {
    /// The sequence of the series that was looked at.
    pub sequence: i32,
    /// Sessions cancelled.
    pub cancelled: Vec<Changed>,
    /// Sessions moved.
    pub moved: Vec<Changed>,
    /// Cancelled sessions that take place after all.
    pub restored: Vec<Changed>,
    /// Starts of new sessions.
    pub created: Vec<Zoned>,
    /// Dates that cannot stand.
    pub missing: Vec<NoPlace>,
    /// Sessions that stay all the same, their start, and why.
    pub kept: Vec<(SessionId, Zoned, KeptBecause)>,
    /// How many people are told, each once.
    pub people_to_tell: usize,
}

/// Does `act` to a series, or says what it would do. `expected` is the sequence that was looked at.
///
/// # Errors
/// [`Error::State`] when the series has changed since, is paused already or is not paused; [`Error::Conflict`] when something
/// stands where a session would move to; [`Error::Invalid`]; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn act(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: SeriesId,
    act: Act,
    expected: Option<i32>,
    dry_run: bool,
) -> Result<ActOutcome> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let home = community::find(ctx, community).await?;
    let act = cleaned(act)?;
    if dry_run {
        let conn = ctx.db.reader();
        let series = storage::series::find(conn, community, id).await?;
        let series = series.ok_or_else(|| Error::not_found("series", id))?;
        same(&series, expected)?;
        let prepared = Prepared::of(conn, now, &home, series, &act).await?;
        return prepared.settle(conn, now, &home).await?.outcome(conn, &home).await;
    }
    retry::write(ctx, || {
        let (ctx, actor, home, act) = (ctx.clone(), actor.clone(), home.clone(), act.clone());
        async move |txn: &Txn| {
            let outcome = act_in(&ctx, txn, now, &home, id, &act, expected).await?;
            let detail = json!({
                "cancelled": outcome.cancelled.len(),
                "restored": outcome.restored.len(),
                "moved": outcome.moved.len(),
                "created": outcome.created.len(),
                "people_to_tell": outcome.people_to_tell,
            });
            audit::record(&ctx, txn, now, home.id, &actor, act.name(), Some(id.0), &detail).await?;
            Ok(outcome)
        }
    })
    .await
}

/// The same inside a transaction somebody else has opened; without a row of its own in the audit chain. The words of `act` are checked.
pub(super) async fn act_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    id: SeriesId,
    act: &Act,
    expected: Option<i32>,
) -> Result<ActOutcome> {
    // Locks are taken in one order everywhere: series, venues, facilitators, sessions.
    // Before the series: an import of a notice locks the notices first.
    holiday::for_planning(txn).await?;
    let series = storage::series::lock(txn, home.id, id).await?;
    let series = series.ok_or_else(|| Error::not_found("series", id))?;
    same(&series, expected)?;
    let prepared = Prepared::of(txn, now, home, series, act).await?;
    prepared.lock(txn, home).await?;
    let settled = prepared.settle(txn, now, home).await?;
    settled.store(ctx, txn, now, home).await?;
    settled.outcome(txn, home).await
}

fn same(series: &Series, expected: Option<i32>) -> Result<()> {
    match expected {
        Some(sequence) if sequence != series.sequence => Err(Error::State { code: "series-changed" }),
        _ => Ok(()),
    }
}

/// The act with its words checked.
fn cleaned(act: Act) -> Result<Act> {
    let mut checks = Checks::new();
    let act = match act {
        Act::Pause {
            from,
            until,
            reason,
            include,
        } => {
            let reason = checks.line("reason", &reason, REASON_CHARS);
            let order = until.is_none_or(|until| until > from);
            checks.ensure(order, "until", "series-until-before", &shown(until));
            Act::Pause {
                from,
                until,
                reason,
                include,
            }
        }
        Act::Resume { from } => Act::Resume { from },
        Act::Change(mut change) => {
            change.reason = checks.line("reason", &change.reason, REASON_CHARS);
            if let Some(topics) = &mut change.topics {
                let count = topics.len();
                checks.ensure(count <= MOST_TOPICS, "topics", "series-topics", &count);
                topics.truncate(MOST_TOPICS);
                for (i, topic) in topics.iter_mut().enumerate() {
                    *topic = checks.line(&format!("topics[{i}]"), topic, TITLE_CHARS);
                }
            }
            if let Some(Some(limit)) = change.held_limit {
                checks.number("held_limit", limit, &HELD_LIMIT);
            }
            if let Some(excluded) = &mut change.excluded {
                checks.ensure(excluded.len() <= MOST_DATES, "exdate", "plan-too-many", &excluded.len());
                for one in excluded {
                    one.reason = checks.line("exdate", &one.reason, REASON_CHARS);
                }
            }
            if let Some(extra) = &change.extra {
                checks.ensure(extra.len() <= MOST_DATES, "rdate", "plan-too-many", &extra.len());
                for at in extra {
                    let whole = at.second() == 0 && at.subsec_nanosecond() == 0;
                    checks.ensure(whole, "rdate", "plan-whole-minutes", at);
                }
            }
            Act::Change(change)
        }
    };
    checks.finish()?;
    Ok(act)
}

fn shown(at: Option<DateTime>) -> String {
    at.map(|at| at.to_string()).unwrap_or_default()
}

/// The series as it is to be; why sessions it no longer has are cancelled.
fn shaped(old: &Series, act: &Act, sessions: &[Session], now: Timestamp) -> Result<(Series, Because)> {
    let mut new = old.clone();
    let mut because = Because {
        code: ReasonCode::Paused,
        ..Because::default()
    };
    let words = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let local = now.to_zoned(old.zone.clone()).datetime();
    let today = local.date().to_datetime(jiff::civil::Time::midnight());
    let in_past = |field: &str, at: DateTime| Error::invalid(field, "series-in-past", at.to_string());
    match act {
        Act::Pause {
            from,
            until,
            reason,
            include,
        } => {
            if *from < today {
                return Err(in_past("from", *from));
            }
            let overlaps = |pause: &Pause| {
                pause.until.is_none_or(|end| end > *from) && until.is_none_or(|until| until > pause.from)
            };
            if old.pauses.iter().any(overlaps) {
                return Err(Error::State { code: "series-paused" });
            }
            new.pauses.push(Pause {
                from: *from,
                until: *until,
                reason: reason.clone(),
            });
            new.pauses.sort_by_key(|pause| pause.from);
            because.words = words(reason);
            because.include.clone_from(include);
        }
        Act::Resume { from } => {
            if *from < today {
                return Err(in_past("from", *from));
            }
            let Some(at) = old
                .pauses
                .iter()
                .position(|pause| pause.until.is_none_or(|until| until > local))
            else {
                return Err(Error::State {
                    code: "series-not-paused",
                });
            };
            let pause = &mut new.pauses[at];
            if *from < pause.from {
                return Err(Error::Invalid(vec![
                    FieldError::new("from", "series-resume-before", from.to_string()).with("pause", pause.from.date()),
                ]));
            }
            if *from == pause.from {
                new.pauses.remove(at);
            } else if pause.until.is_some_and(|until| *from >= until) {
                return Err(Error::State {
                    code: "series-not-paused",
                });
            } else {
                pause.until = Some(*from);
            }
        }
        Act::Change(change) => {
            if let Some(topics) = &change.topics {
                new.topics = with_coming(&old.topics, topics_used(sessions, now), topics.clone());
            }
            if let Some(limit) = change.held_limit {
                new.held_limit = limit;
            }
            if let Some(excluded) = &change.excluded {
                let differs = |a: &[Exclusion], b: &[Exclusion]| {
                    a.iter()
                        .map(|one| one.at)
                        .find(|at| *at < local && !b.iter().any(|other| other.at == *at))
                };
                if let Some(at) = differs(excluded, &old.excluded).or_else(|| differs(&old.excluded, excluded)) {
                    return Err(in_past("exdate", at));
                }
                new.excluded.clone_from(excluded);
            }
            if let Some(extra) = &change.extra {
                let furthest = local.saturating_add(MOST_DAYS.days());
                let moved =
                    |a: &[DateTime], b: &[DateTime]| a.iter().copied().find(|at| *at < local && !b.contains(at));
                if let Some(at) = moved(extra, &old.extra).or_else(|| moved(&old.extra, extra)) {
                    return Err(in_past("rdate", at));
                }
                if let Some(at) = extra.iter().find(|at| **at > furthest) {
                    return Err(Error::invalid("rdate", "plan-start-out-of-reach", at.to_string()));
                }
                new.extra.clone_from(extra);
            }
            if let Some(policy) = change.holiday_policy {
                new.holiday_policy = policy;
            }
            if let Some(end) = change.ends_before {
                if let Some(end) = end.filter(|end| *end < today) {
                    return Err(in_past("ends_before", end));
                }
                new.ends_before_local = end;
            }
            because.words = words(&change.reason);
            because.include.clone_from(&change.include);
        }
    }
    Ok((new, because))
}

/// What an act comes to before it is held against the places.
struct Prepared {
    old: Series,
    new: Series,
    sessions: Vec<Session>,
    reshaped: Reshaped,
    conditions: Conditions,
}

impl Prepared {
    async fn of(conn: &impl Connection, now: Timestamp, home: &Community, old: Series, act: &Act) -> Result<Self> {
        // As the database has them: another instance may have imported a notice that this one has not read yet.
        let holidays = holiday::for_planning(conn).await?;
        let sessions = storage::session::of_series(conn, home.id, old.id).await?;
        let (mut new, because) = shaped(&old, act, &sessions, now)?;
        let programme = storage::programme::find(conn, home.id, old.programme_id)
            .await?
            .ok_or_else(|| Error::not_found("programme", old.programme_id))?;
        let amendments = storage::series::amendments(conn, home.id, old.id).await?;
        let conditions = conditions(conn, home, programme.partner_id, now).await?;
        let from = now.to_zoned(home.zone.clone()).datetime();
        let mut to = new.materialised_until.unwrap_or(from).max(horizon(home, now));
        if new.rule.is_none() {
            // A date that was named is stored however far ahead it lies.
            to = new
                .extra
                .iter()
                .map(|at| at.saturating_add(1.day()))
                .fold(to, DateTime::max);
        }
        let to = to.min(from.saturating_add(MOST_DAYS.days()));
        // What a partner may not give now is left for later, not left out.
        let to = storable_until(conditions.partner.as_ref(), old.materialised_until.unwrap_or(from), to);
        let from = from.min(to);
        new.materialised_until = new.materialised_until.max(Some(to));
        let reshaped = reshape(
            &old,
            &new,
            &amendments,
            programme.capacity,
            &sessions,
            Window { from, to },
            &holidays,
            now,
            &because,
        )
        .map_err(|error| refused(&error))?;
        Ok(Self {
            old,
            new,
            sessions,
            reshaped,
            conditions,
        })
    }

    fn slots(&self) -> Vec<Slot> {
        let changed = self.reshaped.moved.iter().chain(&self.reshaped.restored);
        let after = changed.map(|changed| slot_of(&changed.after));
        after
            .chain(self.reshaped.create.iter().map(|wanted| wanted.slot.clone()))
            .collect()
    }

    fn places(&self) -> (Vec<VenueId>, Vec<FacilitatorId>) {
        let slots = self.slots();
        let gone = self.reshaped.cancelled.iter().chain(&self.reshaped.moved);
        let before: Vec<Slot> = gone.map(|changed| slot_of(&changed.before)).collect();
        let all = || slots.iter().chain(&before);
        let mut venues: Vec<VenueId> = all().map(|slot| slot.venue_id).collect();
        venues.sort();
        venues.dedup();
        let mut who: Vec<FacilitatorId> = all().filter_map(|slot| slot.facilitator_id).collect();
        who.sort();
        who.dedup();
        (venues, who)
    }

    async fn lock(&self, txn: &Txn, home: &Community) -> Result<()> {
        let (venues, who) = self.places();
        storage::booking::lock(txn, home.id, &venues, &who).await?;
        let all = &self.reshaped;
        let touched = all.cancelled.iter().chain(&all.moved).chain(&all.restored);
        let touched: Vec<SessionId> = touched.map(|changed| changed.before.id).collect();
        let locked = storage::session::lock(txn, home.id, &touched).await?;
        if locked.iter().any(Session::is_attended) {
            // Somebody was counted in while we looked: look again.
            return Err(Error::Storage(storage::Error::Contention));
        }
        Ok(())
    }

    /// Holds it against what stands: what has no place is left out and named.
    async fn settle(self, conn: &impl Connection, now: Timestamp, home: &Community) -> Result<Settled> {
        let slots = self.slots();
        let first = slots.iter().map(|slot| slot.starts_at).min();
        let last = slots.iter().map(|slot| slot.ends_at).max();
        let mut timetable = Timetable::default();
        if let (Some(first), Some(last)) = (first, last) {
            let (venues, who) = self.places();
            let day = (24 * 60 + LONGEST_BUSY_MINUTES).minutes();
            let from = first.checked_sub(day).unwrap_or(first);
            let to = last.checked_add(day).unwrap_or(last);
            timetable = Timetable::new(storage::booking::busy(conn, home.id, &venues, &who, from, to).await?);
        }
        let Reshaped {
            cancelled,
            moved,
            restored,
            create,
            kept,
        } = self.reshaped;
        let released: HashSet<SessionId> = cancelled
            .iter()
            .chain(&moved)
            .map(|changed| changed.before.id)
            .collect();
        timetable.release(&released);
        let mut refused = Vec::new();
        for changed in &moved {
            let slot = slot_of(&changed.after);
            refused.extend(self.conditions.clashes(&slot, &timetable));
            timetable.add(self.conditions.busy(&slot, Some(changed.after.id), ""));
        }
        if !refused.is_empty() {
            return Err(Error::Conflict(refused));
        }
        let mut settled = Settled {
            old: self.old,
            new: self.new,
            cancelled,
            moved,
            restored: Vec::new(),
            create: Vec::new(),
            no_place: Vec::new(),
            kept: Vec::new(),
            conditions: self.conditions,
        };
        let local = |at: Timestamp| at.to_zoned(home.zone.clone());
        for (id, why) in kept {
            if let Some(session) = self.sessions.iter().find(|session| session.id == id) {
                settled.kept.push((id, local(session.starts_at), why));
            }
        }
        let mut without = Vec::new();
        for changed in restored {
            let slot = slot_of(&changed.after);
            let clashes = settled.conditions.clashes(&slot, &timetable);
            if clashes.is_empty() {
                timetable.add(settled.conditions.busy(&slot, Some(changed.after.id), ""));
                settled.restored.push(changed);
            } else {
                without.push((Some(changed.after.id), slot, clashes));
            }
        }
        for wanted in create {
            let clashes = settled.conditions.clashes(&wanted.slot, &timetable);
            if clashes.is_empty() {
                timetable.add(settled.conditions.busy(&wanted.slot, None, ""));
                settled.create.push(wanted);
            } else {
                settled.new.excluded.push(Exclusion {
                    at: wanted.original_local,
                    reason: EXCLUDED_FOR_CLASH.to_owned(),
                });
                without.push((None, wanted.slot, clashes));
            }
        }
        for (session, slot, clashes) in without {
            settled.no_place.push(NoPlace {
                session,
                starts: local(slot.starts_at),
                nearest_free: settled.conditions.nearest_free(&slot, &timetable, now),
                clashes,
            });
        }
        Ok(settled)
    }
}

/// An act that can be stored.
struct Settled {
    old: Series,
    new: Series,
    cancelled: Vec<Changed>,
    moved: Vec<Changed>,
    restored: Vec<Changed>,
    create: Vec<Wanted>,
    no_place: Vec<NoPlace>,
    kept: Vec<(SessionId, Zoned, KeptBecause)>,
    conditions: Conditions,
}

impl Settled {
    fn changed(&self) -> impl Iterator<Item = &Changed> {
        self.cancelled.iter().chain(&self.moved).chain(&self.restored)
    }

    async fn store(&self, ctx: &Context, txn: &Txn, now: Timestamp, home: &Community) -> Result<()> {
        let mut series = self.new.clone();
        series.sequence += 1;
        storage::series::update(txn, home.id, &series, now).await?;
        let released: Vec<SessionId> = self.changed().map(|changed| changed.before.id).collect();
        storage::booking::release(txn, home.id, &released).await?;
        let mut bookings: Vec<NewBooking> = Vec::new();
        for after in self.moved.iter().chain(&self.restored).map(|changed| &changed.after) {
            let holder = Holder::Session(after.id);
            bookings.push(booking(ctx.new_id(now), holder, &self.conditions, &slot_of(after)));
        }
        let mut fresh: Vec<Session> = Vec::new();
        for wanted in &self.create {
            let session = new_session(ctx.new_id(now), &series, wanted, now);
            let holder = Holder::Session(session.id);
            bookings.push(booking(ctx.new_id(now), holder, &self.conditions, &wanted.slot));
            fresh.push(session);
        }
        storage::session::insert_all(txn, home.id, &fresh, now).await?;
        storage::booking::insert_all(txn, home.id, &bookings).await?;
        for changed in self.changed() {
            storage::session::update(txn, home.id, &changed.after, now).await?;
        }
        let news: Vec<ChangedSession> = self.changed().filter_map(news_of).collect();
        if !news.is_empty() {
            notification::session_changed(ctx, txn, now, home.id, &news).await?;
        }
        // A date that has no place is made up for when the series ends by sessions.
        if series.held_limit.is_some() {
            top_up(ctx, txn, now, home, series.id).await?;
        }
        Ok(())
    }

    async fn outcome(self, conn: &impl Connection, home: &Community) -> Result<ActOutcome> {
        let told: Vec<SessionId> = self
            .changed()
            .filter(|changed| news_of(changed).is_some())
            .map(|changed| changed.before.id)
            .collect();
        let people = storage::session::people_to_tell(conn, home.id, &told).await?;
        Ok(ActOutcome {
            sequence: self.old.sequence,
            created: self
                .create
                .iter()
                .map(|wanted| wanted.slot.starts_at.to_zoned(home.zone.clone()))
                .collect(),
            cancelled: self.cancelled,
            moved: self.moved,
            restored: self.restored,
            missing: self.no_place,
            kept: self.kept,
            people_to_tell: usize::try_from(people).unwrap_or(usize::MAX),
        })
    }
}

/// The session of a date as it is first stored.
pub(crate) fn new_session(id: SessionId, series: &Series, wanted: &Wanted, now: Timestamp) -> Session {
    Session {
        id,
        series_id: series.id,
        programme_id: series.programme_id,
        original_local: wanted.original_local,
        starts_at: wanted.slot.starts_at,
        ends_at: wanted.slot.ends_at,
        venue_id: wanted.slot.venue_id,
        facilitator_id: wanted.slot.facilitator_id,
        capacity: wanted.slot.capacity,
        status: if wanted.provisional {
            SessionStatus::Provisional
        } else {
            SessionStatus::Scheduled
        },
        reason_code: None,
        reason: None,
        topic: None,
        moved_from_at: None,
        moved_from_venue_id: None,
        overridden: false,
        sequence: 0,
        enrolled: 0,
        waitlisted: 0,
        asked: 0,
        named: 0,
        headcount: 0,
        updated_at: now,
    }
}
