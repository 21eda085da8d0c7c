//! How good a plan is, in stated terms: what is placed first, everything else after.

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::Date;

use super::super::audience::same_audience;
use super::super::free_slot::{Reason, day_reasons, is_right_size, time_reasons};
use super::{Activity, Placement, Problem, named};
use crate::domain::community::Venue;

/// What two sessions for the same people at the same time cost.
pub(super) const SAME_AUDIENCE: i64 = 45;
/// What the same title twice on one day costs.
pub(super) const SAME_DAY: i64 = 50;
/// What the square of a day's sessions costs: the fuller a day is already, the more one more costs.
pub(super) const CROWDED: i64 = 1;
/// What a time outside the good hours of morning and afternoon costs, whatever else is wrong with it.
const NOT_GOOD: i64 = 40;
/// What it costs not to lie in the preferred part of the day.
const NOT_PREFERRED: i64 = 20;
/// What a venue costs that is more than twice as large as needed.
const HALF_EMPTY: i64 = 5;

/// What makes a plan less good, in the order of [`Score::terms`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Reaches into the noon rest.
    NoonRest,
    /// On an official day off, or near one not announced yet.
    Holiday,
    /// The same people are asked for twice at the same time.
    SameAudience,
    /// Outside the good hours: early, late, or simply neither morning nor afternoon.
    OffHours,
    /// On a weekend.
    Weekend,
    /// Not in the preferred part of the day.
    NotPreferred,
    /// A hall more than twice as large as needed.
    HalfEmpty,
    /// The same title twice on one day.
    SameDay,
    /// Days that are fuller than others.
    Crowded,
}

named! { Term {
    NoonRest => "noon_rest",
    Holiday => "holiday",
    SameAudience => "same_audience",
    OffHours => "off_hours",
    Weekend => "weekend",
    NotPreferred => "not_preferred",
    HalfEmpty => "half_empty",
    SameDay => "same_day",
    Crowded => "crowded",
} }

/// How good a plan is. Of two plans the one with the greater `weight` is better; of two alike the one with the smaller `cost`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// How many activities are placed.
    pub placed: usize,
    /// The sum of the weights of what is placed ([`super::Priority::weight`]).
    pub weight: i64,
    /// The sum of all terms.
    pub cost: i64,
    /// What each term costs, those that cost nothing left out.
    pub terms: Vec<(Term, i64)>,
}

/// What a time of day, its day and its venue cost an activity, whatever else is placed.
pub(super) fn own_terms(
    problem: &Problem,
    activity: &Activity,
    venue: &Venue,
    date: Date,
    minute: i32,
) -> Vec<(Term, i64)> {
    let mut terms = Vec::new();
    let reasons = time_reasons(minute, activity.duration_minutes);
    let mut good = false;
    for reason in reasons.into_iter().chain(day_reasons(date, &problem.holidays)) {
        let cost = i64::from(-reason.points());
        match reason {
            Reason::NoonRest => terms.push((Term::NoonRest, cost)),
            Reason::Early | Reason::Late => terms.push((Term::OffHours, cost)),
            Reason::Weekend => terms.push((Term::Weekend, cost)),
            Reason::Holiday | Reason::Provisional => terms.push((Term::Holiday, cost)),
            Reason::GoodMorning => good = true,
            Reason::GoodAfternoon => {
                good = true;
                // The morning is a little better.
                terms.push((Term::OffHours, i64::from(Reason::GoodMorning.points()) + cost));
            }
            _ => {}
        }
    }
    if !good {
        terms.push((Term::OffHours, NOT_GOOD));
    }
    if activity
        .preferred
        .is_some_and(|part| !part.holds(minute, activity.duration_minutes))
    {
        terms.push((Term::NotPreferred, NOT_PREFERRED));
    }
    if activity
        .place
        .people
        .is_some_and(|people| !is_right_size(people, venue))
    {
        terms.push((Term::HalfEmpty, HALF_EMPTY));
    }
    terms
}

/// How many fixed sessions ask for the same people between these instants.
pub(super) fn fixed_gatherings(
    problem: &Problem,
    activity: &Activity,
    from: jiff::Timestamp,
    to: jiff::Timestamp,
) -> i64 {
    let hits = problem
        .gatherings
        .iter()
        .filter(|other| other.asks_for(&activity.audience, from, to));
    i64::try_from(hits.count()).unwrap_or(i64::MAX)
}

/// How many fixed sessions each day of the week has, Monday first. A session in two rows, for its venue and its facilitator, is one.
pub(super) fn fixed_per_day(problem: &Problem) -> [i64; 7] {
    let mut days = [0; 7];
    let monday = problem.week.first_day();
    for busy in problem.fixed.iter().filter(|busy| busy.venue_id.is_some()) {
        let date = busy.starts_at.to_zoned(problem.conditions.zone.clone()).date();
        let day = (0..7i64).find(|day| monday.saturating_add(day.days()) == date);
        if let Some(count) = day.and_then(|day| days.get_mut(usize::try_from(day).unwrap_or(7))) {
            *count += 1;
        }
    }
    days
}

/// Counts a plan from scratch.
pub(super) fn score(problem: &Problem, placements: &[Placement]) -> Score {
    let mut costs: HashMap<Term, i64> = HashMap::new();
    let mut add = |term: Term, cost: i64| *costs.entry(term).or_default() += cost;
    let mut per_day = fixed_per_day(problem);
    let mut weight = 0;
    let monday = problem.week.first_day();
    for (at, placement) in placements.iter().enumerate() {
        let (Some(activity), Some(venue)) = (
            problem.activities.get(placement.activity),
            problem.conditions.venues.get(&placement.venue_id),
        ) else {
            continue;
        };
        weight += activity.priority.weight();
        let local = placement.starts_local;
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        for (term, cost) in own_terms(problem, activity, venue, local.date(), minute) {
            add(term, cost);
        }
        let fixed = fixed_gatherings(problem, activity, placement.starts_at, placement.ends_at);
        add(Term::SameAudience, fixed * SAME_AUDIENCE);
        for other in placements.iter().take(at) {
            let Some(theirs) = problem.activities.get(other.activity) else {
                continue;
            };
            let overlap = other.starts_at < placement.ends_at && placement.starts_at < other.ends_at;
            if overlap && same_audience(&activity.audience, &theirs.audience) {
                add(Term::SameAudience, SAME_AUDIENCE);
            }
            if theirs.title == activity.title && other.starts_local.date() == local.date() {
                add(Term::SameDay, SAME_DAY);
            }
        }
        let day = monday
            .until(local.date())
            .ok()
            .and_then(|span| usize::try_from(span.get_days()).ok());
        if let Some(count) = day.and_then(|day| per_day.get_mut(day)) {
            add(Term::Crowded, (2 * *count + 1) * CROWDED);
            *count += 1;
        }
    }
    let terms: Vec<(Term, i64)> = Term::ALL
        .iter()
        .filter_map(|term| costs.get(term).filter(|cost| **cost != 0).map(|cost| (*term, *cost)))
        .collect();
    Score {
        placed: placements.len(),
        weight,
        cost: terms.iter().map(|(_, cost)| cost).sum(),
        terms,
    }
}
