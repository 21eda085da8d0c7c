//! The values of a row made proper, or what is wrong with each of them.
//!
//! Cleaning is idempotent: what came out goes in again and comes out the same. Nothing is guessed: `48` is no year of birth, and
//! `1.38E+10` is no number any more, because a spreadsheet has thrown its last digits away.

use jiff::civil::Date;

use super::{CELL_CHARS, Cell, Field, Flaw, Place, RawRow};
use crate::domain::id::GridId;
use crate::domain::resident::TellBy;
use crate::domain::text::{self, NAME_CHARS, PersonName, Phone, TextError, looks_like_mail};

/// Longest building, characters; as the form has it.
const BUILDING_CHARS: usize = 40;
/// Care categories of one resident, and the longest one, characters.
const CARE: (usize, usize) = (10, 20);
/// The first year of birth that is believed.
const FIRST_YEAR: i32 = 1900;
/// The oldest age that is believed, years.
const MOST_YEARS: i32 = 125;
/// Day 0 of the day numbers that spreadsheets count in (so that 1 March 1900 and later come out right).
const SERIAL_EPOCH: Date = Date::constant(1899, 12, 30);
/// Names under which lists add themselves up.
const TOTALS: [&str; 5] = ["合计", "总计", "小计", "共计", "total"];

/// Full-width letters, digits and marks as their plain forms (the part of Unicode's NFKC that offices type), and without the apostrophe
/// that makes a spreadsheet take a cell for text.
pub fn fold(text: &str) -> String {
    let folded: String = text
        .trim()
        .chars()
        .map(|c| match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '\u{3000}' | '\u{00A0}' => ' ',
            c => c,
        })
        .collect();
    folded.trim().trim_start_matches('\'').trim().to_owned()
}

/// A value as a report repeats it: in a run of seven digits and more, whatever stands between them, all but the first three and the last
/// (four of eleven and more, two of fewer) are hidden.
pub fn shown(value: &str) -> String {
    let chars: Vec<char> = value.chars().filter(|c| !c.is_control()).take(40).collect();
    let mut out = chars.clone();
    let mut at = 0;
    while at < chars.len() {
        let mut digits = Vec::new();
        let mut next = at;
        // A run goes on over the marks that people put between digits.
        while next < chars.len()
            && (chars[next].is_numeric() || (!digits.is_empty() && " -—–.()（）/".contains(chars[next])))
        {
            if chars[next].is_numeric() {
                digits.push(next);
            }
            next += 1;
        }
        if digits.len() >= 7 {
            let last = if digits.len() >= 11 { 4 } else { 2 };
            for hidden in &digits[3..digits.len() - last] {
                out[*hidden] = '*';
            }
        }
        at = next.max(at + 1);
    }
    out.into_iter().collect()
}

/// What a row's values are held against.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The grids, by name.
    pub grids: Vec<(GridId, String)>,
    /// The present year.
    pub this_year: i32,
}

/// What is wrong with a value. Each has a code, the key of its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// As in any form.
    Text(TextError),
    /// The cell itself.
    Cell(Flaw),
    /// A number that a spreadsheet has rounded: `1.38E+10`.
    Rounded,
    /// Neither man nor woman.
    Gender,
    /// No year of birth can be read.
    Birth,
    /// Year of birth or age out of bounds.
    BirthRange {
        /// The latest year.
        max: i32,
    },
    /// No age can be read.
    Age,
    /// No grid of this name.
    Grid,
    /// Too many categories.
    Care {
        /// The most.
        max: usize,
    },
    /// No mail address.
    Mail,
    /// No way of telling that is known here.
    TellBy,
    /// A line that adds up, not a person.
    Total,
    /// Something stands beyond the last header.
    Longer,
    /// The same person stands in an earlier line.
    Twice {
        /// That line.
        row: u32,
    },
    /// Several known residents have this name in this building.
    Several {
        /// How many.
        count: usize,
    },
}

