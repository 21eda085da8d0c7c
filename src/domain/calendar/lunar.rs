//! The Chinese lunisolar date of a day, and the traditional festivals that fall on it.
//!
//! Conversion is icu_calendar's, which follows GB/T 33661-2017 (Beijing time) from tables for 1900 to 2100; outside
//! those years it is an approximation.

use icu_calendar::cal::ChineseTraditional;
use jiff::civil::Date;

use crate::domain::lang::Lang;

/// A date of the Chinese lunisolar calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LunarDate {
    /// The Gregorian year in which this lunar year begins; 腊月 of lunar 2026 lies in January 2027.
    pub year: i32,
    /// Month number, 1 (正月) to 12 (腊月). A leap month has the number of the month before it.
    pub month: u8,
    /// Whether this is the leap month (闰月) of that number.
    pub leap: bool,
    /// Day of the month, 1 (初一) to 30 (三十).
    pub day: u8,
}

impl LunarDate {
    /// The lunar date of a Gregorian day.
    ///
    /// # Panics
    /// Never: every date jiff can hold is within icu_calendar's range of years.
    pub fn from_date(date: Date) -> Self {
        let iso = icu_calendar::Date::try_new_iso(i32::from(date.year()), date.month() as u8, date.day() as u8)
            .expect("jiff and icu_calendar share the years -9999 to 9999");
        let lunar = iso.to_calendar(ChineseTraditional::new());
        let month = lunar.month().to_input();
        Self {
            year: lunar.cyclic_year().related_iso,
            month: month.number(),
            leap: month.is_leap(),
            day: lunar.day_of_month().0,
        }
    }

    /// In words: `八月十三`, `闰六月初一`; `8th lunar month, day 13`, `leap 6th lunar month, day 1`.
    pub fn words(self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!(
                "{}{}",
                month_name(self.month, self.leap, lang),
                day_name(self.day, lang)
            ),
            Lang::En => format!(
                "{}, {}",
                month_name(self.month, self.leap, lang),
                day_name(self.day, lang)
            ),
        }
    }
}

/// The traditional festival on a day, if there is one.
///
/// A festival is kept in the ordinary month only, never in the leap month of the same number. 除夕 is the day before
/// 正月初一, whether the twelfth month has 29 or 30 days.
pub fn festival(date: Date, lang: Lang) -> Option<&'static str> {
    let lunar = LunarDate::from_date(date);
    let (zh, en) = match (lunar.leap, lunar.month, lunar.day) {
        (false, 1, 1) => ("春节", "Spring Festival"),
        (false, 1, 15) => ("元宵节", "Lantern Festival"),
        (false, 5, 5) => ("端午节", "Dragon Boat Festival"),
        (false, 8, 15) => ("中秋节", "Mid-Autumn Festival"),
        (false, 9, 9) => ("重阳节", "Double Ninth Festival"),
        (false, 12, 8) => ("腊八节", "Laba Festival"),
        (_, 12, 29 | 30) => {
            let next = LunarDate::from_date(date.tomorrow().ok()?);
            if (next.month, next.day) != (1, 1) {
                return None;
            }
            ("除夕", "Lunar New Year's Eve")
        }
        _ => return None,
    };
    Some(lang.pick(zh, en))
}

/// The name of a lunar month: `九月`, `闰六月`; `9th lunar month`, `leap 6th lunar month`.
pub fn month_name(month: u8, leap: bool, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{}{}", if leap { "闰" } else { "" }, month_zh(month)),
        Lang::En => format!("{}{} lunar month", if leap { "leap " } else { "" }, ordinal_en(month)),
    }
}

/// The name of a day of a lunar month: `初九`; `day 9`.
pub fn day_name(day: u8, lang: Lang) -> String {
    match lang {
        Lang::Zh => day_zh(day),
        Lang::En => format!("day {day}"),
    }
}

fn month_zh(month: u8) -> &'static str {
    const NAMES: [&str; 12] = [
        "正月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "冬月", "腊月",
    ];
    NAMES.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("")
}

