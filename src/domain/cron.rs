//! Cron expressions: when something is to be done again and again, in the form that administrators know.
//!
//! Five fields (minute, hour, day of the month, month, day of the week) as POSIX has them, or six with the seconds in front. Each is `*`, a
//! number, a range `1-5`, a step `*/15` or `8-18/2`, or a list of these; months and weekdays may be named. Sunday is 0 and 7. When both the
//! day of the month and the day of the week are given, either is enough (POSIX.1-2017, `crontab`).
//!
//! An expression is read on the community's clock. A time that the clock skips is taken as long after the gap as it lies in it, a time that comes
//! twice is taken once, the first time (RFC 5545 §3.3.5).

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::calendar::resolve;

/// The least time between two runs.
pub const LEAST_GAP: SignedDuration = SignedDuration::from_mins(15);
/// The longest expression, bytes.
pub const MOST_BYTES: usize = 120;
/// Days that are looked through for a run: 29 February comes within eight years, on a certain weekday within forty.
const MOST_DAYS: i32 = 366 * 41;

/// The fields, in the order of six.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Seconds.
    Second,
    /// Minutes.
    Minute,
    /// Hours.
    Hour,
    /// Days of the month.
    Day,
    /// Months.
    Month,
    /// Days of the week.
    Weekday,
}

impl Field {
    const ALL: [Field; 6] = [
        Field::Second,
        Field::Minute,
        Field::Hour,
        Field::Day,
        Field::Month,
        Field::Weekday,
    ];

    /// Its name in messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Field::Second => "second",
            Field::Minute => "minute",
            Field::Hour => "hour",
            Field::Day => "day",
            Field::Month => "month",
            Field::Weekday => "weekday",
        }
    }

    /// The least and the greatest number it takes.
    pub fn bounds(self) -> (u8, u8) {
        match self {
            Field::Second | Field::Minute => (0, 59),
            Field::Hour => (0, 23),
            Field::Day => (1, 31),
            Field::Month => (1, 12),
            Field::Weekday => (0, 7),
        }
    }

    fn names(self) -> &'static [&'static str] {
        match self {
            Field::Month => &[
                "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
            ],
            Field::Weekday => &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
            _ => &[],
        }
    }

    /// One number or name.
    fn number(self, text: &str) -> Result<u8, CronError> {
        let wrong = || CronError::Value {
            field: self,
            text: text.chars().take(20).collect(),
        };
        let (least, most) = self.bounds();
        if let Some(at) = self.names().iter().position(|name| name.eq_ignore_ascii_case(text)) {
            return Ok(at as u8 + u8::from(self == Field::Month));
        }
        let digits = !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number: u8 = if digits {
            text.parse().map_err(|_| wrong())?
        } else {
            return Err(wrong());
        };
        if (least..=most).contains(&number) {
            Ok(number)
        } else {
            Err(wrong())
        }
    }

    /// The numbers of a field, as bits.
    fn read(self, text: &str) -> Result<u64, CronError> {
        let mut bits = 0_u64;
        for part in text.split(',') {
            let wrong = || CronError::Value {
                field: self,
                text: part.chars().take(20).collect(),
            };
            let (range, step) = match part.split_once('/') {
                Some((range, step)) => (range, Some(step)),
                None => (part, None),
            };
            let step: Option<u8> = match step {
                None => None,
                Some(step) => Some(step.parse().ok().filter(|step| *step > 0).ok_or_else(wrong)?),
            };
            let (least, most) = self.bounds();
            let (from, to) = if is_open(range) {
                (least, if self == Field::Weekday { 6 } else { most })
            } else if let Some((from, to)) = range.split_once('-') {
                let (from, mut to) = (self.number(from)?, self.number(to)?);
                // Friday to Sunday: Sunday comes after the others, too.
                if self == Field::Weekday && to == 0 && from > 0 {
                    to = 7;
                }
                (from, to)
            } else {
                let one = self.number(range)?;
                // `5/15`: from five on, every fifteen.
                (one, if step.is_some() { most } else { one })
            };
            if from > to {
                return Err(wrong());
            }
            for number in (from..=to).step_by(usize::from(step.unwrap_or(1))) {
                bits |= 1 << if self == Field::Weekday { number % 7 } else { number };
            }
        }
        Ok(bits)
    }
}

