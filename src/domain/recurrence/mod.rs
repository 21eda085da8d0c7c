//! When a series happens: a rule, extra and excluded dates, and the holiday policy become dates and times.
//!
//! The cast: a [`Rule`] is a checked RRULE value (RFC 5545 §3.3.10); a [`Recurrence`] is a rule with its start, its
//! zone and its exceptions (§3.8.5); an [`Occurrence`] is one date it yields, known for ever by its
//! original local time; an [`Expansion`] is what a [`Window`] of time shows of them.
//!
//! What is promised: occurrences come in order, each once, each inside its window; asking for a window gives the same
//! as asking for more and looking at that part; the work is bounded for every rule and every window. The start is
//! not an occurrence unless the rule yields it; COUNT counts what the rule yields before exclusions.
//!
//! How: [`days`] selects days period by period, reaching any period by division; [`scaled`] does the same in the Chinese calendar and
//! for SKIP, [`day_set`] for solar terms, 三伏 and 三九; [`times`] gives the times within a
//! day; [`walk`] counts and bounds; [`expand`] merges extra dates, takes away excluded ones, applies the holiday
//! policy and turns local times into instants.

mod clock;
mod day_set;
mod days;
mod expand;
mod parse;
mod rule;
mod scaled;
mod times;
mod walk;
mod words;

use std::fmt;
use std::str::FromStr;

use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use expand::MOST_OCCURRENCES;
pub use parse::RuleError;
pub use rule::{End, Frequency, Rule, Scale, Skip, Until};

use crate::domain::lang::Lang;

/// What happens to an occurrence on an official day off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayPolicy {
    /// It is held as usual.
    #[default]
    Hold,
    /// It falls out.
    Skip,
    /// It is held at the same time on the next working day.
    NextWorkday,
    /// It is held at the same time on the working day before.
    PreviousWorkday,
}

impl HolidayPolicy {
    /// Every policy, in the order forms offer them.
    pub const ALL: [Self; 4] = [Self::Hold, Self::Skip, Self::NextWorkday, Self::PreviousWorkday];

    /// Its name in data: `hold`, `skip`, `next_workday`, `previous_workday`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Skip => "skip",
            Self::NextWorkday => "next_workday",
            Self::PreviousWorkday => "previous_workday",
        }
    }
}

impl fmt::Display for HolidayPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no holiday policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a holiday policy: expected hold, skip, next_workday or previous_workday")]
pub struct UnknownHolidayPolicy(pub String);

impl FromStr for HolidayPolicy {
    type Err = UnknownHolidayPolicy;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.name() == name)
            .ok_or_else(|| UnknownHolidayPolicy(name.chars().take(40).collect()))
    }
}

/// A series' plan of dates. All local times are of `zone` and have whole seconds; fractions are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// The first moment a date may have (DTSTART), and where the rule takes what it does not say itself: time of
    /// day, weekday, day of the month.
    pub start: DateTime,
    /// The zone whose clock the series follows.
    pub zone: TimeZone,
    /// The rule; without one, the start is the single date.
    pub rule: Option<Rule>,
    /// Extra dates (RDATE). One the rule yields too appears once.
    pub extra: Vec<DateTime>,
    /// Excluded dates (EXDATE), by original local time; they win over extra ones.
    pub excluded: Vec<DateTime>,
    /// What happens on official days off; it holds for extra dates as well.
    pub holiday_policy: HolidayPolicy,
}

/// A stretch of local time of the recurrence's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first moment inside.
    pub from: DateTime,
    /// The first moment after it.
    pub to: DateTime,
}

/// One date of a recurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The local time the rule (or the extra date) says: its identity, as RECURRENCE-ID is in RFC 5545 §3.8.4.4. On
    /// a moved occurrence it differs from `starts`, and it may name a local time that a clock change skips.
    pub original: DateTime,
    /// When it begins, after the holiday policy.
    pub starts: Zoned,
    /// Whether a notice of holidays yet to come may skip or move it. An occurrence held regardless of holidays
    /// never is provisional.
    pub provisional: bool,
}

/// What a window shows of a recurrence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expansion {
    /// The dates that begin inside the window, in order of beginning, at most as many as asked for.
    pub occurrences: Vec<Occurrence>,
    /// Whether there are more than these in the window: the limit was reached, or looking further would take too
    /// long.
    pub truncated: bool,
    /// Original local times inside the window which the holiday policy dropped, with the holiday's name: skipped
    /// ones, and moved ones that landed on another date of the series. No more than the limit (or a thousand).
    pub skipped: Vec<(DateTime, String)>,
    /// Why there are no occurrences; `None` when there are.
    pub why_empty: Option<EmptyReason>,
}

/// Why a window shows no occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyReason {
    /// The window ends before it begins.
    WindowEmpty,
    /// No date satisfies the rule, as on the 30th of February.
    NeverYields,
    /// The rule ends before the start.
    UntilBeforeStart,
    /// The window lies before the start.
    NotStarted,
    /// The recurrence ended before the window.
    Ended,
    /// Every date in the window is excluded.
    AllExcluded,
    /// Every date in the window is on an official day off.
    AllOnHolidays,
    /// The rule has dates, but none in this window.
    NothingInWindow,
    /// None was asked for.
    LimitZero,
    /// So few or so many dates that looking for the window's would take too long.
    GaveUp,
}

impl EmptyReason {
    /// What to tell the person who wrote the rule.
    pub const fn words(self, lang: Lang) -> &'static str {
        match self {
            Self::WindowEmpty => lang.pick("结束时间早于开始时间", "the end is before the beginning"),
            Self::NeverYields => lang.pick("没有任何日期符合这条规则", "no date satisfies this rule"),
            Self::UntilBeforeStart => lang.pick("截止日期早于开始日期", "the rule ends before it starts"),
            Self::NotStarted => lang.pick("还没有开始", "it has not started yet"),
            Self::Ended => lang.pick("已经结束", "it is over"),
            Self::AllExcluded => lang.pick("这段时间的日期都已取消", "all dates in this time are excluded"),
            Self::AllOnHolidays => lang.pick("这段时间的日期都遇放假", "all dates in this time are on days off"),
            Self::NothingInWindow => lang.pick("这段时间没有日期", "no date in this time"),
            Self::LimitZero => lang.pick("没有要求列出日期", "no dates were asked for"),
            Self::GaveUp => lang.pick("规则太复杂，无法列出", "the rule is too costly to list"),
        }
    }
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod oracle;
