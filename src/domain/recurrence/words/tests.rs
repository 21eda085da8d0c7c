//! What is said of which rule.

use super::*;
use crate::domain::calendar::parse_zone;

fn recurrence(rule: &str) -> Recurrence {
    Recurrence {
        start: "2026-01-07T09:30:00".parse().unwrap(),
        zone: parse_zone("Asia/Shanghai").unwrap(),
        rule: (!rule.is_empty()).then(|| rule.parse().unwrap()),
        extra: Vec::new(),
        excluded: Vec::new(),
        holiday_policy: HolidayPolicy::Hold,
    }
}

#[test]
fn rules_are_said_the_way_a_notice_on_the_door_would() {
    let table = [
        ("", "2026年1月7日 周三 上午9:30", "Wed 7 Jan 2026, 9:30 am"),
        ("FREQ=WEEKLY", "每周三 上午9:30", "Every Wednesday, 9:30 am"),
        (
            "FREQ=WEEKLY;BYDAY=MO,WE,FR",
            "每周一、三、五 上午9:30",
            "Every Monday, Wednesday and Friday, 9:30 am",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
            "每周一至周五 上午9:30",
            "Every Monday to Friday, 9:30 am",
        ),
        (
            "FREQ=DAILY;BYDAY=FR,SA,SU",
            "每周五至周日 上午9:30",
            "Every Friday to Sunday, 9:30 am",
        ),
        (
            "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU",
            "每天 上午9:30",
            "Every day, 9:30 am",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE",
            "每两周的周三 上午9:30",
            "Every 2 weeks on Wednesday, 9:30 am",
        ),
        (
            "FREQ=WEEKLY;INTERVAL=3;BYDAY=TU,TH",
            "每3周的周二、四 上午9:30",
            "Every 3 weeks on Tuesday and Thursday, 9:30 am",
        ),
        (
            "FREQ=WEEKLY;BYMONTH=3,4",
            "每周三（只在3月、4月） 上午9:30",
            "Every Wednesday (only Mar and Apr), 9:30 am",
        ),
        ("FREQ=DAILY", "每天 上午9:30", "Every day, 9:30 am"),
        ("FREQ=DAILY;INTERVAL=2", "每两天 上午9:30", "Every 2 days, 9:30 am"),
        (
            "FREQ=DAILY;INTERVAL=3;BYDAY=MO",
            "每3天（只在周一） 上午9:30",
            "Every 3 days (only Monday), 9:30 am",
        ),
        (
            "FREQ=DAILY;BYHOUR=9,15;BYMINUTE=0",
            "每天 上午9:00、下午3:00",
            "Every day, 9:00 am and 3:00 pm",
        ),
        (
            "FREQ=DAILY;BYHOUR=8,9,10,11,12;BYMINUTE=0",
            "每天 早上8:00等5个时间",
            "Every day, 8:00 am and 4 other times",
        ),
        ("FREQ=MONTHLY", "每月7日 上午9:30", "Every month on the 7th, 9:30 am"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=15",
            "每月15日 上午9:30",
            "Every month on the 15th, 9:30 am",
        ),
        (
            "FREQ=MONTHLY;BYMONTHDAY=1,15,-1",
            "每月1日、15日、最后一天 上午9:30",
            "Every month on the 1st, the 15th and the last day, 9:30 am",
        ),
        (
            "FREQ=MONTHLY;BYDAY=2TU",
            "每月第2个周二 上午9:30",
            "Every month on the 2nd Tuesday, 9:30 am",
        ),
        (
            "FREQ=MONTHLY;BYDAY=-1FR",
            "每月最后一个周五 上午9:30",
            "Every month on the last Friday, 9:30 am",
        ),
        (
            "FREQ=MONTHLY;INTERVAL=2;BYDAY=-2FR",
            "每两个月的倒数第2个周五 上午9:30",
            "Every 2 months on the 2nd last Friday, 9:30 am",
        ),
        (
            "FREQ=MONTHLY;BYDAY=WE",
            "每月每个周三 上午9:30",
            "Every month on every Wednesday, 9:30 am",
        ),
        (
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "每月周一至周五中的最后一个 上午9:30",
            "Every month on the last one of Monday to Friday, 9:30 am",
        ),
        (
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
            "每月13日、且逢每个周五 上午9:30",
            "Every month on the 13th that is also every Friday, 9:30 am",
        ),
        (
            "FREQ=YEARLY",
            "每年1月7日 上午9:30",
            "Every year on the 7th of Jan, 9:30 am",
        ),
        (
            "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1",
            "每年10月1日 上午9:30",
            "Every year on the 1st of Oct, 9:30 am",
        ),
        (
            "FREQ=YEARLY;BYMONTH=5;BYDAY=2SU",
            "每年5月第2个周日 上午9:30",
            "Every year on the 2nd Sunday of May, 9:30 am",
        ),
        (
            "FREQ=YEARLY;BYYEARDAY=100",
            "每年第100天 上午9:30",
            "Every year on the 100th day, 9:30 am",
        ),
        (
            "FREQ=YEARLY;BYDAY=20MO",
            "每年第20个周一 上午9:30",
            "Every year on the 20th Monday of the year, 9:30 am",
        ),
        (
            "FREQ=HOURLY;INTERVAL=3",
            "每3小时 从上午9:30起",
            "Every 3 hours, from 9:30 am",
        ),
    ];
    for (rule, zh, en) in table {
        let said = [Lang::Zh, Lang::En].map(|lang| recurrence(rule).words(lang));
        assert_eq!(said, [zh, en], "{rule}");
    }
}

