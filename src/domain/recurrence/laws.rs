//! What holds for every recurrence, tried on thousands of random ones; and the same dates as another implementation.

use std::ops::RangeInclusive;

use jiff::Span;
use jiff::civil::{DateTime, date};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Expansion, HolidayPolicy, Recurrence, Rule, Window};
use crate::domain::calendar::{HolidayCalendar, parse_zone};

/// A comma-separated list of one to three numbers of the range, signed when asked for.
pub(super) fn numbers(range: RangeInclusive<i16>, signed: bool) -> impl Strategy<Value = String> {
    let one = (range, any::<bool>()).prop_map(move |(n, minus)| if signed && minus { -n } else { n });
    vec(one, 1..=3).prop_map(|list| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

pub(super) fn part(name: &'static str, value: impl Strategy<Value = String> + 'static) -> BoxedStrategy<String> {
    value.prop_map(move |value| format!(";{name}={value}")).boxed()
}

/// A part that is there half the time.
pub(super) fn perhaps(strategy: BoxedStrategy<String>) -> BoxedStrategy<String> {
    option::of(strategy).prop_map(Option::unwrap_or_default).boxed()
}

/// Weekdays, all numbered up to `most` or none: a mixture means their union to us and their intersection to others.
pub(super) fn weekdays(most: i16) -> BoxedStrategy<String> {
    let list = vec(
        (
            1..=most.max(1),
            any::<bool>(),
            select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]),
        ),
        1..=3,
    );
    (list, any::<bool>())
        .prop_map(move |(list, numbered)| {
            let code = |(n, back, code): &(i16, bool, &str)| match (numbered && most > 0, back) {
                (false, _) => (*code).to_owned(),
                (true, false) => format!("{n}{code}"),
                (true, true) => format!("-{n}{code}"),
            };
            list.iter().map(code).collect::<Vec<_>>().join(",")
        })
        .boxed()
}

pub(super) fn joined(parts: Vec<BoxedStrategy<String>>) -> BoxedStrategy<String> {
    parts.prop_map(|parts| parts.concat()).boxed()
}

fn month() -> BoxedStrategy<String> {
    part("BYMONTH", numbers(1..=12, false))
}

fn month_day() -> BoxedStrategy<String> {
    part("BYMONTHDAY", numbers(1..=31, true))
}

fn set_position() -> BoxedStrategy<String> {
    part("BYSETPOS", numbers(1..=4, true))
}

fn nothing() -> BoxedStrategy<String> {
    Just(String::new()).boxed()
}

/// `FREQ=YEARLY` with parts that may stand with it, without an end.
pub(super) fn yearly_rule() -> BoxedStrategy<String> {
    let yearly = prop_oneof![
        nothing(),
        month(),
        joined(vec![perhaps(month()), month_day(), perhaps(set_position())]),
        joined(vec![month(), part("BYDAY", weekdays(5)), perhaps(set_position())]),
        joined(vec![part("BYDAY", weekdays(53)), perhaps(set_position())]),
        joined(vec![part("BYDAY", weekdays(53)), perhaps(month_day())]),
        joined(vec![
            part("BYYEARDAY", numbers(1..=366, true)),
            perhaps(part("BYDAY", weekdays(0))),
            perhaps(month())
        ]),
        joined(vec![
            // Of a last week that reaches into the next year the other implementation forgets the days there.
            part("BYWEEKNO", numbers(1..=51, false)),
            part("BYDAY", weekdays(0)),
            perhaps(month())
        ]),
    ];
    stepped(joined(vec![
        yearly.prop_map(|parts| format!("FREQ=YEARLY{parts}")).boxed(),
        perhaps(times()),
    ]))
}

