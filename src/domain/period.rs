//! The span of days a report is about: a month, or any range of dates, in a community's own time.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// The longest range a report may cover, days: three years and a leap day.
pub const LONGEST_DAYS: i32 = 3 * 365 + 1;

/// A month of the calendar, 2000-01 to 2100-12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct YearMonth {
    year: i16,
    month: i8,
}

/// Not a month that can be reported on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a month: write it as 2026-10, from 2000-01 to 2100-12")]
pub struct NotAMonth(pub String);

impl YearMonth {
    /// The month of a year.
    ///
    /// # Errors
    /// [`NotAMonth`] outside 2000-01 to 2100-12.
    pub fn new(year: i16, month: i8) -> Result<Self, NotAMonth> {
        if (2000..=2100).contains(&year) && (1..=12).contains(&month) {
            Ok(Self { year, month })
        } else {
            Err(NotAMonth(format!("{year}-{month}")))
        }
    }

    /// The month a date lies in; none when nobody can report on it.
    pub fn containing(date: Date) -> Option<Self> {
        Self::new(date.year(), date.month()).ok()
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i8 {
        self.month
    }

    /// The month before; none before 2000-01.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        if self.month == 1 {
            Self::new(self.year - 1, 12).ok()
        } else {
            Self::new(self.year, self.month - 1).ok()
        }
    }

    /// The month after; none after 2100-12.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        if self.month == 12 {
            Self::new(self.year + 1, 1).ok()
        } else {
            Self::new(self.year, self.month + 1).ok()
        }
    }

    /// Its days.
    pub fn period(self) -> Period {
        let first = Date::constant(self.year, self.month, 1);
        Period {
            first,
            last: first.last_of_month(),
        }
    }
}

impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl FromStr for YearMonth {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not_a_month = || NotAMonth(text.chars().take(20).collect());
        let (year, month) = text.split_once('-').ok_or_else(not_a_month)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || month.len() != 2 || !digits(year) || !digits(month) {
            return Err(not_a_month());
        }
        let year = year.parse().map_err(|_| not_a_month())?;
        let month = month.parse().map_err(|_| not_a_month())?;
        Self::new(year, month).map_err(|_| not_a_month())
    }
}

/// Days from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    first: Date,
    last: Date,
}

/// Why two dates are no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPeriod {
    /// The last day is before the first.
    #[error("{last} is before {first}")]
    Backwards {
        /// First day.
        first: Date,
        /// Last day.
        last: Date,
    },
    /// More than [`LONGEST_DAYS`].
    #[error("a report covers at most {LONGEST_DAYS} days, not {days}")]
    TooLong {
        /// Days wished.
        days: i32,
    },
    /// Outside 2000 to 2100.
    #[error("dates lie between 2000 and 2100, not {0}")]
    OutOfRange(Date),
}

impl Period {
    /// The days from `first` to `last`, both included.
    ///
    /// # Errors
    /// [`NotAPeriod`], when they run backwards, are too many or lie outside 2000 to 2100.
    pub fn new(first: Date, last: Date) -> Result<Self, NotAPeriod> {
        for date in [first, last] {
            if !(2000..=2100).contains(&date.year()) {
                return Err(NotAPeriod::OutOfRange(date));
            }
        }
        if last < first {
            return Err(NotAPeriod::Backwards { first, last });
        }
        let days = (last - first).get_days() + 1;
        if days > LONGEST_DAYS {
            return Err(NotAPeriod::TooLong { days });
        }
        Ok(Self { first, last })
    }

    /// The first day.
    pub fn first(self) -> Date {
        self.first
    }

    /// The last day, included.
    pub fn last(self) -> Date {
        self.last
    }

    /// The month it is exactly, if it is one.
    pub fn month(self) -> Option<YearMonth> {
        YearMonth::containing(self.first).filter(|month| month.period() == self)
    }

    /// The instants from which (included) to which (excluded) it runs in a zone. A midnight that a clock change skips is the first
    /// moment after it (RFC 5545 §3.3.5).
    pub fn span(self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        let midnight = |date: Date| {
            zone.to_ambiguous_zoned(date.at(0, 0, 0, 0))
                .compatible()
                .expect("dates lie between 2000 and 2101")
                .timestamp()
        };
        let after = self.last.checked_add(1.day()).expect("dates lie between 2000 and 2100");
        (midnight(self.first), midnight(after))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn months_are_written_with_four_and_two_digits() {
        for (text, good) in [
            ("2026-10", true),
            ("2100-12", true),
            ("2026-13", false),
            ("2026-1", false),
            ("2026-00", false),
            ("1999-12", false),
            ("+026-10", false),
            ("2026-10-01", false),
            ("二〇二六-10", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<YearMonth>().is_ok(), good, "{text}");
        }
        assert_eq!("2026-10".parse::<YearMonth>().expect("a month").to_string(), "2026-10");
    }

    #[test]
    fn months_follow_one_another_over_the_turn_of_the_year() {
        let january = YearMonth::new(2026, 1).expect("a month");
        assert_eq!(january.previous().expect("a month").to_string(), "2025-12");
        assert_eq!(january.previous().and_then(YearMonth::next), Some(january));
        assert_eq!(YearMonth::new(2000, 1).expect("a month").previous(), None);
        assert_eq!(YearMonth::new(2100, 12).expect("a month").next(), None);
    }

    #[test]
    fn a_month_runs_from_local_midnight_to_local_midnight() {
        let shanghai = TimeZone::get("Asia/Shanghai").expect("a zone");
        let (from, to) = YearMonth::new(2023, 9).expect("a month").period().span(&shanghai);
        assert_eq!(from.to_string(), "2023-08-31T16:00:00Z");
        assert_eq!(to.to_string(), "2023-09-30T16:00:00Z");
    }

    #[test]
    fn a_period_is_bounded_and_runs_forwards() {
        let first = date(2026, 1, 1);
        assert!(Period::new(first, first).is_ok());
        assert_eq!(
            Period::new(first, date(2025, 12, 31)),
            Err(NotAPeriod::Backwards {
                first,
                last: date(2025, 12, 31)
            })
        );
        assert!(matches!(
            Period::new(first, date(2030, 1, 1)),
            Err(NotAPeriod::TooLong { .. })
        ));
        assert!(matches!(
            Period::new(date(9999, 1, 1), date(9999, 12, 31)),
            Err(NotAPeriod::OutOfRange(_))
        ));
    }
}
