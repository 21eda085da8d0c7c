//! Partners of a community and their papers.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, List, ListQuery, given, home, paged};
use crate::domain::community::Partner;
use crate::domain::id::PartnerId;
use crate::services::community;
use crate::services::partner::{self, NewPartner};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list_partners, create_partner, change_partner))]
pub struct Doc;

/// `/communities/{community}/partners`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/partners", Who::Staff, list_partners)
        .post("/api/v1/communities/{community}/partners", Who::Staff, create_partner)
        .patch(
            "/api/v1/communities/{community}/partners/{id}",
            Who::Staff,
            change_partner,
        )
}

/// A partner (合作单位).
#[derive(Debug, Serialize, ToSchema)]
pub struct PartnerItem {
    /// Its id.
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Contact person.
    pub contact_name: String,
    /// E-mail for decisions; may be empty.
    pub email: String,
    /// Last day of the licence.
    #[schema(value_type = Option<String>, format = Date)]
    pub licence_expires_on: Option<Date>,
    /// When the no-selling pledge was signed.
    #[schema(value_type = Option<String>, format = Date)]
    pub pledge_signed_on: Option<Date>,
    /// What its people are qualified for, in words.
    pub qualification: String,
    /// Last day of the qualification.
    #[schema(value_type = Option<String>, format = Date)]
    pub qualification_expires_on: Option<Date>,
    /// Last day of the pledge.
    #[schema(value_type = Option<String>, format = Date)]
    pub pledge_expires_on: Option<Date>,
    /// Most sessions a week.
    pub weekly_limit: Option<i32>,
    /// Whether its sessions are frozen by a complaint.
    pub frozen: bool,
}

impl From<Partner> for PartnerItem {
    fn from(partner: Partner) -> Self {
        Self {
            id: partner.id.0,
            name: partner.name,
            name_en: partner.name_en,
            contact_name: partner.contact_name,
            email: partner.email,
            licence_expires_on: partner.licence_expires_on,
            pledge_signed_on: partner.pledge_signed_on,
            qualification: partner.qualification,
            qualification_expires_on: partner.qualification_expires_on,
            pledge_expires_on: partner.pledge_expires_on,
            weekly_limit: partner.weekly_limit,
            frozen: partner.frozen_at.is_some(),
        }
    }
}

/// A partner to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PartnerBody {
    /// Name, 1 to 40 characters.
    name: String,
    /// Name in English.
    #[serde(default)]
    name_en: String,
    /// Contact person.
    #[serde(default)]
    contact_name: String,
    /// Its number; answered nowhere but on the page of staff.
    #[serde(default)]
    phone: String,
    /// E-mail for decisions.
    #[serde(default)]
    email: String,
    /// Last day of the licence.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    licence_expires_on: Option<Date>,
    /// When the no-selling pledge was signed.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pledge_signed_on: Option<Date>,
    /// What its people are qualified for, in words.
    #[serde(default)]
    qualification: String,
    /// Last day of the qualification.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    qualification_expires_on: Option<Date>,
    /// Last day of the pledge.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pledge_expires_on: Option<Date>,
    /// Most sessions a week, 1 to 50.
    #[serde(default)]
    weekly_limit: Option<i32>,
}

/// The partners of a community
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/partners",
    tag = "communities",
    params(("community" = String, Path, description = "name in addresses"), ListQuery),
    responses((status = 200, body = List<PartnerItem>), (status = 404, body = Problem))
)]
async fn list_partners(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let all = community::partners_for_staff(&web.ctx, &v.actor, home.id)
        .await
        .for_visitor(&v)?;
    let page = paged(all, &query, |partner| partner.id.0, PartnerItem::from).for_visitor(&v)?;
    Ok(Json(page).into_response())
}

/// Make a partner
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/partners",
    tag = "communities",
    params(("community" = String, Path, description = "name in addresses")),
    request_body = PartnerBody,
    responses((status = 201, body = PartnerItem), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn create_partner(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    ApiJson(body): ApiJson<PartnerBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let new = NewPartner {
        name: body.name,
        name_en: body.name_en,
        contact_name: body.contact_name,
        phone: body.phone,
        email: body.email,
        licence_expires_on: body.licence_expires_on,
        pledge_signed_on: body.pledge_signed_on,
        qualification: body.qualification,
        qualification_expires_on: body.qualification_expires_on,
        pledge_expires_on: body.pledge_expires_on,
        weekly_limit: body.weekly_limit,
    };
    let made = partner::create(&web.ctx, &v.actor, home.id, new)
        .await
        .for_visitor(&v)?;
    Ok((StatusCode::CREATED, Json(PartnerItem::from(made))).into_response())
}

/// What is to be different in a partner. What is left out stays; `null` takes a date or the limit away.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PartnerChange {
    /// Name, 1 to 40 characters.
    name: Option<String>,
    /// Name in English.
    name_en: Option<String>,
    /// Contact person.
    contact_name: Option<String>,
    /// Its number; an empty one takes it away.
    phone: Option<String>,
    /// E-mail for decisions.
    email: Option<String>,
    /// Last day of the licence.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    licence_expires_on: Option<Option<Date>>,
    /// What its people are qualified for, in words.
    qualification: Option<String>,
    /// Last day of the qualification.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    qualification_expires_on: Option<Option<Date>>,
    /// When the no-selling pledge was signed.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    pledge_signed_on: Option<Option<Date>>,
    /// Last day of the pledge.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date)]
    pledge_expires_on: Option<Option<Date>>,
    /// Most sessions a week, 1 to 50.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    weekly_limit: Option<Option<i32>>,
}

/// Change a partner
#[utoipa::path(
    patch,
    path = "/api/v1/communities/{community}/partners/{id}",
    tag = "communities",
    params(("community" = String, Path, description = "name in addresses"), ("id" = Uuid, Path, description = "the partner")),
    request_body = PartnerChange,
    responses((status = 200, body = PartnerItem), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn change_partner(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, id)): Path<(String, PartnerId)>,
    ApiJson(body): ApiJson<PartnerChange>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let known = partner::get(&web.ctx, &v.actor, home.id, id).await.for_visitor(&v)?;
    let before = known.typed();
    let new = NewPartner {
        name: body.name.unwrap_or(before.name),
        name_en: body.name_en.unwrap_or(before.name_en),
        contact_name: body.contact_name.unwrap_or(before.contact_name),
        phone: body.phone.unwrap_or(before.phone),
        email: body.email.unwrap_or(before.email),
        licence_expires_on: body.licence_expires_on.unwrap_or(before.licence_expires_on),
        qualification: body.qualification.unwrap_or(before.qualification),
        qualification_expires_on: body.qualification_expires_on.unwrap_or(before.qualification_expires_on),
        pledge_signed_on: body.pledge_signed_on.unwrap_or(before.pledge_signed_on),
        pledge_expires_on: body.pledge_expires_on.unwrap_or(before.pledge_expires_on),
        weekly_limit: body.weekly_limit.unwrap_or(before.weekly_limit),
    };
    let changed = partner::update(&web.ctx, &v.actor, home.id, id, new)
        .await
        .for_visitor(&v)?;
    Ok(Json(PartnerItem::from(changed)).into_response())
}
