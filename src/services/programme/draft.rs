//! From a wish to what it comes to: the series checked, its dates found, each held against what stands.

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan, Zoned};

use super::act::new_session;
use super::series::{LATER_SHOWN, PlanSeries, PlannedSeries, PlannedSession};
use super::{booking, cautions_of, conditions, neighbours, subject_of};
use crate::domain::calendar::HolidayCalendar;
use crate::domain::community::Community;
use crate::domain::id::{FacilitatorId, SessionId, VenueId};
use crate::domain::lang::Lang;
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::{
    CAPACITY, Caution, Clash, Conditions, DURATION_MINUTES, HELD_LIMIT, MOST_DATES, MOST_DAYS, Plan, PlanError,
    Programme, Series, Slot, Timetable, Wanted, plan,
};
use crate::domain::recurrence::{EmptyReason, Rule, RuleError, Window};
use crate::services::checks::Checks;
use crate::services::schedule::in_words;
use crate::services::{Context, Error, FieldError, Result, holiday};
use crate::storage::booking::Holder;
use crate::storage::{self, Connection, Txn};

/// How far ahead the first date of a series may lie, days.
const FURTHEST_START_DAYS: i32 = MOST_DAYS;
/// How far beyond the horizon a preview looks for a first date: a leap month can stay away for that long.
const LATER_YEARS: i64 = 40;
/// How far back the first date of a series may lie, days: what took place before the program came is written down too.
const EARLIEST_START_DAYS: i32 = 4000;

/// A series that was checked, and what it wants.
pub(super) struct Draft {
    pub(super) programme: Programme,
    pub(super) series: Series,
    pub(super) plan: Plan,
    pub(super) conditions: Conditions,
    /// See [`PlannedSeries::later`].
    pub(super) later: Vec<Zoned>,
}

/// A draft against what stands.
pub(super) struct Checked {
    pub(super) draft: Draft,
    pub(super) stored: bool,
    pub(super) free: Vec<(Wanted, SessionId)>,
    /// What speaks against each of them; empty while nobody has looked.
    pub(super) cautions: Vec<Vec<Caution>>,
    pub(super) clashing: Vec<(Wanted, Vec<Clash>)>,
    /// The nearest free slot for each of them; empty while nobody has looked.
    pub(super) offers: Vec<Option<Slot>>,
}