/// The same of rules that repeat by months, weeks or days.
pub(super) fn shorter_rule() -> BoxedStrategy<String> {
    let monthly = prop_oneof![
        nothing(),
        month(),
        joined(vec![month_day(), perhaps(month()), perhaps(set_position())]),
        joined(vec![
            part("BYDAY", weekdays(5)),
            perhaps(month()),
            perhaps(set_position())
        ]),
        joined(vec![part("BYDAY", weekdays(5)), month_day()]),
    ];
    let weekly = prop_oneof![
        nothing(),
        month(),
        joined(vec![
            part("BYDAY", weekdays(0)),
            perhaps(month()),
            perhaps(set_position())
        ]),
    ];
    let daily = joined(vec![
        perhaps(part("BYDAY", weekdays(0))),
        perhaps(month()),
        perhaps(month_day()),
    ]);
    let body = prop_oneof![
        monthly.prop_map(|parts| format!("FREQ=MONTHLY{parts}")),
        weekly.prop_map(|parts| format!("FREQ=WEEKLY{parts}")),
        daily.prop_map(|parts| format!("FREQ=DAILY{parts}")),
    ];
    stepped(joined(vec![body.boxed(), perhaps(times())]))
}

/// Rules that repeat by days or longer.
fn rule_by_days() -> BoxedStrategy<String> {
    prop_oneof![1 => yearly_rule(), 2 => shorter_rule()].boxed()
}

/// The same for rules that repeat within the day.
fn rule_within_days() -> BoxedStrategy<String> {
    let frequency = select(vec!["FREQ=HOURLY", "FREQ=MINUTELY", "FREQ=SECONDLY"]).prop_map(str::to_owned);
    stepped(joined(vec![
        frequency.boxed(),
        perhaps(part("BYDAY", weekdays(0))),
        perhaps(month()),
        times(),
    ]))
}

/// `6`, `6L`: up to three of them.
fn lunar_months() -> BoxedStrategy<String> {
    let one = (1..=12_u8, any::<bool>()).prop_map(|(n, leap)| format!("{n}{}", if leap && n < 12 { "L" } else { "" }));
    part("BYMONTH", vec(one, 1..=3).prop_map(|list| list.join(",")))
}

pub(super) fn lunar_rule() -> BoxedStrategy<String> {
    let month_day = || part("BYMONTHDAY", numbers(1..=30, true));
    let position = || part("BYSETPOS", numbers(1..=4, true));
    let yearly = prop_oneof![
        Just(String::new()),
        lunar_months(),
        joined(vec![perhaps(lunar_months()), month_day(), perhaps(position())]),
        joined(vec![lunar_months(), part("BYDAY", weekdays(5)), perhaps(position())]),
        joined(vec![perhaps(month_day()), part("BYDAY", weekdays(50))]),
        part("BYYEARDAY", numbers(1..=385, true)),
    ];
    let monthly = prop_oneof![
        Just(String::new()),
        joined(vec![month_day(), perhaps(lunar_months()), perhaps(position())]),
        joined(vec![
            part("BYDAY", weekdays(5)),
            perhaps(month_day()),
            perhaps(lunar_months())
        ]),
    ];
    let shorter = joined(vec![
        select(vec!["WEEKLY", "DAILY"]).prop_map(str::to_owned).boxed(),
        perhaps(lunar_months()),
        perhaps(part("BYDAY", weekdays(0))),
    ]);
    let body = prop_oneof![
        3 => yearly.prop_map(|parts| format!("YEARLY{parts}")),
        3 => monthly.prop_map(|parts| format!("MONTHLY{parts}")),
        1 => shorter,
        1 => joined(vec![Just("DAILY".to_owned()).boxed(), month_day(), perhaps(lunar_months())]),
    ];
    let skip = select(vec!["", ";SKIP=OMIT", ";SKIP=BACKWARD", ";SKIP=FORWARD"]).prop_map(str::to_owned);
    let interval = part("INTERVAL", (1..=3).prop_map(|n: i32| n.to_string()));
    let count = perhaps(part("COUNT", (1..30).prop_map(|n: i32| n.to_string())));
    joined(vec![body.boxed(), skip.boxed(), interval, count])
        .prop_map(|parts| format!("RSCALE=CHINESE;FREQ={parts}"))
        .boxed()
}

