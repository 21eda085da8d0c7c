//! What people do with mouse and finger, in a real browser.

mod board;
mod desk;
mod door;
mod journey;
pub mod look;
mod paper;
mod partner;
mod surfaces;
