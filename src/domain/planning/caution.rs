//! What speaks against a session without forbidding it: the same people are elsewhere, it reaches into the noon rest, the day is an
//! official day off, its partner has had enough this week. Each is shown with its reason and can be accepted on purpose.

use std::collections::HashSet;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde::{Deserialize, Serialize};

use super::Slot;
use super::audience::same_audience;
use super::clash::LONGEST_BUSY_MINUTES;
use super::kind::named;
use crate::domain::calendar::{DayKind, HolidayCalendar, IsoWeek, resolve};
use crate::domain::community::PartnerTerms;
use crate::domain::id::{PartnerId, ProgrammeId, SessionId, VenueId};

/// The noon rest, wall clock: a session that reaches into it keeps people from it.
const NOON_REST: (Time, Time) = (Time::constant(12, 0, 0, 0), Time::constant(14, 0, 0, 0));

/// Whether what speaks against a plan is accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnCaution {
    /// Store it, and say what spoke against it.
    #[default]
    Accept,
    /// Store nothing and say what speaks against it.
    Refuse,
}

named! { OnCaution {
    Accept => "accept",
    Refuse => "refuse",
} }

/// What speaks against a session. Times are in the community's zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caution {
    /// The same people are wanted elsewhere at that time: the same programme, or one for the same audience.
    SameAudience {
        /// Start of what is wanted.
        wanted_at: Zoned,
        /// The other session.
        by: SessionId,
        /// Its title.
        title: String,
        /// Where it is.
        venue: VenueId,
        /// Its start.
        starts_at: Zoned,
        /// Its end.
        ends_at: Zoned,
    },
    /// It reaches into the noon rest, 12:00 to 14:00.
    NoonRest {
        /// Start of what is wanted.
        wanted_at: Zoned,
    },
    /// The day is an official day off.
    Holiday {
        /// Start of what is wanted.
        wanted_at: Zoned,
        /// Name of the holiday.
        name: String,
    },
    /// The partner would have more sessions in that week than agreed.
    WeeklyLimit {
        /// Start of what is wanted.
        wanted_at: Zoned,
        /// Sessions a week that were agreed.
        limit: i32,
        /// Sessions it would have.
        planned: i32,
    },
}

impl Caution {
    /// What programs compare.
    pub const fn code(&self) -> &'static str {
        match self {
            Caution::SameAudience { .. } => "same_audience",
            Caution::NoonRest { .. } => "noon_rest",
            Caution::Holiday { .. } => "holiday",
            Caution::WeeklyLimit { .. } => "weekly_limit",
        }
    }

    /// The start of what is wanted.
    pub const fn wanted_at(&self) -> &Zoned {
        match self {
            Caution::SameAudience { wanted_at, .. }
            | Caution::NoonRest { wanted_at }
            | Caution::Holiday { wanted_at, .. }
            | Caution::WeeklyLimit { wanted_at, .. } => wanted_at,
        }
    }
}

/// A short text that stands for exactly these cautions: a form carries it back to say that they were seen.
pub fn seen<'a>(cautions: impl IntoIterator<Item = &'a Caution>) -> String {
    // FNV-1a, 64 bits: only equality means something.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for caution in cautions {
        let by = match caution {
            Caution::SameAudience { by, .. } => by.to_string(),
            Caution::WeeklyLimit { planned, .. } => planned.to_string(),
            Caution::NoonRest { .. } | Caution::Holiday { .. } => String::new(),
        };
        let text = format!("{} {} {by};", caution.code(), caution.wanted_at().timestamp());
        for byte in text.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    format!("{hash:016x}")
}

/// What is planned, as far as its neighbours are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Which programme.
    pub programme_id: ProgrammeId,
    /// For whom, in words; empty for everybody.
    pub audience: String,
    /// The partner that gives it.
    pub partner: Option<PartnerTerms>,
}

/// A session that stands, as far as those beside it are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Which.
    pub session_id: SessionId,
    /// Of which programme.
    pub programme_id: ProgrammeId,
    /// For whom, in words; empty for everybody.
    pub audience: String,
    /// The partner that gives it.
    pub partner_id: Option<PartnerId>,
    /// Its title.
    pub title: String,
    /// Where.
    pub venue_id: VenueId,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
}

/// The sessions that stand, in order of starting.
#[derive(Clone, Debug, Default)]
pub struct Neighbours {
    all: Vec<Neighbour>,
}

impl Neighbours {
    /// These sessions.
    pub fn new(mut all: Vec<Neighbour>) -> Self {
        all.sort_by_key(|one| one.starts_at);
        Self { all }
    }

