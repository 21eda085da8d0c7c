//! Another program's iCalendar file as wishes: what can be planned here, and, named one by one, what cannot.
//!
//! The file is read line by line (RFC 5545 §3.1) without trusting it: lines, events and dates are bounded, control characters fall out,
//! and nothing is dropped in silence. A rule stays the text it was, so that whoever reviews it sees what the file says. Times become
//! wall-clock times of the community's zone, where that is the same for every date; else the event is left out and said so.

mod lines;

use std::collections::HashMap;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use self::lines::{Line, lines};
use crate::domain::calendar::{HolidayCalendar, parse_zone, resolve};
use crate::domain::planning::{DURATION_MINUTES, Exclusion};
use crate::domain::recurrence::{End, HolidayPolicy, Recurrence, Rule, RuleError, Window};

/// The most events read from one file; the rest is counted and said.
pub const MOST_EVENTS: usize = 200;
/// The most extra or excluded dates an event may list.
const MOST_DATES: usize = 1000;
/// How many dates of a series in another zone are compared with ours.
const DATES_COMPARED: usize = 200;
/// Years from the start in which they are looked for.
const YEARS_COMPARED: i64 = 10;

/// An event that can be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Title.
    pub title: String,
    /// What it is about; may be empty.
    pub description: String,
    /// Where, in the file's words; may be empty.
    pub place: String,
    /// First start, wall clock of the community.
    pub starts_local: DateTime,
    /// Length, minutes.
    pub duration_minutes: i32,
    /// Its rule; none for single dates.
    pub rule: Option<Rule>,
    /// Extra dates.
    pub extra: Vec<DateTime>,
    /// Dates that fall out.
    pub excluded: Vec<Exclusion>,
    /// What of it is not taken over.
    pub notes: Vec<Note>,
}

impl Incoming {
    /// Its dates as the recurrence engine takes them.
    pub fn recurrence(&self, zone: &TimeZone) -> Recurrence {
        Recurrence {
            start: self.starts_local,
            zone: zone.clone(),
            rule: self.rule.clone(),
            extra: self.extra.clone(),
            excluded: self.excluded.iter().map(|exclusion| exclusion.at).collect(),
            holiday_policy: HolidayPolicy::Hold,
        }
    }
}

impl Incoming {
    /// What of it is still to come from a moment on, beginning with the first such date; none when it is over. A rule goes on as it would
    /// have, with what is left of its COUNT.
    pub fn coming(&self, zone: &TimeZone, from: DateTime) -> Option<Self> {
        let mut coming = self.clone();
        let ahead = |at: &DateTime| *at >= from;
        coming.extra.retain(ahead);
        coming.excluded.retain(|exclusion| ahead(&exclusion.at));
        if let Some(rule) = &self.rule {
            let by_rule = Recurrence {
                extra: Vec::new(),
                excluded: Vec::new(),
                ..self.recurrence(zone)
            };
            let none = HolidayCalendar::empty();
            let ever = Window {
                from,
                to: from.saturating_add(jiff::Span::new().years(YEARS_COMPARED)),
            };
            let next = by_rule
                .occurrences(ever, 1, &none)
                .ok()?
                .occurrences
                .first()
                .map(|date| date.original);
            if let Some(next) = next {
                if let End::Count(count) = rule.end() {
                    let past = Window {
                        from: self.starts_local,
                        to: next,
                    };
                    let past = by_rule.occurrences(past, usize::MAX, &none).ok()?.occurrences.len();
                    let left = count.saturating_sub(past as u64).max(1);
                    coming.rule = Some(rule.clone().ending(End::Count(left)));
                }
                coming.starts_local = next;
                return Some(coming);
            }
            coming.rule = None;
        } else if ahead(&self.starts_local) {
            return Some(coming);
        }
        // Only extra dates are left: the first becomes the start.
        coming.extra.sort_unstable();
        if coming.extra.is_empty() {
            return None;
        }
        coming.starts_local = coming.extra.remove(0);
        Some(coming)
    }
}

/// What of an event is not taken over; the event itself is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Note {
    /// Its alarms: reminders are ours.
    Alarm,
    /// Its guests and organiser.
    Attendees,
    /// Other words or another length of single dates.
    Override,
    /// Extra dates given as periods: their own lengths.
    Period,
    /// Control characters in its texts.
    Control,
}

impl Note {
    /// The name its words are found under.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Attendees => "attendees",
            Self::Override => "override",
            Self::Period => "period",
            Self::Control => "control",
        }
    }
}

