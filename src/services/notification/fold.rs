//! Several changes, one message: what changes while an earlier message to the same person has not left goes into that message.

use std::collections::HashSet;

use jiff::Timestamp;

use super::news::{Facts, to_json};
use crate::domain::id::{CommunityId, NotificationId, ResidentId, SessionId};
use crate::domain::notification::Event;
use crate::services::Result;
use crate::storage::Txn;
use crate::storage::notification::{self as outbox, NewDelivery, NewNotification};

/// Folds a new change into messages about changes that wait for its people, and takes their deliveries out of `deliveries`. Gives the notification
/// into which it went last. A message that a worker has taken up, that was tried, or that may be taken back as a whole is left alone.
pub(super) async fn into_waiting(
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    new: &NewNotification,
    facts: &Facts,
    deliveries: &mut Vec<NewDelivery>,
) -> Result<Option<NotificationId>> {
    let residents: Vec<ResidentId> = deliveries.iter().filter_map(|one| one.resident).collect();
    let hurry_at = deliveries.iter().filter_map(|one| one.hurry_at).min();
    let mut last = None;
    for waiting in outbox::waiting_changes(txn, community, &residents).await? {
        let Ok(mut stored) = serde_json::from_str::<Facts>(&waiting.facts) else {
            continue;
        };
        if stored.alone {
            continue;
        }
        // What it says to whoever was told already, or has to be phoned, must stay as it was.
        if !outbox::all_wait(txn, community, waiting.id).await? {
            continue;
        }
        // From here on no worker takes these deliveries up before the end of the transaction.
        let (due_at, expires_at) = (new.due_at, new.expires_at);
        let held = outbox::hold_waiting(
            txn, community, waiting.id, &residents, due_at, expires_at, hurry_at, now,
        )
        .await?;
        if held.is_empty() {
            continue;
        }
        let event = merge(&mut stored, waiting.event, facts, new.event);
        outbox::set_facts(txn, community, waiting.id, event, &to_json(&stored), new.expires_at).await?;
        let held: HashSet<ResidentId> = held.into_iter().collect();
        deliveries.retain(|one| {
            one.resident.is_none_or(|resident| !held.contains(&resident))
                && !(waiting.to_robots && one.channel_id.is_some())
        });
        last = Some(waiting.id);
    }
    Ok(last)
}

/// Adds what changed now to what a waiting message says. A session that changed twice stands once: as it stood before the first, with what became
/// of it last. Gives the event of the whole.
fn merge(stored: &mut Facts, stored_event: Event, new: &Facts, new_event: Event) -> Event {
    let mut all: Vec<(SessionId, Timestamp, String)> = Vec::new();
    for (facts, event) in [(&*stored, stored_event), (new, new_event)] {
        for (at, (session, was_at)) in facts.changed.iter().enumerate() {
            let kind = facts
                .kinds
                .get(at)
                .cloned()
                .unwrap_or_else(|| event.as_str().to_owned());
            match all.iter_mut().find(|(known, ..)| known == session) {
                Some(known) => known.2 = kind,
                None => all.push((*session, *was_at, kind)),
            }
        }
    }
    stored.changed = all.iter().map(|(session, was_at, _)| (*session, *was_at)).collect();
    stored.kinds = all.iter().map(|(.., kind)| kind.clone()).collect();
    let first = all.first().and_then(|(.., kind)| Event::from_name(kind));
    let one_kind = all
        .iter()
        .all(|(.., kind)| first.is_some_and(|first| first.as_str() == kind));
    first.filter(|_| one_kind).unwrap_or(Event::ScheduleChanged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(changed: &[(u128, i64)], kinds: &[&str]) -> Facts {
        Facts {
            changed: changed
                .iter()
                .map(|(id, second)| {
                    (
                        SessionId(uuid::Uuid::from_u128(*id)),
                        Timestamp::from_second(*second).expect("an instant"),
                    )
                })
                .collect(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            ..Facts::default()
        }
    }

    #[test]
    fn changes_are_listed_once_with_where_they_stood_first_and_what_became_of_them_last() {
        let mut stored = facts(&[(1, 100), (2, 200)], &[]);
        let event = merge(&mut stored, Event::Moved, &facts(&[(3, 300)], &[]), Event::Moved);
        assert_eq!(event, Event::Moved);
        let event = merge(&mut stored, event, &facts(&[(1, 150), (4, 400)], &[]), Event::Cancelled);
        assert_eq!(event, Event::ScheduleChanged);
        assert_eq!(stored.kinds, ["cancelled", "moved", "moved", "cancelled"]);
        assert_eq!(
            stored.changed,
            facts(&[(1, 100), (2, 200), (3, 300), (4, 400)], &[]).changed
        );
    }
}
