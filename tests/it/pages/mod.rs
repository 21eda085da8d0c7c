//! Pages, asked for over HTTP as browsers ask.

mod holidays;
mod login;
mod partner;
mod public;
mod series;
mod staff;
