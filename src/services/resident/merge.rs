//! Merging two residents who are one person, and undoing it. All of it in one transaction that holds their sessions and them.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{current, get, opened, sealed};
use crate::domain::access::{Action, Actor, may};
use crate::domain::consent::{ConsentAct, ConsentPurpose, standing};
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::{CommunityId, MergeId, ResidentId, SessionId};
use crate::domain::merge::{self as rules, Fate, Part};
use crate::domain::resident::{Enrolment, Resident};
use crate::services::enrolment::{lock, promote_all, set_status};
use crate::services::{Context, Error, Result, audit, retry};
use crate::storage::resident::merge::{self as ledger, Merge, Move};
use crate::storage::resident::{Stored, consent};
use crate::storage::{self, Txn};

/// Two residents who are one person.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who stays.
    pub survivor: ResidentId,
    /// Who leads to them from then on.
    pub merged: ResidentId,
    /// What the survivor takes from the merged; none for what it lacks itself.
    pub parts: Option<Vec<Part>>,
}

/// What a merge came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The merge, to undo it by.
    pub id: MergeId,
    /// Who stayed.
    pub survivor: ResidentId,
    /// Visits that are the survivor's now.
    pub visits: usize,
    /// Sessions at which both were named: these count one fewer.
    pub folded: usize,
    /// Sign-ups that are the survivor's now.
    pub sign_ups: usize,
}

/// What an undoing could not give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// A field of the survivor was changed since, and stays as it is.
    Field(Part),
    /// There is no seat any more: they wait in the place in the order that they had.
    Seat(SessionId),
    /// The survivor's sign-up was changed since, and stays as it is.
    SignUp(SessionId),
    /// So many visits lead elsewhere by now.
    Visits(usize),
}

/// What an undoing came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Who had stayed.
    pub survivor: ResidentId,
    /// Who stands for themselves again.
    pub merged: ResidentId,
    /// What could not be given back.
    pub lost: Vec<Lost>,
}

/// Two residents side by side, before they are merged.
#[derive(Clone, Debug)]
pub struct Pair {
    /// Who would stay.
    pub survivor: Resident,
    /// Who would be merged.
    pub merged: Resident,
    /// What the survivor would take by default.
    pub parts: Vec<Part>,
    /// Sessions at which both were named.
    pub folded: usize,
    /// Visits the merged would bring along.
    pub visits: usize,
    /// Sessions to come for which both are signed up or wait.
    pub both_signed_up: usize,
}

/// Two residents side by side.
///
/// # Errors
/// Without the right to manage residents; when one does not exist in the community, is merged or erased; when they are the same.
pub async fn look(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    survivor: ResidentId,
    merged: ResidentId,
) -> Result<Pair> {
    if survivor == merged {
        return Err(Error::State { code: "merge-same" });
    }
    let survivor = get(ctx, actor, community, survivor).await?;
    let merged = get(ctx, actor, community, merged).await?;
    current(&survivor)?;
    current(&merged)?;
    let conn = ctx.db.reader();
    let rows = ledger::attendance_of(conn, community, [survivor.id, merged.id]).await?;
    let moved = rules::attendance(&rows, survivor.id, merged.id);
    let live: HashSet<_> = rows.iter().filter(|row| !row.withdrawn).map(|row| row.id).collect();
    let signed_up = async |who| -> Result<HashSet<SessionId>> {
        let all = ledger::enrolments_of(conn, community, who).await?;
        Ok(all
            .into_iter()
            .filter(|one| one.status.is_live())
            .map(|one| one.session_id)
            .collect())
    };
    Ok(Pair {
        parts: rules::default_parts(&survivor, &merged),
        folded: moved.iter().filter(|one| one.folded).count(),
        visits: moved.iter().filter(|one| live.contains(&one.id)).count(),
        both_signed_up: signed_up(survivor.id)
            .await?
            .intersection(&signed_up(merged.id).await?)
            .count(),
        survivor,
        merged,
    })
}

/// Merges two residents: what the merged one was signed up for and came to is the survivor's, each session once. The same pair merged twice at the same
/// moment is merged once; the second is told so.
///
/// # Errors
/// Without the right to manage residents; when one does not exist in the community, is merged or erased; when they are the same.
pub async fn merge(ctx: &Context, actor: &Actor, community: CommunityId, wish: Wish) -> Result<Merged> {
    may(actor, Action::ManageResidents, community)?;
    if wish.survivor == wish.merged {
        return Err(Error::State { code: "merge-same" });
    }
    let now = ctx.now();
    let work = || {
        let (inner, actor, wish) = (ctx.clone(), actor.clone(), wish.clone());
        async move |txn: &Txn| merge_in(&inner, txn, now, &actor, community, wish).await
    };
    retry::write(ctx, work).await
}

