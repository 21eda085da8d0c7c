//! The reminders of a session: which, when they fall due, how long they are of use, and which were missed.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::Event;
use super::quiet::{Hours, after_quiet_hours, instant};

/// How long before a session a reminder leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lead {
    /// So many days before, when the clock shows this.
    Days {
        /// Days of the calendar.
        days: i32,
        /// Wall clock.
        at: Time,
    },
    /// So many minutes before the start.
    Minutes(i32),
}

impl Lead {
    /// When a reminder of a session that starts at `starts_at` should leave, whatever the quiet hours.
    fn wanted(self, starts_at: Timestamp, zone: &TimeZone) -> Timestamp {
        match self {
            Lead::Days { days, at } => {
                let day = zone.to_datetime(starts_at).date().saturating_sub(days.days());
                instant(day.to_datetime(at), zone)
            }
            Lead::Minutes(minutes) => starts_at - SignedDuration::from_mins(i64::from(minutes)),
        }
    }

    /// At most so long before the start it falls due, clock changes included.
    pub fn longest(self) -> SignedDuration {
        match self {
            Lead::Days { days, .. } => SignedDuration::from_hours((i64::from(days) + 1) * 24 + 2),
            Lead::Minutes(minutes) => SignedDuration::from_mins(i64::from(minutes)),
        }
    }
}

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

/// The reminders of a session that starts at `starts_at`, in order. Each is of use until the next should leave, the last until half an hour
/// before the start. Quiet hours move them back; one that they hold back longer than it is of use is left out.
pub fn reminders(starts_at: Timestamp, leads: &[(Event, Lead)], hours: &Hours) -> Vec<Reminder> {
    let mut wanted: Vec<(Timestamp, Event)> = leads
        .iter()
        .map(|(event, lead)| (lead.wanted(starts_at, &hours.zone), *event))
        .collect();
    wanted.sort_unstable_by_key(|(at, _)| *at);
    let last = starts_at - USEFUL_BEFORE_START;
    let ends = wanted.iter().skip(1).map(|(at, _)| (*at).min(last)).chain([last]);
    wanted
        .iter()
        .zip(ends)
        .filter_map(|((at, event), expires_at)| {
            let free = after_quiet_hours(*at, &hours.quiet, &hours.zone);
            (free <= expires_at).then(|| Reminder {
                event: *event,
                due_at: hours.in_turn(free).min(expires_at),
                expires_at,
            })
        })
        .collect()
}

/// The reminder to send now, if any: the latest that has fallen due and is still of use. When the machine slept over the evening, only
/// the newest is sent, not both.
pub fn reminder_due(reminders: &[Reminder], now: Timestamp) -> Option<Reminder> {
    reminders
        .iter()
        .rev()
        .copied()
        .find(|reminder| reminder.due_at <= now && now <= reminder.expires_at)
}

