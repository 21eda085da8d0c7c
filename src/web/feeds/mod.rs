//! Feeds for other programs: iCalendar; and the addresses for operation.

pub mod calendar;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Web;
use super::routes::{Routes, Who};
use crate::services::upkeep;

/// All feeds.
pub fn routes() -> Routes {
    Routes::new()
        .get("/healthz", Who::Public, healthz)
        .get("/readyz", Who::Public, readyz)
        .merge(calendar::routes())
}

/// The process answers.
async fn healthz() -> &'static str {
    "ok"
}

/// The process can do its work: the database answers.
async fn readyz(State(web): State<Web>) -> Response {
    match upkeep::ping(&web.ctx).await {
        Ok(()) => "ready".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response()
        }
    }
}
