//! The notification log for programs.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use crate::domain::id::DeliveryId;
use crate::domain::notification::Status;
use crate::domain::text::mask;
use crate::services::notification::log::{self, Filter};
use crate::services::{Error, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this noun.
pub fn routes() -> Routes {
    Routes::new().get("/api/v1/communities/{c}/notifications", Who::Staff, list)
}

/// The description of this noun.
#[derive(OpenApi)]
#[openapi(paths(list))]
pub struct Doc;

/// Which lines of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only this state.
    status: Option<String>,
    /// Where the page before ended.
    cursor: Option<Uuid>,
    /// At most so many, up to 200.
    limit: Option<u64>,
}

/// One line of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// Id of the delivery.
    id: Uuid,
    /// What was told: `reminder_evening`, `cancelled` …
    event: &'static str,
    /// To whom, masked.
    recipient: String,
    /// `email` or `call`.
    channel: String,
    /// When it is or was due, RFC 3339.
    due_at: String,
    /// How it stands.
    status: &'static str,
    /// Tries.
    attempts: i32,
    /// What went wrong last.
    last_error: Option<String>,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page {
    /// The lines, newest first.
    items: Vec<Line>,
    /// The cursor of the next page; none on the last.
    next: Option<Uuid>,
}

/// The log: who was told what, how, and how it went. Recipients are masked.
#[utoipa::path(get, path = "/api/v1/communities/{c}/notifications", tag = "notifications",
    params(("c" = String, Path, description = "Community, as in addresses"), Wanted),
    responses((status = 200, body = Page), (status = 422, body = Problem), (status = 404, body = Problem)))]
async fn list(
    visitor: Visitor,
    State(web): State<Web>,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page>, WebError> {
    let v = &visitor;
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(v)?;
    let statuses = match &wanted.status {
        None => Vec::new(),
        Some(name) => {
            let status =
                Status::from_name(name).ok_or_else(|| Error::invalid("status", "status-unknown", name.clone()));
            vec![status.for_visitor(v)?]
        }
    };
    let filter = Filter {
        statuses,
        before: wanted.cursor.map(DeliveryId),
        limit: Some(wanted.limit.unwrap_or(200)),
        session: None,
    };
    let found = log::page(&web.ctx, &v.actor, home.id, &filter).await.for_visitor(v)?;
    let items = found.rows.into_iter().map(|row| Line {
        id: row.id.0,
        event: row.event.as_str(),
        recipient: mask(&row.recipient),
        channel: row.channel,
        due_at: row
            .due_at
            .to_zoned(home.zone.clone())
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string(),
        status: row.status.as_str(),
        attempts: row.attempts,
        last_error: row.last_error,
    });
    Ok(Json(Page {
        items: items.collect(),
        next: found.next.map(|next| next.0),
    }))
}
