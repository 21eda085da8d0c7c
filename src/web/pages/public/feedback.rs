//! Four faces and one tap, without login: on one's own phone by a QR code, and on a tablet at the door for one after the other. No name is asked, and
//! reading the page changes nothing.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{CookieJar, Form};
use serde::Deserialize;

use super::shell::Shell;
use crate::domain::feedback::{Face, OPEN_AFTER, Shut, Source};
use crate::domain::id::FeedbackId;
use crate::services::feedback::tap::{self, Asked, Tapped};
use crate::services::{Context, Error};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::origin::Origin;
use crate::web::pages::attendance::when;
use crate::web::pages::render;

/// The cookie by which a phone finds its own answer again; sent to the page of one session only.
const MINE: &str = "answer";

struct FaceButton {
    face: &'static str,
    label: String,
    on: bool,
}

/// Why there are no faces.
struct Closed {
    title: String,
    text: String,
}

#[derive(Template)]
#[template(path = "public/feedback.html")]
struct FeedbackPage {
    shell: Shell,
    /// What it is about: the title, and when, which is not broken across lines.
    what: (String, String),
    closed: Option<Closed>,
    faces: Vec<FaceButton>,
    client_id: FeedbackId,
    /// What this phone answered; empty when it has not.
    yours: String,
    wrong: String,
}

#[derive(Template)]
#[template(path = "public/kiosk.html")]
struct KioskPage {
    shell: Shell,
    what: (String, String),
    closed: Option<Closed>,
    faces: Vec<FaceButton>,
    client_id: FeedbackId,
    here: String,
    thanks: bool,
    wrong: String,
}

/// The form: one face.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filled {
    client_id: String,
    answer: String,
}

fn faces(visitor: &Visitor, chosen: Option<Face>) -> Vec<FaceButton> {
    Face::ALL
        .iter()
        .map(|face| FaceButton {
            face: face.as_str(),
            label: visitor
                .words
                .t(&format!("feedback-{}", face.as_str().replace('_', "-"))),
            on: chosen == Some(*face),
        })
        .collect()
}

fn closed(visitor: &Visitor, shut: Shut) -> Closed {
    Closed {
        title: visitor.words.t(&format!("{}-title", shut.code())),
        text: visitor.words.t(&format!("error-{}", shut.code())),
    }
}

/// `老年反诈课，` and `今天 上午9:30—10:30`.
fn what(ctx: &Context, visitor: &Visitor, asked: &Asked) -> (String, String) {
    let words = visitor.words;
    let today = ctx.now().to_zoned(asked.home.zone.clone()).date();
    let title = words.pick(&asked.session.programme.title, &asked.session.programme.title_en);
    (
        format!("{title}{}", words.t("service-comma")),
        when(words, &asked.session, today),
    )
}

/// A link that is none of ours: says so, and where to go.
fn gone(visitor: &Visitor) -> Response {
    let page = FeedbackPage {
        shell: Shell::plain(visitor).at("/"),
        what: <(String, String)>::default(),
        closed: Some(Closed {
            title: visitor.words.t("feedback-gone-title"),
            text: visitor.words.t("feedback-gone-text"),
        }),
        faces: Vec::new(),
        client_id: FeedbackId(uuid::Uuid::nil()),
        yours: String::new(),
        wrong: String::new(),
    };
    (StatusCode::NOT_FOUND, render(&page)).into_response()
}

/// The answer that a phone's cookie names.
fn mine(jar: &CookieJar) -> Option<FeedbackId> {
    jar.get(MINE).and_then(|cookie| cookie.value().parse().ok())
}

/// The address of a link.
type Address = Path<(String, String, String)>;

