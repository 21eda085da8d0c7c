//! When a delivery is tried again, and when it is given up.

use jiff::{SignedDuration, Timestamp};

use super::{Event, Status};
use crate::domain::channel::ChannelKind;

/// Tries before a delivery is given up.
pub const MAX_ATTEMPTS: i32 = 8;
/// A delivery with which workers went away this often is not tried again: it may be what ends them.
pub const MAX_DEATHS: i32 = 3;
/// How long a worker owns what it leased, unless it says that it is still there.
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

/// What is known of a delivery when a try at it ends.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// What it tells.
    pub event: Event,
    /// Over which channel it was tried.
    pub channel: ChannelKind,
    /// Tries so far, this one included.
    pub attempts: i32,
    /// Tries that ended without an answer, this one included.
    pub unanswered: i32,
    /// After this another try is of no use: the event has begun, or somebody had better phone.
    pub until: Timestamp,
}

/// Decides where a delivery goes after a try that ended at `now`; `chance` is a random number.
///
/// An unanswered mail is sent once more with the same Message-ID; after that it stays unknown. Text messages and robots know no such number:
/// there an unanswered message stays unknown at once. What can't be delivered lands on the call list, unless it is only a reminder.
pub fn after_attempt(tried: Tried, ending: Ending, chance: u16, now: Timestamp) -> Next {
    let Tried {
        event,
        channel,
        attempts,
        unanswered,
        until: expires_at,
    } = tried;
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
        Ending::Unknown if channel == ChannelKind::Email && unanswered <= 1 => match retry(backoff(2, chance, None)) {
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
    use super::super::quiet::instant;
    use super::*;
    use jiff::civil::{DateTime, datetime};
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("a bundled zone")
    }

    fn at(local: DateTime) -> Timestamp {
        instant(local, &shanghai())
    }

    fn tried(event: Event, channel: ChannelKind, attempts: i32, unanswered: i32, until: Timestamp) -> Tried {
        Tried {
            event,
            channel,
            attempts,
            unanswered,
            until,
        }
    }

    #[test]
    fn an_unanswered_mail_is_sent_once_more_and_then_left_unknown_and_nothing_else_is_sent_twice() {
        let now = at(datetime(2026, 11, 25, 9, 0, 0, 0));
        let expires = now + SignedDuration::from_hours(10);
        for (channel, tries, status) in [
            (ChannelKind::Email, 1, Status::Retry),
            (ChannelKind::Email, 2, Status::Unknown),
            (ChannelKind::Sms, 1, Status::Unknown),
            (ChannelKind::Robot, 1, Status::Unknown),
        ] {
            let tried = tried(Event::Moved, channel, tries, tries, expires);
            let next = after_attempt(tried, Ending::Unknown, 0, now);
            assert_eq!(next.status, status, "{tried:?}");
            assert_eq!(next.due_at.is_some(), status == Status::Retry, "{tried:?}");
        }
    }

    #[test]
    fn what_cannot_be_delivered_is_phoned_unless_it_only_reminds() {
        let now = at(datetime(2026, 11, 25, 9, 0, 0, 0));
        let soon = now + SignedDuration::from_secs(5);
        let after = |event, ending| after_attempt(tried(event, ChannelKind::Sms, 1, 0, soon), ending, 0, now).status;
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
        fn waits_grow_within_their_bounds(attempts in 1..20_i32, chance: u16, asked in 0..10_000_i64) {
            let wait = backoff(attempts, chance, Some(SignedDuration::from_secs(asked))).as_secs();
            prop_assert!((10..=3600).contains(&wait));
            prop_assert!(wait >= asked.min(3600));
        }
    }
}
