//! 第n讲: which session of its series this is, and which topic of the queue it takes.

use std::collections::HashMap;

use jiff::Timestamp;

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

/// The topic of each session: its own, or for one that is not cancelled the next of its series' queue, in the order they take
/// place; a cancelled one takes none, so that what follows moves up by itself. `queue` gives the topics of a series, and
/// `before` how many of them the sessions before all of `sessions` took: those that are neither cancelled nor have one of
/// their own. An empty entry of a queue is a session without a topic.
pub fn topics<'a>(
    sessions: &[Session],
    queue: impl Fn(SeriesId) -> &'a [String],
    before: impl Fn(SeriesId) -> u32,
) -> HashMap<SessionId, String> {
    let mut order: Vec<&Session> = sessions.iter().filter(|session| takes_topic(session)).collect();
    order.sort_by_key(|session| (session.starts_at, session.original_local));
    let mut next: HashMap<SeriesId, usize> = HashMap::new();
    let mut found: HashMap<SessionId, String> = order
        .into_iter()
        .filter_map(|session| {
            let place = next
                .entry(session.series_id)
                .or_insert_with(|| usize::try_from(before(session.series_id)).unwrap_or(usize::MAX));
            let topic = queue(session.series_id).get(*place).filter(|topic| !topic.is_empty());
            *place = place.saturating_add(1);
            topic.map(|topic| (session.id, topic.clone()))
        })
        .collect();
    for session in sessions {
        if let Some(own) = &session.topic {
            found.insert(session.id, own.clone());
        }
    }
    found
}

/// How many topics of the queue are settled at `now`: those of sessions that are over or counted, and of all before them.
/// They are not changed any more.
pub fn topics_used(sessions: &[Session], now: Timestamp) -> usize {
    let mut order: Vec<&Session> = sessions.iter().filter(|session| takes_topic(session)).collect();
    order.sort_by_key(|session| (session.starts_at, session.original_local));
    order
        .iter()
        .rposition(|session| session.is_past(now) || session.is_attended())
        .map_or(0, |last| last + 1)
}

/// The queue with the topics still to come replaced and the first `used` left as they are.
pub fn with_coming(queue: &[String], used: usize, coming: Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = queue.iter().take(used).cloned().collect();
    all.resize(used, String::new());
    all.extend(coming);
    all
}

fn takes_topic(session: &Session) -> bool {
    !session.is_cancelled() && session.topic.is_none()
}
