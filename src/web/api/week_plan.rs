//! A whole week from a wish list: looked at, or carried out.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

use super::extract::{ApiJson, home, rfc3339};
use super::free_slot::choice;
use crate::domain::calendar::{IsoWeek, resolve};
use crate::domain::community::Community;
use crate::domain::planning::ProgrammeKind;
use crate::domain::planning::free_slot::PartOfDay;
use crate::domain::planning::venue_wish::VenueWish;
use crate::domain::planning::week_plan::{Activity, Priority, Score, Unplaced};
use crate::domain::planning::weekdays::Weekdays;
use crate::services::planning::{self, CarriedOut, Chosen, Proposed, Target, WeekWish, WishRow};
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, Problem, WebError};
use crate::web::extract::Visitor;
use crate::web::routes::{Routes, Who};

/// The calls of this file.
#[derive(OpenApi)]
#[openapi(paths(week_plan))]
pub struct Doc;

/// `/communities/{community}/week-plan`.
pub fn routes() -> Routes {
    Routes::new().post("/api/v1/communities/{community}/week-plan", Who::Staff, week_plan)
}

/// A wish list for a week.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeekPlanBody {
    /// ISO week: `2026-W49`.
    #[schema(example = "2026-W49")]
    week: String,
    /// Another seed may give another plan that is as good; the same gives the same.
    #[serde(default = "one")]
    seed: u64,
    /// Say what would be planned, store nothing; so by default.
    #[serde(default = "yes")]
    dry_run: bool,
    /// Made by whoever sends it; the same id again plans nothing more.
    #[serde(default)]
    id: Option<Uuid>,
    /// What is wished, at most 60.
    rows: Vec<WishBody>,
}

const fn one() -> u64 {
    1
}

const fn yes() -> bool {
    true
}

/// One wish.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WishBody {
    /// A programme that is there.
    #[serde(default)]
    programme_id: Option<Uuid>,
    /// Or the title of a new one, at most 40 characters.
    #[serde(default)]
    title: String,
    /// Its kind: `wellness`, `class`, `talk`, `help_desk`, `service_day`, `culture`, `festival` or `other` (by default).
    #[serde(default)]
    kind: String,
    /// Length, 5 to 720; not past midnight.
    duration_minutes: i32,
    /// On which days, `MO,WE`; Monday to Friday by default.
    #[serde(default)]
    #[schema(example = "MO,WE")]
    weekdays: String,
    /// Not before this time of day, `09:00`.
    #[serde(default)]
    earliest: String,
    /// Over by this time of day, `17:00`.
    #[serde(default)]
    latest: String,
    /// Seats, 1 to 2000; by default the programme's.
    #[serde(default)]
    people: Option<i32>,
    /// Words that must all stand in the venue's equipment.
    #[serde(default)]
    needs: Vec<String>,
    /// True: only outdoors; false: only indoors.
    #[serde(default)]
    outdoor: Option<bool>,
    /// Only this venue.
    #[serde(default)]
    venue_id: Option<Uuid>,
    /// Who leads it.
    #[serde(default)]
    facilitator_id: Option<Uuid>,
    /// The preferred part of the day: `morning`, `afternoon` or `evening`.
    #[serde(default)]
    part: String,
    /// `high`, `normal` (by default) or `low`.
    #[serde(default)]
    priority: String,
}

/// Reads one choice of a closed list; nothing is the default.
fn one_of<T: std::str::FromStr + Default>(field: &str, text: &str, choices: &str) -> Result<T, Error> {
    match text {
        "" => Ok(T::default()),
        text => text.parse().map_err(|_| choice(field, text, choices)),
    }
}

impl WishBody {
    fn row(self, at: usize) -> Result<WishRow, Error> {
        let field = |name: &str| format!("rows[{at}].{name}");
        let time = |name: &str, text: &str| -> Result<Option<Time>, Error> {
            match text {
                "" => Ok(None),
                text => text
                    .parse()
                    .map(Some)
                    .map_err(|_| Error::invalid(field(name), "week-plan-time", text)),
            }
        };
        let kind = match self.kind.as_str() {
            "" => ProgrammeKind::Other,
            text => {
                let names: Vec<&str> = ProgrammeKind::ALL.iter().map(|kind| kind.as_str()).collect();
                text.parse()
                    .map_err(|_| choice(&field("kind"), text, &names.join(", ")))?
            }
        };
        Ok(WishRow {
            target: match self.programme_id {
                Some(id) => Target::Programme(id.into()),
                None => Target::New(self.title, kind),
            },
            duration_minutes: self.duration_minutes,
            weekdays: self
                .weekdays
                .parse::<Weekdays>()
                .map_err(|wrong| Error::invalid(field("weekdays"), "slot-weekdays", wrong.0))?,
            earliest: time("earliest", &self.earliest)?,
            latest: time("latest", &self.latest)?,
            place: VenueWish {
                venue_id: self.venue_id.map(Into::into),
                people: self.people,
                needs: self.needs,
                outdoor: self.outdoor,
            },
            facilitator_id: self.facilitator_id.map(Into::into),
            preferred: match self.part.as_str() {
                "" => None,
                text => Some(
                    text.parse::<PartOfDay>()
                        .map_err(|_| choice(&field("part"), text, "morning, afternoon, evening"))?,
                ),
            },
            priority: one_of::<Priority>(&field("priority"), &self.priority, "high, normal, low")?,
        })
    }
}

