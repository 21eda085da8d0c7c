//! Where else a session could stand: every venue at a wished time, and free times nearby.

use std::collections::HashSet;

use jiff::civil::DateTime;
use jiff::{ToSpan, Zoned};

use super::slot_of;
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::resolve;
use crate::domain::community::Venue;
use crate::domain::id::{CommunityId, SessionId, VenueId};
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::{Clash, DURATION_MINUTES, Slot, Timetable};
use crate::services::{Context, Error, Result, community, programme};
use crate::storage;

/// Days before and after the wished one at which free times are looked for.
const DAYS_AROUND: i64 = 3;

/// A venue at the wished time.
#[derive(Clone, Debug)]
pub struct Room {
    /// Which.
    pub venue: Venue,
    /// What stands in the way there.
    pub clashes: Vec<Clash>,
    /// The nearest free start of the same day, where something does.
    pub nearest_free: Option<Zoned>,
}

/// The venues at a wished time, and when the wished one is free on the days around.
#[derive(Clone, Debug, Default)]
pub struct Rooms {
    /// Every venue.
    pub rooms: Vec<Room>,
    /// Free starts of the wished venue: on each day around the wished one the nearest to the wished time of day, in order.
    pub nearby: Vec<Zoned>,
}

/// How the venues stand for a session at a wished start and length; its own place counts as free.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn rooms(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: SessionId,
    venue: VenueId,
    starts_local: DateTime,
    minutes: i32,
) -> Result<Rooms> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let home = community::find(ctx, community).await?;
    let conn = ctx.db.reader();
    let found = storage::session::find(conn, community, id).await?;
    let session = found.ok_or_else(|| Error::not_found("session", id))?;
    let venues = storage::community::venues(conn, community).await?;
    let offered = storage::programme::find(conn, community, session.programme_id).await?;
    let partner = offered.and_then(|programme| programme.partner_id);
    let conditions = programme::conditions(conn, &home, partner, now).await?;
    let minutes = minutes.clamp(*DURATION_MINUTES.start(), *DURATION_MINUTES.end());
    let slot = |venue_id: VenueId, at: DateTime| {
        let starts_at = resolve(at, &home.zone).timestamp();
        Slot {
            venue_id,
            starts_at,
            ends_at: starts_at.checked_add(i64::from(minutes).minutes()).unwrap_or(starts_at),
            ..slot_of(&session)
        }
    };
    let around = DAYS_AROUND + 1;
    let first = resolve(starts_local.saturating_sub(around.days()), &home.zone).timestamp();
    let last = resolve(starts_local.saturating_add(around.days()), &home.zone).timestamp();
    let last = last.checked_add(LONGEST_BUSY_MINUTES.minutes()).unwrap_or(last);
    let all: Vec<VenueId> = venues.iter().map(|venue| venue.id).collect();
    let who: Vec<_> = session.facilitator_id.into_iter().collect();
    let mut timetable = Timetable::new(storage::booking::busy(conn, community, &all, &who, first, last).await?);
    timetable.release(&HashSet::from([id]));

    let nearby = (-DAYS_AROUND..=DAYS_AROUND)
        .filter_map(|days| {
            let day = starts_local.checked_add(days.days()).ok()?;
            conditions.nearest_free(&slot(venue, day), &timetable, now)
        })
        .filter(|at| at.datetime() != starts_local && at.timestamp() != session.starts_at)
        .collect();
    let rooms = venues
        .into_iter()
        .map(|venue| {
            let wanted = slot(venue.id, starts_local);
            let clashes = conditions.clashes(&wanted, &timetable);
            let nearest_free = if clashes.is_empty() {
                None
            } else {
                conditions.nearest_free(&wanted, &timetable, now)
            };
            Room {
                venue,
                clashes,
                nearest_free,
            }
        })
        .collect();
    Ok(Rooms { rooms, nearby })
}
