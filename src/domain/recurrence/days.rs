//! Which days a rule selects, one period of it at a time.
//!
//! Days are numbers: days since 1970-01-01. A rule's periods are numbered too, so that the period a day lies in
//! is found by division, however far it is from the start. Within a month the days are the bits of a word, and every
//! BY part is a mask over it.

use super::rule::{Frequency, Rule};

/// Days since 1970-01-01.
pub(super) type Day = i64;

/// The last day looked at, 9999-12-29: with any offset its times still are timestamps jiff can hold.
pub(super) const LAST_DAY: Day = 2_932_894;

/// The number of a Gregorian day, by Howard Hinnant's well-known arithmetic over 400-year eras.
pub(super) const fn day_number(year: i64, month: i64, day: i64) -> Day {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let year_of_era = shifted - era * 400;
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day number; the inverse of [`day_number`].
pub(super) const fn civil_date(day: Day) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

/// Days after Monday, 0 to 6.
pub(super) const fn weekday_of(day: Day) -> i64 {
    (day + 3).rem_euclid(7)
}

/// How many days a month has.
pub(super) const fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    /// One day: a daily rule without filters.
    Day,
    /// A calendar month of which single days are taken: a daily rule with filters.
    FilteredMonth,
    /// Seven days from WKST.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year whose months are looked at one by one.
    YearByMonths,
    /// A calendar year with parts that need the year as a whole: BYYEARDAY, BYWEEKNO, BYDAY numbered in the year.
    WholeYear,
}

/// The days a rule selects.
pub(super) struct Days<'r> {
    rule: &'r Rule,
    period: Period,
    /// Number of the period the start lies in.
    first: i64,
    /// Periods from one to the next that counts.
    stride: i64,
    /// The day of the start.
    start: Day,
    /// BYMONTH or what the start implies; all twelve bits when any month will do.
    months: u16,
    /// BYMONTHDAY or what the start implies; 0 when any day will do.
    of_month: u32,
    of_month_back: u32,
    /// BYDAY or what the start implies; 0 when any weekday will do.
    weekdays: u8,
    /// Whether numbered weekdays count within the month (rather than the year).
    nth_in_month: bool,
}

const ALL_MONTHS: u16 = 0x1ffe;

impl<'r> Days<'r> {
    /// Fills in what the rule leaves to the start: "information not contained in the rule" of RFC 5545 §3.3.10.
    pub(super) fn new(rule: &'r Rule, start_day: Day) -> Self {
        let (year, month, day) = civil_date(start_day);
        let mut days = Self {
            rule,
            period: Period::Day,
            first: 0,
            stride: rule.interval,
            start: start_day,
            months: if rule.months == 0 { ALL_MONTHS } else { rule.months },
            of_month: rule.month_days,
            of_month_back: rule.month_days_back,
            weekdays: rule.weekdays,
            nth_in_month: rule.frequency == Frequency::Monthly || rule.months != 0,
        };
        let says_day = rule.has_by_day() || rule.has_by_month_day();
        let says_year_day = !rule.year_days.is_empty();
        days.period = match rule.frequency {
            Frequency::Yearly => {
                if !says_day && !says_year_day {
                    if rule.week_numbers.is_empty() {
                        days.of_month = 1 << (day - 1);
                        if rule.months == 0 {
                            days.months = 1 << month;
                        }
                    } else {
                        days.weekdays = 1 << weekday_of(start_day);
                    }
                }
                let nth_in_year = !rule.nth_weekdays.is_empty() && !days.nth_in_month;
                if says_year_day || !rule.week_numbers.is_empty() || nth_in_year {
                    Period::WholeYear
                } else {
                    Period::YearByMonths
                }
            }
            Frequency::Monthly => {
                if !says_day {
                    days.of_month = 1 << (day - 1);
                }
                Period::Month
            }
            Frequency::Weekly => {
                if !rule.has_by_day() {
                    days.weekdays = 1 << weekday_of(start_day);
                }
                Period::Week
            }
            Frequency::Daily if !says_day && rule.months == 0 => Period::Day,
            Frequency::Daily => Period::FilteredMonth,
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {
                // Their interval is a matter of the times within the days.
                days.stride = 1;
                if says_year_day {
                    Period::WholeYear
                } else if says_day || rule.months != 0 {
                    Period::FilteredMonth
                } else {
                    Period::Day
                }
            }
        };
        if days.period == Period::FilteredMonth {
            days.stride = 1;
        }
        days.first = match days.period {
            Period::YearByMonths | Period::WholeYear => year,
            _ => days.period_of(start_day),
        };
        days
    }

