//! Why something found no place, and what would help.
//!
//! Every start an activity could have is looked at again, now beside everything that was placed. A reason is given only when it holds for
//! each of them that no earlier reason has ruled out: the past, closed venues, the licence, then what is taken.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};

use super::super::venue_wish::{Lack, VenueWish};
use super::super::weekdays::Weekdays;
use super::super::{Clash, Timetable};
use super::model::{slot_at, starts_on, venues_of};
use super::score::own_terms;
use super::{Activity, PartnerWeek, Placement, Problem, Unplaced, slot_of};
use crate::domain::community::{Paper, Venue};
use crate::domain::id::VenueId;

/// The most titles named as standing in the way.
const MOST_NAMED: usize = 6;
/// The most things said to help.
const MOST_HELP: usize = 3;
/// Minutes between the starts that are tried for help.
const HELP_GRID_MINUTES: i32 = 30;
/// The shortest session that is offered instead, minutes.
const SHORTEST_MINUTES: i32 = 30;

/// Why something found no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// No venue suits.
    NoVenue {
        /// What no venue has; nothing when each has something, but none has all.
        lacks: Vec<Lack>,
    },
    /// No day is wished.
    NoDay,
    /// Its own times of day leave no room for its length.
    TooLong,
    /// All its times are over.
    Over,
    /// Where it could be, nothing is open at its times.
    Closed,
    /// A paper of the partner has expired by then.
    Licence {
        /// Which paper.
        paper: Paper,
        /// Its last day.
        expires_on: Date,
    },
    /// The partner's sessions are frozen by a complaint.
    Frozen,
    /// Whoever leads it is busy at all its times.
    LeaderBusy {
        /// With what.
        by: Vec<String>,
    },
    /// Every venue that suits is taken at all its times.
    VenuesTaken {
        /// By what.
        by: Vec<String>,
    },
    /// At each of its times either the venue or whoever leads it is taken.
    Taken {
        /// By what.
        by: Vec<String>,
    },
    /// Its partner gives as many sessions this week as it may.
    PartnerLimit {
        /// How many.
        per_week: usize,
    },
}

impl Why {
    /// What programs compare.
    pub fn code(&self) -> &'static str {
        match self {
            Why::NoVenue { .. } => "no_venue",
            Why::NoDay => "no_day",
            Why::TooLong => "too_long",
            Why::Over => "over",
            Why::Closed => "closed",
            Why::Licence { paper, .. } => paper.as_str(),
            Why::Frozen => "frozen",
            Why::LeaderBusy { .. } => "leader_busy",
            Why::VenuesTaken { .. } => "venues_taken",
            Why::Taken { .. } => "taken",
            Why::PartnerLimit { .. } => "partner_limit",
        }
    }

    /// The titles of what stands in the way.
    pub fn by(&self) -> &[String] {
        match self {
            Why::LeaderBusy { by } | Why::VenuesTaken { by } | Why::Taken { by } => by,
            _ => &[],
        }
    }
}

/// A change that would make room, with the start it would have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Help {
    /// What would have to change.
    pub change: Change,
    /// Where it would then stand.
    pub venue_id: VenueId,
    /// When, on the community's clock.
    pub starts_local: DateTime,
}

/// What would have to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Its times of day.
    Time,
    /// Its days.
    Day,
    /// Whoever leads it.
    Leader,
    /// What it needs of its venue: what the offered one lacks.
    Venue(Vec<Lack>),
    /// Its length, to so many minutes.
    Length(i32),
}

impl Change {
    /// What programs compare.
    pub fn code(&self) -> &'static str {
        match self {
            Change::Time => "time",
            Change::Day => "day",
            Change::Leader => "leader",
            Change::Venue(_) => "venue",
            Change::Length(_) => "length",
        }
    }
}

/// Explains everything that is not placed, in the order of the wish list.
pub(super) fn explain(problem: &Problem, placements: &[Placement]) -> Vec<Unplaced> {
    let mut whole = Timetable::new(problem.fixed.clone());
    for placement in placements {
        let activity = &problem.activities[placement.activity];
        let slot = slot_of(activity, placement.venue_id, placement.starts_at, placement.ends_at);
        whole.add(problem.conditions.busy(&slot, None, &activity.title));
    }
    let mut placed = vec![false; problem.activities.len()];
    for placement in placements {
        placed[placement.activity] = true;
    }
    problem
        .activities
        .iter()
        .enumerate()
        .filter(|(at, _)| !placed[*at])
        .map(|(at, activity)| {
            let why = why(problem, activity, &whole);
            let help = match why {
                Why::PartnerLimit { .. } | Why::Licence { .. } => Vec::new(),
                _ => help(problem, activity, &whole),
            };
            Unplaced {
                activity: at,
                why,
                help,
            }
        })
        .collect()
}

