//! The JSON API, `/api/v1`. One file per noun.

pub mod attendance;
mod entry;
pub mod feedback;
pub mod report;

use super::routes::Routes;

/// All calls.
pub fn routes() -> Routes {
    Routes::new()
        .merge(attendance::routes())
        .merge(feedback::routes())
        .merge(report::routes())
}
