//! Programmes: the list with those that have no date this week, and one programme with its words, its series and its dates.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::ToSpan;
use serde::Deserialize;

use super::StaffPage;
use super::activity_form::ActivityForm;
use super::form::{Choice, Wrong, named};
use super::repeat;
use crate::domain::calendar::IsoWeek;
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::{day_words, moment_words};
use crate::domain::community::Community;
use crate::domain::id::{ProgrammeId, SeriesId};
use crate::domain::planning::{Counting, Programme, ProgrammeKind, SessionStatus, SignUpMode};
use crate::services::programme::{EXCLUDED_FOR_CLASH, NewProgramme};
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Error, FieldError, activity, community, material, programme, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// How far ahead the next date of a programme is looked for, days.
const AHEAD_DAYS: i32 = 26 * 7;
/// Dates listed on a programme's page.
const MOST_COMING: usize = 12;
/// Dates that could not be planned, listed.
const MOST_MISSING: usize = 20;

/// The lists and words of the part of a form that says what a programme is.
pub(super) struct Texts {
    pub(super) kinds: Vec<Choice>,
    pub(super) sign_ups: Vec<Choice>,
    pub(super) countings: Vec<Choice>,
}

impl Texts {
    /// The lists, with what was chosen.
    pub(super) fn of(words: Words, form: &ActivityForm) -> Self {
        let names = |all: &[&'static str], prefix: &str, chosen: &str| named(words, prefix, all, chosen);
        let kinds: Vec<&str> = ProgrammeKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let sign_ups: Vec<&str> = SignUpMode::ALL.iter().map(|mode| mode.as_str()).collect();
        let countings: Vec<&str> = Counting::ALL.iter().map(|counting| counting.as_str()).collect();
        Self {
            kinds: names(&kinds, "staff-kind", &form.kind),
            sign_ups: names(&sign_ups, "staff-sign-up", &form.sign_up),
            countings: names(&countings, "staff-counting", &form.counting),
        }
    }

    /// The programme that was typed; what is wrong with it is added to `errors`.
    pub(super) fn read(form: &ActivityForm, errors: &mut Vec<FieldError>) -> Option<NewProgramme> {
        let mut choose = |field: &str, value: &str| errors.push(FieldError::new(field, "form-choose", value));
        let kind = form.kind.parse::<ProgrammeKind>();
        if kind.is_err() {
            choose("kind", &form.kind);
        }
        let sign_up = form.sign_up.parse::<SignUpMode>();
        if sign_up.is_err() {
            choose("sign_up", &form.sign_up);
        }
        let counting = form.counting.parse::<Counting>();
        if counting.is_err() {
            choose("counting", &form.counting);
        }
        let partner_id = match form.partner.trim() {
            "" => None,
            text => {
                let id = text.parse().ok();
                if id.is_none() {
                    errors.push(FieldError::new("partner", "form-choose", text));
                }
                id
            }
        };
        if form.title.trim().is_empty() {
            errors.push(FieldError::new("title", "form-title", ""));
        }
        Some(NewProgramme {
            title_en: form.title_en.clone(),
            slogan: form.slogan.clone(),
            slogan_en: form.slogan_en.clone(),
            description: form.description.clone(),
            description_en: form.description_en.clone(),
            bring: form.bring.clone(),
            bring_en: form.bring_en.clone(),
            audience: form.audience.clone(),
            matters: form.matters.lines().map(|line| line.trim().to_owned()).collect(),
            partner_id,
            sign_up: sign_up.ok()?,
            counting: counting.ok()?,
            ..NewProgramme::titled(form.title.clone(), kind.ok()?)
        })
    }

    /// A programme as its form.
    fn form(programme: &Programme) -> ActivityForm {
        ActivityForm {
            title: programme.title.clone(),
            title_en: programme.title_en.clone(),
            slogan: programme.slogan.clone(),
            slogan_en: programme.slogan_en.clone(),
            kind: programme.kind.as_str().to_owned(),
            description: programme.description.clone(),
            description_en: programme.description_en.clone(),
            bring: programme.bring.clone(),
            audience: programme.audience.clone(),
            bring_en: programme.bring_en.clone(),
            sign_up: programme.sign_up.as_str().to_owned(),
            counting: programme.counting.as_str().to_owned(),
            ..ActivityForm::default()
        }
    }
}

struct Row {
    id: ProgrammeId,
    title: String,
    slogan: String,
    kind: String,
    next: String,
    by: String,
}

struct Unplanned {
    id: ProgrammeId,
    title: String,
    line: String,
}

#[derive(Template)]
#[template(path = "staff/programmes/list.html")]
struct ListPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    rows: Vec<Row>,
    unplanned: Vec<Unplanned>,
}