/// Checks a wish and finds its dates.
pub(super) async fn draft(
    ctx: &Context,
    conn: &impl Connection,
    now: Timestamp,
    home: &Community,
    wish: &PlanSeries,
    programme: Option<Programme>,
) -> Result<Draft> {
    let mut checks = Checks::new();
    checks.ensure(
        programme.as_ref().is_some_and(|programme| !programme.archived),
        "programme_id",
        "plan-no-such",
        &wish.programme_id,
    );
    let venues = storage::community::venues(conn, home.id).await?;
    let known = venues.iter().any(|venue| venue.id == wish.venue_id);
    checks.ensure(known, "venue_id", "plan-no-such", &wish.venue_id);
    if let Some(facilitator) = wish.facilitator_id {
        let all = storage::community::facilitators(conn, home.id).await?;
        let known = all.iter().any(|person| person.id == facilitator);
        checks.ensure(known, "facilitator_id", "plan-no-such", &facilitator);
    }
    checks.number("duration_minutes", wish.duration_minutes, &DURATION_MINUTES);
    if let Some(capacity) = wish.capacity {
        checks.number("capacity", capacity, &CAPACITY);
    }
    if let Some(limit) = wish.held_limit {
        checks.number("held_limit", limit, &HELD_LIMIT);
    }
    let rule = wish.rule.as_deref().map(str::trim).filter(|rule| !rule.is_empty());
    let rule: Option<Rule> = rule.and_then(|text| match text.parse() {
        Ok(rule) => Some(rule),
        Err(error) => {
            let error: RuleError = error;
            checks.add(
                FieldError::new("rule", "plan-rule", text)
                    .with("zh", error.words(Lang::Zh))
                    .with("en", error.words(Lang::En)),
            );
            None
        }
    });
    for (field, count) in [("rdate", wish.extra.len()), ("exdate", wish.excluded.len())] {
        checks.ensure(count <= MOST_DATES, field, "plan-too-many", &count);
    }
    let today = now.to_zoned(home.zone.clone()).datetime();
    let earliest = today.saturating_sub(EARLIEST_START_DAYS.days());
    let latest = today.saturating_add(FURTHEST_START_DAYS.days());
    for (field, at) in std::iter::once(("dtstart", wish.starts_local)).chain(wish.extra.iter().map(|at| ("rdate", *at)))
    {
        checks.ensure(earliest <= at && at <= latest, field, "plan-start-out-of-reach", &at);
        checks.ensure(
            at.second() == 0 && at.subsec_nanosecond() == 0,
            field,
            "plan-whole-minutes",
            &at,
        );
    }
    checks.finish()?;
    // The checks above say when there is none.
    let programme = programme.ok_or_else(|| Error::not_found("programme", wish.programme_id))?;

    let series = Series {
        id: ctx.new_id(now),
        programme_id: programme.id,
        venue_id: wish.venue_id,
        facilitator_id: wish.facilitator_id,
        starts_local: wish.starts_local,
        zone: home.zone.clone(),
        duration_minutes: wish.duration_minutes,
        rule,
        extra: wish.extra.clone(),
        excluded: wish.excluded.clone(),
        holiday_policy: wish.holiday_policy,
        capacity: wish.capacity,
        ends_before_local: wish.ends_before,
        materialised_until: None,
        pauses: Vec::new(),
        topics: Vec::new(),
        held_limit: wish.held_limit,
        sequence: 0,
    };
    // As the database has them: another instance may have imported a notice that this one has not read yet.
    let holidays = holiday::for_planning(conn).await?;
    let horizon = horizon(home, now);
    let first = wish.extra.iter().copied().fold(wish.starts_local, DateTime::min);
    let last = wish.extra.iter().copied().fold(wish.starts_local, DateTime::max);
    // A date that was named is stored however far ahead it lies.
    let until = if series.rule.is_none() {
        horizon.max(last.saturating_add(1.day()))
    } else if wish.whole {
        horizon.max(first.saturating_add(MOST_DAYS.days()))
    } else {
        horizon
    };
    let plan = plan_from(&series, &programme, first, until, &holidays, now)?;
    if plan.create.is_empty()
        && let Some(why) = plan.why_empty
        && !matches!(
            why,
            EmptyReason::NotStarted | EmptyReason::NothingInWindow | EmptyReason::WindowEmpty
        )
    {
        return Err(Error::Invalid(vec![
            FieldError::new("rule", "plan-no-dates", wish.rule.clone().unwrap_or_default())
                .with("zh", why.words(Lang::Zh))
                .with("en", why.words(Lang::En)),
        ]));
    }
    let conditions = conditions(conn, home, programme.partner_id, now).await?;
    let later = later(&series, until, plan.create.len(), &holidays);
    Ok(Draft {
        later,
        series: Series {
            materialised_until: Some(until),
            ..series
        },
        plan,
        conditions,
        programme,
    })
}

/// The first midnight after the planning horizon of a community.
pub(super) fn horizon(home: &Community, now: Timestamp) -> DateTime {
    let today = now.to_zoned(home.zone.clone()).date();
    let last = today.saturating_add((i64::from(home.horizon_weeks.clamp(1, 52)) * 7).days());
    last.to_datetime(jiff::civil::Time::midnight())
}

/// The first dates of a series beyond `until`, where fewer than are shown at least lie before it. A yearly rule may have none within the
/// horizon at all; whoever types it still wants to see when it comes.
fn later(series: &Series, until: DateTime, found: usize, holidays: &HolidayCalendar) -> Vec<Zoned> {
    let window = Window {
        from: until,
        to: until.saturating_add(LATER_YEARS.years()),
    };
    let owed = series.held_limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(0).saturating_sub(found)
    });
    let wanted = LATER_SHOWN.saturating_sub(found).min(owed);
    if series.rule.is_none() || wanted == 0 {
        return Vec::new();
    }
    let expansion = series.recurrence().occurrences(window, wanted, holidays);
    expansion.map_or_else(
        // The plan has said what is wrong with the rule.
        |_| Vec::new(),
        |expansion| expansion.occurrences.into_iter().map(|date| date.starts).collect(),
    )
}

