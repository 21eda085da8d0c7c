//! `/staff/sessions/{id}/confirmation`: whether the partner comes: asking, the link to paste into a chat, noting what was said on the
//! telephone.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::StaffPage;
use super::edit::when;
use super::form::Wrong;
use super::partner_bit::{Tag, panel_href, tag_of};
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::confirmation::{Confirmation, Standing};
use crate::domain::id::SessionId;
use crate::domain::text::Purpose;
use crate::services::confirmation::{self, Reply, target_of};
use crate::services::{Error, partner, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::partner::session::answer_words;
use crate::web::pages::render;

/// What was pressed, with its words.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    wish: String,
    words: String,
    substitute: String,
}

#[derive(Template)]
#[template(path = "staff/confirmation.html")]
struct ConfirmationPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: SessionId,
    title: String,
    when: String,
    back: String,
    partner: String,
    partner_href: String,
    contact: String,
    phone: String,
    tag: Option<Tag>,
    asked: String,
    answer: Option<(&'static str, String)>,
    /// The link and the words to paste; empty when it can no longer be answered.
    link: String,
    paste: String,
    may_ask: bool,
    may_note: bool,
    is_declined: bool,
    is_handled: bool,
    substitute: String,
    typed: Typed,
    wrong: Wrong,
}

async fn page_of(page: &StaffPage, web: &Web, id: SessionId, typed: Typed, wrong: Wrong) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (ctx, home) = (&web.ctx, page.community.id);
    let session = schedule::session(ctx, home, id).await.for_visitor(v)?;
    let Some(given_by) = &session.partner else {
        return Err(WebError::new(
            v,
            Error::State {
                code: "confirm-no-partner",
            },
        ));
    };
    let known = partner::get(ctx, &v.actor, home, given_by.id).await.for_visitor(v)?;
    let question = confirmation::of_session(ctx, home, &session).await.for_visitor(v)?;
    let now = ctx.now();
    let target = target_of(&session);
    let coming = !target.cancelled && target.starts_at > now;
    let standing = question.as_ref().map(|one| one.standing(target, now));
    let title = words
        .pick(&session.programme.title, &session.programme.title_en)
        .to_owned();
    let at = when(words, &session);
    let link = match (&question, standing) {
        (Some(one), Some(Standing::Open)) => confirmation::link(ctx, home, one),
        _ => String::new(),
    };
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let declined = question.as_ref().is_some_and(Confirmation::is_declined);
    let template = ConfirmationPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        id,
        back: panel_href(&session),
        partner: words.pick(&given_by.name, &given_by.name_en).to_owned(),
        partner_href: format!("/staff/partners/{}", given_by.id),
        contact: known.partner.contact_name.clone(),
        phone: known
            .phone
            .as_ref()
            .map(|phone| phone.reveal(Purpose::Reach).to_owned())
            .unwrap_or_default(),
        tag: tag_of(words, &session, question.as_ref(), now),
        asked: question
            .as_ref()
            .map(|one| {
                let asked = one.asked_at.to_zoned(page.community.zone.clone());
                words.a("confirm-asked-at", "when", moment_words(asked.datetime(), words.lang))
            })
            .unwrap_or_default(),
        answer: question
            .as_ref()
            .and_then(|one| answer_words(words, one, &page.community.zone, true)),
        paste: if link.is_empty() {
            String::new()
        } else {
            words.with(
                "confirm-paste",
                [
                    ("title", title.clone().into()),
                    ("when", at.clone().into()),
                    ("link", link.clone().into()),
                ],
            )
        },
        link,
        may_ask: coming && !target.paused && question.is_none(),
        may_note: coming && !target.paused && matches!(standing, Some(Standing::Open | Standing::Answered)),
        is_declined: coming && declined,
        is_handled: question.as_ref().is_some_and(|one| one.handled_at.is_some()),
        substitute: format!("/staff/sessions/{id}/substitute"),
        title,
        when: at,
        typed,
        wrong,
    };
    Ok((status, render(&template)).into_response())
}

/// `GET /staff/sessions/{id}/confirmation`.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<SessionId>) -> Result<Response, WebError> {
    page_of(&page, &web, id, Typed::default(), Wrong::default()).await
}

/// `POST /staff/sessions/{id}/confirmation`: asks, notes an answer, or notes that a refusal was seen to.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, home) = (&web.ctx, page.community.id);
    let done = carry_out(&page, &web, id, &typed).await;
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/staff/sessions/{id}/confirmation")).into_response()),
        Err(Error::State { .. }) if schedule::session(ctx, home, id).await.for_visitor(v)?.partner.is_none() => {
            page_of(&page, &web, id, typed, Wrong::default()).await
        }
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            page_of(&page, &web, id, typed, wrong).await
        }
    }
}

async fn carry_out(page: &StaffPage, web: &Web, id: SessionId, typed: &Typed) -> Result<(), Error> {
    let (ctx, home, actor) = (&web.ctx, page.community.id, &page.visitor.actor);
    if typed.wish == "ask" {
        return confirmation::ask(ctx, actor, home, id).await.map(drop);
    }
    let session = schedule::session(ctx, home, id).await?;
    let question = confirmation::of_session(ctx, home, &session).await?;
    let question = question.ok_or_else(|| Error::not_found("confirmation", id))?.id;
    let reply = Reply {
        answer: typed.wish.clone(),
        words: typed.words.clone(),
        substitute: typed.substitute.clone(),
    };
    match typed.wish.as_str() {
        "handled" => confirmation::handled(ctx, actor, home, question).await,
        "confirmed" | "declined" => confirmation::note_by_phone(ctx, actor, home, question, &reply).await,
        other => Err(Error::invalid("wish", "wish-unknown", other)),
    }
}
