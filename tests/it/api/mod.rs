//! The JSON API, edges per noun.

mod account;
mod attendance;
mod enrolment;
mod idempotency;
mod community;
mod openapi;
mod plan;
mod series;
mod session;
