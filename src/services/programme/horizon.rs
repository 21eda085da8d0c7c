//! Keeping sessions stored so many weeks ahead: run again and again, it only ever adds what is not there.

use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan};

use super::draft::{Draft, horizon};
use super::{EXCLUDED_FOR_CLASH, conditions};
use crate::domain::community::{Community, PartnerTerms};
use crate::domain::id::{FacilitatorId, SeriesId, VenueId};
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::{Exclusion, MOST_DAYS, Series, Timetable, plan, surplus};
use crate::domain::recurrence::Window;
use crate::services::{Context, Error, Result, holiday, retry};
use crate::storage::{self, Connection, Txn};

/// Series extended per question.
const SERIES_AT_ONCE: u64 = 200;

/// What extending the horizon came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extended {
    /// Series that were looked at.
    pub series: usize,
    /// Sessions that were stored.
    pub sessions: usize,
    /// Dates left out because something stood there.
    pub missing: usize,
}

/// Stores the sessions of every series up to its community's horizon. Running it again changes nothing.
///
/// # Errors
/// [`Error::Storage`]; what was stored before stays.
pub async fn extend_horizon(ctx: &Context) -> Result<Extended> {
    let now = ctx.now();
    let mut done = Extended::default();
    for home in storage::community::list(ctx.db.reader()).await? {
        let of_one = extend_community(ctx, now, &home, horizon(&home, now)).await?;
        done.series += of_one.series;
        done.sessions += of_one.sessions;
        done.missing += of_one.missing;
    }
    Ok(done)
}

async fn extend_community(ctx: &Context, now: Timestamp, home: &Community, until: DateTime) -> Result<Extended> {
    let mut done = Extended::default();
    let mut after = None;
    loop {
        let behind = storage::series::behind(ctx.db.reader(), home.id, until, after, SERIES_AT_ONCE).await?;
        let Some(last) = behind.last() else { break };
        after = Some(last.id);
        for series in behind {
            // A reader who looks far ahead costs no writing for what a partner may not give now.
            let stored = series.materialised_until.unwrap_or(series.starts_local);
            let terms = partner_of(ctx.db.reader(), home, &series).await?;
            if storable_until(terms.as_ref(), stored, until) <= stored {
                continue;
            }
            let (sessions, missing) = retry::write(ctx, || {
                let (ctx, home) = (ctx.clone(), home.clone());
                async move |txn: &Txn| extend(&ctx, txn, now, &home, series.id, until).await
            })
            .await?;
            done.series += 1;
            done.sessions += sessions;
            done.missing += missing;
        }
    }
    if done.sessions > 0 {
        ctx.schedule_changed();
    }
    Ok(done)
}

/// Stores what lies beyond the horizon because somebody looks there: the sessions of every series of a community up to `until`, at most
/// [`MOST_DAYS`] from now. One question when there is nothing to do; running it again, or in two places at once, changes nothing.
///
/// # Errors
/// [`Error::Storage`]; what was stored before stays.
pub async fn extend_to(ctx: &Context, home: &Community, until: DateTime) -> Result<Extended> {
    let now = ctx.now();
    let today = now.to_zoned(home.zone.clone()).date();
    let furthest = today.saturating_add(MOST_DAYS.days()).to_datetime(Time::midnight());
    if until <= horizon(home, now) {
        // The night's work has stored it.
        return Ok(Extended::default());
    }
    extend_community(ctx, now, home, until.min(furthest)).await
}

/// The partner that gives a series, where there is one.
async fn partner_of(conn: &impl Connection, home: &Community, series: &Series) -> Result<Option<PartnerTerms>> {
    let offered = storage::programme::find(conn, home.id, series.programme_id).await?;
    let Some(partner) = offered.and_then(|programme| programme.partner_id) else {
        return Ok(None);
    };
    let partner = storage::community::find_partner(conn, home.id, partner).await?;
    Ok(partner.map(|partner| partner.terms()))
}

