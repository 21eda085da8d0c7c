//! When a venue is free: the gaps between what stands, offered best first, each with its reasons.
//!
//! Older people come in the morning after the market and in the afternoon after the noon rest, so [`rank`] prefers sessions that lie
//! wholly between 9:00 and 11:00 or between 14:30 and 16:30, keeps off noon, and offers official days off and weekends last.
//! [`day_offers`] answers the same question for one weekday of many weeks: how often each time of day is free.

use jiff::civil::{Date, DateTime, Time, Weekday};

use super::calendar::{DayKind, HolidayCalendar};
use super::id::VenueId;
use super::proposal::minute_of_day;

/// Steps between the starts that are offered, minutes.
const STEP_MINUTES: i32 = 30;

/// The most starts offered per venue and day.
const MOST_PER_DAY: usize = 3;

/// The most days one question may look at.
pub const MOST_DAYS: usize = 62;

const GOOD_MORNING: (i32, i32) = (9 * 60, 11 * 60);
const GOOD_AFTERNOON: (i32, i32) = (14 * 60 + 30, 16 * 60 + 30);
const NOON_REST: (i32, i32) = (11 * 60 + 30, 14 * 60);

/// A venue as far as its time is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which.
    pub venue: VenueId,
    /// Opening, minutes after local midnight.
    pub opens_at_minute: i32,
    /// Closing, minutes after local midnight.
    pub closes_at_minute: i32,
    /// Minutes to clear between two sessions.
    pub clearing_minutes: i32,
    /// When it is taken, local time of the community; each end with its clearing minutes.
    pub busy: Vec<Busy>,
}

/// A stretch of time in which a venue is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Start.
    pub from: DateTime,
    /// End, clearing included.
    pub until: DateTime,
    /// By what, in words; empty when that is nobody's business (a pending proposal).
    pub title: String,
}

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
}

