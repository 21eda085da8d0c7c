//! Closures and weather.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, List, home, id, instant, rfc3339, wall_clock};
use super::series::SeriesQuery;
use crate::domain::id::ClosureId;
use crate::domain::planning::closure::{ClosureAct, ClosureKind, Decision};
use crate::domain::planning::{ReasonCode, Slot};
use crate::services::closure::{self, ClosureView, NewClosure, Reach, ReviewedHit};
use crate::services::{Context, Error};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, create, undo))]
pub struct Doc;

/// `/communities/{community}/closures`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/closures", Who::Staff, list)
        .post("/api/v1/communities/{community}/closures", Who::Staff, create)
        .post(
            "/api/v1/communities/{community}/closures/{closure}/undo",
            Who::Staff,
            undo,
        )
}

/// A closure to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClosureBody {
    /// An id of your own (`UUIDv7`): sent again, nothing is done twice.
    #[serde(default)]
    id: Option<Uuid>,
    /// `closure` (by default) or `weather`.
    #[serde(default)]
    #[schema(value_type = String)]
    kind: ClosureKind,
    /// The venues that are shut; for weather none: every outdoor venue.
    #[serde(default)]
    venue_ids: Vec<Uuid>,
    /// For weather: sessions indoors are hit as well.
    #[serde(default)]
    all: bool,
    /// Start on the community's clock.
    #[schema(example = "2026-12-01T08:00:00")]
    starts_at: String,
    /// End on the community's clock.
    ends_at: String,
    /// `weather`, `venue_closed`, `holiday`, `emergency` or `other`.
    #[serde(default)]
    #[schema(value_type = String)]
    reason_code: ReasonCode,
    /// In words that people read.
    #[serde(default)]
    reason: String,
    /// What becomes of each session it hits; the dry run lists them.
    #[serde(default)]
    decisions: Vec<DecisionBody>,
}

/// What becomes of a session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// Which session.
    session_id: Uuid,
    /// `cancel`, `move` or `keep`.
    #[schema(value_type = String)]
    act: ClosureAct,
    /// Where it moves to.
    #[serde(default)]
    venue_id: Option<Uuid>,
    /// When it moves to, RFC 3339 with an offset or the community's clock.
    #[serde(default)]
    starts_at: Option<String>,
}

/// A place and time a session could move to.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionItem {
    /// Where.
    pub venue_id: Uuid,
    /// When.
    pub starts_at: String,
}

/// A session that would be hit.
#[derive(Debug, Serialize, ToSchema)]
pub struct HitItem {
    /// Which session.
    pub session_id: Uuid,
    /// Its title.
    pub title: String,
    /// Its start.
    pub starts_at: String,
    /// Where it stands.
    pub venue_id: Uuid,
    /// People signed up or waiting.
    pub people: i32,
    /// What is suggested.
    #[schema(value_type = String)]
    pub suggested: ClosureAct,
    /// Where it could move, best first.
    pub options: Vec<OptionItem>,
}

/// What a closure came to, or would come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosureOutcome {
    /// The closure; null in a dry run.
    pub id: Option<Uuid>,
    /// Whether nothing was stored.
    pub dry_run: bool,
    /// The sessions it would hit (dry run only).
    pub hits: Vec<HitItem>,
    /// Sessions called off.
    pub cancelled: usize,
    /// Sessions moved.
    pub moved: usize,
    /// Sessions held all the same.
    pub kept: usize,
    /// People who are told, each once; in a dry run at most so many.
    pub people_to_tell: usize,
}

/// A closure.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosureItem {
    /// Its id.
    pub id: Uuid,
    /// `closure` or `weather`.
    #[schema(value_type = String)]
    pub kind: ClosureKind,
    /// Start.
    pub starts_at: String,
    /// End.
    pub ends_at: String,
    /// Why, from the list.
    #[schema(value_type = String)]
    pub reason_code: ReasonCode,
    /// Why, in words.
    pub reason: String,
    /// The venues that are shut.
    pub venue_ids: Vec<Uuid>,
    /// Whether it can still be taken back.
    pub may_undo: bool,
    /// When it was taken back.
    pub undone_at: Option<String>,
}

fn item(zone: &TimeZone, view: ClosureView) -> ClosureItem {
    let local = |at: Timestamp| rfc3339(&at.to_zoned(zone.clone()));
    ClosureItem {
        id: view.closure.id.0,
        kind: view.closure.kind,
        starts_at: local(view.closure.starts_at),
        ends_at: local(view.closure.ends_at),
        reason_code: view.closure.reason_code,
        reason: view.closure.reason,
        venue_ids: view.venues.iter().map(|venue| venue.0).collect(),
        may_undo: view.may_undo,
        undone_at: view.closure.undone_at.map(local),
    }
}

