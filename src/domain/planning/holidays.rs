//! What a new notice of holidays does to the sessions of a series that are still to come.
//!
//! The dates a series wants under the calendar in force are held against those it wants under the new one; only what differs
//! because of the notice is said. What is past, begun, counted, cancelled by people or moved by hand is never changed, and a
//! series that is held on days off is not touched at all. Applying the changes and asking again gives no changes.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan};

use super::{Amendment, MOST_DAYS, PlanError, ReasonCode, Series, Session, SessionStatus, Wanted, plan};
use crate::domain::calendar::{DayKind, HolidayCalendar};
use crate::domain::recurrence::{HolidayPolicy, Window};

/// How one session changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HolidayKind {
    /// It was provisional and is certain now.
    Confirmed,
    /// It was certain and is provisional now.
    Provisional,
    /// It moves off a day off, or back.
    Moved,
    /// It falls out.
    Dropped,
    /// It fell out for a holiday that is none any more, and takes place again.
    Restored,
}

impl HolidayKind {
    /// The name in message keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            HolidayKind::Confirmed => "confirmed",
            HolidayKind::Provisional => "provisional",
            HolidayKind::Moved => "moved",
            HolidayKind::Dropped => "dropped",
            HolidayKind::Restored => "restored",
        }
    }
}

/// One session before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolidayChange {
    /// What happens to it.
    pub kind: HolidayKind,
    /// As it stands.
    pub before: Session,
    /// As it would stand.
    pub after: Session,
    /// The holiday's name; empty where there is none.
    pub holiday: String,
}

/// What a notice does to one series.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HolidayChanges {
    /// Sessions that change, by original start.
    pub changed: Vec<HolidayChange>,
    /// Dates that fell out before and take place now, without a session so far.
    pub create: Vec<Wanted>,
    /// Sessions that lie on a new day off and stay, because somebody moved them there or was counted in them.
    pub untouched: Vec<(Session, String)>,
    /// Sessions that should move to a time that is over: they stay.
    pub too_late: Vec<(Session, Wanted)>,
}

impl HolidayChanges {
    /// Whether the notice does nothing here.
    pub fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.create.is_empty() && self.untouched.is_empty() && self.too_late.is_empty()
    }
}

/// The words people read of a session that falls out: `春节放假停课`.
pub fn dropped_words(holiday: &str) -> String {
    format!("{holiday}放假停课")
}

/// The words people read of a session that moves off a holiday: `春节放假改期`.
pub fn moved_words(holiday: &str) -> String {
    format!("{holiday}放假改期")
}

/// What a series wants under one calendar.
struct Dates {
    wanted: BTreeMap<DateTime, Wanted>,
    skipped: HashMap<DateTime, String>,
}

/// Compares what `series` wants under `old` and under `new` between two wall-clock times (of original starts), for its `sessions`.
///
/// `default_capacity` is the programme's.
///
/// # Errors
/// [`PlanError`] when the series cannot be planned; nothing is decided then.
#[expect(
    clippy::too_many_arguments,
    reason = "a series, its dates, two calendars and the time: each is one thing"
)]
pub fn holiday_changes(
    series: &Series,
    amendments: &[Amendment],
    default_capacity: Option<i32>,
    sessions: &[Session],
    window: Window,
    old: &HolidayCalendar,
    new: &HolidayCalendar,
    now: Timestamp,
) -> Result<HolidayChanges, PlanError> {
    let mut done = HolidayChanges::default();
    if series.holiday_policy == HolidayPolicy::Hold {
        return Ok(done);
    }
    // Which dates an end by sessions leaves is a question of what stands, not of the calendar.
    let endless = Series {
        held_limit: None,
        ..series.clone()
    };
    let dates = |calendar| dates(&endless, amendments, default_capacity, window, calendar, now);
    let (before, after) = (dates(old)?, dates(new)?);
    let mut standing: Vec<&Session> = sessions.iter().filter(|one| one.series_id == series.id).collect();
    standing.sort_by_key(|session| session.original_local);
    let mut held = standing.iter().filter(|session| !session.is_cancelled()).count();
    let limit = series.held_limit.and_then(|limit| usize::try_from(limit).ok());

    for session in &standing {
        if session.starts_at <= now {
            continue;
        }
        let original = session.original_local;
        let local = series.zone.to_datetime(session.starts_at).date();
        if session.is_attended() || (session.overridden && !session.is_cancelled()) {
            if let (DayKind::Holiday(name), false) = (new.day(local), matches!(old.day(local), DayKind::Holiday(_))) {
                done.untouched.push(((*session).clone(), name.to_owned()));
            }
            continue;
        }
        if original < window.from || window.to <= original {
            continue;
        }
        let wanted = after.wanted.get(&original);
        if session.is_cancelled() {
            let room = limit.is_none_or(|limit| held < limit);
            if let Some(wanted) = wanted.filter(|wanted| wanted.slot.starts_at > now)
                && room
                && !session.overridden
                && fell_out(session, &before)
            {
                held += 1;
                done.changed
                    .push(change(session, HolidayKind::Restored, wanted, String::new()));
            }
            continue;
        }
        match wanted {
            Some(wanted) => {
                let provisional = session.status == SessionStatus::Provisional;
                if wanted.slot.starts_at != session.starts_at {
                    let earlier = before.wanted.get(&original).map(|wanted| wanted.slot.starts_at);
                    if earlier == Some(wanted.slot.starts_at) && !provisional {
                        // It stands elsewhere for another reason.
                        continue;
                    }
                    if wanted.slot.starts_at <= now {
                        done.too_late.push(((*session).clone(), wanted.clone()));
                        continue;
                    }
                    let name = match new.day(local) {
                        DayKind::Holiday(name) => name.to_owned(),
                        _ => String::new(),
                    };
                    done.changed.push(change(session, HolidayKind::Moved, wanted, name));
                } else if provisional != wanted.provisional {
                    let kind = if provisional {
                        HolidayKind::Confirmed
                    } else {
                        HolidayKind::Provisional
                    };
                    done.changed.push(change(session, kind, wanted, String::new()));
                }
            }
            None => {
                let provisional = session.status == SessionStatus::Provisional;
                if let Some(name) = after.skipped.get(&original)
                    && (provisional || !before.skipped.contains_key(&original))
                {
                    held = held.saturating_sub(1);
                    done.changed.push(dropped(session, name));
                }
            }
        }
    }
    for wanted in after.wanted.values() {
        let original = wanted.original_local;
        let is_there = standing.iter().any(|session| session.original_local == original);
        let room = limit.is_none_or(|limit| held < limit);
        if !is_there && room && before.skipped.contains_key(&original) && wanted.slot.starts_at > now {
            held += 1;
            done.create.push(wanted.clone());
        }
    }
    Ok(done)
}