    /// One more, which stands if the plan does.
    pub fn add(&mut self, one: Neighbour) {
        let at = self.all.partition_point(|other| other.starts_at <= one.starts_at);
        self.all.insert(at, one);
    }

    /// Leaves out these sessions: they move or fall out.
    pub fn release(&mut self, sessions: &HashSet<SessionId>) {
        self.all.retain(|one| !sessions.contains(&one.session_id));
    }

    /// Those that begin in `from..to`.
    fn between(&self, from: Timestamp, to: Timestamp) -> &[Neighbour] {
        let first = self.all.partition_point(|one| one.starts_at < from);
        let end = self.all.partition_point(|one| one.starts_at < to);
        &self.all[first.min(end)..end]
    }
}

impl Subject {
    /// Whether `other` is for the same people: the same programme, or the same words for whom.
    fn shares_people_with(&self, other: &Neighbour) -> bool {
        self.programme_id == other.programme_id || same_audience(&self.audience, &other.audience)
    }

    /// Everything that speaks against `slot`, on the clock of `zone`.
    pub fn cautions(
        &self,
        slot: &Slot,
        zone: &TimeZone,
        neighbours: &Neighbours,
        holidays: &HolidayCalendar,
    ) -> Vec<Caution> {
        let mut found = Vec::new();
        let local = |at: Timestamp| at.to_zoned(zone.clone());
        let wanted_at = local(slot.starts_at);
        let earliest = slot.starts_at.checked_sub(LONGEST_BUSY_MINUTES.minutes());
        for other in neighbours.between(earliest.unwrap_or(Timestamp::MIN), slot.ends_at) {
            if slot.starts_at < other.ends_at && self.shares_people_with(other) {
                found.push(Caution::SameAudience {
                    wanted_at: wanted_at.clone(),
                    by: other.session_id,
                    title: other.title.clone(),
                    venue: other.venue_id,
                    starts_at: local(other.starts_at),
                    ends_at: local(other.ends_at),
                });
            }
        }
        let noon = |time: Time| resolve(wanted_at.date().to_datetime(time), zone).timestamp();
        if slot.starts_at < noon(NOON_REST.1) && noon(NOON_REST.0) < slot.ends_at {
            found.push(Caution::NoonRest {
                wanted_at: wanted_at.clone(),
            });
        }
        if let DayKind::Holiday(name) = holidays.day(wanted_at.date()) {
            found.push(Caution::Holiday {
                wanted_at: wanted_at.clone(),
                name: name.to_owned(),
            });
        }
        found.extend(self.over_the_limit(wanted_at, zone, neighbours));
        found
    }

    fn over_the_limit(&self, wanted_at: Zoned, zone: &TimeZone, neighbours: &Neighbours) -> Option<Caution> {
        let partner = self.partner.as_ref()?;
        let limit = partner.weekly_limit?;
        let week = IsoWeek::containing(wanted_at.date());
        let midnight = |week: IsoWeek| resolve(week.first_day().to_datetime(Time::midnight()), zone).timestamp();
        let there = neighbours
            .between(midnight(week), midnight(week.next()))
            .iter()
            .filter(|other| other.partner_id == Some(partner.id))
            .count();
        let planned = i32::try_from(there).unwrap_or(i32::MAX).saturating_add(1);
        (planned > limit).then_some(Caution::WeeklyLimit {
            wanted_at,
            limit,
            planned,
        })
    }

    /// What a session of this subject at `slot` is to those beside it.
    pub fn as_neighbour(&self, session_id: SessionId, title: &str, slot: &Slot) -> Neighbour {
        Neighbour {
            session_id,
            programme_id: self.programme_id,
            audience: self.audience.clone(),
            partner_id: self.partner.as_ref().map(|partner| partner.id),
            title: title.to_owned(),
            venue_id: slot.venue_id,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::DateTime;
    use uuid::Uuid;

    use super::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }

    fn slot(from: &str, to: &str) -> Slot {
        let at = |text: &str| {
            let local: DateTime = text.parse().unwrap();
            local.to_zoned(shanghai()).unwrap().timestamp()
        };
        Slot {
            venue_id: VenueId(Uuid::from_u128(1)),
            facilitator_id: None,
            starts_at: at(from),
            ends_at: at(to),
            capacity: None,
        }
    }

    fn subject(programme: u128, audience: &str, limit: Option<i32>) -> Subject {
        Subject {
            programme_id: ProgrammeId(Uuid::from_u128(programme)),
            audience: audience.to_owned(),
            partner: Some(PartnerTerms {
                id: PartnerId(Uuid::from_u128(7)),
                papers: [
                    (crate::domain::community::Paper::Licence, None),
                    (crate::domain::community::Paper::Qualification, None),
                    (crate::domain::community::Paper::Pledge, None),
                ],
                weekly_limit: limit,
                frozen: false,
            }),
        }
    }

    fn codes(subject: &Subject, slot: &Slot, neighbours: &Neighbours) -> Vec<&'static str> {
        subject
            .cautions(slot, &shanghai(), neighbours, HolidayCalendar::china())
            .iter()
            .map(Caution::code)
            .collect()
    }

