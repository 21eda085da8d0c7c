//! What both databases promise, from one set of assertions.

mod guard;
mod schema;
mod start;
mod write;
