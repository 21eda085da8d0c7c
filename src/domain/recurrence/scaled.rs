//! Which days a rule selects when it counts in the Chinese calendar, or says what becomes of dates that are not there (RFC 7529).
//!
//! The same questions as [`super::days`] answers with bit masks for the civil calendar, here asked of any calendar that is a row of
//! months. It is slower and knows no shortcuts; for civil rules without SKIP both give the same days, which a test holds them to.

use super::clock::date_of;
use super::days::{Day, civil_date, day_number, month_length, weekday_of};
use super::rule::{Frequency, Rule, Scale, Skip, bits};
use crate::domain::calendar::LunarDate;
use crate::domain::calendar::lunar_month::{LUNAR_YEARS, LunarMonths};

/// The month (bits of ordinary and of leap months) and the day of the month (as a bit) that a start says in a calendar.
fn implied(scale: Scale, start: Day) -> ((u16, u16), u32) {
    match scale {
        Scale::Gregorian => {
            let (_, month, day) = civil_date(start);
            ((1 << month, 0), 1 << (day - 1))
        }
        Scale::Chinese => {
            let lunar = LunarDate::from_date(date_of(start));
            let bit = 1 << lunar.month;
            (if lunar.leap { (0, bit) } else { (bit, 0) }, 1 << (lunar.day - 1))
        }
    }
}

/// A month of either calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Month {
    number: u8,
    leap: bool,
    first: Day,
    length: i64,
}

impl Month {
    fn contains(&self, day: Day) -> bool {
        (self.first..self.first + self.length).contains(&day)
    }
}

/// What a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Day,
    Week,
    Month,
    Year,
}

/// The days a rule selects.
pub(super) struct ScaledDays<'r> {
    rule: &'r Rule,
    period: Period,
    /// Number of the period the start lies in.
    first: i64,
    /// Periods from one to the next that counts.
    stride: i64,
    /// Every how many days a daily rule comes round; 1 for the others.
    day_stride: i64,
    start: Day,
    /// BYMONTH or what the start implies: bits of ordinary and of leap months; both 0 when any month will do.
    months: (u16, u16),
    /// BYMONTHDAY counted from the first and from the last, or what the start implies.
    of_month: u32,
    of_month_back: u32,
    /// BYDAY or what the start implies; 0 when any weekday will do.
    weekdays: u8,
    /// Whether numbered weekdays count within the month (rather than the year).
    nth_in_month: bool,
}

impl<'r> ScaledDays<'r> {
    /// Fills in what the rule leaves to the start, in the rule's own calendar.
    pub(super) fn new(rule: &'r Rule, start: Day) -> Self {
        let says_day = rule.has_by_day() || rule.has_by_month_day();
        let mut days = Self {
            rule,
            period: match rule.frequency {
                Frequency::Yearly => Period::Year,
                Frequency::Monthly => Period::Month,
                Frequency::Weekly => Period::Week,
                _ => Period::Day,
            },
            first: 0,
            stride: 1,
            day_stride: 1,
            start,
            months: (rule.months, rule.leap_months),
            of_month: rule.month_days,
            of_month_back: rule.month_days_back,
            weekdays: rule.weekdays,
            nth_in_month: rule.frequency == Frequency::Monthly || rule.has_by_month(),
        };
        match rule.frequency {
            Frequency::Daily => days.day_stride = rule.interval,
            Frequency::Weekly | Frequency::Monthly | Frequency::Yearly => days.stride = rule.interval,
            // Their interval is a matter of the times within the days.
            Frequency::Hourly | Frequency::Minutely | Frequency::Secondly => {}
        }
        let (implied_month, implied_day) = implied(rule.scale, start);
        match rule.frequency {
            Frequency::Yearly if !says_day && rule.year_days.is_empty() => {
                if rule.week_numbers.is_empty() {
                    days.of_month = implied_day;
                    if !rule.has_by_month() {
                        days.months = implied_month;
                    }
                } else {
                    days.weekdays = 1 << weekday_of(start);
                }
            }
            Frequency::Monthly if !says_day => days.of_month = implied_day,
            Frequency::Weekly if !rule.has_by_day() => days.weekdays = 1 << weekday_of(start),
            _ => {}
        }
        days.first = days.period_of(start);
        days
    }

