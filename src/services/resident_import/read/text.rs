//! Lists as text: UTF-8, UTF-16 with its mark, or GB 18030, which offices still write; between commas, semicolons or tabs.

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

use super::lines::{Line, Lines};
use super::refused;
use crate::domain::resident_import::header::{Label, label};
use crate::domain::resident_import::{Cell, HEADER_WITHIN, Table};
use crate::services::{Error, FieldError, Result};

/// Reads a list.
///
/// # Errors
/// [`Error::Invalid`]: no text, broken off, no header.
pub(super) fn read(bytes: &[u8]) -> Result<Table> {
    let text = decode(bytes)?;
    let ended = text.ends_with(['\n', '\r']);
    // One kind of line end, so that lines can be counted.
    let mut text = text.replace("\r\n", "\n").replace('\r', "\n");
    if !ended {
        text.push('\n');
    }
    let delimiter = delimiter(&text);
    if let Some(row) = open_quote(&text, delimiter) {
        return Err(cut("residents-cut-quote", row));
    }
    let mut lines = Lines::new(true, Box::new(|_| None));
    let (mut records, mut inner) = (reader(&text, delimiter), 0);
    let mut record = csv::StringRecord::new();
    let (mut widths, mut last) = (Vec::new(), (0, 0));
    while records
        .read_record(&mut record)
        .map_err(|_| refused("residents-file-kind"))?
    {
        inner += record.iter().map(|cell| cell.matches('\n').count() as u64).sum::<u64>();
        let number = u32::try_from(records.position().line().saturating_sub(1 + inner)).unwrap_or(u32::MAX);
        if widths.last() != Some(&record.len()) && widths.len() < 3 {
            widths.push(record.len());
        }
        last = (number, record.len());
        lines.push(Line {
            number,
            cells: record.iter().map(Cell::of).enumerate().collect(),
        })?;
    }
    // All lines are equally long but the last one, which does not end: the rest of it is missing.
    if let ([whole, _], false) = (widths.as_slice(), ended)
        && last.1 < *whole
    {
        return Err(cut("residents-cut-row", last.0));
    }
    lines.finish()
}

fn cut(code: &'static str, row: u32) -> Error {
    Error::Invalid(vec![FieldError::new("file", code, "").with("row", row)])
}

fn reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
}

/// The text behind the bytes.
fn decode(bytes: &[u8]) -> Result<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes).filter(|(found, _)| [UTF_16LE, UTF_16BE].contains(found)) {
        let body = &bytes[mark..];
        let text = encoding.decode_without_bom_handling_and_without_replacement(body);
        let text = text.filter(|_| body.len().is_multiple_of(2));
        return text.map(Into::into).ok_or_else(|| cut_at_end(""));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // The last character is only begun.
        Err(error)
            if error.error_len().is_none() && bytes.len() - error.valid_up_to() < 4 && error.valid_up_to() > 0 =>
        {
            let whole = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            // Two bytes of a Chinese character may also be what GB 18030 text ends with.
            match gb18030(bytes) {
                Some(text) if whole.is_ascii() => text,
                _ => return Err(cut_at_end(whole)),
            }
        }
        Err(_) => match gb18030(bytes) {
            Some(text) => text,
            None => {
                let begun = (1..4).find_map(|missing| gb18030(bytes.get(..bytes.len().checked_sub(missing)?)?));
                return Err(begun.map_or_else(|| refused("residents-file-kind"), |whole| cut_at_end(&whole)));
            }
        },
    };
    let prints = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{0B}' | '\u{0C}');
    if text.chars().all(prints) {
        Ok(text)
    } else {
        Err(refused("residents-file-kind"))
    }
}

fn gb18030(bytes: &[u8]) -> Option<String> {
    GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .map(Into::into)
}

/// The text ends inside a character.
fn cut_at_end(whole: &str) -> Error {
    let row = whole.replace("\r\n", "\n").matches(['\n', '\r']).count() + 1;
    cut("residents-cut-row", u32::try_from(row).unwrap_or(u32::MAX))
}

/// What stands between the cells: whatever lets the most labels be known among the first lines.
fn delimiter(text: &str) -> u8 {
    let known = |delimiter: u8| {
        let records = reader(text, delimiter).into_records();
        let labels = records.flatten().take(HEADER_WITHIN).map(|record| {
            let known = record.iter().filter(|cell| matches!(label(cell), Label::Known(_)));
            (known.count(), record.len())
        });
        labels.max().unwrap_or_default()
    };
    let best = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| known(*delimiter));
    best.unwrap_or(b',')
}

/// The row in which a quote was opened that the file does not close (RFC 4180 §2.5).
fn open_quote(text: &str, delimiter: u8) -> Option<u32> {
    let (mut row, mut opened, mut inside, mut cell_begins) = (1, 1, false, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if inside {
            if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
                inside = false;
            }
            continue;
        }
        match byte {
            b'"' if cell_begins => {
                inside = true;
                opened = row;
                cell_begins = false;
            }
            b'\n' => {
                row += 1;
                cell_begins = true;
            }
            byte => cell_begins = byte == delimiter,
        }
    }
    inside.then_some(opened)
}