    #[test]
    fn the_noon_rest_begins_at_twelve_and_ends_at_two() {
        let nobody = Neighbours::default();
        let table: [(&str, &str, &[&str]); 5] = [
            ("2026-11-25T10:00:00", "2026-11-25T12:00:00", &[]),
            ("2026-11-25T10:00:00", "2026-11-25T12:01:00", &["noon_rest"]),
            ("2026-11-25T13:59:00", "2026-11-25T15:00:00", &["noon_rest"]),
            ("2026-11-25T14:00:00", "2026-11-25T15:00:00", &[]),
            ("2026-11-25T11:00:00", "2026-11-25T15:00:00", &["noon_rest"]),
        ];
        for (from, to, expected) in table {
            assert_eq!(
                codes(&subject(1, "", None), &slot(from, to), &nobody),
                expected,
                "{from}"
            );
        }
    }

    #[test]
    fn an_official_day_off_is_named() {
        let found = subject(1, "", None).cautions(
            &slot("2026-10-01T09:00:00", "2026-10-01T10:00:00"),
            &shanghai(),
            &Neighbours::default(),
            HolidayCalendar::china(),
        );
        assert!(
            matches!(&found[..], [Caution::Holiday { name, .. }] if name.contains("国庆")),
            "{found:?}"
        );
    }

    #[test]
    fn people_cannot_be_in_two_rooms_but_different_people_can() {
        let there = slot("2026-11-25T09:00:00", "2026-11-25T10:00:00");
        let session = SessionId(Uuid::from_u128(5));
        let standing = |programme, audience: &str| {
            Neighbours::new(vec![
                subject(programme, audience, None).as_neighbour(session, "合唱", &there),
            ])
        };
        let wanted = slot("2026-11-25T09:30:00", "2026-11-25T11:00:00");
        let after = slot("2026-11-25T10:00:00", "2026-11-25T11:00:00");
        assert_eq!(
            codes(&subject(1, "独居老人", None), &wanted, &standing(2, " 独居老人")),
            ["same_audience"]
        );
        assert_eq!(
            codes(&subject(1, "独居老人", None), &after, &standing(2, "独居老人")),
            [""; 0]
        );
        assert_eq!(
            codes(&subject(1, "独居老人", None), &wanted, &standing(2, "新手奶奶")),
            [""; 0]
        );
        // For everybody says nothing about the same people; the same programme does.
        assert_eq!(codes(&subject(1, "", None), &wanted, &standing(2, "")), [""; 0]);
        assert_eq!(
            codes(&subject(1, "", None), &wanted, &standing(1, "")),
            ["same_audience"]
        );
        let mut moving = standing(1, "");
        moving.release(&HashSet::from([session]));
        assert_eq!(codes(&subject(1, "", None), &wanted, &moving), [""; 0]);
    }

    #[test]
    fn a_partner_over_its_week_is_shown_with_both_numbers() {
        let one = subject(1, "", Some(2));
        let mut there = Neighbours::default();
        for (at, day) in ["2026-11-23", "2026-11-29", "2026-11-30"].iter().enumerate() {
            let slot = slot(&format!("{day}T09:00:00"), &format!("{day}T10:00:00"));
            there.add(subject(2, "", None).as_neighbour(SessionId(Uuid::from_u128(at as u128)), "艾灸", &slot));
        }
        let found = one.cautions(
            &slot("2026-11-25T15:00:00", "2026-11-25T16:00:00"),
            &shanghai(),
            &there,
            HolidayCalendar::china(),
        );
        assert!(
            matches!(
                &found[..],
                [Caution::WeeklyLimit {
                    limit: 2,
                    planned: 3,
                    ..
                }]
            ),
            "{found:?}"
        );
        // Sunday belongs to its week, Monday to the next.
        assert_eq!(
            codes(&one, &slot("2026-12-01T15:00:00", "2026-12-01T16:00:00"), &there),
            [""; 0]
        );
    }
}
