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

#[test]
fn the_examples_of_rfc_5545_give_the_dates_printed_there() {
    // RFC 5545 §3.8.5.3; rule, start when it is not 1997-09-02, the dates (the first of them for endless rules).
    let september_2 = "1997-09-02T09:00:00";
    let table = [
        ("FREQ=DAILY;COUNT=10", september_2, "1997-09: 2 3 4 5 6 7 8 9 10 11"),
        (
            "FREQ=DAILY;INTERVAL=2",
            september_2,
            "1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30, 1997-10: 2 4",
        ),
        (
            "FREQ=DAILY;INTERVAL=10;COUNT=5",
            september_2,
            "1997-09: 2 12 22, 1997-10: 2 12",
        ),
        (
            "FREQ=WEEKLY;COUNT=10",
            september_2,
            "1997-09: 2 9 16 23 30, 1997-10: 7 14 21 28, 1997-11: 4",
        ),
        (
            "FREQ=WEEKLY;UNTIL=19971224T000000Z",
            september_2,
            "1997-09: 2 9 16 23 30, 1997-10: 7 14 21 28, 1997-11: 4 11 18 25, 1997-12: 2 9 16 23",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
            september_2,
            "1997-09: 2 16 30, 1997-10: 14 28, 1997-11: 11 25",
        ),
        (
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            september_2,
            "1997-09: 2 4 9 11 16 18 23 25 30, 1997-10: 2",
        ),
        (
            "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
            september_2,
            "1997-09: 2 4 9 11 16 18 23 25 30, 1997-10: 2",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            "1997-09-01T09:00:00",
            "1997-09: 1 3 5 15 17 19 29, 1997-10: 1 3 13 15 17 27 29 31, 1997-11: 10 12 14 24 26 28, 1997-12: 8 10 12 22",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
            september_2,
            "1997-09: 2 4 16 18 30, 1997-10: 2 14 16",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
            "1997-09-05T09:00:00",
            "1997-09: 5, 1997-10: 3, 1997-11: 7, 1997-12: 5, 1998-01: 2, 1998-02: 6, 1998-03: 6, 1998-04: 3, 1998-05: 1, 1998-06: 5",
        ),
        (
            "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
            "1997-09-05T09:00:00",
            "1997-09: 5, 1997-10: 3, 1997-11: 7, 1997-12: 5",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
            "1997-09-07T09:00:00",
            "1997-09: 7 28, 1997-11: 2 30, 1998-01: 4 25, 1998-03: 1 29, 1998-05: 3 31",
        ),
        (
            "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
            "1997-09-22T09:00:00",
            "1997-09: 22, 1997-10: 20, 1997-11: 17, 1997-12: 22, 1998-01: 19, 1998-02: 16",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=-3",
            "1997-09-28T09:00:00",
            "1997-09: 28, 1997-10: 29, 1997-11: 28, 1997-12: 29, 1998-01: 29, 1998-02: 26",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
            september_2,
            "1997-09: 2 15, 1997-10: 2 15, 1997-11: 2 15, 1997-12: 2 15, 1998-01: 2 15",
        ),
        (
            "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
            "1997-09-30T09:00:00",
            "1997-09: 30, 1997-10: 1 31, 1997-11: 1 30, 1997-12: 1 31, 1998-01: 1 31, 1998-02: 1",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
            "1997-09-10T09:00:00",
            "1997-09: 10 11 12 13 14 15, 1999-03: 10 11 12 13",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
            september_2,
            "1997-09: 2 9 16 23 30, 1997-11: 4 11 18 25, 1998-01: 6 13 20 27, 1998-03: 3 10 17 24 31",
        ),
        (
            "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
            "1997-06-10T09:00:00",
            "1997-06: 10, 1997-07: 10, 1998-06: 10, 1998-07: 10, 1999-06: 10, 1999-07: 10, 2000-06: 10, 2000-07: 10, 2001-06: 10, 2001-07: 10",
        ),
        (
            "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
            "1997-03-10T09:00:00",
            "1997-03: 10, 1999-01: 10, 1999-02: 10, 1999-03: 10, 2001-01: 10, 2001-02: 10, 2001-03: 10, 2003-01: 10, 2003-02: 10, 2003-03: 10",
        ),
        (
            "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
            "1997-01-01T09:00:00",
            "1997-01: 1, 1997-04: 10, 1997-07: 19, 2000-01: 1, 2000-04: 9, 2000-07: 18, 2003-01: 1, 2003-04: 10, 2003-07: 19, 2006-01: 1",
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            "1997-05-19T09:00:00",
            "1997-05: 19, 1998-05: 18, 1999-05: 17",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
            "1997-05-12T09:00:00",
            "1997-05: 12, 1998-05: 11, 1999-05: 17",
        ),
        (
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
            "1997-03-13T09:00:00",
            "1997-03: 13 20 27, 1998-03: 5 12 19 26, 1999-03: 4 11 18 25",
        ),
        (
            "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
            "1997-06-05T09:00:00",
            "1997-06: 5 12 19 26, 1997-07: 3 10 17 24 31, 1997-08: 7 14 21 28, 1998-06: 4 11 18 25, 1998-07: 2 9",
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            september_2,
            "1998-02: 13, 1998-03: 13, 1998-11: 13, 1999-08: 13, 2000-10: 13",
        ),
        (
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
            "1997-09-13T09:00:00",
            "1997-09: 13, 1997-10: 11, 1997-11: 8, 1997-12: 13, 1998-01: 10, 1998-02: 7, 1998-03: 7, 1998-04: 11, 1998-05: 9, 1998-06: 13",
        ),
        (
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            "1996-11-05T09:00:00",
            "1996-11: 5, 2000-11: 7, 2004-11: 2",
        ),
        (
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            "1997-09-04T09:00:00",
            "1997-09: 4, 1997-10: 7, 1997-11: 6",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
            "1997-09-29T09:00:00",
            "1997-09: 29, 1997-10: 30, 1997-11: 27, 1997-12: 30, 1998-01: 29, 1998-02: 26, 1998-03: 30",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            "1997-08-05T09:00:00",
            "1997-08: 5 10 19 24",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            "1997-08-05T09:00:00",
            "1997-08: 5 17 19 31",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            "2007-01-15T09:00:00",
            "2007-01: 15 30, 2007-02: 15, 2007-03: 15 30",
        ),
    ];
    for (rule, start, expected) in table {
        let expected = listed(expected);
        let endless = !rule.contains("COUNT") && !rule.contains("UNTIL");
        let expansion = all(&new_york(start, rule), if endless { expected.len() } else { 1000 });
        assert_eq!(days(&expansion), expected, "{rule}");
        assert_eq!(expansion.truncated, endless, "{rule}");
        assert!(expansion.occurrences.iter().all(|o| o.starts.hour() == 9), "{rule}");
    }
}