impl Why {
    /// The key of its message, `error-<code>`.
    pub const fn code(&self) -> &'static str {
        match self {
            Why::Text(error) => match error {
                TextError::Empty => "residents-empty",
                TextError::Long { .. } => "residents-long",
                TextError::Control => "residents-control",
                TextError::NameEmpty => "residents-name-empty",
                TextError::NameLong { .. } => "residents-name-long",
                TextError::NameControl => "residents-control",
                TextError::NameLetters => "residents-name-letters",
                TextError::PhoneEmpty | TextError::PhoneDigits => "residents-phone-digits",
                TextError::PhoneShort { .. } => "residents-phone-short",
                TextError::PhoneLong { .. } => "residents-phone-long",
                TextError::PhoneStart => "residents-phone-start",
                TextError::PhoneArea => "residents-phone-area",
            },
            Why::Cell(Flaw::Merged) => "residents-merged",
            Why::Cell(Flaw::Broken) => "residents-broken",
            Why::Cell(Flaw::Formula) => "residents-formula",
            Why::Cell(Flaw::Long) => "residents-cell-long",
            Why::Rounded => "residents-rounded",
            Why::Gender => "residents-gender",
            Why::Birth => "residents-birth",
            Why::BirthRange { .. } => "residents-birth-range",
            Why::Age => "residents-age",
            Why::Grid => "residents-grid",
            Why::Care { .. } => "residents-care",
            Why::Mail => "residents-mail",
            Why::TellBy => "residents-tell-by",
            Why::Total => "residents-total",
            Why::Longer => "residents-longer",
            Why::Twice { .. } => "residents-twice",
            Why::Several { .. } => "residents-several",
        }
    }

    /// The number its message uses.
    pub fn number(&self) -> Option<(&'static str, i64)> {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        match self {
            Why::Text(error) => error.number().map(|(name, number)| (name, count(number))),
            Why::Cell(Flaw::Long) => Some(("max", count(CELL_CHARS))),
            Why::BirthRange { max } => Some(("max", i64::from(*max))),
            Why::Care { max } => Some(("max", count(*max))),
            Why::Twice { row } => Some(("row", i64::from(*row))),
            Why::Several { count: many } => Some(("count", count(*many))),
            _ => None,
        }
    }
}

/// One thing wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column's header; empty when it is about the whole row.
    pub label: String,
    /// What stands there, with long numbers masked.
    pub value: String,
    /// What is wrong.
    pub why: Why,
}

/// A row whose values are proper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clean {
    /// Name.
    pub name: PersonName,
    /// `female`, `male` or empty.
    pub gender: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Their number.
    pub phone: Option<Phone>,
    /// E-mail; may be empty.
    pub email: String,
    /// Building; may be empty.
    pub building: String,
    /// Grid.
    pub grid: Option<GridId>,
    /// Care categories.
    pub care: Vec<String>,
    /// Family contact; may be empty.
    pub family_name: String,
    /// Their number.
    pub family_phone: Option<Phone>,
    /// How they want to be told; none when the file does not say.
    pub tell_by: Option<TellBy>,
}

impl Clean {
    /// The number they are reached at: their own, or else the family's.
    pub fn reached_at(&self) -> Option<&Phone> {
        self.phone.as_ref().or(self.family_phone.as_ref())
    }
}

/// Cleans a row; all that is wrong is told at once.
///
/// # Errors
/// Every [`Fault`].
pub fn clean(row: &RawRow, places: &[Place], rules: &Rules) -> Result<Clean, Vec<Fault>> {
    let mut wrong = Vec::new();
    if row.longer {
        wrong.push(Fault {
            label: String::new(),
            value: String::new(),
            why: Why::Longer,
        });
    }
    let mut reader = Reader { row, places, wrong };
    let name = reader.required(Field::Name, name);
    let gender = reader.read(Field::Gender, gender).unwrap_or_default();
    let birth = reader.read(Field::Birth, |text| birth_year(text, rules.this_year));
    let age = reader.read(Field::Age, |text| year_of_age(text, rules.this_year));
    let phone_number = reader.read(Field::Phone, phone);
    let building = reader
        .read(Field::Building, |text| line(text, BUILDING_CHARS))
        .unwrap_or_default();
    let grid = reader.read(Field::Grid, |text| grid(text, &rules.grids));
    let care = reader.read(Field::Care, care).unwrap_or_default();
    let family_name = reader
        .read(Field::FamilyName, |text| line(text, NAME_CHARS))
        .unwrap_or_default();
    let family_phone = reader.read(Field::FamilyPhone, phone);
    let email = reader.read(Field::Email, mail).unwrap_or_default();
    let tell_by = reader.read(Field::TellBy, tell_by);
    match name {
        Some(name) if reader.wrong.is_empty() => Ok(Clean {
            name,
            gender,
            birth_year: birth.or(age),
            phone: phone_number,
            email,
            building,
            grid,
            care,
            family_name,
            family_phone,
            tell_by,
        }),
        _ => Err(reader.wrong),
    }
}

