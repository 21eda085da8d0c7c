//! China's official days off (放假) and make-up working days (调休).
//!
//! They cannot be computed: the State Council Office announces each year in the autumn before. The announced years are
//! data (`assets/data/holidays-cn.json`), replaceable by an import. For a year without its notice nothing is
//! guessed; days near the usual holidays are only called provisional.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::lunar::LunarDate;

/// What the official calendar says about a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayKind<'a> {
    /// A day off, with the holiday's name.
    Holiday(&'a str),
    /// A weekend day that is worked to make up for a day off, with the holiday's name.
    MakeUpWorkday(&'a str),
    /// Neither: its weekday decides whether it is worked.
    Ordinary,
}

/// Why a text is not a holiday calendar.
#[derive(Debug, thiserror::Error)]
pub enum HolidayError {
    /// The text is not JSON of the expected shape.
    #[error("the holiday file is not JSON of the form {{\"2026\":{{\"holidays\":{{…}},\"workdays\":{{…}}}}}}: {0}")]
    Json(#[from] serde_json::Error),
    /// A key that should be a date is something else.
    #[error("{0:?} is not a date like 2027-01-01")]
    Date(String),
    /// A day without a name, or with one that cannot be shown on a line.
    #[error("{date} has a name that is empty, longer than {NAME_CHARS} characters or not one line")]
    Name {
        /// The day.
        date: Date,
    },
    /// A key that should be a year is something else.
    #[error("{0:?} is not a year from 1900 to 2200")]
    Year(String),
    /// A day is filed under another year.
    #[error("{date} is filed under the year {year}")]
    WrongYear {
        /// The day.
        date: Date,
        /// The year it was found under.
        year: i16,
    },
    /// A day is announced both as a day off and as a working day.
    #[error("{0} is both a day off and a make-up working day")]
    Both(Date),
    /// So many days off that working days could not be found.
    #[error("the year {year} has {days} days off, more than the {MOST_DAYS_OFF} this program accepts")]
    TooMany {
        /// The year.
        year: i16,
        /// How many days off it lists.
        days: usize,
    },
}

/// A notice gives about thirty days; a file with ten times as many is a mistake.
const MOST_DAYS_OFF: usize = 120;
/// Longest name of a holiday, characters.
const NAME_CHARS: usize = 40;

/// One year's notice, in the file's own form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notice {
    /// Days off and the name of their holiday. The days are texts, so that a wrong one can be named.
    holidays: BTreeMap<String, String>,
    /// Make-up working days and the name of the holiday they pay for.
    #[serde(default)]
    workdays: BTreeMap<String, String>,
}

/// Reads and checks the days of one kind.
fn days_of(texts: BTreeMap<String, String>, year: i16, off: bool) -> Result<Vec<(Date, bool, String)>, HolidayError> {
    let mut days = Vec::with_capacity(texts.len());
    for (key, name) in texts {
        // Only 2027-01-01: other spellings of a date would be the same day twice.
        let date: Date = key
            .parse()
            .ok()
            .filter(|date: &Date| date.to_string() == key)
            .ok_or_else(|| HolidayError::Date(key.chars().take(40).collect()))?;
        if date.year() != year {
            return Err(HolidayError::WrongYear { date, year });
        }
        if name.trim().is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
            return Err(HolidayError::Name { date });
        }
        days.push((date, off, name));
    }
    Ok(days)
}

/// The official calendar of the announced years.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HolidayCalendar {
    published: BTreeSet<i16>,
    /// Sorted by day. The flag is true for a day off, false for a make-up working day.
    days: Vec<(Date, bool, String)>,
}

