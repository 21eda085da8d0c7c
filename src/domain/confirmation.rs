//! Asking a partner whether it comes: one question per session and start, answered once.
//!
//! The question is bound to the start the session had when it was asked. When the session moves, the question is void and another
//! one is asked; when nobody answers in time, staff phone.

use jiff::{SignedDuration, Timestamp};

use super::id::{AccountId, ConfirmationId, PartnerId, SessionId};

/// A partner is asked this long before a session.
pub const ASK_BEFORE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// No answer for this long becomes a task.
pub const ANSWER_WITHIN: SignedDuration = SignedDuration::from_hours(48);
/// So long before the start it becomes a task in any case.
pub const LAST_CALL_BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// Longest reason, and longest name of a substitute, characters.
pub const WORDS_CHARS: usize = 200;

/// What a partner answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It comes.
    Confirmed,
    /// It cannot come.
    Declined,
}

super::planning::named! { Answer {
    Confirmed => "confirmed",
    Declined => "declined",
} }

/// Which way an answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// By the link, without a login.
    Link,
    /// On the partner's own page.
    Login,
    /// Staff phoned and noted it.
    Phone,
}

super::planning::named! { Via {
    Link => "link",
    Login => "login",
    Phone => "phone",
} }

/// An answer that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Which.
    pub answer: Answer,
    /// Which way.
    pub via: Via,
    /// When.
    pub at: Timestamp,
    /// The account, when there was one.
    pub by: Option<AccountId>,
    /// Why not; may be empty.
    pub words: String,
    /// Who would come instead; may be empty.
    pub substitute: String,
}

/// A question to a partner whether it comes to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmation {
    /// Its id.
    pub id: ConfirmationId,
    /// About which session.
    pub session_id: SessionId,
    /// Who is asked.
    pub partner_id: PartnerId,
    /// The start it is bound to.
    pub starts_at: Timestamp,
    /// When it was asked.
    pub asked_at: Timestamp,
    /// What was answered.
    pub answered: Option<Answered>,
    /// When staff saw to a refusal.
    pub handled_at: Option<Timestamp>,
}

/// The session as it stands now, as far as a question about it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its start.
    pub starts_at: Timestamp,
    /// Whether it was called off.
    pub cancelled: bool,
    /// Whether its partner is frozen.
    pub paused: bool,
}

/// How a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can be answered.
    Open,
    /// It was answered.
    Answered,
    /// The session has another start: the question is void.
    Moved,
    /// The session was called off.
    Off,
    /// The session has begun.
    Begun,
    /// The partner's sessions are paused until staff decide.
    Paused,
}

/// What staff have to do about a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// The partner cannot come.
    Declined,
    /// Nobody answered.
    Overdue,
}

impl Confirmation {
    /// How the question stands at `now`, the session being as `target` says.
    pub fn standing(&self, target: Target, now: Timestamp) -> Standing {
        if target.cancelled {
            Standing::Off
        } else if target.starts_at != self.starts_at {
            Standing::Moved
        } else if self.answered.is_some() {
            Standing::Answered
        } else if now >= self.starts_at {
            Standing::Begun
        } else if target.paused {
            Standing::Paused
        } else {
            Standing::Open
        }
    }

    /// From when on no answer is a task: 48 hours after it was asked or 24 hours before the start, whichever is earlier, but never
    /// before it was asked.
    pub fn overdue_at(&self) -> Timestamp {
        (self.asked_at + ANSWER_WITHIN)
            .min(self.starts_at - LAST_CALL_BEFORE)
            .max(self.asked_at)
    }

    /// What staff have to do about it at `now`; nothing when it is settled.
    pub fn task(&self, target: Target, now: Timestamp) -> Option<Task> {
        match self.standing(target, now) {
            Standing::Open if now >= self.overdue_at() => Some(Task::Overdue),
            Standing::Answered if now < self.starts_at && self.handled_at.is_none() && self.is_declined() => {
                Some(Task::Declined)
            }
            _ => None,
        }
    }

