//! The form of a proposal as it travels through its three steps: in the address from step to step, so that going back keeps
//! everything, and in the body when it is sent.

use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use uuid::Uuid;

use super::wording::simple_rule;
use crate::domain::id::{ProgrammeId, VenueId};
use crate::domain::proposal::Pace;
use crate::services::FieldError;
use crate::services::proposal::{NewProposal, Outlook, OutlookWish, ProposalView};

/// Everything the form holds, as typed. Missing fields are empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    /// The step to show: `1`, `2` or `3`.
    pub step: String,
    /// The id the proposal will have.
    pub id: String,
    /// The proposal that is sent again; empty for a new one.
    pub resend: String,
    /// The programme it continues; empty for a new one.
    pub old: String,
    /// Title.
    pub title: String,
    /// Kind of programme.
    pub kind: String,
    /// The facilitator's id, or `other`.
    pub who: String,
    /// The facilitator in words.
    pub who_name: String,
    /// Length, minutes.
    pub len: String,
    /// Seats, or `other`.
    pub cap: String,
    /// Seats when other than those offered.
    pub cap_other: String,
    /// What it is about.
    pub about: String,
    /// What the community should prepare.
    pub needs: String,
    /// Where.
    pub venue: String,
    /// How often.
    pub pace: String,
    /// Day of the week, 1 (Monday) to 7.
    pub day: String,
    /// Not before this day.
    pub from: String,
    /// How many times.
    pub times: String,
    /// Time of day, `09:00`.
    pub at: String,
}

impl Form {
    /// A new form, with what most partners want.
    pub fn fresh(id: Uuid) -> Self {
        Self {
            id: id.to_string(),
            len: "120".to_owned(),
            cap: "12".to_owned(),
            ..Self::default()
        }
    }

    /// The form of a proposal that is to be sent again.
    pub fn of(view: &ProposalView) -> Self {
        let offer = &view.proposal.offer;
        let pace = match &offer.rule {
            None => Pace::Once,
            Some(rule) => simple_rule(rule).map_or(Pace::Weekly, |(pace, ..)| pace),
        };
        let capacity = offer.capacity.map(|seats| seats.to_string()).unwrap_or_default();
        let offered = ["12", "20", "40"].contains(&capacity.as_str());
        let starts = view.proposal.suggested.unwrap_or(offer.starts);
        Self {
            step: String::new(),
            id: view.proposal.id.to_string(),
            resend: view.proposal.id.to_string(),
            old: offer.programme_id.map(|id| id.to_string()).unwrap_or_default(),
            title: offer.title.clone(),
            kind: offer.kind.as_str().to_owned(),
            who: match (&offer.facilitator_id, offer.facilitator_name.is_empty()) {
                (Some(id), _) => id.to_string(),
                (None, false) => "other".to_owned(),
                (None, true) => String::new(),
            },
            who_name: offer.facilitator_name.clone(),
            len: offer.duration_minutes.to_string(),
            cap: if offered { capacity.clone() } else { "other".to_owned() },
            cap_other: if offered { String::new() } else { capacity },
            about: offer.description.clone(),
            needs: offer.needs.clone(),
            venue: offer.venue_id.to_string(),
            pace: pace.as_str().to_owned(),
            day: starts.date().weekday().to_monday_one_offset().to_string(),
            from: starts.date().to_string(),
            times: view.dates.starts.len().to_string(),
            at: starts.strftime("%H:%M").to_string(),
        }
    }

    /// How often.
    pub fn pace(&self) -> Pace {
        Pace::find(&self.pace).unwrap_or_default()
    }

    /// The first day looked at: the day that was typed, or the day after tomorrow.
    pub fn from(&self, today: Date) -> Date {
        self.from
            .parse()
            .unwrap_or_else(|_| today.saturating_add(2.days()))
            .max(today)
    }

    /// The day of the week: the one picked, or that of the first day.
    pub fn weekday(&self, today: Date) -> Weekday {
        self.day
            .parse()
            .ok()
            .and_then(|day| Weekday::from_monday_one_offset(day).ok())
            .unwrap_or_else(|| self.from(today).weekday())
    }

