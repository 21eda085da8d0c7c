//! Whether a proposal still fits: its dates against everything but what it holds itself.

use std::collections::HashSet;

use jiff::Timestamp;

use super::dates::{Dates, sort_out, timetable};
use super::{Context, ProposalView, Result, community_of};
use crate::domain::calendar::HolidayCalendar;
use crate::domain::community::Community;
use crate::domain::id::{CommunityId, ProgrammeId};
use crate::domain::planning::{Caution, Clash, Conditions, Slot, Subject};
use crate::domain::proposal::Offer;
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
    fit_at(ctx.db.reader(), community, view, ctx.now()).await
}

pub(super) async fn fit_at(
    db: &impl Connection,
    community: CommunityId,
    view: &ProposalView,
    now: Timestamp,
) -> Result<Fit> {
    let home = community_of(db, community).await?;
    let offer = &view.proposal.offer;
    let holidays = holiday::in_force(db).await?;
    let from = now.to_zoned(home.zone.clone()).datetime();
    let dates = Dates::of(offer, &home.zone, from, &holidays)?;
    let conditions = programme::conditions(db, &home, Some(view.partner.id), now).await?;
    let held: HashSet<Timestamp> = storage::proposal::held(db, community, view.proposal.id)
        .await?
        .into_iter()
        .collect();
    let mut taken = timetable(db, community, &dates, &conditions).await?;
    // No two bookings of a venue overlap, so a start in this venue that the proposal holds is the proposal's own.
    taken
        .retain(|busy| !(busy.by.is_none() && busy.venue_id == Some(offer.venue_id) && held.contains(&busy.starts_at)));
    let (free, clashes) = sort_out(&dates, &conditions, taken);
    let cautions = cautions_of(db, &home, offer, &conditions, &free, &holidays).await?;
    Ok(Fit {
        cautions,
        dates: dates.slots.len(),
        clashes,
    })
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