fn is_open(text: &str) -> bool {
    text == "*" || text == "?"
}

/// Why a text is no cron expression, or none that we follow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CronError {
    /// It does not have five or six fields.
    #[error("{0} fields instead of five or six")]
    Fields(usize),
    /// It is too long.
    #[error("longer than {MOST_BYTES} bytes")]
    TooLong,
    /// A field cannot be read.
    #[error("{text:?} is no {}", field.as_str())]
    Value {
        /// Which field.
        field: Field,
        /// What stands there.
        text: String,
    },
    /// No date fits.
    #[error("it never fires")]
    Never,
    /// Two runs lie closer together than [`LEAST_GAP`].
    #[error("it fires more often than every 15 minutes")]
    TooOften,
}

/// A cron expression that fires now and then, and not too often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cron {
    text: String,
    seconds: u64,
    minutes: u64,
    hours: u64,
    days: u64,
    months: u64,
    weekdays: u64,
    /// Both kinds of days are given: either is enough.
    either: bool,
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Cron {
    type Err = CronError;

    fn from_str(text: &str) -> Result<Self, CronError> {
        let cron = Self::read(text)?;
        if (1..=12).all(|month| cron.months & 1 << month == 0 || cron.days_of(month) == 0) {
            return Err(CronError::Never);
        }
        if cron.least_gap() < LEAST_GAP {
            return Err(CronError::TooOften);
        }
        Ok(cron)
    }
}

fn has(bits: u64, number: i8) -> bool {
    u32::try_from(number).is_ok_and(|number| bits >> number & 1 == 1)
}

fn numbers(bits: u64) -> impl Iterator<Item = i8> {
    (0..60_i8).filter(move |number| has(bits, *number))
}

impl Cron {
    /// Reads the fields without asking whether they make sense together.
    fn read(text: &str) -> Result<Self, CronError> {
        if text.len() > MOST_BYTES {
            return Err(CronError::TooLong);
        }
        let mut fields: Vec<&str> = text.split_whitespace().collect();
        match fields.len() {
            5 => fields.insert(0, "0"),
            6 => {}
            other => return Err(CronError::Fields(other)),
        }
        let mut bits = [0_u64; 6];
        for ((bits, field), text) in bits.iter_mut().zip(Field::ALL).zip(&fields) {
            *bits = field.read(text)?;
        }
        let [seconds, minutes, hours, days, months, weekdays] = bits;
        Ok(Self {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            seconds,
            minutes,
            hours,
            days,
            months,
            weekdays,
            // As crontab(5) has it: a field that begins with an asterisk is open.
            either: !fields[3].starts_with(['*', '?']) && !fields[5].starts_with(['*', '?']),
        })
    }

    /// The days a month may have of those asked for, as bits; all where a weekday is enough.
    fn days_of(&self, month: i8) -> u64 {
        let length = match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let all = (1_u64 << (length + 1)) - 2;
        if self.either { all } else { self.days & all }
    }

    fn holds(&self, day: Date) -> bool {
        let of_month = has(self.days, day.day());
        let of_week = has(self.weekdays, day.weekday().to_sunday_zero_offset());
        has(self.months, day.month())
            && if self.either {
                of_month || of_week
            } else {
                of_month && of_week
            }
    }

    /// The wall-clock times of a day on which it fires, in order.
    fn times(&self) -> impl Iterator<Item = Time> {
        numbers(self.hours).flat_map(move |hour| {
            numbers(self.minutes).flat_map(move |minute| {
                numbers(self.seconds).map(move |second| Time::constant(hour, minute, second, 0))
            })
        })
    }

