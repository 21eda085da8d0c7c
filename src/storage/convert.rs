//! Where jiff's times meet the chrono columns of sea-orm.

use chrono::{DateTime, Utc};
use jiff::Timestamp;

/// An instant as both databases store it: whole microseconds. SQLite would keep more digits than PostgreSQL, and equality
/// would differ between the two.
pub fn to_db(instant: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.as_microsecond()).unwrap_or(DateTime::UNIX_EPOCH)
}

/// An instant read from a row.
pub fn from_db(instant: DateTime<Utc>) -> Timestamp {
    Timestamp::from_microsecond(instant.timestamp_micros()).unwrap_or(Timestamp::UNIX_EPOCH)
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
