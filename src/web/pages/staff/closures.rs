//! `/staff/closures`: shutting venues for a time, or saying that the weather keeps people at home; what that hits is listed, and each
//! session is decided about before anything happens.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::civil::{DateTime, Time};
use jiff::{ToSpan, Zoned};
use serde::Deserialize;

use super::StaffPage;
use super::clashes::Clashes;
use super::closure_form::{ClosureForm, REASONS, WEATHERS};
use super::form::{Choice, Wrong, choices, named};
use super::repeat;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, moment_words};
use crate::domain::community::Community;
use crate::domain::id::ClosureId;
use crate::domain::planning::closure::{ClosureAct, ClosureKind};
use crate::domain::planning::{Clash, Slot};
use crate::services::closure::{self, ClosureView, Reach, ReviewedHit};
use crate::services::wording::Words;
use crate::services::{Error, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What the address may say.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    kind: String,
    venue: String,
    done: String,
    told: String,
    cancelled: String,
    moved: String,
    kept: String,
}

struct Line {
    id: ClosureId,
    title: String,
    tag: String,
    tag_class: &'static str,
    when: String,
    did: String,
    note: String,
    may_undo: bool,
    may_reopen: bool,
    /// Whether there is something to tell of it.
    stands: bool,
}

#[derive(Template)]
#[template(path = "staff/closures/index.html")]
struct IndexPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    done: String,
    problems: Vec<String>,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "staff/closures/new.html")]
struct NewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    heading: String,
    weather: bool,
    form: ClosureForm,
    wrong: Wrong,
    reaches: Vec<Choice>,
    venues: Vec<Choice>,
    weathers: Vec<Choice>,
    reasons: Vec<Choice>,
}

struct HitLine {
    id: String,
    mark: String,
    tone: &'static str,
    title: String,
    when: String,
    line: String,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "staff/closures/review.html")]
struct ReviewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    heading: String,
    when: String,
    wrong: Wrong,
    clashes: Vec<String>,
    carried: Vec<(&'static str, String)>,
    title: String,
    hits: Vec<HitLine>,
    proposals: String,
    shut: String,
    told: String,
    confirm: String,
}

/// `GET /staff/closures`.
pub async fn list(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    index(&web, &page, &asked, Vec::new(), StatusCode::OK).await
}

async fn index(
    web: &Web,
    page: &StaffPage,
    asked: &Asked,
    problems: Vec<String>,
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let clashes = Clashes::load(&web.ctx, &page.community).await.for_visitor(v)?;
    let views = closure::list(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let now = page.now(&web.ctx);
    let number = |text: &str| repeat::whole_number(text).unwrap_or(0);
    let done = match asked.done.as_str() {
        "made" => words.with(
            "closure-done-made",
            [
                ("cancelled", number(&asked.cancelled).into()),
                ("moved", number(&asked.moved).into()),
                ("kept", number(&asked.kept).into()),
                ("n", number(&asked.told).into()),
            ],
        ),
        "undone" => words.n("closure-done-undone", number(&asked.told)),
        "reopened" => words.t("closure-done-reopened"),
        "again" => words.t("closure-done-again"),
        _ => String::new(),
    };
    let template = IndexPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        done,
        problems,
        lines: views.iter().map(|view| line(words, &clashes, &now, view)).collect(),
    };
    Ok((status, render(&template)).into_response())
}

fn line(words: Words, clashes: &Clashes, now: &Zoned, view: &ClosureView) -> Line {
    let local = |at: jiff::Timestamp| clashes.zone.to_datetime(at);
    let names: Vec<String> = view.venues.iter().map(|venue| clashes.venue(words, *venue)).collect();
    let (tag, tag_class) = if view.closure.undone_at.is_some() {
        ("closure-tag-undone", "info")
    } else if view.closure.ends_at <= now.timestamp() {
        ("closure-tag-over", "info")
    } else if view.closure.starts_at > now.timestamp() {
        ("closure-tag-coming", "wait")
    } else {
        ("closure-tag-now", "bad")
    };
    Line {
        id: view.closure.id,
        title: view.closure.reason.clone(),
        tag: words.t(tag),
        tag_class,
        when: span_words(words, local(view.closure.starts_at), local(view.closure.ends_at)),
        did: words.with(
            "closure-did",
            [
                ("cancelled", view.count(ClosureAct::Cancel).into()),
                ("moved", view.count(ClosureAct::Move).into()),
                ("kept", view.count(ClosureAct::Keep).into()),
            ],
        ),
        note: if names.is_empty() {
            String::new()
        } else {
            words.a("closure-shuts", "venues", names.join(&words.t("staff-list-mark")))
        },
        may_undo: view.may_undo,
        stands: view.closure.undone_at.is_none(),
        may_reopen: view.lasts(now.timestamp()) && !view.may_undo,
    }
}

