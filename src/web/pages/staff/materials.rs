//! The materials of a programme: links and files, in the order residents see them.

use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::form::Wrong;
use crate::domain::community::Community;
use crate::domain::id::{MaterialId, ProgrammeId};
use crate::domain::material::{FILE_BYTES, MOST_MATERIALS, MaterialError, endings, size_words};
use crate::services::material::{self, Act, NewBody, NewMaterial, field_error};
use crate::services::{Error, programme};
use crate::web::Web;
use crate::web::body::{UploadError, read_upload};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::materials::MaterialLine;
use crate::web::pages::render;

/// What was typed about a new link or file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkForm {
    title: String,
    url: String,
    public: String,
}

#[derive(Template)]
#[template(path = "staff/materials.html")]
struct MaterialsPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: ProgrammeId,
    title: &'a str,
    done: String,
    undo: Option<MaterialId>,
    wrong: Wrong,
    rows: Vec<MaterialLine>,
    form: LinkForm,
    /// The title typed beside a file.
    file_title: String,
    accept: String,
    most: String,
    most_bytes: usize,
    full: bool,
}

/// What was just done.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Done {
    done: String,
    m: Option<MaterialId>,
}

/// `GET /staff/programmes/{id}/materials`.
pub async fn show(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProgrammeId>,
    Query(done): Query<Done>,
) -> Result<Response, WebError> {
    draw(
        &web,
        &page,
        id,
        done,
        Wrong::default(),
        (LinkForm::default(), String::new()),
        StatusCode::OK,
    )
    .await
}

/// The page again, with what was typed and what is wrong with it.
async fn refused(
    web: &Web,
    page: &StaffPage,
    id: ProgrammeId,
    wrong: Wrong,
    typed: (LinkForm, String),
) -> Result<Response, WebError> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    draw(web, page, id, Done::default(), wrong, typed, status).await
}

async fn draw(
    web: &Web,
    page: &StaffPage,
    id: ProgrammeId,
    done: Done,
    wrong: Wrong,
    (form, file_title): (LinkForm, String),
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let found = programme::find(&web.ctx, home.id, id).await.for_visitor(v)?;
    let all = material::list(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let said = match done.done.as_str() {
        "added" | "removed" | "restored" | "changed" => words.t(&format!("material-done-{}", done.done)),
        _ => String::new(),
    };
    let template = MaterialsPage {
        v,
        community: home,
        active: "week",
        badge: page.badge,
        id,
        title: words.pick(&found.title, &found.title_en),
        undo: done.m.filter(|_| done.done == "removed"),
        done: said,
        wrong,
        full: u64::try_from(all.len()).is_ok_and(|count| count >= MOST_MATERIALS),
        rows: all.iter().map(|one| MaterialLine::of(words, &home.slug, one)).collect(),
        form,
        file_title,
        accept: endings()
            .iter()
            .map(|ending| format!(".{ending}"))
            .collect::<Vec<_>>()
            .join(","),
        most: size_words(FILE_BYTES as u64),
        most_bytes: FILE_BYTES,
    };
    Ok((status, render(&template)).into_response())
}

fn back(id: ProgrammeId, done: &str, material: Option<MaterialId>) -> Response {
    let material = material.map(|id| format!("&m={id}")).unwrap_or_default();
    Redirect::to(&format!("/staff/programmes/{id}/materials?done={done}{material}")).into_response()
}

/// `POST /staff/programmes/{id}/materials`: a file.
pub async fn upload(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProgrammeId>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let sent = match read_upload(&headers, form).await {
        Ok(sent) => sent,
        Err(error) => {
            let status = error.status();
            let wrong = Wrong::of_error(words, UploadError::into_error(error)).for_visitor(v)?;
            let nothing = (LinkForm::default(), String::new());
            return draw(&web, &page, id, Done::default(), wrong, nothing, status).await;
        }
    };
    let title = sent.text("title").to_owned();
    let public = sent.text("public") == "1";
    let added = match sent.file {
        None => Err(Error::Invalid(vec![field_error("file", &MaterialError::Missing, "")])),
        Some((name, bytes)) => {
            let new = NewMaterial {
                title: title.clone(),
                public,
                body: NewBody::File(name, bytes),
            };
            material::add(&web.ctx, &v.actor, page.community.id, id, new).await
        }
    };
    match added {
        Ok(_) => Ok(back(id, "added", None)),
        Err(error) => {
            let mut wrong = Wrong::of_error(words, error).for_visitor(v)?;
            for item in wrong.items.iter_mut().filter(|item| item.field == "title") {
                "file_title".clone_into(&mut item.field);
            }
            let typed = (LinkForm::default(), title);
            refused(&web, &page, id, wrong, typed).await
        }
    }
}

/// `POST /staff/programmes/{id}/materials/links`.
pub async fn link(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ProgrammeId>,
    Form(form): Form<LinkForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let new = NewMaterial {
        title: form.title.clone(),
        public: form.public == "1",
        body: NewBody::Link(form.url.clone()),
    };
    match material::add(&web.ctx, &v.actor, page.community.id, id, new).await {
        Ok(_) => Ok(back(id, "added", None)),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            let typed = (form, String::new());
            refused(&web, &page, id, wrong, typed).await
        }
    }
}

/// What is done to a material.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActForm {
    act: String,
    title: String,
}

/// `POST /staff/programmes/{id}/materials/{material}`.
pub async fn act(
    page: StaffPage,
    State(web): State<Web>,
    Path((id, one)): Path<(ProgrammeId, MaterialId)>,
    Form(form): Form<ActForm>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (act, done) = match form.act.as_str() {
        "retitle" => (Act::Retitle(form.title.clone()), "changed"),
        "show" => (Act::Show(true), "changed"),
        "hide" => (Act::Show(false), "changed"),
        "up" => (Act::Up, "changed"),
        "down" => (Act::Down, "changed"),
        "remove" => (Act::Remove, "removed"),
        "restore" => (Act::Restore, "restored"),
        other => return Err(WebError::new(v, Error::invalid("act", "form-choose", other))),
    };
    match material::act(&web.ctx, &v.actor, page.community.id, id, one, act).await {
        Ok(_) => Ok(back(id, done, Some(one))),
        Err(error @ Error::Invalid(_)) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            let typed = (LinkForm::default(), String::new());
            refused(&web, &page, id, wrong, typed).await
        }
        Err(error) => Err(WebError::new(v, error)),
    }
}
