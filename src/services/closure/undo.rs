//! Taking a closure back while nobody was told, and opening venues earlier than planned.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde_json::json;

use super::act::Before;
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{ClosureId, CommunityId, FacilitatorId, ProgrammeId, SeriesId, SessionId, VenueId};
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::closure::ClosureAct;
use crate::domain::planning::{Clash, Conditions, Session, SessionStatus, Timetable};
use crate::services::session::slot_of;
use crate::services::{Context, Error, Result, audit, community, programme, retry};
use crate::storage::booking::Holder;
use crate::storage::closure::Effect;
use crate::storage::{self, Txn};

/// Takes a closure back: what it called off or moved stands again where it stood, the venues are open, and nobody hears of it. Gives
/// how many sessions stand again. What somebody changed since stays as it is.
///
/// # Errors
/// [`Error::State`] when a message has left (`closure-told`) or it was taken back before (`closure-undone`); [`Error::Conflict`]
/// when a place was taken meanwhile; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn undo(ctx: &Context, actor: &Actor, community: CommunityId, id: ClosureId) -> Result<usize> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    retry::write(ctx, || {
        let (ctx, actor) = (ctx.clone(), actor.clone());
        async move |txn: &Txn| {
            let closure = storage::closure::lock(txn, community, id).await?;
            let closure = closure.ok_or_else(|| Error::not_found("closure", id))?;
            if closure.undone_at.is_some() {
                return Err(Error::State { code: "closure-undone" });
            }
            if let Some(notification) = closure.notification
                && !storage::notification::take_back(txn, community, notification, now).await?
            {
                return Err(Error::State { code: "closure-told" });
            }
            let effects = storage::closure::effects(txn, community, id).await?;
            storage::closure::undo(txn, community, id, now).await?;
            let restored = put_back(&ctx, txn, now, community, &effects).await?;
            let detail = json!({"restored": restored});
            audit::record(&ctx, txn, now, community, &actor, "closure.undo", Some(id.0), &detail).await?;
            Ok(restored)
        }
    })
    .await
}

/// Sessions as they stood, where nobody has changed them since.
fn as_before(sessions: Vec<Session>, effects: &[Effect], now: Timestamp) -> Result<Vec<(Session, Session)>> {
    let mut back = Vec::new();
    for session in sessions {
        let Some(effect) = effects.iter().find(|effect| effect.session == session.id) else {
            continue;
        };
        if effect.sequence != session.sequence || session.is_attended() || session.is_past(now) {
            continue;
        }
        let before: Before = serde_json::from_str(&effect.before).map_err(|_| {
            Error::Storage(storage::Error::Inconsistent {
                table: "closure_effect",
                column: "before",
                id: session.id.to_string(),
                value: effect.before.clone(),
            })
        })?;
        let restored = Session {
            starts_at: before.starts_at,
            ends_at: before.ends_at,
            venue_id: before.venue_id,
            status: before.status,
            reason_code: before.reason_code,
            reason: before.reason,
            moved_from_at: before.moved_from_at,
            moved_from_venue_id: before.moved_from_venue_id,
            overridden: before.overridden,
            sequence: session.sequence + 1,
            ..session.clone()
        };
        back.push((session, restored));
    }
    Ok(back)
}

async fn put_back(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    effects: &[Effect],
) -> Result<usize> {
    let home = community::find(ctx, community).await?;
    let acted: Vec<Effect> = effects
        .iter()
        .filter(|effect| effect.act != ClosureAct::Keep)
        .cloned()
        .collect();
    let ids: Vec<SessionId> = acted.iter().map(|effect| effect.session).collect();
    let found = storage::session::find_all(txn, community, &ids).await?;
    let mut series: Vec<SeriesId> = found.iter().map(|session| session.series_id).collect();
    series.sort();
    series.dedup();
    let mut locked = Vec::with_capacity(series.len());
    for id in series {
        locked.extend(storage::series::lock(txn, community, id).await?);
    }
    let back = as_before(found, &acted, now)?;
    let both = || back.iter().flat_map(|(now, before)| [now, before]);
    let mut venues: Vec<VenueId> = both().map(|session| session.venue_id).collect();
    venues.sort();
    venues.dedup();
    let mut who: Vec<FacilitatorId> = both().filter_map(|session| session.facilitator_id).collect();
    who.sort();
    who.dedup();
    storage::booking::lock(txn, community, &venues, &who).await?;
    let now_locked = storage::session::lock(txn, community, &ids).await?;
    let back = as_before(now_locked, &acted, now)?;

    let first = back.iter().map(|(_, before)| before.starts_at).min();
    let last = back.iter().map(|(_, before)| before.ends_at).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(0);
    };
    let to = last + jiff::SignedDuration::from_mins(LONGEST_BUSY_MINUTES);
    let mut timetable = Timetable::new(storage::booking::busy(txn, community, &venues, &who, first, to).await?);
    let leaving: HashSet<SessionId> = back.iter().map(|(session, _)| session.id).collect();
    timetable.release(&leaving);
    let mut clashes: Vec<Clash> = Vec::new();
    let mut bookings = Vec::new();
    let mut known: HashMap<ProgrammeId, Conditions> = HashMap::new();
    for (_, before) in &back {
        if before.status == SessionStatus::Cancelled {
            continue;
        }
        let conditions = match known.entry(before.programme_id) {
            Entry::Occupied(found) => found.into_mut(),
            Entry::Vacant(missing) => {
                let offered = storage::programme::find(txn, community, before.programme_id).await?;
                let partner = offered.and_then(|programme| programme.partner_id);
                missing.insert(programme::conditions(txn, &home, partner, now).await?)
            }
        };
        let slot = slot_of(before);
        clashes.extend(conditions.clashes(&slot, &timetable));
        timetable.add(conditions.busy(&slot, Some(before.id), ""));
        let holder = Holder::Session(before.id);
        bookings.push(programme::booking(ctx.new_id(now), holder, conditions, &slot));
    }
    if !clashes.is_empty() {
        return Err(Error::Conflict(clashes));
    }
    let released: Vec<SessionId> = back.iter().map(|(session, _)| session.id).collect();
    storage::booking::release(txn, community, &released).await?;
    storage::booking::insert_all(txn, community, &bookings).await?;
    for (_, before) in &back {
        storage::session::update(txn, community, before, now).await?;
    }
    for mut one in locked {
        one.sequence += 1;
        storage::series::update(txn, community, &one, now).await?;
        programme::take_back(txn, now, &home, one.id).await?;
    }
    Ok(back.len())
}

/// Lets the venues of a closure be used again from now on. Sessions that were called off or moved stay so.
///
/// # Errors
/// [`Error::State`] when it is over or was taken back (`closure-undone`); [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn reopen(ctx: &Context, actor: &Actor, community: CommunityId, id: ClosureId) -> Result<()> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    retry::write(ctx, || {
        let (ctx, actor) = (ctx.clone(), actor.clone());
        async move |txn: &Txn| {
            let closure = storage::closure::lock(txn, community, id).await?;
            let closure = closure.ok_or_else(|| Error::not_found("closure", id))?;
            if closure.undone_at.is_some() || closure.ends_at <= now {
                return Err(Error::State { code: "closure-undone" });
            }
            storage::closure::open(txn, community, id, now).await?;
            storage::closure::end(txn, community, id, now.max(closure.starts_at)).await?;
            audit::record(
                &ctx,
                txn,
                now,
                community,
                &actor,
                "closure.reopen",
                Some(id.0),
                &json!({}),
            )
            .await?;
            Ok(())
        }
    })
    .await
}
