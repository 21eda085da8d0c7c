//! What the tests stand on: servers and programs that are real, private to this process, and gone after it.

#![allow(
    dead_code,
    reason = "a tool stays whole when the last test that used one of its handles goes"
)]

pub mod accounts;
pub mod app;
pub mod background;
pub mod browser;
pub mod door;
pub mod fuzz;
pub mod line;
pub mod outbox;
pub mod partner;
pub mod people;
pub mod plan;
pub mod planner;
pub mod postgres;
pub mod seed;
pub mod server;
pub mod sink;
pub mod smtp;
pub mod venues;
pub mod watchdog;
