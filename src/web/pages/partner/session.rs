//! `/partner/sessions/{id}`: one of the partner's own sessions with who comes, and the answer whether the partner does.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::{Frame, PartnerPage};
use crate::domain::calendar::day_part::time_range_words;
use crate::domain::calendar::format::{day_words, moment_words};
use crate::domain::confirmation::{Answer, Confirmation, Standing, Via};
use crate::domain::id::{ConfirmationId, SessionId};
use crate::services::confirmation::{self, Reply, target_of};
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Error, statement, substitution};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::pages::render;
use crate::web::pages::staff::form::Wrong;

/// The answer as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    answer: String,
    words: String,
    substitute: String,
}

/// The question whether the partner comes.
struct Question {
    id: String,
    open: bool,
    /// Whether the partner may say that it cannot come: while it is asked, and after it said it comes.
    may_decline: bool,
    class: &'static str,
    icon: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "partner/session.html")]
struct SessionPage {
    frame: Frame,
    id: String,
    title: String,
    when: String,
    place: String,
    who: String,
    stood_in: Vec<String>,
    state: String,
    count: String,
    names: Vec<String>,
    unnamed: String,
    waiting: String,
    question: Option<Question>,
    typed: Typed,
    wrong: Wrong,
}

/// The answer to a question in words, said to the partner or to staff; none while it is open.
pub fn answer_words(
    words: Words,
    one: &Confirmation,
    zone: &jiff::tz::TimeZone,
    to_staff: bool,
) -> Option<(&'static str, String)> {
    let answered = one.answered.as_ref()?;
    let at = moment_words(answered.at.to_zoned(zone.clone()).datetime(), words.lang);
    let key = match (answered.answer, answered.via) {
        (Answer::Confirmed, Via::Phone) => "confirm-came-phone",
        (Answer::Confirmed, _) if to_staff => "confirm-said-yes",
        (Answer::Confirmed, _) => "confirm-came",
        (Answer::Declined, Via::Phone) => "confirm-not-phone",
        (Answer::Declined, _) if to_staff => "confirm-said-no",
        (Answer::Declined, _) => "confirm-not",
    };
    let mut text = words.a(key, "when", at);
    if !answered.words.is_empty() {
        text.push_str(&words.a("confirm-because", "words", &answered.words));
    }
    if !answered.substitute.is_empty() {
        text.push_str(&words.a("confirm-instead", "name", &answered.substitute));
    }
    Some((
        match answered.answer {
            Answer::Confirmed => "ok",
            Answer::Declined => "bad",
        },
        text,
    ))
}

async fn page_of(
    page: &PartnerPage,
    web: &Web,
    id: SessionId,
    typed: Typed,
    wrong: Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let (ctx, home) = (&web.ctx, page.community.id);
    let (session, guests) = statement::session_of_partner(ctx, &v.actor, home, page.partner.id, id)
        .await
        .for_visitor(v)?;
    let asked = confirmation::of_session(ctx, home, &session).await.for_visitor(v)?;
    let history = substitution::history(ctx, home, &[id]).await.for_visitor(v)?;
    let question = asked.and_then(|one| {
        let standing = one.standing(target_of(&session), ctx.now());
        match standing {
            Standing::Open => Some(Question {
                id: one.id.to_string(),
                open: true,
                may_decline: true,
                class: "info",
                icon: "info",
                text: words.t("partner-confirm-ask"),
            }),
            Standing::Answered => {
                answer_words(words, &one, &page.community.zone, false).map(|(class, text)| Question {
                    id: one.id.to_string(),
                    open: false,
                    may_decline: !one.is_declined() && one.starts_at > ctx.now(),
                    class,
                    icon: if class == "ok" { "check" } else { "x" },
                    text,
                })
            }
            _ => None,
        }
    });
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = SessionPage {
        id: id.to_string(),
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        when: format!(
            "{} {}",
            day_words(session.starts.date(), words.lang),
            time_range_words(session.starts.time(), session.ends.time(), words.lang)
        ),
        place: words.pick(&session.venue.name, &session.venue.name_en).to_owned(),
        who: session
            .facilitator
            .as_ref()
            .map(|one| words.pick(&one.name, &one.name_en).to_owned())
            .unwrap_or_default(),
        stood_in: history
            .iter()
            .map(|one| statement::stood_in_words(words, one))
            .collect(),
        state: state_of(words, &session),
        count: match session.capacity {
            Some(seats) => words.aa("confirm-signed-up-of", "n", session.enrolled, "seats", seats),
            None => words.n("confirm-signed-up", session.enrolled),
        },
        names: guests.names,
        unnamed: if guests.unnamed > 0 {
            words.n("partner-unnamed", guests.unnamed)
        } else {
            String::new()
        },
        waiting: if guests.waiting > 0 {
            words.n("partner-waiting", guests.waiting)
        } else {
            String::new()
        },
        question,
        typed,
        wrong,
        frame: Frame::of(page),
    };
    Ok((status, render(&template)).into_response())
}

fn state_of(words: Words, session: &SessionView) -> String {
    if session.is_cancelled() {
        words.t("partner-session-off")
    } else if session.is_paused() {
        words.t("session-paused")
    } else {
        String::new()
    }
}

/// `GET /partner/sessions/{id}`.
pub async fn show(page: PartnerPage, State(web): State<Web>, Path(id): Path<String>) -> Result<Response, WebError> {
    let id = read(&id, "session").for_visitor(&page.visitor)?;
    page_of(&page, &web, id, Typed::default(), Wrong::default()).await
}

/// What is not an id names nothing.
fn read<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, Error> {
    text.parse()
        .map_err(|_| Error::not_found(what, text.chars().take(40).collect::<String>()))
}

/// `POST /partner/sessions/{id}/confirm/{question}`.
pub async fn answer(
    page: PartnerPage,
    State(web): State<Web>,
    Path((id, question)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let id: SessionId = read(&id, "session").for_visitor(v)?;
    let question: ConfirmationId = read(&question, "confirmation").for_visitor(v)?;
    let reply = Reply {
        answer: typed.answer.clone(),
        words: typed.words.clone(),
        substitute: typed.substitute.clone(),
    };
    match confirmation::answer_by_login(&web.ctx, &v.actor, page.community.id, question, &reply).await {
        // Moved, off or paused meanwhile: the page says so.
        Ok(()) | Err(Error::State { .. }) => Ok(Redirect::to(&format!("/partner/sessions/{id}")).into_response()),
        Err(Error::Invalid(fields)) => {
            let wrong = Wrong::fields(v.words, &fields);
            page_of(&page, &web, id, typed, wrong).await
        }
        Err(error) => Err(WebError::new(v, error)),
    }
}
