//! Lists of residents as offices keep them (花名册), on their way into the register.
//!
//! The cast: a [`Table`] is what was read of a file, only the columns this program knows; [`header`] tells which column is which;
//! [`clean`] makes a row's values proper or says what is wrong with each; [`settle`] decides for every row whether it is somebody
//! new, somebody known, or wrong. What is promised: the same table against the same register always comes to the same, and
//! nothing known is ever overwritten. Reading files is not done here.

pub mod clean;
pub mod header;
pub mod settle;

use serde::{Deserialize, Serialize};

/// Rows of a list at most; lines with nothing in them do not count.
pub const MOST_ROWS: usize = 20_000;
/// Columns of a list at most.
pub const MOST_COLUMNS: usize = 60;
/// Characters of a cell at most.
pub const CELL_CHARS: usize = 200;
/// The header stands in one of the first so many lines.
pub const HEADER_WITHIN: usize = 10;

/// What a column says of a resident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Name; the only one that must be there.
    Name,
    /// Gender.
    Gender,
    /// Year or date of birth; only the year is kept.
    Birth,
    /// Age, years; kept as year of birth.
    Age,
    /// Their own number.
    Phone,
    /// Building and unit.
    Building,
    /// Grid, by its name.
    Grid,
    /// Care categories.
    Care,
    /// Family contact.
    FamilyName,
    /// Their number.
    FamilyPhone,
    /// E-mail.
    Email,
    /// How they want to be told.
    TellBy,
}

super::planning::named! { Field {
    Name => "name",
    Gender => "gender",
    Birth => "birth",
    Age => "age",
    Phone => "phone",
    Building => "building",
    Grid => "grid",
    Care => "care",
    FamilyName => "family_name",
    FamilyPhone => "family_phone",
    Email => "email",
    TellBy => "tell_by",
} }

/// A column that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its place in the file, from 0.
    pub at: usize,
    /// What it says.
    pub field: Field,
    /// Its header as written.
    pub label: String,
}

/// Why a cell is not simply a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// It is part of a merged cell, so whom its value belongs to is anybody's guess.
    Merged,
    /// A formula that came to an error, like `#N/A`.
    Broken,
    /// A formula written as text; it is never worked out.
    Formula,
    /// Longer than [`CELL_CHARS`].
    Long,
}

/// A cell as read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// A text, or a number or date written as one.
    Text(String),
    /// Something else.
    Flawed {
        /// Why.
        flaw: Flaw,
        /// What stands there, cut to a length fit for showing.
        value: String,
    },
}

impl Cell {
    /// A text cell, flawed when it is too long or a formula.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let flaw = if text.chars().nth(CELL_CHARS).is_some() {
            Flaw::Long
        } else if text.starts_with(['=', '＝']) {
            Flaw::Formula
        } else {
            return Cell::Text(text.to_owned());
        };
        Self::flawed(flaw, text)
    }

    /// A flawed cell; its value is cut.
    pub fn flawed(flaw: Flaw, value: &str) -> Self {
        Cell::Flawed {
            flaw,
            value: value.chars().take(40).collect(),
        }
    }

    /// What stands there.
    pub fn value(&self) -> &str {
        match self {
            Cell::Text(value) | Cell::Flawed { value, .. } => value,
        }
    }

    /// Whether nothing stands there.
    pub fn is_empty(&self) -> bool {
        self.value().is_empty() && !matches!(self, Cell::Flawed { flaw: Flaw::Merged, .. })
    }
}

/// A row of a list as read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawRow {
    /// Its line in the file, from 1.
    pub number: u32,
    /// One cell for each [`Place`].
    pub cells: Vec<Cell>,
    /// Whether something stands beyond the last column with a header: columns have slipped.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub longer: bool,
}

/// What was read of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// The sheet it was found on; empty for a text file.
    pub sheet: String,
    /// Sheets that were not read.
    pub other_sheets: usize,
    /// The columns that were read.
    pub places: Vec<Place>,
    /// Headers of columns nobody here knows.
    pub unread: Vec<String>,
    /// Headers of columns that must not be read: papers, illness, money.
    pub sensitive: Vec<String>,
    /// The rows; empty lines are left out.
    pub rows: Vec<RawRow>,
}
