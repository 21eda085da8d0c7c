//! Calling a session off: the reason from a list, the words people will read, how far it reaches, and who is told.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::StaffPage;
use super::edit::when;
use super::form::{Choice, Wrong, named};
use super::meanwhile;
use super::scopes::{self, Reach};
use crate::domain::calendar::IsoWeek;
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::domain::planning::ReasonCode;
use crate::domain::planning::edit::Scope;
use crate::services::schedule::SessionView;
use crate::services::session::{self, Target};
use crate::services::{Error, FieldError, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct CancelForm {
    reason_code: String,
    reason: String,
    scope: String,
    sequence: String,
}

#[derive(Template)]
#[template(path = "staff/cancel.html")]
struct CancelPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: SessionId,
    mark: &'a str,
    tone: &'static str,
    title: &'a str,
    when: String,
    form: CancelForm,
    wrong: Wrong,
    reasons: Vec<Choice>,
    repeats: bool,
    scopes: Vec<Reach>,
    told: String,
    confirm: String,
    back: String,
    meanwhile: String,
    sequence: i32,
}

fn back(session: &SessionView) -> String {
    let week = IsoWeek::containing(session.starts.date());
    format!("/staff/week?week={week}&session={}", session.id)
}

async fn page_of(
    web: &Web,
    page: &StaffPage,
    session: &SessionView,
    form: CancelForm,
    wrong: Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (scopes, told) = scopes::of_cancel(&web.ctx, page, session, &form.scope)
        .await
        .for_visitor(v)?;
    let codes: Vec<&str> = ReasonCode::ALL.iter().map(|code| code.as_str()).collect();
    let stale = form.sequence.parse::<i32>().is_ok_and(|seen| seen != session.sequence);
    let meanwhile = if stale {
        meanwhile::changed(words, session, true)
    } else {
        String::new()
    };
    let status = if stale {
        StatusCode::CONFLICT
    } else if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = CancelPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        id: session.id,
        mark: &session.venue.mark,
        tone: session.venue.tone.as_str(),
        title: words.pick(&session.programme.title, &session.programme.title_en),
        when: when(words, session),
        reasons: named(words, "staff-reason", &codes, &form.reason_code),
        form,
        wrong,
        repeats: session.repeats,
        scopes,
        told: if told == 0 {
            words.t("staff-told-nobody")
        } else {
            words.n("staff-told", told)
        },
        confirm: match (session.repeats, told) {
            (true, _) => words.t("staff-cancel-confirm-many"),
            (false, 0) => words.t("staff-cancel-confirm-nobody"),
            (false, told) => words.n("staff-cancel-confirm", told),
        },
        back: format!("{}#panel", back(session)),
        meanwhile,
        sequence: session.sequence,
    };
    Ok((status, render(&template)).into_response())
}

/// `GET /staff/sessions/{id}/cancel`.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<SessionId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    page_of(&web, &page, &session, CancelForm::default(), Wrong::default()).await
}

/// `POST /staff/sessions/{id}/cancel`.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(form): Form<CancelForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    let to = back(&session);
    let mut errors = Vec::new();
    let code = form.reason_code.parse::<ReasonCode>();
    if code.is_err() {
        errors.push(FieldError::new("reason_code", "form-choose", &form.reason_code));
    }
    let scope = form.scope.parse::<Scope>();
    if scope.is_err() {
        errors.push(FieldError::new("scope", "form-choose", &form.scope));
    }
    let (Ok(code), Ok(scope)) = (code, scope) else {
        return page_of(&web, &page, &session, form, Wrong::fields(v.words, &errors)).await;
    };
    let said = Some(form.reason.trim().to_owned()).filter(|said| !said.is_empty());
    match session::cancel(
        &web.ctx,
        &v.actor,
        page.community.id,
        Target::seen(id, form.sequence.parse().ok()),
        scope,
        code,
        said.as_deref(),
        false,
    )
    .await
    {
        Ok(outcome) => {
            let told = outcome.people_to_tell;
            let back = if scope == Scope::This { "&back=restore" } else { "" };
            Ok(Redirect::to(&format!("{to}&done=cancelled&told={told}{back}#panel")).into_response())
        }
        Err(Error::ChangedMeanwhile(now)) if now.is_cancelled() => {
            Ok(Redirect::to(&format!("{to}#panel")).into_response())
        }
        // What was typed stays, and the next press means the session as it stands now.
        Err(Error::ChangedMeanwhile(_)) => {
            let session = schedule::session(&web.ctx, page.community.id, id)
                .await
                .for_visitor(v)?;
            page_of(&web, &page, &session, form, Wrong::default()).await
        }
        // Pressed twice: it is called off, which is what was wanted.
        Err(Error::State {
            code: "session-cancelled",
        }) => Ok(Redirect::to(&format!("{to}#panel")).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            page_of(&web, &page, &session, form, wrong).await
        }
    }
}
