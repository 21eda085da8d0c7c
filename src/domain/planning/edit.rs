//! A change somebody asks for: to this session only, to this and all following, or to the whole series.
//!
//! "Following" goes by the original date. Past, counted and cancelled sessions are passed by; those moved by hand too,
//! unless they are named. What a session was before and what it would be after come back side by side, so that the same
//! answer serves the preview and the change itself.

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::kind::named;
use super::series::end_of;
use super::{Amendment, OnCaution, ReasonCode, Series, Session, SessionStatus};
use crate::domain::id::{FacilitatorId, SessionId, VenueId};

/// Within so many days a move is shown where the session stood, even when nobody signed up: the week is already on paper.
const KNOWN_AHEAD_DAYS: i32 = 14;

/// How far a change reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// 只改这一次.
    #[default]
    This,
    /// 这一次和以后的.
    Following,
    /// 全部: all that are still to come.
    All,
}

named! { Scope {
    This => "this",
    Following => "following",
    All => "all",
} }

/// What is to be different. What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New start of the session asked about, wall clock of its series; the others shift by as much.
    pub starts_local: Option<DateTime>,
    /// New length.
    pub duration_minutes: Option<i32>,
    /// New venue.
    pub venue_id: Option<VenueId>,
    /// New facilitator; `Some(None)`: nobody.
    pub facilitator_id: Option<Option<FacilitatorId>>,
    /// New number of seats; `Some(None)`: no limit.
    pub capacity: Option<Option<i32>>,
    /// New topic of this session; an empty one takes it away.
    pub topic: Option<String>,
    /// Why, from the list.
    pub reason_code: Option<ReasonCode>,
    /// Why, in words for people.
    pub reason: Option<String>,
    /// Sessions moved by hand that are to follow all the same.
    pub overwrite: Vec<SessionId>,
    /// Whether what speaks against it is accepted.
    pub on_caution: OnCaution,
}

impl Change {
    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.starts_local.is_none()
            && self.duration_minutes.is_none()
            && self.venue_id.is_none()
            && self.facilitator_id.is_none()
            && self.capacity.is_none()
            && self.topic.is_none()
    }
}

/// Why a session within the scope stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptBecause {
    /// It is over.
    Past,
    /// Somebody was counted in it.
    Attended,
    /// It was moved by hand.
    Overridden,
    /// It is cancelled.
    Cancelled,
}

named! { KeptBecause {
    Past => "past",
    Attended => "attended",
    Overridden => "overridden",
    Cancelled => "cancelled",
} }

/// A session before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// As it stands.
    pub before: Session,
    /// As it would stand.
    pub after: Session,
}

impl Changed {
    /// Whether people find it elsewhere, or at another time, than before.
    pub fn is_move(&self) -> bool {
        self.before.starts_at != self.after.starts_at || self.before.venue_id != self.after.venue_id
    }
}

/// What a change comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Sessions that differ afterwards, in order.
    pub changed: Vec<Changed>,
    /// Sessions within the scope that stay, and why.
    pub kept: Vec<(SessionId, KeptBecause)>,
    /// How the series bends, for dates that have no session yet.
    pub amendment: Option<Bend>,
    /// The series ends here (`Some(None)`: it is open again).
    pub ends_before_local: Option<Option<DateTime>>,
}

/// An amendment that has no id yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bend {
    /// The first original start it touches.
    pub from_local: DateTime,
    /// Added to the wall-clock start, minutes.
    pub shift_minutes: i32,
    /// New length.
    pub duration_minutes: Option<i32>,
    /// New venue.
    pub venue_id: Option<VenueId>,
    /// New facilitator.
    pub facilitator_id: Option<FacilitatorId>,
    /// New number of seats.
    pub capacity: Option<i32>,
    /// Nobody leads them from here on.
    pub no_facilitator: bool,
    /// No limit of seats from here on.
    pub no_limit: bool,
}

/// Why a session cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It is over.
    #[error("the session is over")]
    Past,
    /// Somebody was counted in it.
    #[error("somebody was counted in the session")]
    Attended,
    /// It is cancelled.
    #[error("the session is cancelled")]
    Cancelled,
    /// It is not cancelled.
    #[error("the session is not cancelled")]
    NotCancelled,
    /// It would run past midnight.
    #[error("the session would run past midnight")]
    PastMidnight,
    /// Its new start is over already.
    #[error("the new start is in the past")]
    StartsInPast,
}

impl EditError {
    /// What programs compare; a key of the error messages.
    pub const fn code(self) -> &'static str {
        match self {
            EditError::Past => "session-past",
            EditError::Attended => "session-attended",
            EditError::Cancelled => "session-cancelled",
            EditError::NotCancelled => "session-not-cancelled",
            EditError::PastMidnight => "plan-past-midnight",
            EditError::StartsInPast => "plan-starts-in-past",
        }
    }
}

