//! The JSON API, edges per noun.

mod account;
mod attendance;
mod community;
mod enrolment;
mod free_slot;
mod idempotency;
mod notice;
mod openapi;
pub mod plan;
mod proposal;
mod resident;
mod series;
mod series_act;
mod session;
mod week;
mod week_plan;
