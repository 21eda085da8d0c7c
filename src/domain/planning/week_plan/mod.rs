//! A week's plan: a whole wish list placed on the venues of a community, around what stands already.
//!
//! The cast: a [`Problem`] is the week with its [`Activity`] wishes and what is fixed; `model` lists every start each of them could
//! have by itself; `state` is a plan in the making, where every change costs a few comparisons; `search` looks for a better one;
//! `explain` says of what found no place why, and what would help; the [`WeekPlan`] has it all.
//!
//! What is promised: nothing fixed moves, and no placement clashes by the rules of [`super::clash`]; as much as possible is placed,
//! the more important first, and only then nicer times are looked for (see [`Score`]); whatever is not placed is explained; the same
//! problem with the same seed gives the same plan on every machine, for work is counted in steps and never in time.
//!
//! How: the activities with the fewest possible starts are placed first, each at its best start. While something has no place, it is put
//! in where the least is pushed out; what is pushed out often becomes dear, so that the search does not turn in a circle (guided
//! ejection, after Nagata and Bräysy 2009). Then single sessions are moved and pairs swapped as long as the plan does not become worse
//! than it was some steps before (late acceptance, Burke and Bykov 2017).

mod chance;
mod explain;
mod model;
mod score;
mod search;
mod state;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::audience::Gathering;
use super::free_slot::PartOfDay;
use super::venue_wish::VenueWish;
use super::weekdays::Weekdays;
use super::{Busy, Conditions, Slot, named};
use crate::domain::calendar::{HolidayCalendar, IsoWeek};
use crate::domain::community::PartnerTerms;
use crate::domain::id::{FacilitatorId, PartnerId, VenueId};

pub use explain::{Change, Help, Why};
pub use score::{Score, Term};

/// The most activities of one plan.
pub const MOST_ACTIVITIES: usize = 60;
/// The most venues of one plan. Up to ten, the time it takes is measured and promised.
pub const MOST_VENUES: usize = 40;
/// Minutes between the starts that are looked at.
pub const GRID_MINUTES: i32 = 15;
/// How many steps the search takes unless somebody says otherwise.
pub const EFFORT: u32 = 60_000;

/// How much it matters that an activity finds a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// It may wait a week.
    Low,
    /// As most do.
    #[default]
    Normal,
    /// It must take place this week.
    High,
}

named! { Priority {
    High => "high",
    Normal => "normal",
    Low => "low",
} }

impl Priority {
    /// What a placed activity counts: one that must outweighs two that should, and one that should outweighs two that may wait.
    pub const fn weight(self) -> i64 {
        match self {
            Self::Low => 2,
            Self::Normal => 5,
            Self::High => 11,
        }
    }
}

/// Something that wants a place in the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Its title.
    pub title: String,
    /// Length.
    pub duration_minutes: i32,
    /// On which days it may take place.
    pub weekdays: Weekdays,
    /// Not before this time of day, minutes after local midnight.
    pub earliest_minute: i32,
    /// Over by this time of day, minutes after local midnight.
    pub latest_minute: i32,
    /// What its venue must have.
    pub place: VenueWish,
    /// Who leads it.
    pub facilitator_id: Option<FacilitatorId>,
    /// The partner that gives it.
    pub partner_id: Option<PartnerId>,
    /// For whom it is; nothing when that is not said.
    pub audience: String,
    /// The preferred part of the day.
    pub preferred: Option<PartOfDay>,
    /// How much it matters.
    pub priority: Priority,
}

impl Activity {
    /// An activity of an hour on any workday, and nothing else said.
    pub fn titled(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            duration_minutes: 60,
            weekdays: Weekdays::WORKDAYS,
            earliest_minute: 0,
            latest_minute: 24 * 60,
            place: VenueWish::default(),
            facilitator_id: None,
            partner_id: None,
            audience: String::new(),
            preferred: None,
            priority: Priority::default(),
        }
    }
}

/// What binds a partner in the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerWeek {
    /// Its terms.
    pub terms: PartnerTerms,
    /// How many of its sessions stand already.
    pub already: usize,
}

