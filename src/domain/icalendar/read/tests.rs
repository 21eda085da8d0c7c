//! Files as other programs write them, and as nobody should.

use proptest::prelude::*;

use super::*;

fn home() -> TimeZone {
    TimeZone::get("Asia/Shanghai").expect("a bundled zone")
}

/// A calendar of these lines.
fn calendar(lines: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n",
        lines.trim_start().replace('\n', "\r\n")
    )
}

fn event(lines: &str) -> String {
    calendar(&format!(
        "BEGIN:VEVENT\nUID:a\nSUMMARY:书法课\n{}\nEND:VEVENT\n",
        lines.trim()
    ))
}

fn holdings(text: &str) -> Holdings {
    read(text.as_bytes(), &home()).expect("a calendar")
}

fn one(lines: &str) -> Incoming {
    let found = holdings(&event(lines));
    assert_eq!(found.left, [], "{lines}");
    found.events.into_iter().next().expect("an event")
}

fn why(lines: &str) -> Why {
    let found = holdings(&event(lines));
    assert_eq!(found.events, [], "{lines}");
    found.left.into_iter().next().expect("something left out").why
}

/// The dates an event comes to.
fn dates(event: &Incoming) -> Vec<String> {
    let window = Window {
        from: "2026-01-01T00:00:00".parse().unwrap(),
        to: "2027-01-01T00:00:00".parse().unwrap(),
    };
    let found = event
        .recurrence(&home())
        .occurrences(window, 10, &HolidayCalendar::empty())
        .unwrap();
    found
        .occurrences
        .iter()
        .map(|date| date.starts.strftime("%m-%d %H:%M").to_string())
        .collect()
}

#[test]
fn a_weekly_class_of_another_program_becomes_ours() {
    let class = one(
        "DTSTART;TZID=Asia/Shanghai:20260107T093000\nDTEND;TZID=Asia/Shanghai:20260107T110000\n\
         RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=WE\nEXDATE;TZID=Asia/Shanghai:20260114T093000\n\
         RDATE;TZID=Asia/Shanghai:20260205T140000\nLOCATION:老年活动室\nDESCRIPTION:带\\, 毛笔\\n和纸",
    );
    assert_eq!((class.title.as_str(), class.place.as_str()), ("书法课", "老年活动室"));
    assert_eq!(class.description, "带, 毛笔 和纸");
    assert_eq!(class.duration_minutes, 90);
    assert_eq!(
        dates(&class),
        ["01-07 09:30", "01-21 09:30", "01-28 09:30", "02-05 14:00"]
    );
}

#[test]
fn starts_and_lengths_are_read_in_every_form() {
    let table = [
        ("DTSTART:20260107T093000\nDURATION:PT1H30M", "01-07 09:30", 90),
        ("DTSTART:20260107T013000Z\nDTEND:20260107T023000Z", "01-07 09:30", 60),
        (
            "DTSTART;TZID=\"Asia/Shanghai\":20260107T093000\nDURATION:P0DT45M",
            "01-07 09:30",
            45,
        ),
        (
            "DTSTART;TZID=/mozilla.org/20250101/Asia/Shanghai:20260107T093000\nDURATION:PT1H",
            "01-07 09:30",
            60,
        ),
        (
            "DTSTART;TZID=America/New_York:20260106T203000\nDURATION:PT1H",
            "01-07 09:30",
            60,
        ),
        ("dtstart:20260107t093000\nduration:+PT3600S", "01-07 09:30", 60),
    ];
    for (lines, starts, minutes) in table {
        let event = one(lines);
        assert_eq!(
            (dates(&event), event.duration_minutes),
            (vec![starts.to_owned()], minutes),
            "{lines}"
        );
    }
}

