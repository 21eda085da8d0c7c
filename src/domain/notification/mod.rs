//! What falls due to whom and when: events and states, reminders before a session, quiet hours, the next try, and how far a try got.
//!
//! Everything is given `now`; nothing here waits or asks a clock.

mod failure;
mod hurry;
mod quiet;
mod reminder;
mod retry;
mod tally;

pub use failure::{Failure, Step, failure, next_step};
pub use hurry::{URGENT, hurry_at, still_hurries};
pub use quiet::{
    Hours, LEAST_AWAKE, MOST_RANGES, NIGHT, NOON, QuietError, QuietHours, after_quiet_hours, jitter, spread_seconds,
};
pub use reminder::{Lead, Reminder, USEFUL_BEFORE_START, ran_out, reminder_due, reminders};
pub use retry::{Ending, LEASE, MAX_ATTEMPTS, MAX_DEATHS, Next, Tried, after_attempt, backoff};
pub use tally::{Line, Tally, tally};

/// What somebody is told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// The evening before a session, at 18:00.
    ReminderEvening,
    /// Two hours before a session.
    ReminderSoon,
    /// A session was cancelled.
    Cancelled,
    /// A session was moved in time or place.
    Moved,
    /// A cancelled session takes place after all.
    Restored,
    /// Several of the last three at once.
    ScheduleChanged,
    /// Somebody on the waiting list got a seat.
    Promoted,
    /// A partner's proposal was decided.
    ProposalDecided,
    /// A partner is asked whether it comes to a session.
    ConfirmSession,
    /// A paper of a partner runs out.
    PaperExpires,
    /// Somebody is asked whether they come to the new term as well.
    ConfirmPlace,
    /// Somebody who was asked comes again: their dates.
    PlaceConfirmed,
    /// A seat that became free is held for somebody on the waiting list until they answer.
    Offered,
    /// Nobody answered an offer in time.
    OfferLapsed,
    /// A partner handed in a proposal.
    ProposalSubmitted,
    /// What takes place in the coming week.
    WeeklySchedule,
    /// The report of the past month can be read.
    ReportReady,
    /// Somebody who came regularly has not come for a while.
    StoppedComing,
}

impl Event {
    /// All events.
    pub const ALL: [Event; 18] = [
        Event::ReminderEvening,
        Event::ReminderSoon,
        Event::Cancelled,
        Event::Moved,
        Event::Restored,
        Event::ScheduleChanged,
        Event::Promoted,
        Event::ProposalDecided,
        Event::ConfirmSession,
        Event::PaperExpires,
        Event::ConfirmPlace,
        Event::PlaceConfirmed,
        Event::Offered,
        Event::OfferLapsed,
        Event::ProposalSubmitted,
        Event::WeeklySchedule,
        Event::ReportReady,
        Event::StoppedComing,
    ];

    /// The name in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Event::ReminderEvening => "reminder_evening",
            Event::ReminderSoon => "reminder_soon",
            Event::Cancelled => "cancelled",
            Event::Moved => "moved",
            Event::Restored => "restored",
            Event::ScheduleChanged => "schedule_changed",
            Event::Promoted => "promoted",
            Event::ProposalDecided => "proposal_decided",
            Event::ConfirmSession => "confirm_session",
            Event::PaperExpires => "paper_expires",
            Event::ConfirmPlace => "confirm_place",
            Event::PlaceConfirmed => "place_confirmed",
            Event::Offered => "offered",
            Event::OfferLapsed => "offer_lapsed",
            Event::ProposalSubmitted => "proposal_submitted",
            Event::WeeklySchedule => "weekly_schedule",
            Event::ReportReady => "report_ready",
            Event::StoppedComing => "stopped_coming",
        }
    }

    /// Reads the name in tables and JSON.
    pub fn from_name(name: &str) -> Option<Event> {
        Event::ALL.into_iter().find(|event| event.as_str() == name)
    }

    /// Whether it says that sessions are not as people know them.
    pub fn is_change(self) -> bool {
        matches!(
            self,
            Event::Cancelled | Event::Moved | Event::Restored | Event::ScheduleChanged
        )
    }

    /// Whether it only reminds of what somebody knows or can read: it may be left out when it would come too late, and whoever has no address is
    /// not phoned for it. Whoever refused to be told over a channel is told everything but this.
    pub fn is_reminder(self) -> bool {
        matches!(
            self,
            Event::ReminderEvening
                | Event::ReminderSoon
                | Event::PlaceConfirmed
                | Event::ProposalSubmitted
                | Event::WeeklySchedule
                | Event::ReportReady
                | Event::StoppedComing
        )
    }
}

/// How a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Waits for its time.
    Due,
    /// Taken by a worker; nothing has left.
    Leased,
    /// Committed before the first byte leaves.
    Sending,
    /// Left.
    Sent,
    /// Failed, will be tried again.
    Retry,
    /// Everything was sent and no answer came: it may have arrived.
    Unknown,
    /// Came too late to be of use.
    Expired,
    /// Failed for good.
    Dead,
    /// No mail server is set up: kept in the log, not sent.
    Kept,
    /// Somebody has to phone.
    ToCall,
    /// Not sent, because what it says is no longer true.
    Dropped,
}

impl Status {
    /// All states.
    pub const ALL: [Status; 11] = [
        Status::Due,
        Status::Leased,
        Status::Sending,
        Status::Sent,
        Status::Retry,
        Status::Unknown,
        Status::Expired,
        Status::Dead,
        Status::Kept,
        Status::ToCall,
        Status::Dropped,
    ];

    /// The name in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Due => "due",
            Status::Leased => "leased",
            Status::Sending => "sending",
            Status::Sent => "sent",
            Status::Retry => "retry",
            Status::Unknown => "unknown",
            Status::Expired => "expired",
            Status::Dead => "dead",
            Status::Kept => "kept",
            Status::ToCall => "to_call",
            Status::Dropped => "dropped",
        }
    }

    /// Reads the name in tables and JSON.
    pub fn from_name(name: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.as_str() == name)
    }

    /// Whether a person has to look at it.
    pub fn needs_a_person(self) -> bool {
        matches!(self, Status::Unknown | Status::Dead | Status::ToCall)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_never_only_a_reminder() {
        assert!(
            Event::ALL
                .iter()
                .all(|event| !(event.is_change() && event.is_reminder()))
        );
    }
}