/// How far sessions may be stored of those wanted up to `wanted`, when they are stored up to `stored`: a frozen partner gives nothing more
/// for now, and none gives anything after the last day of a paper. It takes nothing back.
pub(super) fn storable_until(partner: Option<&PartnerTerms>, stored: DateTime, wanted: DateTime) -> DateTime {
    let Some(terms) = partner else { return wanted };
    let may = if terms.frozen {
        stored
    } else {
        terms.last_day().map_or(wanted, day_after)
    };
    wanted.min(may.max(stored))
}

/// The first midnight after a date.
pub(super) fn day_after(date: Date) -> DateTime {
    date.saturating_add(1.day()).to_datetime(Time::midnight())
}

/// Stores the sessions of one series up to `until`; says how many, and how many dates were left out.
async fn extend(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    id: SeriesId,
    until: DateTime,
) -> Result<(usize, usize)> {
    // Before the series: an import of a notice locks the notices first.
    holiday::for_planning(txn).await?;
    let Some(mut series) = storage::series::lock(txn, home.id, id).await? else {
        return Ok((0, 0));
    };
    let from = series.materialised_until.unwrap_or(series.starts_local);
    if from >= until {
        return Ok((0, 0));
    }
    // Whoever was away for longer than may be planned at once catches up in steps, one a run.
    let to = until.min(from.saturating_add(MOST_DAYS.days()));
    // What a partner may not give now is left for later, not left out: papers are renewed, complaints decided.
    let to = storable_until(partner_of(txn, home, &series).await?.as_ref(), from, to);
    if from >= to {
        return Ok((0, 0));
    }
    let Some(done) = fill(ctx, txn, now, home, &mut series, Window { from, to }).await? else {
        return Ok((0, 0));
    };
    series.materialised_until = Some(to);
    storage::series::update(txn, home.id, &series, now).await?;
    Ok(done)
}

/// Stores the dates that a series with an end by sessions is owed within what is stored of it, as when one was called off.
/// The series must be locked; says how many were added.
pub(in crate::services) async fn top_up(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    id: SeriesId,
) -> Result<usize> {
    let found = storage::series::find(txn, home.id, id).await?;
    let Some((mut series, to)) = found.and_then(|series| series.materialised_until.map(|to| (series, to))) else {
        return Ok(0);
    };
    let from = now.to_zoned(series.zone.clone()).datetime();
    if series.held_limit.is_none() || from >= to {
        return Ok(0);
    }
    let terms = partner_of(txn, home, &series).await?;
    if terms.as_ref().is_some_and(|terms| terms.frozen) {
        return Ok(0);
    }
    let to = storable_until(terms.as_ref(), from, to);
    if from >= to {
        return Ok(0);
    }
    let window = Window { from, to };
    let Some((added, missing)) = fill(ctx, txn, now, home, &mut series, window).await? else {
        return Ok(0);
    };
    if missing > 0 {
        storage::series::update(txn, home.id, &series, now).await?;
    }
    Ok(added)
}

/// Takes away what [`top_up`] once made up for and is no longer owed, as when a session that was called off is held after all; only what
/// nobody has signed up for, was told of or counted in. The series must be locked; says how many went.
pub(in crate::services) async fn take_back(txn: &Txn, now: Timestamp, home: &Community, id: SeriesId) -> Result<usize> {
    let found = storage::series::find(txn, home.id, id).await?;
    let Some((series, to)) = found.and_then(|series| series.materialised_until.map(|to| (series, to))) else {
        return Ok(0);
    };
    let from = now.to_zoned(series.zone.clone()).datetime();
    if series.held_limit.is_none() || from >= to {
        return Ok(0);
    }
    let holidays = holiday::for_planning(txn).await?;
    let amendments = storage::series::amendments(txn, home.id, id).await?;
    let existing = storage::session::of_series(txn, home.id, id).await?;
    let more = match surplus(&series, &amendments, &existing, Window { from, to }, &holidays, now) {
        Ok(more) => more,
        Err(error) => {
            tracing::warn!(series = %id, %error, "what is more than the end of a series wants cannot be told");
            return Ok(0);
        }
    };
    storage::session::lock(txn, home.id, &more).await?;
    let untouched = storage::session::untouched(txn, home.id, &more).await?;
    storage::booking::release(txn, home.id, &untouched).await?;
    storage::session::remove(txn, home.id, &untouched).await?;
    Ok(untouched.len())
}

