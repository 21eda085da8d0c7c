//! Quiet hours: when nobody is disturbed, and when what was held back may leave.

use jiff::civil::{DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Event;
use super::reminder::USEFUL_BEFORE_START;
use crate::domain::id::CommunityId;

/// Night rest, wall clock: from 21:00 to 8:00.
pub const NIGHT: (Time, Time) = (Time::constant(21, 0, 0, 0), Time::constant(8, 0, 0, 0));
/// Noon rest, wall clock: from 12:00 to 14:00.
pub const NOON: (Time, Time) = (Time::constant(12, 0, 0, 0), Time::constant(14, 0, 0, 0));
/// The most ranges a community may have.
pub const MOST_RANGES: usize = 6;
/// Together the ranges leave at least so much of a day: else nothing could ever be said.
pub const LEAST_AWAKE: SignedDuration = SignedDuration::from_hours(1);
/// Ends of ranges and changes of the clock that a search passes at most: two days of the former, and room for the latter.
const MOST_STEPS: usize = 2 * MOST_RANGES + 8;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// The hours of a day, wall clock, in which nobody is disturbed: ranges that begin at their first moment and end before their last. One
/// that ends before it begins goes over midnight.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(Time, Time)>", into = "Vec<(Time, Time)>")]
pub struct QuietHours(Vec<(Time, Time)>);

/// Why ranges cannot be quiet hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuietError {
    /// A range ends at the moment it begins; its place in the list.
    #[error("range {0} ends when it begins")]
    Empty(usize),
    /// There are too many.
    #[error("more than {MOST_RANGES} ranges")]
    TooMany,
    /// They leave less than an hour of the day.
    #[error("the ranges leave less than an hour of the day")]
    WholeDay,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self(vec![NIGHT, NOON])
    }
}

impl TryFrom<Vec<(Time, Time)>> for QuietHours {
    type Error = QuietError;

    fn try_from(ranges: Vec<(Time, Time)>) -> Result<Self, Self::Error> {
        Self::new(ranges)
    }
}

impl From<QuietHours> for Vec<(Time, Time)> {
    fn from(quiet: QuietHours) -> Self {
        quiet.0
    }
}

/// How long it is from one wall clock to the next time it shows another, on a day of 24 hours: more than nothing, at most a day.
fn ahead(from: Time, to: Time) -> SignedDuration {
    let ahead = to.duration_since(from);
    if ahead.is_positive() { ahead } else { ahead + DAY }
}

impl QuietHours {
    /// Quiet hours of these ranges.
    ///
    /// # Errors
    /// [`QuietError`].
    pub fn new(ranges: Vec<(Time, Time)>) -> Result<Self, QuietError> {
        if ranges.len() > MOST_RANGES {
            return Err(QuietError::TooMany);
        }
        if let Some(at) = ranges.iter().position(|(from, to)| from == to) {
            return Err(QuietError::Empty(at));
        }
        let quiet = Self(ranges);
        if quiet.awake_of_day() < LEAST_AWAKE {
            return Err(QuietError::WholeDay);
        }
        Ok(quiet)
    }

    /// No quiet hours at all.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// The ranges, as they were given.
    pub fn ranges(&self) -> &[(Time, Time)] {
        &self.0
    }

    /// How much of a day of 24 hours is not quiet.
    fn awake_of_day(&self) -> SignedDuration {
        // What is quiet changes only at the edges of ranges.
        let mut edges: Vec<Time> = self.0.iter().flat_map(|(from, to)| [*from, *to]).collect();
        edges.push(Time::midnight());
        edges.sort_unstable();
        edges.dedup();
        let next = edges.iter().cycle().skip(1);
        edges
            .iter()
            .zip(next)
            .filter(|(edge, _)| !self.holds(**edge))
            .map(|(edge, next)| ahead(*edge, *next))
            .fold(SignedDuration::ZERO, |sum, part| sum + part)
    }

    /// Whether nobody is disturbed when the clock shows `time`.
    pub fn holds(&self, time: Time) -> bool {
        self.0.iter().any(|range| within(*range, time))
    }

    /// Whether `at` is quiet, and until when that certainly stays so: to the end of a range, to the beginning of the next, or to a change
    /// of the clock.
    pub fn stretch(&self, at: Timestamp, zone: &TimeZone) -> (bool, Timestamp) {
        let offset = zone.to_offset(at);
        let time = offset.to_datetime(at).time();
        let quiet = self.holds(time);
        let left = if quiet {
            let here = self.0.iter().filter(|range| within(**range, time));
            here.map(|(_, to)| ahead(time, *to)).max()
        } else {
            self.0.iter().map(|(from, _)| ahead(time, *from)).min()
        };
        let until = at.checked_add(left.unwrap_or(DAY)).unwrap_or(Timestamp::MAX);
        if zone.to_offset(until) == offset {
            return (quiet, until);
        }
        let change = zone.following(at).next().map(|change| change.timestamp());
        (quiet, change.filter(|change| *change < until).unwrap_or(until))
    }
}

