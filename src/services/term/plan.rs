//! Planning a new term: the look, and the real thing in one transaction.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::show::load_old;
use super::{FormerView, OldTerm, token_hash, token_of};
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::Community;
use crate::domain::id::{
    CommunityId, EnrolmentId, FacilitatorId, ResidentId, RolloverId, SeriesId, SessionId, VenueId,
};
use crate::domain::notification::{Event, Hours};
use crate::domain::planning::{SessionStatus, SignUpMode};
use crate::domain::recurrence::{End, Frequency, Rule};
use crate::domain::rollover::{
    Asked, LEAST_DAYS, MOST_ASKED, RolloverStatus, SESSIONS, is_possible, offered_day, until,
};
use crate::services::checks::Checks;
use crate::services::enrolment::{RulesOf, copy_rules};
use crate::services::notification;
use crate::services::programme::{OnConflict, PlanSeries, PlannedSeries, plan_series_as, preview_as};
use crate::services::{Context, Error, FieldError, Result, audit, community, holiday, retry};
use crate::storage::rollover::{Rollover, Term};
use crate::storage::{self, Txn};

/// When a term ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// After so many sessions.
    After(i32),
    /// On this day at the latest.
    On(Date),
}

/// A new term, as it is wished.
#[derive(Clone, Debug)]
pub struct NewTerm {
    /// The id the new series gets: sent twice, the second finds the first.
    pub id: SeriesId,
    /// First start, wall clock of the community.
    pub first: DateTime,
    /// When it ends.
    pub ends: Ends,
    /// Length, minutes.
    pub duration_minutes: i32,
    /// Where.
    pub venue_id: VenueId,
    /// Who.
    pub facilitator_id: Option<FacilitatorId>,
    /// Seats; none: the programme's.
    pub capacity: Option<i32>,
    /// Who is asked; none: everybody who came lately.
    pub people: Option<Vec<ResidentId>>,
    /// By the evening of which day they answer; none: a week before.
    pub confirm_on: Option<Date>,
}

/// What a new term comes to.
#[derive(Clone, Debug)]
pub struct TermOutlook {
    /// Its dates: those that stand, those at which something stands in the way.
    pub planned: PlannedSeries,
    /// Who is asked, in the order they had signed up.
    pub people: Vec<FormerView>,
    /// Until when they can answer; none when nobody is asked.
    pub confirm_by: Option<Timestamp>,
    /// When the messages leave: quiet hours hold them back.
    pub leaves_at: Timestamp,
    /// Seats in each session; none without a limit.
    pub capacity: Option<i32>,
}

impl TermOutlook {
    /// How many are asked by mail.
    pub fn by_mail(&self) -> usize {
        self.people.iter().filter(|one| one.by_mail).count()
    }

    /// How many have to be phoned.
    pub fn by_phone(&self) -> usize {
        self.people.len() - self.by_mail()
    }

    /// What tells one outlook from another: whoever confirms sends it back.
    pub fn seal(&self) -> String {
        format!(
            "{}.{}.{}.{}.{}",
            self.planned.sessions.len(),
            self.planned.missing.len(),
            self.people.len(),
            self.by_mail(),
            self.confirm_by.map_or(0, Timestamp::as_second)
        )
    }
}

/// What came of asking for a new term.
#[derive(Clone, Debug)]
pub enum Sent {
    /// It was only looked at.
    Looked(TermOutlook),
    /// It stands now.
    Made(TermOutlook),
    /// It stands already: the form was sent before.
    Already,
}

/// Plans a new term after an old one and asks its people, all or nothing; with `dry_run` says what it would come to.
///
/// # Errors
/// [`Error::Invalid`] with everything that is wrong; [`Error::State`] when another term follows already; [`Error::Conflict`] when no
/// date can stand; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn new_term(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    old: SeriesId,
    wish: NewTerm,
    dry_run: bool,
) -> Result<Sent> {
    may(actor, Action::Plan, home)?;
    let now = ctx.now();
    let home = community::find(ctx, home).await?;
    if dry_run {
        let old = load_old(ctx, ctx.db.reader(), now, home.id, old).await?;
        let plan = series_of(&old, &wish)?;
        let planned = preview_as(ctx, &home, &plan, Some(old.programme.clone())).await?;
        let hours = notification::hours(ctx, ctx.db.reader(), home.id).await?;
        return Ok(Sent::Looked(outlook(now, &home, &hours, &old, &wish, planned)?));
    }
    let done = retry::write(ctx, || {
        let (ctx, actor, home, wish) = (ctx.clone(), actor.clone(), home.clone(), wish.clone());
        async move |txn: &Txn| make(&ctx, &actor, txn, now, &home, old, &wish).await
    })
    .await;
    match done {
        // Two forms at once on a database that does not let the second wait.
        Err(Error::Storage(storage::Error::Duplicate(_))) => {
            let next = storage::rollover::find_next(ctx.db.reader(), home.id, old).await?;
            if next.is_some_and(|term| term.series == wish.id) {
                Ok(Sent::Already)
            } else {
                Err(Error::State { code: "term-exists" })
            }
        }
        done => done,
    }
}

