//! A plan for a week from a wish list: looked at, not stored.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Time;

use super::{conditions, gatherings, home_of, taken};
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::IsoWeek;
use crate::domain::community::{Community, Facilitator, Partner, Venue};
use crate::domain::id::{CommunityId, FacilitatorId, PartnerId, ProgrammeId};
use crate::domain::planning::free_slot::PartOfDay;
use crate::domain::planning::venue_wish::{MOST_NEEDS, VenueWish};
use crate::domain::planning::week_plan::{
    Activity, EFFORT, MOST_ACTIVITIES, MOST_VENUES, PartnerWeek, Priority, Problem, TooMuch, WeekPlan, solve,
};
use crate::domain::planning::weekdays::Weekdays;
use crate::domain::planning::{CAPACITY, DURATION_MINUTES, Neighbour, Programme, ProgrammeKind, Series};
use crate::domain::text::TITLE_CHARS;
use crate::services::checks::Checks;
use crate::services::schedule::bounds_of;
use crate::services::{Context, Error, FieldError, Result, programme};
use crate::storage::{self, Connection};

/// What a row of the wish list is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A programme that is there.
    Programme(ProgrammeId),
    /// A new one with this title; when one of that title is there, that one.
    New(String, ProgrammeKind),
}

/// One row of the wish list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WishRow {
    /// What.
    pub target: Target,
    /// How long.
    pub duration_minutes: i32,
    /// On which days; Monday to Friday when none is named.
    pub weekdays: Weekdays,
    /// Not before this time of day.
    pub earliest: Option<Time>,
    /// Over by this time of day; midnight is the end of the day.
    pub latest: Option<Time>,
    /// What the venue must have; without a number of people, the programme's own.
    pub place: VenueWish,
    /// Who leads it.
    pub facilitator_id: Option<FacilitatorId>,
    /// The preferred part of the day.
    pub preferred: Option<PartOfDay>,
    /// How much it matters.
    pub priority: Priority,
}

impl WishRow {
    /// An hour and a half of something, and nothing else said.
    pub fn of(target: Target) -> Self {
        Self {
            target,
            duration_minutes: 90,
            weekdays: Weekdays::NONE,
            earliest: None,
            latest: None,
            place: VenueWish::default(),
            facilitator_id: None,
            preferred: None,
            priority: Priority::default(),
        }
    }
}

/// A wish list for a week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekWish {
    /// The week.
    pub week: IsoWeek,
    /// What is wished, at most [`MOST_ACTIVITIES`].
    pub rows: Vec<WishRow>,
    /// Another seed may give another plan that is as good.
    pub seed: u64,
}

/// A plan with what it was made from.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// The plan.
    pub plan: WeekPlan,
    /// The wishes as they were planned, in the order of the list.
    pub activities: Vec<Activity>,
    /// The venues.
    pub venues: Vec<Venue>,
    /// How many sessions stand in the week already.
    pub standing: usize,
}

/// What a community has that a wish can name.
pub(super) struct Known {
    pub(super) home: Community,
    pub(super) venues: Vec<Venue>,
    pub(super) facilitators: Vec<Facilitator>,
    pub(super) partners: Vec<Partner>,
    pub(super) programmes: Vec<Programme>,
}

impl Known {
    pub(super) async fn load(db: &impl Connection, community: CommunityId) -> Result<Self> {
        let mut programmes = storage::programme::list(db, community).await?;
        programmes.retain(|programme| !programme.archived);
        Ok(Self {
            home: home_of(db, community).await?,
            venues: storage::community::venues(db, community).await?,
            facilitators: storage::community::facilitators(db, community).await?,
            partners: storage::community::partners(db, community).await?,
            programmes,
        })
    }

    /// The programme a row is about, where it is there already.
    pub(super) fn programme(&self, target: &Target) -> Option<&Programme> {
        self.programmes.iter().find(|programme| match target {
            Target::Programme(id) => programme.id == *id,
            Target::New(title, _) => programme.title == title.trim(),
        })
    }

    /// Checks a wish list; every error names its row and field: `rows[2].people`, counted from zero.
    pub(super) fn check(&self, rows: &[WishRow]) -> Result<()> {
        let mut checks = Checks::new();
        if rows.is_empty() {
            return Err(Error::invalid("rows", "week-plan-no-rows", ""));
        }
        if rows.len() > MOST_ACTIVITIES {
            return Err(Error::Invalid(vec![
                FieldError::new("rows", "week-plan-too-many", rows.len().to_string()).with("max", MOST_ACTIVITIES),
            ]));
        }
        for (at, row) in rows.iter().enumerate() {
            let field = |name: &str| format!("rows[{at}].{name}");
            match &row.target {
                Target::Programme(id) => {
                    let known = self.programme(&row.target).is_some();
                    checks.ensure(known, &field("programme_id"), "plan-no-such", id);
                }
                Target::New(title, _) => {
                    checks.required_line(&field("title"), title, TITLE_CHARS);
                }
            }
            checks.number(&field("duration_minutes"), row.duration_minutes, &DURATION_MINUTES);
            if let Some(people) = row.place.people {
                checks.number(&field("people"), people, &CAPACITY);
            }
            let needs = &row.place.needs;
            checks.ensure(
                needs.len() <= MOST_NEEDS,
                &field("needs"),
                "plan-too-many",
                &needs.len(),
            );
            for need in needs.iter().take(MOST_NEEDS) {
                checks.line(&field("needs"), need, TITLE_CHARS);
            }
            if let Some(wanted) = row.place.venue_id {
                let known = self.venues.iter().any(|venue| venue.id == wanted);
                checks.ensure(known, &field("venue_id"), "plan-no-such", &wanted);
            }
            if let Some(wanted) = row.facilitator_id {
                let known = self.facilitators.iter().any(|person| person.id == wanted);
                checks.ensure(known, &field("facilitator_id"), "plan-no-such", &wanted);
            }
            if let (Some(earliest), Some(latest)) = (row.earliest, row.latest)
                && latest != Time::midnight()
            {
                checks.ensure(
                    earliest < latest,
                    &field("latest"),
                    "week-plan-backwards",
                    &latest.strftime("%H:%M"),
                );
            }
        }
        checks.finish()
    }

