//! The JSON API, `/api/v1`. One file per noun.

mod account;
pub mod attendance;
mod entry;
pub mod feedback;
pub mod notification;
pub mod report;

use super::routes::Routes;

/// All calls.
pub fn routes() -> Routes {
    Routes::new()
        .merge(account::routes())
        .merge(attendance::routes())
        .merge(feedback::routes())
        .merge(notification::routes())
        .merge(report::routes())
}
