//! A recurrence said in words: `每周三 上午9:30，共8次`, `Every Wednesday, 9:30 am, 8 times`.
//!
//! Every part of the rule is said; the common ones the way a notice on the door would.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

use super::rule::{End, Frequency, Rule, Scale, Skip, Until, bits, weekday};
use super::times::{DAY_SECONDS, Times};
use super::{HolidayPolicy, Recurrence};
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::{day_words, full_date, month_day, month_short, weekday_long, weekday_short};
use crate::domain::calendar::lunar::{day_name, month_name};
use crate::domain::calendar::{LunarDate, resolve};
use crate::domain::lang::Lang;

mod day_set;

use day_set::day_set;

/// More times of day than these are counted instead of listed.
const TIMES_LISTED: usize = 4;

impl Recurrence {
    /// The plan in words: when, until when, how many extra and excluded dates, and what happens on days off.
    pub fn words(&self, lang: Lang) -> String {
        let comma = lang.pick("，", ", ");
        let (days, time) = if let Some(rule) = &self.rule {
            let say = Say {
                rule,
                start: self.start,
                lang,
            };
            (say.days(), say.times())
        } else {
            let day = day_words(self.start.date(), lang);
            let day = match lang {
                Lang::Zh => format!("{}年{day}", self.start.year()),
                Lang::En => format!("{day} {}", self.start.year()),
            };
            (day, time_words(self.start.time(), lang))
        };
        let mut parts = vec![format!("{days}{}{time}", lang.pick(" ", ", "))];
        if let Some(rule) = &self.rule {
            parts.extend(self.end_words(rule, lang));
        }
        match (self.extra.len(), lang) {
            (0, _) => {}
            (n, Lang::Zh) => parts.push(format!("另加{n}次")),
            (1, Lang::En) => parts.push("plus 1 extra date".to_owned()),
            (n, Lang::En) => parts.push(format!("plus {n} extra dates")),
        }
        match (self.excluded.len(), lang) {
            (0, _) => {}
            (n, Lang::Zh) => parts.push(format!("其中{n}次不办")),
            (1, Lang::En) => parts.push("except 1 date".to_owned()),
            (n, Lang::En) => parts.push(format!("except {n} dates")),
        }
        if let Some(policy) = policy_words(self.holiday_policy, lang) {
            parts.push(policy.to_owned());
        }
        parts.join(comma)
    }

    fn end_words(&self, rule: &Rule, lang: Lang) -> Option<String> {
        let last = match rule.end {
            End::Never => return None,
            End::Count(count) => {
                return Some(match (count, lang) {
                    (_, Lang::Zh) => format!("共{count}次"),
                    (1, Lang::En) => "once".to_owned(),
                    (_, Lang::En) => format!("{count} times"),
                });
            }
            End::Until(Until::Date(date)) => date,
            End::Until(Until::Local(at)) => last_day(at, self.start.time()),
            End::Until(Until::Utc(at)) => {
                let instant = resolve(at, &TimeZone::UTC).timestamp();
                last_day(self.zone.to_datetime(instant), self.start.time())
            }
        };
        let date = if last.year() == self.start.year() {
            month_day(last, lang)
        } else {
            full_date(last, lang)
        };
        Some(match lang {
            Lang::Zh => format!("到{date}"),
            Lang::En => format!("until {date}"),
        })
    }
}

/// What a policy means, for the end of a sentence; nothing is said when holidays change nothing.
const fn policy_words(policy: HolidayPolicy, lang: Lang) -> Option<&'static str> {
    match policy {
        HolidayPolicy::Hold => None,
        HolidayPolicy::Skip => Some(lang.pick("遇放假停一次", "not on public holidays")),
        HolidayPolicy::NextWorkday => Some(lang.pick(
            "遇放假改到下一个工作日",
            "on public holidays moved to the next working day",
        )),
        HolidayPolicy::PreviousWorkday => Some(lang.pick(
            "遇放假改到前一个工作日",
            "on public holidays moved to the working day before",
        )),
    }
}

