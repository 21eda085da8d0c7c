//! The JSON API, `/api/v1`. One file per noun.

mod account;
pub mod attendance;
pub mod enrolment;
mod entry;
pub mod feedback;
pub mod notification;
pub mod report;
pub mod resident;

use super::routes::Routes;

/// All calls.
pub fn routes() -> Routes {
    Routes::new()
        .merge(account::routes())
        .merge(attendance::routes())
        .merge(feedback::routes())
        .merge(notification::routes())
        .merge(report::routes())
        .merge(resident::routes())
        .merge(enrolment::routes())
}
