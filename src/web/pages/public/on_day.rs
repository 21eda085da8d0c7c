//! What stands on a day: its sessions, and the places that moved ones left. Shared by the week, the lobby screen and the poster.

use jiff::Zoned;
use jiff::civil::Date;

use crate::domain::community::Community;
use crate::services::schedule::{self, SessionView};
use crate::services::{Context, Result};

/// One place on a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot<'a> {
    /// When.
    pub at: &'a Zoned,
    /// Which session.
    pub view: &'a SessionView,
    /// Whether the session has left it for another day.
    pub left: bool,
}

/// What stands on a day, by time.
pub(super) fn slots_on<'a>(sessions: &'a [SessionView], moved_out: &'a [SessionView], date: Date) -> Vec<Slot<'a>> {
    let mut slots: Vec<Slot> = sessions
        .iter()
        .filter(|view| view.starts.date() == date)
        .map(|view| Slot {
            at: &view.starts,
            view,
            left: false,
        })
        .collect();
    for view in sessions.iter().chain(moved_out).filter(|view| !view.is_cancelled()) {
        let Some((before, _)) = &view.moved_from else {
            continue;
        };
        if before.date() == date && view.starts.date() != date {
            slots.push(Slot {
                at: before,
                view,
                left: true,
            });
        }
    }
    slots.sort_by(|one, other| one.at.cmp(other.at));
    slots
}

/// When the series of a cancelled session goes on; nothing for one that stands, or when it does not go on.
pub(super) async fn next_after_cancelled(ctx: &Context, home: &Community, view: &SessionView) -> Result<Option<Zoned>> {
    if !view.is_cancelled() {
        return Ok(None);
    }
    let next = schedule::next_of_series(ctx, home.id, view).await?;
    Ok(next.map(|next| next.starts))
}
