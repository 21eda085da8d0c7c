//! How a span of time is put together from whole months of summary rows and the days left over at its ends.
//!
//! A summary month runs from midnight to midnight at UTC+8, whatever zone a community keeps, so that the month of a row follows from
//! its instant alone. Where the community's own month begins some hours earlier or later, those hours are read from the rows themselves:
//! added when the summary lacks them, subtracted when it has them too much.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::period::YearMonth;

/// The clock summary months go by: China's.
const CLOCK: Offset = Offset::constant(8);
/// An end of a span that lies less than this beyond a summary month still takes the whole month, and the rest back: no zone is further off.
const NEAR: SignedDuration = SignedDuration::from_hours(36);

/// From which instant (included) to which (excluded).
pub type Span = (Timestamp, Timestamp);

/// The summary months and the pieces of time that together make up a span.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// The first and the last whole month.
    pub months: Option<(YearMonth, YearMonth)>,
    /// What the months lack.
    pub add: Vec<Span>,
    /// What they have too much.
    pub subtract: Vec<Span>,
}

fn start(month: YearMonth) -> Option<Timestamp> {
    let first = Date::constant(month.year(), month.month(), 1).at(0, 0, 0, 0);
    CLOCK.to_timestamp(first).ok()
}

/// The summary month of an instant, its start, and the start of the next; none outside 2000 to 2100.
fn around(instant: Timestamp) -> Option<(YearMonth, Timestamp, YearMonth, Timestamp)> {
    let date = instant.to_zoned(TimeZone::fixed(CLOCK)).date();
    let month = YearMonth::containing(date)?;
    let next = month.next()?;
    Some((month, start(month)?, next, start(next)?))
}

impl Cover {
    /// What makes up the time from `from` (included) to `to` (excluded).
    pub fn of((from, to): Span) -> Self {
        if from >= to {
            return Self::default();
        }
        let pieces = Self {
            add: vec![(from, to)],
            ..Self::default()
        };
        let (Some(first), Some(last)) = (around(from), around(to)) else {
            return pieces;
        };
        let (begin, begins_at) = if from.duration_since(first.1) <= NEAR {
            (first.0, first.1)
        } else {
            (first.2, first.3)
        };
        // The month after the last whole one.
        let (end, ends_at) = if last.3.duration_since(to) <= NEAR {
            (last.2, last.3)
        } else {
            (last.0, last.1)
        };
        let Some(last_month) = end.previous().filter(|last| *last >= begin) else {
            return pieces;
        };
        let mut cover = Self {
            months: Some((begin, last_month)),
            ..Self::default()
        };
        cover.piece(begins_at, from, false);
        cover.piece(ends_at, to, true);
        cover
    }

    /// The time between a month's edge and an end of the span.
    fn piece(&mut self, edge: Timestamp, wanted: Timestamp, at_end: bool) {
        let (early, late) = (edge.min(wanted), edge.max(wanted));
        if early == late {
        } else if (edge < wanted) == at_end {
            self.add.push((early, late));
        } else {
            self.subtract.push((early, late));
        }
    }

    /// Whether whole months are all it takes; which.
    pub fn whole(&self) -> Option<(YearMonth, YearMonth)> {
        self.months.filter(|_| self.add.is_empty() && self.subtract.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::period::Period;

    fn span(first: &str, last: &str, zone: &str) -> Span {
        let zone = TimeZone::get(zone).expect("a zone");
        Period::new(first.parse().expect("a date"), last.parse().expect("a date"))
            .expect("a period")
            .span(&zone)
    }

    fn months(first: &str, last: &str) -> (YearMonth, YearMonth) {
        (first.parse().expect("a month"), last.parse().expect("a month"))
    }

    #[test]
    fn months_in_china_are_summary_months() {
        let cover = Cover::of(span("2026-07-01", "2026-09-30", "Asia/Shanghai"));
        assert_eq!(cover.whole(), Some(months("2026-07", "2026-09")));
    }

    #[test]
    fn a_range_takes_whole_months_and_adds_its_ends() {
        let cover = Cover::of(span("2026-06-20", "2026-09-10", "Asia/Shanghai"));
        assert_eq!(cover.months, Some(months("2026-07", "2026-08")));
        assert_eq!((cover.add.len(), cover.subtract.len()), (2, 0));
        let short = Cover::of(span("2026-06-20", "2026-07-10", "Asia/Shanghai"));
        assert_eq!((short.months, short.add.len()), (None, 1));
    }

    #[test]
    fn a_month_elsewhere_gives_back_the_hours_that_are_not_its_own() {
        let cover = Cover::of(span("2026-11-01", "2026-11-30", "America/New_York"));
        assert_eq!(cover.months, Some(months("2026-11", "2026-11")));
        assert_eq!((cover.add.len(), cover.subtract.len()), (1, 1));
        let hours = |(from, to): Span| to.duration_since(from).as_hours();
        assert_eq!((hours(cover.subtract[0]), hours(cover.add[0])), (12, 13));
    }

    proptest! {
        #[test]
        fn every_instant_is_counted_once_inside_and_not_at_all_outside(
            from in 946_000_000i64..4_130_000_000, hours in 0i64..30_000, probe in -200i64..30_200,
        ) {
            let at = |second| Timestamp::from_second(second).expect("an instant");
            let span = (at(from), at(from + hours * 3_600));
            let cover = Cover::of(span);
            let probe = at(from + probe * 3_600);
            let inside = |(from, to): Span| i32::from(from <= probe && probe < to);
            let in_months = cover.months.map_or(0, |(first, last)| {
                let ends = start(last.next().expect("a month")).expect("an instant");
                inside((start(first).expect("an instant"), ends))
            });
            let added: i32 = cover.add.iter().copied().map(inside).sum();
            let taken: i32 = cover.subtract.iter().copied().map(inside).sum();
            prop_assert_eq!(in_months + added - taken, inside(span));
        }
    }
}