impl PartnerWeek {
    /// The most sessions it may give in a week.
    pub fn per_week(&self) -> Option<usize> {
        self.terms.weekly_limit.map(|most| usize::try_from(most).unwrap_or(0))
    }
}

/// A week to be planned.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The week.
    pub week: IsoWeek,
    /// The venues with their closures, and the zone of the community.
    pub conditions: Conditions,
    /// What binds each partner.
    pub partners: HashMap<PartnerId, PartnerWeek>,
    /// What stands already and is never moved.
    pub fixed: Vec<Busy>,
    /// For whom what stands already is.
    pub gatherings: Vec<Gathering>,
    /// The official calendar.
    pub holidays: HolidayCalendar,
    /// What wants a place.
    pub activities: Vec<Activity>,
    /// Nothing before this instant.
    pub not_before: Timestamp,
    /// Another seed may give another plan that is as good.
    pub seed: u64,
    /// How many steps the search takes.
    pub effort: u32,
    /// Minutes between the starts that are looked at.
    pub grid_minutes: i32,
}

impl Problem {
    /// An empty week of a place.
    pub fn new(week: IsoWeek, conditions: Conditions) -> Self {
        Self {
            week,
            conditions,
            partners: HashMap::new(),
            fixed: Vec::new(),
            gatherings: Vec::new(),
            holidays: HolidayCalendar::empty(),
            activities: Vec::new(),
            not_before: Timestamp::MIN,
            seed: 1,
            effort: EFFORT,
            grid_minutes: GRID_MINUTES,
        }
    }

    /// What holds for an activity at every venue: the place's own conditions and its partner's.
    fn conditions_of(&self, activity: &Activity) -> Conditions {
        let week = activity.partner_id.and_then(|partner| self.partners.get(&partner));
        Conditions {
            partner: week.map(|week| week.terms.clone()),
            ..self.conditions.clone()
        }
    }
}

/// Where an activity was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Which, as its place on the wish list.
    pub activity: usize,
    /// Where.
    pub venue_id: VenueId,
    /// Start on the community's clock.
    pub starts_local: DateTime,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
}

/// What found no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplaced {
    /// Which, as its place on the wish list.
    pub activity: usize,
    /// Why.
    pub why: Why,
    /// What would help, the smallest change first.
    pub help: Vec<Help>,
}

/// A plan for the week.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeekPlan {
    /// What was placed, by start, then by venue.
    pub placements: Vec<Placement>,
    /// What was not, in the order of the wish list.
    pub unplaced: Vec<Unplaced>,
    /// How good it is.
    pub score: Score,
}

/// More than can be planned at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TooMuch {
    /// Activities.
    #[error("{0} activities are more than the {MOST_ACTIVITIES} of one plan")]
    Activities(usize),
    /// Venues.
    #[error("{0} venues are more than the {MOST_VENUES} of one plan")]
    Venues(usize),
}

/// The slot a placement takes.
pub(super) fn slot_of(activity: &Activity, venue_id: VenueId, starts_at: Timestamp, ends_at: Timestamp) -> Slot {
    Slot {
        venue_id,
        facilitator_id: activity.facilitator_id,
        starts_at,
        ends_at,
        capacity: activity.place.people,
    }
}

/// Plans a week.
///
/// # Errors
/// [`TooMuch`] when there are more activities or venues than one plan takes.
pub fn solve(problem: &Problem) -> Result<WeekPlan, TooMuch> {
    if problem.activities.len() > MOST_ACTIVITIES {
        return Err(TooMuch::Activities(problem.activities.len()));
    }
    if problem.conditions.venues.len() > MOST_VENUES {
        return Err(TooMuch::Venues(problem.conditions.venues.len()));
    }
    let model = model::Model::of(problem);
    let state = search::search(&model, problem.seed, problem.effort);
    let mut placements: Vec<Placement> = state
        .placed()
        .map(|(activity, candidate)| model.placement(activity, candidate))
        .collect();
    placements.sort_by_key(|placement| (placement.starts_at, placement.venue_id, placement.activity));
    let unplaced = explain::explain(problem, &placements);
    Ok(WeekPlan {
        score: score::score(problem, &placements),
        placements,
        unplaced,
    })
}
