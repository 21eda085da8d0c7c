//! The times within a selected day, in seconds after midnight.

use super::days::Day;
use super::rule::{Frequency, Rule, bits};

/// Seconds in a day on the civil clock, which the rules count by.
pub(super) const DAY_SECONDS: i64 = 86_400;

/// The times a rule gives each of its days.
pub(super) enum Times {
    /// The same on every day, sorted: rules that repeat by days or longer.
    Fixed(Vec<i64>),
    /// Rules that repeat within the day.
    Stepped(Stepped),
}

/// Times that come every so many seconds, minutes or hours.
pub(super) struct Stepped {
    /// Seconds in a unit: 1, 60 or 3600.
    unit: i64,
    interval: i64,
    /// Number of the unit the start lies in, counted from 1970.
    first: i64,
    /// The units of a day which BYHOUR, BYMINUTE, BYSECOND allow and the interval can ever reach.
    units: Vec<i64>,
    allowed: Allowed,
    /// Times within a unit, in seconds, after BYSETPOS.
    within: Vec<i64>,
}

/// BYHOUR, BYMINUTE and BYSECOND as limits: a set bit is allowed.
#[derive(Clone, Copy)]
struct Allowed {
    hours: u32,
    minutes: u64,
    seconds: u64,
}

impl Allowed {
    fn time(self, seconds: i64) -> bool {
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        self.hours & (1 << hour) != 0 && self.minutes & (1 << minute) != 0 && self.seconds & (1 << second) != 0
    }
}

impl Times {
    /// Times of a rule whose start is `start` seconds after 1970-01-01T00:00:00 of the local clock.
    pub(super) fn new(rule: &Rule, start: i64) -> Self {
        let time = start.rem_euclid(DAY_SECONDS);
        let or = |mask: u64, implied: i64| if mask == 0 { 1_u64 << implied } else { mask };
        let seconds = or(rule.seconds, time % 60);
        let minutes = or(rule.minutes, time / 60 % 60);
        let hours = or(u64::from(rule.hours), time / 3600);
        let unit = match rule.frequency {
            Frequency::Secondly => 1,
            Frequency::Minutely => 60,
            Frequency::Hourly => 3600,
            _ => return Self::Fixed(product(hours, minutes, seconds)),
        };
        let all = |mask: u64, count: u32| if mask == 0 { (1_u64 << count) - 1 } else { mask };
        // Only the parts not smaller than the unit limit it; the smaller ones give times within it.
        let limit = |mask: u64, count: u32, size: i64| {
            if size < unit {
                (1 << count) - 1
            } else {
                all(mask, count)
            }
        };
        let allowed = Allowed {
            hours: limit(u64::from(rule.hours), 24, 3600) as u32,
            minutes: limit(rule.minutes, 60, 60),
            seconds: limit(rule.seconds, 60, 1),
        };
        let within = match rule.frequency {
            Frequency::Secondly => vec![0],
            Frequency::Minutely => product(1, 1, seconds),
            _ => product(1, minutes, seconds),
        };
        let first = start.div_euclid(unit);
        let per_day = DAY_SECONDS / unit;
        // Whatever the day, the interval only reaches units in the start's class modulo the common divisor.
        let divisor = greatest_common_divisor(rule.interval, per_day);
        let reachable = |u: &i64| (u - first).rem_euclid(divisor) == 0 && allowed.time(u * unit);
        Self::Stepped(Stepped {
            unit,
            interval: rule.interval,
            first,
            units: (0..per_day).filter(reachable).collect(),
            allowed,
            within: select(within, &rule.set_positions),
        })
    }
}

impl Stepped {
    /// Whether no day has any time.
    pub(super) fn is_empty(&self) -> bool {
        self.units.is_empty() || self.within.is_empty()
    }

    /// How many times every day but the first has, where that is the same for all.
    pub(super) fn per_day(&self) -> Option<u64> {
        let same = (DAY_SECONDS / self.unit) % self.interval == 0;
        same.then(|| (self.units.len() * self.within.len()) as u64)
    }

    /// Puts the times of a day into `times`, sorted; returns how many candidates were looked at.
    pub(super) fn fill(&self, day: Day, times: &mut Vec<i64>) -> u64 {
        times.clear();
        let per_day = DAY_SECONDS / self.unit;
        let midnight = day * per_day;
        let push = |times: &mut Vec<i64>, unit: i64| {
            times.extend(self.within.iter().map(|second| unit * self.unit + second));
        };
        if per_day / self.interval <= self.units.len() as i64 {
            let behind = (midnight - self.first).rem_euclid(self.interval);
            let mut unit = if behind == 0 { 0 } else { self.interval - behind };
            let mut looked_at = 1;
            while unit < per_day {
                looked_at += 1;
                if self.allowed.time(unit * self.unit) {
                    push(times, unit);
                }
                unit += self.interval;
            }
            looked_at
        } else {
            for unit in &self.units {
                if (midnight + unit - self.first).rem_euclid(self.interval) == 0 {
                    push(times, *unit);
                }
            }
            self.units.len() as u64 + 1
        }
    }
}

/// Every combination of the hours, minutes and seconds whose bits are set, sorted.
fn product(hours: u64, minutes: u64, seconds: u64) -> Vec<i64> {
    let count = hours.count_ones() * minutes.count_ones() * seconds.count_ones();
    let mut times = Vec::with_capacity(count as usize);
    for hour in bits(hours) {
        for minute in bits(minutes) {
            for second in bits(seconds) {
                times.push(i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second));
            }
        }
    }
    times
}

/// BYSETPOS over a sorted list: the elements at these positions, or all when there are no positions.
fn select(all: Vec<i64>, positions: &[i16]) -> Vec<i64> {
    if positions.is_empty() {
        return all;
    }
    set_indexes(positions, all.len() as u64)
        .into_iter()
        .map(|i| all[i as usize])
        .collect()
}

/// The indexes BYSETPOS picks from a set of `size` elements, sorted, each once.
pub(super) fn set_indexes(positions: &[i16], size: u64) -> Vec<u64> {
    let size = size.cast_signed();
    let index = |position: &i16| {
        let position = i64::from(*position);
        let index = if position > 0 { position - 1 } else { size + position };
        (0..size).contains(&index).then_some(index.cast_unsigned())
    };
    let mut indexes: Vec<u64> = positions.iter().filter_map(index).collect();
    indexes.sort_unstable();
    indexes.dedup();
    indexes
}

const fn greatest_common_divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
