//! Partners' proposals and their decision.

use axum::Json;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, home, id, rfc3339, wall_clock};
use super::series::{CautionItem, ClashItem};
use crate::domain::calendar::resolve;
use crate::domain::community::Community;
use crate::domain::id::ProposalId;
use crate::domain::planning::OnCaution;
use crate::domain::proposal::ProposalStatus;
use crate::services::proposal::{self, Approval, Filter, Fit, NewProposal, ProposalView};
use crate::services::wording::Words;
use crate::services::{Context, Error};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, show, submit, approve, decline, request_changes))]
pub struct Doc;

/// `/communities/{community}/proposals`.
pub fn routes() -> Routes {
    const ALL: &str = "/api/v1/communities/{community}/proposals";
    const ONE: &str = "/api/v1/communities/{community}/proposals/{id}";
    Routes::new()
        .get(ALL, Who::StaffOrPartner, list)
        .post(ALL, Who::Partner, submit)
        .get(ONE, Who::StaffOrPartner, show)
        .post(
            "/api/v1/communities/{community}/proposals/{id}/approve",
            Who::Staff,
            approve,
        )
        .post(
            "/api/v1/communities/{community}/proposals/{id}/decline",
            Who::Staff,
            decline,
        )
        .post(
            "/api/v1/communities/{community}/proposals/{id}/request-changes",
            Who::Staff,
            request_changes,
        )
}

/// A proposal to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalBody {
    /// Made by whoever sends it; the same id again is the same proposal.
    #[serde(default)]
    id: Option<Uuid>,
    /// The partner's programme it continues; without one a new programme.
    #[serde(default)]
    programme_id: Option<Uuid>,
    /// Title, at most 40 characters; by default the programme's.
    #[serde(default)]
    title: String,
    /// `wellness`, `class`, `talk`, `help_desk`, `service_day`, `culture`, `festival` or `other`; by default the programme's.
    #[serde(default)]
    kind: String,
    /// What it is about.
    #[serde(default)]
    description: String,
    /// What the community should prepare.
    #[serde(default)]
    needs: String,
    /// Where.
    venue_id: Uuid,
    /// Who, when the community knows them.
    #[serde(default)]
    facilitator_id: Option<Uuid>,
    /// Who, in words.
    #[serde(default)]
    facilitator_name: String,
    /// First start on the community's clock.
    #[serde(alias = "starts_at")]
    #[schema(example = "2026-12-01T09:00:00")]
    dtstart: String,
    /// Length, 5 to 720; not past midnight.
    duration_minutes: i32,
    /// RRULE value (RFC 5545 §3.3.10); without one a single session.
    #[serde(default)]
    #[schema(example = "FREQ=WEEKLY;BYDAY=TU;COUNT=8")]
    rule: Option<String>,
    /// `hold` (by default), `skip`, `next_workday` or `previous_workday`.
    #[serde(default)]
    holiday_policy: String,
    /// Seats, at most the venue's.
    #[serde(default)]
    capacity: Option<i32>,
    /// `none`, `optional` (by default) or `required`.
    #[serde(default)]
    sign_up: String,
}

/// What became of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmittedItem {
    /// Its id.
    id: Uuid,
    /// `submitted`.
    status: &'static str,
    /// The starts that are held for it, at most 60.
    held: Vec<String>,
    /// The dates that are taken.
    clashes: Vec<ClashItem>,
    /// Whether there are more dates than are held.
    more: bool,
}

/// One step of a proposal's life.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemarkItem {
    /// `submit`, `request_changes`, `approve`, `decline`, `withdraw` or `lapse`.
    action: &'static str,
    /// What was said.
    remark: String,
    /// When.
    at: String,
}

/// How a proposal fits at this moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct FitItem {
    /// Dates still to come.
    dates: usize,
    /// What stands in the way, one entry a date.
    clashes: Vec<ClashItem>,
}

/// A proposal.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalItem {
    /// Its id.
    id: Uuid,
    /// `submitted`, `changes_requested`, `approved`, `declined`, `withdrawn` or `lapsed`.
    status: &'static str,
    /// Whose.
    partner_id: Uuid,
    /// The partner's name.
    partner: String,
    /// The programme it continues or became.
    programme_id: Option<Uuid>,
    /// Title.
    title: String,
    /// Kind of programme.
    kind: &'static str,
    /// What it is about.
    description: String,
    /// What the community should prepare.
    needs: String,
    /// Where.
    venue_id: Uuid,
    /// The venue's name.
    venue: String,
    /// Who, when the community knows them.
    facilitator_id: Option<Uuid>,
    /// Who, as announced.
    facilitator: String,
    /// First start on the community's clock.
    dtstart: String,
    /// Length.
    duration_minutes: i32,
    /// RRULE value.
    rule: Option<String>,
    /// What happens on official days off.
    holiday_policy: &'static str,
    /// Seats.
    capacity: Option<i32>,
    /// Whether one signs up.
    sign_up: &'static str,
    /// Its starts, at most 60.
    dates: Vec<String>,
    /// Another first start that staff suggested, on the community's clock.
    suggested: Option<String>,
    /// The series it became.
    series_id: Option<Uuid>,
    /// Its steps, oldest first.
    remarks: Vec<RemarkItem>,
    /// How it fits; only while it waits.
    fit: Option<FitItem>,
    /// When it was first sent.
    created_at: String,
    /// When it last moved.
    updated_at: String,
}

