//! A new term from an old one: its dates, whom to ask, until when, and what that comes to before anything is done.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::StaffPage;
use super::acceptance::Acceptance;
use super::clashes::Clashes;
use super::form::{Choice, Wrong, choices, named};
use super::preview::Preview;
use super::repeat;
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::id::{ResidentId, SeriesId};
use crate::domain::planning::OnCaution;
use crate::domain::planning::SignUpMode;
use crate::domain::rollover::{LAST_HELD, offered_day};
use crate::domain::text::Purpose;
use crate::services::term::{self, Ends, NewTerm, OldTerm, Sent, TermOutlook};
use crate::services::wording::Words;
use crate::services::{Error, FieldError, community, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// What was typed, as it was typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct TermForm {
    token: String,
    first: String,
    start: String,
    duration: String,
    venue: String,
    facilitator: String,
    capacity: String,
    ends: String,
    sessions: String,
    last_day: String,
    confirm_on: String,
    /// Whom to ask.
    person: Vec<String>,
    /// The outlook that was seen.
    seen: String,
    /// What was accepted of what speaks against the dates.
    accept: String,
    /// `preview` or `save`.
    step: String,
}

/// When a term ends, as forms name it.
const ENDS: [&str; 2] = ["after", "on"];

struct Person {
    id: ResidentId,
    position: i32,
    name: String,
    came: String,
    how: String,
    on: bool,
}

/// What it comes to.
struct Would {
    ask: String,
    how: String,
    leaves: String,
    until: String,
    silence: String,
    missing: Vec<String>,
    save: String,
    seen: String,
}

#[derive(Template)]
#[template(path = "staff/new_term.html")]
struct NewTermPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: SeriesId,
    title: &'a str,
    rule: String,
    sum: String,
    wrong: Wrong,
    stale: String,
    form: TermForm,
    venues: Vec<Choice>,
    facilitators: Vec<Choice>,
    ends: Vec<Choice>,
    people: Vec<Person>,
    no_sign_up: bool,
    /// That more came lately than there are seats; empty when all fit.
    cut: String,
    preview: Option<Preview>,
    would: Option<Would>,
}

/// A form that nothing was typed into yet: as the old term was, with everybody who came lately.
fn blank(page: &StaffPage, web: &Web, old: &OldTerm) -> TermForm {
    let now = page.now(&web.ctx);
    let usual = &old.usual;
    let id: SeriesId = web.ctx.new_id(now.timestamp());
    let first = usual.first.to_zoned(page.community.zone.clone()).ok();
    let people = old.people.iter().filter(|one| one.former.is_asked());
    let signs_up = old.programme.sign_up != SignUpMode::None;
    TermForm {
        token: id.to_string(),
        first: usual.first.date().to_string(),
        start: usual.first.strftime("%H:%M").to_string(),
        duration: usual.duration_minutes.to_string(),
        venue: usual.venue_id.to_string(),
        facilitator: usual.facilitator_id.map(|id| id.to_string()).unwrap_or_default(),
        capacity: usual.capacity.map(|seats| seats.to_string()).unwrap_or_default(),
        ends: "after".to_owned(),
        sessions: usual.sessions.to_string(),
        last_day: String::new(),
        confirm_on: first
            .and_then(|first| offered_day(&first, &now))
            .map(|day| day.to_string())
            .unwrap_or_default(),
        // The first to sign up come first, where there are not seats for all.
        person: people
            .filter(|_| signs_up)
            .take(seats_of(old))
            .map(|one| one.resident.id.to_string())
            .collect(),
        ..TermForm::default()
    }
}

/// How many people have a seat at most.
fn seats_of(old: &OldTerm) -> usize {
    let seats = old.usual.capacity.and_then(|seats| usize::try_from(seats).ok());
    seats.unwrap_or(usize::MAX)
}

