//! Sessions: reading the schedule, changing one session or its series.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, List, given, home, id, instant, limit_of, of_cursor, rfc3339, to_cursor, wall_clock};
use super::series::{CautionItem, ClashItem};
use crate::domain::community::Community;
use crate::domain::id::SessionId;
use crate::domain::planning::edit::{Change, Changed, KeptBecause, Scope};
use crate::domain::planning::{OnCaution, ReasonCode, SessionStatus};
use crate::services::schedule::{self, SessionView};
use crate::services::session::{self, EditOutcome, Target};
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError, problem_response};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, change))]
pub struct Doc;

/// `/communities/{community}/sessions`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/sessions", Who::LoggedIn, list)
        .patch("/api/v1/communities/{community}/sessions/{session}", Who::Staff, change)
}

/// Days listed when no end is asked for.
const DAYS_BY_DEFAULT: i32 = 31;

/// A session (场次).
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionItem {
    /// Its id.
    pub id: Uuid,
    /// Of which series.
    pub series_id: Uuid,
    /// Of which programme.
    pub programme_id: Uuid,
    /// The programme's title.
    pub title: String,
    /// Start, RFC 3339 with offset.
    pub starts_at: String,
    /// End, RFC 3339 with offset.
    pub ends_at: String,
    /// The venue's name.
    pub venue: String,
    /// The venue.
    pub venue_id: Uuid,
    /// The facilitator.
    pub facilitator_id: Option<Uuid>,
    /// `scheduled`, `provisional`, `cancelled` or `held`.
    #[schema(value_type = String)]
    pub status: SessionStatus,
    /// Why it was cancelled or moved, from the list.
    #[schema(value_type = Option<String>)]
    pub reason_code: Option<ReasonCode>,
    /// The same in words.
    pub reason: Option<String>,
    /// Where it stood before it was moved.
    pub moved_from: Option<String>,
    /// Its number in the series, cancelled ones not counted.
    pub number: Option<u32>,
    /// Its own topic.
    pub topic: Option<String>,
    /// Seats; null without a limit.
    pub capacity: Option<i32>,
    /// Enrolments that hold a seat.
    pub enrolled: i32,
    /// Enrolments that wait.
    pub waitlisted: i32,
    /// 人次: everybody who came, named or not.
    pub attended: i32,
    /// Raised at each change; send it back as `sequence` to change only what was looked at.
    pub sequence: i32,
}

impl SessionItem {
    fn of(words: Words, view: SessionView) -> Self {
        Self {
            id: view.id.0,
            series_id: view.series_id.0,
            programme_id: view.programme.id.0,
            title: words.pick(&view.programme.title, &view.programme.title_en).to_owned(),
            starts_at: rfc3339(&view.starts),
            ends_at: rfc3339(&view.ends),
            venue: words.pick(&view.venue.name, &view.venue.name_en).to_owned(),
            venue_id: view.venue.id.0,
            facilitator_id: view.facilitator.as_ref().map(|person| person.id.0),
            status: view.status,
            reason_code: view.reason_code,
            moved_from: view.moved_from.as_ref().map(|(at, _)| rfc3339(at)),
            number: view.number,
            capacity: view.capacity,
            enrolled: view.enrolled,
            waitlisted: view.waitlisted,
            attended: view.visits(),
            sequence: view.sequence,
            reason: view.reason,
            topic: view.topic,
        }
    }
}

/// Which sessions.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SessionQuery {
    /// From this time on, inclusive: a date or time on the community's clock, or RFC 3339 with offset. By default today.
    from: Option<String>,
    /// Up to this time, exclusive. By default 31 days after `from`.
    to: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most so many items, 1 to 200.
    limit: Option<usize>,
}

impl SessionQuery {
    fn bounds(&self, home: &Community, now: Timestamp) -> Result<(Timestamp, Timestamp), Error> {
        let zone = &home.zone;
        let midnight = || now.to_zoned(zone.clone()).start_of_day();
        let from = match &self.from {
            Some(text) => instant("from", text, zone)?,
            None => midnight().map_or(now, |midnight| midnight.timestamp()),
        };
        let to = match &self.to {
            Some(text) => instant("to", text, zone)?,
            None => from
                .checked_add((DAYS_BY_DEFAULT * 24).hours())
                .unwrap_or(Timestamp::MAX),
        };
        Ok((from, to))
    }

    fn after(&self) -> Result<Option<(Timestamp, SessionId)>, Error> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        let text = of_cursor(cursor)?;
        let place = text.split_once('.').and_then(|(at, id)| {
            let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
            Some((at, id.parse().ok()?))
        });
        match place {
            Some(place) => Ok(Some(place)),
            None => Err(Error::invalid("cursor", "query-cursor", cursor)),
        }
    }
}

