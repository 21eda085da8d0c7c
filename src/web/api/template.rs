//! Templates, and new programmes like one that there is.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, List, given, home, wall_clock};
use super::series::{SeriesItem, SeriesQuery, item};
use crate::domain::id::ProgrammeId;
use crate::domain::planning::template::{BUILT_IN, Template};
use crate::domain::planning::{Counting, ProgrammeKind, SignUpMode};
use crate::domain::recurrence::HolidayPolicy;
use crate::services::activity::{self, Sent};
use crate::services::programme::{NewProgramme, OnConflict, PlanSeries};
use crate::services::{Error, FieldError, template};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(list, clone))]
pub struct Doc;

/// `/communities/{community}/templates`, `…/programmes/{programme}/clone`.
pub fn routes() -> Routes {
    Routes::new()
        .get("/api/v1/communities/{community}/templates", Who::Staff, list)
        .post(
            "/api/v1/communities/{community}/programmes/{programme}/clone",
            Who::Staff,
            clone,
        )
}

/// What a new programme can begin with.
#[derive(Debug, Serialize, ToSchema)]
pub struct TemplateItem {
    /// Its name in addresses: a word for what is built in, else an id.
    pub id: String,
    /// What staff call it.
    pub name: String,
    /// Whether it comes with the program.
    pub built_in: bool,
    /// Title.
    pub title: String,
    /// Title in English.
    pub title_en: String,
    /// Second line.
    pub slogan: String,
    /// The same in English.
    pub slogan_en: String,
    /// `wellness`, `class`, `talk`, `help_desk`, `service_day`, `culture`, `festival` or `other`.
    #[schema(value_type = Option<String>)]
    pub kind: Option<ProgrammeKind>,
    /// What it is about.
    pub description: String,
    /// The same in English.
    pub description_en: String,
    /// What to bring.
    pub bring: String,
    /// The same in English.
    pub bring_en: String,
    /// For whom.
    pub audience: String,
    /// Seats; null without a limit.
    pub capacity: Option<i32>,
    /// `none`, `optional` or `required`.
    #[schema(value_type = String)]
    pub sign_up: SignUpMode,
    /// `named`, `headcount` or `both`.
    #[schema(value_type = String)]
    pub counting: Counting,
    /// Matters (事项) of a help desk.
    pub matters: Vec<String>,
    /// Usual start on the community's clock.
    #[schema(example = "09:30")]
    pub starts: Option<String>,
    /// Usual length.
    pub duration_minutes: Option<i32>,
    /// How it repeats, an RRULE value without an end.
    pub rule: Option<String>,
    /// The programme it was made from; its materials go along.
    pub programme_id: Option<Uuid>,
}

impl TemplateItem {
    fn of(id: String, name: String, built_in: bool, programme: Option<ProgrammeId>, template: Template) -> Self {
        Self {
            id,
            name,
            built_in,
            title: template.title,
            title_en: template.title_en,
            slogan: template.slogan,
            slogan_en: template.slogan_en,
            kind: template.kind,
            description: template.description,
            description_en: template.description_en,
            bring: template.bring,
            bring_en: template.bring_en,
            audience: template.audience,
            capacity: template.capacity,
            sign_up: template.sign_up,
            counting: template.counting,
            matters: template.matters,
            starts: template.starts.map(|at| at.strftime("%H:%M").to_string()),
            duration_minutes: template.duration_minutes,
            rule: template.rule,
            programme_id: programme.map(|programme| programme.0),
        }
    }
}

/// A programme like another one. What is left out is as there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CloneBody {
    /// Title, 1 to 40 characters.
    #[serde(default)]
    title: Option<String>,
    /// First start on the community's clock.
    #[schema(example = "2026-01-07T09:30:00")]
    dtstart: String,
    /// Where.
    #[serde(default)]
    venue_id: Option<Uuid>,
    /// Who; null for nobody.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    facilitator_id: Option<Option<Uuid>>,
    /// Length, 5 to 720.
    #[serde(default)]
    duration_minutes: Option<i32>,
    /// RRULE value; null for a single session.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    rule: Option<Option<String>>,
    /// `hold`, `skip`, `next_workday` or `previous_workday`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    holiday_policy: Option<HolidayPolicy>,
    /// Seats, 1 to 2000; null without a limit.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i32>)]
    capacity: Option<Option<i32>>,
    /// It ends after so many sessions that are not cancelled, 1 to 500.
    #[serde(default)]
    held_limit: Option<i32>,
    /// `refuse` (by default): one clash and nothing is stored; `skip`: dates that clash are left out.
    #[serde(default)]
    #[schema(value_type = String)]
    on_conflict: OnConflict,
    /// Whether its materials go along; by default they do.
    #[serde(default = "yes")]
    materials: bool,
}

fn yes() -> bool {
    true
}

