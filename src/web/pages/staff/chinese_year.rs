//! The part of the form that says how often for rules of the Chinese year: lunar days, solar terms, 三伏, 三九.

use jiff::civil::Date;

use super::form::{Choice, choices, named};
use super::repeat::whole_number;
use crate::domain::calendar::lunar::{day_name, month_name};
use crate::domain::calendar::{LunarDate, SolarTerm};
use crate::services::FieldError;
use crate::services::wording::Words;

/// The choices of how often that this part answers, in the order offered.
pub const CHINESE_REPEATS: [&str; 5] = ["lunar_month", "lunar_year", "term", "sanfu", "sanjiu"];
/// Whether a date of the lunar year is kept in a leap month of the same number.
const LEAPS: [&str; 3] = ["skip", "both", "only"];
/// Before a term, on its day, after it.
const SIDES: [&str; 3] = ["before", "on", "after"];
/// The parts of 三伏 as rules write them.
const SANFU: [&str; 4] = ["CHU", "ZHONG", "JIAQIANG", "MO"];
/// The parts of 三九.
const SANJIU: [&str; 3] = ["1", "2", "3"];
/// A term's offset in a form, days; rules can say more.
const MOST_TERM_DAYS: i64 = 60;

/// What was typed, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChineseYear {
    pub(super) lunar_month: String,
    pub(super) lunar_leap: String,
    pub(super) lunar_day: String,
    pub(super) lunar_day_2: String,
    pub(super) term: String,
    pub(super) term_side: String,
    pub(super) term_days: String,
    pub(super) sanfu: Vec<String>,
    pub(super) sanjiu: Vec<String>,
}

/// The lists the form offers, with what was chosen.
pub struct Choices {
    pub lunar_months: Vec<Choice>,
    pub lunar_leaps: Vec<Choice>,
    pub lunar_days: Vec<Choice>,
    pub lunar_days_2: Vec<Choice>,
    pub terms: Vec<Choice>,
    pub term_sides: Vec<Choice>,
    pub sanfu: Vec<Choice>,
    pub sanjiu: Vec<Choice>,
}

impl ChineseYear {
    /// What a new form begins with: the lunar date of the first day, the term that comes next, every part of the sets.
    pub(super) fn from_day(date: Date) -> Self {
        let lunar = LunarDate::from_date(date);
        let coming = (0..16).filter_map(|days| date.checked_add(jiff::Span::new().days(days)).ok());
        let term = coming.into_iter().find_map(SolarTerm::on);
        Self {
            lunar_month: lunar.month.to_string(),
            lunar_leap: "skip".to_owned(),
            lunar_day: last_or(lunar.day).to_string(),
            lunar_day_2: String::new(),
            term: term.map_or_else(|| "LICHUN".to_owned(), |term| term.code().to_owned()),
            term_side: "on".to_owned(),
            term_days: "3".to_owned(),
            sanfu: SANFU.map(str::to_owned).to_vec(),
            sanjiu: SANJIU.map(str::to_owned).to_vec(),
        }
    }

