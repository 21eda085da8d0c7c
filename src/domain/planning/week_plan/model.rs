//! Every start each activity could have by itself: what the search chooses from.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};

use super::super::audience::same_audience;
use super::super::free_slot::{minutes, start_on};
use super::super::{Conditions, Slot, Timetable, end_of};
use super::score::{SAME_AUDIENCE, fixed_gatherings, fixed_per_day, own_terms};
use super::{Activity, Placement, Problem, slot_of};
use crate::domain::calendar::resolve;
use crate::domain::community::Venue;
use crate::domain::id::VenueId;

/// One start at one venue. Times are seconds after the week's first instant.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// Which venue, as its place in [`Model::venues`].
    pub(super) venue: usize,
    /// Which day, Monday being 0.
    pub(super) day: usize,
    pub(super) starts_local: DateTime,
    pub(super) starts: i64,
    pub(super) ends: i64,
    /// End with the venue's clearing minutes.
    pub(super) clear: i64,
    /// What it costs whatever else is placed.
    pub(super) cost: i64,
}

impl Candidate {
    /// Whether two sessions are on at the same time.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.starts < other.ends && other.starts < self.ends
    }

    /// Whether two sessions need the same venue at the same time, clearing minutes included.
    pub(super) fn crowds(&self, other: &Self) -> bool {
        self.venue == other.venue && self.starts < other.clear && other.starts < self.clear
    }
}

/// A problem as the search sees it.
pub(super) struct Model {
    pub(super) venues: Vec<VenueId>,
    /// The possible starts of each activity, in order of time, then venue.
    pub(super) candidates: Vec<Vec<Candidate>>,
    /// What each activity counts when placed.
    pub(super) weights: Vec<i64>,
    /// The activities each cannot meet: the same leader.
    pub(super) rivals: Vec<Vec<usize>>,
    /// The activities each should not meet: the same people.
    pub(super) sharing: Vec<Vec<usize>>,
    /// The activities each should not share a day with: the same title.
    pub(super) doubles: Vec<Vec<usize>>,
    /// The group of activities whose number is limited, where there is one.
    pub(super) group: Vec<Option<usize>>,
    /// How many of each group may be placed.
    pub(super) limits: Vec<usize>,
    /// Fixed sessions per day.
    pub(super) per_day: [i64; 7],
    first: Timestamp,
}

/// The first instant of a week.
fn first_instant(problem: &Problem) -> Timestamp {
    let monday = problem.week.first_day().to_datetime(jiff::civil::Time::midnight());
    resolve(monday, &problem.conditions.zone).timestamp()
}

/// The wall-clock starts of an activity on the grid at one venue, within its own times of day and the venue's opening hours.
pub(super) fn starts_on(
    problem: &Problem,
    activity: &Activity,
    date: Date,
    within: (i32, i32),
) -> Vec<(i32, DateTime)> {
    let first = within.0.max(activity.earliest_minute).max(0);
    let last = within.1.min(activity.latest_minute).min(24 * 60) - activity.duration_minutes;
    minutes(first, last, problem.grid_minutes)
        .filter_map(|minute| start_on(date, minute).map(|starts| (minute, starts)))
        .collect()
}

/// The slot of an activity that starts then; none when the clock jumps over the start.
pub(super) fn slot_at(problem: &Problem, activity: &Activity, venue: VenueId, starts: DateTime) -> Option<Slot> {
    let zone = &problem.conditions.zone;
    if resolve(starts, zone).datetime() != starts {
        return None;
    }
    let (starts_at, ends_at) = end_of(starts, activity.duration_minutes, zone)?;
    Some(slot_of(activity, venue, starts_at, ends_at))
}

/// The venues of a problem in the order of their ids.
pub(super) fn venues_of(problem: &Problem) -> Vec<&Venue> {
    let mut venues: Vec<&Venue> = problem.conditions.venues.values().collect();
    venues.sort_by_key(|venue| venue.id);
    venues
}

