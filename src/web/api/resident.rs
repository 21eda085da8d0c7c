//! Residents of a community. Numbers come in whole and go out masked: who needs to dial one asks for it with a reason.

pub mod people;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::entry::{community_of, field, id_at, whole_number};
use crate::domain::access::{Actor, Field, sees};
use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::resident::Resident;
use crate::domain::text::{Phone, Purpose, mask};
use crate::services::resident::{self, Filter, MOST_LISTED, NewResident};
use crate::services::{Context, Error, FieldError};
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(list, create, get, change),
    components(schemas(ResidentItem, ResidentList, ResidentBody))
)]
pub struct Doc;

/// `/communities/{community}/residents`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/residents", Who::Staff, list)
        .post("/api/v1/communities/{community}/residents", Who::Staff, create)
        .get("/api/v1/communities/{community}/residents/{id}", Who::Staff, get)
        .patch("/api/v1/communities/{community}/residents/{id}", Who::Staff, change)
        .merge(people::routes())
}

/// A resident.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ResidentItem {
    /// Their id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Pinyin initials of the name.
    pub initials: String,
    /// Their number, masked: `139****6621`.
    pub phone: Option<String>,
    /// `female`, `male` or empty.
    pub gender: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// E-mail; may be empty.
    pub email: String,
    /// Building and unit.
    pub building: String,
    /// Grid.
    pub grid_id: Option<Uuid>,
    /// Care categories.
    pub care: Vec<String>,
    /// Family contact.
    pub family_name: String,
    /// Their number, masked.
    pub family_phone: Option<String>,
    /// How they want to be told: `email`, `phone` or `none`.
    pub tell_by: String,
    /// Who entered them: `staff`, `self`, `family`, `phone`, `counter`.
    pub source: String,
    /// Came in through the public form, and staff have not looked at it yet.
    pub unchecked: bool,
    /// The day they agreed to being kept; null when they did not, or took it back.
    pub consent_on: Option<String>,
    /// The resident this one was merged into.
    pub merged_into: Option<Uuid>,
    /// When their identity was erased.
    pub erased_at: Option<String>,
}

impl ResidentItem {
    /// Without what the actor does not see of residents.
    fn shown_to(mut self, actor: &Actor, community: CommunityId) -> Self {
        let hidden = |field| !sees(actor, field, community);
        if hidden(Field::Name) {
            self.name = mask(&self.name);
            self.initials = String::new();
        }
        if hidden(Field::MaskedPhone) {
            self.phone = None;
        }
        if hidden(Field::BirthYear) {
            self.gender = String::new();
            self.birth_year = None;
        }
        if hidden(Field::Email) {
            self.email = String::new();
        }
        if hidden(Field::Building) {
            self.building = String::new();
        }
        if hidden(Field::Grid) {
            self.grid_id = None;
        }
        if hidden(Field::Care) {
            self.care = Vec::new();
        }
        if hidden(Field::Family) {
            self.family_name = String::new();
            self.family_phone = None;
        }
        if hidden(Field::History) {
            self.consent_on = None;
        }
        self
    }
}

impl From<Resident> for ResidentItem {
    fn from(one: Resident) -> Self {
        Self {
            id: one.id.0,
            name: one.name.reveal(Purpose::ShowStaff).to_owned(),
            initials: one.initials,
            phone: one.phone.map(|phone| phone.masked()),
            gender: one.gender,
            birth_year: one.birth_year,
            email: one.email,
            building: one.building,
            grid_id: one.grid_id.map(|id| id.0),
            care: one.care,
            family_name: one.family_name,
            family_phone: one.family_phone.map(|phone| phone.masked()),
            tell_by: one.tell_by.to_string(),
            source: one.source.to_string(),
            unchecked: one.unchecked,
            consent_on: one.consent_on.map(|on| on.to_string()),
            merged_into: one.merged_into.map(|id| id.0),
            erased_at: one.erased_at.map(|at| at.to_string()),
        }
    }
}

