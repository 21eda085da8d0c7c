//! `/staff/reports/lock`: the figures once more, what is still missing, and the button that reports and locks them; for administrators the
//! form that takes the lock off.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::standing::back;
use crate::domain::access::{Action, may};
use crate::domain::community::Community;
use crate::domain::month_lock::Readiness;
use crate::domain::period::YearMonth;
use crate::services::report::{self, lock, sheet};
use crate::services::schedule;
use crate::services::{Context, Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::Wrong;

#[derive(Template)]
#[template(path = "report/lock.html")]
struct LockPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    month: YearMonth,
    title: String,
    figures: Vec<(String, String)>,
    /// Sessions that are over and where nobody was counted.
    uncounted: Vec<(String, String)>,
    running: bool,
    locked: bool,
    may_unlock: bool,
    reason: String,
    wrong: Wrong,
    back: String,
}

/// Which month.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    month: Option<String>,
}

/// A form of the page.
#[derive(Debug, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    month: String,
    #[serde(default)]
    still_running: Option<String>,
    #[serde(default)]
    reason: String,
}

/// The page.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let month = report::asked_month(&asked.month.unwrap_or_default()).for_visitor(&page.visitor)?;
    draw(&web.ctx, &page, month, String::new(), Vec::new()).await
}

/// Reports the month.
pub async fn submit(page: StaffPage, State(web): State<Web>, Form(typed): Form<Typed>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let month = report::asked_month(&typed.month).for_visitor(v)?;
    let running = typed.still_running.is_some();
    match lock::lock(&web.ctx, &v.actor, page.community.id, month, running).await {
        Ok(_) => Ok(Redirect::to(&back(&page, month)).into_response()),
        Err(Error::Invalid(errors)) => draw(&web.ctx, &page, month, String::new(), errors).await,
        Err(other) => Err(other).for_visitor(v),
    }
}

/// Takes the lock off.
pub async fn unlock(page: StaffPage, State(web): State<Web>, Form(typed): Form<Typed>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let month = report::asked_month(&typed.month).for_visitor(v)?;
    match lock::unlock(&web.ctx, &v.actor, page.community.id, month, &typed.reason).await {
        Ok(()) => Ok(Redirect::to(&back(&page, month)).into_response()),
        Err(Error::Invalid(errors)) => draw(&web.ctx, &page, month, typed.reason, errors).await,
        Err(other) => Err(other).for_visitor(v),
    }
}

async fn draw(
    ctx: &Context,
    page: &StaffPage,
    month: YearMonth,
    reason: String,
    errors: Vec<FieldError>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let reported = report::month(ctx, &v.actor, home.id, month).await.for_visitor(v)?;
    let total = &reported.report.total;
    let percent = |ratio: Option<f64>| ratio.map_or_else(|| "—".to_owned(), |ratio| format!("{:.0}%", ratio * 100.0));
    let figures = [
        ("report-sessions", total.sessions.to_string()),
        ("report-visits", total.visits.to_string()),
        ("report-people-named", total.people.to_string()),
        ("report-anonymous", total.anonymous_visits.to_string()),
        ("report-satisfaction", percent(total.answers.ratio())),
        ("report-answers", total.answers.count().to_string()),
    ];
    let now = ctx.now();
    let (from, to) = month.period().span(&home.zone);
    let sessions = schedule::range(ctx, home.id, from, to.min(now)).await.for_visitor(v)?;
    let uncounted = sessions.iter().filter(|one| {
        let held = one.status == crate::domain::planning::SessionStatus::Held;
        !one.is_cancelled() && !held && one.visits() == 0 && one.ends.timestamp() <= now
    });
    let uncounted = uncounted.map(|one| {
        let when = crate::domain::calendar::format::moment_words(one.starts.datetime(), words.lang);
        let title = words.pick(&one.programme.title, &one.programme.title_en);
        (
            format!("/staff/sessions/{}/check-in", one.id),
            format!("{when} {title}"),
        )
    });
    let stands = lock::stands(home, month, now);
    let mut errors = errors;
    if stands == Readiness::Ahead && errors.is_empty() {
        errors.push(FieldError::new("month", "month-ahead", month.to_string()));
    }
    Ok(render(&LockPage {
        v,
        community: home,
        active: "reports",
        badge: page.badge,
        month,
        title: words.a("month-lock-title", "month", sheet::period_name(words, month.period())),
        figures: figures.into_iter().map(|(key, value)| (words.t(key), value)).collect(),
        uncounted: uncounted.collect(),
        running: stands == Readiness::Running,
        locked: reported.frozen.is_some(),
        may_unlock: may(&v.actor, Action::UnlockMonth, home.id).is_ok(),
        reason,
        wrong: Wrong::fields(words, &errors),
        back: back(page, month),
    }))
}
