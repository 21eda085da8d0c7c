//! The 24 solar terms (节气), and what hangs on them: 三伏 and 三九.
//!
//! A term is the day, Beijing time, on which the sun reaches a multiple of 15 degrees of longitude (GB/T 33661-2017). It is read from a table
//! for 1900 to 2100; outside there is none. 三伏 are counted from 夏至 and 立秋 in 庚 days, 三九 from 冬至 in nines.

mod table;

use std::str::FromStr;

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan};

use self::table::{DAYS, EARLIEST, FIRST_YEAR};
use crate::domain::lang::Lang;

/// The years whose terms are known.
pub const TERM_YEARS: std::ops::RangeInclusive<i16> = FIRST_YEAR..=FIRST_YEAR + DAYS.len() as i16 - 1;

/// A solar term: its place in the civil year, 0 for 小寒 in January to 23 for 冬至 in December.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SolarTerm(u8);

/// Toneless pinyin, Chinese, English.
const NAMES: [(&str, &str, &str); 24] = [
    ("XIAOHAN", "小寒", "Minor Cold"),
    ("DAHAN", "大寒", "Major Cold"),
    ("LICHUN", "立春", "Start of Spring"),
    ("YUSHUI", "雨水", "Rain Water"),
    ("JINGZHE", "惊蛰", "Awakening of Insects"),
    ("CHUNFEN", "春分", "Spring Equinox"),
    ("QINGMING", "清明", "Pure Brightness"),
    ("GUYU", "谷雨", "Grain Rain"),
    ("LIXIA", "立夏", "Start of Summer"),
    ("XIAOMAN", "小满", "Grain Buds"),
    ("MANGZHONG", "芒种", "Grain in Ear"),
    ("XIAZHI", "夏至", "Summer Solstice"),
    ("XIAOSHU", "小暑", "Minor Heat"),
    ("DASHU", "大暑", "Major Heat"),
    ("LIQIU", "立秋", "Start of Autumn"),
    ("CHUSHU", "处暑", "End of Heat"),
    ("BAILU", "白露", "White Dew"),
    ("QIUFEN", "秋分", "Autumn Equinox"),
    ("HANLU", "寒露", "Cold Dew"),
    ("SHUANGJIANG", "霜降", "Frost's Descent"),
    ("LIDONG", "立冬", "Start of Winter"),
    ("XIAOXUE", "小雪", "Minor Snow"),
    ("DAXUE", "大雪", "Major Snow"),
    ("DONGZHI", "冬至", "Winter Solstice"),
];

impl SolarTerm {
    /// 夏至.
    pub const SUMMER_SOLSTICE: Self = Self(11);
    /// 立秋.
    pub const START_OF_AUTUMN: Self = Self(14);
    /// 冬至.
    pub const WINTER_SOLSTICE: Self = Self(23);

    /// All terms in the order of the civil year, 小寒 first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..24).map(Self)
    }

    /// Its place in the civil year, 0 for 小寒 to 23 for 冬至.
    pub const fn index(self) -> u8 {
        self.0
    }

    /// Its name in rules: toneless pinyin in capitals, `LIQIU`.
    pub fn code(self) -> &'static str {
        NAMES[usize::from(self.0)].0
    }

    /// Its name for people: `立秋`, `Start of Autumn`.
    pub fn name(self, lang: Lang) -> &'static str {
        let (_, zh, en) = NAMES[usize::from(self.0)];
        lang.pick(zh, en)
    }

    /// Its day in a year; none outside [`TERM_YEARS`].
    pub fn date(self, year: i16) -> Option<Date> {
        let row = DAYS.get(usize::try_from(year.checked_sub(FIRST_YEAR)?).ok()?)?;
        let later = (row >> (2 * self.0)) & 3;
        let day = EARLIEST[usize::from(self.0)] + later as i8;
        Date::new(year, (self.0 / 2 + 1) as i8, day).ok()
    }

    /// The term that falls on a day, if one does.
    pub fn on(day: Date) -> Option<Self> {
        let first = (day.month() as u8 - 1) * 2;
        [Self(first), Self(first + 1)]
            .into_iter()
            .find(|term| term.date(day.year()) == Some(day))
    }
}

