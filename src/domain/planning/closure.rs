//! A closure (停用): venues are shut for a time, or the weather keeps people at home. For every session it hits somebody decides:
//! call it off and tell people, move it, or hold it all the same. Nothing is decided silently; here is only what is suggested.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::clash::{Conditions, Shut, Slot, Timetable};
use super::kind::named;
use super::{Session, SessionStatus};
use crate::domain::community::Venue;
use crate::domain::id::{SessionId, VenueId};

/// Places offered for a session that is to move.
const MOST_OPTIONS: usize = 3;

/// What kind of closure it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosureKind {
    /// Venues are shut: repairs, elections, a holiday.
    #[default]
    Closure,
    /// Heat, smog, rain, ice: outdoors nothing is held.
    Weather,
}

named! { ClosureKind {
    Closure => "closure",
    Weather => "weather",
} }

/// What becomes of a session that a closure hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosureAct {
    /// It is called off, and people are told.
    Cancel,
    /// It moves, and people are told.
    Move,
    /// It is held all the same.
    Keep,
}

named! { ClosureAct {
    Cancel => "cancel",
    Move => "move",
    Keep => "keep",
} }

/// What somebody decided about one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Which session.
    pub session: SessionId,
    /// What becomes of it.
    pub act: ClosureAct,
    /// Where and when it moves to; only with [`ClosureAct::Move`].
    pub to: Option<(VenueId, Timestamp)>,
}

/// A session that a closure hits, and what could become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The session as it stands.
    pub session: Session,
    /// What is suggested.
    pub suggested: ClosureAct,
    /// Where it could move, best first: the same time elsewhere, else the nearest free slot.
    pub options: Vec<Slot>,
}

/// Whether a closure of `venues` (all when `None`) in `from..to` hits a session that can still be changed at `now`.
pub fn is_hit(
    session: &Session,
    venues: Option<&HashSet<VenueId>>,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> bool {
    let open = matches!(session.status, SessionStatus::Scheduled | SessionStatus::Provisional);
    open && !session.is_past(now)
        && !session.is_attended()
        && venues.is_none_or(|venues| venues.contains(&session.venue_id))
        && session.starts_at < to
        && from < session.ends_at
}

/// What could become of `session`. One whose own venue stays open is called off, or moves to another day: what keeps people at home keeps
/// them from another room too. `conditions` and `timetable` are as they will be while the closure lasts, without the sessions it
/// hits; what is suggested to move is taken from the timetable for those after it. Whoever flees the weather goes indoors. `span` is how long
/// the closure lasts.
pub fn weigh(
    session: &Session,
    conditions: &Conditions,
    timetable: &mut Timetable,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Hit {
    let slot = Slot {
        venue_id: session.venue_id,
        facilitator_id: session.facilitator_id,
        starts_at: session.starts_at,
        ends_at: session.ends_at,
        capacity: session.capacity,
    };
    let room_for = |venue: &Venue| venue.capacity >= session.enrolled;
    // Where the doors stay open the people do: it is the way that is bad, and another room is no help.
    let stays_open = !conditions.is_shut(&slot);
    let mut elsewhere: Vec<&Venue> = conditions
        .venues
        .values()
        .filter(|venue| !stays_open && venue.id != session.venue_id && !venue.outdoor && room_for(venue))
        .collect();
    elsewhere.sort_by_key(|venue| (venue.capacity, venue.id));
    let mut options: Vec<Slot> = elsewhere
        .into_iter()
        .map(|venue| Slot {
            venue_id: venue.id,
            ..slot.clone()
        })
        .filter(|wished| conditions.clashes(wished, timetable).is_empty())
        .take(MOST_OPTIONS)
        .collect();
    let suggested = match options.first() {
        Some(first) => {
            timetable.add(conditions.busy(first, Some(session.id), ""));
            ClosureAct::Move
        }
        None => ClosureAct::Cancel,
    };
    if options.is_empty() {
        let mut meanwhile = conditions.clone();
        if stays_open {
            let shut = |venue: &VenueId| Shut {
                venue_id: *venue,
                from,
                to,
                reason: String::new(),
            };
            meanwhile.shut.extend(conditions.venues.keys().map(shut));
        }
        options.extend(meanwhile.nearest(&slot, timetable, now));
    }
    Hit {
        session: session.clone(),
        suggested,
        options,
    }
}
