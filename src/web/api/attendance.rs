//! `POST` and `DELETE …/sessions/{id}/attendance`: entries from the door, alone or up to 500 at once.

use std::collections::HashMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::entry::{community_of, field, id_at, whole_number};
use crate::domain::attendance::{BATCH_MAX, CheckIn, Counted, Refused, Verdict};
use crate::domain::id::{AttendanceId, CommunityId, SessionId};
use crate::domain::text::Purpose;
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError, attendance, card};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls.
pub fn routes() -> Routes {
    const ALL: &str = "/api/v1/communities/{community}/sessions/{session}/attendance";
    const ONE: &str = "/api/v1/communities/{community}/sessions/{session}/attendance/{client_id}";
    const MANY: &str = "/api/v1/communities/{community}/sessions/{session}/attendance/withdraw";
    Routes::new()
        .post(ALL, Who::Door, check_in)
        .post(MANY, Who::Door, withdraw_many)
        .delete(ONE, Who::Door, withdraw)
}

/// Their description.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(check_in, withdraw, withdraw_many),
    components(schemas(EntryBody, EntryOutcome, WithdrawBody, WithdrawOutcome))
)]
pub struct Doc;

/// An entry: one resident by id or by card, or heads without names. Exactly one of `resident_id`, `card` and `headcount` is given.
#[derive(Debug, utoipa::ToSchema)]
#[allow(
    dead_code,
    reason = "describes a body that is read item by item, so that one bad item spares the others"
)]
pub struct EntryBody {
    /// Made by the device; sending it again changes nothing.
    client_id: Uuid,
    /// Who came.
    resident_id: Option<Uuid>,
    /// Who came, by the code on their card: a device that has no network cannot know whose it is.
    card: Option<String>,
    /// How many came whose names nobody took, 0 to 2,000; adds to those entered before.
    headcount: Option<i32>,
}

/// What became of an entry.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EntryOutcome {
    /// The entry's id, as sent; null when it was none.
    pub client_id: Option<Uuid>,
    /// `created`, `duplicate` or `error`.
    pub status: &'static str,
    /// On `duplicate`: the entry that stands for it. To undo it, send DELETE for this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_as: Option<Uuid>,
    /// Of an entry by card that was accepted: whose card it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resident_id: Option<Uuid>,
    /// And their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// On `error`: what programs compare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// On `error`: for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

fn refused(words: Words, client_id: Option<Uuid>, error: &FieldError) -> EntryOutcome {
    EntryOutcome {
        client_id,
        status: "error",
        recorded_as: None,
        resident_id: None,
        name: None,
        code: Some(error.code.to_owned()),
        message: Some(words.field_error(error)),
    }
}

fn field_error(entry: &CheckIn, refusal: Refused) -> FieldError {
    let (field, value) = match (refusal, entry.counted) {
        (Refused::ClientIdReused, _) => ("client_id", entry.client_id.to_string()),
        (_, Counted::Resident(resident)) => ("resident_id", resident.to_string()),
        (_, Counted::Heads(heads)) => ("headcount", heads.to_string()),
    };
    FieldError::new(field, refusal.code(), value)
}

/// An entry as it was read: complete, or by a card whose owner is still to be found.
enum Read {
    Whole(CheckIn),
    Card(AttendanceId, String),
}

/// Reads one entry.
fn entry(item: &Value) -> Result<Read, FieldError> {
    let shape = || FieldError::new("client_id", "entry-shape", "");
    let client_id = AttendanceId(id_at(item, "client_id")?.ok_or_else(shape)?);
    let card = field(item, "card")
        .map(|card| card.as_str().ok_or_else(shape))
        .transpose()?;
    let counted = match (id_at(item, "resident_id")?, card, field(item, "headcount")) {
        (Some(resident), None, None) => Counted::Resident(resident.into()),
        (None, Some(card), None) => return Ok(Read::Card(client_id, card.chars().take(80).collect())),
        (None, None, Some(_)) => {
            let heads = whole_number(item, "headcount")?.unwrap_or_default();
            // Beyond the range of the type is beyond the limit as well, which the service names.
            Counted::Heads(i32::try_from(heads).unwrap_or(i32::MAX))
        }
        _ => return Err(shape()),
    };
    Ok(Read::Whole(CheckIn { client_id, counted }))
}