/// The term a form asks for; what is wrong is said of its boxes.
fn read(form: &TermForm) -> Result<NewTerm, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut number = |field: &str, text: &str| {
        let number = repeat::whole_number(text).and_then(|number| i32::try_from(number).ok());
        if number.is_none() {
            errors.push(FieldError::new(field, "form-number", text));
        }
        number
    };
    let duration = number("duration", &form.duration);
    let capacity = match form.capacity.trim() {
        "" => Some(None),
        text => number("capacity", text).map(Some),
    };
    let sessions = match form.ends.as_str() {
        "on" => None,
        _ => number("sessions", &form.sessions),
    };
    let mut day = |field: &str, text: &str| {
        let day = repeat::day(text);
        if day.is_none() {
            errors.push(FieldError::new(field, "form-date", text));
        }
        day
    };
    let first = day("first", &form.first);
    let confirm_on = match form.confirm_on.trim() {
        "" => Some(None),
        text => day("confirm_on", text).map(Some),
    };
    let ends = match form.ends.as_str() {
        "on" => day("last_day", &form.last_day).map(Ends::On),
        _ => sessions.map(Ends::After),
    };
    let start = repeat::time(&form.start);
    if start.is_none() {
        errors.push(FieldError::new("start", "form-time", &form.start));
    }
    let venue = form.venue.parse().ok();
    if venue.is_none() {
        errors.push(FieldError::new("venue", "form-choose", &form.venue));
    }
    let facilitator = match form.facilitator.as_str() {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    };
    if facilitator.is_none() {
        errors.push(FieldError::new("facilitator", "form-choose", &form.facilitator));
    }
    let token = form.token.parse().ok();
    if token.is_none() {
        errors.push(FieldError::new("", "form-expired", ""));
    }
    let people: Option<Vec<ResidentId>> = form.person.iter().map(|id| id.parse().ok()).collect();
    if people.is_none() {
        errors.push(FieldError::new("people", "form-choose", ""));
    }
    if let (
        true,
        Some(id),
        Some(first),
        Some(start),
        Some(ends),
        Some(duration_minutes),
        Some(venue_id),
        Some(facilitator_id),
        Some(capacity),
        Some(confirm_on),
    ) = (
        errors.is_empty(),
        token,
        first,
        start,
        ends,
        duration,
        venue,
        facilitator,
        capacity,
        confirm_on,
    ) {
        return Ok(NewTerm {
            id,
            first: first.to_datetime(start),
            ends,
            duration_minutes,
            venue_id,
            facilitator_id,
            capacity,
            people,
            confirm_on,
        });
    }
    Err(errors)
}

/// What is wrong, said of the boxes of this form.
fn wrong_fields(words: Words, errors: &[FieldError]) -> Wrong {
    let mut wrong = Wrong::fields(words, errors);
    for item in &mut wrong.items {
        item.field = match item.field.as_str() {
            "venue_id" => "venue",
            "facilitator_id" => "facilitator",
            "duration_minutes" => "duration",
            "dtstart" | "rule" => "first",
            "held_limit" => "sessions",
            "programme_id" => "",
            other => other,
        }
        .to_owned();
    }
    wrong
}

/// `GET /staff/series/{id}/new-term`.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<SeriesId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let old = term::old_term(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    if let Some(next) = old.next {
        return Ok(Redirect::to(&format!("/staff/series/{next}/term")).into_response());
    }
    let form = blank(&page, &web, &old);
    let shown = look(&web, &page, id, &form).await?;
    draw(&web, &page, &old, form, shown, String::new(), StatusCode::OK).await
}

/// What a form would come to: the outlook, or what is wrong and the dates that clash.
enum Shown {
    Outlook(Box<TermOutlook>),
    Wrong(Wrong, StatusCode),
}

async fn look(web: &Web, page: &StaffPage, id: SeriesId, form: &TermForm) -> Result<Shown, WebError> {
    let v = &page.visitor;
    let wish = match read(form) {
        Ok(wish) => wish,
        Err(errors) => {
            return Ok(Shown::Wrong(
                wrong_fields(v.words, &errors),
                StatusCode::UNPROCESSABLE_ENTITY,
            ));
        }
    };
    match term::new_term(&web.ctx, &v.actor, page.community.id, id, wish, true).await {
        Ok(Sent::Looked(outlook) | Sent::Made(outlook)) => Ok(Shown::Outlook(Box::new(outlook))),
        Ok(Sent::Already) => Ok(Shown::Wrong(Wrong::default(), StatusCode::OK)),
        Err(Error::Invalid(errors)) => Ok(Shown::Wrong(
            wrong_fields(v.words, &errors),
            StatusCode::UNPROCESSABLE_ENTITY,
        )),
        Err(error) => Err(WebError::new(v, error)),
    }
}

/// `POST /staff/series/{id}/new-term`: shows what it would come to, or does it when that was seen.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SeriesId>,
    Form(form): Form<TermForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let old = term::old_term(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    if let Some(next) = old.next {
        // Sent twice, or somebody else was faster: what stands is shown.
        return Ok(Redirect::to(&format!("/staff/series/{next}/term?done=already")).into_response());
    }
    let shown = look(&web, &page, id, &form).await?;
    let outlook = match &shown {
        Shown::Outlook(outlook) => outlook,
        Shown::Wrong(_, status) => {
            let status = *status;
            return draw(&web, &page, &old, form, shown, String::new(), status).await;
        }
    };
    if form.step != "save" || outlook.planned.sessions.is_empty() {
        let status = if form.step == "save" {
            StatusCode::CONFLICT
        } else {
            StatusCode::OK
        };
        return draw(&web, &page, &old, form, shown, String::new(), status).await;
    }
    if outlook.seal() != form.seen {
        let stale = v.words.t("term-stale");
        return draw(&web, &page, &old, form, shown, stale, StatusCode::CONFLICT).await;
    }
    let acceptance = Acceptance::of(v.words, outlook.planned.cautions(), &form.accept);
    if acceptance.answer() == OnCaution::Refuse {
        let stale = v.words.t("caution-not-accepted");
        return draw(&web, &page, &old, form, shown, stale, StatusCode::CONFLICT).await;
    }
    let wish = read(&form).map_err(Error::Invalid).for_visitor(v)?;
    let new = wish.id;
    match term::new_term(&web.ctx, &v.actor, page.community.id, id, wish, false).await {
        Ok(Sent::Made(_) | Sent::Looked(_)) => {
            Ok(Redirect::to(&format!("/staff/series/{new}/term?done=made")).into_response())
        }
        Ok(Sent::Already) => Ok(Redirect::to(&format!("/staff/series/{new}/term?done=already")).into_response()),
        Err(Error::Invalid(errors)) => {
            let wrong = wrong_fields(v.words, &errors);
            let shown = Shown::Wrong(wrong, StatusCode::UNPROCESSABLE_ENTITY);
            draw(
                &web,
                &page,
                &old,
                form,
                shown,
                String::new(),
                StatusCode::UNPROCESSABLE_ENTITY,
            )
            .await
        }
        Err(Error::State { .. } | Error::Conflict(_)) => {
            let stale = v.words.t("term-stale");
            draw(&web, &page, &old, form, shown, stale, StatusCode::CONFLICT).await
        }
        Err(error) => Err(WebError::new(v, error)),
    }
}

