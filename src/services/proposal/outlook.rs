//! Looking before asking: how often each time of day is free, and which dates a wish would mean.

use std::collections::HashMap;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Timestamp, ToSpan};

use super::dates::{LOOK_AHEAD_DAYS, without_others_titles};
use super::{Context, Error, Result, community_of, seen_by};
use crate::domain::access::Actor;
use crate::domain::calendar::{HolidayCalendar, resolve};
use crate::domain::community::{Community, Venue};
use crate::domain::id::{CommunityId, ProposalId, VenueId};
use crate::domain::planning::day_offer::{Busy, DayOffer, Place, day_offers};
use crate::domain::proposal::{MOST_HELD, Pace, first_on};
use crate::domain::recurrence::{HolidayPolicy, Recurrence, Window};
use crate::storage::{self, Connection};

/// What a partner has in mind: everything but the time of day.
#[derive(Clone, Copy, Debug)]
pub struct OutlookWish {
    /// Where.
    pub venue_id: VenueId,
    /// How often.
    pub pace: Pace,
    /// On which day of the week.
    pub weekday: Weekday,
    /// Not before this day.
    pub from: Date,
    /// How many times, 1 to [`MOST_HELD`].
    pub times: usize,
    /// How long.
    pub duration_minutes: i32,
    /// A proposal of the partner's own whose held dates do not stand in its way.
    pub own: Option<ProposalId>,
}

/// How a date of a wish stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DateState {
    /// It can be had.
    Free,
    /// It is taken, by what; empty when that is nobody else's business.
    Taken(String),
    /// It falls out for a holiday.
    Skipped(String),
}

/// What a wish would mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// Times of day with how often each is free.
    pub offers: Vec<DayOffer>,
    /// The first start at the time that was picked; none when no time was, or no date is to be had.
    pub starts: Option<DateTime>,
    /// The rule that yields the dates; none for a single one.
    pub rule: Option<String>,
    /// Every date up to the last one, in order.
    pub dates: Vec<(Date, DateState)>,
}

impl Outlook {
    /// Dates that can be had.
    pub fn free(&self) -> usize {
        self.dates.iter().filter(|(_, state)| *state == DateState::Free).count()
    }
}

/// Which times of day are free for a wish and, when a time is picked, its dates one by one. Days off are left out.
///
/// # Errors
/// When the actor may not propose or decide, or the venue does not exist.
pub async fn outlook(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    wish: OutlookWish,
    time: Option<Time>,
) -> Result<Outlook> {
    seen_by(actor, community)?;
    let db = ctx.db.reader();
    let home = community_of(db, community).await?;
    let venue = storage::community::venues(db, community)
        .await?
        .into_iter()
        .find(|venue| venue.id == wish.venue_id)
        .ok_or_else(|| Error::not_found("venue", wish.venue_id))?;
    let now = ctx.now().to_zoned(home.zone.clone()).datetime();
    let from = first_on(wish.weekday, wish.from.max(now.date()));
    let times = match wish.pace {
        Pace::Once => 1,
        _ => wish.times.clamp(1, MOST_HELD),
    };
    let (kept, skipped) = days(wish.pace, from, times, &home, &ctx.holidays());
    let last = kept.last().copied().unwrap_or(from);
    let own = match wish.own {
        Some(id) => storage::proposal::held(db, community, id).await?,
        None => Vec::new(),
    };
    let span = (
        from.to_datetime(Time::midnight()),
        last.saturating_add(1.day()).to_datetime(Time::midnight()),
    );
    let mut taken = taken(db, &home, std::slice::from_ref(&venue), span, &own).await?;
    let place = place(&venue, taken.remove(&venue.id).unwrap_or_default());
    let offers = day_offers(&place, &kept, wish.duration_minutes);
    let Some((time, first)) = time.zip(kept.first().copied()) else {
        return Ok(Outlook {
            offers,
            starts: None,
            rule: None,
            dates: Vec::new(),
        });
    };
    let clearing = i64::from(wish.duration_minutes + venue.clearing_minutes);
    let state = |date: Date| {
        let starts = date.to_datetime(time);
        let clear = starts.saturating_add(clearing.minutes());
        match place.busy.iter().find(|busy| busy.from < clear && starts < busy.until) {
            None => DateState::Free,
            Some(busy) => DateState::Taken(busy.title.clone()),
        }
    };
    let mut dates: Vec<(Date, DateState)> = kept.iter().map(|date| (*date, state(*date))).collect();
    let before_last = skipped.into_iter().filter(|(date, _)| *date < last);
    dates.extend(before_last.map(|(date, name)| (date, DateState::Skipped(name))));
    dates.sort_by_key(|(date, _)| *date);
    Ok(Outlook {
        offers,
        starts: Some(first.to_datetime(time)),
        // COUNT counts what the rule yields, days off included; from the first day that is held.
        rule: wish
            .pace
            .rule(first, dates.iter().filter(|(date, _)| *date >= first).count()),
        dates,
    })
}