    /// The least time between two runs of a day, or between the last of one day and the first of the next.
    fn least_gap(&self) -> SignedDuration {
        let day = SignedDuration::from_hours(24);
        let mut times = self.times();
        let Some(first) = times.next() else { return day };
        let (mut last, mut least) = (first, day);
        for time in times {
            least = least.min(time.duration_since(last));
            if least < LEAST_GAP {
                return least;
            }
            last = time;
        }
        least.min(first.duration_since(last) + day)
    }

    /// The first run after `after`.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        // A day that the clock skips is taken on the next: begin a day early.
        let first = zone.to_datetime(after).date().saturating_sub(1.day());
        let days = (0..MOST_DAYS).map(|days| first.saturating_add(days.days()));
        days.filter(|day| self.holds(*day))
            .find_map(|day| self.runs_of(day, zone).filter(|at| *at > after).min())
    }

    /// The runs of a day; where the clock jumps they need not be in order.
    fn runs_of(&self, day: Date, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
        self.times()
            .map(move |time| resolve(day.to_datetime(time), zone).timestamp())
    }

    /// The next `count` runs after `after`; fewer at the end of time.
    pub fn next_runs(&self, after: Timestamp, zone: &TimeZone, count: usize) -> Vec<Timestamp> {
        std::iter::successors(self.next(after, zone), |at| self.next(*at, zone))
            .take(count)
            .collect()
    }

    /// The last run at or before `until`, not looking further back than `since`.
    pub fn latest(&self, since: Timestamp, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let [earliest, last] = [since, until].map(|at| zone.to_datetime(at).date());
        let earliest = earliest.saturating_sub(1.day());
        std::iter::successors(Some(last), |day| day.yesterday().ok())
            .take_while(|day| *day >= earliest)
            .filter(|day| self.holds(*day))
            .find_map(|day| self.runs_of(day, zone).filter(|at| *at <= until).max())
            .filter(|at| *at > since)
    }
}

