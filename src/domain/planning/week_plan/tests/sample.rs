//! Weeks drawn by lot, crowded enough that not everything fits.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::super::chance::Chance;
use super::super::*;
use crate::domain::calendar::resolve;
use crate::domain::community::Venue;
use crate::domain::id::SessionId;
use crate::domain::planning::Shut;
use crate::domain::planning::venue_wish::tests::venue;

/// How a week is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub(super) activities: usize,
    pub(super) venues: usize,
    pub(super) fixed: usize,
    pub(super) days: usize,
    /// Opening hours of the venues.
    pub(super) hours: i32,
    pub(super) grid_minutes: i32,
}

pub(super) const MONDAY: Date = date(2026, 11, 30);

pub(super) fn leader(n: usize) -> FacilitatorId {
    FacilitatorId(Uuid::from_u128(500 + n as u128))
}

pub(super) fn partner(n: usize) -> PartnerId {
    PartnerId(Uuid::from_u128(700 + n as u128))
}

pub(super) fn instant(zone: &TimeZone, date: Date, minute: i32) -> Timestamp {
    let midnight = resolve(date.to_datetime(jiff::civil::Time::midnight()), zone).timestamp();
    midnight.checked_add(i64::from(minute).minutes()).unwrap()
}

fn day(n: usize) -> Date {
    MONDAY.saturating_add(i64::try_from(n).unwrap().days())
}

/// A week drawn by lot.
pub(super) fn draw(seed: u64, size: Size) -> Problem {
    let mut chance = Chance::new(seed);
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let venues: Vec<Venue> = (0..size.venues)
        .map(|n| {
            let equipment = ["", "投影仪", "投影仪 音响", "艾灸床"][chance.below(4)];
            let opens = [8, 9][chance.below(2)] * 60;
            Venue {
                clearing_minutes: [0, 15, 30][chance.below(3)],
                outdoor: chance.below(6) == 0,
                opens_at_minute: opens,
                closes_at_minute: opens + size.hours * 60,
                closed_on: (chance.below(12) == 0).then(|| day(chance.below(7))),
                ..venue(n as u128 + 1, [12, 20, 60][chance.below(3)], equipment)
            }
        })
        .collect();
    let conditions = Conditions {
        zone: zone.clone(),
        venues: venues.iter().cloned().map(|venue| (venue.id, venue)).collect(),
        partner: None,
        shut: Vec::new(),
    };
    let mut problem = Problem::new(IsoWeek::containing(MONDAY), conditions);
    problem.grid_minutes = size.grid_minutes;
    problem.effort = 6_000;
    problem.seed = seed;
    problem.holidays = HolidayCalendar::china().clone();
    for n in 0..3 {
        let mut terms = PartnerTerms::unbound(partner(n));
        terms.papers[0].1 = (chance.below(4) == 0).then(|| day(chance.below(size.days)));
        terms.weekly_limit = (chance.below(2) == 0).then(|| i32::try_from(1 + chance.below(2)).unwrap());
        let terms = PartnerWeek {
            terms,
            already: chance.below(2),
        };
        problem.partners.insert(partner(n), terms);
    }
    // What stands already does not clash with itself.
    let mut stands = crate::domain::planning::Timetable::default();
    for n in 0..size.fixed {
        let venue = &venues[chance.below(venues.len())];
        let minute = venue.opens_at_minute + 30 * i32::try_from(chance.below(size.hours as usize * 2)).unwrap();
        let starts_at = instant(&zone, day(chance.below(size.days)), minute);
        let slot = Slot {
            venue_id: venue.id,
            facilitator_id: (chance.below(2) == 0).then(|| leader(chance.below(3))),
            starts_at,
            ends_at: starts_at.checked_add(60.minutes()).unwrap(),
            capacity: None,
        };
        let id = SessionId(Uuid::from_u128(10_000 + n as u128));
        let busy = problem.conditions.busy(&slot, Some(id), &format!("老活动{n}"));
        if problem.conditions.clashes(&slot, &stands).is_empty() {
            stands.add(busy.clone());
            problem.fixed.push(busy);
        }
    }
    if chance.below(3) == 0 {
        let from = instant(&zone, day(chance.below(size.days)), 0);
        problem.conditions.shut.push(Shut {
            venue_id: venues[chance.below(venues.len())].id,
            from,
            to: from.checked_add(12.hours()).unwrap(),
            reason: String::new(),
        });
    }
    if chance.below(3) == 0 {
        problem.not_before = instant(&zone, MONDAY, 10 * 60);
    }
    problem.activities = (0..size.activities).map(|n| activity(&mut chance, n, size)).collect();
    problem
}

fn activity(chance: &mut Chance, n: usize, size: Size) -> Activity {
    let mut weekdays = Weekdays::NONE;
    for day in Weekdays::ALL.days().take(size.days) {
        if chance.below(3) > 0 {
            weekdays = weekdays.with(day);
        }
    }
    let window = chance.below(4);
    Activity {
        duration_minutes: [45, 60, 90, 120][chance.below(4)],
        weekdays,
        earliest_minute: if window == 1 { 10 * 60 } else { 0 },
        latest_minute: if window == 2 { 12 * 60 } else { 24 * 60 },
        place: VenueWish {
            venue_id: None,
            people: (chance.below(3) == 0).then(|| [10, 15, 40, 100][chance.below(4)]),
            needs: if chance.below(4) == 0 {
                vec!["投影仪".into()]
            } else {
                Vec::new()
            },
            outdoor: (chance.below(6) == 0).then_some(false),
        },
        facilitator_id: (chance.below(2) == 0).then(|| leader(chance.below(3))),
        partner_id: (chance.below(4) == 0).then(|| partner(chance.below(3))),
        audience: ["", "60岁以上", "志愿者"][chance.below(3)].to_owned(),
        preferred: None,
        priority: [Priority::Low, Priority::Normal, Priority::High][chance.below(3)],
        ..Activity::titled(&format!("活动{n}"))
    }
}
