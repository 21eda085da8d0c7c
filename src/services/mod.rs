//! The second floor: use cases. Each is one function that asks for permission, loads, lets the domain decide, saves and
//! commits, with one `now` read from the [`Context`].

pub mod account;
pub mod activity;
pub mod attendance;
pub mod audit;
pub mod calendar_import;
pub mod channel;
mod checks;
pub mod closure;
pub mod community;
pub mod complaint;
pub mod confirmation;
mod context;
pub mod demonstration;
pub mod enrolment;
mod error;
pub mod feedback;
pub mod holiday;
pub mod idempotency;
pub mod limit;
pub mod material;
pub mod notification;
pub mod partner;
mod password;
pub mod planning;
pub mod programme;
pub mod proposal;
pub mod report;
pub mod resident;
pub mod resident_import;
mod retry;
pub mod schedule;
pub mod seal;
pub mod session;
pub mod statement;
pub mod substitution;
pub mod template;
pub mod term;
pub mod upkeep;
pub mod wording;

pub use context::{Clock, Context, SystemClock};
pub use error::{Error, FieldError, Result};
