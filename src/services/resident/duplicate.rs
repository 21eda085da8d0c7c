//! Residents who may be one person: suggested, and set apart by whoever knows better.

use std::collections::HashMap;

use super::{current, get, opened};
use crate::domain::access::{Action, Actor, may};
use crate::domain::duplicate::{Resemblance, compare, stays};
use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::resident::Resident;
use crate::domain::text::Purpose;
use crate::services::{Context, Error, Result, audit};
use crate::storage;

/// The most pairs on one page.
pub const MOST_PAIRS: usize = 100;

/// Two residents who may be one person.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// Who would stay.
    pub survivor: Resident,
    /// Who would be merged.
    pub merged: Resident,
    /// How alike they are, and why.
    pub resemblance: Resemblance,
}

/// Pairs of residents who may be one person, the likeliest first; up to [`MOST_PAIRS`].
///
/// # Errors
/// Without the right to manage residents.
pub async fn suggestions(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<Suggestion>> {
    may(actor, Action::ManageResidents, community)?;
    let conn = ctx.db.reader();
    let pairs = storage::resident::duplicate::candidates(conn, community).await?;
    let mut ids: Vec<ResidentId> = pairs.iter().flat_map(|(one, other)| [*one, *other]).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut residents = HashMap::with_capacity(ids.len());
    for stored in storage::resident::find_all(conn, community, &ids).await? {
        let resident = opened(ctx, community, stored)?;
        residents.insert(resident.id, resident);
    }
    let tail = |one: &Resident| one.reached_at().map(|phone| phone.tail(Purpose::Find).to_owned());
    let mut found: Vec<Suggestion> = pairs
        .iter()
        .filter_map(|(one, other)| {
            let (one, other) = (residents.get(one)?, residents.get(other)?);
            let same_tail = tail(one).is_some() && tail(one) == tail(other);
            let resemblance = compare(one, other, same_tail)?;
            let (survivor, merged) = stays(one, other);
            Some(Suggestion {
                survivor: survivor.clone(),
                merged: merged.clone(),
                resemblance,
            })
        })
        .collect();
    found.sort_by_key(|one| (std::cmp::Reverse(one.resemblance.score), one.survivor.id, one.merged.id));
    found.truncate(MOST_PAIRS);
    Ok(found)
}

/// Remembers that two residents are two people: they are not suggested again.
///
/// # Errors
/// Without the right to manage residents; when one does not exist in the community, is merged or erased; when they are the same.
pub async fn set_apart(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    one: ResidentId,
    other: ResidentId,
) -> Result<()> {
    for id in [one, other] {
        current(&get(ctx, actor, community, id).await?)?;
    }
    if one == other {
        return Err(Error::State { code: "merge-same" });
    }
    let now = ctx.now();
    let (inner, actor) = (ctx.clone(), actor.clone());
    let set = ctx
        .db
        .write(async move |txn| {
            let id = inner.new_id(now);
            let by = actor.account();
            storage::resident::duplicate::set_apart(txn, community, id, (one, other), by, now).await?;
            let detail = serde_json::json!({ "other": other });
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "resident.apart",
                Some(one.0),
                &detail,
            )
            .await
        })
        .await;
    match set {
        // Two said so at once.
        Err(storage::Error::Duplicate(_)) => Ok(()),
        done => Ok(done?),
    }
}
