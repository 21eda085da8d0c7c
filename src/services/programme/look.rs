//! What speaks against dates that could stand: their neighbours are asked once, and each date is held against them.

use jiff::{Timestamp, ToSpan};

use crate::domain::calendar::HolidayCalendar;
use crate::domain::community::Community;
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::{Caution, Neighbours, Programme, Slot, Subject};
use crate::services::Result;
use crate::storage::{self, Connection};

/// A week on both sides of the dates, for limits per week, and the longest a session can last.
const MARGIN_MINUTES: i64 = 7 * 24 * 60 + LONGEST_BUSY_MINUTES;

/// The programme as its neighbours see it, under the terms of the partner that gives it.
pub(in crate::services) fn subject_of(
    programme: &Programme,
    conditions: &crate::domain::planning::Conditions,
) -> Subject {
    Subject {
        programme_id: programme.id,
        audience: programme.audience.clone(),
        partner: conditions.partner.clone(),
    }
}

/// The sessions that stand around these slots and concern the same people or the same partner.
pub(in crate::services) async fn neighbours(
    conn: &impl Connection,
    home: &Community,
    subject: &Subject,
    slots: &[&Slot],
) -> Result<Neighbours> {
    let first = slots.iter().map(|slot| slot.starts_at).min();
    let last = slots.iter().map(|slot| slot.ends_at).max();
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(Neighbours::default());
    };
    let from = first.checked_sub(MARGIN_MINUTES.minutes()).unwrap_or(Timestamp::MIN);
    let to = last.checked_add(MARGIN_MINUTES.minutes()).unwrap_or(Timestamp::MAX);
    let found = storage::session::neighbours(conn, home.id, subject, from, to).await?;
    Ok(Neighbours::new(found))
}

/// What speaks against each of these slots, in order; each stands beside the later ones.
pub(in crate::services) fn cautions_of(
    home: &Community,
    subject: &Subject,
    slots: &[&Slot],
    mut neighbours: Neighbours,
    holidays: &HolidayCalendar,
) -> Vec<Vec<Caution>> {
    let unmade = crate::domain::id::SessionId(uuid::Uuid::nil());
    slots
        .iter()
        .map(|slot| {
            let found = subject.cautions(slot, &home.zone, &neighbours, holidays);
            neighbours.add(subject.as_neighbour(unmade, "", slot));
            found
        })
        .collect()
}