fn is_on(session: &SessionView) -> bool {
    session.status != SessionStatus::Cancelled
}

/// `GET /staff/programmes`.
pub async fn list(page: StaffPage, State(web): State<Web>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let ctx = &web.ctx;
    let now = page.now(ctx);
    let home = page.community.id;
    let all = programme::list(ctx, home).await.for_visitor(v)?;
    let partners = community::partners(ctx, home).await.for_visitor(v)?;
    let until = page.midnight(now.date().saturating_add(AHEAD_DAYS.days()));
    let coming = schedule::range(ctx, home, now.timestamp(), until)
        .await
        .for_visitor(v)?;
    let back = page.midnight(now.date().saturating_sub(28.days()));
    let past = schedule::range(ctx, home, back, now.timestamp()).await.for_visitor(v)?;
    let unplanned = programme::unplanned(ctx, &v.actor, home, IsoWeek::containing(now.date()))
        .await
        .for_visitor(v)?;
    let rows = all
        .iter()
        .map(|programme| Row {
            id: programme.id,
            title: words.pick(&programme.title, &programme.title_en).to_owned(),
            slogan: words.pick(&programme.slogan, &programme.slogan_en).to_owned(),
            kind: words.t(&format!("staff-kind-{}", programme.kind.as_str().replace('_', "-"))),
            next: coming
                .iter()
                .find(|session| session.programme.id == programme.id && is_on(session))
                .map_or_else(
                    || words.t("staff-programme-no-next"),
                    |session| moment_words(session.starts.datetime(), words.lang),
                ),
            by: partners
                .iter()
                .find(|partner| Some(partner.id) == programme.partner_id)
                .map(|partner| words.pick(&partner.name, &partner.name_en).to_owned())
                .unwrap_or_default(),
        })
        .collect();
    let unplanned = unplanned
        .into_iter()
        .map(|programme| Unplanned {
            id: programme.id,
            title: words.pick(&programme.title, &programme.title_en).to_owned(),
            line: past
                .iter()
                .rev()
                .find(|session| session.programme.id == programme.id && is_on(session))
                .map(|session| {
                    words.a(
                        "staff-unplanned-line",
                        "day",
                        day_words(session.starts.date(), words.lang),
                    )
                })
                .unwrap_or_default(),
        })
        .collect();
    Ok(render(&ListPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        rows,
        unplanned,
    }))
}

struct SeriesLine {
    id: SeriesId,
    rule: String,
    text: String,
}

struct Coming {
    href: String,
    date: String,
    time: String,
    line: String,
    off: bool,
}

#[derive(Template)]
#[template(path = "staff/programmes/one.html")]
struct OnePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: ProgrammeId,
    title: String,
    slogan: String,
    done: String,
    missing: Vec<String>,
    wrong: Wrong,
    form: ActivityForm,
    kinds: Vec<Choice>,
    sign_ups: Vec<Choice>,
    countings: Vec<Choice>,
    series: Vec<SeriesLine>,
    coming: Vec<Coming>,
    /// Its name for a template.
    template_name: &'a str,
    materials: String,
}

/// What was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
    n: String,
}