struct Reader<'a> {
    row: &'a RawRow,
    places: &'a [Place],
    wrong: Vec<Fault>,
}

impl<'a> Reader<'a> {
    /// The first cell of this field that is not empty, and the label of its column.
    fn cell(&self, field: Field) -> Option<(&'a str, &'a Cell)> {
        let columns = self.places.iter().zip(&self.row.cells);
        let mut of_field = columns.filter(|(place, _)| place.field == field);
        of_field
            .find(|(_, cell)| !cell.is_empty())
            .map(|(place, cell)| (place.label.as_str(), cell))
    }

    fn read<T>(&mut self, field: Field, how: impl FnOnce(&str) -> Result<T, Why>) -> Option<T> {
        let (label, cell) = self.cell(field)?;
        let read = match cell {
            Cell::Flawed { flaw, .. } => Err(Why::Cell(*flaw)),
            Cell::Text(text) => how(&fold(text)),
        };
        read.map_err(|why| {
            self.wrong.push(Fault {
                label: label.to_owned(),
                value: shown(cell.value()),
                why,
            });
        })
        .ok()
    }

    /// The same for what must be there.
    fn required<T>(&mut self, field: Field, how: impl FnOnce(&str) -> Result<T, Why>) -> Option<T> {
        if self.cell(field).is_some() {
            return self.read(field, how);
        }
        let label = self.places.iter().find(|place| place.field == field);
        self.wrong.push(Fault {
            label: label.map(|place| place.label.clone()).unwrap_or_default(),
            value: String::new(),
            why: Why::Text(TextError::NameEmpty),
        });
        None
    }
}

fn name(text: &str) -> Result<PersonName, Why> {
    // Lists set names of two characters to the width of three: 王　芳.
    let chars: Vec<char> = text.chars().collect();
    let spaced = chars.iter().any(|c| c.is_whitespace());
    let chinese = chars.iter().all(|c| c.is_whitespace() || is_chinese(*c));
    let whole: String = if spaced && chinese {
        chars.into_iter().filter(|c| !c.is_whitespace()).collect()
    } else {
        text.to_owned()
    };
    if TOTALS.contains(&whole.trim_end_matches([':', '：']).to_lowercase().as_str()) {
        return Err(Why::Total);
    }
    // What a spreadsheet would work out is nobody's name.
    if whole.starts_with(['=', '+', '-', '@']) {
        return Err(Why::Text(TextError::NameLetters));
    }
    PersonName::parse(&whole).map_err(Why::Text)
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}' | '\u{F900}'..='\u{FAFF}' | '〇')
}

fn line(text: &str, max: usize) -> Result<String, Why> {
    text::line(text, max).map_err(Why::Text)
}

fn gender(text: &str) -> Result<String, Why> {
    let known = match text.to_lowercase().as_str() {
        "男" | "男性" | "m" | "male" | "先生" => "male",
        "女" | "女性" | "f" | "female" | "女士" => "female",
        _ => return Err(Why::Gender),
    };
    Ok(known.to_owned())
}

fn phone(text: &str) -> Result<Phone, Why> {
    let lower = text.to_lowercase();
    let rounded = lower.split_once("e+").or_else(|| lower.split_once('e'));
    if rounded.is_some_and(|(head, tail)| {
        !head.is_empty()
            && !tail.is_empty()
            && head.chars().all(|c| c.is_ascii_digit() || c == '.')
            && tail.chars().all(|c| c.is_ascii_digit())
    }) {
        return Err(Why::Rounded);
    }
    // A number cell that a program wrote out: 13812345678.0
    let whole = text.strip_suffix(".0").unwrap_or(text);
    Phone::parse(whole).map_err(Why::Text)
}