/// Rounds in which dates that clash are made up for by later ones.
const MOST_ROUNDS: usize = 50;

/// Stores the dates inside `window` that have no session; dates at which something stands are taken out of the series, and
/// made up for when it ends by sessions. Says how many of each; nothing when the series cannot be planned.
async fn fill(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    series: &mut Series,
    window: Window,
) -> Result<Option<(usize, usize)>> {
    let (mut added, mut missing) = (0, 0);
    for _ in 0..MOST_ROUNDS {
        let Some((more, clashing)) = fill_once(ctx, txn, now, home, series, window).await? else {
            return Ok((added > 0).then_some((added, missing)));
        };
        added += more;
        missing += clashing;
        if clashing == 0 || series.held_limit.is_none() {
            break;
        }
    }
    Ok(Some((added, missing)))
}

async fn fill_once(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    series: &mut Series,
    window: Window,
) -> Result<Option<(usize, usize)>> {
    let id = series.id;
    // As the database has them: another instance may have imported a notice that this one has not read yet.
    let holidays = holiday::for_planning(txn).await?;
    let programme = storage::programme::find(txn, home.id, series.programme_id)
        .await?
        .ok_or_else(|| Error::not_found("programme", series.programme_id))?;
    let amendments = storage::series::amendments(txn, home.id, id).await?;
    let existing = storage::session::of_series(txn, home.id, id).await?;
    let plan = plan(
        series,
        &amendments,
        programme.capacity,
        &existing,
        window,
        &holidays,
        now,
    );
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => {
            // An amendment can bend a date past midnight: that is for a person to see, and no reason to stop the others.
            tracing::warn!(series = %id, %error, "the sessions of a series cannot be extended");
            return Ok(None);
        }
    };
    let conditions = conditions(txn, home, programme.partner_id, now).await?;
    let mut venues: Vec<VenueId> = plan.create.iter().map(|wanted| wanted.slot.venue_id).collect();
    venues.sort();
    venues.dedup();
    let mut who: Vec<FacilitatorId> = plan
        .create
        .iter()
        .filter_map(|wanted| wanted.slot.facilitator_id)
        .collect();
    who.sort();
    who.dedup();
    storage::booking::lock(txn, home.id, &venues, &who).await?;
    let draft = Draft {
        programme,
        series: series.clone(),
        plan,
        conditions,
        later: Vec::new(),
    };
    let first = draft.plan.create.iter().map(|wanted| wanted.slot.starts_at).min();
    let last = draft.plan.create.iter().map(|wanted| wanted.slot.ends_at).max();
    let timetable = match (first, last) {
        (Some(first), Some(last)) => {
            let to = last.checked_add(LONGEST_BUSY_MINUTES.minutes()).unwrap_or(last);
            Timetable::new(storage::booking::busy(txn, home.id, &venues, &who, first, to).await?)
        }
        _ => Timetable::default(),
    };
    let mut checked = draft.against(timetable);
    for (wanted, _) in &checked.clashing {
        tracing::warn!(series = %id, at = %wanted.original_local, "a date of a series was left out: something stands there");
        series.excluded.push(Exclusion {
            at: wanted.original_local,
            reason: EXCLUDED_FOR_CLASH.to_owned(),
        });
    }
    checked.store(ctx, txn, now, home).await?;
    Ok(Some((checked.free.len(), checked.clashing.len())))
}