#[test]
fn long_examples_of_rfc_5545_have_the_right_number_and_ends() {
    let daily = all(
        &new_york("1997-09-02T09:00:00", "FREQ=DAILY;UNTIL=19971224T000000Z"),
        1000,
    );
    assert_eq!(
        (days(&daily).len(), days(&daily).last().unwrap().as_str()),
        (113, "1997-12-23")
    );
    let january = [
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
    ];
    for rule in january {
        let every_day = all(&new_york("1998-01-01T09:00:00", rule), 1000);
        assert_eq!(
            (days(&every_day).len(), days(&every_day).last().unwrap().as_str()),
            (93, "2000-01-31"),
            "{rule}"
        );
    }
}

#[test]
fn the_examples_of_rfc_5545_that_repeat_within_a_day_are_right_too() {
    let table = [
        ("FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z", vec!["09:00", "12:00"]),
        (
            "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
            vec!["09:00", "09:15", "09:30", "09:45", "10:00", "10:15"],
        ),
        (
            "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
            vec!["09:00", "10:30", "12:00", "13:30"],
        ),
    ];
    for (rule, times) in table {
        let expansion = all(&new_york("1997-09-02T09:00:00", rule), 100);
        let expected: Vec<String> = times.iter().map(|t| format!("1997-09-02T{t}:00")).collect();
        assert_eq!(begins(&expansion), expected, "{rule}");
    }
    let spellings = [
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
    ];
    let [days, minutes] = spellings.map(|rule| begins(&all(&new_york("1997-09-02T09:00:00", rule), 100)));
    assert_eq!(days, minutes);
    assert_eq!(
        (days[0].as_str(), days[23].as_str(), days[24].as_str()),
        ("1997-09-02T09:00:00", "1997-09-02T16:40:00", "1997-09-03T09:00:00")
    );
}

