//! Cron expressions: when something is to be done again and again, in the form that administrators know.
//!
//! Five fields (minute, hour, day of the month, month, day of the week) as POSIX has them, or six with the seconds in front. Each is `*`, a
//! number, a range `1-5`, a step `*/15` or `8-18/2`, or a list of these; months and weekdays may be named. Sunday is 0 and 7. When both the
//! day of the month and the day of the week are given, either is enough (POSIX.1-2017, `crontab`).
//!
//! The `cron` crate evaluates, up to the year 2100. It has seconds always, counts Sunday as 1 and wants both kinds of days: so an expression is
//! translated for it, weekdays by name, and where either day is enough there are two schedules.
//!
//! An expression is read on the community's clock: the crate is asked for wall-clock times as if they were UTC. A time that the clock skips is
//! taken as long after the gap as it lies in it, a time that comes twice is taken once, the first time (RFC 5545 §3.3.5).

use std::collections::BTreeSet;
use std::fmt;
use std::iter::{self, Peekable};
use std::str::FromStr;

use chrono::Utc;
use cron::{Schedule, TimeUnitSpec};
use jiff::civil::{DateTime, datetime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::calendar::resolve;

/// The least time between two runs.
pub const LEAST_GAP: SignedDuration = SignedDuration::from_mins(15);
/// The longest expression, bytes.
pub const MOST_BYTES: usize = 120;
/// More than a clock ever jumps: a zone that changed sides of the date line skipped a day.
const LONGEST_JUMP: SignedDuration = SignedDuration::from_hours(25);
/// The days of the week as the crate names them; the first is 0, and 7, too.
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

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

    /// A field as the crate wants it. Each part of a list is shown to it alone, so that the one it refuses can be named.
    fn translate(self, text: &str) -> Result<String, CronError> {
        let parts = text.split(',').map(|part| {
            let wrong = || CronError::Value {
                field: self,
                text: part.chars().take(20).collect(),
            };
            let translated = match self {
                Field::Weekday => weekdays(part).ok_or_else(wrong)?,
                _ => part.to_owned(),
            };
            let mut fields = ["*"; 6];
            for (field, of) in fields.iter_mut().zip(Field::ALL) {
                if of == self {
                    *field = &translated;
                }
            }
            match fields.join(" ").parse::<Schedule>() {
                Ok(_) if !translated.is_empty() => Ok(translated),
                _ => Err(wrong()),
            }
        });
        Ok(parts.collect::<Result<Vec<_>, _>>()?.join(","))
    }
}

/// A part of the field of weekdays, spelt out by name; none when it cannot be read.
fn weekdays(part: &str) -> Option<String> {
    let number = |text: &str| {
        let named = WEEKDAYS.iter().position(|name| name.eq_ignore_ascii_case(text));
        named.or_else(|| match text.as_bytes() {
            [digit @ b'0'..=b'7'] => Some(usize::from(digit - b'0')),
            _ => None,
        })
    };
    if is_open(part) {
        return Some("*".to_owned());
    }
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(step.parse::<u8>().ok().filter(|step| *step > 0)?)),
        None => (part, None),
    };
    let (from, to) = if is_open(range) {
        (0, 6)
    } else if let Some((from, to)) = range.split_once('-') {
        match (number(from)?, number(to)?) {
            // Friday to Sunday: Sunday comes after the others, too.
            (from, 0) if from > 0 => (from, 7),
            both => both,
        }
    } else {
        let one = number(range)?;
        // `3/2`: from Wednesday on, every second.
        (one, if step.is_some() { 7 } else { one })
    };
    let days = (from..=to).step_by(usize::from(step.unwrap_or(1)));
    Some(days.map(|day| WEEKDAYS[day % 7]).collect::<Vec<_>>().join(","))
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
    /// It fires when one of them does. They differ in their days alone.
    schedules: Vec<Schedule>,
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
        if cron.walls(datetime(1999, 12, 31, 0, 0, 0, 0)).next().is_none() {
            return Err(CronError::Never);
        }
        if cron.schedules.iter().any(|schedule| least_gap(schedule) < LEAST_GAP) {
            return Err(CronError::TooOften);
        }
        Ok(cron)
    }
}

/// A wall-clock time as the crate takes it; none beyond the years that it knows.
fn outside(wall: DateTime) -> Option<chrono::DateTime<Utc>> {
    let seconds = TimeZone::UTC.to_timestamp(wall).ok()?.as_second();
    chrono::DateTime::from_timestamp(seconds, 0)
}

/// A wall-clock time of the crate's.
fn inside(wall: chrono::DateTime<Utc>) -> Option<DateTime> {
    let at = Timestamp::from_second(wall.timestamp()).ok()?;
    Some(TimeZone::UTC.to_datetime(at))
}