    /// The number of the period a day lies in.
    fn period_of(&self, day: Day) -> i64 {
        match self.period {
            Period::Day => day,
            Period::Week => (day + 3 - i64::from(self.rule.week_start)).div_euclid(7),
            Period::FilteredMonth | Period::Month => {
                let (year, month, _) = civil_date(day);
                year * 12 + month - 1
            }
            Period::YearByMonths | Period::WholeYear => civil_date(day).0,
        }
    }

    /// Of the periods that count, the last one that begins on or before a day; the first one for days before it.
    pub(super) fn index_of(&self, day: Day) -> i64 {
        ((self.period_of(day) - self.first) / self.stride).max(0)
    }

    /// How many days every whole period has, where that is the same for all.
    pub(super) fn days_per_period(&self) -> Option<u64> {
        match self.period {
            Period::Day => Some(1),
            Period::Week if self.months == ALL_MONTHS => Some(u64::from(self.weekdays.count_ones())),
            _ => None,
        }
    }

    /// Puts the days of the `index`th period that counts into `days`, in order, those before the start included.
    /// Returns false, leaving it empty, when the period begins after `last`.
    pub(super) fn fill(&self, index: i64, last: Day, days: &mut Vec<Day>) -> bool {
        days.clear();
        let period = self.first.saturating_add(index.saturating_mul(self.stride));
        match self.period {
            Period::Day => {
                if period > last {
                    return false;
                }
                days.push(period);
            }
            Period::Week => {
                // Compared before multiplying: a period number can be near the end of i64.
                if period > self.period_of(last) {
                    return false;
                }
                self.fill_week(period * 7 - 3 + i64::from(self.rule.week_start), days);
            }
            Period::FilteredMonth | Period::Month => {
                if period > self.period_of(last) {
                    return false;
                }
                let (year, month) = (period.div_euclid(12), period.rem_euclid(12) + 1);
                let first = day_number(year, month, 1);
                let mut mask = self.month_mask(year, month, first);
                if self.period == Period::FilteredMonth && self.rule.frequency == Frequency::Daily {
                    mask &= self.interval_mask(first);
                }
                push_bits(mask, first, days);
            }
            Period::YearByMonths => {
                if period > self.period_of(last) {
                    return false;
                }
                for month in 1..=12 {
                    if self.months & (1 << month) != 0 {
                        let first = day_number(period, month, 1);
                        push_bits(self.month_mask(period, month, first), first, days);
                    }
                }
            }
            Period::WholeYear => {
                if period > self.period_of(last) {
                    return false;
                }
                self.fill_year(period, days);
            }
        }
        true
    }

    fn fill_week(&self, first: Day, days: &mut Vec<Day>) {
        let offset = u32::from(self.rule.week_start);
        // Rotated so that bit 0 is the first day of the week.
        let mut rest = ((u32::from(self.weekdays) | u32::from(self.weekdays) << 7) >> offset) & 0x7f;
        while rest != 0 {
            let day = first + i64::from(rest.trailing_zeros());
            if self.months == ALL_MONTHS || self.months & (1 << civil_date(day).1) != 0 {
                days.push(day);
            }
            rest &= rest - 1;
        }
    }

    /// The days of a month that satisfy BYMONTH, BYMONTHDAY and BYDAY; bit 0 is the first.
    fn month_mask(&self, year: i64, month: i64, first: Day) -> u32 {
        if self.months & (1 << month) == 0 {
            return 0;
        }
        let length = month_length(year, month);
        let mut mask = u32::MAX >> (32 - length);
        if (self.of_month | self.of_month_back) != 0 {
            mask &= self.of_month | (self.of_month_back.reverse_bits() >> (32 - length));
        }
        let by_day_elsewhere = !self.nth_in_month && !self.rule.nth_weekdays.is_empty();
        if (self.weekdays != 0 || !self.rule.nth_weekdays.is_empty()) && !by_day_elsewhere {
            mask &= self.weekday_mask(weekday_of(first), length);
        }
        mask
    }

    /// The days of a month of this length that satisfy BYDAY, when the month begins on `first_weekday`.
    fn weekday_mask(&self, first_weekday: i64, length: i64) -> u32 {
        let week = u64::from(self.weekdays);
        let rotated = ((week | week << 7) >> first_weekday) & 0x7f;
        // One bit every seven days, five times over.
        let mut mask = (rotated * 0x1020_4081) as u32;
        for (nth, weekday) in &self.rule.nth_weekdays {
            let day = nth_weekday(*nth, *weekday, first_weekday, length);
            if let Some(day) = day {
                mask |= 1 << day;
            }
        }
        mask
    }

    /// The days of a month which a daily rule's interval reaches from the start.
    fn interval_mask(&self, first: Day) -> u32 {
        let interval = self.rule.interval;
        if interval == 1 {
            return u32::MAX;
        }
        let mut mask = 0;
        let mut day = (self.start - first).rem_euclid(interval);
        while day < 31 {
            mask |= 1 << day;
            day += interval;
        }
        mask
    }

