//! Free slots, to plan or to propose.

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{home, id, rfc3339};
use crate::domain::calendar::resolve;
use crate::domain::planning::free_slot::PartOfDay;
use crate::domain::planning::venue_wish::needs_in;
use crate::domain::planning::weekdays::Weekdays;
use crate::services::planning::{self, SlotQuery};
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(free_slots))]
pub struct Doc;

/// `/communities/{community}/free-slots`.
pub fn routes() -> Routes {
    Routes::new().get(
        "/api/v1/communities/{community}/free-slots",
        Who::StaffOrPartner,
        free_slots,
    )
}

/// Which slots.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SlotsQuery {
    /// Length, 5 to 720.
    duration_minutes: Option<i32>,
    /// First day, `2026-12-01`; today by default.
    from: Option<String>,
    /// Last day, included; two weeks after the first by default, and at most 62 days are looked at.
    to: Option<String>,
    /// Only this venue.
    venue_id: Option<String>,
    /// Only on these days of the week, `MO,WE`.
    weekdays: Option<String>,
    /// For so many people, 1 to 2000.
    people: Option<i32>,
    /// The same as `people`.
    capacity: Option<i32>,
    /// Words that must all stand in the venue's equipment, between commas: `投影仪,音响`.
    needs: Option<String>,
    /// Who must be free as well.
    facilitator_id: Option<String>,
    /// `true`: only outdoors; `false`: only indoors.
    outdoor: Option<String>,
    /// For whom it is; the same words elsewhere at that time count against a slot.
    audience: Option<String>,
    /// The preferred part of the day: `morning`, `afternoon` or `evening`.
    part: Option<String>,
    /// At most so many slots, 1 to 200.
    limit: Option<usize>,
}

/// A free slot.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotItem {
    /// Where.
    venue_id: Uuid,
    /// The venue's name.
    venue: String,
    /// Start.
    starts_at: String,
    /// End.
    ends_at: String,
    /// Why it stands where it stands in the list.
    reasons: Vec<SlotReason>,
}

/// A reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotReason {
    /// What programs compare: `good_morning`, `good_afternoon`, `noon_rest`, `early`, `late`, `weekend`, `holiday`,
    /// `make_up_workday`, `provisional`, `empty_day`, `preferred_time`, `same_audience`, `right_size`, `equipped` or `leader_free`.
    code: &'static str,
    /// In words.
    message: String,
}

/// Free slots, best first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotList {
    /// The slots.
    items: Vec<SlotItem>,
    /// Always null: what is not among the first 200 is no good time.
    next: Option<String>,
}

/// Free slots, best first, each with its reasons.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/free-slots",
    tag = "planning",
    params(("community" = String, Path, description = "Name of the community in addresses"), SlotsQuery),
    responses(
        (status = 200, description = "The slots", body = SlotList),
        (status = 404, description = "No such venue, or nobody of that id", body = Problem),
        (status = 422, description = "Not a length, not days, or not people", body = Problem),
    )
)]
pub async fn free_slots(
    v: Visitor,
    State(web): State<Web>,
    Path(community): Path<String>,
    Query(asked): Query<SlotsQuery>,
) -> Result<Json<SlotList>, WebError> {
    let home = home(&web, &v, &community).await?;
    let query = slot_query(&asked, web.ctx.now().to_zoned(home.zone.clone()).date()).for_visitor(&v)?;
    let found = planning::free_slots(&web.ctx, &v.actor, home.id, query)
        .await
        .for_visitor(&v)?;
    let at = |local| rfc3339(&resolve(local, &home.zone));
    let items = found
        .into_iter()
        .take(asked.limit.unwrap_or(200).clamp(1, 200))
        .map(|(slot, venue)| SlotItem {
            venue_id: venue.id.0,
            venue: v.words.pick(&venue.name, &venue.name_en).to_owned(),
            starts_at: at(slot.starts),
            ends_at: at(slot.ends),
            reasons: slot
                .reasons
                .iter()
                .map(|reason| SlotReason {
                    code: reason.as_str(),
                    message: v.words.t(&format!("slot-reason-{}", reason.as_str())),
                })
                .collect(),
        })
        .collect();
    Ok(Json(SlotList { items, next: None }))
}

fn slot_query(asked: &SlotsQuery, today: Date) -> Result<SlotQuery, Error> {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let day = |field: &str, text: &Option<String>| -> Result<Option<Date>, Error> {
        let Some(text) = given(text) else {
            return Ok(None);
        };
        // A time of day, if there is one, does not matter.
        let date = text.get(..10).unwrap_or(&text);
        date.parse()
            .map(Some)
            .map_err(|_| Error::invalid(field, "query-time", text.clone()))
    };
    let from = day("from", &asked.from)?.unwrap_or(today);
    let to = day("to", &asked.to)?.unwrap_or_else(|| from.saturating_add(13.days()));
    let duration = asked
        .duration_minutes
        .ok_or_else(|| Error::invalid("duration_minutes", "slot-duration", ""))?;
    let weekdays = given(&asked.weekdays).unwrap_or_default();
    Ok(SlotQuery {
        weekdays: weekdays
            .parse::<Weekdays>()
            .map_err(|wrong| Error::invalid("weekdays", "slot-weekdays", wrong.0))?,
        venue_id: given(&asked.venue_id).map(|text| id("venue", &text)).transpose()?,
        people: asked.people.or(asked.capacity),
        needs: needs_in(&given(&asked.needs).unwrap_or_default()),
        facilitator_id: given(&asked.facilitator_id)
            .map(|text| id("facilitator", &text))
            .transpose()?,
        outdoor: given(&asked.outdoor)
            .map(|text| text.parse().map_err(|_| choice("outdoor", &text, "true, false")))
            .transpose()?,
        audience: given(&asked.audience).unwrap_or_default(),
        preferred: given(&asked.part)
            .map(|text| {
                text.parse::<PartOfDay>()
                    .map_err(|_| choice("part", &text, "morning, afternoon, evening"))
            })
            .transpose()?,
        ..SlotQuery::for_minutes(duration, from, to)
    })
}

/// A value that is not one of a few.
pub(super) fn choice(field: &str, value: &str, choices: &str) -> Error {
    Error::Invalid(vec![
        FieldError::new(field, "query-choice", value).with("choices", choices),
    ])
}
