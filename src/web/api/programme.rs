//! Programmes.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, List, ListQuery, home, paged};
use crate::domain::planning::{Counting, Programme, ProgrammeKind, SignUpMode};
use crate::services::programme::{self, NewProgramme};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, create))]
pub struct Doc;

/// `/communities/{community}/programmes`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/programmes", Who::LoggedIn, list)
        .post("/api/v1/communities/{community}/programmes", Who::Staff, create)
}

/// A programme (项目).
#[derive(Debug, Serialize, ToSchema)]
pub struct ProgrammeItem {
    /// Its id.
    pub id: Uuid,
    /// Title.
    pub title: String,
    /// Title in English.
    pub title_en: String,
    /// Second line.
    pub slogan: String,
    /// The same in English.
    pub slogan_en: String,
    /// `wellness`, `class`, `talk`, `help_desk`, `service_day`, `culture`, `festival` or `other`.
    #[schema(value_type = String)]
    pub kind: ProgrammeKind,
    /// What it is about.
    pub description: String,
    /// The same in English.
    pub description_en: String,
    /// What to bring.
    pub bring: String,
    /// The same in English.
    pub bring_en: String,
    /// For whom.
    pub audience: String,
    /// Seats by default; null without a limit.
    pub capacity: Option<i32>,
    /// `none`, `optional` or `required`.
    #[schema(value_type = String)]
    pub sign_up: SignUpMode,
    /// `named`, `headcount` or `both`.
    #[schema(value_type = String)]
    pub counting: Counting,
    /// Matters (事项) of a help desk.
    pub matters: Vec<String>,
    /// The partner that gives it.
    pub partner_id: Option<Uuid>,
    /// `active` or `archived`.
    pub status: &'static str,
}

impl From<Programme> for ProgrammeItem {
    fn from(programme: Programme) -> Self {
        Self {
            id: programme.id.0,
            title: programme.title,
            title_en: programme.title_en,
            slogan: programme.slogan,
            slogan_en: programme.slogan_en,
            kind: programme.kind,
            description: programme.description,
            description_en: programme.description_en,
            bring: programme.bring,
            bring_en: programme.bring_en,
            audience: programme.audience,
            capacity: programme.capacity,
            sign_up: programme.sign_up,
            counting: programme.counting,
            matters: programme.matters,
            partner_id: programme.partner_id.map(|partner| partner.0),
            status: if programme.archived { "archived" } else { "active" },
        }
    }
}

/// A programme to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeBody {
    /// Title, 1 to 40 characters.
    title: String,
    /// Title in English.
    #[serde(default)]
    title_en: String,
    /// Second line.
    #[serde(default)]
    slogan: String,
    /// The same in English.
    #[serde(default)]
    slogan_en: String,
    /// `wellness`, `class`, `talk`, `help_desk`, `service_day`, `culture`, `festival` or `other`.
    #[schema(value_type = String)]
    kind: ProgrammeKind,
    /// What it is about, at most 2000 characters.
    #[serde(default)]
    description: String,
    /// The same in English.
    #[serde(default)]
    description_en: String,
    /// What to bring.
    #[serde(default)]
    bring: String,
    /// The same in English.
    #[serde(default)]
    bring_en: String,
    /// For whom.
    #[serde(default)]
    audience: String,
    /// Seats by default, 1 to 2000; null without a limit.
    #[serde(default)]
    capacity: Option<i32>,
    /// `none`, `optional` (by default) or `required`.
    #[serde(default)]
    #[schema(value_type = String)]
    sign_up: SignUpMode,
    /// `named`, `headcount` or `both` (by default).
    #[serde(default)]
    #[schema(value_type = String)]
    counting: Counting,
    /// Matters (事项) of a help desk.
    #[serde(default)]
    matters: Vec<String>,
    /// The partner that gives it.
    #[serde(default)]
    partner_id: Option<Uuid>,
}

/// The programmes of a community
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/programmes",
    tag = "programmes",
    params(("community" = String, Path, description = "name in addresses"), ListQuery),
    responses((status = 200, body = List<ProgrammeItem>), (status = 404, body = Problem))
)]
async fn list(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let all = programme::list(&web.ctx, home.id).await.for_visitor(&v)?;
    let page = paged(all, &query, |programme| programme.id.0, ProgrammeItem::from).for_visitor(&v)?;
    Ok(Json(page).into_response())
}

/// Make a programme
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/programmes",
    tag = "programmes",
    params(("community" = String, Path, description = "name in addresses")),
    request_body = ProgrammeBody,
    responses((status = 201, body = ProgrammeItem), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn create(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    ApiJson(body): ApiJson<ProgrammeBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let new = NewProgramme {
        title: body.title,
        title_en: body.title_en,
        slogan: body.slogan,
        slogan_en: body.slogan_en,
        kind: body.kind,
        description: body.description,
        description_en: body.description_en,
        bring: body.bring,
        bring_en: body.bring_en,
        audience: body.audience,
        capacity: body.capacity,
        sign_up: body.sign_up,
        counting: body.counting,
        matters: body.matters,
        partner_id: body.partner_id.map(Into::into),
    };
    let made = programme::create_programme(&web.ctx, &v.actor, home.id, new)
        .await
        .for_visitor(&v)?;
    Ok((StatusCode::CREATED, Json(ProgrammeItem::from(made))).into_response())
}