/// The times of several schedules as one, in the order that `first` says, those that they share once.
fn merged<I>(mut runs: Vec<Peekable<I>>, first: fn(DateTime, DateTime) -> DateTime) -> impl Iterator<Item = DateTime>
where
    I: Iterator<Item = DateTime>,
{
    iter::from_fn(move || {
        let next = runs.iter_mut().filter_map(|run| run.peek().copied()).reduce(first)?;
        for run in &mut runs {
            run.next_if_eq(&next);
        }
        Some(next)
    })
}

/// The least time between two runs of a day, or between the last of one day and the first of the next.
fn least_gap(schedule: &Schedule) -> SignedDuration {
    let day = SignedDuration::from_hours(24);
    let mut times = schedule.hours().iter().flat_map(|hour| {
        schedule.minutes().iter().flat_map(move |minute| {
            let seconds = schedule.seconds().iter();
            seconds.map(move |second| SignedDuration::from_secs(i64::from(hour * 3600 + minute * 60 + second)))
        })
    });
    let Some(first) = times.next() else { return day };
    let (mut last, mut least) = (first, day);
    for time in times {
        least = least.min(time - last);
        if least < LEAST_GAP {
            return least;
        }
        last = time;
    }
    least.min(first - last + day)
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
        let translated = Field::ALL
            .iter()
            .zip(&fields)
            .map(|(field, text)| field.translate(text));
        let translated: Vec<String> = translated.collect::<Result<_, _>>()?;
        // As crontab(5) has it: a field that begins with an asterisk is open.
        let either = !fields[3].starts_with(['*', '?']) && !fields[5].starts_with(['*', '?']);
        // Which of the two kinds of days is left open in each schedule.
        let opened: &[&[Field]] = if either {
            &[&[Field::Weekday], &[Field::Day]]
        } else {
            &[&[]]
        };
        let schedules = opened.iter().map(|opened| {
            let fields = Field::ALL.iter().zip(&translated);
            let fields: Vec<&str> = fields
                .map(|(field, text)| if opened.contains(field) { "*" } else { text })
                .collect();
            // Each field was read alone; together they are read again.
            fields.join(" ").parse().map_err(|_| CronError::Fields(fields.len()))
        });
        Ok(Self {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            schedules: schedules.collect::<Result<_, _>>()?,
        })
    }

    /// The wall-clock times after one, in order.
    fn walls(&self, after: DateTime) -> impl Iterator<Item = DateTime> {
        let runs = self.schedules.iter().filter_map(|schedule| {
            let after = outside(after)?;
            Some(schedule.after(&after).map_while(inside).peekable())
        });
        merged(runs.collect(), DateTime::min)
    }

    /// The wall-clock times before one, the last first.
    fn walls_back(&self, before: DateTime) -> impl Iterator<Item = DateTime> {
        let runs = self.schedules.iter().filter_map(|schedule| {
            let before = outside(before)?;
            Some(schedule.after(&before).rev().map_while(inside).peekable())
        });
        merged(runs.collect(), DateTime::max)
    }

    /// The runs after `after`, in order. Wall-clock times become instants in their own order except those that the clock skips: these wait
    /// for what comes meanwhile.
    fn runs(&self, after: Timestamp, zone: &TimeZone) -> impl Iterator<Item = Timestamp> {
        // A time that the clock has just skipped may still be to come.
        let mut walls = self
            .walls(zone.to_datetime(after).saturating_sub(LONGEST_JUMP))
            .peekable();
        let mut waiting: BTreeSet<(Timestamp, DateTime)> = BTreeSet::new();
        iter::from_fn(move || {
            loop {
                // Nothing that is still to come on the wall comes before the first that waits, or at the same moment.
                if let Some((_, until)) = waiting.first()
                    && walls.peek().is_none_or(|wall| wall > until)
                {
                    return waiting.pop_first().map(|(at, _)| at);
                }
                let zoned = resolve(walls.next()?, zone);
                if zoned.timestamp() > after {
                    waiting.insert((zoned.timestamp(), zoned.datetime()));
                }
            }
        })
    }

    /// The first run after `after`.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        self.runs(after, zone).next()
    }

    /// The next `count` runs after `after`; fewer at the end of time.
    pub fn next_runs(&self, after: Timestamp, zone: &TimeZone, count: usize) -> Vec<Timestamp> {
        self.runs(after, zone).take(count).collect()
    }

    /// The last run at or before `until`, later than `since`.
    pub fn latest(&self, since: Timestamp, until: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = zone.to_datetime(until);
        // Later on the wall is not later in time where the clock goes back, and earlier not earlier where it jumps.
        let mut walls = self.walls_back(local.saturating_add(LONGEST_JUMP));
        let instant = |wall| (wall, resolve(wall, zone).timestamp());
        let (found, at) = walls.by_ref().map(instant).find(|(_, at)| *at <= until)?;
        let earliest = found.saturating_sub(LONGEST_JUMP);
        let others = walls.take_while(|wall| *wall >= earliest).map(|wall| instant(wall).1);
        let latest = others.filter(|at| *at <= until).fold(at, Timestamp::max);
        Some(latest).filter(|at| *at > since)
    }
}

