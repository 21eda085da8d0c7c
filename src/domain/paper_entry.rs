//! What people type from a sign-in sheet after class: `1-14 17 20`, who wrote themselves into the blank rows, how many stand nowhere, and
//! the total at the foot of the sheet.
//!
//! Everybody in a row counts once, whoever they turn out to be, so the sum needs no names: total = rows + those in no row. Where
//! the total is typed, it must be that; where one of the two is left out, it follows from the other.

use std::collections::{BTreeMap, BTreeSet};

/// The most people in no row.
pub const NAMELESS_MAX: i32 = super::attendance::HEADCOUNT_MAX;
/// Longest text of a box, characters.
pub const TYPED_CHARS: usize = 4000;

/// The rows of the sheet at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rows {
    /// Rows 1 to this bear printed names.
    pub names: i32,
    /// The last row.
    pub last: i32,
}

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The rows that are signed: `1-14 17 20`.
    pub rows: String,
    /// One a line: the row, then a name, its pinyin initials or the last four digits; a whole number may follow a name.
    pub walk_ins: String,
    /// People in no row; empty: follows from the total.
    pub nameless: String,
    /// The total at the foot of the sheet; empty: follows from the rest.
    pub total: String,
}

/// Somebody who wrote themselves into a blank row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalkIn {
    /// The row.
    pub row: i32,
    /// A name, pinyin initials, or the last four digits of a number.
    pub text: String,
    /// A whole telephone number written beside the name; may be empty.
    pub phone: String,
}

/// A sheet as it was typed, understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paper {
    /// The rows in which somebody signed, with those of the walk-ins.
    pub rows: BTreeSet<i32>,
    /// Who wrote themselves into blank rows, by row.
    pub walk_ins: Vec<WalkIn>,
    /// People in no row.
    pub nameless: i32,
    /// Everybody.
    pub total: i32,
}

/// What is wrong with what was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A box holds more than a sheet could.
    Long(&'static str),
    /// Not the number of a row.
    NotARow(String),
    /// The sheet has no such row.
    NoRow(String, i32),
    /// `20-17`.
    Backwards(i32, i32),
    /// A line of the walk-ins that does not begin with its row.
    WalkInRow(String),
    /// A walk-in in a row that bears a printed name.
    WalkInPrinted(i32),
    /// Two walk-ins in one row.
    WalkInTwice(i32),
    /// Not a number of people.
    Count(&'static str, String),
    /// More people in rows than the total.
    TotalBelow {
        /// What was typed.
        total: i32,
        /// The rows that are signed.
        rows: i32,
    },
    /// Rows and people in no row do not make the total.
    TotalDiffers {
        /// What was typed.
        total: i32,
        /// The rows that are signed.
        rows: i32,
        /// People in no row.
        nameless: i32,
    },
    /// Nothing was typed at all.
    Nothing,
}

impl Fault {
    /// The box it is about.
    pub fn field(&self) -> &'static str {
        match self {
            Fault::Long(field) | Fault::Count(field, _) => field,
            Fault::NotARow(_) | Fault::NoRow(..) | Fault::Backwards(..) | Fault::Nothing => "rows",
            Fault::WalkInRow(_) | Fault::WalkInPrinted(_) | Fault::WalkInTwice(_) => "walk_ins",
            Fault::TotalBelow { .. } | Fault::TotalDiffers { .. } => "total",
        }
    }

    /// The key of its message, `error-<code>`.
    pub fn code(&self) -> &'static str {
        match self {
            Fault::Long(_) => "text-long",
            Fault::NotARow(_) => "paper-not-a-row",
            Fault::NoRow(..) => "paper-no-row",
            Fault::Backwards(..) => "paper-backwards",
            Fault::WalkInRow(_) => "paper-walk-in-row",
            Fault::WalkInPrinted(_) => "paper-walk-in-printed",
            Fault::WalkInTwice(_) => "paper-walk-in-twice",
            Fault::Count(..) => "paper-count",
            Fault::TotalBelow { .. } => "paper-total-below",
            Fault::TotalDiffers { .. } => "paper-total-differs",
            Fault::Nothing => "paper-nothing",
        }
    }
}

/// The same letter of ordinary width; what people write between two numbers of a range becomes `-`, what stands between numbers a space.
fn plain(c: char) -> char {
    match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10).unwrap_or(c),
        '－' | '—' | '–' | '‐' | '‑' | '―' | '−' | '~' | '～' | '〜' | '到' | '至' => '-',
        ',' | '，' | '、' | ';' | '；' | '.' | '。' | '．' | '第' | '行' => ' ',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