    fn fill_year(&self, year: i64, days: &mut Vec<Day>) {
        let begin = day_number(year, 1, 1);
        let length = day_number(year + 1, 1, 1) - begin;
        let first_weekday = weekday_of(begin);
        // The Mondays (or other WKST days) on which week 1 of last year, this, the next, and the one after begin.
        let week_ones: [Day; 4] = std::array::from_fn(|i| {
            let fourth = day_number(year - 1 + i as i64, 1, 4);
            fourth - (weekday_of(fourth) - i64::from(self.rule.week_start)).rem_euclid(7)
        });
        let nth_in_year: Vec<i64> = if self.nth_in_month {
            Vec::new()
        } else {
            let nth = |(n, weekday): &(i8, u8)| nth_weekday(*n, *weekday, first_weekday, length);
            self.rule.nth_weekdays.iter().filter_map(nth).collect()
        };
        for month in 1..=12 {
            let first = day_number(year, month, 1);
            let mut rest = self.month_mask(year, month, first);
            while rest != 0 {
                let day = first + i64::from(rest.trailing_zeros());
                rest &= rest - 1;
                let day_of_year = day - begin;
                let weekday_fits = self.nth_in_month
                    || self.rule.nth_weekdays.is_empty()
                    || self.weekdays & (1 << weekday_of(day)) != 0
                    || nth_in_year.contains(&day_of_year);
                if weekday_fits && self.fits_year_day(day_of_year, length) && self.fits_week(day, &week_ones) {
                    days.push(day);
                }
            }
        }
    }

    fn fits_year_day(&self, day_of_year: i64, length: i64) -> bool {
        let listed = |n: i64| self.rule.year_days.binary_search(&(n as i16)).is_ok();
        self.rule.year_days.is_empty() || listed(day_of_year + 1) || listed(day_of_year - length)
    }

    /// BYWEEKNO: a day near new year can lie in a week of the year before or after (ISO 8601, with WKST as first day).
    fn fits_week(&self, day: Day, week_ones: &[Day; 4]) -> bool {
        if self.rule.week_numbers.is_empty() {
            return true;
        }
        let year = (1..3).rev().find(|i| day >= week_ones[*i]).unwrap_or(0);
        let week = (day - week_ones[year]) / 7 + 1;
        let weeks = (week_ones[year + 1] - week_ones[year]) / 7;
        let listed = |n: i64| self.rule.week_numbers.binary_search(&(n as i8)).is_ok();
        listed(week) || listed(week - weeks - 1)
    }
}

fn push_bits(mut mask: u32, first: Day, days: &mut Vec<Day>) {
    while mask != 0 {
        days.push(first + i64::from(mask.trailing_zeros()));
        mask &= mask - 1;
    }
}

/// The nth (or, when negative, the nth last) of a weekday in a stretch of days, as days after its first.
fn nth_weekday(nth: i8, weekday: u8, first_weekday: i64, length: i64) -> Option<i64> {
    let first = (i64::from(weekday) - first_weekday).rem_euclid(7);
    let day = if nth > 0 {
        first + 7 * (i64::from(nth) - 1)
    } else {
        let last = first + 7 * ((length - 1 - first) / 7);
        last + 7 * (i64::from(nth) + 1)
    };
    (0..length).contains(&day).then_some(day)
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::*;

    #[test]
    fn day_numbers_agree_with_the_calendar_library() {
        let mut day = day_number(1580, 1, 1);
        let mut date = date(1580, 1, 1);
        while date < Date::constant(2500, 1, 1) {
            let (year, month, dom) = (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()));
            assert_eq!(
                (day_number(year, month, dom), civil_date(day)),
                (day, (year, month, dom)),
                "{date}"
            );
            assert_eq!(
                weekday_of(day),
                i64::from(date.weekday().to_monday_zero_offset()),
                "{date}"
            );
            assert_eq!(month_length(year, month), i64::from(date.days_in_month()), "{date}");
            day += 1;
            date = date.tomorrow().unwrap();
        }
        assert_eq!(day_number(1970, 1, 1), 0);
        assert_eq!(civil_date(LAST_DAY), (9999, 12, 29));
        assert_eq!(civil_date(day_number(-9999, 1, 1)), (-9999, 1, 1));
    }

    #[test]
    fn numbered_weekdays_count_from_both_ends() {
        // A month of 30 days that begins on a Wednesday.
        for (nth, weekday, day) in [
            (1, 2, Some(0)),
            (1, 1, Some(6)),
            (5, 2, Some(28)),
            (5, 4, None),
            (-1, 3, Some(29)),
            (-5, 3, Some(1)),
            (-5, 4, None),
        ] {
            assert_eq!(nth_weekday(nth, weekday, 2, 30), day, "{nth} {weekday}");
        }
    }
}
