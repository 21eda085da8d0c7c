//! Pages, asked for over HTTP as browsers ask.

mod free_slots;
mod holidays;
mod login;
mod public;
mod series;
mod staff;
mod week_plan;
