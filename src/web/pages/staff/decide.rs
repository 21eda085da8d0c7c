//! `/staff/proposals/{id}/approve`, `…/decline`, `…/request-changes`: what will happen, and then the deed.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use serde::Deserialize;

use super::StaffPage;
use super::acceptance::Acceptance;
use super::form::Wrong;
use super::partners::{Line, line};
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, moment_words};
use crate::domain::community::Community;
use crate::domain::id::ProposalId;
use crate::domain::planning::Clash;
use crate::services::planning::{self, SlotQuery};
use crate::services::proposal::{self, Approval, ProposalView};
use crate::services::{Error, FieldError, programme};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::partner::wording::clash_words;
use crate::web::pages::render;

/// How many free times are offered.
const MOST_OFFERED: usize = 4;

/// What was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    remark: String,
    /// `1`: leave out the dates that clash.
    part: String,
    /// What was accepted of what speaks against the dates.
    accept: String,
    /// A free time from the list, `2026-12-03T15:00`; `other` for the one typed; empty for none.
    suggested: String,
    suggested_on: String,
    suggested_at: String,
}

struct Offer {
    value: String,
    label: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "staff/approve.html")]
struct ApprovePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    line: Line,
    heading: String,
    will: Vec<String>,
    left_out_title: String,
    left_out: Vec<String>,
    part: bool,
    may_approve: bool,
    confirm: String,
    acceptance: Acceptance,
    typed: Typed,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "staff/send_back.html")]
struct SendBackPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    line: Line,
    step: &'static str,
    heading: String,
    will: String,
    label: String,
    hint: String,
    confirm: String,
    offers: Vec<Offer>,
    suggests: bool,
    typed: Typed,
    wrong: Wrong,
}

async fn found(web: &Web, page: &StaffPage, id: ProposalId) -> Result<ProposalView, Error> {
    proposal::get(&web.ctx, &page.visitor.actor, page.community.id, id).await
}

/// `GET /staff/proposals/{id}/approve`.
pub async fn ask_approve(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProposalId>,
    Query(typed): Query<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    approve_page(&web, &page, id, typed, Wrong::default(), &[])
        .await
        .for_visitor(v)
}

/// `POST /staff/proposals/{id}/approve`.
pub async fn approve(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProposalId>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let view = found(&web, &page, id).await.for_visitor(v)?;
    let fit = proposal::fit(&web.ctx, page.community.id, &view).await.for_visitor(v)?;
    let approval = Approval {
        remark: typed.remark.clone(),
        leave_out_clashes: typed.part == "1",
        on_caution: Acceptance::of(v.words, &fit.cautions, &typed.accept).answer(),
    };
    match proposal::approve(&web.ctx, &v.actor, page.community.id, id, approval).await {
        Ok(done) => done_page(&web, &page, id, "approve", done.sessions)
            .await
            .for_visitor(v),
        Err(Error::Conflict(clashes)) => approve_page(&web, &page, id, typed, Wrong::default(), &clashes)
            .await
            .for_visitor(v),
        Err(Error::Caution(_)) => {
            let wrong = Wrong::whole(v.words.t("caution-not-accepted"));
            let page = approve_page(&web, &page, id, typed, wrong, &[]).await.for_visitor(v)?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::fields(v.words, &fields);
            approve_page(&web, &page, id, typed, wrong, &[]).await.for_visitor(v)
        }
        Err(other) => Err(WebError::new(v, other)),
    }
}

