//! The call list (电话通知): what came of a telephone call, which deliveries can be told by one, and in which order people are phoned.
//!
//! Whoever no message reaches is phoned. A call that nobody takes leaves its delivery on the list; one that tells somebody ends it. Several
//! tries are kept, and the last can be taken back.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::calendar::resolve;
use super::notification::{NIGHT, QuietHours, Status, after_quiet_hours};

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallOutcome {
    /// They know (已告知).
    Told,
    /// Nobody took the call (无人接).
    NoAnswer,
    /// Their family passes it on (请家属转告): counted as told, and said so.
    Family,
    /// Another day (改天).
    Later,
}

super::planning::named! { CallOutcome {
    Told => "told",
    NoAnswer => "no_answer",
    Family => "family",
    Later => "later",
} }

impl CallOutcome {
    /// Whether somebody knows now.
    pub fn settles(self) -> bool {
        matches!(self, CallOutcome::Told | CallOutcome::Family)
    }
}

/// The states in which a delivery can be told by telephone. While a worker holds it (`leased`, `sending`) it cannot: a message is leaving at
/// this moment, and what the worker has to say about it must not be overwritten.
pub const ANSWERABLE: [Status; 7] = [
    Status::ToCall,
    Status::Dead,
    Status::Unknown,
    Status::Due,
    Status::Retry,
    Status::Kept,
    Status::Expired,
];

/// The states in which a message has not been seen to arrive.
pub const ON_THE_WAY: [Status; 7] = [
    Status::Due,
    Status::Leased,
    Status::Sending,
    Status::Retry,
    Status::Unknown,
    Status::Dead,
    Status::Kept,
];

/// Where a delivery in state `from` goes after a call; none when it cannot be told by telephone now.
///
/// What waits for its time keeps waiting when nobody took the call; what had failed is a matter for the call list from then on.
pub fn after_call(outcome: CallOutcome, from: Status) -> Option<Status> {
    if !ANSWERABLE.contains(&from) {
        return None;
    }
    Some(match (outcome.settles(), from) {
        (true, _) => Status::Sent,
        (false, Status::Due | Status::Retry) => from,
        (false, _) => Status::ToCall,
    })
}

/// A try to phone somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What came of it.
    pub outcome: CallOutcome,
    /// When.
    pub at: Timestamp,
}

/// Where somebody stands on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// To be phoned now; how often nobody took the call.
    Now(usize),
    /// Not before this instant.
    Until(Timestamp),
}

/// Where somebody stands on the list after these tries, oldest first. "Another day" hides them until the next morning, when the community's
/// quiet hours are over, unless what they must know is about today (`is_today`).
pub fn place(tries: &[Tried], is_today: bool, now: Timestamp, quiet: &QuietHours, zone: &TimeZone) -> Place {
    if let Some(last) = tries.last().filter(|last| last.outcome == CallOutcome::Later)
        && !is_today
    {
        let until = next_morning(last.at, quiet, zone);
        if now < until {
            return Place::Until(until);
        }
    }
    let missed = tries.iter().filter(|tried| tried.outcome == CallOutcome::NoAnswer);
    Place::Now(missed.count())
}

/// The first minute outside the quiet hours in the morning of the day after an instant: when those of the night end, or at eight where no
/// night is quiet.
pub fn next_morning(at: Timestamp, quiet: &QuietHours, zone: &TimeZone) -> Timestamp {
    let tomorrow = zone.to_datetime(at).date().saturating_add(1.day());
    let begin = |time| resolve(tomorrow.to_datetime(time), zone).timestamp();
    let midnight = begin(Time::midnight());
    match after_quiet_hours(midnight, quiet, zone) {
        at if at == midnight => after_quiet_hours(begin(NIGHT.1), quiet, zone),
        end_of_night => end_of_night,
    }
}

/// The building of an address: `3号楼2单元501` → `3号楼`, `3-2-501` → `3号楼`; the whole text when nothing in it says where a building ends.
pub fn building_of(address: &str) -> String {
    let address = address.trim();
    if let Some((at, mark)) = address.char_indices().find(|(_, c)| "楼栋幢".contains(*c)) {
        return address[..at + mark.len_utf8()].to_owned();
    }
    let digits = address.chars().take_while(char::is_ascii_digit).count();
    let rest = &address[digits..];
    if digits > 0 && (rest.is_empty() || rest.starts_with(['-', '－', '—'])) {
        return format!("{}号楼", &address[..digits]);
    }
    address.to_owned()
}

/// A key by which addresses and grids sort as people count: `3号楼` before `12号楼`, `二网格` before `三网格`. Numbers are padded; no address
/// sorts last.
pub fn address_order(address: &str) -> String {
    if address.is_empty() {
        return "\u{10FFFF}".to_owned();
    }
    let mut key = String::with_capacity(address.len() + 16);
    let mut digits = String::new();
    for c in arabic(address).chars().chain(std::iter::once('\0')) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        if !digits.is_empty() {
            key.push_str(&format!("{digits:0>12}"));
            digits.clear();
        }
        if c != '\0' {
            key.push(c);
        }
    }
    key
}

