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

    /// The quarter it lies in, `2026-Q3`.
    pub fn quarter(self) -> String {
        format!("{:04}-Q{}", self.year, (self.month - 1) / 3 + 1)
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

/// What a period is exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodKind {
    /// A month.
    Month(YearMonth),
    /// A quarter of a year, 1 to 4.
    Quarter(i16, i8),
    /// A year.
    Year(i16),
    /// Some days.
    Days,
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

    /// The quarter written as `2026-Q3`; none when it is not one.
    pub fn quarter(text: &str) -> Option<Self> {
        let (year, quarter) = text.split_once("-Q")?;
        let quarter: i8 = match quarter {
            "1" => 1,
            "2" => 2,
            "3" => 3,
            "4" => 4,
            _ => return None,
        };
        let first: YearMonth = format!("{year}-{:02}", quarter * 3 - 2).parse().ok()?;
        Some(Self::months(first, 3))
    }

    /// The year written as `2026`; none when it is not one.
    pub fn year(text: &str) -> Option<Self> {
        let first: YearMonth = format!("{text}-01").parse().ok()?;
        Some(Self::months(first, 12))
    }

    /// So many months from `first` on, none of them beyond the year of the first.
    fn months(first: YearMonth, count: i8) -> Self {
        let last = Date::constant(first.year, first.month + count - 1, 1);
        Self {
            first: first.period().first,
            last: last.last_of_month(),
        }
    }

    /// What it is exactly: a month, a quarter, a year, or some days.
    pub fn kind(self) -> PeriodKind {
        let begins = (self.first.day(), self.first.month() - 1, self.first.year());
        let months = match YearMonth::containing(self.first) {
            Some(first) if begins.0 == 1 => first,
            _ => return PeriodKind::Days,
        };
        if months.period() == self {
            PeriodKind::Month(months)
        } else if begins.1 % 3 == 0 && Self::months(months, 3) == self {
            PeriodKind::Quarter(begins.2, begins.1 / 3 + 1)
        } else if begins.1 == 0 && Self::months(months, 12) == self {
            PeriodKind::Year(begins.2)
        } else {
            PeriodKind::Days
        }
    }

    /// The one of the same kind before (or, with `1`, after) it; none beyond 2000 to 2100.
    #[must_use]
    pub fn neighbour(self, step: i8) -> Option<Self> {
        let step = step.signum();
        let shifted = |months: i32| {
            let first = self.first.checked_add((i32::from(step) * months).months()).ok()?;
            let last = first.checked_add((months - 1).months()).ok()?.last_of_month();
            Self::new(first, last).ok()
        };
        match self.kind() {
            PeriodKind::Month(_) => shifted(1),
            PeriodKind::Quarter(..) => shifted(3),
            PeriodKind::Year(_) => shifted(12),
            PeriodKind::Days => {
                let days = (self.last - self.first).get_days() + 1;
                let by = (i32::from(step) * days).days();
                Self::new(self.first.checked_add(by).ok()?, self.last.checked_add(by).ok()?).ok()
            }
        }
    }

    /// The month its last day lies in.
    pub fn last_month(self) -> Option<YearMonth> {
        YearMonth::containing(self.last)
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
    fn quarters_and_years_are_read_known_again_and_follow_one_another() {
        let third = Period::quarter("2026-Q3").expect("a quarter");
        assert_eq!((third.first(), third.last()), (date(2026, 7, 1), date(2026, 9, 30)));
        assert_eq!(third.kind(), PeriodKind::Quarter(2026, 3));
        assert_eq!(third.neighbour(1), Period::quarter("2026-Q4"));
        let first = Period::quarter("2026-Q1").expect("a quarter");
        assert_eq!(first.neighbour(-1), Period::quarter("2025-Q4"));
        let year = Period::year("2026").expect("a year");
        assert_eq!(
            (year.kind(), year.neighbour(-1)),
            (PeriodKind::Year(2026), Period::year("2025"))
        );
        for wrong in ["2026-Q0", "2026-Q5", "2026Q1", "26-Q1", "1999-Q1", "2026-Q10", ""] {
            assert_eq!(Period::quarter(wrong), None, "{wrong}");
        }
        for wrong in ["1999", "2101", "26", "二〇二六", "2026-1", ""] {
            assert_eq!(Period::year(wrong), None, "{wrong}");
        }
        let days = Period::new(date(2026, 10, 1), date(2026, 10, 10)).expect("a period");
        assert_eq!(days.kind(), PeriodKind::Days);
        assert_eq!(
            days.neighbour(1),
            Period::new(date(2026, 10, 11), date(2026, 10, 20)).ok()
        );
        assert_eq!(Period::year("2000").expect("a year").neighbour(-1), None);
        let february = YearMonth::new(2026, 2).expect("a month").period();
        assert_eq!(
            february.neighbour(-1).map(Period::kind),
            YearMonth::new(2026, 1).map(PeriodKind::Month).ok()
        );
        assert_eq!(february.neighbour(1).map(Period::last), Some(date(2026, 3, 31)));
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
