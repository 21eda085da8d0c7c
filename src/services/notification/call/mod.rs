//! The call list (电话通知): whom to phone, at which number, and what to say.
//!
//! A *card* is one person with all that they must be told; cards stand by grid and building, because whoever phones in vain goes and knocks.
//! What is about today comes first. [`record`] notes what came of a call, [`undo`] takes it back.

mod card;
mod number;
mod outcome;

pub use number::note_shown;
pub use outcome::{MOST_AT_ONCE, Recorded, record, tidy, undo};

use std::collections::HashMap;

use jiff::Timestamp;

use self::card::{callee_of, card_of, cards, merged, people};
use super::office::office;
pub use super::say::Answer;
use super::say::{Said, say, sessions_of};
use crate::domain::access::{Action, Actor, Field, Refusal, may, sees};
use crate::domain::call::{ANSWERABLE, CallOutcome, ON_THE_WAY, Place, Tried, address_order, building_of, place};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{AccountId, CommunityId, DeliveryId, PartnerId, ResidentId, SessionId};
use crate::domain::lang::Lang;
use crate::domain::notification::{Event, Status};
use crate::domain::text::{PersonName, Phone, Purpose};
use crate::services::wording::Words;
use crate::services::{Context, Error, Result, resident};
use crate::storage;
use crate::storage::notification::{self as outbox, Call, Open, Sender};

/// Deliveries on one list at most.
const MOST: u64 = 2000;
/// Calls of today that are shown with a way back, at most.
const MOST_DONE: u64 = 200;

/// Whom to phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Callee {
    /// A resident.
    Resident(ResidentId),
    /// A partner.
    Partner(PartnerId),
}

/// A number to dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// Whose it is; empty for their own.
    pub of: String,
    /// The number.
    pub phone: Phone,
}

/// One thing to tell somebody.
#[derive(Clone, Debug)]
pub struct Matter {
    /// The delivery.
    pub delivery: DeliveryId,
    /// What is told.
    pub event: Event,
    /// About which session.
    pub session: Option<SessionId>,
    /// How the delivery stands.
    pub status: Status,
    /// When it was due.
    pub due_at: Timestamp,
    /// What to say.
    pub lines: Vec<String>,
    /// Where the answer is noted, when they are asked something.
    pub answer: Option<Answer>,
}

/// One person to phone.
#[derive(Clone, Debug)]
pub struct Card {
    /// Who.
    pub callee: Callee,
    /// Their name.
    pub name: PersonName,
    /// Grid; empty when none is known.
    pub grid: String,
    /// Building and door; may be empty.
    pub building: String,
    /// Whom to dial, in this order.
    pub numbers: Vec<Number>,
    /// What to say.
    pub matters: Vec<Matter>,
    /// How often nobody took the call.
    pub missed: usize,
    /// The last call.
    pub last: Option<Tried>,
    /// Whether it is about today.
    pub is_today: bool,
}

/// People of one building.
#[derive(Clone, Debug)]
pub struct Group {
    /// Grid; empty when none is known.
    pub grid: String,
    /// Building; empty when none is known.
    pub building: String,
    /// The people, those nobody reached at the end.
    pub cards: Vec<Card>,
}

/// A call that was made today.
#[derive(Clone, Debug)]
pub struct Done {
    /// Who was phoned.
    pub callee: Callee,
    /// Their name.
    pub name: PersonName,
    /// What came of it.
    pub outcome: CallOutcome,
    /// When.
    pub at: Timestamp,
    /// The name of whoever phoned.
    pub by: String,
    /// About which deliveries.
    pub deliveries: Vec<DeliveryId>,
}

/// The call list.
#[derive(Clone, Debug, Default)]
pub struct CallList {
    /// About today: to be phoned first.
    pub today: Vec<Group>,
    /// Everybody else.
    pub others: Vec<Group>,
    /// Messages about a change of today's sessions that have not been seen to arrive.
    pub on_the_way: Vec<Card>,
    /// The calls of today, newest first.
    pub done: Vec<Done>,
    /// People who asked for another day.
    pub hidden: usize,
    /// Deliveries on the list that are too late, or have nothing to say any more.
    pub outdated: usize,
}