/// The reminders whose time ran out after `looked_at`, when reminders were last looked for, and before `now`. Those that do not stand in the
/// outbox were missed: the machine slept, or the clock jumped.
pub fn ran_out(reminders: &[Reminder], looked_at: Timestamp, now: Timestamp) -> impl Iterator<Item = Reminder> {
    reminders
        .iter()
        .copied()
        .filter(move |reminder| looked_at <= reminder.expires_at && reminder.expires_at < now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{DateTime, datetime, time};
    use proptest::prelude::*;

    const LEADS: [(Event, Lead); 2] = [
        (
            Event::ReminderEvening,
            Lead::Days {
                days: 1,
                at: Time::constant(18, 0, 0, 0),
            },
        ),
        (Event::ReminderSoon, Lead::Minutes(120)),
    ];

    fn hours() -> Hours {
        Hours::usual(TimeZone::get("Asia/Shanghai").expect("a bundled zone"))
    }

    fn at(local: DateTime) -> Timestamp {
        instant(local, &hours().zone)
    }

    #[test]
    fn a_session_at_half_past_nine_is_announced_the_evening_before_and_after_the_night_rest() {
        let starts = at(datetime(2026, 11, 25, 9, 30, 0, 0));
        let [evening, soon] = reminders(starts, &LEADS, &hours()).try_into().unwrap();
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
        let all = reminders(starts, &LEADS, &hours());
        let due = |hour, minute| {
            reminder_due(&all, at(datetime(2026, 11, 25, hour, minute, 0, 0))).map(|reminder| reminder.event)
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

    #[test]
    fn a_community_that_wants_only_one_reminder_has_it_of_use_until_the_start() {
        let starts = at(datetime(2026, 11, 25, 15, 0, 0, 0));
        let all = reminders(starts, &LEADS[..1], &hours());
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].expires_at, starts - USEFUL_BEFORE_START);
        let early = [(
            Event::ReminderEvening,
            Lead::Days {
                days: 3,
                at: time(9, 30, 0, 0),
            },
        )];
        let all = reminders(starts, &early, &hours());
        assert_eq!(all[0].due_at, at(datetime(2026, 11, 22, 9, 30, 0, 0)));
    }

    #[test]
    fn a_reminder_that_quiet_hours_hold_back_too_long_is_left_out() {
        // Two hours before is 6:00, the night rest ends at 8:00, and the session begins.
        let starts = at(datetime(2026, 11, 25, 8, 0, 0, 0));
        let all = reminders(starts, &LEADS, &hours());
        assert_eq!(
            all.iter().map(|one| one.event).collect::<Vec<_>>(),
            [Event::ReminderEvening]
        );
    }

    #[test]
    fn what_ran_out_since_the_last_look_is_found_once() {
        let starts = at(datetime(2026, 11, 25, 15, 0, 0, 0));
        let all = reminders(starts, &LEADS, &hours());
        let at = |day, hour, minute| at(datetime(2026, 11, day, hour, minute, 0, 0));
        let between = |from, to| -> Vec<Event> { ran_out(&all, from, to).map(|one| one.event).collect() };
        assert_eq!(
            between(at(24, 17, 0), at(25, 19, 0)),
            [Event::ReminderEvening, Event::ReminderSoon]
        );
        assert_eq!(between(at(24, 17, 0), at(25, 13, 10)), [Event::ReminderEvening]);
        assert_eq!(between(at(25, 13, 10), at(25, 14, 40)), [Event::ReminderSoon]);
        assert_eq!(between(at(25, 14, 40), at(26, 14, 40)), []);
        assert_eq!(
            between(at(26, 0, 0), at(24, 0, 0)),
            [],
            "a clock that goes back misses nothing"
        );
    }

    proptest! {
        #[test]
        fn reminders_leave_in_order_awake_and_in_time(
            minutes in 0_i64..500_000,
            days in 0_i32..4,
            (hour, minute) in (0_i8..24, 0_i8..60),
            soon in 45_i32..2880,
            spread in 0_i64..300,
        ) {
            let mut hours = hours();
            hours.spread = SignedDuration::from_secs(spread);
            let starts = at(datetime(2026, 1, 1, 0, 0, 0, 0)) + SignedDuration::from_mins(minutes);
            let leads = [
                (Event::ReminderEvening, Lead::Days { days, at: time(hour, minute, 0, 0) }),
                (Event::ReminderSoon, Lead::Minutes(soon)),
            ];
            let all = reminders(starts, &leads, &hours);
            for one in &all {
                prop_assert!(one.due_at <= one.expires_at);
                prop_assert!(one.expires_at <= starts - USEFUL_BEFORE_START);
                prop_assert!(starts.duration_since(one.due_at) <= leads.iter().map(|(_, lead)| lead.longest()).max().unwrap());
                let held = hours.quiet.holds(hours.zone.to_datetime(one.due_at).time());
                prop_assert!(!held || one.due_at == one.expires_at, "{one:?}");
            }
            prop_assert!(all.windows(2).all(|pair| pair[0].expires_at <= pair[1].due_at));
        }
    }
}
