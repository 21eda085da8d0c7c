//! Pages, asked for over HTTP as browsers ask.

mod board;
mod chain;
mod channels;
mod copy_week;
mod desk;
mod free_slots;
mod holidays;
mod login;
mod materials;
mod partner;
mod photos;
mod public;
mod residents;
mod series;
mod staff;
mod surfaces;
mod templates;
mod week_plan;
