//! The rules of signing up: of a programme, of a series, of a single session.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::form::{Choice, Wrong, named};
use super::repeat;
use crate::domain::community::Community;
use crate::domain::enrolment::{Rules, Rush, Whole};
use crate::domain::id::{ProgrammeId, SeriesId, SessionId};
use crate::services::enrolment::{self, RulesOf};
use crate::services::{Error, FieldError, programme, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// The rules as they were typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RulesForm {
    /// `inherit` or `own`.
    own: String,
    opens_days: String,
    opens_at: String,
    cutoff_minutes: String,
    kept_seats: String,
    kept_days: String,
    waiting: String,
    most_waiting: String,
    hold_minutes: String,
    together: String,
    whole: String,
    rush: String,
    draw_minutes: String,
    one_place: String,
}

impl RulesForm {
    fn of(rules: &Rules, own: bool) -> Self {
        let tick = |on: bool| if on { "1" } else { "" }.to_owned();
        let number = |number: Option<i32>| number.map_or_else(String::new, |number| number.to_string());
        Self {
            own: if own { "own" } else { "inherit" }.to_owned(),
            opens_days: number(rules.opens_days),
            opens_at: rules.opens_at.strftime("%H:%M").to_string(),
            cutoff_minutes: rules.cutoff_minutes.to_string(),
            kept_seats: rules.kept_seats.to_string(),
            kept_days: rules.kept_days.to_string(),
            waiting: tick(rules.waiting),
            most_waiting: rules.most_waiting.to_string(),
            hold_minutes: number(rules.hold_minutes),
            together: tick(rules.together),
            whole: rules.whole.to_string(),
            rush: rules.rush.to_string(),
            draw_minutes: rules.draw_minutes.to_string(),
            one_place: tick(rules.one_place),
        }
    }

    /// The rules that were typed.
    fn read(&self) -> Result<Rules, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut number = |field: &str, text: &str| {
            let number = repeat::whole_number(text).and_then(|number| i32::try_from(number).ok());
            if number.is_none() {
                wrong.push(FieldError::new(field, "form-number", text));
            }
            number
        };
        let mut maybe = |field: &str, text: &str| match text.trim() {
            "" => None,
            text => number(field, text),
        };
        let opens_days = maybe("opens_days", &self.opens_days);
        let hold_minutes = maybe("hold_minutes", &self.hold_minutes);
        let cutoff_minutes = number("cutoff_minutes", &self.cutoff_minutes);
        let kept_seats = number("kept_seats", &self.kept_seats);
        let kept_days = number("kept_days", &self.kept_days);
        let most_waiting = number("most_waiting", &self.most_waiting);
        let draw_minutes = number("draw_minutes", &self.draw_minutes);
        let opens_at = repeat::time(&self.opens_at);
        if opens_at.is_none() {
            wrong.push(FieldError::new("opens_at", "form-time", &self.opens_at));
        }
        let whole = self.whole.parse::<Whole>().ok();
        if whole.is_none() {
            wrong.push(FieldError::new("whole", "form-choose", &self.whole));
        }
        let rush = self.rush.parse::<Rush>().ok();
        if rush.is_none() {
            wrong.push(FieldError::new("rush", "form-choose", &self.rush));
        }
        let read = || {
            Some(Rules {
                opens_days,
                opens_at: opens_at?,
                cutoff_minutes: cutoff_minutes?,
                kept_seats: kept_seats?,
                kept_days: kept_days?,
                waiting: self.waiting == "1",
                most_waiting: most_waiting?,
                hold_minutes,
                together: self.together == "1",
                whole: whole?,
                rush: rush?,
                draw_minutes: draw_minutes?,
                one_place: self.one_place == "1",
            })
        };
        match read() {
            Some(rules) if wrong.is_empty() => Ok(rules),
            _ => Err(wrong),
        }
    }
}