/// A text with the Chinese numbers below a hundred in it as digits: 十二 → 12.
fn arabic(text: &str) -> String {
    const NUMERALS: &str = "零一二三四五六七八九";
    let mut out = String::with_capacity(text.len());
    let mut run: Vec<char> = Vec::new();
    for c in text.chars().chain(std::iter::once('\0')) {
        if c == '十' || NUMERALS.contains(c) {
            run.push(c);
            continue;
        }
        let value = |c: &char| NUMERALS.chars().position(|one| one == *c).unwrap_or(0);
        match run.iter().position(|c| *c == '十') {
            Some(at) => {
                let tens = run[..at].last().map_or(1, value);
                let ones = run[at + 1..].first().map_or(0, value);
                out.push_str(&(tens * 10 + ones).to_string());
            }
            None => out.extend(run.iter().map(|c| value(c).to_string())),
        }
        run.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use proptest::prelude::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("a bundled zone")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_call_goes_where_the_table_says() {
        use CallOutcome::{Family, Later, NoAnswer, Told};
        for (outcome, from, to) in [
            (Told, Status::ToCall, Some(Status::Sent)),
            (Family, Status::ToCall, Some(Status::Sent)),
            (NoAnswer, Status::ToCall, Some(Status::ToCall)),
            (Later, Status::ToCall, Some(Status::ToCall)),
            (Told, Status::Unknown, Some(Status::Sent)),
            (NoAnswer, Status::Unknown, Some(Status::ToCall)),
            (NoAnswer, Status::Dead, Some(Status::ToCall)),
            (Told, Status::Due, Some(Status::Sent)),
            (Told, Status::Retry, Some(Status::Sent)),
            (NoAnswer, Status::Due, Some(Status::Due)),
            (Later, Status::Retry, Some(Status::Retry)),
            (Told, Status::Sending, None),
            (Told, Status::Leased, None),
            (Told, Status::Sent, None),
            (Told, Status::Dropped, None),
        ] {
            assert_eq!(after_call(outcome, from), to, "{outcome} {from:?}");
        }
    }

    #[test]
    fn another_day_hides_until_the_next_morning_unless_it_is_about_today() {
        let zone = shanghai();
        let asked = at("2026-11-25T10:00:00+08:00");
        let tries = [Tried {
            outcome: CallOutcome::Later,
            at: asked,
        }];
        let morning = at("2026-11-26T08:00:00+08:00");
        let usual = QuietHours::default();
        assert_eq!(
            place(&tries, false, asked + SignedDuration::from_hours(3), &usual, &zone),
            Place::Until(morning)
        );
        assert_eq!(place(&tries, false, morning, &usual, &zone), Place::Now(0));
        assert_eq!(
            place(&tries, true, asked, &usual, &zone),
            Place::Now(0),
            "it is about today"
        );
    }

    #[test]
    fn the_next_morning_begins_when_the_quiet_hours_of_the_community_end() {
        let asked = at("2026-11-25T10:00:00+08:00");
        let clock = |hour, minute| Time::constant(hour, minute, 0, 0);
        for (ranges, morning) in [
            (vec![(clock(21, 0), clock(8, 0))], "2026-11-26T08:00:00+08:00"),
            (vec![(clock(22, 0), clock(6, 30))], "2026-11-26T06:30:00+08:00"),
            // Two that follow one another.
            (
                vec![(clock(20, 0), clock(7, 0)), (clock(7, 0), clock(9, 0))],
                "2026-11-26T09:00:00+08:00",
            ),
            (vec![(clock(12, 0), clock(14, 0))], "2026-11-26T08:00:00+08:00"),
            (vec![(clock(7, 30), clock(8, 15))], "2026-11-26T08:15:00+08:00"),
            (vec![], "2026-11-26T08:00:00+08:00"),
        ] {
            let quiet = QuietHours::new(ranges.clone()).expect("quiet hours");
            assert_eq!(next_morning(asked, &quiet, &shanghai()), at(morning), "{ranges:?}");
        }
    }

    #[test]
    fn calls_that_nobody_took_are_counted_and_hide_nobody() {
        let now = at("2026-11-25T10:00:00+08:00");
        let missed = Tried {
            outcome: CallOutcome::NoAnswer,
            at: now,
        };
        assert_eq!(
            place(&[missed, missed], false, now, &QuietHours::default(), &shanghai()),
            Place::Now(2)
        );
    }

    #[test]
    fn buildings_are_read_from_addresses() {
        for (address, building) in [
            ("3号楼2单元501", "3号楼"),
            ("日月苑12号楼", "日月苑12号楼"),
            ("3-2-501", "3号楼"),
            ("7", "7号楼"),
            ("烟机家属院", "烟机家属院"),
            ("2单元", "2单元"),
            ("", ""),
        ] {
            assert_eq!(building_of(address), building, "{address}");
        }
    }

    #[test]
    fn addresses_sort_as_people_count() {
        let mut all = ["12号楼", "", "3号楼2单元", "3号楼1单元", "日月苑1号楼"];
        all.sort_by_key(|address| address_order(address));
        assert_eq!(all, ["3号楼1单元", "3号楼2单元", "12号楼", "日月苑1号楼", ""]);
        let mut grids = ["十一网格", "三网格", "二网格", "二十网格", "一网格"];
        grids.sort_by_key(|grid| address_order(grid));
        assert_eq!(grids, ["一网格", "二网格", "三网格", "十一网格", "二十网格"]);
    }

    proptest! {
        #[test]
        fn any_text_has_a_building_that_begins_like_it_or_is_numbered(address in "\\PC{0,30}") {
            let building = building_of(&address);
            prop_assert!(address.trim().starts_with(building.trim_end_matches("号楼")) || building == address.trim());
        }

        #[test]
        fn whoever_said_another_day_is_back_within_two_days(hours in 0..24_i64, minutes in 0..60_i64) {
            let asked = at("2026-11-25T00:00:00+08:00") + SignedDuration::from_mins(hours * 60 + minutes);
            let tries = [Tried { outcome: CallOutcome::Later, at: asked }];
            let later = asked + SignedDuration::from_hours(32);
            prop_assert_eq!(place(&tries, false, later, &QuietHours::default(), &shanghai()), Place::Now(0));
            prop_assert!(next_morning(asked, &QuietHours::default(), &shanghai()) > asked);
        }
    }
}
