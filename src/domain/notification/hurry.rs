//! When somebody had better phone than wait for a message: soon, for news of a session of today.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::calendar::resolve;

/// News of a session of today that has not reached somebody this long after it was written down is phoned.
pub const URGENT: SignedDuration = SignedDuration::from_mins(10);

/// When somebody had better phone with news that was to leave at `due_at`, of a session that was to begin, or begins now, at `starts_at`, the
/// earlier of the two: [`URGENT`] after it was to leave, on the session's day and not before.
pub fn hurry_at(starts_at: Timestamp, due_at: Timestamp, zone: &TimeZone) -> Timestamp {
    let day = zone.to_datetime(starts_at).date();
    let midnight = resolve(day.to_datetime(Time::midnight()), zone).timestamp();
    due_at.max(midnight) + URGENT
}

/// Whether news that was to be phoned from `hurry_at` on still is: its day is not over.
pub fn still_hurries(hurry_at: Timestamp, now: Timestamp, zone: &TimeZone) -> bool {
    zone.to_datetime(hurry_at).date() == zone.to_datetime(now).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_of_today_hurries_ten_minutes_after_it_was_to_leave_and_other_news_on_its_day() {
        let zone = crate::domain::calendar::zone::parse_zone("Asia/Shanghai").expect("a bundled zone");
        let at = |text: &str| -> Timestamp { text.parse().expect("an instant") };
        for (starts_at, due_at, hurries_at) in [
            (
                "2026-11-25T15:00:00+08:00",
                "2026-11-25T09:00:00+08:00",
                "2026-11-25T09:10:00+08:00",
            ),
            // Held back by the night.
            (
                "2026-11-26T15:00:00+08:00",
                "2026-11-26T08:00:00+08:00",
                "2026-11-26T08:10:00+08:00",
            ),
            // In three days.
            (
                "2026-11-28T15:00:00+08:00",
                "2026-11-25T09:00:00+08:00",
                "2026-11-28T00:10:00+08:00",
            ),
        ] {
            let hurry = hurry_at(at(starts_at), at(due_at), &zone);
            assert_eq!(hurry, at(hurries_at), "{starts_at}");
            assert!(still_hurries(hurry, at(starts_at), &zone));
            assert!(!still_hurries(
                hurry,
                at(starts_at) + SignedDuration::from_hours(12),
                &zone
            ));
        }
    }
}
