//! The month in figures, the sessions behind each figure, and the district's view of all communities.

pub mod sheet;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::{Context, Error, Result};
use crate::domain::access::{Action, Actor, Refusal, may};
use crate::domain::id::CommunityId;
use crate::domain::period::{NotAPeriod, Period, YearMonth};
use crate::domain::report::{Label, Report, Subject};
use crate::storage::report as rows;
use crate::storage::{self};

pub use crate::storage::report::{Behind, Totals};

/// The most sessions a number opens.
pub const BEHIND_MAX: u64 = 500;
/// Months in the chart of visits.
pub const TREND_MONTHS: usize = 6;

/// A community as a report heads it.
#[derive(Clone, Debug)]
pub struct Place {
    /// Which.
    pub id: CommunityId,
    /// The name in addresses.
    pub slug: String,
    /// Name.
    pub name: Label,
    /// Its zone.
    pub zone: TimeZone,
}

/// The report of a community with what stands around it.
#[derive(Clone, Debug)]
pub struct Reported {
    /// Whose.
    pub place: Place,
    /// The figures.
    pub report: Report,
}

async fn facts(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<(rows::Facts, TimeZone)> {
    may(actor, Action::ReadReports, community)?;
    let facts = rows::find_facts(ctx.db.reader(), community)
        .await?
        .ok_or_else(|| Error::not_found("community", community))?;
    let zone = zone_of(&facts)?;
    Ok((facts, zone))
}

fn zone_of(facts: &rows::Facts) -> Result<TimeZone> {
    TimeZone::get(&facts.zone).map_err(|_| {
        Error::Storage(storage::Error::Inconsistent {
            table: "community",
            column: "zone",
            id: facts.id.to_string(),
            value: facts.zone.clone(),
        })
    })
}

fn place(facts: &rows::Facts, zone: TimeZone) -> Place {
    Place {
        id: facts.id,
        slug: facts.slug.clone(),
        name: facts.name.clone(),
        zone,
    }
}

/// The report of a month.
///
/// # Errors
/// As [`range`].
pub async fn month(ctx: &Context, actor: &Actor, community: CommunityId, month: YearMonth) -> Result<Reported> {
    range(ctx, actor, community, month.period()).await
}

/// The report of a period.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn range(ctx: &Context, actor: &Actor, community: CommunityId, period: Period) -> Result<Reported> {
    let (facts, zone) = facts(ctx, actor, community).await?;
    let material = rows::material(ctx.db.reader(), &facts, period, period.span(&zone)).await?;
    Ok(Reported {
        place: place(&facts, zone),
        report: Report::of(&material),
    })
}

/// The period that `month`, or else `from` and `to`, ask for; the month of `now` in the zone when nothing is asked.
///
/// # Errors
/// [`Error::Invalid`], naming the field.
pub fn asked_period(
    month: Option<&str>,
    from: Option<&str>,
    to: Option<&str>,
    now: Timestamp,
    zone: &TimeZone,
) -> Result<Period> {
    if let Some(text) = month.filter(|text| !text.is_empty()) {
        return Ok(asked_month(text)?.period());
    }
    if from.is_none() && to.is_none() {
        return Ok(current_month(now, zone)?.period());
    }
    let date = |field: &'static str, text: Option<&str>| {
        let text = text.unwrap_or_default();
        let wrong = || Error::invalid(field, "date-format", text);
        // `2026-10-01T08:00` would be read as its date: a report covers whole days, so the rest must not be dropped silently.
        if text.len() != "2026-10-01".len() {
            return Err(wrong());
        }
        text.parse::<Date>().map_err(|_| wrong())
    };
    Period::new(date("from", from)?, date("to", to)?).map_err(|wrong| match wrong {
        NotAPeriod::Backwards { last, .. } => Error::invalid("to", "period-backwards", last.to_string()),
        NotAPeriod::TooLong { days } => Error::invalid("to", "period-too-long", days.to_string()),
        NotAPeriod::OutOfRange(date) => Error::invalid("from", "date-format", date.to_string()),
    })
}

