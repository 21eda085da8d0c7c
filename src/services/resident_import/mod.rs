//! Lists of residents become residents: read, looked through, imported as a whole, undone within a day.
//!
//! What is promised. Nothing is half imported: all rows are stored in one transaction, or none. A list with a wrong row is not imported
//! unless somebody says to take the good rows; the others can then be fetched with their reasons. What was reviewed is what is
//! imported: when the register has changed since so that a row would come to something else, the review is shown again. Somebody known
//! is never overwritten, only filled. What must not be read of a file (papers, illness) is not kept either: what waits between the review
//! and the confirmation is the table without those columns, sealed like telephone numbers, for a day at most.
//!
//! What it costs others. On SQLite everybody who writes waits for the transaction. So the rows are held against the register, and their
//! numbers sealed, before it begins; inside it are two looks and one statement for every 400 rows. One transaction for all 20,000, and not
//! several with pauses, because several could be interrupted between two; `tests/benches/import.rs` measures for how long check-ins wait.
//! A resident entered by somebody else at the very moment of the import on PostgreSQL may stand there twice afterwards.

mod look;
pub mod progress;
pub mod read;
mod sheet;
mod undo;
pub mod words;

pub use look::Look;
pub use progress::{Progress, Running, Standing, Step};
pub use sheet::template;
pub use undo::{KEPT_HOURS, may_undo, undo};

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::resident::{initials, opened, sealed};
use super::wording::Words;
use super::{Context, Error, Result, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::enrolment::Source;
use crate::domain::id::{CommunityId, ResidentId, ResidentImportId, UploadId};
use crate::domain::resident::Resident;
use crate::domain::resident_import::clean::Clean;
use crate::domain::resident_import::settle::{Counts, Verdict, fill, told};
use crate::domain::resident_import::{Field, Table};
pub use crate::storage::resident_import::Import as Past;
use crate::storage::resident_import::{Import, PER_STATEMENT, Sealed};
use crate::storage::upload::Upload;
use crate::storage::{self, Txn};
use look::{look, off_thread};

/// What tables wait as, and what was left out waits as.
const KIND: &str = "residents";
const REST: &str = "residents_rest";
/// The place a waiting table is sealed for.
const PLACE: (&str, &str) = ("upload", "content");
/// The longest name of a file that is kept, characters.
const NAME_CHARS: usize = 80;
/// How often an import is tried when the register changes under it and the outcome stays the same.
const TRIES: usize = 3;
/// Imports that are listed.
const LISTED: u64 = 20;

/// Which rows are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// All or nothing.
    All,
    /// The good ones; the others are left out and listed.
    Good,
}

/// Reads a file and keeps its table for the review.
///
/// # Errors
/// Without the right to manage residents; [`Error::Invalid`] with why the file cannot be read.
pub async fn receive(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    name: &str,
    bytes: Vec<u8>,
) -> Result<UploadId> {
    may(actor, Action::ManageResidents, community)?;
    let now = ctx.now();
    let id: UploadId = ctx.new_id(now);
    let table = off_thread(move || read::read(&bytes)).await??;
    let upload = Upload {
        id,
        account: actor.account(),
        kind: KIND,
        name: short(name),
        content: seal_text(ctx, community, id, &as_json(&table)?),
    };
    ctx.db
        .write(async move |txn: &Txn| {
            storage::upload::insert(txn, community, &upload, now).await?;
            Ok::<_, Error>(id)
        })
        .await
}

/// The name a file is known by.
fn short(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect()
}

fn as_json(table: &Table) -> Result<String> {
    serde_json::to_string(table).map_err(|error| Error::Internal(format!("a table cannot be written: {error}")))
}

fn seal_text(ctx: &Context, community: CommunityId, id: UploadId, text: &str) -> Vec<u8> {
    ctx.sealer.seal(community, PLACE.0, PLACE.1, id, text)
}

/// What an import of a waiting table would come to.
///
/// # Errors
/// Without the right to manage residents; [`Error::State`] when the file was imported or let go.
pub async fn review(ctx: &Context, actor: &Actor, community: CommunityId, id: UploadId) -> Result<Look> {
    may(actor, Action::ManageResidents, community)?;
    let (name, table) = waiting(ctx, community, id).await?;
    look(ctx, ctx.db.reader(), community, &name, table).await
}

