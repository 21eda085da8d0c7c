//! What a series wants against what stands, as a difference: to make, to keep, to move, to give up.

use std::collections::HashMap;

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};

use super::series::end_of;
use super::{Amendment, MOST_DATES, MOST_DAYS, Series, Session, SessionStatus, Slot};
use crate::domain::calendar::HolidayCalendar;
use crate::domain::id::SessionId;
use crate::domain::recurrence::{EmptyReason, Occurrence, RuleError, Window};

/// The holiday policy moves a date by at most so many days: a window is looked at with this margin, so that each date is
/// found by its original start.
const MARGIN_DAYS: i32 = 31;

/// One date a series wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The start that the rule yields: the identity.
    pub original_local: DateTime,
    /// Place and time, with the amendments applied.
    pub slot: Slot,
    /// Whether a holiday notice yet to come may change it.
    pub provisional: bool,
}

/// The difference between a series and its sessions inside a window of original starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Dates without a session yet, in order.
    pub create: Vec<Wanted>,
    /// Sessions that stay as they are: right already, or not ours to touch.
    pub keep: Vec<SessionId>,
    /// Sessions that stand elsewhere than the series wants them.
    pub moves: Vec<(SessionId, Wanted)>,
    /// Sessions whose date the series no longer has.
    pub retire: Vec<SessionId>,
    /// Original starts the holiday policy dropped, with the holiday's name.
    pub skipped: Vec<(DateTime, String)>,
    /// Why there is no date at all; none when there is one.
    pub why_empty: Option<EmptyReason>,
}

/// Why a series cannot be planned.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The rule cannot be expanded.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// More dates than a series may have.
    #[error("more than {MOST_DATES} dates from {from} on")]
    TooManyDates {
        /// Start of the window.
        from: DateTime,
    },
    /// A date would run past midnight.
    #[error("the session of {starts_local} would run past midnight")]
    PastMidnight {
        /// Its wall-clock start.
        starts_local: DateTime,
    },
    /// The window is longer than may be planned at once.
    #[error("a plan covers at most {MOST_DAYS} days")]
    WindowTooLong,
}

/// Compares what `series` wants inside `window` (of original starts) with the sessions it has there.
///
/// A series that ends after so many sessions wants dates only until so many stand that are not cancelled; `existing` must then
/// be all its sessions. `default_capacity` is the programme's. A session that is past at `now`, counted, cancelled or moved by hand is kept
/// whatever the series wants.
///
/// # Errors
/// [`PlanError`] when the series cannot be planned; nothing is decided then.
pub fn plan(
    series: &Series,
    amendments: &[Amendment],
    default_capacity: Option<i32>,
    existing: &[Session],
    window: Window,
    holidays: &HolidayCalendar,
    now: Timestamp,
) -> Result<Plan, PlanError> {
    // What stands after the end of the series is still looked at: it is to be given up.
    let whole = window;
    let mut window = window;
    if let Some(end) = series.ends_before_local {
        window.to = window.to.min(end).max(window.from);
    }
    let days = window
        .from
        .date()
        .until(window.to.date())
        .map_or(i32::MAX, |span| span.get_days());
    if days > MOST_DAYS {
        return Err(PlanError::WindowTooLong);
    }
    let wide = Window {
        from: window.from.saturating_sub(MARGIN_DAYS.days()),
        to: window.to.saturating_add(MARGIN_DAYS.days()),
    };
    let expansion = series.recurrence().occurrences(wide, MOST_DATES * 2, holidays)?;
    let inside = |original: DateTime| window.from <= original && original < window.to;
    let mut plan = Plan {
        skipped: expansion.skipped.into_iter().filter(|(at, _)| inside(*at)).collect(),
        ..Plan::default()
    };
    let dates: Vec<Occurrence> = expansion
        .occurrences
        .into_iter()
        .filter(|date| inside(date.original) && !series.pauses.iter().any(|pause| pause.covers(date.original)))
        .collect();
    if (expansion.truncated && !dates.is_empty()) || dates.len() > MOST_DATES {
        return Err(PlanError::TooManyDates { from: window.from });
    }
    let mut wanted: Vec<Wanted> = Vec::with_capacity(dates.len());
    for date in dates {
        let starts = date.starts.datetime();
        wanted.push(amended(
            series,
            amendments,
            default_capacity,
            date.original,
            starts,
            date.provisional,
        )?);
    }
    if wanted.is_empty() {
        plan.why_empty = Some(expansion.why_empty.unwrap_or(EmptyReason::NothingInWindow));
    }

    let inside = |original: DateTime| whole.from <= original && original < whole.to;
    let mut standing: HashMap<DateTime, &Session> = existing
        .iter()
        .filter(|session| session.series_id == series.id && inside(session.original_local))
        .map(|session| (session.original_local, session))
        .collect();
    // What stands outside the window, or is not ours to give up, uses up an end by sessions first.
    let mut left = series.held_limit.map(|limit| {
        let fixed = existing
            .iter()
            .filter(|session| session.series_id == series.id && !session.is_cancelled())
            .filter(|session| !inside(session.original_local) || !is_ours(session, now))
            .count();
        usize::try_from(limit).unwrap_or(0).saturating_sub(fixed)
    });
    for date in wanted {
        let takes = standing
            .get(&date.original_local)
            .is_none_or(|session| is_ours(session, now));
        if let Some(left) = &mut left
            && takes
        {
            if *left == 0 {
                continue;
            }
            *left -= 1;
        }
        match standing.remove(&date.original_local) {
            None => plan.create.push(date),
            Some(session) if !is_ours(session, now) || stands_right(session, &date) => plan.keep.push(session.id),
            Some(session) => plan.moves.push((session.id, date)),
        }
    }
    let mut left: Vec<&Session> = standing.into_values().collect();
    left.sort_by_key(|session| session.original_local);
    for session in left {
        if is_ours(session, now) {
            plan.retire.push(session.id);
        } else {
            plan.keep.push(session.id);
        }
    }
    Ok(plan)
}

