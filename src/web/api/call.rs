//! The call list for programs: whom to phone and what to say, what came of a call, and the three numbers of a session.

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::notification::instant;
use crate::domain::call::CallOutcome;
use crate::domain::id::{DeliveryId, SessionId};
use crate::domain::text::Purpose;
use crate::services::notification::call::{self, Callee, Card};
use crate::services::notification::tally;
use crate::services::{Error, community, schedule};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this noun.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{c}/calls", Who::Staff, list)
        .post("/api/v1/communities/{c}/calls/{delivery}/outcome", Who::Staff, outcome)
        .delete("/api/v1/communities/{c}/calls/{delivery}/outcome", Who::Staff, undo)
        .get("/api/v1/communities/{c}/sessions/{session}/told", Who::Staff, told)
}

/// The description of this noun.
#[derive(OpenApi)]
#[openapi(paths(list, outcome, undo, told), components(schemas(NewOutcome)))]
pub struct Doc;

/// Which part of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Wanted {
    /// Only about this session.
    session_id: Option<Uuid>,
}

/// A number to dial.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallNumber)]
pub struct Number {
    /// Whose it is; empty for their own.
    of: String,
    /// The whole number. That it was shown is audited.
    phone: String,
}

/// One thing to tell somebody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallMatter)]
pub struct Matter {
    /// Id of the delivery: what came of the call is noted there.
    delivery_id: Uuid,
    /// What is told.
    event: &'static str,
    /// About which session.
    session_id: Option<Uuid>,
    /// How the delivery stands.
    status: &'static str,
    /// What to say, sentence by sentence.
    say: Vec<String>,
}

/// One person to phone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallCard)]
pub struct Item {
    /// The resident.
    resident_id: Option<Uuid>,
    /// Or the partner.
    partner_id: Option<Uuid>,
    /// Their name.
    name: String,
    /// Grid; empty when none is known.
    grid: String,
    /// Building and door; may be empty.
    building: String,
    /// Whom to dial, in this order.
    numbers: Vec<Number>,
    /// What to say.
    matters: Vec<Matter>,
    /// Whether it is about today.
    is_today: bool,
    /// How often nobody took the call.
    missed: usize,
    /// When they were last phoned.
    last_called_at: Option<String>,
}

/// The call list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallList)]
pub struct List {
    /// Whom to phone: those about today first, by grid and building.
    items: Vec<Item>,
    /// Whose message about a change of today's sessions has not been seen to arrive.
    on_the_way: Vec<Item>,
    /// People who asked for another day.
    hidden: usize,
    /// Always null: the list is bounded.
    next: Option<Uuid>,
}

/// What came of a call.
#[derive(Debug, ToSchema)]
#[schema(as = NewCallOutcome)]
pub struct NewOutcome {
    /// `told`, `no_answer`, `family` or `later`.
    #[expect(dead_code, reason = "describes the body, which is read field by field")]
    outcome: String,
}

/// How a delivery stands after a call.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CallNoted)]
pub struct Noted {
    /// Deliveries it was noted for: 1, or 0 when it was before.
    noted: usize,
}

/// The three numbers of a session.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionTold)]
pub struct Numbers {
    /// 应通知: people who must know of what changed.
    to_tell: u32,
    /// 已告知: people who know.
    told: u32,
    /// 未告知: people who do not know yet.
    not_told: u32,
    /// Of those who know: a message reached them.
    received: u32,
    /// Somebody phoned.
    phoned: u32,
    /// Their family passes it on.
    family: u32,
    /// Of those who do not: a message is on its way.
    under_way: u32,
    /// Somebody has to phone.
    to_call: u32,
    /// The message failed, or nobody knows whether it arrived.
    failed: u32,
}

fn item(card: &Card, zone: &jiff::tz::TimeZone) -> Item {
    let (resident_id, partner_id) = match card.callee {
        Callee::Resident(id) => (Some(id.0), None),
        Callee::Partner(id) => (None, Some(id.0)),
    };
    Item {
        resident_id,
        partner_id,
        name: card.name.reveal(Purpose::ShowStaff).to_owned(),
        grid: card.grid.clone(),
        building: card.building.clone(),
        numbers: card
            .numbers
            .iter()
            .map(|number| Number {
                of: number.of.clone(),
                phone: number.phone.reveal(Purpose::Reach).to_owned(),
            })
            .collect(),
        matters: card
            .matters
            .iter()
            .map(|matter| Matter {
                delivery_id: matter.delivery.0,
                event: matter.event.as_str(),
                session_id: matter.session.map(|id| id.0),
                status: matter.status.as_str(),
                say: matter.lines.clone(),
            })
            .collect(),
        is_today: card.is_today,
        missed: card.missed,
        last_called_at: card.last.map(|last| instant(last.at, zone)),
    }
}

