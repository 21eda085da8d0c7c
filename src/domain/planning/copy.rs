//! Copying a week: which of its sessions stand in the other week already.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use super::Session;

/// For each session of `source`, the place in `target` of the session that stands for it `days` later; none when there is none yet.
///
/// The same date of the same series stands for it wherever it was moved to, cancelled or not; else a session of the same programme on
/// the same day of the week, the nearest in time first. Each stands for one.
pub fn stand_ins(source: &[Session], target: &[Session], days: i32, zone: &TimeZone) -> Vec<Option<usize>> {
    let later = |at: DateTime| at.saturating_add(i64::from(days).days());
    let mut used = vec![false; target.len()];
    let mut found: Vec<Option<usize>> = source
        .iter()
        .map(|session| {
            let at = target.iter().enumerate().position(|(at, other)| {
                !used[at]
                    && other.series_id == session.series_id
                    && other.original_local == later(session.original_local)
            })?;
            used[at] = true;
            Some(at)
        })
        .collect();
    let local: Vec<DateTime> = target
        .iter()
        .map(|session| zone.to_datetime(session.starts_at))
        .collect();
    for (session, place) in source.iter().zip(&mut found) {
        if place.is_some() {
            continue;
        }
        let wanted = later(zone.to_datetime(session.starts_at));
        let nearest = target
            .iter()
            .enumerate()
            .filter(|(at, other)| {
                !used[*at] && other.programme_id == session.programme_id && local[*at].date() == wanted.date()
            })
            .map(|(at, _)| at)
            .min_by_key(|at| distance(local[*at], wanted));
        if let Some(at) = nearest {
            used[at] = true;
            *place = Some(at);
        }
    }
    found
}

fn distance(one: DateTime, other: DateTime) -> SignedDuration {
    one.duration_since(other).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{ProgrammeId, SeriesId, SessionId, VenueId};
    use crate::domain::planning::SessionStatus;
    use jiff::civil::{Time, date};
    use proptest::prelude::*;
    use uuid::Uuid;

    fn session(series: u128, programme: u128, day: i8, hour: i8) -> Session {
        let local = date(2026, 11, day).to_datetime(Time::constant(hour, 0, 0, 0));
        let at = local.to_zoned(TimeZone::UTC).unwrap().timestamp();
        Session {
            id: SessionId(Uuid::from_u128(1)),
            series_id: SeriesId(Uuid::from_u128(series)),
            programme_id: ProgrammeId(Uuid::from_u128(programme)),
            original_local: local,
            starts_at: at,
            ends_at: at + SignedDuration::from_hours(1),
            venue_id: VenueId(Uuid::from_u128(7)),
            facilitator_id: None,
            capacity: None,
            status: SessionStatus::Scheduled,
            reason_code: None,
            reason: None,
            topic: None,
            moved_from_at: None,
            moved_from_venue_id: None,
            overridden: false,
            sequence: 0,
            enrolled: 0,
            waitlisted: 0,
            asked: 0,
            named: 0,
            headcount: 0,
            updated_at: at,
        }
    }

    fn found(source: &[Session], target: &[Session]) -> Vec<Option<usize>> {
        stand_ins(source, target, 7, &TimeZone::UTC)
    }

    #[test]
    fn the_date_of_the_series_stands_for_it_wherever_it_was_moved() {
        let mut moved = session(1, 1, 25, 9);
        moved.starts_at += SignedDuration::from_hours(26);
        assert_eq!(found(&[session(1, 1, 18, 9)], &[moved]), [Some(0)]);
    }

    #[test]
    fn another_series_of_the_programme_stands_for_it_on_the_same_day_only() {
        assert_eq!(found(&[session(1, 1, 18, 9)], &[session(2, 1, 25, 15)]), [Some(0)]);
        assert_eq!(found(&[session(1, 1, 18, 9)], &[session(2, 1, 26, 9)]), [None]);
        assert_eq!(found(&[session(1, 1, 18, 9)], &[session(2, 3, 25, 9)]), [None]);
    }

    #[test]
    fn one_session_stands_for_one() {
        let source = [session(1, 1, 18, 9), session(2, 1, 18, 15)];
        assert_eq!(found(&source, &[session(3, 1, 25, 9)]), [Some(0), None]);
        assert_eq!(
            found(&source, &[session(3, 1, 25, 15), session(4, 1, 25, 9)]),
            [Some(1), Some(0)]
        );
    }

    proptest! {
        #[test]
        fn no_session_stands_for_two(
            source in proptest::collection::vec((0..4_u128, 0..2_u128, 16..22_i8, 8..18_i8), 0..12),
            target in proptest::collection::vec((0..4_u128, 0..2_u128, 23..29_i8, 8..18_i8), 0..12),
        ) {
            let make = |all: Vec<(u128, u128, i8, i8)>| -> Vec<Session> {
                all.into_iter().map(|(series, programme, day, hour)| session(series, programme, day, hour)).collect()
            };
            let (source, target) = (make(source), make(target));
            let places = found(&source, &target);
            prop_assert_eq!(places.len(), source.len());
            let mut used: Vec<usize> = places.into_iter().flatten().collect();
            let count = used.len();
            used.sort_unstable();
            used.dedup();
            prop_assert_eq!(used.len(), count);
        }
    }
}
