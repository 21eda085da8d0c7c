//! The sign-in sheet (签到表) on paper: its number, its version, its rows and its pages.
//!
//! What is promised: a sheet that was printed stays what it was, so that row 14 is the same person weeks later. Its number has a
//! last digit that checks the others (Damm, 2004): one wrong digit, or two neighbours changed, is noticed at once.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::Timestamp;

use super::id::{AccountId, AttendanceId, FeedbackId, ResidentId, SessionId, SheetId};

/// Rows for those who come without having signed up.
pub const BLANK_ROWS: i32 = 20;
/// Rows of a sheet without names.
pub const BLANK_SHEET_ROWS: i32 = 20;
/// Rows of a page.
pub const PAGE_ROWS: i32 = 20;
/// Rows that still go on one page when there is only one: they stand a little closer.
pub const TIGHT_ROWS: i32 = 22;
/// The most names on a sheet: fifteen pages.
pub const MOST_NAMES: i32 = 300;

/// What is printed on a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The names of whoever signed up, then blank rows.
    Roster,
    /// Blank rows only.
    Blank,
}

super::planning::named! { Form {
    Roster => "roster",
    Blank => "blank",
} }

/// A sheet as it was printed, and what was last typed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// Its id.
    pub id: SheetId,
    /// For which session.
    pub session: SessionId,
    /// What is printed on it.
    pub form: Form,
    /// 1 for A, 2 for B …
    pub version: i32,
    /// The number printed on it.
    pub code: SheetCode,
    /// Rows 1 to this bear names.
    pub names: i32,
    /// The last row.
    pub last_row: i32,
    /// When it was made.
    pub printed_at: Timestamp,
    /// What was typed from it.
    pub entry: Option<Entry>,
}

impl Sheet {
    /// Its version as people say it: A, B … Z, AA.
    pub fn letter(&self) -> String {
        letter(self.version)
    }
}

/// What was last typed from a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The form that was saved.
    pub form: uuid::Uuid,
    /// People who came and stand in no row.
    pub nameless: i32,
    /// Everybody who came, by this sheet.
    pub total: i32,
    /// The attendance row with its heads; none when it has none.
    pub heads: Option<AttendanceId>,
    /// The feedback typed with it.
    pub feedback: Option<FeedbackId>,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<AccountId>,
}

/// A row that bears a name, printed or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// The number beside it.
    pub number: i32,
    /// Who it is; none for somebody who is not known.
    pub resident: Option<ResidentId>,
    /// What stands there for somebody who is not known; may be empty.
    pub name: String,
    /// Whether they came.
    pub came: bool,
    /// The attendance row that this row brought about.
    pub attendance: Option<AttendanceId>,
}

/// The letter of a version.
pub fn letter(version: i32) -> String {
    let mut rest = u32::try_from(version).unwrap_or(1).max(1);
    let mut letters = Vec::new();
    while rest > 0 {
        rest -= 1;
        letters.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    letters.iter().rev().collect()
}

/// The rows of each page. One page when they fit; else full pages and what is left.
pub fn pages(last_row: i32) -> Vec<RangeInclusive<i32>> {
    if last_row <= TIGHT_ROWS {
        return vec![1..=last_row];
    }
    (0..last_row)
        .step_by(PAGE_ROWS.unsigned_abs() as usize)
        .map(|before| before + 1..=(before + PAGE_ROWS).min(last_row))
        .collect()
}

/// The number printed on a sheet: eight digits, of which the last checks the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SheetCode(String);

/// Digits of a number.
const DIGITS: usize = 8;

/// The quasigroup of Damm's thesis (2004), order 10: totally anti-symmetric, with zeros on its diagonal.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// Zero when the last digit fits the others.
fn interim(digits: &str) -> u8 {
    digits.bytes().fold(0, |interim, digit| {
        DAMM[usize::from(interim)][usize::from(digit - b'0')]
    })
}

impl SheetCode {
    /// A number from four random bytes.
    pub fn new(random: [u8; 4]) -> Self {
        let digits = format!("{:07}", u32::from_be_bytes(random) % 10_000_000);
        let check = interim(&digits);
        Self(format!("{digits}{check}"))
    }

    /// The digits as they are stored.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SheetCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.0.split_at(DIGITS / 2);
        write!(f, "{first}-{last}")
    }
}