    /// The rule without its end; `repeat` is one of [`CHINESE_REPEATS`]. What is wrong is added to `errors`; what was left open is taken from
    /// `first`, the first day wanted.
    pub(super) fn rule(&self, repeat: &str, first: Option<Date>, errors: &mut Vec<FieldError>) -> String {
        let lunar = first.map(LunarDate::from_date);
        match repeat {
            "lunar_month" => {
                let mut days = vec![day("lunar_day", &self.lunar_day, lunar, errors)];
                if !self.lunar_day_2.is_empty() {
                    days.push(day("lunar_day_2", &self.lunar_day_2, lunar, errors));
                }
                let days: Vec<String> = days.iter().map(ToString::to_string).collect();
                format!("RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY={}", days.join(","))
            }
            "lunar_year" => {
                let month = match whole_number(&self.lunar_month) {
                    None if self.lunar_month.is_empty() => lunar.map_or(1, |lunar| i64::from(lunar.month)),
                    Some(month @ 1..=12) => month,
                    _ => wrong("lunar_month", &self.lunar_month, errors, 1),
                };
                let months = match self.lunar_leap.as_str() {
                    "" | "skip" => month.to_string(),
                    "both" => format!("{month},{month}L"),
                    "only" => format!("{month}L"),
                    other => wrong("lunar_leap", other, errors, String::new()),
                };
                let day = day("lunar_day", &self.lunar_day, lunar, errors);
                format!("RSCALE=CHINESE;FREQ=YEARLY;BYMONTH={months};BYMONTHDAY={day}")
            }
            "term" => {
                let term = match self.term.parse::<SolarTerm>() {
                    Ok(term) => term.code(),
                    Err(_) => wrong("term", &self.term, errors, ""),
                };
                let days = match self.term_side.as_str() {
                    "" | "on" => 0,
                    "before" => -self.days(errors),
                    "after" => self.days(errors),
                    other => wrong("term_side", other, errors, 0),
                };
                format!("TERM={term};OFFSET={days}")
            }
            "sanfu" => format!("SANFU={}", ticked("sanfu", &self.sanfu, &SANFU, errors)),
            _ => format!("SANJIU={}", ticked("sanjiu", &self.sanjiu, &SANJIU, errors)),
        }
    }

    fn days(&self, errors: &mut Vec<FieldError>) -> i64 {
        let days = whole_number(&self.term_days).filter(|days| (0..=MOST_TERM_DAYS).contains(days));
        days.unwrap_or_else(|| {
            errors.push(FieldError::new("term_days", "form-term-days", &self.term_days).with("most", MOST_TERM_DAYS));
            0
        })
    }

    /// The lists with what was chosen.
    pub(super) fn choices(&self, words: Words) -> Choices {
        let lang = words.lang;
        let days = |chosen: &str, first: Option<(String, String)>| {
            let days = (1..=29).map(|day| (day.to_string(), day_name(day, lang)));
            let last = ("-1".to_owned(), words.t("repeat-last-day"));
            choices(first.into_iter().chain(days).chain([last]), chosen)
        };
        let ticks = |prefix: &str, names: &[&str], on: &[String]| {
            let mut list = named(words, prefix, names, "");
            for choice in &mut list {
                choice.on = on.contains(&choice.value);
            }
            list
        };
        Choices {
            lunar_months: choices(
                (1..=12).map(|month: u8| (month.to_string(), month_name(month, false, lang))),
                &self.lunar_month,
            ),
            lunar_leaps: named(words, "repeat-leap", &LEAPS, &self.lunar_leap),
            lunar_days: days(&self.lunar_day, None),
            lunar_days_2: days(
                &self.lunar_day_2,
                Some((String::new(), words.t("repeat-no-second-day"))),
            ),
            // The year of the terms begins in spring.
            terms: choices(
                SolarTerm::all()
                    .skip(2)
                    .chain(SolarTerm::all().take(2))
                    .map(|term| (term.code().to_owned(), term.name(lang).to_owned())),
                &self.term,
            ),
            term_sides: named(words, "repeat-term", &SIDES, &self.term_side),
            sanfu: ticks("repeat-sanfu", &SANFU, &self.sanfu),
            sanjiu: ticks("repeat-sanjiu", &SANJIU, &self.sanjiu),
        }
    }
}

/// A lunar day that was typed, -1 for the last one: a month has 29 or 30 days, so the 30th means the last.
fn day(field: &'static str, text: &str, lunar: Option<LunarDate>, errors: &mut Vec<FieldError>) -> i64 {
    if text.is_empty() {
        return lunar.map_or(1, |lunar| last_or(lunar.day));
    }
    match whole_number(text) {
        Some(30 | -1) => -1,
        Some(day @ 1..=29) => day,
        _ => wrong(field, text, errors, 1),
    }
}

/// A lunar day, -1 for the 30th.
fn last_or(day: u8) -> i64 {
    if day == 30 { -1 } else { i64::from(day) }
}

fn wrong<T>(field: &'static str, value: &str, errors: &mut Vec<FieldError>, instead: T) -> T {
    errors.push(FieldError::new(field, "form-choose", value));
    instead
}