/// A month as typed.
///
/// # Errors
/// [`Error::Invalid`].
pub fn asked_month(text: &str) -> Result<YearMonth> {
    text.parse().map_err(|_| Error::invalid("month", "month-format", text))
}

/// The month that now is.
///
/// # Errors
/// [`Error::Internal`] when the clock stands outside 2000 to 2100.
pub fn current_month(now: Timestamp, zone: &TimeZone) -> Result<YearMonth> {
    YearMonth::containing(Zoned::new(now, zone.clone()).date())
        .ok_or_else(|| Error::Internal(format!("the clock says {now}")))
}

/// The sessions behind the numbers about `subject`, latest first, at most [`BEHIND_MAX`].
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn behind(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    period: Period,
    subject: &Subject,
) -> Result<Vec<Behind>> {
    let (_, zone) = facts(ctx, actor, community).await?;
    let span = period.span(&zone);
    Ok(rows::behind(ctx.db.reader(), community, span, subject, BEHIND_MAX).await?)
}

/// 人次 of `month` and the months before it, oldest first.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn trend(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    month: YearMonth,
) -> Result<Vec<(YearMonth, i64)>> {
    let (_, zone) = facts(ctx, actor, community).await?;
    let mut trend = Vec::with_capacity(TREND_MONTHS);
    let mut next = Some(month);
    while let (Some(month), true) = (next, trend.len() < TREND_MONTHS) {
        let visits = rows::visits(ctx.db.reader(), community, month.period().span(&zone)).await?;
        trend.push((month, visits));
        next = month.previous();
    }
    trend.reverse();
    Ok(trend)
}

/// What the district sees of a period.
#[derive(Clone, Debug)]
pub struct District {
    /// The days.
    pub period: Period,
    /// Each community with its totals, by name in addresses.
    pub communities: Vec<(Place, Totals)>,
    /// All of them together. People of two communities are two people: residents are registered in one.
    pub total: Totals,
}

/// The totals of every community the actor may read.
///
/// # Errors
/// [`Error::Forbidden`] when they may read none; [`Error::Storage`].
pub async fn district(ctx: &Context, actor: &Actor, period: Period) -> Result<District> {
    let conn = ctx.db.reader();
    let mut places = Vec::new();
    let mut refusal = None;
    for facts in rows::all_facts(conn).await? {
        match may(actor, Action::ReadReports, facts.id) {
            Ok(()) => places.push(place(&facts, zone_of(&facts)?)),
            Err(refused) => refusal = Some(refused),
        }
    }
    if let (true, Some(refused)) = (places.is_empty(), refusal) {
        // Which community it is about does not matter: not even their own.
        return Err(Error::Forbidden(match refused {
            Refusal::OtherCommunity => Refusal::Role,
            refused => refused,
        }));
    }
    let mut zones: BTreeMap<String, (TimeZone, Vec<CommunityId>)> = BTreeMap::new();
    for place in &places {
        let name = place.zone.iana_name().unwrap_or("UTC").to_owned();
        let (_, ids) = zones.entry(name).or_insert_with(|| (place.zone.clone(), Vec::new()));
        ids.push(place.id);
    }
    let mut found = std::collections::HashMap::new();
    for (zone, ids) in zones.values() {
        found.extend(rows::totals(conn, ids, period.span(zone)).await?);
    }
    let communities: Vec<(Place, Totals)> = places
        .into_iter()
        .map(|place| {
            let totals = found.get(&place.id).copied().unwrap_or_default();
            (place, totals)
        })
        .collect();
    let total = communities.iter().fold(Totals::default(), |sum, (_, one)| Totals {
        sessions: sum.sessions + one.sessions,
        visits: sum.visits + one.visits,
        anonymous_visits: sum.anonymous_visits + one.anonymous_visits,
        people: sum.people + one.people,
        households: sum.households + one.households,
        needs_recorded: sum.needs_recorded + one.needs_recorded,
        needs_resolved: sum.needs_resolved + one.needs_resolved,
    });
    Ok(District {
        period,
        communities,
        total,
    })
}
