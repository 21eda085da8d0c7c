//! The form of a closure, read from pairs: the sessions it decides about are not known before.

use jiff::civil::{DateTime, Time};
use jiff::{Timestamp, ToSpan, Zoned};

use super::repeat;
use crate::domain::id::{ClosureId, SessionId, VenueId};
use crate::domain::planning::ReasonCode;
use crate::domain::planning::closure::{ClosureAct, ClosureKind, Decision};
use crate::services::FieldError;
use crate::services::closure::{NewClosure, Reach};
use crate::services::wording::Words;

/// Kinds of weather the form offers; each is a message `closure-weather-<name>`.
pub const WEATHERS: [&str; 5] = ["heat", "smog", "rain", "ice", "wind"];
/// The reasons the form offers when venues are shut.
pub const REASONS: [ReasonCode; 4] = [
    ReasonCode::VenueClosed,
    ReasonCode::Holiday,
    ReasonCode::Emergency,
    ReasonCode::Other,
];

/// What was typed.
#[derive(Clone, Debug, Default)]
pub struct ClosureForm {
    /// Id of the closure to be.
    pub token: String,
    /// `closure` or `weather`.
    pub kind: String,
    /// `outdoor` or `all`, for weather.
    pub reach: String,
    /// The venues that are shut.
    pub venues: Vec<String>,
    /// First day.
    pub from_date: String,
    /// Time on the first day; empty for its beginning.
    pub from_time: String,
    /// Last day.
    pub to_date: String,
    /// Time on the last day; empty for its end.
    pub to_time: String,
    /// Why, from the list.
    pub reason_code: String,
    /// What weather.
    pub weather: String,
    /// Why, in words.
    pub reason: String,
    /// What was decided: session and choice.
    pub acts: Vec<(String, String)>,
}

impl ClosureForm {
    /// A form that nothing was typed into: from now to the end of today.
    pub fn blank(token: String, kind: ClosureKind, now: &Zoned) -> Self {
        let set = str::to_owned;
        Self {
            token,
            kind: set(kind.as_str()),
            reach: set("outdoor"),
            from_date: now.date().to_string(),
            from_time: if kind == ClosureKind::Weather {
                format!("{:02}:{:02}", now.hour(), now.minute())
            } else {
                String::new()
            },
            to_date: now.date().to_string(),
            reason_code: set(ReasonCode::VenueClosed.as_str()),
            weather: set("rain"),
            ..Self::default()
        }
    }