fn would(words: Words, clashes: &Clashes, outlook: &TermOutlook) -> Would {
    let at = |at: jiff::Timestamp| moment_words(at.to_zoned(clashes.zone.clone()).datetime(), words.lang);
    let asked = outlook.people.len();
    let missing = outlook.planned.missing.iter().map(|date| {
        let why: Vec<String> = date.clashes.iter().map(|clash| clashes.words(words, clash)).collect();
        let free = date.nearest_free.as_ref();
        let free = free.map(|free| words.a("series-nearest", "when", moment_words(free.datetime(), words.lang)));
        format!("{} {}", why.join(" "), free.unwrap_or_default())
            .trim()
            .to_owned()
    });
    let when_asked = |text: String| if asked > 0 { text } else { String::new() };
    Would {
        ask: if asked > 0 {
            words.n("term-would-ask", asked)
        } else {
            words.t("term-would-ask-nobody")
        },
        how: when_asked(words.with(
            "term-would-how",
            [("mail", outlook.by_mail().into()), ("phone", outlook.by_phone().into())],
        )),
        leaves: when_asked(words.a("term-would-leave", "when", at(outlook.leaves_at))),
        until: outlook
            .confirm_by
            .map(|until| words.a("term-would-until", "until", at(until)))
            .unwrap_or_default(),
        silence: when_asked(words.t("term-would-silence")),
        missing: missing.collect(),
        save: if asked > 0 {
            words.n("term-save-ask", asked)
        } else {
            words.t("term-save")
        },
        seen: outlook.seal(),
    }
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    old: &OldTerm,
    form: TermForm,
    shown: Shown,
    stale: String,
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let ctx = &web.ctx;
    let venues = community::venues(ctx, page.community.id).await.for_visitor(v)?;
    let facilitators = community::facilitators(ctx, page.community.id).await.for_visitor(v)?;
    let clashes = Clashes::load(ctx, &page.community).await.for_visitor(v)?;
    let (wrong, preview, would) = match shown {
        Shown::Outlook(outlook) => {
            let preview = Preview::of(words, &clashes, &outlook.planned, false, &form.accept);
            let may_save = !outlook.planned.sessions.is_empty();
            let would = may_save.then(|| would(words, &clashes, &outlook));
            (Wrong::default(), Some(preview), would)
        }
        Shown::Wrong(wrong, _) => (wrong, None, None),
    };
    let people = old.people.iter().map(|one| Person {
        id: one.resident.id,
        position: one.position,
        name: one.resident.name.reveal(Purpose::ShowStaff).to_owned(),
        came: words.with(
            "term-came",
            [
                ("n", one.former.came.into()),
                ("last", i64::try_from(LAST_HELD).unwrap_or(i64::MAX).into()),
                ("lately", one.former.came_lately.into()),
            ],
        ),
        how: words.t(if one.by_mail { "term-by-mail" } else { "term-by-phone" }),
        on: form.person.contains(&one.resident.id.to_string()),
    });
    let template = NewTermPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        id: old.series.id,
        title: words.pick(&old.programme.title, &old.programme.title_en),
        rule: schedule::in_words(&old.series, words.lang),
        sum: words.with(
            "term-old-sum",
            [("held", old.held.into()), ("people", old.people.len().into())],
        ),
        people: people.collect(),
        no_sign_up: old.programme.sign_up == SignUpMode::None,
        cut: {
            let lately = old.people.iter().filter(|one| one.former.is_asked()).count();
            let seats = seats_of(old);
            if lately > seats {
                words.with("term-people-cut", [("n", lately.into()), ("seats", seats.into())])
            } else {
                String::new()
            }
        },
        wrong,
        stale,
        venues: choices(
            venues.iter().map(|venue| {
                let name = words.pick(&venue.name, &venue.name_en);
                let seats = words.n("staff-card-people", venue.capacity);
                (venue.id.to_string(), format!("{name} · {seats}"))
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
        ends: named(words, "term-ends", &ENDS, &form.ends),
        preview,
        would,
        form,
    };
    Ok((status, render(&template)).into_response())
}