/// A name that no term has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a solar term: expected LICHUN, YUSHUI … DAHAN")]
pub struct UnknownTerm;

impl FromStr for SolarTerm {
    type Err = UnknownTerm;

    fn from_str(code: &str) -> Result<Self, UnknownTerm> {
        Self::all().find(|term| term.code() == code).ok_or(UnknownTerm)
    }
}

/// The hottest weeks of a year (三伏), each by its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sanfu {
    /// 初伏: the third 庚 day from 夏至, which counts itself.
    pub first: Date,
    /// 中伏: the fourth.
    pub middle: Date,
    /// 中伏加强: the eleventh day of a 中伏 of twenty days; none in a year in which it has ten.
    pub extra: Option<Date>,
    /// 末伏: the first 庚 day from 立秋, which counts itself.
    pub last: Date,
}

impl Sanfu {
    /// Those of a year; none outside [`TERM_YEARS`].
    pub fn of(year: i16) -> Option<Self> {
        let first = geng_day_from(SolarTerm::SUMMER_SOLSTICE.date(year)?).saturating_add(20.days());
        let middle = first.saturating_add(10.days());
        let last = geng_day_from(SolarTerm::START_OF_AUTUMN.date(year)?);
        let later = middle.saturating_add(10.days());
        Some(Self {
            first,
            middle,
            extra: (later < last).then_some(later),
            last,
        })
    }
}

/// The coldest weeks (三九): the first days of the first, second and third nine days from the 冬至 of `year` on; the third begins in the
/// January after. None outside [`TERM_YEARS`].
pub fn sanjiu(year: i16) -> Option<[Date; 3]> {
    let solstice = SolarTerm::WINTER_SOLSTICE.date(year)?;
    Some([0, 9, 18].map(|days| solstice.saturating_add(Span::new().days(days))))
}

/// The first day on or after `from` whose heavenly stem is 庚: they come every ten days.
fn geng_day_from(from: Date) -> Date {
    // A day whose stem was 庚.
    const GENG: Date = date(2026, 7, 15);
    let behind = from.since(GENG).map_or(0, |span| span.get_days()).rem_euclid(10);
    from.saturating_add(Span::new().days((10 - behind) % 10))
}

#[cfg(test)]
mod tests {
    use tyme4rs::tyme::Culture;
    use tyme4rs::tyme::solar::{SolarDay, SolarTerm as Theirs};

    use super::*;

    #[test]
    fn the_table_is_what_an_independent_program_computes() {
        let mut differing = Vec::new();
        for year in TERM_YEARS {
            for term in SolarTerm::all() {
                // Theirs counts from the 冬至 of the year before.
                let theirs = Theirs::from_index(isize::from(year), isize::from(term.index()) + 1);
                let day = theirs.get_julian_day().get_solar_day();
                let day = date(day.get_year() as i16, day.get_month() as i8, day.get_day() as i8);
                assert_eq!(theirs.get_name(), term.name(Lang::Zh));
                if term.date(year) != Some(day) {
                    differing.push((term.code(), term.date(year), day));
                }
            }
        }
        // Within seconds of midnight, where programs differ: the moments are 23:59:60, 0:00:01 and 23:59:56.
        println!("{differing:?}");
        assert_eq!(differing, []);
    }