/// A list of rows with its spaces where they belong: `1 - 14，17` becomes `1-14 17`.
fn tokens(text: &str) -> Vec<String> {
    let plain: String = text.chars().map(plain).collect();
    let mut out: Vec<String> = Vec::new();
    for word in plain.split(' ').filter(|word| !word.is_empty()) {
        match out.last_mut() {
            Some(last) if word.starts_with('-') || last.ends_with('-') => last.push_str(word),
            _ => out.push(word.to_owned()),
        }
    }
    out
}

fn short(text: &str) -> String {
    text.chars().take(30).collect()
}

/// A row's number, when it is one and the sheet has it.
fn row(text: &str, last: i32) -> Result<i32, Fault> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::NotARow(short(text)));
    }
    match text.parse() {
        Ok(number) if (1..=last).contains(&number) => Ok(number),
        _ => Err(Fault::NoRow(short(text), last)),
    }
}

/// A range of rows; what is no number is said with the whole of it.
fn range(token: &str, from: &str, to: &str, last: i32) -> Result<std::ops::RangeInclusive<i32>, Fault> {
    let end = |text: &str| {
        row(text, last).map_err(|fault| match fault {
            Fault::NotARow(_) => Fault::NotARow(short(token)),
            fault => fault,
        })
    };
    let (from, to) = (end(from)?, end(to)?);
    if to < from {
        Err(Fault::Backwards(from, to))
    } else {
        Ok(from..=to)
    }
}

/// Reads rows: numbers and ranges, separated by spaces, commas or 、.
///
/// # Errors
/// Everything that is wrong.
pub fn rows(text: &str, last: i32) -> Result<BTreeSet<i32>, Vec<Fault>> {
    let mut rows = BTreeSet::new();
    let mut faults = Vec::new();
    if text.chars().count() > TYPED_CHARS {
        return Err(vec![Fault::Long("rows")]);
    }
    for token in tokens(text) {
        let read = match token.split_once('-') {
            None => row(&token, last).map(|row| row..=row),
            Some((from, to)) if from.is_empty() || to.contains('-') || to.is_empty() => {
                Err(Fault::NotARow(short(&token)))
            }
            Some((from, to)) => range(&token, from, to, last),
        };
        match read {
            Ok(range) => rows.extend(range),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

/// Writes rows as they are typed: `1-14 17 20`.
pub fn in_ranges(rows: &BTreeSet<i32>) -> String {
    let mut ranges: Vec<(i32, i32)> = Vec::new();
    for &row in rows {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == row => *last = row,
            _ => ranges.push((row, row)),
        }
    }
    let words: Vec<String> = ranges
        .into_iter()
        .map(|(from, to)| match to - from {
            0 => from.to_string(),
            1 => format!("{from} {to}"),
            _ => format!("{from}-{to}"),
        })
        .collect();
    words.join(" ")
}

/// Reads the walk-ins, by row; a line with a row alone says that somebody signed there and nobody can read it.
fn walk_ins(text: &str, of: Rows, faults: &mut Vec<Fault>) -> (BTreeSet<i32>, Vec<WalkIn>) {
    let (mut signed, mut found) = (BTreeSet::new(), BTreeMap::new());
    if text.chars().count() > TYPED_CHARS {
        faults.push(Fault::Long("walk_ins"));
        return (signed, Vec::new());
    }
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let is_gap = |c: char| plain(c) == ' ';
        let line = line.trim_start_matches(is_gap);
        let rest = line.trim_start_matches(|c| plain(c).is_ascii_digit());
        let digits: String = line[..line.len() - rest.len()].chars().map(plain).collect();
        let rest = rest.trim_start_matches(is_gap);
        // `156621` is no row with four digits behind it.
        if digits.is_empty() || digits.len() > 3 {
            faults.push(Fault::WalkInRow(short(line)));
            continue;
        }
        let number = match row(&digits, of.last) {
            Ok(number) => number,
            Err(fault) => {
                faults.push(fault);
                continue;
            }
        };
        if number <= of.names {
            faults.push(Fault::WalkInPrinted(number));
            continue;
        }
        signed.insert(number);
        if rest.is_empty() {
            continue;
        }
        let (text, phone) = name_and_phone(rest);
        let walk_in = WalkIn {
            row: number,
            text,
            phone,
        };
        if found.insert(number, walk_in).is_some() {
            faults.push(Fault::WalkInTwice(number));
        }
    }
    (signed, found.into_values().collect())
}

/// `王建国 13800001234` in two; digits alone, or a name alone, stay as they are.
fn name_and_phone(rest: &str) -> (String, String) {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match words.split_last() {
        Some((last, name)) if !name.is_empty() && last.len() >= 7 && last.bytes().all(|byte| byte.is_ascii_digit()) => {
            (name.join(" "), (*last).to_owned())
        }
        _ => (words.join(" "), String::new()),
    }
}

/// A number of people; none when nothing was typed.
fn count(field: &'static str, text: &str) -> Result<Option<i32>, Fault> {
    let digits: String = text.trim().chars().map(plain).collect();
    if digits.is_empty() {
        return Ok(None);
    }
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse());
    match number {
        Some(Ok(number)) if (0..=NAMELESS_MAX).contains(&number) => Ok(Some(number)),
        _ => Err(Fault::Count(field, short(text.trim()))),
    }
}

