//! `POST` and `DELETE …/sessions/{id}/households`: households visited on a service day, with the needs heard there; and `POST …/needs/{id}/resolve`.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::attendance::session_id;
use super::entry::{answer, community_of, field, id_at};
use crate::domain::household::BATCH_MAX;
use crate::domain::id::{NeedId, VisitId};
use crate::services::household::{self, NewVisit};
use crate::services::need::{self, NewNeed};
use crate::services::{Context, Error, FieldError};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls.
pub fn routes() -> Routes {
    const ALL: &str = "/api/v1/communities/{community}/sessions/{session}/households";
    const ONE: &str = "/api/v1/communities/{community}/sessions/{session}/households/{client_id}";
    Routes::new()
        .post(ALL, Who::Staff, record)
        .delete(ONE, Who::Staff, undo)
        .post(
            "/api/v1/communities/{community}/sessions/{session}/needs",
            Who::Staff,
            note,
        )
        .post(
            "/api/v1/communities/{community}/needs/{need}/resolve",
            Who::Staff,
            resolve,
        )
}

/// Their description.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(record, undo, note, resolve),
    components(schemas(HouseholdBody, NeedBody, HouseholdOutcome, NeedOutcome, ResolveBody))
)]
pub struct Doc;

/// A household visited. Recorded twice on one day it is one household, and what is new is added to it.
#[derive(Debug, utoipa::ToSchema)]
#[allow(
    dead_code,
    reason = "describes a body that is read item by item, so that one bad item spares the others"
)]
pub struct HouseholdBody {
    /// Made by the device; sending it again changes nothing.
    client_id: Uuid,
    /// Grid.
    grid_id: Option<Uuid>,
    /// Building, such as `3号楼` or `3`.
    building: String,
    /// Unit and door, such as `2单元501` or `2-501`.
    door: String,
    /// Nobody opened: kept, and not counted as visited.
    nobody_home: Option<bool>,
    /// Who went.
    visitors: Option<String>,
    /// What came of it.
    outcome: Option<String>,
    /// Needs heard there, at most ten.
    needs: Option<Vec<NeedBody>>,
}

/// A need in one line.
#[derive(Debug, utoipa::ToSchema)]
#[allow(
    dead_code,
    reason = "describes a body that is read field by field, so that every wrong one is named"
)]
pub struct NeedBody {
    /// Made by the device; sending it again changes nothing.
    client_id: Uuid,
    /// The need.
    text: String,
    /// How it was resolved on the spot; left out while it is open.
    outcome: Option<String>,
}

/// What became of a household.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HouseholdOutcome {
    /// As sent; null when it was no id.
    pub client_id: Option<Uuid>,
    /// `created`, `joined` (the household was there today), `duplicate` or `error`.
    pub status: &'static str,
    /// The visit that stands for the household. To undo it, send DELETE for this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit_id: Option<Uuid>,
    /// The household, in the spelling that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household: Option<String>,
    /// How many needs were added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs_added: Option<usize>,
    /// On `error`: field, code and message of each mistake.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<crate::web::error::ProblemItem>,
}

/// What became of a need.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NeedOutcome {
    /// The need.
    pub id: Uuid,
    /// `created`, `resolved` or `duplicate`.
    pub status: &'static str,
}

/// How a need was resolved.
#[derive(Debug, utoipa::ToSchema)]
#[allow(
    dead_code,
    reason = "describes a body that is read field by field, so that a wrong one is named"
)]
pub struct ResolveBody {
    /// In one line.
    outcome: String,
}

/// The text in a field; empty when it is left out.
fn text(item: &Value, name: &'static str) -> Result<String, FieldError> {
    match field(item, name) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(other) => Err(FieldError::new(name, "not-a-text", other.to_string())),
    }
}

fn must_have_id(item: &Value) -> Result<Uuid, FieldError> {
    id_at(item, "client_id")?.ok_or_else(|| FieldError::new("client_id", "not-a-uuid", ""))
}

fn visit(item: &Value) -> Result<NewVisit, FieldError> {
    let nobody_home = match field(item, "nobody_home") {
        None => false,
        Some(Value::Bool(nobody)) => *nobody,
        Some(other) => return Err(FieldError::new("nobody_home", "service-yes-or-no", other.to_string())),
    };
    let needs = match field(item, "needs") {
        None => Vec::new(),
        Some(Value::Array(needs)) => needs
            .iter()
            .map(|need| Ok((NeedId(must_have_id(need)?), text(need, "text")?, text(need, "outcome")?)))
            .collect::<Result<_, FieldError>>()?,
        Some(other) => return Err(FieldError::new("needs", "service-list", other.to_string())),
    };
    Ok(NewVisit {
        client_id: VisitId(must_have_id(item)?),
        grid: id_at(item, "grid_id")?.map(|id| id.to_string()).unwrap_or_default(),
        building: text(item, "building")?,
        door: text(item, "door")?,
        nobody_home,
        visitors: text(item, "visitors")?,
        outcome: text(item, "outcome")?,
        needs,
    })
}

