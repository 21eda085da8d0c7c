//! `/staff/partners/{id}`: one partner: its papers, its coming sessions and whether it confirmed them, complaints, logins, and its month.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::edit::when;
use super::form::Wrong;
use super::partner_bit::{Tag, tag_of};
use super::partner_form::Typed;
use crate::domain::calendar::format::{full_date, month_day};
use crate::domain::community::Community;
use crate::domain::id::PartnerId;
use crate::services::partner::{self, FirstLogin, NewPartner};
use crate::services::{Error, complaint, confirmation, statement, substitution};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::partner::care::{PaperLine, frozen_words, paper_lines};
use crate::web::pages::partner::statement::{Asked as AskedMonth, file};
use crate::web::pages::render;
use crate::web::pages::statement::Month;

/// Coming sessions that are shown; the planner has all of them.
const MOST_COMING: usize = 12;

/// What an act left in the address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
}

struct Coming {
    href: String,
    confirm: String,
    confirm_word: String,
    when: String,
    what: String,
    tag: Option<Tag>,
    stood_in: String,
}

struct Beyond {
    href: String,
    when: String,
    what: String,
    papers: String,
}

struct Complaint {
    href: String,
    kind: String,
    when: String,
    state: String,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "staff/partner/one.html")]
struct OnePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: String,
    name: String,
    done: String,
    frozen: String,
    frozen_since: String,
    must_decide: bool,
    papers: Vec<PaperLine>,
    beyond: Vec<Beyond>,
    coming: Vec<Coming>,
    coming_more: usize,
    complaints: Vec<Complaint>,
    logins: Vec<String>,
    first: Option<FirstLogin>,
    username: String,
    reason: String,
    typed: Typed,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "staff/partner/new.html")]
struct NewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    typed: Typed,
    wrong: Wrong,
}

fn form_page(page: &StaffPage, typed: Typed, wrong: Wrong) -> Response {
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = NewPage {
        v: &page.visitor,
        community: &page.community,
        active: "",
        badge: page.badge,
        typed,
        wrong,
    };
    (status, render(&template)).into_response()
}

/// `GET /staff/partners/new`.
pub async fn new(page: StaffPage) -> Response {
    form_page(&page, Typed::default(), Wrong::default())
}

/// `POST /staff/partners`.
pub async fn create(page: StaffPage, State(web): State<Web>, Form(typed): Form<Typed>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let made = match typed.read() {
        Ok(new) => partner::create(&web.ctx, &v.actor, page.community.id, new).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(made) => Ok(Redirect::to(&format!("/staff/partners/{}?done=made", made.id)).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            Ok(form_page(&page, typed, wrong))
        }
    }
}

/// What stands on the page beside the partner itself.
#[derive(Default)]
struct Beside {
    done: String,
    first: Option<FirstLogin>,
    username: String,
    /// Why it goes on, as typed.
    reason: Option<String>,
    typed: Option<Typed>,
    wrong: Wrong,
}

async fn one(page: &StaffPage, web: &Web, id: PartnerId, beside: Beside) -> Result<Response, WebError> {
    let v = &page.visitor;
    match load(page, web, id, beside).await {
        Ok((status, template)) => Ok((status, render(&template)).into_response()),
        Err(error) => Err(WebError::new(v, error)),
    }
}

async fn load<'a>(
    page: &'a StaffPage,
    web: &Web,
    id: PartnerId,
    beside: Beside,
) -> Result<(StatusCode, OnePage<'a>), Error> {
    let v = &page.visitor;
    let words = v.words;
    let (ctx, home, actor) = (&web.ctx, page.community.id, &v.actor);
    let now = page.now(ctx);
    let known = partner::get(ctx, actor, home, id).await?;
    let one = &known.partner;
    let sessions = partner::coming(ctx, home, id).await?;
    let shown = &sessions[..sessions.len().min(MOST_COMING)];
    let asked = confirmation::of_partner(ctx, actor, home, id).await?;
    let ids: Vec<_> = shown.iter().map(|session| session.id).collect();
    let history = substitution::history(ctx, home, &ids).await?;
    let coming = shown
        .iter()
        .map(|session| {
            let question = asked
                .iter()
                .find(|(_, about)| about.id == session.id)
                .map(|(one, _)| one);
            Coming {
                href: super::partner_bit::panel_href(session),
                confirm: format!("/staff/sessions/{}/confirmation", session.id),
                confirm_word: words.t(if question.is_some() {
                    "confirm-look"
                } else {
                    "confirm-ask-short"
                }),
                when: when(words, session),
                what: format!(
                    "{}・{}",
                    words.pick(&session.programme.title, &session.programme.title_en),
                    words.pick(&session.venue.name, &session.venue.name_en)
                ),
                tag: tag_of(words, session, question, now.timestamp()),
                stood_in: history
                    .iter()
                    .filter(|one| one.session == session.id)
                    .map(|one| statement::stood_in_words(words, one))
                    .collect::<Vec<_>>()
                    .join(words.pick("；", "; ")),
            }
        })
        .collect();
    let beyond = partner::beyond_papers(ctx, home, one)
        .await?
        .into_iter()
        .map(|uncovered| Beyond {
            href: super::partner_bit::panel_href(&uncovered.session),
            when: when(words, &uncovered.session),
            what: words
                .pick(
                    &uncovered.session.programme.title,
                    &uncovered.session.programme.title_en,
                )
                .to_owned(),
            papers: uncovered
                .papers
                .iter()
                .map(|(paper, last)| {
                    let name = words.t(&format!("paper-{paper}"));
                    words.aa("paper-ends", "paper", name, "day", full_date(*last, words.lang))
                })
                .collect::<Vec<_>>()
                .join(words.pick("，", ", ")),
        })
        .collect();
    let all = complaint::list(ctx, actor, home, Some(id), false).await?;
    let must_decide = all.iter().any(|one| one.decided.is_none());
    let complaints = all
        .iter()
        .map(|one| Complaint {
            href: format!("/staff/complaints/{}", one.id),
            kind: words.t(&format!("complaint-kind-{}", one.kind)),
            when: month_day(one.created_at.to_zoned(page.community.zone.clone()).date(), words.lang),
            state: match &one.decided {
                Some(decided) => words.t(&format!(
                    "complaint-decided-{}",
                    decided.decision.as_str().replace('_', "-")
                )),
                None => words.t("complaint-waits"),
            },
            class: if one.decided.is_some() { "" } else { "bad" },
        })
        .collect();
    let logins = partner::logins(ctx, actor, home, id).await?;
    let status = if beside.wrong.is_empty() {
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
        name: words.pick(&one.name, &one.name_en).to_owned(),
        done: beside.done,
        frozen: frozen_words(words, one),
        frozen_since: one
            .frozen_at
            .map(|at| month_day(at.to_zoned(page.community.zone.clone()).date(), words.lang))
            .unwrap_or_default(),
        must_decide,
        papers: paper_lines(words, one, now.date()),
        beyond,
        coming,
        coming_more: sessions.len().saturating_sub(MOST_COMING),
        complaints,
        logins,
        first: beside.first,
        username: beside.username,
        reason: beside.reason.unwrap_or_else(|| words.t("complaint-go-on-default")),
        typed: beside.typed.unwrap_or_else(|| Typed::of(&known.typed())),
        wrong: beside.wrong,
    };
    Ok((status, template))
}