/// Reads entries and finds out whose cards they name.
async fn entries(
    ctx: &Context,
    v: &Visitor,
    community: CommunityId,
    items: &[Value],
) -> Result<Vec<Result<CheckIn, FieldError>>, Error> {
    let read: Vec<Result<Read, FieldError>> = items.iter().map(entry).collect();
    let cards: Vec<String> = read
        .iter()
        .filter_map(|item| match item {
            Ok(Read::Card(_, card)) => Some(card.clone()),
            _ => None,
        })
        .collect();
    let owners = if cards.is_empty() {
        HashMap::new()
    } else {
        card::find_each(ctx, &v.actor, community, &cards).await?
    };
    let whole = |item| match item {
        Read::Whole(entry) => Ok(entry),
        Read::Card(client_id, card) => match owners.get(&card) {
            Some(Ok(resident)) => Ok(CheckIn {
                client_id,
                counted: Counted::Resident(*resident),
            }),
            Some(Err(refused)) => Err(FieldError::new("card", refused.code(), card::shown(&card))),
            None => Err(FieldError::new("card", Refused::CardUnknown.code(), card::shown(&card))),
        },
    };
    Ok(read.into_iter().map(|item| item.and_then(whole)).collect())
}

/// Says who an entry by card turned out to be.
async fn name_owner(
    ctx: &Context,
    v: &Visitor,
    community: CommunityId,
    session: SessionId,
    outcome: &mut EntryOutcome,
) -> Result<(), Error> {
    let Some(id) = outcome
        .recorded_as
        .or(outcome.client_id)
        .filter(|_| outcome.status != "error")
    else {
        return Ok(());
    };
    let entered = attendance::find_entry(ctx, &v.actor, community, session, id.into()).await?;
    if let Some(entered) = entered {
        if let Counted::Resident(resident) = entered.counted {
            outcome.resident_id = Some(resident.0);
        }
        outcome.name = entered.name.map(|name| name.reveal(Purpose::ShowStaff).to_owned());
    }
    Ok(())
}