/// Solar terms, 三伏 and 三九.
fn day_set_rule() -> BoxedStrategy<String> {
    let terms = vec(select(vec!["LICHUN", "LIQIU", "XIAOHAN", "DONGZHI", "QINGMING"]), 1..=3);
    let heat = vec(select(vec!["CHU", "ZHONG", "JIAQIANG", "MO"]), 1..=4);
    prop_oneof![
        (terms, -180..=180_i16).prop_map(|(terms, days)| format!("TERM={};OFFSET={days}", terms.join(","))),
        heat.prop_map(|parts| format!("SANFU={}", parts.join(","))),
        numbers(1..=3, false).prop_map(|parts| format!("SANJIU={parts}")),
    ]
    .boxed()
}

/// SKIP in the civil calendar.
fn skipping_rule() -> BoxedStrategy<String> {
    let skip = select(vec!["BACKWARD", "FORWARD"]);
    (prop_oneof![yearly_rule(), shorter_rule()], skip)
        .prop_map(|(rule, skip)| format!("RSCALE=GREGORIAN;{rule};SKIP={skip}"))
        .boxed()
}

fn any_rule() -> BoxedStrategy<String> {
    let without_end = lunar_rule().prop_map(|rule| {
        rule.split(';')
            .filter(|part| !part.starts_with("COUNT"))
            .collect::<Vec<_>>()
            .join(";")
    });
    prop_oneof![
        9 => rule_by_days(),
        1 => rule_within_days(),
        4 => without_end,
        2 => day_set_rule(),
        2 => skipping_rule(),
    ]
    .boxed()
}

/// BYHOUR and BYMINUTE.
fn times() -> BoxedStrategy<String> {
    let hours = part("BYHOUR", numbers(0..=23, false));
    joined(vec![perhaps(hours), perhaps(part("BYMINUTE", numbers(0..=59, false)))])
}

/// With INTERVAL and WKST.
fn stepped(body: BoxedStrategy<String>) -> BoxedStrategy<String> {
    let interval = part("INTERVAL", (1..=5).prop_map(|n: i32| n.to_string()));
    let week_start = part("WKST", select(vec!["MO", "SU", "WE"]).prop_map(str::to_owned));
    joined(vec![body, interval, perhaps(week_start)])
}

pub(super) fn start() -> impl Strategy<Value = DateTime> {
    (0..9000_i64, 0..24_i8, select(vec![0_i8, 15, 30]))
        .prop_map(|(days, hour, minute)| (date(2000, 1, 1) + Span::new().days(days)).at(hour, minute, 0, 0))
}

/// A start, and a rule from it that may end.
pub(super) fn start_and_rule(body: BoxedStrategy<String>) -> impl Strategy<Value = (DateTime, String)> {
    (start(), body, 0..4, 1..60_i64).prop_map(|(start, body, end, amount)| {
        let rule = match end {
            0 => format!("{body};COUNT={amount}"),
            // Eight hours behind Shanghai.
            1 => {
                let until = start + Span::new().weeks(amount).hours(-8);
                format!("{body};UNTIL={}Z", until.strftime("%Y%m%dT%H%M%S"))
            }
            _ => body,
        };
        (start, rule)
    })
}

fn recurrences() -> impl Strategy<Value = Recurrence> {
    let zone = select(vec![
        "Asia/Shanghai",
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
    ]);
    let others = vec((0..2000_i64, any::<bool>()), 0..6);
    (
        start_and_rule(any_rule()),
        zone,
        select(HolidayPolicy::ALL.to_vec()),
        others,
    )
        .prop_map(|((start, rule), zone, policy, others)| {
            let at = |excluded: bool| {
                others
                    .iter()
                    .filter(|o| o.1 == excluded)
                    .map(|o| start + Span::new().days(o.0))
                    .collect::<Vec<_>>()
            };
            Recurrence {
                start,
                zone: parse_zone(zone).unwrap(),
                rule: Some(rule.parse().unwrap()),
                extra: at(false),
                excluded: at(true),
                holiday_policy: policy,
            }
        })
}

