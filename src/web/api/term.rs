//! New terms, and the answers of those who are asked whether they come again.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, given, home, rfc3339, wall_clock};
use super::series::{SeriesItem, SeriesQuery, item};
use crate::domain::id::{RolloverId, SeriesId};
use crate::domain::rollover::{Answer, RolloverStatus};
use crate::domain::text::Purpose;
use crate::services::term::{self, Ends, NewTerm, Sent, TermOutlook, Which};
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(new_term, list, answer))]
pub struct Doc;

/// `/communities/{community}/series/{series}/new-term`, `…/rollovers`.
pub fn routes() -> Routes {
    Routes::new()
        .post(
            "/api/v1/communities/{community}/series/{series}/new-term",
            Who::Staff,
            new_term,
        )
        .get(
            "/api/v1/communities/{community}/series/{series}/rollovers",
            Who::Staff,
            list,
        )
        .post(
            "/api/v1/communities/{community}/series/{series}/rollovers/{rollover}/answer",
            Who::Staff,
            answer,
        )
}

/// A new term after a series. What is left out is as it was there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TermBody {
    /// First start on the community's clock.
    #[schema(example = "2027-03-03T09:30:00")]
    dtstart: String,
    /// How many sessions it has, 1 to 100; or `last_day`.
    #[serde(default)]
    sessions: Option<i32>,
    /// Its last day; or `sessions`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2027-06-30")]
    last_day: Option<String>,
    /// Length, 5 to 720.
    #[serde(default)]
    duration_minutes: Option<i32>,
    /// Where.
    #[serde(default)]
    venue_id: Option<Uuid>,
    /// Who; null for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    facilitator_id: Option<Option<Uuid>>,
    /// Seats, 1 to 2000; null: the programme's.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    capacity: Option<Option<i32>>,
    /// Residents who are asked whether they come again; by default those who came to one of the last four sessions.
    #[serde(default)]
    residents: Option<Vec<Uuid>>,
    /// By the evening (20:00) of which day they answer; by default a week before the first session.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "2027-02-24")]
    confirm_on: Option<String>,
}

/// A new term.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermItem {
    /// The new series.
    pub series: SeriesItem,
    /// How many people are asked.
    pub asked: usize,
    /// How many of them by mail.
    pub by_mail: usize,
    /// How many have to be phoned.
    pub by_phone: usize,
    /// Until when they can answer and their seats are kept; null when nobody is asked.
    pub confirm_by: Option<String>,
    /// When the messages leave: quiet hours hold them back.
    pub messages_leave_at: Option<String>,
}

fn at(zone: &TimeZone, at: Timestamp) -> String {
    rfc3339(&at.to_zoned(zone.clone()))
}

impl TermItem {
    fn of(words: Words, zone: &TimeZone, outlook: &TermOutlook) -> Self {
        Self {
            series: item(words, &outlook.planned),
            asked: outlook.people.len(),
            by_mail: outlook.by_mail(),
            by_phone: outlook.by_phone(),
            confirm_by: outlook.confirm_by.map(|until| at(zone, until)),
            messages_leave_at: outlook.confirm_by.map(|_| at(zone, outlook.leaves_at)),
        }
    }
}

/// Somebody who was asked.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolloverItem {
    /// Its id.
    pub id: Uuid,
    /// Who.
    pub resident_id: Uuid,
    /// Their name.
    pub name: String,
    /// In what order they had signed up for the old term, from 1.
    pub position: i32,
    /// How often they came to it.
    pub came: i32,
    /// `asked`, `confirmed`, `declined` or `expired`.
    #[schema(value_type = String)]
    pub status: RolloverStatus,
    /// When they answered last.
    pub answered_at: Option<String>,
    /// `self`, `staff`, or empty.
    pub answered_by: String,
}

/// The answers to a term.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolloverList {
    /// How many were asked.
    pub asked: usize,
    /// How many come again.
    pub confirmed: usize,
    /// How many do not.
    pub declined: usize,
    /// How many have not answered yet.
    pub open: usize,
    /// How many did not answer in time.
    pub expired: usize,
    /// Until when they can answer.
    pub confirm_by: Option<String>,
    /// Everybody, in the order they had signed up for the old term.
    pub items: Vec<RolloverItem>,
    /// Always null: the list comes whole.
    pub next: Option<String>,
}

/// An answer taken for somebody.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// `comes` or `stays_away`.
    #[schema(value_type = String)]
    answer: Answer,
}

/// What an answer came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnswerItem {
    /// `asked`, `confirmed`, `declined` or `expired`.
    #[schema(value_type = String)]
    pub status: RolloverStatus,
    /// Whether it changed anything.
    pub changed: bool,
    /// In how many sessions they have a seat now that they had not.
    pub seats: usize,
    /// In how many they have to wait.
    pub waits: usize,
}

fn day(field: &str, text: &str) -> Result<Date, Error> {
    text.parse().map_err(|_| Error::invalid(field, "query-time", text))
}

