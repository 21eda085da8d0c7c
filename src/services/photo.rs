//! Photos of a session: taken in, shown to staff, taken away and brought back.
//!
//! A photo is told by its bytes, measured by its header before anything is unpacked, turned upright, made smaller and written anew as a
//! JPEG: what stands beside the picture (place, device, thumbnails, colour profiles) is gone. At most two are decoded at once.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, RgbImage};
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::checks::Checks;
use super::{Context, Error, FieldError, Result, audit, material};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, PhotoId, SessionId};
use crate::domain::material::{File, FileKind, KEPT_DAYS, size_words};
use crate::domain::photo::{
    CAPTION_CHARS, MOST_PHOTOS, PHOTO_BYTES, PHOTO_SIDE, Photo, PhotoError, PhotoKind, fits, kept_size,
};
use crate::storage::{self, Txn, photo as rows};

/// Quality of the JPEG that is kept: a signature has no halo, and a photo of 2000 pixels takes some 400 KB.
const QUALITY: u8 = 82;
/// The most memory a decoder may take, bytes: the largest picture with four bytes a pixel, and its workings.
const DECODE_BYTES: u64 = 320 * 1024 * 1024;

/// What is wrong with a photo, said of a field.
pub fn field_error(field: &str, error: &PhotoError, sent: &str) -> FieldError {
    let new = FieldError::new(field, error.code(), sent);
    match error {
        PhotoError::Large(bytes) => new
            .with("size", size_words(*bytes))
            .with("most", size_words(PHOTO_BYTES as u64)),
        PhotoError::Pixels(width, height) => new.with("width", width).with("height", height),
        PhotoError::TooMany => new.with("max", MOST_PHOTOS),
        _ => new,
    }
}

/// A picture written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Developed {
    /// The JPEG.
    pub bytes: Vec<u8>,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
}

/// What a picture is, by its first bytes.
fn format_of(bytes: &[u8]) -> Result<ImageFormat, PhotoError> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Ok(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', ..] => Ok(ImageFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Ok(ImageFormat::WebP),
        // ISO base media (ISO/IEC 14496-12 §4.3) with the brands of HEIF (ISO/IEC 23008-12).
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..]
            if [&b"heic"[..], b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"]
                .iter()
                .any(|known| brand.starts_with(known)) =>
        {
            Err(PhotoError::Heic)
        }
        [] => Err(PhotoError::Empty),
        _ => Err(PhotoError::Kind),
    }
}

/// Decodes a picture and writes it anew. Works on the processor for up to a second: call it where nobody waits.
///
/// # Errors
/// [`PhotoError`]; nothing is unpacked of a picture whose header says too much.
pub fn develop(bytes: &[u8]) -> Result<Developed, PhotoError> {
    if bytes.len() > PHOTO_BYTES {
        return Err(PhotoError::Large(bytes.len() as u64));
    }
    let format = format_of(bytes)?;
    let size = imagesize::blob_size(bytes).map_err(|_| PhotoError::Damaged)?;
    fits(size.width, size.height)?;
    let mut limits = Limits::default();
    let side = u32::try_from(PHOTO_SIDE).unwrap_or(u32::MAX);
    limits.max_image_width = Some(side);
    limits.max_image_height = Some(side);
    limits.max_alloc = Some(DECODE_BYTES);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| PhotoError::Damaged)?;
    // Two readers of one header may disagree about a file that was made to cheat.
    let (width, height) = decoder.dimensions();
    fits(width as usize, height as usize)?;
    let orientation = decoder.orientation().map_err(|_| PhotoError::Damaged)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| PhotoError::Damaged)?;
    let (width, height) = kept_size(width, height);
    let picture = if (width, height) == (picture.width(), picture.height()) {
        picture
    } else {
        picture.resize_exact(width, height, FilterType::Triangle)
    };
    let mut picture = DynamicImage::ImageRgb8(on_white(picture));
    picture.apply_orientation(orientation);
    let mut written = Vec::new();
    picture
        .write_with_encoder(JpegEncoder::new_with_quality(&mut written, QUALITY))
        .map_err(|_| PhotoError::Damaged)?;
    Ok(Developed {
        width: picture.width(),
        height: picture.height(),
        bytes: written,
    })
}

/// A picture without gaps: what is transparent shows white paper.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let with_gaps = picture.into_rgba8();
    let mut whole = RgbImage::new(with_gaps.width(), with_gaps.height());
    for (from, to) in with_gaps.pixels().zip(whole.pixels_mut()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let mixed = |part: u32| ((part * alpha + 255 * (255 - alpha)) / 255) as u8;
        to.0 = [mixed(red), mixed(green), mixed(blue)];
    }
    whole
}

