//! A new term from an old one: who is asked whether they come again, until when, and what becomes of their seats.
//!
//! Whoever is asked has a seat kept in every session of the new term. `asked -> confirmed | declined` by their answer, which can be
//! changed until the agreed time; `asked -> expired` when none came. What is promised: a seat is taken or kept at most once for a
//! person and a session, and no answer, in whatever order, brings more people into a session than it has seats.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan, Zoned};

use super::calendar::resolve;
use super::enrolment::EnrolmentStatus;
use super::id::ResidentId;

/// The least time people have to answer, days.
pub const LEAST_DAYS: i64 = 3;
/// How long before the first session the answer is due when nothing else is said, days.
pub const DAYS_BEFORE: i64 = 7;
/// Whoever came to one of so many last sessions is asked when nothing else is said.
pub const LAST_HELD: usize = 4;
/// The most people asked for one term.
pub const MOST_ASKED: usize = 500;
/// How many sessions a new term may have.
pub const SESSIONS: std::ops::RangeInclusive<i32> = 1..=100;
/// On the last day people can answer until this time: before the night's rest.
const UNTIL: Time = Time::constant(20, 0, 0, 0);

/// How somebody who was asked stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloverStatus {
    /// Has not answered; seats are kept.
    Asked,
    /// Comes again.
    Confirmed,
    /// Does not come.
    Declined,
    /// Did not answer in time; the seats went to others.
    Expired,
}

super::planning::named! { RolloverStatus {
    Asked => "asked",
    Confirmed => "confirmed",
    Declined => "declined",
    Expired => "expired",
} }

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// 我还来.
    Comes,
    /// 不来了.
    StaysAway,
}

super::planning::named! { Answer {
    Comes => "comes",
    StaysAway => "stays_away",
} }

/// Who gave an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnsweredBy {
    /// They themselves, by their link.
    Myself,
    /// Staff, for them, after a talk.
    Staff,
}

/// Why an answer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The agreed time is over; the office may still help.
    #[error("the time to answer is over")]
    TooLate,
}

/// Somebody who was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// How they stand.
    pub status: RolloverStatus,
    /// Until when they can answer.
    pub confirm_by: Timestamp,
}

impl Asked {
    /// What an answer makes of them; none when it changes nothing. Staff may answer for somebody after the time as well.
    ///
    /// # Errors
    /// [`Refusal::TooLate`].
    pub fn answered(&self, answer: Answer, by: AnsweredBy, now: Timestamp) -> Result<Option<RolloverStatus>, Refusal> {
        let next = match answer {
            Answer::Comes => RolloverStatus::Confirmed,
            Answer::StaysAway => RolloverStatus::Declined,
        };
        if next == self.status {
            return Ok(None);
        }
        if by == AnsweredBy::Myself && now > self.confirm_by {
            return Err(Refusal::TooLate);
        }
        Ok(Some(next))
    }

    /// Whether nobody answered in time.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.status == RolloverStatus::Asked && now > self.confirm_by
    }
}

/// What is done with somebody's place in one session of the term.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nothing.
    Stays,
    /// The seat that was kept becomes theirs.
    TakeKept,
    /// They sign up like anybody else: a seat when there is one, else the queue.
    SignUp,
    /// Their place is given up.
    LetGo,
}

/// What `next` makes of a place that stands as `place` (none: no row).
pub fn place(place: Option<EnrolmentStatus>, next: RolloverStatus) -> Place {
    use EnrolmentStatus as Is;
    match (next, place) {
        (RolloverStatus::Confirmed, Some(Is::Asked)) => Place::TakeKept,
        (RolloverStatus::Confirmed, None | Some(Is::Cancelled | Is::Lapsed)) => Place::SignUp,
        (RolloverStatus::Declined, Some(Is::Asked | Is::Enrolled | Is::Waitlisted | Is::Offered)) => Place::LetGo,
        // A date they signed up for by themselves meanwhile stays theirs.
        (RolloverStatus::Expired, Some(Is::Asked)) => Place::LetGo,
        _ => Place::Stays,
    }
}

/// Until when people can answer who may answer on `day`.
pub fn until(day: Date, zone: &TimeZone) -> Timestamp {
    resolve(day.to_datetime(UNTIL), zone).timestamp()
}

/// The first day that leaves people enough time.
pub fn earliest_day(now: &Zoned) -> Date {
    let day = now.date().saturating_add(LEAST_DAYS.days());
    // Later in the evening than the answer is due, three days on is a little less than three days.
    if now.time() > UNTIL {
        day.saturating_add(1.day())
    } else {
        day
    }
}

/// The day that is offered: a week before the first session, sooner only where that would leave too little time. None when the
/// first session is too near for asking anybody.
pub fn offered_day(first: &Zoned, now: &Zoned) -> Option<Date> {
    let day = first.date().saturating_sub(DAYS_BEFORE.days()).max(earliest_day(now));
    is_possible(day, first, now).then_some(day)
}

/// Whether people can be asked to answer by `day`: they have three days, and the term has not begun.
pub fn is_possible(day: Date, first: &Zoned, now: &Zoned) -> bool {
    let until = until(day, now.time_zone());
    until.duration_since(now.timestamp()) >= SignedDuration::from_hours(24 * LEAST_DAYS) && until < first.timestamp()
}

/// Somebody of an old term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Former {
    /// Who.
    pub resident: ResidentId,
    /// When they first signed up for a session of it; none when they only came.
    pub signed_up_at: Option<Timestamp>,
    /// To how many of its sessions they came.
    pub came: u32,
    /// To how many of the last [`LAST_HELD`] sessions they came.
    pub came_lately: u32,
}

impl Former {
    /// Whether they are asked when nothing else is said.
    pub fn is_asked(&self) -> bool {
        self.came_lately > 0
    }
}

/// People of an old term in the order they signed up; whoever never did comes last, the more often they came the sooner.
pub fn in_order(mut people: Vec<Former>) -> Vec<Former> {
    people.sort_by_key(|one| {
        (
            one.signed_up_at.is_none(),
            one.signed_up_at,
            std::cmp::Reverse(one.came),
            one.resident,
        )
    });
    people
}

#[cfg(test)]
mod tests;
