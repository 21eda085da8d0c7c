//! The ISO 8601 week: Monday to Sunday, named like `2026-W48`.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, ISOWeekDate, Weekday};

/// A week of the ISO 8601 calendar. Ordered by time. Always one that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IsoWeek {
    year: i16,
    week: i8,
}

/// Why a text is not the name of a week.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IsoWeekError {
    /// Not of the form `YYYY-Www`.
    #[error("{0:?} is not a week: expected a form like 2026-W48")]
    Malformed(String),
    /// The year has no week of this number.
    #[error("the year {year} has no week {week}")]
    NoSuchWeek {
        /// The ISO week-based year.
        year: i16,
        /// The week number asked for.
        week: i8,
    },
}

impl IsoWeek {
    /// Week `week` of the ISO week-based year `year`, which must lie in 1 to 9998.
    ///
    /// # Errors
    /// [`IsoWeekError::NoSuchWeek`] when the year does not have that week.
    pub fn new(year: i16, week: i8) -> Result<Self, IsoWeekError> {
        let error = IsoWeekError::NoSuchWeek { year, week };
        // The years at the ends are left out so that a neighbour's Monday always is a date.
        if !(1..=9998).contains(&year) {
            return Err(error);
        }
        ISOWeekDate::new(year, week, Weekday::Monday)
            .map(|_| Self { year, week })
            .map_err(|_| error)
    }

    /// The week a date lies in. Dates outside the years 1 to 9998 give the first or last week there is.
    pub fn containing(date: Date) -> Self {
        let iso = date.iso_week_date();
        match iso.year() {
            ..1 => Self { year: 1, week: 1 },
            9999.. => Self { year: 9998, week: 53 },
            year => Self { year, week: iso.week() },
        }
    }

    /// The ISO week-based year; around new year it differs from the calendar year of some of its days.
    pub const fn year(self) -> i16 {
        self.year
    }

    /// The number of the week in its year, 1 to 53.
    pub const fn week(self) -> i8 {
        self.week
    }

    /// Its Monday.
    ///
    /// # Panics
    /// Never: a value of this type names a week that exists.
    pub fn first_day(self) -> Date {
        ISOWeekDate::new(self.year, self.week, Weekday::Monday)
            .expect("the constructors checked the week")
            .date()
    }

    /// Its Sunday.
    pub fn last_day(self) -> Date {
        self.first_day().saturating_add(jiff::Span::new().days(6))
    }

    /// The seven dates, Monday first.
    pub fn days(self) -> [Date; 7] {
        let monday = self.first_day();
        std::array::from_fn(|i| monday.saturating_add(jiff::Span::new().days(i as i64)))
    }

    /// The week after.
    #[must_use]
    pub fn next(self) -> Self {
        Self::containing(self.first_day().saturating_add(jiff::Span::new().days(7)))
    }

    /// The week before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::containing(self.first_day().saturating_sub(jiff::Span::new().days(7)))
    }
}

impl fmt::Display for IsoWeek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-W{:02}", self.year, self.week)
    }
}

impl FromStr for IsoWeek {
    type Err = IsoWeekError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = || IsoWeekError::Malformed(text.chars().take(32).collect());
        let (year, week) = text.split_once("-W").ok_or_else(malformed)?;
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(week, 2) {
            return Err(malformed());
        }
        Self::new(
            year.parse().map_err(|_| malformed())?,
            week.parse().map_err(|_| malformed())?,
        )
    }
}

impl serde::Serialize for IsoWeek {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for IsoWeek {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_week_is_named_by_its_thursday() {
        let table = [
            ("2026-W48", date(2026, 11, 23), date(2026, 11, 29)),
            ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
            ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
            ("2020-W53", date(2020, 12, 28), date(2021, 1, 3)),
            ("2024-W09", date(2024, 2, 26), date(2024, 3, 3)),
        ];
        for (name, monday, sunday) in table {
            let week: IsoWeek = name.parse().unwrap();
            assert_eq!((week.first_day(), week.last_day()), (monday, sunday), "{name}");
            assert_eq!(week.to_string(), name);
            for day in week.days() {
                assert_eq!(IsoWeek::containing(day), week, "{day}");
            }
        }
    }

    #[test]
    fn stepping_forth_and_back_returns_to_the_same_week() {
        let mut week: IsoWeek = "2019-W50".parse().unwrap();
        for _ in 0..400 {
            assert_eq!(week.next().previous(), week);
            assert_eq!(week.next().first_day(), week.last_day().tomorrow().unwrap());
            week = week.next();
        }
    }

    #[test]
    fn what_is_not_a_week_is_refused() {
        for text in [
            "",
            "2026",
            "2026-48",
            "2026-W5",
            "2026-W",
            "26-W05",
            "2026-W+5",
            "2026-w05",
            "2026-W05 ",
            "２０２６-W05",
        ] {
            assert!(
                matches!(text.parse::<IsoWeek>(), Err(IsoWeekError::Malformed(_))),
                "{text}"
            );
        }
        for text in ["2026-W00", "2025-W53", "2026-W54", "0000-W01", "9999-W01"] {
            assert!(
                matches!(text.parse::<IsoWeek>(), Err(IsoWeekError::NoSuchWeek { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_panic() {
        assert_eq!(IsoWeek::containing(Date::MAX).next(), IsoWeek::containing(Date::MAX));
        assert_eq!(
            IsoWeek::containing(Date::MIN).previous(),
            IsoWeek::containing(Date::MIN)
        );
    }
}
