//! What people do with mouse and finger, in a real browser.

mod board;
mod door;
mod desk;
mod journey;
mod look;
mod paper;
pub mod look;
mod partner;
