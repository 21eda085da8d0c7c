//! Tables and laws of cleaning.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::text::Purpose;

const YEAR: i32 = 2026;

fn rules() -> Rules {
    Rules {
        grids: vec![
            (GridId(Uuid::from_u128(1)), "第一网格".to_owned()),
            (GridId(Uuid::from_u128(2)), "第 2 网格".to_owned()),
        ],
        this_year: YEAR,
    }
}

fn places() -> Vec<Place> {
    Field::ALL
        .iter()
        .enumerate()
        .map(|(at, field)| Place {
            at,
            field: *field,
            label: field.as_str().to_owned(),
        })
        .collect()
}

/// A row with these cells, the rest empty.
fn row(cells: &[(Field, &str)]) -> RawRow {
    let of = |field: &Field| {
        let text = cells.iter().find(|(named, _)| named == field);
        Cell::of(text.map_or("", |(_, text)| text))
    };
    RawRow {
        number: 8,
        cells: Field::ALL.iter().map(of).collect(),
        longer: false,
    }
}

fn faults(cells: &[(Field, &str)]) -> Vec<(String, String, &'static str)> {
    let wrong = clean(&row(cells), &places(), &rules()).expect_err("something is wrong");
    wrong
        .into_iter()
        .map(|fault| (fault.label, fault.value, fault.why.code()))
        .collect()
}

#[test]
fn a_row_is_read_as_people_write_it() {
    let clean = clean(
        &row(&[
            (Field::Name, "王　芳"),
            (Field::Gender, "女"),
            (Field::Birth, "１９４８年３月２日"),
            (Field::Phone, "+86 138-0000-0001"),
            (Field::Building, " ３号楼　２单元 "),
            (Field::Grid, "第2网格"),
            (Field::Care, "独居、高龄，独居/空巢"),
            (Field::FamilyName, "王小明"),
            (Field::FamilyPhone, "'0374-2345678"),
            (Field::Email, "fang@example.org"),
            (Field::TellBy, "邮件"),
        ]),
        &places(),
        &rules(),
    )
    .expect("all is well");
    assert_eq!(clean.name.reveal(Purpose::Store), "王芳");
    assert_eq!((clean.gender.as_str(), clean.birth_year), ("female", Some(1948)));
    assert_eq!(
        clean.phone.as_ref().map(|phone| phone.reveal(Purpose::Store)),
        Some("13800000001")
    );
    assert_eq!(clean.building, "3号楼 2单元");
    assert_eq!(clean.grid, Some(GridId(Uuid::from_u128(2))));
    assert_eq!(clean.care, ["独居", "高龄", "空巢"]);
    assert_eq!(
        clean.family_phone.as_ref().map(|phone| phone.reveal(Purpose::Store)),
        Some("03742345678")
    );
    assert_eq!(
        (clean.email.as_str(), clean.tell_by),
        ("fang@example.org", Some(TellBy::Email))
    );
}