    fn activity(&self, row: &WishRow) -> Activity {
        let programme = self.programme(&row.target);
        let minute = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
        let title = match (&row.target, programme) {
            (_, Some(programme)) => programme.title.clone(),
            (Target::New(title, _), None) => title.trim().to_owned(),
            (Target::Programme(_), None) => String::new(),
        };
        let mut place = row.place.clone();
        place.people = place
            .people
            .or_else(|| programme.and_then(|programme| programme.capacity));
        Activity {
            duration_minutes: row.duration_minutes,
            weekdays: if row.weekdays.is_empty() {
                Weekdays::WORKDAYS
            } else {
                row.weekdays
            },
            earliest_minute: row.earliest.map_or(0, minute),
            latest_minute: row.latest.map(minute).filter(|minute| *minute > 0).unwrap_or(24 * 60),
            place,
            facilitator_id: row.facilitator_id,
            partner_id: programme.and_then(|programme| programme.partner_id),
            audience: programme
                .map(|programme| programme.audience.clone())
                .unwrap_or_default(),
            preferred: row.preferred,
            priority: row.priority,
            ..Activity::titled(&title)
        }
    }

    /// What binds each partner.
    fn terms(&self, standing: &[Neighbour]) -> HashMap<PartnerId, PartnerWeek> {
        self.partners
            .iter()
            .map(|partner| {
                let terms = PartnerWeek {
                    terms: partner.terms(),
                    already: standing
                        .iter()
                        .filter(|session| session.partner_id == Some(partner.id))
                        .count(),
                };
                (partner.id, terms)
            })
            .collect()
    }
}

/// Plans a week and stores nothing. Everything that stands stays where it is.
///
/// # Errors
/// [`Error::Invalid`] names row, field and value; [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn solve_week(ctx: &Context, actor: &Actor, community: CommunityId, wish: &WeekWish) -> Result<Proposed> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let db = ctx.db.reader();
    let known = Known::load(db, community).await?;
    known.check(&wish.rows)?;
    let (from, to) = bounds_of(&known.home, wish.week);
    programme::extend_to(ctx, &known.home, known.home.zone.to_datetime(to)).await?;
    let problem = problem(ctx, db, now, &known, wish, (from, to)).await?;
    let (standing, activities) = (problem.1, problem.0.activities.clone());
    let solved = tokio::task::spawn_blocking(move || solve(&problem.0))
        .await
        .map_err(|error| Error::Internal(format!("the planner of weeks broke off: {error}")))?;
    let plan = solved.map_err(|too_much| match too_much {
        TooMuch::Activities(count) => Error::Invalid(vec![
            FieldError::new("rows", "week-plan-too-many", count.to_string()).with("max", MOST_ACTIVITIES),
        ]),
        TooMuch::Venues(count) => Error::Invalid(vec![
            FieldError::new("venues", "week-plan-venues", count.to_string()).with("max", MOST_VENUES),
        ]),
    })?;
    Ok(Proposed {
        plan,
        activities,
        venues: known.venues,
        standing,
    })
}

async fn problem(
    ctx: &Context,
    db: &impl Connection,
    now: Timestamp,
    known: &Known,
    wish: &WeekWish,
    (from, to): (Timestamp, Timestamp),
) -> Result<(Problem, usize)> {
    let home = &known.home;
    let standing = storage::session::standing(db, home.id, from, to, None).await?;
    let who: Vec<FacilitatorId> = known.facilitators.iter().map(|person| person.id).collect();
    let problem = Problem {
        partners: known.terms(&standing),
        fixed: taken(db, home, &known.venues, &who, (from, to)).await?,
        gatherings: gatherings(&standing),
        holidays: (*ctx.holidays()).clone(),
        activities: wish.rows.iter().map(|row| known.activity(row)).collect(),
        not_before: now,
        seed: wish.seed,
        effort: EFFORT,
        ..Problem::new(wish.week, conditions(db, home, &known.venues, now).await?)
    };
    Ok((problem, standing.len()))
}

/// The weekly programmes that have no date in a week, as rows of a wish list: as long as they last, led by whoever leads them.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn unplanned_rows(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    week: IsoWeek,
) -> Result<Vec<WishRow>> {
    let programmes = programme::unplanned(ctx, actor, community, week).await?;
    let series = storage::series::list(ctx.db.reader(), community).await?;
    Ok(programmes
        .iter()
        .take(MOST_ACTIVITIES)
        .map(|programme| {
            let last: Option<&Series> = series
                .iter()
                .rev()
                .find(|series| series.programme_id == programme.id && series.repeats());
            let row = WishRow::of(Target::Programme(programme.id));
            let Some(last) = last else { return row };
            let minute = i32::from(last.starts_local.hour()) * 60 + i32::from(last.starts_local.minute());
            WishRow {
                duration_minutes: last.duration_minutes,
                facilitator_id: last.facilitator_id,
                place: VenueWish {
                    people: last.capacity.or(programme.capacity),
                    ..VenueWish::default()
                },
                preferred: PartOfDay::ALL
                    .iter()
                    .copied()
                    .find(|part| part.holds(minute, last.duration_minutes)),
                ..row
            }
        })
        .collect())
}