/// A page of residents.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ResidentList {
    /// By pinyin.
    pub items: Vec<ResidentItem>,
    /// Cursor of the next page; null on the last one.
    pub next: Option<String>,
}

/// Which residents are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ResidentQuery {
    /// Part of a name, pinyin initials, a building, the last four digits or a whole number.
    pub query: String,
    /// Only those staff have not looked at yet.
    pub unchecked: bool,
    /// Only those whose consent to being kept does not stand.
    pub no_consent: bool,
    /// Only those of this grid.
    pub grid_id: Option<Uuid>,
    /// Only those of this care category.
    pub care: String,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// At most so many, 1 to 200.
    pub limit: Option<u64>,
}

/// Lists residents.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/residents",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ResidentQuery),
    responses(
        (status = 200, description = "A page of them", body = ResidentList),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such community", body = Problem),
    )
)]
pub async fn list(
    v: Visitor,
    State(ctx): State<Context>,
    Path(community): Path<String>,
    Query(query): Query<ResidentQuery>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let after = query
        .cursor
        .as_deref()
        .map(|cursor| {
            cursor
                .parse::<ResidentId>()
                .map_err(|_| Error::invalid("cursor", "query-cursor", cursor))
        })
        .transpose()
        .for_visitor(&v)?;
    let filter = Filter {
        query: query.query,
        unchecked: query.unchecked,
        no_consent: query.no_consent,
        grid: query.grid_id.map(Into::into),
        care: query.care,
        after,
        limit: query.limit.unwrap_or(MOST_LISTED),
    };
    let (residents, more) = resident::list(&ctx, &v.actor, community, &filter)
        .await
        .for_visitor(&v)?;
    let next = residents.last().filter(|_| more).map(|last| last.id.to_string());
    let items = residents
        .into_iter()
        .map(|one| ResidentItem::from(one).shown_to(&v.actor, community))
        .collect();
    Ok(Json(ResidentList { items, next }).into_response())
}

/// A resident to be entered.
#[derive(Debug, utoipa::ToSchema)]
#[allow(
    dead_code,
    reason = "describes a body that is read field by field, so that every wrong one is named"
)]
pub struct ResidentBody {
    /// Name, 1 to 40 characters.
    name: String,
    /// 11 digits beginning with 1, or a landline with its area code.
    phone: Option<String>,
    /// `female` or `male`.
    gender: Option<String>,
    /// Year of birth, from 1900 on.
    birth_year: Option<i32>,
    /// E-mail.
    email: Option<String>,
    /// Building and unit.
    building: Option<String>,
    /// Grid.
    grid_id: Option<Uuid>,
    /// Care categories, at most ten.
    care: Option<Vec<String>>,
    /// Family contact.
    family_name: Option<String>,
    /// Their number.
    family_phone: Option<String>,
    /// `email`, `phone` (the default) or `none`.
    tell_by: Option<String>,
}

/// Enters a resident.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/residents",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses")),
    request_body = ResidentBody,
    responses(
        (status = 201, description = "Entered", body = ResidentItem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such community", body = Problem),
        (status = 422, description = "Not acceptable", body = Problem),
    )
)]
pub async fn create(
    v: Visitor,
    State(ctx): State<Context>,
    Path(community): Path<String>,
    Json(body): Json<Value>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let new = read(&body).map_err(Error::Invalid).for_visitor(&v)?;
    let resident = resident::create(&ctx, &v.actor, community, new).await.for_visitor(&v)?;
    Ok((StatusCode::CREATED, Json(ResidentItem::from(resident))).into_response())
}

