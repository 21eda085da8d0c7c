//! Files become tables: what a file is, its bytes decide.
//!
//! The work is bounded before it is begun: bytes, what they unpack to, rows, columns, characters of a cell, text kept altogether. A file that
//! breaks off is refused as a whole, never read up to the break.

mod lines;
mod text;
mod workbook;

use crate::domain::resident_import::Table;
use crate::services::{Error, Result};

/// The largest file, bytes.
pub const FILE_BYTES: usize = 10 * 1024 * 1024;

/// What an old Office file begins with; also a new one behind a password (MS-CFB §2.2).
const OLD_OFFICE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Reads a list: XLSX, or text with commas, semicolons or tabs.
///
/// # Errors
/// [`Error::Invalid`] on the field `file`, with what to change and, where there is one, the row.
pub fn read(bytes: &[u8]) -> Result<Table> {
    if bytes.is_empty() {
        return Err(refused("residents-file-empty"));
    }
    if bytes.len() > FILE_BYTES {
        return Err(refused("residents-file-large"));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return workbook::read(bytes);
    }
    if bytes.starts_with(OLD_OFFICE) {
        return Err(refused("residents-file-old"));
    }
    let start = bytes.trim_ascii_start();
    let markup = [&b"<html"[..], b"<!doct", b"<table", b"<?xml", b"<meta"];
    if markup.iter().any(|mark| {
        start
            .get(..mark.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(mark))
    }) {
        return Err(refused("residents-file-page"));
    }
    text::read(bytes)
}

fn refused(code: &'static str) -> Error {
    Error::invalid("file", code, "")
}

#[cfg(test)]
mod tests;
