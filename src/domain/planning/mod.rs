//! Planning: programmes, series and sessions as values; what a series wants against what stands; clashes; edits;
//! free times and whole weeks.
//!
//! The cast: a [`Programme`] is what is offered; a [`Series`] is its repeating plan, bent by [`Amendment`]s from one of its
//! dates on; a [`Session`] is one date as it stands. [`plan()`] compares a series with its sessions and says what is to be
//! made, moved or given up; [`edit`] does the same for a change somebody asks for; [`clash`] finds what stands in the way;
//! [`free_slot`] offers where something new can stand, and [`week_plan`] places a whole wish list.
//!
//! What is promised: a session is known by its series and the start the rule yielded, for ever; planning twice makes
//! nothing new; what is past, counted, cancelled or moved by hand is never touched by a plan.

pub mod audience;
pub mod caution;
pub mod clash;
pub mod closure;
pub mod copy;
pub mod day_offer;
pub mod edit;
pub mod free_slot;
pub mod holidays;
mod kind;
mod number;
mod plan;
pub mod reshape;
mod series;
pub mod template;
pub mod venue_wish;
pub mod week_plan;
pub mod weekdays;

pub use caution::{Caution, Neighbour, Neighbours, OnCaution, Subject};
pub use clash::{Busy, Claim, Clash, Conditions, Shut, Slot, Timetable};
pub(crate) use kind::named;
pub use kind::{Counting, ProgrammeKind, ReasonCode, SessionStatus, SignUpMode, UnknownName};
pub use number::{numbers, topics, topics_used, with_coming};
pub use plan::{Plan, PlanError, Wanted, plan, surplus};
pub use series::{Amendment, Exclusion, Pause, Programme, Series, Session, end_of};

/// How long a session may be, minutes.
pub const DURATION_MINUTES: std::ops::RangeInclusive<i32> = 5..=720;
/// How many seats a session may have.
pub const CAPACITY: std::ops::RangeInclusive<i32> = 1..=2000;
/// The most dates a series may have inside one plan.
pub const MOST_DATES: usize = 1000;
/// After how many sessions a series may end.
pub const HELD_LIMIT: std::ops::RangeInclusive<i32> = 1..=500;
/// The most topics in the queue of a series.
pub const MOST_TOPICS: usize = 500;
/// The longest stretch planned at once, days.
pub const MOST_DAYS: i32 = 400;

#[cfg(test)]
mod tests;