/// One resident, whatever became of them.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/residents/{id}",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ("id" = Uuid, Path, description = "The resident")),
    responses(
        (status = 200, description = "The resident", body = ResidentItem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such resident", body = Problem),
    )
)]
pub async fn get(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, ResidentId)>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let one = resident::get(&ctx, &v.actor, community, id).await.for_visitor(&v)?;
    Ok(Json(ResidentItem::from(one).shown_to(&v.actor, community)).into_response())
}

/// Changes what is known of a resident: fields that are not named stay; a number sent back masked stays too. It counts as looked at.
#[utoipa::path(
    patch,
    path = "/api/v1/communities/{community}/residents/{id}",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ("id" = Uuid, Path, description = "The resident")),
    request_body = ResidentBody,
    responses(
        (status = 200, description = "Changed", body = ResidentItem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such resident", body = Problem),
        (status = 409, description = "Merged or erased", body = Problem),
        (status = 422, description = "Not acceptable", body = Problem),
    )
)]
pub async fn change(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, ResidentId)>,
    Json(body): Json<Value>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let known = resident::get(&ctx, &v.actor, community, id).await.for_visitor(&v)?;
    let masked = |phone: Option<Phone>| phone.map(|phone| phone.masked()).unwrap_or_default();
    let before = NewResident {
        name: known.name.reveal(Purpose::Store).to_owned(),
        phone: masked(known.phone),
        gender: known.gender,
        birth_year: known.birth_year,
        email: known.email,
        building: known.building,
        grid_id: known.grid_id,
        care: known.care,
        family_name: known.family_name,
        family_phone: masked(known.family_phone),
        tell_by: known.tell_by,
    };
    let changed = read_over(before, &body).map_err(Error::Invalid).for_visitor(&v)?;
    let resident = resident::update(&ctx, &v.actor, community, id, changed)
        .await
        .for_visitor(&v)?;
    Ok(Json(ResidentItem::from(resident).shown_to(&v.actor, community)).into_response())
}

fn read(body: &Value) -> Result<NewResident, Vec<FieldError>> {
    read_over(NewResident::default(), body)
}

/// What `body` makes of what was `before`: a field that is not there stays, one that is null is emptied.
fn read_over(before: NewResident, body: &Value) -> Result<NewResident, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut text = |name: &'static str, before: String| match body.get(name) {
        None => before,
        Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            wrong.push(FieldError::new(name, "not-a-text", ""));
            String::new()
        }
    };
    let mut new = NewResident {
        name: text("name", before.name),
        phone: text("phone", before.phone),
        gender: text("gender", before.gender),
        email: text("email", before.email),
        building: text("building", before.building),
        family_name: text("family_name", before.family_name),
        family_phone: text("family_phone", before.family_phone),
        birth_year: before.birth_year,
        grid_id: before.grid_id,
        care: before.care,
        tell_by: before.tell_by,
    };
    let tell_by = text("tell_by", String::new());
    if !tell_by.is_empty() {
        match tell_by.parse() {
            Ok(known) => new.tell_by = known,
            Err(_) => wrong.push(FieldError::new("tell_by", "tell-by-unknown", tell_by)),
        }
    }
    match whole_number(body, "birth_year") {
        // A year beyond any year is refused with the range by the use case.
        Ok(None) if body.get("birth_year").is_none() => {}
        Ok(year) => new.birth_year = year.map(|year| i32::try_from(year).unwrap_or(i32::MAX)),
        Err(error) => wrong.push(error),
    }
    match id_at(body, "grid_id") {
        Ok(None) if body.get("grid_id").is_none() => {}
        Ok(id) => new.grid_id = id.map(Into::into),
        Err(error) => wrong.push(error),
    }
    match field(body, "care") {
        None if body.get("care").is_none() => {}
        None => new.care = Vec::new(),
        Some(Value::Array(list)) if list.len() <= 10 && list.iter().all(Value::is_string) => {
            new.care = list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        }
        Some(_) => wrong.push(FieldError::new("care", "care-list", "")),
    }
    if wrong.is_empty() { Ok(new) } else { Err(wrong) }
}
