//! Lists as workbooks (XLSX, ECMA-376).
//!
//! A workbook is a zip, and 511 KB of zip can unfold to 512 MB. So every part is unfolded once into nothing, with a count, before anything is
//! parsed: what the zip says about itself is looked at first, because that is quick, and never trusted. Cells are then read one after the
//! other, never as a rectangle: a cell far out costs nothing. No formula is worked out, and nothing outside the file is looked at.

use std::io::{Cursor, Read};

use calamine::{DataRef, Dimensions, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use zip::ZipArchive;

use super::lines::{Line, Lines, SecondLine};
use super::refused;
use crate::domain::resident_import::{Cell, Field, Flaw, RawRow, Table};
use crate::services::{Error, FieldError, Result};

/// Parts of a workbook at most.
const MOST_PARTS: usize = 1000;
/// What all parts unfold to at most, bytes: a full list of 20,000 rows and sixteen columns is some 15 MB.
pub(super) const MOST_UNFOLDED: u64 = 64 * 1024 * 1024;
/// Sheets that are looked at.
const MOST_SHEETS: usize = 20;
/// Cells inside merged cells that are looked at.
const MOST_MERGED: usize = 400_000;

/// Reads the first sheet that has a header with names.
///
/// # Errors
/// [`Error::Invalid`]: too large when unfolded, damaged, with parts that do not belong, no header.
pub(super) fn read(bytes: &[u8]) -> Result<Table> {
    look_at_parts(bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| unreadable(&error))?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut first_refusal = None;
    for name in sheets.iter().take(MOST_SHEETS) {
        match read_sheet(&mut book, name) {
            Ok(mut table) => {
                table.sheet.clone_from(name);
                table.other_sheets = sheets.len() - 1;
                return Ok(table);
            }
            Err(Error::Invalid(errors)) if errors.iter().any(is_about_header) => {
                let better = errors.iter().any(|error| error.code == "residents-no-name");
                if first_refusal.is_none() || better {
                    first_refusal = Some(Error::Invalid(errors));
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(first_refusal.unwrap_or_else(|| refused("residents-no-header")))
}

fn is_about_header(error: &FieldError) -> bool {
    matches!(error.code, "residents-no-header" | "residents-no-name")
}

/// Counts the parts and what they unfold to, and refuses what does not belong into a list.
fn look_at_parts(bytes: &[u8]) -> Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| refused("residents-file-damaged"))?;
    if archive.len() > MOST_PARTS {
        return Err(too_large());
    }
    let mut is_workbook = false;
    let mut declared = 0_u64;
    for at in 0..archive.len() {
        let part = archive
            .by_index_raw(at)
            .map_err(|_| refused("residents-file-damaged"))?;
        declared = declared.saturating_add(part.size());
        let name = String::from_utf8_lossy(part.name_raw())
            .to_lowercase()
            .replace('\\', "/");
        if part.encrypted() {
            return Err(refused("residents-file-old"));
        }
        if name.contains("externallinks/") {
            return Err(refused("residents-file-external"));
        }
        if name.ends_with("vbaproject.bin") {
            return Err(refused("residents-file-macros"));
        }
        is_workbook |= name == "xl/workbook.xml";
    }
    if declared > MOST_UNFOLDED {
        return Err(too_large());
    }
    if !is_workbook {
        return Err(refused("residents-file-kind"));
    }
    let mut unfolded = 0;
    let mut buffer = vec![0; 64 * 1024];
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(|_| refused("residents-file-damaged"))?;
        loop {
            let read = part.read(&mut buffer).map_err(|_| refused("residents-file-damaged"))?;
            if read == 0 {
                break;
            }
            unfolded += read as u64;
            if unfolded > MOST_UNFOLDED {
                return Err(too_large());
            }
        }
    }
    Ok(())
}

fn too_large() -> Error {
    let error = FieldError::new("file", "residents-file-unfolds", "");
    Error::Invalid(vec![error.with("max", MOST_UNFOLDED / (1024 * 1024))])
}

fn unreadable(error: &XlsxError) -> Error {
    // What the parser says may repeat a cell: only its kind goes into the log.
    let kind = match error {
        XlsxError::Zip(_) | XlsxError::Io(_) => "zip",
        XlsxError::Xml(_) | XlsxError::XmlAttr(_) | XlsxError::XmlEof(_) => "xml",
        _ => "content",
    };
    tracing::info!(kind, "a workbook could not be read");
    refused("residents-file-damaged")
}

fn read_sheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Table> {
    let merged = book
        .merge_cells_by_sheet_name(name)
        .map_err(|error| unreadable(&error))?;
    let mut cells = match book.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        // A chart on a sheet of its own.
        Err(XlsxError::NotAWorksheet(_)) => return Err(refused("residents-no-header")),
        Err(error) => return Err(unreadable(&error)),
    };
    let mut lines = Lines::new(false, second_line(merged.clone()));
    let mut line: Option<Line> = None;
    while let Some(cell) = cells.next_cell().map_err(|error| unreadable(&error))? {
        let (row, column) = cell.get_position();
        let number = row.saturating_add(1);
        if line.as_ref().is_none_or(|line| line.number != number) {
            if line.as_ref().is_some_and(|line| line.number > number) {
                return Err(refused("residents-file-damaged"));
            }
            let ended = line.replace(Line {
                number,
                cells: Vec::new(),
            });
            if let Some(ended) = ended {
                lines.push(ended)?;
            }
        }
        let value = value(cell.get_value());
        if let Some(line) = line.as_mut().filter(|_| !value.is_empty()) {
            line.cells.push((column as usize, value));
        }
    }
    if let Some(line) = line {
        lines.push(line)?;
    }
    let mut table = lines.finish()?;
    spread_merged(&mut table, &merged)?;
    Ok(table)
}

/// A cell as text. A date is written as one; a number without an exponent.
fn value(cell: &DataRef) -> Cell {
    match cell {
        DataRef::Empty => Cell::Text(String::new()),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::of(text),
        DataRef::SharedString(text) => Cell::of(text),
        DataRef::Int(number) => Cell::of(&number.to_string()),
        DataRef::Float(number) => Cell::of(&number.to_string()),
        DataRef::Bool(yes) => Cell::of(if *yes { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(at) if at.is_datetime() && (0.0..3_000_000.0).contains(&at.as_f64()) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            Cell::of(&format!("{year:04}-{month:02}-{day:02}"))
        }
        DataRef::DateTime(at) => Cell::of(&at.as_f64().to_string()),
        DataRef::Error(error) => Cell::flawed(Flaw::Broken, &error.to_string()),
    }
}

/// Whether a header has a second line, which some of its labels reach down into; then the columns that its labels span.
fn second_line(merged: Vec<Dimensions>) -> SecondLine {
    Box::new(move |number| {
        let row = number.checked_sub(1)?;
        let reaches_down = |region: &&Dimensions| region.start.0 == row && region.end.0 == row + 1;
        merged.iter().find(reaches_down)?;
        let across = merged
            .iter()
            .filter(|region| region.start.0 == row && region.end.0 == row && region.end.1 > region.start.1);
        Some(
            across
                .map(|region| (region.start.1 as usize, region.end.1 as usize))
                .collect(),
        )
    })
}

/// Says of every merged cell among the rows what it means.
///
/// A building or a grid that stands once beside several rows is meant for all of them, and a cell that is only wider than its column is
/// its column's. Everything else is a guess, so each of its cells is flawed.
fn spread_merged(table: &mut Table, merged: &[Dimensions]) -> Result<()> {
    let mut looked_at = 0;
    for region in merged {
        let (from, to) = (region.start.0.saturating_add(1), region.end.0.saturating_add(1));
        let begins = table.rows.partition_point(|row| row.number < from);
        let ends = table.rows.partition_point(|row| row.number <= to);
        let inside: Vec<usize> = (0..table.places.len())
            .filter(|at| {
                let column = table.places[*at].at;
                (region.start.1 as usize..=region.end.1 as usize).contains(&column)
            })
            .collect();
        if inside.is_empty() || begins >= ends {
            continue;
        }
        looked_at += inside.len() * (ends - begins);
        if looked_at > MOST_MERGED {
            return Err(refused("residents-file-damaged"));
        }
        let one_column = region.start.1 == region.end.1;
        let one_row = from == to;
        let first = inside[0];
        let only_wider = one_row && inside.len() == 1 && table.places[first].at == region.start.1 as usize;
        if only_wider {
            continue;
        }
        let shared = one_column && matches!(table.places[first].field, Field::Building | Field::Grid);
        let top = &table.rows[begins];
        let value = if top.number == from {
            inside
                .iter()
                .map(|at| top.cells[*at].clone())
                .find(|cell| !cell.is_empty())
        } else {
            None
        };
        let value = value.unwrap_or_else(|| Cell::Text(String::new()));
        for row in &mut table.rows[begins..ends] {
            mark(row, &inside, &value, shared);
        }
    }
    Ok(())
}

fn mark(row: &mut RawRow, inside: &[usize], value: &Cell, shared: bool) {
    for at in inside {
        if let Some(cell) = row.cells.get_mut(*at) {
            *cell = if shared {
                value.clone()
            } else {
                Cell::flawed(Flaw::Merged, value.value())
            };
        }
    }
}
