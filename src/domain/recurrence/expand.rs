//! From a recurrence to the occurrences in a window.

use std::ops::ControlFlow;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::clock::{LocalClock, date_of, day_of, seconds, seconds_rounded_up};
use super::days::{Day, LAST_DAY};
use super::rule::{End, Rule, Until};
use super::times::DAY_SECONDS;
use super::walk::{Finish, Seconds, Walk};
use super::{EmptyReason, Expansion, HolidayPolicy, Occurrence, Recurrence, RuleError, Window};
use crate::domain::calendar::{DayKind, HolidayCalendar, resolve};

/// The most occurrences one expansion gives, whatever limit is asked for.
pub const MOST_OCCURRENCES: usize = 100_000;

/// How far the holiday policy may move an occurrence, in days; official holidays last nine or ten.
const MOST_DAYS_MOVED: i64 = 31;

/// Room made for occurrences at the beginning: about a year of a weekly series.
const FIRST_ROOM: usize = 64;

/// How many dropped dates are listed at least, however small the limit.
const SKIPPED_LISTED: usize = 1000;

impl Recurrence {
    /// The occurrences that begin inside the window, at most `limit` (and [`MOST_OCCURRENCES`]) of them.
    ///
    /// The cost depends on what the window shows, not on how far it lies from the start.
    ///
    /// # Errors
    /// A [`RuleError`] for a rule that can be written but not expanded. Every rule that parses today can be.
    pub fn occurrences(
        &self,
        window: Window,
        limit: usize,
        holidays: &HolidayCalendar,
    ) -> Result<Expansion, RuleError> {
        if window.from >= window.to {
            return Ok(Expansion::empty_because(EmptyReason::WindowEmpty));
        }
        if limit == 0 {
            return Ok(Expansion {
                truncated: true,
                ..Expansion::empty_because(EmptyReason::LimitZero)
            });
        }
        let start = seconds(self.start);
        let bounds = Bounds::new(self, window);
        let mut gathering = Gathering::new(self, window, limit.min(MOST_OCCURRENCES), holidays, &bounds);
        let finish = match &self.rule {
            Some(rule) => {
                let to = bounds.to.min(bounds.until_end);
                Walk::new(rule, start).between(bounds.from, to, |at| gathering.rule_yields(at))
            }
            None => {
                if (bounds.from..bounds.to).contains(&start) && gathering.rule_yields(start).is_break() {
                    Finish::Stopped
                } else {
                    Finish::Complete
                }
            }
        };
        if matches!(finish, Finish::Complete | Finish::CountedOut) {
            // Nothing of the rule is left; what is left of the extra dates follows.
            let _ = gathering.extras_before(Seconds::MAX);
        }
        let hit_excluded = gathering.hit_excluded;
        let mut expansion = gathering.finish();
        expansion.truncated |= finish == Finish::Exhausted;
        if expansion.occurrences.is_empty() {
            let dropped = !expansion.skipped.is_empty();
            expansion.why_empty = Some(match () {
                () if finish == Finish::Exhausted => EmptyReason::GaveUp,
                () if dropped => EmptyReason::AllOnHolidays,
                () if hit_excluded => EmptyReason::AllExcluded,
                () => self.why_empty(&bounds, finish, start),
            });
        }
        Ok(expansion)
    }

    fn why_empty(&self, bounds: &Bounds, finish: Finish, start: Seconds) -> EmptyReason {
        if bounds.until_end <= start {
            return EmptyReason::UntilBeforeStart;
        }
        if let Some(rule) = &self.rule {
            let mut yields = false;
            let search = Walk::new(rule, start).between(start, Seconds::MAX, |_| {
                yields = true;
                ControlFlow::Break(())
            });
            if !yields {
                return if search == Finish::Exhausted {
                    EmptyReason::GaveUp
                } else {
                    EmptyReason::NeverYields
                };
            }
        }
        let single_is_over = self.rule.is_none() && start < bounds.from;
        if bounds.to <= start {
            EmptyReason::NotStarted
        } else if finish == Finish::CountedOut || bounds.until_end <= bounds.from || single_is_over {
            EmptyReason::Ended
        } else {
            EmptyReason::NothingInWindow
        }
    }
}

