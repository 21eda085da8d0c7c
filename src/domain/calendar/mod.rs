//! Time as people and the law of the calendar see it.
//!
//! - [`zone`]: a local time in a named zone becomes an instant, across clock changes (RFC 5545 §3.3.5);
//! - [`week`]: the week a page or a plan is about (ISO 8601);
//! - [`lunar`]: the Chinese lunisolar date and the traditional festivals;
//! - [`lunar_month`]: the lunar months in a row, for counting in them;
//! - [`solar_term`]: the 24 terms, 三伏 and 三九;
//! - [`holiday`]: the State Council's official days off and make-up working days;
//! - [`day_part`] and [`format`](mod@format): times and dates in the words our readers use.
//!
//! All of it is proleptic Gregorian outside, one date per value, no clock.

pub mod day_part;
pub mod format;
pub mod holiday;
pub mod lunar;
pub mod lunar_month;
pub mod solar_term;
pub mod week;
pub mod zone;

pub use day_part::DayPart;
pub use holiday::{DayKind, HolidayCalendar, HolidayError};
pub use lunar::LunarDate;
pub use solar_term::SolarTerm;
pub use week::{IsoWeek, IsoWeekError};
pub use zone::{ZoneError, parse_zone, resolve};
