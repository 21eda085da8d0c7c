//! The ground floor: what is known of calendars, plans, counts and rights, as plain values and functions.
//!
//! No async, no database, no clock, no randomness: `now` and ids come in as values.

pub mod absence;
pub mod access;
pub mod account;
pub mod activity_file;
pub mod activity_record;
pub mod attendance;
pub mod calendar;
pub mod card;
pub mod chain;
pub mod channel;
pub mod community;
pub mod complaint;
pub mod confirmation;
pub mod consent;
pub mod crew;
pub mod device;
pub mod duplicate;
pub mod enrolment;
pub mod expand_line;
pub mod feedback;
pub mod household;
pub mod icalendar;
pub mod id;
pub mod lang;
pub mod material;
pub mod matter;
pub mod merge;
pub mod month_lock;
pub mod need;
pub mod notification;
pub mod paper;
pub mod paper_entry;
pub mod period;
pub mod photo;
pub mod planning;
pub mod proposal;
pub mod recurrence;
pub mod report;
pub mod resident;
pub mod resident_import;
pub mod rollover;
pub mod sheet;
pub mod summary;
pub mod text;
