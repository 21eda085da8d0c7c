//! Photos of a session, kept as evidence: of the signed sheet, and of what went on.
//!
//! What is promised: a photo is decoded and written anew, so that nothing hidden in it is kept (place, device, thumbnails); a picture that
//! would unfold to more than a machine should hold is refused by what its header says. Only staff of the community see it.

use jiff::Timestamp;

use super::id::{ContentId, PhotoId, SessionId};

/// The largest file that is taken, bytes.
pub const PHOTO_BYTES: usize = super::material::FILE_BYTES;
/// Largest picture that is decoded, pixels: what the largest telephones make (8000 × 6000), and a little.
pub const PHOTO_PIXELS: usize = 50_000_000;
/// Longest side of a picture that is decoded, pixels.
pub const PHOTO_SIDE: usize = 12_000;
/// Longest side of what is kept, pixels: a signature on A4 is still read.
pub const KEPT_SIDE: u32 = 2000;
/// The most photos of a session; what was taken away does not count.
pub const MOST_PHOTOS: usize = 30;
/// How many photos of the activity its file wants: 全景, 现场, 特写, at least.
pub const WANTED_PHOTOS: i64 = 3;
/// Longest caption, characters.
pub const CAPTION_CHARS: usize = 60;

/// What a photo shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhotoKind {
    /// The signed sheet.
    Sheet,
    /// What went on.
    Activity,
}

super::planning::named! { PhotoKind {
    Sheet => "sheet",
    Activity => "activity",
} }

/// A photo without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    /// Its id.
    pub id: PhotoId,
    /// Of which session.
    pub session: SessionId,
    /// Its bytes.
    pub content: ContentId,
    /// What it shows.
    pub kind: PhotoKind,
    /// What is to be seen; may be empty.
    pub caption: String,
    /// Whether somebody on it does not want to be shown (有人不愿入镜).
    pub shy: bool,
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
    /// Bytes.
    pub size: i32,
    /// Whether it was taken away, and waits to be brought back or forgotten.
    pub removed: bool,
    /// When it came.
    pub created_at: Timestamp,
}

/// What is wrong with a photo. Each has a code, the key of its message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// No file came.
    #[error("no file")]
    Missing,
    /// The file has no bytes.
    #[error("an empty file")]
    Empty,
    /// Too large.
    #[error("a file of {0} bytes")]
    Large(u64),
    /// The format Apple telephones keep for themselves.
    #[error("a HEIC file")]
    Heic,
    /// None of the formats that are taken.
    #[error("neither JPEG nor PNG nor WebP")]
    Kind,
    /// It breaks off, or is not what its first bytes say.
    #[error("a damaged picture")]
    Damaged,
    /// Too large to decode, or without width or height.
    #[error("a picture of {0} by {1} pixels")]
    Pixels(usize, usize),
    /// The session has as many as it may.
    #[error("too many photos")]
    TooMany,
}

impl PhotoError {
    /// The key of its message, `error-<code>`.
    pub const fn code(&self) -> &'static str {
        match self {
            PhotoError::Missing => "photo-missing",
            PhotoError::Empty => "photo-empty",
            PhotoError::Large(_) => "photo-large",
            PhotoError::Heic => "photo-heic",
            PhotoError::Kind => "photo-kind",
            PhotoError::Damaged => "photo-damaged",
            PhotoError::Pixels(..) => "photo-pixels",
            PhotoError::TooMany => "photo-too-many",
        }
    }
}

/// Whether a picture of this size is decoded, by what its header says.
///
/// # Errors
/// [`PhotoError::Pixels`].
pub fn fits(width: usize, height: usize) -> Result<(), PhotoError> {
    let side = |side: usize| (1..=PHOTO_SIDE).contains(&side);
    if side(width) && side(height) && width * height <= PHOTO_PIXELS {
        Ok(())
    } else {
        Err(PhotoError::Pixels(width, height))
    }
}

/// The size a picture is kept in: the same shape, its longer side at most [`KEPT_SIDE`].
pub fn kept_size(width: u32, height: u32) -> (u32, u32) {
    let longer = width.max(height);
    if longer <= KEPT_SIDE {
        return (width, height);
    }
    let scaled = |side: u32| {
        let scaled = u64::from(side) * u64::from(KEPT_SIDE) / u64::from(longer);
        u32::try_from(scaled).unwrap_or(KEPT_SIDE).max(1)
    };
    (scaled(width), scaled(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_that_would_unfold_too_far_is_refused_by_its_header() {
        assert!(fits(8000, 6000).is_ok());
        assert_eq!(fits(30_000, 30_000), Err(PhotoError::Pixels(30_000, 30_000)));
        assert_eq!(fits(8000, 6300), Err(PhotoError::Pixels(8000, 6300)));
        assert!(fits(12_001, 10).is_err());
        assert!(fits(0, 10).is_err() && fits(10, 0).is_err());
        assert!(fits(usize::MAX, usize::MAX).is_err());
    }

    #[test]
    fn a_photo_keeps_its_shape_and_no_side_is_too_long_or_gone() {
        for (size, wanted) in [
            ((4000, 3000), (2000, 1500)),
            ((3000, 4000), (1500, 2000)),
            ((2000, 10), (2000, 10)),
            ((800, 600), (800, 600)),
            ((12_000, 2), (2000, 1)),
        ] {
            assert_eq!(kept_size(size.0, size.1), wanted);
        }
    }
}