async fn merge_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    actor: &Actor,
    community: CommunityId,
    wish: Wish,
) -> Result<Merged> {
    let pair = (wish.survivor, wish.merged);
    let locked = ledger::lock_sessions_of(txn, community, wish.merged).await?;
    let (before, merged) = lock_pair(txn, community, pair).await?;
    let was = opened(ctx, community, before.clone())?;
    let other = opened(ctx, community, merged)?;
    current(&was)?;
    current(&other)?;

    let rows = ledger::attendance_of(txn, community, [wish.survivor, wish.merged]).await?;
    let live: HashSet<_> = rows.iter().filter(|row| !row.withdrawn).map(|row| row.id).collect();
    let moved = rules::attendance(&rows, wish.survivor, wish.merged);
    let own: HashMap<SessionId, Enrolment> = ledger::enrolments_of(txn, community, wish.survivor)
        .await?
        .into_iter()
        .map(|one| (one.session_id, one))
        .collect();
    let theirs = ledger::enrolments_of(txn, community, wish.merged).await?;
    // Somebody was counted or signed up between the first look and the lock: look again.
    let sessions = moved.iter().map(|one| one.session);
    if !sessions
        .chain(theirs.iter().map(|one| one.session_id))
        .all(|session| locked.contains(&session))
    {
        return Err(Error::Storage(storage::Error::Contention));
    }

    let mut moves = ledger::move_attendance(txn, community, &moved, wish.survivor, now).await?;
    let mut freed = Vec::new();
    let mut sign_ups = 0;
    for one in &theirs {
        let own = own.get(&one.session_id);
        if own.is_none() {
            sign_ups += 1;
        }
        moves.extend(fold(txn, now, community, own, one, wish.survivor).await?);
        let anew = one.status == EnrolmentStatus::Offered;
        if own.is_some_and(|own| holds_seat(own.status) || anew) && holds_seat(one.status) {
            freed.push(one.session_id);
        }
    }
    moves.extend(ledger::move_rest(txn, community, pair, now).await?);

    let mut resident = was.clone();
    let parts = wish.parts.unwrap_or_else(|| rules::default_parts(&was, &other));
    for part in parts {
        part.copy(&other, &mut resident);
    }
    // Whoever merges has looked at both.
    resident.unchecked = was.unchecked && other.unchecked;
    let (after, indexes) = sealed(ctx, community, resident);
    storage::resident::update(txn, community, &after, indexes, now).await?;
    ledger::set_merged_into(txn, community, wish.merged, Some(wish.survivor), now).await?;
    note_consent(txn, community, wish.survivor).await?;

    let record = Merge {
        id: ctx.new_id(now),
        survivor: wish.survivor,
        merged: wish.merged,
        before: Some(ledger::kept(&before)),
        after: ledger::kept(&after),
        merged_at: now,
        undone_at: None,
    };
    let moves = moves.into_iter().map(|one| (ctx.new_id::<Uuid>(now), one)).collect();
    ledger::record(txn, community, &record, actor.account(), moves).await?;
    promote_all(ctx, txn, now, community, &freed).await?;
    let done = Merged {
        id: record.id,
        survivor: wish.survivor,
        visits: moved.iter().filter(|one| live.contains(&one.id) && !one.folded).count(),
        folded: moved.iter().filter(|one| one.folded).count(),
        sign_ups,
    };
    let detail = json!({ "merge": done.id, "merged": wish.merged, "visits": done.visits, "folded": done.folded });
    let subject = Some(wish.survivor.0);
    audit::record(ctx, txn, now, community, actor, "resident.merge", subject, &detail).await?;
    Ok(done)
}

/// Both, locked, the survivor first.
async fn lock_pair(
    txn: &Txn,
    community: CommunityId,
    (survivor, merged): (ResidentId, ResidentId),
) -> Result<(Stored, Stored)> {
    let mut found: BTreeMap<ResidentId, Stored> = ledger::lock_residents(txn, community, &[survivor, merged])
        .await?
        .into_iter()
        .map(|stored| (stored.resident.id, stored))
        .collect();
    let mut take = |id: ResidentId| found.remove(&id).ok_or_else(|| Error::not_found("resident", id));
    Ok((take(survivor)?, take(merged)?))
}

fn holds_seat(status: EnrolmentStatus) -> bool {
    status.seats() != (0, 0)
}