/// What the possible starts of an activity come to.
#[derive(Default)]
struct Survey {
    starts: usize,
    closed: usize,
    licence: Option<(Paper, Date)>,
    frozen: bool,
    /// Starts at which nothing but other sessions stand in the way.
    taken: usize,
    /// Of these, starts at which the leader is busy.
    busy: usize,
    /// Of these, starts at which the venue is taken.
    occupied: usize,
    free: usize,
    by_leader: BTreeSet<String>,
    by_venue: BTreeSet<String>,
}

impl Survey {
    fn note(&mut self, clashes: &[Clash]) {
        let (mut busy, mut occupied, mut closed, mut expired) = (false, false, false, None);
        for clash in clashes {
            match clash {
                Clash::Venue { .. } => occupied = true,
                Clash::Facilitator { .. } => busy = true,
                Clash::Licence { paper, expires_on, .. } => expired = Some((*paper, *expires_on)),
                Clash::Frozen { .. } => self.frozen = true,
                _ => closed = true,
            }
        }
        // Where nothing is open, a new licence would not help.
        if closed {
            self.closed += 1;
            return;
        }
        if expired.is_some() {
            self.licence = expired;
            return;
        }
        if clashes.is_empty() {
            self.free += 1;
            return;
        }
        if !busy && !occupied {
            return;
        }
        self.taken += 1;
        self.busy += usize::from(busy);
        self.occupied += usize::from(occupied);
        for clash in clashes {
            match clash {
                Clash::Venue { title, .. } => self.by_venue.insert(title.clone()),
                Clash::Facilitator { title, .. } => self.by_leader.insert(title.clone()),
                _ => false,
            };
        }
    }
}

fn names(of: impl IntoIterator<Item = String>) -> Vec<String> {
    of.into_iter()
        .filter(|title| !title.is_empty())
        .take(MOST_NAMED)
        .collect()
}

fn why(problem: &Problem, activity: &Activity, whole: &Timetable) -> Why {
    let venues = venues_of(problem);
    let suiting: Vec<&Venue> = venues
        .iter()
        .copied()
        .filter(|venue| activity.place.suits(venue))
        .collect();
    if suiting.is_empty() {
        return Why::NoVenue {
            lacks: lacked_by_all(&activity.place, &venues),
        };
    }
    let days: Vec<Date> = days_of(problem, activity.weekdays);
    if days.is_empty() {
        return Why::NoDay;
    }
    let survey = survey(problem, activity, &suiting, &days, whole);
    if survey.frozen {
        Why::Frozen
    } else if survey.starts == 0 {
        Why::TooLong
    } else if survey.free > 0 {
        let terms = activity.partner_id.and_then(|partner| problem.partners.get(&partner));
        Why::PartnerLimit {
            per_week: terms.and_then(PartnerWeek::per_week).unwrap_or_default(),
        }
    } else if survey.taken > 0 {
        // What stands only where the licence has expired is no matter.
        if survey.busy == survey.taken {
            Why::LeaderBusy {
                by: names(survey.by_leader),
            }
        } else if survey.occupied == survey.taken {
            Why::VenuesTaken {
                by: names(survey.by_venue),
            }
        } else {
            Why::Taken {
                by: names(survey.by_leader.union(&survey.by_venue).cloned()),
            }
        }
    } else if let Some((paper, expires_on)) = survey.licence {
        Why::Licence { paper, expires_on }
    } else if survey.closed > 0 {
        Why::Closed
    } else {
        Why::Over
    }
}

fn days_of(problem: &Problem, weekdays: Weekdays) -> Vec<Date> {
    problem
        .week
        .days()
        .into_iter()
        .filter(|date| weekdays.contains(date.weekday()))
        .collect()
}

fn survey(problem: &Problem, activity: &Activity, venues: &[&Venue], days: &[Date], whole: &Timetable) -> Survey {
    let conditions = problem.conditions_of(activity);
    let mut survey = Survey::default();
    for venue in venues {
        let timetable = whole.around(venue.id, activity.facilitator_id);
        for date in days {
            for (minute, starts) in starts_on(problem, activity, *date, (0, 24 * 60)) {
                let Some(slot) = slot_at(problem, activity, venue.id, starts) else {
                    continue;
                };
                survey.starts += 1;
                if slot.starts_at < problem.not_before {
                    continue;
                }
                let hours =
                    venue.opens_at_minute <= minute && minute + activity.duration_minutes <= venue.closes_at_minute;
                if !hours {
                    survey.closed += 1;
                    continue;
                }
                survey.note(&conditions.clashes(&slot, &timetable));
            }
        }
    }
    survey
}