/// The run of a digest that is due: the newest that has come after `told_until`, up to which everything is told or given up, and how many
/// older ones are passed over, a thousand at most. A clock that goes back finds nothing new.
pub fn newest_due(cron: &Cron, told_until: Timestamp, now: Timestamp, zone: &TimeZone) -> Option<(Timestamp, usize)> {
    let newest = cron.latest(told_until, now, zone)?;
    let older = cron
        .runs(told_until, zone)
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
            ("-1 9 * * *", value(Field::Minute, "-1")),
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
        // The hour that is skipped and the one after it are one run.
        assert_eq!(
            runs("0 1-3 * * *", "Europe/London", "2032-03-28T00:00:00Z", 2),
            ["Sun 2032-03-28 02:00:00 +01:00", "Sun 2032-03-28 03:00:00 +01:00"]
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

    /// Whether a number is in a field, read the slow way: each part is compared for itself.
    fn naive_field(text: &str, number: i8, most: i8, names: &[&str]) -> bool {
        let read = |text: &str| -> i8 {
            let named = names
                .iter()
                .find_map(|name| name.split_once('=').filter(|(name, _)| *name == text));
            named.map_or(text, |(_, number)| number).parse().unwrap()
        };
        text.split(',').any(|part| {
            let (range, step) = part.split_once('/').unwrap_or((part, "1"));
            let (from, to) = match range.split_once('-') {
                Some((from, to)) => (read(from), read(to)),
                None if range == "*" => (0, most),
                None if part.contains('/') => (read(range), most),
                None => (read(range), read(range)),
            };
            (from..=to).contains(&number) && (number - from) % read(step) == 0
        })
    }

    /// Whether an expression of five fields fires in a minute, as POSIX says it.
    fn naive(fields: [&str; 5], minute: DateTime) -> bool {
        let [minutes, hours, days, months, weekdays] = fields;
        if !naive_field(minutes, minute.minute(), 59, &[]) || !naive_field(hours, minute.hour(), 23, &[]) {
            return false;
        }
        let weekday = minute.weekday().to_sunday_zero_offset();
        let names = ["Sun=0", "Mon=1", "Tue=2", "Thu=4", "Fri=5"];
        let of_week = naive_field(weekdays, weekday, 7, &names) || weekday == 0 && naive_field(weekdays, 7, 7, &names);
        let of_month = days == "*" || naive_field(days, minute.day(), 31, &[]);
        let holds = match (days, weekdays) {
            (_, "*") => of_month,
            ("*", _) => of_week,
            _ => of_month || of_week,
        };
        holds && (months == "*" || naive_field(months, minute.month(), 12, &["Jan=1", "Jun=6"]))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        /// Against a matcher that looks at every minute of forty days, in zones with and without summer time: what it finds, once each.
        #[test]
        fn it_fires_in_the_minutes_that_posix_says(
            minute in prop::sample::select(vec!["0", "30", "*/15", "7,37", "10-40/30", "5/20"]),
            hour in prop::sample::select(vec!["*", "9", "8-18/2", "0,12", "23", "1-3"]),
            day in prop::sample::select(vec!["*", "1", "15,31", "28-31", "1-31/7"]),
            month in prop::sample::select(vec!["*", "2", "Jan,Jun", "3-5", "10/2"]),
            weekday in prop::sample::select(vec!["*", "Mon-Fri", "Sun", "Tue,Thu", "0", "7", "5-7", "1-5/2"]),
            hours in 278_000_i64..555_000,
            name in prop::sample::select(vec!["UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]),
        ) {
            let zone = zone(name);
            let cron: Cron = format!("{minute} {hour} {day} {month} {weekday}").parse().unwrap();
            let after = Timestamp::from_second(hours * 3600).unwrap();
            let until = after + SignedDuration::from_hours(24 * 40);
            let fields = [minute, hour, day, month, weekday];
            let wall = zone.to_datetime(after);
            let minutes = (-60 * 26..60 * 24 * 41_i64).map(|count| wall + SignedDuration::from_mins(count));
            let expected: BTreeSet<Timestamp> = minutes
                .filter(|minute| naive(fields, *minute))
                .map(|minute| resolve(minute, &zone).timestamp())
                .filter(|at| *at > after && *at <= until)
                .collect();
            let expected: Vec<Timestamp> = expected.into_iter().collect();
            let runs: Vec<Timestamp> = cron.runs(after, &zone).take_while(|at| *at <= until).collect();
            prop_assert_eq!(&runs, &expected);
            prop_assert_eq!(cron.latest(after, until, &zone), expected.last().copied());
            if let [.., previous, last] = expected[..] {
                prop_assert_eq!(cron.latest(after, last, &zone), Some(last));
                prop_assert_eq!(cron.latest(after, last - SignedDuration::from_secs(1), &zone), Some(previous));
                prop_assert_eq!(newest_due(&cron, after, last, &zone), Some((last, (expected.len() - 1).min(1000))));
            }
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
