//! `GET` and `POST …/sessions/{id}/crew`: how many worked at a session. They are never part of those who came.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use serde_json::Value;

use super::attendance::session_id;
use super::entry::{community_of, whole_number};
use crate::domain::crew::Crew;
use crate::services::{Context, Error, crew, schedule};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls.
pub fn routes() -> Routes {
    const AT: &str = "/api/v1/communities/{community}/sessions/{session}/crew";
    Routes::new().get(AT, Who::Staff, show).post(AT, Who::Staff, keep)
}

/// Their description.
#[derive(utoipa::OpenApi)]
#[openapi(paths(show, keep), components(schemas(CrewBody)))]
pub struct Doc;

/// Who worked at a session; numbers that are left out are 0.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub struct CrewBody {
    /// Community staff.
    pub staff: i32,
    /// Speakers and those who give the service.
    pub speakers: i32,
    /// Volunteers.
    pub volunteers: i32,
    /// Minutes of all volunteers together.
    pub volunteer_minutes: i32,
}

impl From<Crew> for CrewBody {
    fn from(crew: Crew) -> Self {
        Self {
            staff: crew.staff,
            speakers: crew.speakers,
            volunteers: crew.volunteers,
            volunteer_minutes: crew.volunteer_minutes,
        }
    }
}

/// The crew of a session; zeros when nobody typed it.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/sessions/{session}/crew",
    tag = "service",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = uuid::Uuid, Path, description = "Session"),
    ),
    responses(
        (status = 200, description = "The crew", body = CrewBody),
        (status = 404, description = "No such session in this community", body = crate::web::error::Problem),
    )
)]
pub async fn show(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session)): Path<(String, String)>,
) -> Result<Json<CrewBody>, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let found = crew::of_session(&ctx, &v.actor, community, session)
        .await
        .for_visitor(&v)?;
    if found.is_none() {
        // No crew is an answer, no session is not.
        schedule::session(&ctx, community, session).await.for_visitor(&v)?;
    }
    Ok(Json(found.unwrap_or_default().into()))
}

/// Keeps the crew of a session, in the place of what was kept before.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/sessions/{session}/crew",
    tag = "service",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("session" = uuid::Uuid, Path, description = "Session"),
    ),
    request_body = CrewBody,
    responses(
        (status = 200, description = "Kept", body = CrewBody),
        (status = 404, description = "No such session in this community", body = crate::web::error::Problem),
        (status = 409, description = "The session is cancelled", body = crate::web::error::Problem),
        (status = 422, description = "Not acceptable", body = crate::web::error::Problem),
    )
)]
pub async fn keep(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, session)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Json<CrewBody>, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let session = session_id(&session).for_visitor(&v)?;
    let mut wrong = Vec::new();
    let mut number = |name: &'static str| match whole_number(&body, name) {
        Ok(number) => {
            let number = number.unwrap_or_default();
            // Beyond the range of the type is beyond the limit as well, which the service names.
            i32::try_from(number).unwrap_or(if number < 0 { i32::MIN } else { i32::MAX })
        }
        Err(error) => {
            wrong.push(error);
            0
        }
    };
    let typed = Crew {
        staff: number("staff"),
        speakers: number("speakers"),
        volunteers: number("volunteers"),
        volunteer_minutes: number("volunteer_minutes"),
    };
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong)).for_visitor(&v);
    }
    crew::keep(&ctx, &v.actor, community, session, typed)
        .await
        .for_visitor(&v)?;
    Ok(Json(typed.into()))
}