/// The run of a digest that is due: the newest that has come after `told_until`, up to which everything is told or given up, and how many
/// older ones are passed over. A clock that goes back finds nothing new.
pub fn newest_due(cron: &Cron, told_until: Timestamp, now: Timestamp, zone: &TimeZone) -> Option<(Timestamp, usize)> {
    let newest = cron.latest(told_until, now, zone)?;
    let older = std::iter::successors(cron.next(told_until, zone), |at| cron.next(*at, zone))
        .take_while(|at| *at < newest)
        .take(1000)
        .count();
    Some((newest, older))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        crate::domain::calendar::zone::parse_zone(name).expect("a bundled zone")
    }

    fn runs(text: &str, name: &str, after: &str, count: usize) -> Vec<String> {
        let zone = zone(name);
        let cron: Cron = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        cron.next_runs(after.parse().expect("an instant"), &zone, count)
            .into_iter()
            .map(|at| {
                at.to_zoned(zone.clone())
                    .strftime("%a %Y-%m-%d %H:%M:%S %:z")
                    .to_string()
            })
            .collect()
    }

    #[test]
    fn five_fields_are_read_as_posix_has_them() {
        let after = "2026-11-25T08:10:00+08:00";
        for (text, first) in [
            ("0 17 * * 0", "Sun 2026-11-29 17:00:00 +08:00"),
            ("0 17 * * 7", "Sun 2026-11-29 17:00:00 +08:00"),
            ("0 17 * * sun", "Sun 2026-11-29 17:00:00 +08:00"),
            ("0 17 * * 1", "Mon 2026-11-30 17:00:00 +08:00"),
            ("0 9 1 * *", "Tue 2026-12-01 09:00:00 +08:00"),
            ("0 9 1 Jan,Mar *", "Fri 2027-01-01 09:00:00 +08:00"),
            ("*/15 9-10 * * *", "Wed 2026-11-25 09:00:00 +08:00"),
            ("5/30 * * * *", "Wed 2026-11-25 08:35:00 +08:00"),
            ("30 8 * * MON-FRI", "Wed 2026-11-25 08:30:00 +08:00"),
            ("30 8 * * fri-sun", "Fri 2026-11-27 08:30:00 +08:00"),
            ("30 8 * * 5-7", "Fri 2026-11-27 08:30:00 +08:00"),
            // Both given: either is enough.
            ("0 9 30 * FRI", "Fri 2026-11-27 09:00:00 +08:00"),
            ("0 9 ? * FRI", "Fri 2026-11-27 09:00:00 +08:00"),
            ("0 0 29 2 *", "Tue 2028-02-29 00:00:00 +08:00"),
            // Seconds in front.
            ("30 0 17 * * 0", "Sun 2026-11-29 17:00:30 +08:00"),
        ] {
            assert_eq!(runs(text, "Asia/Shanghai", after, 1), [first], "{text}");
        }
        let strange: Cron = "  0   17 * *  0 ".parse().unwrap();
        assert_eq!(strange.to_string(), "0 17 * * 0");
    }

    #[test]
    fn what_never_fires_fires_too_often_or_cannot_be_read_is_refused_by_name() {
        let value = |field, text: &str| CronError::Value {
            field,
            text: text.to_owned(),
        };
        for (text, error) in [
            ("", CronError::Fields(0)),
            ("0 17 * *", CronError::Fields(4)),
            ("0 0 17 * * 0 2026", CronError::Fields(7)),
            ("0 0 30 2 *", CronError::Never),
            ("0 0 31 4,6,9,11 *", CronError::Never),
            ("* * * * *", CronError::TooOften),
            ("*/10 9 * * *", CronError::TooOften),
            ("* 0 9 * * *", CronError::TooOften),
            ("0,59 23,0 * * *", CronError::TooOften),
            ("60 9 * * *", value(Field::Minute, "60")),
            ("0 24 * * *", value(Field::Hour, "24")),
            ("0 9 0 * *", value(Field::Day, "0")),
            ("0 9 1 13 *", value(Field::Month, "13")),
            ("0 9 * * 8", value(Field::Weekday, "8")),
            ("0 9 * * 周三", value(Field::Weekday, "周三")),
            ("0 9 * * ", CronError::Fields(4)),
            ("0 18-9 * * *", value(Field::Hour, "18-9")),
            ("*/0 9 * * *", value(Field::Minute, "*/0")),
            ("0 9, * * *", value(Field::Hour, "")),
            ("-1 9 * * *", value(Field::Minute, "")),
            ("0 +9 * * *", value(Field::Hour, "+9")),
            ("0 9 L * *", value(Field::Day, "L")),
        ] {
            assert_eq!(text.parse::<Cron>(), Err(error), "{text:?}");
        }
        assert_eq!("1,".repeat(200).parse::<Cron>(), Err(CronError::TooLong));
        assert!("*/15 * * * *".parse::<Cron>().is_ok());
        assert!("0 0 30 2 FRI".parse::<Cron>().is_ok(), "every Friday of February");
    }

    #[test]
    fn a_skipped_time_is_taken_after_the_gap_and_a_doubled_one_once() {
        assert_eq!(
            runs("30 2 * * *", "America/New_York", "2026-03-07T12:00:00-05:00", 2),
            ["Sun 2026-03-08 03:30:00 -04:00", "Mon 2026-03-09 02:30:00 -04:00"]
        );
        assert_eq!(
            runs("30 1 * * *", "America/New_York", "2026-10-31T12:00:00-04:00", 2),
            ["Sun 2026-11-01 01:30:00 -04:00", "Mon 2026-11-02 01:30:00 -05:00"]
        );
        assert_eq!(
            runs("0 9 30 12 *", "Pacific/Apia", "2011-12-01T00:00:00-10:00", 2),
            ["Sat 2011-12-31 09:00:00 +14:00", "Sun 2012-12-30 09:00:00 +14:00"]
        );
    }

    #[test]
    fn of_missed_runs_only_the_newest_is_due_and_a_clock_that_goes_back_finds_nothing() {
        let zone = zone("Asia/Shanghai");
        let cron: Cron = "0 17 * * 0".parse().unwrap();
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let sunday = at("2026-11-22T17:00:00+08:00");
        let due = |told, now: &str| newest_due(&cron, told, at(now), &zone);
        assert_eq!(due(sunday, "2026-11-28T00:00:00+08:00"), None);
        assert_eq!(due(sunday, "2026-11-29T16:59:59+08:00"), None);
        let next = at("2026-11-29T17:00:00+08:00");
        assert_eq!(due(sunday, "2026-11-29T17:00:00+08:00"), Some((next, 0)));
        assert_eq!(due(next, "2026-11-29T17:00:00+08:00"), None, "once");
        assert_eq!(due(next, "2026-11-20T17:00:00+08:00"), None, "the clock went back");
        let newest = at("2026-12-13T17:00:00+08:00");
        assert_eq!(due(sunday, "2026-12-14T03:00:00+08:00"), Some((newest, 2)));
    }

    proptest! {
        /// The `cron` crate knows no zone and counts Sunday as 1: asked in UTC and with named days it must say the same.
        #[test]
        fn in_utc_it_says_what_the_cron_crate_says(
            minute in prop::sample::select(vec!["0", "30", "*/15", "7,37", "10-40/30"]),
            hour in prop::sample::select(vec!["*", "9", "8-18/2", "0,12", "23"]),
            day in prop::sample::select(vec!["*", "1", "15,31", "28-31"]),
            month in prop::sample::select(vec!["*", "2", "Jan,Jun", "3-5"]),
            weekday in prop::sample::select(vec!["*", "Mon-Fri", "Sun", "Tue,Thu"]),
            seconds in 1_600_000_000_i64..2_000_000_000,
        ) {
            // With both given the crate wants both.
            prop_assume!(day == "*" || weekday == "*");
            let ours: Cron = format!("{minute} {hour} {day} {month} {weekday}").parse().unwrap();
            let theirs: cron::Schedule = format!("0 {minute} {hour} {day} {month} {weekday}").parse().unwrap();
            let after = Timestamp::from_second(seconds).unwrap();
            let runs: Vec<i64> = ours.next_runs(after, &TimeZone::UTC, 5).iter().map(|at| at.as_second()).collect();
            let same = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
            let expected: Vec<i64> = theirs.after(&same).take(5).map(|at| at.timestamp()).collect();
            prop_assert_eq!(&runs, &expected);
            let last = Timestamp::from_second(runs[4]).unwrap();
            prop_assert_eq!(ours.latest(after, last, &TimeZone::UTC), Some(last));
            let before = last - SignedDuration::from_secs(1);
            prop_assert_eq!(ours.latest(after, before, &TimeZone::UTC).unwrap().as_second(), runs[3]);
        }

        #[test]
        fn runs_are_in_order_and_apart_in_any_zone(
            minute in 0..60_i8,
            hours in prop::sample::select(vec!["*", "2", "1-3", "*/2"]),
            seconds in 1_300_000_000_i64..2_000_000_000,
            name in prop::sample::select(vec!["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"]),
        ) {
            let cron: Cron = format!("{minute} {hours} * * *").parse().unwrap();
            let after = Timestamp::from_second(seconds).unwrap();
            let runs = cron.next_runs(after, &zone(name), 6);
            prop_assert!(runs[0] > after);
            prop_assert!(runs.windows(2).all(|pair| pair[0] < pair[1]), "{runs:?}");
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            if let Ok(cron) = text.parse::<Cron>() {
                prop_assert!(cron.next(Timestamp::UNIX_EPOCH, &TimeZone::UTC).is_some());
            }
        }
    }
}
