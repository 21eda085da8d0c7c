//! What stands in the way of a session: a taken venue or facilitator, a closed door, too few seats, an expired paper, a frozen
//! partner.
//!
//! All of it is decided over values: a [`Timetable`] of what is taken and the [`Conditions`] of the place. The database
//! guards the same rules again, for two who ask at once; what it needs to know of a slot is its [`Claim`].

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

use crate::domain::calendar::resolve;
use crate::domain::community::{Paper, PartnerTerms, Venue};
use crate::domain::id::{FacilitatorId, PartnerId, SessionId, VenueId};

/// Why a session cannot stand where it is wanted. Times are in the community's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash {
    /// The venue is taken (with its clearing minutes).
    Venue {
        /// Which venue.
        venue: VenueId,
        /// Start of what was wanted.
        wanted_at: Zoned,
        /// The session that stands there; none when a pending proposal holds the slot.
        by: Option<SessionId>,
        /// Its title.
        title: String,
        /// Its start.
        starts_at: Zoned,
        /// Its end.
        ends_at: Zoned,
    },
    /// The facilitator is taken.
    Facilitator {
        /// Who.
        facilitator: FacilitatorId,
        /// Start of what was wanted.
        wanted_at: Zoned,
        /// The session that has them; none when a pending proposal does.
        by: Option<SessionId>,
        /// Its title.
        title: String,
        /// Its start.
        starts_at: Zoned,
        /// Its end.
        ends_at: Zoned,
    },
    /// The venue is not open then.
    Closed {
        /// Which venue.
        venue: VenueId,
        /// Start of what was wanted.
        wanted_at: Zoned,
    },
    /// The venue is shut for a time.
    Closure {
        /// Which venue.
        venue: VenueId,
        /// Start of what was wanted.
        wanted_at: Zoned,
        /// When it opens again.
        until: Zoned,
        /// Why, in words; may be empty.
        reason: String,
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
    /// A paper of the partner has expired by then.
    Licence {
        /// Start of what was wanted.
        wanted_at: Zoned,
        /// Which paper.
        paper: Paper,
        /// Its last day.
        expires_on: Date,
    },
    /// The partner's sessions are frozen until staff have looked into a complaint.
    Frozen {
        /// Which partner.
        partner: PartnerId,
    },
}

impl Clash {
    /// What programs compare.
    pub fn code(&self) -> &'static str {
        match self {
            Clash::Venue { .. } => "venue",
            Clash::Facilitator { .. } => "facilitator",
            Clash::Closed { .. } => "closed",
            Clash::Closure { .. } => "closure",
            Clash::Capacity { .. } => "capacity",
            Clash::Licence { paper, .. } => paper.as_str(),
            Clash::Frozen { .. } => "frozen",
        }
    }

    /// The start of what was wanted; none where the clash holds for every date.
    pub fn wanted_at(&self) -> Option<&Zoned> {
        match self {
            Clash::Venue { wanted_at, .. }
            | Clash::Facilitator { wanted_at, .. }
            | Clash::Closed { wanted_at, .. }
            | Clash::Closure { wanted_at, .. }
            | Clash::Licence { wanted_at, .. } => Some(wanted_at),
            Clash::Capacity { .. } | Clash::Frozen { .. } => None,
        }
    }
}

/// A place and a time that something wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Where.
    pub venue_id: VenueId,
    /// Who.
    pub facilitator_id: Option<FacilitatorId>,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// Seats wanted; none without a limit.
    pub capacity: Option<i32>,
}

/// A venue and a facilitator taken for a span of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Busy {
    /// The session that takes them; none for a pending proposal.
    pub by: Option<SessionId>,
    /// Its title.
    pub title: String,
    /// The venue.
    pub venue_id: Option<VenueId>,
    /// The facilitator.
    pub facilitator_id: Option<FacilitatorId>,
    /// Start.
    pub starts_at: Timestamp,
    /// End for the facilitator.
    pub ends_at: Timestamp,
    /// End for the venue, with its clearing minutes.
    pub clear_at: Timestamp,
}