/// Reads what was typed from a sheet with these rows.
///
/// # Errors
/// Everything that is wrong, by box.
pub fn read(of: Rows, typed: &Typed) -> Result<Paper, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut signed = rows(&typed.rows, of.last).unwrap_or_else(|wrong| {
        faults.extend(wrong);
        BTreeSet::new()
    });
    let (with_names, walk_ins) = walk_ins(&typed.walk_ins, of, &mut faults);
    signed.extend(with_names);
    let mut number = |field, text: &str| {
        count(field, text).unwrap_or_else(|fault| {
            faults.push(fault);
            None
        })
    };
    let (nameless, total) = (number("nameless", &typed.nameless), number("total", &typed.total));
    if !faults.is_empty() {
        return Err(faults);
    }
    let in_rows = i32::try_from(signed.len()).unwrap_or(i32::MAX);
    if in_rows == 0 && nameless.is_none() && total.is_none() {
        return Err(vec![Fault::Nothing]);
    }
    let (nameless, total) = match (nameless, total) {
        (_, Some(total)) if total < in_rows => return Err(vec![Fault::TotalBelow { total, rows: in_rows }]),
        (Some(nameless), Some(total)) if in_rows + nameless != total => {
            return Err(vec![Fault::TotalDiffers {
                total,
                rows: in_rows,
                nameless,
            }]);
        }
        (_, Some(total)) => (total - in_rows, total),
        (nameless, None) => {
            let nameless = nameless.unwrap_or(0);
            (nameless, in_rows + nameless)
        }
    };
    Ok(Paper {
        rows: signed,
        walk_ins,
        nameless,
        total,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHEET: Rows = Rows { names: 14, last: 34 };

    fn typed(rows: &str, walk_ins: &str, nameless: &str, total: &str) -> Typed {
        Typed {
            rows: rows.to_owned(),
            walk_ins: walk_ins.to_owned(),
            nameless: nameless.to_owned(),
            total: total.to_owned(),
        }
    }

    fn set(rows: impl IntoIterator<Item = i32>) -> BTreeSet<i32> {
        rows.into_iter().collect()
    }

    #[test]
    fn rows_are_read_as_people_write_them() {
        let wanted = set((1..=14).chain([17, 20]));
        for text in [
            "1-14 17 20",
            "1-14,17,20",
            "１－１４、１７、２０",
            " 1 - 14 ,17  20 ",
            "1—14，17；20",
            "1到14 17 20",
            "第1-14行 第17行 20",
            "20 17 14 1-14 14",
            "1~14 17.20",
        ] {
            assert_eq!(rows(text, 34), Ok(wanted.clone()), "{text}");
        }
        assert_eq!(rows("", 34), Ok(set([])));
    }

    #[test]
    fn what_is_no_row_is_said_exactly() {
        let said = |text: &str| rows(text, 34).expect_err("it is wrong");
        assert_eq!(said("35"), [Fault::NoRow("35".to_owned(), 34)]);
        assert_eq!(said("0"), [Fault::NoRow("0".to_owned(), 34)]);
        assert_eq!(said("20-17"), [Fault::Backwards(20, 17)]);
        assert_eq!(said("1-35"), [Fault::NoRow("35".to_owned(), 34)]);
        assert_eq!(said("abc 3"), [Fault::NotARow("abc".to_owned())]);
        for text in ["-3", "3-", "1-2-3", "--", "3+1", "1e3"] {
            assert!(matches!(said(text)[..], [Fault::NotARow(_)]), "{text}");
        }
        assert_eq!(
            said("99999999999999999999"),
            [Fault::NoRow("99999999999999999999".to_owned(), 34)]
        );
        assert_eq!(said("40 20-17 x").len(), 3, "all of it at once");
        assert_eq!(said(&"1 ".repeat(3000)), [Fault::Long("rows")]);
    }

    #[test]
    fn walk_ins_have_their_row_and_a_name_initials_or_four_digits() {
        let paper = read(
            SHEET,
            &typed(
                "1-3",
                "15 王建国\n16、lgy\n17 6621\n１８ 马 秀芝 13800001234\n19\n20赵玉珍",
                "",
                "",
            ),
        )
        .expect("it is read");
        let read: Vec<(i32, &str, &str)> = paper
            .walk_ins
            .iter()
            .map(|one| (one.row, one.text.as_str(), one.phone.as_str()))
            .collect();
        assert_eq!(
            read,
            [
                (15, "王建国", ""),
                (16, "lgy", ""),
                (17, "6621", ""),
                (18, "马 秀芝", "13800001234"),
                (20, "赵玉珍", ""),
            ]
        );
        assert_eq!(
            paper.rows,
            set([1, 2, 3, 15, 16, 17, 18, 19, 20]),
            "19 is signed and not legible"
        );
        assert_eq!(paper.total, 9);
    }

    #[test]
    fn a_walk_in_without_a_row_or_in_a_row_of_somebody_else_is_said() {
        let said = |text: &str| read(SHEET, &typed("", text, "", "")).expect_err("it is wrong");
        assert_eq!(said("王建国"), [Fault::WalkInRow("王建国".to_owned())]);
        assert_eq!(said("156621"), [Fault::WalkInRow("156621".to_owned())]);
        assert_eq!(said("3 王建国"), [Fault::WalkInPrinted(3)]);
        assert_eq!(said("15 王建国\n15 马秀芝"), [Fault::WalkInTwice(15)]);
        assert_eq!(said("99 王建国"), [Fault::NoRow("99".to_owned(), 34)]);
    }

    #[test]
    fn the_total_is_rows_and_those_in_none() {
        let sum = |nameless: &str, total: &str| {
            read(SHEET, &typed("1-14 17 20", "", nameless, total)).map(|paper| (paper.nameless, paper.total))
        };
        assert_eq!(sum("", ""), Ok((0, 16)));
        assert_eq!(sum("3", ""), Ok((3, 19)));
        assert_eq!(
            sum("", "19"),
            Ok((3, 19)),
            "who stands in no row follows from the total"
        );
        assert_eq!(sum("3", "１９"), Ok((3, 19)));
        assert_eq!(sum("", "15"), Err(vec![Fault::TotalBelow { total: 15, rows: 16 }]));
        assert_eq!(
            sum("3", "20"),
            Err(vec![Fault::TotalDiffers {
                total: 20,
                rows: 16,
                nameless: 3
            }])
        );
        for wrong in ["-3", "99999999999999999999", "2001", "三", "1.5", "+3"] {
            assert_eq!(sum(wrong, ""), Err(vec![Fault::Count("nameless", wrong.to_owned())]));
            assert_eq!(sum("", wrong), Err(vec![Fault::Count("total", wrong.to_owned())]));
        }
        assert_eq!(read(SHEET, &Typed::default()), Err(vec![Fault::Nothing]));
        let nobody = read(SHEET, &typed("", "", "", "0")).expect("nobody came");
        assert_eq!((nobody.total, nobody.nameless), (0, 0));
    }

    proptest! {
        #[test]
        fn rows_written_down_are_read_again(wanted in prop::collection::btree_set(1..=300_i32, 0..80)) {
            prop_assert_eq!(rows(&in_ranges(&wanted), 300), Ok(wanted));
        }

        #[test]
        fn whatever_is_typed_is_read_or_refused_and_the_sum_is_right(
            rows in "[0-9 ,、\\-—到a]{0,40}",
            walk_ins in "([0-9]{1,3}[ 、]?[a-z马6]{0,4}\n){0,5}|\\PC{0,30}",
            nameless in "[0-9-]{0,3}",
            total in "[0-9]{0,3}",
        ) {
            if let Ok(paper) = read(SHEET, &typed(&rows, &walk_ins, &nameless, &total)) {
                prop_assert_eq!(paper.total, i32::try_from(paper.rows.len()).unwrap() + paper.nameless);
                prop_assert!(paper.nameless >= 0);
                prop_assert!(paper.rows.iter().all(|row| (1..=SHEET.last).contains(row)));
                prop_assert!(paper.walk_ins.iter().all(|one| one.row > SHEET.names && paper.rows.contains(&one.row)));
            }
        }
    }
}
