//! What people do with mouse and finger, in a real browser.

mod board;
mod journey;
pub mod look;
mod partner;
