//! Signing up: who gets a seat, who waits, who is next.
//!
//! What is promised: seats never go below zero, whoever waits longest is promoted first, nobody is given or offered a seat in a
//! session that is called off or whose sign-up has ended, and the seats kept for the telephone and the counter are not taken by the
//! page before they are set free.
//!
//! Two who come together are promoted together or not at all. When one seat is free and they are first, the seat goes to the next who
//! comes alone, because an empty chair helps nobody; they keep their place, are first as soon as two seats are free, and can part
//! at any time, each with the place they had.

pub mod draw;
pub mod hold;
pub mod rules;

use jiff::Timestamp;
use uuid::Uuid;

pub use rules::{Rules, Rush, Terms, Whole};

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
    /// A seat that became free is held for them until they answer or the agreed time is over.
    Offered,
    /// Comes to the series but not this once (请假); the seat is free.
    Leave,
    /// Did not answer an offer in time: the seat went to the next.
    Lapsed,
    /// Given up.
    Cancelled,
}

super::planning::named! { EnrolmentStatus {
    Enrolled => "enrolled",
    Waitlisted => "waitlisted",
    Asked => "asked",
    Offered => "offered",
    Leave => "leave",
    Lapsed => "lapsed",
    Cancelled => "cancelled",
} }

impl EnrolmentStatus {
    /// Whether it holds a seat, is offered one, or waits for one. Whoever is only asked has not signed up.
    pub fn is_live(self) -> bool {
        matches!(
            self,
            EnrolmentStatus::Enrolled | EnrolmentStatus::Waitlisted | EnrolmentStatus::Offered
        )
    }

    /// How many seats it takes from those that are free: of those held by people who come, and of those held for an answer.
    pub fn seats(self) -> (i32, i32) {
        match self {
            EnrolmentStatus::Enrolled => (1, 0),
            EnrolmentStatus::Asked | EnrolmentStatus::Offered => (0, 1),
            EnrolmentStatus::Waitlisted
            | EnrolmentStatus::Leave
            | EnrolmentStatus::Lapsed
            | EnrolmentStatus::Cancelled => (0, 0),
        }
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

impl Source {
    /// Whether staff did it for them: such sign-ups may take the seats kept for the telephone and the counter, and come after the page
    /// has closed.
    pub fn is_desk(self) -> bool {
        !matches!(self, Source::Myself | Source::Family)
    }
}

/// A session as far as signing up is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// Seats; none without a limit.
    pub capacity: Option<i32>,
    /// Taken.
    pub enrolled: i32,
    /// People waiting.
    pub waitlisted: i32,
    /// Kept for people who are asked: whether they come again, or whether they take a seat that became free.
    pub asked: i32,
    /// Of the taken and kept ones, those that staff gave; counted only where seats are kept for them.
    pub desk: i32,
    /// Whether one signs up for it at all.
    pub mode: SignUpMode,
    /// How it stands.
    pub status: SessionStatus,
    /// When it begins.
    pub starts_at: Timestamp,
    /// Whether its partner is frozen: nobody signs up and nobody is promoted until staff have decided.
    pub paused: bool,
    /// The rules as they hold for it.
    pub terms: Terms,
    /// Whether its seats have been drawn.
    pub drawn: bool,
}

impl Seats {
    /// Seats nobody has and that are kept for nobody: never below zero, even when seats were taken away after people signed up. None
    /// without a limit.
    pub fn free(&self) -> Option<i32> {
        self.capacity
            .map(|capacity| (capacity - self.enrolled - self.asked).max(0))
    }

    /// Free seats that are kept for the telephone and the counter at `now`.
    pub fn kept(&self, now: Timestamp) -> i32 {
        if now >= self.terms.kept_until {
            return 0;
        }
        let kept = (self.terms.kept - self.desk).max(0);
        self.free().map_or(0, |free| kept.min(free))
    }

    /// Free seats that anybody can take on the page at `now`; none without a limit.
    pub fn free_to_all(&self, now: Timestamp) -> Option<i32> {
        self.free().map(|free| free - self.kept(now))
    }

    /// Whether there is no seat for somebody who comes now: all taken or kept, or others wait already.
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.collects() || self.free_to_all(now).is_some_and(|free| free <= self.waitlisted)
    }

    /// Whether sign-ups are only collected, until the seats are drawn.
    pub fn collects(&self) -> bool {
        self.terms.draws_at.is_some() && !self.drawn
    }

    /// Whether one may sign up on the page now.
    ///
    /// # Errors
    /// The [`Refusal`], when not.
    pub fn open(&self, now: Timestamp) -> Result<(), Refusal> {
        self.open_to(Source::Myself, now)
    }

    /// Whether somebody may be signed up now in this way. Before sign-up opens nobody is; after it has ended staff still may, until the
    /// session begins.
    ///
    /// # Errors
    /// The [`Refusal`], when not.
    pub fn open_to(&self, source: Source, now: Timestamp) -> Result<(), Refusal> {
        if self.status == SessionStatus::Cancelled {
            Err(Refusal::Cancelled)
        } else if self.status == SessionStatus::Held || self.starts_at <= now {
            Err(Refusal::Begun)
        } else if self.paused {
            Err(Refusal::Paused)
        } else if self.mode == SignUpMode::None {
            Err(Refusal::NotNeeded)
        } else if self.terms.opens_at.is_some_and(|opens| now < opens) {
            Err(Refusal::NotYet)
        } else if !source.is_desk() && self.terms.closes_at <= now {
            Err(Refusal::Closed)
        } else {
            Ok(())
        }
    }

    /// The same session for somebody whose right to it is older than its opening: who signed up for the whole series, or comes again
    /// to a new term.
    #[must_use]
    pub fn ahead_of_opening(mut self) -> Self {
        self.terms.opens_at = None;
        self
    }

