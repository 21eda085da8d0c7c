//! A pasted list looked through: whom each line means, and what would become of it. Nothing is stored.

use std::collections::{HashMap, HashSet};

use super::{MOST_REMEMBERED, hashes, read};
use crate::domain::access::{Action, Actor, may};
use crate::domain::chain::matching::{self, MOST_CANDIDATES, Match, Person};
use crate::domain::chain::{Expected, Item, Mismatch, Outcome, Wish, is_address, mismatches};
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::{CommunityId, EnrolmentId, ResidentId, SessionId};
use crate::domain::text::{PersonName, Purpose, mask};
use crate::services::schedule::{self, SessionView};
use crate::services::{Context, Result, resident};
use crate::storage::chain::{Known, Wanted};
use crate::storage::{self, Connection};

/// The most people a list is compared with.
const MOST_PEOPLE: u64 = 3000;
/// The most rows of the roster.
const MOST_ROSTER: u64 = 2000;

/// Somebody a line may mean.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Who.
    pub resident: ResidentId,
    /// Their name.
    pub name: PersonName,
    /// Where they live; may be empty.
    pub building: String,
    /// The last four digits of the number they are reached at.
    pub tail: Option<String>,
    /// How they stand in this session.
    pub status: Option<EnrolmentStatus>,
}

/// What is suggested for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suggestion {
    /// It means this one.
    Known(ResidentId),
    /// Somebody new.
    New,
    /// Leave it out.
    Skip,
    /// Nothing: a person must choose.
    Choose,
}

/// A line as it would be taken over.
#[derive(Clone, Debug)]
pub struct Row {
    /// What was read.
    pub item: Item,
    /// Whom it may mean.
    pub candidates: Vec<Candidate>,
    /// What is suggested.
    pub suggestion: Suggestion,
    /// What became of it when it was pasted before.
    pub before: Option<Outcome>,
    /// It is one of the masked lines of our own message.
    pub ours: bool,
}

/// A list looked through.
#[derive(Clone, Debug)]
pub struct Review {
    /// The session.
    pub session: SessionView,
    /// What of the words above the list is about another session.
    pub mismatches: Vec<Mismatch>,
    /// The lines, in the order of the list.
    pub rows: Vec<Row>,
    /// Numbers behind which nobody stands.
    pub blank: usize,
    /// Lines that belong to no number.
    pub left: Vec<(usize, String)>,
    /// Who stood in the list before, does not any more, and is still in the session.
    pub gone: Vec<(EnrolmentId, PersonName)>,
}

/// Looks a list through.
///
/// # Errors
/// [`crate::services::Error::Invalid`] says why it is no list; `NotFound`, `Forbidden`, `Storage`.
pub async fn review(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    text: &str,
) -> Result<Review> {
    may(actor, Action::ManageResidents, community)?;
    let view = schedule::session(ctx, community, session).await?;
    let chain = read(text)?;
    let db = ctx.db.reader();
    let hashes = hashes(ctx, community, session, &chain.items);
    let taken = storage::chain::taken(db, community, session, MOST_REMEMBERED).await?;
    let before: HashMap<&[u8], Outcome> = taken.iter().map(|one| (one.hash.as_slice(), one.outcome)).collect();
    let roster = storage::enrolment::roster(db, community, session, MOST_ROSTER).await?;
    let inside: HashMap<ResidentId, EnrolmentStatus> =
        roster.iter().map(|(one, _)| (one.resident_id, one.status)).collect();
    let masked: HashSet<String> = roster.iter().map(|(_, stored)| stored.resident.name.masked()).collect();
    let people = People::load(ctx, db, community, &chain.items).await?;
    let mut rows = Vec::with_capacity(chain.items.len());
    for (item, hash) in chain.items.into_iter().zip(&hashes) {
        let before = before.get(hash.as_slice()).copied();
        let written = item.name.as_ref().map_or("", |name| name.reveal(Purpose::Find));
        let ours = written.contains('*') && masked.contains(written);
        let (candidates, suggestion) = people.suggest(ctx, community, &item, &inside)?;
        let suggestion = match before {
            Some(Outcome::Skipped) => Suggestion::Skip,
            _ if ours => Suggestion::Skip,
            _ => suggestion,
        };
        rows.push(Row {
            item,
            candidates,
            suggestion,
            before,
            ours,
        });
    }
    let here: HashSet<&[u8]> = hashes.iter().map(Vec::as_slice).collect();
    let meant: HashSet<ResidentId> = rows
        .iter()
        .flat_map(|row| row.candidates.iter().map(|one| one.resident))
        .collect();
    let gone: HashSet<EnrolmentId> = taken
        .iter()
        .filter(|one| one.outcome == Outcome::Joined && !here.contains(one.hash.as_slice()))
        .filter_map(|one| one.enrolment)
        .collect();
    let gone = roster
        .into_iter()
        .filter(|(one, _)| gone.contains(&one.id) && !meant.contains(&one.resident_id))
        .map(|(one, stored)| (one.id, stored.resident.name))
        .collect();
    Ok(Review {
        mismatches: mismatches(&chain.header, &expected(&view)),
        session: view,
        rows,
        blank: chain.blank,
        left: chain.left,
        gone,
    })
}