    /// How many times: 8 when nothing readable was typed.
    pub fn times(&self) -> usize {
        self.times.trim().parse().unwrap_or(8).clamp(1, 60)
    }

    /// The time of day that was picked.
    pub fn time(&self) -> Option<Time> {
        self.at.parse().ok()
    }

    /// Length, minutes; 0 when it cannot be read.
    pub fn minutes(&self) -> i32 {
        self.len.trim().parse().unwrap_or(0)
    }

    /// What the service is to look out for, with this venue.
    pub fn wish(&self, venue_id: VenueId, today: Date) -> OutlookWish {
        OutlookWish {
            venue_id,
            pace: self.pace(),
            weekday: self.weekday(today),
            from: self.from(today),
            times: self.times(),
            duration_minutes: self.minutes(),
            own: self.resend.parse().ok(),
        }
    }

    /// What is sent, with the dates of `outlook`.
    pub fn proposal(&self, outlook: Option<&Outlook>) -> NewProposal {
        let starts = outlook.and_then(|outlook| outlook.starts);
        let capacity = match self.cap.as_str() {
            "other" => self.cap_other.trim(),
            picked => picked,
        };
        NewProposal {
            id: self.id.parse().ok(),
            programme_id: self.old.parse::<ProgrammeId>().ok(),
            title: self.title.clone(),
            kind: self.kind.clone(),
            description: self.about.clone(),
            needs: self.needs.clone(),
            venue_id: self.venue.parse().ok(),
            facilitator_id: self.who.parse().ok(),
            facilitator_name: if self.who == "other" {
                self.who_name.clone()
            } else {
                String::new()
            },
            starts_local: starts.map(|at| at.to_string()).unwrap_or_default(),
            duration_minutes: self.minutes(),
            rule: outlook.and_then(|outlook| outlook.rule.clone()),
            holiday_policy: if self.pace() == Pace::Once { "hold" } else { "skip" }.to_owned(),
            // What cannot be read is out of every range, so that it is named as wrong.
            capacity: if capacity.is_empty() {
                None
            } else {
                Some(capacity.parse().unwrap_or(0))
            },
            sign_up: "optional".to_owned(),
        }
    }

    /// The fields of the steps that are not shown, to be carried along.
    pub fn hidden(&self, shown: u8) -> Vec<(&'static str, &str)> {
        let always = [("id", self.id.as_str()), ("resend", self.resend.as_str())];
        let first = [
            ("old", &self.old),
            ("title", &self.title),
            ("kind", &self.kind),
            ("who", &self.who),
            ("who_name", &self.who_name),
            ("len", &self.len),
            ("cap", &self.cap),
            ("cap_other", &self.cap_other),
            ("about", &self.about),
            ("needs", &self.needs),
        ];
        let second = [
            ("venue", &self.venue),
            ("pace", &self.pace),
            ("day", &self.day),
            ("from", &self.from),
            ("times", &self.times),
            ("at", &self.at),
        ];
        let mut fields: Vec<(&'static str, &str)> = always.to_vec();
        if shown != 1 {
            fields.extend(first.map(|(name, value)| (name, value.as_str())));
        }
        if shown != 2 {
            fields.extend(second.map(|(name, value)| (name, value.as_str())));
        }
        fields.retain(|(_, value)| !value.is_empty());
        fields
    }
}

/// The step on which a wrong field can be put right, and its name there.
pub fn place_of(error: &FieldError) -> (u8, &'static str) {
    match (error.field.as_str(), error.code) {
        ("capacity", "proposal-capacity-venue") => (2, "venue"),
        ("capacity", _) => (1, "cap"),
        ("programme_id", _) => (1, "old"),
        ("title", _) => (1, "title"),
        ("kind", _) => (1, "kind"),
        ("description", _) => (1, "about"),
        ("needs", _) => (1, "needs"),
        ("facilitator_id" | "facilitator_name", _) => (1, "who"),
        ("duration_minutes", _) => (1, "len"),
        ("venue_id", _) => (2, "venue"),
        ("rule", _) => (2, "pace"),
        _ => (2, "at"),
    }
}

/// The instant's date in the community, as forms begin with it.
pub fn today(now: Timestamp, community: &crate::domain::community::Community) -> Date {
    now.to_zoned(community.zone.clone()).date()
}
