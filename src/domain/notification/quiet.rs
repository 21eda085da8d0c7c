//! Quiet hours: when nobody is disturbed.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::Event;

/// Night rest, wall clock: from 21:00 to 8:00.
pub const NIGHT: (Time, Time) = (Time::constant(21, 0, 0, 0), Time::constant(8, 0, 0, 0));
/// Noon rest, wall clock: from 12:00 to 14:00.
pub const NOON: (Time, Time) = (Time::constant(12, 0, 0, 0), Time::constant(14, 0, 0, 0));

/// The first instant at or after `wanted` that lies outside the quiet hours (21:00-8:00 and 12:00-14:00 local time).
pub fn after_quiet_hours(wanted: Timestamp, zone: &TimeZone) -> Timestamp {
    let local = zone.to_datetime(wanted);
    let time = local.time();
    let end = if time >= NIGHT.0 {
        local.date().saturating_add(1.day()).to_datetime(NIGHT.1)
    } else if time < NIGHT.1 {
        local.date().to_datetime(NIGHT.1)
    } else if (NOON.0..NOON.1).contains(&time) {
        local.date().to_datetime(NOON.1)
    } else {
        return wanted;
    };
    instant(end, zone).max(wanted)
}

/// When a message about `event` may leave. Quiet hours hold everything back, except the news that a session of today is cancelled or moved.
pub fn leaves_at(event: Event, session_starts_at: Option<Timestamp>, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let is_today =
        session_starts_at.is_some_and(|starts| zone.to_datetime(starts).date() == zone.to_datetime(now).date());
    if is_today && matches!(event, Event::Cancelled | Event::Moved | Event::ScheduleChanged) {
        now
    } else {
        after_quiet_hours(now, zone)
    }
}

/// The instant of a wall-clock time (RFC 5545 §3.3.5: in a gap the offset before it, in a fold the first).
pub(super) fn instant(local: DateTime, zone: &TimeZone) -> Timestamp {
    crate::domain::calendar::zone::resolve(local, zone).timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use jiff::civil::datetime;
    use proptest::prelude::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("a bundled zone")
    }

    fn at(local: DateTime) -> Timestamp {
        instant(local, &shanghai())
    }

    #[test]
    fn quiet_hours_hold_back_until_they_end() {
        for (wanted, released) in [
            (
                datetime(2026, 11, 25, 20, 59, 59, 0),
                datetime(2026, 11, 25, 20, 59, 59, 0),
            ),
            (datetime(2026, 11, 25, 21, 0, 0, 0), datetime(2026, 11, 26, 8, 0, 0, 0)),
            (datetime(2026, 11, 26, 7, 59, 0, 0), datetime(2026, 11, 26, 8, 0, 0, 0)),
            (datetime(2026, 11, 26, 8, 0, 0, 0), datetime(2026, 11, 26, 8, 0, 0, 0)),
            (datetime(2026, 11, 26, 12, 0, 0, 0), datetime(2026, 11, 26, 14, 0, 0, 0)),
            (datetime(2026, 11, 26, 14, 0, 0, 0), datetime(2026, 11, 26, 14, 0, 0, 0)),
        ] {
            assert_eq!(after_quiet_hours(at(wanted), &shanghai()), at(released), "{wanted}");
        }
    }

    #[test]
    fn the_cancellation_of_a_session_of_today_does_not_wait() {
        let now = at(datetime(2026, 11, 25, 7, 0, 0, 0));
        let today = Some(at(datetime(2026, 11, 25, 9, 0, 0, 0)));
        let tomorrow = Some(at(datetime(2026, 11, 26, 9, 0, 0, 0)));
        assert_eq!(leaves_at(Event::Cancelled, today, &shanghai(), now), now);
        assert_eq!(
            leaves_at(Event::Cancelled, tomorrow, &shanghai(), now),
            at(datetime(2026, 11, 25, 8, 0, 0, 0))
        );
        assert_eq!(
            leaves_at(Event::Promoted, today, &shanghai(), now),
            at(datetime(2026, 11, 25, 8, 0, 0, 0))
        );
    }

    proptest! {
        #[test]
        fn nothing_leaves_in_quiet_hours_and_nothing_waits_longer_than_a_night(
            seconds in 1_600_000_000_i64..2_200_000_000,
            name in proptest::sample::select(vec!["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe"]),
        ) {
            let zone = TimeZone::get(name).expect("a bundled zone");
            let wanted = Timestamp::from_second(seconds).expect("in range");
            let released = after_quiet_hours(wanted, &zone);
            prop_assert!(released >= wanted);
            prop_assert!(released.duration_since(wanted) <= SignedDuration::from_hours(12));
            let hour = zone.to_datetime(released).hour();
            prop_assert!((8..21).contains(&hour) && !(12..14).contains(&hour), "{}", zone.to_datetime(released));
            prop_assert_eq!(after_quiet_hours(released, &zone), released);
        }
    }
}
