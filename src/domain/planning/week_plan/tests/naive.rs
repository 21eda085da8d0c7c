//! The rules once more, written down as plainly as they are told, with nothing of the planner's.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::Date;

use super::super::{Activity, Problem, WeekPlan};
use crate::domain::id::{FacilitatorId, VenueId};

/// Something that takes a venue and a leader.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) title: String,
    pub(super) venue: Option<VenueId>,
    pub(super) leader: Option<FacilitatorId>,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    pub(super) clear: Timestamp,
}

pub(super) fn span(problem: &Problem, activity: &Activity, venue: VenueId, from: Timestamp) -> Span {
    let to = from
        .checked_add(i64::from(activity.duration_minutes).minutes())
        .unwrap();
    let clearing = problem.conditions.venues[&venue].clearing_minutes;
    Span {
        title: activity.title.clone(),
        venue: Some(venue),
        leader: activity.facilitator_id,
        from,
        to,
        clear: to.checked_add(i64::from(clearing).minutes()).unwrap(),
    }
}

pub(super) fn fixed(problem: &Problem) -> Vec<Span> {
    problem
        .fixed
        .iter()
        .map(|busy| Span {
            title: busy.title.clone(),
            venue: busy.venue_id,
            leader: busy.facilitator_id,
            from: busy.starts_at,
            to: busy.ends_at,
            clear: busy.clear_at,
        })
        .collect()
}

pub(super) fn same_venue(one: &Span, other: &Span) -> bool {
    one.venue.is_some() && one.venue == other.venue && one.from < other.clear && other.from < one.clear
}

pub(super) fn same_leader(one: &Span, other: &Span) -> bool {
    one.leader.is_some() && one.leader == other.leader && one.from < other.to && other.from < one.to
}

/// How a start stands, whatever else is on the timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// The venue, the day or the time of day is not as wished.
    NotWished,
    /// It is over.
    Over,
    /// The venue is closed.
    Closed,
    /// The licence has expired.
    Expired(Date),
    /// Only other sessions can stand in the way.
    Open,
}

/// How a start of an activity stands by itself.
pub(super) fn standing(problem: &Problem, activity: &Activity, venue: VenueId, from: Timestamp) -> Standing {
    let place = &problem.conditions.venues[&venue];
    let local = from.to_zoned(problem.conditions.zone.clone());
    let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
    let end = minute + activity.duration_minutes;
    let seats = activity.place.people.is_none_or(|people| people <= place.capacity);
    let equipped = activity
        .place
        .needs
        .iter()
        .all(|need| place.equipment.contains(need.as_str()));
    let roof = activity.place.outdoor.is_none_or(|outdoor| outdoor == place.outdoor);
    let only = activity.place.venue_id.is_none_or(|only| only == venue);
    let when = activity.weekdays.contains(local.date().weekday())
        && activity.earliest_minute <= minute
        && end <= activity.latest_minute.min(1440);
    if !(seats && equipped && roof && only && when) {
        return Standing::NotWished;
    }
    if from < problem.not_before {
        return Standing::Over;
    }
    let to = from
        .checked_add(i64::from(activity.duration_minutes).minutes())
        .unwrap();
    let shut = problem
        .conditions
        .shut
        .iter()
        .any(|shut| shut.venue_id == venue && shut.from < to && from < shut.to);
    let gone = place.closed_on.is_some_and(|last| local.date() >= last);
    if shut || gone || minute < place.opens_at_minute || end > place.closes_at_minute {
        return Standing::Closed;
    }
    let terms = activity.partner_id.and_then(|partner| problem.partners.get(&partner));
    match terms.and_then(|terms| terms.terms.last_day()) {
        Some(last) if local.date() > last => Standing::Expired(last),
        _ => Standing::Open,
    }
}

/// Every start on the grid at every venue in the week.
pub(super) fn all_starts(problem: &Problem) -> Vec<(VenueId, Timestamp)> {
    let mut found = Vec::new();
    for date in problem.week.days() {
        for minute in (0..1440).step_by(problem.grid_minutes as usize) {
            let from = super::sample::instant(&problem.conditions.zone, date, minute);
            found.extend(problem.conditions.venues.keys().map(|venue| (*venue, from)));
        }
    }
    found
}

/// The spans of a plan.
pub(super) fn spans(problem: &Problem, plan: &WeekPlan) -> Vec<Span> {
    plan.placements
        .iter()
        .map(|placed| {
            span(
                problem,
                &problem.activities[placed.activity],
                placed.venue_id,
                placed.starts_at,
            )
        })
        .collect()
}

/// Everything that is wrong with a plan.
pub(super) fn faults(problem: &Problem, plan: &WeekPlan) -> Vec<String> {
    let mut faults = Vec::new();
    let placed = spans(problem, plan);
    for (placement, one) in plan.placements.iter().zip(&placed) {
        let activity = &problem.activities[placement.activity];
        let standing = standing(problem, activity, placement.venue_id, placement.starts_at);
        if standing != Standing::Open {
            faults.push(format!("{} stands where it is {standing:?}", activity.title));
        }
        let local = placement.starts_at.to_zoned(problem.conditions.zone.clone()).datetime();
        if placement.ends_at != one.to || local != placement.starts_local {
            faults.push(format!("{}: its times do not agree", activity.title));
        }
        for busy in fixed(problem) {
            if same_venue(one, &busy) || same_leader(one, &busy) {
                faults.push(format!("{} clashes with the fixed {}", activity.title, busy.title));
            }
        }
    }
    for (at, one) in placed.iter().enumerate() {
        for other in &placed[..at] {
            if same_venue(one, other) || same_leader(one, other) {
                faults.push(format!("{} clashes with {}", one.title, other.title));
            }
        }
    }
    for (partner, terms) in &problem.partners {
        let count = plan
            .placements
            .iter()
            .filter(|placed| problem.activities[placed.activity].partner_id == Some(*partner))
            .count();
        if count > 0 && terms.per_week().is_some_and(|most| count + terms.already > most) {
            faults.push(format!("{partner} gives {count} and {} already", terms.already));
        }
    }
    let mut seen: Vec<usize> = plan.placements.iter().map(|placed| placed.activity).collect();
    seen.extend(plan.unplaced.iter().map(|left| left.activity));
    seen.sort_unstable();
    if seen != (0..problem.activities.len()).collect::<Vec<_>>() {
        faults.push(format!("not every activity is placed or explained once: {seen:?}"));
    }
    faults
}
