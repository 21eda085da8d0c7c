//! `POST` and `DELETE …/sessions/{id}/matters`: matters settled at a help desk, alone or up to 200 at once.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::attendance::session_id;
use super::entry::{answer, community_of, field, id_at};
use crate::domain::id::MatterId;
use crate::domain::matter::{BATCH_MAX, Caller, Entry, MATTER_CHARS, Verdict};
use crate::services::{Context, Error, FieldError, matter};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls.
pub fn routes() -> Routes {
    const ALL: &str = "/api/v1/communities/{community}/sessions/{session}/matters";
    const ONE: &str = "/api/v1/communities/{community}/sessions/{session}/matters/{client_id}";
    Routes::new()
        .post(ALL, Who::Staff, record)
        .delete(ONE, Who::Staff, undo)
}

/// Their description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(record, undo), components(schemas(MatterBody, MatterOutcome)))]
pub struct Doc;

/// A matter. It counts one 件; and whoever came for it once: by `resident_id`, or as one head when `head` is true.
#[derive(Debug, utoipa::ToSchema)]
#[allow(
    dead_code,
    reason = "describes a body that is read item by item, so that one bad item spares the others"
)]
pub struct MatterBody {
    /// Made by the device; sending it again changes nothing.
    client_id: Uuid,
    /// Which matter: one of the programme's list, or another in words, at most 40 characters.
    matter: String,
    /// Whom it was for: is checked in, once.
    resident_id: Option<Uuid>,
    /// Without `resident_id`: whether it counts a head; true when left out, false for the second matter of the same person.
    head: Option<bool>,
}

/// What became of a matter.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MatterOutcome {
    /// As sent; null when it was no id.
    pub client_id: Option<Uuid>,
    /// `created`, `duplicate` or `error`.
    pub status: &'static str,
    /// On `error`: what programs compare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// On `error`: for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

fn entry(item: &Value) -> Result<Entry, FieldError> {
    let shape = |field: &'static str| FieldError::new(field, "matter-shape", "");
    let client_id = MatterId(id_at(item, "client_id")?.ok_or_else(|| shape("client_id"))?);
    let label = field(item, "matter")
        .and_then(Value::as_str)
        .ok_or_else(|| shape("matter"))?;
    let caller = match (id_at(item, "resident_id")?, field(item, "head")) {
        (Some(_), Some(_)) => return Err(shape("head")),
        (Some(resident), None) => Caller::Resident(resident.into()),
        (None, None | Some(Value::Bool(true))) => Caller::Unnamed,
        (None, Some(Value::Bool(false))) => Caller::Again,
        (None, Some(_)) => return Err(shape("head")),
    };
    Ok(Entry {
        client_id,
        label: label.to_owned(),
        caller,
    })
}

fn field_error(entry: &Entry, code: &'static str) -> FieldError {
    let (field, value) = match code {
        "client-id-reused" => ("client_id", entry.client_id.to_string()),
        "resident-unknown" => ("resident_id", String::new()),
        _ => ("matter", entry.label.clone()),
    };
    FieldError::new(field, code, value).with("max", MATTER_CHARS)
}

/// Records one matter, or an array of up to 200. An array is answered item by item; a single one with 201 when it is new and 200 when it was known.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/matters",
    tag = "service",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session of a help desk"),
    ),
    request_body(content = MatterBody, description = "One matter, or an array of them"),
    responses(
        (status = 201, description = "Created", body = MatterOutcome),
        (status = 200, description = "Known before; or an array with the outcome of each item", body = MatterOutcome),
        (status = 404, description = "No such session in this community", body = crate::web::error::Problem),
        (status = 409, description = "No help desk, cancelled, or more than a day away", body = crate::web::error::Problem),
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
        let error = FieldError::new("items", "matter-too-many", items.len().to_string()).with("max", BATCH_MAX);
        return Err(Error::Invalid(vec![error])).for_visitor(&v);
    }
    let read: Vec<Result<Entry, FieldError>> = items.iter().map(entry).collect();
    if let ([Err(error)], true) = (read.as_slice(), single) {
        return Err(Error::Invalid(vec![error.clone()])).for_visitor(&v);
    }
    let entries: Vec<Entry> = read.iter().filter_map(|item| item.as_ref().ok()).cloned().collect();
    let verdicts = matter::record(&ctx, &v.actor, community, session, entries)
        .await
        .for_visitor(&v)?;
    let mut verdicts = verdicts.into_iter();
    let mut outcomes = Vec::with_capacity(items.len());
    for (item, read) in items.iter().zip(read) {
        let (client_id, refused) = match &read {
            Err(error) => (id_at(item, "client_id").ok().flatten(), Some(error.clone())),
            Ok(entry) => match verdicts.next() {
                Some(Verdict::Refused(code)) => (Some(entry.client_id.0), Some(field_error(entry, code))),
                verdict => {
                    outcomes.push(MatterOutcome {
                        client_id: Some(entry.client_id.0),
                        status: if verdict == Some(Verdict::Created) {
                            "created"
                        } else {
                            "duplicate"
                        },
                        code: None,
                        message: None,
                    });
                    continue;
                }
            },
        };
        let Some(error) = refused else { continue };
        if single {
            return Err(Error::Invalid(vec![error])).for_visitor(&v);
        }
        outcomes.push(MatterOutcome {
            client_id,
            status: "error",
            code: Some(error.code.to_owned()),
            message: Some(v.words.field_error(&error)),
        });
    }
    Ok(answer(single, outcomes, |outcome| outcome.status == "created"))
}

/// Undoes a matter, and the head counted for it. Undoing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/sessions/{session}/matters/{client_id}",
    tag = "service",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session of a help desk"),
        ("client_id" = Uuid, Path, description = "The matter"),
    ),
    responses(
        (status = 204, description = "Undone"),
        (status = 404, description = "No such matter at this session", body = crate::web::error::Problem),
    )
)]
pub async fn undo(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session, client_id)): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let client_id: MatterId = client_id
        .parse()
        .map_err(|_| Error::not_found("matter", &client_id))
        .for_visitor(&v)?;
    matter::undo(&ctx, &v.actor, community, session, client_id)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
