//! Pages, asked for over HTTP as browsers ask.

mod holidays;
mod free_slots;
mod login;
mod public;
mod series;
mod staff;
mod week_plan;
