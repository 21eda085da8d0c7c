//! Sessions as iCalendar text (RFC 5545): what a phone's calendar subscribes to.
//!
//! [`export`] makes events of a series and its sessions, so that any client shows exactly the sessions we have, moved and
//! cancelled ones included; [`write()`] makes text of events; [`read`] takes other programs' files apart. Lines end in CRLF and are folded at 75 octets, never inside a
//! character (§3.1); local times carry their zone, which is defined in the text (§3.6.5).

pub mod export;
pub mod read;

use std::fmt::Write;

use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use super::calendar::resolve;

/// The longest line, octets without the line break (RFC 5545 §3.1).
const LINE_OCTETS: usize = 75;

/// A calendar to be written.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// What clients call it.
    pub name: String,
    /// The language of its texts, as a tag (RFC 5646).
    pub language: String,
    /// How often clients are asked to look again, minutes (RFC 7986 §5.7).
    pub refresh_minutes: u32,
    /// The zone of its times.
    pub zone: TimeZone,
    /// Its events.
    pub events: Vec<Event>,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identity, the same for ever.
    pub uid: String,
    /// Raised at each change (§3.8.7.4).
    pub sequence: i32,
    /// When it last changed; also its stamp, so that the same schedule gives the same text.
    pub changed_at: Timestamp,
    /// Start.
    pub starts: Zoned,
    /// End.
    pub ends: Zoned,
    /// Title.
    pub summary: String,
    /// More lines; may be empty.
    pub description: String,
    /// Where; may be empty.
    pub location: String,
    /// Its page; may be empty.
    pub url: String,
    /// How certain it is.
    pub status: Status,
    /// On which dates it is.
    pub repeat: Repeat,
}

/// The dates of an event, wall clock of the calendar's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// On its own start only.
    Once,
    /// By a rule from `starts` on, with extra (RDATE) and without excluded dates (EXDATE).
    Rule {
        /// DTSTART: a date the rule yields.
        starts: DateTime,
        /// RRULE value.
        rule: String,
        /// Dates the rule does not yield.
        extra: Vec<DateTime>,
        /// Dates the rule yields that are not held.
        excluded: Vec<DateTime>,
    },
    /// On `starts` and the named dates (RDATE).
    Dates {
        /// DTSTART.
        starts: DateTime,
        /// The others.
        extra: Vec<DateTime>,
    },
    /// Instead of the date with this original start (RECURRENCE-ID, §3.8.4.4).
    Instead(DateTime),
}

impl Repeat {
    /// All wall-clock times that it names.
    fn named(&self) -> impl Iterator<Item = DateTime> + '_ {
        let (one, extra, excluded): (_, &[DateTime], &[DateTime]) = match self {
            Repeat::Once => (None, &[], &[]),
            Repeat::Rule {
                starts,
                extra,
                excluded,
                ..
            } => (Some(*starts), extra, excluded),
            Repeat::Dates { starts, extra } => (Some(*starts), extra, &[]),
            Repeat::Instead(original) => (Some(*original), &[], &[]),
        };
        one.into_iter()
            .chain(extra.iter().copied())
            .chain(excluded.iter().copied())
    }
}

/// How certain an event is (§3.8.1.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It takes place.
    Confirmed,
    /// It may be moved or fall out.
    Tentative,
    /// It does not take place.
    Cancelled,
}

impl Status {
    const fn name(self) -> &'static str {
        match self {
            Status::Confirmed => "CONFIRMED",
            Status::Tentative => "TENTATIVE",
            Status::Cancelled => "CANCELLED",
        }
    }
}