/// A closure's time in words; whole days without their midnights.
pub(super) fn span_words(words: Words, from: DateTime, to: DateTime) -> String {
    let midnight = Time::midnight();
    if from.time() == midnight && to.time() == midnight {
        let last = to.date().saturating_sub(1.day());
        let first = day_words(from.date(), words.lang);
        return if last == from.date() {
            words.a("closure-day", "day", first)
        } else {
            words.aa("closure-days", "from", first, "to", day_words(last, words.lang))
        };
    }
    // Until midnight is until the end of a day.
    let end = if to.time() == midnight && to.date() > from.date() {
        day_words(to.date().saturating_sub(1.day()), words.lang)
    } else {
        moment_words(to, words.lang)
    };
    words.aa("closure-span", "from", moment_words(from, words.lang), "to", end)
}

/// `GET /staff/closures/new`.
pub async fn new(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let kind = asked.kind.parse().unwrap_or(ClosureKind::Closure);
    let now = page.now(&web.ctx);
    let token: ClosureId = web.ctx.new_id(now.timestamp());
    let mut form = ClosureForm::blank(token.to_string(), kind, &now);
    form.venues.extend(Some(asked.venue).filter(|venue| !venue.is_empty()));
    form_page(&web, &page, form, Wrong::default()).await
}

/// `POST /staff/closures/new`: back from the review, with everything kept.
pub async fn again(
    page: StaffPage,
    State(web): State<Web>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    form_page(&web, &page, ClosureForm::read(pairs), Wrong::default()).await
}

async fn form_page(web: &Web, page: &StaffPage, form: ClosureForm, wrong: Wrong) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let venues = community::venues(&web.ctx, page.community.id).await.for_visitor(v)?;
    let codes: Vec<&str> = REASONS.iter().map(|code| code.as_str()).collect();
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let weather = form.is_weather();
    let template = NewPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        heading: words.t(if weather { "closure-weather" } else { "closure-new" }),
        weather,
        wrong,
        reaches: named(words, "closure-reach", &["outdoor", "all"], &form.reach),
        venues: venues
            .iter()
            .map(|venue| Choice {
                value: venue.id.to_string(),
                label: words.pick(&venue.name, &venue.name_en).to_owned(),
                on: form.venues.contains(&venue.id.to_string()),
            })
            .collect(),
        weathers: named(words, "closure-weather", &WEATHERS, &form.weather),
        reasons: named(words, "staff-reason", &codes, &form.reason_code),
        form,
    };
    Ok((status, render(&template)).into_response())
}

/// `POST /staff/closures/review`: what it would hit, with a suggestion for each session.
pub async fn review(
    page: StaffPage,
    State(web): State<Web>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let form = ClosureForm::read(pairs);
    review_page(&web, &page, form, Wrong::default(), &[], StatusCode::OK).await
}

async fn review_page(
    web: &Web,
    page: &StaffPage,
    form: ClosureForm,
    wrong: Wrong,
    clashes: &[Clash],
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let new = match form.closure(words) {
        Ok(new) => new,
        Err(errors) => return form_page(web, page, form, Wrong::fields(words, &errors)).await,
    };
    let review = match closure::review(&web.ctx, &v.actor, page.community.id, &new).await {
        Ok(review) => review,
        Err(Error::Invalid(errors)) => {
            let mut wrong = Wrong::fields(words, &errors);
            for item in &mut wrong.items {
                item.field = match item.field.as_str() {
                    "starts_local" => "from_date",
                    "ends_local" => "to_date",
                    other => other,
                }
                .to_owned();
            }
            return form_page(web, page, form, wrong).await;
        }
        Err(error) => return Err(WebError::new(v, error)),
    };
    let names = Clashes::load(&web.ctx, &page.community).await.for_visitor(v)?;
    let hits: Vec<HitLine> = review
        .hits
        .iter()
        .map(|hit| hit_line(words, &names, &form, hit))
        .collect();
    let shut: Vec<String> = match &new.reach {
        Reach::Venues(ids) => ids.iter().map(|id| names.venue(words, *id)).collect(),
        Reach::Outdoor | Reach::All => names.outdoor(words),
    };
    let template = ReviewPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        heading: words.a("closure-review-title", "reason", &new.reason),
        when: span_words(words, new.starts_local, new.ends_local),
        wrong,
        clashes: clashes.iter().map(|clash| names.words(words, clash)).collect(),
        carried: form.carried(),
        title: words.n("closure-hits", hits.len()),
        proposals: if review.proposals.is_empty() {
            String::new()
        } else {
            words.a(
                "closure-proposals",
                "titles",
                review.proposals.join(&words.t("staff-list-mark")),
            )
        },
        shut: if shut.is_empty() {
            String::new()
        } else {
            words.a("closure-will-shut", "venues", shut.join(&words.t("staff-list-mark")))
        },
        told: if review.people == 0 {
            words.t("staff-told-nobody")
        } else {
            words.n("closure-told", review.people)
        },
        confirm: if hits.is_empty() {
            words.t("closure-confirm-none")
        } else {
            words.n("closure-confirm", hits.len())
        },
        hits,
    };
    Ok((status, render(&template)).into_response())
}

