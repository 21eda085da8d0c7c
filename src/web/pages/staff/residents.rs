//! Residents: found by name, initials, building or number; entered and changed by staff.

mod consent;
mod duplicates;
mod erase;
mod export;
mod merge;
mod opt_out;
mod profile;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::{Form, Query};
use serde::Deserialize;

use super::StaffPage;
use super::form::{Choice, Wrong, choices, named};
use crate::domain::community::Community;
use crate::domain::id::ResidentId;
use crate::domain::resident::{Resident, TellBy};
use crate::domain::text::{Phone, Purpose};
use crate::services::resident::{self, Filter, NewResident};
use crate::services::wording::Words;
use crate::services::{Context, Error, FieldError, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::routes::{Routes, Who};

/// Residents on one page.
const PAGE: u64 = 50;
/// Care categories offered by name; others can be written beside them.
const CARE: [&str; 7] = ["独居", "空巢", "高龄", "孤寡", "失独", "低保", "优抚"];

/// The pages about residents.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff/residents", Who::Staff, list)
        .post("/staff/residents", Who::Staff, create)
        .get("/staff/residents/new", Who::Staff, new)
        .get("/staff/residents/duplicates", Who::Staff, duplicates::show)
        .post("/staff/residents/duplicates/apart", Who::Staff, duplicates::set_apart)
        .get("/staff/residents/consent-text", Who::Staff, consent::text)
        .post("/staff/residents/merges/{merge}/undo", Who::Staff, merge::undo)
        .get("/staff/residents/{id}", Who::Staff, profile::show)
        .post("/staff/residents/{id}", Who::Staff, save)
        .get("/staff/residents/{id}/edit", Who::Staff, edit)
        .post("/staff/residents/{id}/number", Who::Staff, profile::number)
        .post("/staff/residents/{id}/consents", Who::Staff, consent::note)
        .post("/staff/residents/{id}/opt-outs", Who::Staff, opt_out::save)
        .get("/staff/residents/{id}/merge", Who::Staff, merge::look)
        .post("/staff/residents/{id}/merge", Who::Staff, merge::carry_out)
        .get("/staff/residents/{id}/export", Who::Staff, export::show)
        .get("/staff/residents/{id}/erase", Who::Staff, erase::look)
        .post("/staff/residents/{id}/erase", Who::Staff, erase::carry_out)
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    unchecked: bool,
    no_consent: bool,
    grid: String,
    care: String,
    after: Option<ResidentId>,
    saved: bool,
    erased: bool,
}

impl Asked {
    fn filter(&self) -> Filter {
        Filter {
            query: self.q.clone(),
            unchecked: self.unchecked,
            no_consent: self.no_consent,
            grid: self.grid.parse().ok(),
            care: self.care.clone(),
            after: self.after,
            limit: PAGE,
        }
    }

    fn narrowed(&self) -> bool {
        !self.q.trim().is_empty() || self.unchecked || self.no_consent || !self.grid.is_empty() || !self.care.is_empty()
    }

    fn page_after(&self, last: ResidentId) -> String {
        format!(
            "/staff/residents?q={}&unchecked={}&no_consent={}&grid={}&care={}&after={last}",
            encode(&self.q),
            self.unchecked,
            self.no_consent,
            encode(&self.grid),
            encode(&self.care),
        )
    }
}

struct Row {
    id: ResidentId,
    name: String,
    phone: String,
    building: String,
    grid: String,
    birth_year: String,
    care: String,
    unchecked: bool,
    no_consent: bool,
}

