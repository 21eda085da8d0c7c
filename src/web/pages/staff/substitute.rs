//! `/staff/sessions/{id}/substitute`: somebody else leads this one session, with one press.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::clashes::Clashes;
use super::edit::when;
use super::form::Wrong;
use super::partner_bit::panel_href;
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::services::substitution::{self, Instead};
use crate::services::{Error, community, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What was typed, or what a refusal named.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    facilitator: String,
    name: String,
    reason: String,
}

struct Person {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "staff/substitute.html")]
struct SubstitutePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: SessionId,
    title: String,
    when: String,
    back: String,
    now_leads: String,
    people: Vec<Person>,
    typed: Typed,
    wrong: Wrong,
}

async fn page_of(page: &StaffPage, web: &Web, id: SessionId, typed: Typed, wrong: Wrong) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    let partner = session.partner.as_ref().map(|partner| partner.id);
    let leads = session.facilitator.as_ref().map(|one| one.id);
    let people = community::facilitators(&web.ctx, page.community.id)
        .await
        .for_visitor(v)?
        .into_iter()
        .filter(|one| Some(one.id) != leads && (one.partner_id == partner || one.partner_id.is_none()))
        .map(|one| Person {
            id: one.id.to_string(),
            name: words.pick(&one.name, &one.name_en).to_owned(),
        })
        .collect();
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = SubstitutePage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        id,
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        when: when(words, &session),
        back: panel_href(&session),
        now_leads: session
            .facilitator
            .as_ref()
            .map(|one| words.pick(&one.name, &one.name_en).to_owned())
            .unwrap_or_default(),
        people,
        typed,
        wrong,
    };
    Ok((status, render(&template)).into_response())
}

/// `GET /staff/sessions/{id}/substitute`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Query(typed): Query<Typed>,
) -> Result<Response, WebError> {
    page_of(&page, &web, id, typed, Wrong::default()).await
}

/// `POST /staff/sessions/{id}/substitute`.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let session = schedule::session(ctx, home, id).await.for_visitor(v)?;
    let instead = match (typed.facilitator.as_str(), session.partner.as_ref()) {
        ("", partner) => Instead::Named(typed.name.clone(), partner.map(|partner| partner.id)),
        (known, _) => match known.parse() {
            Ok(known) => Instead::Known(known),
            Err(_) => return Err(WebError::new(v, Error::invalid("facilitator", "plan-no-such", known))),
        },
    };
    match substitution::substitute(ctx, &v.actor, home, id, instead, &typed.reason).await {
        Ok(_) => Ok(Redirect::to(&panel_href(&session).replace("#panel", "&done=saved#panel")).into_response()),
        Err(Error::Conflict(found)) => {
            let clashes = Clashes::load(ctx, &page.community).await.for_visitor(v)?;
            let said: Vec<String> = found.iter().map(|clash| clashes.words(v.words, clash)).collect();
            let wrong = Wrong::whole(said.join(v.words.pick("；", "; ")));
            page_of(&page, &web, id, typed, wrong).await
        }
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            page_of(&page, &web, id, typed, wrong).await
        }
    }
}
