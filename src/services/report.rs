//! The month in figures, the sessions behind each figure, and the district's view of all communities.

pub mod correction;
pub mod document;
pub mod lock;
pub mod sheet;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::{Context, Error, Result, community};
use crate::domain::access::{Action, Actor, Refusal, may};
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::period::{NotAPeriod, Period, YearMonth};
use crate::domain::report::{Number, Report, Subject};
use crate::domain::text::PersonName;
use crate::storage::report as rows;

pub use crate::storage::report::{Behind, CareDay, Totals};

/// The most sessions a number opens.
pub const BEHIND_MAX: u64 = 500;
/// Months in the chart of visits.
pub const TREND_MONTHS: usize = 12;
/// The most people a number opens.
pub const PEOPLE_MAX: usize = 1_000;

/// The report of a community.
#[derive(Clone, Debug)]
pub struct Reported {
    /// Whose.
    pub community: Community,
    /// The figures.
    pub report: Report,
    /// The figures as they were reported, when it is a month that was.
    pub frozen: Option<lock::Frozen>,
}

async fn home_of(ctx: &Context, actor: &Actor, id: CommunityId) -> Result<Community> {
    may(actor, Action::ReadReports, id)?;
    community::find(ctx, id).await
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
    let community = home_of(ctx, actor, community).await?;
    let span = period.span(&community.zone);
    let conn = ctx.db.reader();
    let material = rows::material(conn, &community, period, span).await?;
    let frozen = match period.month() {
        Some(month) => lock::find(conn, community.id, month).await?,
        None => None,
    };
    Ok(Reported {
        report: Report::of(&material),
        community,
        frozen,
    })
}

/// What an address or a command asks for: a month, a quarter, a year, or the days from one to another, each as typed.
#[derive(Clone, Copy, Debug, Default)]
pub struct AskedPeriod<'a> {
    /// `2026-10`.
    pub month: Option<&'a str>,
    /// `2026-Q3`.
    pub quarter: Option<&'a str>,
    /// `2026`.
    pub year: Option<&'a str>,
    /// First day.
    pub from: Option<&'a str>,
    /// Last day, included.
    pub to: Option<&'a str>,
}

/// The period asked for; the month of `now` in the zone when nothing is. A field that is empty asks for nothing, as a form leaves it.
///
/// # Errors
/// [`Error::Invalid`], naming the field.
pub fn asked_period(asked: AskedPeriod, now: Timestamp, zone: &TimeZone) -> Result<Period> {
    let given = |text: Option<&'_ str>| text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(text) = given(asked.month) {
        return Ok(asked_month(&text)?.period());
    }
    if let Some(text) = given(asked.quarter) {
        return Period::quarter(&text).ok_or_else(|| Error::invalid("quarter", "quarter-format", text));
    }
    if let Some(text) = given(asked.year) {
        return Period::year(&text).ok_or_else(|| Error::invalid("year", "year-format", text));
    }
    let (from, to) = (given(asked.from), given(asked.to));
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
    Period::new(date("from", from.as_deref())?, date("to", to.as_deref())?).map_err(|wrong| match wrong {
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

/// The sessions behind a number about `subject`, latest first, at most [`BEHIND_MAX`].
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn behind(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    period: Period,
    subject: &Subject,
    number: Number,
) -> Result<Vec<Behind>> {
    let span = period.span(&home_of(ctx, actor, community).await?.zone);
    Ok(rows::behind(ctx.db.reader(), community, span, subject, number, BEHIND_MAX).await?)
}

/// Somebody behind a number.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub id: ResidentId,
    /// Name, which prints itself masked.
    pub name: PersonName,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Building and unit.
    pub building: String,
    /// Name of the grid; empty when of none.
    pub grid: String,
    /// How often they came to what the number is about.
    pub visits: i64,
}

/// The people behind a number about `subject`, by pinyin, at most [`PEOPLE_MAX`]. Names are for those who manage residents: a district is refused.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn people(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    period: Period,
    subject: &Subject,
    number: Number,
) -> Result<Vec<Person>> {
    may(actor, Action::ManageResidents, community)?;
    let home = home_of(ctx, actor, community).await?;
    let conn = ctx.db.reader();
    let material = rows::material(conn, &home, period, period.span(&home.zone)).await?;
    let visits: BTreeMap<ResidentId, i64> = material.people(subject, number).into_iter().take(PEOPLE_MAX).collect();
    let ids: Vec<ResidentId> = visits.keys().copied().collect();
    let found = rows::people(conn, community, &ids).await?;
    Ok(found
        .into_iter()
        .map(|one| Person {
            visits: visits.get(&one.id).copied().unwrap_or_default(),
            id: one.id,
            name: PersonName::stored(one.name),
            birth_year: one.birth_year,
            building: one.building,
            grid: one.grid,
        })
        .collect())
}