/// `GET /staff/partners/{id}`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<PartnerId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let words = page.visitor.words;
    let done = match asked.done.as_str() {
        "made" | "saved" | "unfrozen" => words.t(&format!("partner-done-{}", asked.done)),
        _ => String::new(),
    };
    let beside = Beside {
        done,
        ..Beside::default()
    };
    one(&page, &web, id, beside).await
}

/// `POST /staff/partners/{id}`.
pub async fn save(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<PartnerId>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let saved = match typed.read() {
        Ok::<NewPartner, Error>(new) => partner::update(&web.ctx, &v.actor, page.community.id, id, new).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(_) => Ok(Redirect::to(&format!("/staff/partners/{id}?done=saved")).into_response()),
        Err(error) => {
            let beside = Beside {
                wrong: Wrong::of_error(v.words, error).for_visitor(v)?,
                typed: Some(typed),
                ..Beside::default()
            };
            one(&page, &web, id, beside).await
        }
    }
}

/// Why a partner goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct GoOn {
    reason: String,
}

/// `POST /staff/partners/{id}/unfreeze`.
pub async fn unfreeze(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<PartnerId>,
    Form(typed): Form<GoOn>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    match partner::unfreeze(&web.ctx, &v.actor, page.community.id, id, &typed.reason).await {
        Ok(()) => Ok(Redirect::to(&format!("/staff/partners/{id}?done=unfrozen")).into_response()),
        Err(error) => {
            let beside = Beside {
                wrong: Wrong::of_error(v.words, error).for_visitor(v)?,
                reason: Some(typed.reason),
                ..Beside::default()
            };
            one(&page, &web, id, beside).await
        }
    }
}

/// The wished user name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Login {
    username: String,
}

/// `POST /staff/partners/{id}/login`: makes a login and shows its password, once.
pub async fn login(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<PartnerId>,
    Form(typed): Form<Login>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let beside = match partner::create_login(&web.ctx, &v.actor, page.community.id, id, &typed.username).await {
        Ok(first) => Beside {
            first: Some(first),
            ..Beside::default()
        },
        Err(error) => Beside {
            wrong: Wrong::of_error(v.words, error).for_visitor(v)?,
            username: typed.username,
            ..Beside::default()
        },
    };
    one(&page, &web, id, beside).await
}

#[derive(Template)]
#[template(path = "staff/partner/statement.html")]
struct StatementPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: String,
    st: Month,
}

/// `GET /staff/partners/{id}/statement`.
pub async fn month(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<PartnerId>,
    Query(asked): Query<AskedMonth>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let month = asked.month(&web, v, &page.community)?;
    let statement = statement::month(&web.ctx, &v.actor, page.community.id, id, month)
        .await
        .for_visitor(v)?;
    let base = format!("/staff/partners/{id}/statement");
    Ok(render(&StatementPage {
        v,
        community: &page.community,
        active: "reports",
        badge: page.badge,
        id: id.to_string(),
        st: Month::of(v.words, &statement, base, asked.show()),
    }))
}

/// `GET /staff/partners/{id}/statement.csv`.
pub async fn month_csv(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<PartnerId>,
    Query(asked): Query<AskedMonth>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let month = asked.month(&web, v, &page.community)?;
    let statement = statement::month(&web.ctx, &v.actor, page.community.id, id, month)
        .await
        .for_visitor(v)?;
    Ok(file(v, &statement))
}
