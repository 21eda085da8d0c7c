//! The part of a form that says how often: its choices become an RRULE value (RFC 5545 §3.3.10).

use jiff::civil::{Date, Time};

use super::chinese_year::{CHINESE_REPEATS, ChineseYear};
use crate::domain::recurrence::Rule;
use crate::services::FieldError;
use crate::services::wording::Words;

/// The choices of how often, in the order offered.
pub const REPEATS: [&str; 11] = [
    "none",
    "weekly",
    "biweekly",
    "monthly_nth",
    "monthly_day",
    "lunar_month",
    "lunar_year",
    "term",
    "sanfu",
    "sanjiu",
    "custom",
];
/// The weekdays as rules write them.
pub const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
/// Which of a month's weekdays: the first to the fourth, and the last.
pub const NTHS: [&str; 5] = ["1", "2", "3", "4", "-1"];
/// The choices of when it ends.
pub const ENDS: [&str; 4] = ["never", "date", "count", "held"];

/// What was typed about repeating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeat<'a> {
    /// One of [`REPEATS`].
    pub repeat: &'a str,
    /// Ticked weekdays.
    pub days: &'a [String],
    /// One of [`NTHS`].
    pub nth: &'a str,
    /// The weekday that `nth` counts.
    pub nth_day: &'a str,
    /// Day of the month; 31 means the last one where a month is shorter.
    pub month_day: &'a str,
    /// Lunar days, terms, 三伏, 三九.
    pub chinese: &'a ChineseYear,
    /// An RRULE value.
    pub rrule: &'a str,
    /// One of [`ENDS`].
    pub ends: &'a str,
    /// Last date.
    pub end_date: &'a str,
    /// Number of dates.
    pub end_count: &'a str,
}

