//! What one occurrence costs, ours beside the rrule crate's, in nanoseconds.
//!
//! Run by hand: `cargo bench --bench recurrence`. Each figure is the best of several rounds, so that a busy machine
//! disturbs it little. The last table is about rules made to be slow: their figure is for a whole expansion.

use std::hint::black_box;
use std::time::{Duration, Instant};

use jiff::Span;
use jiff::civil::{DateTime, date};
use xianglao::domain::calendar::{HolidayCalendar, parse_zone};
use xianglao::domain::recurrence::{HolidayPolicy, Recurrence, Window};

const ROUNDS: u32 = 15;

struct Case {
    name: &'static str,
    rule: &'static str,
    excluded: i64,
    policy: HolidayPolicy,
    zone: &'static str,
    /// The window, in years after the start.
    from_year: i64,
    years: i64,
}

const START: DateTime = date(2026, 1, 7).at(9, 30, 0, 0);

fn excluded_dates(count: i64) -> Vec<DateTime> {
    (0..count).map(|i| START + Span::new().days(5 * i)).collect()
}

fn best(mut work: impl FnMut() -> usize) -> (Duration, usize) {
    let mut times = Vec::new();
    let mut produced = 0;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        // Several at a time, for the clock's sake.
        for _ in 0..8 {
            produced = black_box(work());
        }
        times.push(begin.elapsed() / 8);
    }
    (times.into_iter().min().unwrap_or_default(), produced)
}

fn ours(case: &Case) -> (Duration, usize) {
    let recurrence = Recurrence {
        start: START,
        zone: parse_zone(case.zone).expect("a zone of the database"),
        rule: Some(case.rule.parse().expect("a right rule")),
        extra: Vec::new(),
        excluded: excluded_dates(case.excluded),
        holiday_policy: case.policy,
    };
    let from = START + Span::new().years(case.from_year);
    let window = Window {
        from,
        to: from + Span::new().years(case.years),
    };
    let china = HolidayCalendar::china();
    best(|| {
        let expansion = recurrence
            .occurrences(black_box(window), 100_000, china)
            .expect("an expandable rule");
        expansion.occurrences.len()
    })
}

fn theirs(case: &Case) -> (Duration, usize) {
    let local = |at: DateTime| at.strftime("%Y%m%dT%H%M%S").to_string();
    let zone: rrule::Tz = case
        .zone
        .parse::<chrono_tz::Tz>()
        .expect("a zone of the database")
        .into();
    let at = |at: DateTime| {
        chrono::NaiveDateTime::parse_from_str(&local(at), "%Y%m%dT%H%M%S")
            .expect("the same form")
            .and_local_timezone(zone)
            .unwrap()
    };
    let mut set: rrule::RRuleSet = format!("DTSTART;TZID={}:{}\nRRULE:{}", case.zone, local(START), case.rule)
        .parse()
        .expect("a right rule");
    for date in excluded_dates(case.excluded) {
        set = set.exdate(at(date));
    }
    let from = START + Span::new().years(case.from_year);
    let set = set.after(at(from)).before(at(from + Span::new().years(case.years)));
    best(|| set.clone().all_unchecked().len())
}

