//! A new activity: its words, its dates, and a look at the dates before anything is planned.
//!
//! The form carries the id the programme (or the series) will have, made when the form was opened: a form sent twice finds the
//! first one's work and makes nothing new.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::civil::Weekday;
use serde::Deserialize;

use super::StaffPage;
use super::acceptance::Acceptance;
use super::activity_form::ActivityForm;
use super::chinese_year::Choices;
use super::clashes::Clashes;
use super::form::{Choice, Wrong, choices, named};
use super::preview::Preview;
use super::programmes::Texts;
use super::repeat::{self, DAYS, ENDS, NTHS, REPEATS};
use crate::domain::calendar::format::weekday_short;
use crate::domain::community::Community;
use crate::domain::id::{ProgrammeId, SeriesId};
use crate::domain::planning::OnCaution;
use crate::domain::recurrence::HolidayPolicy;
use crate::services::activity::{self, Sent};
use crate::services::programme;
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

#[derive(Template)]
#[template(path = "staff/programmes/new.html")]
struct NewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    heading: String,
    sub: String,
    action: String,
    preview_action: String,
    back: String,
    with_texts: bool,
    wrong: Wrong,
    preview: Option<Preview>,
    kinds: Vec<Choice>,
    sign_ups: Vec<Choice>,
    countings: Vec<Choice>,
    venues: Vec<Choice>,
    facilitators: Vec<Choice>,
    holidays: Vec<Choice>,
    repeats: Vec<Choice>,
    days: Vec<Choice>,
    nths: Vec<Choice>,
    nth_days: Vec<Choice>,
    ends: Vec<Choice>,
    chinese: Choices,
    form: ActivityForm,
}

/// What the form is for.
enum Purpose {
    /// A programme that is not there yet.
    New,
    /// More dates of one that is.
    More { id: ProgrammeId, title: String },
}

/// Asks what the dates of a form would be; what is wrong with the form instead.
async fn look(
    ctx: &Context,
    page: &StaffPage,
    form: &ActivityForm,
    purpose: &Purpose,
) -> Result<Result<Preview, Wrong>, Error> {
    let words = page.visitor.words;
    let programme = match purpose {
        Purpose::New => ProgrammeId(uuid::Uuid::nil()),
        Purpose::More { id, .. } => *id,
    };
    let mut errors = Vec::new();
    let Some(wish) = form.series(words, programme, &mut errors) else {
        return Ok(Err(wrong_fields(words, form, &errors)));
    };
    let asked = match purpose {
        Purpose::New => activity::preview(ctx, &page.visitor.actor, page.community.id, &wish).await,
        Purpose::More { .. } => {
            programme::plan_series(ctx, &page.visitor.actor, page.community.id, wish.clone(), true).await
        }
    };
    match asked {
        Ok(planned) => {
            let clashes = Clashes::load(ctx, &page.community).await?;
            let once = wish.rule.is_none();
            Ok(Ok(Preview::of(words, &clashes, &planned, once, &form.accept)))
        }
        Err(Error::Invalid(errors)) => Ok(Err(wrong_fields(words, form, &errors))),
        Err(error) => Err(error),
    }
}

/// What is wrong, said of the boxes of this form: use cases have their own names for the fields.
fn wrong_fields(words: Words, form: &ActivityForm, errors: &[FieldError]) -> Wrong {
    let mut wrong = Wrong::fields(words, errors);
    for item in &mut wrong.items {
        item.field = match item.field.as_str() {
            "venue_id" => "venue",
            "facilitator_id" => "facilitator",
            "duration_minutes" => "duration",
            "dtstart" => "date",
            "rule" if form.repeat == "custom" => "rrule",
            "programme_id" => "",
            other => other,
        }
        .to_owned();
    }
    // The number of seats is one box for the programme and for its series.
    let mut seen = Vec::new();
    wrong.items.retain(|item| {
        let new = !seen.contains(item);
        seen.push(item.clone());
        new
    });
    wrong
}

