//! A device that may take attendance in one community and nothing else: the tablet at the door.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::id::DeviceId;

/// How long a link to a device works, hours. It works once.
pub const LINK_HOURS: i64 = 24;
/// The most devices of a community that are not revoked.
pub const DEVICES_MAX: u64 = 50;
/// How many days before and after today the sessions lie that a device sees.
pub const DAYS_AROUND: i32 = 1;
/// The fewest characters a device searches all residents with.
pub const SEARCH_MIN: usize = 2;
/// The most residents a device's search answers.
pub const FOUND_MAX: usize = 10;
/// How long a browser keeps a cookie at the most, seconds: 400 days (RFC 6265bis §5.5).
const COOKIE_MAX_SECONDS: i64 = 400 * 24 * 3600;

/// How long a device may take attendance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// Until midnight.
    Today,
    /// Ninety days.
    Days90,
    /// Until somebody takes the right away.
    UntilRevoked,
}

super::planning::named! { Term {
    Today => "today",
    Days90 => "days90",
    UntilRevoked => "until_revoked",
} }

impl Term {
    /// When a right given at `now` ends by itself: on midnight of the community's clock.
    pub fn ends_at(self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let days = match self {
            Term::Today => 1,
            Term::Days90 => 91,
            Term::UntilRevoked => return None,
        };
        let today = now.to_zoned(zone.clone()).date();
        let midnight = today.saturating_add(days.days()).to_zoned(zone.clone());
        Some(midnight.map_or(now, |midnight| midnight.timestamp()))
    }
}

/// A device, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// What staff call it.
    pub name: String,
    /// How long it may.
    pub term: Term,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its link stops working.
    pub link_expires_at: Timestamp,
    /// When its link was opened.
    pub opened_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub seen_at: Option<Timestamp>,
    /// When its right ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When its right was taken.
    pub revoked_at: Option<Timestamp>,
}

/// How a device stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its link waits to be opened.
    Waiting,
    /// It may take attendance.
    Active,
    /// Its time, or its link's, is over.
    Expired,
    /// Its right was taken.
    Revoked,
}

impl State {
    /// Its name, for words.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Active => "active",
            State::Expired => "expired",
            State::Revoked => "revoked",
        }
    }
}

impl Device {
    /// How it stands at `now`.
    pub fn state(&self, now: Timestamp) -> State {
        if self.revoked_at.is_some() {
            State::Revoked
        } else if self.expires_at.is_some_and(|end| now >= end) {
            State::Expired
        } else if self.opened_at.is_some() {
            State::Active
        } else if now >= self.link_expires_at {
            State::Expired
        } else {
            State::Waiting
        }
    }

    /// When the link of a device made at `now` stops working.
    pub fn link_ends_at(now: Timestamp) -> Timestamp {
        now + SignedDuration::from_hours(LINK_HOURS)
    }

    /// How long the device's browser keeps its token, seconds.
    pub fn cookie_seconds(&self, now: Timestamp) -> i64 {
        self.expires_at.map_or(COOKIE_MAX_SECONDS, |end| {
            end.duration_since(now).as_secs().clamp(0, COOKIE_MAX_SECONDS)
        })
    }
}

/// Whether a device sees a session of that day.
pub fn sees(starts_on: Date, today: Date) -> bool {
    let from = today.saturating_sub(DAYS_AROUND.days());
    let to = today.saturating_add(DAYS_AROUND.days());
    (from..=to).contains(&starts_on)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    fn device() -> Device {
        Device {
            id: DeviceId(Uuid::from_u128(1)),
            name: "门口平板".to_owned(),
            term: Term::Today,
            created_at: at("2026-11-25T00:00:00Z"),
            link_expires_at: at("2026-11-26T00:00:00Z"),
            opened_at: None,
            seen_at: None,
            expires_at: Some(at("2026-11-25T16:00:00Z")),
            revoked_at: None,
        }
    }

    #[test]
    fn a_right_ends_at_midnight_of_the_communitys_clock() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let now = at("2026-11-25T08:10:00+08:00");
        assert_eq!(Term::Today.ends_at(now, &zone), Some(at("2026-11-26T00:00:00+08:00")));
        assert_eq!(Term::Days90.ends_at(now, &zone), Some(at("2027-02-24T00:00:00+08:00")));
        assert_eq!(Term::UntilRevoked.ends_at(now, &zone), None);
    }

    #[test]
    fn a_device_waits_works_and_ends() {
        let now = at("2026-11-25T10:00:00Z");
        let evening = at("2026-11-25T16:00:00Z");
        assert_eq!(device().state(now), State::Waiting);
        let open = Device {
            opened_at: Some(now),
            ..device()
        };
        assert_eq!(open.state(now), State::Active);
        assert_eq!(open.state(evening), State::Expired);
        assert_eq!(open.cookie_seconds(now), 6 * 3600);
        let taken = Device {
            revoked_at: Some(now),
            ..open
        };
        assert_eq!(taken.state(evening), State::Revoked);
        let for_ever = Device {
            expires_at: None,
            ..device()
        };
        assert_eq!(
            for_ever.state(at("2026-11-26T00:00:00Z")),
            State::Expired,
            "the link was never opened"
        );
    }

    #[test]
    fn a_device_sees_yesterday_today_and_tomorrow() {
        let today = date(2026, 11, 25);
        for (day, seen) in [(23, false), (24, true), (25, true), (26, true), (27, false)] {
            assert_eq!(sees(date(2026, 11, day), today), seen, "{day}");
        }
    }
}
