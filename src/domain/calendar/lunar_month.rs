//! The months of the Chinese lunisolar calendar in a row, for counting in them.
//!
//! The lunar years 1900 to 2100, read once from icu_calendar; outside there is none, because nobody has computed them for certain.

use std::sync::OnceLock;

use icu_calendar::cal::ChineseTraditional;
use icu_calendar::types::Month;
use jiff::civil::Date;

/// The first and the last lunar year of the list.
pub const LUNAR_YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

/// One month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LunarMonth {
    /// The lunar year it belongs to, by the civil year that year begins in.
    pub year: i32,
    /// Its number, 1 to 12; a leap month has that of the month before it.
    pub number: u8,
    /// Whether it is the leap month of that number.
    pub leap: bool,
    /// Its first day, in days after 1970-01-01.
    pub first: i64,
    /// 29 or 30 days.
    pub length: i64,
}

/// All months of [`LUNAR_YEARS`], in order.
pub struct LunarMonths {
    months: Vec<LunarMonth>,
    /// Where each year begins in `months`, and the end of the last.
    years: Vec<usize>,
}

impl LunarMonths {
    /// The list; made at the first call, some milliseconds.
    pub fn get() -> &'static Self {
        static MONTHS: OnceLock<LunarMonths> = OnceLock::new();
        MONTHS.get_or_init(Self::read)
    }

    fn read() -> Self {
        let mut months = Vec::new();
        let mut years = Vec::new();
        for year in LUNAR_YEARS {
            years.push(months.len());
            for number in 1..=12 {
                for (leap, month) in [(false, Month::new(number)), (true, Month::leap(number))] {
                    let Ok(first) = icu_calendar::Date::try_new(year.into(), month, 1, ChineseTraditional::new())
                    else {
                        continue;
                    };
                    let iso = first.to_calendar(icu_calendar::cal::Iso);
                    let civil = Date::new(
                        iso.era_year().year as i16,
                        iso.month().number() as i8,
                        iso.day_of_month().0 as i8,
                    );
                    let Ok(civil) = civil else { continue };
                    months.push(LunarMonth {
                        year,
                        number,
                        leap,
                        first: days_after_1970(civil),
                        length: i64::from(first.days_in_month()),
                    });
                }
            }
        }
        years.push(months.len());
        Self { months, years }
    }

    /// The months of a lunar year, twelve or thirteen; none outside [`LUNAR_YEARS`].
    pub fn of_year(&self, year: i64) -> &[LunarMonth] {
        let place = usize::try_from(year - i64::from(*LUNAR_YEARS.start())).ok();
        let bounds = place.and_then(|place| Some((*self.years.get(place)?, *self.years.get(place + 1)?)));
        bounds.map_or(&[], |(from, to)| &self.months[from..to])
    }

    /// The month at this place of the list, counted from 0.
    pub fn at(&self, place: i64) -> Option<&LunarMonth> {
        self.months.get(usize::try_from(place).ok()?)
    }

    /// The place of the month that a day (after 1970-01-01) lies in: -1 before the first month; a day after the last lies in none, too, and has
    /// the number of months.
    pub fn place_of(&self, day: i64) -> i64 {
        let after = self.months.partition_point(|month| month.first <= day);
        let beyond = self.months.last().is_none_or(|last| day >= last.first + last.length);
        if beyond {
            self.months.len() as i64
        } else {
            after as i64 - 1
        }
    }
}

fn days_after_1970(date: Date) -> i64 {
    const EPOCH: Date = Date::constant(1970, 1, 1);
    date.since(EPOCH).map_or(0, |span| i64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use chinese_lunisolar_calendar::SolarDate;

    use super::*;
    use crate::domain::calendar::LunarDate;

    #[test]
    fn months_follow_each_other_and_agree_with_single_dates() {
        let all = LunarMonths::get();
        assert_eq!(all.months.len(), 201 * 12 + 74);
        for pair in all.months.windows(2) {
            assert_eq!(pair[0].first + pair[0].length, pair[1].first, "{pair:?}");
        }
        for (place, month) in all.months.iter().enumerate() {
            assert!((29..=30).contains(&month.length));
            for day in [0, month.length - 1] {
                let civil = Date::constant(1970, 1, 1) + jiff::Span::new().days(month.first + day);
                let lunar = LunarDate::from_date(civil);
                assert_eq!(
                    (lunar.year, lunar.month, lunar.leap, i64::from(lunar.day)),
                    (month.year, month.number, month.leap, day + 1),
                    "{civil}"
                );
                assert_eq!(all.place_of(month.first + day), place as i64);
            }
        }
        assert_eq!(all.place_of(all.months[0].first - 1), -1);
        assert_eq!((all.of_year(1899).len(), all.of_year(2101).len()), (0, 0));
    }

    #[test]
    fn an_independent_program_finds_the_same_months() {
        // New moon within seconds of midnight, where programs differ for a whole month.
        const OPEN: [(i16, i8); 3] = [(2057, 9), (2089, 9), (2097, 8)];
        let mut differing = Vec::new();
        for month in &LunarMonths::get().months {
            let civil = Date::constant(1970, 1, 1) + jiff::Span::new().days(month.first);
            // Theirs begins in 1901.
            let Ok(solar) = SolarDate::from_ymd(civil.year() as u16, civil.month() as u8, civil.day() as u8) else {
                assert!(civil.year() <= 1901 || civil.year() >= 2100, "{civil}");
                continue;
            };
            let Ok(theirs) = chinese_lunisolar_calendar::LunisolarDate::from_solar_date(solar) else {
                continue;
            };
            let month_of = theirs.to_lunar_month();
            let theirs = (
                month_of.to_u8(),
                month_of.is_leap_month(),
                theirs.to_lunar_day().to_u8(),
            );
            if (month.number, month.leap, 1) != theirs && !OPEN.contains(&(civil.year(), civil.month())) {
                differing.push((month, theirs));
            }
        }
        assert!(differing.is_empty(), "{differing:?}");
    }

    #[test]
    fn leap_months_come_in_the_published_years() {
        let leap = |year: i64| {
            let months = LunarMonths::get().of_year(year);
            months.iter().find(|month| month.leap).map(|month| month.number)
        };
        let published = [
            (2025, 6),
            (2028, 5),
            (2031, 3),
            (2033, 11),
            (2036, 6),
            (2039, 5),
            (2042, 2),
            (2044, 7),
            (2047, 5),
            (2050, 3),
            (2052, 8),
            (2055, 6),
            (2058, 4),
        ];
        for year in 2024..=2060 {
            let expected = published
                .iter()
                .find(|(leap, _)| *leap == year)
                .map(|(_, month)| *month);
            assert_eq!(leap(year), expected, "{year}");
        }
    }
}
