//! Residents: found by name, initials or number; entered and changed by staff.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::StaffPage;
use super::form::{Choice, Wrong, choices, named};
use crate::domain::community::Community;
use crate::domain::id::ResidentId;
use crate::domain::resident::{Resident, TellBy};
use crate::domain::text::{Phone, Purpose};
use crate::services::resident::{self, Filter, NewResident};
use crate::services::{Context, Error, FieldError, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Residents on one page.
const PAGE: u64 = 50;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    unchecked: bool,
    after: Option<ResidentId>,
    #[serde(default)]
    saved: bool,
}

struct Row {
    id: ResidentId,
    name: String,
    phone: String,
    building: String,
    tell_by: String,
    email: String,
    unchecked: bool,
}

#[derive(Template)]
#[template(path = "staff/residents/list.html")]
struct List<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    heading: String,
    query: String,
    rows: Vec<Row>,
    more: Option<String>,
    unchecked: u64,
    said: Option<String>,
}

/// `GET /staff/residents`.
///
/// # Errors
/// As the use case.
pub async fn list(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let filter = Filter {
        query: asked.q.clone(),
        unchecked: asked.unchecked,
        after: asked.after,
        limit: PAGE,
    };
    let (found, more) = resident::list(&web.ctx, &v.actor, page.community.id, &filter)
        .await
        .for_visitor(v)?;
    let unchecked = resident::unchecked_count(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let more = found.last().filter(|_| more).map(|last| {
        format!(
            "/staff/residents?q={}&unchecked={}&after={}",
            encode(&asked.q),
            asked.unchecked,
            last.id
        )
    });
    let rows = found.iter().map(|one| Row {
        id: one.id,
        name: one.name.reveal(Purpose::ShowStaff).to_owned(),
        phone: one.reached_at().map(Phone::masked).unwrap_or_default(),
        building: one.building.clone(),
        tell_by: words.t(&format!("resident-tell-by-{}", one.tell_by)),
        email: one.email.clone(),
        unchecked: one.unchecked,
    });
    Ok(render(&List {
        v,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        heading: words.t(if asked.unchecked {
            "resident-heading-unchecked"
        } else {
            "resident-heading"
        }),
        query: asked.q,
        rows: rows.collect(),
        more,
        unchecked,
        said: asked.saved.then(|| words.t("resident-saved")),
    }))
}

/// The form as typed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    phone: String,
    tell_by: String,
    email: String,
    building: String,
    grid_id: String,
    birth_year: String,
    gender: String,
    family_name: String,
    family_phone: String,
}

impl Typed {
    fn of(one: &Resident) -> Self {
        let number = |phone: Option<&Phone>| {
            phone
                .map(|phone| phone.reveal(Purpose::ShowStaff).to_owned())
                .unwrap_or_default()
        };
        Self {
            name: one.name.reveal(Purpose::ShowStaff).to_owned(),
            phone: number(one.phone.as_ref()),
            tell_by: one.tell_by.to_string(),
            email: one.email.clone(),
            building: one.building.clone(),
            grid_id: one.grid_id.map(|id| id.to_string()).unwrap_or_default(),
            birth_year: one.birth_year.map(|year| year.to_string()).unwrap_or_default(),
            gender: one.gender.clone(),
            family_name: one.family_name.clone(),
            family_phone: number(one.family_phone.as_ref()),
        }
    }

