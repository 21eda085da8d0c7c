//! 第n讲: which session of its series this is.

use std::collections::HashMap;

use super::Session;
use crate::domain::id::{SeriesId, SessionId};

/// The number of each session in its series, counting from 1 in the order they take place; a cancelled one has none and
/// takes none. `before` says how many not cancelled ones of a series lie before all of `sessions`.
pub fn numbers(sessions: &[Session], before: impl Fn(SeriesId) -> u32) -> HashMap<SessionId, u32> {
    let mut order: Vec<&Session> = sessions.iter().filter(|session| !session.is_cancelled()).collect();
    order.sort_by_key(|session| (session.starts_at, session.original_local));
    let mut next: HashMap<SeriesId, u32> = HashMap::new();
    order
        .into_iter()
        .map(|session| {
            let number = next
                .entry(session.series_id)
                .or_insert_with(|| before(session.series_id));
            *number += 1;
            (session.id, *number)
        })
        .collect()
}
