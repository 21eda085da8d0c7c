//! `GET …/reports`: a month, or any range of days, in figures.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use crate::services::report::AskedPeriod;
use crate::services::report::document::Document;
use crate::services::{Context, community, report};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The call.
pub fn routes() -> Routes {
    Routes::new().get("/api/v1/communities/{community}/reports", Who::Numbers, show)
}

/// Their description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(show))]
pub struct Doc;

/// Which days.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
pub struct Asked {
    /// A month, `2026-10`. The present one when nothing is given.
    month: Option<String>,
    /// A quarter, `2026-Q3`.
    quarter: Option<String>,
    /// A year, `2026`.
    year: Option<String>,
    /// First day, `2026-10-01`.
    from: Option<String>,
    /// Last day, included; at most three years after the first.
    to: Option<String>,
}

/// The report.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/reports",
    tag = "reports",
    params(("community" = String, Path, description = "Name of the community in addresses"), Asked),
    responses(
        (status = 200, description = "The figures", body = Document),
        (status = 403, description = "Not for this role", body = crate::web::error::Problem),
        (status = 404, description = "No such community", body = crate::web::error::Problem),
        (status = 422, description = "Not a month, or not a range", body = crate::web::error::Problem),
    )
)]
pub async fn show(
    v: Visitor,
    State(ctx): State<Context>,
    Path(community): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Document>, WebError> {
    let home = community::find_by_slug(&ctx, &community).await.for_visitor(&v)?;
    let wanted = AskedPeriod {
        month: asked.month.as_deref(),
        quarter: asked.quarter.as_deref(),
        year: asked.year.as_deref(),
        from: asked.from.as_deref(),
        to: asked.to.as_deref(),
    };
    let period = report::asked_period(wanted, ctx.now(), &home.zone).for_visitor(&v)?;
    let reported = report::range(&ctx, &v.actor, home.id, period).await.for_visitor(&v)?;
    Ok(Json(Document::from(&reported)))
}
