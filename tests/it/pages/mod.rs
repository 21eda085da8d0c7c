//! Pages, asked for over HTTP as browsers ask.

mod board;
mod copy_week;
mod free_slots;
mod holidays;
mod login;
mod partner;
mod public;
mod series;
mod staff;
mod week_plan;
