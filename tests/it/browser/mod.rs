//! What people do with mouse and finger, in a real browser.

mod board;
mod desk;
mod journey;
mod look;
mod partner;