impl CallList {
    /// How many people are to be phoned.
    pub fn people(&self) -> usize {
        self.today
            .iter()
            .chain(&self.others)
            .map(|group| group.cards.len())
            .sum()
    }

    /// All cards to be phoned, those about today first.
    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        self.today.iter().chain(&self.others).flat_map(|group| &group.cards)
    }
}

/// What is to be phoned about and what is not, of everything on the list.
pub(super) struct Sorted {
    pub sender: Sender,
    pub live: Vec<(Open, Said)>,
    /// Too late to be of use.
    pub late: Vec<DeliveryId>,
    /// Nothing to say any more.
    pub void: Vec<DeliveryId>,
}

pub(super) async fn sorted(
    ctx: &Context,
    community: CommunityId,
    statuses: &[Status],
    session: Option<SessionId>,
    words: Words,
) -> Result<Sorted> {
    let conn = ctx.db.reader();
    let now = ctx.now();
    let sender = outbox::sender(conn, community)
        .await?
        .ok_or_else(|| Error::not_found("community", community))?;
    // What stands on the list stays until somebody puts it away; of the rest, what is too late concerns nobody here.
    let on_the_list = statuses.contains(&Status::ToCall);
    let useful_at = (!on_the_list).then_some(now);
    let mut open = outbox::open(conn, community, statuses, useful_at, MOST).await?;
    if !on_the_list {
        // A message that is held back, so that the change can be undone, is not on its way yet.
        open.retain(|one| one.event.tells_of_a_change() && (one.status != Status::Due || one.due_at <= now));
    }
    if let Some(session) = session {
        open.retain(|one| one.session == Some(session) || sessions_of(one).contains(&session));
    }
    let mut said = say(ctx, community, &open, &sender, words).await?;
    let mut sorted = Sorted {
        sender,
        live: Vec::with_capacity(open.len()),
        late: Vec::new(),
        void: Vec::new(),
    };
    for one in open {
        match said.remove(&one.id) {
            None => sorted.void.push(one.id),
            Some(_) if one.expires_at <= now => sorted.late.push(one.id),
            Some(said) => sorted.live.push((one, said)),
        }
    }
    Ok(sorted)
}

/// The call list of a community, or of one session: in the language of whoever phones.
///
/// # Errors
/// Without the right to read the log, or to see whole numbers.
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: Option<SessionId>,
    lang: Lang,
) -> Result<CallList> {
    may(actor, Action::ManageNotifications, community)?;
    may(actor, Action::ManageResidents, community)?;
    if !sees(actor, Field::FullPhone, community) {
        return Err(Error::Forbidden(Refusal::Role));
    }
    let words = Words::new(lang);
    let now = ctx.now();
    let here = sorted(ctx, community, &[Status::ToCall], session, words).await?;
    let mut coming = sorted(ctx, community, &ON_THE_WAY, session, words).await?;
    coming.live.retain(|(_, said)| said.is_today);
    let zone = here.sender.zone.clone();
    let quiet = office(ctx, ctx.db.reader(), community).await?.hours.quiet;
    let ids: Vec<DeliveryId> = here.live.iter().chain(&coming.live).map(|(open, _)| open.id).collect();
    let tries = tries_of(outbox::calls(ctx.db.reader(), community, &ids).await?);
    let mut list = CallList {
        outdated: here.late.len() + here.void.len(),
        ..CallList::default()
    };
    for card in cards(ctx, actor, community, here.live, &tries).await? {
        let all: Vec<Tried> = merged(&card, &tries);
        match place(&all, card.is_today, now, &quiet, &zone) {
            Place::Until(_) => list.hidden += 1,
            Place::Now(missed) => {
                let card = Card { missed, ..card };
                if card.is_today {
                    into_group(&mut list.today, card);
                } else {
                    into_group(&mut list.others, card);
                }
            }
        }
    }
    list.on_the_way = cards(ctx, actor, community, coming.live, &tries).await?;
    for groups in [&mut list.today, &mut list.others] {
        groups.sort_by_cached_key(|group| {
            (
                group.grid.is_empty(),
                group.grid.clone(),
                address_order(&group.building),
            )
        });
        for group in groups {
            group
                .cards
                .sort_by_cached_key(|card| (card.missed, address_order(&card.building), card.callee));
        }
    }
    let midnight = crate::domain::calendar::resolve(
        zone.to_datetime(now).date().to_datetime(jiff::civil::Time::midnight()),
        &zone,
    );
    list.done = done(ctx, actor, community, midnight.timestamp()).await?;
    Ok(list)
}

