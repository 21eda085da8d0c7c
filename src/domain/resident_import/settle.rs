//! Who each row is: somebody new, somebody known, or nobody that can be told.
//!
//! Two are the same when they have the same name and are reached at the same number, or have the same name and live in the same building.
//! Of somebody known only what is empty is filled. Numbers are compared by keys that the caller made of them.

use std::collections::HashMap;

use super::Field;
use super::clean::{Clean, Fault, Why};
use crate::domain::id::ResidentId;
use crate::domain::resident::{Resident, TellBy};
use crate::domain::text::Purpose;

/// A number's key: equal for equal numbers.
pub type Key = Vec<u8>;

/// A row after cleaning, with the key of the number its person is reached at.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its line in the file, from 1.
    pub number: u32,
    /// What it says, or what is wrong with it.
    pub read: Result<Clean, Vec<Fault>>,
    /// The key.
    pub key: Option<Key>,
}

/// A resident who is in the register.
#[derive(Clone, Debug)]
pub struct Known {
    /// The resident; the numbers need not be opened.
    pub resident: Resident,
    /// The key of the number they are reached at.
    pub key: Option<Key>,
    /// Whether their own number is known.
    pub has_phone: bool,
    /// Whether the family's number is known.
    pub has_family_phone: bool,
}

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Somebody new.
    New,
    /// Somebody known.
    Known {
        /// Who.
        id: ResidentId,
        /// What would be filled.
        fills: Vec<Field>,
        /// Where the file says something else: what is known stays.
        kept: Vec<Field>,
    },
    /// Something is wrong.
    Wrong(Vec<Fault>),
}

/// What is worth a remark, though nothing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remark {
    /// Another line has the same number under another name.
    PhoneOfRow(u32),
    /// A known resident has the same number under another name.
    PhoneKnown,
    /// Another line has the same name in the same building, with another number.
    NameOfRow(u32),
}

/// A row with its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its line in the file, from 1.
    pub number: u32,
    /// What it says, when nothing is wrong with it.
    pub clean: Option<Clean>,
    /// What becomes of it.
    pub verdict: Verdict,
    /// Remarks.
    pub remarks: Vec<Remark>,
}

/// How many rows of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows with something in them.
    pub rows: usize,
    /// New residents.
    pub new: usize,
    /// Known residents of whom something is filled.
    pub filled: usize,
    /// Known residents of whom nothing is.
    pub known: usize,
    /// Rows with something wrong.
    pub wrong: usize,
}

/// Counts the verdicts.
pub fn count(settled: &[Settled]) -> Counts {
    let mut counts = Counts {
        rows: settled.len(),
        ..Counts::default()
    };
    for row in settled {
        match &row.verdict {
            Verdict::New => counts.new += 1,
            Verdict::Known { fills, .. } if !fills.is_empty() => counts.filled += 1,
            Verdict::Known { .. } => counts.known += 1,
            Verdict::Wrong(_) => counts.wrong += 1,
        }
    }
    counts
}

/// A building as compared: without white space, lower case.
fn bare(building: &str) -> String {
    building
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The known, by what they are found by.
struct Register<'a> {
    by_name: HashMap<&'a str, Vec<&'a Known>>,
    by_key: HashMap<&'a [u8], Vec<&'a Known>>,
}

