//! What the fuzz targets share: inputs made of a corpus by a seeded generator, and what must hold for each. The suite runs some
//! thousands of them; `cargo bench --bench fuzz` as many as there is time for.

use jiff::civil::DateTime;
use xianglao::domain::calendar::{HolidayCalendar, parse_zone};
use xianglao::domain::icalendar::read::read;
use xianglao::domain::lang::Lang;
use xianglao::domain::recurrence::{HolidayPolicy, Recurrence, Rule, Window};

/// One thing that is fuzzed: its name, and the check of one input, which says whether the input was understood.
///
/// # Errors
/// The check fails with what does not hold.
pub type Target = (&'static str, fn(&mut Chance) -> Result<(String, bool), String>);

/// Every target.
pub const TARGETS: [Target; 2] = [("rules", rules), ("calendars", calendars)];

/// A seeded generator (SplitMix64).
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

const RULES: [&str; 20] = [
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU",
    "FREQ=MONTHLY;BYDAY=2TU,-1FR;BYSETPOS=1,-1",
    "FREQ=MONTHLY;BYMONTHDAY=1,15,-1,31;COUNT=20",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29,30",
    "FREQ=YEARLY;BYWEEKNO=1,53,-1;BYDAY=MO",
    "FREQ=YEARLY;BYYEARDAY=1,366,-366;UNTIL=20300101",
    "FREQ=YEARLY;BYDAY=53MO,-53SU;BYHOUR=9,14;BYMINUTE=0,30",
    "FREQ=DAILY;INTERVAL=3;BYMONTH=1,12;UNTIL=20261231T235959Z",
    "FREQ=HOURLY;INTERVAL=5;BYMINUTE=10,20;BYSETPOS=-1",
    "FREQ=MINUTELY;INTERVAL=7;BYHOUR=3;BYDAY=TU",
    "FREQ=SECONDLY;INTERVAL=11;BYSECOND=0,60;UNTIL=20260201T000000",
    "RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=1,15,30;SKIP=BACKWARD",
    "RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=5L,6;BYMONTHDAY=-1;SKIP=FORWARD",
    "RSCALE=CHINESE;FREQ=YEARLY;BYYEARDAY=385;BYWEEKNO=20",
    "RSCALE=GREGORIAN;FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD",
    "TERM=LIQIU,DONGZHI;OFFSET=-3;COUNT=5",
    "SANFU=CHU,ZHONG,JIAQIANG,MO",
    "SANJIU=1,2,3;UNTIL=20280101",
    "FREQ=DAILY;COUNT=1000000000",
    "FREQ=FORTNIGHTLY;BYDAY=XX;COLOUR=RED;;=",
];

const PIECES: [&str; 16] = [
    "0",
    "-1",
    "53",
    "366",
    "99999999999999999999",
    ",",
    ";",
    "=",
    "L",
    "\u{0}",
    "\n",
    "初一",
    "BYDAY",
    "FREQ=",
    "Z",
    "T",
];

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:课\\, 一\r\n\
    DTSTART;TZID=\"Asia/Shanghai\":20260107T093000\r\nDTEND:20260107T023000Z\r\nRRULE:FREQ=WEEKLY;COUNT=9\r\n\
    EXDATE:20260114T093000,20260121T093000\r\nRDATE;VALUE=PERIOD:20260301T090000/PT1H\r\nBEGIN:VALARM\r\n\
    END:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:a\r\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260128T093000\r\n\
    DTSTART:20260128T103000\r\nDURATION:P0DT1H30M\r\nSTATUS:CANCELLED\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// A text changed in a few places.
fn mutated(text: &str, chance: &mut Chance) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..chance.below(6) {
        let at = chance.below(bytes.len() + 1);
        let piece = chance.one(&PIECES).as_bytes();
        match chance.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << chance.below(8),
            1 => {
                let end = (at + chance.below(12)).min(bytes.len());
                bytes.drain(at..end);
            }
            2 => {
                let end = (at + chance.below(40)).min(bytes.len());
                let copied = bytes[at..end].to_vec();
                bytes.splice(at..at, copied);
            }
            3 => bytes.truncate(at.max(1)),
            _ => {
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}

/// A rule, often spliced of two, and everything that must hold for it.
fn rules(chance: &mut Chance) -> Result<(String, bool), String> {
    let mut parts: Vec<&str> = chance.one(&RULES).split(';').collect();
    if chance.below(2) == 0 {
        parts.extend(chance.one(&RULES).split(';').skip(1).take(chance.below(3)));
    }
    let text = String::from_utf8_lossy(&mutated(&parts.join(";"), chance)).into_owned();
    let Ok(rule) = text.parse::<Rule>() else {
        return Ok((text, false));
    };
    let written = rule.to_string();
    if written.parse() != Ok(rule.clone()) {
        return Err(format!("{text:?} is written {written:?}, which is another rule"));
    }
    let policy = *chance.one(&HolidayPolicy::ALL);
    let recurrence = Recurrence {
        start: "2026-01-07T09:30:00".parse().map_err(|error| format!("{error}"))?,
        zone: parse_zone("Asia/Shanghai").map_err(|error| error.to_string())?,
        rule: Some(rule),
        extra: Vec::new(),
        excluded: Vec::new(),
        holiday_policy: policy,
    };
    for lang in [Lang::Zh, Lang::En] {
        let _ = recurrence.words(lang);
    }
    for (from, to) in [
        ("2026-01-01T00:00:00", "2027-01-01T00:00:00"),
        ("2056-01-01T00:00:00", "2057-01-01T00:00:00"),
    ] {
        let read = |text: &str| text.parse::<DateTime>().map_err(|error| format!("{error}"));
        let window = Window {
            from: read(from)?,
            to: read(to)?,
        };
        let found = recurrence
            .occurrences(window, 50, HolidayCalendar::china())
            .map_err(|error| error.to_string())?;
        let starts: Vec<DateTime> = found.occurrences.iter().map(|date| date.starts.datetime()).collect();
        if !starts.is_sorted() || starts.iter().any(|at| *at < window.from || *at >= window.to) {
            return Err(format!(
                "{text:?} ({policy}) yields out of order or outside {from}: {starts:?}"
            ));
        }
        if starts.is_empty() == found.why_empty.is_none() {
            return Err(format!("{text:?} ({policy}) does not say why it is empty"));
        }
    }
    Ok((text, true))
}

/// A calendar file; what it holds can be expanded.
fn calendars(chance: &mut Chance) -> Result<(String, bool), String> {
    let bytes = mutated(CALENDAR, chance);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let home = parse_zone("Asia/Shanghai").map_err(|error| error.to_string())?;
    let Ok(found) = read(&bytes, &home) else {
        return Ok((text, false));
    };
    let now: DateTime = "2026-02-01T00:00:00".parse().map_err(|error| format!("{error}"))?;
    for event in &found.events {
        if event.title.chars().any(char::is_control) {
            return Err(format!("a control character came through: {text:?}"));
        }
        if let Some(coming) = event.coming(&home, now)
            && coming.starts_local < now
        {
            return Err(format!("what is to come begins in the past: {text:?}"));
        }
    }
    Ok((text, !found.events.is_empty()))
}
