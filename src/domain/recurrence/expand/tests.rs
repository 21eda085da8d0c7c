//! Exceptions, ends, clock changes, holidays, and the rules that would never end; [`rfc`] has RFC 5545's own examples.

mod rfc;

use jiff::civil::{Date, DateTime, date};

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

/// The first dates of a rule from this local time on, in Shanghai.
fn first(start: &str, rule: &str, limit: usize) -> Vec<String> {
    days(&all(&shanghai(start, rule), limit))
}

#[test]
fn the_examples_of_rfc_7529_give_the_dates_printed_there() {
    // §4.3: Chinese New Year; leap day, omitted and skipped; the last day of each month.
    let table = [
        (
            "2013-02-10T09:00:00",
            "RSCALE=CHINESE;FREQ=YEARLY",
            "2013-02-10 2014-01-31 2015-02-19 2016-02-08",
        ),
        (
            "2014-01-31T09:00:00",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD;COUNT=4",
            "2014-01-31 2014-03-01 2014-03-31 2014-05-01",
        ),
        (
            "2014-01-31T09:00:00",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=4",
            "2014-01-31 2014-02-28 2014-03-31 2014-04-30",
        ),
        (
            "2016-02-29T09:00:00",
            "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=FORWARD",
            "2016-02-29 2017-03-01 2018-03-01 2019-03-01 2020-02-29",
        ),
        (
            "2016-02-29T09:00:00",
            "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=BACKWARD",
            "2016-02-29 2017-02-28 2018-02-28 2019-02-28 2020-02-29",
        ),
        (
            "2016-02-29T09:00:00",
            "RSCALE=GREGORIAN;FREQ=YEARLY;SKIP=OMIT",
            "2016-02-29 2020-02-29 2024-02-29",
        ),
    ];
    for (start, rule, dates) in table {
        let expected: Vec<&str> = dates.split(' ').collect();
        assert_eq!(first(start, rule, expected.len()), expected, "{rule}");
    }
}

#[test]
fn a_date_skipped_forward_onto_another_comes_once_wherever_one_looks() {
    let rule = "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=1,31;SKIP=FORWARD";
    assert_eq!(
        first("2026-03-01T09:30:00", rule, 6),
        [
            "2026-03-01",
            "2026-03-31",
            "2026-04-01",
            "2026-05-01",
            "2026-05-31",
            "2026-06-01"
        ]
    );
    let from_may = shanghai("2026-03-01T09:30:00", rule)
        .occurrences(window("2026-05-01", "2026-06-01"), 10, HolidayCalendar::china())
        .unwrap();
    assert_eq!(days(&from_may), ["2026-05-01", "2026-05-31"]);
    let only_skipped = shanghai("2026-03-31T09:30:00", "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=FORWARD")
        .occurrences(window("2026-05-01", "2026-05-02"), 10, HolidayCalendar::china())
        .unwrap();
    assert_eq!(days(&only_skipped), ["2026-05-01"]);
}

#[test]
fn festivals_and_lunar_days_fall_on_the_published_dates() {
    let start = "2024-01-01T09:30:00";
    // 重阳 and 腊八 are kept in the ordinary month, 初一 and 十五 in leap months too (闰六月 of 2025).
    assert_eq!(
        first(start, "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=9", 5),
        ["2024-10-11", "2025-10-29", "2026-10-18", "2027-10-08", "2028-10-26"]
    );
    assert_eq!(
        first(start, "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=8", 5)[..],
        ["2024-01-18", "2025-01-07", "2026-01-26", "2027-01-15", "2028-01-04"]
    );
    // 除夕: 腊月 of these years has 29 days, so "the 30th" must mean the last.
    for day in ["BYMONTHDAY=-1", "BYMONTHDAY=30;SKIP=BACKWARD"] {
        assert_eq!(
            first(
                "2025-01-01T09:30:00",
                &format!("RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=12;{day}"),
                5
            ),
            ["2025-01-28", "2026-02-16", "2027-02-05", "2028-01-25", "2029-02-12"],
            "{day}"
        );
    }
    assert_eq!(
        first("2025-07-01T09:30:00", "RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=1,15", 6),
        [
            "2025-07-09",
            "2025-07-25",
            "2025-08-08",
            "2025-08-23",
            "2025-09-06",
            "2025-09-22"
        ]
    );
    let leap = "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=6L;BYMONTHDAY=1";
    assert_eq!(first("2020-01-01T09:30:00", leap, 2), ["2025-07-25", "2036-07-23"]);
    assert_eq!(
        first("2025-07-25T09:30:00", "RSCALE=CHINESE;FREQ=YEARLY;SKIP=BACKWARD", 3),
        ["2025-07-25", "2026-07-14", "2027-07-04"]
    );
    assert_eq!(
        first("2025-07-25T09:30:00", "RSCALE=CHINESE;FREQ=YEARLY;SKIP=FORWARD", 3),
        ["2025-07-25", "2026-08-13", "2027-08-02"]
    );
}

