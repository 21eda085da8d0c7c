//! The rules of signing up.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::extract::{ApiJson, home};
use crate::domain::enrolment::{Rules, Rush, Whole};
use crate::domain::id::{ProgrammeId, SeriesId, SessionId};
use crate::services::Error;
use crate::services::enrolment::{self, RulesOf};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(show, set, clear), components(schemas(RulesItem, RulesBody)))]
pub struct Doc;

/// `/communities/{community}/sign-up-rules/{level}/{id}`.
pub fn routes() -> Routes {
    let one = "/api/v1/communities/{community}/sign-up-rules/{level}/{id}";
    Routes::new()
        .get(one, Who::Staff, show)
        .patch(one, Who::Staff, set)
        .delete(one, Who::Staff, clear)
}

/// Rules of signing up. What is left out is as usual.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RulesBody {
    /// Sign-up opens so many days before, 0 to 90; null: at once.
    opens_days: Option<i32>,
    /// At this wall-clock time of that day, `09:00:00`.
    #[schema(value_type = String)]
    opens_at: jiff::civil::Time,
    /// It ends so many minutes before the start, 0 to 20160.
    cutoff_minutes: i32,
    /// Seats kept for the telephone and the counter.
    kept_seats: i32,
    /// They become free for all so many days before, 0 to 90, at midnight.
    kept_days: i32,
    /// Whether there is a waiting list.
    waiting: bool,
    /// How many may wait, 1 to 200.
    most_waiting: i32,
    /// How long a freed seat is held for an answer, 30 to 10080 minutes, quiet hours not counted; null: given at once.
    hold_minutes: Option<i32>,
    /// Whether two may sign up together.
    together: bool,
    /// `no`, `may` or `must`: signing up for all dates of a series.
    #[schema(value_type = String)]
    whole: Whole,
    /// `first_come`, `turn_order` or `lottery`.
    #[schema(value_type = String)]
    rush: Rush,
    /// Turn and lot are decided so many minutes before the start, 0 to 20160.
    draw_minutes: i32,
    /// Whether one place in the programme is enough.
    one_place: bool,
}

impl Default for RulesBody {
    fn default() -> Self {
        Self::from(Rules::default())
    }
}

impl From<Rules> for RulesBody {
    fn from(rules: Rules) -> Self {
        Self {
            opens_days: rules.opens_days,
            opens_at: rules.opens_at,
            cutoff_minutes: rules.cutoff_minutes,
            kept_seats: rules.kept_seats,
            kept_days: rules.kept_days,
            waiting: rules.waiting,
            most_waiting: rules.most_waiting,
            hold_minutes: rules.hold_minutes,
            together: rules.together,
            whole: rules.whole,
            rush: rules.rush,
            draw_minutes: rules.draw_minutes,
            one_place: rules.one_place,
        }
    }
}

impl From<RulesBody> for Rules {
    fn from(body: RulesBody) -> Self {
        Self {
            opens_days: body.opens_days,
            opens_at: body.opens_at,
            cutoff_minutes: body.cutoff_minutes,
            kept_seats: body.kept_seats,
            kept_days: body.kept_days,
            waiting: body.waiting,
            most_waiting: body.most_waiting,
            hold_minutes: body.hold_minutes,
            together: body.together,
            whole: body.whole,
            rush: body.rush,
            draw_minutes: body.draw_minutes,
            one_place: body.one_place,
        }
    }
}

/// The rules that hold for something.
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesItem {
    /// Whether these are its own; else they come from what is above it.
    own: bool,
    /// What holds.
    rules: RulesBody,
}

fn of(level: &str, id: &str) -> Result<RulesOf, Error> {
    let unknown = || Error::not_found("programme", id.chars().take(60).collect::<String>());
    let id: uuid::Uuid = id.parse().map_err(|_| unknown())?;
    match level {
        "programme" => Ok(RulesOf::Programme(ProgrammeId(id))),
        "series" => Ok(RulesOf::Series(SeriesId(id))),
        "session" => Ok(RulesOf::Session(SessionId(id))),
        _ => Err(unknown()),
    }
}

async fn answer(web: &Web, v: &Visitor, slug: &str, of: RulesOf) -> Result<Response, WebError> {
    let home = home(web, v, slug).await?;
    let view = enrolment::rules(&web.ctx, &v.actor, home.id, of).await.for_visitor(v)?;
    let item = RulesItem {
        own: view.own.is_some(),
        rules: view.effective().clone().into(),
    };
    Ok(Json(item).into_response())
}

/// The rules of signing up of a programme, a series or a session
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/sign-up-rules/{level}/{id}",
    tag = "enrolments",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("level" = String, Path, description = "`programme`, `series` or `session`"),
        ("id" = Uuid, Path, description = "its id"),
    ),
    responses((status = 200, body = RulesItem), (status = 404, body = Problem))
)]
async fn show(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, level, id)): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    let of = of(&level, &id).for_visitor(&v)?;
    answer(&web, &v, &slug, of).await
}

/// Give it rules of its own: the whole set, what is left out is as usual
#[utoipa::path(
    patch,
    path = "/api/v1/communities/{community}/sign-up-rules/{level}/{id}",
    tag = "enrolments",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("level" = String, Path, description = "`programme`, `series` or `session`"),
        ("id" = Uuid, Path, description = "its id"),
    ),
    request_body = RulesBody,
    responses((status = 200, body = RulesItem), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn set(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, level, id)): Path<(String, String, String)>,
    ApiJson(body): ApiJson<RulesBody>,
) -> Result<Response, WebError> {
    let of = of(&level, &id).for_visitor(&v)?;
    let community = home(&web, &v, &slug).await?;
    enrolment::set_rules(&web.ctx, &v.actor, community.id, of, Some(body.into()))
        .await
        .for_visitor(&v)?;
    answer(&web, &v, &slug, of).await
}

/// Take its own rules away: what is above it holds again
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/sign-up-rules/{level}/{id}",
    tag = "enrolments",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("level" = String, Path, description = "`programme`, `series` or `session`"),
        ("id" = Uuid, Path, description = "its id"),
    ),
    responses((status = 204, description = "Taken away"), (status = 404, body = Problem))
)]
async fn clear(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, level, id)): Path<(String, String, String)>,
) -> Result<Response, WebError> {
    let of = of(&level, &id).for_visitor(&v)?;
    let community = home(&web, &v, &slug).await?;
    enrolment::set_rules(&web.ctx, &v.actor, community.id, of, None)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