    /// What a browser sent.
    pub fn read(pairs: Vec<(String, String)>) -> Self {
        let mut form = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "token" => form.token = value,
                "kind" => form.kind = value,
                "reach" => form.reach = value,
                "venues" => form.venues.push(value),
                "from_date" => form.from_date = value,
                "from_time" => form.from_time = value,
                "to_date" => form.to_date = value,
                "to_time" => form.to_time = value,
                "reason_code" => form.reason_code = value,
                "weather" => form.weather = value,
                "reason" => form.reason = value,
                other => {
                    if let Some(session) = other.strip_prefix("act-") {
                        form.acts.push((session.to_owned(), value));
                    }
                }
            }
        }
        form
    }

    /// The pairs that carry it to the next page, without the decisions.
    pub fn carried(&self) -> Vec<(&'static str, String)> {
        let mut pairs = vec![
            ("token", self.token.clone()),
            ("kind", self.kind.clone()),
            ("reach", self.reach.clone()),
            ("from_date", self.from_date.clone()),
            ("from_time", self.from_time.clone()),
            ("to_date", self.to_date.clone()),
            ("to_time", self.to_time.clone()),
            ("reason_code", self.reason_code.clone()),
            ("weather", self.weather.clone()),
            ("reason", self.reason.clone()),
        ];
        pairs.extend(self.venues.iter().map(|venue| ("venues", venue.clone())));
        pairs
    }

    /// Whether it is about the weather.
    pub fn is_weather(&self) -> bool {
        self.kind == ClosureKind::Weather.as_str()
    }

    /// The closure that was typed.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn closure(&self, words: Words) -> Result<NewClosure, Vec<FieldError>> {
        let mut errors = Vec::new();
        let moment = |date: &str, time: &str, fields: [&str; 2], ends: bool, errors: &mut Vec<FieldError>| {
            let day = repeat::day(date);
            if day.is_none() {
                errors.push(FieldError::new(fields[0], "form-date", date));
            }
            let at = match time {
                "" => Some(None),
                time => repeat::time(time).map(Some),
            };
            if at.is_none() {
                errors.push(FieldError::new(fields[1], "form-time", time));
            }
            match (day?, at?) {
                (day, Some(time)) => Some(day.to_datetime(time)),
                (day, None) if ends => Some(day.saturating_add(1.day()).to_datetime(Time::midnight())),
                (day, None) => Some(day.to_datetime(Time::midnight())),
            }
        };
        let from: Option<DateTime> = moment(
            &self.from_date,
            &self.from_time,
            ["from_date", "from_time"],
            false,
            &mut errors,
        );
        let to = moment(&self.to_date, &self.to_time, ["to_date", "to_time"], true, &mut errors);
        let id = self.token.parse::<ClosureId>();
        if id.is_err() {
            errors.push(FieldError::new("", "form-expired", ""));
        }
        let kind = self.kind.parse::<ClosureKind>();
        if kind.is_err() {
            errors.push(FieldError::new("kind", "form-choose", &self.kind));
        }
        let reach = match (self.is_weather(), self.reach.as_str()) {
            (true, "all") => Some(Reach::All),
            (true, "outdoor") => Some(Reach::Outdoor),
            (true, other) => {
                errors.push(FieldError::new("reach", "form-choose", other));
                None
            }
            (false, _) => {
                let ids: Result<Vec<VenueId>, _> = self.venues.iter().map(|venue| venue.parse()).collect();
                if ids.is_err() {
                    errors.push(FieldError::new("venues", "form-choose", self.venues.join(" ")));
                }
                ids.ok().map(Reach::Venues)
            }
        };
        let reason_code = if self.is_weather() {
            Ok(ReasonCode::Weather)
        } else {
            self.reason_code.parse::<ReasonCode>()
        };
        if reason_code.is_err() {
            errors.push(FieldError::new("reason_code", "form-choose", &self.reason_code));
        }
        let typed = self.reason.trim();
        let reason = match typed {
            "" if self.is_weather() && WEATHERS.contains(&self.weather.as_str()) => {
                words.t(&format!("closure-weather-{}", self.weather))
            }
            "" => reason_code
                .as_ref()
                .map(|code| words.t(&format!("staff-reason-{}", code.as_str().replace('_', "-"))))
                .unwrap_or_default(),
            typed => typed.to_owned(),
        };
        match (from, to, id, kind, reach, reason_code) {
            (Some(starts_local), Some(ends_local), Ok(id), Ok(kind), Some(reach), Ok(reason_code))
                if errors.is_empty() =>
            {
                Ok(NewClosure {
                    id,
                    kind,
                    reach,
                    starts_local,
                    ends_local,
                    reason_code,
                    reason,
                })
            }
            _ => Err(errors),
        }
    }

    /// What was decided, as far as it can be read: `cancel`, `keep`, or `move:<venue>:<instant>`.
    pub fn decisions(&self) -> Vec<Decision> {
        self.acts
            .iter()
            .filter_map(|(session, choice)| {
                let session: SessionId = session.parse().ok()?;
                let mut parts = choice.splitn(3, ':');
                let act: ClosureAct = parts.next()?.parse().ok()?;
                let to = match act {
                    ClosureAct::Move => {
                        let venue: VenueId = parts.next()?.parse().ok()?;
                        let at: Timestamp = parts.next()?.parse().ok()?;
                        Some((venue, at))
                    }
                    ClosureAct::Cancel | ClosureAct::Keep => None,
                };
                Some(Decision { session, act, to })
            })
            .collect()
    }

    /// The choice that was made about a session; nothing when none was.
    pub fn choice(&self, session: SessionId) -> Option<&str> {
        let session = session.to_string();
        self.acts
            .iter()
            .find(|(id, _)| *id == session)
            .map(|(_, choice)| choice.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lang::Lang;

    fn pairs(changes: &[(&str, &str)]) -> Vec<(String, String)> {
        let base = [
            ("token", "01234567-89ab-7def-8123-456789abcdef"),
            ("kind", "closure"),
            ("venues", "01234567-89ab-7def-8123-456789abcde0"),
            ("from_date", "2026-12-01"),
            ("to_date", "2026-12-02"),
            ("reason_code", "venue_closed"),
        ];
        let kept = base
            .iter()
            .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
        kept.chain(changes)
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn days_without_times_are_shut_from_their_beginning_to_their_end() {
        let new = ClosureForm::read(pairs(&[])).closure(Words::new(Lang::Zh)).unwrap();
        assert_eq!(new.starts_local.to_string(), "2026-12-01T00:00:00");
        assert_eq!(new.ends_local.to_string(), "2026-12-03T00:00:00");
        assert_eq!(new.reason, "场地用不了");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let form = ClosureForm::read(pairs(&[
            ("from_date", "12月1日"),
            ("to_time", "25:00"),
            ("venues", "x"),
        ]));
        let errors = form.closure(Words::new(Lang::Zh)).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["from_date", "to_time", "venues"]);
    }

    #[test]
    fn decisions_that_make_no_sense_are_no_decisions() {
        let id = "01234567-89ab-7def-8123-456789abcdef";
        let form = ClosureForm::read(vec![
            (format!("act-{id}"), "cancel".to_owned()),
            ("act-x".to_owned(), "cancel".to_owned()),
            (format!("act-{id}"), "move:nowhere".to_owned()),
        ]);
        assert_eq!(form.decisions().len(), 1);
    }
}