/// The longest a venue can be taken by one session, minutes: twelve hours and four of clearing.
pub const LONGEST_BUSY_MINUTES: i64 = 16 * 60;

/// What is taken, in order of starting.
#[derive(Clone, Debug, Default)]
pub struct Timetable {
    spans: Vec<Busy>,
}

impl Timetable {
    /// A timetable of these spans.
    pub fn new(mut spans: Vec<Busy>) -> Self {
        spans.sort_by_key(|busy| busy.starts_at);
        Self { spans }
    }

    /// Takes one more span.
    pub fn add(&mut self, busy: Busy) {
        let at = self.spans.partition_point(|other| other.starts_at <= busy.starts_at);
        self.spans.insert(at, busy);
    }

    /// Gives free what these sessions take.
    pub fn release(&mut self, sessions: &HashSet<SessionId>) {
        self.spans
            .retain(|busy| busy.by.is_none_or(|session| !sessions.contains(&session)));
    }

    /// What pending proposals hold in `from..to`.
    pub fn held_by_proposals(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = &Busy> {
        self.near(from, to)
            .iter()
            .filter(move |busy| busy.by.is_none() && busy.ends_at > from)
    }

    /// What is taken, in order of starting.
    pub fn spans(&self) -> &[Busy] {
        &self.spans
    }

    /// The part of it that takes this venue or this facilitator.
    #[must_use]
    pub fn around(&self, venue: VenueId, facilitator: Option<FacilitatorId>) -> Self {
        let takes = |busy: &&Busy| {
            busy.venue_id == Some(venue) || (facilitator.is_some() && busy.facilitator_id == facilitator)
        };
        Self {
            spans: self.spans.iter().filter(takes).cloned().collect(),
        }
    }

    /// The spans that begin before `to` and may last beyond `from`.
    fn near(&self, from: Timestamp, to: Timestamp) -> &[Busy] {
        let earliest = from
            .checked_sub(LONGEST_BUSY_MINUTES.minutes())
            .unwrap_or(Timestamp::MIN);
        let first = self.spans.partition_point(|busy| busy.starts_at < earliest);
        let end = self.spans.partition_point(|busy| busy.starts_at < to);
        &self.spans[first.min(end)..end]
    }
}

/// A venue that is shut for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shut {
    /// Which.
    pub venue_id: VenueId,
    /// Start.
    pub from: Timestamp,
    /// End; not shut any more.
    pub to: Timestamp,
    /// Why, in words; may be empty.
    pub reason: String,
}

/// What holds at the place, whatever stands on the timetable.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// The zone of the opening hours.
    pub zone: TimeZone,
    /// The venues asked about.
    pub venues: HashMap<VenueId, Venue>,
    /// The partner that gives it, where there is one.
    pub partner: Option<PartnerTerms>,
    /// Venues that are shut for a time.
    pub shut: Vec<Shut>,
}

/// What a slot claims of its venue and partner, on the venue's wall clock: the database holds a booking against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The civil day it begins on.
    pub on: Date,
    /// Start, minutes after that day's midnight.
    pub from_minute: i32,
    /// End, minutes after that day's midnight; 1440 is its end.
    pub to_minute: i32,
    /// Seats; none without a limit.
    pub capacity: Option<i32>,
    /// The partner whose papers must hold.
    pub partner_id: Option<PartnerId>,
}

impl Claim {
    /// What a stretch of time claims, on the clock of `zone`.
    pub fn of(
        zone: &TimeZone,
        starts_at: Timestamp,
        ends_at: Timestamp,
        capacity: Option<i32>,
        partner_id: Option<PartnerId>,
    ) -> Self {
        let (starts, ends) = (zone.to_datetime(starts_at), zone.to_datetime(ends_at));
        let minute = |at: jiff::civil::DateTime| i32::from(at.hour()) * 60 + i32::from(at.minute());
        let days = starts.date().until(ends.date()).map_or(1, |span| span.get_days());
        Self {
            on: starts.date(),
            from_minute: minute(starts),
            to_minute: days.saturating_mul(1440).saturating_add(minute(ends)),
            capacity,
            partner_id,
        }
    }
}

