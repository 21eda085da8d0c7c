//! `/staff/sessions/{id}/crew`: how many worked at a session, on a small form.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::{Head, session_of};
use crate::domain::community::Community;
use crate::domain::crew::Crew;
use crate::services::schedule::SessionView;
use crate::services::{Context, Error, FieldError, crew};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

#[derive(Template)]
#[template(path = "service/crew.html")]
struct CrewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: &'a SessionView,
    head: Head,
    filled: Filled,
    minutes_hint: String,
    saved: bool,
    errors: Vec<String>,
}

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    saved: Option<String>,
}

/// The form, as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    staff: String,
    speakers: String,
    volunteers: String,
    volunteer_minutes: String,
}

/// The page.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    draw(&web.ctx, &page, &id, None, asked.saved.is_some(), &[]).await
}

async fn draw(
    ctx: &Context,
    page: &StaffPage,
    id: &str,
    filled: Option<Filled>,
    saved: bool,
    errors: &[FieldError],
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (session, head) = session_of(ctx, page, id).await?;
    let known = crew::of_session(ctx, &v.actor, page.community.id, session.id)
        .await
        .for_visitor(v)?;
    let minutes = session
        .ends
        .timestamp()
        .duration_since(session.starts.timestamp())
        .as_mins();
    let response = render(&CrewPage {
        v,
        community: &page.community,
        active: "checkin",
        badge: page.badge,
        minutes_hint: match known {
            Some(crew) if crew.volunteers > 0 => words.with(
                "crew-minutes-hint",
                [
                    ("n", crew.volunteers.into()),
                    ("minutes", (minutes * i64::from(crew.volunteers)).into()),
                ],
            ),
            _ => words.with("crew-minutes-hint-plain", [("minutes", minutes.into())]),
        },
        filled: filled.unwrap_or_else(|| {
            known.map_or_else(Filled::default, |crew| Filled {
                staff: crew.staff.to_string(),
                speakers: crew.speakers.to_string(),
                volunteers: crew.volunteers.to_string(),
                volunteer_minutes: crew.volunteer_minutes.to_string(),
            })
        }),
        saved,
        errors: errors.iter().map(|error| words.field_error(error)).collect(),
        head,
        session: &session,
    });
    if errors.is_empty() {
        Ok(response)
    } else {
        Ok((StatusCode::UNPROCESSABLE_ENTITY, response).into_response())
    }
}

/// Keeps the form and leads back to it.
pub async fn keep(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (session, _) = session_of(&web.ctx, &page, &id).await?;
    let mut errors = Vec::new();
    let mut number = |field: &'static str, typed: &str| match typed.trim() {
        "" => 0,
        digits => digits.parse::<i32>().unwrap_or_else(|_| {
            errors.push(FieldError::new(field, "not-a-number", digits));
            0
        }),
    };
    let typed = Crew {
        staff: number("staff", &filled.staff),
        speakers: number("speakers", &filled.speakers),
        volunteers: number("volunteers", &filled.volunteers),
        volunteer_minutes: number("volunteer_minutes", &filled.volunteer_minutes),
    };
    if errors.is_empty() {
        match crew::keep(&web.ctx, &v.actor, page.community.id, session.id, typed).await {
            Ok(()) => {
                let to = format!("/staff/sessions/{}/crew?saved=1", session.id);
                return Ok(Redirect::to(&to).into_response());
            }
            Err(Error::Invalid(wrong)) => errors = wrong,
            Err(other) => return Err(other).for_visitor(v),
        }
    }
    draw(&web.ctx, &page, &id, Some(filled), false, &errors).await
}
