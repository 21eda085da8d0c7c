//! What comes of giving a series another shape: a pause, dates taken out or put in, another end. The plan of the series
//! as it is to be is held against what stands; what it no longer wants is cancelled, never deleted.

use std::collections::HashSet;

use jiff::Timestamp;

use super::edit::{Changed, KeptBecause};
use super::{Amendment, Plan, PlanError, ReasonCode, Series, Session, SessionStatus, Wanted, plan};
use crate::domain::calendar::HolidayCalendar;
use crate::domain::id::SessionId;
use crate::domain::recurrence::Window;

/// Why sessions are cancelled, and which of those moved by hand go with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Because {
    /// From the list.
    pub code: ReasonCode,
    /// In words for people.
    pub words: Option<String>,
    /// Sessions moved by hand that are to go as well.
    pub include: Vec<SessionId>,
}

/// What another shape comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reshaped {
    /// Sessions that are cancelled, in order.
    pub cancelled: Vec<Changed>,
    /// Sessions that move, in order.
    pub moved: Vec<Changed>,
    /// Sessions whose cancellation is taken back where their place is free, in order.
    pub restored: Vec<Changed>,
    /// Dates without a session yet, in order.
    pub create: Vec<Wanted>,
    /// Sessions the new shape does not want that stay all the same, and why.
    pub kept: Vec<(SessionId, KeptBecause)>,
}

/// Compares `new` with `sessions`, all there are of the series, inside `window` (of original starts). `old` is the series
/// as it stands: what it left out and `new` does not is taken back; a session cancelled for another reason than a pause is
/// taken back only when its own date was taken out.
///
/// # Errors
/// [`PlanError`] when the new shape cannot be planned.
#[expect(
    clippy::too_many_arguments,
    reason = "the series before and after, and what each plan needs: each is one thing"
)]
pub fn reshape(
    old: &Series,
    new: &Series,
    amendments: &[Amendment],
    default_capacity: Option<i32>,
    sessions: &[Session],
    window: Window,
    holidays: &HolidayCalendar,
    now: Timestamp,
    because: &Because,
) -> Result<Reshaped, PlanError> {
    let back: HashSet<SessionId> = sessions
        .iter()
        .filter(|session| comes_back(old, new, session, now))
        .map(|session| session.id)
        .collect();
    let wanted = |all_by_hand: bool| -> Result<Plan, PlanError> {
        let as_if: Vec<Session> = sessions
            .iter()
            .map(|session| {
                let mut session = session.clone();
                if back.contains(&session.id) {
                    session.status = SessionStatus::Scheduled;
                }
                if all_by_hand || because.include.contains(&session.id) {
                    session.overridden = false;
                }
                session
            })
            .collect();
        plan(new, amendments, default_capacity, &as_if, window, holidays, now)
    };
    let plan = wanted(false)?;
    let mut done = Reshaped {
        create: plan.create,
        ..Reshaped::default()
    };
    let retired: HashSet<SessionId> = plan.retire.iter().copied().collect();
    for session in sessions {
        let placed = plan.moves.iter().find(|(id, _)| *id == session.id).map(|(_, to)| to);
        if back.contains(&session.id) {
            if !retired.contains(&session.id) {
                done.restored.push(restored(session, placed));
            }
        } else if retired.contains(&session.id) {
            done.cancelled.push(cancelled(session, because));
        } else if let Some(to) = placed
            && !session.overridden
        {
            let mut after = session.clone();
            stand_at(&mut after, to);
            after.sequence += 1;
            done.moved.push(Changed {
                before: session.clone(),
                after,
            });
        }
    }
    let by_hand: HashSet<SessionId> = wanted(true)?.retire.into_iter().collect();
    for session in sessions {
        if session.is_cancelled() || retired.contains(&session.id) {
            continue;
        }
        let newly_out = new.leaves_out(session.original_local) && !old.leaves_out(session.original_local);
        if session.is_attended() && newly_out {
            done.kept.push((session.id, KeptBecause::Attended));
        } else if session.is_past(now) && newly_out {
            done.kept.push((session.id, KeptBecause::Past));
        } else if session.overridden && by_hand.contains(&session.id) && newly_out {
            done.kept.push((session.id, KeptBecause::Overridden));
        }
    }
    Ok(done)
}

fn comes_back(old: &Series, new: &Series, session: &Session, now: Timestamp) -> bool {
    let at = session.original_local;
    if !session.is_cancelled() || session.is_past(now) || session.is_attended() || new.leaves_out(at) {
        return false;
    }
    let was_out = old.excluded.iter().any(|exclusion| exclusion.at == at);
    let was_paused = old.pauses.iter().any(|pause| pause.covers(at));
    was_out || (was_paused && session.reason_code == Some(ReasonCode::Paused))
}

fn cancelled(before: &Session, because: &Because) -> Changed {
    let mut after = before.clone();
    after.status = SessionStatus::Cancelled;
    after.reason_code = Some(because.code);
    after.reason.clone_from(&because.words);
    after.sequence += 1;
    Changed {
        before: before.clone(),
        after,
    }
}

fn restored(before: &Session, placed: Option<&Wanted>) -> Changed {
    let mut after = before.clone();
    after.status = SessionStatus::Scheduled;
    after.reason_code = None;
    after.reason = None;
    // Moved by hand before it was cancelled: it comes back where it was put.
    if let Some(to) = placed
        && !before.overridden
    {
        stand_at(&mut after, to);
    }
    after.sequence += 1;
    Changed {
        before: before.clone(),
        after,
    }
}

fn stand_at(session: &mut Session, to: &Wanted) {
    session.starts_at = to.slot.starts_at;
    session.ends_at = to.slot.ends_at;
    session.venue_id = to.slot.venue_id;
    session.facilitator_id = to.slot.facilitator_id;
    session.capacity = to.slot.capacity;
    session.status = if to.provisional {
        SessionStatus::Provisional
    } else {
        SessionStatus::Scheduled
    };
}
