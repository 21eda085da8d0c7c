//! Copying a week: what stood in one week and is not in another yet is planned there too (照抄上周).
//!
//! A session of a series that still runs becomes an extra date of that series, where the series would give it the same place; any other
//! becomes a single date of the same programme. What stands in the other week already is left alone, so that copying twice makes nothing
//! new: whoever confirms holds the locks of the series that are copied, and looks again before anything is made.

mod held;

use jiff::civil::DateTime;
use jiff::{Timestamp, Zoned};
use serde_json::json;

use self::held::{Held, Weeks};
use super::act::act_in;
use super::series::plan_series_in;
use super::{Act, SeriesChange};
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::IsoWeek;
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, SessionId};
use crate::domain::planning::{Caution, Clash, Series};
use crate::services::schedule::{SessionView, bounds_of, reach};
use crate::services::{Context, Error, Result, audit, community, holiday, retry};
use crate::storage::Txn;

/// Whether a session can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyState {
    /// It is not in the other week yet.
    Open,
    /// It is there already, or was called off there.
    There,
    /// Its time in the other week is over.
    Past,
}

/// What a copy becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyHow {
    /// An extra date of the same series.
    ExtraDate,
    /// A single date of the same programme.
    SingleDate,
}

/// One session of the week that is copied.
#[derive(Clone, Debug)]
pub struct CopyItem {
    /// As it stood.
    pub session: SessionView,
    /// Start of the copy.
    pub starts: Zoned,
    /// End of the copy.
    pub ends: Zoned,
    /// Whether it can be copied.
    pub state: CopyState,
    /// What the copy becomes.
    pub how: CopyHow,
    /// Whether its series goes on and leaves this week out by its rule.
    pub rule_goes_on: bool,
    /// What stands in the way, the copies before it included.
    pub clashes: Vec<Clash>,
    /// The nearest free start of the same day, where something does.
    pub nearest_free: Option<Zoned>,
    /// What speaks against it where it can stand: whoever picks it accepts that.
    pub cautions: Vec<Caution>,
}

impl CopyItem {
    /// Whether it is copied when nothing else is said.
    pub fn is_proposed(&self) -> bool {
        self.state == CopyState::Open && is_smooth(&self.clashes, &self.cautions, self.rule_goes_on)
    }
}

/// Whether a copy needs nobody's decision.
fn is_smooth(clashes: &[Clash], cautions: &[Caution], rule_goes_on: bool) -> bool {
    clashes.is_empty() && cautions.is_empty() && !rule_goes_on
}

/// A session to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyPick {
    /// Which.
    pub session: SessionId,
    /// Another start than the same time of day, wall clock.
    pub starts_local: Option<DateTime>,
}

/// A copied week, or what copying it would do.
#[derive(Clone, Debug)]
pub struct WeekCopy {
    /// The sessions of the week that is copied, by start: as they stood before.
    pub items: Vec<CopyItem>,
    /// How many were copied; in a look none.
    pub copied: usize,
}

/// What copying `from` to `to` would do.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] when the weeks are the same or years apart; [`Error::NotFound`]; [`Error::Storage`].
pub async fn week_to_copy(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    from: IsoWeek,
    to: IsoWeek,
) -> Result<WeekCopy> {
    let now = ctx.now();
    let (home, weeks) = both_weeks(ctx, actor, community, from, to).await?;
    let conn = ctx.db.reader();
    let holidays = holiday::for_planning(conn).await?;
    let held = Held::load(conn, now, &home, weeks, &holidays).await?;
    Ok(WeekCopy {
        items: held.items(conn, &home).await?,
        copied: 0,
    })
}

/// Copies sessions from one week to another: those picked, or all that are proposed. All in one transaction; one that was copied already is
/// left alone.
///
/// # Errors
/// As [`week_to_copy`]; [`Error::Conflict`] when something stands where a copy would: then nothing is copied.
pub async fn copy_week(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    from: IsoWeek,
    to: IsoWeek,
    picks: Option<Vec<CopyPick>>,
) -> Result<WeekCopy> {
    let now = ctx.now();
    let (home, weeks) = both_weeks(ctx, actor, community, from, to).await?;
    retry::write(ctx, || {
        let (ctx, actor, home, picks) = (ctx.clone(), actor.clone(), home.clone(), picks.clone());
        async move |txn: &Txn| {
            // Locks are taken in one order everywhere: the notices of holidays, series, venues, facilitators, sessions.
            let holidays = holiday::for_planning(txn).await?;
            let held = Held::load(txn, now, &home, weeks, &holidays).await?;
            held.lock(txn, &home).await?;
            // Somebody may have copied it while we waited.
            let held = Held::load(txn, now, &home, weeks, &holidays).await?;
            let picks = match &picks {
                Some(picks) => picks.clone(),
                None => held.proposed(),
            };
            let (extra, single, copied) = held.sort_out(&picks, &home, now)?;
            for (series, dates) in extra {
                put_in(&ctx, txn, now, &home, series, dates).await?;
            }
            for wish in single {
                plan_series_in(&ctx, txn, now, &home, &wish).await?;
            }
            let items = held.items(txn, &home).await?;
            if copied > 0 {
                let detail = json!({"from": from, "to": to, "sessions": copied});
                audit::record(&ctx, txn, now, home.id, &actor, "week.copy", None, &detail).await?;
            }
            Ok(WeekCopy { items, copied })
        }
    })
    .await
}

/// The community and its two weeks, planned as far as the later of them.
async fn both_weeks(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    from: IsoWeek,
    to: IsoWeek,
) -> Result<(Community, Weeks)> {
    may(actor, Action::Plan, community)?;
    let weeks = Weeks::of(from, to)?;
    let home = community::find(ctx, community).await?;
    reach(ctx, &home, bounds_of(&home, from.max(to)).1).await?;
    Ok((home, weeks))
}

/// Extra dates of a series; all of them must find their place.
async fn put_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    series: Series,
    dates: Vec<DateTime>,
) -> Result<()> {
    let mut extra = series.extra.clone();
    extra.extend(dates.iter().copied());
    extra.sort();
    extra.dedup();
    let act = Act::Change(SeriesChange {
        extra: Some(extra),
        ..SeriesChange::default()
    });
    let outcome = act_in(ctx, txn, now, home, series.id, &act, None).await?;
    if !outcome.missing.is_empty() {
        let clashes = outcome.missing.into_iter().flat_map(|date| date.clashes);
        return Err(Error::Conflict(clashes.collect()));
    }
    let made = |at: &DateTime| outcome.created.iter().any(|start| start.datetime() == *at);
    match dates.iter().find(|at| !made(at)) {
        Some(at) => Err(Error::invalid("take", "copy-no-date", at.to_string())),
        None => Ok(()),
    }
}