#[test]
fn terms_and_the_days_of_heat_and_cold_are_expanded() {
    let start = "2026-01-01T09:30:00";
    assert_eq!(
        first(start, "TERM=LIQIU;OFFSET=-3", 3),
        ["2026-08-04", "2027-08-05", "2028-08-04"]
    );
    assert_eq!(
        first(start, "TERM=XIAOHAN;OFFSET=-10", 2),
        ["2026-12-26", "2027-12-27"],
        "a term of the next year"
    );
    assert_eq!(first(start, "TERM=DONGZHI;OFFSET=20", 2), ["2026-01-10", "2027-01-11"]);
    assert_eq!(
        first(start, "SANFU=CHU,ZHONG,JIAQIANG,MO", 7),
        [
            "2026-07-15",
            "2026-07-25",
            "2026-08-04",
            "2026-08-14",
            "2027-07-20",
            "2027-07-30",
            "2027-08-09"
        ]
    );
    assert_eq!(first(start, "SANFU=JIAQIANG", 2), ["2026-08-04", "2028-08-03"]);
    assert_eq!(
        first(start, "SANJIU=1,2,3", 4),
        ["2026-01-08", "2026-12-22", "2026-12-31", "2027-01-09"],
        "the third nine of the winter before comes first"
    );
    assert_eq!(first(start, "SANFU=CHU,MO;COUNT=3", 9).len(), 3);
    assert_eq!(first(start, "SANFU=CHU,MO;UNTIL=20270720", 9).len(), 3);
}

#[test]
fn the_chinese_calendar_ends_where_nobody_has_computed_it() {
    let lunar = |start: &str, rule: &str| all(&shanghai(start, rule), 10);
    let last = lunar("2100-01-01T09:30:00", "RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=1");
    assert_eq!(days(&last).last().unwrap().as_str(), "2100-10-04");
    for rule in [
        "RSCALE=CHINESE;FREQ=YEARLY",
        "RSCALE=CHINESE;FREQ=DAILY",
        "RSCALE=CHINESE;FREQ=WEEKLY",
        "RSCALE=CHINESE;FREQ=MONTHLY",
        "TERM=LIQIU",
        "SANFU=CHU",
        "SANJIU=1",
    ] {
        for start in ["2150-01-01T09:30:00", "9999-01-01T09:30:00"] {
            let none = lunar(start, rule);
            assert_eq!(
                (none.occurrences.len(), none.why_empty),
                (0, Some(EmptyReason::NeverYields)),
                "{rule} {start}"
            );
        }
        // What is known begins with the lunar year 1900.
        let early = lunar("1700-01-01T09:30:00", rule);
        assert!(
            early.occurrences.iter().all(|o| o.starts.year() >= 1900),
            "{rule}: {early:?}"
        );
    }
    let never = lunar(
        "2026-01-07T09:30:00",
        "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=12L;BYMONTHDAY=1",
    );
    assert_eq!(
        never.why_empty,
        Some(EmptyReason::NeverYields),
        "no leap twelfth month comes"
    );
}