impl Repeat<'_> {
    /// The rule; none for a single date. What is wrong is added to `errors`. `first` is the first day wanted: what the form leaves
    /// open (the weekday, the day of the month) is taken from it.
    pub fn rule(&self, words: Words, first: Option<Date>, errors: &mut Vec<FieldError>) -> Option<Rule> {
        let before = errors.len();
        let text = match self.repeat {
            "" | "none" => return None,
            "weekly" => format!("FREQ=WEEKLY;BYDAY={}", self.weekdays(first, errors)),
            "biweekly" => format!("FREQ=WEEKLY;INTERVAL=2;BYDAY={}", self.weekdays(first, errors)),
            "monthly_nth" => format!("FREQ=MONTHLY;BYDAY={}", self.nth_weekday(first, errors)),
            "monthly_day" => format!("FREQ=MONTHLY;{}", self.day_of_month(first, errors)),
            "custom" => self.typed(errors),
            chinese if CHINESE_REPEATS.contains(&chinese) => self.chinese.rule(chinese, first, errors),
            other => {
                errors.push(FieldError::new("repeat", "form-choose", other));
                return None;
            }
        };
        let end = if self.repeat == "custom" {
            String::new()
        } else {
            self.end(first, errors)
        };
        if errors.len() > before {
            return None;
        }
        match format!("{text}{end}").parse::<Rule>() {
            Ok(rule) => Some(rule),
            Err(error) => {
                let field = if self.repeat == "custom" { "rrule" } else { "rule" };
                errors.push(FieldError::new(field, "form-rule", text).with("why", error.words(words.lang)));
                None
            }
        }
    }

    fn weekdays(&self, first: Option<Date>, errors: &mut Vec<FieldError>) -> String {
        if let Some(unknown) = self.days.iter().find(|day| !DAYS.contains(&day.as_str())) {
            errors.push(FieldError::new("days", "form-choose", unknown));
        }
        let ticked: Vec<&str> = DAYS
            .into_iter()
            .filter(|day| self.days.iter().any(|d| d == day))
            .collect();
        if ticked.is_empty() {
            return first.map_or("MO", weekday_code).to_owned();
        }
        ticked.join(",")
    }

    fn nth_weekday(&self, first: Option<Date>, errors: &mut Vec<FieldError>) -> String {
        let nth = match self.nth {
            "" => first.map_or(1, |date| (date.day() - 1) / 7 + 1).min(4).to_string(),
            nth if NTHS.contains(&nth) => nth.to_owned(),
            other => {
                errors.push(FieldError::new("nth", "form-choose", other));
                String::new()
            }
        };
        let day = match self.nth_day {
            "" => first.map_or("MO", weekday_code),
            day => DAYS.into_iter().find(|known| *known == day).unwrap_or_else(|| {
                errors.push(FieldError::new("nth_day", "form-choose", day));
                "MO"
            }),
        };
        format!("{nth}{day}")
    }

    fn day_of_month(&self, first: Option<Date>, errors: &mut Vec<FieldError>) -> String {
        let day = if self.month_day.trim().is_empty() {
            first.map_or(1, |date| i64::from(date.day()))
        } else {
            let typed = whole_number(self.month_day).filter(|day| (1..=31).contains(day));
            typed.unwrap_or_else(|| {
                errors.push(FieldError::new("month_day", "form-month-day", self.month_day));
                1
            })
        };
        match day {
            // The month's last day where it has no such one: the later of the two that BYMONTHDAY names, by BYSETPOS.
            29.. => format!(
                "BYMONTHDAY={};BYSETPOS=-1",
                (28..=day).map(|day| day.to_string()).collect::<Vec<_>>().join(",")
            ),
            _ => format!("BYMONTHDAY={day}"),
        }
    }

    fn typed(&self, errors: &mut Vec<FieldError>) -> String {
        let text = self.rrule.trim();
        let text = text.strip_prefix("RRULE:").unwrap_or(text);
        if text.is_empty() {
            errors.push(FieldError::new("rrule", "form-rule-empty", ""));
        }
        text.to_owned()
    }

    fn end(&self, first: Option<Date>, errors: &mut Vec<FieldError>) -> String {
        match self.ends {
            "" | "never" => String::new(),
            "date" => match day(self.end_date) {
                Some(last) if first.is_some_and(|first| last < first) => {
                    errors.push(FieldError::new("end_date", "form-end-before-start", self.end_date));
                    String::new()
                }
                Some(last) => format!(";UNTIL={}", last.strftime("%Y%m%d")),
                None => {
                    errors.push(FieldError::new("end_date", "form-date", self.end_date));
                    String::new()
                }
            },
            "count" | "held" => {
                let count = whole_number(self.end_count).filter(|count| (1..=1000).contains(count));
                if count.is_none() {
                    errors.push(FieldError::new("end_count", "form-count", self.end_count));
                }
                // An end by sessions held is the series', not the rule's.
                count
                    .filter(|_| self.ends == "count")
                    .map(|count| format!(";COUNT={count}"))
                    .unwrap_or_default()
            }
            other => {
                errors.push(FieldError::new("ends", "form-choose", other));
                String::new()
            }
        }
    }
}

/// The weekday of a date as rules write it.
pub fn weekday_code(date: Date) -> &'static str {
    DAYS[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0)]
}

/// A day as date boxes send it, `2026-11-25`, between 1970 and 2199.
pub fn day(text: &str) -> Option<Date> {
    let date: Date = half_width(text).trim().replace('/', "-").parse().ok()?;
    (1970..2200).contains(&date.year()).then_some(date)
}

