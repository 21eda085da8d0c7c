//! Series as they stand, and what is done to a whole one: other dates, another end, topics, a pause.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, List, ListQuery, given, home, id, paged, rfc3339, wall_clock};
use super::series::{ClashItem, SeriesQuery};
use crate::domain::community::Community;
use crate::domain::id::SeriesId;
use crate::domain::planning::edit::{Changed, KeptBecause};
use crate::domain::planning::{Exclusion, Pause, Series};
use crate::domain::recurrence::HolidayPolicy;
use crate::services::programme::{self, Act, ActOutcome, SeriesChange};
use crate::services::schedule::in_words;
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, show, change, pause, resume))]
pub struct Doc;

/// `/communities/{community}/series` but for planning one.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/series", Who::Staff, list)
        .get("/api/v1/communities/{community}/series/{series}", Who::Staff, show)
        .patch("/api/v1/communities/{community}/series/{series}", Who::Staff, change)
        .post(
            "/api/v1/communities/{community}/series/{series}/pause",
            Who::Staff,
            pause,
        )
        .post(
            "/api/v1/communities/{community}/series/{series}/resume",
            Who::Staff,
            resume,
        )
}

/// A time without dates.
#[derive(Debug, Serialize, ToSchema)]
pub struct PauseItem {
    /// From this start on, wall clock.
    pub from: String,
    /// The first start after it; null while open.
    pub until: Option<String>,
    /// Why.
    pub reason: String,
}

impl From<&Pause> for PauseItem {
    fn from(pause: &Pause) -> Self {
        Self {
            from: pause.from.to_string(),
            until: pause.until.map(|until| until.to_string()),
            reason: pause.reason.clone(),
        }
    }
}

/// A series (系列) as it stands. Times are on the clock of its zone.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesRow {
    /// Its id.
    pub id: Uuid,
    /// Of which programme.
    pub programme_id: Uuid,
    /// Where.
    pub venue_id: Uuid,
    /// Who.
    pub facilitator_id: Option<Uuid>,
    /// Its dates in words.
    pub summary: String,
    /// First start.
    pub dtstart: String,
    /// Length, minutes.
    pub duration_minutes: i32,
    /// RRULE value; null for single dates.
    pub rule: Option<String>,
    /// Extra dates.
    pub rdate: Vec<String>,
    /// Dates taken out.
    pub exdate: Vec<String>,
    /// What happens on official days off.
    #[schema(value_type = String)]
    pub holiday_policy: HolidayPolicy,
    /// Seats; null: the programme's.
    pub capacity: Option<i32>,
    /// No date at or after this time.
    pub ends_before: Option<String>,
    /// It ends after so many sessions.
    pub held_limit: Option<i32>,
    /// Times without dates.
    pub pauses: Vec<PauseItem>,
    /// Topics: in the list all, of one series those still to come.
    pub topics: Vec<String>,
    /// Raised at each change; send it back as `sequence` to change only what was looked at.
    pub sequence: i32,
}

fn row(words: Words, series: &Series) -> SeriesRow {
    SeriesRow {
        id: series.id.0,
        programme_id: series.programme_id.0,
        venue_id: series.venue_id.0,
        facilitator_id: series.facilitator_id.map(|person| person.0),
        summary: in_words(series, words.lang),
        dtstart: series.starts_local.to_string(),
        duration_minutes: series.duration_minutes,
        rule: series.rule.as_ref().map(ToString::to_string),
        rdate: series.extra.iter().map(ToString::to_string).collect(),
        exdate: series.excluded.iter().map(|out| out.at.to_string()).collect(),
        holiday_policy: series.holiday_policy,
        capacity: series.capacity,
        ends_before: series.ends_before_local.map(|end| end.to_string()),
        held_limit: series.held_limit,
        pauses: series.pauses.iter().map(PauseItem::from).collect(),
        topics: series.topics.clone(),
        sequence: series.sequence,
    }
}

/// What is to be different in a series. What is not given stays.
#[expect(
    clippy::option_option,
    reason = "null takes a value away, and is not the same as nothing said"
)]
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesChangeBody {
    /// The topics still to come, in order, at most 500; those of sessions that are over stay.
    #[serde(default)]
    topics: Option<Vec<String>>,
    /// It ends after so many sessions, 1 to 500; null: no such end.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    held_limit: Option<Option<i32>>,
    /// All dates taken out, wall clock; past ones cannot be added or taken away.
    #[serde(default)]
    exdate: Option<Vec<String>>,
    /// All extra dates, wall clock.
    #[serde(default)]
    rdate: Option<Vec<String>>,
    /// `hold`, `skip`, `next_workday` or `previous_workday`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    holiday_policy: Option<HolidayPolicy>,
    /// No date at or after this time; null: open.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    ends_before: Option<Option<String>>,
    /// Why sessions are cancelled, for people.
    #[serde(default)]
    reason: String,
    /// Sessions moved by hand that are cancelled as well.
    #[serde(default)]
    include: Vec<Uuid>,
    /// The sequence that was looked at.
    #[serde(default)]
    sequence: Option<i32>,
}

