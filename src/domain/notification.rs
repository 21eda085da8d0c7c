//! What falls due to whom and when: reminders before a session, quiet hours, the next try, and how far a try got.
//!
//! Everything is given `now`; nothing here waits or asks a clock.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

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
}

impl Event {
    /// All events.
    pub const ALL: [Event; 14] = [
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
        }
    }

    /// Reads the name in tables and JSON.
    pub fn from_name(name: &str) -> Option<Event> {
        Event::ALL.into_iter().find(|event| event.as_str() == name)
    }

    /// Whether it only reminds of what somebody knows: it may be left out when it would come too late, and whoever has no address is not phoned for it.
    pub fn is_reminder(self) -> bool {
        matches!(
            self,
            Event::ReminderEvening | Event::ReminderSoon | Event::PlaceConfirmed
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

/// A reminder that falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Which.
    pub event: Event,
    /// When it should leave.
    pub due_at: Timestamp,
    /// After this it is useless.
    pub expires_at: Timestamp,
}

/// A reminder is of use until this long before the start.
pub const USEFUL_BEFORE_START: SignedDuration = SignedDuration::from_mins(30);

/// The reminders of a session that starts at `starts_at`: the evening before at 18:00 local time (of use until two hours before the
/// start), and two hours before (of use until half an hour before). Quiet hours move both back.
pub fn reminders(starts_at: Timestamp, zone: &TimeZone) -> [Reminder; 2] {
    let two_hours_before = starts_at - SignedDuration::from_hours(2);
    let day = zone.to_datetime(starts_at).date();
    let evening = day.saturating_sub(1.day()).at(18, 0, 0, 0);
    let evening_at = instant(evening, zone);
    let evening_reminder = Reminder {
        event: Event::ReminderEvening,
        due_at: after_quiet_hours(evening_at, zone),
        expires_at: two_hours_before,
    };
    let soon = Reminder {
        event: Event::ReminderSoon,
        due_at: after_quiet_hours(two_hours_before, zone),
        expires_at: starts_at - USEFUL_BEFORE_START,
    };
    [evening_reminder, soon]
}

/// The reminder to send now, if any: the latest that has fallen due and is still of use. When the machine slept over the evening, only
/// the newest is sent, not both.
pub fn reminder_due(starts_at: Timestamp, zone: &TimeZone, now: Timestamp) -> Option<Reminder> {
    reminders(starts_at, zone)
        .into_iter()
        .rev()
        .find(|reminder| reminder.due_at <= now && now <= reminder.expires_at)
}

/// Night rest, wall clock: from 21:00 to 8:00.
pub const NIGHT: (Time, Time) = (Time::constant(21, 0, 0, 0), Time::constant(8, 0, 0, 0));
/// Noon rest, wall clock: from 12:00 to 14:00.
pub const NOON: (Time, Time) = (Time::constant(12, 0, 0, 0), Time::constant(14, 0, 0, 0));

/// The first instant at or after `wanted` that lies outside the quiet hours (21:00-8:00 and 12:00-14:00 local time).
pub fn after_quiet_hours(wanted: Timestamp, zone: &TimeZone) -> Timestamp {
    let local = zone.to_datetime(wanted);
    let time = local.time();
    let end = if time >= NIGHT.0 {
        local.date().saturating_add(1.day()).to_datetime(NIGHT.1)
    } else if time < NIGHT.1 {
        local.date().to_datetime(NIGHT.1)
    } else if (NOON.0..NOON.1).contains(&time) {
        local.date().to_datetime(NOON.1)
    } else {
        return wanted;
    };
    instant(end, zone).max(wanted)
}

/// When a message about `event` may leave. Quiet hours hold everything back, except the news that a session of today is cancelled or moved.
pub fn leaves_at(event: Event, session_starts_at: Option<Timestamp>, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let is_today =
        session_starts_at.is_some_and(|starts| zone.to_datetime(starts).date() == zone.to_datetime(now).date());
    if is_today && matches!(event, Event::Cancelled | Event::Moved | Event::ScheduleChanged) {
        now
    } else {
        after_quiet_hours(now, zone)
    }
}

/// The instant of a wall-clock time (RFC 5545 §3.3.5: in a gap the offset before it, in a fold the first).
fn instant(local: DateTime, zone: &TimeZone) -> Timestamp {
    crate::domain::calendar::zone::resolve(local, zone).timestamp()
}

/// Tries before a delivery is given up.
pub const MAX_ATTEMPTS: i32 = 8;
/// How long a worker owns what it leased.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// How long to wait after failed try number `attempts` (1 for the first): a random part (`chance` of 65,536) of 30 s, 2 min, 8 min … at
/// most 1 h, never under 10 s. What the other side asks for is honoured as a minimum, up to an hour.
pub fn backoff(attempts: i32, chance: u16, asked: Option<SignedDuration>) -> SignedDuration {
    let ceiling = 30_i64
        .saturating_mul(4_i64.saturating_pow(attempts.clamp(1, 10) as u32 - 1))
        .min(3600);
    let jittered = ceiling * (i64::from(chance) + 1) / 65_536;
    let asked = asked.map_or(0, |asked| asked.as_secs().clamp(0, 3600));
    SignedDuration::from_secs(jittered.max(10).max(asked))
}

/// How a try ended, as far as the plan for the next one needs to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Taken by the other side.
    Sent,
    /// Certainly not left.
    Failed {
        /// What the other side asks us to wait.
        wait: Option<SignedDuration>,
    },
    /// Refused for good.
    Rejected,
    /// Left without an answer, or the worker died while sending.
    Unknown,
}