/// Sessions, visits, people, households and needs of one community over a period.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn totals(ctx: &Context, actor: &Actor, community: CommunityId, period: Period) -> Result<Totals> {
    let span = period.span(&home_of(ctx, actor, community).await?.zone);
    let found = rows::totals(ctx.db.reader(), &[community], span).await?;
    Ok(found.get(&community).copied().unwrap_or_default())
}

/// The days of a period on which households were visited, or needs recorded or resolved: counts only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn care_days(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    period: Period,
) -> Result<BTreeMap<Date, CareDay>> {
    let home = home_of(ctx, actor, community).await?;
    Ok(rows::care_days(ctx.db.reader(), community, period.span(&home.zone), &home.zone).await?)
}

/// A month in the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrendMonth {
    /// Which.
    pub month: YearMonth,
    /// 人次.
    pub visits: i64,
    /// The part of it without a name.
    pub anonymous: i64,
    /// 人数.
    pub people: i64,
}

/// `month` and the eleven before it, oldest first.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn trend(ctx: &Context, actor: &Actor, community: CommunityId, month: YearMonth) -> Result<Vec<TrendMonth>> {
    let zone = home_of(ctx, actor, community).await?.zone;
    let conn = ctx.db.reader();
    let mut trend = Vec::with_capacity(TREND_MONTHS);
    let mut next = Some(month);
    while let (Some(month), true) = (next, trend.len() < TREND_MONTHS) {
        let span = month.period().span(&zone);
        let (visits, anonymous) = rows::visits(conn, community, span).await?;
        trend.push(TrendMonth {
            month,
            visits,
            anonymous,
            people: rows::people_count(conn, community, span).await?,
        });
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
    pub communities: Vec<(Community, Totals)>,
    /// All of them together. People of two communities are two people: residents are registered in one.
    pub total: Totals,
}

/// A subdistrict (街道) with its communities.
#[derive(Clone, Debug)]
pub struct Subdistrict {
    /// Its name; may be empty.
    pub name: String,
    /// Its communities.
    pub communities: Vec<(Community, Totals)>,
    /// All of them together.
    pub total: Totals,
}

impl District {
    /// The communities by subdistrict, in the order of their names.
    pub fn subdistricts(&self) -> Vec<Subdistrict> {
        let mut streets: BTreeMap<&str, Vec<(Community, Totals)>> = BTreeMap::new();
        for (community, totals) in &self.communities {
            let street = streets.entry(community.subdistrict.as_str()).or_default();
            street.push((community.clone(), *totals));
        }
        streets
            .into_iter()
            .map(|(name, communities)| Subdistrict {
                name: name.to_owned(),
                total: sum(&communities),
                communities,
            })
            .collect()
    }
}

fn sum(communities: &[(Community, Totals)]) -> Totals {
    communities.iter().fold(Totals::default(), |sum, (_, one)| Totals {
        sessions: sum.sessions + one.sessions,
        visits: sum.visits + one.visits,
        anonymous_visits: sum.anonymous_visits + one.anonymous_visits,
        people: sum.people + one.people,
        households: sum.households + one.households,
        needs_recorded: sum.needs_recorded + one.needs_recorded,
        needs_resolved: sum.needs_resolved + one.needs_resolved,
    })
}

/// The totals of every community the actor may read.
///
/// # Errors
/// [`Error::Forbidden`] when they may read none; [`Error::Storage`].
pub async fn district(ctx: &Context, actor: &Actor, period: Period) -> Result<District> {
    let mut readable = Vec::new();
    let mut refusal = None;
    for community in community::list(ctx).await? {
        match may(actor, Action::ReadReports, community.id) {
            Ok(()) => readable.push(community),
            Err(refused) => refusal = Some(refused),
        }
    }
    if let (true, Some(refused)) = (readable.is_empty(), refusal) {
        // Which community it is about does not matter: not even their own.
        return Err(Error::Forbidden(match refused {
            Refusal::OtherCommunity => Refusal::Role,
            refused => refused,
        }));
    }
    let mut zones: BTreeMap<String, (TimeZone, Vec<CommunityId>)> = BTreeMap::new();
    for community in &readable {
        let name = community.zone_name().to_owned();
        let (_, ids) = zones
            .entry(name)
            .or_insert_with(|| (community.zone.clone(), Vec::new()));
        ids.push(community.id);
    }
    let mut found = std::collections::HashMap::new();
    for (zone, ids) in zones.values() {
        found.extend(rows::totals(ctx.db.reader(), ids, period.span(zone)).await?);
    }
    let communities: Vec<(Community, Totals)> = readable
        .into_iter()
        .map(|community| {
            let totals = found.get(&community.id).copied().unwrap_or_default();
            (community, totals)
        })
        .collect();
    let total = sum(&communities);
    Ok(District {
        period,
        communities,
        total,
    })
}