/// The calendar as text.
pub fn write(calendar: &Calendar) -> String {
    let mut text = Text::default();
    text.line("BEGIN:VCALENDAR");
    text.line("VERSION:2.0");
    text.line("PRODID:-//Xianglao//Schedule//ZH");
    text.line("CALSCALE:GREGORIAN");
    text.line("METHOD:PUBLISH");
    let zone = calendar.zone.iana_name().unwrap_or("UTC");
    text.property("NAME", &calendar.name);
    text.property("X-WR-CALNAME", &calendar.name);
    text.line(&format!("X-WR-TIMEZONE:{zone}"));
    text.line(&format!(
        "REFRESH-INTERVAL;VALUE=DURATION:PT{}M",
        calendar.refresh_minutes
    ));
    text.line(&format!("X-PUBLISHED-TTL:PT{}M", calendar.refresh_minutes));
    let named = || {
        let events = calendar.events.iter();
        events.flat_map(|event| event.repeat.named().map(|at| resolve(at, &calendar.zone).timestamp()))
    };
    let first = calendar.events.iter().map(|event| event.starts.timestamp());
    let first = first.chain(named()).min();
    let last = calendar.events.iter().map(|event| event.ends.timestamp());
    let last = last.chain(named()).max();
    if let (Some(first), Some(last)) = (first, last) {
        text.zone(&calendar.zone, zone, first, last);
    }
    for event in &calendar.events {
        text.event(event, &calendar.zone, zone, &calendar.language);
    }
    text.line("END:VCALENDAR");
    text.0
}

#[derive(Default)]
struct Text(String);