/// The first `times` days of a pace from its first day on which are no days off, and the days off between.
fn days(
    pace: Pace,
    from: Date,
    times: usize,
    home: &Community,
    holidays: &HolidayCalendar,
) -> (Vec<Date>, Vec<(Date, String)>) {
    let recurrence = Recurrence {
        start: from.to_datetime(Time::midnight()),
        zone: home.zone.clone(),
        rule: pace.rule(from, times + 60).and_then(|rule| rule.parse().ok()),
        extra: Vec::new(),
        excluded: Vec::new(),
        holiday_policy: if pace == Pace::Once {
            HolidayPolicy::Hold
        } else {
            HolidayPolicy::Skip
        },
    };
    let window = Window {
        from: recurrence.start,
        to: recurrence.start.saturating_add((LOOK_AHEAD_DAYS * 6).days()),
    };
    let expansion = recurrence.occurrences(window, times, holidays).unwrap_or_default();
    (
        expansion
            .occurrences
            .iter()
            .map(|occurrence| occurrence.original.date())
            .collect(),
        expansion
            .skipped
            .into_iter()
            .map(|(at, name)| (at.date(), name))
            .collect(),
    )
}

fn place(venue: &Venue, busy: Vec<Busy>) -> Place {
    Place {
        venue: venue.id,
        opens_at_minute: venue.opens_at_minute,
        closes_at_minute: venue.closes_at_minute,
        clearing_minutes: venue.clearing_minutes,
        busy,
    }
}

/// What takes each of these venues within a span of local time, but for the starts in `own`.
async fn taken(
    db: &impl Connection,
    home: &Community,
    venues: &[Venue],
    (from, to): (DateTime, DateTime),
    own: &[Timestamp],
) -> Result<HashMap<VenueId, Vec<Busy>>> {
    let ids: Vec<VenueId> = venues.iter().map(|venue| venue.id).collect();
    let (from, to) = (
        resolve(from, &home.zone).timestamp(),
        resolve(to, &home.zone).timestamp(),
    );
    let rows = storage::booking::busy(db, home.id, &ids, &[], from, to).await?;
    let local = |at: Timestamp| at.to_zoned(home.zone.clone()).datetime();
    let mut found: HashMap<VenueId, Vec<Busy>> = HashMap::new();
    for shut in storage::closure::shut(db, home.id, from).await? {
        let venue = venues.iter().find(|venue| venue.id == shut.venue_id);
        let clearing = venue.map_or(0, |venue| i64::from(venue.clearing_minutes));
        let (from, until) = (local(shut.from), local(shut.to));
        found.entry(shut.venue_id).or_default().push(Busy {
            // A venue may be cleared while it is shut already.
            from: Some(from.saturating_add(clearing.minutes()))
                .filter(|later| *later < until)
                .unwrap_or(from),
            until,
            title: shut.reason,
        });
    }
    for busy in without_others_titles(rows) {
        let Some(venue) = busy.venue_id else { continue };
        if busy.by.is_none() && own.contains(&busy.starts_at) {
            continue;
        }
        found.entry(venue).or_default().push(Busy {
            from: local(busy.starts_at),
            until: local(busy.clear_at),
            title: busy.title,
        });
    }
    Ok(found)
}
