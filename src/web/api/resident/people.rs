//! What is done with residents as people: duplicates, merging, consents, numbers, copies, erasure.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ResidentItem;
use crate::domain::consent::Consent;
use crate::domain::id::{MergeId, ResidentId};
use crate::domain::merge::Part;
use crate::domain::text::Purpose;
use crate::services::resident::merge::{Lost, Wish};
use crate::services::resident::{consent, duplicate, erasure, export, merge, profile};
use crate::services::{Context, Error, FieldError};
use crate::web::api::entry::community_of;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// Whole numbers are not kept, neither by what lies between us and whoever asks, nor as answers to repeated requests.
const NOT_KEPT: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "no-store")];

/// The calls of this file.
#[derive(utoipa::OpenApi)]
#[openapi(
    paths(duplicates, set_apart, merge_two, undo, consents, note, number, copy, erase),
    components(schemas(
        DuplicateItem,
        DuplicateList,
        ApartBody,
        MergeBody,
        MergeAnswer,
        UndoneAnswer,
        LostItem,
        ConsentItem,
        ConsentList,
        ConsentBody,
        NumberBody,
        NumberAnswer,
        EraseBody
    ))
)]
pub struct Doc;

/// Calls below `/communities/{community}/residents`.
pub fn routes() -> Routes {
    Routes::new()
        .get(
            "/api/v1/communities/{community}/residents/duplicates",
            Who::Staff,
            duplicates,
        )
        .post(
            "/api/v1/communities/{community}/residents/duplicates/apart",
            Who::Staff,
            set_apart,
        )
        .post(
            "/api/v1/communities/{community}/residents/merges/{merge}/undo",
            Who::Staff,
            undo,
        )
        .post(
            "/api/v1/communities/{community}/residents/{id}/merge",
            Who::Staff,
            merge_two,
        )
        .get(
            "/api/v1/communities/{community}/residents/{id}/consents",
            Who::Staff,
            consents,
        )
        .post(
            "/api/v1/communities/{community}/residents/{id}/consents",
            Who::Staff,
            note,
        )
        .post(
            "/api/v1/communities/{community}/residents/{id}/number",
            Who::Staff,
            number,
        )
        .post(
            "/api/v1/communities/{community}/residents/{id}/export",
            Who::Staff,
            copy,
        )
        .post(
            "/api/v1/communities/{community}/residents/{id}/erase",
            Who::Staff,
            erase,
        )
}

/// A pair that may be one person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DuplicateItem {
    /// Who would stay.
    pub survivor: ResidentItem,
    /// Who would be merged.
    pub merged: ResidentItem,
    /// Only the order means something.
    pub score: u32,
    /// `same-phone-and-name`, `same-name-and-building` …; `other-…` speaks against it.
    pub reasons: Vec<&'static str>,
}

/// Pairs that may be one person.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DuplicateList {
    /// The likeliest first, at most a hundred.
    pub items: Vec<DuplicateItem>,
    /// Always null: what is decided makes room for more.
    pub next: Option<String>,
}

/// Lists pairs that may be one person.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/residents/duplicates",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses")),
    responses(
        (status = 200, description = "Pairs", body = DuplicateList),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such thing", body = Problem),
    )
)]
pub async fn duplicates(
    v: Visitor,
    State(ctx): State<Context>,
    Path(community): Path<String>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let found = duplicate::suggestions(&ctx, &v.actor, community)
        .await
        .for_visitor(&v)?;
    let items = found
        .into_iter()
        .map(|one| DuplicateItem {
            survivor: ResidentItem::from(one.survivor).shown_to(&v.actor, community),
            merged: ResidentItem::from(one.merged).shown_to(&v.actor, community),
            score: one.resemblance.score,
            reasons: one.resemblance.reasons.iter().map(|reason| reason.as_str()).collect(),
        })
        .collect();
    Ok(Json(DuplicateList { items, next: None }).into_response())
}

/// Two who are two.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ApartBody {
    /// One.
    #[schema(value_type = Uuid)]
    pub one: ResidentId,
    /// The other.
    #[schema(value_type = Uuid)]
    pub other: ResidentId,
}

/// Says that two residents are two people: they are not suggested again.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/residents/duplicates/apart",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses")),
    request_body = ApartBody,
    responses(
        (status = 204, description = "Remembered"),
        (status = 409, description = "Merged, erased, or the same", body = Problem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such thing", body = Problem),
    )
)]
pub async fn set_apart(
    v: Visitor,
    State(ctx): State<Context>,
    Path(community): Path<String>,
    Json(body): Json<ApartBody>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    duplicate::set_apart(&ctx, &v.actor, community, body.one, body.other)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Whom to merge into the resident of the address.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct MergeBody {
    /// Who is merged.
    #[schema(value_type = Uuid)]
    pub merged_id: ResidentId,
    /// What is taken from the merged: `name`, `gender`, `birth_year`, `phone`, `email`, `building`, `grid`, `care`, `family`; when it is not given, what
    /// the survivor lacks.
    pub take: Option<Vec<String>>,
}

/// What a merge came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MergeAnswer {
    /// The merge, to undo it by.
    pub id: Uuid,
    /// Who stayed.
    pub survivor_id: Uuid,
    /// Visits that are the survivor's now.
    pub visits: usize,
    /// Sessions at which both were named: these count one fewer.
    pub folded: usize,
    /// Sign-ups that are the survivor's now.
    pub sign_ups: usize,
}

