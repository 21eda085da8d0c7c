//! Local times as plain seconds and back.

use jiff::civil::{Date, DateTime, Time};

use super::days::{Day, civil_date, day_number, month_length};
use super::times::DAY_SECONDS;
use super::walk::Seconds;

/// The number of a day.
pub(super) fn day_of(date: Date) -> Day {
    day_number(i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

/// The date of a day, which must lie in the years -9999 to 9999.
pub(super) fn date_of(day: Day) -> Date {
    LocalClock::new().local(day * DAY_SECONDS).date()
}

/// A local time in whole seconds after 1970-01-01T00:00:00 of the same clock.
pub(super) fn seconds(at: DateTime) -> Seconds {
    let time = i64::from(at.hour()) * 3600 + i64::from(at.minute()) * 60 + i64::from(at.second());
    day_of(at.date()) * DAY_SECONDS + time
}

/// The first whole second not before a local time.
pub(super) fn seconds_rounded_up(at: DateTime) -> Seconds {
    seconds(at) + i64::from(at.subsec_nanosecond() > 0)
}

/// Turns seconds into local times. It remembers the month and the time of day it last met, because the dates of a series
/// mostly share them with the date before: that halves the cost of a date.
pub(super) struct LocalClock {
    month_begins: Day,
    month_length: i64,
    year: i16,
    month: i8,
    time_seconds: i64,
    time: Time,
}

impl LocalClock {
    pub(super) const fn new() -> Self {
        Self {
            month_begins: 0,
            month_length: 31,
            year: 1970,
            month: 1,
            time_seconds: 0,
            time: Time::midnight(),
        }
    }

    /// The local time so many seconds after 1970-01-01T00:00:00, which must lie in the years -9999 to 9999.
    #[inline]
    pub(super) fn local(&mut self, at: Seconds) -> DateTime {
        let day = at.div_euclid(DAY_SECONDS);
        let time = at - day * DAY_SECONDS;
        if !(0..self.month_length).contains(&(day - self.month_begins)) {
            let (year, month, of_month) = civil_date(day);
            self.month_begins = day - of_month + 1;
            self.month_length = month_length(year, month);
            self.year = year as i16;
            self.month = month as i8;
        }
        if time != self.time_seconds {
            self.time_seconds = time;
            self.time = Time::new((time / 3600) as i8, (time / 60 % 60) as i8, (time % 60) as i8, 0)
                .expect("seconds after midnight are less than a day");
        }
        let date = Date::new(self.year, self.month, (day - self.month_begins + 1) as i8)
            .expect("a walk stays within the years a date can have");
        DateTime::from_parts(date, self.time)
    }
}
