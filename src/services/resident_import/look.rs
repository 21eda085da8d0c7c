//! A table held against the register: what would become of every row.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::resident_import::Table;
use crate::domain::resident_import::clean::{Rules, clean};
use crate::domain::resident_import::settle::{Counts, Known, Row, Settled, Verdict, count, settle};
use crate::domain::text::{Purpose, hex};
use crate::services::resident::phone_index;
use crate::services::{Context, Error, Result};
use crate::storage::resident::Stored;
use crate::storage::{self, Connection};

/// What an import would come to.
#[derive(Clone, Debug)]
pub struct Look {
    /// The file's name.
    pub name: String,
    /// What was read of it.
    pub table: Arc<Table>,
    /// Every row and what becomes of it.
    pub settled: Vec<Settled>,
    /// How many of each kind.
    pub counts: Counts,
    /// Equal for equal outcomes: what was reviewed is what is imported.
    pub digest: String,
    /// The known residents as they stood.
    pub(super) known: HashMap<ResidentId, Stored>,
    /// How the register stood.
    pub(super) stamp: (i64, Option<Timestamp>),
}

/// Holds a table against the register.
///
/// # Errors
/// [`Error::Storage`].
pub(super) async fn look(
    ctx: &Context,
    db: &impl Connection,
    community: CommunityId,
    name: &str,
    table: Arc<Table>,
) -> Result<Look> {
    let home = storage::community::find(db, community)
        .await?
        .ok_or_else(|| Error::not_found("community", community))?;
    let grids = storage::community::grids(db, community).await?;
    let rules = Rules {
        grids: grids.into_iter().map(|grid| (grid.id, grid.name)).collect(),
        this_year: i32::from(ctx.now().to_zoned(home.zone).year()),
    };
    // Before the register is read: what changes from here on is seen.
    let stamp = storage::resident_import::stamp(db, community).await?;
    let rows = {
        let (ctx, table) = (ctx.clone(), Arc::clone(&table));
        off_thread(move || cleaned(&ctx, community, &table, &rules)).await?
    };
    let (mut names, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for row in &rows {
        if let Ok(clean) = &row.read {
            names.insert(clean.name.reveal(Purpose::Find).to_owned());
            keys.extend(row.key.clone());
        }
    }
    let (names, keys) = (Vec::from_iter(names), Vec::from_iter(keys));
    let found = storage::resident_import::candidates(db, community, &names, &keys).await?;
    let name = name.to_owned();
    off_thread(move || {
        let register: Vec<Known> = found.iter().map(|(stored, key)| known(stored, key.clone())).collect();
        let settled = settle(rows, &register);
        Look {
            name,
            counts: count(&settled),
            digest: digest(&settled),
            settled,
            table,
            known: found
                .into_iter()
                .map(|(stored, _)| (stored.resident.id, stored))
                .collect(),
            stamp,
        }
    })
    .await
}

fn known(stored: &Stored, key: Option<Vec<u8>>) -> Known {
    Known {
        resident: stored.resident.clone(),
        key,
        has_phone: stored.phone_sealed.is_some(),
        has_family_phone: stored.family_phone_sealed.is_some(),
    }
}

fn cleaned(ctx: &Context, community: CommunityId, table: &Table, rules: &Rules) -> Vec<Row> {
    let row = |raw: &crate::domain::resident_import::RawRow| {
        let read = clean(raw, &table.places, rules);
        let reached_at = read.as_ref().ok().and_then(|clean| clean.reached_at());
        Row {
            number: raw.number,
            key: reached_at.map(|phone| phone_index(ctx, community, phone)),
            read,
        }
    };
    table.rows.iter().map(row).collect()
}

/// Long work without a pause in it, on a thread of its own.
pub(super) async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Internal(format!("an import: {error}")))
}

/// What every row comes to, in few bytes. The cells need not be in it: a file that waits does not change.
fn digest(settled: &[Settled]) -> String {
    let mut hash = Sha256::new();
    for row in settled {
        hash.update(row.number.to_be_bytes());
        if let Some(grid) = row.clean.as_ref().and_then(|clean| clean.grid) {
            hash.update(grid.0.as_bytes());
        }
        match &row.verdict {
            Verdict::New => hash.update([1]),
            Verdict::Known { id, fills, kept } => {
                hash.update([2]);
                hash.update(id.0.as_bytes());
                for (mark, fields) in [(b'+', fills), (b'=', kept)] {
                    hash.update([mark]);
                    hash.update(fields.iter().map(|field| *field as u8).collect::<Vec<_>>());
                }
            }
            Verdict::Wrong(faults) => {
                hash.update([3]);
                for fault in faults {
                    hash.update(fault.why.code());
                }
            }
        }
    }
    hex(&hash.finalize()[..16])
}
