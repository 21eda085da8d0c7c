//! Planning a series.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, home, rfc3339, wall_clock};
use crate::domain::planning::{Caution, Clash, Exclusion, OnCaution};
use crate::domain::recurrence::HolidayPolicy;
use crate::services::Error;
use crate::services::programme::{self, OnConflict, PlanSeries, PlannedSeries, PlannedSession};
use crate::services::wording::Words;
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(create))]
pub struct Doc;

/// `/communities/{community}/series`.
pub fn routes() -> Routes {
    Routes::new().post("/api/v1/communities/{community}/series", Who::Staff, create)
}

/// A series to be planned.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesBody {
    /// Of which programme.
    programme_id: Uuid,
    /// Where.
    venue_id: Uuid,
    /// Who.
    #[serde(default)]
    facilitator_id: Option<Uuid>,
    /// First start on the community's clock.
    #[schema(example = "2026-01-07T09:30:00")]
    dtstart: String,
    /// Length, 5 to 720; not past midnight.
    duration_minutes: i32,
    /// RRULE value (RFC 5545 §3.3.10); without one a single session.
    #[serde(default)]
    #[schema(example = "FREQ=WEEKLY;BYDAY=WE")]
    rule: Option<String>,
    /// Extra dates on the community's clock.
    #[serde(default)]
    rdate: Vec<String>,
    /// Dates taken out.
    #[serde(default)]
    exdate: Vec<String>,
    /// `hold` (by default), `skip`, `next_workday` or `previous_workday`.
    #[serde(default)]
    #[schema(value_type = String)]
    holiday_policy: HolidayPolicy,
    /// Seats, 1 to 2000; by default the programme's.
    #[serde(default)]
    capacity: Option<i32>,
    /// It ends after so many sessions that are not cancelled, 1 to 500; one that is called off is made up for at the end.
    #[serde(default)]
    held_limit: Option<i32>,
    /// `refuse` (by default): one clash and nothing is stored; `skip`: dates that clash are left out.
    #[serde(default)]
    #[schema(value_type = String)]
    on_conflict: OnConflict,
    /// `accept` (by default): what speaks against dates (`cautions` in the answer) does not stop them; `refuse`: then nothing is stored.
    #[serde(default)]
    #[schema(value_type = String)]
    on_caution: OnCaution,
}

/// How to plan.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesQuery {
    /// Say what would happen, store nothing.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// What stands in the way.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClashItem {
    /// `venue`, `facilitator`, `closed`, `closure`, `capacity`, `licence`, `qualification`, `pledge` or `frozen`.
    pub code: &'static str,
    /// In words.
    pub message: String,
    /// The start that was wanted; null for a clash of every date.
    pub wanted_at: Option<String>,
    /// The session that stands there.
    pub session_id: Option<Uuid>,
}

impl ClashItem {
    /// A clash in the reader's words.
    pub fn of(words: Words, clash: &Clash) -> Self {
        Self {
            code: clash.code(),
            message: words.clash(clash),
            wanted_at: clash.wanted_at().map(rfc3339),
            session_id: match clash {
                Clash::Venue { by, .. } | Clash::Facilitator { by, .. } => by.map(|session| session.0),
                Clash::Closed { .. }
                | Clash::Closure { .. }
                | Clash::Capacity { .. }
                | Clash::Licence { .. }
                | Clash::Frozen { .. } => None,
            },
        }
    }
}

/// Something that speaks against a session without forbidding it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CautionItem {
    /// `same_audience`, `noon_rest`, `holiday` or `weekly_limit`.
    pub code: &'static str,
    /// In words.
    pub message: String,
    /// The start that was wanted.
    pub wanted_at: String,
}

impl CautionItem {
    /// In the reader's words.
    pub fn of(words: Words, caution: &Caution) -> Self {
        Self {
            code: caution.code(),
            message: words.caution(caution),
            wanted_at: rfc3339(caution.wanted_at()),
        }
    }
}

