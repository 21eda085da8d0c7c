//! How long an offered seat is held: time counts only while people are awake.

use jiff::{SignedDuration, Timestamp};

use crate::domain::notification::Hours;

/// How much of the time from `from` to `to` people are awake.
pub fn awake(from: Timestamp, to: Timestamp, hours: &Hours) -> SignedDuration {
    let mut awake = SignedDuration::ZERO;
    let mut at = from;
    while at < to {
        let (quiet, until) = hours.quiet.stretch(at, &hours.zone);
        let until = until.min(to);
        if !quiet {
            awake += until.duration_since(at);
        }
        at = until;
    }
    awake
}

/// Until when a seat is held for whoever it is offered to at `now`: `hold` later, not counting quiet hours.
pub fn hold_until(now: Timestamp, hold: SignedDuration, hours: &Hours) -> Timestamp {
    let mut at = now;
    let mut left = hold;
    while at < Timestamp::MAX {
        let (quiet, until) = hours.quiet.stretch(at, &hours.zone);
        if !quiet {
            let here = until.duration_since(at);
            if left <= here {
                return at.checked_add(left).unwrap_or(Timestamp::MAX);
            }
            left -= here;
        }
        at = until;
    }
    at
}

/// The least time somebody must have to answer. When less is left before the cut-off, the seat is given and not offered.
pub const LEAST_HOLD: SignedDuration = SignedDuration::from_mins(30);

/// Until when a seat is offered: the hold, never beyond the cut-off. None when so little time is left that nobody could answer.
pub fn offer_until(now: Timestamp, hold: SignedDuration, closes_at: Timestamp, hours: &Hours) -> Option<Timestamp> {
    let until = hold_until(now, hold, hours).min(closes_at);
    (awake(now, until, hours) >= LEAST_HOLD.min(hold)).then_some(until)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::notification::QuietHours;
    use jiff::civil::time;
    use jiff::tz::TimeZone;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).expect("it is in the table")
    }

    fn until(now: &str, hours: i64) -> String {
        let usual = Hours::usual(zone("Asia/Shanghai"));
        let now: Timestamp = now.parse().expect("an instant");
        let until = hold_until(now, SignedDuration::from_hours(hours), &usual);
        usual.zone.to_datetime(until).to_string()
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
        let usual = Hours::usual(zone("Asia/Shanghai"));
        let at = |text: &str| -> Timestamp { text.parse().expect("an instant") };
        let offer = |now: &str, closes: &str| offer_until(at(now), SignedDuration::from_hours(24), at(closes), &usual);
        assert_eq!(
            offer("2026-10-09T09:00:00+08:00", "2026-10-09T10:00:00+08:00"),
            Some(at("2026-10-09T10:00:00+08:00"))
        );
        assert_eq!(offer("2026-10-09T09:40:00+08:00", "2026-10-09T10:00:00+08:00"), None);
        assert_eq!(offer("2026-10-09T22:00:00+08:00", "2026-10-10T08:10:00+08:00"), None);
        assert_eq!(offer("2026-10-09T10:00:00+08:00", "2026-10-09T10:00:00+08:00"), None);
    }

    #[test]
    fn a_community_has_its_own_quiet_hours_or_none() {
        let now: Timestamp = "2026-10-09T11:00:00+08:00".parse().expect("an instant");
        let until = |quiet| {
            let hours = Hours {
                quiet,
                ..Hours::usual(zone("Asia/Shanghai"))
            };
            let until = hold_until(now, SignedDuration::from_hours(30), &hours);
            hours.zone.to_datetime(until).to_string()
        };
        assert_eq!(until(QuietHours::none()), "2026-10-10T17:00:00");
        let night = QuietHours::new(vec![(time(22, 0, 0, 0), time(6, 0, 0, 0))]).expect("a night");
        // Eleven hours on the first day, sixteen on the second, three on the third.
        assert_eq!(until(night), "2026-10-11T09:00:00");
    }

    proptest! {
        #[test]
        fn a_hold_is_exactly_its_waking_time_and_never_past_the_cut_off(
            start in 1_600_000_000_i64..2_000_000_000,
            minutes in 30_i64..10_080,
            closes in 0_i64..40_000,
            name in prop::sample::select(vec!["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "UTC"]),
        ) {
            let hours = Hours::usual(zone(name));
            let now = Timestamp::from_second(start).unwrap();
            let hold = SignedDuration::from_mins(minutes);
            let until = hold_until(now, hold, &hours);
            prop_assert_eq!(awake(now, until, &hours), hold);
            let closes_at = now + SignedDuration::from_mins(closes);
            match offer_until(now, hold, closes_at, &hours) {
                Some(until) => {
                    prop_assert!(until <= closes_at && until > now);
                    let awake = awake(now, until, &hours);
                    prop_assert!(awake == hold || until == closes_at);
                    prop_assert!(awake >= LEAST_HOLD.min(hold));
                }
                None => prop_assert!(awake(now, closes_at, &hours) < LEAST_HOLD),
            }
        }
    }
}