/// Why something of the file cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A task, a journal entry or another component that is no event.
    NoEvent(String),
    /// It has no start, or one that cannot be read.
    Start(String),
    /// A whole day rather than a time.
    AllDay,
    /// Longer or shorter than a session may be, minutes.
    Length(i64),
    /// It runs past midnight.
    PastMidnight,
    /// It begins within a minute.
    Seconds,
    /// Its rule cannot be read.
    Rule(RuleError),
    /// More than one rule, or a rule of exceptions.
    SeveralRules,
    /// Its zone is unknown.
    UnknownZone(String),
    /// Its zone's clock goes differently from the community's.
    OtherZone(String),
    /// An event with the same identity came before.
    Duplicate,
    /// A change of single dates whose series is not in the file.
    LostOverride,
    /// "This and all following" of one date.
    Following,
    /// More extra or excluded dates than a series may have.
    TooManyDates(usize),
    /// Events beyond [`MOST_EVENTS`], so many.
    TooMany(usize),
    /// A part that begins and never ends, or ends and never began.
    Nesting(String),
}

impl Why {
    /// The name its words are found under.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NoEvent(_) => "no-event",
            Self::Start(_) => "start",
            Self::AllDay => "all-day",
            Self::Length(_) => "length",
            Self::PastMidnight => "past-midnight",
            Self::Seconds => "seconds",
            Self::Rule(_) => "rule",
            Self::SeveralRules => "several-rules",
            Self::UnknownZone(_) => "unknown-zone",
            Self::OtherZone(_) => "other-zone",
            Self::Duplicate => "duplicate",
            Self::LostOverride => "lost-override",
            Self::Following => "following",
            Self::TooManyDates(_) => "too-many-dates",
            Self::TooMany(_) => "too-many",
            Self::Nesting(_) => "nesting",
        }
    }
}

/// Something of the file that cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its title, where it has one.
    pub title: String,
    /// The line of the file it begins in, from 1.
    pub line: usize,
    /// Why.
    pub why: Why,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// What can be planned, in the file's order.
    pub events: Vec<Incoming>,
    /// What cannot.
    pub left: Vec<Left>,
}

/// Why a file is no calendar at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Its bytes are not UTF-8, which iCalendar files are (RFC 5545 §3.1.4).
    #[error("the file is not UTF-8")]
    NotUtf8,
    /// It does not begin with BEGIN:VCALENDAR.
    #[error("the file does not begin with BEGIN:VCALENDAR")]
    NotCalendar,
}

/// A component as its lines say it.
#[derive(Default)]
struct Component<'a> {
    line: usize,
    lines: Vec<Line<'a>>,
    alarms: bool,
    control: bool,
}