/// Merges two residents who are one person.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/residents/{id}/merge",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ("id" = Uuid, Path, description = "The resident")),
    request_body = MergeBody,
    responses(
        (status = 201, description = "Merged", body = MergeAnswer),
        (status = 409, description = "Merged, erased, or the same", body = Problem),
        (status = 422, description = "Not acceptable", body = Problem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such thing", body = Problem),
    )
)]
pub async fn merge_two(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, ResidentId)>,
    Json(body): Json<MergeBody>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let parts = body.take.map(|take| {
        take.iter()
            .map(|part| {
                part.parse::<Part>()
                    .map_err(|_| FieldError::new("take", "merge-part", part.as_str()))
            })
            .collect::<Result<Vec<Part>, FieldError>>()
    });
    let wish = Wish {
        survivor: id,
        merged: body.merged_id,
        parts: parts
            .transpose()
            .map_err(|wrong| Error::Invalid(vec![wrong]))
            .for_visitor(&v)?,
    };
    let done = merge::merge(&ctx, &v.actor, community, wish).await.for_visitor(&v)?;
    let answer = MergeAnswer {
        id: done.id.0,
        survivor_id: done.survivor.0,
        visits: done.visits,
        folded: done.folded,
        sign_ups: done.sign_ups,
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Something an undoing could not give back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LostItem {
    /// `field`, `seat`, `sign_up` or `visits`.
    pub what: &'static str,
    /// Which: the field, the session, how many.
    pub which: String,
}

/// What an undoing came to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UndoneAnswer {
    /// Who had stayed.
    pub survivor_id: Uuid,
    /// Who stands for themselves again.
    pub merged_id: Uuid,
    /// What could not be given back.
    pub lost: Vec<LostItem>,
}

/// Undoes a merge.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/residents/merges/{merge}/undo",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ("merge" = Uuid, Path, description = "The merge")),
    responses(
        (status = 200, description = "Undone", body = UndoneAnswer),
        (status = 409, description = "Merged, erased, or the same", body = Problem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such thing", body = Problem),
    )
)]
pub async fn undo(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, MergeId)>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let done = merge::undo(&ctx, &v.actor, community, id).await.for_visitor(&v)?;
    let lost = done.lost.iter().map(|one| {
        let (what, which) = match one {
            Lost::Field(part) => ("field", part.to_string()),
            Lost::Seat(session) => ("seat", session.to_string()),
            Lost::SignUp(session) => ("sign_up", session.to_string()),
            Lost::Visits(n) => ("visits", n.to_string()),
        };
        LostItem { what, which }
    });
    Ok(Json(UndoneAnswer {
        survivor_id: done.survivor.0,
        merged_id: done.merged.0,
        lost: lost.collect(),
    })
    .into_response())
}

/// A consent given or taken back.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConsentItem {
    /// Its id.
    pub id: Uuid,
    /// `sign_up`, `name_on_public_page`, `photo` or `share_with_partner`.
    pub purpose: &'static str,
    /// `given` or `withdrawn`.
    pub act: &'static str,
    /// The day they said so.
    pub on: String,
    /// Version of the text.
    pub version: String,
    /// `paper`, `phone`, `page` or `counter`.
    pub how: &'static str,
}

impl From<Consent> for ConsentItem {
    fn from(row: Consent) -> Self {
        Self {
            id: row.id.0,
            purpose: row.purpose.as_str(),
            act: row.act.as_str(),
            on: row.on.to_string(),
            version: row.version,
            how: row.how.as_str(),
        }
    }
}

/// A resident's consents.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ConsentList {
    /// In the order they were written down; the newest of a purpose holds.
    pub items: Vec<ConsentItem>,
    /// Always null: nobody has that many.
    pub next: Option<String>,
}

/// Lists what a resident agreed to and took back.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/residents/{id}/consents",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ("id" = Uuid, Path, description = "The resident")),
    responses(
        (status = 200, description = "The ledger", body = ConsentList),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such thing", body = Problem),
    )
)]
pub async fn consents(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, ResidentId)>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let rows = consent::of(&ctx, &v.actor, community, id).await.for_visitor(&v)?;
    let items = rows.into_iter().map(ConsentItem::from).collect();
    Ok(Json(ConsentList { items, next: None }).into_response())
}

/// A consent to be noted.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct ConsentBody {
    /// `sign_up`, `name_on_public_page`, `photo` or `share_with_partner`.
    pub purpose: String,
    /// `given` or `withdrawn`.
    pub act: String,
    /// The day they said so; today when it is not given.
    pub on: Option<String>,
    /// `paper`, `phone`, `page` or `counter`.
    pub how: String,
}