#[test]
fn a_rule_that_repeats_within_the_day_keeps_its_step_across_days_and_limits() {
    let table = [
        (
            "FREQ=HOURLY;INTERVAL=5",
            vec!["02T22:30", "03T03:30", "03T08:30", "03T13:30"],
        ),
        ("FREQ=HOURLY;INTERVAL=5;BYHOUR=8", vec!["03T08:30", "08T08:30"]),
        ("FREQ=HOURLY;BYDAY=SU;BYHOUR=7,8", vec!["04T07:30", "04T08:30"]),
        (
            "FREQ=HOURLY;BYMINUTE=10,50;BYSETPOS=-1",
            vec!["02T22:50", "02T23:50", "03T00:50"],
        ),
        ("FREQ=SECONDLY;INTERVAL=43200", vec!["02T22:30", "03T10:30", "03T22:30"]),
        (
            "FREQ=MINUTELY;INTERVAL=7;BYHOUR=23;BYMINUTE=5,12,13",
            vec!["02T23:05", "02T23:12", "06T23:13"],
        ),
    ];
    for (rule, expected) in table {
        let expansion = all(&shanghai("2026-01-02T22:30:00", rule), expected.len());
        let expected: Vec<String> = expected.iter().map(|at| format!("2026-01-{at}:00")).collect();
        assert_eq!(begins(&expansion), expected, "{rule}");
    }
}

#[test]
fn week_numbers_follow_iso_8601_around_new_year() {
    // 2026-12-28 to 2027-01-03 is week 53; the rule takes its weekday from the start.
    let last = all(&shanghai("2024-01-01T09:00:00", "FREQ=YEARLY;BYWEEKNO=53"), 2);
    assert_eq!(days(&last), ["2026-12-28", "2032-12-27"]);
    let backwards = all(
        &shanghai("2025-01-01T09:00:00", "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=MO,SU"),
        4,
    );
    assert_eq!(
        days(&backwards),
        ["2025-12-22", "2025-12-28", "2026-12-28", "2027-01-03"]
    );
    let first = all(
        &shanghai("2025-01-02T09:00:00", "FREQ=YEARLY;BYWEEKNO=1;BYDAY=MO,TH"),
        4,
    );
    assert_eq!(days(&first), ["2025-01-02", "2025-12-29", "2026-01-01", "2027-01-04"]);
}

#[test]
fn the_start_counts_only_when_the_rule_yields_it() {
    // A Tuesday start, a Wednesday rule.
    let class = all(&shanghai("2026-01-06T09:30:00", "FREQ=WEEKLY;BYDAY=WE;COUNT=3"), 10);
    assert_eq!(days(&class), ["2026-01-07", "2026-01-14", "2026-01-21"]);
    let set = all(
        &shanghai(
            "2026-01-10T09:30:00",
            "FREQ=MONTHLY;BYMONTHDAY=5,10,20;BYSETPOS=1;COUNT=2",
        ),
        10,
    );
    assert_eq!(
        days(&set),
        ["2026-02-05", "2026-03-05"],
        "the set of January is the whole month's"
    );
}

