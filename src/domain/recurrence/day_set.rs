//! The days that solar terms, 三伏 and 三九 give, one year at a time.

use super::clock::day_of;
use super::days::{Day, civil_date, day_number};
use super::rule::{DaySet, bits};
use crate::domain::calendar::solar_term::{Sanfu, SolarTerm, TERM_YEARS, sanjiu};

/// A year's days can lie in the year before or after: 三九, and terms with an offset.
const REACH_YEARS: i64 = 1;

/// The days of a set.
pub(super) struct SetDays {
    set: DaySet,
    /// The year that counts as the first period.
    first: i64,
}

impl SetDays {
    pub(super) fn new(set: DaySet, start: Day) -> Self {
        Self {
            set,
            first: civil_date(start).0 - REACH_YEARS,
        }
    }

    /// The earliest year that can have a day on or after a day.
    pub(super) fn index_of(&self, day: Day) -> i64 {
        (civil_date(day).0 - REACH_YEARS - self.first).max(0)
    }

    /// Puts the days of the `index`th year into `days`, in order. Returns false, leaving it empty, when no year from this one on has a day up to
    /// `last`.
    pub(super) fn fill(&self, index: i64, last: Day, days: &mut Vec<Day>) -> bool {
        days.clear();
        let year = self.first.saturating_add(index);
        if year > i64::from(*TERM_YEARS.end()) || day_number(year - REACH_YEARS, 1, 1) > last {
            return false;
        }
        let year = i16::try_from(year).unwrap_or(i16::MIN);
        match self.set {
            DaySet::Terms { terms, offset_days } => {
                let named = SolarTerm::all().filter(|term| terms & (1 << term.index()) != 0);
                let dates = named.filter_map(|term| term.date(year));
                days.extend(dates.map(|date| day_of(date) + i64::from(offset_days)));
            }
            DaySet::Sanfu(parts) => {
                if let Some(heat) = Sanfu::of(year) {
                    let all = [Some(heat.first), Some(heat.middle), heat.extra, Some(heat.last)];
                    days.extend(bits(u64::from(parts)).filter_map(|part| all[part as usize]).map(day_of));
                }
            }
            DaySet::Sanjiu(parts) => {
                if let Some(nines) = sanjiu(year) {
                    days.extend(bits(u64::from(parts)).map(|part| day_of(nines[part as usize])));
                }
            }
        }
        true
    }
}