pub(super) fn expand(recurrence: &Recurrence, from: DateTime, days: i64, limit: usize) -> Expansion {
    let window = Window {
        from,
        to: from + Span::new().days(days),
    };
    recurrence.occurrences(window, limit, HolidayCalendar::china()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn occurrences_are_in_order_each_once_and_inside_their_window(
        recurrence in recurrences(), offset in -400..2000_i64, days in 1..700_i64, limit in 1..200_usize,
    ) {
        let from = recurrence.start + Span::new().days(offset);
        let to = from + Span::new().days(days);
        let shown = expand(&recurrence, from, days, limit);
        prop_assert!(shown.occurrences.len() <= limit);
        prop_assert_eq!(shown.why_empty.is_some(), shown.occurrences.is_empty());
        prop_assert!(shown.occurrences.windows(2).all(|pair| pair[0].starts.timestamp() < pair[1].starts.timestamp()));
        for occurrence in &shown.occurrences {
            let begins = occurrence.starts.datetime();
            prop_assert!(from <= begins && begins < to);
            prop_assert!(!recurrence.excluded.contains(&occurrence.original));
            let extra = recurrence.extra.contains(&occurrence.original);
            prop_assert!(extra || occurrence.original >= recurrence.start);
        }
        let originals: std::collections::BTreeSet<_> = shown.occurrences.iter().map(|o| o.original).collect();
        prop_assert_eq!(originals.len(), shown.occurrences.len());
    }

    #[test]
    fn a_window_shows_its_part_of_a_larger_window(
        recurrence in recurrences(), offset in -100..600_i64, days in 1..200_i64, before in 0..200_i64, after in 0..200_i64,
    ) {
        let from = recurrence.start + Span::new().days(offset);
        let part = expand(&recurrence, from, days, 90_000);
        let whole = expand(&recurrence, from - Span::new().days(before), before + days + after, 90_000);
        // Rules that repeat by seconds can have more than one expansion gives.
        if !whole.truncated {
            let to = from + Span::new().days(days);
            let expected: Vec<_> =
                whole.occurrences.into_iter().filter(|o| from <= o.starts.datetime() && o.starts.datetime() < to).collect();
            prop_assert_eq!(part.occurrences, expected);
            // A moved date is dropped for another only where the window shows that other one.
            if recurrence.holiday_policy == HolidayPolicy::Skip && part.skipped.len() < 1000 {
                let expected: Vec<_> = whole.skipped.into_iter().filter(|(at, _)| from <= *at && *at < to).collect();
                prop_assert_eq!(part.skipped, expected);
            }
        }
    }

    #[test]
    fn a_smaller_limit_shows_the_beginning(recurrence in recurrences(), offset in -100..600_i64, limit in 1..60_usize) {
        let from = recurrence.start + Span::new().days(offset);
        let few = expand(&recurrence, from, 500, limit);
        let more = expand(&recurrence, from, 500, limit + 40);
        // Rules that repeat by seconds can have so many dates on days off that looking further takes too long.
        prop_assume!(!more.truncated || more.occurrences.len() == limit + 40);
        let shown = limit.min(more.occurrences.len());
        prop_assert_eq!(&few.occurrences[..], &more.occurrences[..shown]);
        prop_assert_eq!(few.truncated, more.occurrences.len() > limit);
    }

    #[test]
    fn a_rule_written_out_and_read_again_is_the_same_rule((_, text) in start_and_rule(any_rule())) {
        let rule: Rule = text.parse().unwrap();
        prop_assert_eq!(&rule.to_string().parse::<Rule>().unwrap(), &rule);
        prop_assert_eq!(&text.to_ascii_lowercase().parse::<Rule>().unwrap(), &rule);
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,60}", name in "[A-Z]{2,10}", value in "[-+0-9A-Z,]{0,12}") {
        let _ = text.parse::<Rule>();
        let _ = format!("FREQ=DAILY;{name}={value}").parse::<Rule>();
        let _ = format!("FREQ=YEARLY;BYDAY={value}").parse::<Rule>();
        let _ = format!("FREQ=YEARLY;UNTIL={value}").parse::<Rule>();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rule_within_the_day_finds_what_stepping_from_its_start_finds(
        (start, rule) in start_and_rule(rule_within_days()),
    ) {
        prop_assert_eq!(first_dates(start, &rule, 100), by_stepping(start, &rule, 100), "{}", rule);
    }
}

/// The first forty dates of a rule in Shanghai, as local times.
pub(super) fn first_dates(start: DateTime, rule: &str, days: i64) -> Vec<String> {
    let recurrence = Recurrence {
        start,
        zone: parse_zone("Asia/Shanghai").unwrap(),
        rule: Some(rule.parse().unwrap()),
        extra: Vec::new(),
        excluded: Vec::new(),
        holiday_policy: HolidayPolicy::Hold,
    };
    let shown = expand(&recurrence, start, days, 40);
    shown
        .occurrences
        .iter()
        .map(|o| o.starts.datetime().to_string())
        .collect()
}

/// The same, by asking of one moment after the other whether every part of the rule allows it.
fn by_stepping(start: DateTime, rule: &str, days: i64) -> Vec<String> {
    let value = |name: &str| {
        rule.split(';')
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    };
    let interval: i64 = value("INTERVAL").unwrap().parse().unwrap();
    let unit: i64 = match value("FREQ").unwrap() {
        "HOURLY" => 3600,
        "MINUTELY" => 60,
        _ => 1,
    };
    let listed = |name: &str| value(name).map(|list| list.split(',').map(str::to_owned).collect::<Vec<_>>());
    let (months, hours, minutes, weekdays) = (listed("BYMONTH"), listed("BYHOUR"), listed("BYMINUTE"), listed("BYDAY"));
    let allows = |list: &Option<Vec<String>>, n: i8| list.as_ref().is_none_or(|list| list.contains(&n.to_string()));
    let codes = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
    let fits_day = |at: DateTime| {
        let code = codes[at.weekday().to_monday_zero_offset() as usize].to_owned();
        allows(&months, at.month()) && weekdays.as_ref().is_none_or(|list| list.contains(&code))
    };
    let count = value("COUNT")
        .map_or(40, |count| count.parse::<usize>().unwrap())
        .min(40);
    let until = value("UNTIL").map_or(DateTime::MAX, |until| {
        until.trim_end_matches('Z').parse::<DateTime>().unwrap() + Span::new().hours(8)
    });
    let end = until.min(start + Span::new().days(days) - Span::new().seconds(1));
    // BYMINUTE is a set of times within the hour for an hourly rule, a limit for the others.
    let within: Vec<i64> = match &minutes {
        Some(list) if unit == 3600 => list.iter().map(|minute| minute.parse().unwrap()).collect(),
        _ if unit == 3600 => vec![i64::from(start.minute())],
        _ => vec![0],
    };
    let mut found = std::collections::BTreeSet::new();
    let mut elapsed = 0;
    let hour_of_start = if unit == 3600 {
        start.with().minute(0).build().unwrap()
    } else {
        start
    };
    while found.len() < count {
        let at = hour_of_start + Span::new().seconds(elapsed);
        if at > end {
            break;
        }
        if fits_day(at) && allows(&hours, at.hour()) && (unit == 3600 || allows(&minutes, at.minute())) {
            let times = within.iter().map(|minute| at + Span::new().minutes(*minute));
            found.extend(times.filter(|at| start <= *at && *at <= end));
            elapsed += unit * interval;
        } else {
            // Nothing fits before the next full minute (hour, for an hourly rule).
            let size = unit.max(60);
            let skipped = size - elapsed.rem_euclid(size);
            elapsed += (skipped + unit * interval - 1) / (unit * interval) * (unit * interval);
        }
    }
    found.into_iter().take(count).map(|at| at.to_string()).collect()
}