#[derive(Template)]
#[template(path = "staff/residents/list.html")]
struct List<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    heading: String,
    asked: &'a Asked,
    grids: Vec<Choice>,
    cares: Vec<Choice>,
    rows: Vec<Row>,
    count: u64,
    narrowed: bool,
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
    let home = page.community.id;
    let filter = asked.filter();
    let (found, more) = resident::list(&web.ctx, &v.actor, home, &filter).await.for_visitor(v)?;
    let count = resident::count(&web.ctx, &v.actor, home, &Filter { after: None, ..filter })
        .await
        .for_visitor(v)?;
    let unchecked = resident::unchecked_count(&web.ctx, &v.actor, home)
        .await
        .for_visitor(v)?;
    let grids = community::grids(&web.ctx, home).await.for_visitor(v)?;
    let rows = found.iter().map(|one| Row {
        id: one.id,
        name: one.name.reveal(Purpose::ShowStaff).to_owned(),
        phone: one.reached_at().map(Phone::masked).unwrap_or_default(),
        building: one.building.clone(),
        grid: grids
            .iter()
            .find(|grid| Some(grid.id) == one.grid_id)
            .map(|grid| grid.name.clone())
            .unwrap_or_default(),
        birth_year: one.birth_year.map(|year| year.to_string()).unwrap_or_default(),
        care: one
            .care
            .iter()
            .map(|care| care_name(words, care))
            .collect::<Vec<_>>()
            .join(&words.t("resident-care-comma")),
        unchecked: one.unchecked,
        no_consent: one.consent_on.is_none(),
    });
    let all = (String::new(), words.t("resident-all"));
    let cares = CARE.iter().map(|care| ((*care).to_owned(), care_name(words, care)));
    let saved = asked.saved.then(|| words.t("resident-saved"));
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
        rows: rows.collect(),
        count,
        narrowed: asked.narrowed(),
        more: found.last().filter(|_| more).map(|last| asked.page_after(last.id)),
        grids: choices(
            std::iter::once(all.clone()).chain(grids.into_iter().map(|grid| (grid.id.to_string(), grid.name))),
            &asked.grid,
        ),
        cares: choices(std::iter::once(all).chain(cares), &asked.care),
        unchecked,
        said: saved.or_else(|| asked.erased.then(|| words.t("resident-erased-done"))),
        asked: &asked,
    }))
}

/// A care category as it is said; one that is not on the list is said as it was written.
fn care_name(words: Words, care: &str) -> String {
    CARE.iter()
        .position(|known| *known == care)
        .map_or_else(|| care.to_owned(), |at| words.t(&format!("resident-care-{at}")))
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
    care: Vec<String>,
    care_other: String,
}

impl Typed {
    fn of(one: &Resident) -> Self {
        let number = |phone: Option<&Phone>| {
            // Whoever must dial it asks for it, with a reason.
            phone.map(Phone::masked).unwrap_or_default()
        };
        let (care, other): (Vec<String>, Vec<String>) =
            one.care.iter().cloned().partition(|care| CARE.contains(&care.as_str()));
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
            care,
            care_other: other.join("、"),
        }
    }

    fn read(&self) -> Result<NewResident, Error> {
        let written = self.care_other.split(['、', ',', '，', ';', '；']).map(str::trim);
        let care = self
            .care
            .iter()
            .map(String::as_str)
            .chain(written)
            .filter(|care| !care.is_empty())
            .map(ToOwned::to_owned)
            .collect();
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
    cares: Vec<Choice>,
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
        cares: CARE
            .iter()
            .map(|care| Choice {
                value: (*care).to_owned(),
                label: care_name(words, care),
                on: typed.care.iter().any(|ticked| ticked == care),
            })
            .collect(),
    }))
}

/// `GET /staff/residents/new`.
///
/// # Errors
/// As the use case.
pub async fn new(page: StaffPage, State(web): State<Web>) -> Result<Response, WebError> {
    form(&page, &web.ctx, None, &Typed::default(), &Wrong::default()).await
}

/// `GET /staff/residents/{id}/edit`.
///
/// # Errors
/// As the use case.
pub async fn edit(page: StaffPage, State(web): State<Web>, Path(id): Path<ResidentId>) -> Result<Response, WebError> {
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
    let done = match typed.read() {
        Ok(new) => resident::create(&web.ctx, &v.actor, page.community.id, new)
            .await
            .map(|made| made.id),
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
    let done = match typed.read() {
        Ok(changed) => resident::update(&web.ctx, &v.actor, page.community.id, id, changed)
            .await
            .map(|_| id),
        Err(error) => Err(error),
    };
    answer(&page, &web.ctx, Some(id), &typed, done).await
}

async fn answer(
    page: &StaffPage,
    ctx: &Context,
    id: Option<ResidentId>,
    typed: &Typed,
    done: Result<ResidentId, Error>,
) -> Result<Response, WebError> {
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/staff/residents/{id}?done=saved")).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(page.visitor.words, error).for_visitor(&page.visitor)?;
            let again = form(page, ctx, id, typed, &wrong).await?;
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
        }
    }
}
