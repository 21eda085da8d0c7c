//! What both databases promise, from one set of assertions.

mod audit;
mod guard;
mod lookups;
mod plan_guard;
mod schema;
mod start;
mod summary;
mod write;