/// Whether `session` may be changed at all.
///
/// # Errors
/// [`EditError::Past`] or [`EditError::Attended`].
pub fn may_change(session: &Session, now: Timestamp) -> Result<(), EditError> {
    if session.is_attended() {
        Err(EditError::Attended)
    } else if session.is_past(now) {
        Err(EditError::Past)
    } else {
        Ok(())
    }
}

/// The sessions of a scope: those to change, and those to keep with the reason.
fn split<'a>(
    sessions: &'a [Session],
    target: &Session,
    scope: Scope,
    now: Timestamp,
    overwrite: &[SessionId],
    of_status: impl Fn(&Session) -> Result<(), KeptBecause>,
) -> (Vec<&'a Session>, Vec<(SessionId, KeptBecause)>) {
    let mut touched = Vec::new();
    let mut kept = Vec::new();
    for session in sessions {
        let inside = match scope {
            Scope::This => session.id == target.id,
            Scope::Following => session.original_local >= target.original_local,
            Scope::All => true,
        };
        if !inside {
            continue;
        }
        let named = session.id == target.id || overwrite.contains(&session.id);
        let because = match may_change(session, now) {
            Err(EditError::Attended) => Some(KeptBecause::Attended),
            Err(_) => Some(KeptBecause::Past),
            Ok(()) => match of_status(session) {
                Err(because) => Some(because),
                Ok(()) if session.overridden && !named => Some(KeptBecause::Overridden),
                Ok(()) => None,
            },
        };
        match because {
            Some(because) => kept.push((session.id, because)),
            None => touched.push(session),
        }
    }
    touched.sort_by_key(|session| session.original_local);
    kept.sort_by_key(|(id, _)| *id);
    (touched, kept)
}

fn uncancelled(session: &Session) -> Result<(), KeptBecause> {
    if session.is_cancelled() {
        Err(KeptBecause::Cancelled)
    } else {
        Ok(())
    }
}

/// What `change` comes to for `target` and, by `scope`, the other `sessions` of its series.
///
/// # Errors
/// [`EditError`] when the session asked about cannot be changed, or not like this.
pub fn change(
    series: &Series,
    amendments: &[Amendment],
    sessions: &[Session],
    target: &Session,
    scope: Scope,
    change: &Change,
    now: Timestamp,
) -> Result<Edit, EditError> {
    may_change(target, now)?;
    if target.is_cancelled() {
        return Err(EditError::Cancelled);
    }
    let shift_minutes = match change.starts_local {
        None => 0,
        Some(wished) => minutes_between(usual_start(series, amendments, target, scope), wished),
    };
    let (touched, kept) = split(sessions, target, scope, now, &change.overwrite, uncancelled);
    let mut changed = Vec::new();
    for before in touched {
        let mut after = before.clone();
        let starts = match change.starts_local {
            Some(wished) if before.id == target.id => wished,
            _ => local(before.starts_at, series).saturating_add(i64::from(shift_minutes).minutes()),
        };
        let lasts = change.duration_minutes.unwrap_or_else(|| duration_minutes(before));
        (after.starts_at, after.ends_at) = end_of(starts, lasts, &series.zone).ok_or(EditError::PastMidnight)?;
        if after.starts_at != before.starts_at && after.starts_at < now {
            return Err(EditError::StartsInPast);
        }
        after.venue_id = change.venue_id.unwrap_or(before.venue_id);
        after.facilitator_id = change.facilitator_id.unwrap_or(before.facilitator_id);
        after.capacity = change.capacity.unwrap_or(before.capacity);
        if let Some(topic) = &change.topic
            && before.id == target.id
        {
            after.topic = Some(topic.clone()).filter(|topic| !topic.is_empty());
        }
        if after == *before {
            continue;
        }
        if scope == Scope::This {
            after.overridden = true;
        }
        remember_move(before, &mut after, scope, now);
        after.reason_code = change.reason_code.or(before.reason_code);
        after.reason.clone_from(if change.reason.is_some() {
            &change.reason
        } else {
            &before.reason
        });
        after.sequence += 1;
        changed.push(Changed {
            before: before.clone(),
            after,
        });
    }
    let amendment = (scope != Scope::This).then(|| Bend {
        from_local: first_touched(series, sessions, target, scope),
        shift_minutes,
        duration_minutes: change.duration_minutes,
        venue_id: change.venue_id,
        facilitator_id: change.facilitator_id.flatten(),
        capacity: change.capacity.flatten(),
        no_facilitator: change.facilitator_id == Some(None),
        no_limit: change.capacity == Some(None),
    });
    Ok(Edit {
        changed,
        kept,
        amendment,
        ends_before_local: None,
    })
}

