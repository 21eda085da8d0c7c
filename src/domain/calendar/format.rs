//! Dates in the words of our pages, posters and messages.

use jiff::civil::{Date, DateTime, Weekday};

use super::day_part::time_words;
use crate::domain::lang::Lang;

/// A weekday: `周三`, `Wed`.
pub const fn weekday_short(weekday: Weekday, lang: Lang) -> &'static str {
    match weekday {
        Weekday::Monday => lang.pick("周一", "Mon"),
        Weekday::Tuesday => lang.pick("周二", "Tue"),
        Weekday::Wednesday => lang.pick("周三", "Wed"),
        Weekday::Thursday => lang.pick("周四", "Thu"),
        Weekday::Friday => lang.pick("周五", "Fri"),
        Weekday::Saturday => lang.pick("周六", "Sat"),
        Weekday::Sunday => lang.pick("周日", "Sun"),
    }
}

/// A weekday written out: `星期三`, `Wednesday`.
pub const fn weekday_long(weekday: Weekday, lang: Lang) -> &'static str {
    match weekday {
        Weekday::Monday => lang.pick("星期一", "Monday"),
        Weekday::Tuesday => lang.pick("星期二", "Tuesday"),
        Weekday::Wednesday => lang.pick("星期三", "Wednesday"),
        Weekday::Thursday => lang.pick("星期四", "Thursday"),
        Weekday::Friday => lang.pick("星期五", "Friday"),
        Weekday::Saturday => lang.pick("星期六", "Saturday"),
        Weekday::Sunday => lang.pick("星期日", "Sunday"),
    }
}

/// A month by its number, 1 to 12: `9月`, `Sep`. Another number gives an empty text.
pub fn month_short(month: i8, lang: Lang) -> &'static str {
    const ZH: [&str; 12] = [
        "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月",
    ];
    const EN: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let names = match lang {
        Lang::Zh => ZH,
        Lang::En => EN,
    };
    usize::try_from(month - 1)
        .ok()
        .and_then(|i| names.get(i).copied())
        .unwrap_or("")
}

/// Month and day: `9月27日`, `27 Sep`.
pub fn month_day(date: Date, lang: Lang) -> String {
    let month = month_short(date.month(), lang);
    match lang {
        Lang::Zh => format!("{month}{}日", date.day()),
        Lang::En => format!("{} {month}", date.day()),
    }
}

/// Month, day and weekday, as on a page of the current year: `9月27日 周三`, `Wed 27 Sep`.
pub fn day_words(date: Date, lang: Lang) -> String {
    let weekday = weekday_short(date.weekday(), lang);
    match lang {
        Lang::Zh => format!("{} {weekday}", month_day(date, lang)),
        Lang::En => format!("{weekday} {}", month_day(date, lang)),
    }
}

/// The whole date, for paper that will be kept: `2026年9月27日`, `27 Sep 2026`.
pub fn full_date(date: Date, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{}年{}", date.year(), month_day(date, lang)),
        Lang::En => format!("{} {}", month_day(date, lang), date.year()),
    }
}

/// A month of a year: `2026年9月`, `Sep 2026`.
pub fn year_month(year: i16, month: i8, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{year}年{}", month_short(month, lang)),
        Lang::En => format!("{} {year}", month_short(month, lang)),
    }
}

/// Date and time of a start: `9月27日 周三 上午9:30`, `Wed 27 Sep, 9:30 am`.
pub fn moment_words(at: DateTime, lang: Lang) -> String {
    let between = lang.pick(" ", ", ");
    format!("{}{between}{}", day_words(at.date(), lang), time_words(at.time(), lang))
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, datetime};

    use super::*;

    #[test]
    fn dates_read_as_the_design_writes_them() {
        let day = date(2023, 9, 27);
        assert_eq!(day_words(day, Lang::Zh), "9月27日 周三");
        assert_eq!(day_words(day, Lang::En), "Wed 27 Sep");
        assert_eq!(full_date(day, Lang::Zh), "2023年9月27日");
        assert_eq!(full_date(day, Lang::En), "27 Sep 2023");
        assert_eq!(year_month(2026, 10, Lang::Zh), "2026年10月");
        assert_eq!(year_month(2026, 10, Lang::En), "Oct 2026");
        assert_eq!(
            moment_words(datetime(2023, 9, 27, 9, 30, 0, 0), Lang::Zh),
            "9月27日 周三 上午9:30"
        );
        assert_eq!(
            moment_words(datetime(2023, 9, 27, 9, 30, 0, 0), Lang::En),
            "Wed 27 Sep, 9:30 am"
        );
        assert_eq!(weekday_long(date(2026, 11, 29).weekday(), Lang::Zh), "星期日");
        assert_eq!((month_short(0, Lang::Zh), month_short(13, Lang::En)), ("", ""));
    }
}