#[test]
fn without_a_rule_the_start_and_the_extra_dates_are_all() {
    let mut single = shanghai("2026-05-01T09:00:00", "");
    assert_eq!(days(&all(&single, 10)), ["2026-05-01"]);
    single.extra = vec![
        "2026-05-09T09:00:00".parse().unwrap(),
        "2026-04-01T08:00:00".parse().unwrap(),
        single.start,
    ];
    assert_eq!(days(&all(&single, 10)), ["2026-04-01", "2026-05-01", "2026-05-09"]);
    single.excluded = vec![single.start];
    assert_eq!(days(&all(&single, 10)), ["2026-04-01", "2026-05-09"]);
    let later = single
        .occurrences(window("2026-05-01", "2026-06-01"), 10, HolidayCalendar::china())
        .unwrap();
    assert_eq!(days(&later), ["2026-05-09"]);
}

#[test]
fn extra_dates_join_and_excluded_dates_leave_without_touching_the_count() {
    let mut class = shanghai("2026-01-07T09:30:00", "FREQ=WEEKLY;COUNT=4");
    class.extra = ["2026-01-10T09:30:00", "2026-01-14T09:30:00", "2026-03-01T10:00:00"]
        .map(|at| at.parse().unwrap())
        .into();
    class.excluded = ["2026-01-21T09:30:00", "2026-01-28T09:00:00"]
        .map(|at| at.parse().unwrap())
        .into();
    assert_eq!(
        days(&all(&class, 10)),
        ["2026-01-07", "2026-01-10", "2026-01-14", "2026-01-28", "2026-03-01"]
    );
    class.excluded.push("2026-03-01T10:00:00".parse().unwrap());
    assert_eq!(
        days(&all(&class, 10)),
        ["2026-01-07", "2026-01-10", "2026-01-14", "2026-01-28"]
    );
    assert_eq!(days(&all(&class, 3)), ["2026-01-07", "2026-01-10", "2026-01-14"]);
    assert!(all(&class, 3).truncated && !all(&class, 4).truncated);
}

#[test]
fn until_is_the_last_moment_in_each_of_its_forms() {
    let table = [
        ("UNTIL=20260121", 3),
        ("UNTIL=20260120", 2),
        ("UNTIL=20260121T093000", 3),
        ("UNTIL=20260121T092959", 2),
        ("UNTIL=20260121T013000Z", 3),
        ("UNTIL=20260121T012959Z", 2),
    ];
    for (until, count) in table {
        let class = shanghai("2026-01-07T09:30:00", &format!("FREQ=WEEKLY;{until}"));
        assert_eq!(all(&class, 10).occurrences.len(), count, "{until}");
    }
    // In the hour that comes twice the first is meant: 01:30 at UTC-4 is 05:30 UTC.
    let night = |until| {
        all(
            &new_york("2026-10-31T01:30:00", &format!("FREQ=DAILY;UNTIL={until}")),
            10,
        )
        .occurrences
        .len()
    };
    assert_eq!(
        (
            night("20261101T052959Z"),
            night("20261101T053000Z"),
            night("20261102T052959Z")
        ),
        (1, 2, 2)
    );
}

