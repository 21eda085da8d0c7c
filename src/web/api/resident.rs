//! Residents of a community. Numbers come in whole and go out masked: who needs to dial one looks at the staff pages.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::entry::{community_of, field, id_at, whole_number};
use crate::domain::id::ResidentId;
use crate::domain::resident::Resident;
use crate::domain::text::Purpose;
use crate::services::resident::{self, Filter, MOST_LISTED, NewResident};
use crate::services::{Context, Error, FieldError};
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(utoipa::OpenApi)]
#[openapi(paths(list, create), components(schemas(ResidentItem, ResidentList, ResidentBody)))]
pub struct Doc;

/// `/communities/{community}/residents`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/residents", Who::Staff, list)
        .post("/api/v1/communities/{community}/residents", Who::Staff, create)
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
        }
    }
}

/// A page of residents.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ResidentList {
    /// In the order they were entered.
    pub items: Vec<ResidentItem>,
    /// Cursor of the next page; null on the last one.
    pub next: Option<String>,
}

/// Which residents are asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ResidentQuery {
    /// Part of a name, pinyin initials, the last four digits or a whole number.
    pub query: String,
    /// Only those staff have not looked at yet.
    pub unchecked: bool,
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
        after,
        limit: query.limit.unwrap_or(MOST_LISTED),
    };
    let (residents, more) = resident::list(&ctx, &v.actor, community, &filter)
        .await
        .for_visitor(&v)?;
    let next = residents.last().filter(|_| more).map(|last| last.id.to_string());
    let items = residents.into_iter().map(ResidentItem::from).collect();
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

fn read(body: &Value) -> Result<NewResident, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut text = |name: &'static str| match field(body, name) {
        None => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(_) => {
            wrong.push(FieldError::new(name, "not-a-text", ""));
            String::new()
        }
    };
    let mut new = NewResident {
        name: text("name"),
        phone: text("phone"),
        gender: text("gender"),
        email: text("email"),
        building: text("building"),
        family_name: text("family_name"),
        family_phone: text("family_phone"),
        ..NewResident::default()
    };
    let tell_by = text("tell_by");
    if !tell_by.is_empty() {
        match tell_by.parse() {
            Ok(known) => new.tell_by = known,
            Err(_) => wrong.push(FieldError::new("tell_by", "tell-by-unknown", tell_by)),
        }
    }
    match whole_number(body, "birth_year") {
        // A year beyond any year is refused with the range by the use case.
        Ok(year) => new.birth_year = year.map(|year| i32::try_from(year).unwrap_or(i32::MAX)),
        Err(error) => wrong.push(error),
    }
    match id_at(body, "grid_id") {
        Ok(id) => new.grid_id = id.map(Into::into),
        Err(error) => wrong.push(error),
    }
    match field(body, "care") {
        None => {}
        Some(Value::Array(list)) if list.len() <= 10 && list.iter().all(Value::is_string) => {
            new.care = list.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect();
        }
        Some(_) => wrong.push(FieldError::new("care", "care-list", "")),
    }
    if wrong.is_empty() { Ok(new) } else { Err(wrong) }
}