/// The schedule
///
/// Sessions by start. A partner sees those of its own programmes.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/sessions",
    tag = "sessions",
    params(("community" = String, Path, description = "name in addresses"), SessionQuery),
    responses((status = 200, body = List<SessionItem>), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn list(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    Query(query): Query<SessionQuery>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let (from, to) = query.bounds(&home, web.ctx.now()).for_visitor(&v)?;
    let after = query.after().for_visitor(&v)?;
    let limit = limit_of(query.limit) as u64;
    let page = schedule::page(&web.ctx, &v.actor, &home, from, to, after, limit)
        .await
        .for_visitor(&v)?;
    let next = page
        .next
        .map(|(at, id)| to_cursor(&format!("{}.{id}", at.as_microsecond())));
    let items = page
        .items
        .into_iter()
        .map(|view| SessionItem::of(v.words, view))
        .collect();
    Ok(Json(List::<SessionItem> { items, next }).into_response())
}

/// How far a change reaches, and whether it is real.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangeQuery {
    /// `this` (by default), `following` or `all`.
    #[param(value_type = Option<String>)]
    scope: Option<String>,
    /// Say what would happen, store nothing.
    #[serde(default)]
    dry_run: bool,
}

/// What is to be different. What is not given stays.
#[expect(
    clippy::option_option,
    reason = "null takes a value away, and is not the same as nothing said"
)]
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    /// New start: RFC 3339 with offset, or on the community's clock. Others of the scope shift by as much.
    #[serde(default)]
    starts_at: Option<String>,
    /// New length, 5 to 720.
    #[serde(default)]
    duration_minutes: Option<i32>,
    /// New venue.
    #[serde(default)]
    venue_id: Option<Uuid>,
    /// New facilitator; null: nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    facilitator_id: Option<Option<Uuid>>,
    /// New number of seats; null: no limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    capacity: Option<Option<i32>>,
    /// New topic of this session.
    #[serde(default)]
    topic: Option<String>,
    /// `cancelled` calls it off, `scheduled` takes that back.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    status: Option<SessionStatus>,
    /// Why, from the list: `weather`, `facilitator_away`, `venue_closed`, `holiday`, `too_few`, `emergency`, `paused` or `other`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    reason_code: Option<ReasonCode>,
    /// Why, in words for people.
    #[serde(default)]
    reason: Option<String>,
    /// Sessions moved by hand that are to follow all the same.
    #[serde(default)]
    overwrite: Vec<Uuid>,
    /// `accept` (by default): what speaks against the change (`cautions` in the answer) does not stop it; `refuse`: then nothing changes.
    #[serde(default)]
    #[schema(value_type = String)]
    on_caution: OnCaution,
    /// The sequence of the session that was looked at; when it has changed since, nothing is stored. Without it, it does not matter.
    #[serde(default)]
    sequence: Option<i32>,
}

/// Problem details when somebody else changed the session meanwhile: what it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedProblem {
    /// `changed_meanwhile`.
    #[serde(flatten)]
    pub problem: Problem,
    /// The session as it stands.
    pub current: SessionItem,
}

/// A session that changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChangedItem {
    /// Its id.
    pub id: Uuid,
    /// Start after the change.
    pub starts_at: String,
    /// End after the change.
    pub ends_at: String,
    /// Start before the change.
    pub was_at: String,
    /// Venue after the change.
    pub venue_id: Uuid,
    /// Venue before the change.
    pub was_venue_id: Uuid,
    /// Facilitator after the change.
    pub facilitator_id: Option<Uuid>,
    /// Seats after the change.
    pub capacity: Option<i32>,
    /// Status after the change.
    #[schema(value_type = String)]
    pub status: SessionStatus,
}

/// A session within the scope that stays.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptItem {
    /// Its id.
    pub id: Uuid,
    /// `past`, `attended`, `overridden` or `cancelled`.
    #[schema(value_type = String)]
    pub because: KeptBecause,
}

/// What a change came to, or would come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeItem {
    /// Whether nothing was stored.
    pub dry_run: bool,
    /// Sessions that change.
    pub changed: Vec<ChangedItem>,
    /// Sessions within the scope that stay.
    pub kept: Vec<KeptItem>,
    /// What stands in the way (dry run only; else 409).
    pub clashes: Vec<ClashItem>,
    /// What speaks against it: the same people elsewhere, the noon rest, a day off, a partner's limit.
    pub cautions: Vec<CautionItem>,
    /// How many people are signed up or waiting for what is moved or cancelled.
    pub people_to_tell: usize,
}

