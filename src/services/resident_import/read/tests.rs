//! Good and bad files, made here.

use std::io::Write as _;

use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::domain::resident_import::{Cell, Field, Flaw};

fn code(bytes: &[u8]) -> (String, Option<String>) {
    match read(bytes) {
        Err(Error::Invalid(errors)) => (errors[0].code.to_owned(), errors[0].args.get("row").cloned()),
        other => panic!("{other:?}"),
    }
}

fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().expect("a workbook")
}

fn write(sheet: &mut Worksheet, row: u32, cells: &[&str]) {
    for (column, cell) in (0..).zip(cells) {
        sheet.write_string(row, column, *cell).expect("written");
    }
}

fn cells(table: &Table) -> Vec<(u32, Vec<&str>)> {
    table
        .rows
        .iter()
        .map(|row| (row.number, row.cells.iter().map(Cell::value).collect()))
        .collect()
}

#[test]
fn a_workbook_is_read_below_its_title_and_without_what_must_not_be_read() {
    let bytes = book(|sheet| {
        let bold = Format::new().set_bold();
        sheet
            .merge_range(0, 0, 0, 4, "运粮社区老人花名册", &bold)
            .expect("merged");
        write(sheet, 1, &["序号", "姓名", "身份证号", "出生日期", "手机"]);
        write(sheet, 2, &["1", "薛秀英", "410102194803022345", "", ""]);
        let date = Format::new().set_num_format("yyyy-mm-dd");
        sheet.write_number_with_format(2, 3, 17593.0, &date).expect("a date");
        sheet.write_number(2, 4, 13_800_000_001.0).expect("a number");
        write(sheet, 4, &["2", "周建国", "", "１９４９年", "13800000002"]);
    });
    let table = read(&bytes).expect("a list");
    assert_eq!(
        (table.unread, table.sensitive),
        (vec!["序号".to_owned()], vec!["身份证号".to_owned()])
    );
    let table = read(&bytes).expect("a list");
    assert_eq!(
        cells(&table),
        [
            (3, vec!["薛秀英", "1948-03-01", "13800000001"]),
            (5, vec!["周建国", "１９４９年", "13800000002"])
        ]
    );
    assert!(
        !format!("{table:?}").contains("410102"),
        "papers are not even kept for the review"
    );
}

#[test]
fn a_header_of_two_lines_is_joined() {
    let bytes = book(|sheet| {
        let plain = Format::new();
        sheet.merge_range(0, 0, 1, 0, "姓名", &plain).expect("merged");
        sheet.merge_range(0, 1, 0, 2, "家属", &plain).expect("merged");
        sheet.write_string(1, 1, "姓名").expect("written");
        sheet.write_string(1, 2, "电话").expect("written");
        write(sheet, 2, &["薛秀英", "薛明", "13800000001"]);
    });
    let table = read(&bytes).expect("a list");
    let fields: Vec<Field> = table.places.iter().map(|place| place.field).collect();
    assert_eq!(fields, [Field::Name, Field::FamilyName, Field::FamilyPhone]);
    assert_eq!(cells(&table), [(3, vec!["薛秀英", "薛明", "13800000001"])]);
}

#[test]
fn merged_buildings_are_for_all_their_rows_and_other_merged_cells_are_flawed() {
    let bytes = book(|sheet| {
        let plain = Format::new();
        write(sheet, 0, &["姓名", "楼栋", "手机"]);
        write(sheet, 1, &["薛秀英"]);
        write(sheet, 2, &["周建国"]);
        sheet.merge_range(1, 1, 2, 1, "3号楼", &plain).expect("merged");
        sheet.merge_range(1, 2, 2, 2, "13800000001", &plain).expect("merged");
        sheet.merge_range(3, 0, 3, 2, "五号楼的", &plain).expect("merged");
    });
    let table = read(&bytes).expect("a list");
    let flawed = |value: &str| Cell::flawed(Flaw::Merged, value);
    let text = |value: &str| Cell::Text(value.to_owned());
    let rows: Vec<Vec<Cell>> = table.rows.iter().map(|row| row.cells.clone()).collect();
    assert_eq!(
        rows,
        [
            vec![text("薛秀英"), text("3号楼"), flawed("13800000001")],
            vec![text("周建国"), text("3号楼"), flawed("13800000001")],
            vec![flawed("五号楼的"), flawed("五号楼的"), flawed("五号楼的")],
        ]
    );
}