impl Model {
    /// The model of a problem.
    pub(super) fn of(problem: &Problem) -> Self {
        let activities = &problem.activities;
        let others = |is: &dyn Fn(&Activity, &Activity) -> bool| -> Vec<Vec<usize>> {
            activities
                .iter()
                .enumerate()
                .map(|(at, one)| {
                    let other = |(i, other): (usize, &Activity)| (i != at && is(one, other)).then_some(i);
                    activities.iter().enumerate().filter_map(other).collect()
                })
                .collect()
        };
        let (mut group, mut limits, mut known) = (Vec::new(), Vec::new(), Vec::new());
        for activity in activities {
            let limited = activity.partner_id.and_then(|partner| {
                let terms = problem.partners.get(&partner)?;
                Some((partner, terms.per_week()?.saturating_sub(terms.already)))
            });
            group.push(limited.map(|(partner, left)| {
                known.iter().position(|other| *other == partner).unwrap_or_else(|| {
                    known.push(partner);
                    limits.push(left);
                    known.len() - 1
                })
            }));
        }
        let venues = venues_of(problem);
        let first = first_instant(problem);
        let whole = Timetable::new(problem.fixed.clone());
        let candidates = activities
            .iter()
            .enumerate()
            .map(|(at, activity)| {
                if group[at].is_some_and(|group| limits[group] == 0) {
                    return Vec::new();
                }
                candidates_of(problem, activity, &venues, &whole, first)
            })
            .collect();
        Self {
            venues: venues.iter().map(|venue| venue.id).collect(),
            candidates,
            weights: activities.iter().map(|activity| activity.priority.weight()).collect(),
            rivals: others(&|one, other| one.facilitator_id.is_some() && one.facilitator_id == other.facilitator_id),
            sharing: others(&|one, other| same_audience(&one.audience, &other.audience)),
            doubles: others(&|one, other| one.title == other.title),
            group,
            limits,
            per_day: fixed_per_day(problem),
            first,
        }
    }

    /// How many activities there are.
    pub(super) fn len(&self) -> usize {
        self.candidates.len()
    }

    /// One possible start of an activity.
    pub(super) fn candidate(&self, activity: usize, candidate: usize) -> &Candidate {
        &self.candidates[activity][candidate]
    }

    /// A placement in the world's terms.
    pub(super) fn placement(&self, activity: usize, candidate: usize) -> Placement {
        let candidate = self.candidate(activity, candidate);
        let at = |seconds: i64| {
            self.first
                .checked_add(jiff::SignedDuration::from_secs(seconds))
                .unwrap_or(Timestamp::MAX)
        };
        Placement {
            activity,
            venue_id: self.venues[candidate.venue],
            starts_local: candidate.starts_local,
            starts_at: at(candidate.starts),
            ends_at: at(candidate.ends),
        }
    }
}

fn candidates_of(
    problem: &Problem,
    activity: &Activity,
    venues: &[&Venue],
    whole: &Timetable,
    first: Timestamp,
) -> Vec<Candidate> {
    let conditions: Conditions = problem.conditions_of(activity);
    let mut found = Vec::new();
    for (at, venue) in venues.iter().enumerate() {
        if !activity.place.suits(venue) {
            continue;
        }
        let timetable = whole.around(venue.id, activity.facilitator_id);
        for (day, date) in problem.week.days().into_iter().enumerate() {
            if !activity.weekdays.contains(date.weekday()) {
                continue;
            }
            let open = (venue.opens_at_minute, venue.closes_at_minute);
            for (minute, starts_local) in starts_on(problem, activity, date, open) {
                let Some(slot) = slot_at(problem, activity, venue.id, starts_local) else {
                    continue;
                };
                if slot.starts_at < problem.not_before || !conditions.clashes(&slot, &timetable).is_empty() {
                    continue;
                }
                let since = |at: Timestamp| at.duration_since(first).as_secs();
                let own: i64 = own_terms(problem, activity, venue, date, minute)
                    .iter()
                    .map(|(_, cost)| cost)
                    .sum();
                let met = fixed_gatherings(problem, activity, slot.starts_at, slot.ends_at);
                found.push(Candidate {
                    venue: at,
                    day,
                    starts_local,
                    starts: since(slot.starts_at),
                    ends: since(slot.ends_at),
                    clear: since(conditions.clear_at(venue.id, slot.ends_at)),
                    cost: own + met * SAME_AUDIENCE,
                });
            }
        }
    }
    found.sort_by_key(|candidate| (candidate.starts, candidate.venue));
    found
}
