//! The journeys, each read from top to bottom like a story.

mod calendar_import;
mod call;
mod caution;
mod check_in;
mod closure;
mod complaint;
mod confirm;
mod demonstration;
mod door;
mod holiday;
mod horizon;
mod month;
mod new_term;
mod notification_rules;
mod outbox;
mod paper;
mod plan_a_class;
mod proposal;
pub mod remind;
mod resident;
mod resident_import;
mod restoration;
mod service;
mod sign_up;
mod sign_up_rules;
mod words;
