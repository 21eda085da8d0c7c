//! The rules of telling people: whether an event is told at all, how long before, over which ways and in which order, whether the robots of
//! staff hear of it, and when digests are written.
//!
//! A community has its own rule for an event, or the usual one. What nobody may miss cannot be switched off.

use std::collections::HashMap;

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

use super::channel::ChannelKind;
use super::cron::{Cron, CronError};
use super::notification::{Event, Lead, QuietHours};

/// Days before a session that a reminder may leave.
pub const LEAD_DAYS: std::ops::RangeInclusive<i32> = 0..=3;
/// Minutes before a session that a reminder may leave: at half an hour before it is useless.
pub const LEAD_MINUTES: std::ops::RangeInclusive<i32> = 45..=1440;
/// Minutes that news of later days may be collected.
pub const DIGEST_MINUTES: std::ops::RangeInclusive<i32> = 0..=60;

/// Whom an event concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Residents who signed up, or wait.
    Residents,
    /// A partner.
    Partner,
    /// Staff.
    Staff,
}

super::planning::named! { Audience {
    Residents => "residents",
    Partner => "partner",
    Staff => "staff",
} }

/// The rule of a community for an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Whether it is told at all.
    pub enabled: bool,
    /// The ways to tell people, the first that reaches them first. Whoever none of them reaches is phoned, unless it only reminds.
    pub channels: Vec<ChannelKind>,
    /// Whether the robots in the groups of staff tell it, too.
    pub robots: bool,
    /// How long before a session; for reminders.
    #[serde(default)]
    pub lead: Option<Lead>,
    /// When it is written; a cron expression, for digests.
    #[serde(default)]
    pub cron: Option<String>,
}

/// What is wrong with a rule, each with the field it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleError {
    /// It must not be switched off.
    AlwaysOn,
    /// Nobody would be told: no way is given.
    NoChannel,
    /// A way does not reach whom it concerns, or is given twice.
    Channel(ChannelKind),
    /// The number of days is out of [`LEAD_DAYS`].
    Days(i32),
    /// The number of minutes is out of [`LEAD_MINUTES`].
    Minutes(i32),
    /// It has no lead, and needs one.
    NoLead,
    /// The expression cannot be followed.
    Cron {
        /// What was written.
        text: String,
        /// Why.
        error: CronError,
    },
}

/// Whom an event concerns.
pub fn audience(event: Event) -> Audience {
    match event {
        Event::ProposalDecided | Event::ConfirmSession | Event::PaperExpires => Audience::Partner,
        Event::ProposalSubmitted | Event::ReportReady | Event::StoppedComing => Audience::Staff,
        _ => Audience::Residents,
    }
}

/// Whether a community may leave an event untold: nobody is misled when it is.
pub fn may_be_off(event: Event) -> bool {
    matches!(
        event,
        Event::ReminderEvening
            | Event::ReminderSoon
            | Event::PlaceConfirmed
            | Event::OfferLapsed
            | Event::PaperExpires
            | Event::ProposalSubmitted
            | Event::WeeklySchedule
            | Event::ReportReady
            | Event::StoppedComing
    )
}

/// The ways that can be chosen for an event.
pub fn ways(event: Event) -> &'static [ChannelKind] {
    match audience(event) {
        Audience::Residents => &[ChannelKind::Email, ChannelKind::Sms, ChannelKind::Call],
        Audience::Partner => &[ChannelKind::Email, ChannelKind::Call],
        Audience::Staff => &[ChannelKind::Email],
    }
}

/// Whether the robots of staff can hear of an event: what concerns one resident or one partner is not told to a group.
pub fn robots_may_hear(event: Event) -> bool {
    matches!(
        event,
        Event::Cancelled
            | Event::Moved
            | Event::Restored
            | Event::ScheduleChanged
            | Event::ProposalSubmitted
            | Event::WeeklySchedule
            | Event::ReportReady
            | Event::StoppedComing
    )
}

impl Rule {
    /// What holds for an event where a community has set nothing.
    pub fn usual(event: Event) -> Self {
        let lead = match event {
            Event::ReminderEvening => Some(Lead::Days {
                days: 1,
                at: Time::constant(18, 0, 0, 0),
            }),
            Event::ReminderSoon => Some(Lead::Minutes(120)),
            _ => None,
        };
        let cron = match event {
            Event::WeeklySchedule => Some("0 17 * * 0"),
            Event::ReportReady => Some("0 9 1 * *"),
            Event::StoppedComing => Some("0 9 * * 1"),
            _ => None,
        };
        let channels = match audience(event) {
            // Nobody is phoned to be reminded.
            Audience::Residents if event.is_reminder() => vec![ChannelKind::Email, ChannelKind::Sms],
            _ => ways(event).to_vec(),
        };
        Self {
            enabled: true,
            channels,
            robots: robots_may_hear(event),
            lead,
            cron: cron.map(ToOwned::to_owned),
        }
    }

