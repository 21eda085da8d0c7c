//! Enrolments of a session.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::entry::{community_of, id_at};
use crate::domain::enrolment::{EnrolmentStatus, Source};
use crate::domain::id::{EnrolmentId, SessionId};
use crate::domain::text::Purpose;
use crate::services::enrolment::{self, Which};
use crate::services::{Context, Error};
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list, create, cancel),
    components(schemas(EnrolmentBody, EnrolmentOutcome, EnrolmentItem, EnrolmentList))
)]
pub struct Doc;

/// `/communities/{community}/sessions/{session}/enrolments`.
pub fn routes() -> Routes {
    let all = "/api/v1/communities/{community}/sessions/{session}/enrolments";
    Routes::new()
        .get(all, Who::Staff, list)
        .post(all, Who::Staff, create)
        .delete(
            "/api/v1/communities/{community}/sessions/{session}/enrolments/{enrolment}",
            Who::Staff,
            cancel,
        )
}

/// Who is to be signed up.
#[derive(Debug, utoipa::ToSchema)]
#[allow(
    dead_code,
    reason = "describes a body that is read field by field, so that the wrong one is named"
)]
pub struct EnrolmentBody {
    /// The resident.
    resident_id: Uuid,
}

/// What the sign-up came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EnrolmentOutcome {
    /// The enrolment.
    pub id: Uuid,
    /// `enrolled` or `waitlisted`.
    #[schema(value_type = String)]
    pub status: EnrolmentStatus,
    /// How many wait before them.
    pub ahead: i32,
}

/// One enrolment of a roster.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EnrolmentItem {
    /// The enrolment.
    pub id: Uuid,
    /// Who comes.
    pub resident_id: Uuid,
    /// Their name.
    pub name: String,
    /// The number they are reached at, masked.
    pub phone: Option<String>,
    /// `enrolled` or `waitlisted`.
    #[schema(value_type = String)]
    pub status: EnrolmentStatus,
    /// `self`, `family`, `phone`, `counter` or `staff`.
    #[schema(value_type = String)]
    pub source: Source,
    /// Name of whoever signed up for them; may be empty.
    pub signed_up_by: String,
}

/// A roster.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EnrolmentList {
    /// Those with a seat first, in the order they came.
    pub items: Vec<EnrolmentItem>,
    /// Always null: a roster comes whole.
    pub next: Option<String>,
}

fn session_id(text: &str) -> Result<SessionId, Error> {
    text.parse().map_err(|_| Error::not_found("session", text))
}

/// Lists who is signed up and who waits.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/sessions/{session}/enrolments",
    tag = "enrolments",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
    ),
    responses(
        (status = 200, description = "The roster", body = EnrolmentList),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such community", body = Problem),
    )
)]
pub async fn list(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let rows = enrolment::roster(&ctx, &v.actor, community, session)
        .await
        .for_visitor(&v)?;
    let items = rows.into_iter().map(|row| EnrolmentItem {
        id: row.enrolment.id.0,
        resident_id: row.resident.id.0,
        name: row.resident.name.reveal(Purpose::ShowStaff).to_owned(),
        phone: row.resident.reached_at().map(crate::domain::text::Phone::masked),
        status: row.enrolment.status,
        source: row.enrolment.source,
        signed_up_by: row.enrolment.signed_up_by,
    });
    Ok(Json(EnrolmentList {
        items: items.collect(),
        next: None,
    })
    .into_response())
}

/// Signs a resident up: 201 when they are new in the session, 200 when they were in it or its queue already.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/enrolments",
    tag = "enrolments",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
    ),
    request_body = EnrolmentBody,
    responses(
        (status = 201, description = "Signed up, or waiting", body = EnrolmentOutcome),
        (status = 200, description = "Was so before", body = EnrolmentOutcome),
        (status = 404, description = "No such session or resident in this community", body = Problem),
        (status = 409, description = "Called off, begun, or open to all", body = Problem),
        (status = 422, description = "Not acceptable", body = Problem),
    )
)]
pub async fn create(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let resident = id_at(&body, "resident_id")
        .map_err(|error| Error::Invalid(vec![error]))
        .and_then(|id| id.ok_or_else(|| Error::invalid("resident_id", "not-a-uuid", "")))
        .for_visitor(&v)?;
    let done = enrolment::enrol_resident(&ctx, &v.actor, community, session, resident.into(), Source::Staff)
        .await
        .for_visitor(&v)?;
    let status = if done.already {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let outcome = EnrolmentOutcome {
        id: done.id.0,
        status: done.status,
        ahead: done.ahead,
    };
    Ok((status, Json(outcome)).into_response())
}

/// Gives an enrolment up; whoever waits longest gets the seat. Doing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/sessions/{session}/enrolments/{enrolment}",
    tag = "enrolments",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
        ("enrolment" = Uuid, Path, description = "Enrolment"),
    ),
    responses(
        (status = 204, description = "Given up"),
        (status = 404, description = "No such enrolment in this session", body = Problem),
        (status = 409, description = "The session has begun", body = Problem),
    )
)]
pub async fn cancel(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session, id)): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let id: EnrolmentId = id
        .parse()
        .map_err(|_| Error::not_found("enrolment", &id))
        .for_visitor(&v)?;
    enrolment::cancel(&ctx, community, Which::Id(v.actor.clone(), session, id))
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
