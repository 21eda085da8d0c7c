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
    /// The session's sequence as the person saw it; empty from whoever does not say.
    pub sequence: String,
    /// Where the session stood as the person saw it: start, wall clock, and venue.
    pub was: String,
    /// A free time that was pressed: start and venue.
    pub take: String,
}

fn clock(at: &jiff::Zoned) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// Where a session stands, as a form carries it.
fn stand(session: &SessionView) -> String {
    format!("{}@{}", session.starts.strftime("%Y-%m-%dT%H:%M"), session.venue.id)
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
            sequence: session.sequence.to_string(),
            was: stand(session),
            ..Self::default()
        }
    }

    /// The same, dragged on a board that showed this sequence; without one, on the present one.
    #[must_use]
    pub fn seen_as(mut self, sequence: &str) -> Self {
        if sequence.parse::<i32>().is_ok() && sequence != self.sequence {
            sequence.clone_into(&mut self.sequence);
            self.was.clear();
        }
        self
    }

    /// The sequence that was seen; none when the form does not say.
    pub fn seen_sequence(&self) -> Option<i32> {
        self.sequence.trim().parse().ok()
    }

    /// Whether the session changed since this form was opened.
    pub fn is_stale(&self, session: &SessionView) -> bool {
        self.seen_sequence().is_some_and(|seen| seen != session.sequence)
    }

    /// Whether somebody put the session elsewhere since this form was opened, as far as it can tell.
    pub fn was_elsewhere(&self, session: &SessionView) -> bool {
        !self.was.is_empty() && self.was != stand(session)
    }

    /// The same, looked at against the session as it stands now: what was typed is kept.
    #[must_use]
    pub fn looked_again(mut self, session: &SessionView) -> Self {
        self.sequence = session.sequence.to_string();
        self.was = stand(session);
        self.step = "preview".to_owned();
        self
    }

    /// The same with the free time that was pressed put in; the length stays.
    #[must_use]
    pub fn taken(mut self) -> Self {
        let take = std::mem::take(&mut self.take);
        let Some((at, venue)) = take.split_once('@') else {
            return self;
        };
        let Some((date, start)) = at.split_once('T') else {
            return self;
        };
        self.step = "preview".to_owned();
        self.clone().moved_to(date, start, "", venue).unwrap_or(self)
    }

    /// The day and times typed, the venue by its id, in one word of an address: see [`EditForm::put_back`].
    pub fn as_back(&self) -> String {
        [
            &self.date,
            &self.start,
            &self.end,
            &self.venue,
            &self.facilitator,
            &self.capacity,
            &self.scope,
        ]
        .map(String::as_str)
        .join("~")
    }

    /// The same as it was before a change, as [`EditForm::as_back`] wrote it down; none when that is not readable.
    pub fn put_back(mut self, back: &str) -> Option<Self> {
        let parts: Vec<&str> = back.split('~').collect();
        let [date, start, end, venue, facilitator, capacity, scope] = parts.as_slice() else {
            return None;
        };
        self.date = (*date).to_owned();
        self.start = (*start).to_owned();
        self.end = (*end).to_owned();
        self.venue = (*venue).to_owned();
        self.facilitator = (*facilitator).to_owned();
        self.capacity = (*capacity).to_owned();
        self.scope = (*scope).to_owned();
        Some(self)
    }

    /// The start and the length typed, where both can be read.
    pub fn wished(&self) -> Option<(jiff::civil::DateTime, i32)> {
        let (date, start) = (repeat::day(&self.date)?, repeat::time(&self.start)?);
        let end = repeat::time(&self.end)?;
        let minutes = |time: jiff::civil::Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
        let until = if minutes(end) == 0 { 1440 } else { minutes(end) };
        Some((date.to_datetime(start), until - minutes(start)))
    }

    /// The same at another place or time, as a card that was dragged there asks; none when nothing is asked. The length stays unless
    /// an end is asked for.
    pub fn moved_to(mut self, date: &str, start: &str, end: &str, venue: &str) -> Option<Self> {
        if [date, start, end, venue].iter().all(|asked| asked.is_empty()) {
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
        if !end.is_empty() {
            end.clone_into(&mut self.end);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> EditForm {
        let set = str::to_owned;
        EditForm {
            date: set("2026-11-25"),
            start: set("09:30"),
            end: set("10:30"),
            venue: set("a"),
            ..EditForm::default()
        }
    }

    #[test]
    fn a_card_that_is_dragged_keeps_its_length_and_one_that_is_drawn_longer_its_start() {
        let moved = form().moved_to("2026-11-26", "14:00", "", "").unwrap();
        assert_eq!((moved.start.as_str(), moved.end.as_str()), ("14:00", "15:00"));
        let longer = form().moved_to("", "", "11:15", "").unwrap();
        assert_eq!((longer.start.as_str(), longer.end.as_str()), ("09:30", "11:15"));
        assert_eq!(form().moved_to("", "", "", ""), None);
    }

    #[test]
    fn a_free_time_that_is_pressed_is_put_in_and_nonsense_changes_nothing() {
        let pressed = |take: &str| {
            EditForm {
                take: take.to_owned(),
                ..form()
            }
            .taken()
        };
        let taken = pressed("2026-11-27T15:15@b");
        assert_eq!(taken.date, "2026-11-27");
        assert_eq!((taken.start.as_str(), taken.end.as_str()), ("15:15", "16:15"));
        assert_eq!(taken.venue, "b");
        for nonsense in ["", "@", "x@y", "T@"] {
            assert_eq!(pressed(nonsense).date, "2026-11-25", "{nonsense}");
        }
    }

    #[test]
    fn what_is_written_down_to_go_back_is_read_again() {
        let mut before = form();
        before.capacity = "20".to_owned();
        before.scope = "this".to_owned();
        let back = before.as_back();
        let other = EditForm {
            date: "2026-12-01".to_owned(),
            ..EditForm::default()
        };
        assert_eq!(other.put_back(&back), Some(before));
        assert_eq!(form().put_back("2026-11-25~09:30"), None);
    }

    #[test]
    fn midnight_as_an_end_is_the_end_of_the_day() {
        let late = EditForm {
            start: "22:00".to_owned(),
            end: "00:00".to_owned(),
            ..form()
        };
        assert_eq!(late.wished().map(|(_, minutes)| minutes), Some(120));
    }
}
