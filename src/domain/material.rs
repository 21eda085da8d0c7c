//! Materials of a programme: links and files that go along with it.
//!
//! What is promised: a file is what its name says, its name is only a name, and nothing is kept that a browser would run. What a file
//! is, is told by its bytes; that needs libraries and stands a floor higher. Here are the closed list of what is taken, the limits, and
//! the rules for names and for addresses' text.

use super::id::{ContentId, MaterialId, ProgrammeId};
use super::text::hex;

/// The largest file, bytes.
pub const FILE_BYTES: usize = 10 * 1024 * 1024;
/// The most materials of a programme; what was taken away does not count.
pub const MOST_MATERIALS: u64 = 30;
/// What all files of a community take together, bytes.
pub const COMMUNITY_BYTES: i64 = 1024 * 1024 * 1024;
/// Longest name of a file, characters.
pub const NAME_CHARS: usize = 120;
/// Longest title, characters.
pub const TITLE_CHARS: usize = 80;
/// Longest address of a link, characters.
pub const URL_CHARS: usize = 1000;
/// How long what was taken away can be brought back, days.
pub const KEPT_DAYS: i64 = 7;
/// Longest side of a picture, pixels.
pub const SIDE_PIXELS: usize = 16_000;
/// Largest picture, pixels: more would fill a telephone's memory.
pub const PICTURE_PIXELS: usize = 60_000_000;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileKind {
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// MP4.
    Mp4,
    /// MP3.
    Mp3,
    /// Word, Office Open XML.
    Docx,
    /// Excel, Office Open XML.
    Xlsx,
    /// PowerPoint, Office Open XML.
    Pptx,
    /// Plain text, UTF-8.
    Text,
    /// Plain text, GB 18030.
    TextGb,
}

super::planning::named! { FileKind {
    Pdf => "pdf",
    Png => "png",
    Jpeg => "jpeg",
    Webp => "webp",
    Gif => "gif",
    Mp4 => "mp4",
    Mp3 => "mp3",
    Docx => "docx",
    Xlsx => "xlsx",
    Pptx => "pptx",
    Text => "text",
    TextGb => "text_gb",
} }

impl FileKind {
    /// Its media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            FileKind::Pdf => "application/pdf",
            FileKind::Png => "image/png",
            FileKind::Jpeg => "image/jpeg",
            FileKind::Webp => "image/webp",
            FileKind::Gif => "image/gif",
            FileKind::Mp4 => "video/mp4",
            FileKind::Mp3 => "audio/mpeg",
            FileKind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            FileKind::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            FileKind::Pptx => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            FileKind::Text => "text/plain; charset=utf-8",
            FileKind::TextGb => "text/plain; charset=gb18030",
        }
    }

    /// The one with this media type.
    pub fn of_media_type(media_type: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.media_type() == media_type)
    }

    /// The endings its names may have, lower case.
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            FileKind::Pdf => &["pdf"],
            FileKind::Png => &["png"],
            FileKind::Jpeg => &["jpg", "jpeg"],
            FileKind::Webp => &["webp"],
            FileKind::Gif => &["gif"],
            FileKind::Mp4 => &["mp4", "m4v"],
            FileKind::Mp3 => &["mp3"],
            FileKind::Docx => &["docx"],
            FileKind::Xlsx => &["xlsx"],
            FileKind::Pptx => &["pptx"],
            FileKind::Text | FileKind::TextGb => &["txt"],
        }
    }

    /// What people call it, the same in both languages where it is a name.
    pub const fn short_name(self) -> &'static str {
        match self {
            FileKind::Pdf => "PDF",
            FileKind::Png => "PNG",
            FileKind::Jpeg => "JPEG",
            FileKind::Webp => "WebP",
            FileKind::Gif => "GIF",
            FileKind::Mp4 => "MP4",
            FileKind::Mp3 => "MP3",
            FileKind::Docx => "Word",
            FileKind::Xlsx => "Excel",
            FileKind::Pptx => "PowerPoint",
            FileKind::Text | FileKind::TextGb => "TXT",
        }
    }

    /// Whether a browser may show it instead of saving it.
    pub const fn is_shown(self) -> bool {
        matches!(
            self,
            FileKind::Pdf | FileKind::Png | FileKind::Jpeg | FileKind::Webp | FileKind::Gif
        )
    }

    /// The kinds whose names may end so.
    pub fn of_ending(ending: &str) -> Vec<Self> {
        Self::ALL
            .iter()
            .copied()
            .filter(|kind| kind.endings().contains(&ending))
            .collect()
    }

    /// Whether a file of this kind may bear a name with this ending.
    pub fn fits(self, ending: &str) -> bool {
        self.endings().contains(&ending)
    }
}

