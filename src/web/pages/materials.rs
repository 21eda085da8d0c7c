//! A material as pages list it: a drawing and a word for what it is, its size, and where it leads.

use crate::domain::id::MaterialId;
use crate::domain::material::{Body, FileKind, Material, size_words};
use crate::services::wording::Words;
use crate::web::error::encode;

/// A line of a list of materials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaterialLine {
    /// Its id.
    pub id: MaterialId,
    /// What people read.
    pub title: String,
    /// Where it leads.
    pub href: String,
    /// Whether it leads to another place in the web.
    pub outside: bool,
    /// The drawing.
    pub icon: &'static str,
    /// What it is, and how large: `PDF 1.2 MB`, `网页 example.org`.
    pub what: String,
    /// The file's name; empty for a link.
    pub name: String,
    /// Whether residents see it.
    pub public: bool,
}

impl MaterialLine {
    /// The line of a material of the community with this name in addresses.
    pub fn of(words: Words, slug: &str, material: &Material) -> Self {
        let (href, icon, what, name) = match &material.body {
            Body::Link(url) => {
                let host = url.split("://").nth(1).unwrap_or(url);
                let host: String = host
                    .split(['/', '?', '#'])
                    .next()
                    .unwrap_or(host)
                    .chars()
                    .take(40)
                    .collect();
                (
                    url.clone(),
                    "globe",
                    words.a("material-web", "host", host),
                    String::new(),
                )
            }
            Body::File(file) => {
                let href = format!("/c/{slug}/materials/{}/{}", material.id, encode(&file.name));
                let size = size_words(u64::try_from(file.size).unwrap_or(0));
                let what = words.aa(kind_key(file.kind), "kind", file.kind.short_name(), "size", size);
                (href, "file", what, file.name.clone())
            }
        };
        Self {
            id: material.id,
            title: material.title.clone(),
            outside: matches!(material.body, Body::Link(_)),
            href,
            icon,
            what,
            name,
            public: material.public,
        }
    }
}

/// The message that says what a kind of file is.
fn kind_key(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Pdf => "material-kind-document",
        FileKind::Png | FileKind::Jpeg | FileKind::Webp | FileKind::Gif => "material-kind-picture",
        FileKind::Mp4 => "material-kind-video",
        FileKind::Mp3 => "material-kind-sound",
        FileKind::Docx | FileKind::Xlsx | FileKind::Pptx => "material-kind-office",
        FileKind::Text | FileKind::TextGb => "material-kind-text",
    }
}