/// Draws the form.
async fn draw(
    web: &Web,
    page: &StaffPage,
    form: ActivityForm,
    purpose: &Purpose,
    shown: (Wrong, Option<Preview>),
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let ctx = &web.ctx;
    let (wrong, preview) = shown;
    let venues = community::venues(ctx, page.community.id).await.for_visitor(v)?;
    let facilitators = community::facilitators(ctx, page.community.id).await.for_visitor(v)?;
    let texts = Texts::of(words, &form);
    let named_days = |on: &dyn Fn(&str) -> bool| -> Vec<Choice> {
        DAYS.into_iter()
            .zip(WEEKDAYS)
            .map(|(code, weekday)| Choice {
                value: code.to_owned(),
                label: weekday_short(weekday, words.lang).to_owned(),
                on: on(code),
            })
            .collect()
    };
    let policies: Vec<&str> = HolidayPolicy::ALL.iter().map(|policy| policy.name()).collect();
    let (heading, action, back) = match purpose {
        Purpose::New => (
            words.t("staff-new-activity"),
            "/staff/programmes".to_owned(),
            "/staff/programmes".to_owned(),
        ),
        Purpose::More { id, title } => (
            words.a("staff-series-new", "title", title),
            format!("/staff/programmes/{id}/series"),
            format!("/staff/programmes/{id}"),
        ),
    };
    let template = NewPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        heading,
        sub: String::new(),
        action,
        preview_action: match purpose {
            Purpose::New => "/staff/programmes/preview".to_owned(),
            Purpose::More { id, .. } => format!("/staff/programmes/preview?programme={id}"),
        },
        back,
        with_texts: matches!(purpose, Purpose::New),
        wrong,
        preview,
        kinds: texts.kinds,
        sign_ups: texts.sign_ups,
        countings: texts.countings,
        venues: choices(
            venues.iter().map(|venue| {
                let name = words.pick(&venue.name, &venue.name_en);
                (
                    venue.id.to_string(),
                    format!("{name} · {}", words.n("staff-card-people", venue.capacity)),
                )
            }),
            &form.venue,
        ),
        facilitators: choices(
            std::iter::once((String::new(), words.t("staff-f-nobody"))).chain(facilitators.iter().map(|person| {
                (
                    person.id.to_string(),
                    words.pick(&person.name, &person.name_en).to_owned(),
                )
            })),
            &form.facilitator,
        ),
        holidays: named(words, "staff-holiday", &policies, &form.holiday),
        repeats: named(words, "staff-repeat", &REPEATS, &form.repeat),
        days: named_days(&|code| form.days.iter().any(|day| day == code)),
        nths: named(words, "staff-nth", &NTHS, &form.nth),
        nth_days: named_days(&|code| form.nth_day == code),
        ends: named(words, "staff-ends", &ENDS, &form.ends),
        chinese: form.chinese().choices(words),
        form,
    };
    Ok((status, render(&template)).into_response())
}

const WEEKDAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// What a new form begins with, where the address says so.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct First {
    date: String,
    start: String,
    venue: String,
    duration: String,
    facilitator: String,
    capacity: String,
    repeat: String,
}

fn blank(ctx: &Context, page: &StaffPage, first: &First) -> ActivityForm {
    let now = page.now(ctx);
    let token: ProgrammeId = ctx.new_id(now.timestamp());
    let date = repeat::day(&first.date).unwrap_or_else(|| now.date().tomorrow().unwrap_or(now.date()));
    let mut form = ActivityForm::blank(token.to_string(), date);
    // What the address says is checked like everything typed, when the form is sent.
    for (field, given) in [
        (&mut form.start, &first.start),
        (&mut form.venue, &first.venue),
        (&mut form.duration, &first.duration),
        (&mut form.facilitator, &first.facilitator),
        (&mut form.capacity, &first.capacity),
        (&mut form.repeat, &first.repeat),
    ] {
        if !given.is_empty() {
            *field = given.chars().take(40).collect();
        }
    }
    form
}

/// `GET /staff/programmes/new`.
pub async fn new(page: StaffPage, State(web): State<Web>, Query(first): Query<First>) -> Result<Response, WebError> {
    let form = blank(&web.ctx, &page, &first);
    draw(
        &web,
        &page,
        form,
        &Purpose::New,
        (Wrong::default(), None),
        StatusCode::OK,
    )
    .await
}

/// `GET /staff/programmes/{id}/series/new`.
pub async fn new_series(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProgrammeId>,
    Query(first): Query<First>,
) -> Result<Response, WebError> {
    let purpose = more(&web, &page, id).await?;
    let form = blank(&web.ctx, &page, &first);
    draw(&web, &page, form, &purpose, (Wrong::default(), None), StatusCode::OK).await
}

async fn more(web: &Web, page: &StaffPage, id: ProgrammeId) -> Result<Purpose, WebError> {
    let v = &page.visitor;
    let found = programme::find(&web.ctx, page.community.id, id).await.for_visitor(v)?;
    let title = v.words.pick(&found.title, &found.title_en).to_owned();
    Ok(Purpose::More { id, title })
}

/// `POST /staff/programmes`: shows the dates, or plans the activity.
pub async fn create(
    page: StaffPage,
    State(web): State<Web>,
    Form(form): Form<ActivityForm>,
) -> Result<Response, WebError> {
    submit(&web, &page, form, Purpose::New).await
}

/// `POST /staff/programmes/{id}/series`: shows the dates, or plans them.
pub async fn create_series(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProgrammeId>,
    Form(form): Form<ActivityForm>,
) -> Result<Response, WebError> {
    let purpose = more(&web, &page, id).await?;
    submit(&web, &page, form, purpose).await
}

