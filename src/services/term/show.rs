//! Looking: the old term with its people, the new one with its answers, and somebody's own question.

use std::collections::HashSet;

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan, Zoned};

use super::{by_mail, token_hash};
use crate::domain::access::{Action, Actor, may};
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::{CommunityId, FacilitatorId, ResidentId, SeriesId, SessionId, VenueId};
use crate::domain::planning::{Programme, Series, Session};
use crate::domain::resident::Resident;
use crate::domain::rollover::{Former, LAST_HELD, LEAST_DAYS, RolloverStatus, in_order};
use crate::services::schedule::{SessionView, views};
use crate::services::{Context, Error, Result, community, resident};
use crate::storage::rollover::{Rollover, Term};
use crate::storage::{self, Connection};

/// How far from today the first session of a new term is offered at least, days: a week to answer, and the time for the messages.
const FIRST_AHEAD_DAYS: i64 = LEAST_DAYS + 8;

/// Somebody of an old term.
#[derive(Clone, Debug)]
pub struct FormerView {
    /// Who.
    pub resident: Resident,
    /// Their place in the order of signing up, from 1.
    pub position: i32,
    /// How often they came, and when they signed up.
    pub former: Former,
    /// Whether mail reaches them; else somebody phones.
    pub by_mail: bool,
}

/// Where and when an old term usually was: what a new one begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usual {
    /// The first start that is offered.
    pub first: DateTime,
    /// Length, minutes.
    pub duration_minutes: i32,
    /// Where.
    pub venue_id: VenueId,
    /// Who.
    pub facilitator_id: Option<FacilitatorId>,
    /// Seats.
    pub capacity: Option<i32>,
    /// How many sessions it had.
    pub sessions: i32,
}

/// An old term.
#[derive(Clone, Debug)]
pub struct OldTerm {
    /// Its series.
    pub series: Series,
    /// Its programme.
    pub programme: Programme,
    /// How many of its sessions took place.
    pub held: usize,
    /// The last of its sessions that stands.
    pub last: Option<Timestamp>,
    /// Where and when it usually was.
    pub usual: Usual,
    /// The term that follows it already.
    pub next: Option<SeriesId>,
    /// Its people, in the order they signed up.
    pub people: Vec<FormerView>,
}

/// A term that is over, or nearly: its people, and what a new one would begin with.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn old_term(ctx: &Context, actor: &Actor, home: CommunityId, id: SeriesId) -> Result<OldTerm> {
    may(actor, Action::Plan, home)?;
    load_old(ctx, ctx.db.reader(), ctx.now(), home, id).await
}

/// The same inside a transaction.
pub(super) async fn load_old(
    ctx: &Context,
    conn: &impl Connection,
    now: Timestamp,
    home: CommunityId,
    id: SeriesId,
) -> Result<OldTerm> {
    let series = storage::series::find(conn, home, id).await?;
    let series = series.ok_or_else(|| Error::not_found("series", id))?;
    let programme = storage::programme::find(conn, home, series.programme_id).await?;
    let programme = programme.ok_or_else(|| Error::not_found("programme", series.programme_id))?;
    let mut sessions = storage::session::of_series(conn, home, id).await?;
    sessions.retain(|session| !session.is_cancelled());
    sessions.sort_by_key(|session| session.starts_at);
    let held: Vec<SessionId> = sessions
        .iter()
        .filter(|session| session.is_past(now))
        .map(|session| session.id)
        .collect();
    let people = people(ctx, conn, home, &sessions, &held).await?;
    let next = storage::rollover::find_next(conn, home, id).await?;
    Ok(OldTerm {
        usual: usual(&series, &programme, &sessions, now),
        held: held.len(),
        last: sessions.last().map(|session| session.starts_at),
        next: next.map(|term| term.series),
        people,
        series,
        programme,
    })
}