/// All endings that are taken, for the file chooser and for messages: `pdf`, `png` …
pub fn endings() -> Vec<&'static str> {
    let mut all: Vec<&str> = FileKind::ALL.iter().flat_map(|kind| kind.endings()).copied().collect();
    all.dedup();
    all
}

/// What is wrong with a file or a link. Each has a code, the key of its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MaterialError {
    /// No file came.
    #[error("no file")]
    Missing,
    /// The file has no bytes.
    #[error("an empty file")]
    Empty,
    /// Too large.
    #[error("a file of {bytes} bytes")]
    Large {
        /// Its size, as far as it is known.
        bytes: u64,
    },
    /// The name has nothing left once it is cleaned.
    #[error("no name")]
    NoName,
    /// What ends so is not taken.
    #[error("a file that ends in {0:?}")]
    Ending(String),
    /// It is none of the kinds that are taken.
    #[error("a file of no known kind")]
    Unknown,
    /// It is something else than its name says.
    #[error("a file that is {0} by its content")]
    Other(FileKind),
    /// It holds markup or a script that a browser might run.
    #[error("a file with a script in it")]
    Script,
    /// An Office file with macros.
    #[error("an Office file with macros")]
    Macros,
    /// It is damaged, or is not what its first bytes say.
    #[error("a damaged file")]
    Damaged,
    /// A picture without width or height, or too large to show.
    #[error("a picture of {0} by {1} pixels")]
    Pixels(usize, usize),
    /// An address that is not for the web.
    #[error("not a web address")]
    Address,
    /// An address with a name or password in it.
    #[error("an address with a password")]
    Password,
    /// Too long an address.
    #[error("too long an address")]
    LongAddress,
    /// Too many materials.
    #[error("too many materials")]
    TooMany,
    /// The community's room is used up.
    #[error("no room left")]
    NoRoom {
        /// What is left, bytes.
        left: i64,
    },
}

impl MaterialError {
    /// The key of its message, `error-<code>`.
    pub const fn code(&self) -> &'static str {
        match self {
            MaterialError::Missing => "material-missing",
            MaterialError::Empty => "material-empty",
            MaterialError::Large { .. } => "material-large",
            MaterialError::NoName => "material-no-name",
            MaterialError::Ending(_) => "material-ending",
            MaterialError::Unknown => "material-unknown",
            MaterialError::Other(_) => "material-other",
            MaterialError::Script => "material-script",
            MaterialError::Macros => "material-macros",
            MaterialError::Damaged => "material-damaged",
            MaterialError::Pixels(..) => "material-pixels",
            MaterialError::Address => "material-address",
            MaterialError::Password => "material-password",
            MaterialError::LongAddress => "material-long-address",
            MaterialError::TooMany => "material-too-many",
            MaterialError::NoRoom { .. } => "material-no-room",
        }
    }
}

/// A name as it is kept: no folders, nothing that cannot be seen, at most [`NAME_CHARS`] characters, and an ending that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// The whole name.
    pub name: String,
    /// What stands after the last dot, lower case.
    pub ending: String,
}

/// Marks that are not seen or that turn the direction of writing: a name with them reads as another one.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// Cleans the name a file came with: what stands before the last slash falls away, and so does what cannot be seen or may not stand in
/// a name on every system.
pub fn clean_name(sent: &str) -> String {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut clean = String::with_capacity(last.len().min(1024));
    for c in last.chars().filter(|c| !is_hidden(*c)) {
        let c = if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') {
            '_'
        } else {
            c
        };
        // One space for many.
        if !(c.is_whitespace() && clean.ends_with(' ')) {
            clean.push(if c.is_whitespace() { ' ' } else { c });
        }
    }
    clean.trim_matches(|c: char| c == '.' || c == ' ').to_owned()
}

