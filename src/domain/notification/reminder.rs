//! The reminders of a session: which, when they fall due, and how long they are of use.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::Event;
use super::quiet::{after_quiet_hours, instant};

/// A reminder that falls due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// Which.
    pub event: Event,
    /// When it should leave.
    pub due_at: Timestamp,
    /// After this it is useless.
    pub expires_at: Timestamp,
}

/// A reminder is of use until this long before the start.
pub const USEFUL_BEFORE_START: SignedDuration = SignedDuration::from_mins(30);

/// The reminders of a session that starts at `starts_at`: the evening before at 18:00 local time (of use until two hours before the
/// start), and two hours before (of use until half an hour before). Quiet hours move both back.
pub fn reminders(starts_at: Timestamp, zone: &TimeZone) -> [Reminder; 2] {
    let two_hours_before = starts_at - SignedDuration::from_hours(2);
    let day = zone.to_datetime(starts_at).date();
    let evening = day.saturating_sub(1.day()).at(18, 0, 0, 0);
    let evening_at = instant(evening, zone);
    let evening_reminder = Reminder {
        event: Event::ReminderEvening,
        due_at: after_quiet_hours(evening_at, zone),
        expires_at: two_hours_before,
    };
    let soon = Reminder {
        event: Event::ReminderSoon,
        due_at: after_quiet_hours(two_hours_before, zone),
        expires_at: starts_at - USEFUL_BEFORE_START,
    };
    [evening_reminder, soon]
}

/// The reminder to send now, if any: the latest that has fallen due and is still of use. When the machine slept over the evening, only
/// the newest is sent, not both.
pub fn reminder_due(starts_at: Timestamp, zone: &TimeZone, now: Timestamp) -> Option<Reminder> {
    reminders(starts_at, zone)
        .into_iter()
        .rev()
        .find(|reminder| reminder.due_at <= now && now <= reminder.expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{DateTime, datetime};

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("a bundled zone")
    }

    fn at(local: DateTime) -> Timestamp {
        instant(local, &shanghai())
    }

    #[test]
    fn a_session_at_half_past_nine_is_announced_the_evening_before_and_after_the_night_rest() {
        let starts = at(datetime(2026, 11, 25, 9, 30, 0, 0));
        let [evening, soon] = reminders(starts, &shanghai());
        assert_eq!(evening.due_at, at(datetime(2026, 11, 24, 18, 0, 0, 0)));
        assert_eq!(evening.expires_at, at(datetime(2026, 11, 25, 7, 30, 0, 0)));
        assert_eq!(
            soon.due_at,
            at(datetime(2026, 11, 25, 8, 0, 0, 0)),
            "7:30 lies in the night rest"
        );
        assert_eq!(soon.expires_at, at(datetime(2026, 11, 25, 9, 0, 0, 0)));
    }

    #[test]
    fn only_the_newest_reminder_is_sent_after_a_gap() {
        let starts = at(datetime(2026, 11, 25, 15, 0, 0, 0));
        let due = |hour, minute| {
            reminder_due(starts, &shanghai(), at(datetime(2026, 11, 25, hour, minute, 0, 0)))
                .map(|reminder| reminder.event)
        };
        assert_eq!(due(8, 0), Some(Event::ReminderEvening));
        assert_eq!(
            due(13, 30),
            None,
            "the evening's is too old, two hours before is 13:00 in the noon rest"
        );
        assert_eq!(due(14, 0), Some(Event::ReminderSoon));
        assert_eq!(due(14, 31), None, "less than half an hour is left");
    }
}