/// Whether a notice cancelled this session, not a person: the words are those a notice writes.
fn fell_out(session: &Session, before: &Dates) -> bool {
    session.reason_code == Some(ReasonCode::Holiday)
        && before
            .skipped
            .get(&session.original_local)
            .is_some_and(|name| session.reason.as_deref() == Some(dropped_words(name).as_str()))
}

fn status_of(wanted: &Wanted) -> SessionStatus {
    if wanted.provisional {
        SessionStatus::Provisional
    } else {
        SessionStatus::Scheduled
    }
}

fn change(before: &Session, kind: HolidayKind, wanted: &Wanted, holiday: String) -> HolidayChange {
    let mut after = before.clone();
    after.status = status_of(wanted);
    after.sequence += 1;
    if kind == HolidayKind::Restored {
        after.reason_code = None;
        after.reason = None;
    }
    if matches!(kind, HolidayKind::Moved | HolidayKind::Restored) && before.starts_at != wanted.slot.starts_at {
        after.starts_at = wanted.slot.starts_at;
        after.ends_at = wanted.slot.ends_at;
        let from = before.moved_from_at.unwrap_or(before.starts_at);
        let back = from == after.starts_at && before.moved_from_venue_id.is_none_or(|venue| venue == after.venue_id);
        after.moved_from_at = (!back).then_some(from);
        after.moved_from_venue_id = (!back).then_some(before.moved_from_venue_id.unwrap_or(before.venue_id));
        after.reason_code = (!back).then_some(ReasonCode::Holiday);
        after.reason = (!back && !holiday.is_empty()).then(|| moved_words(&holiday));
    }
    HolidayChange {
        kind,
        before: before.clone(),
        after,
        holiday,
    }
}

fn dropped(before: &Session, holiday: &str) -> HolidayChange {
    let mut after = before.clone();
    after.status = SessionStatus::Cancelled;
    after.reason_code = Some(ReasonCode::Holiday);
    after.reason = Some(dropped_words(holiday));
    after.sequence += 1;
    HolidayChange {
        kind: HolidayKind::Dropped,
        before: before.clone(),
        after,
        holiday: holiday.to_owned(),
    }
}

/// Everything the series wants inside a window of any length.
fn dates(
    series: &Series,
    amendments: &[Amendment],
    default_capacity: Option<i32>,
    window: Window,
    calendar: &HolidayCalendar,
    now: Timestamp,
) -> Result<Dates, PlanError> {
    let mut found = Dates {
        wanted: BTreeMap::new(),
        skipped: HashMap::new(),
    };
    let mut from = window.from;
    while from < window.to {
        let to = from.saturating_add(MOST_DAYS.days()).min(window.to);
        let part = plan(
            series,
            amendments,
            default_capacity,
            &[],
            Window { from, to },
            calendar,
            now,
        )?;
        found
            .wanted
            .extend(part.create.into_iter().map(|wanted| (wanted.original_local, wanted)));
        found.skipped.extend(part.skipped);
        if to <= from {
            break;
        }
        from = to;
    }
    Ok(found)
}

/// A day of the calendar that a notice changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayChange {
    /// The day.
    pub date: jiff::civil::Date,
    /// What it was: (a day off, the name); none when it was ordinary.
    pub before: Option<(bool, String)>,
    /// What it is.
    pub after: Option<(bool, String)>,
}

/// The days that differ between two calendars, in order.
pub fn day_changes(old: &HolidayCalendar, new: &HolidayCalendar) -> Vec<DayChange> {
    let of = |kind: DayKind<'_>| match kind {
        DayKind::Holiday(name) => Some((true, name.to_owned())),
        DayKind::MakeUpWorkday(name) => Some((false, name.to_owned())),
        DayKind::Ordinary => None,
    };
    let days: std::collections::BTreeSet<_> = old.days().chain(new.days()).map(|(date, _)| date).collect();
    days.into_iter()
        .map(|date| DayChange {
            date,
            before: of(old.day(date)),
            after: of(new.day(date)),
        })
        .filter(|day| day.before != day.after)
        .collect()
}

#[cfg(test)]
mod tests;