async fn waiting(ctx: &Context, community: CommunityId, id: UploadId) -> Result<(String, Arc<Table>)> {
    let (name, content) = storage::upload::find(ctx.db.reader(), community, id, KIND)
        .await?
        .ok_or_else(gone)?;
    let text = ctx.sealer.open(community, PLACE.0, PLACE.1, id, &content)?;
    let table = serde_json::from_str(&text)
        .map_err(|error| Error::Internal(format!("a waiting table cannot be read: {error}")))?;
    Ok((name, Arc::new(table)))
}

/// The register has changed under an import.
const CHANGED: &str = "residents-import-changed";

fn outdated() -> Error {
    Error::State { code: CHANGED }
}

fn gone() -> Error {
    Error::State {
        code: "residents-import-gone",
    }
}

/// Imports a waiting table. `seen` is the [`Look::digest`] of the review.
///
/// # Errors
/// Without the right to manage residents; [`Error::State`] when it was imported or let go, when rows are wrong and all were to be taken,
/// when there is nothing to import, and when it would now come to something else than `seen`.
#[expect(clippy::too_many_arguments, reason = "each says one thing about one act")]
pub async fn carry_out(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: UploadId,
    seen: &str,
    take: Take,
    words: Words,
    progress: &Arc<Progress>,
) -> Result<Import> {
    may(actor, Action::ManageResidents, community)?;
    let (name, table) = waiting(ctx, community, id).await?;
    progress.begin(Step::Looking, table.rows.len());
    for _ in 0..TRIES {
        let seen_now = look(ctx, ctx.db.reader(), community, &name, Arc::clone(&table)).await?;
        if seen_now.digest != seen {
            break;
        }
        let act = Act {
            community,
            id: ResidentImportId(id.0),
            upload: Some(id),
            take,
            words,
        };
        if let Some(done) = store(ctx, actor, seen_now, act, progress).await? {
            return Ok(done);
        }
    }
    Err(outdated())
}

/// Reads a file, says what it would come to, and imports it at once, unless that is not wished or a row is wrong.
///
/// # Errors
/// Without the right to manage residents; [`Error::Invalid`] with why the file cannot be read.
#[expect(clippy::too_many_arguments, reason = "each says one thing about one act")]
pub async fn import_file(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    name: &str,
    bytes: Vec<u8>,
    take: Option<Take>,
    words: Words,
    progress: &Arc<Progress>,
) -> Result<(Look, Option<Import>)> {
    may(actor, Action::ManageResidents, community)?;
    let table = Arc::new(off_thread(move || read::read(&bytes)).await??);
    progress.begin(Step::Looking, table.rows.len());
    let name = short(name);
    for _ in 0..TRIES {
        let looked = look(ctx, ctx.db.reader(), community, &name, Arc::clone(&table)).await?;
        let counts = looked.counts;
        let Some(take) =
            take.filter(|take| counts.new + counts.filled > 0 && (counts.wrong == 0 || *take == Take::Good))
        else {
            return Ok((looked, None));
        };
        let act = Act {
            community,
            id: ctx.new_id(ctx.now()),
            upload: None,
            take,
            words,
        };
        if let Some(done) = store(ctx, actor, looked.clone(), act, progress).await? {
            return Ok((looked, Some(done)));
        }
    }
    Err(outdated())
}

/// One import as it is carried out.
struct Act {
    community: CommunityId,
    id: ResidentImportId,
    /// The waiting table it is of.
    upload: Option<UploadId>,
    take: Take,
    words: Words,
}

/// Rows ready to be stored.
struct Ready {
    new: Vec<Vec<Sealed>>,
    created: Vec<ResidentId>,
    changed: Vec<Vec<Sealed>>,
    fills: Vec<(ResidentId, Vec<Field>)>,
}

