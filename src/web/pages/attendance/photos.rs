//! Photos of a session: sent from a telephone, described, taken away and brought back. Staff only, never public.

use askama::Template;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::when;
use crate::domain::community::Community;
use crate::domain::id::{PhotoId, SessionId};
use crate::domain::material::size_words;
use crate::domain::photo::{MOST_PHOTOS, PHOTO_BYTES, Photo, PhotoError, PhotoKind};
use crate::services::Error;
use crate::services::photo::{self, Act, NewPhoto, field_error};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::body::{UploadError, read_upload};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;
use crate::web::pages::staff::form::{self, Wrong};

/// A photo as pages show it.
pub(super) struct Shot {
    /// Its id.
    pub id: PhotoId,
    /// Its address.
    pub src: String,
    /// What is to be seen.
    pub caption: String,
    /// What it is, when nobody said what is to be seen.
    pub said: String,
    /// Whether somebody on it does not want to be shown.
    pub shy: bool,
    /// Whether it is of the sheet.
    pub of_sheet: bool,
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
    /// `1.2 MB`.
    pub size: String,
}

impl Shot {
    pub(super) fn of(words: Words, session: SessionId, photo: &Photo) -> Self {
        let kind = words.t(&format!("photo-kind-{}", photo.kind));
        Self {
            id: photo.id,
            src: format!("/staff/sessions/{session}/photos/{}", photo.id),
            said: if photo.caption.is_empty() {
                kind
            } else {
                photo.caption.clone()
            },
            caption: photo.caption.clone(),
            shy: photo.shy,
            of_sheet: photo.kind == PhotoKind::Sheet,
            width: photo.width,
            height: photo.height,
            size: size_words(u64::try_from(photo.size).unwrap_or(0)),
        }
    }
}

#[derive(Template)]
#[template(path = "attendance/photos.html")]
struct PhotosPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: &'a SessionView,
    title: String,
    sub: String,
    here: &'static str,
    done: String,
    undo: Option<PhotoId>,
    wrong: Wrong,
    shots: Vec<Shot>,
    kinds: Vec<form::Choice>,
    caption: String,
    shy: bool,
    most: String,
    most_bytes: usize,
    full: bool,
}

/// What was just done, and what the next photo shows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    done: String,
    p: Option<PhotoId>,
    kind: String,
}

/// What was typed beside a file.
#[derive(Default)]
struct Beside {
    kind: String,
    caption: String,
    shy: bool,
}

/// `GET /staff/sessions/{id}/photos`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let beside = Beside {
        kind: asked.kind.clone(),
        ..Beside::default()
    };
    draw(&web, &page, id, asked, beside, Wrong::default(), StatusCode::OK).await
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    id: SessionId,
    asked: Asked,
    beside: Beside,
    wrong: Wrong,
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = page.community.id;
    let session = schedule::session(&web.ctx, home, id).await.for_visitor(v)?;
    let photos = photo::list(&web.ctx, &v.actor, home, id).await.for_visitor(v)?;
    let kind: PhotoKind = beside.kind.parse().unwrap_or(PhotoKind::Activity);
    let kinds = PhotoKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>();
    let template = PhotosPage {
        v,
        community: &page.community,
        active: "checkin",
        badge: page.badge,
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        sub: when(words, &session, page.now(&web.ctx).date()),
        here: "photos",
        undo: asked.p.filter(|_| asked.done == "removed"),
        done: match asked.done.as_str() {
            "added" | "removed" | "restored" | "changed" => words.t(&format!("photo-done-{}", asked.done)),
            _ => String::new(),
        },
        wrong,
        full: photos.len() >= MOST_PHOTOS,
        shots: photos.iter().map(|one| Shot::of(words, id, one)).collect(),
        kinds: form::named(words, "photo-kind", &kinds, kind.as_str()),
        caption: beside.caption,
        shy: beside.shy,
        most: size_words(PHOTO_BYTES as u64),
        most_bytes: PHOTO_BYTES,
        session: &session,
    };
    Ok((status, render(&template)).into_response())
}

/// `POST /staff/sessions/{id}/photos`: a photo.
pub async fn upload(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let sent = match read_upload(&headers, form).await {
        Ok(sent) => sent,
        Err(error) => {
            let status = error.status();
            let wrong = Wrong::of_error(v.words, UploadError::into_error(error)).for_visitor(v)?;
            return draw(&web, &page, id, Asked::default(), Beside::default(), wrong, status).await;
        }
    };
    let beside = Beside {
        kind: sent.text("kind").to_owned(),
        caption: sent.text("caption").to_owned(),
        shy: sent.text("shy") == "1",
    };
    let kind = beside.kind.parse().unwrap_or(PhotoKind::Activity);
    let added = match sent.file {
        None => Err(Error::Invalid(vec![field_error("file", &PhotoError::Missing, "")])),
        Some((name, bytes)) => {
            let new = NewPhoto {
                kind,
                caption: beside.caption.clone(),
                shy: beside.shy,
                name,
                bytes,
            };
            photo::add(&web.ctx, &v.actor, page.community.id, id, new).await
        }
    };
    match added {
        Ok(_) => Ok(Redirect::to(&format!("/staff/sessions/{id}/photos?done=added&kind={kind}")).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            draw(&web, &page, id, Asked::default(), beside, wrong, status).await
        }
    }
}

/// What is done to a photo.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActForm {
    act: String,
    caption: String,
    shy: String,
}

/// `POST /staff/sessions/{id}/photos/{photo}`.
pub async fn act(
    page: StaffPage,
    State(web): State<Web>,
    Path((id, one)): Path<(SessionId, PhotoId)>,
    Form(form): Form<ActForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (act, done) = match form.act.as_str() {
        "describe" => (Act::Describe(form.caption, form.shy == "1"), "changed"),
        "remove" => (Act::Remove, "removed"),
        "restore" => (Act::Restore, "restored"),
        other => return Err(WebError::new(v, Error::invalid("act", "form-choose", other))),
    };
    match photo::act(&web.ctx, &v.actor, page.community.id, id, one, act).await {
        Ok(()) => Ok(Redirect::to(&format!("/staff/sessions/{id}/photos?done={done}&p={one}")).into_response()),
        Err(error @ Error::Invalid(_)) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            draw(&web, &page, id, Asked::default(), Beside::default(), wrong, status).await
        }
        Err(error) => Err(WebError::new(v, error)),
    }
}

/// `GET /staff/sessions/{id}/photos/{photo}`: the picture.
pub async fn serve(
    page: StaffPage,
    State(web): State<Web>,
    Path((id, one)): Path<(SessionId, PhotoId)>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let _turn = web
        .downloads
        .acquire()
        .await
        .map_err(|error| Error::Internal(format!("downloads wait for nothing: {error}")))
        .for_visitor(v)?;
    let bytes = photo::read(&web.ctx, &v.actor, page.community.id, id, one)
        .await
        .for_visitor(v)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg")),
        // It may be taken away at any time, and is for staff alone.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("sandbox; default-src 'none'"),
        ),
    ];
    Ok((headers, bytes).into_response())
}
