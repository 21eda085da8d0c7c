//! The same dates as programs that share nothing with ours: the rrule crate for RFC 5545, and for RFC 7529, which no crate speaks, a
//! slow reading of it, day by day, over another program's lunar dates.

mod lunar;

use jiff::Span;
use jiff::civil::DateTime;
use proptest::prelude::*;

use super::laws::{first_dates, shorter_rule, start_and_rule, yearly_rule};

/// The first dates of a rule in Shanghai by the rrule crate, as local times; nothing where it is known to differ.
fn by_the_rrule_crate(start: DateTime, rule: &str, days: i64) -> Option<Vec<String>> {
    // It lets the set of the first week begin with the start; to us it is the whole week's, as a month's is.
    if rule.contains("WEEKLY") && rule.contains("BYSETPOS") {
        return None;
    }
    let local = |at: DateTime| at.strftime("%Y%m%dT%H%M%S").to_string();
    let text = format!("DTSTART;TZID=Asia/Shanghai:{}\nRRULE:{rule}", local(start));
    let set: rrule::RRuleSet = text.parse().ok()?;
    let end = local(start + Span::new().days(days));
    let zone = rrule::Tz::Asia__Shanghai;
    let end = chrono::NaiveDateTime::parse_from_str(&end, "%Y%m%dT%H%M%S")
        .unwrap()
        .and_local_timezone(zone)
        .unwrap();
    // A second less: `before` is inclusive.
    let set = set.before(end - chrono::TimeDelta::seconds(1));
    Some(
        set.all(40)
            .dates
            .iter()
            .map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string())
            .collect(),
    )
}

fn compare(start: DateTime, rule: &str, days: i64) -> Result<(), TestCaseError> {
    if let Some(theirs) = by_the_rrule_crate(start, rule, days) {
        prop_assert_eq!(first_dates(start, rule, days), theirs, "{}", rule);
    }
    Ok(())
}

// Together a hundred thousand rules; as two tests they share the processors.
proptest! {
    #![proptest_config(ProptestConfig { cases: 25_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_implementation_finds_the_same_yearly_dates((start, rule) in start_and_rule(yearly_rule())) {
        compare(start, &rule, 4000)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 75_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_implementation_finds_the_same_monthly_weekly_and_daily_dates(
        (start, rule) in start_and_rule(shorter_rule()),
    ) {
        compare(start, &rule, 1000)?;
    }
}