fn grid(text: &str, grids: &[(GridId, String)]) -> Result<GridId, Why> {
    let bare = |name: &str| -> String {
        fold(name)
            .chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
            .to_lowercase()
    };
    let wanted = bare(text);
    let found = grids.iter().find(|(_, name)| bare(name) == wanted);
    found.map(|(id, _)| *id).ok_or(Why::Grid)
}

fn care(text: &str) -> Result<Vec<String>, Why> {
    let mut all: Vec<String> = Vec::new();
    for one in text.split(['、', ',', '，', ';', '；', '/', '|', ' ', '\n', '\t']) {
        let one = line(one, CARE.1)?;
        if !one.is_empty() && !all.contains(&one) {
            all.push(one);
        }
    }
    if all.len() > CARE.0 {
        return Err(Why::Care { max: CARE.0 });
    }
    Ok(all)
}

fn mail(text: &str) -> Result<String, Why> {
    let address = line(text, 254)?;
    if looks_like_mail(&address) {
        Ok(address)
    } else {
        Err(Why::Mail)
    }
}

fn tell_by(text: &str) -> Result<TellBy, Why> {
    match text.to_lowercase().as_str() {
        "电话" | "打电话" | "手机" | "phone" | "call" => Ok(TellBy::Phone),
        "邮件" | "邮箱" | "发邮件" | "电子邮件" | "email" | "e-mail" | "mail" => Ok(TellBy::Email),
        "不用" | "不用通知" | "不通知" | "无需通知" | "none" | "no" => Ok(TellBy::None),
        _ => Err(Why::TellBy),
    }
}

fn in_range(year: i32, this_year: i32) -> Result<i32, Why> {
    if (FIRST_YEAR..=this_year).contains(&year) {
        Ok(year)
    } else {
        Err(Why::BirthRange { max: this_year })
    }
}

/// The year of birth: `1948`, `1948-03`, `1948年3月`, `1948/3/2`, `19480302`, a spreadsheet's day number, or `78岁`.
fn birth_year(text: &str, this_year: i32) -> Result<i32, Why> {
    if text.ends_with('岁') {
        return year_of_age(text, this_year);
    }
    let runs: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .collect();
    let marks_fit = text
        .chars()
        .all(|c| c.is_ascii_digit() || c.is_whitespace() || "-/.年月日生:T".contains(c));
    let (Some(first), true) = (runs.first(), marks_fit) else {
        return Err(Why::Birth);
    };
    let part = |at: usize| runs.get(at).and_then(|run| run.parse::<i32>().ok());
    let fits = |value: Option<i32>, most: i32| value.is_none_or(|value| (1..=most).contains(&value));
    match (first.len(), runs.len()) {
        // 1948 and its month and day; a time of day may follow.
        (4, _) if fits(part(1), 12) && fits(part(2), 31) => in_range(first.parse().map_err(|_| Why::Birth)?, this_year),
        (8 | 6, 1) => {
            let year = first[..4].parse().map_err(|_| Why::Birth)?;
            let rest = |at: std::ops::Range<usize>| first.get(at).and_then(|two| two.parse::<i32>().ok());
            if fits(rest(4..6), 12) && fits(rest(6..8), 31) {
                in_range(year, this_year)
            } else {
                Err(Why::Birth)
            }
        }
        (5, 1 | 2) => {
            let days: i64 = first.parse().map_err(|_| Why::Birth)?;
            let date = jiff::Span::new()
                .try_days(days)
                .and_then(|span| SERIAL_EPOCH.checked_add(span));
            in_range(i32::from(date.map_err(|_| Why::Birth)?.year()), this_year)
        }
        _ => Err(Why::Birth),
    }
}

fn year_of_age(text: &str, this_year: i32) -> Result<i32, Why> {
    let bare = text.trim_end_matches(['岁', '周']).trim();
    let bare = bare.strip_suffix(".0").unwrap_or(bare);
    let age: i32 = match bare.parse() {
        Ok(age) if bare.bytes().all(|byte| byte.is_ascii_digit()) => age,
        _ => return Err(Why::Age),
    };
    if age <= MOST_YEARS {
        Ok(this_year - age)
    } else {
        Err(Why::Age)
    }
}

#[cfg(test)]
mod tests;