    fn read(&self, care: Vec<String>) -> Result<NewResident, Error> {
        let year = self.birth_year.trim();
        let birth_year = if year.is_empty() {
            Ok(None)
        } else {
            year.parse().map(Some)
        };
        let grid_id = if self.grid_id.is_empty() {
            Ok(None)
        } else {
            self.grid_id.parse().map(Some)
        };
        let mut wrong = Vec::new();
        if birth_year.is_err() {
            wrong.push(FieldError::new("birth_year", "resident-year-number", year));
        }
        if grid_id.is_err() {
            wrong.push(FieldError::new("grid_id", "grid-unknown", &*self.grid_id));
        }
        match (birth_year, grid_id) {
            (Ok(birth_year), Ok(grid_id)) => Ok(NewResident {
                name: self.name.clone(),
                phone: self.phone.clone(),
                gender: self.gender.clone(),
                birth_year,
                email: self.email.clone(),
                building: self.building.clone(),
                grid_id,
                care,
                family_name: self.family_name.clone(),
                family_phone: self.family_phone.clone(),
                tell_by: self.tell_by.parse().unwrap_or(TellBy::Phone),
            }),
            _ => Err(Error::Invalid(wrong)),
        }
    }
}

#[derive(Template)]
#[template(path = "staff/residents/form.html")]
struct FormPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    heading: String,
    action: String,
    typed: &'a Typed,
    wrong: &'a Wrong,
    tell_by: Vec<Choice>,
    grids: Vec<Choice>,
    genders: Vec<Choice>,
}

async fn form(
    page: &StaffPage,
    ctx: &Context,
    id: Option<ResidentId>,
    typed: &Typed,
    wrong: &Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let grids = community::grids(ctx, page.community.id).await.for_visitor(v)?;
    let none = (String::new(), words.t("resident-not-said"));
    let genders = [
        none.clone(),
        ("female".to_owned(), words.t("resident-female")),
        ("male".to_owned(), words.t("resident-male")),
    ];
    Ok(render(&FormPage {
        v,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        heading: words.t(if id.is_some() {
            "resident-change"
        } else {
            "resident-new"
        }),
        action: id.map_or_else(|| "/staff/residents".to_owned(), |id| format!("/staff/residents/{id}")),
        typed,
        wrong,
        tell_by: named(words, "resident-tell-by", &["phone", "email", "none"], &typed.tell_by),
        grids: choices(
            std::iter::once(none).chain(grids.into_iter().map(|grid| (grid.id.to_string(), grid.name))),
            &typed.grid_id,
        ),
        genders: choices(genders, &typed.gender),
    }))
}

/// `GET /staff/residents/new`.
///
/// # Errors
/// As the use case.
pub async fn new(page: StaffPage, State(web): State<Web>) -> Result<Response, WebError> {
    form(&page, &web.ctx, None, &Typed::default(), &Wrong::default()).await
}

/// `GET /staff/residents/{id}`.
///
/// # Errors
/// As the use case.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<ResidentId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let known = resident::get(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    form(&page, &web.ctx, Some(id), &Typed::of(&known), &Wrong::default()).await
}

/// `POST /staff/residents`.
///
/// # Errors
/// As the use case.
pub async fn create(page: StaffPage, State(web): State<Web>, Form(typed): Form<Typed>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let done = match typed.read(Vec::new()) {
        Ok(new) => resident::create(&web.ctx, &v.actor, page.community.id, new)
            .await
            .map(|_| ()),
        Err(error) => Err(error),
    };
    answer(&page, &web.ctx, None, &typed, done).await
}

/// `POST /staff/residents/{id}`.
///
/// # Errors
/// As the use case.
pub async fn save(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<ResidentId>,
    Form(typed): Form<Typed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let known = resident::get(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    let done = match typed.read(known.care) {
        Ok(changed) => resident::update(&web.ctx, &v.actor, page.community.id, id, changed)
            .await
            .map(|_| ()),
        Err(error) => Err(error),
    };
    answer(&page, &web.ctx, Some(id), &typed, done).await
}

async fn answer(
    page: &StaffPage,
    ctx: &Context,
    id: Option<ResidentId>,
    typed: &Typed,
    done: Result<(), Error>,
) -> Result<Response, WebError> {
    match done {
        Ok(()) => Ok(Redirect::to("/staff/residents?saved=true").into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(page.visitor.words, error).for_visitor(&page.visitor)?;
            let again = form(page, ctx, id, typed, &wrong).await?;
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}
