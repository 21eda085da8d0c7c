//! The pages that need no login: the week, a session, signing up, and the choices of how to read them.

mod prefs;
mod shell;

pub use shell::Shell;

use crate::web::routes::{Routes, Who};

/// All public pages.
pub fn routes() -> Routes {
    Routes::new().post("/prefs", Who::Public, prefs::choose)
}
