//! RFC 7529 read slowly: of every day it is asked whether the rule means it, with lunar dates of another program.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use chinese_lunisolar_calendar::{LunisolarDate, SolarDate};
use jiff::Span;
use jiff::civil::{Date, DateTime, date};
use proptest::prelude::*;

use crate::domain::recurrence::laws::{first_dates, lunar_rule};
use crate::domain::recurrence::rule::{Frequency, Rule, Scale};
use crate::domain::recurrence::scaled::ScaledDays;

/// What the other program says of a day.
#[derive(Clone, Copy, Debug)]
struct Day {
    date: Date,
    year: i64,
    month: u8,
    leap: bool,
    /// From 1.
    of_month: i64,
    /// How many days its month has.
    month_length: i64,
    /// Which month it is, counted on.
    month_place: i64,
    /// From 1, and how many days its lunar year has.
    of_year: i64,
    year_length: i64,
}

/// The days from 1902 to 2098.
fn days() -> &'static [Day] {
    static DAYS: OnceLock<Vec<Day>> = OnceLock::new();
    DAYS.get_or_init(|| {
        let mut days: Vec<Day> = Vec::new();
        let mut date = date(1901, 2, 19);
        while date < Date::constant(2099, 12, 31) {
            let solar = SolarDate::from_ymd(date.year() as u16, date.month() as u8, date.day() as u8).unwrap();
            let lunar = LunisolarDate::from_solar_date(solar).unwrap();
            let of_month = i64::from(lunar.to_lunar_day().to_u8());
            let before = days.last();
            days.push(Day {
                date,
                year: i64::from(lunar.to_lunisolar_year().to_u16()),
                month: lunar.to_lunar_month().to_u8(),
                leap: lunar.to_lunar_month().is_leap_month(),
                of_month,
                month_length: 0,
                month_place: before.map_or(0, |day| day.month_place + i64::from(of_month == 1)),
                of_year: before.map_or(1, |day| {
                    let new_year =
                        of_month == 1 && lunar.to_lunar_month().to_u8() == 1 && !lunar.to_lunar_month().is_leap_month();
                    if new_year { 1 } else { day.of_year + 1 }
                }),
                year_length: 0,
            });
            date = date.tomorrow().unwrap();
        }
        let (mut month, mut year) = (0, 0);
        for i in (0..days.len()).rev() {
            month = month.max(days[i].of_month);
            year = year.max(days[i].of_year);
            days[i].month_length = month;
            days[i].year_length = year;
            if days[i].of_month == 1 {
                month = 0;
            }
            if days[i].of_year == 1 {
                year = 0;
            }
        }
        days
    })
}

fn place(date: Date) -> usize {
    usize::try_from(date.since(days()[0].date).unwrap().get_days()).unwrap()
}

/// A rule as text, taken apart without the parser under test.
struct Parts<'a>(&'a str);

impl<'a> Parts<'a> {
    fn value(&self, name: &str) -> Option<&'a str> {
        self.0
            .split(';')
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    }

    fn list(&self, name: &str) -> Vec<&'a str> {
        self.value(name)
            .map(|list| list.split(',').collect())
            .unwrap_or_default()
    }

    fn numbers(&self, name: &str) -> Vec<i64> {
        self.list(name).iter().map(|n| n.parse().unwrap()).collect()
    }
}

