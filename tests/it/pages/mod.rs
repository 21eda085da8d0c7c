//! Pages, asked for over HTTP as browsers ask.

mod holidays;
mod login;
mod materials;
mod public;
mod series;
mod staff;
mod templates;
