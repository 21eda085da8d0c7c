//! A new activity: its words, its dates, and a look at the dates before anything is planned.
//!
//! The form carries the id the programme (or the series) will have, made when the form was opened: a form sent twice finds the
//! first one's work and makes nothing new.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::civil::{Date, DateTime, Weekday};
use serde::Deserialize;

use super::StaffPage;
use super::clashes::Clashes;
use super::columns::day_note;
use super::form::{Choice, Wrong, choices, named};
use super::programmes::Texts;
use super::repeat::{self, DAYS, ENDS, NTHS, REPEATS, Repeat};
use crate::domain::calendar::day_part::{time_range_short, time_words};
use crate::domain::calendar::format::{day_words, weekday_short};
use crate::domain::calendar::{DayKind, HolidayCalendar};
use crate::domain::community::Community;
use crate::domain::id::{ProgrammeId, SeriesId};
use crate::domain::recurrence::HolidayPolicy;
use crate::services::activity::{self, Sent};
use crate::services::programme::{self, OnConflict, PlanSeries, PlannedSeries, PlannedSession};
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Dates listed one by one in a preview.
const MOST_LISTED: usize = 60;

/// What was typed, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActivityForm {
    pub(super) token: String,
    pub(super) title: String,
    pub(super) title_en: String,
    pub(super) slogan: String,
    pub(super) slogan_en: String,
    pub(super) kind: String,
    pub(super) description: String,
    pub(super) description_en: String,
    pub(super) bring: String,
    pub(super) sign_up: String,
    pub(super) counting: String,
    pub(super) venue: String,
    pub(super) facilitator: String,
    pub(super) date: String,
    pub(super) start: String,
    pub(super) duration: String,
    pub(super) capacity: String,
    pub(super) holiday: String,
    pub(super) repeat: String,
    pub(super) days: Vec<String>,
    pub(super) nth: String,
    pub(super) nth_day: String,
    pub(super) month_day: String,
    pub(super) rrule: String,
    pub(super) ends: String,
    pub(super) end_date: String,
    pub(super) end_count: String,
    pub(super) step: String,
}

impl ActivityForm {
    /// A form that nothing was typed into: an hour and a half from half past nine, every week, on a day not long off.
    fn blank(token: String, date: Date) -> Self {
        let set = str::to_owned;
        Self {
            token,
            kind: set("class"),
            sign_up: set("optional"),
            counting: set("both"),
            date: date.to_string(),
            start: set("09:30"),
            duration: set("90"),
            holiday: set("skip"),
            repeat: set("weekly"),
            nth: "1".to_owned(),
            nth_day: repeat::weekday_code(date).to_owned(),
            ends: set("never"),
            ..Self::default()
        }
    }

    /// Whether something was typed in the part that is folded away.
    pub fn has_more(&self) -> bool {
        [&self.slogan_en, &self.description_en, &self.bring]
            .iter()
            .any(|text| !text.is_empty())
    }

    fn repeat(&self) -> Repeat<'_> {
        Repeat {
            repeat: &self.repeat,
            days: &self.days,
            nth: &self.nth,
            nth_day: &self.nth_day,
            month_day: &self.month_day,
            rrule: &self.rrule,
            ends: &self.ends,
            end_date: &self.end_date,
            end_count: &self.end_count,
        }
    }

    /// The series that was typed; what is wrong is added to `errors`.
    fn series(&self, words: Words, programme: ProgrammeId, errors: &mut Vec<FieldError>) -> Option<PlanSeries> {
        let before = errors.len();
        let date = repeat::day(&self.date);
        if date.is_none() {
            errors.push(FieldError::new("date", "form-date", &self.date));
        }
        let start = repeat::time(&self.start);
        if start.is_none() {
            errors.push(FieldError::new("start", "form-time", &self.start));
        }
        let duration = number("duration", &self.duration, errors);
        let capacity = match self.capacity.trim() {
            "" => None,
            text => number("capacity", text, errors),
        };
        let venue = self.venue.parse().ok();
        if venue.is_none() {
            errors.push(FieldError::new("venue", "form-choose", &self.venue));
        }
        let facilitator = match self.facilitator.as_str() {
            "" => None,
            text => {
                let id = text.parse().ok();
                if id.is_none() {
                    errors.push(FieldError::new("facilitator", "form-choose", text));
                }
                id
            }
        };
        let holiday_policy = self.holiday.parse::<HolidayPolicy>().unwrap_or_else(|_| {
            errors.push(FieldError::new("holiday", "form-choose", &self.holiday));
            HolidayPolicy::Skip
        });
        let rule = self.repeat().rule(words, date, errors);
        if errors.len() > before {
            return None;
        }
        Some(PlanSeries {
            facilitator_id: facilitator,
            rule: rule.map(|rule| rule.to_string()),
            holiday_policy,
            capacity,
            on_conflict: OnConflict::Skip,
            ..PlanSeries::once(programme, venue?, date?.to_datetime(start?), duration?)
        })
    }
}