/// Stores a look. None when the register has changed since: nothing was stored then.
async fn store(ctx: &Context, actor: &Actor, seen: Look, act: Act, progress: &Arc<Progress>) -> Result<Option<Import>> {
    let Act {
        community,
        id,
        upload,
        take,
        words,
    } = act;
    let counts = seen.counts;
    if counts.wrong > 0 && take == Take::All {
        return Err(Error::State {
            code: "residents-import-wrong",
        });
    }
    if counts.new + counts.filled == 0 {
        return Err(Error::State {
            code: "residents-import-nothing",
        });
    }
    let now = ctx.now();
    progress.begin(Step::Sealing, counts.new + counts.filled);
    let (name, stamp) = (seen.name.clone(), seen.stamp);
    let rest = upload
        .filter(|_| counts.wrong > 0)
        .map(|id| (id, sheet::rest(words, &seen.table, &seen.settled)));
    let known = seen.known.clone();
    let ready = {
        let (ctx, progress) = (ctx.clone(), Arc::clone(progress));
        off_thread(move || ready(&ctx, community, &seen, now, &progress)).await??
    };
    let import = Import {
        id,
        account: actor.account(),
        name: name.clone(),
        created: as_i32(counts.new),
        filled: as_i32(counts.filled),
        known: as_i32(counts.known),
        wrong: as_i32(counts.wrong),
        created_ids: ready.created,
        fills: Some(
            serde_json::to_string(&ready.fills)
                .map_err(|error| Error::Internal(format!("a ledger line cannot be written: {error}")))?,
        ),
        created_at: now,
        undone_at: None,
    };
    progress.begin(Step::Storing, counts.new + counts.filled);
    let rest = rest.map(|(id, csv)| Upload {
        id,
        account: actor.account(),
        kind: REST,
        name,
        content: seal_text(ctx, community, id, &String::from_utf8_lossy(&csv)),
    });
    let filled: Vec<ResidentId> = ready.fills.iter().map(|(id, _)| *id).collect();
    let (new, changed) = (ready.new, ready.changed);
    let (ctx, actor, progress) = (ctx.clone(), actor.clone(), Arc::clone(progress));
    let db = ctx.db.clone();
    let done = db
        .write(async move |txn: &Txn| {
            storage::resident_import::take_turn(txn, community).await?;
            if let Some(id) = upload
                && !storage::upload::delete(txn, community, id).await?
            {
                return Err(gone());
            }
            if storage::resident_import::stamp(txn, community).await? != stamp {
                return Err(outdated());
            }
            // Held, so that nobody changes or erases them before the commit.
            let held = storage::resident_import::hold(txn, community, &filled).await?;
            let same = held
                .iter()
                .all(|(stored, _)| known.get(&stored.resident.id).is_some_and(|seen| same(seen, stored)));
            if held.len() != filled.len() || !same {
                return Err(outdated());
            }
            for rows in new {
                let count = rows.len();
                storage::resident_import::insert(txn, community, rows, now).await?;
                progress.add(count);
            }
            for rows in changed {
                let count = rows.len();
                storage::resident_import::update(txn, community, rows, now).await?;
                progress.add(count);
            }
            storage::resident_import::note(txn, community, &import).await?;
            if let Some(rest) = rest {
                storage::upload::insert(txn, community, &rest, now).await?;
            }
            let detail = detail(counts);
            audit::record(
                &ctx,
                txn,
                now,
                community,
                &actor,
                "resident.import",
                Some(import.id.0),
                &detail,
            )
            .await?;
            Ok::<_, Error>(import)
        })
        .await;
    match done {
        Ok(import) => Ok(Some(import)),
        Err(Error::State { code: CHANGED }) => Ok(None),
        Err(Error::Storage(storage::Error::Duplicate(_))) => Err(gone()),
        Err(error) => Err(error),
    }
}

fn same(one: &storage::resident::Stored, other: &storage::resident::Stored) -> bool {
    one.resident == other.resident
        && one.phone_sealed == other.phone_sealed
        && one.family_phone_sealed == other.family_phone_sealed
}

fn detail(counts: Counts) -> serde_json::Value {
    json!({"created": counts.new, "filled": counts.filled, "known": counts.known, "wrong": counts.wrong})
}

