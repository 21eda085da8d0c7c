//! Walking through what a rule yields, between two moments, within a bounded amount of work.

use std::ops::ControlFlow;

use super::day_set::SetDays;
use super::days::{Day, Days, LAST_DAY};
use super::rule::{End, Rule, Scale, Skip};
use super::scaled::ScaledDays;
use super::times::{DAY_SECONDS, Stepped, Times, set_indexes};

/// A local time as seconds after 1970-01-01T00:00:00 of the same clock, as if every day had 86 400 of them.
pub(super) type Seconds = i64;

/// How much a walk may look at: days, candidate times, results. In an optimised build some ten milliseconds.
const MOST_WORK: u64 = 1_500_000;

/// How a walk ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// Everything between the two moments was visited.
    Complete,
    /// The visitor had enough.
    Stopped,
    /// COUNT was used up before the end of the window.
    CountedOut,
    /// The amount of work was used up.
    Exhausted,
}

/// Where the days come from.
enum Source<'r> {
    /// The civil calendar, by bit masks.
    Civil(Days<'r>),
    /// Any calendar that is a row of months.
    Scaled(ScaledDays<'r>),
    /// Solar terms, 三伏, 三九.
    Set(SetDays),
}

impl<'r> Source<'r> {
    fn new(rule: &'r Rule, start_day: Day) -> Self {
        match &rule.set {
            Some(set) => Self::Set(SetDays::new(*set, start_day)),
            None if rule.scale == Scale::Gregorian && rule.skip == Skip::Omit => {
                Self::Civil(Days::new(rule, start_day))
            }
            None => Self::Scaled(ScaledDays::new(rule, start_day)),
        }
    }

    /// A period from which on no day on or after `day` is missed.
    fn index_of(&self, day: Day) -> i64 {
        match self {
            Self::Civil(days) => days.index_of(day),
            Self::Scaled(days) => days.index_of(day),
            Self::Set(days) => days.index_of(day),
        }
    }

    /// How many days every whole period has, where that is the same for all.
    fn days_per_period(&self) -> Option<u64> {
        match self {
            Self::Civil(days) => days.days_per_period(),
            Self::Scaled(_) | Self::Set(_) => None,
        }
    }

    /// Puts the days of the `index`th period into `days`; false when there is no day up to `last` any more.
    #[inline]
    fn fill(&self, index: i64, last: Day, days: &mut Vec<Day>) -> bool {
        match self {
            Self::Civil(source) => source.fill(index, last, days),
            Self::Scaled(source) => source.fill(index, last, days),
            Self::Set(source) => source.fill(index, last, days),
        }
    }

    /// What looking at one period costs, in units of work.
    fn cost(&self) -> u64 {
        match self {
            Self::Civil(_) => 1,
            Self::Scaled(days) => days.cost(),
            Self::Set(_) => 30,
        }
    }
}

/// A rule with its start, ready to be walked.
pub(super) struct Walk<'r> {
    rule: &'r Rule,
    start: Seconds,
    start_day: Day,
    days: Source<'r>,
    times: Times,
}

/// The state of one walk.
struct Course<V> {
    from: Seconds,
    to: Seconds,
    start: Seconds,
    /// The moment taken last: a date that was skipped forward can come again with the next period.
    last: Seconds,
    /// What COUNT leaves.
    left: u64,
    work: u64,
    visit: V,
}

impl<V: FnMut(Seconds) -> ControlFlow<()>> Course<V> {
    /// Takes the next moment the rule yields.
    #[inline]
    fn take(&mut self, at: Seconds) -> ControlFlow<Finish> {
        if at < self.start || at <= self.last {
            return ControlFlow::Continue(());
        }
        self.last = at;
        if at >= self.to {
            return ControlFlow::Break(Finish::Complete);
        }
        if at >= self.from && (self.visit)(at).is_break() {
            return ControlFlow::Break(Finish::Stopped);
        }
        self.pass_over(1)?;
        self.work(1)
    }

    /// Lowers what COUNT leaves by so many moments.
    fn pass_over(&mut self, count: u64) -> ControlFlow<Finish> {
        self.left = self.left.saturating_sub(count);
        if self.left == 0 {
            ControlFlow::Break(Finish::CountedOut)
        } else {
            ControlFlow::Continue(())
        }
    }