/// A time as time boxes send it, `9:30` or `09:30`.
pub fn time(text: &str) -> Option<Time> {
    let text = half_width(text).replace('：', ":");
    let (hour, minute) = text.trim().split_once(':')?;
    // Boxes may add seconds, which mean nothing here.
    let minute = minute.split(':').next()?;
    if hour.is_empty() || hour.len() > 2 || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// A whole number, in half or full width digits.
pub fn whole_number(text: &str) -> Option<i64> {
    let text = half_width(text);
    let text = text.trim();
    (!text.is_empty() && text.len() <= 9)
        .then(|| text.parse().ok())
        .flatten()
}

fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '０'..='９' => char::from(b'0' + (c as u32 - '０' as u32) as u8),
            '－' => '-',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::domain::lang::Lang;
    use jiff::civil::date;

    fn rule(repeat: &Repeat) -> Result<Option<String>, Vec<&'static str>> {
        let mut errors = Vec::new();
        // A Wednesday, the fourth of its month.
        let rule = repeat.rule(Words::new(Lang::Zh), Some(date(2026, 11, 25)), &mut errors);
        if errors.is_empty() {
            Ok(rule.map(|rule| rule.to_string()))
        } else {
            Err(errors.into_iter().map(|error| error.code).collect())
        }
    }

    fn every(repeat: &'static str) -> Repeat<'static> {
        static UNTOUCHED: LazyLock<ChineseYear> = LazyLock::new(ChineseYear::default);
        Repeat {
            repeat,
            days: &[],
            nth: "",
            nth_day: "",
            month_day: "",
            chinese: &UNTOUCHED,
            rrule: "",
            ends: "",
            end_date: "",
            end_count: "",
        }
    }

    #[test]
    fn what_the_form_leaves_open_comes_from_the_first_day() {
        assert_eq!(rule(&every("none")), Ok(None));
        assert_eq!(rule(&every("weekly")), Ok(Some("FREQ=WEEKLY;BYDAY=WE".to_owned())));
        assert_eq!(
            rule(&every("biweekly")),
            Ok(Some("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE".to_owned()))
        );
        assert_eq!(
            rule(&every("monthly_nth")),
            Ok(Some("FREQ=MONTHLY;BYDAY=4WE".to_owned()))
        );
        assert_eq!(
            rule(&every("monthly_day")),
            Ok(Some("FREQ=MONTHLY;BYMONTHDAY=25".to_owned()))
        );
    }

    #[test]
    fn ticked_weekdays_are_written_in_the_order_of_the_week() {
        let days = ["FR".to_owned(), "MO".to_owned()];
        let repeat = Repeat {
            days: &days,
            ends: "count",
            end_count: "１２",
            ..every("weekly")
        };
        assert_eq!(rule(&repeat), Ok(Some("FREQ=WEEKLY;COUNT=12;BYDAY=MO,FR".to_owned())));
    }

    #[test]
    fn the_31st_is_the_last_day_of_a_shorter_month() {
        let repeat = Repeat {
            month_day: "31",
            ..every("monthly_day")
        };
        assert_eq!(
            rule(&repeat),
            Ok(Some("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1".to_owned()))
        );
    }

    #[test]
    fn what_is_wrong_is_said_of_the_field_it_is_in() {
        let wrong = |repeat: Repeat<'static>| rule(&repeat).unwrap_err();
        assert_eq!(wrong(every("sometimes")), ["form-choose"]);
        assert_eq!(
            wrong(Repeat {
                ends: "date",
                end_date: "2026-11-24",
                ..every("weekly")
            }),
            ["form-end-before-start"]
        );
        assert_eq!(
            wrong(Repeat {
                ends: "count",
                end_count: "0",
                ..every("weekly")
            }),
            ["form-count"]
        );
        assert_eq!(
            wrong(Repeat {
                month_day: "32",
                ..every("monthly_day")
            }),
            ["form-month-day"]
        );
        assert_eq!(
            wrong(Repeat {
                rrule: "每周",
                ..every("custom")
            }),
            ["form-rule"]
        );
        assert_eq!(wrong(every("custom")), ["form-rule-empty"]);
    }

    #[test]
    fn a_typed_rule_may_carry_its_property_name() {
        let repeat = Repeat {
            rrule: " RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1 ",
            ..every("custom")
        };
        assert_eq!(
            rule(&repeat),
            Ok(Some("FREQ=YEARLY;BYMONTHDAY=1;BYMONTH=10".to_owned()))
        );
    }

    #[test]
    fn times_and_days_are_read_as_people_type_them() {
        assert_eq!(time("9:30"), Time::new(9, 30, 0, 0).ok());
        assert_eq!(time("０９：３０"), Time::new(9, 30, 0, 0).ok());
        assert_eq!(time("14:05:00"), Time::new(14, 5, 0, 0).ok());
        for wrong in ["", "24:00", "9", "9:3", "上午9:30", "-1:30"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
        assert_eq!(day("2026/11/25"), Some(date(2026, 11, 25)));
        for wrong in ["2026-02-30", "1800-01-01", "25.11.2026", ""] {
            assert_eq!(day(wrong), None, "{wrong}");
        }
        assert_eq!(whole_number("９０"), Some(90));
        assert_eq!(whole_number("1e3"), None);
    }
}
