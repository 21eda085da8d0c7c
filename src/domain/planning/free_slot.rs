//! Where and when something new can stand: the gaps between what stands, offered best first, each with its reasons.
//!
//! Older people come in the morning after the market and in the afternoon after the noon rest, so [`rank`] prefers sessions that lie
//! wholly between 9:00 and 11:00 or between 14:30 and 16:30, keeps off noon, and offers official days off and weekends last. What can
//! stand at all is decided by [`Conditions::clashes`], as for everything that is planned.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::audience::Gathering;
use super::venue_wish::VenueWish;
use super::weekdays::Weekdays;
use super::{Conditions, Slot, Timetable, end_of, named};
use crate::domain::calendar::{DayKind, HolidayCalendar, resolve};
use crate::domain::community::Venue;
use crate::domain::id::{FacilitatorId, VenueId};

/// Steps between the starts that are offered, minutes.
pub(super) const STEP_MINUTES: i32 = 30;

/// The most starts offered per venue and day.
const MOST_PER_DAY: usize = 3;

/// The most days one question may look at.
pub const MOST_DAYS: usize = 62;

const GOOD_MORNING: (i32, i32) = (9 * 60, 11 * 60);
const GOOD_AFTERNOON: (i32, i32) = (14 * 60 + 30, 16 * 60 + 30);
const NOON_REST: (i32, i32) = (11 * 60 + 30, 14 * 60);

/// Why a slot is offered, or why it is not offered first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Between 9:00 and 11:00, when most people come.
    GoodMorning,
    /// Between 14:30 and 16:30, after the noon rest.
    GoodAfternoon,
    /// Reaches into the noon rest, 11:30 to 14:00.
    NoonRest,
    /// Before 8:30.
    Early,
    /// Ends after 18:00.
    Late,
    /// Saturday or Sunday.
    Weekend,
    /// An official day off.
    Holiday,
    /// A weekend day on which offices work.
    MakeUpWorkday,
    /// Its year's holidays are not announced yet, and it lies near a usual one.
    Provisional,
    /// Nothing else in this venue on that day.
    EmptyDay,
    /// At the time of day that was wished.
    PreferredTime,
    /// The same people are asked for elsewhere at that time.
    SameAudience,
    /// Everybody has a seat, and no large hall stands half empty.
    RightSize,
    /// The venue has everything that is needed.
    Equipped,
    /// Whoever leads it is free.
    LeaderFree,
}

named! { Reason {
    GoodMorning => "good_morning",
    GoodAfternoon => "good_afternoon",
    NoonRest => "noon_rest",
    Early => "early",
    Late => "late",
    Weekend => "weekend",
    Holiday => "holiday",
    MakeUpWorkday => "make_up_workday",
    Provisional => "provisional",
    EmptyDay => "empty_day",
    PreferredTime => "preferred_time",
    SameAudience => "same_audience",
    RightSize => "right_size",
    Equipped => "equipped",
    LeaderFree => "leader_free",
} }

impl Reason {
    /// What it counts: above zero for a slot, below against it.
    pub(super) const fn points(self) -> i32 {
        match self {
            Self::GoodMorning => 40,
            Self::GoodAfternoon => 35,
            Self::PreferredTime => 20,
            Self::RightSize => 5,
            Self::EmptyDay => 3,
            Self::MakeUpWorkday | Self::Equipped | Self::LeaderFree => 0,
            Self::Provisional => -10,
            Self::Weekend | Self::Early => -15,
            Self::Late => -25,
            Self::NoonRest => -30,
            Self::SameAudience => -45,
            Self::Holiday => -60,
        }
    }

    /// Whether it speaks against the slot.
    pub fn is_drawback(self) -> bool {
        self.points() < 0
    }
}

/// A part of the day that is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartOfDay {
    /// Ends by noon.
    Morning,
    /// From noon to six.
    Afternoon,
    /// Begins at six or later.
    Evening,
}

named! { PartOfDay {
    Morning => "morning",
    Afternoon => "afternoon",
    Evening => "evening",
} }

impl PartOfDay {
    /// Whether a session from `minute` on lies wholly in it.
    pub fn holds(self, minute: i32, duration_minutes: i32) -> bool {
        let end = minute + duration_minutes;
        match self {
            Self::Morning => end <= 12 * 60,
            Self::Afternoon => 12 * 60 <= minute && end <= 18 * 60,
            Self::Evening => 18 * 60 <= minute,
        }
    }
}

