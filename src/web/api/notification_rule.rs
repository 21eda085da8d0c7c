//! The rules by which a community tells people, and its quiet hours.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use super::extract::{ApiJson, List, home, rfc3339};
use crate::domain::channel::ChannelKind;
use crate::domain::community::Community;
use crate::domain::notification::{Event, Lead};
use crate::domain::notification_rule::{Policy, Rule, audience};
use crate::services::{Context, Error, FieldError, notification_rule};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, show, set, clear, quiet, set_quiet))]
pub struct Doc;

/// `/communities/{community}/notification-rules` and `/quiet-hours`.
pub fn routes() -> Routes {
    let one = "/api/v1/communities/{community}/notification-rules/{event}";
    let hours = "/api/v1/communities/{community}/quiet-hours";
    Routes::new()
        .get("/api/v1/communities/{community}/notification-rules", Who::Staff, list)
        .get(one, Who::Staff, show)
        .put(one, Who::Staff, set)
        .delete(one, Who::Staff, clear)
        .get(hours, Who::Staff, quiet)
        .put(hours, Who::Staff, set_quiet)
}

/// How long before a session a reminder leaves: so many days before at a time of the clock, or so many minutes before.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReminderLead)]
pub struct LeadBody {
    /// So many days before, 0 to 3; with `at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<i32>,
    /// At this wall-clock time, `18:00:00`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    at: Option<Time>,
    /// Or so many minutes before the start, 45 to 1440.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minutes: Option<i32>,
}

impl LeadBody {
    fn of(lead: Lead) -> Self {
        match lead {
            Lead::Days { days, at } => Self {
                days: Some(days),
                at: Some(at),
                minutes: None,
            },
            Lead::Minutes(minutes) => Self {
                days: None,
                at: None,
                minutes: Some(minutes),
            },
        }
    }

    fn read(self) -> Result<Lead, Error> {
        match (self.days, self.at, self.minutes) {
            (Some(days), Some(at), None) => Ok(Lead::Days { days, at }),
            (None, None, Some(minutes)) => Ok(Lead::Minutes(minutes)),
            _ => Err(Error::invalid("lead", "rule-lead-form", "")),
        }
    }
}

/// The rule for an event: whole; what is left out is not kept from before.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationRuleBody)]
pub struct RuleBody {
    /// Whether it is told at all. What nobody may miss cannot be switched off.
    enabled: bool,
    /// The ways to tell people, the first that reaches them first: `email`, `sms`, `call`.
    #[schema(value_type = Vec<String>)]
    channels: Vec<ChannelKind>,
    /// Whether the robots in the groups of staff tell it, too.
    #[serde(default)]
    robots: bool,
    /// How long before a session; for reminders.
    #[serde(default)]
    lead: Option<LeadBody>,
    /// When it is written, five fields or six with the seconds in front; for digests.
    #[serde(default)]
    #[schema(example = "0 17 * * 0")]
    cron: Option<String>,
}

/// The rule for an event as it holds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotificationRuleItem)]
pub struct RuleItem {
    /// Which event: `cancelled`, `weekly_schedule` …
    event: &'static str,
    /// Whom it concerns: `residents`, `partner` or `staff`.
    audience: &'static str,
    /// Whether the community has set it; else it is the usual one.
    own: bool,
    /// What holds.
    rule: RuleBody,
    /// Of a rule with `cron` that is switched on, the next five times, RFC 3339.
    next_runs: Vec<String>,
}

/// The hours in which messages to residents wait.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietHoursBody)]
pub struct QuietBody {
    /// Up to six stretches `["21:00:00", "08:00:00"]`; at least an hour of the day stays free.
    #[schema(value_type = Vec<[String; 2]>)]
    ranges: Vec<(Time, Time)>,
    /// News of sessions after tomorrow are collected so many minutes, 0 to 60, so that several changes become one message.
    digest_minutes: i32,
}

fn event(name: &str) -> Result<Event, Error> {
    Event::from_name(name).ok_or_else(|| Error::not_found("event", name.chars().take(60).collect::<String>()))
}

fn item(ctx: &Context, policy: &Policy, zone: &TimeZone, event: Event) -> RuleItem {
    let rule = policy.rule(event);
    let runs = rule.schedule().map(|cron| {
        let runs = cron.next_runs(ctx.now(), zone, notification_rule::RUNS_SHOWN);
        runs.into_iter().map(|at| rfc3339(&at.to_zoned(zone.clone()))).collect()
    });
    RuleItem {
        event: event.as_str(),
        audience: audience(event).as_str(),
        own: policy.is_own(event),
        rule: RuleBody {
            enabled: rule.enabled,
            channels: rule.channels,
            robots: rule.robots,
            lead: rule.lead.map(LeadBody::of),
            cron: rule.cron,
        },
        next_runs: runs.unwrap_or_default(),
    }
}