impl Expansion {
    fn empty_because(reason: EmptyReason) -> Self {
        Self {
            why_empty: Some(reason),
            ..Self::default()
        }
    }
}

/// Between which original local times a walk has to look.
struct Bounds {
    /// Earlier than the window by as much as a clock change or the holiday policy can move an occurrence later.
    from: Seconds,
    /// Later than the window by as much as the holiday policy can move an occurrence earlier.
    to: Seconds,
    /// The first moment UNTIL leaves out.
    until_end: Seconds,
    /// UNTIL as an instant, where it is one: then moments near `until_end` are compared as instants.
    until_instant: Option<Timestamp>,
}

impl Bounds {
    fn new(recurrence: &Recurrence, window: Window) -> Self {
        let (before, after) = match recurrence.holiday_policy {
            // The widest gap a clock change has made is the whole day Samoa left out.
            HolidayPolicy::Hold | HolidayPolicy::Skip => (1, 0),
            HolidayPolicy::NextWorkday => (1 + MOST_DAYS_MOVED, 0),
            HolidayPolicy::PreviousWorkday => (1, MOST_DAYS_MOVED),
        };
        let mut until_instant = None;
        let until_end = match recurrence.rule.as_ref().map(Rule::end) {
            Some(End::Until(Until::Date(date))) => (day_of(date) + 1) * DAY_SECONDS,
            Some(End::Until(Until::Local(at))) => seconds(at) + 1,
            Some(End::Until(Until::Utc(at))) => {
                let instant = resolve(at, &TimeZone::UTC).timestamp();
                until_instant = Some(instant);
                // A day later, so that no moment is lost to a clock change; the instants decide.
                seconds(recurrence.zone.to_datetime(instant)) + DAY_SECONDS
            }
            _ => Seconds::MAX,
        };
        Self {
            from: seconds(window.from) - before * DAY_SECONDS,
            to: (seconds(window.to) + after * DAY_SECONDS).min((LAST_DAY + 1) * DAY_SECONDS),
            until_end,
            until_instant,
        }
    }
}

/// Collects occurrences while a rule is walked.
struct Gathering<'a> {
    recurrence: &'a Recurrence,
    window: Window,
    limit: usize,
    holidays: &'a HolidayCalendar,
    bounds: &'a Bounds,
    /// Extra dates within the bounds, sorted, each once; those from `next_extra` on are still to come.
    extras: Vec<Seconds>,
    next_extra: usize,
    /// Excluded dates, sorted; those from `next_excluded` on are still to come.
    excluded: Vec<Seconds>,
    next_excluded: usize,
    hit_excluded: bool,
    /// The window in whole seconds.
    inside_from: Seconds,
    inside_to: Seconds,
    clock: LocalClock,
    last_begins: Seconds,
    /// Once one more than the limit is found: after this original time nothing can come before what is there.
    enough_after: Seconds,
    /// From then on, what begins later than this is not among the first.
    latest_wanted: Seconds,
    /// The day asked about last, and by how many days the holiday policy moves what falls on it.
    asked: (Day, Option<i64>),
    in_order: bool,
    occurrences: Vec<Occurrence>,
    skipped: Vec<(DateTime, String)>,
}

