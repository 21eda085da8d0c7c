//! Moving a session without dragging: day, start, end and venue, every venue said to be free or taken then, free times nearby, and what
//! it would do, before the one press that does it. The page does all that dragging and drawing longer do, with keys, by touch, and
//! without scripts.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use jiff::{ToSpan, Zoned};
use serde::Deserialize;

use super::StaffPage;
use super::change_form::EditForm;
use super::clashes::Clashes;
use super::consequences::Consequences;
use super::edit::{Carried, carry, place_of, preview_of, when};
use super::form::Wrong;
use super::meanwhile::Meanwhile;
use super::panel::state;
use super::scopes::{self, Reach};
use crate::domain::calendar::day_part::time_range_short;
use crate::domain::calendar::format::day_words;
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::domain::planning::{Clash, SessionStatus};
use crate::services::schedule::{self, SessionView};
use crate::services::session::rooms;
use crate::services::wording::Words;
use crate::services::{Context, Error};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// A free time to press.
struct Offer {
    /// What is sent: start and venue.
    value: String,
    label: String,
}

/// A venue to choose.
struct RoomChoice {
    value: String,
    mark: String,
    tone: &'static str,
    name: String,
    outdoor: bool,
    on: bool,
    free: bool,
    state: String,
    offer: Option<Offer>,
}

/// What the page says about what was typed.
struct Answer {
    rooms: Vec<RoomChoice>,
    nearby: Vec<Offer>,
    consequences: Consequences,
}

#[derive(Template)]
#[template(path = "staff/move.html")]
struct MovePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: SessionId,
    mark: &'a str,
    tone: &'static str,
    title: &'a str,
    now_at: String,
    state: String,
    editable: bool,
    back: String,
    form: EditForm,
    wrong: Wrong,
    meanwhile: Option<Meanwhile>,
    repeats: bool,
    scopes: Vec<Reach>,
    answer: Answer,
}

#[derive(Template)]
#[template(path = "staff/move_answer.html")]
struct Fragment<'a> {
    v: &'a Visitor,
    answer: &'a Answer,
}

/// What the address may fill in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    date: String,
    start: String,
    end: String,
    venue: String,
}

fn value_of(at: &Zoned, venue: impl std::fmt::Display) -> String {
    format!("{}@{venue}", at.strftime("%Y-%m-%dT%H:%M"))
}

/// How the venues stand for what was typed; none when it cannot be read.
async fn answer(
    ctx: &Context,
    page: &StaffPage,
    session: &SessionView,
    form: &EditForm,
    consequences: Consequences,
) -> Result<Answer, Error> {
    let words = page.visitor.words;
    let (starts, minutes) = form
        .wished()
        .filter(|(_, minutes)| *minutes > 0)
        .unwrap_or_else(|| (session.starts.datetime(), super::columns::minutes_of(session)));
    let venue = form.venue.parse().unwrap_or(session.venue.id);
    let found = rooms(
        ctx,
        &page.visitor.actor,
        page.community.id,
        session.id,
        venue,
        starts,
        minutes,
    )
    .await?;
    let clashes = Clashes::load(ctx, &page.community).await?;
    let range = |at: &Zoned| {
        let end = at.datetime().saturating_add(i64::from(minutes).minutes());
        time_range_short(at.time(), end.time(), words.lang)
    };
    let rooms = found
        .rooms
        .into_iter()
        .map(|room| {
            let own: Vec<&Clash> = room
                .clashes
                .iter()
                .filter(|clash| {
                    !matches!(
                        clash,
                        Clash::Facilitator { .. } | Clash::Licence { .. } | Clash::Frozen { .. }
                    )
                })
                .collect();
            let value = room.venue.id.to_string();
            RoomChoice {
                on: value == form.venue,
                mark: room.venue.mark.clone(),
                tone: room.venue.tone.as_str(),
                name: words.pick(&room.venue.name, &room.venue.name_en).to_owned(),
                outdoor: room.venue.outdoor,
                free: own.is_empty(),
                state: room_state(words, &clashes, &own),
                offer: room.nearest_free.filter(|_| !own.is_empty()).map(|at| Offer {
                    value: value_of(&at, &value),
                    label: words.a("board-room-offer", "time", range(&at)),
                }),
                value,
            }
        })
        .collect();
    let nearby = found
        .nearby
        .iter()
        .map(|at| Offer {
            value: value_of(at, venue),
            label: format!("{} {}", day_words(at.date(), words.lang), range(at)),
        })
        .collect();
    Ok(Answer {
        rooms,
        nearby,
        consequences,
    })
}

