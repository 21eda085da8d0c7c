//! Materials of programmes: added, renamed, put in order, shown or kept for staff, taken away and brought back, served.
//!
//! Files are told by their content ([`content`]) and stored once per community, in the database, because several instances share it.
//! What is taken away can be brought back for a week; the night job forgets it then.

pub mod content;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::checks::Checks;
use super::{Context, Error, FieldError, Result, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, ContentId, MaterialId, ProgrammeId};
use crate::domain::material::{
    Body, COMMUNITY_BYTES, FILE_BYTES, File, KEPT_DAYS, MOST_MATERIALS, Material, MaterialError, NAME_CHARS,
    TITLE_CHARS, URL_CHARS, clean_name, endings, size_words,
};
use crate::storage::{self, Txn};

/// What is wrong with a file or a link, said of a field.
pub fn field_error(field: &str, error: &MaterialError, sent: &str) -> FieldError {
    let new = FieldError::new(field, error.code(), sent);
    match error {
        MaterialError::Large { bytes } => new
            .with("size", size_words(*bytes))
            .with("most", size_words(FILE_BYTES as u64)),
        MaterialError::Ending(ending) => new.with("ending", ending).with("endings", endings().join(" ")),
        MaterialError::Unknown => new.with("endings", endings().join(" ")),
        MaterialError::Other(kind) => new.with("kind", kind.short_name()),
        MaterialError::Pixels(width, height) => new.with("width", width).with("height", height),
        MaterialError::LongAddress => new.with("max", URL_CHARS),
        MaterialError::TooMany => new.with("max", MOST_MATERIALS),
        MaterialError::NoRoom { left } => new
            .with("left", size_words(u64::try_from(*left).unwrap_or(0)))
            .with("most", size_words(COMMUNITY_BYTES.unsigned_abs())),
        MaterialError::Missing
        | MaterialError::Empty
        | MaterialError::NoName
        | MaterialError::Script
        | MaterialError::Macros
        | MaterialError::Damaged
        | MaterialError::Address
        | MaterialError::Password => new,
    }
}

fn wrong(field: &str, error: &MaterialError, sent: &str) -> Error {
    Error::Invalid(vec![field_error(field, error, sent)])
}

/// Reads the address of a link: for the web, not too long, without a password.
///
/// # Errors
/// [`MaterialError::Address`]; [`MaterialError::LongAddress`]; [`MaterialError::Password`].
pub fn link(sent: &str) -> Result<String, MaterialError> {
    let sent = sent.trim();
    if sent.chars().count() > URL_CHARS {
        return Err(MaterialError::LongAddress);
    }
    if sent.chars().any(char::is_control) {
        return Err(MaterialError::Address);
    }
    let url = Url::parse(sent).map_err(|_| MaterialError::Address)?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(MaterialError::Address);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(MaterialError::Password);
    }
    let written = url.to_string();
    // Characters outside ASCII grow when they are written for the web.
    if written.len() > URL_CHARS * 4 {
        return Err(MaterialError::LongAddress);
    }
    Ok(written)
}

/// A material to be added.
#[derive(Clone, Debug)]
pub struct NewMaterial {
    /// What people read; a file without one is called by its name.
    pub title: String,
    /// Whether residents see it.
    pub public: bool,
    /// What it is.
    pub body: NewBody,
}

/// What is to be added.
#[derive(Clone, Debug)]
pub enum NewBody {
    /// A link.
    Link(String),
    /// A file: the name it came with, and its bytes.
    File(String, Vec<u8>),
}