/// Whom to phone, at which number, and what to say. Reading it is audited, because it holds whole numbers.
#[utoipa::path(get, path = "/api/v1/communities/{c}/calls", tag = "notifications",
    params(("c" = String, Path, description = "Community, as in addresses"), Wanted),
    responses((status = 200, body = List), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn list(
    visitor: Visitor,
    State(web): State<Web>,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<List>, WebError> {
    let v = &visitor;
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(v)?;
    let session = wanted.session_id.map(SessionId);
    let found = call::list(&web.ctx, &v.actor, home.id, session, v.words.lang)
        .await
        .for_visitor(v)?;
    let shown = found.cards().chain(&found.on_the_way);
    call::note_shown(&web.ctx, &v.actor, home.id, shown, false)
        .await
        .for_visitor(v)?;
    Ok(Json(List {
        items: found.cards().map(|card| item(card, &home.zone)).collect(),
        on_the_way: found.on_the_way.iter().map(|card| item(card, &home.zone)).collect(),
        hidden: found.hidden,
        next: None,
    }))
}

/// Notes what came of a call about a delivery. Saying the same again at once changes nothing.
#[utoipa::path(post, path = "/api/v1/communities/{c}/calls/{delivery}/outcome", tag = "notifications",
    params(("c" = String, Path, description = "Community, as in addresses"), ("delivery" = Uuid, Path, description = "Delivery")),
    request_body = NewOutcome,
    responses((status = 201, body = Noted), (status = 404, body = Problem),
        (status = 409, description = "The message is just leaving", body = Problem), (status = 422, body = Problem)))]
async fn outcome(
    visitor: Visitor,
    State(web): State<Web>,
    Path((slug, delivery)): Path<(String, DeliveryId)>,
    Json(body): Json<Value>,
) -> Result<(axum::http::StatusCode, Json<Noted>), WebError> {
    let v = &visitor;
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(v)?;
    let typed = body["outcome"].as_str().unwrap_or_default();
    let outcome = typed
        .parse::<CallOutcome>()
        .map_err(|_| Error::invalid("outcome", "call-outcome-unknown", typed))
        .for_visitor(v)?;
    let done = call::record(&web.ctx, &v.actor, home.id, &[delivery], outcome)
        .await
        .for_visitor(v)?;
    Ok((axum::http::StatusCode::CREATED, Json(Noted { noted: done.noted })))
}

/// Takes the last call about a delivery back.
#[utoipa::path(delete, path = "/api/v1/communities/{c}/calls/{delivery}/outcome", tag = "notifications",
    params(("c" = String, Path, description = "Community, as in addresses"), ("delivery" = Uuid, Path, description = "Delivery")),
    responses((status = 204, description = "Taken back"), (status = 409, description = "There is nothing to take back", body = Problem)))]
async fn undo(
    visitor: Visitor,
    State(web): State<Web>,
    Path((slug, delivery)): Path<(String, DeliveryId)>,
) -> Result<axum::http::StatusCode, WebError> {
    let v = &visitor;
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(v)?;
    call::undo(&web.ctx, &v.actor, home.id, &[delivery])
        .await
        .for_visitor(v)?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// How many people must know of what changed in a session, how many do, and how many do not yet.
#[utoipa::path(get, path = "/api/v1/communities/{c}/sessions/{session}/told", tag = "notifications",
    params(("c" = String, Path, description = "Community, as in addresses"), ("session" = Uuid, Path, description = "Session")),
    responses((status = 200, body = Numbers), (status = 404, body = Problem)))]
async fn told(
    visitor: Visitor,
    State(web): State<Web>,
    Path((slug, session)): Path<(String, SessionId)>,
) -> Result<Json<Numbers>, WebError> {
    let v = &visitor;
    let home = community::find_by_slug(&web.ctx, &slug).await.for_visitor(v)?;
    let counted = tally::of_sessions(&web.ctx, &v.actor, home.id, &[session])
        .await
        .for_visitor(v)?;
    let counted = match counted.get(&session) {
        Some(counted) => *counted,
        None => {
            // Nobody to tell is an answer, no session is not.
            schedule::session(&web.ctx, home.id, session).await.for_visitor(v)?;
            crate::domain::notification::Tally::default()
        }
    };
    Ok(Json(Numbers {
        to_tell: counted.to_tell(),
        told: counted.told(),
        not_told: counted.not_told(),
        received: counted.received,
        phoned: counted.phoned,
        family: counted.family,
        under_way: counted.under_way,
        to_call: counted.to_call,
        failed: counted.failed,
    }))
}