async fn approve_page(
    web: &Web,
    page: &StaffPage,
    id: ProposalId,
    typed: Typed,
    wrong: Wrong,
    clashes: &[Clash],
) -> Result<Response, Error> {
    let words = page.visitor.words;
    let view = found(web, page, id).await?;
    if let Err(illegal) = view.proposal.status.after(crate::domain::proposal::Step::Approve) {
        return Err(Error::State { code: illegal.code() });
    }
    let fit = proposal::fit(&web.ctx, page.community.id, &view).await?;
    let line = line(words, page, &web.ctx, &view, Some(&fit));
    let part = typed.part == "1" && !fit.is_clear();
    let may_approve = fit.is_clear() || (part && fit.free() > 0);
    let n = fit.free();
    let now = page.now(&web.ctx).datetime();
    let first = view.dates.starts.iter().find(|start| **start > now);
    let partner = words.pick(&view.partner.name, &view.partner.name_en);
    let mut will = Vec::new();
    if may_approve {
        let args = [
            ("n", (n as i64).into()),
            ("when", line.when.clone().into()),
            ("place", line.place.clone().into()),
        ];
        will.push(words.with("proposal-approve-sessions", args));
        if let Some(first) = first.filter(|_| n > 1 && !part) {
            will.push(words.a("proposal-approve-first", "when", moment_words(*first, words.lang)));
        }
        will.push(match view.proposal.offer.programme_id {
            Some(id) => {
                let known = programme::find(&web.ctx, page.community.id, id).await?;
                words.a(
                    "proposal-approve-series",
                    "title",
                    words.pick(&known.title, &known.title_en),
                )
            }
            None => words.a("proposal-approve-programme", "title", &line.title),
        });
        will.push(words.t("proposal-approve-public"));
        will.push(words.a("proposal-approve-tell", "partner", partner));
    }
    let status = match (wrong.is_empty(), clashes.is_empty()) {
        (true, true) => StatusCode::OK,
        (false, _) => StatusCode::UNPROCESSABLE_ENTITY,
        (true, false) => StatusCode::CONFLICT,
    };
    let template = ApprovePage {
        v: &page.visitor,
        community: &page.community,
        active: "",
        badge: page.badge,
        heading: words.a("proposal-approve-title", "title", &line.title),
        will,
        left_out_title: if fit.clashes.is_empty() {
            String::new()
        } else {
            words.n("proposal-approve-left-out", fit.clashes.len() as i64)
        },
        left_out: fit.clashes.iter().map(|clash| clash_words(words, clash)).collect(),
        part,
        acceptance: Acceptance::of(words, &fit.cautions, &typed.accept),
        may_approve,
        confirm: words.n("proposal-approve-yes", n as i64),
        line,
        typed,
        wrong,
    };
    Ok((status, render(&template)).into_response())
}

/// `GET /staff/proposals/{id}/decline`.
pub async fn ask_decline(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProposalId>,
) -> Result<Response, WebError> {
    send_back_page(&web, &page, id, "decline", Typed::default(), Wrong::default())
        .await
        .for_visitor(&page.visitor)
}

/// `POST /staff/proposals/{id}/decline`.
pub async fn decline(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProposalId>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let done = proposal::decline(&web.ctx, &page.visitor.actor, page.community.id, id, &typed.remark).await;
    answer(&web, &page, id, "decline", typed, done).await
}

/// `GET /staff/proposals/{id}/request-changes`.
pub async fn ask_request_changes(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProposalId>,
) -> Result<Response, WebError> {
    send_back_page(&web, &page, id, "request-changes", Typed::default(), Wrong::default())
        .await
        .for_visitor(&page.visitor)
}

/// `POST /staff/proposals/{id}/request-changes`.
pub async fn request_changes(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProposalId>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let done = match suggested(&typed) {
        Ok(at) => {
            let (ctx, actor, home) = (&web.ctx, &page.visitor.actor, page.community.id);
            proposal::request_changes(ctx, actor, home, id, &typed.remark, at).await
        }
        Err(wrong) => Err(Error::Invalid(vec![wrong])),
    };
    answer(&web, &page, id, "request-changes", typed, done).await
}

/// The start that is suggested, when one is.
fn suggested(typed: &Typed) -> Result<Option<DateTime>, FieldError> {
    let text = match typed.suggested.as_str() {
        "" if typed.suggested_on.trim().is_empty() && typed.suggested_at.trim().is_empty() => return Ok(None),
        "" | "other" => format!("{}T{}", typed.suggested_on.trim(), typed.suggested_at.trim()),
        picked => picked.to_owned(),
    };
    text.parse()
        .map(Some)
        .map_err(|_| FieldError::new("suggested", "proposal-start", text))
}

async fn answer(
    web: &Web,
    page: &StaffPage,
    id: ProposalId,
    step: &'static str,
    typed: Typed,
    done: Result<(), Error>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    match done {
        Ok(()) => done_page(web, page, id, step, 0).await.for_visitor(v),
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::fields(v.words, &fields);
            send_back_page(web, page, id, step, typed, wrong).await.for_visitor(v)
        }
        Err(other) => Err(WebError::new(v, other)),
    }
}

