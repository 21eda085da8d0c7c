//! Signing up: who gets a seat, who waits, who is next.
//!
//! What is promised: seats never go below zero, whoever waits longest is promoted first, and nobody is offered a seat in a
//! session that has begun or is called off.

use jiff::Timestamp;

use super::planning::{SessionStatus, SignUpMode};

/// The most people who can wait for one session. Beyond that nobody would believe in the queue.
pub const MOST_WAITING: i32 = 200;

/// How an enrolment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentStatus {
    /// Holds a seat.
    Enrolled,
    /// Waits for one.
    Waitlisted,
    /// Is asked whether they come to a new term; a seat is kept until they answer.
    Asked,
    /// Given up.
    Cancelled,
}

super::planning::named! { EnrolmentStatus {
    Enrolled => "enrolled",
    Waitlisted => "waitlisted",
    Asked => "asked",
    Cancelled => "cancelled",
} }

impl EnrolmentStatus {
    /// Whether it holds a seat or waits for one. Whoever is only asked has not signed up.
    pub fn is_live(self) -> bool {
        matches!(self, EnrolmentStatus::Enrolled | EnrolmentStatus::Waitlisted)
    }
}

/// Who signed somebody up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// They themselves, on the page.
    #[serde(rename = "self")]
    Myself,
    /// Their family, on the page.
    Family,
    /// Staff, while they were on the telephone.
    Phone,
    /// Staff, at the counter.
    Counter,
    /// They themselves, in the list of a chat group (接龙) that staff took over.
    Chain,
    /// Staff, or a program for them.
    Staff,
}

super::planning::named! { Source {
    Myself => "self",
    Family => "family",
    Phone => "phone",
    Counter => "counter",
    Chain => "chain",
    Staff => "staff",
} }

/// A session as far as signing up is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// Seats; none without a limit.
    pub capacity: Option<i32>,
    /// Taken.
    pub enrolled: i32,
    /// People waiting.
    pub waitlisted: i32,
    /// Kept for people who are asked whether they come again.
    pub asked: i32,
    /// Whether one signs up for it at all.
    pub mode: SignUpMode,
    /// How it stands.
    pub status: SessionStatus,
    /// When it begins.
    pub starts_at: Timestamp,
    /// Whether its partner is frozen: nobody signs up and nobody is promoted until staff have decided.
    pub paused: bool,
}

impl Seats {
    /// Seats nobody has and that are kept for nobody: never below zero, even when seats were taken away after people signed up. None
    /// without a limit.
    pub fn free(&self) -> Option<i32> {
        self.capacity
            .map(|capacity| (capacity - self.enrolled - self.asked).max(0))
    }

    /// Whether there is no seat for somebody who comes now: all taken, or others wait already.
    pub fn is_full(&self) -> bool {
        self.free().is_some_and(|free| free <= self.waitlisted)
    }

    /// Whether one may sign up now.
    ///
    /// # Errors
    /// The [`Refusal`], when not.
    pub fn open(&self, now: Timestamp) -> Result<(), Refusal> {
        if self.status == SessionStatus::Cancelled {
            Err(Refusal::Cancelled)
        } else if self.status == SessionStatus::Held || self.starts_at <= now {
            Err(Refusal::Begun)
        } else if self.paused {
            Err(Refusal::Paused)
        } else if self.mode == SignUpMode::None {
            Err(Refusal::NotNeeded)
        } else {
            Ok(())
        }
    }
}

/// Why nobody can sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is called off.
    #[error("the session is cancelled")]
    Cancelled,
    /// It has begun, or is over.
    #[error("the session has begun")]
    Begun,
    /// It is paused until staff have looked into a complaint.
    #[error("the session is paused")]
    Paused,
    /// One just comes.
    #[error("nobody needs to sign up")]
    NotNeeded,
    /// Too many wait already.
    #[error("too many people wait")]
    QueueFull,
}

impl Refusal {
    /// The key of its message, `error-<code>`.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::Cancelled => "enrol-cancelled",
            Refusal::Begun => "enrol-begun",
            Refusal::Paused => "enrol-paused",
            Refusal::NotNeeded => "enrol-not-needed",
            Refusal::QueueFull => "enrol-queue-full",
        }
    }
}

/// What somebody who signs up gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A seat.
    Enrolled,
    /// A place in the queue.
    Waitlisted {
        /// How many are before them.
        ahead: i32,
    },
}

/// What somebody who signs up now gets. A free seat goes to whoever waits, not to the newcomer.
///
/// # Errors
/// The [`Refusal`], when they get nothing.
pub fn decide(seats: &Seats, now: Timestamp) -> Result<Decision, Refusal> {
    seats.open(now)?;
    if !seats.is_full() {
        Ok(Decision::Enrolled)
    } else if seats.waitlisted < MOST_WAITING {
        Ok(Decision::Waitlisted {
            ahead: seats.waitlisted,
        })
    } else {
        Err(Refusal::QueueFull)
    }
}

/// How many of those waiting get a seat now: as many as there are seats, none once it is too late to tell them.
pub fn seats_to_give(seats: &Seats, now: Timestamp) -> i32 {
    if seats.open(now).is_err() {
        return 0;
    }
    seats.free().unwrap_or(i32::MAX).min(seats.waitlisted)
}

