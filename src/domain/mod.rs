//! The ground floor: what is known of calendars, plans, counts and rights, as plain values and functions.
//!
//! No async, no database, no clock, no randomness: `now` and ids come in as values.

pub mod access;
pub mod account;
pub mod attendance;
pub mod calendar;
pub mod community;
pub mod complaint;
pub mod confirmation;
pub mod consent;
pub mod duplicate;
pub mod enrolment;
pub mod expand_line;
pub mod icalendar;
pub mod id;
pub mod lang;
pub mod material;
pub mod merge;
pub mod notification;
pub mod paper;
pub mod period;
pub mod planning;
pub mod proposal;
pub mod recurrence;
pub mod report;
pub mod resident;
pub mod rollover;
pub mod text;