/// Why a number is none that was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not eight digits.
    #[error("not eight digits")]
    Length,
    /// The last digit does not fit the others.
    #[error("a digit is wrong")]
    Check,
}

impl CodeError {
    /// The key of its message, `error-<code>`.
    pub fn code(self) -> &'static str {
        match self {
            CodeError::Length => "sheet-code-length",
            CodeError::Check => "sheet-code-check",
        }
    }
}

impl FromStr for SheetCode {
    type Err = CodeError;

    /// As typed: spaces, dashes and full-width digits are understood.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = String::with_capacity(DIGITS);
        for c in text.chars().take(60) {
            match c {
                '0'..='9' => digits.push(c),
                '０'..='９' => digits.extend(char::from_digit(c as u32 - '０' as u32, 10)),
                '-' | '－' | '—' | '–' => {}
                c if c.is_whitespace() => {}
                _ => return Err(CodeError::Length),
            }
        }
        if digits.len() != DIGITS {
            Err(CodeError::Length)
        } else if interim(&digits) != 0 {
            Err(CodeError::Check)
        } else {
            Ok(Self(digits))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_are_letters_and_go_on_behind_z() {
        for (version, wanted) in [(1, "A"), (2, "B"), (26, "Z"), (27, "AA"), (52, "AZ"), (53, "BA")] {
            assert_eq!(letter(version), wanted);
        }
    }

    #[test]
    fn rows_go_on_as_few_pages_as_they_need() {
        assert_eq!(pages(20), [1..=20]);
        assert_eq!(pages(22), [1..=22]);
        assert_eq!(pages(23), [1..=20, 21..=23]);
        assert_eq!(pages(34), [1..=20, 21..=34]);
        assert_eq!(pages(40).len(), 2);
        assert_eq!(pages(41).len(), 3);
    }

    #[test]
    fn a_number_is_read_however_it_is_typed() {
        let code = SheetCode::new([0, 0, 2, 60]);
        assert_eq!(code.digits(), "00005724", "the textbook's 572 has the check digit 4");
        assert_eq!(code.to_string(), "0000-5724");
        for typed in ["0000-5724", "00005724", " ００００ ５７２４ ", "0000—5724"] {
            assert_eq!(typed.parse(), Ok(code.clone()), "{typed}");
        }
        for (typed, wrong) in [
            ("", CodeError::Length),
            ("0000572", CodeError::Length),
            ("000057240", CodeError::Length),
            ("0000572x", CodeError::Length),
            ("00005725", CodeError::Check),
        ] {
            assert_eq!(typed.parse::<SheetCode>(), Err(wrong), "{typed}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_and_two_neighbours_changed_are_noticed(random: [u8; 4], at in 0..8_usize, other in 1..10_u8) {
            let digits = SheetCode::new(random).0.into_bytes();
            let mut wrong = digits.clone();
            wrong[at] = b'0' + (wrong[at] - b'0' + other) % 10;
            prop_assert_eq!(String::from_utf8(wrong).unwrap().parse::<SheetCode>(), Err(CodeError::Check));
            let mut swapped = digits.clone();
            swapped.swap(at, (at + 1).min(7));
            let read = String::from_utf8(swapped.clone()).unwrap().parse::<SheetCode>();
            prop_assert_eq!(read.is_ok(), swapped == digits);
        }

        #[test]
        fn every_row_stands_on_one_page(last in 1..400_i32) {
            let rows: Vec<i32> = pages(last).into_iter().flatten().collect();
            prop_assert_eq!(rows, (1..=last).collect::<Vec<_>>());
        }
    }
}