#[test]
fn clock_changes_move_a_date_and_never_double_it() {
    let at_half_past_two = new_york("2026-03-07T02:30:00", "FREQ=DAILY;BYHOUR=2,3;COUNT=6");
    assert_eq!(
        begins(&all(&at_half_past_two, 10)),
        [
            "2026-03-07T02:30:00",
            "2026-03-07T03:30:00",
            "2026-03-08T03:30:00",
            "2026-03-09T02:30:00",
            "2026-03-09T03:30:00"
        ]
    );
    let gap = new_york("2026-03-07T02:30:00", "FREQ=DAILY");
    let night = gap
        .occurrences(
            window("2026-03-08T03:00:00", "2026-03-09"),
            10,
            HolidayCalendar::china(),
        )
        .unwrap();
    assert_eq!(begins(&night), ["2026-03-08T03:30:00"]);
    assert_eq!(night.occurrences[0].original, "2026-03-08T02:30:00".parse().unwrap());
    let before = gap
        .occurrences(
            window("2026-03-08", "2026-03-08T03:00:00"),
            10,
            HolidayCalendar::china(),
        )
        .unwrap();
    assert!(before.occurrences.is_empty());
    // Within the gap the order of planning is not the order of beginning.
    let quarters = new_york("2026-03-08T02:45:00", "FREQ=DAILY;BYHOUR=2,3;BYMINUTE=15,45;COUNT=3");
    assert_eq!(
        begins(&all(&quarters, 10)),
        ["2026-03-08T03:15:00", "2026-03-08T03:45:00"]
    );
}

fn with_policy(mut recurrence: Recurrence, policy: HolidayPolicy) -> Recurrence {
    recurrence.holiday_policy = policy;
    recurrence
}

#[test]
fn each_holiday_policy_does_what_its_name_says() {
    // Thursday 2026-10-01 is a day off; the 8th is a plain Thursday.
    let class = shanghai("2026-09-24T09:30:00", "FREQ=WEEKLY;COUNT=4");
    let table = [
        (
            HolidayPolicy::Hold,
            vec!["2026-09-24", "2026-10-01", "2026-10-08", "2026-10-15"],
        ),
        (HolidayPolicy::Skip, vec!["2026-09-24", "2026-10-08", "2026-10-15"]),
        // Both would be on the 8th: the one planned for it stays, the moved one is dropped and named.
        (
            HolidayPolicy::NextWorkday,
            vec!["2026-09-24", "2026-10-08", "2026-10-15"],
        ),
        (
            HolidayPolicy::PreviousWorkday,
            vec!["2026-09-24", "2026-09-30", "2026-10-08", "2026-10-15"],
        ),
    ];
    for (policy, expected) in table {
        let expansion = all(&with_policy(class.clone(), policy), 10);
        assert_eq!(days(&expansion), expected, "{policy}");
        let dropped = matches!(policy, HolidayPolicy::Skip | HolidayPolicy::NextWorkday);
        let named = if dropped {
            vec![("2026-10-01T09:30:00".parse().unwrap(), "国庆节".to_owned())]
        } else {
            Vec::new()
        };
        assert_eq!(expansion.skipped, named, "{policy}");
    }
    let tuesday = shanghai("2026-02-17T09:30:00", "FREQ=WEEKLY;COUNT=1");
    let moved = |policy| all(&with_policy(tuesday.clone(), policy), 10);
    let next = moved(HolidayPolicy::NextWorkday);
    assert_eq!(days(&next), ["2026-02-24"]);
    assert_eq!(
        next.occurrences[0].original, tuesday.start,
        "its identity stays the planned date"
    );
    assert_eq!(
        days(&moved(HolidayPolicy::PreviousWorkday)),
        ["2026-02-14"],
        "the make-up Saturday is a working day"
    );
}

#[test]
fn a_moved_date_belongs_to_the_window_it_is_moved_into() {
    let class = shanghai("2026-10-01T09:30:00", "FREQ=YEARLY;COUNT=1");
    let next = with_policy(class.clone(), HolidayPolicy::NextWorkday);
    let previous = with_policy(class, HolidayPolicy::PreviousWorkday);
    let shown =
        |r: &Recurrence, from, to| days(&r.occurrences(window(from, to), 10, HolidayCalendar::china()).unwrap());
    assert_eq!(shown(&next, "2026-10-08", "2026-10-09"), ["2026-10-08"]);
    assert!(shown(&next, "2026-10-01", "2026-10-08").is_empty());
    assert_eq!(shown(&previous, "2026-09-30", "2026-10-01"), ["2026-09-30"]);
    assert!(shown(&previous, "2026-10-01", "2026-10-08").is_empty());
}

