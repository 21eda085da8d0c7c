//! Whether a proposal still fits: its dates against everything but what it holds itself.

use std::collections::HashSet;

use futures_util::future::try_join_all;
use jiff::Timestamp;

use super::dates::{Dates, sort_out, timetable};
use super::{Context, ProposalView, Result, community_of};
use crate::domain::calendar::HolidayCalendar;
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, ProgrammeId};
use crate::domain::planning::{Caution, Clash, Conditions, Slot, Subject};
use crate::domain::proposal::{Offer, ProposalStatus};
use crate::services::{holiday, programme};
use crate::storage::{self, Connection};

/// How a proposal fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    /// Dates still to come.
    pub dates: usize,
    /// What stands in the way, one entry a date.
    pub clashes: Vec<Clash>,
    /// What speaks against the dates that are free.
    pub cautions: Vec<Caution>,
}

impl Fit {
    /// Whether every date that is to come is free, and there is one.
    pub fn is_clear(&self) -> bool {
        self.dates > 0 && self.clashes.is_empty()
    }

    /// Dates that are free.
    pub fn free(&self) -> usize {
        self.dates.saturating_sub(self.clashes.len())
    }
}

/// How `view` fits at this moment. Who may see the proposal may ask.
///
/// # Errors
/// When the database cannot be asked.
pub async fn fit(ctx: &Context, community: CommunityId, view: &ProposalView) -> Result<Fit> {
    Place::load(ctx, community).await?.fit(ctx, view).await
}

/// How each of `views` that waits for an answer fits at this moment; none for the others.
///
/// # Errors
/// When the database cannot be asked.
pub async fn fits(ctx: &Context, community: CommunityId, views: &[ProposalView]) -> Result<Vec<Option<Fit>>> {
    let waits = |view: &ProposalView| view.proposal.status == ProposalStatus::Submitted;
    if !views.iter().any(waits) {
        return Ok(vec![None; views.len()]);
    }
    let place = Place::load(ctx, community).await?;
    let place = &place;
    let each = views.iter().map(async |view| {
        Ok(if waits(view) {
            Some(place.fit(ctx, view).await?)
        } else {
            None
        })
    });
    try_join_all(each).await
}

/// What holds for the proposals of a community, whoever asks for them.
struct Place {
    home: Community,
    holidays: HolidayCalendar,
    conditions: Conditions,
    now: Timestamp,
}

impl Place {
    async fn load(ctx: &Context, community: CommunityId) -> Result<Self> {
        let (db, now) = (ctx.db.reader(), ctx.now());
        let home = community_of(db, community).await?;
        let (holidays, conditions) =
            tokio::try_join!(holiday::in_force(db), programme::conditions(db, &home, None, now))?;
        Ok(Self {
            home,
            holidays,
            conditions,
            now,
        })
    }

    async fn fit(&self, ctx: &Context, view: &ProposalView) -> Result<Fit> {
        let db = ctx.db.reader();
        let home = &self.home;
        let offer = &view.proposal.offer;
        let from = self.now.to_zoned(home.zone.clone()).datetime();
        let dates = Dates::of(offer, &home.zone, from, &self.holidays)?;
        let conditions = Conditions {
            partner: Some(view.partner.terms()),
            ..self.conditions.clone()
        };
        let held = storage::proposal::held(db, home.id, view.proposal.id).await?;
        let held: HashSet<Timestamp> = held.into_iter().collect();
        let mut taken = timetable(db, home.id, &dates, &conditions).await?;
        // No two bookings of a venue overlap, so a start in this venue that the proposal holds is the proposal's own.
        taken.retain(|busy| {
            !(busy.by.is_none() && busy.venue_id == Some(offer.venue_id) && held.contains(&busy.starts_at))
        });
        let (free, clashes) = sort_out(&dates, &conditions, taken);
        let cautions = cautions_of(db, home, offer, &conditions, &free, &self.holidays).await?;
        Ok(Fit {
            cautions,
            dates: dates.slots.len(),
            clashes,
        })
    }
}

/// What speaks against the dates of an offer that are free.
pub(super) async fn cautions_of(
    db: &impl Connection,
    home: &Community,
    offer: &Offer,
    conditions: &Conditions,
    free: &[Slot],
    holidays: &HolidayCalendar,
) -> Result<Vec<Caution>> {
    let continued = match offer.programme_id {
        Some(id) => storage::programme::find(db, home.id, id).await?,
        None => None,
    };
    let subject = Subject {
        // A programme that is not there yet has no other sessions.
        programme_id: offer.programme_id.unwrap_or(ProgrammeId(uuid::Uuid::nil())),
        audience: continued.map(|known| known.audience).unwrap_or_default(),
        partner: conditions.partner.clone(),
    };
    let slots: Vec<&Slot> = free.iter().collect();
    let around = programme::neighbours(db, home, &subject, &slots).await?;
    let found = programme::cautions_of(home, &subject, &slots, around, holidays);
    Ok(found.into_iter().flatten().collect())
}