#[derive(Template)]
#[template(path = "staff/sign_up_rules.html")]
struct RulesPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    action: String,
    back: String,
    heading: String,
    level: String,
    done: bool,
    may_inherit: bool,
    wrong: Wrong,
    form: RulesForm,
    wholes: Vec<Choice>,
    rushes: Vec<Choice>,
}

/// What was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
}

/// What an address names.
fn of(level: &str, id: &str) -> Result<RulesOf, Error> {
    let unknown = || Error::not_found("programme", id.chars().take(60).collect::<String>());
    let id: uuid::Uuid = id.parse().map_err(|_| unknown())?;
    match level {
        "programme" => Ok(RulesOf::Programme(ProgrammeId(id))),
        "series" => Ok(RulesOf::Series(SeriesId(id))),
        "session" => Ok(RulesOf::Session(SessionId(id))),
        _ => Err(unknown()),
    }
}

/// `GET /staff/sign-up-rules/{level}/{id}`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path((level, id)): Path<(String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let of = of(&level, &id).for_visitor(v)?;
    let rules = enrolment::rules(&web.ctx, &v.actor, page.community.id, of)
        .await
        .for_visitor(v)?;
    let form = RulesForm::of(rules.effective(), rules.own.is_some());
    draw(&web, &page, of, form, Wrong::default(), !done.done.is_empty()).await
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    of: RulesOf,
    form: RulesForm,
    wrong: Wrong,
    done: bool,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (ctx, home) = (&web.ctx, page.community.id);
    let (programme_id, back) = match of {
        RulesOf::Programme(id) => (id, format!("/staff/programmes/{id}")),
        RulesOf::Series(id) => {
            let view = programme::series_view(ctx, &v.actor, home, id).await.for_visitor(v)?;
            (view.series.programme_id, format!("/staff/series/{id}"))
        }
        RulesOf::Session(id) => {
            let view = schedule::session(ctx, home, id).await.for_visitor(v)?;
            (view.programme.id, format!("/staff/sessions/{id}/sign-ups"))
        }
    };
    let programme = programme::find(ctx, home, programme_id).await.for_visitor(v)?;
    let title = words.pick(&programme.title, &programme.title_en).to_owned();
    let wholes: Vec<&str> = Whole::ALL.iter().map(|one| one.as_str()).collect();
    let rushes: Vec<&str> = Rush::ALL.iter().map(|one| one.as_str()).collect();
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = RulesPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        action: format!("/staff/sign-up-rules/{}/{}", of.level(), of.id()),
        back,
        heading: words.a("rules-of", "title", title),
        level: words.t(match of {
            RulesOf::Programme(_) => "rules-level-programme",
            RulesOf::Series(_) => "rules-level-series",
            RulesOf::Session(_) => "rules-level-session",
        }),
        done,
        may_inherit: !matches!(of, RulesOf::Programme(_)),
        wholes: named(words, "rules-whole", &wholes, &form.whole),
        rushes: named(words, "rules-rush", &rushes, &form.rush),
        wrong,
        form,
    };
    Ok((status, render(&template)).into_response())
}

/// `POST /staff/sign-up-rules/{level}/{id}`.
pub async fn save(
    page: StaffPage,
    State(web): State<Web>,
    Path((level, id)): Path<(String, String)>,
    Form(form): Form<RulesForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let of = of(&level, &id).for_visitor(v)?;
    let inherits = form.own == "inherit" && !matches!(of, RulesOf::Programme(_));
    let rules = if inherits { Ok(None) } else { form.read().map(Some) };
    let saved = match rules {
        Ok(rules) => enrolment::set_rules(&web.ctx, &v.actor, page.community.id, of, rules).await,
        Err(wrong) => Err(Error::Invalid(wrong)),
    };
    match saved {
        Ok(()) => Ok(Redirect::to(&format!("/staff/sign-up-rules/{}/{}?done=1", of.level(), of.id())).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            draw(&web, &page, of, form, wrong, false).await
        }
    }
}
