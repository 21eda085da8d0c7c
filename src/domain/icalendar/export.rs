//! A series and its sessions as events which any client expands to exactly these sessions (RFC 5545 §3.8.4.4, §3.8.5).
//!
//! The series is one event with its rule; a session that differs from it is an event of its own that names the original start
//! it stands for. The rule is cut to the sessions given: it begins with the first and ends (UNTIL) with the last, so history that
//! is not shown costs nothing, and no client shows dates that we have not stored. What the rule yields there and we do not
//! have (excluded, dropped by a holiday, paused) is EXDATE, what we have beside it RDATE. Where a rule would not serve
//! (lunar days, solar terms, several times a day by the hour, more exceptions than dates) all dates are named one by one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, civil::DateTime};

use super::{Event, Repeat, Status};
use crate::domain::calendar::{HolidayCalendar, resolve};
use crate::domain::planning::Series;
use crate::domain::recurrence::{End, Frequency, HolidayPolicy, MOST_OCCURRENCES, Recurrence, Rule, Until, Window};

/// One session of a series, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The start that the rule yields, wall clock of the series: its identity.
    pub original_local: DateTime,
    /// How it stands; of its `uid`, `sequence` and `repeat` only the sequence is read.
    pub event: Event,
}

/// The events of a series: itself, then the sessions that differ from it, by original start.
///
/// `zone` is the calendar's; `url` is the page of the whole series. None without sessions. A single date is a single event.
pub fn of_series(series: &Series, sessions: &[Dated], zone: &TimeZone, url: &str) -> Vec<Event> {
    let uid = format!("{}@xianglao", series.id);
    let sessions: BTreeMap<DateTime, &Event> = sessions
        .iter()
        .map(|one| (in_zone(one.original_local, &series.zone, zone), &one.event))
        .collect();
    let Some((&first, &sample)) = sessions.first_key_value() else {
        return Vec::new();
    };
    let own = |event: &Event, repeat: Repeat| Event {
        uid: uid.clone(),
        sequence: series.sequence.saturating_add(event.sequence),
        repeat,
        ..event.clone()
    };
    if sessions.len() == 1 {
        return vec![own(sample, Repeat::Once)];
    }
    let usual = usual(&sessions);
    let stands = |original: DateTime| -> Option<(Timestamp, Timestamp)> {
        let starts = resolve(original, zone).timestamp();
        let ends = starts.checked_add(usual.lasts_seconds.seconds()).ok()?;
        Some((starts, ends))
    };
    let dates: BTreeSet<DateTime> = sessions.keys().copied().collect();
    let repeat = by_rule(series, &dates, zone).unwrap_or_else(|| Repeat::Dates {
        starts: first,
        extra: dates.iter().copied().skip(1).collect(),
    });
    let (starts, ends) = stands(first).unwrap_or((sample.starts.timestamp(), sample.ends.timestamp()));
    let mut events = vec![Event {
        uid: uid.clone(),
        // Not the sum over sessions: one that is given up would make it fall.
        sequence: series.sequence,
        changed_at: sessions
            .values()
            .map(|event| event.changed_at)
            .max()
            .unwrap_or_default(),
        starts: starts.to_zoned(zone.clone()),
        ends: ends.to_zoned(zone.clone()),
        summary: usual.summary.to_owned(),
        description: usual.description.to_owned(),
        location: usual.location.to_owned(),
        url: url.to_owned(),
        status: Status::Confirmed,
        repeat,
    }];
    for (original, event) in &sessions {
        let as_usual = event.status == Status::Confirmed
            && Some((event.starts.timestamp(), event.ends.timestamp())) == stands(*original)
            && Usual::of(event) == usual;
        if !as_usual {
            events.push(own(event, Repeat::Instead(*original)));
        }
    }
    events
}

/// What most sessions share, so that few have to differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Usual<'a> {
    lasts_seconds: i64,
    summary: &'a str,
    description: &'a str,
    location: &'a str,
}

impl<'a> Usual<'a> {
    fn of(event: &'a Event) -> Self {
        Self {
            lasts_seconds: event
                .ends
                .timestamp()
                .duration_since(event.starts.timestamp())
                .as_secs(),
            summary: &event.summary,
            description: &event.description,
            location: &event.location,
        }
    }
}

/// Of equally many, what comes first; what is cancelled or provisional only where nothing else is there.
fn usual<'a>(sessions: &BTreeMap<DateTime, &'a Event>) -> Usual<'a> {
    let mut counts: HashMap<Usual<'a>, (bool, usize, std::cmp::Reverse<DateTime>)> = HashMap::new();
    for (at, event) in sessions {
        let count = counts
            .entry(Usual::of(event))
            .or_insert((false, 0, std::cmp::Reverse(*at)));
        count.0 |= event.status == Status::Confirmed;
        count.1 += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, rank)| *rank)
        .map(|(usual, _)| usual)
        .expect("there is a session")
}

/// A wall-clock time of one zone on the clock of another.
fn in_zone(at: DateTime, from: &TimeZone, to: &TimeZone) -> DateTime {
    if from == to {
        at
    } else {
        to.to_datetime(resolve(at, from).timestamp())
    }
}

/// The dates by the series' rule with its exceptions; none where naming them is better.
fn by_rule(series: &Series, dates: &BTreeSet<DateTime>, zone: &TimeZone) -> Option<Repeat> {
    let rule = series.rule.as_ref()?;
    // Across a clock change, clients do not agree on rules by the hour.
    if !rule.is_plain() || rule.frequency() < Frequency::Daily || series.zone != *zone {
        return None;
    }
    let (first, last) = (*dates.first()?, *dates.last()?);
    let whole = yields(rule.clone(), series.starts_local, zone, first, first)?;
    if !whole.contains(&first) {
        return None;
    }
    let until = TimeZone::UTC.to_datetime(resolve(last, zone).timestamp());
    let rule = rule.clone().ending(End::Until(Until::Utc(until)));
    // Expanded as it is written: a rule that begins elsewhere may count its weeks and years from elsewhere.
    let yielded = yields(rule.clone(), first, zone, first, last)?;
    let excluded: Vec<DateTime> = yielded.difference(dates).copied().collect();
    let extra: Vec<DateTime> = dates.difference(&yielded).copied().collect();
    if !yielded.contains(&first) || excluded.len() + extra.len() > yielded.intersection(dates).count() {
        return None;
    }
    Some(Repeat::Rule {
        starts: first,
        rule: rule.to_string(),
        extra,
        excluded,
    })
}

fn yields(rule: Rule, start: DateTime, zone: &TimeZone, from: DateTime, to: DateTime) -> Option<BTreeSet<DateTime>> {
    let recurrence = Recurrence {
        start,
        zone: zone.clone(),
        rule: Some(rule),
        extra: Vec::new(),
        excluded: Vec::new(),
        holiday_policy: HolidayPolicy::Hold,
    };
    // A day more on both sides: the engine's windows are of starts, which a clock change moves away from the originals.
    let window = Window {
        from: from.saturating_sub(1.days()),
        to: to.saturating_add(2.days()),
    };
    let expansion = recurrence
        .occurrences(window, MOST_OCCURRENCES, &HolidayCalendar::default())
        .ok()?;
    (!expansion.truncated).then(|| expansion.occurrences.into_iter().map(|one| one.original).collect())
}

#[cfg(test)]
mod tests;