    /// Number of the month a day lies in, counted on through the years.
    fn month_place(&self, day: Day) -> i64 {
        match self.rule.scale {
            Scale::Chinese => LunarMonths::get().place_of(day),
            Scale::Gregorian => {
                let (year, month, _) = civil_date(day);
                year * 12 + month - 1
            }
        }
    }

    fn month_at(&self, place: i64) -> Option<Month> {
        match self.rule.scale {
            Scale::Chinese => LunarMonths::get().at(place).map(|month| Month {
                number: month.number,
                leap: month.leap,
                first: month.first,
                length: month.length,
            }),
            Scale::Gregorian => {
                let (year, number) = (place.div_euclid(12), place.rem_euclid(12) + 1);
                Some(Month {
                    number: number as u8,
                    leap: false,
                    first: day_number(year, number, 1),
                    length: month_length(year, number),
                })
            }
        }
    }

    /// The year a day lies in; of a day for which no lunar date is known, one for which none is known either.
    fn year_of(&self, day: Day) -> i64 {
        match self.rule.scale {
            Scale::Gregorian => civil_date(day).0,
            Scale::Chinese => {
                let months = LunarMonths::get();
                match months.at(months.place_of(day)) {
                    Some(month) => i64::from(month.year),
                    None if months.place_of(day) < 0 => i64::from(*LUNAR_YEARS.start()) - 1,
                    None => i64::from(*LUNAR_YEARS.end()) + 1,
                }
            }
        }
    }

    /// The months of a year, in order; none where the calendar is not known.
    fn months_of(&self, year: i64) -> Vec<Month> {
        match self.rule.scale {
            Scale::Gregorian => (0..12).filter_map(|month| self.month_at(year * 12 + month)).collect(),
            Scale::Chinese => {
                let months = LunarMonths::get().of_year(year).iter();
                months
                    .map(|month| Month {
                        number: month.number,
                        leap: month.leap,
                        first: month.first,
                        length: month.length,
                    })
                    .collect()
            }
        }
    }

    fn period_of(&self, day: Day) -> i64 {
        match self.period {
            Period::Day => day,
            Period::Week => (day + 3 - i64::from(self.rule.week_start)).div_euclid(7),
            Period::Month => self.month_place(day),
            Period::Year => self.year_of(day),
        }
    }

    /// Of the periods that count, the last one that can yield a day on or before a day; the first one for days before it.
    pub(super) fn index_of(&self, day: Day) -> i64 {
        let index = (self.period_of(day) - self.first) / self.stride;
        // A date skipped forward belongs to the period before.
        let back = i64::from(self.rule.skip == Skip::Forward);
        (index - back).max(0)
    }

    /// Puts the days of the `index`th period that counts into `days`, in order. Returns false, leaving it empty, when no period from
    /// this one on can have a day up to `last`.
    pub(super) fn fill(&self, index: i64, last: Day, days: &mut Vec<Day>) -> bool {
        days.clear();
        let period = self.first.saturating_add(index.saturating_mul(self.stride));
        if period > self.period_of(last) || !self.is_known(period) {
            return false;
        }
        match self.period {
            Period::Day => {
                if (period - self.start).rem_euclid(self.day_stride) == 0 && self.fits_day(period) {
                    days.push(period);
                }
            }
            Period::Week => {
                let first = period * 7 - 3 + i64::from(self.rule.week_start);
                days.extend((first..first + 7).filter(|day| self.fits_day(*day)));
            }
            Period::Month => {
                if let Some(month) = self.month_at(period)
                    && self.selects(&month)
                {
                    self.fill_month(&month, days);
                }
            }
            Period::Year => self.fill_year(period, days),
        }
        days.sort_unstable();
        days.dedup();
        true
    }