impl<'a> Component<'a> {
    fn all(&self, name: &'static str) -> impl Iterator<Item = &Line<'a>> {
        self.lines.iter().filter(move |line| line.is(name))
    }

    fn first(&self, name: &'static str) -> Option<&Line<'a>> {
        self.all(name).next()
    }

    fn text(&self, name: &'static str) -> String {
        self.first(name).map(Line::text).unwrap_or_default()
    }
}

/// Reads a file for a community whose clock is `home`.
///
/// # Errors
/// [`Unreadable`] when it is no calendar at all.
pub fn read(bytes: &[u8], home: &TimeZone) -> Result<Holdings, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.is_empty() {
        return Err(Unreadable::Empty);
    }
    if !text
        .get(..15)
        .is_some_and(|start| start.eq_ignore_ascii_case("BEGIN:VCALENDAR"))
    {
        return Err(Unreadable::NotCalendar);
    }
    let mut holdings = Holdings::default();
    let events = components(text, &mut holdings.left);
    let mut masters: Vec<(String, Component)> = Vec::new();
    let mut overrides: HashMap<String, Vec<Component>> = HashMap::new();
    for event in events {
        let uid = event
            .first("UID")
            .map(|line| line.value.to_string())
            .unwrap_or_default();
        if event.first("RECURRENCE-ID").is_some() {
            overrides.entry(uid).or_default().push(event);
        } else if !uid.is_empty() && masters.iter().any(|(known, _)| *known == uid) {
            holdings.left.push(left(&event, Why::Duplicate));
        } else {
            masters.push((uid, event));
        }
    }
    for (uid, event) in masters {
        let changes = if uid.is_empty() {
            Vec::new()
        } else {
            overrides.remove(&uid).unwrap_or_default()
        };
        match incoming(&event, changes, home, &mut holdings.left) {
            Ok(event) => holdings.events.push(event),
            Err(why) => holdings.left.push(left(&event, why)),
        }
    }
    for lost in overrides.into_values().flatten() {
        holdings.left.push(left(&lost, Why::LostOverride));
    }
    holdings.left.sort_by_key(|left| left.line);
    Ok(holdings)
}

fn left(component: &Component, why: Why) -> Left {
    Left {
        title: component.text("SUMMARY"),
        line: component.line,
        why,
    }
}

/// The events of a file; everything else goes to `left`.
fn components<'a>(text: &'a str, left_out: &mut Vec<Left>) -> Vec<Component<'a>> {
    let mut events = Vec::new();
    let mut open: Vec<(String, Component)> = Vec::new();
    let mut too_many = 0;
    for line in lines(text) {
        if line.is("BEGIN") {
            if open.len() > 8 {
                continue;
            }
            let component = Component {
                line: line.number,
                ..Component::default()
            };
            open.push((line.value.to_ascii_uppercase(), component));
        } else if line.is("END") {
            let name = line.value.to_ascii_uppercase();
            let Some(at) = open.iter().rposition(|(known, _)| *known == name) else {
                left_out.push(nesting(&name, line.number));
                continue;
            };
            for (unended, component) in open.drain(at + 1..) {
                left_out.push(nesting(&unended, component.line));
            }
            let Some((_, component)) = open.pop() else { continue };
            match name.as_str() {
                "VEVENT" if events.len() < MOST_EVENTS => events.push(component),
                "VEVENT" => too_many += 1,
                "VALARM" => {
                    if let Some((_, event)) = open.last_mut() {
                        event.alarms = true;
                    }
                }
                "VCALENDAR" | "VTIMEZONE" | "STANDARD" | "DAYLIGHT" => {}
                _ => left_out.push(left(&component, Why::NoEvent(name))),
            }
        } else if let Some((name, component)) = open.last_mut()
            && name != "VCALENDAR"
        {
            component.control |= line.control;
            if component.lines.len() < 4 * MOST_DATES {
                component.lines.push(line);
            }
        }
    }
    for (unended, component) in open {
        left_out.push(nesting(&unended, component.line));
    }
    if too_many > 0 {
        left_out.push(Left {
            title: String::new(),
            line: usize::MAX,
            why: Why::TooMany(too_many),
        });
    }
    events
}

fn nesting(name: &str, line: usize) -> Left {
    Left {
        title: String::new(),
        line,
        why: Why::Nesting(name.chars().take(40).collect()),
    }
}

/// A time as the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    /// A whole day.
    Day,
    /// A wall-clock time without zone: the reader's own.
    Floating(DateTime),
    /// A wall-clock time of a zone.
    Zoned(DateTime, TimeZone, String),
    /// An instant.
    Utc(Timestamp),
}

impl When {
    /// The wall-clock time in the community.
    fn local(&self, home: &TimeZone) -> Option<DateTime> {
        match self {
            Self::Day => None,
            Self::Floating(at) => Some(*at),
            Self::Zoned(at, zone, _) if zone == home => Some(*at),
            Self::Zoned(at, zone, _) => Some(home.to_datetime(resolve(*at, zone).timestamp())),
            Self::Utc(at) => Some(home.to_datetime(*at)),
        }
    }

    fn instant(&self, home: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Day => None,
            Self::Floating(at) => Some(resolve(*at, home).timestamp()),
            Self::Zoned(at, zone, _) => Some(resolve(*at, zone).timestamp()),
            Self::Utc(at) => Some(*at),
        }
    }
}

/// The times of a line: several for dates of a series.
fn times(line: &Line) -> Result<Vec<When>, Why> {
    line.value
        .split(',')
        // A period's start is a date of the series.
        .map(|value| time(line, value.split('/').next().unwrap_or_default().trim()))
        .collect()
}

fn time(line: &Line, value: &str) -> Result<When, Why> {
    let wrong = || Why::Start(value.chars().take(40).collect());
    if line
        .parameter("VALUE")
        .is_some_and(|kind| kind.eq_ignore_ascii_case("DATE"))
        || (value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Ok(When::Day);
    }
    let (value, utc) = value
        .strip_suffix(['Z', 'z'])
        .map_or((value, false), |value| (value, true));
    let at = wall_clock(value).ok_or_else(wrong)?;
    if utc {
        return Ok(When::Utc(resolve(at, &TimeZone::UTC).timestamp()));
    }
    match line.parameter("TZID") {
        None => Ok(When::Floating(at)),
        Some(name) => {
            // Some programs put the zone's name behind a prefix of their own, between slashes.
            let mut tails = name.match_indices('/').map(|(at, _)| &name[at + 1..]);
            let zone = parse_zone(&name)
                .ok()
                .or_else(|| tails.find_map(|tail| parse_zone(tail).ok()));
            zone.map(|zone| When::Zoned(at, zone, name.to_string()))
                .ok_or_else(|| Why::UnknownZone(name.chars().take(60).collect()))
        }
    }
}

