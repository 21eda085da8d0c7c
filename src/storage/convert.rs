//! Where jiff's times meet the chrono columns of sea-orm.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use jiff::Timestamp;
use jiff::civil::Date;

use super::Error;

/// An instant as both databases store it: whole microseconds. SQLite would keep more digits than PostgreSQL, and equality
/// would differ between the two.
pub fn to_db(instant: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.as_microsecond()).unwrap_or(DateTime::UNIX_EPOCH)
}

/// An instant read from a row.
pub fn from_db(instant: DateTime<Utc>) -> Timestamp {
    Timestamp::from_microsecond(instant.timestamp_micros()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A civil date as both databases store it.
pub fn date_to_db(date: Date) -> NaiveDate {
    let day = NaiveDate::from_ymd_opt(i32::from(date.year()), date.month() as u32, date.day() as u32);
    day.unwrap_or(NaiveDate::MIN)
}

/// A civil date read from a row.
pub fn date_from_db(date: NaiveDate) -> Date {
    let year = i16::try_from(date.year()).unwrap_or(i16::MAX);
    Date::new(year, date.month() as i8, date.day() as i8).unwrap_or(Date::MIN)
}

/// Reads a text column that holds one of a list, a wall-clock time, a rule.
///
/// # Errors
/// [`Error::Inconsistent`], which names table, row and column.
pub(super) fn read<T: FromStr>(
    table: &'static str,
    column: &'static str,
    id: impl Display,
    value: &str,
) -> Result<T, Error> {
    value.parse().map_err(|_| Error::Inconsistent {
        table,
        column,
        id: id.to_string(),
        value: value.chars().take(200).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_survive_the_way_to_the_database_and_back_in_microseconds() {
        let instant: Timestamp = "2026-11-23T08:05:29.123456789Z".parse().expect("a valid instant");
        assert_eq!(from_db(to_db(instant)).to_string(), "2026-11-23T08:05:29.123456Z");
    }
}