impl Conditions {
    /// Whether the venue is shut during some of `slot`.
    pub fn is_shut(&self, slot: &Slot) -> bool {
        self.shut
            .iter()
            .any(|shut| shut.venue_id == slot.venue_id && shut.from < slot.ends_at && slot.starts_at < shut.to)
    }

    /// When the venue is clear again after a session that ends at `ends_at`.
    pub fn clear_at(&self, venue: VenueId, ends_at: Timestamp) -> Timestamp {
        let minutes = self.venues.get(&venue).map_or(0, |venue| venue.clearing_minutes.max(0));
        ends_at.checked_add(i64::from(minutes).minutes()).unwrap_or(ends_at)
    }

    /// The span `slot` would take.
    pub fn busy(&self, slot: &Slot, by: Option<SessionId>, title: &str) -> Busy {
        Busy {
            by,
            title: title.to_owned(),
            venue_id: Some(slot.venue_id),
            facilitator_id: slot.facilitator_id,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            clear_at: self.clear_at(slot.venue_id, slot.ends_at),
        }
    }

    /// What `slot` claims of its venue and partner.
    pub fn claim(&self, slot: &Slot) -> Claim {
        let partner = self.partner.as_ref().map(|partner| partner.id);
        Claim::of(&self.zone, slot.starts_at, slot.ends_at, slot.capacity, partner)
    }

    /// Everything that stands in the way of `slot`, the place's own conditions first.
    pub fn clashes(&self, slot: &Slot, timetable: &Timetable) -> Vec<Clash> {
        let mut found = Vec::new();
        let wanted_at = slot.starts_at.to_zoned(self.zone.clone());
        let closed = || Clash::Closed {
            venue: slot.venue_id,
            wanted_at: wanted_at.clone(),
        };
        match self.venues.get(&slot.venue_id) {
            None => found.push(closed()),
            Some(venue) => {
                if !self.is_open(venue, slot) {
                    found.push(closed());
                }
                if let Some(wanted) = slot.capacity.filter(|wanted| *wanted > venue.capacity) {
                    found.push(Clash::Capacity {
                        venue: venue.id,
                        wanted,
                        seats: venue.capacity,
                    });
                }
            }
        }
        for shut in &self.shut {
            if shut.venue_id == slot.venue_id && shut.from < slot.ends_at && slot.starts_at < shut.to {
                found.push(Clash::Closure {
                    venue: slot.venue_id,
                    wanted_at: wanted_at.clone(),
                    until: shut.to.to_zoned(self.zone.clone()),
                    reason: shut.reason.clone(),
                });
            }
        }
        if let Some(partner) = &self.partner {
            found.extend(
                partner
                    .expired_on(wanted_at.date())
                    .map(|(paper, expires_on)| Clash::Licence {
                        wanted_at: wanted_at.clone(),
                        paper,
                        expires_on,
                    }),
            );
            if partner.frozen {
                found.push(Clash::Frozen { partner: partner.id });
            }
        }
        let clear_at = self.clear_at(slot.venue_id, slot.ends_at);
        for busy in timetable.near(slot.starts_at, clear_at) {
            let local = |at: Timestamp| at.to_zoned(self.zone.clone());
            if busy.venue_id == Some(slot.venue_id) && slot.starts_at < busy.clear_at {
                found.push(Clash::Venue {
                    venue: slot.venue_id,
                    wanted_at: wanted_at.clone(),
                    by: busy.by,
                    title: busy.title.clone(),
                    starts_at: local(busy.starts_at),
                    ends_at: local(busy.ends_at),
                });
            }
            if let Some(facilitator) = slot.facilitator_id
                && busy.facilitator_id == Some(facilitator)
                && busy.starts_at < slot.ends_at
                && slot.starts_at < busy.ends_at
            {
                found.push(Clash::Facilitator {
                    facilitator,
                    wanted_at: wanted_at.clone(),
                    by: busy.by,
                    title: busy.title.clone(),
                    starts_at: local(busy.starts_at),
                    ends_at: local(busy.ends_at),
                });
            }
        }
        found
    }