/// What every venue lacks by itself: the seats of the largest, the words that stand in no equipment.
fn lacked_by_all(wish: &VenueWish, venues: &[&Venue]) -> Vec<Lack> {
    let single = |wish: VenueWish| -> Option<Lack> {
        let lacks: Option<Vec<Lack>> = venues
            .iter()
            .map(|venue| wish.lacks(venue).into_iter().next())
            .collect();
        // Of seats that do not suffice, the most there are.
        lacks?.into_iter().max_by_key(|lack| match lack {
            Lack::Seats { seats, .. } => *seats,
            _ => 0,
        })
    };
    let none = VenueWish::default();
    let mut found = Vec::new();
    found.extend(single(VenueWish {
        venue_id: wish.venue_id,
        ..none.clone()
    }));
    found.extend(single(VenueWish {
        people: wish.people,
        ..none.clone()
    }));
    for need in &wish.needs {
        found.extend(single(VenueWish {
            needs: vec![need.clone()],
            ..none.clone()
        }));
    }
    found.extend(single(VenueWish {
        outdoor: wish.outdoor,
        ..none
    }));
    found
}

/// The single changes that would give an activity a place, the smallest first.
fn help(problem: &Problem, activity: &Activity, whole: &Timetable) -> Vec<Help> {
    let mut found = Vec::new();
    let mut offer = |change: Change, changed: &Activity| {
        if found.len() < MOST_HELP
            && let Some((venue_id, starts_local)) = best_start(problem, changed, activity, whole)
        {
            found.push(Help {
                change,
                venue_id,
                starts_local,
            });
        }
    };
    if activity.earliest_minute > 0 || activity.latest_minute < 24 * 60 {
        let changed = Activity {
            earliest_minute: 0,
            latest_minute: 24 * 60,
            ..activity.clone()
        };
        offer(Change::Time, &changed);
    }
    if activity.weekdays != Weekdays::ALL {
        let changed = Activity {
            weekdays: Weekdays::ALL,
            ..activity.clone()
        };
        offer(Change::Day, &changed);
    }
    if activity.facilitator_id.is_some() {
        let changed = Activity {
            facilitator_id: None,
            ..activity.clone()
        };
        offer(Change::Leader, &changed);
    }
    for minutes in [activity.duration_minutes * 3 / 4, activity.duration_minutes / 2] {
        let minutes = minutes - minutes.rem_euclid(5);
        let done = found.iter().any(|help: &Help| matches!(help.change, Change::Length(_)));
        if minutes < SHORTEST_MINUTES || done || found.len() >= MOST_HELP {
            continue;
        }
        let changed = Activity {
            duration_minutes: minutes,
            ..activity.clone()
        };
        if let Some((venue_id, starts_local)) = best_start(problem, &changed, activity, whole) {
            found.push(Help {
                change: Change::Length(minutes),
                venue_id,
                starts_local,
            });
        }
    }
    if found.len() < MOST_HELP && activity.place != VenueWish::default() {
        let changed = Activity {
            place: VenueWish::default(),
            ..activity.clone()
        };
        if let Some((venue_id, starts_local)) = best_start(problem, &changed, activity, whole) {
            let venue = problem.conditions.venues.get(&venue_id);
            found.push(Help {
                change: Change::Venue(venue.map(|venue| activity.place.lacks(venue)).unwrap_or_default()),
                venue_id,
                starts_local,
            });
        }
    }
    found
}

/// How far a venue is from what was wished: how much it lacks, and how many of the seats.
fn short_of(wish: &VenueWish, venue: &Venue) -> (usize, i32) {
    let lacks = wish.lacks(venue);
    let seats = lacks.iter().map(|lack| match lack {
        Lack::Seats { wanted, seats } => wanted - seats,
        _ => 0,
    });
    (lacks.len(), seats.sum())
}

/// The best free start of a changed activity beside everything that stands. Venues that lack least of the original wish come first, and
/// its own taste decides among times.
fn best_start(
    problem: &Problem,
    activity: &Activity,
    original: &Activity,
    whole: &Timetable,
) -> Option<(VenueId, DateTime)> {
    type Key = ((usize, i32), i64, DateTime, VenueId);
    let conditions = problem.conditions_of(activity);
    let mut best: Option<Key> = None;
    for venue in venues_of(problem) {
        if !activity.place.suits(venue) {
            continue;
        }
        let timetable = whole.around(venue.id, activity.facilitator_id);
        for date in days_of(problem, activity.weekdays) {
            let open = (venue.opens_at_minute, venue.closes_at_minute);
            for (minute, starts) in starts_on(problem, activity, date, open) {
                if minute % HELP_GRID_MINUTES != 0 {
                    continue;
                }
                let cost: i64 = own_terms(problem, original, venue, date, minute)
                    .iter()
                    .map(|(_, cost)| cost)
                    .sum();
                let key = (short_of(&original.place, venue), cost, starts, venue.id);
                if best.is_some_and(|than| key >= than) {
                    continue;
                }
                let Some(slot) = slot_at(problem, activity, venue.id, starts) else {
                    continue;
                };
                if slot.starts_at >= problem.not_before && conditions.clashes(&slot, &timetable).is_empty() {
                    best = Some(key);
                }
            }
        }
    }
    best.map(|(_, _, starts, venue)| (venue, starts))
}