/// A programme made like another one.
#[derive(Debug, Serialize, ToSchema)]
pub struct CloneItem {
    /// The new programme; null in a dry run.
    pub programme_id: Option<Uuid>,
    /// Its first series.
    pub series: SeriesItem,
}

/// What new programmes can begin with
///
/// First those that come with the program, then the community's own.
#[utoipa::path(
    get,
    path = "/api/v1/communities/{community}/templates",
    tag = "programmes",
    params(("community" = String, Path, description = "name in addresses")),
    responses((status = 200, body = List<TemplateItem>), (status = 404, body = Problem))
)]
async fn list(State(web): State<Web>, v: Visitor, Path(slug): Path<String>) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let own = template::list(&web.ctx, &v.actor, home.id).await.for_visitor(&v)?;
    let built_in = BUILT_IN.iter().map(|one| {
        let name = v.words.pick(one.title().0, one.title().1).to_owned();
        TemplateItem::of(one.key.to_owned(), name, true, None, one.template())
    });
    let own = own
        .into_iter()
        .map(|kept| TemplateItem::of(kept.id.to_string(), kept.name, false, kept.programme_id, kept.template));
    let items: Vec<TemplateItem> = built_in.chain(own).collect();
    Ok(Json(List { items, next: None }).into_response())
}

/// Make a programme like this one
///
/// The new programme, its first series and its materials come together or not at all.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/programmes/{programme}/clone",
    tag = "programmes",
    params(
        ("community" = String, Path, description = "name in addresses"),
        ("programme" = Uuid, Path, description = "The programme it is to be like"),
        SeriesQuery,
    ),
    request_body = CloneBody,
    responses(
        (status = 201, body = CloneItem),
        (status = 200, description = "dry run", body = CloneItem),
        (status = 404, body = Problem),
        (status = 409, description = "every clash in `errors`", body = Problem),
        (status = 422, body = Problem)
    )
)]
async fn clone(
    State(web): State<Web>,
    v: Visitor,
    Path((slug, like)): Path<(String, ProgrammeId)>,
    Query(query): Query<SeriesQuery>,
    ApiJson(body): ApiJson<CloneBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &slug).await?;
    let ctx = &web.ctx;
    let start = template::like(ctx, &v.actor, home.id, like).await.for_visitor(&v)?;
    let old = start.template;
    let missing = |field: &str| Error::Invalid(vec![FieldError::new(field, "text-empty", "")]);
    let starts = wall_clock("dtstart", &body.dtstart, &home.zone).for_visitor(&v)?;
    let venue = body.venue_id.map(Into::into).or(old.venue_id);
    let venue = venue.ok_or_else(|| missing("venue_id")).for_visitor(&v)?;
    let minutes = body.duration_minutes.or(old.duration_minutes);
    let minutes = minutes.ok_or_else(|| missing("duration_minutes")).for_visitor(&v)?;
    let id: ProgrammeId = ctx.new_id(ctx.now());
    let capacity = body.capacity.unwrap_or(old.capacity);
    let wish = PlanSeries {
        facilitator_id: match body.facilitator_id {
            Some(given) => given.map(Into::into),
            None => old.facilitator_id,
        },
        rule: body.rule.unwrap_or(old.rule),
        holiday_policy: body.holiday_policy.or(old.holiday_policy).unwrap_or_default(),
        capacity,
        held_limit: body.held_limit,
        on_conflict: body.on_conflict,
        ..PlanSeries::once(id, venue, starts, minutes)
    };
    if query.dry_run {
        let planned = activity::preview(ctx, &v.actor, home.id, &wish).await.for_visitor(&v)?;
        let answer = CloneItem {
            programme_id: None,
            series: item(v.words, &planned),
        };
        return Ok(Json(answer).into_response());
    }
    let new = NewProgramme {
        title_en: old.title_en,
        slogan: old.slogan,
        slogan_en: old.slogan_en,
        description: old.description,
        description_en: old.description_en,
        bring: old.bring,
        bring_en: old.bring_en,
        audience: old.audience,
        capacity,
        sign_up: old.sign_up,
        counting: old.counting,
        matters: old.matters,
        partner_id: old.partner_id,
        ..NewProgramme::titled(
            body.title.unwrap_or(old.title),
            old.kind.unwrap_or(ProgrammeKind::Other),
        )
    };
    let materials = body.materials.then_some(like);
    let sent = activity::plan(ctx, &v.actor, home.id, id, new, wish, materials)
        .await
        .for_visitor(&v)?;
    match sent {
        Sent::Planned(planned) => {
            let answer = CloneItem {
                programme_id: Some(id.0),
                series: item(v.words, &planned),
            };
            Ok((StatusCode::CREATED, Json(answer)).into_response())
        }
        // The id was made a moment ago: nobody else has it.
        Sent::Already => Err(WebError::new(
            &v,
            Error::Internal(format!("programme {id} stands already")),
        )),
    }
}