/// Adds a material at the end of a programme's list.
///
/// # Errors
/// [`Error::Invalid`] with what is wrong; [`Error::NotFound`] without the programme; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn add(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    programme: ProgrammeId,
    new: NewMaterial,
) -> Result<Material> {
    may(actor, Action::Plan, home)?;
    let now = ctx.now();
    let mut checks = Checks::new();
    let id: MaterialId = ctx.new_id(now);
    let mut title = checks.line("title", &new.title, TITLE_CHARS);
    let (body, bytes) = match new.body {
        NewBody::Link(sent) => {
            if title.is_empty() {
                checks.add(FieldError::new("title", "text-empty", ""));
            }
            match link(&sent) {
                Ok(url) => (Some(Body::Link(url)), None),
                Err(error) => {
                    checks.add(field_error("url", &error, &sent));
                    (None, None)
                }
            }
        }
        NewBody::File(name, bytes) => {
            let shown = clean_name(&name);
            match content::read(&name, &bytes) {
                Ok((name, kind)) => {
                    if title.is_empty() {
                        let stem = name.name.rsplit_once('.').map_or(name.name.as_str(), |(stem, _)| stem);
                        title = stem.chars().take(TITLE_CHARS).collect();
                    }
                    let file = File {
                        content: ctx.new_id(now),
                        name: name.name,
                        kind,
                        size: i32::try_from(bytes.len()).unwrap_or(i32::MAX),
                        sha256: Sha256::digest(&bytes).to_vec(),
                    };
                    (Some(Body::File(file)), Some(bytes))
                }
                Err(error) => {
                    let shown: String = shown.chars().take(NAME_CHARS).collect();
                    checks.add(field_error("file", &error, &shown));
                    (None, None)
                }
            }
        }
    };
    checks.finish()?;
    let body = body.ok_or_else(|| wrong("file", &MaterialError::Missing, ""))?;
    let mut material = Material {
        id,
        programme_id: programme,
        title,
        body,
        position: 0,
        public: new.public,
        removed: false,
    };
    let (ctx_in, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            if storage::programme::find(txn, home, programme).await?.is_none() {
                return Err(Error::not_found("programme", programme));
            }
            let there = storage::material::list(txn, home, programme).await?;
            room_for(&there, 1)?;
            material.position = there.iter().map(|one| one.position).max().unwrap_or(0) + 1;
            if let (Body::File(file), Some(bytes)) = (&mut material.body, bytes) {
                file.content = keep(txn, home, file, bytes, now).await?;
            }
            storage::material::insert(txn, home, &material, now).await?;
            let detail = json!({"programme": programme});
            audit::record(&ctx_in, txn, now, home, &actor, "material.add", Some(id.0), &detail).await?;
            Ok(material)
        })
        .await
}

fn room_for(there: &[Material], more: usize) -> Result<()> {
    let standing = there.iter().filter(|one| !one.removed).count();
    if u64::try_from(standing + more).is_ok_and(|count| count > MOST_MATERIALS) {
        return Err(wrong("file", &MaterialError::TooMany, &standing.to_string()));
    }
    Ok(())
}

/// Stores the bytes unless they are there, and says under which id.
pub(super) async fn keep(
    txn: &Txn,
    home: CommunityId,
    file: &File,
    bytes: Vec<u8>,
    now: Timestamp,
) -> Result<ContentId> {
    if let Some(there) = storage::material::find_content(txn, home, &file.sha256).await? {
        return Ok(there);
    }
    let left = COMMUNITY_BYTES - storage::material::bytes_used(txn, home).await?;
    if i64::from(file.size) > left {
        return Err(wrong("file", &MaterialError::NoRoom { left }, &file.name));
    }
    storage::material::insert_content(txn, home, file.content, file.sha256.clone(), bytes, now).await?;
    let kept = storage::material::find_content(txn, home, &file.sha256).await?;
    kept.ok_or_else(|| Error::Storage(storage::Error::Lost(format!("file {}", file.content))))
}

/// Gives a programme the materials that another one has. Call it in the transaction that makes the programme; the bytes are shared.
///
/// # Errors
/// [`Error::Storage`].
pub async fn copy_all(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: CommunityId,
    from: ProgrammeId,
    to: ProgrammeId,
) -> Result<usize> {
    let all = storage::material::list(txn, home, from).await?;
    let mut copied = 0;
    for one in all.into_iter().filter(|one| !one.removed) {
        let copy = Material {
            id: ctx.new_id(now),
            programme_id: to,
            ..one
        };
        storage::material::insert(txn, home, &copy, now).await?;
        copied += 1;
    }
    Ok(copied)
}

