//! Cards of the call list: one person with everything that they must be told.

use std::collections::{HashMap, HashSet};

use super::{Callee, Card, Matter, Number};
use crate::domain::access::Actor;
use crate::domain::call::Tried;
use crate::domain::id::{CommunityId, DeliveryId, ResidentId};
use crate::domain::resident::Resident;
use crate::domain::text::PersonName;
use crate::services::notification::say::Said;
use crate::services::{Context, Result, partner, resident};
use crate::storage;
use crate::storage::notification::Open;

/// One card per person, in the order of their oldest matter. Whoever was erased has none.
pub(super) async fn cards(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    live: Vec<(Open, Said)>,
    tries: &HashMap<DeliveryId, Vec<Tried>>,
) -> Result<Vec<Card>> {
    let people = people(ctx, actor, community, live.iter().map(|(open, _)| open)).await?;
    let mut cards: Vec<Card> = Vec::new();
    let mut at: HashMap<Callee, usize> = HashMap::new();
    for (open, said) in live {
        let Some(callee) = callee_of(&open) else { continue };
        let Some(person) = people.get(&callee) else { continue };
        let index = *at.entry(callee).or_insert_with(|| {
            cards.push(person.clone());
            cards.len() - 1
        });
        let card = &mut cards[index];
        card.is_today |= said.is_today;
        card.matters.push(Matter {
            delivery: open.id,
            event: open.event,
            session: open.session,
            status: open.status,
            due_at: open.due_at,
            lines: said.lines,
            answer: said.answer,
        });
    }
    for card in &mut cards {
        card.last = merged(card, tries).last().copied();
    }
    Ok(cards)
}

/// Whom a delivery is for.
pub(super) fn callee_of(open: &Open) -> Option<Callee> {
    open.resident
        .map(Callee::Resident)
        .or(open.partner.map(Callee::Partner))
}

/// Empty cards of the people some deliveries are for.
pub(super) async fn people(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    open: impl Iterator<Item = &Open>,
) -> Result<HashMap<Callee, Card>> {
    let callees: HashSet<Callee> = open.filter_map(callee_of).collect();
    let residents: Vec<ResidentId> = callees
        .iter()
        .filter_map(|callee| match callee {
            Callee::Resident(id) => Some(*id),
            Callee::Partner(_) => None,
        })
        .collect();
    let mut people = HashMap::with_capacity(callees.len());
    let grids = storage::community::grids(ctx.db.reader(), community).await?;
    for stored in storage::resident::find_all(ctx.db.reader(), community, &residents).await? {
        let one = resident::opened(ctx, community, stored)?;
        if one.erased_at.is_some() {
            continue;
        }
        let grid = grids.iter().find(|grid| Some(grid.id) == one.grid_id);
        let callee = Callee::Resident(one.id);
        let card = Card {
            grid: grid.map(|grid| grid.name.clone()).unwrap_or_default(),
            ..card_of(callee, one)
        };
        people.insert(callee, card);
    }
    for callee in callees {
        let Callee::Partner(id) = callee else { continue };
        let known = partner::get(ctx, actor, community, id).await?;
        let numbers = known.phone.map(|phone| Number {
            of: String::new(),
            phone,
        });
        people.insert(
            callee,
            Card {
                callee,
                name: PersonName::stored(known.partner.name),
                grid: String::new(),
                building: String::new(),
                numbers: numbers.into_iter().collect(),
                matters: Vec::new(),
                missed: 0,
                last: None,
                is_today: false,
            },
        );
    }
    Ok(people)
}

/// The empty card of a resident. Who signed up and who comes are both told: the family's number stands beside their own.
pub(super) fn card_of(callee: Callee, one: Resident) -> Card {
    let mut numbers = Vec::new();
    if let Some(phone) = one.phone.clone() {
        numbers.push(Number {
            of: String::new(),
            phone,
        });
    }
    if let Some(phone) = one.family_phone.filter(|theirs| one.phone.as_ref() != Some(theirs)) {
        numbers.push(Number {
            of: one.family_name,
            phone,
        });
    }
    Card {
        callee,
        name: one.name,
        grid: String::new(),
        building: one.building,
        numbers,
        matters: Vec::new(),
        missed: 0,
        last: None,
        is_today: false,
    }
}

/// The tries of somebody: one call about several matters is one try.
pub(super) fn merged(card: &Card, tries: &HashMap<DeliveryId, Vec<Tried>>) -> Vec<Tried> {
    let mut all: Vec<Tried> = card
        .matters
        .iter()
        .filter_map(|matter| tries.get(&matter.delivery))
        .flatten()
        .copied()
        .collect();
    all.sort_by_key(|tried| tried.at);
    all.dedup_by_key(|tried| (tried.at, tried.outcome));
    all
}