/// Plan a new term after a series, and ask its people
///
/// The dates, the kept seats and the messages come together or not at all. Dates that clash are left out and listed.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/series/{series}/new-term",
    tag = "series",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("series" = Uuid, Path, description = "The series it follows"),
        SeriesQuery,
    ),
    request_body = TermBody,
    responses(
        (status = 201, body = TermItem),
        (status = 200, description = "dry run", body = TermItem),
        (status = 404, body = Problem),
        (status = 409, description = "another term follows already, or every date clashes", body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn new_term(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, old)): Path<(String, SeriesId)>,
    Query(query): Query<SeriesQuery>,
    ApiJson(body): ApiJson<TermBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let ctx = &web.ctx;
    let usual = term::old_term(ctx, &v.actor, home.id, old).await.for_visitor(&v)?.usual;
    let ends = match (body.sessions, &body.last_day) {
        (Some(sessions), None) => Ends::After(sessions),
        (None, Some(last)) => Ends::On(day("last_day", last).for_visitor(&v)?),
        (None, None) => Ends::After(usual.sessions),
        (Some(_), Some(last)) => {
            let both = Error::Invalid(vec![FieldError::new("last_day", "term-two-ends", last)]);
            return Err(WebError::new(&v, both));
        }
    };
    let wish = NewTerm {
        id: ctx.new_id(ctx.now()),
        first: wall_clock("dtstart", &body.dtstart, &home.zone).for_visitor(&v)?,
        ends,
        duration_minutes: body.duration_minutes.unwrap_or(usual.duration_minutes),
        venue_id: body.venue_id.map_or(usual.venue_id, Into::into),
        facilitator_id: match body.facilitator_id {
            Some(given) => given.map(Into::into),
            None => usual.facilitator_id,
        },
        capacity: body.capacity.unwrap_or(usual.capacity),
        people: body.residents.map(|all| all.into_iter().map(Into::into).collect()),
        confirm_on: match &body.confirm_on {
            Some(text) => Some(day("confirm_on", text).for_visitor(&v)?),
            None => None,
        },
    };
    let sent = term::new_term(ctx, &v.actor, home.id, old, wish, query.dry_run)
        .await
        .for_visitor(&v)?;
    match sent {
        Sent::Looked(outlook) => Ok(Json(TermItem::of(v.words, &home.zone, &outlook)).into_response()),
        Sent::Made(outlook) => {
            let made = TermItem::of(v.words, &home.zone, &outlook);
            Ok((StatusCode::CREATED, Json(made)).into_response())
        }
        Sent::Already => Err(WebError::new(&v, Error::State { code: "term-exists" })),
    }
}

/// Who of an old term was asked whether they come to this one, and what they answered
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/series/{series}/rollovers",
    tag = "series",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("series" = Uuid, Path, description = "The new term"),
    ),
    responses((status = 200, body = RolloverList), (status = 404, body = Problem))
)]
async fn list(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, id)): Path<(String, SeriesId)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let view = term::term_view(&web.ctx, &v.actor, home.id, id).await.for_visitor(&v)?;
    let counts = view.counts;
    Ok(Json(RolloverList {
        asked: counts.asked,
        confirmed: counts.confirmed,
        declined: counts.declined,
        open: counts.open,
        expired: counts.expired,
        confirm_by: view.term.confirm_by.map(|until| at(&home.zone, until)),
        items: view
            .people
            .into_iter()
            .map(|one| RolloverItem {
                id: one.rollover.id.0,
                resident_id: one.resident.id.0,
                name: one.resident.name.reveal(Purpose::ShowStaff).to_owned(),
                position: one.rollover.position,
                came: one.rollover.came,
                status: one.rollover.asked.status,
                answered_at: one.rollover.answered_at.map(|when| at(&home.zone, when)),
                answered_by: one.rollover.answered_by,
            })
            .collect(),
        next: None,
    })
    .into_response())
}

/// Answer for somebody who said so on the phone or at the counter
///
/// Staff may do so after the agreed time as well: then it depends on the seats that are left.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/series/{series}/rollovers/{rollover}/answer",
    tag = "series",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("series" = Uuid, Path, description = "The new term"),
        ("rollover" = Uuid, Path, description = "Who was asked"),
    ),
    request_body = AnswerBody,
    responses((status = 200, body = AnswerItem), (status = 404, body = Problem))
)]
async fn answer(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, id, rollover)): Path<(String, SeriesId, RolloverId)>,
    ApiJson(body): ApiJson<AnswerBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    term::term_view(&web.ctx, &v.actor, home.id, id)
        .await
        .for_visitor(&v)?
        .people
        .iter()
        .find(|one| one.rollover.id == rollover)
        .ok_or_else(|| Error::not_found("rollover", rollover))
        .for_visitor(&v)?;
    let which = Which::Staff(v.actor.clone(), rollover);
    let done = term::answer(&web.ctx, home.id, which, body.answer)
        .await
        .for_visitor(&v)?;
    Ok(Json(AnswerItem {
        status: done.status,
        changed: done.changed,
        seats: done.seats,
        waits: done.waits,
    })
    .into_response())
}