    /// Whether seats that are free are given to whoever waits: not once sign-up has ended, and not before they are drawn.
    pub fn gives(&self, now: Timestamp) -> bool {
        self.ahead_of_opening().open(now).is_ok() && !self.collects()
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
    /// Sign-up has not opened.
    #[error("sign-up has not opened")]
    NotYet,
    /// Sign-up has ended.
    #[error("sign-up has ended")]
    Closed,
    /// Too many wait already.
    #[error("too many people wait")]
    QueueFull,
    /// It is full and has no waiting list.
    #[error("it is full, and nobody waits for it")]
    Full,
    /// Each signs up alone.
    #[error("two cannot sign up together")]
    NotTogether,
    /// One of the two is in it already.
    #[error("one of the two is in it already")]
    OneIsIn,
    /// One signs up for all dates, not for one.
    #[error("one signs up for the whole series")]
    WholeOnly,
    /// One signs up for each date by itself.
    #[error("one signs up for single dates")]
    NotWhole,
    /// One place in the programme is enough, and they have one.
    #[error("they have a place in another session")]
    HasPlace,
    /// The offer was not answered in time.
    #[error("the offer has lapsed")]
    OfferLapsed,
    /// Nothing is offered to them, or not any more.
    #[error("nothing is offered")]
    NoOffer,
}

impl Refusal {
    /// The key of its message, `error-<code>`.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::Cancelled => "enrol-cancelled",
            Refusal::Begun => "enrol-begun",
            Refusal::Paused => "enrol-paused",
            Refusal::NotNeeded => "enrol-not-needed",
            Refusal::NotYet => "enrol-not-yet",
            Refusal::Closed => "enrol-closed",
            Refusal::QueueFull => "enrol-queue-full",
            Refusal::Full => "enrol-full",
            Refusal::NotTogether => "enrol-not-together",
            Refusal::OneIsIn => "enrol-one-is-in",
            Refusal::WholeOnly => "enrol-whole-only",
            Refusal::NotWhole => "enrol-not-whole",
            Refusal::HasPlace => "enrol-has-place",
            Refusal::OfferLapsed => "offer-lapsed",
            Refusal::NoOffer => "offer-none",
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

/// Somebody in the queue, as far as promoting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Whom they come with.
    pub together: Option<Uuid>,
    /// Who signed them up.
    pub source: Source,
}

/// What `people` who sign up together now get, `queue` being all who wait, in their order. A free seat goes to whoever waits and may
/// have it, not to the newcomer.
///
/// # Errors
/// The [`Refusal`], when they get nothing.
pub fn decide(
    seats: &Seats,
    source: Source,
    people: i32,
    queue: &[Waiting],
    now: Timestamp,
) -> Result<Decision, Refusal> {
    seats.open_to(source, now)?;
    if people > 1 && !seats.terms.together {
        return Err(Refusal::NotTogether);
    }
    let mut left = Left::of(seats, now);
    if !seats.collects() {
        if seats.gives(now) {
            groups(queue).for_each(|(first, members)| {
                left.take(first.source, members.len());
            });
        }
        if left.take(source, usize::try_from(people).unwrap_or(usize::MAX)) {
            return Ok(Decision::Enrolled);
        }
    }
    if seats.terms.most_waiting == 0 && !seats.collects() {
        Err(Refusal::Full)
    } else if seats.waitlisted + people
        <= seats
            .terms
            .most_waiting
            .max(if seats.collects() { MOST_DRAWN } else { 0 })
    {
        Ok(Decision::Waitlisted {
            ahead: seats.waitlisted,
        })
    } else {
        Err(Refusal::QueueFull)
    }
}

/// The most people who take part in a draw.
pub const MOST_DRAWN: i32 = 2000;

/// Which of a queue, given in its order, get the free seats now: their positions, in order. Whoever needs more seats than are free for
/// them is passed over and keeps their place.
pub fn promoted(seats: &Seats, queue: &[Waiting], now: Timestamp) -> Vec<usize> {
    if !seats.gives(now) {
        return Vec::new();
    }
    let mut left = Left::of(seats, now);
    let mut given: Vec<usize> = groups(queue)
        .filter(|(first, members)| left.take(first.source, members.len()))
        .flat_map(|(_, members)| members)
        .collect();
    given.sort_unstable();
    given
}

/// The groups of a queue in the order of their first members, with the positions of all members.
fn groups(queue: &[Waiting]) -> impl Iterator<Item = (&Waiting, Vec<usize>)> {
    queue.iter().enumerate().filter_map(move |(at, one)| {
        let Some(together) = one.together else {
            return Some((one, vec![at]));
        };
        let with = |(at, other): (usize, &Waiting)| (other.together == Some(together)).then_some(at);
        let members: Vec<usize> = queue.iter().enumerate().filter_map(with).collect();
        (members.first() == Some(&at)).then_some((one, members))
    })
}

/// Seats that are left while they are given out.
struct Left {
    free: Option<i32>,
    kept: i32,
}

impl Left {
    fn of(seats: &Seats, now: Timestamp) -> Self {
        Self {
            free: seats.free(),
            kept: seats.kept(now),
        }
    }

    /// Takes so many, if there are so many for people who came in this way.
    fn take(&mut self, source: Source, people: usize) -> bool {
        let Some(free) = self.free else { return true };
        let people = i32::try_from(people).unwrap_or(i32::MAX);
        let theirs = if source.is_desk() { free } else { free - self.kept };
        if theirs < people {
            return false;
        }
        self.free = Some(free - people);
        if source.is_desk() {
            self.kept = (self.kept - people).max(0);
        }
        true
    }
}

#[cfg(test)]
mod tests;
