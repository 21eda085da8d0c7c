//! Pages, asked for over HTTP as browsers ask.

mod login;
pub mod staff;
//! Pages, as they arrive.

mod public;