/// Calls `target` off and, by `scope`, the sessions that follow or all that are to come; the series then ends there.
///
/// # Errors
/// [`EditError`] when the session asked about cannot be cancelled.
pub fn cancel(
    series: &Series,
    sessions: &[Session],
    target: &Session,
    scope: Scope,
    code: ReasonCode,
    words: Option<&str>,
    now: Timestamp,
) -> Result<Edit, EditError> {
    may_change(target, now)?;
    if target.is_cancelled() {
        return Err(EditError::Cancelled);
    }
    // Who ends a series means the dates that were moved by hand as well.
    let all: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let (touched, kept) = split(sessions, target, scope, now, &all, uncancelled);
    let changed: Vec<Changed> = touched
        .into_iter()
        .map(|before| {
            let mut after = before.clone();
            after.status = SessionStatus::Cancelled;
            after.reason_code = Some(code);
            after.reason = words.map(str::to_owned).filter(|words| !words.is_empty());
            after.sequence += 1;
            Changed {
                before: before.clone(),
                after,
            }
        })
        .collect();
    let first = changed
        .first()
        .map_or(target.original_local, |one| one.before.original_local);
    let end = series.ends_before_local.map_or(first, |end| end.min(first));
    Ok(Edit {
        changed,
        kept,
        amendment: None,
        ends_before_local: (scope != Scope::This).then_some(Some(end)),
    })
}

/// Takes back that `target` was cancelled and, by `scope`, the others; then the series is open again.
///
/// # Errors
/// [`EditError`] when the session asked about is not cancelled or is over.
pub fn restore(sessions: &[Session], target: &Session, scope: Scope, now: Timestamp) -> Result<Edit, EditError> {
    may_change(target, now)?;
    if !target.is_cancelled() {
        return Err(EditError::NotCancelled);
    }
    let all: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let (touched, kept) = split(sessions, target, scope, now, &all, |_| Ok(()));
    let changed = touched
        .into_iter()
        .filter(|session| session.is_cancelled())
        .map(|before| {
            let mut after = before.clone();
            after.status = SessionStatus::Scheduled;
            after.reason_code = None;
            after.reason = None;
            after.sequence += 1;
            Changed {
                before: before.clone(),
                after,
            }
        })
        .collect();
    Ok(Edit {
        changed,
        kept,
        amendment: None,
        ends_before_local: (scope != Scope::This).then_some(None),
    })
}

/// The wall-clock start a shift is measured from: where the session stands, but for one that was moved by hand where its
/// series would have it, since its neighbours stand there.
fn usual_start(series: &Series, amendments: &[Amendment], target: &Session, scope: Scope) -> DateTime {
    if scope == Scope::This || !target.overridden {
        return local(target.starts_at, series);
    }
    let shift: i64 = amendments
        .iter()
        .filter(|amendment| amendment.from_local <= target.original_local)
        .map(|amendment| i64::from(amendment.shift_minutes))
        .sum();
    target.original_local.saturating_add(shift.minutes())
}

fn first_touched(series: &Series, sessions: &[Session], target: &Session, scope: Scope) -> DateTime {
    if scope == Scope::Following {
        return target.original_local;
    }
    let earliest = sessions.iter().map(|session| session.original_local).min();
    earliest.map_or(series.starts_local, |earliest| earliest.min(series.starts_local))
}

/// Remembers the place people knew, until the session is back there.
fn remember_move(before: &Session, after: &mut Session, scope: Scope, now: Timestamp) {
    let moved = before.starts_at != after.starts_at || before.venue_id != after.venue_id;
    let soon = now
        .checked_add((24 * KNOWN_AHEAD_DAYS).hours())
        .is_ok_and(|soon| before.starts_at < soon);
    let is_known = scope == Scope::This || before.enrolled + before.waitlisted > 0 || soon;
    if !moved || !(is_known || before.moved_from_at.is_some()) {
        return;
    }
    let from_at = before.moved_from_at.unwrap_or(before.starts_at);
    let from_venue = before.moved_from_venue_id.unwrap_or(before.venue_id);
    let back = from_at == after.starts_at && from_venue == after.venue_id;
    after.moved_from_at = (!back).then_some(from_at);
    after.moved_from_venue_id = (!back).then_some(from_venue);
}

fn local(at: Timestamp, series: &Series) -> DateTime {
    series.zone.to_datetime(at)
}

fn duration_minutes(session: &Session) -> i32 {
    let seconds = session.ends_at.duration_since(session.starts_at).as_secs();
    i32::try_from(seconds / 60).unwrap_or(i32::MAX)
}

fn minutes_between(from: DateTime, to: DateTime) -> i32 {
    i32::try_from(to.duration_since(from).as_secs() / 60).unwrap_or(0)
}
