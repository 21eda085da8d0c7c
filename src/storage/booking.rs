//! Bookings: venue and facilitator taken for a span of time. The database refuses two that overlap.
//!
//! Whoever books first calls [`lock`]: under load the constraint alone gives one winner, but also deadlocks.

use entities::{booking, facilitator, programme, proposal, session, venue};
use jiff::{Timestamp, ToSpan};
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Connection, Result, date_to_db, from_db, to_db};
use crate::domain::id::{BookingId, CommunityId, FacilitatorId, ProposalId, SessionId, VenueId};
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::{Busy, Claim};

/// Rows per statement: SQLite takes at most 32,766 values in one.
const ROWS_AT_ONCE: usize = 1000;

/// Locks venues, then facilitators, each in order of their ids, until the transaction ends. SQLite needs no lock: its
/// writing transactions come one after the other.
pub async fn lock(
    db: &impl Connection,
    community: CommunityId,
    venues: &[VenueId],
    facilitators: &[FacilitatorId],
) -> Result<()> {
    if !venues.is_empty() {
        venue::Entity::find()
            .filter(venue::Column::CommunityId.eq(community.0))
            .filter(venue::Column::Id.is_in(venues.iter().map(|id| id.0)))
            .order_by_asc(venue::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(db)
            .await?;
    }
    if !facilitators.is_empty() {
        facilitator::Entity::find()
            .filter(facilitator::Column::CommunityId.eq(community.0))
            .filter(facilitator::Column::Id.is_in(facilitators.iter().map(|id| id.0)))
            .order_by_asc(facilitator::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .all(db)
            .await?;
    }
    Ok(())
}

/// What takes any of these venues or facilitators between two instants.
pub async fn busy(
    db: &impl Connection,
    community: CommunityId,
    venues: &[VenueId],
    facilitators: &[FacilitatorId],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Busy>> {
    let earliest = from
        .checked_sub(LONGEST_BUSY_MINUTES.minutes())
        .unwrap_or(Timestamp::MIN);
    // An empty list is left out: an OR with "in nothing" would keep SQLite from its indexes.
    let mut wanted = Condition::any();
    if !venues.is_empty() {
        wanted = wanted.add(booking::Column::VenueId.is_in(venues.iter().map(|id| id.0)));
    }
    if !facilitators.is_empty() {
        wanted = wanted.add(booking::Column::FacilitatorId.is_in(facilitators.iter().map(|id| id.0)));
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let rows = booking::Entity::find()
        .filter(booking::Column::CommunityId.eq(community.0))
        .filter(wanted)
        .filter(booking::Column::StartsAt.gte(to_db(earliest)))
        .filter(booking::Column::StartsAt.lt(to_db(to)))
        .order_by_asc(booking::Column::StartsAt)
        .all(db)
        .await?;
    let titles = titles(db, community, &rows).await?;
    Ok(rows
        .into_iter()
        .map(|row| Busy {
            by: row.session_id.map(Into::into),
            title: row
                .session_id
                .or(row.proposal_id)
                .and_then(|id| titles.get(&id).cloned())
                .unwrap_or_default(),
            venue_id: row.venue_id.map(Into::into),
            facilitator_id: row.facilitator_id.map(Into::into),
            starts_at: from_db(row.starts_at),
            ends_at: from_db(row.ends_at),
            clear_at: from_db(row.clear_at),
        })
        .collect())
}

/// The titles of the sessions and proposals behind bookings.
async fn titles(
    db: &impl Connection,
    community: CommunityId,
    rows: &[booking::Model],
) -> Result<std::collections::HashMap<uuid::Uuid, String>> {
    let mut titles = std::collections::HashMap::new();
    let sessions: Vec<uuid::Uuid> = rows.iter().filter_map(|row| row.session_id).collect();
    for ids in sessions.chunks(ROWS_AT_ONCE) {
        let rows: Vec<(uuid::Uuid, String)> = session::Entity::find()
            .select_only()
            .column(session::Column::Id)
            .column(programme::Column::Title)
            .inner_join(programme::Entity)
            .filter(session::Column::CommunityId.eq(community.0))
            .filter(session::Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        titles.extend(rows);
    }
    let mut proposals: Vec<uuid::Uuid> = rows.iter().filter_map(|row| row.proposal_id).collect();
    proposals.sort_unstable();
    proposals.dedup();
    for ids in proposals.chunks(ROWS_AT_ONCE) {
        let rows: Vec<(uuid::Uuid, String)> = proposal::Entity::find()
            .select_only()
            .column(proposal::Column::Id)
            .column(proposal::Column::Title)
            .filter(proposal::Column::CommunityId.eq(community.0))
            .filter(proposal::Column::Id.is_in(ids.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        titles.extend(rows);
    }
    Ok(titles)
}

/// Whose a booking is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A session that is not cancelled.
    Session(SessionId),
    /// A pending proposal.
    Proposal(ProposalId),
}

/// A booking to be stored.
#[derive(Clone, Debug)]
pub struct NewBooking {
    /// Its id.
    pub id: BookingId,
    /// Whose.
    pub holder: Holder,
    /// What it takes.
    pub busy: Busy,
    /// What it claims of its venue and partner.
    pub claim: Claim,
}

/// Stores bookings.
///
/// # Errors
/// [`super::Error::Overlap`] when one of them overlaps another; [`super::Error::Guarded`] when the venue or the partner does not
/// allow it.
pub async fn insert_all(db: &impl Connection, community: CommunityId, new: &[NewBooking]) -> Result<()> {
    for some in new.chunks(ROWS_AT_ONCE) {
        let rows = some.iter().map(|new| booking::ActiveModel {
            community_id: Set(community.0),
            id: Set(new.id.0),
            session_id: Set(match new.holder {
                Holder::Session(id) => Some(id.0),
                Holder::Proposal(_) => None,
            }),
            proposal_id: Set(match new.holder {
                Holder::Session(_) => None,
                Holder::Proposal(id) => Some(id.0),
            }),
            venue_id: Set(new.busy.venue_id.map(|venue| venue.0)),
            facilitator_id: Set(new.busy.facilitator_id.map(|facilitator| facilitator.0)),
            starts_at: Set(to_db(new.busy.starts_at)),
            ends_at: Set(to_db(new.busy.ends_at)),
            clear_at: Set(to_db(new.busy.clear_at)),
            on_date: Set(Some(date_to_db(new.claim.on))),
            from_minute: Set(Some(new.claim.from_minute)),
            to_minute: Set(Some(new.claim.to_minute)),
            capacity: Set(new.claim.capacity),
            partner_id: Set(new.claim.partner_id.map(|partner| partner.0)),
        });
        booking::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Gives free what these sessions take.
pub async fn release(db: &impl Connection, community: CommunityId, sessions: &[SessionId]) -> Result<()> {
    for ids in sessions.chunks(ROWS_AT_ONCE) {
        booking::Entity::delete_many()
            .filter(booking::Column::CommunityId.eq(community.0))
            .filter(booking::Column::SessionId.is_in(ids.iter().map(|id| id.0)))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Gives free what a proposal holds.
pub async fn release_proposal(db: &impl Connection, community: CommunityId, id: ProposalId) -> Result<()> {
    booking::Entity::delete_many()
        .filter(booking::Column::CommunityId.eq(community.0))
        .filter(booking::Column::ProposalId.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}
