//! HTML for residents, staff and partners. One file per noun; templates in `assets/templates`.

pub mod attendance;
pub mod cache;
mod login;
pub mod materials;
pub mod partner;
pub mod public;
mod qr;
pub mod report;
pub mod service;
pub mod staff;
pub mod statement;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::routes::Routes;

/// All pages.
pub fn routes() -> Routes {
    Routes::new()
        .merge(attendance::routes())
        .merge(login::routes())
        .merge(public::routes())
        .merge(report::routes())
        .merge(service::routes())
        .merge(staff::routes())
        .merge(partner::routes())
}

/// Renders a template as a page. Pages that show one person's data are not kept by caches.
pub fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => ([(axum::http::header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page cannot be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
