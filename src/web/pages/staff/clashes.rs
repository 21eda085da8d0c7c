//! Clashes in words a person can act on: what stands where, and from when to when.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::domain::calendar::HolidayCalendar;
use crate::domain::calendar::day_part::{time_range_short, time_words};
use crate::domain::calendar::format::{day_words, full_date, moment_words};
use crate::domain::community::{Community, Facilitator, Venue};
use crate::domain::id::{FacilitatorId, VenueId};
use crate::domain::planning::Clash;
use crate::services::programme::PlannedSession;
use crate::services::wording::Words;
use crate::services::{Context, Error, community};

/// The names that clashes are told with.
pub struct Clashes {
    /// The community's clock.
    pub zone: TimeZone,
    /// The official calendar in force.
    pub holidays: Arc<HolidayCalendar>,
    venues: HashMap<VenueId, Venue>,
    facilitators: HashMap<FacilitatorId, Facilitator>,
}

impl Clashes {
    /// The names of one community.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn load(ctx: &Context, home: &Community) -> Result<Self, Error> {
        let venues = community::venues(ctx, home.id).await?;
        let facilitators = community::facilitators(ctx, home.id).await?;
        Ok(Self {
            zone: home.zone.clone(),
            holidays: ctx.holidays(),
            venues: venues.into_iter().map(|venue| (venue.id, venue)).collect(),
            facilitators: facilitators.into_iter().map(|person| (person.id, person)).collect(),
        })
    }

    /// The names of the venues that are outdoors.
    pub fn outdoor(&self, words: Words) -> Vec<String> {
        let mut venues: Vec<&Venue> = self.venues.values().filter(|venue| venue.outdoor).collect();
        venues.sort_by_key(|venue| venue.id);
        venues
            .into_iter()
            .map(|venue| words.pick(&venue.name, &venue.name_en).to_owned())
            .collect()
    }

    /// The name of a venue.
    pub fn venue(&self, words: Words, id: VenueId) -> String {
        self.venues
            .get(&id)
            .map(|venue| words.pick(&venue.name, &venue.name_en).to_owned())
            .unwrap_or_default()
    }

    /// The nearest free slot of a date at which something stands, in words: another time, another venue, or another day.
    pub fn offer(&self, words: Words, session: &PlannedSession) -> Option<String> {
        let free = session.nearest_free.as_ref()?;
        let time = time_words(free.time(), words.lang);
        Some(match session.nearest_venue_id {
            Some(venue) => words.a("staff-preview-free-venue", "venue", self.venue(words, venue)),
            None if free.date() == session.starts.date() => words.a("staff-preview-free", "time", time),
            None => words.aa(
                "staff-preview-free-day",
                "day",
                day_words(free.date(), words.lang),
                "time",
                time,
            ),
        })
    }

    /// One clash in words.
    pub fn words(&self, words: Words, clash: &Clash) -> String {
        let when = |at: &Zoned| moment_words(at.datetime(), words.lang);
        let until = |from: &Zoned, to: &Zoned| time_range_short(from.time(), to.time(), words.lang);
        match clash {
            Clash::Venue {
                venue,
                wanted_at,
                by,
                title,
                starts_at,
                ends_at,
            } => {
                let key = if by.is_some() {
                    "staff-clash-venue"
                } else {
                    "staff-clash-held"
                };
                words.with(
                    key,
                    [
                        ("when", when(wanted_at).into()),
                        ("venue", self.venue(words, *venue).into()),
                        ("title", title.clone().into()),
                        ("time", until(starts_at, ends_at).into()),
                    ],
                )
            }
            Clash::Facilitator {
                facilitator,
                wanted_at,
                title,
                starts_at,
                ends_at,
                ..
            } => {
                let who = self
                    .facilitators
                    .get(facilitator)
                    .map(|person| words.pick(&person.name, &person.name_en).to_owned())
                    .unwrap_or_default();
                words.with(
                    "staff-clash-facilitator",
                    [
                        ("when", when(wanted_at).into()),
                        ("who", who.into()),
                        ("title", title.clone().into()),
                        ("time", until(starts_at, ends_at).into()),
                    ],
                )
            }
            Clash::Closed { venue, wanted_at } => {
                let opening = self.venues.get(venue).map_or_else(String::new, |venue| {
                    let time = |minute: i32| format!("{}:{:02}", minute / 60, minute % 60);
                    format!("{}—{}", time(venue.opens_at_minute), time(venue.closes_at_minute))
                });
                words.with(
                    "staff-clash-closed",
                    [
                        ("when", when(wanted_at).into()),
                        ("venue", self.venue(words, *venue).into()),
                        ("opening", opening.into()),
                    ],
                )
            }
            Clash::Capacity { venue, wanted, seats } => words.with(
                "staff-clash-capacity",
                [
                    ("venue", self.venue(words, *venue).into()),
                    ("wanted", (*wanted).into()),
                    ("seats", (*seats).into()),
                ],
            ),
            Clash::Closure {
                venue,
                wanted_at,
                until,
                reason,
            } => words.with(
                "staff-clash-closure",
                [
                    ("when", when(wanted_at).into()),
                    ("venue", self.venue(words, *venue).into()),
                    ("until", when(until).into()),
                    ("reason", words.in_brackets(reason).into()),
                ],
            ),
            Clash::Licence { expires_on, paper, .. } => words.a(
                &format!("staff-clash-{paper}"),
                "day",
                full_date(*expires_on, words.lang),
            ),
            Clash::Frozen { .. } => words.t("staff-clash-frozen"),
        }
    }
}