/// A photo as it was sent.
#[derive(Clone, Debug)]
pub struct NewPhoto {
    /// What it shows.
    pub kind: PhotoKind,
    /// What is to be seen; may be empty.
    pub caption: String,
    /// Whether somebody on it does not want to be shown.
    pub shy: bool,
    /// The name the file came with.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Takes a photo in.
///
/// # Errors
/// [`Error::Invalid`] with what is wrong; [`Error::NotFound`] without the session; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn add(ctx: &Context, actor: &Actor, home: CommunityId, session: SessionId, new: NewPhoto) -> Result<Photo> {
    may(actor, Action::TakeAttendance, home)?;
    let now = ctx.now();
    let mut checks = Checks::new();
    let caption = checks.line("caption", &new.caption, CAPTION_CHARS);
    checks.finish()?;
    if storage::session::find(ctx.db.reader(), home, session).await?.is_none() {
        return Err(Error::not_found("session", session));
    }
    let shown = crate::domain::material::clean_name(&new.name);
    let developed = develop_beside(ctx, new.bytes)
        .await?
        .map_err(|error| Error::Invalid(vec![field_error("file", &error, &shown)]))?;
    let side = |side: u32| i32::try_from(side).unwrap_or(i32::MAX);
    let file = File {
        content: ctx.new_id(now),
        name: shown,
        kind: FileKind::Jpeg,
        size: i32::try_from(developed.bytes.len()).unwrap_or(i32::MAX),
        sha256: Sha256::digest(&developed.bytes).to_vec(),
    };
    let mut photo = Photo {
        id: ctx.new_id(now),
        session,
        content: file.content,
        kind: new.kind,
        caption,
        shy: new.shy,
        width: side(developed.width),
        height: side(developed.height),
        size: file.size,
        removed: false,
        created_at: now,
    };
    let (ctx_in, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            room_for_one(&rows::list(txn, home, session).await?)?;
            photo.content = material::keep(txn, home, &file, developed.bytes, now).await?;
            rows::insert(txn, home, &photo, actor.account()).await?;
            let detail = json!({"session": session, "kind": photo.kind.as_str()});
            audit::record(&ctx_in, txn, now, home, &actor, "photo.add", Some(photo.id.0), &detail).await?;
            Ok(photo)
        })
        .await
}

fn room_for_one(there: &[Photo]) -> Result<()> {
    let standing = there.iter().filter(|one| !one.removed).count();
    if standing >= MOST_PHOTOS {
        let error = field_error("file", &PhotoError::TooMany, &standing.to_string());
        return Err(Error::Invalid(vec![error]));
    }
    Ok(())
}

/// [`develop`], on a thread of its own and when it is its turn.
async fn develop_beside(ctx: &Context, bytes: Vec<u8>) -> Result<Result<Developed, PhotoError>> {
    let _turn = ctx
        .developing
        .acquire()
        .await
        .map_err(|error| Error::Internal(format!("photos wait for nothing: {error}")))?;
    tokio::task::spawn_blocking(move || develop(&bytes))
        .await
        .map_err(|error| Error::Internal(format!("a photo broke its decoder: {error}")))
}

/// The photos of a session, without those that were taken away.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn list(ctx: &Context, actor: &Actor, home: CommunityId, session: SessionId) -> Result<Vec<Photo>> {
    may(actor, Action::TakeAttendance, home)?;
    let mut photos = rows::list(ctx.db.reader(), home, session).await?;
    photos.retain(|one| !one.removed);
    Ok(photos)
}

/// The bytes of a photo of a session, a JPEG.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn read(ctx: &Context, actor: &Actor, home: CommunityId, session: SessionId, id: PhotoId) -> Result<Vec<u8>> {
    let photos = list(ctx, actor, home, session).await?;
    let gone = || Error::not_found("photo", id);
    let photo = photos.into_iter().find(|one| one.id == id).ok_or_else(gone)?;
    storage::material::bytes(ctx.db.reader(), home, photo.content)
        .await?
        .ok_or_else(gone)
}

/// What is done to a photo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It gets another caption, and a note whether somebody on it does not want to be shown.
    Describe(String, bool),
    /// It is taken away; it can be brought back for a week.
    Remove,
    /// It is brought back.
    Restore,
}

/// Does something to a photo. Doing it twice changes nothing more.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn act(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    session: SessionId,
    id: PhotoId,
    act: Act,
) -> Result<()> {
    may(actor, Action::TakeAttendance, home)?;
    let now = ctx.now();
    let act = match act {
        Act::Describe(caption, shy) => {
            let mut checks = Checks::new();
            let caption = checks.line("caption", &caption, CAPTION_CHARS);
            checks.finish()?;
            Act::Describe(caption, shy)
        }
        act => act,
    };
    let (ctx_in, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            let all = rows::list(txn, home, session).await?;
            let one = all.iter().find(|one| one.id == id);
            let one = one.ok_or_else(|| Error::not_found("photo", id))?;
            let name = match act {
                Act::Describe(caption, shy) => {
                    let changed = Photo {
                        caption,
                        shy,
                        ..one.clone()
                    };
                    rows::update(txn, home, &changed).await?;
                    "photo.describe"
                }
                Act::Remove if !one.removed => {
                    rows::set_removed(txn, home, id, Some(now)).await?;
                    "photo.remove"
                }
                Act::Restore if one.removed => {
                    room_for_one(&all)?;
                    rows::set_removed(txn, home, id, None).await?;
                    "photo.restore"
                }
                Act::Remove | Act::Restore => return Ok(()),
            };
            let detail = json!({"session": session});
            audit::record(&ctx_in, txn, now, home, &actor, name, Some(id.0), &detail).await?;
            Ok(())
        })
        .await
}

/// Forgets photos that were taken away a week ago; how many.
///
/// # Errors
/// [`Error::Storage`].
pub async fn forget_removed(ctx: &Context) -> Result<u64> {
    let before = ctx.now() - SignedDuration::from_hours(24 * KEPT_DAYS);
    ctx.db
        .write(async move |txn: &Txn| Ok::<_, Error>(rows::forget_removed(txn, before).await?))
        .await
}
