//! Local time in a named zone, and the instant it means.
//!
//! Zones come from the time zone database compiled into the binary, so that the same local time means the same
//! instant on every machine, whatever its operating system ships.

use std::sync::OnceLock;

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, Zoned};

/// Why a name is not a time zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The name is not in the time zone database.
    #[error("unknown time zone {0:?}: expected an IANA name such as Asia/Shanghai")]
    Unknown(String),
}

/// The zone with this IANA name (any letter case), for example `Asia/Shanghai`.
///
/// # Errors
/// [`ZoneError::Unknown`] when the database has no such name.
pub fn parse_zone(name: &str) -> Result<TimeZone, ZoneError> {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    let unknown = || ZoneError::Unknown(name.chars().take(64).collect());
    let zone = DATABASE
        .get_or_init(TimeZoneDatabase::bundled)
        .get(name)
        .map_err(|_| unknown())?;
    if zone.is_unknown() { Err(unknown()) } else { Ok(zone) }
}

/// The instant a local time means in a zone (RFC 5545 §3.3.5).
///
/// A local time skipped by a clock change is read with the offset from before the gap, so 02:30 becomes 03:30 on a
/// one-hour spring change. A local time that happens twice means its first occurrence. Local times whose
/// instant lies outside what an RFC 3339 timestamp can carry (the outermost day of the years -9999 and 9999)
/// give the nearest instant that can be carried.
pub fn resolve(local: DateTime, tz: &TimeZone) -> Zoned {
    local.to_zoned(tz.clone()).unwrap_or_else(|_| {
        let nearest = if local.year() < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        };
        nearest.to_zoned(tz.clone())
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::datetime;

    use super::*;

    fn resolved(name: &str, local: &str) -> String {
        let zoned = resolve(local.parse().unwrap(), &parse_zone(name).unwrap());
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    #[test]
    fn a_local_time_becomes_the_instant_rfc_5545_asks_for() {
        let table = [
            ("Asia/Shanghai", "2026-01-07T09:30:00", "2026-01-07T09:30:00+08:00"),
            // China's last summer time, 1986-1991: 1991-04-14 02:00 sprang to 03:00, 1991-09-15 02:00 fell to 01:00.
            ("Asia/Shanghai", "1991-04-14T02:30:00", "1991-04-14T03:30:00+09:00"),
            ("Asia/Shanghai", "1991-09-15T01:30:00", "1991-09-15T01:30:00+09:00"),
            // RFC 5545's own pair: in New York on 2007-03-11 and 2007-11-04.
            ("America/New_York", "2007-03-11T02:30:00", "2007-03-11T03:30:00-04:00"),
            ("America/New_York", "2007-11-04T01:30:00", "2007-11-04T01:30:00-04:00"),
            ("America/New_York", "2026-11-01T02:00:00", "2026-11-01T02:00:00-05:00"),
            ("Europe/London", "2026-03-29T01:30:00", "2026-03-29T02:30:00+01:00"),
            ("Europe/London", "2026-10-25T01:30:00", "2026-10-25T01:30:00+01:00"),
            ("Europe/London", "2026-10-25T02:00:00", "2026-10-25T02:00:00+00:00"),
            // Half an hour only.
            (
                "Australia/Lord_Howe",
                "2026-10-04T02:15:00",
                "2026-10-04T02:45:00+11:00",
            ),
            (
                "Australia/Lord_Howe",
                "2026-04-05T01:45:00",
                "2026-04-05T01:45:00+11:00",
            ),
            // A whole day that never was.
            ("Pacific/Apia", "2011-12-30T10:00:00", "2011-12-31T10:00:00+14:00"),
        ];
        for (zone, local, instant) in table {
            assert_eq!(resolved(zone, local), instant, "{zone} {local}");
        }
    }

    #[test]
    fn unknown_zones_are_named_in_the_error() {
        for name in ["", "Mars/Olympus", "Asia/Shanghai ", "+08:00", "Etc/Unknown"] {
            assert_eq!(parse_zone(name).unwrap_err(), ZoneError::Unknown(name.into()));
        }
        assert_eq!(parse_zone("asia/shanghai").unwrap().iana_name(), Some("Asia/Shanghai"));
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for name in ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"] {
            let zone = parse_zone(name).unwrap();
            assert!(resolve(DateTime::MIN, &zone) < resolve(datetime(2026, 1, 1, 0, 0, 0, 0), &zone));
            assert!(resolve(DateTime::MAX, &zone) > resolve(datetime(2026, 1, 1, 0, 0, 0, 0), &zone));
        }
    }
}