fn expected(view: &SessionView) -> Expected<'_> {
    let programme = &view.programme;
    let mut titles = vec![
        programme.title.as_str(),
        &programme.title_en,
        &programme.slogan,
        &programme.slogan_en,
    ];
    titles.extend(view.topic.as_deref());
    Expected {
        titles,
        date: view.starts.date(),
        time: view.starts.time(),
    }
}

/// The people lines may mean.
struct People(Vec<Known>);

impl People {
    async fn load(ctx: &Context, db: &impl Connection, community: CommunityId, items: &[Item]) -> Result<Self> {
        let mut wanted = Wanted::default();
        for item in items {
            let Some(name) = item.name.as_ref().map(|name| name.reveal(Purpose::Find)) else {
                continue;
            };
            wanted.names.push(name.to_owned());
            if is_address(name) && !item.place.is_empty() {
                let family = name.chars().find(|c| !matches!(c, '老' | '小' | '阿'));
                wanted.families.extend(family);
            }
            let phone = item.phone.as_ref();
            wanted
                .phones
                .extend(phone.map(|phone| resident::phone_index(ctx, community, phone)));
            let tail = item.tail.as_deref();
            wanted
                .tails
                .extend(tail.map(|tail| resident::tail_index(ctx, community, tail)));
        }
        wanted.names.sort_unstable();
        wanted.names.dedup();
        wanted.families.sort_unstable();
        wanted.families.dedup();
        let known = storage::chain::people(db, community, &wanted, MOST_PEOPLE).await?;
        Ok(Self(known))
    }

    fn suggest(
        &self,
        ctx: &Context,
        community: CommunityId,
        item: &Item,
        inside: &HashMap<ResidentId, EnrolmentStatus>,
    ) -> Result<(Vec<Candidate>, Suggestion)> {
        let phone = item
            .phone
            .as_ref()
            .map(|phone| resident::phone_index(ctx, community, phone));
        let tail = item
            .tail
            .as_ref()
            .map(|tail| resident::tail_index(ctx, community, tail));
        let people: Vec<Person> = self
            .0
            .iter()
            .map(|known| Person {
                name: known.stored.resident.name.reveal(Purpose::Find),
                building: &known.stored.resident.building,
                phone: phone.is_some() && phone == known.phone,
                tail: tail.is_some() && tail == known.tail,
                inside: inside.contains_key(&known.stored.resident.id),
            })
            .collect();
        let found = matching::find(item, &people);
        let cancels = item.wish == Wish::Cancel;
        let (meant, suggestion) = match &found {
            Match::Sure(at) => {
                let id = self.0[*at].stored.resident.id;
                // Whoever is not in it has nothing to give up.
                let known = if cancels && !inside.contains_key(&id) {
                    Suggestion::Skip
                } else {
                    Suggestion::Known(id)
                };
                (vec![*at], known)
            }
            Match::Choose(choice) => (choice.clone(), Suggestion::Choose),
            Match::New | Match::Unclear if cancels => (Vec::new(), Suggestion::Skip),
            Match::New => (Vec::new(), Suggestion::New),
            Match::Unclear => (Vec::new(), Suggestion::Choose),
        };
        let candidates = meant
            .into_iter()
            .take(MOST_CANDIDATES)
            .map(|at| {
                let opened = resident::opened(ctx, community, self.0[at].stored.clone())?;
                Ok(Candidate {
                    resident: opened.id,
                    tail: opened
                        .reached_at()
                        .map(|phone| phone.tail(Purpose::ShowStaff).to_owned()),
                    status: inside.get(&opened.id).copied(),
                    name: opened.name,
                    building: opened.building,
                })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok((candidates, suggestion))
    }
}

impl Candidate {
    /// The name as it is told apart from others of the same name: masked, for the building says the rest.
    pub fn masked(&self) -> String {
        mask(self.name.reveal(Purpose::ShowStaff))
    }
}