    /// Whether the calendar goes on as far as this period.
    fn is_known(&self, period: i64) -> bool {
        if self.rule.scale == Scale::Gregorian {
            return true;
        }
        match self.period {
            Period::Year => period <= i64::from(*LUNAR_YEARS.end()),
            // The place after the last month is none.
            Period::Month => period < 0 || self.month_at(period).is_some(),
            Period::Day => LunarMonths::get().at(LunarMonths::get().place_of(period)).is_some() || period < self.start,
            Period::Week => {
                let first = period * 7 - 3;
                self.month_at(self.month_place(first)).is_some() || self.month_place(first) < 0
            }
        }
    }

    /// Whether BYMONTH (or what the start implies) lets days of this month pass.
    fn selects(&self, month: &Month) -> bool {
        let (ordinary, leap) = self.months;
        let mask = if month.leap { leap } else { ordinary };
        (ordinary | leap) == 0 || mask & (1 << month.number) != 0
    }

    /// The parts that limit a rule which repeats by weeks or more often.
    fn fits_day(&self, day: Day) -> bool {
        let Some(month) = self.month_at(self.month_place(day)) else {
            return false;
        };
        self.selects(&month)
            && (self.weekdays == 0 || self.weekdays & (1 << weekday_of(day)) != 0)
            && self.is_listed_in(&month, day)
            && (self.rule.year_days.is_empty() || self.is_listed_in_year(day))
    }

    /// Whether BYMONTHDAY names a day of this month; any day when it is not there.
    fn is_listed_in(&self, month: &Month, day: Day) -> bool {
        let from_first = day - month.first;
        let from_last = month.first + month.length - 1 - day;
        (self.of_month | self.of_month_back) == 0
            || self.of_month & (1 << from_first) != 0
            || self.of_month_back & (1 << from_last) != 0
    }