/// One date of a series.
#[derive(Debug, Serialize, ToSchema)]
pub struct DateItem {
    /// Its session; null in a dry run and where something stands in the way.
    pub session_id: Option<Uuid>,
    /// Start.
    pub starts_at: String,
    /// End.
    pub ends_at: String,
    /// Whether a holiday notice yet to come may change it.
    pub provisional: bool,
    /// What stands in the way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub clashes: Vec<ClashItem>,
    /// What speaks against it: the same people elsewhere, the noon rest, a day off, a partner's limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cautions: Vec<CautionItem>,
    /// The nearest free start, where something stands in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest_free: Option<String>,
    /// The venue of that start, where it is another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest_venue_id: Option<Uuid>,
}

/// A date that fell out for a holiday.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkippedItem {
    /// The start the rule yields, on the community's clock.
    pub original: String,
    /// The holiday.
    pub holiday: String,
}

/// A planned series.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeriesItem {
    /// Its id; null in a dry run.
    pub id: Option<Uuid>,
    /// Its dates in words.
    pub summary: String,
    /// How many sessions were stored; in a dry run, would be.
    pub sessions_created: usize,
    /// These sessions.
    pub sessions: Vec<DateItem>,
    /// Dates left out because something stands there.
    pub missing: Vec<DateItem>,
    /// Dates that fell out for a holiday.
    pub skipped: Vec<SkippedItem>,
}

pub(super) fn item(words: Words, planned: &PlannedSeries) -> SeriesItem {
    let date = |date: &PlannedSession| DateItem {
        session_id: date.session_id.map(|session| session.0),
        starts_at: rfc3339(&date.starts),
        ends_at: rfc3339(&date.ends),
        provisional: date.provisional,
        clashes: date.clashes.iter().map(|clash| ClashItem::of(words, clash)).collect(),
        cautions: date.cautions.iter().map(|one| CautionItem::of(words, one)).collect(),
        nearest_free: date.nearest_free.as_ref().map(rfc3339),
        nearest_venue_id: date.nearest_venue_id.map(|venue| venue.0),
    };
    SeriesItem {
        id: planned.series_id.map(|series| series.0),
        summary: planned.summary(words.lang).to_owned(),
        sessions_created: planned.sessions.len(),
        sessions: planned.sessions.iter().map(date).collect(),
        missing: planned.missing.iter().map(date).collect(),
        skipped: planned
            .skipped
            .iter()
            .map(|(at, holiday)| SkippedItem {
                original: at.to_string(),
                holiday: holiday.clone(),
            })
            .collect(),
    }
}

fn wish(body: SeriesBody, zone: &TimeZone) -> Result<PlanSeries, Error> {
    let all = |field: &str, texts: &[String]| {
        let read = |(i, text): (usize, &String)| wall_clock(&format!("{field}[{i}]"), text, zone);
        texts.iter().enumerate().map(read).collect::<Result<Vec<_>, Error>>()
    };
    Ok(PlanSeries {
        programme_id: body.programme_id.into(),
        venue_id: body.venue_id.into(),
        facilitator_id: body.facilitator_id.map(Into::into),
        starts_local: wall_clock("dtstart", &body.dtstart, zone)?,
        duration_minutes: body.duration_minutes,
        rule: body.rule,
        extra: all("rdate", &body.rdate)?,
        excluded: all("exdate", &body.exdate)?
            .into_iter()
            .map(|at| Exclusion {
                at,
                reason: String::new(),
            })
            .collect(),
        holiday_policy: body.holiday_policy,
        capacity: body.capacity,
        held_limit: body.held_limit,
        ends_before: None,
        whole: false,
        on_conflict: body.on_conflict,
        on_caution: body.on_caution,
    })
}

/// Plan a series
///
/// Stores the series and its sessions up to the community's planning horizon.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/series",
    tag = "series",
    params(("community" = String, Path, description = "name in addresses"), SeriesQuery),
    request_body = SeriesBody,
    responses(
        (status = 201, body = SeriesItem),
        (status = 200, description = "dry run", body = SeriesItem),
        (status = 404, body = Problem),
        (status = 409, description = "`conflict` with every clash in `errors`, or `caution` with what was not accepted", body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn create(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    Query(query): Query<SeriesQuery>,
    ApiJson(body): ApiJson<SeriesBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let wish = wish(body, &home.zone).for_visitor(&v)?;
    let planned = programme::plan_series(&web.ctx, &v.actor, home.id, wish, query.dry_run)
        .await
        .for_visitor(&v)?;
    let status = if query.dry_run {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    Ok((status, Json(item(v.words, &planned))).into_response())
}