/// A placed wish.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacementItem {
    /// Its row, counted from zero.
    row: usize,
    /// Its title.
    title: String,
    /// Where.
    venue_id: Uuid,
    /// The venue's name.
    venue: String,
    /// Start.
    starts_at: String,
    /// End.
    ends_at: String,
    /// Its series; null in a dry run.
    series_id: Option<Uuid>,
}

/// A wish without a place.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnplacedItem {
    /// Its row, counted from zero.
    row: usize,
    /// Its title.
    title: String,
    /// What programs compare: `no_venue`, `no_day`, `too_long`, `over`, `closed`, `licence`, `leader_busy`, `venues_taken`, `taken` or
    /// `partner_limit`.
    code: &'static str,
    /// Why, in words.
    message: String,
    /// Titles of what stands in the way, at most six.
    taken_by: Vec<String>,
    /// What would help, at most three.
    help: Vec<HelpItem>,
}

/// A change that would make room.
#[derive(Debug, Serialize, ToSchema)]
pub struct HelpItem {
    /// What would change: `time`, `day`, `leader`, `venue` or `length`.
    code: &'static str,
    /// In words.
    message: String,
    /// Where it would stand.
    venue_id: Uuid,
    /// Its start.
    starts_at: String,
}

/// How good the plan is: what is placed first, then the smaller cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScoreItem {
    /// How many are placed.
    placed: usize,
    /// Their weights: 11 for high, 5 for normal, 2 for low.
    weight: i64,
    /// The sum of the terms.
    cost: i64,
    /// What makes it less good.
    terms: Vec<TermItem>,
}

/// One term of the cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct TermItem {
    /// `noon_rest`, `holiday`, `same_audience`, `off_hours`, `weekend`, `not_preferred`, `half_empty`, `same_day` or `crowded`.
    code: &'static str,
    /// What it costs.
    cost: i64,
}

/// A week's plan.
#[derive(Debug, Serialize, ToSchema)]
pub struct WeekPlanItem {
    /// The week.
    week: String,
    /// The seed it was made with.
    seed: u64,
    /// Whether it was stored.
    stored: bool,
    /// Whether the id had been sent before: then nothing was planned now.
    already: bool,
    /// What was placed, by start.
    placements: Vec<PlacementItem>,
    /// What was not.
    unplaced: Vec<UnplacedItem>,
    /// How good it is.
    score: ScoreItem,
}

/// Plans a week from a wish list. Nothing that stands is moved.
#[utoipa::path(
    post,
    path = "/api/v1/communities/{community}/week-plan",
    tag = "planning",
    params(("community" = String, Path, description = "Name of the community in addresses")),
    request_body = WeekPlanBody,
    responses(
        (status = 200, description = "The plan; nothing was stored now", body = WeekPlanItem),
        (status = 201, description = "The plan, carried out", body = WeekPlanItem),
        (status = 409, description = "Something was taken meanwhile; nothing was stored", body = Problem),
        (status = 422, description = "A wrong value: row, field and value are named", body = Problem),
    )
)]
pub async fn week_plan(
    v: Visitor,
    State(web): State<Web>,
    Path(community): Path<String>,
    ApiJson(body): ApiJson<WeekPlanBody>,
) -> Result<Response, WebError> {
    let home = home(&web, &v, &community).await?;
    let (dry_run, id) = (body.dry_run, body.id);
    let wish = wish(body).for_visitor(&v)?;
    let proposed = planning::solve_week(&web.ctx, &v.actor, home.id, &wish)
        .await
        .for_visitor(&v)?;
    let mut item = item(v.words, &home, &wish, &proposed);
    if !dry_run
        && let Some(id) = id
        && planning::is_carried_out(&web.ctx, &v.actor, home.id, id)
            .await
            .for_visitor(&v)?
    {
        // What the list would come to now, beside what stands, is no answer to what was planned then.
        item.already = true;
        item.placements.clear();
        item.unplaced.clear();
        return Ok(Json(item).into_response());
    }
    if dry_run || proposed.plan.placements.is_empty() {
        return Ok(Json(item).into_response());
    }
    let chosen: Vec<Chosen> = proposed
        .plan
        .placements
        .iter()
        .map(|placed| Chosen {
            row: placed.activity,
            venue_id: placed.venue_id,
            starts_local: placed.starts_local,
        })
        .collect();
    let id = id.unwrap_or_else(|| web.ctx.new_id(web.ctx.now()));
    let done = planning::carry_out(&web.ctx, &v.actor, home.id, id, &wish, &chosen)
        .await
        .for_visitor(&v)?;
    match done {
        CarriedOut::Already => {
            // What the list would come to now, beside what stands, is no answer to what was planned then.
            item.already = true;
            item.placements.clear();
            item.unplaced.clear();
            Ok(Json(item).into_response())
        }
        CarriedOut::Planned { series, .. } => {
            item.stored = true;
            for (placed, series) in item.placements.iter_mut().zip(series) {
                placed.series_id = Some(series.0);
            }
            Ok((StatusCode::CREATED, Json(item)).into_response())
        }
    }
}