fn hit(zone: &TimeZone, hit: ReviewedHit) -> HitItem {
    let option = |slot: Slot| OptionItem {
        venue_id: slot.venue_id.0,
        starts_at: rfc3339(&slot.starts_at.to_zoned(zone.clone())),
    };
    HitItem {
        session_id: hit.view.id.0,
        title: hit.view.programme.title,
        starts_at: rfc3339(&hit.view.starts),
        venue_id: hit.view.venue.id.0,
        people: hit.view.enrolled + hit.view.waitlisted,
        suggested: hit.hit.suggested,
        options: hit.hit.options.into_iter().map(option).collect(),
    }
}

fn wish(ctx: &Context, body: ClosureBody, zone: &TimeZone) -> Result<(NewClosure, Vec<Decision>), Error> {
    let reach = match (body.kind, body.all) {
        (ClosureKind::Weather, true) => Reach::All,
        (ClosureKind::Weather, false) if body.venue_ids.is_empty() => Reach::Outdoor,
        _ => Reach::Venues(body.venue_ids.into_iter().map(Into::into).collect()),
    };
    let decisions = body
        .decisions
        .into_iter()
        .map(|one| {
            let to = match (one.venue_id, one.starts_at) {
                (Some(venue), Some(at)) => Some((venue.into(), instant("decisions", &at, zone)?)),
                _ => None,
            };
            Ok(Decision {
                session: one.session_id.into(),
                act: one.act,
                to,
            })
        })
        .collect::<Result<Vec<_>, Error>>()?;
    let new = NewClosure {
        id: body.id.map_or_else(|| ctx.new_id(ctx.now()), Into::into),
        kind: body.kind,
        reach,
        starts_local: wall_clock("starts_at", &body.starts_at, zone)?,
        ends_local: wall_clock("ends_at", &body.ends_at, zone)?,
        reason_code: body.reason_code,
        reason: body.reason,
    };
    Ok((new, decisions))
}

/// The closures of a community
///
/// The newest first, at most a hundred.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/closures",
    tag = "closures",
    params(("community" = String, Path, description = "name in addresses")),
    responses((status = 200, body = List<ClosureItem>), (status = 404, body = Problem))
)]
async fn list(State(web): State<Web>, v: Visitor, Path(slug): Path<String>) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let all = closure::list(&web.ctx, &v.actor, home.id).await.for_visitor(&v)?;
    let items = all.into_iter().map(|view| item(&home.zone, view)).collect();
    Ok(Json(List { items, next: None }).into_response())
}

/// Shut venues, or call off what the weather does not allow
///
/// Every session it hits needs a decision; the dry run lists them with suggestions. All in one step, one message per person.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/closures",
    tag = "closures",
    params(("community" = String, Path, description = "name in addresses"), SeriesQuery),
    request_body = ClosureBody,
    responses(
        (status = 201, body = ClosureOutcome),
        (status = 200, description = "dry run", body = ClosureOutcome),
        (status = 404, body = Problem),
        (status = 409, description = "`conflict` when a place is taken; `state` when a session it hits has no decision", body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn create(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    Query(query): Query<SeriesQuery>,
    ApiJson(body): ApiJson<ClosureBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let (new, decisions) = wish(&web.ctx, body, &home.zone).for_visitor(&v)?;
    if query.dry_run {
        let review = closure::review(&web.ctx, &v.actor, home.id, &new)
            .await
            .for_visitor(&v)?;
        let outcome = ClosureOutcome {
            id: None,
            dry_run: true,
            cancelled: 0,
            moved: 0,
            kept: 0,
            people_to_tell: review.people,
            hits: review.hits.into_iter().map(|one| hit(&home.zone, one)).collect(),
        };
        return Ok(Json(outcome).into_response());
    }
    let done = closure::carry_out(&web.ctx, &v.actor, home.id, &new, decisions)
        .await
        .for_visitor(&v)?;
    let outcome = ClosureOutcome {
        id: Some(new.id.0),
        dry_run: false,
        hits: Vec::new(),
        cancelled: done.cancelled,
        moved: done.moved,
        kept: done.kept,
        people_to_tell: done.people,
    };
    Ok((StatusCode::CREATED, Json(outcome)).into_response())
}

/// Take a closure back
///
/// Possible until the first message has left, about a minute.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/closures/{closure}/undo",
    tag = "closures",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("closure" = Uuid, Path, description = "the closure")
    ),
    responses(
        (status = 200, body = ClosureItem),
        (status = 404, body = Problem),
        (status = 409, description = "a message has left, or a place was taken", body = Problem)
    )
)]
async fn undo(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, closure)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let asked: ClosureId = id("closure", &closure).for_visitor(&v)?;
    closure::undo(&web.ctx, &v.actor, home.id, asked)
        .await
        .for_visitor(&v)?;
    let view = closure::find(&web.ctx, &v.actor, home.id, asked)
        .await
        .for_visitor(&v)?;
    Ok(Json(item(&home.zone, view)).into_response())
}