    /// Everything that is wrong with it as the rule of `event`.
    pub fn check(&self, event: Event) -> Vec<RuleError> {
        let mut wrong = Vec::new();
        if !self.enabled && !may_be_off(event) {
            wrong.push(RuleError::AlwaysOn);
        }
        if self.channels.is_empty() && !(self.robots && robots_may_hear(event)) {
            wrong.push(RuleError::NoChannel);
        }
        for (at, kind) in self.channels.iter().enumerate() {
            if !ways(event).contains(kind) || self.channels[..at].contains(kind) {
                wrong.push(RuleError::Channel(*kind));
            }
        }
        match (Self::usual(event).lead, self.lead) {
            (Some(_), None) => wrong.push(RuleError::NoLead),
            (_, Some(Lead::Days { days, .. })) if !LEAD_DAYS.contains(&days) => wrong.push(RuleError::Days(days)),
            (_, Some(Lead::Minutes(minutes))) if !LEAD_MINUTES.contains(&minutes) => {
                wrong.push(RuleError::Minutes(minutes));
            }
            _ => {}
        }
        if Self::usual(event).cron.is_some() {
            let text = self.cron.clone().unwrap_or_default();
            if let Err(error) = text.parse::<Cron>() {
                wrong.push(RuleError::Cron { text, error });
            }
        }
        wrong
    }

    /// When it is written, for digests that are switched on. None too when the stored expression cannot be followed.
    pub fn schedule(&self) -> Option<Cron> {
        self.cron
            .as_deref()
            .filter(|_| self.enabled)
            .and_then(|text| text.parse().ok())
    }
}

/// How a community tells people: its own rules, and the usual one for everything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    rules: HashMap<Event, Rule>,
    /// Its quiet hours.
    pub quiet: QuietHours,
    /// News of sessions after tomorrow wait so long, so that several changes become one message; minutes.
    pub digest_minutes: i32,
}

/// What a community has set beside its rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Setting {
    /// Its quiet hours.
    pub quiet: QuietHours,
    /// How long news of later days are collected, minutes.
    pub digest_minutes: i32,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            quiet: QuietHours::default(),
            digest_minutes: 5,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new(HashMap::new(), Setting::default())
    }
}

impl Policy {
    /// A policy of these rules and settings.
    pub fn new(rules: HashMap<Event, Rule>, setting: Setting) -> Self {
        Self {
            rules,
            quiet: setting.quiet,
            digest_minutes: setting.digest_minutes,
        }
    }

    /// The rule for an event.
    pub fn rule(&self, event: Event) -> Rule {
        self.rules.get(&event).cloned().unwrap_or_else(|| Rule::usual(event))
    }

    /// Whether the community has set a rule of its own.
    pub fn is_own(&self, event: Event) -> bool {
        self.rules.contains_key(&event)
    }

    /// The reminders that are switched on, with their leads.
    pub fn leads(&self) -> Vec<(Event, Lead)> {
        [Event::ReminderEvening, Event::ReminderSoon]
            .into_iter()
            .filter_map(|event| {
                let rule = self.rule(event);
                rule.lead.filter(|_| rule.enabled).map(|lead| (event, lead))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_rules_are_in_order() {
        for event in Event::ALL {
            assert_eq!(Rule::usual(event).check(event), [], "{event:?}");
        }
        assert_eq!(Policy::default().leads().len(), 2);
    }

    #[test]
    fn what_is_wrong_is_named_all_at_once() {
        let off = Rule {
            enabled: false,
            channels: Vec::new(),
            robots: false,
            ..Rule::usual(Event::Cancelled)
        };
        assert_eq!(off.check(Event::Cancelled), [RuleError::AlwaysOn, RuleError::NoChannel]);
        let twice = Rule {
            channels: vec![ChannelKind::Email, ChannelKind::Email, ChannelKind::Robot],
            lead: Some(Lead::Minutes(10)),
            ..Rule::usual(Event::ReminderSoon)
        };
        assert_eq!(
            twice.check(Event::ReminderSoon),
            [
                RuleError::Channel(ChannelKind::Email),
                RuleError::Channel(ChannelKind::Robot),
                RuleError::Minutes(10)
            ]
        );
        let never = Rule {
            cron: Some("0 0 30 2 *".to_owned()),
            ..Rule::usual(Event::WeeklySchedule)
        };
        assert_eq!(
            never.check(Event::WeeklySchedule),
            [RuleError::Cron {
                text: "0 0 30 2 *".to_owned(),
                error: CronError::Never
            }]
        );
        let none = Rule {
            cron: None,
            ..Rule::usual(Event::ReportReady)
        };
        assert_eq!(none.check(Event::ReportReady).len(), 1);
    }

    #[test]
    fn nobody_can_switch_off_that_a_session_does_not_take_place() {
        for event in Event::ALL.into_iter().filter(|event| event.is_change()) {
            assert!(!may_be_off(event), "{event:?}");
            let off = Rule {
                enabled: false,
                ..Rule::usual(event)
            };
            assert!(off.check(event).contains(&RuleError::AlwaysOn));
        }
    }

    #[test]
    fn rules_are_stored_as_they_are() {
        for event in Event::ALL {
            let rule = Rule::usual(event);
            let json = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), rule, "{json}");
        }
        assert_eq!(serde_json::from_str::<Setting>("{}").unwrap(), Setting::default());
    }
}
