//! Rules read and written, and wrong ones answered.

use super::*;

#[test]
fn a_rule_is_written_back_in_one_order_with_sorted_lists() {
    let table = [
        ("freq=weekly;byday=we,mo,we", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("BYDAY=-1FR,2TU,MO;FREQ=MONTHLY", "FREQ=MONTHLY;BYDAY=MO,-1FR,2TU"),
        ("FREQ=DAILY;INTERVAL=1;WKST=MO", "FREQ=DAILY"),
        ("FREQ=DAILY;INTERVAL=007;COUNT=12", "FREQ=DAILY;COUNT=12;INTERVAL=7"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=31,-1,+5;WKST=SU",
            "FREQ=MONTHLY;BYMONTHDAY=5,31,-1;WKST=SU",
        ),
        (
            "FREQ=YEARLY;BYYEARDAY=-1,200;BYMONTH=12,1",
            "FREQ=YEARLY;BYYEARDAY=-1,200;BYMONTH=1,12",
        ),
        ("FREQ=MINUTELY;BYSECOND=60,0", "FREQ=MINUTELY;BYSECOND=0,59"),
        ("FREQ=DAILY;UNTIL=20260630T093060", "FREQ=DAILY;UNTIL=20260630T093059"),
        ("FREQ=DAILY;UNTIL=20260630T013000z", "FREQ=DAILY;UNTIL=20260630T013000Z"),
        (
            "RSCALE=GREGORIAN;SKIP=OMIT;FREQ=DAILY;UNTIL=20260630",
            "FREQ=DAILY;UNTIL=20260630",
        ),
        (" FREQ=DAILY \n", "FREQ=DAILY"),
    ];
    for (text, written) in table {
        assert_eq!(text.parse::<Rule>().unwrap().to_string(), written, "{text}");
    }
}

#[test]
fn a_wrong_rule_is_answered_with_the_part_and_the_value() {
    let table = [
        ("", "FREQ is missing"),
        ("INTERVAL=2", "FREQ is missing"),
        ("FREQ=DAILY;", "\"\" is not of the form"),
        ("FREQ", "\"FREQ\" is not of the form"),
        ("FREQ=", "\"FREQ=\" is not of the form"),
        ("FREQ=FORTNIGHTLY", "FREQ=FORTNIGHTLY: expected SECONDLY"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is given twice"),
        ("FREQ=DAILY;COLOUR=RED", "COLOUR is not a part"),
        ("RRULE:FREQ=DAILY", "RRULE:FREQ is not a part"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0: expected a whole number from 1"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL=-1"),
        ("FREQ=DAILY;INTERVAL=1.5", "INTERVAL=1.5"),
        ("FREQ=DAILY;COUNT=0", "COUNT=0"),
        (
            "FREQ=DAILY;COUNT=2;UNTIL=20260101",
            "COUNT cannot be used together with UNTIL",
        ),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL=20260230: expected 20260630"),
        ("FREQ=DAILY;UNTIL=2026-01-01", "UNTIL=2026-01-01"),
        ("FREQ=DAILY;UNTIL=20260101T250000", "UNTIL=20260101T250000"),
        ("FREQ=DAILY;UNTIL=20260101T", "UNTIL=20260101T"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR=24: expected hours from 0 to 23"),
        ("FREQ=DAILY;BYMINUTE=60", "BYMINUTE=60"),
        ("FREQ=DAILY;BYSECOND=61", "BYSECOND=61"),
        ("FREQ=DAILY;BYHOUR=9,", "BYHOUR="),
        ("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX: expected weekdays"),
        ("FREQ=WEEKLY;BYDAY=周三", "BYDAY=周三"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY=0MO"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY=54MO"),
        (
            "FREQ=WEEKLY;BYDAY=1MO",
            "BYDAY with a number cannot be used with FREQ=WEEKLY",
        ),
        (
            "FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO",
            "BYDAY with a number cannot be used with BYWEEKNO",
        ),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY cannot be used with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY cannot be used with FREQ=MONTHLY"),
        ("FREQ=YEARLY;BYYEARDAY=367", "BYYEARDAY=367"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO cannot be used with FREQ=MONTHLY"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO=54"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH=13: expected months from 1 to 12"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS=0"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS=367"),
        (
            "FREQ=MONTHLY;BYSETPOS=1",
            "BYSETPOS cannot be used without another BY part",
        ),
        ("FREQ=WEEKLY;WKST=1MO", "WKST=1MO"),
        ("FREQ=DAILY;SKIP=OMIT", "SKIP cannot be used without RSCALE"),
        ("RSCALE=GREGORIAN;FREQ=DAILY;SKIP=MAYBE", "SKIP=MAYBE: expected OMIT"),
    ];
    for (text, message) in table {
        let error = text.parse::<Rule>().unwrap_err();
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert_eq!(error.code(), "invalid_rule", "{text}");
        assert!(!error.words(Lang::Zh).is_empty());
    }
    let long = format!("FREQ=DAILY;BYHOUR={}", "9,".repeat(5000));
    assert_eq!(long.parse::<Rule>().unwrap_err(), RuleError::TooLong);
}

#[test]
fn rules_for_the_chinese_year_are_written_back() {
    let table = [
        (
            "rscale=chinese;freq=yearly;bymonth=9;bymonthday=9",
            "RSCALE=CHINESE;FREQ=YEARLY;BYMONTHDAY=9;BYMONTH=9",
        ),
        (
            "SKIP=BACKWARD;FREQ=MONTHLY;BYMONTHDAY=30;RSCALE=CHINESE",
            "RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=30;SKIP=BACKWARD",
        ),
        (
            "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=5L,6,5;BYMONTHDAY=-1",
            "RSCALE=CHINESE;FREQ=YEARLY;BYMONTHDAY=-1;BYMONTH=5,6,5L",
        ),
        (
            "RSCALE=CHINESE;FREQ=YEARLY;BYYEARDAY=384",
            "RSCALE=CHINESE;FREQ=YEARLY;BYYEARDAY=384",
        ),
        (
            "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD",
            "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD",
        ),
        ("OFFSET=-3;TERM=LIQIU", "TERM=LIQIU;OFFSET=-3"),
        ("term=dongzhi,lichun;offset=0", "TERM=LICHUN,DONGZHI"),
        ("TERM=LIQIU;COUNT=3", "TERM=LIQIU;COUNT=3"),
        ("SANFU=MO,JIAQIANG,ZHONG,CHU", "SANFU=CHU,ZHONG,JIAQIANG,MO"),
        ("UNTIL=20301231;SANFU=CHU", "SANFU=CHU;UNTIL=20301231"),
        ("SANJIU=3,1,1", "SANJIU=1,3"),
    ];
    for (text, written) in table {
        let rule: Rule = text.parse().unwrap();
        assert_eq!(rule.to_string(), written, "{text}");
        assert_eq!(written.parse(), Ok(rule.clone()), "{text}");
        assert!(!rule.is_plain(), "{text}");
    }
    assert!("FREQ=WEEKLY".parse::<Rule>().unwrap().is_plain());
}

#[test]
fn wrong_rules_for_the_chinese_year_are_answered_with_the_part_and_the_value() {
    let table = [
        (
            "FREQ=YEARLY;BYMONTH=5L",
            "BYMONTH=5L: expected months from 1 to 12 (leap",
        ),
        ("RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=13L", "BYMONTH=13L"),
        ("RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=L", "BYMONTH=L"),
        ("RSCALE=CHINESE;FREQ=YEARLY;BYYEARDAY=386", "BYYEARDAY=386"),
        ("TERM=SPRING", "TERM=SPRING: expected solar terms"),
        ("TERM=LIQIU;OFFSET=181", "OFFSET=181: expected days"),
        ("TERM=LIQIU;OFFSET=soon", "OFFSET=SOON"),
        ("OFFSET=3", "OFFSET cannot be used without TERM"),
        ("SANFU=CHU;OFFSET=3", "OFFSET cannot be used without TERM"),
        ("SANFU=HOU", "SANFU=HOU: expected CHU"),
        ("SANJIU=4", "SANJIU=4: expected 1, 2 or 3"),
        ("SANFU=CHU;SANJIU=1", "cannot be used together"),
        ("TERM=LIQIU;FREQ=DAILY", "cannot be used with FREQ"),
        ("TERM=LIQIU;COUNT=0", "COUNT=0"),
    ];
    for (text, message) in table {
        let error = text.parse::<Rule>().unwrap_err();
        assert!(error.to_string().contains(message), "{text}: {error}");
        assert_eq!(error.code(), "invalid_rule", "{text}");
    }
    let error = "RSCALE=HEBREW;FREQ=YEARLY".parse::<Rule>().unwrap_err();
    assert_eq!(
        (error.code(), error.to_string()),
        ("unsupported_rule", "RSCALE=HEBREW is not supported".to_owned())
    );
}
