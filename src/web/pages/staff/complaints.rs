//! Complaints about partners: writing down what was heard at the desk, and deciding.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::edit::when;
use super::form::{Choice, Wrong, choices, named};
use super::partner_bit::panel_href;
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::complaint::ComplaintKind;
use crate::domain::id::{ComplaintId, PartnerId, SessionId};
use crate::domain::text::Purpose;
use crate::services::complaint::{self, NewComplaint, NewDecision};
use crate::services::{Error, FieldError, community, partner, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::partner::care::frozen_words;
use crate::web::pages::render;

/// What was typed at the desk.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    id: String,
    partner: String,
    session: String,
    kind: String,
    words: String,
    phone: String,
}

#[derive(Template)]
#[template(path = "staff/complaints/new.html")]
struct NewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    partners: Vec<Choice>,
    kinds: Vec<Choice>,
    about: String,
    typed: Typed,
    wrong: Wrong,
}

async fn form_page(page: &StaffPage, web: &Web, typed: Typed, wrong: Wrong) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (ctx, home) = (&web.ctx, page.community.id);
    let mut typed = typed;
    if typed.id.parse::<ComplaintId>().is_err() {
        typed.id = ctx.new_id::<ComplaintId>(ctx.now()).to_string();
    }
    let mut about = String::new();
    if let Ok(id) = typed.session.parse::<SessionId>() {
        let session = schedule::session(ctx, home, id).await.for_visitor(v)?;
        if let Some(given_by) = &session.partner {
            typed.partner = given_by.id.to_string();
            let title = words.pick(&session.programme.title, &session.programme.title_en);
            about = format!("{title}　{}", when(words, &session));
        }
    }
    let partners = community::partners(ctx, home).await.for_visitor(v)?;
    let kinds: Vec<&str> = ComplaintKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = NewPage {
        v,
        community: &page.community,
        active: "",
        badge: page.badge,
        partners: choices(
            partners
                .iter()
                .map(|one| (one.id.to_string(), words.pick(&one.name, &one.name_en).to_owned())),
            &typed.partner,
        ),
        kinds: named(words, "complaint-kind", &kinds, &typed.kind),
        about,
        typed,
        wrong,
    };
    Ok((status, render(&template)).into_response())
}

/// `GET /staff/complaints/new`.
pub async fn new(page: StaffPage, State(web): State<Web>, Query(typed): Query<Typed>) -> Result<Response, WebError> {
    form_page(&page, &web, typed, Wrong::default()).await
}

/// `POST /staff/complaints`.
pub async fn create(page: StaffPage, State(web): State<Web>, Form(typed): Form<Typed>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let Ok(partner) = typed.partner.parse::<PartnerId>() else {
        let errors = [FieldError::new("partner", "form-choose", &typed.partner)];
        return form_page(&page, &web, typed, Wrong::fields(v.words, &errors)).await;
    };
    let session = typed.session.parse::<SessionId>().ok();
    let new = NewComplaint {
        id: typed.id.parse().ok(),
        kind: typed.kind.clone(),
        words: typed.words.clone(),
        phone: typed.phone.clone(),
    };
    match complaint::file_at_desk(&web.ctx, &v.actor, page.community.id, partner, session, &new).await {
        Ok(filed) => Ok(Redirect::to(&format!("/staff/complaints/{}?done=filed", filed.id)).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            form_page(&page, &web, typed, wrong).await
        }
    }
}

/// What was decided, and what an act left in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Decision {
    decision: String,
    words: String,
}

/// What an act left in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
    open: String,
    cancelled: String,
    told: String,
}

struct Coming {
    when: String,
    what: String,
    count: String,
}

#[derive(Template)]
#[template(path = "staff/complaints/one.html")]
struct OnePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: String,
    kind: String,
    at: String,
    heard_at: String,
    words: String,
    phone: String,
    partner: String,
    partner_href: String,
    session: String,
    session_href: String,
    done: String,
    frozen: String,
    /// Whether deciding in the partner's favour lets it go on.
    lets_go_on: bool,
    decided: String,
    coming: Vec<Coming>,
    coming_more: usize,
    coming_count: usize,
    people: u32,
    typed: Decision,
    /// Whether what was typed is about calling everything off.
    cancelling: bool,
    /// Whether it is about going on.
    going: bool,
    wrong: Wrong,
}

/// Coming sessions that are listed.
const MOST_COMING: usize = 8;