#[test]
fn formulas_are_never_worked_out_and_broken_cells_are_named() {
    let bytes = book(|sheet| {
        write(sheet, 0, &["姓名", "楼栋", "手机"]);
        sheet
            .write_formula(1, 0, Formula::new("=\"薛\"&\"秀英\"").set_result("薛秀英"))
            .expect("a formula");
        write(sheet, 2, &["周建国", "=1+1"]);
    });
    let table = read(&bytes).expect("a list");
    assert_eq!(table.rows[0].cells[0], Cell::Text("薛秀英".to_owned()));
    assert_eq!(table.rows[1].cells[1], Cell::flawed(Flaw::Formula, "=1+1"));
}

#[test]
fn the_sheet_with_the_list_is_found_behind_a_cover() {
    let mut book = Workbook::new();
    book.add_worksheet().write_string(0, 0, "说明").expect("written");
    let list = book.add_worksheet();
    list.set_name("名册").expect("a name");
    write(list, 0, &["姓名"]);
    write(list, 1, &["薛秀英"]);
    let table = read(&book.save_to_buffer().expect("a workbook")).expect("a list");
    assert_eq!(
        (table.sheet.as_str(), table.other_sheets, table.rows.len()),
        ("名册", 1, 1)
    );
}

/// A zip with these parts.
fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, content) in parts {
        zip.start_file(*name, options).expect("a part");
        zip.write_all(content).expect("written");
    }
    zip.finish().expect("a zip").into_inner()
}

/// A zip written by hand, whose parts say of their size what they like: name, deflated bytes, size they say they unfold to.
fn zip_that_says(parts: &[(&str, &[u8], u32)]) -> Vec<u8> {
    let length = |count: usize| u32::try_from(count).expect("small").to_le_bytes();
    let (mut zip, mut index) = (Vec::new(), Vec::new());
    for (name, packed, says) in parts {
        let at = length(zip.len());
        let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0, 0, 0, 0, 0];
        common.extend(length(packed.len()));
        common.extend(says.to_le_bytes());
        common.extend(&length(name.len())[..2]);
        common.extend([0, 0]);
        zip.extend(b"PK\x03\x04");
        zip.extend(&common);
        zip.extend(name.as_bytes());
        zip.extend(*packed);
        index.extend(b"PK\x01\x02\x14\0");
        index.extend(&common);
        index.extend([0; 10]);
        index.extend(at);
        index.extend(name.as_bytes());
    }
    let (at, count) = (length(zip.len()), length(parts.len()));
    zip.extend(&index);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend([&count[..2], &count[..2]].concat());
    zip.extend(length(index.len()));
    zip.extend(at);
    zip.extend([0, 0]);
    zip
}

/// 512 MB of spaces, deflated: one megabyte of them, again and again.
fn endless() -> Vec<u8> {
    let mut deflate = flate2::Compress::new(flate2::Compression::best(), false);
    let mut packed = Vec::with_capacity(64 * 1024);
    let spaces = vec![b' '; 1024 * 1024];
    deflate
        .compress_vec(&spaces, &mut packed, flate2::FlushCompress::Full)
        .expect("deflated");
    let mut endless = packed.repeat(512);
    // A last block with nothing in it.
    endless.extend([1, 0, 0, 0xFF, 0xFF]);
    endless
}

#[test]
fn a_small_file_that_unfolds_to_hundreds_of_megabytes_is_refused_even_when_it_lies_about_it() {
    let packed = endless();
    // One that says less than it unfolds to is no whole zip: reading ends where it said it would.
    for (says, expected) in [
        (512 * 1024 * 1024, "residents-file-unfolds"),
        (1000, "residents-file-damaged"),
    ] {
        let bomb = zip_that_says(&[
            ("xl/worksheets/sheet1.xml", &packed, says),
            ("xl/workbook.xml", &[1, 0, 0, 0xFF, 0xFF], 0),
        ]);
        assert!(bomb.len() < 1024 * 1024, "{}", bomb.len());
        assert_eq!(code(&bomb).0, expected, "it says {says}");
    }
}

