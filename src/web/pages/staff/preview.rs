//! The dates of a series before it is planned: each with its lunar day, 休 and 班, and what stands in its way.

use jiff::Zoned;
use jiff::civil::{Date, DateTime};

use super::acceptance::Acceptance;
use super::clashes::Clashes;
use super::columns::day_note;
use crate::domain::calendar::day_part::{time_range_short, time_words};
use crate::domain::calendar::format::{day_words, full_date};
use crate::domain::calendar::{DayKind, HolidayCalendar};
use crate::services::programme::{PlannedSeries, PlannedSession};
use crate::services::wording::Words;

/// Dates listed one by one in a preview.
const MOST_LISTED: usize = 60;

/// One date of the preview.
pub(super) struct Day {
    pub(super) class: &'static str,
    pub(super) date: String,
    pub(super) time: String,
    pub(super) lunar: String,
    pub(super) holiday: String,
    pub(super) is_off: bool,
    pub(super) is_made_up: bool,
    pub(super) note: String,
    pub(super) bad: bool,
}

/// What a series would come to.
pub(super) struct Preview {
    pub(super) summary: String,
    pub(super) problem: String,
    pub(super) count: String,
    pub(super) dates: Vec<Day>,
    pub(super) more: String,
    /// Dates beyond the horizon.
    pub(super) later: Vec<Day>,
    /// What speaks against them.
    pub(super) acceptance: Acceptance,
}

impl Preview {
    /// `accepted` is what the form brought of [`Acceptance::seen`].
    pub(super) fn of(words: Words, clashes: &Clashes, planned: &PlannedSeries, once: bool, accepted: &str) -> Self {
        let holidays = &*clashes.holidays;
        let (free, taken) = (planned.sessions.len(), planned.missing.len());
        let problem = match (free, taken) {
            (0, 0) if !planned.later.is_empty() => String::new(),
            (0, 0) => {
                let why = planned.why_empty.map_or("", |why| why.words(words.lang));
                words.a("staff-preview-none", "why", why)
            }
            (0, _) => words.t("staff-preview-all-clash"),
            (_, 0) => String::new(),
            (_, taken) => words.n("staff-preview-clash", taken),
        };
        let mut days: Vec<(jiff::civil::DateTime, Day)> = planned
            .sessions
            .iter()
            .chain(&planned.missing)
            .map(|session| (session.starts.datetime(), Day::of(words, clashes, session)))
            .chain(
                planned
                    .skipped
                    .iter()
                    .map(|(at, _)| (*at, Day::skipped(words, holidays, *at))),
            )
            .collect();
        days.sort_by_key(|(at, _)| *at);
        let more = days.len().saturating_sub(MOST_LISTED);
        Self {
            summary: if once {
                words.t("staff-preview-once")
            } else {
                planned.summary(words.lang).to_owned()
            },
            problem,
            count: words.n("staff-preview-count", free),
            acceptance: Acceptance::of(words, planned.cautions(), accepted),
            dates: days.into_iter().take(MOST_LISTED).map(|(_, day)| day).collect(),
            later: planned.later.iter().map(|at| Day::later(words, holidays, at)).collect(),
            more: if more == 0 {
                String::new()
            } else {
                words.n("staff-preview-more", more)
            },
        }
    }
}

impl Day {
    fn on(words: Words, holidays: &HolidayCalendar, date: Date, time: String) -> Self {
        let kind = holidays.day(date);
        let holiday = match kind {
            DayKind::Holiday(name) | DayKind::MakeUpWorkday(name) => name.to_owned(),
            DayKind::Ordinary => String::new(),
        };
        Self {
            class: "",
            date: day_words(date, words.lang),
            time,
            lunar: day_note(words, holidays, date),
            holiday,
            is_off: matches!(kind, DayKind::Holiday(_)),
            is_made_up: matches!(kind, DayKind::MakeUpWorkday(_)),
            note: String::new(),
            bad: false,
        }
    }

    fn of(words: Words, clashes: &Clashes, session: &PlannedSession) -> Self {
        let time = time_range_short(session.starts.time(), session.ends.time(), words.lang);
        let mut day = Self::on(words, &clashes.holidays, session.starts.date(), time);
        if let Some(clash) = session.clashes.first() {
            day.bad = true;
            day.note = clashes.words(words, clash);
            if let Some(free) = clashes.offer(words, session) {
                day.note = format!("{}{}{free}", day.note, words.t("staff-comma"));
            }
        } else if session.provisional {
            day.note = words.t("staff-state-provisional");
        }
        day
    }

    /// A date of a coming year or so: with its year.
    fn later(words: Words, holidays: &HolidayCalendar, at: &Zoned) -> Self {
        let day = Self::on(words, holidays, at.date(), time_words(at.time(), words.lang));
        Self {
            date: full_date(at.date(), words.lang),
            ..day
        }
    }

    fn skipped(words: Words, holidays: &HolidayCalendar, at: DateTime) -> Self {
        Self {
            class: "out",
            note: words.t("staff-preview-skipped"),
            ..Self::on(words, holidays, at.date(), String::new())
        }
    }
}