/// Stores another state of a sign-up, and counts it; the session must be locked.
async fn restate(txn: &Txn, now: Timestamp, community: CommunityId, was: &Enrolment, is: &Enrolment) -> Result<()> {
    let placed = Enrolment {
        queued_at: is.queued_at,
        ..was.clone()
    };
    set_status(txn, now, community, &placed, is.status, None).await?;
    Ok(())
}

/// A sign-up of the merged one goes to the survivor, or is given up for the survivor's own.
async fn fold(
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    own: Option<&Enrolment>,
    theirs: &Enrolment,
    survivor: ResidentId,
) -> Result<Vec<Move>> {
    let Some(own) = own else {
        ledger::give_enrolment(txn, community, theirs.id.0, survivor).await?;
        return Ok(vec![Move::moved("enrolment", theirs.id.0)]);
    };
    let mut moves = Vec::new();
    if rules::enrolment(Some(own), theirs) == Fate::Raise {
        let raised = Enrolment {
            // An offer is answered by the link it came with: the survivor gets the place in the order, and is offered the seat anew.
            status: match theirs.status {
                EnrolmentStatus::Offered => EnrolmentStatus::Waitlisted,
                status => status,
            },
            queued_at: theirs.queued_at,
            ..own.clone()
        };
        restate(txn, now, community, own, &raised).await?;
        moves.push(Move::changed(
            "enrolment",
            own.id.0,
            "raised",
            state_of(own),
            state_of(&raised),
        ));
    }
    if theirs.status != EnrolmentStatus::Cancelled {
        let given_up = Enrolment {
            status: EnrolmentStatus::Cancelled,
            ..theirs.clone()
        };
        restate(txn, now, community, theirs, &given_up).await?;
        let (before, after) = (state_of(theirs), state_of(&given_up));
        moves.push(Move::changed("enrolment", theirs.id.0, "folded", before, after));
    }
    Ok(moves)
}

/// A sign-up's state and place in the order, as the ledger keeps them.
fn state_of(one: &Enrolment) -> String {
    format!("{} {}", one.status, one.queued_at.as_microsecond())
}

fn read_state(text: &str) -> Result<(EnrolmentStatus, Timestamp)> {
    let read = || {
        let (status, at) = text.split_once(' ')?;
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some((status.parse().ok()?, at))
    };
    read().ok_or_else(|| Error::Internal("a sign-up in the ledger of merges cannot be read".to_owned()))
}

/// Notes on a resident how their ledger of consents stands for being kept.
pub(super) async fn note_consent(txn: &Txn, community: CommunityId, resident: ResidentId) -> Result<()> {
    let rows = consent::of(txn, community, resident).await?;
    let stands = standing(&rows, ConsentPurpose::SignUp)
        .filter(|row| row.act == ConsentAct::Given)
        .map(|row| (row.on, row.version.clone()));
    consent::note(txn, community, resident, stands).await?;
    Ok(())
}

/// The merges a resident took part in, newest first.
///
/// # Errors
/// Without the right to manage residents.
pub async fn of(ctx: &Context, actor: &Actor, community: CommunityId, resident: ResidentId) -> Result<Vec<Merge>> {
    may(actor, Action::ManageResidents, community)?;
    Ok(ledger::of(ctx.db.reader(), community, resident).await?)
}

/// Undoes a merge: everything goes back as far as later changes allow, and what does not is named.
///
/// # Errors
/// Without the right to manage residents; when there is no such merge; when it was undone before; when the survivor was merged into somebody since
/// (that is undone first) or erased.
pub async fn undo(ctx: &Context, actor: &Actor, community: CommunityId, id: MergeId) -> Result<Undone> {
    may(actor, Action::ManageResidents, community)?;
    let now = ctx.now();
    let work = || {
        let (inner, actor) = (ctx.clone(), actor.clone());
        async move |txn: &Txn| undo_in(&inner, txn, now, &actor, community, id).await
    };
    retry::write(ctx, work).await
}

