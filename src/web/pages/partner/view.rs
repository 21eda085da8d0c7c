//! `/partner/proposals/{id}`: one proposal with everything that was said, and what can be done with it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Query;
use serde::Deserialize;

use super::wording::{clash_words, near_words, pattern_words, span_words, status_tag};
use super::{Frame, PartnerPage};
use crate::domain::calendar::format::{moment_words, month_day};
use crate::domain::id::ProposalId;
use crate::domain::proposal::Step;
use crate::services::Error;
use crate::services::proposal::{self, ProposalView};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::pages::render;

/// What the address asks for besides the proposal.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Asked {
    /// Just sent: `1`.
    sent: String,
    /// Asks before taking it back: `1`.
    withdraw: String,
}

struct Said {
    when: String,
    who: String,
    words: String,
}

#[derive(Template)]
#[template(path = "partner/view.html")]
struct ViewPage {
    frame: Frame,
    id: String,
    class: &'static str,
    icon: &'static str,
    tag: String,
    title: String,
    who: String,
    when: String,
    span: String,
    place: String,
    needs: String,
    about: String,
    sent: bool,
    held: String,
    clashes: Vec<String>,
    ask_withdraw: bool,
    suggestion: String,
    may_accept: bool,
    is_open: bool,
    holds: bool,
    said: Vec<Said>,
    dates: Vec<String>,
    skipped: Vec<String>,
}

fn id_of(text: &str) -> Result<ProposalId, Error> {
    text.parse()
        .map_err(|_| Error::not_found("proposal", text.chars().take(40).collect::<String>()))
}

/// `GET /partner/proposals/{id}`.
pub async fn show(
    page: PartnerPage,
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (ctx, home) = (&web.ctx, page.community.id);
    let id = id_of(&id).for_visitor(v)?;
    let view = proposal::get(ctx, &v.actor, home, id).await.for_visitor(v)?;
    let proposal = &view.proposal;
    let offer = &proposal.offer;
    let fit = if proposal.status.is_open() {
        Some(proposal::fit(ctx, home, &view).await.for_visitor(v)?)
    } else {
        None
    };
    let (class, icon, tag) = status_tag(words, proposal.status);
    let seats = offer
        .capacity
        .map(|seats| words.n("partner-seats", seats))
        .unwrap_or_default();
    let who: Vec<&str> = [view.facilitator_name(), &seats]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let free = fit.as_ref().map_or(0, proposal::Fit::free) as i64;
    Ok(render(&ViewPage {
        id: id.to_string(),
        class,
        icon,
        tag,
        title: offer.title.clone(),
        who: who.join(words.pick("，", ", ")),
        when: pattern_words(words, &view),
        span: span_words(words, &view.dates),
        place: words.pick(&view.venue.name, &view.venue.name_en).to_owned(),
        needs: offer.needs.clone(),
        about: offer.description.clone(),
        sent: asked.sent == "1" && proposal.status.holds_dates(),
        held: words.n("partner-held", free),
        clashes: fit
            .iter()
            .flat_map(|fit| fit.clashes.iter().take(10))
            .map(|clash| clash_words(words, clash))
            .collect(),
        ask_withdraw: asked.withdraw == "1" && proposal.status.is_open(),
        suggestion: proposal
            .suggested
            .map(|at| words.a("partner-suggested", "when", moment_words(at, words.lang)))
            .unwrap_or_default(),
        may_accept: proposal.status.is_open() && proposal.suggested.is_some(),
        is_open: proposal.status.is_open(),
        holds: proposal.status.holds_dates(),
        said: said(&page, &view, &web),
        dates: view
            .dates
            .starts
            .iter()
            .map(|at| month_day(at.date(), words.lang))
            .collect(),
        skipped: view
            .dates
            .skipped
            .iter()
            .map(|(at, name)| {
                words.aa(
                    "partner-skipped",
                    "date",
                    month_day(at.date(), words.lang),
                    "name",
                    name,
                )
            })
            .collect(),
        frame: Frame::of(&page),
    }))
}

fn said(page: &PartnerPage, view: &ProposalView, web: &Web) -> Vec<Said> {
    let words = page.visitor.words;
    let now = web.ctx.now().to_zoned(page.community.zone.clone());
    view.remarks
        .iter()
        .map(|remark| {
            let at = remark.at.to_zoned(page.community.zone.clone());
            let key = match remark.step {
                Step::Submit => "partner-step-submit",
                Step::RequestChanges => "partner-step-request-changes",
                Step::Approve => "partner-step-approve",
                Step::Decline => "partner-step-decline",
                Step::Withdraw => "partner-step-withdraw",
                Step::Lapse => "partner-step-lapse",
            };
            Said {
                when: near_words(words, &at, now.date()),
                who: words.t(key),
                words: remark.words.clone(),
            }
        })
        .collect()
}

/// `POST /partner/proposals/{id}/withdraw`.
pub async fn withdraw(page: PartnerPage, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let id = id_of(&id).for_visitor(v)?;
    proposal::withdraw(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    Ok(Redirect::to("/partner").into_response())
}

/// `POST /partner/proposals/{id}/accept`: sends it again at the time that staff suggested.
pub async fn accept(page: PartnerPage, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let id = id_of(&id).for_visitor(v)?;
    proposal::accept_suggestion(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    Ok(Redirect::to(&format!("/partner/proposals/{id}?sent=1")).into_response())
}