/// The materials of a programme in their order: all for staff, else those that residents may see.
///
/// # Errors
/// [`Error::Storage`].
pub async fn list(ctx: &Context, actor: &Actor, home: CommunityId, programme: ProgrammeId) -> Result<Vec<Material>> {
    let all = may(actor, Action::SeeStaffPages, home).is_ok();
    let mut materials = storage::material::list(ctx.db.reader(), home, programme).await?;
    materials.retain(|one| !one.removed && (all || one.public));
    Ok(materials)
}

/// The materials that everybody may see.
///
/// # Errors
/// [`Error::Storage`].
pub async fn public(ctx: &Context, home: CommunityId, programme: ProgrammeId) -> Result<Vec<Material>> {
    list(ctx, &Actor::Public, home, programme).await
}

/// What is done to a material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// It is called otherwise.
    Retitle(String),
    /// Residents see it, or only staff.
    Show(bool),
    /// It changes places with the one before.
    Up,
    /// It changes places with the one after.
    Down,
    /// It is taken away; it can be brought back for a week.
    Remove,
    /// It is brought back.
    Restore,
}

impl Act {
    const fn name(&self) -> &'static str {
        match self {
            Act::Retitle(_) => "material.retitle",
            Act::Show(_) => "material.show",
            Act::Up | Act::Down => "material.reorder",
            Act::Remove => "material.remove",
            Act::Restore => "material.restore",
        }
    }
}

/// Does something to a material. Doing it twice changes nothing more, but moving.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn act(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    programme: ProgrammeId,
    id: MaterialId,
    act: Act,
) -> Result<Material> {
    may(actor, Action::Plan, home)?;
    let now = ctx.now();
    let act = match act {
        Act::Retitle(title) => {
            let mut checks = Checks::new();
            let title = checks.required_line("title", &title, TITLE_CHARS);
            checks.finish()?;
            Act::Retitle(title)
        }
        act => act,
    };
    let (ctx_in, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            let all = storage::material::list(txn, home, programme).await?;
            let one = all.iter().find(|one| one.id == id);
            let mut one = one.cloned().ok_or_else(|| Error::not_found("material", id))?;
            if one.removed && !matches!(act, Act::Restore | Act::Remove) {
                return Err(Error::not_found("material", id));
            }
            let name = act.name();
            match act {
                Act::Retitle(title) => {
                    one.title = title;
                    storage::material::update(txn, home, &one).await?;
                }
                Act::Show(public) => {
                    one.public = public;
                    storage::material::update(txn, home, &one).await?;
                }
                Act::Up => swap(txn, home, &all, id, true).await?,
                Act::Down => swap(txn, home, &all, id, false).await?,
                Act::Remove if !one.removed => {
                    storage::material::set_removed(txn, home, id, Some(now)).await?;
                    one.removed = true;
                }
                Act::Restore if one.removed => {
                    room_for(&all, 1)?;
                    storage::material::set_removed(txn, home, id, None).await?;
                    one.removed = false;
                }
                Act::Remove | Act::Restore => return Ok(one),
            }
            let detail = json!({"programme": programme});
            audit::record(&ctx_in, txn, now, home, &actor, name, Some(id.0), &detail).await?;
            Ok(one)
        })
        .await
}

/// Changes a material's place with its neighbour's; the places of all are numbered anew, so that none is shared.
async fn swap(txn: &Txn, home: CommunityId, all: &[Material], id: MaterialId, up: bool) -> Result<()> {
    let mut order: Vec<Material> = all.iter().filter(|one| !one.removed).cloned().collect();
    let Some(at) = order.iter().position(|one| one.id == id) else {
        return Ok(());
    };
    let to = if up {
        at.checked_sub(1)
    } else {
        Some(at + 1).filter(|to| *to < order.len())
    };
    if let Some(to) = to {
        order.swap(at, to);
    }
    for (position, mut one) in (1..).zip(order) {
        if one.position != position {
            one.position = position;
            storage::material::update(txn, home, &one).await?;
        }
    }
    Ok(())
}

