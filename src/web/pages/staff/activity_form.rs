//! The form of a new activity, kept as it was typed and read as the series it asks for.

use jiff::civil::Date;
use serde::Deserialize;

use super::chinese_year::ChineseYear;
use super::repeat::{self, Repeat};
use crate::domain::id::ProgrammeId;
use crate::domain::recurrence::HolidayPolicy;
use crate::services::FieldError;
use crate::services::programme::{OnConflict, PlanSeries};
use crate::services::wording::Words;

/// What was typed, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActivityForm {
    pub(super) token: String,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) slogan: String,
    pub(super) slogan_en: String,
    pub(super) kind: String,
    pub(super) description: String,
    pub(super) description_en: String,
    pub(super) bring: String,
    pub(super) sign_up: String,
    pub(super) counting: String,
    pub(super) venue: String,
    pub(super) facilitator: String,
    pub(super) date: String,
    pub(super) start: String,
    pub(super) duration: String,
    pub(super) capacity: String,
    pub(super) holiday: String,
    pub(super) repeat: String,
    pub(super) days: Vec<String>,
    pub(super) nth: String,
    pub(super) nth_day: String,
    pub(super) month_day: String,
    pub(super) lunar_month: String,
    pub(super) lunar_leap: String,
    pub(super) lunar_day: String,
    pub(super) lunar_day_2: String,
    pub(super) term: String,
    pub(super) term_side: String,
    pub(super) term_days: String,
    pub(super) sanfu: Vec<String>,
    pub(super) sanjiu: Vec<String>,
    pub(super) rrule: String,
    pub(super) ends: String,
    pub(super) end_date: String,
    pub(super) end_count: String,
    /// What was accepted of what speaks against the dates.
    pub(super) accept: String,
    pub(super) step: String,
    pub(super) bring_en: String,
    pub(super) audience: String,
    pub(super) matters: String,
    pub(super) partner: String,
    /// The template it began with.
    pub(super) template: String,
    /// The programme whose materials go along, when that is ticked.
    pub(super) like: String,
    pub(super) with_materials: String,
}

impl ActivityForm {
    /// A form that nothing was typed into: an hour and a half from half past nine, every week, on a day not long off.
    pub(super) fn blank(token: String, date: Date) -> Self {
        let set = str::to_owned;
        let chinese = ChineseYear::from_day(date);
        Self {
            token,
            kind: set("class"),
            sign_up: set("optional"),
            counting: set("both"),
            date: date.to_string(),
            start: set("09:30"),
            duration: set("90"),
            holiday: set("skip"),
            repeat: set("weekly"),
            lunar_month: chinese.lunar_month,
            lunar_leap: chinese.lunar_leap,
            lunar_day: chinese.lunar_day,
            lunar_day_2: chinese.lunar_day_2,
            term: chinese.term,
            term_side: chinese.term_side,
            term_days: chinese.term_days,
            sanfu: chinese.sanfu,
            sanjiu: chinese.sanjiu,
            nth: "1".to_owned(),
            nth_day: repeat::weekday_code(date).to_owned(),
            ends: set("never"),
            ..Self::default()
        }
    }

    /// Whether something was typed in the part that is folded away.
    pub fn has_more(&self) -> bool {
        [&self.slogan_en, &self.description_en, &self.bring]
            .iter()
            .any(|text| !text.is_empty())
    }

    /// Whether something was typed in the part about partner, audience and matters.
    pub fn has_extra(&self) -> bool {
        [&self.partner, &self.audience, &self.matters]
            .iter()
            .any(|text| !text.is_empty())
    }

    /// The programme whose materials go along.
    pub(super) fn materials_of(&self) -> Option<ProgrammeId> {
        (self.with_materials == "1").then(|| self.like.parse().ok()).flatten()
    }

    /// What was typed about the Chinese year.
    pub(super) fn chinese(&self) -> ChineseYear {
        ChineseYear {
            lunar_month: self.lunar_month.clone(),
            lunar_leap: self.lunar_leap.clone(),
            lunar_day: self.lunar_day.clone(),
            lunar_day_2: self.lunar_day_2.clone(),
            term: self.term.clone(),
            term_side: self.term_side.clone(),
            term_days: self.term_days.clone(),
            sanfu: self.sanfu.clone(),
            sanjiu: self.sanjiu.clone(),
        }
    }

    fn repeat<'a>(&'a self, chinese: &'a ChineseYear) -> Repeat<'a> {
        Repeat {
            repeat: &self.repeat,
            days: &self.days,
            nth: &self.nth,
            nth_day: &self.nth_day,
            month_day: &self.month_day,
            chinese,
            rrule: &self.rrule,
            ends: &self.ends,
            end_date: &self.end_date,
            end_count: &self.end_count,
        }
    }

    /// The series that was typed; what is wrong is added to `errors`.
    pub(super) fn series(
        &self,
        words: Words,
        programme: ProgrammeId,
        errors: &mut Vec<FieldError>,
    ) -> Option<PlanSeries> {
        let before = errors.len();
        let date = repeat::day(&self.date);
        if date.is_none() {
            errors.push(FieldError::new("date", "form-date", &self.date));
        }
        let start = repeat::time(&self.start);
        if start.is_none() {
            errors.push(FieldError::new("start", "form-time", &self.start));
        }
        let duration = number("duration", &self.duration, errors);
        let capacity = match self.capacity.trim() {
            "" => None,
            text => number("capacity", text, errors),
        };
        let venue = self.venue.parse().ok();
        if venue.is_none() {
            errors.push(FieldError::new("venue", "form-choose", &self.venue));
        }
        let facilitator = match self.facilitator.as_str() {
            "" => None,
            text => {
                let id = text.parse().ok();
                if id.is_none() {
                    errors.push(FieldError::new("facilitator", "form-choose", text));
                }
                id
            }
        };
        let holiday_policy = self.holiday.parse::<HolidayPolicy>().unwrap_or_else(|_| {
            errors.push(FieldError::new("holiday", "form-choose", &self.holiday));
            HolidayPolicy::Skip
        });
        let rule = self.repeat(&self.chinese()).rule(words, date, errors);
        if errors.len() > before {
            return None;
        }
        Some(PlanSeries {
            facilitator_id: facilitator,
            held_limit: rule.as_ref().and_then(|_| self.held_limit()),
            rule: rule.map(|rule| rule.to_string()),
            holiday_policy,
            capacity,
            on_conflict: OnConflict::Skip,
            ..PlanSeries::once(programme, venue?, date?.to_datetime(start?), duration?)
        })
    }
}

impl ActivityForm {
    /// After how many sessions it ends, when that end was chosen; a rule that was typed says its end itself.
    fn held_limit(&self) -> Option<i32> {
        let chosen = self.ends == "held" && self.repeat != "custom";
        chosen
            .then(|| repeat::whole_number(&self.end_count))
            .flatten()
            .and_then(|count| i32::try_from(count).ok())
    }
}

fn number(field: &str, text: &str, errors: &mut Vec<FieldError>) -> Option<i32> {
    let number = repeat::whole_number(text).and_then(|number| i32::try_from(number).ok());
    if number.is_none() {
        errors.push(FieldError::new(field, "form-number", text));
    }
    number
}
