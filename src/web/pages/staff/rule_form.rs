//! A rule of notifications as a form.

use serde::Deserialize;

use super::repeat;
use crate::domain::channel::ChannelKind;
use crate::domain::notification::{Event, Lead};
use crate::domain::notification_rule::{Rule, may_be_off, robots_may_hear};
use crate::services::FieldError;

/// A rule as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RuleForm {
    pub(super) enabled: String,
    pub(super) way: Vec<String>,
    pub(super) robots: String,
    pub(super) days: String,
    pub(super) at: String,
    pub(super) minutes: String,
    pub(super) cron: String,
    /// `save`, `preview` or `reset`.
    pub(super) step: String,
}

impl RuleForm {
    /// A rule that holds.
    pub fn of(rule: &Rule) -> Self {
        let tick = |on: bool| if on { "1" } else { "" }.to_owned();
        let (days, at, minutes) = match rule.lead {
            Some(Lead::Days { days, at }) => (days.to_string(), at.strftime("%H:%M").to_string(), String::new()),
            Some(Lead::Minutes(minutes)) => (String::new(), String::new(), minutes.to_string()),
            None => (String::new(), String::new(), String::new()),
        };
        Self {
            enabled: tick(rule.enabled),
            way: rule.channels.iter().map(|kind| kind.as_str().to_owned()).collect(),
            robots: tick(rule.robots),
            days,
            at,
            minutes,
            cron: rule.cron.clone().unwrap_or_default(),
            step: String::new(),
        }
    }

    /// The rule that was typed; what an event has not, the form does not ask.
    pub fn read(&self, event: Event) -> Result<Rule, Vec<FieldError>> {
        let usual = Rule::usual(event);
        let mut wrong = Vec::new();
        let mut channels = Vec::new();
        for (row, text) in self.way.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            match text.parse::<ChannelKind>() {
                Ok(kind) => channels.push(kind),
                Err(_) => wrong.push(FieldError::new(format!("way_{row}"), "form-choose", text)),
            }
        }
        let mut number = |field: &str, text: &str| {
            let number = repeat::whole_number(text).and_then(|number| i32::try_from(number).ok());
            if number.is_none() {
                wrong.push(FieldError::new(field, "form-number", text));
            }
            number
        };
        let lead = match usual.lead {
            None => None,
            Some(Lead::Minutes(_)) => number("minutes", &self.minutes).map(Lead::Minutes),
            Some(Lead::Days { .. }) => {
                let days = number("days", &self.days);
                let at = repeat::time(&self.at);
                if at.is_none() {
                    wrong.push(FieldError::new("at", "form-time", &self.at));
                }
                days.zip(at).map(|(days, at)| Lead::Days { days, at })
            }
        };
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Rule {
            enabled: self.enabled == "1" || !may_be_off(event),
            channels,
            robots: self.robots == "1" && robots_may_hear(event),
            lead,
            cron: usual.cron.map(|_| self.cron.trim().to_owned()),
        })
    }
}