impl Reason {
    /// The name in JSON; the words are under `slot-reason-<name>`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GoodMorning => "good_morning",
            Self::GoodAfternoon => "good_afternoon",
            Self::NoonRest => "noon_rest",
            Self::Early => "early",
            Self::Late => "late",
            Self::Weekend => "weekend",
            Self::Holiday => "holiday",
            Self::MakeUpWorkday => "make_up_workday",
            Self::Provisional => "provisional",
            Self::EmptyDay => "empty_day",
        }
    }

    const fn points(self) -> i32 {
        match self {
            Self::GoodMorning => 40,
            Self::GoodAfternoon => 35,
            Self::EmptyDay => 3,
            Self::MakeUpWorkday => 0,
            Self::Provisional => -10,
            Self::Weekend | Self::Early => -15,
            Self::Late => -25,
            Self::NoonRest => -30,
            Self::Holiday => -60,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Length.
    pub duration_minutes: i32,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Nothing before this moment.
    pub not_before: DateTime,
}

/// The free slots of all `places`, best first; equally good ones in order of time. At most [`MOST_DAYS`] days are looked at.
pub fn rank(wish: Wish, places: &[Place], holidays: &HolidayCalendar) -> Vec<FreeSlot> {
    let mut slots = Vec::new();
    for date in wish
        .from
        .series(jiff::Span::new().days(1))
        .take(MOST_DAYS)
        .take_while(|date| *date <= wish.to)
    {
        for place in places {
            slots.extend(best_of_day(wish, place, date, holidays));
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

/// The best starts of one day that do not overlap one another.
fn best_of_day(wish: Wish, place: &Place, date: Date, holidays: &HolidayCalendar) -> Vec<FreeSlot> {
    let empty = !place
        .busy
        .iter()
        .any(|busy| busy.from.date() <= date && date <= busy.until.date());
    let mut found: Vec<FreeSlot> = starts_of(place, wish.duration_minutes)
        .filter_map(|minute| {
            let starts = at_minute(date, minute);
            let ends = at_minute(date, minute + wish.duration_minutes);
            let clear = at_minute(date, minute + wish.duration_minutes + place.clearing_minutes);
            let free = !place.busy.iter().any(|busy| busy.from < clear && starts < busy.until);
            (free && starts >= wish.not_before).then(|| {
                let mut reasons = time_reasons(minute, wish.duration_minutes);
                reasons.extend(day_reasons(date, holidays));
                if empty {
                    reasons.push(Reason::EmptyDay);
                }
                let points = reasons.iter().map(|reason| reason.points()).sum();
                FreeSlot {
                    venue: place.venue,
                    starts,
                    ends,
                    reasons,
                    points,
                }
            })
        })
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

/// Starts inside the opening hours, minutes after midnight.
fn starts_of(place: &Place, duration_minutes: i32) -> impl Iterator<Item = i32> {
    let first = (place.opens_at_minute + STEP_MINUTES - 1).div_euclid(STEP_MINUTES) * STEP_MINUTES;
    let last = place.closes_at_minute.min(24 * 60) - duration_minutes;
    (0..)
        .map(move |n| first + n * STEP_MINUTES)
        .take_while(move |minute| *minute <= last)
}

fn time_reasons(minute: i32, duration_minutes: i32) -> Vec<Reason> {
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

fn day_reasons(date: Date, holidays: &HolidayCalendar) -> Vec<Reason> {
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

/// A time of day on many dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOffer {
    /// Start.
    pub starts: Time,
    /// End.
    pub ends: Time,
    /// Dates on which it is free.
    pub free: usize,
    /// Dates on which it is taken.
    pub taken: usize,
    /// What takes it first, in words; empty when free throughout or nobody's business.
    pub taken_by: String,
}

/// The times of day that fit a session of `duration_minutes` in `place` on all of `dates`: the best free ones, and, between them,
/// stretches that are taken on every date. In order of time, at most six.
pub fn day_offers(place: &Place, dates: &[Date], duration_minutes: i32) -> Vec<DayOffer> {
    let mut candidates: Vec<(i32, DayOffer)> = starts_of(place, duration_minutes)
        .map(|minute| {
            let hits: Vec<&Busy> = dates
                .iter()
                .filter_map(|date| {
                    let starts = at_minute(*date, minute);
                    let clear = at_minute(*date, minute + duration_minutes + place.clearing_minutes);
                    place.busy.iter().find(|busy| busy.from < clear && starts < busy.until)
                })
                .collect();
            let points: i32 = time_reasons(minute, duration_minutes)
                .iter()
                .map(|reason| reason.points())
                .sum();
            let weight = points - 1000 * i32::try_from(hits.len()).unwrap_or(i32::MAX / 2000);
            let offer = DayOffer {
                starts: time_at(minute),
                ends: time_at(minute + duration_minutes),
                free: dates.len() - hits.len(),
                taken: hits.len(),
                taken_by: hits.first().map(|busy| busy.title.clone()).unwrap_or_default(),
            };
            (weight, offer)
        })
        .collect();
    candidates.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.starts.cmp(&b.1.starts)));
    let mut kept: Vec<DayOffer> = Vec::new();
    for (_, offer) in candidates {
        let end_of = |offer: &DayOffer| minute_of_day(offer.starts) + duration_minutes;
        let apart = kept
            .iter()
            .all(|other| end_of(&offer) <= minute_of_day(other.starts) || end_of(other) <= minute_of_day(offer.starts));
        if apart && kept.len() < 6 {
            kept.push(offer);
        }
    }
    kept.sort_by_key(|offer| offer.starts);
    kept
}

/// The moment `minute` minutes after local midnight of `date`; minutes of the next day run over.
fn at_minute(date: Date, minute: i32) -> DateTime {
    date.to_datetime(Time::midnight())
        .checked_add(jiff::Span::new().minutes(minute))
        .unwrap_or(DateTime::MAX)
}

/// The time of day, 24:00 shown as midnight.
fn time_at(minute: i32) -> Time {
    Time::midnight().wrapping_add(jiff::Span::new().minutes(minute))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime, time};
    use uuid::Uuid;

    use super::*;

    fn room(busy: Vec<Busy>) -> Place {
        Place {
            venue: VenueId(Uuid::from_u128(1)),
            opens_at_minute: 8 * 60,
            closes_at_minute: 18 * 60,
            clearing_minutes: 15,
            busy,
        }
    }

    fn busy(from: DateTime, until: DateTime) -> Busy {
        Busy {
            from,
            until,
            title: "棋牌小组".into(),
        }
    }

    fn week_from(from: Date, duration_minutes: i32) -> Wish {
        Wish {
            duration_minutes,
            from,
            to: from.checked_add(jiff::Span::new().days(6)).unwrap(),
            not_before: from.to_datetime(Time::midnight()),
        }
    }

    #[test]
    fn a_free_workday_morning_comes_first_and_noon_last() {
        let slots = rank(
            week_from(date(2026, 11, 23), 120),
            &[room(vec![])],
            HolidayCalendar::china(),
        );
        assert_eq!(slots[0].starts, datetime(2026, 11, 23, 9, 0, 0, 0));
        assert_eq!(slots[0].reasons, [Reason::GoodMorning, Reason::EmptyDay]);
        let first_afternoon = slots
            .iter()
            .position(|slot| slot.reasons.contains(&Reason::GoodAfternoon));
        assert_eq!(first_afternoon, Some(5), "five workday mornings stand before it");
        let worst = slots.last().unwrap();
        assert!(worst.reasons.contains(&Reason::NoonRest) && worst.reasons.contains(&Reason::Weekend));
    }

    #[test]
    fn nothing_is_offered_over_a_session_or_its_clearing_minutes() {
        let day = date(2026, 11, 24);
        let taken = busy(day.to_datetime(time(9, 0, 0, 0)), day.to_datetime(time(10, 15, 0, 0)));
        let wish = Wish {
            to: day,
            ..week_from(day, 60)
        };
        let slots = rank(wish, &[room(vec![taken.clone()])], HolidayCalendar::china());
        assert!(!slots.is_empty());
        for slot in &slots {
            let clear = slot.ends.checked_add(jiff::Span::new().minutes(15)).unwrap();
            assert!(clear <= taken.from || taken.until <= slot.starts, "{slot:?}");
            assert!(!slot.reasons.contains(&Reason::EmptyDay));
        }
        // 8:00 to 9:00 would have to be cleared while the session already runs.
        assert!(slots.iter().all(|slot| slot.starts.time() != time(8, 0, 0, 0)));
    }

    #[test]
    fn the_past_is_not_offered_and_the_venue_keeps_its_hours() {
        let day = date(2026, 11, 24);
        let wish = Wish {
            to: day,
            not_before: day.to_datetime(time(14, 40, 0, 0)),
            ..week_from(day, 90)
        };
        let slots = rank(wish, &[room(vec![])], HolidayCalendar::china());
        assert_eq!(slots[0].starts, day.to_datetime(time(15, 0, 0, 0)));
        assert!(slots.iter().all(|slot| slot.ends <= day.to_datetime(time(18, 0, 0, 0))));
        let too_long = Wish {
            duration_minutes: 601,
            ..wish
        };
        assert_eq!(rank(too_long, &[room(vec![])], HolidayCalendar::china()), []);
    }

    #[test]
    fn official_days_off_are_offered_after_every_other_day() {
        let slots = rank(
            week_from(date(2026, 10, 1), 120),
            &[room(vec![])],
            HolidayCalendar::china(),
        );
        let wish = Wish {
            to: date(2026, 10, 12),
            ..week_from(date(2026, 9, 28), 120)
        };
        assert!(slots.iter().all(|slot| slot.reasons.contains(&Reason::Holiday)));
        let longer = rank(wish, &[room(vec![])], HolidayCalendar::china());
        assert!(!longer[0].reasons.contains(&Reason::Holiday));
    }

    #[test]
    fn a_question_about_years_looks_at_two_months() {
        let wish = Wish {
            to: date(9999, 12, 30),
            ..week_from(date(2026, 1, 1), 60)
        };
        let slots = rank(wish, &[room(vec![])], HolidayCalendar::china());
        assert!(slots.len() <= MOST_DAYS * MOST_PER_DAY);
        let backwards = Wish {
            to: date(2025, 1, 1),
            ..wish
        };
        assert_eq!(rank(backwards, &[room(vec![])], HolidayCalendar::china()), []);
    }

    #[test]
    fn a_weekday_over_weeks_counts_free_and_taken_dates() {
        let tuesdays: Vec<Date> = date(2026, 12, 1).series(jiff::Span::new().days(7)).take(8).collect();
        let mut taken = vec![busy(
            datetime(2026, 12, 8, 15, 0, 0, 0),
            datetime(2026, 12, 8, 16, 15, 0, 0),
        )];
        for day in &tuesdays {
            taken.push(busy(
                day.to_datetime(time(16, 45, 0, 0)),
                day.to_datetime(time(18, 0, 0, 0)),
            ));
        }
        let offers = day_offers(&room(taken), &tuesdays, 120);
        let at = |hour, minute| {
            offers
                .iter()
                .find(|offer| offer.starts == time(hour, minute, 0, 0))
                .unwrap_or_else(|| panic!("no offer at {hour}:{minute}: {offers:?}"))
        };
        assert_eq!((at(9, 0).free, at(9, 0).taken), (8, 0));
        let afternoon = at(14, 30);
        assert_eq!((afternoon.free, afternoon.taken), (7, 1));
        assert_eq!(afternoon.taken_by, "棋牌小组");
        assert!(
            offers.windows(2).all(|pair| pair[0].ends <= pair[1].starts),
            "{offers:?}"
        );
    }
}