fn as_i32(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Makes the rows: ids in the order of the file, numbers sealed.
fn ready(ctx: &Context, community: CommunityId, seen: &Look, now: Timestamp, progress: &Progress) -> Result<Ready> {
    let mut ids: Vec<ResidentId> = (0..seen.counts.new).map(|_| ctx.new_id(now)).collect();
    // Made in one instant they differ only by chance: sorted, the list shows them as the file does.
    ids.sort_unstable();
    let mut next = ids.iter().copied();
    let (mut new, mut changed, mut fills_of) = (Vec::new(), Vec::new(), Vec::new());
    for row in &seen.settled {
        let Some(clean) = &row.clean else { continue };
        match &row.verdict {
            Verdict::New => {
                let Some(id) = next.next() else { continue };
                new.push(sealed(ctx, community, resident(id, clean, now)));
                progress.add(1);
            }
            Verdict::Known { id, fills, .. } if !fills.is_empty() => {
                let Some(stored) = seen.known.get(id) else { continue };
                let mut resident = opened(ctx, community, stored.clone())?;
                fill(&mut resident, clean, fills);
                changed.push(sealed(ctx, community, resident));
                fills_of.push((*id, fills.clone()));
                progress.add(1);
            }
            Verdict::Known { .. } | Verdict::Wrong(_) => {}
        }
    }
    Ok(Ready {
        new: portions(new),
        created: ids,
        changed: portions(changed),
        fills: fills_of,
    })
}

fn portions(rows: Vec<Sealed>) -> Vec<Vec<Sealed>> {
    let mut portions = Vec::with_capacity(rows.len().div_ceil(PER_STATEMENT));
    let mut rows = rows.into_iter();
    loop {
        let portion: Vec<Sealed> = rows.by_ref().take(PER_STATEMENT).collect();
        if portion.is_empty() {
            return portions;
        }
        portions.push(portion);
    }
}

fn resident(id: ResidentId, clean: &Clean, now: Timestamp) -> Resident {
    Resident {
        id,
        grid_id: clean.grid,
        initials: initials(&clean.name),
        name: clean.name.clone(),
        gender: clean.gender.clone(),
        birth_year: clean.birth_year,
        phone: clean.phone.clone(),
        email: clean.email.clone(),
        building: clean.building.clone(),
        care: clean.care.clone(),
        family_name: clean.family_name.clone(),
        family_phone: clean.family_phone.clone(),
        tell_by: told(clean),
        source: Source::Staff,
        unchecked: false,
        consent_on: None,
        consent_version: None,
        created_at: now,
        merged_into: None,
        erased_at: None,
    }
}

/// An import of the ledger, and whether the rows it left out can still be fetched.
///
/// # Errors
/// Without the right to manage residents; when there is no such import.
pub async fn find(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: UploadId,
) -> Result<Option<(Import, bool)>> {
    may(actor, Action::ManageResidents, community)?;
    let db = ctx.db.reader();
    let Some(import) = storage::resident_import::find(db, community, ResidentImportId(id.0)).await? else {
        return Ok(None);
    };
    let rest = storage::upload::find(db, community, id, REST).await?;
    Ok(Some((import, rest.is_some())))
}

/// The latest imports, newest first.
///
/// # Errors
/// Without the right to manage residents.
pub async fn latest(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<Import>> {
    may(actor, Action::ManageResidents, community)?;
    Ok(storage::resident_import::latest(ctx.db.reader(), community, LISTED).await?)
}

/// The rows that are wrong, or were left out, as CSV with the reasons. Telephone numbers stand in it in full, so fetching it is audited.
///
/// # Errors
/// Without the right to manage residents; [`Error::State`] when the file was let go.
pub async fn rest(ctx: &Context, actor: &Actor, community: CommunityId, id: UploadId, words: Words) -> Result<Vec<u8>> {
    may(actor, Action::ManageResidents, community)?;
    let csv = match storage::upload::find(ctx.db.reader(), community, id, REST).await? {
        Some((_, content)) => ctx.sealer.open(community, PLACE.0, PLACE.1, id, &content)?.into_bytes(),
        None => {
            let seen = review(ctx, actor, community, id).await?;
            sheet::rest(words, &seen.table, &seen.settled)
        }
    };
    let (now, by, actor) = (ctx.now(), ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| {
            audit::record(
                &by,
                txn,
                now,
                community,
                &actor,
                "resident.import_rest",
                Some(id.0),
                &json!({}),
            )
            .await?;
            Ok::<_, Error>(csv)
        })
        .await
}

/// Forgets whom imports made that can no longer be undone; of how many imports.
///
/// # Errors
/// [`Error::Storage`].
pub async fn forget_old(ctx: &Context) -> Result<u64> {
    let before = ctx.now() - SignedDuration::from_hours(KEPT_HOURS);
    ctx.db
        .write(async move |txn: &Txn| Ok::<_, Error>(storage::resident_import::forget_before(txn, before).await?))
        .await
}