#[test]
fn the_end_the_exceptions_and_the_policy_are_said_after_the_rule() {
    let table = [
        ("COUNT=8", "每周三 上午9:30，共8次", "Every Wednesday, 9:30 am, 8 times"),
        (
            "UNTIL=20260630",
            "每周三 上午9:30，到6月30日",
            "Every Wednesday, 9:30 am, until 30 Jun",
        ),
        (
            "UNTIL=20260630T093000",
            "每周三 上午9:30，到6月30日",
            "Every Wednesday, 9:30 am, until 30 Jun",
        ),
        (
            "UNTIL=20260630T000000",
            "每周三 上午9:30，到6月29日",
            "Every Wednesday, 9:30 am, until 29 Jun",
        ),
        // 07:59:59 on the first of July in Shanghai.
        (
            "UNTIL=20260630T235959Z",
            "每周三 上午9:30，到6月30日",
            "Every Wednesday, 9:30 am, until 30 Jun",
        ),
        (
            "UNTIL=20270630",
            "每周三 上午9:30，到2027年6月30日",
            "Every Wednesday, 9:30 am, until 30 Jun 2027",
        ),
    ];
    for (end, zh, en) in table {
        let said = [Lang::Zh, Lang::En].map(|lang| recurrence(&format!("FREQ=WEEKLY;{end}")).words(lang));
        assert_eq!(said, [zh, en], "{end}");
    }
    let mut full = recurrence("FREQ=WEEKLY;COUNT=8");
    full.extra = vec![full.start; 1];
    full.excluded = vec![full.start; 2];
    full.holiday_policy = HolidayPolicy::Skip;
    assert_eq!(
        full.words(Lang::Zh),
        "每周三 上午9:30，共8次，另加1次，其中2次不办，遇放假停一次"
    );
    assert_eq!(
        full.words(Lang::En),
        "Every Wednesday, 9:30 am, 8 times, plus 1 extra date, except 2 dates, not on public holidays"
    );
    full.holiday_policy = HolidayPolicy::NextWorkday;
    assert!(full.words(Lang::Zh).ends_with("遇放假改到下一个工作日"));
    full.holiday_policy = HolidayPolicy::PreviousWorkday;
    assert!(full.words(Lang::Zh).ends_with("遇放假改到前一个工作日"));
}

#[test]
fn rules_of_the_chinese_year_are_said_the_way_people_say_them() {
    // The start is 冬月十九.
    let table = [
        (
            "RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=1,15",
            "每月农历初一、十五 上午9:30",
            "Every lunar month on day 1 and day 15, 9:30 am",
        ),
        (
            "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=9;BYMONTHDAY=9",
            "每年农历九月初九 上午9:30",
            "Every lunar year on day 9 of the 9th lunar month, 9:30 am",
        ),
        (
            "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=-1",
            "每年农历腊月最后一天 上午9:30",
            "Every lunar year on the last day of the 12th lunar month, 9:30 am",
        ),
        (
            "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=6,6L;BYMONTHDAY=15",
            "每年农历六月、闰六月十五 上午9:30",
            "Every lunar year on day 15 of the 6th lunar month and the leap 6th lunar month, 9:30 am",
        ),
        (
            "RSCALE=CHINESE;FREQ=YEARLY",
            "每年农历冬月十九 上午9:30",
            "Every lunar year on day 19 of the 11th lunar month, 9:30 am",
        ),
        (
            "RSCALE=CHINESE;FREQ=YEARLY;INTERVAL=2;BYMONTH=9;BYMONTHDAY=9",
            "每两年的农历九月初九 上午9:30",
            "Every 2 lunar years on day 9 of the 9th lunar month, 9:30 am",
        ),
        (
            "RSCALE=CHINESE;FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=30;SKIP=BACKWARD",
            "每3个农历月的三十（没有这天时提前） 上午9:30",
            "Every 3 lunar months on day 30 (where there is none, the last one before), 9:30 am",
        ),
        (
            "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD",
            "每月31日（没有这天时顺延） 上午9:30",
            "Every month on the 31st (where there is none, the first one after), 9:30 am",
        ),
        (
            "RSCALE=CHINESE;FREQ=WEEKLY;BYDAY=WE;BYMONTH=9",
            "每周三（只在农历九月） 上午9:30",
            "Every Wednesday (only the 9th lunar month), 9:30 am",
        ),
        (
            "TERM=LIQIU;OFFSET=-3",
            "每年立秋前3天 上午9:30",
            "Every year 3 days before Start of Autumn, 9:30 am",
        ),
        (
            "TERM=LICHUN,LIDONG",
            "每年立春、立冬当天 上午9:30",
            "Every year on Start of Spring and Start of Winter, 9:30 am",
        ),
        (
            "TERM=DONGZHI;OFFSET=1;COUNT=3",
            "每年冬至后1天 上午9:30，共3次",
            "Every year 1 day after Winter Solstice, 9:30 am, 3 times",
        ),
        (
            "SANFU=CHU,ZHONG,JIAQIANG,MO",
            "每年三伏（初伏、中伏、中伏加强、末伏） 上午9:30",
            "Every year on the hot days (sanfu: Chufu, Zhongfu, the extra day of a long Zhongfu and Mofu), 9:30 am",
        ),
        (
            "SANJIU=1,3",
            "每年三九（一九、三九） 上午9:30",
            "Every year on the cold days (sanjiu: first nine and third nine), 9:30 am",
        ),
    ];
    for (rule, zh, en) in table {
        let recurrence = recurrence(rule);
        assert_eq!(recurrence.words(Lang::Zh), zh, "{rule}");
        assert_eq!(recurrence.words(Lang::En), en, "{rule}");
    }
}