fn wish(body: WeekPlanBody) -> Result<WeekWish, Error> {
    let week: IsoWeek = body
        .week
        .parse::<IsoWeek>()
        .ok()
        .filter(|week| (1970..2200).contains(&week.year()))
        .ok_or_else(|| Error::invalid("week", "week-plan-week", body.week.clone()))?;
    let mut errors: Vec<FieldError> = Vec::new();
    let mut rows = Vec::with_capacity(body.rows.len());
    for (at, row) in body.rows.into_iter().enumerate() {
        match row.row(at) {
            Ok(row) => rows.push(row),
            Err(Error::Invalid(found)) => errors.extend(found),
            Err(error) => return Err(error),
        }
    }
    if !errors.is_empty() {
        errors.truncate(200);
        return Err(Error::Invalid(errors));
    }
    Ok(WeekWish {
        week,
        rows,
        seed: body.seed,
    })
}

fn item(words: Words, home: &Community, wish: &WeekWish, proposed: &Proposed) -> WeekPlanItem {
    let at = |instant: Timestamp| rfc3339(&instant.to_zoned(home.zone.clone()));
    let venue = |id| {
        proposed
            .venues
            .iter()
            .find(|venue| venue.id == id)
            .map(|venue| words.pick(&venue.name, &venue.name_en).to_owned())
            .unwrap_or_default()
    };
    let title = |row: usize| {
        proposed
            .activities
            .get(row)
            .map_or("", |activity| activity.title.as_str())
    };
    let plan = &proposed.plan;
    WeekPlanItem {
        week: wish.week.to_string(),
        seed: wish.seed,
        stored: false,
        already: false,
        placements: plan
            .placements
            .iter()
            .map(|placed| PlacementItem {
                row: placed.activity,
                title: title(placed.activity).to_owned(),
                venue_id: placed.venue_id.0,
                venue: venue(placed.venue_id),
                starts_at: at(placed.starts_at),
                ends_at: at(placed.ends_at),
                series_id: None,
            })
            .collect(),
        unplaced: plan
            .unplaced
            .iter()
            .filter_map(|left| {
                let activity = proposed.activities.get(left.activity)?;
                Some(unplaced_item(words, home, proposed, activity, left))
            })
            .collect(),
        score: score_item(&plan.score),
    }
}

fn unplaced_item(
    words: Words,
    home: &Community,
    proposed: &Proposed,
    activity: &Activity,
    left: &Unplaced,
) -> UnplacedItem {
    UnplacedItem {
        row: left.activity,
        title: activity.title.clone(),
        code: left.why.code(),
        message: words.why_unplaced(activity, &left.why),
        taken_by: left.why.by().to_vec(),
        help: left
            .help
            .iter()
            .map(|help| HelpItem {
                code: help.change.code(),
                message: words.help_unplaced(&proposed.venues, help),
                venue_id: help.venue_id.0,
                starts_at: rfc3339(&resolve(help.starts_local, &home.zone)),
            })
            .collect(),
    }
}

fn score_item(score: &Score) -> ScoreItem {
    ScoreItem {
        placed: score.placed,
        weight: score.weight,
        cost: score.cost,
        terms: score
            .terms
            .iter()
            .map(|(term, cost)| TermItem {
                code: term.as_str(),
                cost: *cost,
            })
            .collect(),
    }
}
