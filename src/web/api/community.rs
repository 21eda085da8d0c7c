//! Venues and facilitators of a community.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, List, ListQuery, home, paged};
use crate::domain::community::{Facilitator, Tone, Venue};
use crate::services::community::{self, NewFacilitator, NewVenue};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list_venues, create_venue, list_facilitators, create_facilitator))]
pub struct Doc;

/// `/communities/{community}/venues`, `/facilitators`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/venues", Who::LoggedIn, list_venues)
        .post("/api/v1/communities/{community}/venues", Who::Staff, create_venue)
        .get(
            "/api/v1/communities/{community}/facilitators",
            Who::LoggedIn,
            list_facilitators,
        )
        .post(
            "/api/v1/communities/{community}/facilitators",
            Who::Staff,
            create_facilitator,
        )
}

/// A venue (场地).
#[derive(Debug, Serialize, ToSchema)]
pub struct VenueItem {
    /// Its id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// One character that marks it on every surface.
    pub mark: String,
    /// Colour family of the mark: `huo`, `ke`, `duo`, `guang` or `wai`.
    #[schema(value_type = String)]
    pub tone: Tone,
    /// How to find it.
    pub directions: String,
    /// The same in English.
    pub directions_en: String,
    /// Seats.
    pub capacity: i32,
    /// Minutes to clear between two sessions.
    pub clearing_minutes: i32,
    /// Whether it is outdoors.
    pub outdoor: bool,
    /// Opening, minutes after midnight.
    pub opens_at_minute: i32,
    /// Closing, minutes after midnight.
    pub closes_at_minute: i32,
    /// Equipment, in words.
    pub equipment: String,
    /// Closed for good from this date.
    #[schema(value_type = Option<String>, format = Date)]
    pub closed_on: Option<Date>,
}

impl From<Venue> for VenueItem {
    fn from(venue: Venue) -> Self {
        Self {
            id: venue.id.0,
            name: venue.name,
            name_en: venue.name_en,
            mark: venue.mark,
            tone: venue.tone,
            directions: venue.directions,
            directions_en: venue.directions_en,
            capacity: venue.capacity,
            clearing_minutes: venue.clearing_minutes,
            outdoor: venue.outdoor,
            opens_at_minute: venue.opens_at_minute,
            closes_at_minute: venue.closes_at_minute,
            equipment: venue.equipment,
            closed_on: venue.closed_on,
        }
    }
}

/// A venue to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VenueBody {
    /// Name, 1 to 40 characters.
    name: String,
    /// Name in English.
    #[serde(default)]
    name_en: String,
    /// One character; by default the first of the name. Unique in the community.
    #[serde(default)]
    mark: String,
    /// Colour family of the mark: `huo`, `ke`, `duo`, `guang` or `wai`.
    #[serde(default)]
    #[schema(value_type = String)]
    tone: Tone,
    /// How to find it.
    #[serde(default)]
    directions: String,
    /// The same in English.
    #[serde(default)]
    directions_en: String,
    /// Seats, 1 to 2000.
    capacity: i32,
    /// Minutes to clear between two sessions.
    #[serde(default)]
    clearing_minutes: i32,
    /// Whether it is outdoors.
    #[serde(default)]
    outdoor: bool,
    /// Opening, minutes after midnight; by default 0.
    #[serde(default)]
    opens_at_minute: i32,
    /// Closing, minutes after midnight; by default 1440.
    #[serde(default = "midnight")]
    closes_at_minute: i32,
    /// Equipment, in words.
    #[serde(default)]
    equipment: String,
    /// Closed for good from this date.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    closed_on: Option<Date>,
}

fn midnight() -> i32 {
    1440
}

/// The venues of a community
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/venues",
    tag = "communities",
    params(("community" = String, Path, description = "name in addresses"), ListQuery),
    responses((status = 200, body = List<VenueItem>), (status = 404, body = Problem))
)]
async fn list_venues(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let all = community::venues(&web.ctx, home.id).await.for_visitor(&v)?;
    let page = paged(all, &query, |venue| venue.id.0, VenueItem::from).for_visitor(&v)?;
    Ok(Json(page).into_response())
}

/// Make a venue
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/venues",
    tag = "communities",
    params(("community" = String, Path, description = "name in addresses")),
    request_body = VenueBody,
    responses((status = 201, body = VenueItem), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn create_venue(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    ApiJson(body): ApiJson<VenueBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let new = NewVenue {
        name: body.name,
        name_en: body.name_en,
        mark: body.mark,
        tone: body.tone,
        directions: body.directions,
        directions_en: body.directions_en,
        capacity: body.capacity,
        clearing_minutes: body.clearing_minutes,
        outdoor: body.outdoor,
        opens_at_minute: body.opens_at_minute,
        closes_at_minute: body.closes_at_minute,
        equipment: body.equipment,
        closed_on: body.closed_on,
    };
    let made = community::create_venue(&web.ctx, &v.actor, home.id, new)
        .await
        .for_visitor(&v)?;
    Ok((StatusCode::CREATED, Json(VenueItem::from(made))).into_response())
}

/// A facilitator (主讲人/服务人员).
#[derive(Debug, Serialize, ToSchema)]
pub struct FacilitatorItem {
    /// Their id.
    pub id: Uuid,
    /// The partner that sends them.
    pub partner_id: Option<Uuid>,
    /// Name as announced.
    pub name: String,
    /// The same in English.
    pub name_en: String,
    /// What they do.
    pub duty: String,
}

impl From<Facilitator> for FacilitatorItem {
    fn from(facilitator: Facilitator) -> Self {
        Self {
            id: facilitator.id.0,
            partner_id: facilitator.partner_id.map(|partner| partner.0),
            name: facilitator.name,
            name_en: facilitator.name_en,
            duty: facilitator.duty,
        }
    }
}

/// A facilitator to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacilitatorBody {
    /// The partner that sends them.
    #[serde(default)]
    partner_id: Option<Uuid>,
    /// Name as announced, 1 to 40 characters.
    name: String,
    /// The same in English.
    #[serde(default)]
    name_en: String,
    /// What they do.
    #[serde(default)]
    duty: String,
}

/// The facilitators of a community
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/facilitators",
    tag = "communities",
    params(("community" = String, Path, description = "name in addresses"), ListQuery),
    responses((status = 200, body = List<FacilitatorItem>), (status = 404, body = Problem))
)]
async fn list_facilitators(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let all = community::facilitators(&web.ctx, home.id).await.for_visitor(&v)?;
    let page = paged(all, &query, |person| person.id.0, FacilitatorItem::from).for_visitor(&v)?;
    Ok(Json(page).into_response())
}

/// Make a facilitator
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/facilitators",
    tag = "communities",
    params(("community" = String, Path, description = "name in addresses")),
    request_body = FacilitatorBody,
    responses((status = 201, body = FacilitatorItem), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn create_facilitator(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    ApiJson(body): ApiJson<FacilitatorBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let new = NewFacilitator {
        partner_id: body.partner_id.map(Into::into),
        name: body.name,
        name_en: body.name_en,
        duty: body.duty,
    };
    let made = community::create_facilitator(&web.ctx, &v.actor, home.id, new)
        .await
        .for_visitor(&v)?;
    Ok((StatusCode::CREATED, Json(FacilitatorItem::from(made))).into_response())
}