/// Records one household, or an array of up to 100. An array is answered item by item; a single one with 201 when it is new and 200 when it was known.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/households",
    tag = "service",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session that is a service day"),
    ),
    request_body(content = HouseholdBody, description = "One household, or an array of them"),
    responses(
        (status = 201, description = "Created", body = HouseholdOutcome),
        (status = 200, description = "Known on this day; or an array with the outcome of each item", body = HouseholdOutcome),
        (status = 404, description = "No such session in this community", body = crate::web::error::Problem),
        (status = 409, description = "No service day, cancelled, or more than a day away", body = crate::web::error::Problem),
        (status = 422, description = "Not acceptable", body = crate::web::error::Problem),
    )
)]
pub async fn record(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let (items, single) = match body {
        Value::Array(items) => (items, false),
        one => (vec![one], true),
    };
    if items.len() > BATCH_MAX {
        let error = FieldError::new("items", "household-too-many", items.len().to_string()).with("max", BATCH_MAX);
        return Err(Error::Invalid(vec![error])).for_visitor(&v);
    }
    let mut outcomes = Vec::with_capacity(items.len());
    for item in &items {
        let done = match visit(item) {
            Ok(new) => household::record(&ctx, &v.actor, community, session, &new).await,
            Err(error) => Err(Error::Invalid(vec![error])),
        };
        outcomes.push(match done {
            Ok(recorded) => HouseholdOutcome {
                client_id: id_at(item, "client_id").ok().flatten(),
                status: recorded.status.as_str(),
                visit_id: Some(recorded.visit.0),
                household: Some(recorded.household),
                needs_added: Some(recorded.needs),
                errors: Vec::new(),
            },
            Err(Error::Invalid(errors)) if !single => HouseholdOutcome {
                client_id: id_at(item, "client_id").ok().flatten(),
                status: "error",
                visit_id: None,
                household: None,
                needs_added: None,
                errors: errors
                    .iter()
                    .map(|error| crate::web::error::ProblemItem {
                        field: error.field.clone(),
                        code: error.code.to_owned(),
                        message: v.words.field_error(error),
                        value: error.value.clone(),
                    })
                    .collect(),
            },
            Err(error) => return Err(error).for_visitor(&v),
        });
    }
    Ok(answer(single, outcomes, |outcome| outcome.status == "created"))
}

/// Undoes a visit with the needs heard there. Undoing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/sessions/{session}/households/{client_id}",
    tag = "service",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
        ("client_id" = Uuid, Path, description = "The visit"),
    ),
    responses(
        (status = 204, description = "Undone"),
        (status = 404, description = "No such visit at this session", body = crate::web::error::Problem),
    )
)]
pub async fn undo(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session, client_id)): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let client_id: VisitId = client_id
        .parse()
        .map_err(|_| Error::not_found("visit", &client_id))
        .for_visitor(&v)?;
    household::undo(&ctx, &v.actor, community, session, client_id)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Notes a need heard at a session: 201 when it is new, 200 when it was known.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/needs",
    tag = "service",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
    ),
    request_body = NeedBody,
    responses(
        (status = 201, description = "Created", body = NeedOutcome),
        (status = 200, description = "Known before", body = NeedOutcome),
        (status = 404, description = "No such session in this community", body = crate::web::error::Problem),
        (status = 409, description = "Cancelled, or more than a day away", body = crate::web::error::Problem),
        (status = 422, description = "Not acceptable", body = crate::web::error::Problem),
    )
)]
pub async fn note(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let read = || {
        Ok(NewNeed {
            client_id: NeedId(must_have_id(&body)?),
            text: text(&body, "text")?,
            outcome: text(&body, "outcome")?,
        })
    };
    let new: NewNeed = read()
        .map_err(|error: FieldError| Error::Invalid(vec![error]))
        .for_visitor(&v)?;
    let created = need::note(&ctx, &v.actor, community, session, &new)
        .await
        .for_visitor(&v)?;
    let outcome = NeedOutcome {
        id: new.client_id.0,
        status: if created { "created" } else { "duplicate" },
    };
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(outcome)).into_response())
}

/// Resolves an open need. One that is resolved keeps its outcome.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/needs/{need}/resolve",
    tag = "service",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("need" = Uuid, Path, description = "The need"),
    ),
    request_body = ResolveBody,
    responses(
        (status = 200, description = "Resolved, now or before", body = NeedOutcome),
        (status = 404, description = "No such need in this community", body = crate::web::error::Problem),
        (status = 422, description = "Not acceptable", body = crate::web::error::Problem),
    )
)]
pub async fn resolve(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let id: NeedId = id.parse().map_err(|_| Error::not_found("need", &id)).for_visitor(&v)?;
    let outcome = text(&body, "outcome")
        .map_err(|error| Error::Invalid(vec![error]))
        .for_visitor(&v)?;
    let changed = need::resolve(&ctx, &v.actor, community, id, &outcome)
        .await
        .for_visitor(&v)?;
    Ok(Json(NeedOutcome {
        id: id.0,
        status: if changed { "resolved" } else { "duplicate" },
    })
    .into_response())
}