fn within((from, to): (Time, Time), time: Time) -> bool {
    if from < to {
        (from..to).contains(&time)
    } else {
        time >= from || time < to
    }
}

/// The first instant at or after `wanted` at which the community's clock shows no quiet hour. The search has an end whatever the ranges
/// and however clocks change.
pub fn after_quiet_hours(wanted: Timestamp, quiet: &QuietHours, zone: &TimeZone) -> Timestamp {
    let mut at = wanted;
    for _ in 0..MOST_STEPS {
        match quiet.stretch(at, zone) {
            (true, until) => at = until,
            (false, _) => break,
        }
    }
    at
}

/// A delay of up to `most_seconds`, always the same for a community, so that not all communities of a server send in the same second.
pub fn jitter(community: CommunityId, most_seconds: u32) -> SignedDuration {
    // FNV-1a: any hash that spreads ids evenly would do, as long as it stays the same in every version.
    let hash = community
        .0
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    // The low bits of the product alone would follow the last byte.
    let spread = (hash ^ (hash >> 32)) % (u64::from(most_seconds) + 1);
    SignedDuration::from_secs(i64::try_from(spread).unwrap_or_default())
}

/// Over how many seconds the communities of a server are spread: three in a second, five minutes at most. A handful is not spread at all.
pub fn spread_seconds(communities: u64) -> u32 {
    u32::try_from(communities * 3 / 10).unwrap_or(u32::MAX).min(300)
}

/// The hours of a community: what its clock shows, when nobody is disturbed, and how long after the full hour its turn is.
#[derive(Clone, Debug)]
pub struct Hours {
    /// Its time zone.
    pub zone: TimeZone,
    /// Its quiet hours.
    pub quiet: QuietHours,
    /// What its reminders, and what quiet hours held back, are late by: [`jitter`].
    pub spread: SignedDuration,
}

impl Hours {
    /// The usual quiet hours in a zone, and no spread.
    pub fn usual(zone: TimeZone) -> Self {
        Self {
            zone,
            quiet: QuietHours::default(),
            spread: SignedDuration::ZERO,
        }
    }

    /// When what should leave at `wanted` may: at once, or after the quiet hours and in this community's turn.
    pub fn release(&self, wanted: Timestamp) -> Timestamp {
        let free = after_quiet_hours(wanted, &self.quiet, &self.zone);
        if free == wanted { wanted } else { self.in_turn(free) }
    }

    /// This community's turn after `at`; `at` itself when the turn would fall into quiet hours.
    pub(super) fn in_turn(&self, at: Timestamp) -> Timestamp {
        let turn = at + self.spread;
        if after_quiet_hours(turn, &self.quiet, &self.zone) == turn {
            turn
        } else {
            at
        }
    }

    /// When a message about `event` may leave. Quiet hours hold everything back, except the news that a session is cancelled or moved which takes
    /// place today, or so early that people would have left home when they end.
    pub fn leaves_at(&self, event: Event, session_starts_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
        let release = self.release(now);
        let cannot_wait =
            |starts: Timestamp| self.days_until(starts, now) == 0 || release + USEFUL_BEFORE_START > starts;
        if event.is_change() && session_starts_at.is_some_and(cannot_wait) {
            now
        } else {
            release
        }
    }

    /// Days of the calendar from `now` to `at`.
    pub fn days_until(&self, at: Timestamp, now: Timestamp) -> i32 {
        let [at, now] = [at, now].map(|instant| self.zone.to_datetime(instant).date());
        (at - now).get_days()
    }
}