/// `20260107T093000`.
fn wall_clock(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(['T', 't'])?;
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(date, 8) || !digits(time, 6) {
        return None;
    }
    let date = Date::new(
        date[..4].parse().ok()?,
        date[4..6].parse().ok()?,
        date[6..].parse().ok()?,
    )
    .ok()?;
    let time = Time::new(
        time[..2].parse().ok()?,
        time[2..4].parse().ok()?,
        time[4..].parse::<i8>().ok()?.min(59),
        0,
    );
    Some(date.to_datetime(time.ok()?))
}

/// `PT1H30M`, `P1D`, `P2W` (RFC 5545 §3.3.6), minutes.
fn duration_minutes(text: &str) -> Option<i64> {
    let text = text.trim().trim_start_matches('+').strip_prefix(['P', 'p'])?;
    let (mut minutes, mut number) = (0_i64, String::new());
    for character in text.chars() {
        match character {
            '0'..='9' if number.len() < 6 => number.push(character),
            'T' | 't' => {}
            unit => {
                let size = match unit.to_ascii_uppercase() {
                    'W' => 7 * 1440,
                    'D' => 1440,
                    'H' => 60,
                    'M' => 1,
                    'S' if number.parse::<i64>().ok()? % 60 == 0 => {
                        minutes += number.parse::<i64>().ok()? / 60;
                        number.clear();
                        continue;
                    }
                    _ => return None,
                };
                minutes += number.parse::<i64>().ok()? * size;
                number.clear();
            }
        }
    }
    number.is_empty().then_some(minutes)
}

/// An event with the changes of its single dates.
fn incoming(
    event: &Component,
    changes: Vec<Component>,
    home: &TimeZone,
    left_out: &mut Vec<Left>,
) -> Result<Incoming, Why> {
    let (start, duration_minutes) = span(event, home)?;
    let starts_local = start.local(home).ok_or(Why::AllDay)?;
    let rules: Vec<&Line> = event.all("RRULE").collect();
    if rules.len() > 1 || event.first("EXRULE").is_some() {
        return Err(Why::SeveralRules);
    }
    let rule = match rules.first() {
        None => None,
        Some(line) => Some(line.value.trim().parse::<Rule>().map_err(Why::Rule)?),
    };
    let mut notes: Vec<Note> = Vec::new();
    if event.alarms {
        notes.push(Note::Alarm);
    }
    if event.first("ATTENDEE").is_some() || event.first("ORGANIZER").is_some() {
        notes.push(Note::Attendees);
    }
    if event.control {
        notes.push(Note::Control);
    }
    let dates = |name: &'static str| -> Result<Vec<DateTime>, Why> {
        let mut found = Vec::new();
        for line in event.all(name) {
            for when in times(line)? {
                found.push(when.local(home).ok_or(Why::AllDay)?);
            }
            if found.len() > MOST_DATES {
                return Err(Why::TooManyDates(found.len()));
            }
        }
        Ok(found)
    };
    let mut extra = dates("RDATE")?;
    if event.all("RDATE").any(|line| {
        line.parameter("VALUE")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("PERIOD"))
    }) {
        notes.push(Note::Period);
    }
    let mut excluded: Vec<Exclusion> = dates("EXDATE")?
        .into_iter()
        .map(|at| Exclusion {
            at,
            reason: String::new(),
        })
        .collect();
    for change in changes {
        if let Err(why) = bend(&change, home, duration_minutes, &mut extra, &mut excluded, &mut notes) {
            left_out.push(left(&change, why));
        }
    }
    if let Some(known) = &rule {
        same_clock(known, &start, home)?;
        // To them the start is a date even when the rule does not yield it (RFC 5545 §3.8.5.3).
        let there = Recurrence {
            start: starts_local,
            zone: TimeZone::UTC,
            rule: rule.clone(),
            extra: Vec::new(),
            excluded: Vec::new(),
            holiday_policy: HolidayPolicy::Hold,
        };
        let day = Window {
            from: starts_local,
            to: starts_local.saturating_add(jiff::Span::new().minutes(1)),
        };
        let yields = there
            .occurrences(day, 1, &HolidayCalendar::empty())
            .is_ok_and(|found| !found.occurrences.is_empty());
        if !yields {
            extra.push(starts_local);
        }
    } else {
        extra.retain(|at| *at != starts_local);
    }
    notes.sort_unstable();
    notes.dedup();
    Ok(Incoming {
        title: event.text("SUMMARY"),
        description: event.text("DESCRIPTION"),
        place: event.text("LOCATION"),
        starts_local,
        duration_minutes,
        rule,
        extra,
        excluded,
        notes,
    })
}