/// `GET /c/{community}/sessions/{id}/feedback/{token}`.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, session, token)): Address,
    jar: CookieJar,
) -> Result<Response, WebError> {
    match tap::by_link(&web.ctx, &slug, &session, &token, Source::Phone).await {
        Ok(asked) => draw(&web.ctx, &visitor, &asked, mine(&jar), String::new())
            .await
            .for_visitor(&visitor),
        Err(Error::NotFound { .. }) => Ok(gone(&visitor)),
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}

async fn draw(
    ctx: &Context,
    visitor: &Visitor,
    asked: &Asked,
    mine: Option<FeedbackId>,
    wrong: String,
) -> Result<Response, Error> {
    let given = match mine {
        Some(id) => tap::given(ctx, asked, id).await?,
        None => None,
    };
    let faces = faces(visitor, given);
    Ok(render(&FeedbackPage {
        shell: Shell::of(visitor, &asked.home),
        what: what(ctx, visitor, asked),
        closed: asked.shut.map(|shut| closed(visitor, shut)),
        yours: faces
            .iter()
            .find(|face| face.on)
            .map(|face| visitor.words.a("feedback-yours", "answer", &face.label))
            .unwrap_or_default(),
        faces,
        client_id: mine.unwrap_or_else(|| ctx.new_id(ctx.now())),
        wrong,
    }))
}

/// `POST /c/{community}/sessions/{id}/feedback/{token}`.
pub(super) async fn answer(
    State(web): State<Web>,
    visitor: Visitor,
    Origin(from): Origin,
    Path((slug, session, token)): Address,
    jar: CookieJar,
    Form(filled): Form<Filled>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let asked = match tap::by_link(ctx, &slug, &session, &token, Source::Phone).await {
        Ok(asked) => asked,
        Err(Error::NotFound { .. }) => return Ok(gone(&visitor)),
        Err(error) => return Err(WebError::new(&visitor, error)),
    };
    // The phone's own cookie wins: a page opened twice on it is still one phone.
    let id = mine(&jar)
        .or_else(|| filled.client_id.parse().ok())
        .ok_or_else(|| Error::invalid("client_id", "not-a-uuid", &filled.client_id))
        .for_visitor(&visitor)?;
    let here = tap_path(&asked, "feedback", &token);
    match tap::answer(ctx, &asked, Source::Phone, from, id, &filled.answer).await {
        Ok(_) => {
            let mut headers = HeaderMap::new();
            let secure = if ctx.settings.is_secure() { "; Secure" } else { "" };
            let kept = (asked.session.ends.timestamp() + OPEN_AFTER)
                .duration_since(ctx.now())
                .as_secs()
                .max(0);
            let cookie = format!("{MINE}={id}; Path={here}; Max-Age={kept}; HttpOnly; SameSite=Lax{secure}");
            if let Ok(cookie) = HeaderValue::from_str(&cookie) {
                headers.append(SET_COOKIE, cookie);
            }
            Ok((headers, Redirect::to(&here)).into_response())
        }
        // Cancelled, still to come, over: the page itself says so.
        Err(Error::State { code }) if asked.shut.is_some_and(|shut| shut.code() == code) => {
            Ok(Redirect::to(&here).into_response())
        }
        Err(error) => {
            let wrong = said(&visitor, error)?;
            let page = draw(ctx, &visitor, &asked, mine(&jar), wrong)
                .await
                .for_visitor(&visitor)?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

fn tap_path(asked: &Asked, way: &str, token: &str) -> String {
    format!("/c/{}/sessions/{}/{way}/{token}", asked.home.slug, asked.session.id)
}

/// What the page says of an error it can speak of; other errors go their usual way.
fn said(visitor: &Visitor, error: Error) -> Result<String, WebError> {
    match error {
        Error::Invalid(fields) => Ok(fields
            .first()
            .map(|field| visitor.words.field_error(field))
            .unwrap_or_default()),
        Error::State { code } => Ok(visitor.words.t(&format!("error-{code}"))),
        other => Err(WebError::new(visitor, other)),
    }
}

/// `GET /c/{community}/sessions/{id}/kiosk/{token}`.
pub(super) async fn show_kiosk(
    State(web): State<Web>,
    visitor: Visitor,
    Path((slug, session, token)): Address,
) -> Result<Response, WebError> {
    match tap::by_link(&web.ctx, &slug, &session, &token, Source::Kiosk).await {
        Ok(asked) => Ok(kiosk(&web.ctx, &visitor, &asked, &token, false, String::new())),
        Err(Error::NotFound { .. }) => Ok(gone(&visitor)),
        Err(error) => Err(WebError::new(&visitor, error)),
    }
}

fn kiosk(ctx: &Context, visitor: &Visitor, asked: &Asked, token: &str, thanks: bool, wrong: String) -> Response {
    render(&KioskPage {
        shell: Shell::of(visitor, &asked.home),
        what: what(ctx, visitor, asked),
        closed: asked.shut.map(|shut| closed(visitor, shut)),
        faces: faces(visitor, None),
        client_id: ctx.new_id(ctx.now()),
        here: tap_path(asked, "kiosk", token),
        thanks,
        wrong,
    })
}

/// `POST /c/{community}/sessions/{id}/kiosk/{token}`: thanks, with a link to the next person. (With its script the page stays, and comes back by itself.)
pub(super) async fn tap_kiosk(
    State(web): State<Web>,
    visitor: Visitor,
    Origin(from): Origin,
    Path((slug, session, token)): Address,
    Form(filled): Form<Filled>,
) -> Result<Response, WebError> {
    let ctx = &web.ctx;
    let asked = match tap::by_link(ctx, &slug, &session, &token, Source::Kiosk).await {
        Ok(asked) => asked,
        Err(Error::NotFound { .. }) => return Ok(gone(&visitor)),
        Err(error) => return Err(WebError::new(&visitor, error)),
    };
    let id = filled
        .client_id
        .parse()
        .map_err(|_| Error::invalid("client_id", "not-a-uuid", &filled.client_id))
        .for_visitor(&visitor)?;
    match tap::answer(ctx, &asked, Source::Kiosk, from, id, &filled.answer).await {
        Ok(Tapped::Counted | Tapped::Changed | Tapped::Same) => {
            Ok(kiosk(ctx, &visitor, &asked, &token, true, String::new()))
        }
        Err(error) => {
            let status = match error {
                Error::State { .. } => StatusCode::CONFLICT,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let wrong = said(&visitor, error)?;
            let page = kiosk(ctx, &visitor, &asked, &token, false, wrong);
            Ok((status, page).into_response())
        }
    }
}