/// The instant of a wall-clock time (RFC 5545 §3.3.5: in a gap the offset before it, in a fold the first).
pub(super) fn instant(local: DateTime, zone: &TimeZone) -> Timestamp {
    crate::domain::calendar::zone::resolve(local, zone).timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{datetime, time};
    use proptest::prelude::*;

    fn zone(name: &str) -> TimeZone {
        crate::domain::calendar::zone::parse_zone(name).expect("a bundled zone")
    }

    fn at(local: DateTime) -> Timestamp {
        instant(local, &zone("Asia/Shanghai"))
    }

    fn quiet(ranges: &[(i8, i8, i8, i8)]) -> Result<QuietHours, QuietError> {
        QuietHours::new(
            ranges
                .iter()
                .map(|(h, m, to_h, to_m)| (time(*h, *m, 0, 0), time(*to_h, *to_m, 0, 0)))
                .collect(),
        )
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
            let usual = Hours::usual(zone("Asia/Shanghai"));
            assert_eq!(usual.release(at(wanted)), at(released), "{wanted}");
        }
    }

    #[test]
    fn where_clocks_change_the_first_minute_that_is_not_quiet_is_taken() {
        let night = quiet(&[(21, 0, 2, 30)]).unwrap();
        let odd = quiet(&[(0, 30, 1, 30), (21, 0, 23, 0)]).unwrap();
        for (name, hours, wanted, released) in [
            // 2:30 is skipped: at 2:00 the clock shows 3:00, and the night is over.
            (
                "America/New_York",
                &night,
                "2026-03-08T01:00:00-05:00",
                "2026-03-08T03:00:00-04:00",
            ),
            // 1:30 comes twice: whoever waits in the second round waits for the second 1:30.
            (
                "America/New_York",
                &odd,
                "2026-11-01T01:10:00-04:00",
                "2026-11-01T01:30:00-04:00",
            ),
            (
                "America/New_York",
                &odd,
                "2026-11-01T01:10:00-05:00",
                "2026-11-01T01:30:00-05:00",
            ),
            // Half an hour, the other way round.
            (
                "Australia/Lord_Howe",
                &odd,
                "2026-04-05T01:00:00+11:00",
                "2026-04-05T01:30:00+11:00",
            ),
            // A whole day that never was.
            (
                "Pacific/Apia",
                &QuietHours::default(),
                "2011-12-29T22:00:00-10:00",
                "2011-12-31T08:00:00+14:00",
            ),
        ] {
            let at = |text: &str| -> Timestamp { text.parse().unwrap() };
            let free = after_quiet_hours(at(wanted), hours, &zone(name));
            assert_eq!(free, at(released), "{name} {wanted}: {}", zone(name).to_datetime(free));
        }
    }

    #[test]
    fn ranges_that_leave_no_hour_are_refused() {
        assert_eq!(quiet(&[(8, 0, 8, 0)]), Err(QuietError::Empty(0)));
        assert_eq!(quiet(&[(0, 0, 12, 0), (12, 0, 0, 0)]), Err(QuietError::WholeDay));
        assert_eq!(quiet(&[(0, 30, 12, 0), (11, 0, 0, 0)]), Err(QuietError::WholeDay));
        assert!(quiet(&[(1, 0, 12, 0), (11, 0, 0, 0)]).is_ok(), "an hour is left");
        assert_eq!(quiet(&[(1, 0, 2, 0); 7]), Err(QuietError::TooMany));
        let json = serde_json::to_string(&QuietHours::default()).unwrap();
        assert_eq!(json, r#"[["21:00:00","08:00:00"],["12:00:00","14:00:00"]]"#);
        assert_eq!(
            serde_json::from_str::<QuietHours>(&json).unwrap(),
            QuietHours::default()
        );
        assert!(serde_json::from_str::<QuietHours>(r#"[["00:00","12:00"],["12:00","00:00"]]"#).is_err());
    }

    #[test]
    fn the_cancellation_of_a_session_of_today_does_not_wait() {
        let hours = Hours::usual(zone("Asia/Shanghai"));
        let now = at(datetime(2026, 11, 25, 7, 0, 0, 0));
        let today = Some(at(datetime(2026, 11, 25, 9, 0, 0, 0)));
        let tomorrow = Some(at(datetime(2026, 11, 26, 9, 0, 0, 0)));
        let eight = at(datetime(2026, 11, 25, 8, 0, 0, 0));
        assert_eq!(hours.leaves_at(Event::Cancelled, today, now), now);
        assert_eq!(hours.leaves_at(Event::Cancelled, tomorrow, now), eight);
        assert_eq!(hours.leaves_at(Event::Promoted, today, now), eight);
        // Whoever comes at seven would stand before the door when the night ends at eight.
        let evening = at(datetime(2026, 11, 24, 22, 0, 0, 0));
        for (minutes, leaves_at) in [(-60, evening), (0, evening), (29, evening), (30, eight), (60, eight)] {
            let early = Some(eight + SignedDuration::from_mins(minutes));
            assert_eq!(
                hours.leaves_at(Event::Cancelled, early, evening),
                leaves_at,
                "{minutes}"
            );
            assert_eq!(hours.leaves_at(Event::Promoted, early, evening), eight, "{minutes}");
        }
    }

    #[test]
    fn what_was_held_back_leaves_in_turn_and_never_in_quiet_hours() {
        let mut hours = Hours::usual(zone("Asia/Shanghai"));
        hours.spread = SignedDuration::from_secs(90);
        let at = |h, m, s| at(datetime(2026, 11, 25, h, m, s, 0));
        assert_eq!(hours.release(at(7, 0, 0)), at(8, 1, 30));
        assert_eq!(
            hours.release(at(9, 0, 0)),
            at(9, 0, 0),
            "what nothing held back leaves at once"
        );
        hours.quiet = quiet(&[(21, 0, 8, 0), (8, 1, 9, 0)]).unwrap();
        assert_eq!(
            hours.release(at(7, 0, 0)),
            at(8, 0, 0),
            "its turn would be in quiet hours"
        );
    }

    #[test]
    fn a_handful_of_communities_is_not_spread_and_a_thousand_are_evenly() {
        assert_eq!(spread_seconds(3), 0);
        assert_eq!(spread_seconds(100_000), 300);
        let mut seen = [0_u32; 301];
        for n in 0..30_100_u128 {
            let id = CommunityId(uuid::Uuid::from_u128(
                0x0190_0000_0000_7000_8000_0000_0000_0000 + (n << 8),
            ));
            assert_eq!(jitter(id, 300), jitter(id, 300));
            seen[usize::try_from(jitter(id, 300).as_secs()).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (30..300).contains(count)), "{seen:?}");
    }

    /// Every minute of the days around changes of the clock, in every zone, with quiet hours as odd as they may be: more than a million, each
    /// against what looking at the clock minute by minute finds.
    #[test]
    fn a_million_minutes_around_changes_of_the_clock_are_released_as_looking_at_the_clock_says() {
        let days = [
            ("Asia/Shanghai", "1991-04-12"),
            ("Asia/Shanghai", "1991-09-13"),
            ("Asia/Shanghai", "2026-12-30"),
            ("Europe/London", "2026-03-27"),
            ("Europe/London", "2026-10-23"),
            ("America/New_York", "2026-03-06"),
            ("America/New_York", "2026-10-30"),
            ("Australia/Lord_Howe", "2026-04-03"),
            ("Australia/Lord_Howe", "2026-10-02"),
            ("Pacific/Apia", "2011-12-28"),
            ("America/Sao_Paulo", "2018-11-02"),
            ("Africa/Casablanca", "2026-02-13"),
            ("Asia/Kathmandu", "1985-12-30"),
            ("America/St_Johns", "2026-10-30"),
        ];
        let mut chance = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: u64| {
            // xorshift64: the same numbers in every run.
            chance ^= chance << 13;
            chance ^= chance >> 7;
            chance ^= chance << 17;
            chance % below
        };
        let mut cases = 0_u32;
        while cases < 1_000_000 {
            let count = random(4) + 1;
            let minute = |of_day: u64| time((of_day / 60) as i8, (of_day % 60) as i8, 0, 0);
            let ranges = (0..count)
                .map(|_| (minute(random(1440)), minute(random(1440))))
                .collect();
            let Ok(hours) = QuietHours::new(ranges) else { continue };
            let (name, day) = days[random(days.len() as u64) as usize];
            let zone = zone(name);
            let from = instant(day.parse::<jiff::civil::Date>().unwrap().at(0, 0, 0, 0), &zone);
            let minutes: Vec<Timestamp> = (0..7 * 1440).map(|n| from + SignedDuration::from_mins(n)).collect();
            // From behind: the next minute that is not quiet is this one, or that of the minute after.
            let mut next = None;
            for wanted in minutes.into_iter().rev() {
                let local = zone.to_datetime(wanted).time();
                let is_quiet = hours.ranges().iter().any(|(from, to)| {
                    if from < to {
                        *from <= local && local < *to
                    } else {
                        *from <= local || local < *to
                    }
                });
                if !is_quiet {
                    next = Some(wanted);
                }
                let Some(expected) = next else { continue };
                let released = after_quiet_hours(wanted, &hours, &zone);
                assert_eq!(
                    released,
                    expected,
                    "{name} {} {hours:?}: {}",
                    zone.to_datetime(wanted),
                    zone.to_datetime(released)
                );
                cases += 1;
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_leaves_in_quiet_hours_and_nothing_waits_longer_than_a_night(
            micros in 1_600_000_000_000_000_i64..2_200_000_000_000_000,
            name in proptest::sample::select(vec!["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe"]),
        ) {
            let hours = Hours::usual(zone(name));
            let wanted = Timestamp::from_microsecond(micros).expect("in range");
            let released = hours.release(wanted);
            prop_assert!(released >= wanted);
            prop_assert!(released.duration_since(wanted) <= SignedDuration::from_hours(12));
            let hour = hours.zone.to_datetime(released).hour();
            prop_assert!((8..21).contains(&hour) && !(12..14).contains(&hour), "{}", hours.zone.to_datetime(released));
            prop_assert_eq!(hours.release(released), released);
        }
    }
}
