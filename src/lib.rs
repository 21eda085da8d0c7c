//! 享老 Xianglao: the programme scheduler of a community office.
//!
//! The house has four floors; each may look down, never up and never sideways (`ARCHITECTURE.md` has the table, `tests/it/house.rs`
//! checks it):
//!
//! 1. [`domain`]: calendars, plans, counts, rights; pure values and functions without I/O and without a clock.
//! 2. [`storage`]: questions asked of the database, answered in domain types.
//! 3. [`services`]: use cases; one function, one `now`, one transaction.
//! 4. [`web`], [`cli`], [`jobs`], [`notify`]: the adapters to the world.
//!
//! [`app`] is the roof that joins them, and [`config`] the settings.

pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod jobs;
pub mod notify;
pub mod services;
pub mod storage;
pub mod web;