    fn work(&mut self, amount: u64) -> ControlFlow<Finish> {
        self.work += amount;
        if self.work > MOST_WORK {
            ControlFlow::Break(Finish::Exhausted)
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Whether a whole day lies after the start's day and before the window.
    fn is_before_window(&self, day: Day) -> bool {
        day * DAY_SECONDS > self.start && (day + 1) * DAY_SECONDS <= self.from
    }
}

impl<'r> Walk<'r> {
    pub(super) fn new(rule: &'r Rule, start: Seconds) -> Self {
        let start_day = start.div_euclid(DAY_SECONDS);
        Self {
            rule,
            start,
            start_day,
            days: Source::new(rule, start_day),
            times: Times::new(rule, start),
        }
    }

    /// Calls `visit` with each moment the rule yields in `from..to`, in order. UNTIL is the caller's: it is a `to`.
    pub(super) fn between(&self, from: Seconds, to: Seconds, visit: impl FnMut(Seconds) -> ControlFlow<()>) -> Finish {
        if to <= from.max(self.start) {
            return Finish::Complete;
        }
        let left = if let End::Count(count) = self.rule.end {
            count
        } else {
            u64::MAX
        };
        let mut course = Course {
            from,
            to,
            start: self.start,
            last: Seconds::MIN,
            left,
            work: 0,
            visit,
        };
        match self.run(&mut course) {
            ControlFlow::Break(finish) => finish,
            ControlFlow::Continue(()) => Finish::Complete,
        }
    }

    fn run<V: FnMut(Seconds) -> ControlFlow<()>>(&self, course: &mut Course<V>) -> ControlFlow<Finish> {
        let last = (course.to - 1).div_euclid(DAY_SECONDS).min(LAST_DAY);
        let target = self.days.index_of(course.from.max(self.start).div_euclid(DAY_SECONDS));
        let counts = matches!(self.rule.end, End::Count(_));
        let mut index = if counts { 0 } else { target };
        let mut days = Vec::new();
        let mut times = Vec::new();
        let cost = self.days.cost();
        while self.days.fill(index, last, &mut days) {
            course.work(cost)?;
            match &self.times {
                Times::Fixed(fixed) if self.rule.set_positions.is_empty() => {
                    for day in &days {
                        if counts && course.is_before_window(*day) {
                            course.pass_over(fixed.len() as u64)?;
                            continue;
                        }
                        for time in fixed {
                            course.take(day * DAY_SECONDS + time)?;
                        }
                    }
                }
                Times::Fixed(fixed) => {
                    let size = fixed.len() as u64;
                    for i in set_indexes(&self.rule.set_positions, days.len() as u64 * size) {
                        course.take(days[(i / size) as usize] * DAY_SECONDS + fixed[(i % size) as usize])?;
                    }
                }
                Times::Stepped(stepped) => self.step(stepped, &days, &mut times, counts, course)?,
            }
            index += 1;
            if counts && index < target {
                index = self.skip_counted(index, target, course)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The days of a rule that repeats within the day.
    fn step<V: FnMut(Seconds) -> ControlFlow<()>>(
        &self,
        stepped: &Stepped,
        days: &[Day],
        times: &mut Vec<i64>,
        counts: bool,
        course: &mut Course<V>,
    ) -> ControlFlow<Finish> {
        if stepped.is_empty() {
            return ControlFlow::Break(Finish::Complete);
        }
        for day in days {
            if *day < self.start_day {
                continue;
            }
            if course.is_before_window(*day) {
                if !counts {
                    continue;
                }
                if let Some(per_day) = stepped.per_day() {
                    course.pass_over(per_day)?;
                    continue;
                }
            }
            course.work(stepped.fill(*day, times))?;
            for time in times.iter() {
                course.take(day * DAY_SECONDS + time)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Passes over the periods before `target`, where each yields equally many; returns the index to go on from.
    fn skip_counted<V: FnMut(Seconds) -> ControlFlow<()>>(
        &self,
        index: i64,
        target: i64,
        course: &mut Course<V>,
    ) -> ControlFlow<Finish, i64> {
        let Some(days) = self.days.days_per_period() else {
            return ControlFlow::Continue(index);
        };
        let per_period = match &self.times {
            Times::Fixed(fixed) if self.rule.set_positions.is_empty() => days * fixed.len() as u64,
            Times::Fixed(fixed) => set_indexes(&self.rule.set_positions, days * fixed.len() as u64).len() as u64,
            Times::Stepped(stepped) => match stepped.per_day() {
                Some(per_day) => days * per_day,
                None => return ControlFlow::Continue(index),
            },
        };
        course.pass_over(per_period.saturating_mul((target - index).cast_unsigned()))?;
        ControlFlow::Continue(target)
    }
}
