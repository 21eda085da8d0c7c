//! Erasing who somebody was (个人信息保护法 art. 47): the counts stay, the identity goes, and nothing brings it back.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{current, get, opened, phone_index};
use crate::domain::access::Actor;
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::{CommunityId, ResidentId, SessionId};
use crate::domain::resident::{Resident, blurred_birth_year};
use crate::domain::text::{PersonName, Purpose};
use crate::services::enrolment::{lock, promote_all, set_status};
use crate::services::{Context, Error, Result, audit, retry};
use crate::storage::resident::{erasure as rows, history, merge as locks};
use crate::storage::{self, Txn};

/// What an erasure would do.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// Who.
    pub resident: Resident,
    /// Rows of theirs that were merged into this one and go along.
    pub merged: usize,
    /// Visits that stay, without a name.
    pub visits: u64,
    /// Sessions to come for which they are signed up or wait: given up.
    pub coming: usize,
    /// Messages that lose their text.
    pub messages: usize,
    /// Other residents at the same number, who keep it.
    pub others_at_number: Vec<Resident>,
}

/// What an erasure would do.
///
/// # Errors
/// Without the right to manage residents; when there is no such resident, or they were merged or erased.
pub async fn look(ctx: &Context, actor: &Actor, community: CommunityId, id: ResidentId) -> Result<Outlook> {
    let resident = get(ctx, actor, community, id).await?;
    current(&resident)?;
    let conn = ctx.db.reader();
    let all = rows::with_merged(conn, community, id).await?;
    let mut others_at_number = Vec::new();
    if let Some(phone) = resident.reached_at() {
        let index = phone_index(ctx, community, phone);
        let others = rows::others_at(conn, community, &index, &all).await?;
        for stored in storage::resident::find_all(conn, community, &others).await? {
            others_at_number.push(opened(ctx, community, stored)?);
        }
    }
    Ok(Outlook {
        merged: all.len() - 1,
        visits: history::visit_count(conn, community, id).await?,
        coming: rows::coming(conn, community, id, ctx.now()).await?.len(),
        messages: history::messages(conn, community, id, 20_000).await?.len(),
        others_at_number,
        resident,
    })
}

/// Why somebody is erased. A list, not free words: those would hold the very name, and the audit keeps the reason for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They asked for it.
    Asked,
    /// They took back that they may be kept.
    ConsentWithdrawn,
    /// They moved away.
    Moved,
    /// They died.
    Died,
    /// They were entered by mistake.
    Mistake,
}

crate::domain::planning::named! { Reason {
    Asked => "asked",
    ConsentWithdrawn => "consent_withdrawn",
    Moved => "moved",
    Died => "died",
    Mistake => "mistake",
} }

/// Erases who somebody was: name, numbers, everything that tells who came; that somebody came stays. Sign-ups to come are given up, their seats go to
/// whoever waits. It cannot be undone, so whoever does it types the name.
///
/// # Errors
/// Without the right to manage residents; when the name is not theirs; when there is no such resident, or they were merged or erased before.
pub async fn erase(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ResidentId,
    reason: Reason,
    typed_name: &str,
) -> Result<()> {
    let known = get(ctx, actor, community, id).await?;
    current(&known)?;
    let typed = PersonName::parse(typed_name)
        .map_err(|error| Error::Invalid(vec![super::field_error("name", error, typed_name)]))?;
    if typed != known.name {
        return Err(Error::invalid("name", "erase-other-name", typed_name));
    }
    let now = ctx.now();
    let work = || {
        let (inner, actor) = (ctx.clone(), actor.clone());
        async move |txn: &Txn| erase_in(&inner, txn, now, &actor, community, id, reason).await
    };
    retry::write(ctx, work).await
}

async fn erase_in(
    ctx: &Context,
    txn: &Txn,
    now: jiff::Timestamp,
    actor: &Actor,
    community: CommunityId,
    id: ResidentId,
    reason: Reason,
) -> Result<()> {
    let locked = locks::lock_sessions_of(txn, community, id).await?;
    let all = rows::with_merged(txn, community, id).await?;
    let stored = locks::lock_residents(txn, community, &all).await?;
    let own = stored
        .iter()
        .find(|stored| stored.resident.id == id)
        .ok_or_else(|| Error::not_found("resident", id))?;
    current(&own.resident)?;

    let given_up = give_up(ctx, txn, now, community, id, &locked).await?;
    let mut names = Vec::with_capacity(stored.len());
    let mut decades = Vec::with_capacity(stored.len());
    let mut limits = Vec::new();
    for one in stored {
        let resident = opened(ctx, community, one)?;
        names.push(resident.name.reveal(Purpose::Find).to_owned());
        decades.push((resident.id, resident.birth_year.map(blurred_birth_year)));
        for phone in resident.phone.iter().chain(&resident.family_phone) {
            let index = URL_SAFE_NO_PAD.encode(phone_index(ctx, community, phone));
            limits.push(format!("sign-up:phone:{index}"));
        }
    }
    rows::blank(txn, community, &decades, now).await?;
    rows::forget(txn, community, &all, &names, now).await?;
    rows::forget_limits(txn, &limits).await?;
    let detail = json!({ "merged": all.len() - 1, "given_up": given_up, "reason": reason.as_str() });
    audit::record(ctx, txn, now, community, actor, "resident.erase", Some(id.0), &detail).await?;
    Ok(())
}

/// Gives up what somebody is signed up for from now on, and gives their seats to whoever waits. How many.
async fn give_up(
    ctx: &Context,
    txn: &Txn,
    now: jiff::Timestamp,
    community: CommunityId,
    id: ResidentId,
    locked: &std::collections::HashSet<SessionId>,
) -> Result<usize> {
    let coming = rows::coming(txn, community, id, now).await?;
    // Signed up between the first look and the lock: look again.
    if !coming.iter().all(|session| locked.contains(session)) {
        return Err(Error::Storage(storage::Error::Contention));
    }
    for session in &coming {
        lock(txn, community, *session).await?;
        let Some(one) = storage::enrolment::find_of(txn, community, *session, id).await? else {
            continue;
        };
        set_status(txn, now, community, &one, EnrolmentStatus::Cancelled, None).await?;
    }
    promote_all(ctx, txn, now, community, &coming).await?;
    Ok(coming.len())
}