    /// Whether the partner said it cannot come.
    pub fn is_declined(&self) -> bool {
        self.answered
            .as_ref()
            .is_some_and(|answered| answered.answer == Answer::Declined)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn asked(asked_at: &str, starts_at: &str) -> Confirmation {
        Confirmation {
            id: ConfirmationId(Uuid::from_u128(1)),
            session_id: SessionId(Uuid::from_u128(2)),
            partner_id: PartnerId(Uuid::from_u128(3)),
            starts_at: at(starts_at),
            asked_at: at(asked_at),
            answered: None,
            handled_at: None,
        }
    }

    fn answered(answer: Answer) -> Answered {
        Answered {
            answer,
            via: Via::Link,
            at: at("2026-11-26T00:00:00Z"),
            by: None,
            words: String::new(),
            substitute: String::new(),
        }
    }

    #[test]
    fn no_answer_becomes_a_task_after_48_hours_or_a_day_before_the_start() {
        for (asked_at, starts_at, overdue_at) in [
            ("2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z", "2026-11-27T00:00:00Z"),
            ("2026-11-25T00:00:00Z", "2026-11-27T06:00:00Z", "2026-11-26T06:00:00Z"),
            ("2026-11-25T00:00:00Z", "2026-11-25T06:00:00Z", "2026-11-25T00:00:00Z"),
        ] {
            let one = asked(asked_at, starts_at);
            assert_eq!(one.overdue_at(), at(overdue_at), "{starts_at}");
            let target = Target {
                starts_at: one.starts_at,
                cancelled: false,
                paused: false,
            };
            let before = at(overdue_at) - SignedDuration::from_secs(1);
            assert_eq!(one.task(target, before), None);
            assert_eq!(one.task(target, at(overdue_at)), Some(Task::Overdue));
            assert_eq!(one.task(target, one.starts_at), None, "it is too late to phone");
        }
    }

    #[test]
    fn how_a_question_stands_follows_the_session() {
        let one = asked("2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z");
        let here = Target {
            starts_at: one.starts_at,
            cancelled: false,
            paused: false,
        };
        let now = one.asked_at;
        let off = Target {
            cancelled: true,
            ..here
        };
        let moved = Target {
            starts_at: one.starts_at + SignedDuration::from_mins(5),
            ..here
        };
        let paused = Target { paused: true, ..here };
        let done = Confirmation {
            answered: Some(answered(Answer::Confirmed)),
            ..one.clone()
        };
        for (which, target, now, standing) in [
            (&one, here, now, Standing::Open),
            (&one, off, now, Standing::Off),
            (&one, moved, now, Standing::Moved),
            (&one, paused, now, Standing::Paused),
            (&one, here, one.starts_at, Standing::Begun),
            (&done, here, now, Standing::Answered),
            (&done, here, one.starts_at, Standing::Answered),
            (&done, moved, now, Standing::Moved),
            (&done, off, now, Standing::Off),
        ] {
            assert_eq!(which.standing(target, now), standing);
        }
    }

    #[test]
    fn a_refusal_is_a_task_at_once_until_somebody_saw_to_it_or_the_session_is_gone() {
        let mut one = asked("2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z");
        one.answered = Some(answered(Answer::Declined));
        let here = Target {
            starts_at: one.starts_at,
            cancelled: false,
            paused: false,
        };
        assert_eq!(one.task(here, one.asked_at), Some(Task::Declined));
        let off = Target {
            cancelled: true,
            ..here
        };
        assert_eq!(one.task(off, one.asked_at), None);
        one.handled_at = Some(one.asked_at);
        assert_eq!(one.task(here, one.asked_at), None);
    }

    proptest! {
        #[test]
        fn a_task_is_never_due_before_the_question_nor_later_than_two_days_after(
            asked_at in 0..2_000_000_i64, ahead in 0..2_000_000_i64
        ) {
            let mut one = asked("2026-11-25T00:00:00Z", "2026-12-02T00:00:00Z");
            one.asked_at = Timestamp::from_second(asked_at).unwrap();
            one.starts_at = Timestamp::from_second(asked_at + ahead).unwrap();
            prop_assert!(one.overdue_at() >= one.asked_at);
            prop_assert!(one.overdue_at() <= one.asked_at + ANSWER_WITHIN);
        }
    }
}