    fn is_listed_in_year(&self, day: Day) -> bool {
        let months = self.months_of(self.year_of(day));
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            return false;
        };
        let listed = |n: i64| self.rule.year_days.binary_search(&(n as i16)).is_ok();
        listed(day - first.first + 1) || listed(day - (last.first + last.length))
    }

    /// The days of a month that BYMONTHDAY and BYDAY select, those skipped to included.
    fn fill_month(&self, month: &Month, days: &mut Vec<Day>) {
        let fits = |day: Day| self.fits_weekday(day, month.first, month.length, month.contains(day));
        self.days_of_month(month, |day| {
            if fits(day) {
                days.push(day);
            }
        });
    }

    /// The days of a month that BYMONTHDAY names; all when it is not there.
    fn days_of_month(&self, month: &Month, mut take: impl FnMut(Day)) {
        if (self.of_month | self.of_month_back) == 0 {
            (month.first..month.first + month.length).for_each(take);
            return;
        }
        for bit in bits(u64::from(self.of_month)).map(i64::from) {
            if bit < month.length {
                take(month.first + bit);
            } else {
                match self.rule.skip {
                    Skip::Omit => {}
                    Skip::Backward => take(month.first + month.length - 1),
                    Skip::Forward => take(month.first + month.length),
                }
            }
        }
        for bit in bits(u64::from(self.of_month_back)).map(i64::from) {
            if bit < month.length {
                take(month.first + month.length - 1 - bit);
            }
        }
    }

    /// Whether BYDAY lets a day pass, its numbers counted in a stretch of days that begins with `first`.
    fn fits_weekday(&self, day: Day, first: Day, length: i64, inside: bool) -> bool {
        if self.weekdays == 0 && self.rule.nth_weekdays.is_empty() {
            return true;
        }
        let weekday = weekday_of(day);
        if self.weekdays & (1 << weekday) != 0 {
            return true;
        }
        let from_first = (day - first) / 7 + 1;
        let from_last = -((first + length - 1 - day) / 7 + 1);
        inside
            && self.rule.nth_weekdays.iter().any(|(nth, named)| {
                i64::from(*named) == weekday && (i64::from(*nth) == from_first || i64::from(*nth) == from_last)
            })
    }

    fn fill_year(&self, year: i64, days: &mut Vec<Day>) {
        let months = self.months_of(year);
        let (Some(first), Some(last)) = (months.first(), months.last()) else {
            return;
        };
        let (begin, length) = (first.first, last.first + last.length - first.first);
        let selected = self.months_selected(year, &months);
        let first_weeks = self.first_weeks(year);
        let fits_weekday = |day: Day, month: Option<&Month>| match month {
            Some(month) if self.nth_in_month => self.fits_weekday(day, month.first, month.length, month.contains(day)),
            _ => self.fits_weekday(day, begin, length, (begin..begin + length).contains(&day)),
        };
        let mut take = |day: Day, month: Option<&Month>| {
            if self.fits_week(day, &first_weeks) && fits_weekday(day, month) {
                days.push(day);
            }
        };
        if self.rule.year_days.is_empty() {
            for month in &selected {
                self.days_of_month(month, |day| take(day, Some(month)));
            }
            return;
        }
        for day in self.days_of_year(begin, length) {
            let month = selected.iter().find(|month| month.contains(day));
            let by_month_fits = month.is_some() || !self.rule.has_by_month();
            if by_month_fits && month.is_none_or(|month| self.is_listed_in(month, day)) {
                take(day, month);
            }
        }
    }

    /// The days BYYEARDAY names, those skipped to included.
    fn days_of_year(&self, begin: Day, length: i64) -> impl Iterator<Item = Day> + '_ {
        self.rule.year_days.iter().filter_map(move |n| match i64::from(*n) {
            n if n.abs() <= length => Some(if n > 0 { begin + n - 1 } else { begin + length + n }),
            ..0 => None,
            _ => match self.rule.skip {
                Skip::Omit => None,
                Skip::Backward => Some(begin + length - 1),
                Skip::Forward => Some(begin + length),
            },
        })
    }

    /// The months of a year that BYMONTH selects, those skipped to included; all when it is not there.
    fn months_selected(&self, year: i64, months: &[Month]) -> Vec<Month> {
        let mut selected: Vec<Month> = months.iter().filter(|month| self.selects(month)).copied().collect();
        for number in bits(u64::from(self.months.1)).map(|bit| bit as u8) {
            if months.iter().any(|month| month.leap && month.number == number) {
                continue;
            }
            let ordinary = |number: u8| months.iter().find(|month| !month.leap && month.number == number);
            let instead = match self.rule.skip {
                Skip::Omit => None,
                Skip::Backward => ordinary(number).copied(),
                Skip::Forward if number < 12 => ordinary(number + 1).copied(),
                Skip::Forward => self.months_of(year + 1).first().copied(),
            };
            selected.extend(instead.filter(|month| !selected.contains(month)));
        }
        selected.sort_by_key(|month| month.first);
        selected
    }

    /// The first days of the weeks numbered 1 of last year, this, the next, and the one after: the weeks that have at least four days in
    /// their year (RFC 5545 §3.3.10), whatever the calendar. Empty when nobody asks for week numbers.
    fn first_weeks(&self, year: i64) -> Vec<Day> {
        if self.rule.week_numbers.is_empty() {
            return Vec::new();
        }
        let years = (year - 1..=year + 2).filter_map(|year| {
            let fourth = self.months_of(year).first()?.first + 3;
            Some(fourth - (weekday_of(fourth) - i64::from(self.rule.week_start)).rem_euclid(7))
        });
        years.collect()
    }

    /// BYWEEKNO; a day near new year can lie in a week of the year before or after.
    fn fits_week(&self, day: Day, first_weeks: &[Day]) -> bool {
        if self.rule.week_numbers.is_empty() {
            return true;
        }
        let Some([first, next]) = first_weeks
            .windows(2)
            .rfind(|pair| day >= pair[0])
            .and_then(|pair| pair.first_chunk())
        else {
            return false;
        };
        let listed = |n: i64| self.rule.week_numbers.binary_search(&(n as i8)).is_ok();
        let (week, weeks) = ((day - first) / 7 + 1, (next - first) / 7);
        listed(week) || listed(week - weeks - 1)
    }

    /// What filling one period costs, in units of work: about how many days it looks at.
    pub(super) const fn cost(&self) -> u64 {
        match self.period {
            Period::Day => 10,
            Period::Week | Period::Month => 60,
            Period::Year => 400,
        }
    }
}