#[test]
fn a_daily_series_with_many_dates_moved_onto_one_gives_that_one_once() {
    let daily = with_policy(
        shanghai("2026-09-25T09:30:00", "FREQ=DAILY"),
        HolidayPolicy::NextWorkday,
    );
    for limit in 1..40 {
        let some = days(&all(&daily, limit));
        let more = days(&all(&daily, 60));
        assert_eq!(some, more[..limit], "limit {limit}");
        assert!(more.is_sorted() && more.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(more.contains(&"2026-10-08".to_owned()) && !more.contains(&"2026-10-03".to_owned()));
    }
}

#[test]
fn dates_near_the_usual_holidays_are_provisional_until_the_notice_is_known() {
    let class = |policy| with_policy(shanghai("2027-09-24T09:30:00", "FREQ=WEEKLY;COUNT=4"), policy);
    let provisional = |policy| {
        all(&class(policy), 10)
            .occurrences
            .iter()
            .map(|o| o.provisional)
            .collect::<Vec<_>>()
    };
    assert_eq!(provisional(HolidayPolicy::Skip), [false, true, true, false]);
    assert_eq!(
        provisional(HolidayPolicy::Hold),
        [false; 4],
        "held whatever the notice says"
    );
    assert_eq!(
        days(&all(&class(HolidayPolicy::Skip), 10)).len(),
        4,
        "nothing is guessed"
    );
}

#[test]
fn an_empty_answer_says_why() {
    let why = |r: &Recurrence, from, to, limit| {
        r.occurrences(window(from, to), limit, HolidayCalendar::china())
            .unwrap()
            .why_empty
    };
    let weekly = |rule: &str| shanghai("2026-01-07T09:30:00", &format!("FREQ=WEEKLY{rule}"));
    let (from, to) = ("2026-01-01", "2027-01-01");
    assert_eq!(why(&weekly(""), to, from, 10), Some(EmptyReason::WindowEmpty));
    assert_eq!(why(&weekly(""), from, from, 10), Some(EmptyReason::WindowEmpty));
    assert_eq!(why(&weekly(""), from, to, 0), Some(EmptyReason::LimitZero));
    assert_eq!(
        why(&weekly(";UNTIL=20251231"), from, to, 10),
        Some(EmptyReason::UntilBeforeStart)
    );
    assert_eq!(
        why(&weekly(";UNTIL=20260601"), "2026-07-01", to, 10),
        Some(EmptyReason::Ended)
    );
    assert_eq!(why(&weekly(";COUNT=2"), "2026-07-01", to, 10), Some(EmptyReason::Ended));
    assert_eq!(why(&weekly(""), "2025-01-01", from, 10), Some(EmptyReason::NotStarted));
    assert_eq!(
        why(&weekly(""), "2026-07-02", "2026-07-03", 10),
        Some(EmptyReason::NothingInWindow)
    );
    assert_eq!(
        why(&shanghai("2026-01-07T09:30:00", ""), "2026-07-02", "2026-07-03", 10),
        Some(EmptyReason::Ended)
    );
    let mut excluded = weekly("");
    excluded.excluded = vec!["2026-01-14T09:30:00".parse().unwrap()];
    assert_eq!(
        why(&excluded, "2026-01-12", "2026-01-17", 10),
        Some(EmptyReason::AllExcluded)
    );
    let skipping = with_policy(shanghai("2026-09-24T09:30:00", "FREQ=WEEKLY"), HolidayPolicy::Skip);
    assert_eq!(
        why(&skipping, "2026-09-28", "2026-10-05", 10),
        Some(EmptyReason::AllOnHolidays)
    );
}

#[test]
fn rules_that_never_yield_say_so() {
    for rule in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=4;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=3",
        "FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=11",
        "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1;BYSETPOS=2",
        "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=31",
        "FREQ=SECONDLY;BYSECOND=0;BYSETPOS=2",
        "FREQ=SECONDLY;INTERVAL=86400;BYHOUR=3",
    ] {
        let never = shanghai("2026-01-07T09:30:00", rule);
        let shown = never
            .occurrences(window("2026-01-01", "2027-01-01"), 10, HolidayCalendar::china())
            .unwrap();
        assert_eq!(shown.why_empty, Some(EmptyReason::NeverYields), "{rule}");
        assert!(!shown.truncated);
    }
    let rare = shanghai("2026-01-07T09:30:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29");
    let shown = rare
        .occurrences(window("2026-01-01", "2027-01-01"), 10, HolidayCalendar::china())
        .unwrap();
    assert_eq!(shown.why_empty, Some(EmptyReason::NothingInWindow));
    assert_eq!(days(&all(&rare, 2)), ["2028-02-29", "2032-02-29"]);
}

