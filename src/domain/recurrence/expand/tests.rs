//! RFC 5545's own examples, the product's additions to it, and the rules that would never end.

use jiff::civil::{DateTime, date};

use super::*;
use crate::domain::calendar::parse_zone;

/// A recurrence in New York, as in the RFC's examples.
fn new_york(start: &str, rule: &str) -> Recurrence {
    recurrence("America/New_York", start, rule)
}

fn shanghai(start: &str, rule: &str) -> Recurrence {
    recurrence("Asia/Shanghai", start, rule)
}

fn recurrence(zone: &str, start: &str, rule: &str) -> Recurrence {
    Recurrence {
        start: start.parse().unwrap(),
        zone: parse_zone(zone).unwrap(),
        rule: (!rule.is_empty()).then(|| rule.parse().unwrap()),
        extra: Vec::new(),
        excluded: Vec::new(),
        holiday_policy: HolidayPolicy::Hold,
    }
}

fn window(from: &str, to: &str) -> Window {
    let at = |text: &str| {
        text.parse::<DateTime>()
            .or_else(|_| text.parse::<Date>().map(DateTime::from))
            .unwrap()
    };
    Window {
        from: at(from),
        to: at(to),
    }
}

fn all(recurrence: &Recurrence, limit: usize) -> Expansion {
    let whole = Window {
        from: DateTime::MIN,
        to: DateTime::MAX,
    };
    recurrence.occurrences(whole, limit, HolidayCalendar::china()).unwrap()
}

fn begins(expansion: &Expansion) -> Vec<String> {
    expansion
        .occurrences
        .iter()
        .map(|o| o.starts.datetime().to_string())
        .collect()
}

/// `1997-09-02` for each occurrence.
fn days(expansion: &Expansion) -> Vec<String> {
    expansion
        .occurrences
        .iter()
        .map(|o| o.starts.date().to_string())
        .collect()
}

/// Expands a compact list: `1997-09: 2 4 9, 1998-01: 1` to whole dates.
fn listed(compact: &str) -> Vec<String> {
    compact
        .split(',')
        .flat_map(|month| {
            let (month, days) = month.trim().split_once(':').unwrap();
            days.split_whitespace()
                .map(|day| format!("{month}-{day:0>2}"))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn a_weekly_class_is_held_every_wednesday() {
    let class = shanghai("2026-01-07T09:30:00", "FREQ=WEEKLY;BYDAY=WE");
    let year = class
        .occurrences(window("2026-01-01", "2027-01-01"), 1000, HolidayCalendar::china())
        .unwrap();
    assert_eq!(year.occurrences.len(), 52);
    assert_eq!(
        year.occurrences[0].starts.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
        "2026-01-07T09:30:00+08:00"
    );
    assert_eq!(year.occurrences[51].starts.date(), date(2026, 12, 30));
    assert!(year.why_empty.is_none() && !year.truncated && year.skipped.is_empty());
}