fn tries_of(calls: Vec<Call>) -> HashMap<DeliveryId, Vec<Tried>> {
    let mut tries: HashMap<DeliveryId, Vec<Tried>> = HashMap::new();
    for call in calls {
        tries.entry(call.delivery).or_default().push(Tried {
            outcome: call.outcome,
            at: call.at,
        });
    }
    tries
}

fn into_group(groups: &mut Vec<Group>, card: Card) {
    let building = building_of(&card.building);
    match groups
        .iter_mut()
        .find(|group| group.grid == card.grid && group.building == building)
    {
        Some(group) => group.cards.push(card),
        None => groups.push(Group {
            grid: card.grid.clone(),
            building,
            cards: vec![card],
        }),
    }
}

/// The calls made since an instant, one line a person and call.
async fn done(ctx: &Context, actor: &Actor, community: CommunityId, since: Timestamp) -> Result<Vec<Done>> {
    let conn = ctx.db.reader();
    let calls = outbox::calls_since(conn, community, since, MOST_DONE).await?;
    let ids: Vec<DeliveryId> = calls.iter().map(|call| call.delivery).collect();
    let open: HashMap<DeliveryId, Open> = outbox::open_by_id(conn, community, &ids)
        .await?
        .into_iter()
        .map(|open| (open.id, open))
        .collect();
    let people = people(ctx, actor, community, open.values()).await?;
    let accounts: Vec<AccountId> = calls.iter().filter_map(|call| call.by).collect();
    let accounts = outbox::account_names(conn, &accounts).await?;
    let mut done: Vec<Done> = Vec::new();
    for call in calls {
        let Some(callee) = open.get(&call.delivery).and_then(callee_of) else {
            continue;
        };
        let Some(person) = people.get(&callee) else { continue };
        if let Some(same) = done
            .iter_mut()
            .find(|one| one.callee == callee && one.at == call.at && one.outcome == call.outcome)
        {
            same.deliveries.push(call.delivery);
            continue;
        }
        done.push(Done {
            callee,
            name: person.name.clone(),
            outcome: call.outcome,
            at: call.at,
            by: call.by.and_then(|by| accounts.get(&by).cloned()).unwrap_or_default(),
            deliveries: vec![call.delivery],
        });
    }
    Ok(done)
}

/// Whether a card can be told by telephone now: not while all of its messages are just leaving.
pub fn may_be_phoned(card: &Card) -> bool {
    card.matters.iter().any(|matter| ANSWERABLE.contains(&matter.status))
}

/// Who is signed up for a session and is reached by no message: the phone list (电话名单) of the session, by building.
///
/// # Errors
/// Without the right to see whole numbers.
pub async fn of_session(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
) -> Result<Vec<Group>> {
    may(actor, Action::ManageResidents, community)?;
    if !sees(actor, Field::FullPhone, community) {
        return Err(Error::Forbidden(Refusal::Role));
    }
    let conn = ctx.db.reader();
    let signed_up: Vec<ResidentId> = outbox::listeners(conn, community, &[session])
        .await?
        .into_iter()
        .map(|one| one.resident)
        .collect();
    // By the rules of a change: that is what the list is for.
    let phoned: Vec<ResidentId> = office(ctx, conn, community)
        .await?
        .ways(conn, Event::Cancelled, &signed_up)
        .await?
        .into_iter()
        .filter(|(_, kind)| *kind == ChannelKind::Call)
        .map(|(resident, _)| resident)
        .collect();
    let grids = storage::community::grids(conn, community).await?;
    let mut groups = Vec::new();
    for stored in storage::resident::find_all(conn, community, &phoned).await? {
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
        into_group(&mut groups, card);
    }
    groups.sort_by_cached_key(|group| {
        (
            group.grid.is_empty(),
            group.grid.clone(),
            address_order(&group.building),
        )
    });
    for group in &mut groups {
        group.cards.sort_by_cached_key(|card| {
            (
                address_order(&card.building),
                card.name.reveal(Purpose::ShowStaff).to_owned(),
            )
        });
    }
    Ok(groups)
}