async fn people(
    ctx: &Context,
    conn: &impl Connection,
    home: CommunityId,
    sessions: &[Session],
    held: &[SessionId],
) -> Result<Vec<FormerView>> {
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let lately: HashSet<SessionId> = held.iter().rev().take(LAST_HELD).copied().collect();
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let former = storage::rollover::parts(conn, home, &ids)
        .await?
        .into_iter()
        .map(|(resident, part)| Former {
            resident,
            signed_up_at: part.signed_up_at,
            came: count(part.came.len()),
            came_lately: count(part.came.intersection(&lately).count()),
        })
        .collect();
    let former = in_order(former);
    let all: Vec<ResidentId> = former.iter().map(|one| one.resident).collect();
    let mut residents = storage::rollover::residents(conn, home, &all).await?;
    let mut people = Vec::with_capacity(former.len());
    for (position, former) in (1..).zip(former) {
        if let Some(stored) = residents.remove(&former.resident) {
            let resident = resident::opened(ctx, home, stored)?;
            people.push(FormerView {
                by_mail: by_mail(&resident),
                resident,
                position,
                former,
            });
        }
    }
    Ok(people)
}

/// What a new term begins with: as the last session of the old one stood.
fn usual(series: &Series, programme: &Programme, sessions: &[Session], now: Timestamp) -> Usual {
    let last = sessions.last();
    let local = |at: Timestamp| at.to_zoned(series.zone.clone()).datetime();
    let last_start = last.map_or(series.starts_local, |session| local(session.starts_at));
    let earliest = local(now).date().saturating_add(FIRST_AHEAD_DAYS.days());
    // The same weekday, after the last session and late enough to ask people.
    let next = last_start.date().saturating_add(7.days());
    let behind = next.until(earliest).map_or(0, |span| i64::from(span.get_days()));
    let weeks = if behind > 0 { (behind + 6) / 7 } else { 0 };
    let first = next.saturating_add((weeks * 7).days());
    let minutes = last.map(|session| session.ends_at.duration_since(session.starts_at).as_mins());
    Usual {
        first: first.to_datetime(last_start.time()),
        duration_minutes: minutes
            .and_then(|minutes| i32::try_from(minutes).ok())
            .unwrap_or(series.duration_minutes),
        venue_id: last.map_or(series.venue_id, |session| session.venue_id),
        facilitator_id: last.map_or(series.facilitator_id, |session| session.facilitator_id),
        capacity: last.map_or(series.capacity.or(programme.capacity), |session| session.capacity),
        sessions: i32::try_from(sessions.len()).unwrap_or(100).clamp(1, 100),
    }
}

/// How many of those asked stand how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Asked in all.
    pub asked: usize,
    /// Come again.
    pub confirmed: usize,
    /// Do not come.
    pub declined: usize,
    /// Have not answered yet.
    pub open: usize,
    /// Did not answer in time.
    pub expired: usize,
}

/// Somebody who was asked.
#[derive(Clone, Debug)]
pub struct AskedView {
    /// What was asked and answered.
    pub rollover: Rollover,
    /// Who.
    pub resident: Resident,
    /// Whether mail reaches them; else somebody phones.
    pub by_mail: bool,
}

/// A new term with its answers.
#[derive(Clone, Debug)]
pub struct TermView {
    /// The term.
    pub term: Term,
    /// Its series.
    pub series: Series,
    /// Its programme.
    pub programme: Programme,
    /// Its sessions, by start.
    pub sessions: Vec<SessionView>,
    /// How many stand how.
    pub counts: Counts,
    /// Everybody who was asked, in the order they had signed up for the old term.
    pub people: Vec<AskedView>,
}

