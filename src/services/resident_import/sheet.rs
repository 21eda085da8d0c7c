//! The files that leave: an empty list to fill in, and the rows that were left out with the reason beside each.

use std::collections::HashMap;

use rust_xlsxwriter::{Format, FormatBorder, Workbook, XlsxError};

use super::words;
use crate::domain::resident_import::settle::{Settled, Verdict};
use crate::domain::resident_import::{Field, Table};
use crate::services::report::sheet::{Cell, csv_row};
use crate::services::wording::Words;
use crate::services::{Error, Result};

/// The columns of the empty list, in the order of a form.
const COLUMNS: [Field; 11] = [
    Field::Name,
    Field::Gender,
    Field::Birth,
    Field::Phone,
    Field::Building,
    Field::Grid,
    Field::Care,
    Field::FamilyName,
    Field::FamilyPhone,
    Field::Email,
    Field::TellBy,
];
/// Rows set up as text, so that a number keeps its digits.
const ROWS: u32 = 1000;

/// An empty list to fill in: its header is understood when it comes back, and all its cells are text.
///
/// # Errors
/// [`Error::Internal`] when the workbook cannot be written.
pub fn template(words: Words, grids: &[String]) -> Result<Vec<u8>> {
    let write = || -> std::result::Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let text = Format::new().set_num_format("@");
        let head = Format::new()
            .set_bold()
            .set_border_bottom(FormatBorder::Thin)
            .set_num_format("@");
        let sheet = book.add_worksheet();
        sheet.set_name(words.t("residents-template-sheet"))?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, field) in (0..).zip(COLUMNS) {
            sheet.set_column_width(column, 16)?;
            sheet.set_column_format(column, &text)?;
            sheet.write_string_with_format(0, column, words::field(words, field), &head)?;
        }
        for row in 1..=ROWS {
            for column in [3, 8] {
                sheet.write_blank(row, column, &text)?;
            }
        }
        let help = book.add_worksheet();
        help.set_name(words.t("residents-template-help"))?;
        help.set_column_width(0, 16)?;
        help.set_column_width(1, 70)?;
        for (row, field) in (0..).zip(COLUMNS) {
            help.write_string(row, 0, words::field(words, field))?;
            let key = format!("residents-help-{}", field.as_str().replace('_', "-"));
            let said = if field == Field::Grid {
                words.a(&key, "grids", grids.join("、"))
            } else {
                words.t(&key)
            };
            help.write_string(row, 1, said)?;
        }
        book.save_to_buffer()
    };
    write().map_err(|error| Error::Internal(format!("the workbook cannot be written: {error}")))
}

/// The rows that are wrong, as CSV with a byte order mark: their row, what was read of them, and the reasons. It can be put right and
/// imported again: its headers are those of the file. Numbers stand in it in full, for they must be put right.
pub(super) fn rest(words: Words, table: &Table, settled: &[Settled]) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    let mut header = vec![Cell::Text(words.t("residents-column-row"))];
    header.extend(table.places.iter().map(|place| Cell::Text(place.label.clone())));
    header.push(Cell::Text(words.t("residents-column-reason")));
    csv_row(&mut out, &header);
    let by_number: HashMap<u32, _> = table.rows.iter().map(|row| (row.number, row)).collect();
    for one in settled {
        let (Verdict::Wrong(faults), Some(row)) = (&one.verdict, by_number.get(&one.number)) else {
            continue;
        };
        let mut cells = vec![Cell::Count(i64::from(one.number))];
        cells.extend(row.cells.iter().map(|cell| Cell::Text(cell.value().to_owned())));
        let reasons: Vec<String> = faults
            .iter()
            .map(|fault| match fault.label.as_str() {
                "" => words::fault(words, fault),
                label => words.aa("residents-reason", "label", label, "why", words::fault(words, fault)),
            })
            .collect();
        cells.push(Cell::Text(reasons.join("; ")));
        csv_row(&mut out, &cells);
    }
    out.into_bytes()
}