/// Where a delivery goes after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    /// Its state.
    pub status: Status,
    /// When to try again; only with [`Status::Retry`].
    pub due_at: Option<Timestamp>,
}

/// Decides where a delivery goes after try number `attempts`.
///
/// An unanswered mail is sent once more with the same Message-ID (`unanswered` counts the tries that ended so, this one included); after
/// that it stays unknown. What can't be delivered lands on the call list, unless it is only a reminder.
pub fn after_attempt(
    event: Event,
    ending: Ending,
    attempts: i32,
    unanswered: i32,
    expires_at: Timestamp,
    chance: u16,
    now: Timestamp,
) -> Next {
    let given_up = if event.is_reminder() {
        Status::Dead
    } else {
        Status::ToCall
    };
    let retry = |wait: SignedDuration| {
        let due_at = now + wait;
        if attempts >= MAX_ATTEMPTS || due_at > expires_at {
            Next {
                status: given_up,
                due_at: None,
            }
        } else {
            Next {
                status: Status::Retry,
                due_at: Some(due_at),
            }
        }
    };
    match ending {
        Ending::Sent => Next {
            status: Status::Sent,
            due_at: None,
        },
        Ending::Rejected => Next {
            status: given_up,
            due_at: None,
        },
        Ending::Failed { wait } => retry(backoff(attempts, chance, wait)),
        Ending::Unknown if unanswered <= 1 => match retry(backoff(2, chance, None)) {
            Next {
                status: Status::Retry,
                due_at,
            } => Next {
                status: Status::Retry,
                due_at,
            },
            _ => Next {
                status: Status::Unknown,
                due_at: None,
            },
        },
        Ending::Unknown => Next {
            status: Status::Unknown,
            due_at: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;
    use proptest::prelude::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("a bundled zone")
    }

    fn at(local: DateTime) -> Timestamp {
        instant(local, &shanghai())
    }

    #[test]
    fn a_session_at_half_past_nine_is_announced_the_evening_before_and_after_the_night_rest() {
        let starts = at(datetime(2026, 11, 25, 9, 30, 0, 0));
        let [evening, soon] = reminders(starts, &shanghai());
        assert_eq!(evening.due_at, at(datetime(2026, 11, 24, 18, 0, 0, 0)));
        assert_eq!(evening.expires_at, at(datetime(2026, 11, 25, 7, 30, 0, 0)));
        assert_eq!(
            soon.due_at,
            at(datetime(2026, 11, 25, 8, 0, 0, 0)),
            "7:30 lies in the night rest"
        );
        assert_eq!(soon.expires_at, at(datetime(2026, 11, 25, 9, 0, 0, 0)));
    }

    #[test]
    fn only_the_newest_reminder_is_sent_after_a_gap() {
        let starts = at(datetime(2026, 11, 25, 15, 0, 0, 0));
        let due = |hour, minute| {
            reminder_due(starts, &shanghai(), at(datetime(2026, 11, 25, hour, minute, 0, 0)))
                .map(|reminder| reminder.event)
        };
        assert_eq!(due(8, 0), Some(Event::ReminderEvening));
        assert_eq!(
            due(13, 30),
            None,
            "the evening's is too old, two hours before is 13:00 in the noon rest"
        );
        assert_eq!(due(14, 0), Some(Event::ReminderSoon));
        assert_eq!(due(14, 31), None, "less than half an hour is left");
    }

    #[test]
    fn quiet_hours_hold_back_until_they_end() {
        for (wanted, released) in [
            (
                datetime(2026, 11, 25, 20, 59, 59, 0),
                datetime(2026, 11, 25, 20, 59, 59, 0),
            ),
            (datetime(2026, 11, 25, 21, 0, 0, 0), datetime(2026, 11, 26, 8, 0, 0, 0)),
            (datetime(2026, 11, 26, 7, 59, 0, 0), datetime(2026, 11, 26, 8, 0, 0, 0)),
            (datetime(2026, 11, 26, 8, 0, 0, 0), datetime(2026, 11, 26, 8, 0, 0, 0)),
            (datetime(2026, 11, 26, 12, 0, 0, 0), datetime(2026, 11, 26, 14, 0, 0, 0)),
            (datetime(2026, 11, 26, 14, 0, 0, 0), datetime(2026, 11, 26, 14, 0, 0, 0)),
        ] {
            assert_eq!(after_quiet_hours(at(wanted), &shanghai()), at(released), "{wanted}");
        }
    }

    #[test]
    fn the_cancellation_of_a_session_of_today_does_not_wait() {
        let now = at(datetime(2026, 11, 25, 7, 0, 0, 0));
        let today = Some(at(datetime(2026, 11, 25, 9, 0, 0, 0)));
        let tomorrow = Some(at(datetime(2026, 11, 26, 9, 0, 0, 0)));
        assert_eq!(leaves_at(Event::Cancelled, today, &shanghai(), now), now);
        assert_eq!(
            leaves_at(Event::Cancelled, tomorrow, &shanghai(), now),
            at(datetime(2026, 11, 25, 8, 0, 0, 0))
        );
        assert_eq!(
            leaves_at(Event::Promoted, today, &shanghai(), now),
            at(datetime(2026, 11, 25, 8, 0, 0, 0))
        );
    }

    #[test]
    fn an_unanswered_mail_is_sent_once_more_and_then_left_unknown() {
        let now = at(datetime(2026, 11, 25, 9, 0, 0, 0));
        let expires = now + SignedDuration::from_hours(10);
        let first = after_attempt(Event::Moved, Ending::Unknown, 1, 1, expires, 0, now);
        assert_eq!(first.status, Status::Retry);
        let second = after_attempt(Event::Moved, Ending::Unknown, 2, 2, expires, 0, now);
        assert_eq!(
            second,
            Next {
                status: Status::Unknown,
                due_at: None
            }
        );
    }

    #[test]
    fn what_cannot_be_delivered_is_phoned_unless_it_only_reminds() {
        let now = at(datetime(2026, 11, 25, 9, 0, 0, 0));
        let soon = now + SignedDuration::from_secs(5);
        let after = |event, ending| after_attempt(event, ending, 1, 0, soon, 0, now).status;
        assert_eq!(after(Event::Cancelled, Ending::Rejected), Status::ToCall);
        assert_eq!(
            after(Event::Cancelled, Ending::Failed { wait: None }),
            Status::ToCall,
            "no time for another try"
        );
        assert_eq!(after(Event::ReminderSoon, Ending::Rejected), Status::Dead);
    }

    proptest! {
        #[test]
        fn nothing_leaves_in_quiet_hours_and_nothing_waits_longer_than_a_night(
            seconds in 1_600_000_000_i64..2_200_000_000,
            name in proptest::sample::select(vec!["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe"]),
        ) {
            let zone = TimeZone::get(name).expect("a bundled zone");
            let wanted = Timestamp::from_second(seconds).expect("in range");
            let released = after_quiet_hours(wanted, &zone);
            prop_assert!(released >= wanted);
            prop_assert!(released.duration_since(wanted) <= SignedDuration::from_hours(12));
            let hour = zone.to_datetime(released).hour();
            prop_assert!((8..21).contains(&hour) && !(12..14).contains(&hour), "{}", zone.to_datetime(released));
            prop_assert_eq!(after_quiet_hours(released, &zone), released);
        }

        #[test]
        fn waits_grow_within_their_bounds(attempts in 1..20_i32, chance: u16, asked in 0..10_000_i64) {
            let wait = backoff(attempts, chance, Some(SignedDuration::from_secs(asked))).as_secs();
            prop_assert!((10..=3600).contains(&wait));
            prop_assert!(wait >= asked.min(3600));
        }
    }
}