/// The ticked entries in the list's own order.
fn ticked(field: &'static str, on: &[String], all: &[&str], errors: &mut Vec<FieldError>) -> String {
    if let Some(unknown) = on.iter().find(|one| !all.contains(&one.as_str())) {
        return wrong(field, unknown, errors, String::new());
    }
    let ticked: Vec<&str> = all.iter().copied().filter(|one| on.iter().any(|o| o == one)).collect();
    if ticked.is_empty() {
        errors.push(FieldError::new(field, "form-tick", ""));
    }
    ticked.join(",")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn rule(repeat: &str, form: &ChineseYear) -> Result<String, Vec<(String, &'static str)>> {
        let mut errors = Vec::new();
        let rule = form.rule(repeat, Some(date(2026, 10, 18)), &mut errors);
        if errors.is_empty() {
            let parsed = rule.parse::<crate::domain::recurrence::Rule>();
            Ok(parsed.expect("a rule the engine reads").to_string())
        } else {
            Err(errors.into_iter().map(|error| (error.field, error.code)).collect())
        }
    }

    #[test]
    fn a_new_form_says_what_its_first_day_is() {
        // 九月初九; the next term is 霜降, five days later.
        let form = ChineseYear::from_day(date(2026, 10, 18));
        let table = [
            ("lunar_month", "RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=9"),
            ("lunar_year", "RSCALE=CHINESE;FREQ=YEARLY;BYMONTHDAY=9;BYMONTH=9"),
            ("term", "TERM=SHUANGJIANG"),
            ("sanfu", "SANFU=CHU,ZHONG,JIAQIANG,MO"),
            ("sanjiu", "SANJIU=1,2,3"),
        ];
        for (repeat, written) in table {
            assert_eq!(rule(repeat, &form), Ok(written.to_owned()));
        }
    }

    #[test]
    fn what_was_chosen_becomes_the_rule() {
        let set = str::to_owned;
        let form = ChineseYear {
            lunar_month: set("12"),
            lunar_leap: set("both"),
            lunar_day: set("30"),
            lunar_day_2: set("１５"),
            term: set("LIQIU"),
            term_side: set("before"),
            term_days: set("3"),
            sanfu: vec![set("MO"), set("CHU")],
            sanjiu: vec![set("2")],
        };
        let table = [
            ("lunar_month", "RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=15,-1"),
            ("lunar_year", "RSCALE=CHINESE;FREQ=YEARLY;BYMONTHDAY=-1;BYMONTH=12,12L"),
            ("term", "TERM=LIQIU;OFFSET=-3"),
            ("sanfu", "SANFU=CHU,MO"),
            ("sanjiu", "SANJIU=2"),
        ];
        for (repeat, written) in table {
            assert_eq!(rule(repeat, &form), Ok(written.to_owned()));
        }
    }

    #[test]
    fn what_is_wrong_is_said_of_its_box() {
        let set = str::to_owned;
        let form = ChineseYear {
            lunar_month: set("13"),
            lunar_leap: set("maybe"),
            lunar_day: set("0"),
            lunar_day_2: set("31"),
            term: set("SPRING"),
            term_side: set("after"),
            term_days: set("61"),
            sanfu: Vec::new(),
            sanjiu: vec![set("4")],
        };
        let table = [
            (
                "lunar_month",
                vec![("lunar_day", "form-choose"), ("lunar_day_2", "form-choose")],
            ),
            (
                "lunar_year",
                vec![
                    ("lunar_month", "form-choose"),
                    ("lunar_leap", "form-choose"),
                    ("lunar_day", "form-choose"),
                ],
            ),
            ("term", vec![("term", "form-choose"), ("term_days", "form-term-days")]),
            ("sanfu", vec![("sanfu", "form-tick")]),
            ("sanjiu", vec![("sanjiu", "form-choose")]),
        ];
        for (repeat, expected) in table {
            let found = rule(repeat, &form).unwrap_err();
            let found: Vec<(&str, &str)> = found.iter().map(|(field, code)| (field.as_str(), *code)).collect();
            assert_eq!(found, expected, "{repeat}");
        }
    }
}
