//! The JSON API, edges per noun.

mod account;
mod attendance;
mod enrolment;
mod idempotency;