    #[test]
    fn the_terms_and_sets_of_the_published_years_are_right() {
        // Year; 夏至, 立秋, 冬至; 初伏, 中伏, its length, 末伏; the starts of the three nines.
        let table = [
            (
                "06-21 08-07 12-21",
                "07-15 07-25 08-04 08-14",
                "2024-12-21 2024-12-30 2025-01-08",
            ),
            (
                "06-21 08-07 12-21",
                "07-20 07-30 - 08-09",
                "2025-12-21 2025-12-30 2026-01-08",
            ),
            (
                "06-21 08-07 12-22",
                "07-15 07-25 08-04 08-14",
                "2026-12-22 2026-12-31 2027-01-09",
            ),
            (
                "06-21 08-08 12-22",
                "07-20 07-30 - 08-09",
                "2027-12-22 2027-12-31 2028-01-09",
            ),
            (
                "06-21 08-07 12-21",
                "07-14 07-24 08-03 08-13",
                "2028-12-21 2028-12-30 2029-01-08",
            ),
        ];
        for (year, (terms, heat, cold)) in (2024..).zip(table) {
            let short = |date: Option<Date>| date.map_or("-".to_owned(), |date| date.strftime("%m-%d").to_string());
            let found = [
                SolarTerm::SUMMER_SOLSTICE,
                SolarTerm::START_OF_AUTUMN,
                SolarTerm::WINTER_SOLSTICE,
            ];
            assert_eq!(found.map(|term| short(term.date(year))).join(" "), terms, "{year}");
            let sanfu = Sanfu::of(year).unwrap();
            let days = [Some(sanfu.first), Some(sanfu.middle), sanfu.extra, Some(sanfu.last)];
            assert_eq!(days.map(short).join(" "), heat, "{year}");
            assert_eq!(
                sanjiu(year).unwrap().map(|day| day.to_string()).join(" "),
                cold,
                "{year}"
            );
        }
    }

    #[test]
    fn a_solstice_or_立秋_that_is_a_庚_day_counts_itself() {
        for year in [2021, 2023] {
            let sanfu = Sanfu::of(year).unwrap();
            let solstice = SolarTerm::SUMMER_SOLSTICE.date(year).unwrap();
            assert_eq!(sanfu.first, solstice.saturating_add(20.days()), "{year}");
        }
        for year in [2012, 2014, 2031] {
            assert_eq!(
                Some(Sanfu::of(year).unwrap().last),
                SolarTerm::START_OF_AUTUMN.date(year),
                "{year}"
            );
        }
    }

    #[test]
    fn the_days_of_heat_and_cold_are_those_of_an_independent_program() {
        let theirs = |day: Date| SolarDay::from_ymd(isize::from(day.year()), day.month() as usize, day.day() as usize);
        let mut long = 0;
        for year in 1950..2100 {
            let sanfu = Sanfu::of(year).unwrap();
            for (day, name, nth) in [
                (Some(sanfu.first), "初伏", 0),
                (Some(sanfu.middle), "中伏", 0),
                (sanfu.extra, "中伏", 10),
                (Some(sanfu.last), "末伏", 0),
            ] {
                let Some(day) = day else { continue };
                let dog_day = theirs(day).get_dog_day().expect("a hot day");
                assert_eq!(
                    (dog_day.get_name().as_str(), dog_day.get_day_index()),
                    (name, nth),
                    "{day}"
                );
            }
            long += u32::from(sanfu.extra.is_some());
            for (day, name) in sanjiu(year).unwrap().into_iter().zip(["一九", "二九", "三九"]) {
                let nine = theirs(day).get_nine_day().expect("a cold day");
                assert_eq!((nine.get_name().as_str(), nine.get_day_index()), (name, 0), "{day}");
            }
        }
        // Forty days rather than thirty.
        assert_eq!(long, 107);
    }

    #[test]
    fn years_outside_the_table_have_no_terms() {
        for year in [i16::MIN, -9999, 1899, 2101, i16::MAX] {
            assert_eq!(
                (SolarTerm(14).date(year), Sanfu::of(year), sanjiu(year)),
                (None, None, None)
            );
        }
        assert_eq!(SolarTerm::on(date(2026, 8, 7)).map(SolarTerm::code), Some("LIQIU"));
        assert_eq!(SolarTerm::on(date(2026, 8, 8)), None);
        assert_eq!("LIQIU".parse(), Ok(SolarTerm::START_OF_AUTUMN));
        assert_eq!("立秋".parse::<SolarTerm>(), Err(UnknownTerm));
    }
}
