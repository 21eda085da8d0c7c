//! The JSON API, `/api/v1`. One file per noun.
//!
//! Each noun's file has `routes()`, the list of its calls, and `Doc`, their description for OpenAPI. A new noun adds one line
//! to [`routes`] here and one to [`openapi::document`]; a test compares the two.

mod absence;
mod account;
pub mod attendance;
mod call;
mod channel_account;
mod closure;
pub mod community;
mod crew;
pub mod enrolment;
mod entry;
pub mod extract;
pub mod feedback;
pub mod free_slot;
mod household;
mod material;
mod matter;
mod message_template;
pub mod notification;
mod notification_rule;
pub mod openapi;
pub mod partner;
pub mod programme;
pub mod proposal;
pub mod report;
pub mod resident;
pub mod series;
mod series_act;
pub mod session;
mod sign_up_rule;
mod template;
mod term;
mod week;
pub mod week_plan;

use super::routes::Routes;

/// All calls.
pub fn routes() -> Routes {
    Routes::new()
        .merge(account::routes())
        .merge(community::routes())
        .merge(partner::routes())
        .merge(programme::routes())
        .merge(material::routes())
        .merge(template::routes())
        .merge(proposal::routes())
        .merge(free_slot::routes())
        .merge(week_plan::routes())
        .merge(series::routes())
        .merge(series_act::routes())
        .merge(term::routes())
        .merge(session::routes())
        .merge(closure::routes())
        .merge(week::routes())
        .merge(resident::routes())
        .merge(enrolment::routes())
        .merge(sign_up_rule::routes())
        .merge(attendance::routes())
        .merge(absence::routes())
        .merge(feedback::routes())
        .merge(matter::routes())
        .merge(household::routes())
        .merge(crew::routes())
        .merge(report::routes())
        .merge(notification::routes())
        .merge(notification_rule::routes())
        .merge(message_template::routes())
        .merge(channel_account::routes())
        .merge(call::routes())
        .merge(openapi::routes())
}
