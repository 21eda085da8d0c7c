//! What both databases promise, from one set of assertions.

mod audit;
mod counts;
mod guard;
mod lookups;
mod plan_guard;
mod rate;
mod resident;
mod schema;
mod sign_up_rule;
mod start;
mod summary;
mod write;