/// `GET /staff/programmes/{id}`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProgrammeId>,
    Query(done): Query<Done>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let found = programme::find(&web.ctx, page.community.id, id).await.for_visitor(v)?;
    let done = match done.done.as_str() {
        "planned" => v
            .words
            .n("staff-done-planned", repeat::whole_number(&done.n).unwrap_or(0)),
        "texts" | "already" | "template" => v.words.t(&format!("staff-done-{}", done.done)),
        _ => String::new(),
    };
    let form = Texts::form(&found);
    draw(&web, &page, &found, form, Wrong::default(), done).await
}

/// The page of a programme with what is wrong.
pub(super) async fn show_wrong(
    web: &Web,
    page: &StaffPage,
    id: ProgrammeId,
    wrong: Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let found = programme::find(&web.ctx, page.community.id, id).await.for_visitor(v)?;
    let form = Texts::form(&found);
    draw(web, page, &found, form, wrong, String::new()).await
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    programme: &Programme,
    form: ActivityForm,
    wrong: Wrong,
    done: String,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let ctx = &web.ctx;
    let home = page.community.id;
    let now = page.now(ctx);
    let venues = community::venues(ctx, home).await.for_visitor(v)?;
    let all = activity::series_of(ctx, home, programme.id).await.for_visitor(v)?;
    let until = page.midnight(now.date().saturating_add(AHEAD_DAYS.days()));
    let coming = schedule::range(ctx, home, now.timestamp(), until)
        .await
        .for_visitor(v)?;
    let missing = all
        .iter()
        .flat_map(|series| &series.excluded)
        .filter(|out| out.reason == EXCLUDED_FOR_CLASH && out.at > now.datetime())
        .take(MOST_MISSING)
        .map(|out| moment_words(out.at, words.lang))
        .collect();
    let series = all
        .iter()
        .map(|series| SeriesLine {
            id: series.id,
            rule: schedule::in_words(series, words.lang),
            text: words.with(
                "staff-programme-series-line",
                [
                    (
                        "venue",
                        venues
                            .iter()
                            .find(|venue| venue.id == series.venue_id)
                            .map(|venue| words.pick(&venue.name, &venue.name_en).to_owned())
                            .unwrap_or_default()
                            .into(),
                    ),
                    ("n", series.duration_minutes.into()),
                ],
            ),
        })
        .collect();
    let coming = coming
        .iter()
        .filter(|session| session.programme.id == programme.id)
        .take(MOST_COMING)
        .map(|session| Coming {
            href: format!("/staff/week?day={}&session={}#panel", session.starts.date(), session.id),
            date: day_words(session.starts.date(), words.lang),
            time: time_range_short(session.starts.time(), session.ends.time(), words.lang),
            line: if is_on(session) {
                words.pick(&session.venue.name, &session.venue.name_en).to_owned()
            } else {
                words.t("staff-state-off")
            },
            off: !is_on(session),
        })
        .collect();
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let texts = Texts::of(words, &form);
    let materials = material::list(ctx, &v.actor, home, programme.id)
        .await
        .for_visitor(v)?
        .len();
    let template = OnePage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        id: programme.id,
        title: words.pick(&programme.title, &programme.title_en).to_owned(),
        slogan: words.pick(&programme.slogan, &programme.slogan_en).to_owned(),
        done,
        missing,
        wrong,
        form,
        kinds: texts.kinds,
        sign_ups: texts.sign_ups,
        countings: texts.countings,
        series,
        coming,
        template_name: &programme.title,
        materials: words.n("material-count", materials),
    };
    Ok((status, render(&template)).into_response())
}

/// `POST /staff/programmes/{id}`: other words.
pub async fn save_texts(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProgrammeId>,
    Form(form): Form<ActivityForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let found = programme::find(&web.ctx, page.community.id, id).await.for_visitor(v)?;
    let mut errors = Vec::new();
    let saved = match Texts::read(&form, &mut errors) {
        Some(texts) if errors.is_empty() => {
            activity::change_words(&web.ctx, &v.actor, page.community.id, id, texts).await
        }
        _ => Err(Error::Invalid(errors)),
    };
    match saved {
        Ok(_) => Ok(Redirect::to(&format!("/staff/programmes/{id}?done=texts")).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            draw(&web, &page, &found, form, wrong, String::new()).await
        }
    }
}
