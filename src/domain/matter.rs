//! A help desk counts matters (件): how often each was settled. Those who came for them are counted as everywhere (人次).
//!
//! The two numbers are kept apart. One matter is one 件. It also counts a head when somebody new came for it; the second matter of the same person
//! counts no second head. A resident who is named is checked in, once, however many matters they bring. So 人次 = named + headcount holds at a help
//! desk as at every other session, and 件 may be larger or smaller.

use std::collections::HashSet;

use super::id::{AttendanceId, MatterId, ResidentId, SessionId};

/// Longest matter, characters.
pub const MATTER_CHARS: usize = 40;
/// The most entries one request may carry.
pub const BATCH_MAX: usize = 200;
/// The most matters one session may collect.
pub const SESSION_MAX: u64 = 5_000;

/// Whom a matter was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Caller {
    /// Somebody new whose name nobody took: counts one head.
    Unnamed,
    /// The same person as before: counts nobody.
    Again,
    /// A resident by name: is checked in.
    Resident(ResidentId),
}

/// One matter as a device sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Made by the device; the row's id from then on, and the id of the attendance row when one is made for it.
    pub client_id: MatterId,
    /// Which matter.
    pub label: String,
    /// Whom it was for.
    pub caller: Caller,
}

/// One matter as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The id the device made.
    pub id: MatterId,
    /// At which session.
    pub session: SessionId,
    /// Which matter.
    pub label: String,
    /// Not on the programme's list.
    pub other: bool,
    /// The attendance row of whom it was for.
    pub attendance: Option<AttendanceId>,
    /// Whether that row was made here, and not at the door.
    pub counted: bool,
}

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A row was added.
    Created,
    /// Nothing changed: it is there already, or was undone.
    Duplicate,
    /// Not accepted; the code is the key of the message.
    Refused(&'static str),
}

/// How often one matter was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Which.
    pub label: String,
    /// Not on the programme's list.
    pub other: bool,
    /// 件.
    pub matters: i64,
}

/// How the matters of a list stand: each with its count, in the list's order, and behind them those that are not on it, most first.
pub fn by_list(list: &[String], counts: &[Count]) -> Vec<Count> {
    let mut seen = HashSet::new();
    let mut lines: Vec<Count> = list
        .iter()
        .filter(|label| seen.insert(label.as_str()))
        .map(|label| Count {
            label: label.clone(),
            other: false,
            matters: counts
                .iter()
                .filter(|count| count.label == *label)
                .map(|count| count.matters)
                .sum(),
        })
        .collect();
    let mut rest: Vec<Count> = Vec::new();
    for count in counts.iter().filter(|count| !seen.contains(count.label.as_str())) {
        match rest.iter_mut().find(|known| known.label == count.label) {
            Some(known) => known.matters += count.matters,
            None => rest.push(Count {
                other: true,
                ..count.clone()
            }),
        }
    }
    rest.sort_by(|one, two| two.matters.cmp(&one.matters).then_with(|| one.label.cmp(&two.label)));
    lines.extend(rest);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(label: &str, matters: i64) -> Count {
        Count {
            label: label.to_owned(),
            other: false,
            matters,
        }
    }

    #[test]
    fn the_list_keeps_its_order_and_what_is_not_on_it_comes_behind() {
        let list = ["医保缴费", "养老认证"].map(str::to_owned);
        let lines = by_list(&list, &[count("修收音机", 1), count("养老认证", 3), count("查公交", 4)]);
        let said: Vec<(&str, i64, bool)> = lines
            .iter()
            .map(|line| (line.label.as_str(), line.matters, line.other))
            .collect();
        let expected = [
            ("医保缴费", 0, false),
            ("养老认证", 3, false),
            ("查公交", 4, true),
            ("修收音机", 1, true),
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn a_matter_that_has_left_the_list_is_still_counted_once() {
        let taken = [
            count("养老认证", 2),
            Count {
                other: true,
                ..count("养老认证", 1)
            },
        ];
        assert_eq!(by_list(&[], &taken).len(), 1);
        assert_eq!(by_list(&[], &taken)[0].matters, 3);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_counted_twice(list in proptest::collection::vec("[a-e]", 0..6), counts in proptest::collection::vec(("[a-h]", 0_i64..50), 0..12)) {
            let counts: Vec<Count> = counts.iter().map(|(label, n)| count(label, *n)).collect();
            let lines = by_list(&list, &counts);
            prop_assert_eq!(lines.iter().map(|line| line.matters).sum::<i64>(), counts.iter().map(|count| count.matters).sum::<i64>());
        }
    }
}
