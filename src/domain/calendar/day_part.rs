//! The parts a day is spoken of in, and times said with them.

use jiff::civil::Time;

use crate::domain::lang::Lang;

/// A part of the day as older people in China speak of it. The boundaries are the product's design rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayPart {
    /// 早上: before 9:00.
    EarlyMorning,
    /// 上午: from 9:00.
    Morning,
    /// 中午: from 11:30.
    Noon,
    /// 下午: from 13:00.
    Afternoon,
    /// 晚上: from 18:00.
    Evening,
}

impl DayPart {
    /// The part of the day a time lies in.
    pub fn of(time: Time) -> Self {
        match i32::from(time.hour()) * 60 + i32::from(time.minute()) {
            ..=539 => Self::EarlyMorning,
            540..=689 => Self::Morning,
            690..=779 => Self::Noon,
            780..=1079 => Self::Afternoon,
            _ => Self::Evening,
        }
    }

    /// Its name: `上午`, `morning`.
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Self::EarlyMorning => lang.pick("早上", "early morning"),
            Self::Morning => lang.pick("上午", "morning"),
            Self::Noon => lang.pick("中午", "noon"),
            Self::Afternoon => lang.pick("下午", "afternoon"),
            Self::Evening => lang.pick("晚上", "evening"),
        }
    }
}

/// A time of day in words, to the minute: `上午9:30`, `9:30 am`.
pub fn time_words(time: Time, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{}{}", DayPart::of(time).name(lang), clock(time, lang)),
        Lang::En => format!("{} {}", clock(time, lang), if time.hour() < 12 { "am" } else { "pm" }),
    }
}

/// A stretch of time for seniors: `上午9:00 到 11:00`, `9:00 to 11:00 am`.
///
/// The second day part is said only where leaving it out could be misheard.
pub fn time_range_words(from: Time, to: Time, lang: Lang) -> String {
    join(from, to, lang, lang.pick(" 到 ", " to "))
}

/// A stretch of time for staff and print: `上午9:00—11:00`, `9:00–11:00 am`.
pub fn time_range_short(from: Time, to: Time, lang: Lang) -> String {
    join(from, to, lang, lang.pick("—", "–"))
}

fn join(from: Time, to: Time, lang: Lang, between: &str) -> String {
    match lang {
        Lang::Zh => {
            let morning_to_noon = from < to && (to.hour(), to.minute()) <= (12, 0);
            if from <= to && (DayPart::of(from) == DayPart::of(to) || morning_to_noon) {
                format!("{}{between}{}", time_words(from, lang), clock(to, lang))
            } else {
                format!("{}{between}{}", time_words(from, lang), time_words(to, lang))
            }
        }
        Lang::En => {
            if from <= to && (from.hour() < 12) == (to.hour() < 12) {
                format!("{}{between}{}", clock(from, lang), time_words(to, lang))
            } else {
                format!("{}{between}{}", time_words(from, lang), time_words(to, lang))
            }
        }
    }
}

/// The twelve-hour clock face. Midnight is 0:00 in Chinese and 12:00 in English.
fn clock(time: Time, lang: Lang) -> String {
    let hour = match (time.hour(), lang) {
        (0, Lang::En) => 12,
        (hour @ 13.., _) => hour - 12,
        (hour, _) => hour,
    };
    format!("{hour}:{:02}", time.minute())
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    #[test]
    fn the_day_changes_its_name_at_the_design_boundaries() {
        let table = [
            (0, 0, "早上0:00", "12:00 am"),
            (7, 30, "早上7:30", "7:30 am"),
            (8, 59, "早上8:59", "8:59 am"),
            (9, 0, "上午9:00", "9:00 am"),
            (11, 29, "上午11:29", "11:29 am"),
            (11, 30, "中午11:30", "11:30 am"),
            (12, 0, "中午12:00", "12:00 pm"),
            (12, 59, "中午12:59", "12:59 pm"),
            (13, 0, "下午1:00", "1:00 pm"),
            (17, 59, "下午5:59", "5:59 pm"),
            (18, 0, "晚上6:00", "6:00 pm"),
            (23, 5, "晚上11:05", "11:05 pm"),
        ];
        for (h, m, zh, en) in table {
            let t = time(h, m, 0, 0);
            assert_eq!(
                (time_words(t, Lang::Zh).as_str(), time_words(t, Lang::En).as_str()),
                (zh, en)
            );
        }
    }

    #[test]
    fn ranges_name_the_second_part_of_the_day_only_when_it_is_needed() {
        let table = [
            ((9, 0), (11, 0), "上午9:00 到 11:00", "9:00 to 11:00 am"),
            ((9, 30), (11, 30), "上午9:30 到 11:30", "9:30 to 11:30 am"),
            ((8, 0), (9, 30), "早上8:00 到 9:30", "8:00 to 9:30 am"),
            ((10, 0), (12, 0), "上午10:00 到 12:00", "10:00 am to 12:00 pm"),
            ((11, 0), (13, 30), "上午11:00 到 下午1:30", "11:00 am to 1:30 pm"),
            ((14, 30), (16, 0), "下午2:30 到 4:00", "2:30 to 4:00 pm"),
            ((17, 0), (19, 0), "下午5:00 到 晚上7:00", "5:00 to 7:00 pm"),
            ((19, 0), (20, 30), "晚上7:00 到 8:30", "7:00 to 8:30 pm"),
            ((22, 0), (1, 0), "晚上10:00 到 早上1:00", "10:00 pm to 1:00 am"),
        ];
        for (from, to, zh, en) in table {
            let (from, to) = (time(from.0, from.1, 0, 0), time(to.0, to.1, 0, 0));
            assert_eq!(time_range_words(from, to, Lang::Zh), zh);
            assert_eq!(time_range_words(from, to, Lang::En), en);
        }
        assert_eq!(
            time_range_short(time(9, 0, 0, 0), time(11, 0, 0, 0), Lang::Zh),
            "上午9:00—11:00"
        );
        assert_eq!(
            time_range_short(time(9, 0, 0, 0), time(11, 0, 0, 0), Lang::En),
            "9:00–11:00 am"
        );
    }
}