/// The sessions inside `window` that are more than an end by sessions wants: the last ones, as when one that was called off and made up for is
/// held after all. What the series no longer wants for another reason is not among them.
///
/// # Errors
/// As [`plan()`].
pub fn surplus(
    series: &Series,
    amendments: &[Amendment],
    existing: &[Session],
    window: Window,
    holidays: &HolidayCalendar,
    now: Timestamp,
) -> Result<Vec<SessionId>, PlanError> {
    if series.held_limit.is_none() {
        return Ok(Vec::new());
    }
    let endless = Series {
        held_limit: None,
        ..series.clone()
    };
    let retired =
        |series: &Series| plan(series, amendments, None, existing, window, holidays, now).map(|plan| plan.retire);
    let (mut more, otherwise) = (retired(series)?, retired(&endless)?);
    more.retain(|id| !otherwise.contains(id));
    Ok(more)
}

/// The date with this original start, as the amendments bend it.
fn amended(
    series: &Series,
    amendments: &[Amendment],
    default_capacity: Option<i32>,
    original_local: DateTime,
    starts: DateTime,
    provisional: bool,
) -> Result<Wanted, PlanError> {
    let mut shift = 0_i64;
    let mut duration = series.duration_minutes;
    let mut venue_id = series.venue_id;
    let mut facilitator_id = series.facilitator_id;
    let mut capacity = series.capacity.or(default_capacity);
    for amendment in amendments.iter().filter(|a| a.from_local <= original_local) {
        shift += i64::from(amendment.shift_minutes);
        duration = amendment.duration_minutes.unwrap_or(duration);
        venue_id = amendment.venue_id.unwrap_or(venue_id);
        facilitator_id = amendment.facilitator_id.or(facilitator_id);
        if amendment.no_facilitator {
            facilitator_id = None;
        }
        capacity = amendment.capacity.or(capacity);
        if amendment.no_limit {
            capacity = None;
        }
    }
    let starts = starts.saturating_add(shift.minutes());
    let (starts_at, ends_at) =
        end_of(starts, duration, &series.zone).ok_or(PlanError::PastMidnight { starts_local: starts })?;
    Ok(Wanted {
        original_local,
        slot: Slot {
            venue_id,
            facilitator_id,
            starts_at,
            ends_at,
            capacity,
        },
        provisional,
    })
}

/// Whether a plan may touch this session.
fn is_ours(session: &Session, now: Timestamp) -> bool {
    !session.is_past(now) && !session.is_attended() && !session.is_cancelled() && !session.overridden
}

fn stands_right(session: &Session, wanted: &Wanted) -> bool {
    session.starts_at == wanted.slot.starts_at
        && session.ends_at == wanted.slot.ends_at
        && session.venue_id == wanted.slot.venue_id
        && session.facilitator_id == wanted.slot.facilitator_id
        && session.capacity == wanted.slot.capacity
        && (session.status == SessionStatus::Provisional) == wanted.provisional
}
