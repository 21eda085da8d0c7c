//! Which times are free for one activity, the best first.

use std::collections::HashMap;

use jiff::ToSpan;
use jiff::civil::{Date, Time};

use super::{conditions, gatherings, home_of, taken};
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::resolve;
use crate::domain::community::Venue;
use crate::domain::id::{CommunityId, FacilitatorId, VenueId};
use crate::domain::planning::free_slot::{FreeSlot, MOST_DAYS, PartOfDay, Wish, rank};
use crate::domain::planning::venue_wish::{MOST_NEEDS, VenueWish};
use crate::domain::planning::weekdays::Weekdays;
use crate::domain::planning::{CAPACITY, DURATION_MINUTES, Timetable};
use crate::domain::text::TITLE_CHARS;
use crate::services::checks::Checks;
use crate::services::{Context, Error, Result, programme};
use crate::storage;

/// Which free slots are asked for.
#[derive(Clone, Debug)]
pub struct SlotQuery {
    /// How long.
    pub duration_minutes: i32,
    /// First day.
    pub from: Date,
    /// Last day; at most [`MOST_DAYS`] are looked at.
    pub to: Date,
    /// Only on these days of the week; all when none is named.
    pub weekdays: Weekdays,
    /// Only this venue.
    pub venue_id: Option<VenueId>,
    /// For so many people.
    pub people: Option<i32>,
    /// Words that must stand in the venue's equipment.
    pub needs: Vec<String>,
    /// Outdoors, indoors, or either.
    pub outdoor: Option<bool>,
    /// Who must be free as well.
    pub facilitator_id: Option<FacilitatorId>,
    /// For whom it is; nothing when that is not said.
    pub audience: String,
    /// The preferred part of the day.
    pub preferred: Option<PartOfDay>,
}

impl SlotQuery {
    /// A question for a length between two days, and nothing else.
    pub fn for_minutes(duration_minutes: i32, from: Date, to: Date) -> Self {
        Self {
            duration_minutes,
            from,
            to,
            weekdays: Weekdays::NONE,
            venue_id: None,
            people: None,
            needs: Vec::new(),
            outdoor: None,
            facilitator_id: None,
            audience: String::new(),
            preferred: None,
        }
    }

    fn checked(&self) -> Result<()> {
        let mut checks = Checks::new();
        checks.number("duration_minutes", self.duration_minutes, &DURATION_MINUTES);
        checks.ensure(self.from <= self.to, "to", "slot-backwards", &self.to);
        if let Some(people) = self.people {
            checks.number("people", people, &CAPACITY);
        }
        checks.ensure(
            self.needs.len() <= MOST_NEEDS,
            "needs",
            "plan-too-many",
            &self.needs.len(),
        );
        for need in self.needs.iter().take(MOST_NEEDS) {
            checks.line("needs", need, TITLE_CHARS);
        }
        checks.line("audience", &self.audience, 200);
        checks.finish()
    }
}

/// The free slots of a community, best first, each with its venue.
///
/// # Errors
/// [`Error::Forbidden`] when the actor may neither propose nor plan; [`Error::Invalid`]; [`Error::NotFound`] for a venue or somebody who
/// leads that is not there, or, asked by a partner, belongs to another; [`Error::Storage`].
pub async fn free_slots(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    query: SlotQuery,
) -> Result<Vec<(FreeSlot, Venue)>> {
    may(actor, Action::Propose, community).or_else(|_| may(actor, Action::DecideProposals, community))?;
    query.checked()?;
    let db = ctx.db.reader();
    let home = home_of(db, community).await?;
    let mut venues = storage::community::venues(db, community).await?;
    if let Some(wanted) = query.venue_id {
        venues.retain(|venue| venue.id == wanted);
        if venues.is_empty() {
            return Err(Error::not_found("venue", wanted));
        }
    }
    if let Some(wanted) = query.facilitator_id {
        let all = storage::community::facilitators(db, community).await?;
        // When somebody else's people are busy is not a partner's business.
        let theirs = actor.partner();
        let known = all
            .iter()
            .any(|person| person.id == wanted && (theirs.is_none() || person.partner_id == theirs));
        if !known {
            return Err(Error::not_found("facilitator", wanted));
        }
    }
    let furthest = query.from.saturating_add(i64::try_from(MOST_DAYS).unwrap_or(62).days());
    let last = query
        .to
        .min(furthest)
        .saturating_add(1.day())
        .to_datetime(Time::midnight());
    programme::extend_to(ctx, &home, last).await?;
    let span = (
        resolve(query.from.to_datetime(Time::midnight()), &home.zone).timestamp(),
        resolve(last, &home.zone).timestamp(),
    );
    let who: Vec<FacilitatorId> = query.facilitator_id.into_iter().collect();
    let busy = taken(db, &home, &venues, &who, span).await?;
    let met = if query.audience.trim().is_empty() {
        Vec::new()
    } else {
        gatherings(&storage::session::standing(db, community, span.0, span.1, None).await?)
    };
    let wish = Wish {
        weekdays: if query.weekdays.is_empty() {
            Weekdays::ALL
        } else {
            query.weekdays
        },
        not_before: ctx.now().to_zoned(home.zone.clone()).datetime(),
        place: VenueWish {
            venue_id: query.venue_id,
            people: query.people,
            needs: query.needs,
            outdoor: query.outdoor,
        },
        facilitator_id: query.facilitator_id,
        audience: query.audience,
        preferred: query.preferred,
        ..Wish::for_minutes(query.duration_minutes, query.from, query.to)
    };
    let slots = rank(
        &wish,
        &conditions(db, &home, &venues, ctx.now()).await?,
        &Timetable::new(busy),
        &met,
        &ctx.holidays(),
    );
    let by_id: HashMap<VenueId, Venue> = venues.into_iter().map(|venue| (venue.id, venue)).collect();
    Ok(slots
        .into_iter()
        .filter_map(|slot| by_id.get(&slot.venue).map(|venue| (slot, venue.clone())))
        .collect())
}
