//! The rules of signing up for one activity: from when until when, which seats are kept for whom, and how a rush is decided.
//!
//! A programme has its rules, a series or a single session may have their own instead. [`Rules::terms`] turns them into instants of one
//! session.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::MOST_WAITING;
use crate::domain::calendar::resolve;

/// How many days before a session sign-up may open, and kept seats become free.
pub const DAYS_BEFORE: std::ops::RangeInclusive<i32> = 0..=90;
/// How long before the start sign-up may end, or a draw be held, minutes.
pub const MINUTES_BEFORE: std::ops::RangeInclusive<i32> = 0..=20_160;
/// How many seats may be kept.
pub const KEPT_SEATS: std::ops::RangeInclusive<i32> = 0..=2000;
/// How many people may wait.
pub const WAITING: std::ops::RangeInclusive<i32> = 1..=MOST_WAITING;
/// How long an offered seat may be held, minutes.
pub const HOLD_MINUTES: std::ops::RangeInclusive<i32> = 30..=10_080;
/// The hold that forms propose, minutes: a day.
pub const USUAL_HOLD_MINUTES: i32 = 1440;

/// How seats are given when far more people want in than fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rush {
    /// Whoever comes first.
    #[default]
    FirstCome,
    /// At an agreed time, whoever never had a place first.
    TurnOrder,
    /// At an agreed time, by lot.
    Lottery,
}

crate::domain::planning::named! { Rush {
    FirstCome => "first_come",
    TurnOrder => "turn_order",
    Lottery => "lottery",
} }

/// Whether one signs up for all dates of a series at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whole {
    /// For each date by itself.
    #[default]
    No,
    /// Either way.
    May,
    /// For all dates only, as with a set such as 三伏.
    Must,
}

crate::domain::planning::named! { Whole {
    No => "no",
    May => "may",
    Must => "must",
} }

/// The rules of signing up, as staff set them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Sign-up opens so many days before; none: as soon as the session stands in the schedule.
    pub opens_days: Option<i32>,
    /// At this wall-clock time of that day.
    pub opens_at: Time,
    /// Sign-up ends so many minutes before the start.
    pub cutoff_minutes: i32,
    /// Seats kept for the telephone and the counter.
    pub kept_seats: i32,
    /// They become free for all so many days before, at midnight.
    pub kept_days: i32,
    /// Whether there is a waiting list.
    pub waiting: bool,
    /// How many may wait.
    pub most_waiting: i32,
    /// How long a freed seat is held for whoever it is offered to, minutes, quiet hours not counted; none: it is theirs at once.
    pub hold_minutes: Option<i32>,
    /// Whether two may sign up together, both or neither.
    pub together: bool,
    /// Whether one signs up for all dates at once.
    pub whole: Whole,
    /// How a rush is decided.
    pub rush: Rush,
    /// When it is decided: so many minutes before the start.
    pub draw_minutes: i32,
    /// Whether one place is enough: whoever has a seat in one session of the programme leaves the waiting lists of its others.
    pub one_place: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            opens_days: None,
            opens_at: Time::constant(9, 0, 0, 0),
            cutoff_minutes: 0,
            kept_seats: 0,
            kept_days: 1,
            waiting: true,
            most_waiting: MOST_WAITING,
            hold_minutes: None,
            together: true,
            whole: Whole::No,
            rush: Rush::FirstCome,
            draw_minutes: 2880,
            one_place: false,
        }
    }
}

/// The rules as they hold for one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Nobody signs up before; none: open at once.
    pub opens_at: Option<Timestamp>,
    /// Nobody signs up on the page from here on, and no seat is given or offered any more.
    pub closes_at: Timestamp,
    /// Seats kept for the telephone and the counter.
    pub kept: i32,
    /// From here on they are free for all.
    pub kept_until: Timestamp,
    /// How many may wait; none may where there is no waiting list.
    pub most_waiting: i32,
    /// How long an offered seat is held; none: it is given at once.
    pub hold: Option<SignedDuration>,
    /// Whether two may sign up together.
    pub together: bool,
    /// Whether one signs up for all dates at once.
    pub whole: Whole,
    /// How a rush is decided.
    pub rush: Rush,
    /// When seats are drawn; none where whoever comes first is first.
    pub draws_at: Option<Timestamp>,
    /// Whether one place in the programme is enough.
    pub one_place: bool,
}

