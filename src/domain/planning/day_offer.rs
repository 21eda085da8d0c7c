//! How often each time of day is free on one weekday of many weeks: what a partner is shown before it asks.

use jiff::civil::{Date, DateTime, Time};

use super::free_slot::{STEP_MINUTES, time_reasons};
use crate::domain::id::VenueId;
use crate::domain::proposal::minute_of_day;

/// A venue as far as its time is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub venue: VenueId,
    /// Opening, minutes after local midnight.
    pub opens_at_minute: i32,
    /// Closing, minutes after local midnight.
    pub closes_at_minute: i32,
    /// Minutes to clear between two sessions.
    pub clearing_minutes: i32,
    /// When it is taken, local time of the community; each end with its clearing minutes.
    pub busy: Vec<Busy>,
}

/// A stretch of time in which a venue is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Start.
    pub from: DateTime,
    /// End, clearing included.
    pub until: DateTime,
    /// By what, in words; empty when that is nobody's business (a pending proposal).
    pub title: String,
}

/// A time of day on many dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOffer {
    /// Start.
    pub starts: Time,
    /// End.
    pub ends: Time,
    /// Dates on which it is free.
    pub free: usize,
    /// Dates on which it is taken.
    pub taken: usize,
    /// What takes it first, in words; empty when free throughout or nobody's business.
    pub taken_by: String,
}

/// The times of day that fit a session of `duration_minutes` in `place` on all of `dates`: the best free ones, and, between them,
/// stretches that are taken on every date. In order of time, at most six.
pub fn day_offers(place: &Place, dates: &[Date], duration_minutes: i32) -> Vec<DayOffer> {
    let mut candidates: Vec<(i32, DayOffer)> = starts_of(place, duration_minutes)
        .map(|minute| {
            let hits: Vec<&Busy> = dates
                .iter()
                .filter_map(|date| {
                    let starts = at_minute(*date, minute);
                    let clear = at_minute(*date, minute + duration_minutes + place.clearing_minutes);
                    place.busy.iter().find(|busy| busy.from < clear && starts < busy.until)
                })
                .collect();
            let points: i32 = time_reasons(minute, duration_minutes)
                .iter()
                .map(|reason| reason.points())
                .sum();
            let weight = points - 1000 * i32::try_from(hits.len()).unwrap_or(i32::MAX / 2000);
            let offer = DayOffer {
                starts: time_at(minute),
                ends: time_at(minute + duration_minutes),
                free: dates.len() - hits.len(),
                taken: hits.len(),
                taken_by: hits.first().map(|busy| busy.title.clone()).unwrap_or_default(),
            };
            (weight, offer)
        })
        .collect();
    candidates.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.starts.cmp(&b.1.starts)));
    let mut kept: Vec<DayOffer> = Vec::new();
    for (_, offer) in candidates {
        let end_of = |offer: &DayOffer| minute_of_day(offer.starts) + duration_minutes;
        let apart = kept
            .iter()
            .all(|other| end_of(&offer) <= minute_of_day(other.starts) || end_of(other) <= minute_of_day(offer.starts));
        if apart && kept.len() < 6 {
            kept.push(offer);
        }
    }
    kept.sort_by_key(|offer| offer.starts);
    kept
}

/// Starts inside the opening hours, minutes after midnight.
fn starts_of(place: &Place, duration_minutes: i32) -> impl Iterator<Item = i32> {
    let first = (place.opens_at_minute + STEP_MINUTES - 1).div_euclid(STEP_MINUTES) * STEP_MINUTES;
    let last = place.closes_at_minute.min(24 * 60) - duration_minutes;
    (0..)
        .map(move |n| first + n * STEP_MINUTES)
        .take_while(move |minute| *minute <= last)
}

/// The moment `minute` minutes after local midnight of `date`; minutes of the next day run over.
fn at_minute(date: Date, minute: i32) -> DateTime {
    date.to_datetime(Time::midnight())
        .checked_add(jiff::Span::new().minutes(minute))
        .unwrap_or(DateTime::MAX)
}

/// The time of day, 24:00 shown as midnight.
fn time_at(minute: i32) -> Time {
    Time::midnight().wrapping_add(jiff::Span::new().minutes(minute))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime, time};
    use uuid::Uuid;

    use super::*;

    fn room(busy: Vec<Busy>) -> Place {
        Place {
            venue: VenueId(Uuid::from_u128(1)),
            opens_at_minute: 8 * 60,
            closes_at_minute: 18 * 60,
            clearing_minutes: 15,
            busy,
        }
    }

    fn busy(from: DateTime, until: DateTime) -> Busy {
        Busy {
            from,
            until,
            title: "棋牌小组".into(),
        }
    }

    #[test]
    fn a_weekday_over_weeks_counts_free_and_taken_dates() {
        let tuesdays: Vec<Date> = date(2026, 12, 1).series(jiff::Span::new().days(7)).take(8).collect();
        let mut taken = vec![busy(
            datetime(2026, 12, 8, 15, 0, 0, 0),
            datetime(2026, 12, 8, 16, 15, 0, 0),
        )];
        for day in &tuesdays {
            taken.push(busy(
                day.to_datetime(time(16, 45, 0, 0)),
                day.to_datetime(time(18, 0, 0, 0)),
            ));
        }
        let offers = day_offers(&room(taken), &tuesdays, 120);
        let at = |hour, minute| {
            offers
                .iter()
                .find(|offer| offer.starts == time(hour, minute, 0, 0))
                .unwrap_or_else(|| panic!("no offer at {hour}:{minute}: {offers:?}"))
        };
        assert_eq!((at(9, 0).free, at(9, 0).taken), (8, 0));
        let afternoon = at(14, 30);
        assert_eq!((afternoon.free, afternoon.taken), (7, 1));
        assert_eq!(afternoon.taken_by, "棋牌小组");
        assert!(
            offers.windows(2).all(|pair| pair[0].ends <= pair[1].starts),
            "{offers:?}"
        );
    }
}
