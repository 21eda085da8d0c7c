//! `POST` and `DELETE …/sessions/{id}/absences`: why somebody who was expected did not come.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::attendance::session_id;
use super::entry::community_of;
use crate::domain::absence::{Absence, Reason};
use crate::services::absence::{self, Noted};
use crate::services::{Context, Error, FieldError};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls.
pub fn routes() -> Routes {
    const ALL: &str = "/api/v1/communities/{community}/sessions/{session}/absences";
    const ONE: &str = "/api/v1/communities/{community}/sessions/{session}/absences/{client_id}";
    Routes::new()
        .post(ALL, Who::Door, record)
        .delete(ONE, Who::Door, withdraw)
}

/// Their description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(record, withdraw), components(schemas(AbsenceBody, AbsenceOutcome)))]
pub struct Doc;

/// Why somebody is missing.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct AbsenceBody {
    /// Made by the device; sending it again changes nothing.
    client_id: Uuid,
    /// Who.
    resident_id: Uuid,
    /// `ill`, `away`, `family`, `weather`, `unwilling`, `unreached` or `leave`. The last one said counts.
    reason: String,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AbsenceOutcome {
    /// As sent.
    pub client_id: Uuid,
    /// `created`, `duplicate` or `error`.
    pub status: &'static str,
    /// On `error`: what programs compare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<&'static str>,
    /// On `error`: for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Notes why residents are missing, up to 500 at once; answered item by item.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/absences",
    tag = "attendance",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
    ),
    request_body = Vec<AbsenceBody>,
    responses(
        (status = 200, description = "The outcome of each item", body = Vec<AbsenceOutcome>),
        (status = 404, description = "No such session in this community", body = crate::web::error::Problem),
        (status = 409, description = "The session is cancelled", body = crate::web::error::Problem),
        (status = 422, description = "Not acceptable", body = crate::web::error::Problem),
    )
)]
pub async fn record(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session)): Path<(String, String)>,
    Json(items): Json<Vec<AbsenceBody>>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let read = |item: &AbsenceBody| -> Result<Absence, FieldError> {
        let reason: Reason = item
            .reason
            .parse()
            .map_err(|_| FieldError::new("reason", "absence-reason", item.reason.clone()))?;
        Ok(Absence {
            client_id: item.client_id.into(),
            resident: item.resident_id.into(),
            reason,
        })
    };
    let entries: Result<Vec<Absence>, FieldError> = items.iter().map(read).collect();
    let entries = entries.map_err(|error| Error::Invalid(vec![error])).for_visitor(&v)?;
    let noted = absence::record(&ctx, &v.actor, community, session, entries)
        .await
        .for_visitor(&v)?;
    let outcomes: Vec<AbsenceOutcome> = items
        .iter()
        .zip(noted)
        .map(|(item, noted)| {
            let (status, code) = match noted {
                Noted::Created => ("created", None),
                Noted::Duplicate => ("duplicate", None),
                Noted::Refused(code) => ("error", Some(code)),
            };
            let message = code.map(|code| {
                let error = FieldError::new("resident_id", code, item.resident_id.to_string());
                v.words.field_error(&error)
            });
            AbsenceOutcome {
                client_id: item.client_id,
                status,
                code,
                message,
            }
        })
        .collect();
    Ok(Json(outcomes).into_response())
}

/// Undoes a reason. Undoing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/sessions/{session}/absences/{client_id}",
    tag = "attendance",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
        ("client_id" = Uuid, Path, description = "The reason's entry"),
    ),
    responses(
        (status = 204, description = "Undone"),
        (status = 404, description = "No such entry at this session", body = crate::web::error::Problem),
    )
)]
pub async fn withdraw(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session, client_id)): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let client_id = client_id
        .parse()
        .map_err(|_| Error::not_found("absence", &client_id))
        .for_visitor(&v)?;
    absence::withdraw(&ctx, &v.actor, community, session, client_id)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
