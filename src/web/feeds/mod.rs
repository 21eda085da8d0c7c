//! Feeds for other programs: iCalendar; and the addresses for operation.

pub mod calendar;
mod metrics;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::Web;
use super::routes::{Routes, Who};
use crate::services::{Context, upkeep};

/// All feeds.
pub fn routes() -> Routes {
    Routes::new()
        .get("/healthz", Who::Public, healthz)
        .get("/readyz", Who::Public, readyz)
        .get("/metrics", Who::Public, metrics::show)
        .merge(calendar::routes())
}

/// The addresses for operation alone, for a process that does background work only.
pub fn operation(ctx: Context) -> Router {
    let routes = Routes::new()
        .get("/healthz", Who::Public, healthz)
        .get("/readyz", Who::Public, readyz)
        .get("/metrics", Who::Public, metrics::show);
    routes.into_router().with_state(Web::new(ctx))
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