/// Reads the name a file came with.
///
/// # Errors
/// [`MaterialError::NoName`]; [`MaterialError::Ending`] with the ending that is not taken.
pub fn file_name(sent: &str) -> Result<FileName, MaterialError> {
    let clean = clean_name(sent);
    if clean.is_empty() {
        return Err(MaterialError::NoName);
    }
    let (stem, ending) = clean.rsplit_once('.').unwrap_or((&clean, ""));
    let ending = ending.to_lowercase();
    if FileKind::of_ending(&ending).is_empty() {
        return Err(MaterialError::Ending(ending.chars().take(20).collect()));
    }
    let stem = stem.trim_matches(|c: char| c == '.' || c == ' ');
    if stem.is_empty() {
        return Err(MaterialError::NoName);
    }
    let room = NAME_CHARS - ending.chars().count() - 1;
    let stem: String = stem.chars().take(room).collect();
    Ok(FileName {
        name: format!("{}.{ending}", stem.trim_end()),
        ending,
    })
}

/// Marks of pages and scripts. Nobody's leaflet begins with one, and a browser that guesses would run what follows.
const MARKUP: [&str; 12] = [
    "<!doctype",
    "<html",
    "<head",
    "<body",
    "<script",
    "<svg",
    "<?xml",
    "<?php",
    "<iframe",
    "<object",
    "<embed",
    "javascript:",
];

/// How far into a file scripts are looked for, bytes.
pub const SCRIPT_WINDOW: usize = 1024;

/// Whether the beginning of a text is a page or a script.
pub fn looks_like_markup(start: &[u8]) -> bool {
    let start = lower(start);
    MARKUP.iter().any(|mark| start.contains(mark)) || start.starts_with("#!") || start.starts_with("<%")
}

/// Whether the beginning of a picture has a script in it: a file that is both at once.
pub fn has_script(start: &[u8]) -> bool {
    let start = lower(start);
    ["<script", "<html", "<svg", "<?php", "javascript:"]
        .iter()
        .any(|mark| start.contains(mark))
}

/// The first [`SCRIPT_WINDOW`] bytes in lower case, without the zero bytes that stand between letters of UTF-16.
fn lower(start: &[u8]) -> String {
    start
        .iter()
        .take(SCRIPT_WINDOW)
        .filter(|byte| **byte != 0)
        .map(|byte| char::from(byte.to_ascii_lowercase()))
        .collect()
}

/// Where a material leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// To another place in the web.
    Link(String),
    /// To a file of ours.
    File(File),
}

/// A file without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its bytes.
    pub content: ContentId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Bytes.
    pub size: i32,
    /// SHA-256.
    pub sha256: Vec<u8>,
}

impl File {
    /// Its SHA-256, hexadecimal.
    pub fn sha256_hex(&self) -> String {
        hex(&self.sha256)
    }
}

/// A material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    /// Its id.
    pub id: MaterialId,
    /// Of which programme.
    pub programme_id: ProgrammeId,
    /// What people read.
    pub title: String,
    /// Link or file.
    pub body: Body,
    /// Its place in the list.
    pub position: i32,
    /// Whether residents see it.
    pub public: bool,
    /// Whether it was taken away, and waits to be brought back or forgotten.
    pub removed: bool,
}

