//! Taking an import back, for a day, while nobody has used what it made.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::portions;
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, ResidentId, ResidentImportId, UploadId};
use crate::domain::resident_import::Field;
use crate::domain::resident_import::settle::unfill;
use crate::services::resident::{opened, sealed};
use crate::services::{Context, Error, Result, audit};
use crate::storage::resident_import::Import;
use crate::storage::{self, Txn};

/// How long an import can be undone, hours.
pub const KEPT_HOURS: i64 = 24;

/// Whether an import can be undone as far as its own line says.
///
/// # Errors
/// [`Error::State`]: undone already, too old.
pub fn may_undo(import: &Import, now: Timestamp) -> Result<()> {
    let code = if import.undone_at.is_some() {
        "residents-undo-done"
    } else if now.duration_since(import.created_at) > SignedDuration::from_hours(KEPT_HOURS) {
        "residents-undo-late"
    } else {
        return Ok(());
    };
    Err(Error::State { code })
}

/// Takes an import back: those it made are deleted, and what it filled is emptied. All of it, or nothing when one of those people has signed
/// up, come, been changed or is pointed to from anywhere else since.
///
/// # Errors
/// Without the right to manage residents; when there is no such import; [`Error::State`] when it is too late or somebody was touched.
pub async fn undo(ctx: &Context, actor: &Actor, community: CommunityId, id: UploadId) -> Result<()> {
    may(actor, Action::ManageResidents, community)?;
    let now = ctx.now();
    let id = ResidentImportId(id.0);
    let (by, actor) = (Arc::new(ctx.clone()), actor.clone());
    let done = ctx
        .db
        .write(async move |txn: &Txn| {
            storage::resident_import::take_turn(txn, community).await?;
            let import = storage::resident_import::find(txn, community, id)
                .await?
                .ok_or_else(|| Error::not_found("resident-import", id))?;
            may_undo(&import, now)?;
            let fills: HashMap<ResidentId, Vec<Field>> = match &import.fills {
                Some(text) => serde_json::from_str::<Vec<_>>(text)
                    .map_err(|error| Error::Internal(format!("a ledger line cannot be read: {error}")))?
                    .into_iter()
                    .collect(),
                None => HashMap::new(),
            };
            let filled: Vec<ResidentId> = fills.keys().copied().collect();
            let untouched = async |ids: &[ResidentId]| {
                let held = storage::resident_import::hold(txn, community, ids).await?;
                let same = held.len() == ids.len() && held.iter().all(|(_, changed)| *changed == import.created_at);
                same.then_some(held).ok_or_else(touched)
            };
            untouched(&import.created_ids).await?;
            if storage::resident_import::used(txn, community, &import.created_ids).await? > 0 {
                return Err(touched());
            }
            let held = untouched(&filled).await?;
            let mut emptied = Vec::with_capacity(held.len());
            for (stored, _) in held {
                let id = stored.resident.id;
                let mut resident = opened(&by, community, stored)?;
                if let Some(fields) = fills.get(&id) {
                    unfill(&mut resident, fields);
                }
                emptied.push(sealed(&by, community, resident));
            }
            for rows in portions(emptied) {
                storage::resident_import::update(txn, community, rows, now).await?;
            }
            storage::resident_import::delete(txn, community, &import.created_ids).await?;
            storage::resident_import::mark_undone(txn, community, id, now).await?;
            let detail = json!({"created": import.created, "filled": import.filled});
            audit::record(
                &by,
                txn,
                now,
                community,
                &actor,
                "resident.import_undo",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok::<_, Error>(())
        })
        .await;
    match done {
        // A visit, a need, a message: something else points to one of them.
        Err(Error::Storage(storage::Error::Dangling)) => Err(touched()),
        done => done,
    }
}

fn touched() -> Error {
    Error::State {
        code: "residents-undo-touched",
    }
}