/// When an event begins, and how many minutes it lasts.
fn span(event: &Component, home: &TimeZone) -> Result<(When, i32), Why> {
    let line = event.first("DTSTART").ok_or_else(|| Why::Start(String::new()))?;
    let start = time(line, line.value.trim())?;
    if start == When::Day {
        return Err(Why::AllDay);
    }
    let starts = start.instant(home).ok_or(Why::AllDay)?;
    let minutes = match (event.first("DTEND"), event.first("DURATION")) {
        (Some(line), _) => {
            let ends = time(line, line.value.trim())?.instant(home).ok_or(Why::AllDay)?;
            let lasts: SignedDuration = ends.duration_since(starts);
            lasts.as_secs() / 60
        }
        (None, Some(line)) => duration_minutes(&line.value).ok_or_else(|| Why::Start(line.value.to_string()))?,
        (None, None) => 0,
    };
    let length = i32::try_from(minutes).unwrap_or(i32::MAX);
    if !DURATION_MINUTES.contains(&length) {
        return Err(Why::Length(minutes));
    }
    let local = start.local(home).ok_or(Why::AllDay)?;
    if local.second() != 0 {
        return Err(Why::Seconds);
    }
    let over = i32::from(local.hour()) * 60 + i32::from(local.minute()) + length;
    if over > 24 * 60 {
        return Err(Why::PastMidnight);
    }
    Ok((start, length))
}

/// A change of one date: cancelled or moved.
fn bend(
    change: &Component,
    home: &TimeZone,
    usual_minutes: i32,
    extra: &mut Vec<DateTime>,
    excluded: &mut Vec<Exclusion>,
    notes: &mut Vec<Note>,
) -> Result<(), Why> {
    let Some(line) = change.first("RECURRENCE-ID") else {
        return Ok(());
    };
    if line.parameter("RANGE").is_some() {
        return Err(Why::Following);
    }
    let original = time(line, line.value.trim())?.local(home).ok_or(Why::AllDay)?;
    let cancelled = change
        .first("STATUS")
        .is_some_and(|line| line.value.trim().eq_ignore_ascii_case("CANCELLED"));
    if cancelled {
        excluded.push(Exclusion {
            at: original,
            reason: String::new(),
        });
        return Ok(());
    }
    let (start, minutes) = span(change, home)?;
    let starts = start.local(home).ok_or(Why::AllDay)?;
    if starts != original {
        excluded.push(Exclusion {
            at: original,
            reason: String::new(),
        });
        extra.push(starts);
    }
    if minutes != usual_minutes || starts == original {
        notes.push(Note::Override);
    }
    Ok(())
}

/// A rule counts on the wall clock of its own zone; it can be ours only where both clocks show the same at every date.
fn same_clock(rule: &Rule, start: &When, home: &TimeZone) -> Result<(), Why> {
    let (at, zone, name) = match start {
        When::Day | When::Floating(_) => return Ok(()),
        When::Zoned(_, zone, _) if zone == home => return Ok(()),
        When::Zoned(at, zone, name) => (*at, zone.clone(), name.clone()),
        When::Utc(at) => (TimeZone::UTC.to_datetime(*at), TimeZone::UTC, "UTC".to_owned()),
    };
    let there = Recurrence {
        start: at,
        zone,
        rule: Some(rule.clone()),
        extra: Vec::new(),
        excluded: Vec::new(),
        holiday_policy: HolidayPolicy::Hold,
    };
    let window = Window {
        from: at,
        to: at.saturating_add(jiff::Span::new().years(YEARS_COMPARED)),
    };
    let found = there
        .occurrences(window, DATES_COMPARED, &HolidayCalendar::empty())
        .map_err(Why::Rule)?;
    let same = found
        .occurrences
        .iter()
        .all(|date| home.to_datetime(date.starts.timestamp()) == date.starts.datetime());
    if same { Ok(()) } else { Err(Why::OtherZone(name)) }
}

#[cfg(test)]
mod tests;