async fn undo_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    actor: &Actor,
    community: CommunityId,
    id: MergeId,
) -> Result<Undone> {
    let missing = || Error::not_found("merge", id);
    let merge = ledger::find(txn, community, id).await?.ok_or_else(missing)?;
    let pair = (merge.survivor, merge.merged);
    // What was moved lies at sessions of either by now.
    let mut locked = ledger::lock_sessions_of(txn, community, merge.survivor).await?;
    locked.extend(ledger::lock_sessions_of(txn, community, merge.merged).await?);
    let (survivor, merged) = lock_pair(txn, community, pair).await?;
    // Read again: somebody may have undone it while we waited.
    let merge = ledger::find(txn, community, id).await?.ok_or_else(missing)?;
    if merge.undone_at.is_some() {
        return Err(Error::State { code: "merge-undone" });
    }
    let Some(before) = merge.before.as_deref() else {
        return Err(Error::State {
            code: "resident-erased",
        });
    };
    if survivor.resident.merged_into.is_some() {
        return Err(Error::State { code: "merge-later" });
    }
    current(&survivor.resident)?;

    ledger::set_merged_into(txn, community, merge.merged, None, now).await?;
    let moves = ledger::moves(txn, community, id).await?;
    let mut lost = Vec::new();
    let strayed = ledger::return_attendance(txn, community, &moves, pair, now).await?;
    if strayed > 0 {
        lost.push(Lost::Visits(strayed));
    }
    let touched = return_sign_ups(txn, now, community, pair, &moves, &mut lost).await?;
    ledger::return_rest(txn, community, &moves, merge.merged, now).await?;

    let is = opened(ctx, community, survivor.clone())?;
    let was = opened(ctx, community, ledger::from_kept(before, &survivor)?)?;
    let made = opened(ctx, community, ledger::from_kept(&merge.after, &survivor)?)?;
    let mut resident = is.clone();
    for part in Part::ALL {
        if part.is_same(&was, &made) {
            continue;
        }
        if part.is_same(&is, &made) {
            part.copy(&was, &mut resident);
        } else {
            lost.push(Lost::Field(*part));
        }
    }
    if is.unchecked == made.unchecked {
        resident.unchecked = was.unchecked;
    }
    let (stored, indexes) = sealed(ctx, community, resident);
    storage::resident::update(txn, community, &stored, indexes, now).await?;
    note_consent(txn, community, merge.survivor).await?;
    if merged.resident.erased_at.is_none() {
        note_consent(txn, community, merge.merged).await?;
    }
    ledger::set_undone(txn, community, id, actor.account(), now).await?;
    promote_all(ctx, txn, now, community, &touched).await?;
    let detail = json!({ "merge": id, "merged": merge.merged, "not_given_back": lost.len() });
    let subject = Some(merge.survivor.0);
    audit::record(ctx, txn, now, community, actor, "resident.merge_undo", subject, &detail).await?;
    Ok(Undone {
        survivor: merge.survivor,
        merged: merge.merged,
        lost,
    })
}

/// Sign-ups go back: those that moved, then the survivor's own state where it was raised, then the seats of those that were given up.
async fn return_sign_ups(
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    (survivor, merged): (ResidentId, ResidentId),
    moves: &[Move],
    lost: &mut Vec<Lost>,
) -> Result<Vec<SessionId>> {
    let own = ledger::enrolments_of(txn, community, survivor).await?;
    let theirs = ledger::enrolments_of(txn, community, merged).await?;
    let by_id: HashMap<Uuid, Enrolment> = own.into_iter().chain(theirs).map(|one| (one.id.0, one)).collect();
    let of_kind = |how: &'static str| {
        moves
            .iter()
            .filter(move |one| one.kind == "enrolment" && one.how == how)
            .filter_map(|one| by_id.get(&one.row).map(|stands| (one, stands)))
    };
    let mut touched = Vec::new();
    for (one, stands) in of_kind("moved") {
        if stands.resident_id == survivor {
            ledger::give_enrolment(txn, community, one.row, merged).await?;
        }
    }
    for (one, stands) in of_kind("raised") {
        if state_of(stands) != one.after {
            lost.push(Lost::SignUp(stands.session_id));
            continue;
        }
        let (status, queued_at) = read_state(&one.before)?;
        let before = Enrolment {
            status,
            queued_at,
            ..stands.clone()
        };
        restate(txn, now, community, stands, &before).await?;
        touched.push(stands.session_id);
    }
    for (one, stands) in of_kind("folded") {
        let (mut status, queued_at) = read_state(&one.before)?;
        if status == EnrolmentStatus::Offered {
            status = EnrolmentStatus::Waitlisted;
        }
        let seats = lock(txn, community, stands.session_id).await?;
        if holds_seat(status) && seats.open(now).is_ok() && seats.free() == Some(0) {
            status = EnrolmentStatus::Waitlisted;
            lost.push(Lost::Seat(stands.session_id));
        }
        let before = Enrolment {
            status,
            queued_at,
            ..stands.clone()
        };
        restate(txn, now, community, stands, &before).await?;
        touched.push(stands.session_id);
    }
    touched.sort_unstable();
    touched.dedup();
    Ok(touched)
}
