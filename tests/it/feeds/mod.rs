//! Feeds for other programs.

mod calendar;