fn number(field: &str, text: &str, errors: &mut Vec<FieldError>) -> Option<i32> {
    let number = repeat::whole_number(text).and_then(|number| i32::try_from(number).ok());
    if number.is_none() {
        errors.push(FieldError::new(field, "form-number", text));
    }
    number
}

/// One date of the preview.
struct Day {
    class: &'static str,
    date: String,
    time: String,
    lunar: String,
    holiday: String,
    is_off: bool,
    is_made_up: bool,
    note: String,
    bad: bool,
}

/// What a series would come to.
struct Preview {
    summary: String,
    problem: String,
    count: String,
    dates: Vec<Day>,
    more: String,
}

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
    form: ActivityForm,
}

impl Preview {
    fn of(words: Words, clashes: &Clashes, planned: &PlannedSeries, once: bool) -> Self {
        let (free, taken) = (planned.sessions.len(), planned.missing.len());
        let problem = match (free, taken) {
            (0, 0) => {
                let why = planned.why_empty.map_or("", |why| why.words(words.lang));
                words.a("staff-preview-none", "why", why)
            }
            (0, _) => words.t("staff-preview-all-clash"),
            (_, 0) => String::new(),
            (_, taken) => words.n("staff-preview-clash", taken),
        };
        let mut days: Vec<(jiff::civil::DateTime, Day)> = planned
            .sessions
            .iter()
            .chain(&planned.missing)
            .map(|session| (session.starts.datetime(), Day::of(words, clashes, session)))
            .chain(planned.skipped.iter().map(|(at, _)| (*at, Day::skipped(words, *at))))
            .collect();
        days.sort_by_key(|(at, _)| *at);
        let more = days.len().saturating_sub(MOST_LISTED);
        Self {
            summary: if once {
                words.t("staff-preview-once")
            } else {
                planned.summary(words.lang).to_owned()
            },
            problem,
            count: words.n("staff-preview-count", free),
            dates: days.into_iter().take(MOST_LISTED).map(|(_, day)| day).collect(),
            more: if more == 0 {
                String::new()
            } else {
                words.n("staff-preview-more", more)
            },
        }
    }
}

impl Day {
    fn on(words: Words, date: Date, time: String) -> Self {
        let kind = HolidayCalendar::china().day(date);
        let holiday = match kind {
            DayKind::Holiday(name) | DayKind::MakeUpWorkday(name) => name.to_owned(),
            DayKind::Ordinary => String::new(),
        };
        Self {
            class: "",
            date: day_words(date, words.lang),
            time,
            lunar: day_note(words, date),
            holiday,
            is_off: matches!(kind, DayKind::Holiday(_)),
            is_made_up: matches!(kind, DayKind::MakeUpWorkday(_)),
            note: String::new(),
            bad: false,
        }
    }

    fn of(words: Words, clashes: &Clashes, session: &PlannedSession) -> Self {
        let time = time_range_short(session.starts.time(), session.ends.time(), words.lang);
        let mut day = Self::on(words, session.starts.date(), time);
        if let Some(clash) = session.clashes.first() {
            day.bad = true;
            day.note = clashes.words(words, clash);
            if let Some(free) = &session.nearest_free {
                let free = words.a("staff-preview-free", "time", time_words(free.time(), words.lang));
                day.note = format!("{}{}{free}", day.note, words.t("staff-comma"));
            }
        } else if session.provisional {
            day.note = words.t("staff-state-provisional");
        }
        day
    }

    fn skipped(words: Words, at: DateTime) -> Self {
        Self {
            class: "out",
            note: words.t("staff-preview-skipped"),
            ..Self::on(words, at.date(), String::new())
        }
    }
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
            Ok(Ok(Preview::of(words, &clashes, &planned, wish.rule.is_none())))
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

/// The day a new form begins with.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct FirstDay {
    date: String,
}

fn blank(ctx: &Context, page: &StaffPage, first: &FirstDay) -> ActivityForm {
    let now = page.now(ctx);
    let token: ProgrammeId = ctx.new_id(now.timestamp());
    let date = repeat::day(&first.date).unwrap_or_else(|| now.date().tomorrow().unwrap_or(now.date()));
    ActivityForm::blank(token.to_string(), date)
}

/// `GET /staff/programmes/new`.
pub async fn new(page: StaffPage, State(web): State<Web>, Query(first): Query<FirstDay>) -> Result<Response, WebError> {
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
    Query(first): Query<FirstDay>,
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
    let series = form.series(words, programme, &mut errors);
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

/// `POST /staff/programmes/preview`: the dates of a form, as a piece of a page.
pub async fn preview(
    page: StaffPage,
    State(web): State<Web>,
    Form(form): Form<ActivityForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let preview = match look(&web.ctx, &page, &form, &Purpose::New).await.for_visitor(v)? {
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
            more: String::new(),
        },
    };
    Ok(render(&Fragment {
        v,
        preview: Some(preview),
    }))
}