impl<'a> Gathering<'a> {
    fn new(
        recurrence: &'a Recurrence,
        window: Window,
        limit: usize,
        holidays: &'a HolidayCalendar,
        bounds: &'a Bounds,
    ) -> Self {
        let sorted = |dates: &[DateTime]| {
            let mut moments: Vec<Seconds> = dates.iter().map(|at| seconds(*at)).collect();
            moments.retain(|at| (bounds.from..bounds.to).contains(at));
            if !moments.is_sorted() {
                moments.sort_unstable();
            }
            moments.dedup();
            moments
        };
        Self {
            recurrence,
            window,
            limit,
            holidays,
            bounds,
            extras: sorted(&recurrence.extra),
            next_extra: 0,
            excluded: sorted(&recurrence.excluded),
            next_excluded: 0,
            hit_excluded: false,
            inside_from: seconds_rounded_up(window.from),
            inside_to: seconds_rounded_up(window.to),
            clock: LocalClock::new(),
            last_begins: Seconds::MIN,
            enough_after: Seconds::MAX,
            latest_wanted: Seconds::MAX,
            asked: (Day::MIN, None),
            in_order: true,
            occurrences: Vec::with_capacity(limit.min(FIRST_ROOM)),
            skipped: Vec::new(),
        }
    }

    /// Takes a moment of the rule, extra dates before it first.
    #[inline]
    fn rule_yields(&mut self, at: Seconds) -> ControlFlow<()> {
        if let Some(instant) = self.bounds.until_instant
            && at > self.bounds.until_end - 3 * DAY_SECONDS
            && resolve(self.clock.local(at), &self.recurrence.zone).timestamp() > instant
        {
            return ControlFlow::Continue(());
        }
        if self.next_extra < self.extras.len() {
            self.extras_before(at)?;
            if self.extras.get(self.next_extra) == Some(&at) {
                self.next_extra += 1;
            }
        }
        self.take(at)
    }

    fn extras_before(&mut self, at: Seconds) -> ControlFlow<()> {
        while let Some(extra) = self.extras.get(self.next_extra).copied().filter(|extra| *extra < at) {
            self.next_extra += 1;
            self.take(extra)?;
        }
        ControlFlow::Continue(())
    }

    fn take(&mut self, at: Seconds) -> ControlFlow<()> {
        if at > self.enough_after {
            return ControlFlow::Break(());
        }
        while let Some(excluded) = self
            .excluded
            .get(self.next_excluded)
            .copied()
            .filter(|excluded| *excluded <= at)
        {
            if excluded == at {
                self.hit_excluded |= (self.inside_from..self.inside_to).contains(&at);
                return ControlFlow::Continue(());
            }
            self.next_excluded += 1;
        }
        let Some(moved_days) = self.days_moved(at.div_euclid(DAY_SECONDS)) else {
            let original = self.clock.local(at);
            self.note_skipped(original);
            return ControlFlow::Continue(());
        };
        let enough = self.enough_after != Seconds::MAX;
        if enough && moved_days == 0 && self.recurrence.holiday_policy == HolidayPolicy::PreviousWorkday {
            // It lies behind everything that is wanted; only what is moved to earlier days could still come before.
            return ControlFlow::Continue(());
        }
        let original = self.clock.local(at);
        let planned = if moved_days == 0 {
            original
        } else {
            self.clock.local(at + moved_days * DAY_SECONDS)
        };
        let starts = resolve(planned, &self.recurrence.zone);
        // Most are neither moved nor in a gap of the clock.
        let begins = if starts.datetime() == original {
            at
        } else {
            seconds(starts.datetime())
        };
        if begins < self.inside_from || begins >= self.inside_to || begins > self.latest_wanted {
            return ControlFlow::Continue(());
        }
        self.in_order &= self.last_begins < begins;
        self.last_begins = begins;
        let provisional =
            self.recurrence.holiday_policy != HolidayPolicy::Hold && self.holidays.is_provisional(original.date());
        self.occurrences.push(Occurrence {
            original,
            starts,
            provisional,
        });
        self.see_whether_enough();
        ControlFlow::Continue(())
    }