/// A pause.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseBody {
    /// From this time on, wall clock.
    from: String,
    /// Until this time; without it until it is resumed.
    #[serde(default)]
    until: Option<String>,
    /// Why, for people.
    #[serde(default)]
    reason: String,
    /// Sessions moved by hand that are cancelled as well.
    #[serde(default)]
    include: Vec<Uuid>,
    /// The sequence that was looked at.
    #[serde(default)]
    sequence: Option<i32>,
}

/// The end of a pause.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeBody {
    /// From this time on, wall clock.
    from: String,
    /// The sequence that was looked at.
    #[serde(default)]
    sequence: Option<i32>,
}

/// A session an act touches.
#[derive(Debug, Serialize, ToSchema)]
pub struct TouchedItem {
    /// Its id.
    pub id: Uuid,
    /// Start after the act.
    pub starts_at: String,
    /// Start before it.
    pub was_at: String,
}

/// A session that stays all the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaysItem {
    /// Its id.
    pub id: Uuid,
    /// Its start.
    pub starts_at: String,
    /// `past`, `attended`, `overridden` or `cancelled`.
    #[schema(value_type = String)]
    pub because: KeptBecause,
}

/// A date that has no place.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoPlaceItem {
    /// Its session, when one stays cancelled.
    pub session_id: Option<Uuid>,
    /// The start it would have.
    pub starts_at: String,
    /// What stands in the way.
    pub clashes: Vec<ClashItem>,
    /// The nearest free start of the same day.
    pub nearest_free: Option<String>,
}

/// What an act came to, or would come to.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActItem {
    /// Whether nothing was stored.
    pub dry_run: bool,
    /// The sequence that was looked at.
    pub sequence: i32,
    /// Sessions cancelled.
    pub cancelled: Vec<TouchedItem>,
    /// Sessions moved.
    pub moved: Vec<TouchedItem>,
    /// Sessions that take place after all.
    pub restored: Vec<TouchedItem>,
    /// Starts of new sessions.
    pub created: Vec<String>,
    /// Dates that have no place.
    pub missing: Vec<NoPlaceItem>,
    /// Sessions that stay all the same.
    pub kept: Vec<StaysItem>,
    /// How many people are told.
    pub people_to_tell: usize,
}

fn act_item(words: Words, home: &Community, outcome: ActOutcome, dry_run: bool) -> ActItem {
    let local = |at: jiff::Timestamp| rfc3339(&at.to_zoned(home.zone.clone()));
    let touched = |all: Vec<Changed>| {
        all.into_iter()
            .map(|changed| TouchedItem {
                id: changed.after.id.0,
                starts_at: local(changed.after.starts_at),
                was_at: local(changed.before.starts_at),
            })
            .collect()
    };
    ActItem {
        dry_run,
        sequence: outcome.sequence,
        cancelled: touched(outcome.cancelled),
        moved: touched(outcome.moved),
        restored: touched(outcome.restored),
        created: outcome.created.iter().map(rfc3339).collect(),
        missing: outcome
            .missing
            .into_iter()
            .map(|date| NoPlaceItem {
                session_id: date.session.map(|session| session.0),
                starts_at: rfc3339(&date.starts),
                clashes: date.clashes.iter().map(|clash| ClashItem::of(words, clash)).collect(),
                nearest_free: date.nearest_free.as_ref().map(rfc3339),
            })
            .collect(),
        kept: outcome
            .kept
            .into_iter()
            .map(|(id, at, because)| StaysItem {
                id: id.0,
                starts_at: rfc3339(&at),
                because,
            })
            .collect(),
        people_to_tell: outcome.people_to_tell,
    }
}

/// The series of a community
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/series",
    tag = "series",
    params(("community" = String, Path, description = "name in addresses"), ListQuery),
    responses((status = 200, body = List<SeriesRow>), (status = 404, body = Problem))
)]
async fn list(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let all = programme::series_list(&web.ctx, &v.actor, home.id)
        .await
        .for_visitor(&v)?;
    let page = paged(all, &query, |series| series.id.0, |series| row(v.words, &series)).for_visitor(&v)?;
    Ok(Json(page).into_response())
}

/// One series
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/series/{series}",
    tag = "series",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("series" = Uuid, Path, description = "the series")
    ),
    responses((status = 200, body = SeriesRow), (status = 404, body = Problem))
)]
async fn show(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, series)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let id: SeriesId = id("series", &series).for_visitor(&v)?;
    let view = programme::series_view(&web.ctx, &v.actor, home.id, id)
        .await
        .for_visitor(&v)?;
    let item = SeriesRow {
        topics: view.topics,
        ..row(v.words, &view.series)
    };
    Ok(Json(item).into_response())
}