#[test]
fn changes_of_single_dates_are_applied() {
    let file = calendar(
        "BEGIN:VEVENT\nUID:a\nSUMMARY:课\nDTSTART:20260107T093000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:a\nSUMMARY:课\nRECURRENCE-ID:20260114T093000\nDTSTART:20260115T140000\nDURATION:PT2H\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:a\nSUMMARY:课\nRECURRENCE-ID:20260121T093000\nSTATUS:CANCELLED\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260121T093000\nDTSTART:20260121T100000\nDURATION:PT1H\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:b\nSUMMARY:孤儿\nRECURRENCE-ID:20260121T093000\nDTSTART:20260121T100000\nDURATION:PT1H\nEND:VEVENT\n",
    );
    let found = holdings(&file);
    assert_eq!(dates(&found.events[0]), ["01-07 09:30", "01-15 14:00"]);
    assert_eq!(found.events[0].notes, [Note::Override]);
    let why: Vec<&Why> = found.left.iter().map(|left| &left.why).collect();
    assert_eq!(why, [&Why::Following, &Why::LostOverride]);
}

#[test]
fn a_start_that_the_rule_does_not_yield_is_a_date_to_other_programs() {
    let class = one("DTSTART:20260105T093000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=WE;UNTIL=20260115");
    assert_eq!(dates(&class), ["01-05 09:30", "01-07 09:30", "01-14 09:30"]);
}

#[test]
fn what_cannot_be_planned_is_named() {
    let start = "DTSTART:20260107T093000\nDURATION:PT1H";
    let long = |n: usize| vec!["20260107T093000"; n].join(",");
    let table = [
        ("SUMMARY:x".to_owned(), Why::Start(String::new())),
        ("DTSTART:tomorrow".to_owned(), Why::Start("tomorrow".to_owned())),
        (
            "DTSTART:20260230T093000\nDURATION:PT1H".to_owned(),
            Why::Start("20260230T093000".to_owned()),
        ),
        ("DTSTART;VALUE=DATE:20260107".to_owned(), Why::AllDay),
        ("DTSTART:20260107T093000".to_owned(), Why::Length(0)),
        (
            "DTSTART:20260107T093000\nDTEND:20260109T093000".to_owned(),
            Why::Length(2880),
        ),
        (
            "DTSTART:20260107T093000\nDTEND:20260107T083000".to_owned(),
            Why::Length(-60),
        ),
        ("DTSTART:20260107T233000\nDURATION:PT1H".to_owned(), Why::PastMidnight),
        ("DTSTART:20260107T093001\nDURATION:PT1H".to_owned(), Why::Seconds),
        (
            "DTSTART;TZID=Mars/Base:20260107T093000\nDURATION:PT1H".to_owned(),
            Why::UnknownZone("Mars/Base".to_owned()),
        ),
        (
            "DTSTART;TZID=Europe/London:20260107T013000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY".to_owned(),
            Why::OtherZone("Europe/London".to_owned()),
        ),
        (
            format!("{start}\nRRULE:FREQ=DAILY\nRRULE:FREQ=WEEKLY"),
            Why::SeveralRules,
        ),
        (format!("{start}\nEXRULE:FREQ=DAILY"), Why::SeveralRules),
        (format!("{start}\nEXDATE:{}", long(1001)), Why::TooManyDates(1001)),
    ];
    for (lines, expected) in table {
        assert_eq!(why(&lines), expected, "{lines}");
    }
    for rule in [
        "FREQ=WEEKLY;INTERVAL=0",
        "FREQ=FORTNIGHTLY",
        "RSCALE=HEBREW;FREQ=YEARLY",
        "",
    ] {
        assert!(matches!(why(&format!("{start}\nRRULE:{rule}")), Why::Rule(_)), "{rule}");
    }
    // The clock of Singapore shows what Shanghai's does.
    one("DTSTART;TZID=Asia/Singapore:20260107T093000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY");
}