#[test]
fn years_of_birth_are_read_in_all_their_forms_and_never_guessed() {
    for (text, expected) in [
        ("1948", Ok(1948)),
        ("1948年", Ok(1948)),
        ("1948-03", Ok(1948)),
        ("1948.3", Ok(1948)),
        ("1948年3月", Ok(1948)),
        ("1948年3月2日生", Ok(1948)),
        ("1948/3/2", Ok(1948)),
        ("1948-03-02 00:00:00", Ok(1948)),
        ("1948-03-02T00:00:00", Ok(1948)),
        ("19480302", Ok(1948)),
        ("194803", Ok(1948)),
        ("17593", Ok(1948)),
        ("17593.0", Ok(1948)),
        ("78岁", Ok(1948)),
        ("48", Err(Why::Birth)),
        ("四八年", Err(Why::Birth)),
        ("1948-13", Err(Why::Birth)),
        ("19481302", Err(Why::Birth)),
        ("3/2/1948", Err(Why::Birth)),
        ("1899", Err(Why::BirthRange { max: YEAR })),
        ("2027", Err(Why::BirthRange { max: YEAR })),
        ("99999", Err(Why::BirthRange { max: YEAR })),
        ("-1948", Ok(1948)),
        ("410102194803022345", Err(Why::Birth)),
    ] {
        assert_eq!(birth_year(text, YEAR), expected, "{text}");
    }
    for (text, expected) in [
        ("78", Ok(1948)),
        ("78岁", Ok(1948)),
        ("78周岁", Ok(1948)),
        ("78.0", Ok(1948)),
        ("200", Err(Why::Age)),
        ("-3", Err(Why::Age)),
        ("八十", Err(Why::Age)),
    ] {
        assert_eq!(year_of_age(text, YEAR), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_names_column_and_value_and_hides_numbers() {
    for (field, text, value, code) in [
        (Field::Gender, "未知", "未知", "residents-gender"),
        (Field::Birth, "四八年", "四八年", "residents-birth"),
        (Field::Phone, "1.38E+10", "1.38E+10", "residents-rounded"),
        (Field::Phone, "1380000000", "138*****00", "residents-phone-short"),
        (Field::Phone, "138 0000 00011", "138 **** *0011", "residents-phone-long"),
        (Field::Phone, "无", "无", "residents-phone-digits"),
        (Field::Phone, "2345678", "234**78", "residents-phone-area"),
        (Field::Grid, "第九网格", "第九网格", "residents-grid"),
        (Field::Email, "fang", "fang", "residents-mail"),
        (Field::TellBy, "微信", "微信", "residents-tell-by"),
        (Field::Building, "=A1", "=A1", "residents-formula"),
    ] {
        let told = faults(&[(Field::Name, "薛秀英"), (field, text)]);
        assert_eq!(told, [(field.to_string(), value.to_owned(), code)], "{text}");
    }
    for (text, code) in [
        ("", "residents-name-empty"),
        ("合计：", "residents-total"),
        ("12345", "residents-name-letters"),
        ("@cmd", "residents-name-letters"),
        ("'=1+A1", "residents-name-letters"),
        ("＝１＋１", "residents-formula"),
    ] {
        assert_eq!(faults(&[(Field::Name, text)])[0].2, code, "{text}");
    }
    let long = "楼".repeat(CELL_CHARS + 1);
    assert_eq!(
        faults(&[(Field::Name, "薛秀英"), (Field::Building, &long)])[0].2,
        "residents-cell-long"
    );
}

#[test]
fn everything_wrong_with_a_row_is_told_at_once() {
    let told = faults(&[(Field::Gender, "?"), (Field::Birth, "?"), (Field::Phone, "?")]);
    assert_eq!(told.len(), 4, "{told:?}");
}

#[test]
fn the_second_number_column_serves_where_the_first_is_empty() {
    let places: Vec<Place> = [Field::Name, Field::Phone, Field::Phone]
        .into_iter()
        .enumerate()
        .map(|(at, field)| Place {
            at,
            field,
            label: format!("{at}"),
        })
        .collect();
    let row = RawRow {
        number: 2,
        cells: ["薛秀英", "", "0374-2345678"].map(Cell::of).to_vec(),
        longer: false,
    };
    let read = clean(&row, &places, &rules()).expect("all is well");
    assert!(read.phone.is_some());
}

proptest! {
    #[test]
    fn no_cells_whatever_make_it_panic_and_no_long_number_is_shown(texts in proptest::collection::vec("\\PC{0,40}|[0-9０-９ .eE+\\-/年月]{0,30}", Field::ALL.len())) {
        let cells: Vec<(Field, &str)> = Field::ALL.iter().copied().zip(texts.iter().map(String::as_str)).collect();
        if let Err(wrong) = clean(&row(&cells), &places(), &rules()) {
            for fault in wrong {
                let open = fault.value.split(|c: char| !c.is_numeric()).map(|run| run.chars().count()).max().unwrap_or(0);
                prop_assert!(open < 7, "{}", fault.value);
            }
        }
    }

    #[test]
    fn what_came_out_goes_in_again_and_comes_out_the_same(name in "[\u{4e00}-\u{4e20}]{1,3}| [a-zＡ-Ｚ　]{1,9}", building in "\\PC{0,20}", birth in "19[0-9]{2}(-[0-9]{1,2})?|[12][0-9]{4}", phone in "1[0-9]{10}|０３７４[0-9]{7}", care in "[独居空巢、，; ]{0,12}") {
        let first = clean(
            &row(&[(Field::Name, &name), (Field::Building, &building), (Field::Birth, &birth), (Field::Phone, &phone), (Field::Care, &care)]),
            &places(),
            &rules(),
        );
        if let Ok(first) = first {
            let year = first.birth_year.map(|year| year.to_string()).unwrap_or_default();
            let again = clean(
                &row(&[
                    (Field::Name, first.name.reveal(Purpose::Store)),
                    (Field::Building, &first.building),
                    (Field::Birth, &year),
                    (Field::Phone, first.phone.as_ref().map_or("", |phone| phone.reveal(Purpose::Store))),
                    (Field::Care, &first.care.join("、")),
                ]),
                &places(),
                &rules(),
            );
            prop_assert_eq!(again, Ok(first));
        }
    }
}
