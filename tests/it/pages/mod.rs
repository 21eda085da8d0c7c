//! Pages, asked for over HTTP as browsers ask.

mod holidays;
mod login;
mod public;
mod series;
mod staff;
