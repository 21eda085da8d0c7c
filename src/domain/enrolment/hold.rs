//! How long an offered seat is held: time counts only while people are awake.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::domain::calendar::resolve;
use crate::domain::notification::{NIGHT, NOON};

/// The stretches of a day that do not count, wall clock. One that ends before it begins goes over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quiet {
    /// The night's rest.
    pub night: (Time, Time),
    /// The rest at noon.
    pub noon: (Time, Time),
}

impl Default for Quiet {
    fn default() -> Self {
        Self {
            night: NIGHT,
            noon: NOON,
        }
    }
}

impl Quiet {
    /// The stretches that begin on `day`, as instants.
    fn of_day(&self, day: Date, zone: &TimeZone) -> [(Timestamp, Timestamp); 2] {
        [self.noon, self.night].map(|(from, to)| {
            let last = if to <= from { day.saturating_add(1.day()) } else { day };
            let at = |day: Date, time: Time| resolve(day.to_datetime(time), zone).timestamp();
            (at(day, from), at(last, to))
        })
    }

    /// How much of the time from `from` to `to` people are awake.
    pub fn awake(&self, from: Timestamp, to: Timestamp, zone: &TimeZone) -> SignedDuration {
        let mut awake = SignedDuration::ZERO;
        let mut at = from;
        while at < to {
            let (quiet_from, quiet_to) = self.next(at, zone);
            if at < quiet_from {
                awake += quiet_from.min(to).duration_since(at);
            }
            at = quiet_to;
        }
        awake
    }

    /// The first quiet stretch that ends after `at`.
    fn next(&self, at: Timestamp, zone: &TimeZone) -> (Timestamp, Timestamp) {
        let today = zone.to_datetime(at).date();
        let mut spans: Vec<(Timestamp, Timestamp)> = [-1_i64, 0, 1, 2]
            .into_iter()
            .flat_map(|days| self.of_day(today.saturating_add(days.days()), zone))
            .filter(|(_, to)| *to > at)
            .collect();
        spans.sort_unstable();
        spans.first().copied().unwrap_or((Timestamp::MAX, Timestamp::MAX))
    }
}

/// Until when a seat is held for whoever it is offered to at `now`: `hold` later, not counting quiet hours.
pub fn hold_until(now: Timestamp, hold: SignedDuration, quiet: &Quiet, zone: &TimeZone) -> Timestamp {
    let mut at = now;
    let mut left = hold;
    loop {
        let (quiet_from, quiet_to) = quiet.next(at, zone);
        if at < quiet_from {
            let until_then = quiet_from.duration_since(at);
            if left <= until_then {
                return at.checked_add(left).unwrap_or(Timestamp::MAX);
            }
            left -= until_then;
        }
        if quiet_to == Timestamp::MAX {
            return quiet_to;
        }
        at = quiet_to;
    }
}

/// The least time somebody must have to answer. When less is left before the cut-off, the seat is given and not offered.
pub const LEAST_HOLD: SignedDuration = SignedDuration::from_mins(30);

/// Until when a seat is offered: the hold, never beyond the cut-off. None when so little time is left that nobody could answer.
pub fn offer_until(
    now: Timestamp,
    hold: SignedDuration,
    closes_at: Timestamp,
    quiet: &Quiet,
    zone: &TimeZone,
) -> Option<Timestamp> {
    let until = hold_until(now, hold, quiet, zone).min(closes_at);
    (quiet.awake(now, until, zone) >= LEAST_HOLD.min(hold)).then_some(until)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("it is in the table")
    }

    fn until(now: &str, hours: i64) -> String {
        let zone = zone("Asia/Shanghai");
        let now: Timestamp = now.parse().expect("an instant");
        let until = hold_until(now, SignedDuration::from_hours(hours), &Quiet::default(), &zone);
        zone.to_datetime(until).to_string()
    }

    #[test]
    fn night_and_noon_do_not_count() {
        for (now, hours, then) in [
            ("2026-10-09T09:00:00+08:00", 2, "2026-10-09T11:00:00"),
            ("2026-10-09T11:00:00+08:00", 1, "2026-10-09T12:00:00"),
            ("2026-10-09T11:00:00+08:00", 2, "2026-10-09T15:00:00"),
            ("2026-10-09T12:30:00+08:00", 1, "2026-10-09T15:00:00"),
            ("2026-10-09T20:00:00+08:00", 2, "2026-10-10T09:00:00"),
            ("2026-10-09T23:00:00+08:00", 1, "2026-10-10T09:00:00"),
            ("2026-10-09T03:00:00+08:00", 1, "2026-10-09T09:00:00"),
            // Eleven waking hours a day.
            ("2026-10-09T09:00:00+08:00", 11, "2026-10-10T09:00:00"),
            ("2026-10-09T09:00:00+08:00", 24, "2026-10-11T11:00:00"),
        ] {
            assert_eq!(until(now, hours), then, "{now} + {hours} h");
        }
    }

    #[test]
    fn no_offer_without_time_to_answer() {
        let zone = zone("Asia/Shanghai");
        let at = |text: &str| -> Timestamp { text.parse().expect("an instant") };
        let offer = |now: &str, closes: &str| {
            offer_until(
                at(now),
                SignedDuration::from_hours(24),
                at(closes),
                &Quiet::default(),
                &zone,
            )
        };
        assert_eq!(
            offer("2026-10-09T09:00:00+08:00", "2026-10-09T10:00:00+08:00"),
            Some(at("2026-10-09T10:00:00+08:00"))
        );
        assert_eq!(offer("2026-10-09T09:40:00+08:00", "2026-10-09T10:00:00+08:00"), None);
        assert_eq!(offer("2026-10-09T22:00:00+08:00", "2026-10-10T08:10:00+08:00"), None);
        assert_eq!(offer("2026-10-09T10:00:00+08:00", "2026-10-09T10:00:00+08:00"), None);
    }

    proptest! {
        #[test]
        fn a_hold_is_exactly_its_waking_time_and_never_past_the_cut_off(
            start in 1_600_000_000_i64..2_000_000_000,
            minutes in 30_i64..10_080,
            closes in 0_i64..40_000,
            name in prop::sample::select(vec!["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "UTC"]),
        ) {
            let (zone, quiet) = (zone(name), Quiet::default());
            let now = Timestamp::from_second(start).unwrap();
            let hold = SignedDuration::from_mins(minutes);
            let until = hold_until(now, hold, &quiet, &zone);
            prop_assert_eq!(quiet.awake(now, until, &zone), hold);
            let closes_at = now + SignedDuration::from_mins(closes);
            match offer_until(now, hold, closes_at, &quiet, &zone) {
                Some(until) => {
                    prop_assert!(until <= closes_at && until > now);
                    let awake = quiet.awake(now, until, &zone);
                    prop_assert!(awake == hold || until == closes_at);
                    prop_assert!(awake >= LEAST_HOLD.min(hold));
                }
                None => prop_assert!(quiet.awake(now, closes_at, &zone) < LEAST_HOLD),
            }
        }
    }
}
