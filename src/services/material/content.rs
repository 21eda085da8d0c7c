//! What a file is, told by its bytes; the name must agree.
//!
//! The first bytes are read by `infer`; then each kind is looked at by what it must have: a picture its size, an Office file its inner
//! names, a text nothing but text. Nothing is unpacked or decoded: the size of the work is bounded by the size of the file.

use std::io::Cursor;

use encoding_rs::GB18030;
use zip::ZipArchive;

use crate::domain::material::{
    FILE_BYTES, FileKind, FileName, MaterialError, PICTURE_PIXELS, SIDE_PIXELS, file_name, has_script,
    looks_like_markup,
};

/// The most inner files of an Office file: a presentation of a hundred pages has some six hundred.
const MOST_PARTS: usize = 5000;

/// Reads a file: its cleaned name, and what it is.
///
/// # Errors
/// [`MaterialError`], the first thing that is wrong.
pub fn read(sent_name: &str, bytes: &[u8]) -> Result<(FileName, FileKind), MaterialError> {
    let name = file_name(sent_name)?;
    if bytes.is_empty() {
        return Err(MaterialError::Empty);
    }
    if bytes.len() > FILE_BYTES {
        return Err(MaterialError::Large {
            bytes: bytes.len() as u64,
        });
    }
    let kind = kind_of(bytes)?;
    if kind.fits(&name.ending) {
        Ok((name, kind))
    } else {
        Err(MaterialError::Other(kind))
    }
}

fn kind_of(bytes: &[u8]) -> Result<FileKind, MaterialError> {
    let Some(found) = infer::get(bytes).map(|found| found.mime_type()) else {
        return text(bytes);
    };
    match found {
        "application/pdf" => pdf(bytes),
        "image/png" => picture(bytes, FileKind::Png),
        "image/jpeg" => picture(bytes, FileKind::Jpeg),
        "image/webp" => picture(bytes, FileKind::Webp),
        "image/gif" => picture(bytes, FileKind::Gif),
        "video/mp4" | "video/x-m4v" => Ok(FileKind::Mp4),
        "audio/mpeg" => mp3(bytes),
        // Which Office file it is, and whether it is one, its inner names say.
        "application/zip"
        | "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        | "application/vnd.openxmlformats-officedocument.presentationml.presentation" => office(bytes),
        "text/html" | "text/xml" | "text/x-shellscript" | "image/svg+xml" => Err(MaterialError::Script),
        _ => Err(MaterialError::Unknown),
    }
}

/// A PDF begins with its mark; nothing a browser would read as a page stands around it.
fn pdf(bytes: &[u8]) -> Result<FileKind, MaterialError> {
    if !bytes.starts_with(b"%PDF-") {
        return Err(MaterialError::Unknown);
    }
    if has_script(bytes) {
        return Err(MaterialError::Script);
    }
    Ok(FileKind::Pdf)
}

/// An MP3 begins with its tags or with a frame of sound whose header makes sense.
fn mp3(bytes: &[u8]) -> Result<FileKind, MaterialError> {
    let tagged = bytes.starts_with(b"ID3") && bytes.len() > 10;
    let frame = matches!(bytes, [0xff, second, third, ..]
        if second & 0xe0 == 0xe0
            // Neither the reserved version, nor the reserved layer, nor bit rates and sampling rates that do not exist.
            && second & 0x18 != 0x08
            && second & 0x06 != 0
            && third & 0xf0 != 0xf0
            && third & 0x0c != 0x0c);
    if has_script(bytes) {
        Err(MaterialError::Script)
    } else if tagged || frame {
        Ok(FileKind::Mp3)
    } else {
        Err(MaterialError::Unknown)
    }
}

/// A picture says its width and height, and carries no page: a file that is both would be run by whoever serves it as the other.
fn picture(bytes: &[u8], kind: FileKind) -> Result<FileKind, MaterialError> {
    if has_script(bytes) {
        return Err(MaterialError::Script);
    }
    let size = imagesize::blob_size(bytes).map_err(|_| MaterialError::Damaged)?;
    let fits = |side: usize| (1..=SIDE_PIXELS).contains(&side);
    if !fits(size.width) || !fits(size.height) || size.width * size.height > PICTURE_PIXELS {
        return Err(MaterialError::Pixels(size.width, size.height));
    }
    Ok(kind)
}

/// An Office file is a zip with the right names in it, and without macros. Only its table of contents is read.
fn office(bytes: &[u8]) -> Result<FileKind, MaterialError> {
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| MaterialError::Damaged)?;
    if archive.len() > MOST_PARTS {
        return Err(MaterialError::Damaged);
    }
    let names: Vec<_> = archive
        .file_names()
        .collect::<Result<_, _>>()
        .map_err(|_| MaterialError::Damaged)?;
    let has = |wanted: &str| names.iter().any(|name| name == wanted);
    if names
        .iter()
        .any(|name| name.to_ascii_lowercase().ends_with("vbaproject.bin"))
    {
        return Err(MaterialError::Macros);
    }
    if !has("[Content_Types].xml") {
        return Err(MaterialError::Unknown);
    }
    match (
        has("word/document.xml"),
        has("xl/workbook.xml"),
        has("ppt/presentation.xml"),
    ) {
        (true, false, false) => Ok(FileKind::Docx),
        (false, true, false) => Ok(FileKind::Xlsx),
        (false, false, true) => Ok(FileKind::Pptx),
        _ => Err(MaterialError::Unknown),
    }
}

/// A text is nothing but text: UTF-8 or GB 18030, no page and no script, no bytes that do not print.
fn text(bytes: &[u8]) -> Result<FileKind, MaterialError> {
    if looks_like_markup(bytes) {
        return Err(MaterialError::Script);
    }
    let prints = |text: &str| {
        !text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{0C}'))
    };
    if let Ok(text) = std::str::from_utf8(bytes) {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        return if prints(text) {
            Ok(FileKind::Text)
        } else {
            Err(MaterialError::Unknown)
        };
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) if prints(&text) => Ok(FileKind::TextGb),
        _ => Err(MaterialError::Unknown),
    }
}

#[cfg(test)]
mod tests;
