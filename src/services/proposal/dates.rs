//! The dates a proposal means, and what stands in their way.

use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::domain::calendar::HolidayCalendar;
use crate::domain::id::CommunityId;
use crate::domain::planning::{Busy, Clash, Conditions, Slot, Timetable, end_of};
use crate::domain::proposal::{MOST_HELD, Offer};
use crate::domain::recurrence::{Recurrence, Rule, RuleError, Window};
use crate::services::Result;
use crate::storage::{self, Connection};

/// How far ahead a proposal's dates are looked at, days.
pub(super) const LOOK_AHEAD_DAYS: i64 = 400;

/// The dates of an offer, at most [`MOST_HELD`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    /// Starts, wall clock, in order.
    pub starts: Vec<DateTime>,
    /// The starts that the rule says, before the holiday policy moved them; one for each date.
    pub originals: Vec<DateTime>,
    /// The same with their ends and the place, as planning takes them.
    pub slots: Vec<Slot>,
    /// Dates that fall out for a holiday, with its name.
    pub skipped: Vec<(DateTime, String)>,
    /// Whether there are more than these.
    pub more: bool,
}

/// The offer's dates cannot be told.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The rule cannot be read or expanded.
    Rule(RuleError),
    /// A date runs past midnight.
    Midnight,
}

impl Dates {
    /// The dates of `offer` from `from` on.
    ///
    /// # Errors
    /// [`crate::services::Error::State`] for an offer that was stored with a rule this program cannot read.
    pub fn of(offer: &Offer, zone: &TimeZone, from: DateTime, holidays: &HolidayCalendar) -> Result<Self> {
        Self::try_of(offer, zone, from, holidays).map_err(|_| crate::services::Error::State { code: "proposal-rule" })
    }

    pub(super) fn try_of(
        offer: &Offer,
        zone: &TimeZone,
        from: DateTime,
        holidays: &HolidayCalendar,
    ) -> std::result::Result<Self, Trouble> {
        let rule: Option<Rule> = offer
            .rule
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(Trouble::Rule)?;
        let recurrence = Recurrence {
            start: offer.starts,
            zone: zone.clone(),
            rule,
            extra: Vec::new(),
            excluded: Vec::new(),
            holiday_policy: offer.holiday_policy,
        };
        let from = from.max(offer.starts.saturating_sub(31.days()));
        let window = Window {
            from,
            to: from.max(offer.starts).saturating_add(LOOK_AHEAD_DAYS.days()),
        };
        let expansion = recurrence
            .occurrences(window, MOST_HELD, holidays)
            .map_err(Trouble::Rule)?;
        let mut dates = Dates {
            more: expansion.truncated,
            ..Dates::default()
        };
        for occurrence in &expansion.occurrences {
            let starts = occurrence.starts.datetime();
            let (starts_at, ends_at) = end_of(starts, offer.duration_minutes, zone).ok_or(Trouble::Midnight)?;
            dates.starts.push(starts);
            dates.originals.push(occurrence.original);
            dates.slots.push(Slot {
                venue_id: offer.venue_id,
                facilitator_id: offer.facilitator_id,
                starts_at,
                ends_at,
                capacity: offer.capacity,
            });
        }
        let last = dates.starts.last().copied();
        dates.skipped = expansion
            .skipped
            .into_iter()
            .filter(|(at, _)| !dates.more || last.is_some_and(|last| *at <= last))
            .collect();
        Ok(dates)
    }

    /// Whether one date begins before the one before it is cleared away.
    pub(super) fn overlap_themselves(&self, conditions: &Conditions) -> bool {
        self.slots
            .windows(2)
            .any(|pair| pair[1].starts_at < conditions.clear_at(pair[0].venue_id, pair[0].ends_at))
    }
}

/// What is taken around these dates.
pub(super) async fn timetable(
    db: &impl Connection,
    community: CommunityId,
    dates: &Dates,
    conditions: &Conditions,
) -> Result<Vec<Busy>> {
    let (Some(first), Some(last)) = (dates.slots.first(), dates.slots.last()) else {
        return Ok(Vec::new());
    };
    let facilitators: Vec<_> = first.facilitator_id.into_iter().collect();
    Ok(storage::booking::busy(
        db,
        community,
        &[first.venue_id],
        &facilitators,
        first.starts_at,
        conditions.clear_at(last.venue_id, last.ends_at),
    )
    .await?)
}

/// The dates that are free and, for the others, what stands in their way.
pub(super) fn sort_out(dates: &Dates, conditions: &Conditions, taken: Vec<Busy>) -> (Vec<Slot>, Vec<Clash>) {
    let timetable = Timetable::new(taken);
    let mut free = Vec::new();
    let mut clashes = Vec::new();
    for slot in &dates.slots {
        // One date may be in the way of two: the first thing found says enough.
        match conditions.clashes(slot, &timetable).into_iter().next() {
            None => free.push(slot.clone()),
            Some(clash) => clashes.push(clash),
        }
    }
    (free, clashes)
}

/// Takes the titles off what proposals hold: what one partner asks for is not another's business.
pub(super) fn without_others_titles(taken: Vec<Busy>) -> Vec<Busy> {
    taken
        .into_iter()
        .map(|busy| match busy.by {
            Some(_) => busy,
            None => Busy {
                title: String::new(),
                ..busy
            },
        })
        .collect()
}