/// Notes a consent given or taken back.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/residents/{id}/consents",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ("id" = Uuid, Path, description = "The resident")),
    request_body = ConsentBody,
    responses(
        (status = 201, description = "Noted", body = ConsentItem),
        (status = 409, description = "Merged, erased, or the same", body = Problem),
        (status = 422, description = "Not acceptable", body = Problem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such thing", body = Problem),
    )
)]
pub async fn note(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, ResidentId)>,
    Json(body): Json<ConsentBody>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let new = read_consent(&body).map_err(Error::Invalid).for_visitor(&v)?;
    let row = consent::note(&ctx, &v.actor, community, id, new)
        .await
        .for_visitor(&v)?;
    Ok((StatusCode::CREATED, Json(ConsentItem::from(row))).into_response())
}

fn read_consent(body: &ConsentBody) -> Result<consent::NewConsent, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let mut unknown = |field: &str, code: &'static str, typed: &str| wrong.push(FieldError::new(field, code, typed));
    let purpose = body
        .purpose
        .parse()
        .map_err(|_| unknown("purpose", "consent-purpose", &body.purpose));
    let act = body.act.parse().map_err(|_| unknown("act", "consent-act", &body.act));
    let how = body.how.parse().map_err(|_| unknown("how", "consent-how", &body.how));
    let on = body.on.as_deref().map(str::parse).transpose();
    let on = on.map_err(|_| unknown("on", "consent-date", body.on.as_deref().unwrap_or_default()));
    match (purpose, act, how, on) {
        (Ok(purpose), Ok(act), Ok(how), Ok(on)) => Ok(consent::NewConsent { purpose, act, on, how }),
        _ => Err(wrong),
    }
}

/// Why a whole number is asked for.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct NumberBody {
    /// `call`, `check`, `emergency` or `other`; it is audited.
    pub reason: String,
}

/// Whole numbers.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct NumberAnswer {
    /// Their own.
    pub phone: Option<String>,
    /// The family's.
    pub family_phone: Option<String>,
}

/// Tells the whole numbers of a resident; that they were asked for is audited.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/residents/{id}/number",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ("id" = Uuid, Path, description = "The resident")),
    request_body = NumberBody,
    responses(
        (status = 200, description = "The numbers", body = NumberAnswer),
        (status = 409, description = "Merged, erased, or the same", body = Problem),
        (status = 422, description = "Not acceptable", body = Problem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such thing", body = Problem),
    )
)]
pub async fn number(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, ResidentId)>,
    Json(body): Json<NumberBody>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let reason = body
        .reason
        .parse()
        .map_err(|_| Error::invalid("reason", "reveal-reason", &*body.reason))
        .for_visitor(&v)?;
    let numbers = profile::reveal(&ctx, &v.actor, community, id, reason)
        .await
        .for_visitor(&v)?;
    let whole = |phone: Option<crate::domain::text::Phone>| phone.map(|phone| phone.reveal(Purpose::Reach).to_owned());
    let answer = NumberAnswer {
        phone: whole(numbers.phone),
        family_phone: whole(numbers.family_phone),
    };
    Ok((NOT_KEPT, Json(answer)).into_response())
}

/// All that is stored about one person, for them to take along; that it was taken is audited.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/residents/{id}/export",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ("id" = Uuid, Path, description = "The resident")),
    responses(
        (status = 200, description = "Everything: resident, merged, consents, sign_ups, visits, messages", body = Object),
        (status = 409, description = "Merged, erased, or the same", body = Problem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such thing", body = Problem),
    )
)]
pub async fn copy(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, ResidentId)>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let copy = export::copy(&ctx, &v.actor, community, id).await.for_visitor(&v)?;
    Ok((NOT_KEPT, Json(copy.json())).into_response())
}

/// Who is erased, and why.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub struct EraseBody {
    /// `asked`, `consent_withdrawn`, `moved`, `died` or `mistake`; it is audited.
    pub reason: String,
    /// Their name, so that nobody else is erased by mistake.
    pub name: String,
}

/// Erases who somebody was: the counts stay, the identity goes. It cannot be undone.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/residents/{id}/erase",
    tag = "residents",
    params(("community" = String, Path, description = "Name of the community in addresses"), ("id" = Uuid, Path, description = "The resident")),
    request_body = EraseBody,
    responses(
        (status = 204, description = "Erased"),
        (status = 409, description = "Merged, erased, or the same", body = Problem),
        (status = 422, description = "Not acceptable", body = Problem),
        (status = 401, description = "No login", body = Problem),
        (status = 403, description = "Not of this community", body = Problem),
        (status = 404, description = "No such thing", body = Problem),
    )
)]
pub async fn erase(
    v: Visitor,
    State(ctx): State<Context>,
    Path((community, id)): Path<(String, ResidentId)>,
    Json(body): Json<EraseBody>,
) -> Result<Response, WebError> {
    let community = community_of(&ctx, &community).await.for_visitor(&v)?;
    let reason = body
        .reason
        .parse()
        .map_err(|_| Error::invalid("reason", "erase-reason", &*body.reason))
        .for_visitor(&v)?;
    erasure::erase(&ctx, &v.actor, community, id, reason, &body.name)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