async fn answer(web: &Web, v: &Visitor, home: &Community, event: Event) -> Result<Response, WebError> {
    let policy = notification_rule::policy(&web.ctx, &v.actor, home.id)
        .await
        .for_visitor(v)?;
    Ok(Json(item(&web.ctx, &policy, &home.zone, event)).into_response())
}

/// The names of the form's fields as this API has them.
fn named_as_here(error: Error) -> Error {
    let Error::Invalid(mut errors) = error else {
        return error;
    };
    for FieldError { field, .. } in &mut errors {
        let here = match field.as_str() {
            "way_0" => "channels",
            "days" => "lead.days",
            "minutes" => "lead.minutes",
            _ => continue,
        };
        here.clone_into(field);
    }
    Error::Invalid(errors)
}

/// The rules of a community
///
/// One for each event: its own, or the usual one.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/notification-rules",
    tag = "notifications",
    params(("community" = String, Path, description = "name in addresses")),
    responses((status = 200, body = List<RuleItem>), (status = 404, body = Problem))
)]
async fn list(State(web): State<Web>, v: Visitor, Path(slug): Path<String>) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let policy = notification_rule::policy(&web.ctx, &v.actor, home.id)
        .await
        .for_visitor(&v)?;
    let items = Event::ALL
        .into_iter()
        .map(|event| item(&web.ctx, &policy, &home.zone, event));
    let items: Vec<RuleItem> = items.collect();
    Ok(Json(List { items, next: None }).into_response())
}

/// The rule for an event
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/notification-rules/{event}",
    tag = "notifications",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("event" = String, Path, description = "`cancelled`, `reminder_soon` …"),
    ),
    responses((status = 200, body = RuleItem), (status = 404, body = Problem))
)]
async fn show(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, name)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let event = event(&name).for_visitor(&v)?;
    answer(&web, &v, &home, event).await
}

/// Set the rule for an event
#[utoipa::path(
    put,
    path = "/api/v1/communities/{community}/notification-rules/{event}",
    tag = "notifications",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("event" = String, Path, description = "`cancelled`, `reminder_soon` …"),
    ),
    request_body = RuleBody,
    responses((status = 200, body = RuleItem), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn set(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, name)): Path<(String, String)>,
    ApiJson(body): ApiJson<RuleBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let event = event(&name).for_visitor(&v)?;
    let rule = Rule {
        enabled: body.enabled,
        channels: body.channels,
        robots: body.robots,
        lead: body.lead.map(LeadBody::read).transpose().for_visitor(&v)?,
        cron: body.cron.map(|text| text.trim().to_owned()),
    };
    notification_rule::set(&web.ctx, &v.actor, home.id, event, rule)
        .await
        .map_err(named_as_here)
        .for_visitor(&v)?;
    answer(&web, &v, &home, event).await
}

/// Take the community's rule for an event away: the usual one holds again
#[utoipa::path(
    delete,
    path = "/api/v1/communities/{community}/notification-rules/{event}",
    tag = "notifications",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("event" = String, Path, description = "`cancelled`, `reminder_soon` …"),
    ),
    responses((status = 204, description = "Taken away"), (status = 404, body = Problem))
)]
async fn clear(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, name)): Path<(String, String)>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let event = event(&name).for_visitor(&v)?;
    notification_rule::reset(&web.ctx, &v.actor, home.id, event)
        .await
        .for_visitor(&v)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn quiet_answer(web: &Web, v: &Visitor, home: &Community) -> Result<Response, WebError> {
    let policy = notification_rule::policy(&web.ctx, &v.actor, home.id)
        .await
        .for_visitor(v)?;
    let body = QuietBody {
        ranges: policy.quiet.ranges().to_vec(),
        digest_minutes: policy.digest_minutes,
    };
    Ok(Json(body).into_response())
}

/// The hours in which messages wait
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/quiet-hours",
    tag = "notifications",
    params(("community" = String, Path, description = "name in addresses")),
    responses((status = 200, body = QuietBody), (status = 404, body = Problem))
)]
async fn quiet(State(web): State<Web>, v: Visitor, Path(slug): Path<String>) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    quiet_answer(&web, &v, &home).await
}

/// Set the hours in which messages wait
#[utoipa::path(
    put,
    path = "/api/v1/communities/{community}/quiet-hours",
    tag = "notifications",
    params(("community" = String, Path, description = "name in addresses")),
    request_body = QuietBody,
    responses((status = 200, body = QuietBody), (status = 404, body = Problem), (status = 422, body = Problem))
)]
async fn set_quiet(
    State(web): State<Web>,
    v: Visitor,
    Path(slug): Path<String>,
    ApiJson(body): ApiJson<QuietBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    notification_rule::set_quiet(&web.ctx, &v.actor, home.id, body.ranges, body.digest_minutes)
        .await
        .for_visitor(&v)?;
    quiet_answer(&web, &v, &home).await
}