impl Text {
    /// A content line, folded.
    fn line(&mut self, line: &str) {
        let mut octets = 0;
        for character in line.chars() {
            if octets + character.len_utf8() > LINE_OCTETS {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(character);
            octets += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A property with a text value; nothing when the text is empty.
    fn property(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(&format!("{name}:{}", escaped(value)));
        }
    }

    fn event(&mut self, event: &Event, tz: &TimeZone, zone: &str, language: &str) {
        let changed = utc(event.changed_at);
        self.line("BEGIN:VEVENT");
        self.line(&format!("UID:{}", escaped(&event.uid)));
        self.line(&format!("DTSTAMP:{changed}"));
        self.line(&format!("LAST-MODIFIED:{changed}"));
        self.line(&format!("SEQUENCE:{}", event.sequence));
        self.times(event, tz, zone);
        self.property(&format!("SUMMARY;LANGUAGE={language}"), &event.summary);
        self.property(&format!("DESCRIPTION;LANGUAGE={language}"), &event.description);
        self.property(&format!("LOCATION;LANGUAGE={language}"), &event.location);
        if !event.url.is_empty() {
            // A URI is not escaped (§3.3.13).
            self.line(&format!("URL:{}", event.url));
        }
        self.line(&format!("STATUS:{}", event.status.name()));
        self.line(if event.status == Status::Cancelled {
            "TRANSP:TRANSPARENT"
        } else {
            "TRANSP:OPAQUE"
        });
        self.line("END:VEVENT");
    }

    /// When it is, and how it repeats.
    fn times(&mut self, event: &Event, tz: &TimeZone, zone: &str) {
        let (starts, ends) = (event.starts.timestamp(), event.ends.timestamp());
        match &event.repeat {
            Repeat::Once | Repeat::Instead(_) => self.time("DTSTART", starts, tz, zone),
            // As the rule says it, though a clock change skips it: clients place each date themselves (§3.3.5).
            Repeat::Rule { starts, .. } | Repeat::Dates { starts, .. } => {
                self.line(&format!("DTSTART;TZID={zone}:{}", wall(*starts)));
            }
        }
        if resolve(tz.to_datetime(ends), tz).timestamp() == ends {
            self.time("DTEND", ends, tz, zone);
        } else {
            // The hour that comes twice: its second time has no name on the wall clock.
            let minutes = ends.duration_since(starts).as_mins();
            self.line(&format!("DURATION:PT{minutes}M"));
        }
        match &event.repeat {
            Repeat::Once => {}
            Repeat::Rule {
                rule, extra, excluded, ..
            } => {
                self.line(&format!("RRULE:{rule}"));
                self.dates("EXDATE", excluded, zone);
                self.dates("RDATE", extra, zone);
            }
            Repeat::Dates { extra, .. } => self.dates("RDATE", extra, zone),
            Repeat::Instead(original) => {
                self.line(&format!("RECURRENCE-ID;TZID={zone}:{}", wall(*original)));
            }
        }
    }

    /// An instant on the wall clock, in UTC where the clock shows it a second time.
    fn time(&mut self, name: &str, at: Timestamp, tz: &TimeZone, zone: &str) {
        let local = tz.to_datetime(at);
        if resolve(local, tz).timestamp() == at {
            self.line(&format!("{name};TZID={zone}:{}", wall(local)));
        } else {
            self.line(&format!("{name}:{}", utc(at)));
        }
    }

    fn dates(&mut self, name: &str, dates: &[DateTime], zone: &str) {
        if !dates.is_empty() {
            let dates: Vec<String> = dates.iter().copied().map(wall).collect();
            self.line(&format!("{name};TZID={zone}:{}", dates.join(",")));
        }
    }

    /// The definition of a zone as far as the span from `first` to `last` needs it (§3.6.5).
    fn zone(&mut self, tz: &TimeZone, name: &str, first: Timestamp, last: Timestamp) {
        self.line("BEGIN:VTIMEZONE");
        self.line(&format!("TZID:{name}"));
        // A second later, so that a change at the very first start counts as before it.
        let just_after = first.saturating_add(SignedDuration::from_secs(1)).unwrap_or(first);
        let before = tz.preceding(just_after).next().map(|change| change.timestamp());
        match before {
            Some(at) => self.observance(tz, at),
            None => self.fixed(tz, first),
        }
        for change in tz.following(first).take_while(|change| change.timestamp() <= last) {
            self.observance(tz, change.timestamp());
        }
        self.line("END:VTIMEZONE");
    }

    /// What holds from a change of the clock on.
    fn observance(&mut self, tz: &TimeZone, at: Timestamp) {
        let before = at.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(at);
        let from = tz.to_offset(before);
        let info = tz.to_offset_info(at);
        let kind = if info.dst().is_dst() { "DAYLIGHT" } else { "STANDARD" };
        self.line(&format!("BEGIN:{kind}"));
        // The local time of the change is that of the clock before it.
        self.line(&format!("DTSTART:{}", from.to_datetime(at).strftime("%Y%m%dT%H%M%S")));
        self.line(&format!("TZOFFSETFROM:{}", offset(from)));
        self.line(&format!("TZOFFSETTO:{}", offset(info.offset())));
        self.property("TZNAME", info.abbreviation());
        self.line(&format!("END:{kind}"));
    }

    /// A zone whose clock never changed.
    fn fixed(&mut self, tz: &TimeZone, at: Timestamp) {
        let info = tz.to_offset_info(at);
        self.line("BEGIN:STANDARD");
        self.line("DTSTART:19700101T000000");
        self.line(&format!("TZOFFSETFROM:{}", offset(info.offset())));
        self.line(&format!("TZOFFSETTO:{}", offset(info.offset())));
        self.property("TZNAME", info.abbreviation());
        self.line("END:STANDARD");
    }
}

fn wall(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

fn utc(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// An offset as §3.3.14 writes it: `+0800`, with seconds where a zone has them.
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.abs();
    let mut text = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds % 60 != 0 {
        // Writing to a String cannot fail.
        let _ = write!(text, "{:02}", seconds % 60);
    }
    text
}

/// A text value (§3.3.11). Other control characters than line breaks are left out: they may not stand in a calendar.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            ';' => out.push_str("\\;"),
            ',' => out.push_str("\\,"),
            '\n' => out.push_str("\\n"),
            character if character.is_control() => {}
            character => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use calcard::Entry;
    use calcard::icalendar::{ICalendar, ICalendarProperty, ICalendarValue};
    use proptest::prelude::*;

    use super::*;

    fn event(uid: &str, starts: &str, minutes: i64, zone: &TimeZone) -> Event {
        let starts = starts.parse::<Timestamp>().unwrap().to_zoned(zone.clone());
        Event {
            uid: uid.to_owned(),
            sequence: 3,
            changed_at: "2026-11-23T08:05:29.5Z".parse().unwrap(),
            ends: starts.saturating_add(SignedDuration::from_mins(minutes)),
            starts,
            summary: "老年反诈课".to_owned(),
            description: String::new(),
            location: "老年活动室".to_owned(),
            url: String::new(),
            status: Status::Confirmed,
            repeat: Repeat::Once,
        }
    }

    fn calendar(zone: &str, events: impl Fn(&TimeZone) -> Vec<Event>) -> Calendar {
        let zone = TimeZone::get(zone).unwrap();
        Calendar {
            name: "运粮社区".to_owned(),
            language: "zh-CN".to_owned(),
            refresh_minutes: 60,
            events: events(&zone),
            zone,
        }
    }

    fn parsed(text: &str) -> ICalendar {
        match calcard::Parser::new(text).entry() {
            Entry::ICalendar(calendar) => calendar,
            other => panic!("not a calendar: {other:?}\n{text}"),
        }
    }

    fn text_of(calendar: &ICalendar, property: &ICalendarProperty) -> Vec<String> {
        calendar
            .components
            .iter()
            .flat_map(|component| &component.entries)
            .filter(|entry| entry.name == *property)
            .flat_map(|entry| &entry.values)
            .filter_map(|value| match value {
                ICalendarValue::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_session_is_written_as_the_rfc_says() {
        let calendar = calendar("Asia/Shanghai", |zone| {
            vec![event("a@xianglao", "2026-12-02T01:30:00Z", 60, zone)]
        });
        let text = write(&calendar);
        for line in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "REFRESH-INTERVAL;VALUE=DURATION:PT60M",
            "TZID:Asia/Shanghai",
            // The last change of China's clock: the end of summer time in 1991.
            "DTSTART:19910915T020000",
            "TZOFFSETFROM:+0900",
            "TZOFFSETTO:+0800",
            "UID:a@xianglao",
            "DTSTAMP:20261123T080529Z",
            "SEQUENCE:3",
            "DTSTART;TZID=Asia/Shanghai:20261202T093000",
            "DTEND;TZID=Asia/Shanghai:20261202T103000",
            "SUMMARY;LANGUAGE=zh-CN:老年反诈课",
            "STATUS:CONFIRMED",
            "END:VCALENDAR",
        ] {
            assert!(text.split("\r\n").any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_zone_is_defined_for_every_change_of_its_clock_within_the_span() {
        let calendar = calendar("America/New_York", |zone| {
            vec![
                event("a", "2026-03-01T14:00:00Z", 60, zone),
                event("b", "2026-11-29T14:00:00Z", 60, zone),
            ]
        });
        let text = write(&calendar);
        let changes: Vec<&str> = text
            .split("\r\n")
            .filter_map(|line| line.strip_prefix("DTSTART:"))
            .collect();
        assert_eq!(changes, ["20251102T020000", "20260308T020000", "20261101T020000"]);
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_lines_of_at_most_75_octets(text in "\\PC{0,200}", name in "[一-龥a-z,;\\\\ ]{1,80}") {
            let mut calendar = calendar("Asia/Shanghai", |zone| vec![event("a@xianglao", "2026-12-02T01:30:00Z", 60, zone)]);
            calendar.events[0].summary = format!("x{name}");
            calendar.events[0].description = format!("x{text}\nsecond line, with; marks\\");
            let written = write(&calendar);
            for line in written.split("\r\n") {
                prop_assert!(line.len() <= LINE_OCTETS, "{line}");
                prop_assert!(!line.contains(['\n', '\r']));
            }
            let read = parsed(&written);
            prop_assert_eq!(text_of(&read, &ICalendarProperty::Summary), vec![calendar.events[0].summary.clone()]);
            prop_assert_eq!(text_of(&read, &ICalendarProperty::Description), vec![calendar.events[0].description.clone()]);
        }
    }
}