async fn done_page(web: &Web, page: &StaffPage, id: ProposalId, step: &str, n: usize) -> Result<Response, Error> {
    let partner = found(web, page, id).await?.partner.id;
    Ok(Redirect::to(&format!("/staff/partners?done={step}&n={n}&partner={partner}")).into_response())
}

async fn send_back_page(
    web: &Web,
    page: &StaffPage,
    id: ProposalId,
    step: &'static str,
    typed: Typed,
    wrong: Wrong,
) -> Result<Response, Error> {
    use crate::domain::proposal::Step;
    let words = page.visitor.words;
    let view = found(web, page, id).await?;
    let suggests = step == "request-changes";
    let taken = if suggests { Step::RequestChanges } else { Step::Decline };
    if let Err(illegal) = view.proposal.status.after(taken) {
        return Err(Error::State { code: illegal.code() });
    }
    let fit = proposal::fit(&web.ctx, page.community.id, &view).await?;
    let line = line(words, page, &web.ctx, &view, Some(&fit));
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = SendBackPage {
        v: &page.visitor,
        community: &page.community,
        active: "",
        badge: page.badge,
        heading: words.a(&format!("proposal-{step}-title"), "title", &line.title),
        will: words.t(&format!("proposal-{step}-will")),
        label: words.t(&format!("proposal-{step}-remark")),
        hint: words.t(&format!("proposal-{step}-remark-hint")),
        confirm: words.t(&format!("proposal-{step}-yes")),
        offers: if suggests {
            offers(web, page, &view, &typed).await?
        } else {
            Vec::new()
        },
        suggests,
        line,
        step,
        typed,
        wrong,
    };
    Ok((status, render(&template)).into_response())
}

/// Free times of the proposal's venue around its first date: one a day, so that there is a choice of days.
async fn offers(web: &Web, page: &StaffPage, view: &ProposalView, typed: &Typed) -> Result<Vec<Offer>, Error> {
    let words = page.visitor.words;
    let offer = &view.proposal.offer;
    let from: Date = offer.starts.date().max(page.now(&web.ctx).date());
    let query = SlotQuery {
        venue_id: Some(offer.venue_id),
        ..SlotQuery::for_minutes(offer.duration_minutes, from, from.saturating_add(9.days()))
    };
    let slots = planning::free_slots(&web.ctx, &page.visitor.actor, page.community.id, query).await?;
    let mut picked: Vec<(DateTime, DateTime)> = Vec::new();
    for (slot, _) in slots {
        // The time that was asked for is the one being talked about.
        let asked_for = slot.starts == offer.starts;
        let same_day = picked
            .iter()
            .filter(|(starts, _)| starts.date() == slot.starts.date())
            .count();
        if !asked_for && same_day < 2 && picked.len() < MOST_OFFERED {
            picked.push((slot.starts, slot.ends));
        }
    }
    picked.sort();
    Ok(picked
        .into_iter()
        .map(|(starts, ends)| {
            let value = starts.strftime("%Y-%m-%dT%H:%M").to_string();
            let range = time_range_short(starts.time(), ends.time(), words.lang);
            Offer {
                on: typed.suggested == value,
                value,
                label: format!("{} {range}", day_words(starts.date(), words.lang)),
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::Time;

    use super::*;

    #[test]
    fn a_suggestion_needs_a_date_and_a_time_or_neither() {
        let typed = |suggested: &str, on: &str, at: &str| Typed {
            suggested: suggested.to_owned(),
            suggested_on: on.to_owned(),
            suggested_at: at.to_owned(),
            ..Typed::default()
        };
        assert_eq!(suggested(&typed("", "", "")), Ok(None));
        let at = Date::constant(2026, 12, 3).to_datetime(Time::constant(15, 0, 0, 0));
        assert_eq!(suggested(&typed("2026-12-03T15:00", "", "")), Ok(Some(at)));
        assert_eq!(suggested(&typed("other", "2026-12-03", "15:00")), Ok(Some(at)));
        assert!(suggested(&typed("other", "2026-12-03", "")).is_err());
        assert!(suggested(&typed("", "", "15:00")).is_err());
    }
}