fn hit_line(words: Words, names: &Clashes, form: &ClosureForm, hit: &ReviewedHit) -> HitLine {
    let view = &hit.view;
    let people = view.enrolled + view.waitlisted;
    let value = |slot: &Slot| format!("move:{}:{}", slot.venue_id, slot.starts_at);
    let suggested = match hit.hit.suggested {
        ClosureAct::Move => hit.hit.options.first().map(value),
        act => Some(act.as_str().to_owned()),
    };
    let chosen = form
        .choice(view.id)
        .map(str::to_owned)
        .or(suggested)
        .unwrap_or_default();
    let cancel = if people == 0 {
        words.t("closure-cancel-nobody")
    } else {
        words.n("closure-cancel", people)
    };
    let entries = hit
        .hit
        .options
        .iter()
        .map(|slot| (value(slot), move_words(words, names, view.starts.timestamp(), slot)))
        .chain([
            (ClosureAct::Cancel.as_str().to_owned(), cancel),
            (ClosureAct::Keep.as_str().to_owned(), words.t("closure-keep")),
        ]);
    HitLine {
        id: view.id.to_string(),
        mark: view.venue.mark.clone(),
        tone: view.venue.tone.as_str(),
        title: words.pick(&view.programme.title, &view.programme.title_en).to_owned(),
        when: format!(
            "{} {}",
            day_words(view.starts.date(), words.lang),
            time_range_short(view.starts.time(), view.ends.time(), words.lang)
        ),
        line: format!(
            "{}{}{}",
            words.pick(&view.venue.name, &view.venue.name_en),
            words.t("staff-comma"),
            words.n("closure-signed-up", people)
        ),
        choices: choices(entries, &chosen),
    }
}

/// Where a session would go, in words: `改到 会客厅` at the same time, with the time where that changes.
fn move_words(words: Words, names: &Clashes, was: jiff::Timestamp, slot: &Slot) -> String {
    let venue = names.venue(words, slot.venue_id);
    if slot.starts_at == was {
        return words.a("closure-move-venue", "venue", venue);
    }
    let at = slot.starts_at.to_zoned(names.zone.clone());
    words.aa(
        "closure-move",
        "venue",
        venue,
        "when",
        moment_words(at.datetime(), words.lang),
    )
}

/// `POST /staff/closures`: does what was decided.
pub async fn carry_out(
    page: StaffPage,
    State(web): State<Web>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let form = ClosureForm::read(pairs);
    let new = match form.closure(words) {
        Ok(new) => new,
        Err(errors) => return form_page(&web, &page, form, Wrong::fields(words, &errors)).await,
    };
    match closure::carry_out(&web.ctx, &v.actor, page.community.id, &new, form.decisions()).await {
        Ok(done) if done.again => Ok(Redirect::to("/staff/closures?done=again").into_response()),
        Ok(done) => Ok(Redirect::to(&format!(
            "/staff/closures?done=made&cancelled={}&moved={}&kept={}&told={}#c-{}",
            done.cancelled, done.moved, done.kept, done.people, new.id
        ))
        .into_response()),
        Err(Error::Conflict(clashes)) => {
            review_page(&web, &page, form, Wrong::default(), &clashes, StatusCode::CONFLICT).await
        }
        Err(Error::State { code }) => {
            let wrong = Wrong::whole(words.t(&format!("error-{code}")));
            review_page(&web, &page, form, wrong, &[], StatusCode::CONFLICT).await
        }
        Err(Error::Invalid(errors)) => {
            let wrong = Wrong::fields(words, &errors);
            review_page(&web, &page, form, wrong, &[], StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(WebError::new(v, error)),
    }
}

/// `POST /staff/closures/{id}/undo`.
pub async fn undo(page: StaffPage, State(web): State<Web>, Path(id): Path<ClosureId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    match closure::undo(&web.ctx, &v.actor, page.community.id, id).await {
        Ok(restored) => {
            Ok(Redirect::to(&format!("/staff/closures?done=undone&told={restored}#c-{id}")).into_response())
        }
        Err(error) => refused(&web, &page, error).await,
    }
}

/// `POST /staff/closures/{id}/reopen`.
pub async fn reopen(page: StaffPage, State(web): State<Web>, Path(id): Path<ClosureId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    match closure::reopen(&web.ctx, &v.actor, page.community.id, id).await {
        Ok(()) => Ok(Redirect::to(&format!("/staff/closures?done=reopened#c-{id}")).into_response()),
        Err(error) => refused(&web, &page, error).await,
    }
}

/// The list with what stood in the way.
async fn refused(web: &Web, page: &StaffPage, error: Error) -> Result<Response, WebError> {
    let v = &page.visitor;
    let problems = match error {
        Error::State { code } => vec![v.words.t(&format!("error-{code}"))],
        Error::Conflict(clashes) => clashes.iter().map(|clash| v.words.clash(clash)).collect(),
        other => return Err(WebError::new(v, other)),
    };
    index(web, page, &Asked::default(), problems, StatusCode::CONFLICT).await
}