/// A free slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeSlot {
    /// Where.
    pub venue: VenueId,
    /// Start, local time.
    pub starts: DateTime,
    /// End, local time.
    pub ends: DateTime,
    /// Why it stands where it stands in the list.
    pub reasons: Vec<Reason>,
    /// The higher, the better; only the order means something.
    pub points: i32,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Length.
    pub duration_minutes: i32,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Only on these days of the week.
    pub weekdays: Weekdays,
    /// Nothing before this moment.
    pub not_before: DateTime,
    /// What the venue must have.
    pub place: VenueWish,
    /// Who must be free as well.
    pub facilitator_id: Option<FacilitatorId>,
    /// For whom it is; nothing when that is not said.
    pub audience: String,
    /// The preferred part of the day.
    pub preferred: Option<PartOfDay>,
}

impl Wish {
    /// A wish for a length between two days, and nothing else.
    pub fn for_minutes(duration_minutes: i32, from: Date, to: Date) -> Self {
        Self {
            duration_minutes,
            from,
            to,
            weekdays: Weekdays::ALL,
            not_before: DateTime::MIN,
            place: VenueWish::default(),
            facilitator_id: None,
            audience: String::new(),
            preferred: None,
        }
    }

    /// The days that are looked at: at most [`MOST_DAYS`] from the first on.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        let (to, weekdays) = (self.to, self.weekdays);
        self.from
            .series(jiff::Span::new().days(1))
            .take(MOST_DAYS)
            .take_while(move |date| *date <= to)
            .filter(move |date| weekdays.contains(date.weekday()))
    }
}

/// The free slots of all venues that suit, best first; equally good ones in order of time, then of their venues' ids.
pub fn rank(
    wish: &Wish,
    conditions: &Conditions,
    timetable: &Timetable,
    gatherings: &[Gathering],
    holidays: &HolidayCalendar,
) -> Vec<FreeSlot> {
    let mut venues: Vec<&Venue> = conditions
        .venues
        .values()
        .filter(|venue| wish.place.suits(venue))
        .collect();
    venues.sort_by_key(|venue| venue.id);
    let mut slots = Vec::new();
    for venue in venues {
        let look = Look {
            wish,
            conditions,
            venue,
            timetable: timetable.around(venue.id, wish.facilitator_id),
            gatherings,
            holidays,
        };
        let full = look.days_in_use();
        for date in wish.days() {
            slots.extend(look.best_of_day(date, !full.contains(&date)));
        }
    }
    slots.sort_by(|a, b| {
        b.points
            .cmp(&a.points)
            .then(a.starts.cmp(&b.starts))
            .then(a.venue.cmp(&b.venue))
    });
    slots
}

/// One venue being looked at.
struct Look<'a> {
    wish: &'a Wish,
    conditions: &'a Conditions,
    venue: &'a Venue,
    /// What takes this venue or the facilitator.
    timetable: Timetable,
    gatherings: &'a [Gathering],
    holidays: &'a HolidayCalendar,
}