/// The plan of a new series from its first date on, in steps no longer than may be planned at once.
fn plan_from(
    series: &Series,
    programme: &Programme,
    first: DateTime,
    until: DateTime,
    holidays: &HolidayCalendar,
    now: Timestamp,
) -> Result<Plan> {
    let mut whole = Plan::default();
    let mut series = series.clone();
    let mut from = first;
    loop {
        let to = from.saturating_add(MOST_DAYS.days()).min(until);
        let window = Window { from, to };
        let part =
            plan(&series, &[], programme.capacity, &[], window, holidays, now).map_err(|error| refused(&error))?;
        // What an earlier step wants uses up an end by sessions.
        let step = i32::try_from(part.create.len()).unwrap_or(i32::MAX);
        series.held_limit = series.held_limit.map(|limit| limit.saturating_sub(step).max(0));
        whole.create.extend(part.create);
        whole.skipped.extend(part.skipped);
        whole.why_empty = part.why_empty;
        if whole.create.len() > MOST_DATES {
            return Err(refused(&PlanError::TooManyDates { from: first }));
        }
        if to >= until {
            break;
        }
        from = to;
    }
    if !whole.create.is_empty() {
        whole.why_empty = None;
    }
    Ok(whole)
}

/// A plan that cannot be made, as the field that is to blame.
pub(super) fn refused(error: &PlanError) -> Error {
    let error = match error {
        PlanError::Rule(rule) => FieldError::new("rule", "plan-rule", "")
            .with("zh", rule.words(Lang::Zh))
            .with("en", rule.words(Lang::En)),
        PlanError::TooManyDates { .. } => FieldError::new("rule", "plan-too-many-dates", "").with("max", MOST_DATES),
        PlanError::PastMidnight { starts_local } => {
            FieldError::new("duration_minutes", "plan-past-midnight", starts_local.to_string())
        }
        PlanError::WindowTooLong => FieldError::new("rule", "plan-window", "").with("max", MOST_DAYS),
    };
    Error::Invalid(vec![error])
}

impl Draft {
    /// What is taken around the dates it wants.
    pub(super) async fn timetable(&self, conn: &impl Connection, home: &Community) -> Result<Timetable> {
        let wanted = &self.plan.create;
        let first = wanted.iter().map(|wanted| wanted.slot.starts_at).min();
        let last = wanted.iter().map(|wanted| wanted.slot.ends_at).max();
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(Timetable::default());
        };
        let to = last
            .checked_add(LONGEST_BUSY_MINUTES.minutes())
            .unwrap_or(Timestamp::MAX);
        let who: Vec<FacilitatorId> = self.series.facilitator_id.into_iter().collect();
        let spans = storage::booking::busy(conn, home.id, &[self.series.venue_id], &who, first, to).await?;
        Ok(Timetable::new(spans))
    }

    /// Sorts its dates into those that can stand and those that cannot. Earlier dates of the series stand in the way of later ones.
    pub(super) fn against(self, mut timetable: Timetable) -> Checked {
        let mut free = Vec::new();
        let mut clashing = Vec::new();
        for wanted in &self.plan.create {
            let clashes = self.conditions.clashes(&wanted.slot, &timetable);
            if clashes.is_empty() {
                timetable.add(self.conditions.busy(&wanted.slot, None, &self.programme.title));
                free.push(wanted.clone());
            } else {
                clashing.push((wanted.clone(), clashes));
            }
        }
        let nobody = SessionId(uuid::Uuid::nil());
        Checked {
            free: free.into_iter().map(|wanted| (wanted, nobody)).collect(),
            cautions: Vec::new(),
            clashing,
            offers: Vec::new(),
            stored: false,
            draft: self,
        }
    }
}

impl Checked {
    /// Everything that stands in the way, each once.
    pub(super) fn clashes(&self) -> Vec<Clash> {
        let mut all: Vec<Clash> = Vec::new();
        for clash in self.clashing.iter().flat_map(|(_, clashes)| clashes) {
            // Only what holds for every date can repeat.
            if clash.wanted_at().is_some() || !all.contains(clash) {
                all.push(clash.clone());
            }
        }
        all
    }

