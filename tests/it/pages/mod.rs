//! Pages, asked for over HTTP as browsers ask.

mod login;
pub mod staff;