fn item(words: Words, home: &Community, outcome: EditOutcome, dry_run: bool) -> OutcomeItem {
    let local = |at: Timestamp| rfc3339(&at.to_zoned(home.zone.clone()));
    let changed = |Changed { before, after }: Changed| ChangedItem {
        id: after.id.0,
        starts_at: local(after.starts_at),
        ends_at: local(after.ends_at),
        was_at: local(before.starts_at),
        venue_id: after.venue_id.0,
        was_venue_id: before.venue_id.0,
        facilitator_id: after.facilitator_id.map(|person| person.0),
        capacity: after.capacity,
        status: after.status,
    };
    OutcomeItem {
        dry_run,
        changed: outcome.changed.into_iter().map(changed).collect(),
        kept: outcome
            .kept
            .into_iter()
            .map(|(id, because)| KeptItem { id: id.0, because })
            .collect(),
        clashes: outcome
            .clashes
            .iter()
            .map(|clash| ClashItem::of(words, clash))
            .collect(),
        cautions: outcome.cautions.iter().map(|one| CautionItem::of(words, one)).collect(),
        people_to_tell: outcome.people_to_tell,
    }
}

/// Change a session
///
/// Moves it, cancels it, or takes that back; alone, with all that follow, or with all that are still to come. All or nothing.
#[utoipa::path(
    patch,
    path = "/api/v1/communities/{community}/sessions/{session}",
    tag = "sessions",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("session" = Uuid, Path, description = "the session"),
        ChangeQuery
    ),
    request_body = ChangeBody,
    responses(
        (status = 200, body = OutcomeItem),
        (status = 404, body = Problem),
        (status = 409, description = "`conflict` with every clash in `errors`; `state` when it is over, counted or cancelled; `changed_meanwhile` with `current` when it changed since `sequence`", body = ChangedProblem),
        (status = 422, body = Problem)
    )
)]
async fn change(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, session)): Path<(String, String)>,
    Query(query): Query<ChangeQuery>,
    ApiJson(body): ApiJson<ChangeBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    match carry_out(&web, &v, &home, &session, &query, body).await {
        Ok(outcome) => Ok(Json(item(v.words, &home, outcome, query.dry_run)).into_response()),
        Err(error @ Error::ChangedMeanwhile(_)) => {
            let id: SessionId = id("session", &session).for_visitor(&v)?;
            let current = schedule::session(&web.ctx, home.id, id).await.for_visitor(&v)?;
            let answer = ChangedProblem {
                problem: WebError::new(&v, error).problem(),
                current: SessionItem::of(v.words, current),
            };
            Ok(problem_response(StatusCode::CONFLICT, &answer))
        }
        Err(error) => Err(WebError::new(&v, error)),
    }
}

async fn carry_out(
    web: &Web,
    v: &Visitor,
    home: &Community,
    session: &str,
    query: &ChangeQuery,
    body: ChangeBody,
) -> Result<EditOutcome, Error> {
    let id = Target::seen(id("session", session)?, body.sequence);
    let asked = query.scope.as_deref().unwrap_or(Scope::This.as_str());
    let scope: Scope = asked
        .parse()
        .map_err(|_| one_of("scope", asked, "this, following, all"))?;
    let status = body.status;
    let reason_code = body.reason_code;
    let reason = body.reason.clone();
    let change = Change {
        starts_local: match &body.starts_at {
            Some(text) => Some(wall_clock("starts_at", text, &home.zone)?),
            None => None,
        },
        duration_minutes: body.duration_minutes,
        venue_id: body.venue_id.map(Into::into),
        facilitator_id: body.facilitator_id.map(|person| person.map(Into::into)),
        capacity: body.capacity,
        topic: body.topic,
        reason_code: body.reason_code,
        reason: body.reason,
        overwrite: body.overwrite.into_iter().map(Into::into).collect(),
        on_caution: body.on_caution,
    };
    let ctx = &web.ctx;
    match status {
        None if change.is_empty() => Err(Error::invalid("body", "plan-nothing-to-change", "")),
        None => session::edit(ctx, &v.actor, home.id, id, scope, change, query.dry_run).await,
        Some(_) if !change.is_empty() => Err(Error::invalid("status", "plan-status-alone", "")),
        Some(SessionStatus::Cancelled) => {
            let code = reason_code.unwrap_or_default();
            let words = reason.as_deref();
            session::cancel(ctx, &v.actor, home.id, id, scope, code, words, query.dry_run).await
        }
        Some(SessionStatus::Scheduled) => session::restore(ctx, &v.actor, home.id, id, scope, query.dry_run).await,
        Some(other) => Err(one_of("status", other.as_str(), "cancelled, scheduled")),
    }
}

fn one_of(field: &str, sent: &str, choices: &str) -> Error {
    Error::Invalid(vec![
        FieldError::new(field, "query-choice", sent).with("choices", choices),
    ])
}