#[test]
fn parts_that_do_not_belong_are_refused() {
    let workbook: (&str, &[u8]) = ("xl/workbook.xml", b"<workbook/>");
    assert_eq!(
        code(&zipped(&[workbook, ("xl/externalLinks/externalLink1.xml", b"<x/>")])).0,
        "residents-file-external"
    );
    assert_eq!(
        code(&zipped(&[workbook, ("xl/vbaProject.bin", b"x")])).0,
        "residents-file-macros"
    );
    assert_eq!(
        code(&zipped(&[("word/document.xml", b"<x/>")])).0,
        "residents-file-kind"
    );
    let names: Vec<String> = (0..=1000).map(|n| format!("xl/{n}.xml")).collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    assert_eq!(code(&zipped(&many)).0, "residents-file-unfolds");
    assert_eq!(code(&[OLD_OFFICE, b"rest"].concat()).0, "residents-file-old");
    assert_eq!(code(b"<html><table><tr><td>x").0, "residents-file-page");
    assert_eq!(code(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\0").0, "residents-file-kind");
    assert_eq!(code(b"").0, "residents-file-empty");
}

#[test]
fn a_workbook_cut_in_the_middle_is_refused_at_every_length() {
    let whole = book(|sheet| {
        write(sheet, 0, &["姓名", "手机"]);
        write(sheet, 1, &["薛秀英", "13800000001"]);
    });
    for length in (4..whole.len()).step_by(97) {
        assert_eq!(code(&whole[..length]).0, "residents-file-damaged", "{length}");
    }
}

const LIST: &str = "姓名,性别,楼栋,手机\r\n薛秀英,女,3号楼,13800000001\r\n\r\n周建国,男,\"5号楼,东\n二单元\",13800000002\r\n吴桂兰,女,7号楼,13800000003\r\n";

#[test]
fn text_is_read_in_all_its_encodings() {
    let (gb, ..) = encoding_rs::GB18030.encode(LIST);
    let marked = [&b"\xEF\xBB\xBF"[..], LIST.as_bytes()].concat();
    let utf16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(LIST.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let expected = read(LIST.as_bytes()).expect("a list");
    assert_eq!(
        cells(&expected)
            .iter()
            .map(|(number, cells)| (*number, cells[2]))
            .collect::<Vec<_>>(),
        [(2, "3号楼"), (4, "5号楼,东\n二单元"), (5, "7号楼")],
        "rows are counted as a spreadsheet shows them"
    );
    for bytes in [gb.into_owned(), marked, utf16] {
        assert_eq!(read(&bytes).expect("a list"), expected);
    }
    for delimiter in [";", "\t"] {
        let text = "姓名,性别,手机\n薛秀英,女,13800000001\n".replace(',', delimiter);
        assert_eq!(
            cells(&read(text.as_bytes()).expect("a list")),
            [(2, vec!["薛秀英", "女", "13800000001"])]
        );
    }
}

#[test]
fn text_cut_in_the_middle_is_refused_with_its_row() {
    let row = |text: &[u8]| code(text);
    assert_eq!(
        row("姓名,楼栋,手机\n薛秀英,\"3号楼,13800000001\n周建国,5号楼,13800000002\n".as_bytes()),
        ("residents-cut-quote".to_owned(), Some("2".to_owned()))
    );
    assert_eq!(
        row("姓名,楼栋,手机\n薛秀英,3号楼,13800000001\n周建国,5".as_bytes()),
        ("residents-cut-row".to_owned(), Some("3".to_owned()))
    );
    let whole = "姓名,楼栋,手机\n薛秀英,3号楼,13800000001\n周建国,五".as_bytes();
    assert_eq!(
        row(&whole[..whole.len() - 1]),
        ("residents-cut-row".to_owned(), Some("3".to_owned()))
    );
    let (gb, ..) = encoding_rs::GB18030.encode("姓名,楼栋,手机\n薛秀英,3号楼,13800000001\n周建国,五");
    assert_eq!(
        row(&gb[..gb.len() - 1]),
        ("residents-cut-row".to_owned(), Some("3".to_owned()))
    );
}

#[test]
fn slipped_columns_are_seen() {
    let table = read("姓名,楼栋\n薛秀英,3号楼,东\n".as_bytes()).expect("a list");
    assert!(table.rows[0].longer);
}

#[test]
fn lists_without_names_or_beyond_the_limits_are_refused() {
    assert_eq!(code("楼栋,手机\n3号楼,13800000001\n".as_bytes()).0, "residents-no-name");
    assert_eq!(code("一,二\n三,四\n".as_bytes()).0, "residents-no-header");
    let wide = format!("姓名{}备注\n", ",".repeat(60));
    assert_eq!(
        code(wide.as_bytes()),
        ("residents-columns".to_owned(), Some("1".to_owned()))
    );
    let long = format!("姓名\n{}", "薛秀英\n".repeat(20_001));
    assert_eq!(
        code(long.as_bytes()),
        ("residents-rows".to_owned(), Some("20002".to_owned()))
    );
}