async fn carry_out(
    web: &Web,
    v: &Visitor,
    home: &Community,
    series: &str,
    act: Act,
    sequence: Option<i32>,
    dry_run: bool,
) -> Result<Response, WebError> {
    let id: SeriesId = id("series", series).for_visitor(v)?;
    let outcome = programme::act(&web.ctx, &v.actor, home.id, id, act, sequence, dry_run)
        .await
        .for_visitor(v)?;
    Ok(Json(act_item(v.words, home, outcome, dry_run)).into_response())
}

/// Change a series
///
/// Other dates, another end, other topics. What the series no longer has is cancelled, never deleted; whoever is signed up is told.
#[utoipa::path(
    patch,
    path = "/api/v1/communities/{community}/series/{series}",
    tag = "series",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("series" = Uuid, Path, description = "the series"),
        SeriesQuery
    ),
    request_body = SeriesChangeBody,
    responses(
        (status = 200, body = ActItem),
        (status = 404, body = Problem),
        (status = 409, description = "`state` when it has changed since `sequence`; `conflict` when a session would move to where something stands", body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn change(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, series)): Path<(String, String)>,
    Query(query): Query<SeriesQuery>,
    ApiJson(body): ApiJson<SeriesChangeBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let sequence = body.sequence;
    let stands: SeriesId = id("series", &series).for_visitor(&v)?;
    let stands = programme::series_view(&web.ctx, &v.actor, home.id, stands)
        .await
        .for_visitor(&v)?;
    let act = Act::Change(change_of(body, &home, &stands.series).for_visitor(&v)?);
    carry_out(&web, &v, &home, &series, act, sequence, query.dry_run).await
}

fn change_of(body: SeriesChangeBody, home: &Community, stands: &Series) -> Result<SeriesChange, Error> {
    let all = |field: &str, texts: &[String]| {
        let read = |(i, text): (usize, &String)| wall_clock(&format!("{field}[{i}]"), text, &home.zone);
        texts.iter().enumerate().map(read).collect::<Result<Vec<_>, Error>>()
    };
    let reason = body.reason.clone();
    // Dates that are out already keep the reason they were taken out for.
    let exclusion = |at: jiff::civil::DateTime| {
        let known = stands.excluded.iter().find(|out| out.at == at).cloned();
        known.unwrap_or_else(|| Exclusion {
            at,
            reason: reason.clone(),
        })
    };
    let change = SeriesChange {
        topics: body.topics,
        held_limit: body.held_limit,
        excluded: match &body.exdate {
            Some(texts) => Some(all("exdate", texts)?.into_iter().map(exclusion).collect()),
            None => None,
        },
        extra: match &body.rdate {
            Some(texts) => Some(all("rdate", texts)?),
            None => None,
        },
        holiday_policy: body.holiday_policy,
        ends_before: match &body.ends_before {
            Some(Some(text)) => Some(Some(wall_clock("ends_before", text, &home.zone)?)),
            Some(None) => Some(None),
            None => None,
        },
        include: body.include.into_iter().map(Into::into).collect(),
        reason: body.reason,
    };
    let nothing = SeriesChange {
        include: change.include.clone(),
        reason: change.reason.clone(),
        ..SeriesChange::default()
    };
    if change == nothing {
        return Err(Error::Invalid(vec![FieldError::new(
            "body",
            "plan-nothing-to-change",
            "",
        )]));
    }
    Ok(change)
}

/// Pause a series
///
/// Its coming sessions inside the pause are cancelled and whoever is signed up is told; none are made there.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/series/{series}/pause",
    tag = "series",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("series" = Uuid, Path, description = "the series"),
        SeriesQuery
    ),
    request_body = PauseBody,
    responses(
        (status = 200, body = ActItem),
        (status = 404, body = Problem),
        (status = 409, description = "`state` when it is paused then already", body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn pause(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, series)): Path<(String, String)>,
    Query(query): Query<SeriesQuery>,
    ApiJson(body): ApiJson<PauseBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let until = match &body.until {
        Some(text) => Some(wall_clock("until", text, &home.zone).for_visitor(&v)?),
        None => None,
    };
    let act = Act::Pause {
        from: wall_clock("from", &body.from, &home.zone).for_visitor(&v)?,
        until,
        reason: body.reason,
        include: body.include.into_iter().map(Into::into).collect(),
    };
    carry_out(&web, &v, &home, &series, act, body.sequence, query.dry_run).await
}

/// Resume a series
///
/// The pause ends; what it cancelled from then on takes place again where its place is free.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/series/{series}/resume",
    tag = "series",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("series" = Uuid, Path, description = "the series"),
        SeriesQuery
    ),
    request_body = ResumeBody,
    responses(
        (status = 200, body = ActItem),
        (status = 404, body = Problem),
        (status = 409, description = "`state` when it is not paused", body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn resume(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, series)): Path<(String, String)>,
    Query(query): Query<SeriesQuery>,
    ApiJson(body): ApiJson<ResumeBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let act = Act::Resume {
        from: wall_clock("from", &body.from, &home.zone).for_visitor(&v)?,
    };
    carry_out(&web, &v, &home, &series, act, body.sequence, query.dry_run).await
}
