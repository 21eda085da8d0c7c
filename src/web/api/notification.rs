//! The notification log for programs.

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use crate::domain::channel::ChannelKind;
use crate::domain::id::{DeliveryId, SessionId};
use crate::domain::notification::{Event, Status};
use crate::domain::text::mask;
use crate::services::notification::log::{self, Filter, LogRow};
use crate::services::{Error, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this noun.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{c}/notifications", Who::Staff, list)
        .get("/api/v1/communities/{c}/notifications/{id}", Who::Staff, one)
}

/// The description of this noun.
#[derive(OpenApi)]
#[openapi(paths(list, one))]
pub struct Doc;

/// Which lines of the log.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only this state.
    status: Option<String>,
    /// Only over this channel: `email`, `sms`, `robot` or `call`.
    channel: Option<String>,
    /// Only of this event: `cancelled`, `moved` …
    event: Option<String>,
    /// Only about this session.
    session_id: Option<Uuid>,
    /// Where the page before ended.
    cursor: Option<Uuid>,
    /// At most so many, up to 200.
    limit: Option<u64>,
}

/// One line of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// Id of the delivery.
    id: Uuid,
    /// What was told: `reminder_evening`, `cancelled` …
    event: &'static str,
    /// About which session; the first, when there are several.
    session_id: Option<Uuid>,
    /// To whom, masked.
    recipient: String,
    /// `email`, `sms`, `robot` or `call`.
    channel: String,
    /// When it is or was due, RFC 3339.
    due_at: String,
    /// When it left, or when somebody phoned.
    sent_at: Option<String>,
    /// How it stands.
    status: &'static str,
    /// Tries.
    attempts: i32,
    /// What went wrong last.
    last_error: Option<String>,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page {
    /// The lines, newest first.
    items: Vec<Line>,
    /// The cursor of the next page; none on the last.
    next: Option<Uuid>,
}

/// One try.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationAttempt)]
pub struct Try {
    /// 1, 2, 3 …
    number: i32,
    /// Start.
    started_at: String,
    /// End; none while under way.
    ended_at: Option<String>,
    /// `sending`, `sent`, `retry`, `rejected` or `unknown`.
    outcome: String,
    /// The other side's words.
    detail: String,
}

/// One call about a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationCall)]
pub struct Phoned {
    /// `told`, `no_answer`, `family` or `later`.
    outcome: &'static str,
    /// When.
    called_at: String,
}

/// One delivery with everything that happened to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationDetail)]
pub struct Detail {
    /// Its line in the log.
    #[serde(flatten)]
    line: Line,
    /// When it was written down.
    created_at: String,
    /// After this it is useless.
    expires_at: String,
    /// Its tries, in their order.
    tries: Vec<Try>,
    /// The calls about it, in their order.
    calls: Vec<Phoned>,
}

pub(super) fn instant(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn line(row: LogRow, zone: &TimeZone) -> Line {
    Line {
        id: row.id.0,
        event: row.event.as_str(),
        session_id: row.session.map(|id| id.0),
        recipient: mask(&row.recipient),
        channel: row.channel,
        due_at: instant(row.due_at, zone),
        sent_at: row.sent_at.map(|at| instant(at, zone)),
        status: row.status.as_str(),
        attempts: row.attempts,
        last_error: row.last_error,
    }
}

/// The log: who was told what, how, and how it went. Recipients are masked.
#[utoipa::path(get, path = "/api/v1/communities/{c}/notifications", tag = "notifications",
    params(("c" = String, Path, description = "Community, as in addresses"), Wanted),
    responses((status = 200, body = Page), (status = 422, body = Problem), (status = 404, body = Problem)))]
async fn list(
    visitor: Visitor,
    State(web): State<Web>,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page>, WebError> {
    let v = &visitor;
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(v)?;
    let statuses = match &wanted.status {
        None => Vec::new(),
        Some(name) => {
            let status =
                Status::from_name(name).ok_or_else(|| Error::invalid("status", "status-unknown", name.clone()));
            vec![status.for_visitor(v)?]
        }
    };
    let channel = match &wanted.channel {
        None => None,
        Some(name) => {
            let kind = name
                .parse::<ChannelKind>()
                .map_err(|_| Error::invalid("channel", "channel-unknown", name.clone()));
            Some(kind.for_visitor(v)?)
        }
    };
    let event = match &wanted.event {
        None => None,
        Some(name) => {
            let event = Event::from_name(name).ok_or_else(|| Error::invalid("event", "event-unknown", name.clone()));
            Some(event.for_visitor(v)?)
        }
    };
    let filter = Filter {
        statuses,
        channel,
        event,
        session: wanted.session_id.map(SessionId),
        before: wanted.cursor.map(DeliveryId),
        limit: Some(wanted.limit.unwrap_or(200)),
        ..Filter::default()
    };
    let found = log::page(&web.ctx, &v.actor, home.id, &filter).await.for_visitor(v)?;
    Ok(Json(Page {
        items: found.rows.into_iter().map(|row| line(row, &home.zone)).collect(),
        next: found.next.map(|next| next.0),
    }))
}

/// One delivery with its tries and calls. The recipient is masked, and the words are not part of it.
#[utoipa::path(get, path = "/api/v1/communities/{c}/notifications/{id}", tag = "notifications",
    params(("c" = String, Path, description = "Community, as in addresses"), ("id" = Uuid, Path, description = "Delivery")),
    responses((status = 200, body = Detail), (status = 404, body = Problem)))]
async fn one(
    visitor: Visitor,
    State(web): State<Web>,
    Path((slug, id)): Path<(String, DeliveryId)>,
) -> Result<Json<Detail>, WebError> {
    let v = &visitor;
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(v)?;
    let found = log::one(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let at = |at: Timestamp| instant(at, &home.zone);
    Ok(Json(Detail {
        created_at: at(found.row.created_at),
        expires_at: at(found.row.expires_at),
        line: line(found.row, &home.zone),
        tries: found
            .attempts
            .into_iter()
            .map(|one| Try {
                number: one.number,
                started_at: at(one.started_at),
                ended_at: one.ended_at.map(at),
                outcome: one.outcome,
                detail: one.detail,
            })
            .collect(),
        calls: found
            .calls
            .into_iter()
            .map(|(call, _)| Phoned {
                outcome: call.outcome.as_str(),
                called_at: at(call.at),
            })
            .collect(),
    }))
}