#[test]
fn extreme_rules_are_answered() {
    let huge = "99999999999999999999";
    for frequency in ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"] {
        let once = all(
            &shanghai("2026-01-07T09:30:00", &format!("FREQ={frequency};INTERVAL={huge}")),
            10,
        );
        assert_eq!(days(&once), ["2026-01-07"], "{frequency}");
        let counted = shanghai("2026-01-07T09:30:00", &format!("FREQ={frequency};COUNT=1000000000"));
        assert_eq!(all(&counted, 10).occurrences.len(), 10, "{frequency}");
        let far = counted
            .occurrences(window("2056-01-01", "2058-01-01"), 3, HolidayCalendar::china())
            .unwrap();
        assert_eq!(
            (far.occurrences.len(), far.truncated),
            if frequency == "YEARLY" { (2, false) } else { (3, true) },
            "{frequency}"
        );
    }
    let everything = all(&shanghai("-009999-01-01T00:00:00", "FREQ=SECONDLY"), usize::MAX);
    assert_eq!(
        (everything.occurrences.len(), everything.truncated),
        (MOST_OCCURRENCES, true)
    );
    let last = all(&shanghai("9999-12-20T09:30:00", "FREQ=DAILY"), 100);
    assert_eq!(days(&last).last().unwrap(), "9999-12-29");
    let beyond = all(&shanghai("9999-12-31T09:30:00", ""), 100);
    assert!(beyond.occurrences.is_empty() && beyond.why_empty.is_some());
}

#[test]
fn a_count_is_the_same_wherever_one_looks() {
    for rule in [
        "FREQ=DAILY;INTERVAL=3;COUNT=500",
        "FREQ=DAILY;BYHOUR=8,9;COUNT=501",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=500",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE,FR;BYSETPOS=2,-1;COUNT=301",
        "FREQ=WEEKLY;BYMONTH=3,4;COUNT=60",
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=50",
        "FREQ=HOURLY;INTERVAL=8;COUNT=1000",
        "FREQ=HOURLY;INTERVAL=7;COUNT=1000",
        "FREQ=MINUTELY;INTERVAL=30;BYHOUR=9,10;COUNT=1000",
    ] {
        let counted = shanghai("2026-01-07T09:30:00", rule);
        let whole = all(&counted, 2000);
        let expected: usize = rule.rsplit('=').next().unwrap().parse().unwrap();
        assert_eq!(whole.occurrences.len(), expected, "{rule}");
        for from in ["2026-02-03", "2026-09-30", "2028-05-05"] {
            let part = counted
                .occurrences(window(from, "2040-01-01"), 2000, HolidayCalendar::china())
                .unwrap();
            let from: Date = from.parse().unwrap();
            let expected: Vec<_> = whole
                .occurrences
                .iter()
                .filter(|o| o.starts.date() >= from)
                .cloned()
                .collect();
            assert_eq!(part.occurrences, expected, "{rule} from {from}");
        }
    }
}