/// A file that whoever asked for it may have.
#[derive(Clone, Debug)]
pub struct Served {
    /// The file.
    pub file: File,
    /// Whether residents see it.
    pub public: bool,
    home: CommunityId,
    id: MaterialId,
}

/// A file, without its bytes: [`read`] reads them. Residents get what is public, staff everything.
///
/// # Errors
/// [`Error::NotFound`] also for what whoever asks may not see; [`Error::Storage`].
pub async fn serve(ctx: &Context, actor: &Actor, home: CommunityId, id: MaterialId) -> Result<Served> {
    let all = may(actor, Action::SeeStaffPages, home).is_ok();
    let found = storage::material::find(ctx.db.reader(), home, id).await?;
    let found = found.filter(|one| !one.removed && (all || one.public));
    match found {
        Some(Material {
            body: Body::File(file),
            public,
            ..
        }) => Ok(Served { file, public, home, id }),
        _ => Err(Error::not_found("material", id)),
    }
}

/// The bytes of a file: all, or those from the first to the last one of `part`, counted from 0.
///
/// # Errors
/// [`Error::NotFound`] when it was forgotten meanwhile; [`Error::Storage`].
pub async fn read(ctx: &Context, served: &Served, part: Option<(usize, usize)>) -> Result<Vec<u8>> {
    let (conn, content) = (ctx.db.reader(), served.file.content);
    let bytes = match part {
        None => storage::material::bytes(conn, served.home, content).await?,
        Some((first, last)) => {
            let count = (last + 1).saturating_sub(first);
            let (first, count) = (
                i32::try_from(first).unwrap_or(i32::MAX),
                i32::try_from(count).unwrap_or(i32::MAX),
            );
            storage::material::part(conn, served.home, content, first, count).await?
        }
    };
    bytes.ok_or_else(|| Error::not_found("material", served.id))
}

/// Forgets what was taken away a week ago; how many.
///
/// # Errors
/// [`Error::Storage`].
pub async fn forget_removed(ctx: &Context) -> Result<u64> {
    let before = ctx.now() - SignedDuration::from_hours(24 * KEPT_DAYS);
    ctx.db
        .write(async move |txn: &Txn| Ok::<_, Error>(storage::material::forget_removed(txn, before).await?))
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_to_the_web_and_carry_no_password() {
        for (sent, wanted) in [
            ("https://example.org/a?b=1#c", Ok("https://example.org/a?b=1#c")),
            (" HTTP://Example.org ", Ok("http://example.org/")),
            ("https://例子.中国/课", Ok("https://xn--fsqu00a.xn--fiqs8s/%E8%AF%BE")),
            ("javascript:alert(1)", Err(MaterialError::Address)),
            ("data:text/html,<script>", Err(MaterialError::Address)),
            ("ftp://example.org/x", Err(MaterialError::Address)),
            ("file:///etc/passwd", Err(MaterialError::Address)),
            ("//example.org", Err(MaterialError::Address)),
            ("example.org", Err(MaterialError::Address)),
            ("https://", Err(MaterialError::Address)),
            ("https://a\nb.example/", Err(MaterialError::Address)),
            ("", Err(MaterialError::Address)),
            ("https://user:pass@example.org/", Err(MaterialError::Password)),
            ("https://user@example.org/", Err(MaterialError::Password)),
        ] {
            assert_eq!(link(sent), wanted.map(str::to_owned), "{sent}");
        }
        let long = format!("https://example.org/{}", "a".repeat(URL_CHARS));
        assert_eq!(link(&long), Err(MaterialError::LongAddress));
    }
}