impl ProposalItem {
    fn of(words: Words, home: &Community, view: &ProposalView, fit: Option<&Fit>) -> Self {
        let (found, offer) = (&view.proposal, &view.proposal.offer);
        let at = |instant: jiff::Timestamp| rfc3339(&instant.to_zoned(home.zone.clone()));
        Self {
            id: found.id.0,
            status: found.status.as_str(),
            partner_id: found.partner_id.0,
            partner: words.pick(&view.partner.name, &view.partner.name_en).to_owned(),
            programme_id: offer.programme_id.map(|id| id.0),
            title: offer.title.clone(),
            kind: offer.kind.as_str(),
            description: offer.description.clone(),
            needs: offer.needs.clone(),
            venue_id: offer.venue_id.0,
            venue: words.pick(&view.venue.name, &view.venue.name_en).to_owned(),
            facilitator_id: offer.facilitator_id.map(|id| id.0),
            facilitator: view.facilitator_name().to_owned(),
            dtstart: offer.starts.to_string(),
            duration_minutes: offer.duration_minutes,
            rule: offer.rule.clone(),
            holiday_policy: offer.holiday_policy.name(),
            capacity: offer.capacity,
            sign_up: offer.sign_up.as_str(),
            dates: view
                .dates
                .starts
                .iter()
                .map(|start| rfc3339(&resolve(*start, &home.zone)))
                .collect(),
            suggested: found.suggested.map(|start| start.to_string()),
            series_id: found.series_id.map(|id| id.0),
            remarks: view
                .remarks
                .iter()
                .map(|remark| RemarkItem {
                    action: remark.step.as_str(),
                    remark: remark.words.clone(),
                    at: at(remark.at),
                })
                .collect(),
            fit: fit.map(|fit| FitItem {
                dates: fit.dates,
                clashes: fit.clashes.iter().map(|clash| ClashItem::of(words, clash)).collect(),
            }),
            created_at: at(found.created_at),
            updated_at: at(found.updated_at),
        }
    }
}

/// Which proposals.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// Only in this state.
    status: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200.
    limit: Option<u64>,
}

/// Proposals, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProposalList {
    /// The proposals.
    items: Vec<ProposalItem>,
    /// What to send as `cursor` for the rest; null at the end.
    next: Option<String>,
}

async fn item(ctx: &Context, words: Words, home: &Community, view: &ProposalView) -> Result<ProposalItem, Error> {
    let fit = proposal::fits(ctx, home.id, std::slice::from_ref(view))
        .await?
        .pop()
        .flatten();
    Ok(ProposalItem::of(words, home, view, fit.as_ref()))
}

/// The proposals of a community, newest first: a partner's own, or all of them for staff.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/proposals",
    tag = "proposals",
    params(("community" = String, Path, description = "Name of the community in addresses"), ListQuery),
    responses(
        (status = 200, description = "The proposals", body = ProposalList),
        (status = 403, description = "Not for this role", body = Problem),
        (status = 422, description = "Not a state, or not a cursor", body = Problem),
    )
)]
pub async fn list(
    v: Visitor,
    State(web): State<Web>,
    Path(community): Path<String>,
    Query(asked): Query<ListQuery>,
) -> Result<Json<ProposalList>, WebError> {
    let home = home(&web, &v, &community).await?;
    let filter = filter(&asked).for_visitor(&v)?;
    let views = proposal::list(&web.ctx, &v.actor, home.id, &filter)
        .await
        .for_visitor(&v)?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let next = (views.len() == limit)
        .then(|| views.last().map(|view| view.proposal.id.to_string()))
        .flatten();
    let fitting = proposal::fits(&web.ctx, home.id, &views).await.for_visitor(&v)?;
    let items = views
        .iter()
        .zip(&fitting)
        .map(|(view, fit)| ProposalItem::of(v.words, &home, view, fit.as_ref()))
        .collect();
    Ok(Json(ProposalList { items, next }))
}