impl HolidayCalendar {
    /// A calendar of a place that announces nothing: every year is unpublished.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The announced years compiled into the program.
    ///
    /// # Panics
    /// Never: a test reads the same file.
    pub fn china() -> &'static Self {
        static CHINA: OnceLock<HolidayCalendar> = OnceLock::new();
        CHINA.get_or_init(|| {
            let text = include_str!("../../../assets/data/holidays-cn.json");
            Self::from_json(text).expect("the compiled-in holiday file is valid")
        })
    }

    /// Reads the form of `assets/data/holidays-cn.json`: year → `holidays` and `workdays`, each date → name.
    ///
    /// # Errors
    /// [`HolidayError`] names what is wrong; nothing is taken from a file that is partly wrong.
    pub fn from_json(text: &str) -> Result<Self, HolidayError> {
        let notices: BTreeMap<String, Notice> = serde_json::from_str(text)?;
        let mut calendar = Self::default();
        for (key, notice) in notices {
            let year = key
                .parse()
                .ok()
                .filter(|year| (1900..=2200).contains(year))
                .ok_or(HolidayError::Year(key.clone()))?;
            let most = notice.holidays.len().max(notice.workdays.len());
            if most > MOST_DAYS_OFF {
                return Err(HolidayError::TooMany { year, days: most });
            }
            let off = days_of(notice.holidays, year, true)?;
            let worked = days_of(notice.workdays, year, false)?;
            if let Some((date, ..)) = worked.iter().find(|day| off.iter().any(|other| other.0 == day.0)) {
                return Err(HolidayError::Both(*date));
            }
            calendar.published.insert(year);
            calendar.days.extend(off);
            calendar.days.extend(worked);
        }
        calendar.days.sort();
        Ok(calendar)
    }

    /// This calendar with the years of `newer` put in place of its own: an imported notice wins.
    #[must_use]
    pub fn updated_with(&self, newer: &Self) -> Self {
        let kept = self
            .days
            .iter()
            .filter(|(date, ..)| !newer.published.contains(&date.year()));
        let mut days: Vec<_> = kept.chain(&newer.days).cloned().collect();
        days.sort();
        Self {
            published: self.published.union(&newer.published).copied().collect(),
            days,
        }
    }

    /// Every announced day that is off or made up, in order, with the holiday's name.
    pub fn days(&self) -> impl Iterator<Item = (Date, DayKind<'_>)> + '_ {
        self.days.iter().map(|(date, off, name)| {
            let kind = if *off {
                DayKind::Holiday(name)
            } else {
                DayKind::MakeUpWorkday(name)
            };
            (*date, kind)
        })
    }

    /// The notice of one year, as [`HolidayCalendar::from_json`] reads it under the year's key.
    ///
    /// # Panics
    /// Never: texts are always JSON.
    pub fn notice(&self, year: i16) -> String {
        let of = |wanted: bool| {
            let days = self.days.iter();
            days.filter(|(date, off, _)| date.year() == year && *off == wanted)
                .map(|(date, _, name)| (date.to_string(), name.clone()))
                .collect()
        };
        let notice = Notice {
            holidays: of(true),
            workdays: of(false),
        };
        serde_json::to_string(&notice).expect("texts are always JSON")
    }

    /// What the notice says about a day; [`DayKind::Ordinary`] for a year without one.
    pub fn day(&self, date: Date) -> DayKind<'_> {
        match self.days.binary_search_by_key(&date, |entry| entry.0) {
            Ok(i) if self.days[i].1 => DayKind::Holiday(&self.days[i].2),
            Ok(i) => DayKind::MakeUpWorkday(&self.days[i].2),
            Err(_) => DayKind::Ordinary,
        }
    }

    /// Whether the notice for this year is known.
    pub fn is_published(&self, year: i16) -> bool {
        self.published.contains(&year)
    }

    /// The years whose notice is known, earliest first.
    pub fn published_years(&self) -> impl Iterator<Item = i16> + '_ {
        self.published.iter().copied()
    }

    /// Whether offices work on this day: Monday to Friday and not a day off, or a make-up working day.
    pub fn is_workday(&self, date: Date) -> bool {
        match self.day(date) {
            DayKind::Holiday(_) => false,
            DayKind::MakeUpWorkday(_) => true,
            DayKind::Ordinary => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// Whether a notice yet to come may turn this day into a day off: its year is unpublished and the day is near a
    /// usual holiday.
    ///
    /// Years before the first known notice lie behind us, so none of their days is provisional. The spans are
    /// those the notices of 2020 to 2026 used, rounded up: 元旦 30 Dec to 3 Jan, 春节 eight days each side of lunar
    /// new year, 清明 2 to 7 Apr, 劳动节 29 Apr to 5 May, 端午 and 中秋 two days each side, 国庆 1 to 8 Oct.
    pub fn is_provisional(&self, date: Date) -> bool {
        let year = date.year();
        if self.is_published(year) || self.published.first().is_some_and(|first| year < *first) {
            return false;
        }
        match (date.month(), date.day()) {
            (12, 30..) | (1, ..=3) | (4, 2..=7 | 29..) | (5, ..=5) | (10, ..=8) => true,
            (1..=2, _) => near_lunar_new_year(date),
            (5..=7, _) => near_lunar_day(date, 5, 5),
            (9..=10, _) => near_lunar_day(date, 8, 15),
            _ => false,
        }
    }
}

/// Whether lunar new year lies within eight days before or after a date.
fn near_lunar_new_year(date: Date) -> bool {
    let lunar_year = |offset: i64| LunarDate::from_date(date.saturating_add(jiff::Span::new().days(offset))).year;
    lunar_year(-9) < lunar_year(8)
}

/// Whether a date lies within two days of a day in the middle of a lunar month, leap months aside.
fn near_lunar_day(date: Date, month: u8, day: u8) -> bool {
    let lunar = LunarDate::from_date(date);
    !lunar.leap && lunar.month == month && lunar.day.abs_diff(day) <= 2
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_years_2025_and_2026_follow_their_notices() {
        let china = HolidayCalendar::china();
        let count = |year: i16| china.days.iter().filter(|d| d.0.year() == year && d.1).count();
        let make_up = |year: i16| {
            china
                .days
                .iter()
                .filter(|d| d.0.year() == year && !d.1)
                .map(|d| d.0)
                .collect::<Vec<_>>()
        };
        assert_eq!((count(2025), count(2026)), (28, 33));
        assert_eq!(
            make_up(2025),
            [
                date(2025, 1, 26),
                date(2025, 2, 8),
                date(2025, 4, 27),
                date(2025, 9, 28),
                date(2025, 10, 11)
            ]
        );
        assert_eq!(china.day(date(2026, 10, 1)), DayKind::Holiday("国庆节"));
        assert_eq!(china.day(date(2026, 10, 8)), DayKind::Ordinary);
        assert_eq!(china.day(date(2026, 10, 10)), DayKind::MakeUpWorkday("国庆节"));
        assert!(china.is_workday(date(2026, 10, 10)), "a make-up Saturday");
        assert!(!china.is_workday(date(2026, 10, 11)), "a plain Sunday");
        assert!(!china.is_workday(date(2026, 2, 17)), "the first day of the year");
        assert!(china.is_workday(date(2026, 11, 25)), "a plain Wednesday");
        assert!(china.is_published(2026) && !china.is_published(2027) && !china.is_published(2019));
    }

    #[test]
    fn every_announced_day_off_of_these_years_would_have_been_provisional_before_its_notice() {
        let china = HolidayCalendar::china();
        let mut bare = HolidayCalendar::empty();
        bare.published.insert(2019);
        for (day, off, name) in &china.days {
            assert!(!off || bare.is_provisional(*day), "{day} {name}");
        }
    }

    #[test]
    fn only_days_near_the_usual_holidays_of_unpublished_years_are_provisional() {
        let china = HolidayCalendar::china();
        for (y, m, d) in [
            (2027, 1, 1),
            (2027, 1, 29),
            (2027, 2, 14),
            (2027, 4, 5),
            (2027, 5, 1),
            (2027, 6, 9),
            (2027, 9, 15),
            (2027, 10, 8),
        ] {
            assert!(china.is_provisional(date(y, m, d)), "{y}-{m}-{d}");
        }
        for (y, m, d) in [
            (2026, 10, 1),
            (2027, 1, 28),
            (2027, 2, 15),
            (2027, 3, 10),
            (2027, 6, 12),
            (2027, 9, 18),
            (2027, 10, 9),
            (2010, 10, 1),
        ] {
            assert!(!china.is_provisional(date(y, m, d)), "{y}-{m}-{d}");
        }
        assert!(HolidayCalendar::empty().is_provisional(date(2010, 10, 1)));
    }

    #[test]
    fn an_imported_notice_replaces_its_year_and_leaves_the_others() {
        let notice = r#"{"2026":{"holidays":{"2026-03-03":"试"}},"2027":{"holidays":{"2027-01-01":"元旦"},"workdays":{"2027-01-03":"元旦"}}}"#;
        let updated = HolidayCalendar::china().updated_with(&HolidayCalendar::from_json(notice).unwrap());
        assert_eq!(updated.day(date(2026, 10, 1)), DayKind::Ordinary);
        assert_eq!(updated.day(date(2026, 3, 3)), DayKind::Holiday("试"));
        assert_eq!(updated.day(date(2027, 1, 3)), DayKind::MakeUpWorkday("元旦"));
        assert_eq!(
            updated.day(date(2025, 10, 1)),
            HolidayCalendar::china().day(date(2025, 10, 1))
        );
        assert!(!updated.is_provisional(date(2027, 2, 6)));
        assert_eq!(updated.published_years().last(), Some(2027));
    }

    #[test]
    fn a_file_that_is_partly_wrong_is_refused_with_its_reason() {
        let table = [
            ("", "not JSON"),
            ("[]", "not JSON"),
            (
                r#"{"2027":{"holidays":{"2027-02-30":"x"}}}"#,
                "\"2027-02-30\" is not a date",
            ),
            (
                r#"{"2027":{"holidays":{"20270101":"x"}}}"#,
                "\"20270101\" is not a date",
            ),
            (
                r#"{"2027":{"holidays":{"2027-01-01":"a\u0000b"}}}"#,
                "2027-01-01 has a name",
            ),
            (r#"{"1800":{"holidays":{}}}"#, "\"1800\" is not a year"),
            ("{\"2027\":{\"holidays\":\u{0}}}", "not JSON"),
            (r#"{"2027":{"holiday":{}}}"#, "not JSON"),
            (r#"{"next":{"holidays":{}}}"#, "\"next\" is not a year"),
            (r#"{"99999":{"holidays":{}}}"#, "\"99999\" is not a year"),
            (
                r#"{"2027":{"holidays":{"2026-01-01":"x"}}}"#,
                "2026-01-01 is filed under the year 2027",
            ),
            (
                r#"{"2027":{"holidays":{"2027-01-01":"x"},"workdays":{"2027-01-01":"x"}}}"#,
                "2027-01-01 is both",
            ),
        ];
        for (text, reason) in table {
            let error = HolidayCalendar::from_json(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
