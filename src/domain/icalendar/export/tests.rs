//! What another program makes of an exported series, against the sessions it was made of.

use std::collections::BTreeMap;

use calcard::Entry;
use calcard::common::IanaString;
use calcard::icalendar::{ICalendarComponentType, ICalendarValue};
use proptest::prelude::*;

use super::*;
use crate::domain::icalendar::{Calendar, write};

const ZONES: [&str; 4] = [
    "Asia/Shanghai",
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
];
const RULES: [&str; 10] = [
    "FREQ=WEEKLY;BYDAY=WE",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
    "FREQ=DAILY;COUNT=40",
    "FREQ=MONTHLY;BYDAY=2TU",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=WEEKLY;BYDAY=SU;BYHOUR=1,14",
    "FREQ=YEARLY;BYWEEKNO=10,45;BYDAY=SU",
    "RSCALE=CHINESE;FREQ=MONTHLY;BYMONTHDAY=1,15",
    "TERM=LIQIU,DONGZHI;OFFSET=-3",
];

/// Start, end, status, title.
type Shown = (Timestamp, Timestamp, String, String);

/// The properties of each event by name, as another library reads them.
fn events(text: &str) -> Vec<BTreeMap<String, String>> {
    let Entry::ICalendar(calendar) = calcard::Parser::new(text).entry() else {
        panic!("not a calendar: {text}")
    };
    let events = calendar
        .components
        .iter()
        .filter(|part| part.component_type == ICalendarComponentType::VEvent);
    events
        .map(|event| {
            let properties = event.entries.iter().map(|entry| {
                let values: Vec<String> = entry.values.iter().map(value).collect();
                (entry.name.as_str().to_owned(), values.join(","))
            });
            properties.collect()
        })
        .collect()
}

/// A value the way the comparison below writes it.
fn value(value: &ICalendarValue) -> String {
    match value {
        ICalendarValue::PartialDateTime(at) => {
            let part = |part: Option<u8>| part.expect("a whole time");
            format!(
                "{:04}{:02}{:02}T{:02}{:02}{:02}{}",
                at.year.expect("a whole date"),
                part(at.month),
                part(at.day),
                part(at.hour),
                part(at.minute),
                part(at.second),
                if at.tz_hour.is_some() { "Z" } else { "" }
            )
        }
        ICalendarValue::RecurrenceRule(rule) => rule.to_string(),
        ICalendarValue::Duration(length) => format!("PT{}M", length.as_seconds() / 60),
        ICalendarValue::Status(status) => status.as_str().to_owned(),
        ICalendarValue::Text(text) => text.clone(),
        other => format!("{other:?}"),
    }
}

fn wall(text: &str) -> DateTime {
    DateTime::strptime("%Y%m%dT%H%M%S", text).unwrap_or_else(|_| panic!("{text}"))
}

fn instant(text: &str, zone: &TimeZone) -> Timestamp {
    match text.strip_suffix('Z') {
        Some(utc) => resolve(wall(utc), &TimeZone::UTC).timestamp(),
        None => resolve(wall(text), zone).timestamp(),
    }
}

/// The dates of a rule by another library, on the wall clock.
fn by_other(starts: &str, rule: &str, zone: &TimeZone) -> Vec<DateTime> {
    let parts = rule.split(';').map(|part| match part.strip_prefix("UNTIL=") {
        Some(until) => {
            let local = zone.to_datetime(instant(until, zone));
            format!("UNTIL={}Z", local.strftime("%Y%m%dT%H%M%S"))
        }
        None => part.to_owned(),
    });
    let rule = parts.collect::<Vec<_>>().join(";");
    let set: rrule::RRuleSet = format!("DTSTART:{starts}Z\nRRULE:{rule}").parse().unwrap();
    let dates = set.all(5000).dates;
    dates
        .iter()
        .map(|at| wall(&at.format("%Y%m%dT%H%M%S").to_string()))
        .collect()
}

/// What a client shows.
fn shown(text: &str, zone: &TimeZone) -> Vec<Shown> {
    let all = events(text);
    let one = |event: &BTreeMap<String, String>, starts: Timestamp| -> Shown {
        let first = instant(&event["DTSTART"], zone);
        let lasts = match event.get("DTEND") {
            Some(end) => instant(end, zone).duration_since(first).as_secs(),
            None => event["DURATION"].replace(['P', 'T', 'M'], "").parse::<i64>().unwrap() * 60,
        };
        let ends = starts.checked_add(lasts.seconds()).unwrap();
        (starts, ends, event["STATUS"].clone(), event["SUMMARY"].clone())
    };
    let listed = |event: &BTreeMap<String, String>, name: &str| -> Vec<DateTime> {
        event
            .get(name)
            .map(|dates| dates.split(',').map(wall).collect())
            .unwrap_or_default()
    };
    let mut dates: BTreeMap<DateTime, Shown> = BTreeMap::new();
    for event in all.iter().filter(|event| !event.contains_key("RECURRENCE-ID")) {
        if let Some(rule) = event.get("RRULE") {
            for at in by_other(&event["DTSTART"], rule, zone) {
                dates.insert(at, one(event, resolve(at, zone).timestamp()));
            }
        } else {
            let at = instant(&event["DTSTART"], zone);
            dates.insert(zone.to_datetime(at), one(event, at));
        }
        for at in listed(event, "RDATE") {
            dates.insert(at, one(event, resolve(at, zone).timestamp()));
        }
        for at in listed(event, "EXDATE") {
            assert!(dates.remove(&at).is_some(), "EXDATE {at} of nothing");
        }
    }
    for event in all.iter().filter(|event| event.contains_key("RECURRENCE-ID")) {
        let at = wall(&event["RECURRENCE-ID"]);
        assert!(dates.contains_key(&at), "RECURRENCE-ID {at} of nothing");
        dates.insert(at, one(event, instant(&event["DTSTART"], zone)));
    }
    let mut dates: Vec<Shown> = dates.into_values().collect();
    dates.sort();
    dates
}

