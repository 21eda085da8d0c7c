//! Finding a place before anything is planned: free slots for one activity, and a whole week for a wish list.
//!
//! Both look and store nothing. [`carry_out()`] then plans what was chosen of a week, the same way as everything else is planned: checked
//! again, all of it or nothing.

mod carry_out;
mod free_slots;
mod week_plan;
mod words;

pub use carry_out::{CarriedOut, Chosen, carry_out, is_carried_out};
pub use free_slots::{SlotQuery, free_slots};
pub use week_plan::{Proposed, Target, WeekWish, WishRow, solve_week, unplanned_rows};

use jiff::Timestamp;

use super::{Error, Result, programme};
use crate::domain::community::{Community, Venue};
use crate::domain::id::{CommunityId, FacilitatorId};
use crate::domain::planning::audience::Gathering;
use crate::domain::planning::{Busy, Conditions, Neighbour};
use crate::storage::{self, Connection};

/// What holds at these venues of a community, whoever gives the session.
async fn conditions(db: &impl Connection, home: &Community, venues: &[Venue], now: Timestamp) -> Result<Conditions> {
    Ok(Conditions {
        venues: venues.iter().map(|venue| (venue.id, venue.clone())).collect(),
        ..programme::conditions(db, home, None, now).await?
    })
}

async fn home_of(db: &impl Connection, id: CommunityId) -> Result<Community> {
    storage::community::find(db, id)
        .await?
        .ok_or_else(|| Error::not_found("community", id))
}

/// Everything that takes these venues or facilitators between two instants.
async fn taken(
    db: &impl Connection,
    home: &Community,
    venues: &[Venue],
    facilitators: &[FacilitatorId],
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Busy>> {
    let ids: Vec<_> = venues.iter().map(|venue| venue.id).collect();
    Ok(storage::booking::busy(db, home.id, &ids, facilitators, from, to).await?)
}

/// For whom the sessions of a span are, those that say so.
fn gatherings(standing: &[Neighbour]) -> Vec<Gathering> {
    standing
        .iter()
        .filter(|session| !session.audience.trim().is_empty())
        .map(|session| Gathering {
            audience: session.audience.clone(),
            title: session.title.clone(),
            starts_at: session.starts_at,
            ends_at: session.ends_at,
        })
        .collect()
}