/// A size as people say it: `820 B`, `16 KB`, `1.2 MB`.
pub fn size_words(bytes: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    match bytes {
        0..KIB => format!("{bytes} B"),
        KIB..MIB => format!("{} KB", bytes.div_ceil(KIB).min(1023)),
        _ => {
            let tenths = (bytes * 10).div_ceil(MIB);
            if tenths.is_multiple_of(10) {
                format!("{} MB", tenths / 10)
            } else {
                format!("{}.{} MB", tenths / 10, tenths % 10)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_lose_their_folders_and_what_cannot_be_seen_and_must_end_in_what_is_taken() {
        for (sent, wanted) in [
            ("防诈骗手册.PDF", Ok("防诈骗手册.pdf")),
            ("C:\\Users\\张\\海报.png", Ok("海报.png")),
            ("../../etc/notes.txt", Ok("notes.txt")),
            ("a\u{202E}gnp.pdf", Ok("agnp.pdf")),
            ("a\u{0}b\n.pdf", Ok("ab.pdf")),
            ("two   words .docx", Ok("two words.docx")),
            ("what<is>this?.pdf", Ok("what_is_this_.pdf")),
            ("../../x.html", Err(MaterialError::Ending("html".to_owned()))),
            ("x.pdf.exe", Err(MaterialError::Ending("exe".to_owned()))),
            ("x.svg", Err(MaterialError::Ending("svg".to_owned()))),
            ("x", Err(MaterialError::Ending(String::new()))),
            ("x.pdf/", Err(MaterialError::NoName)),
            ("..", Err(MaterialError::NoName)),
            ("", Err(MaterialError::NoName)),
            (".pdf", Err(MaterialError::Ending(String::new()))),
        ] {
            let read = file_name(sent).map(|read| read.name);
            assert_eq!(read, wanted.map(str::to_owned), "{sent:?}");
        }
        assert_eq!(clean_name("../../x.html"), "x.html");
        let long = file_name(&format!("{}.pdf", "长".repeat(500))).expect("it is shortened");
        assert_eq!(long.name.chars().count(), NAME_CHARS);
        assert!(long.name.ends_with("长.pdf"));
    }

    proptest! {
        #[test]
        fn a_name_that_is_kept_is_only_a_name(sent in "\\PC{0,40}[./\\\\]{0,3}\\PC{0,140}\\.(pdf|PNG|txt)") {
            if let Ok(kept) = file_name(&sent) {
                prop_assert!(kept.name.chars().count() <= NAME_CHARS);
                prop_assert!(!kept.name.contains(['/', '\\', '"', '<', '>']));
                prop_assert!(!kept.name.chars().any(is_hidden));
                prop_assert!(!kept.name.starts_with('.'));
                prop_assert!(!FileKind::of_ending(&kept.ending).is_empty());
                prop_assert_eq!(file_name(&kept.name).map(|again| again.name), Ok(kept.name), "cleaning twice changes nothing");
            }
        }
    }

    #[test]
    fn pages_and_scripts_are_seen_also_in_utf_16_and_behind_other_text() {
        for text in [
            "<!DOCTYPE html><p>",
            "  <HTML>",
            "note\n<Script>alert(1)</script>",
            "<svg onload=x>",
            "#!/bin/sh",
            "<?xml version=\"1.0\"?>",
        ] {
            assert!(looks_like_markup(text.as_bytes()), "{text}");
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            assert!(looks_like_markup(&wide), "{text}");
        }
        assert!(!looks_like_markup("1 < 2, 也 > 0;上课带身份证".as_bytes()));
        assert!(has_script(b"GIF89a<SCRIPT>"));
        assert!(!has_script(b"GIF89a...."));
    }

    #[test]
    fn every_media_type_and_ending_leads_back_to_its_kind() {
        for kind in FileKind::ALL.iter().copied() {
            assert_eq!(FileKind::of_media_type(kind.media_type()), Some(kind));
            for ending in kind.endings() {
                assert!(FileKind::of_ending(ending).contains(&kind));
            }
        }
        assert_eq!(endings().iter().filter(|ending| **ending == "txt").count(), 1);
        assert!(!FileKind::Text.is_shown(), "a text is saved, never shown");
    }

    #[test]
    fn sizes_are_said_shortly_and_never_too_small() {
        for (bytes, wanted) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KB"),
            (16_000, "16 KB"),
            (1024 * 1024 - 1, "1023 KB"),
            (1024 * 1024, "1 MB"),
            (1_250_000, "1.2 MB"),
            (10 * 1024 * 1024 + 1, "10.1 MB"),
        ] {
            assert_eq!(size_words(bytes), wanted);
        }
    }
}