fn series(rule: &str, zone: &TimeZone, hour: i8) -> Series {
    Series {
        id: crate::domain::id::SeriesId(uuid::Uuid::from_u128(1)),
        programme_id: crate::domain::id::ProgrammeId(uuid::Uuid::from_u128(2)),
        venue_id: crate::domain::id::VenueId(uuid::Uuid::from_u128(3)),
        facilitator_id: None,
        starts_local: jiff::civil::date(2026, 1, 7).at(hour, 30, 0, 0),
        zone: zone.clone(),
        duration_minutes: 60,
        rule: Some(rule.parse().unwrap()),
        extra: Vec::new(),
        excluded: Vec::new(),
        holiday_policy: HolidayPolicy::Hold,
        capacity: None,
        ends_before_local: None,
        materialised_until: None,
        pauses: Vec::new(),
        topics: Vec::new(),
        held_limit: None,
        sequence: 4,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn any_client_expands_an_edited_series_to_exactly_our_sessions(
        zone in 0..ZONES.len(),
        rule in 0..RULES.len(),
        hour in 0_i8..23,
        policy in 0_usize..4,
        edits in prop::collection::vec((0_u8..8, 0_usize..60, 1_i64..600), 0..12),
    ) {
        let zone = TimeZone::get(ZONES[zone]).unwrap();
        let mut series = series(RULES[rule], &zone, hour);
        series.holiday_policy = HolidayPolicy::ALL[policy];
        for (kind, at, minutes) in &edits {
            if *kind == 0 {
                series.extra.push(series.starts_local.saturating_add((*minutes).hours()).saturating_add((*at as i64).minutes()));
            }
        }
        let window = Window {
            from: jiff::civil::date(2026, 2, 1).at(0, 0, 0, 0),
            to: jiff::civil::date(2027, 2, 20).at(0, 0, 0, 0),
        };
        let expansion = series.recurrence().occurrences(window, 1000, HolidayCalendar::china()).unwrap();
        let mut sessions: Vec<Dated> = expansion.occurrences.into_iter().map(|one| Dated {
            original_local: one.original,
            event: Event {
                uid: String::new(),
                sequence: 0,
                changed_at: "2026-11-23T08:05:29Z".parse().unwrap(),
                ends: one.starts.saturating_add(60.minutes()),
                starts: one.starts,
                summary: "反诈课".to_owned(),
                description: String::new(),
                location: "活动室".to_owned(),
                url: String::new(),
                status: if one.provisional { Status::Tentative } else { Status::Confirmed },
                repeat: Repeat::Once,
            },
        }).collect();
        for (kind, at, minutes) in edits {
            let count = sessions.len();
            if count == 0 {
                break;
            }
            let at = at % count;
            let shift = |one: &mut Dated, minutes: i64| {
                one.event.starts = one.event.starts.saturating_add(minutes.minutes());
                one.event.ends = one.event.ends.saturating_add(minutes.minutes());
            };
            match kind {
                1 => shift(&mut sessions[at], minutes),
                2 => sessions[at].event.status = Status::Cancelled,
                3 => drop(sessions.remove(at)),
                4 => sessions[at..].iter_mut().for_each(|one| shift(one, minutes)),
                5 => sessions[at].event.summary = "【已取消】反诈课".to_owned(),
                6 => drop(sessions.drain(at..(at + 5).min(count))),
                7 => sessions[at..].iter_mut().for_each(|one| one.event.ends = one.event.ends.saturating_add(minutes.minutes())),
                _ => {}
            }
        }
        let calendar = Calendar {
            name: "运粮社区".to_owned(),
            language: "zh-CN".to_owned(),
            refresh_minutes: 60,
            events: of_series(&series, &sessions, &zone, ""),
            zone: zone.clone(),
        };
        let text = write(&calendar);
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(|c: char| c.is_control())));
        let mut ours: Vec<Shown> = sessions.iter().map(|one| {
            let event = &one.event;
            (event.starts.timestamp(), event.ends.timestamp(), event.status.name().to_owned(), event.summary.clone())
        }).collect();
        ours.sort();
        prop_assert_eq!(shown(&text, &zone), ours, "{}", text);
    }
}

#[test]
fn a_rule_is_written_as_a_rule_where_it_serves() {
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let dates: BTreeSet<DateTime> = (0..10)
        .filter(|week| *week != 3)
        .map(|week| {
            jiff::civil::date(2026, 2, 4)
                .at(9, 30, 0, 0)
                .saturating_add((week * 7).days())
        })
        .collect();
    let excluded = jiff::civil::date(2026, 2, 25).at(9, 30, 0, 0);
    assert_eq!(
        by_rule(&series("FREQ=WEEKLY;BYDAY=WE", &zone, 9), &dates, &zone),
        Some(Repeat::Rule {
            starts: jiff::civil::date(2026, 2, 4).at(9, 30, 0, 0),
            rule: "FREQ=WEEKLY;UNTIL=20260408T013000Z;BYDAY=WE".to_owned(),
            extra: Vec::new(),
            excluded: vec![excluded],
        })
    );
}