    /// Once more than the limit are found, sets the original time after which nothing can come before them.
    fn see_whether_enough(&mut self) {
        // Out of order there may be several at one time: enough of them are gathered for sorting to be worth it.
        let many = if self.in_order { self.limit } else { 2 * self.limit + 64 };
        if self.occurrences.len() <= many || self.enough_after != Seconds::MAX {
            return;
        }
        self.put_in_order();
        if self.occurrences.len() <= self.limit {
            return;
        }
        let latest = self
            .occurrences
            .last()
            .map_or(Seconds::MIN, |last| seconds(last.starts.datetime()));
        self.latest_wanted = latest;
        self.enough_after = match self.recurrence.holiday_policy {
            // Only what falls on a day off can still come before: no later than the last one within reach.
            HolidayPolicy::PreviousWorkday => {
                let day = latest.div_euclid(DAY_SECONDS);
                let off = |days: &i64| {
                    matches!(
                        self.holidays.day(date_of((day + days).min(LAST_DAY))),
                        DayKind::Holiday(_)
                    )
                };
                let last = (0..=MOST_DAYS_MOVED).rev().find(off);
                last.map_or(latest, |days| (day + days + 1) * DAY_SECONDS)
            }
            // The others begin no earlier than planned.
            _ => latest,
        };
    }

    fn is_inside(&self, at: DateTime) -> bool {
        self.window.from <= at && at < self.window.to
    }

    /// By how many days the holiday policy moves what falls on a day, or nothing when that falls out. Many moments of one day are asked
    /// about in a row.
    fn days_moved(&mut self, day: Day) -> Option<i64> {
        let step = match self.recurrence.holiday_policy {
            HolidayPolicy::Hold => return Some(0),
            HolidayPolicy::Skip => 0,
            HolidayPolicy::NextWorkday => 1,
            HolidayPolicy::PreviousWorkday => -1,
        };
        if self.asked.0 == day {
            return self.asked.1;
        }
        let date = date_of(day);
        let moved = if !matches!(self.holidays.day(date), DayKind::Holiday(_)) {
            Some(0)
        } else if step == 0 {
            None
        } else {
            (1..=MOST_DAYS_MOVED)
                .map(|days| days * step)
                .find(|days| self.holidays.is_workday(date.saturating_add(Span::new().days(*days))))
        };
        self.asked = (day, moved);
        moved
    }

    fn note_skipped(&mut self, original: DateTime) {
        if self.is_inside(original)
            && self.skipped.len() < self.limit.max(SKIPPED_LISTED)
            && let DayKind::Holiday(name) = self.holidays.day(original.date())
        {
            self.skipped.push((original, name.to_owned()));
        }
    }

    /// Sorts by beginning and leaves one occurrence for each time: the one planned for it, before any that the holiday
    /// policy or a clock change moved onto it.
    fn put_in_order(&mut self) {
        if self.in_order {
            return;
        }
        self.in_order = true;
        let rank = |o: &Occurrence| (o.starts.datetime(), o.starts.datetime() != o.original, o.original);
        self.occurrences.sort_by_key(rank);
        let mut merged = Vec::new();
        self.occurrences.dedup_by(|later, kept| {
            let same = later.starts.datetime() == kept.starts.datetime();
            if same {
                merged.push(later.original);
            }
            same
        });
        self.last_begins = self
            .occurrences
            .last()
            .map_or(Seconds::MIN, |last| seconds(last.starts.datetime()));
        for original in merged {
            self.note_skipped(original);
        }
    }

    fn finish(mut self) -> Expansion {
        self.put_in_order();
        self.skipped.sort();
        let truncated = self.occurrences.len() > self.limit;
        self.occurrences.truncate(self.limit);
        if truncated && let Some(last) = self.occurrences.last() {
            let end = last.starts.datetime();
            self.skipped.retain(|(original, _)| *original <= end);
        }
        Expansion {
            occurrences: self.occurrences,
            truncated,
            skipped: self.skipped,
            why_empty: None,
        }
    }
}

#[cfg(test)]
mod tests;
