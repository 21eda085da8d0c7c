//! Pages, asked for over HTTP as browsers ask.

pub mod staff;
//! Pages, edges per noun.

mod login;
