//! The list so far, for a message to the group.
//!
//! Only those who wrote themselves into the group's list are in it, and masked: whoever signed up on the page, by phone or at the counter
//! has not agreed to be named there, and is a number.

use super::MOST_REMEMBERED;
use crate::domain::access::{Action, Actor, may};
use crate::domain::chain::Line;
use crate::domain::enrolment::{EnrolmentStatus, Source};
use crate::domain::id::{CommunityId, SessionId};
use crate::services::{Context, Result};
use crate::storage;

/// The most names of a message.
const MOST_NAMED: usize = 200;
/// The most rows of the roster.
const MOST_ROSTER: u64 = 2000;

/// The list so far.
#[derive(Clone, Debug, Default)]
pub struct GroupList {
    /// Those who wrote themselves into the group's list, masked, in the order of the list.
    pub lines: Vec<Line>,
    /// How many more hold a seat.
    pub others: usize,
    /// How many come along without a name.
    pub unnamed: i32,
}

/// The list so far of a session.
///
/// # Errors
/// `Forbidden`; `Storage`.
pub async fn group_list(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId) -> Result<GroupList> {
    may(actor, Action::ManageResidents, community)?;
    let db = ctx.db.reader();
    let roster = storage::enrolment::roster(db, community, session, MOST_ROSTER).await?;
    let taken = storage::chain::taken(db, community, session, MOST_REMEMBERED).await?;
    let mut list = GroupList::default();
    for (one, stored) in &roster {
        let waits = one.status == EnrolmentStatus::Waitlisted;
        if one.source == Source::Chain && list.lines.len() < MOST_NAMED {
            list.lines.push(Line {
                name: stored.resident.name.masked(),
                waits,
                ..Line::default()
            });
        } else if !waits {
            list.others += 1;
        }
    }
    let stands = |enrolment| roster.iter().any(|(one, _)| Some(one.id) == enrolment);
    list.unnamed = taken
        .iter()
        .filter(|line| stands(line.enrolment))
        .map(|line| line.unnamed)
        .sum();
    Ok(list)
}