/// Those of a queue, in its order, who get the free seats.
pub fn who_is_promoted<T>(queue: &[T], free: i32) -> &[T] {
    let count = usize::try_from(free).unwrap_or(0).min(queue.len());
    &queue[..count]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn seats(capacity: Option<i32>, enrolled: i32, waitlisted: i32) -> Seats {
        Seats {
            capacity,
            enrolled,
            waitlisted,
            asked: 0,
            mode: SignUpMode::Required,
            status: SessionStatus::Scheduled,
            starts_at: NOW + jiff::SignedDuration::from_hours(1),
            paused: false,
        }
    }

    #[test]
    fn a_seat_while_there_is_one_then_a_place_in_the_queue() {
        assert_eq!(decide(&seats(Some(2), 1, 0), NOW), Ok(Decision::Enrolled));
        assert_eq!(
            decide(&seats(Some(2), 2, 0), NOW),
            Ok(Decision::Waitlisted { ahead: 0 })
        );
        assert_eq!(
            decide(&seats(Some(2), 2, 3), NOW),
            Ok(Decision::Waitlisted { ahead: 3 })
        );
        assert_eq!(decide(&seats(None, 5000, 0), NOW), Ok(Decision::Enrolled));
    }

    #[test]
    fn a_free_seat_belongs_to_whoever_waits_not_to_the_newcomer() {
        assert_eq!(
            decide(&seats(Some(3), 2, 1), NOW),
            Ok(Decision::Waitlisted { ahead: 1 })
        );
        assert_eq!(seats_to_give(&seats(Some(3), 2, 1), NOW), 1);
    }

    #[test]
    fn seats_taken_away_later_leave_none_and_never_fewer() {
        assert_eq!(seats(Some(2), 5, 0).free(), Some(0));
        assert_eq!(seats_to_give(&seats(Some(2), 5, 4), NOW), 0);
    }

    #[test]
    fn nobody_signs_up_for_what_is_off_begun_or_open_to_all() {
        let base = seats(Some(2), 0, 0);
        let with = |change: fn(&mut Seats)| {
            let mut seats = base;
            change(&mut seats);
            decide(&seats, NOW)
        };
        assert_eq!(with(|s| s.status = SessionStatus::Cancelled), Err(Refusal::Cancelled));
        assert_eq!(with(|s| s.starts_at = NOW), Err(Refusal::Begun));
        assert_eq!(with(|s| s.status = SessionStatus::Held), Err(Refusal::Begun));
        assert_eq!(with(|s| s.mode = SignUpMode::None), Err(Refusal::NotNeeded));
        assert_eq!(with(|s| s.paused = true), Err(Refusal::Paused));
        assert_eq!(
            with(|s| (s.enrolled, s.waitlisted) = (2, MOST_WAITING)),
            Err(Refusal::QueueFull)
        );
        assert_eq!(with(|s| s.status = SessionStatus::Provisional), Ok(Decision::Enrolled));
    }

    #[test]
    fn nobody_is_promoted_into_a_session_that_has_begun() {
        let mut begun = seats(Some(3), 1, 2);
        begun.starts_at = NOW;
        assert_eq!(seats_to_give(&begun, NOW), 0);
    }

    /// What happens to one session, in the order it happens.
    #[derive(Clone, Debug)]
    enum Step {
        SignUp,
        /// Whoever is at this place of all who are in gives up.
        Cancel(usize),
        /// The number of seats changes.
        Resize(i32),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => Just(Step::SignUp),
            2 => any::<usize>().prop_map(Step::Cancel),
            1 => (0..6i32).prop_map(Step::Resize),
        ];
        prop::collection::vec(step, 0..60)
    }

    proptest! {
        #[test]
        fn seats_never_go_negative_and_the_queue_keeps_its_order(steps in steps()) {
            let (mut seated, mut queue): (Vec<u32>, Vec<u32>) = (Vec::new(), Vec::new());
            let mut book = seats(Some(3), 0, 0);
            let mut shrunk = false;
            for (arrival, step) in (0u32..).zip(steps) {
                match step {
                    Step::SignUp => match decide(&book, NOW) {
                        Ok(Decision::Enrolled) => seated.push(arrival),
                        Ok(Decision::Waitlisted { ahead }) => {
                            prop_assert_eq!(ahead as usize, queue.len());
                            queue.push(arrival);
                        }
                        Err(refusal) => prop_assert_eq!(refusal, Refusal::QueueFull),
                    },
                    Step::Cancel(at) if !seated.is_empty() || !queue.is_empty() => {
                        let at = at % (seated.len() + queue.len());
                        if at < seated.len() { seated.remove(at); } else { queue.remove(at - seated.len()); }
                    }
                    Step::Cancel(_) => {}
                    Step::Resize(capacity) => {
                        shrunk |= capacity < book.capacity.unwrap_or(0);
                        book.capacity = Some(capacity);
                    }
                }
                (book.enrolled, book.waitlisted) = (seated.len() as i32, queue.len() as i32);
                let given = who_is_promoted(&queue, seats_to_give(&book, NOW)).to_vec();
                queue.drain(..given.len());
                if let (Some(last), Some(next)) = (given.last(), queue.first()) {
                    prop_assert!(last < next, "somebody was passed over");
                }
                seated.extend(given);
                (book.enrolled, book.waitlisted) = (seated.len() as i32, queue.len() as i32);
                prop_assert!(book.free().unwrap_or(0) >= 0);
                prop_assert!(shrunk || book.enrolled <= 6);
                prop_assert!(queue.is_empty() || book.free() == Some(0), "a seat is free and somebody waits");
                prop_assert!(queue.is_sorted());
            }
        }
    }
}