const CODES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// The days a rule means from `start` on, within so many days.
fn by_reading(start: Date, rule: &str, span: usize) -> Vec<Date> {
    let parts = Parts(rule);
    let frequency = parts.value("FREQ").unwrap();
    let interval = parts.value("INTERVAL").map_or(1, |n| n.parse::<i64>().unwrap());
    let skip = parts.value("SKIP").unwrap_or("OMIT");
    let origin = days()[place(start)];
    let mut months: Vec<String> = parts.list("BYMONTH").into_iter().map(str::to_owned).collect();
    let mut month_days = parts.numbers("BYMONTHDAY");
    let year_days = parts.numbers("BYYEARDAY");
    let by_day = parts.list("BYDAY");
    let says_day = !month_days.is_empty() || !by_day.is_empty() || !year_days.is_empty();
    let mut weekdays: Vec<(i64, &str)> = by_day
        .iter()
        .map(|item| {
            let (n, code) = item.split_at(item.len() - 2);
            (n.parse().unwrap_or(0), code)
        })
        .collect();
    let nth_in_month = frequency == "MONTHLY" || !months.is_empty();
    match frequency {
        "YEARLY" if !says_day => {
            month_days = vec![origin.of_month];
            if months.is_empty() {
                months = vec![format!("{}{}", origin.month, if origin.leap { "L" } else { "" })];
            }
        }
        "MONTHLY" if !says_day => month_days = vec![origin.of_month],
        "WEEKLY" if weekdays.is_empty() => {
            weekdays = vec![(0, CODES[start.weekday().to_monday_zero_offset() as usize])];
        }
        _ => {}
    }
    let has_leap = |year: i64, month: u8| {
        let near = place(start).saturating_sub(800)..(place(start) + span + 800).min(days().len());
        days()[near]
            .iter()
            .any(|day| day.year == year && day.leap && day.month == month)
    };
    let yearly = frequency == "YEARLY";
    let selected = |day: &Day| {
        let name = format!("{}{}", day.month, if day.leap { "L" } else { "" });
        if months.is_empty() || months.contains(&name) {
            return true;
        }
        yearly
            && !day.leap
            && months.iter().filter_map(|name| name.strip_suffix('L')).any(|missing| {
                let missing: u8 = missing.parse().unwrap();
                match skip {
                    "BACKWARD" => missing == day.month && !has_leap(day.year, missing),
                    "FORWARD" if missing < 12 => missing + 1 == day.month && !has_leap(day.year, missing),
                    _ => false,
                }
            })
    };
    let period = |day: &Day| match frequency {
        "YEARLY" => day.year,
        "MONTHLY" => day.month_place,
        "WEEKLY" => {
            let monday = day.date - Span::new().days(i64::from(day.date.weekday().to_monday_zero_offset()));
            i64::from(monday.since(Date::constant(1900, 1, 1)).unwrap().get_days()) / 7
        }
        _ => place(day.date) as i64,
    };
    let expands = matches!(frequency, "YEARLY" | "MONTHLY");
    let mut sets: BTreeMap<i64, BTreeSet<Date>> = BTreeMap::new();
    // A set counts as a whole, however much of it lies before the start or after the end.
    for i in place(start).saturating_sub(400)..(place(start) + span + 400) {
        let day = &days()[i];
        let fits_weekday = |inside: bool| {
            let code = CODES[day.date.weekday().to_monday_zero_offset() as usize];
            let (n, length) = if nth_in_month {
                (day.of_month, day.month_length)
            } else {
                (day.of_year, day.year_length)
            };
            weekdays.is_empty()
                || weekdays.iter().any(|(nth, named)| {
                    let counted = (n - 1) / 7 + 1 == *nth || -((length - n) / 7 + 1) == *nth;
                    *named == code && (*nth == 0 || (inside && counted))
                })
        };
        let listed = month_days.is_empty()
            || month_days.contains(&day.of_month)
            || month_days.contains(&(day.of_month - day.month_length - 1));
        let pushed_back = expands
            && skip == "BACKWARD"
            && day.of_month == day.month_length
            && month_days.iter().any(|n| *n > day.month_length);
        let in_year = year_days.is_empty()
            || year_days.contains(&day.of_year)
            || year_days.contains(&(day.of_year - day.year_length - 1));
        if selected(day) && (listed || pushed_back) && in_year && fits_weekday(true) {
            sets.entry(period(day)).or_default().insert(day.date);
        }
        let before = &days()[i - 1];
        let year_pushed_back =
            skip == "BACKWARD" && day.of_year == day.year_length && year_days.iter().any(|n| *n > day.year_length);
        if year_pushed_back {
            sets.entry(period(day)).or_default().insert(day.date);
        }
        let year_pushed_on = skip == "FORWARD" && day.of_year == 1 && year_days.iter().any(|n| *n > before.year_length);
        if year_pushed_on {
            sets.entry(period(before)).or_default().insert(day.date);
        }
        let pushed_on =
            expands && skip == "FORWARD" && day.of_month == 1 && month_days.iter().any(|n| *n > before.month_length);
        if pushed_on && selected(before) && fits_weekday(!nth_in_month && day.year == before.year) {
            sets.entry(period(before)).or_default().insert(day.date);
        }
    }
    let positions = parts.numbers("BYSETPOS");
    let end = days()[place(start) + span].date;
    let mut found = BTreeSet::new();
    for (at, set) in sets {
        if at < period(&origin) || (at - period(&origin)) % interval != 0 {
            continue;
        }
        let set: Vec<Date> = set.into_iter().collect();
        let size = set.len() as i64;
        found.extend(set.iter().zip(1..).filter_map(|(date, n)| {
            let chosen = positions.is_empty() || positions.contains(&n) || positions.contains(&(n - size - 1));
            (chosen && start <= *date && *date < end).then_some(*date)
        }));
    }
    let count = parts.value("COUNT").map_or(40, |n| n.parse::<usize>().unwrap());
    found.into_iter().take(count.min(40)).collect()
}

