//! Enrolments of a session.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::attendance::session_id;
use super::entry::{community_of, id_at};
use crate::domain::enrolment::{EnrolmentStatus, Refusal, Source};
use crate::domain::id::{EnrolmentId, SessionId};
use crate::domain::text::Purpose;
use crate::services::enrolment::{self, OfferAnswer, Offered, Which};
use crate::services::{Context, Error};
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list, create, cancel, accept, decline, leave),
    components(schemas(EnrolmentBody, EnrolmentOutcome, EnrolmentItem, EnrolmentList, EnrolmentState))
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
        .post(
            "/api/v1/communities/{community}/sessions/{session}/enrolments/{enrolment}/accept",
            Who::Staff,
            accept,
        )
        .post(
            "/api/v1/communities/{community}/sessions/{session}/enrolments/{enrolment}/decline",
            Who::Staff,
            decline,
        )
        .post(
            "/api/v1/communities/{community}/sessions/{session}/enrolments/{enrolment}/leave",
            Who::Staff,
            leave,
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
    /// A resident who comes along: both get a seat, or both wait.
    together_with: Option<Uuid>,
    /// Whether it is for all coming dates of the series; false by default. Not together with `together_with`.
    series: Option<bool>,
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
    /// The enrolment of whoever comes along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub together_with: Option<Uuid>,
    /// With `series`: the sessions with a seat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<Vec<Uuid>>,
    /// With `series`: the sessions in whose queue they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<Vec<Uuid>>,
    /// With `series`: the sessions that took them neither way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missed: Option<Vec<Uuid>>,
}

/// How an enrolment stands after an answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct EnrolmentState {
    /// The enrolment.
    pub id: Uuid,
    /// `enrolled`, `cancelled`, `lapsed` or `leave`.
    #[schema(value_type = String)]
    pub status: EnrolmentStatus,
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
    /// `enrolled`, `offered` (a seat is held until they answer), `waitlisted` or `leave`.
    #[schema(value_type = String)]
    pub status: EnrolmentStatus,
    /// Until when an offered seat is held, RFC 3339.
    pub hold_until: Option<String>,
    /// What it shares with the enrolment of whoever they come with.
    pub together_id: Option<Uuid>,
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
    let mut rows = enrolment::roster(&ctx, &v.actor, community, session)
        .await
        .for_visitor(&v)?;
    let away = enrolment::on_leave(&ctx, &v.actor, community, session)
        .await
        .for_visitor(&v)?;
    rows.extend(away);
    let items = rows.into_iter().map(|row| EnrolmentItem {
        id: row.enrolment.id.0,
        resident_id: row.resident.id.0,
        name: row.resident.name.reveal(Purpose::ShowStaff).to_owned(),
        phone: row.resident.reached_at().map(crate::domain::text::Phone::masked),
        status: row.enrolment.status,
        hold_until: row.enrolment.hold_until.map(|until| until.to_string()),
        together_id: row.enrolment.together_id,
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
    let together = id_at(&body, "together_with")
        .map_err(|error| Error::Invalid(vec![error]))
        .for_visitor(&v)?;
    let series = match body.get("series") {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(series)) => Ok(*series),
        Some(other) => Err(Error::invalid("series", "not-a-boolean", other.to_string())),
    };
    let series = series.for_visitor(&v)?;
    let source = Source::Staff;
    let (ctx, actor) = (&ctx, &v.actor);
    let done = match (together, series) {
        (Some(_), true) => Err(Error::State {
            code: Refusal::NotTogether.code(),
        }),
        (Some(with), false) => {
            enrolment::enrol_two(ctx, actor, community, session, [resident.into(), with.into()], source).await
        }
        (None, true) => enrolment::enrol_in_series(ctx, actor, community, session, resident.into(), source).await,
        (None, false) => enrolment::enrol_resident(ctx, actor, community, session, resident.into(), source).await,
    };
    let done = done.for_visitor(&v)?;
    let status = if done.already {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let outcome = EnrolmentOutcome {
        id: done.id.0,
        status: done.status,
        ahead: done.ahead,
        together_with: done.partner.map(|id| id.0),
        seats: done.series.as_ref().map(|series| ids(&series.seats)),
        waits: done.series.as_ref().map(|series| ids(&series.waits)),
        missed: done.series.as_ref().map(|series| ids(&series.missed)),
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

fn ids(sessions: &[SessionId]) -> Vec<Uuid> {
    sessions.iter().map(|id| id.0).collect()
}

/// What an address of an enrolment names.
async fn named(
    ctx: &Context,
    (community, session, id): &(String, String, String),
) -> Result<(crate::domain::id::CommunityId, SessionId, EnrolmentId), Error> {
    let community = community_of(ctx, community).await?;
    let session = session_id(session)?;
    let id = id.parse().map_err(|_| Error::not_found("enrolment", id))?;
    Ok((community, session, id))
}

async fn answered(
    v: &Visitor,
    ctx: &Context,
    path: (String, String, String),
    answer: OfferAnswer,
) -> Result<Response, WebError> {
    let (community, session, id) = named(ctx, &path).await.for_visitor(v)?;
    let which = Offered::Staff(v.actor.clone(), session, id);
    let status = enrolment::answer_offer(ctx, community, which, answer)
        .await
        .for_visitor(v)?;
    Ok(Json(EnrolmentState { id: id.0, status }).into_response())
}

/// Takes an offered seat for somebody; of two who come together, for both. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/enrolments/{enrolment}/accept",
    tag = "enrolments",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
        ("enrolment" = Uuid, Path, description = "Enrolment"),
    ),
    responses(
        (status = 200, description = "The seat is theirs", body = EnrolmentState),
        (status = 404, description = "No such enrolment in this session", body = Problem),
        (status = 409, description = "Nothing is offered, the time is over, or the session is off", body = Problem),
    )
)]
pub async fn accept(
    v: Visitor,
    State(ctx): State<Context>,
    Path(path): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    answered(&v, &ctx, path, OfferAnswer::Take).await
}

/// Leaves an offered seat for somebody; it goes to the next. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/enrolments/{enrolment}/decline",
    tag = "enrolments",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
        ("enrolment" = Uuid, Path, description = "Enrolment"),
    ),
    responses(
        (status = 200, description = "The seat went on", body = EnrolmentState),
        (status = 404, description = "No such enrolment in this session", body = Problem),
        (status = 409, description = "Nothing is offered", body = Problem),
    )
)]
pub async fn decline(
    v: Visitor,
    State(ctx): State<Context>,
    Path(path): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    answered(&v, &ctx, path, OfferAnswer::Leave).await
}

/// Notes that somebody does not come this once (请假); the seat goes to whoever waits. Doing it again changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/enrolments/{enrolment}/leave",
    tag = "enrolments",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = Uuid, Path, description = "Session"),
        ("enrolment" = Uuid, Path, description = "Enrolment"),
    ),
    responses(
        (status = 200, description = "They are on leave", body = EnrolmentState),
        (status = 404, description = "No such enrolment in this session", body = Problem),
        (status = 409, description = "The session has begun", body = Problem),
    )
)]
pub async fn leave(
    v: Visitor,
    State(ctx): State<Context>,
    Path(path): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    let (community, session, id) = named(&ctx, &path).await.for_visitor(&v)?;
    enrolment::give_leave(&ctx, &v.actor, community, session, id)
        .await
        .for_visitor(&v)?;
    let status = EnrolmentStatus::Leave;
    Ok(Json(EnrolmentState { id: id.0, status }).into_response())
}