/// The last day a date can be on, when the last moment is `until` and dates begin at `time`.
fn last_day(until: DateTime, time: Time) -> Date {
    if until.time() < time {
        until.date().yesterday().unwrap_or(until.date())
    } else {
        until.date()
    }
}

/// A rule being said.
struct Say<'a> {
    rule: &'a Rule,
    start: DateTime,
    lang: Lang,
}

impl Say<'_> {
    fn zh(&self) -> bool {
        self.lang == Lang::Zh
    }

    /// Whether months and days are those of the Chinese calendar.
    fn lunar(&self) -> bool {
        self.rule.scale == Scale::Chinese
    }

    /// `每周三`, `Every Wednesday`.
    fn days(&self) -> String {
        if let Some(set) = &self.rule.set {
            return day_set(*set, self.lang);
        }
        match self.rule.frequency {
            Frequency::Daily if self.rule.interval == 1 && self.only_weekdays() => self.weekly(),
            Frequency::Weekly => self.weekly(),
            Frequency::Monthly | Frequency::Yearly => format!("{}{}", self.monthly_or_yearly(), self.skip()),
            _ => format!("{}{}", self.every(), self.limits()),
        }
    }

    /// What becomes of days that a month does not have.
    const fn skip(&self) -> &'static str {
        match self.rule.skip {
            Skip::Omit => "",
            Skip::Backward => self
                .lang
                .pick("（没有这天时提前）", " (where there is none, the last one before)"),
            Skip::Forward => self
                .lang
                .pick("（没有这天时顺延）", " (where there is none, the first one after)"),
        }
    }

    fn only_weekdays(&self) -> bool {
        self.rule.weekdays != 0 && !self.rule.has_by_month_day()
    }

    /// `每两天`, `每3个月`, `Every 2 weeks`.
    fn every(&self) -> String {
        let (zh, en) = match self.rule.frequency {
            Frequency::Secondly => ("秒", "second"),
            Frequency::Minutely => ("分钟", "minute"),
            Frequency::Hourly => ("小时", "hour"),
            Frequency::Daily => ("天", "day"),
            Frequency::Weekly => ("周", "week"),
            Frequency::Monthly if self.lunar() => ("个农历月", "lunar month"),
            Frequency::Monthly => ("个月", "month"),
            Frequency::Yearly if self.lunar() => ("年", "lunar year"),
            Frequency::Yearly => ("年", "year"),
        };
        match (self.rule.interval, self.lang) {
            (1, Lang::Zh) if self.lunar() && self.rule.frequency == Frequency::Monthly => "每月农历".to_owned(),
            (1, Lang::Zh) if self.lunar() && self.rule.frequency == Frequency::Yearly => "每年农历".to_owned(),
            (1, Lang::Zh) => format!("每{}", zh.trim_start_matches('个')),
            (2, Lang::Zh) => format!("每两{zh}"),
            (n, Lang::Zh) => format!("每{n}{zh}"),
            (1, Lang::En) => format!("Every {en}"),
            (n, Lang::En) => format!("Every {n} {en}s"),
        }
    }

    fn weekly(&self) -> String {
        let days = if self.rule.weekdays == 0 {
            1 << self.start.weekday().to_monday_zero_offset()
        } else {
            self.rule.weekdays
        };
        let limits = self.limits_but_weekdays();
        if self.rule.set_positions.is_empty() && self.rule.interval == 1 {
            let each = match self.lang {
                _ if days == 0x7f => self.lang.pick("每天", "Every day").to_owned(),
                Lang::Zh => format!("每{}", self.weekday_list(days)),
                Lang::En => format!("Every {}", self.weekday_list(days)),
            };
            return format!("{each}{limits}");
        }
        let days = self.positioned(self.weekday_list(days));
        let every = self.every();
        if self.zh() {
            format!("{every}的{days}{limits}")
        } else {
            format!("{every} on {days}{limits}")
        }
    }

    fn monthly_or_yearly(&self) -> String {
        let rule = self.rule;
        let yearly = rule.frequency == Frequency::Yearly;
        let nothing_said = !rule.has_by_day() && !rule.has_by_month_day();
        let implied_day = nothing_said && rule.year_days.is_empty() && rule.week_numbers.is_empty();
        let mut chosen = Vec::new();
        if !rule.week_numbers.is_empty() {
            chosen.push(self.numbered(rule.week_numbers.iter().map(|n| i64::from(*n)), ("周", "week")));
        }
        if !rule.year_days.is_empty() {
            chosen.push(self.numbered(rule.year_days.iter().map(|n| i64::from(*n)), ("天", "day")));
        }
        if rule.has_by_month_day() {
            chosen.push(self.month_days(rule.month_days, rule.month_days_back));
        } else if implied_day {
            let day = if self.lunar() {
                LunarDate::from_date(self.start.date()).day
            } else {
                self.start.day() as u8
            };
            chosen.push(self.month_days(1 << (day - 1), 0));
        }
        if rule.has_by_day() {
            chosen.push(self.weekdays_of_a_period(yearly && !rule.has_by_month()));
        } else if nothing_said && !rule.week_numbers.is_empty() && rule.year_days.is_empty() {
            chosen.push(self.weekday_list(1 << self.start.weekday().to_monday_zero_offset()));
        }
        let months = match (rule.months, rule.leap_months) {
            (0, 0) if yearly && implied_day && self.lunar() => {
                let start = LunarDate::from_date(self.start.date());
                let bit = 1_u16 << start.month;
                if start.leap { (0, bit) } else { (bit, 0) }
            }
            (0, 0) if yearly && implied_day => (1_u16 << self.start.month(), 0),
            // Days of any month, in a rule that goes by years.
            (0, 0) if yearly && rule.has_by_month_day() => (0x1ffe, 0),
            months => months,
        };
        let days = self.positioned(chosen.join(self.lang.pick("、且逢", " that is also ")));
        let every = self.every();
        let each_month = months == (0x1ffe, 0) && !rule.has_by_month();
        let of_lunar_year = if self.lunar() { "农历" } else { "" };
        match (self.lang, months) {
            (Lang::Zh, (0, 0)) if rule.interval == 1 => format!("{every}{days}"),
            (Lang::Zh, (0, 0)) => format!("{every}的{days}"),
            (Lang::Zh, _) if each_month => format!("{every}各月{days}"),
            (Lang::Zh, _) if yearly && rule.interval == 1 => format!("{every}{}{days}", self.months(months)),
            (Lang::Zh, _) if yearly => format!("{every}的{of_lunar_year}{}{days}", self.months(months)),
            (Lang::Zh, _) => format!("{every}{days}{}", self.limited_to_months()),
            (Lang::En, (0, 0)) => format!("{every} on {days}"),
            (Lang::En, _) if each_month => format!("{every}, every month on {days}"),
            (Lang::En, _) => format!("{every} on {days} of {}", self.months(months)),
        }
    }

    /// BYMONTH, BYMONTHDAY and BYDAY as limits of a rule that repeats more often.
    fn limits(&self) -> String {
        let mut limits = Vec::new();
        if self.rule.has_by_day() {
            limits.push(self.weekday_list(self.rule.weekdays));
        }
        if !self.rule.year_days.is_empty() {
            limits.push(self.numbered(self.rule.year_days.iter().map(|n| i64::from(*n)), ("天", "day")));
        }
        if self.rule.has_by_month_day() {
            limits.push(self.month_days(self.rule.month_days, self.rule.month_days_back));
        }
        if self.rule.has_by_month() {
            limits.push(self.months((self.rule.months, self.rule.leap_months)));
        }
        self.in_brackets(&limits)
    }

    fn limits_but_weekdays(&self) -> String {
        self.limited_to_months()
    }

    fn limited_to_months(&self) -> String {
        if self.rule.has_by_month() {
            self.in_brackets(&[self.months((self.rule.months, self.rule.leap_months))])
        } else {
            String::new()
        }
    }

    fn in_brackets(&self, limits: &[String]) -> String {
        match (limits.is_empty(), self.lang) {
            (true, _) => String::new(),
            (false, Lang::Zh) if self.lunar() => format!("（只在农历{}）", limits.join("、且逢")),
            (false, Lang::Zh) => format!("（只在{}）", limits.join("、且逢")),
            (false, Lang::En) => format!(" (only {})", limits.join(", ")),
        }
    }

    /// BYSETPOS around a choice of days.
    fn positioned(&self, days: String) -> String {
        if self.rule.set_positions.is_empty() {
            return days;
        }
        let positions = self.numbered(self.rule.set_positions.iter().map(|n| i64::from(*n)), ("个", "one"));
        if self.zh() {
            format!("{days}中的{positions}")
        } else {
            format!("{positions} of {days}")
        }
    }

    /// `第2周`, `the 2nd week`, `最后一天`, `the last day`.
    fn numbered(&self, numbers: impl Iterator<Item = i64>, (zh, en): (&str, &str)) -> String {
        let items: Vec<String> = numbers
            .map(|n| match (n, self.lang) {
                (-1, Lang::Zh) => format!("最后一{zh}"),
                (..0, Lang::Zh) => format!("倒数第{}{zh}", -n),
                (_, Lang::Zh) => format!("第{n}{zh}"),
                (_, Lang::En) => format!("the {} {en}", ordinal(n)),
            })
            .collect();
        self.list(&items)
    }

    /// `15日`, `the 15th`, `最后一天`, `the last day`.
    fn month_days(&self, days: u32, back: u32) -> String {
        let forward = bits(u64::from(days))
            .map(|bit| i64::from(bit) + 1)
            .map(|n| match self.lang {
                _ if self.lunar() => day_name(n as u8, self.lang),
                Lang::Zh => format!("{n}日"),
                Lang::En => format!("the {}", ordinal(n)),
            });
        let backward = bits(u64::from(back)).map(|bit| -i64::from(bit) - 1);
        let backward = backward.map(|n| self.numbered(std::iter::once(n), ("天", "day")));
        self.list(&forward.chain(backward).collect::<Vec<_>>())
    }

    /// `第2个周二`, `the 2nd Tuesday`, `每个周二`, `every Tuesday`.
    fn weekdays_of_a_period(&self, of_year: bool) -> String {
        let mut items = Vec::new();
        if self.rule.weekdays != 0 {
            // With a BYSETPOS the weekdays are what one is chosen from.
            let each = if self.rule.set_positions.is_empty() {
                self.lang.pick("每个", "every ")
            } else {
                ""
            };
            items.push(format!("{each}{}", self.weekday_list(self.rule.weekdays)));
        }
        for (nth, day) in &self.rule.nth_weekdays {
            let day = weekday(*day);
            let n = i64::from(*nth);
            items.push(match (n, self.lang) {
                (-1, Lang::Zh) => format!("最后一个{}", weekday_short(day, self.lang)),
                (..0, Lang::Zh) => format!("倒数第{}个{}", -n, weekday_short(day, self.lang)),
                (_, Lang::Zh) => format!("第{n}个{}", weekday_short(day, self.lang)),
                (_, Lang::En) => format!("the {} {}", ordinal(n), weekday_long(day, self.lang)),
            });
        }
        let all = self.list(&items);
        if of_year && !self.zh() && !self.rule.nth_weekdays.is_empty() {
            format!("{all} of the year")
        } else {
            all
        }
    }

    /// `周一、三、五`, `周一至周五`, `Monday, Wednesday and Friday`.
    fn weekday_list(&self, days: u8) -> String {
        let run = u32::from(days >> days.trailing_zeros().min(7));
        if days.count_ones() >= 3 && run.trailing_ones() == days.count_ones() {
            let first = weekday(days.trailing_zeros() as u8);
            let last = weekday(days.ilog2() as u8);
            return match self.lang {
                Lang::Zh => format!(
                    "{}至{}",
                    weekday_short(first, self.lang),
                    weekday_short(last, self.lang)
                ),
                Lang::En => format!(
                    "{} to {}",
                    weekday_long(first, self.lang),
                    weekday_long(last, self.lang)
                ),
            };
        }
        let names = bits(u64::from(days)).map(|day| weekday(day as u8));
        match self.lang {
            Lang::Zh => {
                let names: Vec<&str> = names
                    .map(|day| weekday_short(day, self.lang).trim_start_matches('周'))
                    .collect();
                format!("周{}", names.join("、"))
            }
            Lang::En => {
                let names: Vec<String> = names.map(|day| weekday_long(day, self.lang).to_owned()).collect();
                self.list(&names)
            }
        }
    }

    /// `3月、4月`, `Mar and Apr`; `九月、闰六月`, `the 9th lunar month and the leap 6th lunar month`.
    fn months(&self, (months, leap_months): (u16, u16)) -> String {
        let lunar = |number: u32, leap: bool| {
            let name = month_name(number as u8, leap, self.lang);
            if self.zh() { name } else { format!("the {name}") }
        };
        let ordinary = bits(u64::from(months)).map(|number| {
            if self.lunar() {
                lunar(number, false)
            } else {
                month_short(number as i8, self.lang).to_owned()
            }
        });
        let leap = bits(u64::from(leap_months)).map(|number| lunar(number, true));
        self.list(&ordinary.chain(leap).collect::<Vec<_>>())
    }

    fn list(&self, items: &[String]) -> String {
        listed(items, self.lang)
    }

    /// The times of day, nothing for a rule that repeats within the day.
    fn times(&self) -> String {
        let start =
            i64::from(self.start.hour()) * 3600 + i64::from(self.start.minute()) * 60 + i64::from(self.start.second());
        let Times::Fixed(times) = Times::new(self.rule, start) else {
            return match self.lang {
                Lang::Zh => format!("从{}起", time_words(self.start.time(), self.lang)),
                Lang::En => format!("from {}", time_words(self.start.time(), self.lang)),
            };
        };
        let word = |seconds: &i64| {
            let seconds = seconds.rem_euclid(DAY_SECONDS);
            let time = Time::new(
                (seconds / 3600) as i8,
                (seconds / 60 % 60) as i8,
                (seconds % 60) as i8,
                0,
            );
            time_words(time.unwrap_or_default(), self.lang)
        };
        if times.len() > TIMES_LISTED {
            let count = times.len();
            return match (times.first(), self.lang) {
                (Some(first), Lang::Zh) => format!("{}等{count}个时间", word(first)),
                (Some(first), Lang::En) => format!("{} and {} other times", word(first), count - 1),
                (None, _) => String::new(),
            };
        }
        self.list(&times.iter().map(word).collect::<Vec<_>>())
    }
}

/// `初一、十五`; `Monday, Wednesday and Friday`.
pub(super) fn listed(items: &[String], lang: Lang) -> String {
    match (items, lang) {
        (_, Lang::Zh) => items.join("、"),
        ([most @ .., last], Lang::En) if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        (_, Lang::En) => items.concat(),
    }
}

/// `1st`, `22nd`, `last`, `2nd last`.
fn ordinal(n: i64) -> String {
    if n < 0 {
        return if n == -1 {
            "last".to_owned()
        } else {
            format!("{} last", ordinal(-n))
        };
    }
    let suffix = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{n}{suffix}")
}

#[cfg(test)]
mod tests;
