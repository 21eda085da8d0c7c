//! Whose whole number was shown to whom, on the list or on paper.

use std::collections::HashSet;

use jiff::SignedDuration;
use serde_json::json;
use uuid::Uuid;

use super::{Callee, Card};
use crate::domain::access::{Action, Actor, Field, Refusal, may, sees};
use crate::domain::id::CommunityId;
use crate::services::{Context, Error, Result, audit};
use crate::storage;

/// Somebody who works on the list sees it again after every call: once in this time is written down.
const ONCE_IN: SignedDuration = SignedDuration::from_hours(1);
const SHOWN: &str = "call.numbers";

/// Writes down that somebody was shown the whole numbers of these cards: on paper (`printed`) each time, on a screen once an hour and
/// person.
///
/// # Errors
/// Without the right to see whole numbers.
pub async fn note_shown<'a>(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    cards: impl IntoIterator<Item = &'a Card>,
    printed: bool,
) -> Result<()> {
    may(actor, Action::ManageResidents, community)?;
    if !sees(actor, Field::FullPhone, community) {
        return Err(Error::Forbidden(Refusal::Role));
    }
    let now = ctx.now();
    let mut known = HashSet::new();
    if !printed {
        let details =
            storage::audit::details_since(ctx.db.reader(), community, actor.account(), SHOWN, now - ONCE_IN).await?;
        for detail in details {
            let detail: serde_json::Value = serde_json::from_str(&detail).unwrap_or_default();
            let ids = detail["people"].as_array().into_iter().flatten();
            known.extend(ids.filter_map(|id| id.as_str()?.parse::<Uuid>().ok()));
        }
    }
    let mut people: Vec<Uuid> = cards
        .into_iter()
        .filter(|card| !card.numbers.is_empty())
        .map(|card| match card.callee {
            Callee::Resident(id) => id.0,
            Callee::Partner(id) => id.0,
        })
        .filter(|id| !known.contains(id))
        .collect();
    people.sort_unstable();
    people.dedup();
    if people.is_empty() {
        return Ok(());
    }
    let detail = json!({ "people": people, "printed": printed });
    let (inner, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn| audit::record(&inner, txn, now, community, &actor, SHOWN, None, &detail).await)
        .await?;
    Ok(())
}