async fn make(
    ctx: &Context,
    actor: &Actor,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    old: SeriesId,
    wish: &NewTerm,
) -> Result<Sent> {
    // Locks are taken in one order everywhere: notices, series, venues, facilitators, sessions.
    holiday::for_planning(txn).await?;
    if storage::series::lock(txn, home.id, old).await?.is_none() {
        return Err(Error::not_found("series", old));
    }
    if let Some(next) = storage::rollover::find_next(txn, home.id, old).await? {
        return if next.series == wish.id {
            Ok(Sent::Already)
        } else {
            Err(Error::State { code: "term-exists" })
        };
    }
    let old = load_old(ctx, txn, now, home.id, old).await?;
    let plan = series_of(&old, wish)?;
    let planned = plan_series_as(ctx, txn, now, home, &plan, Some(wish.id)).await?;
    copy_rules(
        txn,
        now,
        home.id,
        RulesOf::Series(old.series.id),
        RulesOf::Series(wish.id),
    )
    .await?;
    let hours = notification::hours(ctx, txn, home.id).await?;
    let mut outlook = outlook(now, home, &hours, &old, wish, planned)?;
    let term = Term {
        series: wish.id,
        old_series: old.series.id,
        confirm_by: outlook.confirm_by,
        created_at: now,
    };
    storage::rollover::insert_term(txn, home.id, &term).await?;
    let sessions: Vec<SessionId> = outlook
        .planned
        .sessions
        .iter()
        .filter_map(|session| session.session_id)
        .collect();
    if let (Some(confirm_by), Some(first)) = (outlook.confirm_by, sessions.first().copied()) {
        ask(ctx, txn, now, home.id, wish.id, confirm_by, &outlook.people, &sessions).await?;
        let people: Vec<ResidentId> = outlook.people.iter().map(|one| one.resident.id).collect();
        outlook.leaves_at =
            notification::ask_place(ctx, txn, now, home.id, wish.id, first, confirm_by, &people).await?;
    }
    let detail = json!({
        "after": old.series.id,
        "sessions": outlook.planned.sessions.len(),
        "missing": outlook.planned.missing.len(),
        "asked": outlook.people.len(),
    });
    audit::record(
        ctx,
        txn,
        now,
        home.id,
        actor,
        "series.new_term",
        Some(wish.id.0),
        &detail,
    )
    .await?;
    Ok(Sent::Made(outlook))
}

/// Stores whom is asked, and keeps their seats.
#[expect(clippy::too_many_arguments, reason = "who is asked about what, and until when")]
async fn ask(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: CommunityId,
    term: SeriesId,
    confirm_by: Timestamp,
    people: &[FormerView],
    sessions: &[SessionId],
) -> Result<()> {
    let mut asked = Vec::with_capacity(people.len());
    let mut seats: Vec<(EnrolmentId, SessionId, ResidentId)> = Vec::with_capacity(people.len() * sessions.len());
    for one in people {
        let id: RolloverId = ctx.new_id(now);
        let hash = token_hash(&token_of(ctx, home, id));
        let rollover = Rollover {
            id,
            term,
            resident: one.resident.id,
            position: one.position,
            came: i32::try_from(one.former.came).unwrap_or(i32::MAX),
            asked: Asked {
                status: RolloverStatus::Asked,
                confirm_by,
            },
            answered_by: String::new(),
            answered_at: None,
        };
        asked.push((rollover, hash));
        seats.extend(
            sessions
                .iter()
                .map(|session| (ctx.new_id(now), *session, one.resident.id)),
        );
    }
    storage::rollover::insert_all(txn, home, &asked, now).await?;
    storage::rollover::keep_seats(txn, home, &seats, now).await?;
    Ok(())
}

/// The series of a new term.
fn series_of(old: &OldTerm, wish: &NewTerm) -> Result<PlanSeries> {
    let mut checks = Checks::new();
    let (held_limit, ends_before) = match wish.ends {
        Ends::After(sessions) => {
            checks.number("sessions", sessions, &SESSIONS);
            (Some(sessions), None)
        }
        Ends::On(last) => {
            checks.ensure(last >= wish.first.date(), "last_day", "term-last-before-first", &last);
            let end = last.saturating_add(1.day()).to_datetime(Time::midnight());
            (None, Some(end))
        }
    };
    checks.finish()?;
    Ok(PlanSeries {
        facilitator_id: wish.facilitator_id,
        rule: Some(rule_of(old.series.rule.as_ref(), wish.first.date())),
        holiday_policy: old.series.holiday_policy,
        capacity: wish.capacity,
        held_limit,
        ends_before,
        whole: true,
        on_conflict: OnConflict::Skip,
        ..PlanSeries::once(old.programme.id, wish.venue_id, wish.first, wish.duration_minutes)
    })
}