    /// Whether the venue is open from the start to the end of `slot`.
    fn is_open(&self, venue: &Venue, slot: &Slot) -> bool {
        let claim = self.claim(slot);
        let closed_for_good = venue.closed_on.is_some_and(|closed_on| claim.on >= closed_on);
        // A session may end at midnight, not later.
        !closed_for_good && venue.opens_at_minute <= claim.from_minute && claim.to_minute <= venue.closes_at_minute
    }

    /// The slot nearest to the wanted one at which nothing stands in the way: on the same day in the same venue; else at the
    /// same time in another venue with enough seats, the smallest first and outdoors only for what was outdoors; else at the same
    /// time on one of the six days before and after. None when there is no such slot.
    pub fn nearest(&self, slot: &Slot, timetable: &Timetable, not_before: Timestamp) -> Option<Slot> {
        let length = slot.ends_at.duration_since(slot.starts_at);
        let at = |venue_id: VenueId, starts_at: Timestamp| Slot {
            venue_id,
            starts_at,
            ends_at: starts_at.checked_add(length).unwrap_or(starts_at),
            ..slot.clone()
        };
        if let Some(start) = self.nearest_free(slot, timetable, not_before) {
            return Some(at(slot.venue_id, start.timestamp()));
        }
        let free = |wished: &Slot| wished.starts_at >= not_before && self.clashes(wished, timetable).is_empty();
        let outdoor = self.venues.get(&slot.venue_id).is_some_and(|venue| venue.outdoor);
        let mut others: Vec<&Venue> = self
            .venues
            .values()
            .filter(|venue| venue.id != slot.venue_id && (outdoor || !venue.outdoor))
            .collect();
        others.sort_by_key(|venue| (venue.outdoor != outdoor, venue.capacity, venue.id));
        let elsewhere = others.into_iter().map(|venue| at(venue.id, slot.starts_at));
        let wanted = slot.starts_at.to_zoned(self.zone.clone()).datetime();
        let other_days = (1..=6_i32).flat_map(|days| [days, -days]).map(|days| {
            let local = wanted.saturating_add(days.days());
            at(slot.venue_id, resolve(local, &self.zone).timestamp())
        });
        elsewhere.chain(other_days).find(free)
    }

    /// The start nearest to the wanted one, on the same day and on a quarter of an hour, at which nothing stands in the
    /// way; none when the day has no such gap. Of two equally near the later one.
    pub fn nearest_free(&self, slot: &Slot, timetable: &Timetable, not_before: Timestamp) -> Option<Zoned> {
        let venue = self.venues.get(&slot.venue_id)?;
        let wanted = slot.starts_at.to_zoned(self.zone.clone());
        let length = slot.ends_at.duration_since(slot.starts_at);
        let mut starts: Vec<Zoned> = (venue.opens_at_minute.max(0)..venue.closes_at_minute.min(1440))
            .filter(|minute| minute % 15 == 0)
            .filter_map(|minute| {
                let time = jiff::civil::time((minute / 60) as i8, (minute % 60) as i8, 0, 0);
                wanted.date().to_datetime(time).to_zoned(self.zone.clone()).ok()
            })
            .collect();
        starts.sort_by_key(|start| {
            let distance = start.timestamp().duration_since(slot.starts_at);
            (distance.abs(), distance.is_negative())
        });
        starts.into_iter().find(|start| {
            let at = start.timestamp();
            let moved = Slot {
                starts_at: at,
                ends_at: at.checked_add(length).unwrap_or(at),
                ..slot.clone()
            };
            at >= not_before && self.clashes(&moved, timetable).is_empty()
        })
    }
}