fn day_zh(day: u8) -> String {
    const DIGITS: [&str; 10] = ["十", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let tens = match day {
        20 => "二",
        30 => "三",
        ..=10 => "初",
        11..=19 => "十",
        _ => "廿",
    };
    format!("{tens}{}", DIGITS[usize::from(day % 10)])
}

fn ordinal_en(n: u8) -> String {
    let suffix = match n {
        1 => "st",
        2 => "nd",
        3 => "rd",
        _ => "th",
    };
    format!("{n}{suffix}")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn festivals_fall_on_the_published_dates() {
        // Per lunar year: 春节, 元宵, 端午, 中秋, 重阳, 腊八, 除夕.
        let years = [
            [
                (2024, 2, 10),
                (2024, 2, 24),
                (2024, 6, 10),
                (2024, 9, 17),
                (2024, 10, 11),
                (2025, 1, 7),
                (2025, 1, 28),
            ],
            [
                (2025, 1, 29),
                (2025, 2, 12),
                (2025, 5, 31),
                (2025, 10, 6),
                (2025, 10, 29),
                (2026, 1, 26),
                (2026, 2, 16),
            ],
            [
                (2026, 2, 17),
                (2026, 3, 3),
                (2026, 6, 19),
                (2026, 9, 25),
                (2026, 10, 18),
                (2027, 1, 15),
                (2027, 2, 5),
            ],
            [
                (2027, 2, 6),
                (2027, 2, 20),
                (2027, 6, 9),
                (2027, 9, 15),
                (2027, 10, 8),
                (2028, 1, 4),
                (2028, 1, 25),
            ],
            [
                (2028, 1, 26),
                (2028, 2, 9),
                (2028, 5, 28),
                (2028, 10, 3),
                (2028, 10, 26),
                (2029, 1, 22),
                (2029, 2, 12),
            ],
        ];
        let names = ["春节", "元宵节", "端午节", "中秋节", "重阳节", "腊八节", "除夕"];
        for year in years {
            for ((y, m, d), name) in year.into_iter().zip(names) {
                assert_eq!(festival(date(y, m, d), Lang::Zh), Some(name), "{y}-{m}-{d}");
            }
        }
    }

    #[test]
    fn a_year_has_each_festival_once_even_with_a_leap_month() {
        let (mut day, end) = (date(2024, 2, 10), date(2029, 2, 14));
        let mut seen = std::collections::BTreeMap::new();
        while day < end {
            if let Some(name) = festival(day, Lang::En) {
                *seen.entry(name).or_insert(0) += 1;
            }
            day = day.tomorrow().unwrap();
        }
        assert_eq!(seen.len(), 7);
        for (name, times) in seen {
            // The span holds five whole lunar years and the first day of the sixth.
            assert_eq!(times, if name == "Spring Festival" { 6 } else { 5 }, "{name}");
        }
    }

    #[test]
    fn leap_months_begin_and_end_where_the_almanac_says() {
        let leap = |y, m, d| {
            let lunar = LunarDate::from_date(date(y, m, d));
            (lunar.year, lunar.month, lunar.leap, lunar.day)
        };
        assert_eq!(leap(2025, 7, 25), (2025, 6, true, 1));
        assert_eq!(leap(2025, 8, 22), (2025, 6, true, 29));
        assert_eq!(leap(2025, 8, 23), (2025, 7, false, 1));
        assert_eq!(leap(2028, 6, 23), (2028, 5, true, 1));
        assert_eq!(leap(2028, 7, 21), (2028, 5, true, 29));
        // New moon at 23:56 Beijing time: a computation in another zone would be a day late.
        assert_eq!(leap(2027, 2, 6), (2027, 1, false, 1));
        assert_eq!(leap(1954, 2, 3), (1954, 1, false, 1));
    }

    #[test]
    fn lunar_dates_are_said_in_both_languages() {
        let table = [
            (date(2026, 9, 23), "八月十三", "8th lunar month, day 13"),
            (date(2025, 7, 25), "闰六月初一", "leap 6th lunar month, day 1"),
            (date(2026, 2, 17), "正月初一", "1st lunar month, day 1"),
            (date(2026, 2, 16), "腊月廿九", "12th lunar month, day 29"),
            (date(2026, 10, 29), "九月二十", "9th lunar month, day 20"),
            (date(2026, 10, 19), "九月初十", "9th lunar month, day 10"),
            (date(2026, 12, 9), "冬月初一", "11th lunar month, day 1"),
        ];
        for (day, zh, en) in table {
            let lunar = LunarDate::from_date(day);
            assert_eq!(
                (lunar.words(Lang::Zh).as_str(), lunar.words(Lang::En).as_str()),
                (zh, en),
                "{day}"
            );
        }
    }

    #[test]
    fn the_ends_of_the_calendar_do_not_panic() {
        for day in [
            Date::MIN,
            Date::MAX,
            date(1, 1, 1),
            date(1899, 12, 31),
            date(2101, 1, 1),
        ] {
            let lunar = LunarDate::from_date(day);
            assert!(
                (1..=12).contains(&lunar.month) && (1..=30).contains(&lunar.day),
                "{day} {lunar:?}"
            );
            let _ = festival(day, Lang::Zh);
        }
    }
}