fn filter(asked: &ListQuery) -> Result<Filter, Error> {
    let statuses = match asked.status.as_deref() {
        None | Some("") => Vec::new(),
        Some(text) => vec![
            text.parse()
                .map_err(|_| Error::invalid("status", "proposal-status", text))?,
        ],
    };
    let after = match asked.cursor.as_deref() {
        None | Some("") => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| Error::invalid("cursor", "query-cursor", text))?,
        ),
    };
    Ok(Filter {
        statuses,
        after,
        limit: asked
            .limit
            .unwrap_or(proposal::MOST_LISTED)
            .clamp(1, proposal::MOST_LISTED),
    })
}

/// One proposal. Another partner's is not found.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/proposals/{id}",
    tag = "proposals",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("id" = Uuid, Path, description = "Proposal"),
    ),
    responses(
        (status = 200, description = "The proposal", body = ProposalItem),
        (status = 404, description = "No such proposal for you", body = Problem),
    )
)]
pub async fn show(
    v: Visitor,
    State(web): State<Web>,
    Path((community, asked)): Path<(String, String)>,
) -> Result<Json<ProposalItem>, WebError> {
    let home = home(&web, &v, &community).await?;
    let asked: ProposalId = id("proposal", &asked).for_visitor(&v)?;
    let view = proposal::get(&web.ctx, &v.actor, home.id, asked)
        .await
        .for_visitor(&v)?;
    Ok(Json(item(&web.ctx, v.words, &home, &view).await.for_visitor(&v)?))
}

/// Sends a proposal. It holds every date that is free until staff answer; dates that are taken are listed. When not one is free, the
/// answer is 409 with every clash.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/proposals",
    tag = "proposals",
    params(("community" = String, Path, description = "Name of the community in addresses")),
    request_body = ProposalBody,
    responses(
        (status = 201, description = "It waits for staff", body = SubmittedItem),
        (status = 200, description = "It had arrived before; nothing was changed", body = SubmittedItem),
        (status = 409, description = "Every date is taken", body = Problem),
        (status = 422, description = "Fields that cannot be accepted", body = Problem),
    )
)]
pub async fn submit(
    v: Visitor,
    State(web): State<Web>,
    Path(community): Path<String>,
    ApiJson(body): ApiJson<ProposalBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &community).await?;
    let starts = wall_clock("dtstart", &body.dtstart, &home.zone).for_visitor(&v)?;
    let new = NewProposal {
        id: body.id.map(Into::into),
        programme_id: body.programme_id.map(Into::into),
        title: body.title,
        kind: body.kind,
        description: body.description,
        needs: body.needs,
        venue_id: Some(body.venue_id.into()),
        facilitator_id: body.facilitator_id.map(Into::into),
        facilitator_name: body.facilitator_name,
        starts_local: starts.to_string(),
        duration_minutes: body.duration_minutes,
        rule: body.rule,
        holiday_policy: body.holiday_policy,
        capacity: body.capacity,
        sign_up: body.sign_up,
    };
    let sent = proposal::submit(&web.ctx, &v.actor, home.id, new)
        .await
        .for_visitor(&v)?;
    let status = if sent.again {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let answer = SubmittedItem {
        id: sent.id.0,
        status: sent.status.as_str(),
        held: sent.held.iter().map(rfc3339).collect(),
        clashes: sent.clashes.iter().map(|clash| ClashItem::of(v.words, clash)).collect(),
        more: sent.more,
    };
    Ok((status, Json(answer)).into_response())
}

/// How to approve. The body may be missing.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApproveBody {
    /// Words to the partner.
    #[serde(alias = "comment")]
    remark: String,
    /// Whether dates that are taken meanwhile may be left out; otherwise one clash refuses all.
    leave_out_clashes: bool,
    /// `accept` (by default): what speaks against dates (`cautions` in the answer) does not stop them; `refuse`: then nothing is approved.
    #[schema(value_type = String)]
    on_caution: OnCaution,
}

/// What was approved.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovedItem {
    /// Its id.
    id: Uuid,
    /// `approved`.
    status: &'static str,
    /// The programme, found or made.
    programme_id: Uuid,
    /// The series it became.
    series_id: Uuid,
    /// Sessions that stand now.
    sessions_created: usize,
    /// What stood in the way of dates that were left out.
    clashes: Vec<ClashItem>,
    /// What speaks against the others.
    cautions: Vec<CautionItem>,
}

/// Why. The words reach the partner.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RemarkBody {
    /// Words to the partner.
    #[serde(alias = "comment", alias = "reason")]
    remark: String,
    /// Another first start on the community's clock; only when asking for changes.
    #[schema(example = "2026-12-03T15:00:00")]
    suggested: Option<String>,
}