impl<'a> Register<'a> {
    fn new(known: &'a [Known]) -> Self {
        let (mut by_name, mut by_key) = (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for one in known {
            by_name
                .entry(one.resident.name.reveal(Purpose::Find))
                .or_default()
                .push(one);
            if let Some(key) = &one.key {
                by_key.entry(key.as_slice()).or_default().push(one);
            }
        }
        Self { by_name, by_key }
    }

    /// The known resident a row speaks of: by name and number the one known longest, else the only one of this name in this building.
    fn find(&self, clean: &Clean, key: Option<&Key>) -> Result<Option<&'a Known>, usize> {
        let Some(namesakes) = self.by_name.get(clean.name.reveal(Purpose::Find)) else {
            return Ok(None);
        };
        let by_number = namesakes.iter().filter(|one| key.is_some() && one.key.as_ref() == key);
        if let Some(found) = by_number.min_by_key(|one| one.resident.id) {
            return Ok(Some(found));
        }
        let building = bare(&clean.building);
        let neighbours: Vec<&&Known> = namesakes
            .iter()
            .filter(|one| !building.is_empty() && bare(&one.resident.building) == building)
            .collect();
        match neighbours.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            several => Err(several.len()),
        }
    }

    fn shares_number(&self, clean: &Clean, key: Option<&Key>) -> bool {
        let same = key.and_then(|key| self.by_key.get(key.as_slice()));
        same.is_some_and(|others| others.iter().any(|one| one.resident.name != clean.name))
    }
}

/// The lines that came before, by what they are found by.
#[derive(Default)]
struct Before {
    /// By name and number.
    people: HashMap<(String, Key), u32>,
    /// By name and building: the line, and whether it has a number.
    neighbours: HashMap<(String, String), (u32, bool)>,
    /// By number: the line and the name.
    numbers: HashMap<Key, (u32, String)>,
    /// By the known resident.
    known: HashMap<ResidentId, u32>,
}

/// Decides for every row who it is. Of two rows for one person the second is wrong and names the first.
pub fn settle(rows: Vec<Row>, known: &[Known]) -> Vec<Settled> {
    let register = Register::new(known);
    let mut before = Before::default();
    rows.into_iter().map(|row| one(row, &register, &mut before)).collect()
}

fn one(row: Row, register: &Register, before: &mut Before) -> Settled {
    let Row { number, read, key } = row;
    let mut remarks = Vec::new();
    let clean = match read {
        Ok(clean) => clean,
        Err(faults) => {
            return Settled {
                number,
                clean: None,
                verdict: Verdict::Wrong(faults),
                remarks,
            };
        }
    };
    let name = clean.name.reveal(Purpose::Find).to_owned();
    let mut twice = key
        .as_ref()
        .and_then(|key| before.people.get(&(name.clone(), key.clone())).copied());
    let building = bare(&clean.building);
    if !building.is_empty() {
        match before.neighbours.get(&(name.clone(), building.clone())) {
            Some((line, had_number)) if *had_number && key.is_some() => {
                if twice.is_none() {
                    remarks.push(Remark::NameOfRow(*line));
                }
            }
            Some((line, _)) => twice = twice.or(Some(*line)),
            None => {
                before
                    .neighbours
                    .insert((name.clone(), building), (number, key.is_some()));
            }
        }
    }
    let found = register.find(&clean, key.as_ref());
    if let Ok(Some(known)) = &found {
        let line = *before.known.entry(known.resident.id).or_insert(number);
        if line != number {
            twice = twice.or(Some(line));
        }
    }
    if let Some(key) = key.clone() {
        match before.numbers.get(&key) {
            Some((line, other)) if *other != name => remarks.push(Remark::PhoneOfRow(*line)),
            _ if register.shares_number(&clean, Some(&key)) => remarks.push(Remark::PhoneKnown),
            _ => {}
        }
        before.people.entry((name.clone(), key.clone())).or_insert(number);
        before.numbers.entry(key).or_insert((number, name.clone()));
    }
    let wrong = |why| {
        Verdict::Wrong(vec![Fault {
            label: String::new(),
            value: name.clone(),
            why,
        }])
    };
    let verdict = match (twice, found) {
        (Some(row), _) => wrong(Why::Twice { row }),
        (None, Err(count)) => wrong(Why::Several { count }),
        (None, Ok(None)) => Verdict::New,
        (None, Ok(Some(known))) => {
            let (fills, kept) = compare(known, &clean, key.as_ref());
            Verdict::Known {
                id: known.resident.id,
                fills,
                kept,
            }
        }
    };
    Settled {
        number,
        clean: Some(clean),
        verdict,
        remarks,
    }
}

