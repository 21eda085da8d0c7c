//! Tables of settling.

use uuid::Uuid;

use super::super::clean::{Rules, clean};
use super::super::{Cell, Place, RawRow};
use super::*;
use crate::domain::enrolment::Source;
use crate::domain::text::PersonName;

/// A row: name, phone, building; the key of a number is its digits.
fn row(number: u32, name: &str, phone: &str, building: &str) -> Row {
    let fields = [Field::Name, Field::Phone, Field::Building];
    let places: Vec<Place> = fields
        .into_iter()
        .enumerate()
        .map(|(at, field)| Place {
            at,
            field,
            label: field.to_string(),
        })
        .collect();
    let raw = RawRow {
        number,
        cells: [name, phone, building].map(Cell::of).to_vec(),
        longer: false,
    };
    let rules = Rules {
        grids: Vec::new(),
        this_year: 2026,
    };
    let read = clean(&raw, &places, &rules);
    let key = read.as_ref().ok().and_then(|read| {
        read.reached_at()
            .map(|phone| phone.reveal(Purpose::Find).as_bytes().to_vec())
    });
    Row { number, read, key }
}

fn known(id: u128, name: &str, phone: &str, building: &str) -> Known {
    Known {
        resident: Resident {
            id: ResidentId(Uuid::from_u128(id)),
            grid_id: None,
            name: PersonName::stored(name.to_owned()),
            initials: String::new(),
            gender: String::new(),
            birth_year: None,
            phone: None,
            email: String::new(),
            building: building.to_owned(),
            care: Vec::new(),
            family_name: String::new(),
            family_phone: None,
            tell_by: TellBy::Phone,
            source: Source::Staff,
            unchecked: false,
            consent_on: None,
            consent_version: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            merged_into: None,
            erased_at: None,
        },
        key: (!phone.is_empty()).then(|| phone.as_bytes().to_vec()),
        has_phone: !phone.is_empty(),
        has_family_phone: false,
    }
}

const A: &str = "13800000001";
const B: &str = "13800000002";

fn verdicts(rows: Vec<Row>, register: &[Known]) -> Vec<String> {
    let settled = settle(rows, register);
    let words = |settled: &Settled| {
        let verdict = match &settled.verdict {
            Verdict::New => "new".to_owned(),
            Verdict::Known { id, fills, kept } => {
                let names = |fields: &[Field]| fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(",");
                format!("known {} +{} ={}", id.0.as_u128(), names(fills), names(kept))
            }
            Verdict::Wrong(faults) => format!("wrong {:?}", faults[0].why),
        };
        settled
            .remarks
            .iter()
            .fold(verdict, |words, remark| format!("{words} {remark:?}"))
    };
    settled.iter().map(words).collect()
}

#[test]
fn the_same_person_twice_in_a_file_is_named_with_both_lines() {
    let rows = vec![
        row(2, "薛秀英", A, ""),
        row(3, "薛秀英", A, "3号楼"),
        row(4, "周玉兰", "", "3号楼"),
        row(5, "周玉兰", B, "3 号楼"),
    ];
    assert_eq!(
        verdicts(rows, &[]),
        ["new", "wrong Twice { row: 2 }", "new", "wrong Twice { row: 4 }"]
    );
}

#[test]
fn two_may_share_a_number_or_a_name_and_a_remark_says_so() {
    let rows = vec![
        row(2, "薛秀英", A, "3号楼"),
        row(3, "周建国", A, "3号楼"),
        row(4, "薛秀英", B, "3号楼"),
        row(5, "吴桂兰", "13800000003", ""),
    ];
    let register = [known(1, "吴建军", "13800000003", "")];
    assert_eq!(
        verdicts(rows, &register),
        ["new", "new PhoneOfRow(2)", "new NameOfRow(2)", "new PhoneKnown"]
    );
}

#[test]
fn somebody_known_is_filled_and_never_overwritten() {
    let register = [
        known(1, "薛秀英", A, ""),
        known(2, "周玉兰", "", "3号楼"),
        known(3, "周建国", B, "5号楼"),
    ];
    let rows = vec![
        row(2, "薛秀英", A, "3号楼"),
        row(3, "周玉兰", "13800000009", "3号楼"),
        row(4, "周建国", A, "5 号楼"),
        row(5, "薛秀英", "13800000008", "7号楼"),
    ];
    assert_eq!(
        verdicts(rows, &register),
        [
            "known 1 +building =",
            "known 2 +phone =",
            "known 3 + =phone PhoneOfRow(2)",
            "new"
        ]
    );
}

#[test]
fn of_two_known_namesakes_in_a_building_nobody_is_guessed() {
    let register = [known(1, "薛秀英", A, "3号楼"), known(2, "薛秀英", B, "3号楼")];
    let rows = vec![row(2, "薛秀英", "", "3号楼"), row(3, "薛秀英", B, "3号楼")];
    let said = verdicts(rows, &register);
    assert_eq!(said[0], "wrong Several { count: 2 }");
    let rows = vec![row(3, "薛秀英", B, "3号楼")];
    assert_eq!(verdicts(rows, &register), ["known 2 + ="]);
}

#[test]
fn two_rows_for_one_known_resident_are_one_too_many() {
    let register = [known(1, "薛秀英", A, "3号楼")];
    let rows = vec![row(2, "薛秀英", A, ""), row(3, "薛秀英", "", "3号楼")];
    assert_eq!(verdicts(rows, &register), ["known 1 + =", "wrong Twice { row: 2 }"]);
}

#[test]
fn what_was_filled_can_be_taken_out_again() {
    let mut one = known(1, "薛秀英", "", "").resident;
    let before = one.clone();
    let row = row(2, "薛秀英", A, "3号楼");
    let clean = row.read.expect("all is well");
    let fills = [Field::Phone, Field::Building];
    fill(&mut one, &clean, &fills);
    assert_ne!(one, before);
    unfill(&mut one, &fills);
    assert_eq!(one, before);
}