async fn page_of(
    page: &StaffPage,
    web: &Web,
    id: ComplaintId,
    done: String,
    typed: Decision,
    wrong: Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (ctx, home) = (&web.ctx, page.community.id);
    let shown = complaint::get(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let one = &shown.complaint;
    let local = |at: jiff::Timestamp| moment_words(at.to_zoned(page.community.zone.clone()).datetime(), words.lang);
    let session = match one.session_id {
        Some(id) => Some(schedule::session(ctx, home, id).await.for_visitor(v)?),
        None => None,
    };
    let coming: Vec<_> = partner::coming(ctx, home, shown.partner.id)
        .await
        .for_visitor(v)?
        .into_iter()
        .filter(|session| !session.is_cancelled())
        .collect();
    let people = partner::people_of(ctx, home, &coming).await.for_visitor(v)?;
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = OnePage {
        v,
        community: &page.community,
        active: "",
        badge: page.badge,
        id: id.to_string(),
        kind: words.t(&format!("complaint-kind-{}", one.kind)),
        at: local(one.created_at),
        heard_at: words.t(&format!("complaint-heard-{}", one.heard_at)),
        words: one.words.clone(),
        phone: shown
            .phone
            .as_ref()
            .map(|phone| phone.reveal(Purpose::Reach).to_owned())
            .unwrap_or_default(),
        partner: words.pick(&shown.partner.name, &shown.partner.name_en).to_owned(),
        partner_href: format!("/staff/partners/{}", shown.partner.id),
        session: session
            .as_ref()
            .map(|session| {
                let title = words.pick(&session.programme.title, &session.programme.title_en);
                format!("{title}　{}", when(words, session))
            })
            .unwrap_or_default(),
        session_href: session.as_ref().map(panel_href).unwrap_or_default(),
        done,
        frozen: frozen_words(words, &shown.partner),
        lets_go_on: shown.lets_go_on,
        decided: one
            .decided
            .as_ref()
            .map(|decided| {
                let what = words.t(&format!(
                    "complaint-decided-{}",
                    decided.decision.as_str().replace('_', "-")
                ));
                words.with(
                    "complaint-decided-line",
                    [
                        ("what", what.into()),
                        ("when", local(decided.at).into()),
                        ("words", decided.words.clone().into()),
                    ],
                )
            })
            .unwrap_or_default(),
        people,
        coming_count: coming.len(),
        coming_more: coming.len().saturating_sub(MOST_COMING),
        coming: coming
            .iter()
            .take(MOST_COMING)
            .map(|session| Coming {
                when: when(words, session),
                what: words
                    .pick(&session.programme.title, &session.programme.title_en)
                    .to_owned(),
                count: words.n("confirm-signed-up", session.enrolled),
            })
            .collect(),
        cancelling: typed.decision == "cancel",
        going: !typed.decision.is_empty() && typed.decision != "cancel",
        typed,
        wrong,
    };
    Ok((status, render(&template)).into_response())
}

/// `GET /staff/complaints/{id}`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ComplaintId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let words = page.visitor.words;
    let number = |text: &str| text.parse::<i64>().unwrap_or(0);
    let done = match asked.done.as_str() {
        "filed" => words.t("complaint-done-filed"),
        "goes_on" => words.t("complaint-done-goes-on"),
        "still" => words.n("complaint-done-still", number(&asked.open)),
        "paused" => words.t("complaint-done-paused-still"),
        "decided" => words.t("complaint-done-decided"),
        "cancelled" => words.with(
            "complaint-done-cancelled",
            [
                ("n", number(&asked.cancelled).into()),
                ("people", number(&asked.told).into()),
            ],
        ),
        _ => String::new(),
    };
    page_of(&page, &web, id, done, Decision::default(), Wrong::default()).await
}

/// `POST /staff/complaints/{id}`: decides.
pub async fn decide(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ComplaintId>,
    Form(typed): Form<Decision>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let new = NewDecision {
        decision: typed.decision.clone(),
        words: typed.words.clone(),
    };
    match complaint::decide(&web.ctx, &v.actor, page.community.id, id, &new).await {
        Ok(outcome) => {
            let done = if typed.decision == "cancel" {
                format!("cancelled&cancelled={}&told={}", outcome.cancelled, outcome.people)
            } else if outcome.goes_on {
                "goes_on".to_owned()
            } else if outcome.waits {
                format!("still&open={}", outcome.open)
            } else if outcome.paused {
                "paused".to_owned()
            } else {
                "decided".to_owned()
            };
            Ok(Redirect::to(&format!("/staff/complaints/{id}?done={done}")).into_response())
        }
        Err(Error::NotFound { what, key }) => Err(WebError::new(v, Error::NotFound { what, key })),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            page_of(&page, &web, id, String::new(), typed, wrong).await
        }
    }
}