/// A new term with its answers, for staff.
///
/// # Errors
/// [`Error::NotFound`] when this series follows none; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn term_view(ctx: &Context, actor: &Actor, home: CommunityId, id: SeriesId) -> Result<TermView> {
    may(actor, Action::SeeStaffPages, home)?;
    let conn = ctx.db.reader();
    let term = storage::rollover::find_term(conn, home, id).await?;
    let term = term.ok_or_else(|| Error::not_found("series", id))?;
    let series = storage::series::find(conn, home, id).await?;
    let series = series.ok_or_else(|| Error::not_found("series", id))?;
    let programme = storage::programme::find(conn, home, series.programme_id).await?;
    let programme = programme.ok_or_else(|| Error::not_found("programme", series.programme_id))?;
    let mut people = Vec::new();
    let mut counts = Counts::default();
    for (rollover, stored) in storage::rollover::of_term(conn, home, id).await? {
        counts.asked += 1;
        match rollover.asked.status {
            RolloverStatus::Asked => counts.open += 1,
            RolloverStatus::Confirmed => counts.confirmed += 1,
            RolloverStatus::Declined => counts.declined += 1,
            RolloverStatus::Expired => counts.expired += 1,
        }
        let resident = resident::opened(ctx, home, stored)?;
        people.push(AskedView {
            by_mail: by_mail(&resident),
            resident,
            rollover,
        });
    }
    Ok(TermView {
        sessions: sessions(ctx, home, id).await?,
        term,
        series,
        programme,
        counts,
        people,
    })
}

async fn sessions(ctx: &Context, home: CommunityId, id: SeriesId) -> Result<Vec<SessionView>> {
    let conn = ctx.db.reader();
    let home = community::find(ctx, home).await?;
    let mut sessions = storage::session::of_series(conn, home.id, id).await?;
    sessions.sort_by_key(|session| session.starts_at);
    views(conn, &home, sessions).await
}

/// Somebody's own question, as their link shows it.
#[derive(Clone, Debug)]
pub struct Own {
    /// What was asked and answered.
    pub rollover: Rollover,
    /// Who.
    pub resident: Resident,
    /// Their programme's series.
    pub series: Series,
    /// The sessions of the term that are not over, by start, cancelled ones left out.
    pub sessions: Vec<SessionView>,
    /// In how many of them they have a seat.
    pub seats: usize,
    /// In how many they wait.
    pub waits: usize,
    /// Until when they can answer, on the community's clock.
    pub until: Zoned,
    /// Whether the time to answer is over.
    pub over: bool,
    /// Whether what was left of the term was called off.
    pub called_off: bool,
}

/// The question behind a link.
///
/// # Errors
/// [`Error::NotFound`] when no question has this token.
pub async fn own(ctx: &Context, home: CommunityId, token: &str) -> Result<Own> {
    let conn = ctx.db.reader();
    let now = ctx.now();
    let found = storage::rollover::find_by_token(conn, home, &token_hash(token)).await?;
    // The token is a secret: it is not repeated in the answer.
    let rollover = found.ok_or_else(|| Error::not_found("rollover", ""))?;
    let stored = storage::resident::find(conn, home, rollover.resident).await?;
    let stored = stored.ok_or_else(|| Error::not_found("rollover", ""))?;
    let series = storage::series::find(conn, home, rollover.term).await?;
    let series = series.ok_or_else(|| Error::not_found("rollover", ""))?;
    let mut sessions = sessions(ctx, home, rollover.term).await?;
    let off = sessions.iter().filter(|session| session.is_cancelled());
    let (mut all_off, mut coming_off) = (0, false);
    for session in off {
        all_off += 1;
        coming_off |= session.ends.timestamp() > now;
    }
    let none_held = all_off > 0 && all_off == sessions.len();
    sessions.retain(|session| !session.is_cancelled() && session.ends.timestamp() > now);
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let places = storage::rollover::places(conn, home, rollover.resident, &ids).await?;
    let count = |status: EnrolmentStatus| places.values().filter(|place| place.status == status).count();
    Ok(Own {
        seats: count(EnrolmentStatus::Enrolled),
        waits: count(EnrolmentStatus::Waitlisted),
        until: rollover.asked.confirm_by.to_zoned(series.zone.clone()),
        over: now > rollover.asked.confirm_by,
        called_off: sessions.is_empty() && (none_held || coming_off),
        resident: resident::opened(ctx, home, stored)?,
        rollover,
        series,
        sessions,
    })
}