async fn submit(web: &Web, page: &StaffPage, form: ActivityForm, purpose: Purpose) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let ctx = &web.ctx;
    if form.step != "save" {
        let (shown, status) = match look(ctx, page, &form, &purpose).await.for_visitor(v)? {
            Ok(preview) => ((Wrong::default(), Some(preview)), StatusCode::OK),
            Err(wrong) => ((wrong, None), StatusCode::UNPROCESSABLE_ENTITY),
        };
        return draw(web, page, form, &purpose, shown, status).await;
    }
    let Ok(token) = form.token.parse::<uuid::Uuid>() else {
        let wrong = Wrong::whole(words.t("error-form-expired"));
        return draw(
            web,
            page,
            form,
            &purpose,
            (wrong, None),
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    };
    let programme = match &purpose {
        Purpose::New => ProgrammeId(token),
        Purpose::More { id, .. } => *id,
    };
    let mut errors = Vec::new();
    let mut series = form.series(words, programme, &mut errors);
    if let Some(wish) = &mut series {
        // What was ticked must be what speaks against it now.
        let now = look(ctx, page, &form, &purpose).await.for_visitor(v)?;
        wish.on_caution = now.map_or(OnCaution::Refuse, |preview| preview.acceptance.answer());
    }
    let texts = match purpose {
        Purpose::New => Texts::read(&form, &mut errors),
        Purpose::More { .. } => None,
    };
    let sent = match (series, texts, &purpose) {
        (Some(wish), Some(texts), Purpose::New) if errors.is_empty() => {
            let texts = programme::NewProgramme {
                capacity: wish.capacity,
                ..texts
            };
            activity::plan(ctx, &v.actor, page.community.id, programme, texts, wish).await
        }
        (Some(wish), _, Purpose::More { .. }) if errors.is_empty() => {
            activity::add_series(ctx, &v.actor, page.community.id, SeriesId(token), wish).await
        }
        _ => Err(Error::Invalid(errors)),
    };
    match sent {
        Ok(Sent::Planned(planned)) => Ok(Redirect::to(&format!(
            "/staff/programmes/{programme}?done=planned&n={}",
            planned.sessions.len()
        ))
        .into_response()),
        Ok(Sent::Already) => Ok(Redirect::to(&format!("/staff/programmes/{programme}?done=already")).into_response()),
        Err(Error::Invalid(errors)) => {
            let wrong = wrong_fields(words, &form, &errors);
            // The dates are shown beside what is wrong with the rest.
            let preview = look(ctx, page, &form, &purpose).await.for_visitor(v)?.ok();
            draw(
                web,
                page,
                form,
                &purpose,
                (wrong, preview),
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(Error::Caution(_)) => {
            let preview = look(ctx, page, &form, &purpose).await.for_visitor(v)?.ok();
            let wrong = Wrong::whole(words.t("caution-not-accepted"));
            draw(web, page, form, &purpose, (wrong, preview), StatusCode::CONFLICT).await
        }
        Err(Error::Conflict(_)) => {
            let preview = look(ctx, page, &form, &purpose).await.for_visitor(v)?.ok();
            let wrong = Wrong::whole(words.t("staff-preview-all-clash"));
            draw(web, page, form, &purpose, (wrong, preview), StatusCode::CONFLICT).await
        }
        Err(error) => Err(WebError::new(v, error)),
    }
}

#[derive(Template)]
#[template(path = "staff/programmes/preview.html")]
struct Fragment<'a> {
    v: &'a Visitor,
    preview: Option<Preview>,
}

/// Whose dates are previewed: those of a programme that is there, or of a new one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Of {
    programme: Option<ProgrammeId>,
}

/// `POST /staff/programmes/preview`: the dates of a form, as a piece of a page.
pub async fn preview(
    page: StaffPage,
    State(web): State<Web>,
    Query(of): Query<Of>,
    Form(form): Form<ActivityForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let purpose = match of.programme {
        Some(id) => more(&web, &page, id).await?,
        None => Purpose::New,
    };
    let preview = match look(&web.ctx, &page, &form, &purpose).await.for_visitor(v)? {
        Ok(preview) => preview,
        Err(wrong) => Preview {
            summary: String::new(),
            problem: wrong
                .items
                .into_iter()
                .map(|item| item.message)
                .collect::<Vec<_>>()
                .join(&v.words.t("staff-comma")),
            count: String::new(),
            dates: Vec::new(),
            later: Vec::new(),
            more: String::new(),
            acceptance: Acceptance::default(),
        },
    };
    Ok(render(&Fragment {
        v,
        preview: Some(preview),
    }))
}
