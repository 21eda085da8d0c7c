//! Programmes, series and sessions as values; what a series wants against what stands; clashes.

use jiff::Timestamp;

use super::id::{FacilitatorId, SessionId, VenueId};

/// Why a session cannot stand where it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// The venue is taken (with its clearing minutes).
    Venue {
        /// Which venue.
        venue: VenueId,
        /// Start of what was wanted.
        wanted_at: Timestamp,
        /// The session that stands there; none when a pending proposal holds the slot.
        by: Option<SessionId>,
        /// Its title.
        title: String,
        /// Its start.
        starts_at: Timestamp,
        /// Its end.
        ends_at: Timestamp,
    },
    /// The facilitator is taken.
    Facilitator {
        /// Who.
        facilitator: FacilitatorId,
        /// Start of what was wanted.
        wanted_at: Timestamp,
        /// The session that has them; none when a pending proposal does.
        by: Option<SessionId>,
        /// Its title.
        title: String,
        /// Its start.
        starts_at: Timestamp,
        /// Its end.
        ends_at: Timestamp,
    },
    /// The venue is not open then.
    Closed {
        /// Which venue.
        venue: VenueId,
        /// Start of what was wanted.
        wanted_at: Timestamp,
    },
    /// More seats than the venue has.
    Capacity {
        /// Which venue.
        venue: VenueId,
        /// Seats wanted.
        wanted: i32,
        /// Seats there.
        seats: i32,
    },
    /// The partner's licence has expired by then.
    Licence {
        /// Start of what was wanted.
        wanted_at: Timestamp,
        /// Last day of the licence.
        expires_on: jiff::civil::Date,
    },
}

impl Clash {
    /// What programs compare.
    pub fn code(&self) -> &'static str {
        match self {
            Clash::Venue { .. } => "venue",
            Clash::Facilitator { .. } => "facilitator",
            Clash::Closed { .. } => "closed",
            Clash::Capacity { .. } => "capacity",
            Clash::Licence { .. } => "licence",
        }
    }
}