/// 空着, or by what it is taken.
fn room_state(words: Words, clashes: &Clashes, own: &[&Clash]) -> String {
    match own {
        [] => words.t("board-room-free"),
        [
            Clash::Venue {
                title,
                starts_at,
                ends_at,
                by: Some(_),
                ..
            },
            ..,
        ] => words.aa(
            "board-room-taken",
            "title",
            title,
            "time",
            time_range_short(starts_at.time(), ends_at.time(), words.lang),
        ),
        [Clash::Closed { .. }, ..] => words.t("board-room-closed"),
        [clash, ..] => clashes.words(words, clash),
    }
}

/// A form to draw, and what is said beside it.
struct Drawn {
    form: EditForm,
    wrong: Wrong,
    consequences: Consequences,
    meanwhile: Option<Meanwhile>,
    status: StatusCode,
}

async fn draw(web: &Web, page: &StaffPage, session: &SessionView, drawn: Drawn) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let ctx = &web.ctx;
    let past = session.ends.timestamp() <= ctx.now();
    let counted = session.visits() > 0 || session.status == SessionStatus::Held;
    let editable = !past && !counted && !session.is_cancelled();
    let scopes = if editable && session.repeats {
        scopes::of_edit(ctx, page, session, &drawn.form.scope)
            .await
            .for_visitor(v)?
    } else {
        Vec::new()
    };
    let answer = answer(ctx, page, session, &drawn.form, drawn.consequences)
        .await
        .for_visitor(v)?;
    let (state, _) = state(words, session, past, counted);
    let template = MovePage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        id: session.id,
        mark: &session.venue.mark,
        tone: session.venue.tone.as_str(),
        title: words.pick(&session.programme.title, &session.programme.title_en),
        now_at: format!(
            "{} {}",
            when(words, session),
            words.pick(&session.venue.name, &session.venue.name_en)
        ),
        state,
        editable,
        back: place_of("", "", session.starts.date()).session(session.id),
        form: drawn.form,
        wrong: drawn.wrong,
        meanwhile: drawn.meanwhile,
        repeats: session.repeats,
        scopes,
        answer,
    };
    Ok((drawn.status, render(&template)).into_response())
}

/// `GET /staff/sessions/{id}/move`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    let form = EditForm::of(&session);
    let wished = form
        .clone()
        .moved_to(&asked.date, &asked.start, &asked.end, &asked.venue);
    let (form, consequences) = match wished {
        Some(form) => {
            let consequences = preview_of(&web.ctx, &page, &session, &form).await.for_visitor(v)?;
            (form, consequences)
        }
        None => (form, Consequences::default()),
    };
    let drawn = Drawn {
        form,
        wrong: Wrong::default(),
        consequences,
        meanwhile: None,
        status: StatusCode::OK,
    };
    draw(&web, &page, &session, drawn).await
}

/// `POST /staff/sessions/{id}/move`: says what it would do, or does it when that was seen.
pub async fn submit(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(form): Form<EditForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    match carry(&web.ctx, &page, id, form).await.for_visitor(v)? {
        Carried::Saved { day, done } => {
            let to = place_of("", "", day).href();
            Ok(Redirect::to(&format!("{to}&session={id}&{done}#panel")).into_response())
        }
        Carried::Shown(shown) => {
            let shown = *shown;
            let drawn = Drawn {
                form: shown.form,
                wrong: shown.wrong,
                consequences: shown.consequences,
                meanwhile: shown.meanwhile,
                status: shown.status,
            };
            draw(&web, &page, &shown.session, drawn).await
        }
    }
}

/// `POST /staff/sessions/{id}/move/preview`: the venues and what it would do, as a piece of a page.
pub async fn preview(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(form): Form<EditForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    let meanwhile = Meanwhile::of(&web.ctx, &page, &session, &form).await.for_visitor(v)?;
    let (consequences, status) = match meanwhile {
        Some(other) => (
            Consequences::only(v.words, vec![other.changed, other.kept]),
            StatusCode::CONFLICT,
        ),
        None => (
            preview_of(&web.ctx, &page, &session, &form).await.for_visitor(v)?,
            StatusCode::OK,
        ),
    };
    let answer = answer(&web.ctx, &page, &session, &form, consequences)
        .await
        .for_visitor(v)?;
    Ok((status, render(&Fragment { v, answer: &answer })).into_response())
}