/// Reads a body that may be missing.
async fn optional<T: serde::de::DeserializeOwned + Default>(web: &Web, request: Request) -> Result<T, Response> {
    let headers = request.headers();
    let empty = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0")
        && !headers.contains_key(header::TRANSFER_ENCODING);
    if empty {
        return Ok(T::default());
    }
    match ApiJson::<T>::from_request(request, web).await {
        Ok(ApiJson(body)) => Ok(body),
        Err(error) => Err(error.into_response()),
    }
}

/// Approves a proposal: what it held becomes the sessions of a series.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/proposals/{id}/approve",
    tag = "proposals",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("id" = Uuid, Path, description = "Proposal"),
    ),
    request_body = ApproveBody,
    responses(
        (status = 200, description = "It became a series", body = ApprovedItem),
        (status = 404, description = "No such proposal", body = Problem),
        (status = 409, description = "It no longer waits (`state`), or dates are taken (`conflict`)", body = Problem),
    )
)]
pub async fn approve(
    v: Visitor,
    State(web): State<Web>,
    Path((community, asked)): Path<(String, String)>,
    request: Request,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &community).await?;
    let asked: ProposalId = id("proposal", &asked).for_visitor(&v)?;
    let body: ApproveBody = match optional(&web, request).await {
        Ok(body) => body,
        Err(refused) => return Ok(refused),
    };
    let approval = Approval {
        remark: body.remark,
        leave_out_clashes: body.leave_out_clashes,
        on_caution: body.on_caution,
    };
    let done = proposal::approve(&web.ctx, &v.actor, home.id, asked, approval)
        .await
        .for_visitor(&v)?;
    Ok(Json(ApprovedItem {
        id: asked.0,
        status: ProposalStatus::Approved.as_str(),
        programme_id: done.programme_id.0,
        series_id: done.series_id.0,
        sessions_created: done.sessions,
        clashes: done.clashes.iter().map(|clash| ClashItem::of(v.words, clash)).collect(),
        cautions: done.cautions.iter().map(|one| CautionItem::of(v.words, one)).collect(),
    })
    .into_response())
}

/// Declines a proposal, with the reason.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/proposals/{id}/decline",
    tag = "proposals",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("id" = Uuid, Path, description = "Proposal"),
    ),
    request_body = RemarkBody,
    responses(
        (status = 200, description = "The proposal as it stands now", body = ProposalItem),
        (status = 409, description = "It is no longer open", body = Problem),
        (status = 422, description = "Without a reason", body = Problem),
    )
)]
pub async fn decline(
    v: Visitor,
    State(web): State<Web>,
    Path((community, asked)): Path<(String, String)>,
    request: Request,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &community).await?;
    let asked: ProposalId = id("proposal", &asked).for_visitor(&v)?;
    let body: RemarkBody = match optional(&web, request).await {
        Ok(body) => body,
        Err(refused) => return Ok(refused),
    };
    proposal::decline(&web.ctx, &v.actor, home.id, asked, &body.remark)
        .await
        .for_visitor(&v)?;
    answer(&web, &v, &home, asked).await
}

/// Asks the partner for changes, with the reason and perhaps another first start.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/proposals/{id}/request-changes",
    tag = "proposals",
    params(
        ("community" = String, Path, description = "Name of the community in addresses"),
        ("id" = Uuid, Path, description = "Proposal"),
    ),
    request_body = RemarkBody,
    responses(
        (status = 200, description = "The proposal as it stands now", body = ProposalItem),
        (status = 409, description = "It does not wait for staff", body = Problem),
        (status = 422, description = "Without a reason, or with a start that has passed", body = Problem),
    )
)]
pub async fn request_changes(
    v: Visitor,
    State(web): State<Web>,
    Path((community, asked)): Path<(String, String)>,
    request: Request,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &community).await?;
    let asked: ProposalId = id("proposal", &asked).for_visitor(&v)?;
    let body: RemarkBody = match optional(&web, request).await {
        Ok(body) => body,
        Err(refused) => return Ok(refused),
    };
    let suggested = match body.suggested.as_deref() {
        None | Some("") => None,
        Some(text) => Some(wall_clock("suggested", text, &home.zone).for_visitor(&v)?),
    };
    proposal::request_changes(&web.ctx, &v.actor, home.id, asked, &body.remark, suggested)
        .await
        .for_visitor(&v)?;
    answer(&web, &v, &home, asked).await
}

async fn answer(web: &Web, v: &Visitor, home: &Community, id: ProposalId) -> Result<Response, WebError> {
    let view = proposal::get(&web.ctx, &v.actor, home.id, id).await.for_visitor(v)?;
    let item = item(&web.ctx, v.words, home, &view).await.for_visitor(v)?;
    Ok(Json(item).into_response())
}