impl Look<'_> {
    fn local(&self, at: Timestamp) -> DateTime {
        at.to_zoned(self.conditions.zone.clone()).datetime()
    }

    /// The days on which something takes the venue.
    fn days_in_use(&self) -> HashSet<Date> {
        self.timetable
            .spans()
            .iter()
            .filter(|busy| busy.venue_id == Some(self.venue.id))
            .flat_map(|busy| [self.local(busy.starts_at).date(), self.local(busy.clear_at).date()])
            .collect()
    }

    /// The best starts of one day that do not overlap one another.
    fn best_of_day(&self, date: Date, empty: bool) -> Vec<FreeSlot> {
        let first = self.venue.opens_at_minute;
        let last = self.venue.closes_at_minute.min(24 * 60) - self.wish.duration_minutes;
        let on_day = day_reasons(date, self.holidays);
        let mut found: Vec<FreeSlot> = minutes(first, last, STEP_MINUTES)
            .filter_map(|minute| self.slot_at(date, minute, &on_day, empty))
            .collect();
        found.sort_by(|a, b| b.points.cmp(&a.points).then(a.starts.cmp(&b.starts)));
        let mut kept: Vec<FreeSlot> = Vec::new();
        for slot in found {
            if kept.len() < MOST_PER_DAY && kept.iter().all(|k| slot.ends <= k.starts || k.ends <= slot.starts) {
                kept.push(slot);
            }
        }
        kept
    }

    fn slot_at(&self, date: Date, minute: i32, on_day: &[Reason], empty: bool) -> Option<FreeSlot> {
        let wish = self.wish;
        let starts = start_on(date, minute)?;
        if starts < wish.not_before {
            return None;
        }
        let zone = &self.conditions.zone;
        let (starts_at, ends_at) = end_of(starts, wish.duration_minutes, zone)?;
        // A start the clock jumps over is no start.
        if resolve(starts, zone).datetime() != starts {
            return None;
        }
        let slot = Slot {
            venue_id: self.venue.id,
            facilitator_id: wish.facilitator_id,
            starts_at,
            ends_at,
            capacity: wish.place.people,
        };
        if !self.conditions.clashes(&slot, &self.timetable).is_empty() {
            return None;
        }
        let mut reasons = time_reasons(minute, wish.duration_minutes);
        if wish
            .preferred
            .is_some_and(|part| part.holds(minute, wish.duration_minutes))
        {
            reasons.push(Reason::PreferredTime);
        }
        if self
            .gatherings
            .iter()
            .any(|other| other.asks_for(&wish.audience, starts_at, ends_at))
        {
            reasons.push(Reason::SameAudience);
        }
        reasons.extend(on_day);
        if empty {
            reasons.push(Reason::EmptyDay);
        }
        if wish
            .place
            .people
            .is_some_and(|people| is_right_size(people, self.venue))
        {
            reasons.push(Reason::RightSize);
        }
        if !wish.place.needs.is_empty() {
            reasons.push(Reason::Equipped);
        }
        if wish.facilitator_id.is_some() {
            reasons.push(Reason::LeaderFree);
        }
        Some(FreeSlot {
            venue: self.venue.id,
            starts,
            ends: self.local(ends_at),
            points: reasons.iter().map(|reason| reason.points()).sum(),
            reasons,
        })
    }
}

/// The whole multiples of `step` from `first` to `last`, both included.
pub(super) fn minutes(first: i32, last: i32, step: i32) -> impl Iterator<Item = i32> {
    let step = step.max(1);
    let from = (first + step - 1).div_euclid(step) * step;
    (from..=last).step_by(usize::try_from(step).unwrap_or(1))
}

/// The wall clock `minute` minutes after midnight; none on another day.
pub(super) fn start_on(date: Date, minute: i32) -> Option<DateTime> {
    let hour = i8::try_from(minute.div_euclid(60)).ok()?;
    let minute = i8::try_from(minute.rem_euclid(60)).ok()?;
    Some(date.to_datetime(Time::new(hour, minute, 0, 0).ok()?))
}

/// Whether a venue has a seat for everybody without being more than twice as large.
pub(super) fn is_right_size(people: i32, venue: &Venue) -> bool {
    people <= venue.capacity && venue.capacity <= people.saturating_mul(2)
}

/// What speaks for and against a time of day.
pub(super) fn time_reasons(minute: i32, duration_minutes: i32) -> Vec<Reason> {
    let end = minute + duration_minutes;
    let within = |(from, to): (i32, i32)| from <= minute && end <= to;
    let touches = |(from, to): (i32, i32)| minute < to && from < end;
    let mut reasons = Vec::new();
    if within(GOOD_MORNING) {
        reasons.push(Reason::GoodMorning);
    }
    if within(GOOD_AFTERNOON) {
        reasons.push(Reason::GoodAfternoon);
    }
    if touches(NOON_REST) {
        reasons.push(Reason::NoonRest);
    }
    if minute < 8 * 60 + 30 {
        reasons.push(Reason::Early);
    }
    if end > 18 * 60 {
        reasons.push(Reason::Late);
    }
    reasons
}

/// What speaks for and against a day.
pub(super) fn day_reasons(date: Date, holidays: &HolidayCalendar) -> Vec<Reason> {
    let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let mut reasons = match holidays.day(date) {
        DayKind::Holiday(_) => vec![Reason::Holiday],
        DayKind::MakeUpWorkday(_) => vec![Reason::MakeUpWorkday],
        DayKind::Ordinary if weekend => vec![Reason::Weekend],
        DayKind::Ordinary => Vec::new(),
    };
    if holidays.is_provisional(date) {
        reasons.push(Reason::Provisional);
    }
    reasons
}

/// The best slots with no more than `per_day` of one day, so that there is a choice of days.
pub fn spread(slots: Vec<FreeSlot>, per_day: usize) -> Vec<FreeSlot> {
    let mut seen: HashMap<Date, usize> = HashMap::new();
    slots
        .into_iter()
        .filter(|slot| {
            let count = seen.entry(slot.starts.date()).or_default();
            *count += 1;
            *count <= per_day
        })
        .collect()
}

#[cfg(test)]
mod tests;