    /// Looks for the nearest free slot of each date at which something stands, in all venues and some days around.
    pub(super) async fn find_offers(&mut self, conn: &impl Connection, home: &Community, now: Timestamp) -> Result<()> {
        let first = self.clashing.iter().map(|(wanted, _)| wanted.slot.starts_at).min();
        let last = self.clashing.iter().map(|(wanted, _)| wanted.slot.ends_at).max();
        let (Some(first), Some(last)) = (first, last) else {
            return Ok(());
        };
        let margin = (7 * 24 * 60 + LONGEST_BUSY_MINUTES).minutes();
        let from = first.checked_sub(margin).unwrap_or(Timestamp::MIN);
        let to = last.checked_add(margin).unwrap_or(Timestamp::MAX);
        let conditions = &self.draft.conditions;
        let venues: Vec<VenueId> = conditions.venues.keys().copied().collect();
        let who: Vec<FacilitatorId> = self.draft.series.facilitator_id.into_iter().collect();
        let spans = storage::booking::busy(conn, home.id, &venues, &who, from, to).await?;
        let mut timetable = Timetable::new(spans);
        for (wanted, _) in &self.free {
            timetable.add(conditions.busy(&wanted.slot, None, ""));
        }
        let nearest = |(wanted, _): &(Wanted, Vec<Clash>)| conditions.nearest(&wanted.slot, &timetable, now);
        self.offers = self.clashing.iter().map(nearest).collect();
        Ok(())
    }

    /// Looks at what speaks against the dates that can stand.
    pub(super) async fn look(
        &mut self,
        conn: &impl Connection,
        home: &Community,
        holidays: &HolidayCalendar,
    ) -> Result<()> {
        let subject = subject_of(&self.draft.programme, &self.draft.conditions);
        let slots: Vec<&Slot> = self.free.iter().map(|(wanted, _)| &wanted.slot).collect();
        let around = neighbours(conn, home, &subject, &slots).await?;
        self.cautions = cautions_of(home, &subject, &slots, around, holidays);
        Ok(())
    }

    /// Stores the sessions and their bookings; the series stands already.
    pub(super) async fn store(&mut self, ctx: &Context, txn: &Txn, now: Timestamp, home: &Community) -> Result<()> {
        let mut sessions = Vec::with_capacity(self.free.len());
        let mut bookings = Vec::with_capacity(self.free.len());
        for (wanted, id) in &mut self.free {
            *id = ctx.new_id(now);
            sessions.push(new_session(*id, &self.draft.series, wanted, now));
            let holder = Holder::Session(*id);
            bookings.push(booking(ctx.new_id(now), holder, &self.draft.conditions, &wanted.slot));
        }
        storage::session::insert_all(txn, home.id, &sessions, now).await?;
        storage::booking::insert_all(txn, home.id, &bookings).await?;
        self.stored = true;
        Ok(())
    }

    pub(super) fn shown(self, home: &Community) -> PlannedSeries {
        let clashes = self.clashes();
        let local = |at: Timestamp| at.to_zoned(home.zone.clone());
        let session =
            |wanted: Wanted, id: Option<SessionId>, clashes: Vec<Clash>, nearest: Option<Slot>| PlannedSession {
                cautions: Vec::new(),
                session_id: id,
                original_local: wanted.original_local,
                starts: local(wanted.slot.starts_at),
                ends: local(wanted.slot.ends_at),
                provisional: wanted.provisional,
                clashes,
                nearest_venue_id: nearest
                    .as_ref()
                    .map(|slot| slot.venue_id)
                    .filter(|venue| *venue != wanted.slot.venue_id),
                nearest_free: nearest.map(|slot| local(slot.starts_at)),
            };
        let stored = self.stored;
        PlannedSeries {
            series_id: stored.then_some(self.draft.series.id),
            summary_zh: in_words(&self.draft.series, Lang::Zh),
            summary_en: in_words(&self.draft.series, Lang::En),
            sessions: self
                .free
                .into_iter()
                .zip(self.cautions.into_iter().chain(std::iter::repeat_with(Vec::new)))
                .map(|((wanted, id), cautions)| PlannedSession {
                    cautions,
                    ..session(wanted, stored.then_some(id), Vec::new(), None)
                })
                .collect(),
            missing: self
                .clashing
                .into_iter()
                .zip(self.offers.into_iter().chain(std::iter::repeat(None)))
                .map(|((wanted, clashes), nearest)| session(wanted, None, clashes, nearest))
                .collect(),
            clashes,
            later: self.draft.later,
            skipped: self.draft.plan.skipped,
            why_empty: self.draft.plan.why_empty,
        }
    }
}