/// A start in years for which all programs agree, and a rule.
fn start_and_lunar_rule() -> impl Strategy<Value = (DateTime, String)> {
    let start = (0..55_000_i64).prop_map(|days| (date(1902, 6, 1) + Span::new().days(days)).at(9, 30, 0, 0));
    (start, lunar_rule()).prop_filter("before the disputed month of 2057", |(start, _)| start.year() < 2040)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_slow_reading_of_the_rfc_finds_the_same_lunar_dates((start, rule) in start_and_lunar_rule()) {
        let days = if rule.contains("YEARLY") { 4000 } else { 1500 };
        let theirs: Vec<String> = by_reading(start.date(), &rule, days)
            .into_iter()
            .map(|day| day.at(9, 30, 0, 0).to_string())
            .collect();
        // The window ends at a day's beginning there, at the start's time of day here.
        let ours: Vec<String> = first_dates(start, &rule, days as i64);
        prop_assert_eq!(ours, theirs, "{} {}", start, rule);
    }

    #[test]
    fn civil_rules_find_the_same_days_by_masks_and_by_months(
        (start, text) in super::start_and_rule(prop_oneof![super::yearly_rule(), super::shorter_rule()].boxed()),
    ) {
        let rule: Rule = text.parse().unwrap();
        prop_assert_eq!(rule.scale, Scale::Gregorian);
        let first = i64::from(start.date().since(Date::constant(1970, 1, 1)).unwrap().get_days());
        let last = first + if rule.frequency == Frequency::Yearly { 4000 } else { 500 };
        let (masks, months) = (crate::domain::recurrence::days::Days::new(&rule, first), ScaledDays::new(&rule, first));
        let mut buffer = Vec::new();
        let mut by_masks = BTreeSet::new();
        let mut index = 0;
        while masks.fill(index, last, &mut buffer) {
            by_masks.extend(buffer.iter().copied());
            index += 1;
        }
        let mut by_months = BTreeSet::new();
        index = 0;
        while months.fill(index, last, &mut buffer) {
            by_months.extend(buffer.iter().copied());
            index += 1;
        }
        // Periods that are only looked at within months begin earlier and end later.
        let inside = |days: BTreeSet<i64>| days.into_iter().filter(|day| (first..=last).contains(day)).collect::<Vec<_>>();
        prop_assert_eq!(inside(by_masks), inside(by_months), "{} {}", start, text);
    }
}