#[test]
fn other_parts_of_a_file_are_named_and_its_extras_noted() {
    let file = calendar(
        "BEGIN:VTODO\nSUMMARY:买纸\nEND:VTODO\nBEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nEND:STANDARD\nEND:VTIMEZONE\n\
         BEGIN:VEVENT\nUID:a\nSUMMARY:课\nDTSTART:20260107T093000\nDURATION:PT1H\nATTENDEE:mailto:a@example.org\n\
         RDATE;VALUE=PERIOD:20260109T093000/PT2H\nBEGIN:VALARM\nTRIGGER:-PT15M\nEND:VALARM\nEND:VEVENT\n\
         BEGIN:VEVENT\nUID:a\nSUMMARY:又一个\nDTSTART:20260107T093000\nDURATION:PT1H\nEND:VEVENT\n\
         END:VJOURNAL\nBEGIN:VEVENT\nUID:c\n",
    );
    let found = holdings(&file);
    assert_eq!(found.events[0].notes, [Note::Alarm, Note::Attendees, Note::Period]);
    assert_eq!(dates(&found.events[0]), ["01-07 09:30", "01-09 09:30"]);
    let why: Vec<(&str, &Why)> = found.left.iter().map(|left| (left.title.as_str(), &left.why)).collect();
    assert_eq!(
        why,
        [
            ("买纸", &Why::NoEvent("VTODO".to_owned())),
            ("又一个", &Why::Duplicate),
            ("", &Why::Nesting("VJOURNAL".to_owned())),
            ("", &Why::Nesting("VEVENT".to_owned())),
        ]
    );
}

#[test]
fn nobody_smuggles_a_line_into_a_title() {
    let found =
        holdings(&event("DTSTART:20260107T093000\nDURATION:PT1H").replace("书法课", "书法\u{0}课\u{7}\rSUMMARY:x"));
    assert_eq!(found.events[0].title, "书法课");
    assert!(found.events[0].notes.contains(&Note::Control));
}

#[test]
fn a_file_that_is_no_calendar_is_refused_with_its_reason() {
    let home = home();
    for (bytes, why) in [
        (&b""[..], Unreadable::Empty),
        (b"\xef\xbb\xbf \r\n", Unreadable::Empty),
        (b"%PDF-1.7", Unreadable::NotCalendar),
        (b"BEGIN:VCARD\r\nEND:VCARD\r\n", Unreadable::NotCalendar),
        (b"\xca\xe9\xb7\xa8", Unreadable::NotUtf8),
    ] {
        assert_eq!(read(bytes, &home), Err(why), "{bytes:?}");
    }
    let with_mark = format!("\u{feff}{}", event("DTSTART:20260107T093000\nDURATION:PT1H"));
    assert_eq!(holdings(&with_mark).events.len(), 1);
}

#[test]
fn ten_thousand_events_and_endless_lines_are_bounded_and_said() {
    let one = "SUMMARY:课\nDTSTART:20260107T093000\nDURATION:PT1H\nRRULE:FREQ=SECONDLY\n";
    let many: Vec<String> = (0..10_000)
        .map(|n| format!("BEGIN:VEVENT\nUID:{n}\n{one}END:VEVENT\n"))
        .collect();
    let many = many.concat();
    let found = holdings(&calendar(&many));
    assert_eq!(found.events.len(), MOST_EVENTS);
    assert_eq!(
        found.left.last().map(|left| &left.why),
        Some(&Why::TooMany(10_000 - MOST_EVENTS))
    );
    let endless = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\n{}",
        " 长长长长\r\n".repeat(100_000)
    );
    assert_eq!(holdings(&endless).left.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_file_makes_the_reader_panic(
        noise in proptest::collection::vec("(BEGIN|END|DTSTART|RRULE|RECURRENCE-ID|UID|EXDATE|[A-Z;=\":]{0,6})[;:]\\PC{0,20}", 0..30),
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let home = home();
        let _ = read(calendar(&noise.join("\n")).as_bytes(), &home);
        let _ = read(&bytes, &home);
    }
}