fn main() {
    use HolidayPolicy::{Hold, NextWorkday, Skip};
    let weekly = "FREQ=WEEKLY;BYDAY=WE";
    let monthly = "FREQ=MONTHLY;BYDAY=2TU";
    let cases = [
        ("weekly, the first year", weekly, 0, Hold, "Asia/Shanghai", 0, 1),
        ("weekly, the first ten years", weekly, 0, Hold, "Asia/Shanghai", 0, 10),
        (
            "weekly, one year, ten years on",
            weekly,
            0,
            Hold,
            "Asia/Shanghai",
            10,
            1,
        ),
        (
            "weekly on three days, one year",
            "FREQ=WEEKLY;BYDAY=MO,WE,FR",
            0,
            Hold,
            "Asia/Shanghai",
            0,
            1,
        ),
        (
            "weekly in New York, ten years",
            weekly,
            0,
            Hold,
            "America/New_York",
            0,
            10,
        ),
        (
            "weekly, skipping holidays, one year",
            weekly,
            0,
            Skip,
            "Asia/Shanghai",
            0,
            1,
        ),
        (
            "weekly, moved on holidays, one year",
            weekly,
            0,
            NextWorkday,
            "Asia/Shanghai",
            0,
            1,
        ),
        (
            "monthly by weekday, ten years",
            monthly,
            0,
            Hold,
            "Asia/Shanghai",
            0,
            10,
        ),
        (
            "monthly by weekday, one year, ten years on",
            monthly,
            0,
            Hold,
            "Asia/Shanghai",
            10,
            1,
        ),
        (
            "daily with 200 exclusions, ten years",
            "FREQ=DAILY",
            200,
            Hold,
            "Asia/Shanghai",
            0,
            10,
        ),
        (
            "daily with 200 exclusions, one year, ten years on",
            "FREQ=DAILY",
            200,
            Hold,
            "Asia/Shanghai",
            10,
            1,
        ),
        (
            "weekly with COUNT, one year, ten years on",
            "FREQ=WEEKLY;COUNT=5000",
            0,
            Hold,
            "Asia/Shanghai",
            10,
            1,
        ),
    ];
    println!(
        "{:<52} {:>9} {:>9} {:>7} {:>6}",
        "ns per occurrence", "ours", "rrule", "ratio", "dates"
    );
    for (name, rule, excluded, policy, zone, from_year, years) in cases {
        let case = Case {
            name,
            rule,
            excluded,
            policy,
            zone,
            from_year,
            years,
        };
        let per = |(time, count): (Duration, usize)| time.as_nanos() as f64 / count.max(1) as f64;
        let (our, count) = ours(&case);
        let (us, them) = (per((our, count)), per(theirs(&case)));
        println!("{:<52} {us:>9.1} {them:>9.1} {:>6.1}x {count:>6}", case.name, them / us);
    }
    println!(
        "\n{:<52} {:>9} {:>9}",
        "ns per occurrence, no other crate has them", "ours", "dates"
    );
    for (rule, from_year, years) in [
        ("RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=1,15", 0, 10),
        ("RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=1,15", 60, 10),
        ("RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=9", 0, 10),
        ("RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=BACKWARD", 0, 10),
        ("TERM=LIQIU;OFFSET=-3", 0, 10),
        ("SANFU=CHU,ZHONG,JIAQIANG,MO", 0, 10),
    ] {
        let case = Case {
            name: rule,
            rule,
            excluded: 0,
            policy: Hold,
            zone: "Asia/Shanghai",
            from_year,
            years,
        };
        let (time, count) = ours(&case);
        let per = time.as_nanos() as f64 / count.max(1) as f64;
        println!("{:<52} {per:>9.1} {count:>9}", format!("{rule} ({from_year} years on)"));
    }
    println!(
        "\n{:<72} {:>9} {:>6}",
        "µs per expansion, rules made to be slow", "ours", "dates"
    );
    let slow = [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", 0, 1, Hold),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", 0, 1, Hold),
        ("FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1", 0, 1, Hold),
        ("FREQ=YEARLY;BYYEARDAY=366;BYWEEKNO=20", 0, 1, Hold),
        ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=3", 0, 1, Hold),
        ("FREQ=WEEKLY;BYMONTH=2;BYDAY=MO;BYSETPOS=5", 0, 1, Hold),
        ("FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", 0, 1, Hold),
        ("FREQ=SECONDLY;INTERVAL=7;COUNT=1000000000", 20, 1, Hold),
        ("FREQ=SECONDLY;COUNT=1000000000", 20, 1, Hold),
        ("FREQ=SECONDLY", 0, 7000, Skip),
        ("FREQ=SECONDLY", 0, 7000, NextWorkday),
        ("FREQ=SECONDLY;INTERVAL=86399;BYSECOND=1", 0, 7000, Hold),
        ("FREQ=SECONDLY;INTERVAL=100000000000", 0, 7000, Hold),
        ("FREQ=DAILY", 0, 7000, Hold),
        ("RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=12L;BYMONTHDAY=1", 0, 1, Hold),
        ("RSCALE=CHINESE;FREQ=YEARLY;BYWEEKNO=20;BYMONTH=12", 0, 7000, Hold),
        ("RSCALE=CHINESE;FREQ=SECONDLY;BYMONTH=12L", 0, 7000, Hold),
        (
            "RSCALE=CHINESE;FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000000000",
            0,
            7000,
            Hold,
        ),
        (
            "RSCALE=GREGORIAN;FREQ=YEARLY;BYWEEKNO=20;BYMONTH=12;SKIP=FORWARD",
            0,
            7000,
            Hold,
        ),
        (
            "RSCALE=GREGORIAN;FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;SKIP=FORWARD",
            0,
            7000,
            Hold,
        ),
        (
            "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTH=2;BYDAY=5MO;BYSETPOS=7;SKIP=FORWARD",
            0,
            7000,
            Hold,
        ),
        (
            "RSCALE=GREGORIAN;FREQ=WEEKLY;BYMONTH=2;BYDAY=MO;BYSETPOS=5;SKIP=FORWARD",
            0,
            7000,
            Hold,
        ),
        ("TERM=LIQIU;COUNT=1000000000", 0, 7000, Hold),
        ("FREQ=DAILY;BYMONTH=1;COUNT=1000000000", 7000, 900, Skip),
        (
            "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366;BYWEEKNO=20",
            0,
            7000,
            Hold,
        ),
    ];
    for (rule, from_year, years, policy) in slow {
        let case = Case {
            name: rule,
            rule,
            excluded: 0,
            policy,
            zone: "Asia/Shanghai",
            from_year,
            years,
        };
        let (time, count) = ours(&case);
        let name = format!("{rule} ({policy}; {years} years from year {from_year})");
        println!("{name:<72} {:>9.0} {count:>6}", time.as_nanos() as f64 / 1000.0);
    }
}
