//! Pages, asked for over HTTP as browsers ask.

mod login;
mod public;
mod staff;