impl Rules {
    /// What the rules come to for a session that starts at `starts_at`.
    pub fn terms(&self, starts_at: Timestamp, zone: &TimeZone) -> Terms {
        let day = zone.to_datetime(starts_at).date();
        let days_before = |days: i32, at: Time| {
            let day = day.saturating_sub(i64::from(days).days());
            resolve(day.to_datetime(at), zone).timestamp()
        };
        let minutes_before = |minutes: i32| {
            starts_at
                .checked_sub(SignedDuration::from_mins(i64::from(minutes.max(0))))
                .unwrap_or(starts_at)
        };
        let closes_at = minutes_before(self.cutoff_minutes);
        Terms {
            opens_at: self
                .opens_days
                .map(|days| days_before(days, self.opens_at))
                .filter(|opens| *opens < closes_at),
            closes_at,
            kept: self.kept_seats.max(0),
            kept_until: days_before(self.kept_days, Time::midnight()),
            most_waiting: if self.waiting {
                self.most_waiting.clamp(0, MOST_WAITING)
            } else {
                0
            },
            hold: self
                .hold_minutes
                .map(|minutes| SignedDuration::from_mins(i64::from(minutes))),
            together: self.together,
            whole: self.whole,
            rush: self.rush,
            // Whoever wants in until the end of sign-up takes part.
            draws_at: (self.rush != Rush::FirstCome).then(|| minutes_before(self.draw_minutes).min(closes_at)),
            one_place: self.one_place,
        }
    }
}

impl Terms {
    /// The terms of a session whose programme has no rules of its own.
    pub fn usual(starts_at: Timestamp) -> Self {
        Rules::default().terms(starts_at, &TimeZone::UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("it is in the table")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn rules_become_instants_of_the_communitys_clock() {
        let starts = at("2026-10-16T09:30:00+08:00");
        let rules = Rules {
            opens_days: Some(7),
            cutoff_minutes: 16 * 60 + 30,
            kept_seats: 3,
            kept_days: 2,
            hold_minutes: Some(60),
            rush: Rush::Lottery,
            ..Rules::default()
        };
        let terms = rules.terms(starts, &zone());
        assert_eq!(terms.opens_at, Some(at("2026-10-09T09:00:00+08:00")));
        assert_eq!(terms.closes_at, at("2026-10-15T17:00:00+08:00"));
        assert_eq!(terms.kept_until, at("2026-10-14T00:00:00+08:00"));
        assert_eq!(terms.draws_at, Some(at("2026-10-14T09:30:00+08:00")));
        assert_eq!(terms.hold, Some(SignedDuration::from_hours(1)));
    }

    #[test]
    fn without_rules_it_is_open_until_the_start_and_first_come_first_served() {
        let starts = at("2026-10-16T09:30:00+08:00");
        let terms = Terms::usual(starts);
        assert_eq!((terms.opens_at, terms.closes_at, terms.draws_at), (None, starts, None));
        assert_eq!((terms.kept, terms.most_waiting, terms.hold), (0, MOST_WAITING, None));
    }

    #[test]
    fn a_draw_is_never_after_the_cut_off_and_an_opening_after_it_opens_at_once() {
        let starts = at("2026-10-16T09:30:00+08:00");
        let rules = Rules {
            opens_days: Some(0),
            opens_at: Time::constant(10, 0, 0, 0),
            cutoff_minutes: 120,
            draw_minutes: 30,
            rush: Rush::TurnOrder,
            ..Rules::default()
        };
        let terms = rules.terms(starts, &zone());
        assert_eq!(terms.draws_at, Some(terms.closes_at));
        assert_eq!(terms.opens_at, None);
    }

    #[test]
    fn what_was_stored_before_a_rule_was_known_still_reads() {
        let read: Rules = serde_json::from_str(r#"{"kept_seats":3}"#).expect("read");
        assert_eq!(
            read,
            Rules {
                kept_seats: 3,
                ..Rules::default()
            }
        );
        let text = serde_json::to_string(&read).expect("written");
        assert_eq!(serde_json::from_str::<Rules>(&text).expect("read"), read);
    }
}
