//! The form that changes a session, read as the difference to how it stands.

use serde::Deserialize;

use super::form::Wrong;
use super::repeat;
use crate::domain::planning::ReasonCode;
use crate::domain::planning::edit::{Change, Scope};
use crate::services::FieldError;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;

/// What was typed about a session, as it was typed.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct EditForm {
    /// Day.
    pub date: String,
    /// Start.
    pub start: String,
    /// End.
    pub end: String,
    /// Seats; empty without a limit.
    pub capacity: String,
    /// Venue.
    pub venue: String,
    /// Facilitator; empty for nobody.
    pub facilitator: String,
    /// How far the change reaches.
    pub scope: String,
    /// Why, for people.
    pub reason: String,
    /// The week behind the panel.
    pub week: String,
    /// The view behind the panel.
    pub view: String,
    /// The answer to "what would happen" that the person saw.
    pub seen: String,
    /// What was accepted of what speaks against the change.
    pub accept: String,
    /// `preview` or `save`.
    pub step: String,
}

fn clock(at: &jiff::Zoned) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

impl EditForm {
    /// A session as it stands.
    pub fn of(session: &SessionView) -> Self {
        Self {
            date: session.starts.date().to_string(),
            start: clock(&session.starts),
            end: clock(&session.ends),
            capacity: session.capacity.map(|seats| seats.to_string()).unwrap_or_default(),
            venue: session.venue.id.to_string(),
            facilitator: session
                .facilitator
                .as_ref()
                .map(|person| person.id.to_string())
                .unwrap_or_default(),
            scope: Scope::This.as_str().to_owned(),
            ..Self::default()
        }
    }

    /// The same at another place or time, as a card that was dragged there asks; none when nothing is asked. The length stays.
    pub fn moved_to(mut self, date: &str, start: &str, venue: &str) -> Option<Self> {
        if date.is_empty() && start.is_empty() && venue.is_empty() {
            return None;
        }
        if !date.is_empty() {
            date.clone_into(&mut self.date);
        }
        if let (Some(from), Some(to), Some(wished)) =
            (repeat::time(&self.start), repeat::time(&self.end), repeat::time(start))
        {
            let lasts = from.until(to).unwrap_or_default();
            start.clone_into(&mut self.start);
            if let Ok(end) = wished.checked_add(lasts) {
                self.end = format!("{:02}:{:02}", end.hour(), end.minute());
            }
        }
        if !venue.is_empty() {
            venue.clone_into(&mut self.venue);
        }
        Some(self)
    }

    /// The change that turns `session` into what was typed; only what differs is asked for.
    pub(super) fn change(&self, words: Words, session: &SessionView) -> Result<(Scope, Change), Wrong> {
        let mut errors = Vec::new();
        let mut change = Change::default();
        let scope = self.scope.parse().unwrap_or_else(|_| {
            errors.push(FieldError::new("scope", "form-choose", &self.scope));
            Scope::This
        });
        let date = repeat::day(&self.date);
        if date.is_none() {
            errors.push(FieldError::new("date", "form-date", &self.date));
        }
        let start = repeat::time(&self.start);
        if start.is_none() {
            errors.push(FieldError::new("start", "form-time", &self.start));
        }
        let end = repeat::time(&self.end);
        if end.is_none() {
            errors.push(FieldError::new("end", "form-time", &self.end));
        }
        if let (Some(date), Some(start), Some(end)) = (date, start, end) {
            let wished = date.to_datetime(start);
            if wished != session.starts.datetime() {
                change.starts_local = Some(wished);
            }
            // Midnight as an end is the end of the day.
            let minutes = |time: jiff::civil::Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
            let until = if minutes(end) == 0 { 1440 } else { minutes(end) };
            let lasts = until - minutes(start);
            if lasts <= 0 {
                errors.push(FieldError::new("end", "form-end-before", &self.end));
            } else if lasts != super::columns::minutes_of(session) {
                change.duration_minutes = Some(lasts);
            }
        }
        let seats = match self.capacity.trim() {
            "" => None,
            text => {
                let number = repeat::whole_number(text).and_then(|number| i32::try_from(number).ok());
                if number.is_none() {
                    errors.push(FieldError::new("capacity", "form-number", text));
                }
                number
            }
        };
        if seats != session.capacity {
            change.capacity = Some(seats);
        }
        match self.venue.parse() {
            Ok(venue) if venue != session.venue.id => change.venue_id = Some(venue),
            Ok(_) => {}
            Err(_) => errors.push(FieldError::new("venue", "form-choose", &self.venue)),
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
        if facilitator != session.facilitator.as_ref().map(|person| person.id) {
            change.facilitator_id = Some(facilitator);
        }
        if !self.reason.trim().is_empty() {
            change.reason = Some(self.reason.trim().to_owned());
            change.reason_code = Some(ReasonCode::Other);
        }
        if errors.is_empty() {
            Ok((scope, change))
        } else {
            Err(Wrong::fields(words, &errors))
        }
    }
}
