use std::io::Write as _;

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

/// A zip with these names in it, each with a few bytes.
fn zip(names: &[&str]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for name in names {
        writer.start_file(*name, options).unwrap();
        writer.write_all(b"<x/>").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A PNG's signature and header with this width and height; the checksum is not looked at.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

fn gif(width: u16, height: u16, more: &[u8]) -> Vec<u8> {
    let mut bytes = b"GIF89a".to_vec();
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([0, 0, 0]);
    bytes.extend(more);
    bytes
}

/// The first bytes of a JPEG up to the frame header that says width and height.
fn jpeg(comment: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xfe];
    bytes.extend((u16::try_from(comment.len()).unwrap() + 2).to_be_bytes());
    bytes.extend(comment);
    bytes.extend([
        0xff, 0xc0, 0, 17, 8, 0, 40, 0, 60, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0xff, 0xd9,
    ]);
    bytes
}

#[test]
fn each_kind_is_known_by_its_bytes() {
    let (gb, ..) = GB18030.encode("防诈骗手册:不听、不信、不转账");
    let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x1f\xc0\x07\0\0\0\0\0\0\0\0\0\0".to_vec();
    for (name, bytes, kind) in [
        ("a.pdf", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj".to_vec(), FileKind::Pdf),
        ("a.png", png(640, 480), FileKind::Png),
        ("a.JPG", jpeg(b"a picture"), FileKind::Jpeg),
        ("a.jpeg", jpeg(b""), FileKind::Jpeg),
        ("a.gif", gif(20, 20, b""), FileKind::Gif),
        ("a.webp", webp, FileKind::Webp),
        ("a.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".to_vec(), FileKind::Mp4),
        ("a.mp3", b"ID3\x04\0\0\0\0\0\x0aTIT2\0\0\0\0".to_vec(), FileKind::Mp3),
        ("a.mp3", vec![0xff, 0xfb, 0x90, 0x44, 0, 0, 0, 0], FileKind::Mp3),
        (
            "a.docx",
            zip(&["[Content_Types].xml", "word/document.xml"]),
            FileKind::Docx,
        ),
        (
            "a.xlsx",
            zip(&["[Content_Types].xml", "xl/workbook.xml"]),
            FileKind::Xlsx,
        ),
        (
            "a.pptx",
            zip(&["[Content_Types].xml", "ppt/presentation.xml"]),
            FileKind::Pptx,
        ),
        ("a.txt", "上课请带老花镜,1 < 2".into(), FileKind::Text),
        ("a.txt", gb.into_owned(), FileKind::TextGb),
    ] {
        let read = read(name, &bytes).map(|(_, kind)| kind);
        assert_eq!(read, Ok(kind), "{name}");
    }
}

#[test]
fn what_is_not_what_its_name_says_is_refused_with_what_it_is() {
    let page = b"<!DOCTYPE html><script>alert(1)</script>".to_vec();
    for (name, bytes, wrong) in [
        ("../../x.html", page.clone(), MaterialError::Ending("html".to_owned())),
        ("x.png", page.clone(), MaterialError::Script),
        ("x.txt", page, MaterialError::Script),
        (
            "x.txt",
            b"<svg xmlns='x' onload='alert(1)'/>".to_vec(),
            MaterialError::Script,
        ),
        (
            "x.jpg",
            b"alert(document.cookie)".to_vec(),
            MaterialError::Other(FileKind::Text),
        ),
        ("x.png", b"%PDF-1.7\n".to_vec(), MaterialError::Other(FileKind::Pdf)),
        ("x.pdf", png(1, 1), MaterialError::Other(FileKind::Png)),
        ("x.gif", gif(9, 9, b"/*<script>*/=1;alert(1)"), MaterialError::Script),
        ("x.jpg", jpeg(b"<SCRIPT src=//x>"), MaterialError::Script),
        ("x.pdf", b"%PDF-1.7\n<html><script>".to_vec(), MaterialError::Script),
        ("x.png", b"\x89PNG\r\n\x1a\n".to_vec(), MaterialError::Damaged),
        ("x.png", png(0, 20), MaterialError::Pixels(0, 20)),
        ("x.png", png(15_000, 15_000), MaterialError::Pixels(15_000, 15_000)),
        ("x.docx", zip(&["a.txt"]), MaterialError::Unknown),
        (
            "x.docx",
            zip(&["[Content_Types].xml", "xl/workbook.xml"]),
            MaterialError::Other(FileKind::Xlsx),
        ),
        (
            "x.docx",
            zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]),
            MaterialError::Macros,
        ),
        (
            "x.docx",
            b"PK\x03\x04 and then nothing".to_vec(),
            MaterialError::Damaged,
        ),
        (
            "x.pdf",
            b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec(),
            MaterialError::Unknown,
        ),
        (
            "x.pdf",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec(),
            MaterialError::Unknown,
        ),
        ("x.txt", b"a\0b".to_vec(), MaterialError::Unknown),
        ("x.txt", vec![0xff, 0xff, 0x80, 0x80, 0x00], MaterialError::Unknown),
        ("x.pdf", Vec::new(), MaterialError::Empty),
    ] {
        assert_eq!(read(name, &bytes).map(|(_, kind)| kind), Err(wrong), "{name}");
    }
    let large = vec![b'a'; FILE_BYTES + 1];
    let bytes = large.len() as u64;
    assert_eq!(read("x.txt", &large), Err(MaterialError::Large { bytes }));
    assert!(read("x.txt", &large[1..]).is_ok(), "exactly ten");
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader_and_none_that_begin_like_a_page_come_through(
        head in proptest::sample::select(vec![
            &b""[..], b"%PDF-", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", b"GIF89a", b"\xff\xd8\xff", b"PK\x03\x04",
            b"RIFF\0\0\0\0WEBP", b"ID3", b"\0\0\0\x18ftypmp42", b"<html>",
        ]),
        tail in prop::collection::vec(any::<u8>(), 0..300),
        ending in proptest::sample::select(vec!["pdf", "png", "gif", "jpg", "docx", "webp", "mp3", "mp4", "txt"]),
    ) {
        let bytes = [head, &tail[..]].concat();
        if let Ok((name, kind)) = read(&format!("x.{ending}"), &bytes) {
            prop_assert!(kind.fits(&name.ending));
            prop_assert!(!head.starts_with(b"<html"));
        }
    }
}
