//! Erasing who somebody was: what goes, what stays, and that nothing brings it back.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use crate::domain::community::Community;
use crate::domain::id::ResidentId;
use crate::domain::text::Purpose;
use crate::services::resident::erasure::{self, Outlook, Reason};
use crate::services::{Context, Error};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::{Choice, Wrong, named};

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    reason: String,
    name: String,
}

#[derive(Template)]
#[template(path = "staff/residents/erase.html")]
struct Page<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: ResidentId,
    name: String,
    goes: Vec<String>,
    stays: Vec<String>,
    others: Vec<(ResidentId, String)>,
    reasons: Vec<Choice>,
    typed: Typed,
    wrong: Wrong,
}

/// `GET /staff/residents/{id}/erase`.
///
/// # Errors
/// As the use case.
pub async fn look(page: StaffPage, State(web): State<Web>, Path(id): Path<ResidentId>) -> Result<Response, WebError> {
    draw(&page, &web.ctx, id, Typed::default(), Wrong::default()).await
}

async fn draw(
    page: &StaffPage,
    ctx: &Context,
    id: ResidentId,
    typed: Typed,
    wrong: Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let outlook = erasure::look(ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    let reasons: Vec<&str> = Reason::ALL.iter().map(|one| one.as_str()).collect();
    Ok(render(&Page {
        v,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        id,
        name: outlook.resident.name.reveal(Purpose::ShowStaff).to_owned(),
        goes: goes(v, &outlook),
        stays: vec![
            words.n("erase-stays-visits", outlook.visits),
            words.t("erase-stays-decade"),
        ],
        others: outlook
            .others_at_number
            .iter()
            .map(|one| (one.id, one.name.reveal(Purpose::ShowStaff).to_owned()))
            .collect(),
        reasons: named(words, "erase-reason", &reasons, &typed.reason),
        typed,
        wrong,
    }))
}

fn goes(v: &Visitor, outlook: &Outlook) -> Vec<String> {
    let words = v.words;
    let mut goes = vec![words.t("erase-goes-person"), words.t("erase-goes-consents")];
    if outlook.merged > 0 {
        goes.push(words.n("erase-goes-merged", outlook.merged));
    }
    if outlook.coming > 0 {
        goes.push(words.n("erase-goes-coming", outlook.coming));
    }
    if outlook.messages > 0 {
        goes.push(words.n("erase-goes-messages", outlook.messages));
    }
    goes.push(words.t("erase-goes-links"));
    goes
}

/// `POST /staff/residents/{id}/erase`.
///
/// # Errors
/// As the use case.
pub async fn carry_out(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ResidentId>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let done = match typed.reason.parse::<Reason>() {
        Ok(reason) => erasure::erase(&web.ctx, &v.actor, page.community.id, id, reason, &typed.name).await,
        Err(_) => Err(Error::invalid("reason", "form-choose", &*typed.reason)),
    };
    match done {
        Ok(()) => Ok(Redirect::to("/staff/residents?erased=true").into_response()),
        Err(error) => {
            let wrong = match error {
                Error::Invalid(fields) => Wrong::fields(v.words, &fields),
                other => return Err(WebError::new(v, other)),
            };
            let again = draw(&page, &web.ctx, id, typed, wrong).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}
