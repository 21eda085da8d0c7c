//! A household (户) as people write it on a service day, brought to one spelling: building and door are the same home whether somebody types
//! `3号楼` and `2单元501室`, or `3` and `2-501`.
//!
//! One home stands once on a service day. Compounds that share building numbers are told apart by their names in front: `日月苑3号楼`.

use std::fmt;

use uuid::Uuid;

use super::id::{NeedId, VisitId};
use super::text::{self, TextError};

/// Longest building, and longest door, characters.
pub const PART_CHARS: usize = 30;
/// Longest list of those who went, characters.
pub const VISITORS_CHARS: usize = 60;
/// Longest outcome of one visit, characters.
pub const OUTCOME_CHARS: usize = 200;
/// The most needs one visit may bring.
pub const NEEDS_MAX: usize = 10;
/// The most visits one request may carry.
pub const BATCH_MAX: usize = 100;
/// The most households of one service day.
pub const SESSION_MAX: u64 = 3_000;

/// A home, in the spelling that all its other spellings are brought to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Household(String);

/// What is wrong with an address, and in which of its two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoHousehold {
    /// `building` or `door`.
    pub field: &'static str,
    /// What is wrong.
    pub error: TextError,
}

impl Household {
    /// Reads building and door as typed.
    ///
    /// # Errors
    /// [`NoHousehold`]: a part is empty, too long, or cannot be shown.
    pub fn parse(building: &str, door: &str) -> Result<Self, NoHousehold> {
        let clean = |field, typed: &str| {
            text::required_line(&plain(typed), PART_CHARS).map_err(|error| NoHousehold { field, error })
        };
        let building = clean("building", building)?;
        let door = clean("door", door)?;
        Ok(Self(format!("{}{}", building_of(&building), door_of(&door))))
    }

    /// The spelling that is kept and shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Household {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Full-width letters, digits and signs as plain ones; every dash as `-`; no space around them.
fn plain(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '－' | '—' | '–' | '‐' | '‑' => '-',
            '＃' | '﹟' => '#',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .flat_map(char::to_uppercase)
        .collect()
}

/// `3` is `3号楼`, and so are `3栋`, `3幢`, `3#` and `3#楼`.
fn building_of(building: &str) -> String {
    let digits_from = building
        .char_indices()
        .rev()
        .skip_while(|(_, c)| matches!(c, '号' | '楼' | '栋' | '幢' | '#'))
        .take_while(|(_, c)| c.is_ascii_alphanumeric())
        .last()
        .map(|(at, _)| at);
    let Some(at) = digits_from else {
        return building.to_owned();
    };
    let number: String = building[at..].chars().take_while(char::is_ascii_alphanumeric).collect();
    if number.chars().any(|c| c.is_ascii_digit()) {
        format!("{}{number}号楼", &building[..at])
    } else {
        building.to_owned()
    }
}

/// `2-501` is `2单元501`; `室`, `户` and `号` behind the number say nothing more.
fn door_of(door: &str) -> String {
    let door = door.strip_suffix(['室', '户', '号']).unwrap_or(door);
    let all_digits = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    match door.split_once("单元").or_else(|| door.split_once('-')) {
        Some((unit, rest)) if all_digits(unit) && !rest.is_empty() => {
            format!("{unit}单元{}", rest.trim_start_matches('-'))
        }
        _ => door.to_owned(),
    }
}

/// The id of the `n`-th need of a form whose own id is known: the same form sent again brings the same ids. A UUIDv7 of the same millisecond.
pub fn need_id(form: VisitId, n: usize) -> NeedId {
    const RANDOM: u128 = (1 << 62) - 1;
    let whole = form.0.as_u128();
    let step = u128::try_from(n).unwrap_or_default() + 1;
    NeedId(Uuid::from_u128((whole & !RANDOM) | (whole.wrapping_add(step) & RANDOM)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn home(building: &str, door: &str) -> String {
        Household::parse(building, door).expect("a home").to_string()
    }

    #[test]
    fn spellings_of_one_home_are_one_home() {
        for (building, door) in [
            ("3号楼", "2单元501室"),
            ("3", "2-501"),
            ("３号楼", "２－５０１"),
            ("3栋", "2单元501"),
            ("3 # 楼", "2 单元 501 户"),
            ("3#", "2—501号"),
        ] {
            assert_eq!(home(building, door), "3号楼2单元501", "{building} {door}");
        }
    }

    #[test]
    fn what_has_no_number_stays_as_it_is_written() {
        assert_eq!(home("日月苑3号楼", "501"), "日月苑3号楼501");
        assert_eq!(home("老供销社家属院", "东头第二户"), "老供销社家属院东头第二");
        assert_eq!(home("a座", "12b"), "A座12B");
        assert_ne!(home("3", "1-11"), home("31", "1-1"));
        assert_ne!(home("3", "501"), home("3", "5-01"));
    }

    #[test]
    fn a_part_that_is_missing_too_long_or_turned_around_is_named() {
        let wrong =
            |building: &str, door: &str| Household::parse(building, door).map_err(|wrong| (wrong.field, wrong.error));
        assert_eq!(wrong("", "501"), Err(("building", TextError::Empty)));
        assert_eq!(wrong("3", " \t"), Err(("door", TextError::Empty)));
        assert_eq!(
            wrong(&"楼".repeat(3_000), "1"),
            Err(("building", TextError::Long { max: PART_CHARS }))
        );
        assert_eq!(wrong("3", "5\u{202E}01"), Err(("door", TextError::Control)));
        assert_eq!(wrong("3\u{0}", "501"), Err(("building", TextError::Control)));
    }

    #[test]
    fn the_needs_of_a_form_have_ids_of_their_own_that_come_again() {
        let form = VisitId(Uuid::from_u128(0x0199_c1de_0000_7000_bfff_ffff_ffff_ffff));
        let ids: Vec<NeedId> = (0..NEEDS_MAX).map(|n| need_id(form, n)).collect();
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(*id, need_id(form, n));
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1);
            assert_eq!((id.0.get_version_num(), id.0.get_variant()), (7, form.0.get_variant()));
            assert_ne!(id.0, form.0);
        }
    }

    proptest! {
        #[test]
        fn a_home_read_again_is_the_same_home(building in "[0-9０-９a-z日月苑#号楼栋 -]{1,8}", door in "[0-9０-９a-z单元室户号－ -]{1,8}") {
            if let Ok(first) = Household::parse(&building, &door) {
                let spaced = Household::parse(&format!(" {building}"), &format!("{door} ")).expect("the same");
                prop_assert_eq!(first, spaced);
            }
        }
    }
}