/// Checks in one entry, or an array of up to 500. An array is answered item by item; a single entry with 201 when it is new and 200
/// when it was known.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/attendance",
    tag = "attendance",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
    ),
    request_body(content = EntryBody, description = "One entry, or an array of them"),
    responses(
        (status = 201, description = "Created", body = EntryOutcome),
        (status = 200, description = "Known before; or an array with the outcome of each item", body = EntryOutcome),
        (status = 404, description = "No such session in this community", body = crate::web::error::Problem),
        (status = 409, description = "The session is cancelled or more than a day away", body = crate::web::error::Problem),
        (status = 422, description = "Not acceptable", body = crate::web::error::Problem),
    )
)]
pub async fn check_in(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    match body {
        Value::Array(items) => {
            if items.len() > BATCH_MAX {
                let count = items.len().to_string();
                return Err(Error::invalid("items", "too-many-items", count)).for_visitor(&v);
            }
            let read = entries(&ctx, &v, community, &items).await.for_visitor(&v)?;
            let entries: Vec<CheckIn> = read.iter().filter_map(|item| item.as_ref().ok()).copied().collect();
            let verdicts = attendance::check_in(&ctx, &v.actor, community, session, entries)
                .await
                .for_visitor(&v)?;
            let mut verdicts = verdicts.into_iter();
            let mut outcomes: Vec<EntryOutcome> = items
                .iter()
                .zip(read)
                .filter_map(|(item, read)| match read {
                    Ok(entry) => verdicts.next().map(|verdict| outcome(v.words, &entry, verdict)),
                    Err(error) => Some(refused(v.words, id_at(item, "client_id").ok().flatten(), &error)),
                })
                .collect();
            for (item, outcome) in items.iter().zip(&mut outcomes) {
                if field(item, "card").is_some() {
                    name_owner(&ctx, &v, community, session, outcome)
                        .await
                        .for_visitor(&v)?;
                }
            }
            Ok(Json(outcomes).into_response())
        }
        one => {
            let mut read = entries(&ctx, &v, community, std::slice::from_ref(&one))
                .await
                .for_visitor(&v)?;
            let entry = read
                .pop()
                .unwrap_or_else(|| Err(FieldError::new("client_id", "entry-shape", "")))
                .map_err(|error| Error::Invalid(vec![error]))
                .for_visitor(&v)?;
            let verdicts = attendance::check_in(&ctx, &v.actor, community, session, vec![entry])
                .await
                .for_visitor(&v)?;
            let status = match verdicts.first() {
                Some(Verdict::Created) => StatusCode::CREATED,
                Some(Verdict::Refused(refusal)) => {
                    return Err(Error::Invalid(vec![field_error(&entry, *refusal)])).for_visitor(&v);
                }
                _ => StatusCode::OK,
            };
            let mut body = verdicts.first().map(|verdict| outcome(v.words, &entry, *verdict));
            if let Some(outcome) = body.as_mut().filter(|_| field(&one, "card").is_some()) {
                name_owner(&ctx, &v, community, session, outcome)
                    .await
                    .for_visitor(&v)?;
            }
            Ok((status, Json(body)).into_response())
        }
    }
}

fn outcome(words: Words, entry: &CheckIn, verdict: Verdict) -> EntryOutcome {
    let client_id = Some(entry.client_id.0);
    let plain = |status, recorded_as: Option<AttendanceId>| EntryOutcome {
        client_id,
        status,
        recorded_as: recorded_as.map(|id| id.0),
        resident_id: None,
        name: None,
        code: None,
        message: None,
    };
    match verdict {
        Verdict::Created => plain("created", None),
        Verdict::Duplicate { recorded_as } => plain("duplicate", Some(recorded_as)),
        Verdict::Refused(refusal) => refused(words, client_id, &field_error(entry, refusal)),
    }
}

/// Undoes an entry. Undoing it again changes nothing.
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/sessions/{session}/attendance/{client_id}",
    tag = "attendance",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
        ("client_id" = Uuid, Path, description = "The entry"),
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
    let client_id: AttendanceId = client_id
        .parse()
        .map_err(|_| Error::not_found("attendance", &client_id))
        .for_visitor(&v)?;
    attendance::withdraw(&ctx, &v.actor, community, session, client_id)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Entries to be undone at once.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct WithdrawBody {
    /// The entries, at most 500.
    client_ids: Vec<Uuid>,
}

/// What became of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WithdrawOutcome {
    /// How many were undone by this call; those undone before and those the session never had are not among them.
    pub withdrawn: usize,
}

/// Undoes many entries at once. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/attendance/withdraw",
    tag = "attendance",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
    ),
    request_body = WithdrawBody,
    responses(
        (status = 200, description = "Undone", body = WithdrawOutcome),
        (status = 404, description = "No such session in this community", body = crate::web::error::Problem),
        (status = 422, description = "Too many", body = crate::web::error::Problem),
    )
)]
pub async fn withdraw_many(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session)): Path<(String, String)>,
    Json(body): Json<WithdrawBody>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let ids = body.client_ids.into_iter().map(AttendanceId).collect();
    let withdrawn = attendance::withdraw_many(&ctx, &v.actor, community, session, ids)
        .await
        .for_visitor(&v)?;
    Ok(Json(WithdrawOutcome { withdrawn }).into_response())
}

/// A session's id out of an address; what cannot be one is not there.
pub fn session_id(text: &str) -> Result<SessionId, Error> {
    text.parse().map_err(|_| Error::not_found("session", text))
}