/// What a row would fill of somebody known, and where it says something else. How to tell somebody is a choice, not a gap: it is never
/// filled. The family's numbers are not compared.
fn compare(known: &Known, clean: &Clean, key: Option<&Key>) -> (Vec<Field>, Vec<Field>) {
    let Resident {
        gender,
        birth_year,
        email,
        building,
        grid_id,
        care,
        family_name,
        tell_by,
        ..
    } = &known.resident;
    let (mut fills, mut kept) = (Vec::new(), Vec::new());
    let mut look = |field, says: bool, has: bool, same: bool| match (says, has) {
        (true, false) => fills.push(field),
        (true, true) if !same => kept.push(field),
        _ => {}
    };
    look(
        Field::Gender,
        !clean.gender.is_empty(),
        !gender.is_empty(),
        *gender == clean.gender,
    );
    look(
        Field::Birth,
        clean.birth_year.is_some(),
        birth_year.is_some(),
        *birth_year == clean.birth_year,
    );
    look(
        Field::Phone,
        clean.phone.is_some(),
        known.has_phone,
        known.key.as_ref() == key,
    );
    look(
        Field::Building,
        !clean.building.is_empty(),
        !building.is_empty(),
        bare(building) == bare(&clean.building),
    );
    look(
        Field::Grid,
        clean.grid.is_some(),
        grid_id.is_some(),
        *grid_id == clean.grid,
    );
    look(
        Field::Care,
        !clean.care.is_empty(),
        !care.is_empty(),
        clean.care.iter().all(|one| care.contains(one)),
    );
    look(
        Field::FamilyName,
        !clean.family_name.is_empty(),
        !family_name.is_empty(),
        *family_name == clean.family_name,
    );
    look(
        Field::FamilyPhone,
        clean.family_phone.is_some(),
        known.has_family_phone,
        true,
    );
    look(
        Field::Email,
        !clean.email.is_empty(),
        !email.is_empty(),
        *email == clean.email,
    );
    look(
        Field::TellBy,
        clean.tell_by.is_some(),
        true,
        clean.tell_by == Some(*tell_by),
    );
    (fills, kept)
}

/// Fills what is empty; the rest of the resident stays.
pub fn fill(resident: &mut Resident, clean: &Clean, fills: &[Field]) {
    for field in fills {
        match field {
            Field::Gender => resident.gender = clean.gender.clone(),
            Field::Birth | Field::Age => resident.birth_year = clean.birth_year,
            Field::Phone => resident.phone = clean.phone.clone(),
            Field::Building => resident.building = clean.building.clone(),
            Field::Grid => resident.grid_id = clean.grid,
            Field::Care => resident.care = clean.care.clone(),
            Field::FamilyName => resident.family_name = clean.family_name.clone(),
            Field::FamilyPhone => resident.family_phone = clean.family_phone.clone(),
            Field::Email => resident.email = clean.email.clone(),
            Field::Name | Field::TellBy => {}
        }
    }
}

/// Takes what was filled out again.
pub fn unfill(resident: &mut Resident, fills: &[Field]) {
    for field in fills {
        match field {
            Field::Gender => resident.gender.clear(),
            Field::Birth | Field::Age => resident.birth_year = None,
            Field::Phone => resident.phone = None,
            Field::Building => resident.building.clear(),
            Field::Grid => resident.grid_id = None,
            Field::Care => resident.care.clear(),
            Field::FamilyName => resident.family_name.clear(),
            Field::FamilyPhone => resident.family_phone = None,
            Field::Email => resident.email.clear(),
            Field::Name | Field::TellBy => {}
        }
    }
}

/// How a new resident is told, when the file does not say: by phone, as in the form.
pub fn told(clean: &Clean) -> TellBy {
    clean.tell_by.unwrap_or_default()
}

#[cfg(test)]
mod tests;
