//! Pages, asked for over HTTP as browsers ask.

mod board;
mod copy_week;
mod holidays;
mod login;
mod public;
mod series;
mod staff;
