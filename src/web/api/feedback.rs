//! `POST …/sessions/{id}/feedback`: answers to "were you satisfied?", counted in one go.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::attendance::session_id;
use super::entry::{community_of, id_at, whole_number};
use crate::services::feedback::{self, Entry, FIELDS};
use crate::services::{Context, Error, FieldError};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The call.
pub fn routes() -> Routes {
    Routes::new().post(
        "/api/v1/communities/{community}/sessions/{session}/feedback",
        Who::Staff,
        record,
    )
}

/// Their description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(record), components(schemas(FeedbackBody, FeedbackOutcome)))]
pub struct Doc;

/// Answers counted in one go; numbers that are left out are 0.
#[derive(Debug, utoipa::ToSchema)]
#[allow(
    dead_code,
    reason = "describes a body that is read field by field, so that every wrong one is named"
)]
pub struct FeedbackBody {
    /// Made by the device; sending it again changes nothing.
    client_id: Uuid,
    /// 很满意.
    very_satisfied: Option<i32>,
    /// 满意.
    satisfied: Option<i32>,
    /// 基本满意.
    fair: Option<i32>,
    /// 不满意.
    dissatisfied: Option<i32>,
}

/// What became of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FeedbackOutcome {
    /// As sent.
    pub client_id: Uuid,
    /// `created` or `duplicate`.
    pub status: &'static str,
}

/// Records answers: 201 when they are new, 200 when they were known.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/feedback",
    tag = "attendance",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
    ),
    request_body = FeedbackBody,
    responses(
        (status = 201, description = "Created", body = FeedbackOutcome),
        (status = 200, description = "Known before", body = FeedbackOutcome),
        (status = 404, description = "No such session in this community", body = crate::web::error::Problem),
        (status = 409, description = "The session is cancelled or still to come", body = crate::web::error::Problem),
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
    let entry = entry(&body).map_err(Error::Invalid).for_visitor(&v)?;
    let created = feedback::record(&ctx, &v.actor, community, session, entry)
        .await
        .for_visitor(&v)?;
    let outcome = FeedbackOutcome {
        client_id: entry.client_id.0,
        status: if created { "created" } else { "duplicate" },
    };
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(outcome)).into_response())
}

fn entry(body: &Value) -> Result<Entry, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let client_id = match id_at(body, "client_id") {
        Ok(Some(id)) => Some(id),
        Ok(None) => {
            wrong.push(FieldError::new("client_id", "not-a-uuid", ""));
            None
        }
        Err(error) => {
            wrong.push(error);
            None
        }
    };
    let mut answers = [0; 4];
    for (field, answer) in FIELDS.into_iter().zip(&mut answers) {
        match whole_number(body, field) {
            Ok(number) => *answer = number.unwrap_or_default(),
            Err(error) => wrong.push(error),
        }
    }
    match client_id {
        Some(id) if wrong.is_empty() => Ok(Entry {
            client_id: id.into(),
            answers,
        }),
        _ => Err(wrong),
    }
}