/// How the new term repeats: as the old one, without its end. A rule with one weekday follows the new first day; single dates become
/// a week's rhythm.
fn rule_of(old: Option<&Rule>, first: Date) -> String {
    let weekly = |interval: i64| format!("FREQ=WEEKLY;INTERVAL={interval};BYDAY={}", weekday(first));
    match old {
        None => weekly(1),
        Some(rule) if rule.frequency() == Frequency::Weekly && rule.is_plain() && rule.weekdays().count() <= 1 => {
            weekly(rule.interval())
        }
        Some(rule) => rule.clone().ending(End::Never).to_string(),
    }
}

fn weekday(day: Date) -> &'static str {
    ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0) % 7]
}

/// What a planned term comes to, with its people: everything that is wrong is told at once.
fn outlook(
    now: Timestamp,
    home: &Community,
    hours: &Hours,
    old: &OldTerm,
    wish: &NewTerm,
    planned: PlannedSeries,
) -> Result<TermOutlook> {
    let mut checks = Checks::new();
    let here = now.to_zoned(home.zone.clone());
    let first = planned.sessions.first().map(|session| session.starts.clone());
    if let Some(first) = &first {
        checks.ensure(first.timestamp() > now, "first", "term-first-past", &wish.first);
    }
    let signs_up = old.programme.sign_up != SignUpMode::None;
    let people: Vec<FormerView> = match &wish.people {
        None if !signs_up => Vec::new(),
        None => old.people.iter().filter(|one| one.former.is_asked()).cloned().collect(),
        Some(chosen) => {
            for id in chosen {
                let known = old.people.iter().any(|one| one.resident.id == *id);
                checks.ensure(known, "people", "term-not-of-old", id);
            }
            old.people
                .iter()
                .filter(|one| chosen.contains(&one.resident.id))
                .cloned()
                .collect()
        }
    };
    let capacity = wish.capacity.or(old.programme.capacity);
    if !people.is_empty() {
        checks.ensure(signs_up, "people", "term-no-sign-up", &people.len());
        if people.len() > MOST_ASKED {
            checks.add(FieldError::new("people", "term-too-many", people.len().to_string()).with("max", MOST_ASKED));
        }
        if let Some(seats) = capacity.filter(|seats| usize::try_from(*seats).is_ok_and(|seats| seats < people.len())) {
            checks.add(FieldError::new("people", "term-too-few-seats", people.len().to_string()).with("seats", seats));
        }
    }
    let confirm_by = match (&first, people.is_empty()) {
        (Some(first), false) => match wish.confirm_on.or_else(|| offered_day(first, &here)) {
            Some(day) if is_possible(day, first, &here) => Some(until(day, &home.zone)),
            day => {
                let day = day.map(|day| day.to_string()).unwrap_or_default();
                checks.add(
                    FieldError::new("confirm_on", "term-confirm-on", day)
                        .with("days", LEAST_DAYS)
                        .with("first", first.date()),
                );
                None
            }
        },
        _ => None,
    };
    checks.finish()?;
    Ok(TermOutlook {
        planned,
        people,
        confirm_by,
        leaves_at: hours.leaves_at(Event::ConfirmPlace, None, now),
        capacity,
    })
}

/// Whether a session can still be promised to somebody.
pub(super) fn is_open(status: SessionStatus) -> bool {
    matches!(status, SessionStatus::Scheduled | SessionStatus::Provisional)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_weekday_follows_the_first_day_and_anything_else_stays() {
        let monday: Date = "2027-03-01".parse().unwrap();
        let rule = |text: &str| rule_of(Some(&text.parse().unwrap()), monday);
        assert_eq!(rule("FREQ=WEEKLY;BYDAY=WE;COUNT=8"), "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO");
        assert_eq!(rule("FREQ=WEEKLY;INTERVAL=2"), "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO");
        assert_eq!(rule("FREQ=WEEKLY;BYDAY=TU,FR;COUNT=8"), "FREQ=WEEKLY;BYDAY=TU,FR");
        assert_eq!(rule("FREQ=MONTHLY;BYDAY=1TH;UNTIL=20271231"), "FREQ=MONTHLY;BYDAY=1TH");
        assert_eq!(rule_of(None, monday), "FREQ=WEEKLY;INTERVAL=1;BYDAY=MO");
    }
}
