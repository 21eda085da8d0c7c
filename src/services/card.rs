//! Residents' paper cards: made, printed, replaced when lost, and read at the door.

use std::collections::HashMap;

use super::{Context, Error, Result, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::attendance::Refused;
use crate::domain::card::CardCode;
use crate::domain::id::{CommunityId, ResidentId};
use crate::storage;
pub use crate::storage::card::{Card, Holder, NewCard, Selection};

/// The most cards on one sheet: fifty pages of ten.
pub const SHEET_MAX: u64 = 500;
/// The most cards made in one act: as many as an import brings residents.
const ISSUE_MAX: u64 = 20_000;

/// Whose card this is.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] with `card-unknown` or `card-replaced`, naming the end of the code.
pub async fn find(ctx: &Context, actor: &Actor, community: CommunityId, typed: &str) -> Result<ResidentId> {
    let found = find_each(ctx, actor, community, &[typed.to_owned()]).await?;
    match found.get(typed) {
        Some(Ok(resident)) => Ok(*resident),
        Some(Err(refused)) => Err(Error::invalid("card", refused.code(), shown(typed))),
        None => Err(Error::Internal("a card got no answer".to_owned())),
    }
}

/// The end of what was read, for words: all of it would be the card itself.
pub fn shown(typed: &str) -> String {
    CardCode::parse(typed).map_or_else(|| typed.chars().take(20).collect(), |code| code.tail().to_owned())
}

/// Whose cards these are, each by itself.
///
/// # Errors
/// [`Error::Forbidden`]; when the database cannot be asked.
pub async fn find_each(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    typed: &[String],
) -> Result<HashMap<String, Result<ResidentId, Refused>>> {
    may(actor, Action::TakeAttendance, community)?;
    let codes: Vec<CardCode> = typed.iter().filter_map(|typed| CardCode::parse(typed)).collect();
    let cards = storage::card::find(ctx.db.reader(), community, &codes).await?;
    let owners: Vec<ResidentId> = cards.iter().map(|card| card.resident).collect();
    // Whoever was merged into somebody keeps their card: it leads to the survivor.
    let now_of = storage::resident::current(ctx.db.reader(), community, &owners).await?;
    let answer = |typed: &String| {
        let code = CardCode::parse(typed);
        match cards.iter().find(|card| Some(&card.code) == code.as_ref()) {
            None => Err(Refused::CardUnknown),
            Some(card) if card.replaced => Err(Refused::CardReplaced),
            Some(card) => now_of.get(&card.resident).copied().ok_or(Refused::CardUnknown),
        }
    };
    Ok(typed.iter().map(|typed| (typed.clone(), answer(typed))).collect())
}

/// Makes a card for each selected resident who has none. How many were made, and the moment they share.
///
/// # Errors
/// Without the right to manage residents.
pub async fn issue(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    selection: &Selection,
) -> Result<(usize, jiff::Timestamp)> {
    may(actor, Action::ManageResidents, community)?;
    let now = ctx.now();
    let (own, who, selection) = (ctx.clone(), actor.clone(), selection.clone());
    let made = ctx
        .db
        .write(async move |txn| -> Result<usize> {
            let holders = storage::card::holders(txn, community, &selection, 0, ISSUE_MAX).await?;
            let new: Vec<NewCard> = holders
                .iter()
                .filter(|holder| holder.code.is_none())
                .map(|holder| NewCard {
                    id: own.new_id(now),
                    resident: holder.resident,
                    code: CardCode::from_random(own.random()),
                })
                .collect();
            storage::card::insert(txn, community, &new, now).await?;
            let detail = serde_json::json!({ "made": new.len(), "selected": holders.len() });
            audit::record(&own, txn, now, community, &who, "card.print", None, &detail).await?;
            Ok(new.len())
        })
        .await;
    match made {
        Ok(made) => Ok((made, now)),
        // Somebody else makes cards at this moment: theirs are as good.
        Err(Error::Storage(storage::Error::Duplicate(_))) => Ok((0, now)),
        Err(error) => Err(error),
    }
}

/// The selected residents with their cards, from `skip` on, at most [`SHEET_MAX`]; and whether there are more.
///
/// # Errors
/// Without the right to manage residents.
pub async fn sheet(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    selection: &Selection,
    skip: u64,
) -> Result<(Vec<Holder>, bool)> {
    may(actor, Action::ManageResidents, community)?;
    let mut holders = storage::card::holders(ctx.db.reader(), community, selection, skip, SHEET_MAX + 1).await?;
    let more = holders.len() as u64 > SHEET_MAX;
    holders.truncate(usize::try_from(SHEET_MAX).unwrap_or(usize::MAX));
    Ok((holders, more))
}

/// A resident's cards, the newest first.
///
/// # Errors
/// Without the right to manage residents.
pub async fn of_resident(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    resident: ResidentId,
) -> Result<Vec<Card>> {
    may(actor, Action::ManageResidents, community)?;
    Ok(storage::card::of_resident(ctx.db.reader(), community, resident).await?)
}

/// Makes a new card for a resident; the one before it is good for nothing from now on.
///
/// # Errors
/// Without the right to manage residents; [`Error::NotFound`]; [`Error::State`] when somebody else does the same at this moment.
pub async fn reissue(ctx: &Context, actor: &Actor, community: CommunityId, resident: ResidentId) -> Result<CardCode> {
    may(actor, Action::ManageResidents, community)?;
    let now = ctx.now();
    let code = CardCode::from_random(ctx.random());
    let new = NewCard {
        id: ctx.new_id(now),
        resident,
        code: code.clone(),
    };
    let (own, who) = (ctx.clone(), actor.clone());
    let done = ctx
        .db
        .write(async move |txn| -> Result<()> {
            if storage::resident::find(txn, community, resident).await?.is_none() {
                return Err(Error::not_found("resident", resident));
            }
            storage::card::replace(txn, community, resident, now).await?;
            storage::card::insert(txn, community, &[new], now).await?;
            let detail = serde_json::json!({});
            audit::record(
                &own,
                txn,
                now,
                community,
                &who,
                "card.replace",
                Some(resident.0),
                &detail,
            )
            .await?;
            Ok(())
        })
        .await;
    match done {
        Err(Error::Storage(storage::Error::Duplicate(_))) => Err(Error::State { code: "card-raced" }),
        other => other.map(|()| code),
    }
}
