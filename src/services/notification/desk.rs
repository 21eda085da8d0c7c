//! What the letters of one batch have in common, asked once: a thousand reminders of one session are about one session.

use std::collections::{BTreeMap, HashMap};

use crate::domain::channel::ChannelKind;
use crate::domain::id::{CommunityId, NotificationId, ResidentId, SessionId};
use crate::domain::message_template::Class;
use crate::domain::notification::Event;
use crate::services::wording::Words;
use crate::services::{Context, Error, Result};
use crate::storage::notification::{self as outbox, Leased, Letter, Listener, Recipient, Sender, SessionNews};

use super::default_words::Draft;
use super::story::draft_of;

/// Whose words about what: of a community, about an event on one or several dates, for a class of channels.
type Place = (CommunityId, Event, bool, Class);

/// What was asked for a batch. It is thrown away with it: the next one must see what has changed meanwhile.
pub(super) struct Desk<'a> {
    pub ctx: &'a Context,
    letters: HashMap<(CommunityId, NotificationId), Letter>,
    people: HashMap<(CommunityId, ResidentId), Recipient>,
    senders: HashMap<CommunityId, (Sender, String)>,
    news: HashMap<(CommunityId, SessionId), Option<SessionNews>>,
    listeners: HashMap<(CommunityId, SessionId), HashMap<ResidentId, Listener>>,
    drafts: HashMap<Place, (Draft, bool)>,
}

impl<'a> Desk<'a> {
    /// A desk with the notifications and the residents of a batch on it.
    pub async fn open(ctx: &'a Context, batch: &[Leased]) -> Result<Self> {
        let conn = ctx.db.reader();
        let mut by_home: BTreeMap<CommunityId, (Vec<NotificationId>, Vec<ResidentId>)> = BTreeMap::new();
        for leased in batch {
            let (notifications, residents) = by_home.entry(leased.community).or_default();
            notifications.push(leased.notification);
            residents.extend(leased.resident);
        }
        let (mut letters, mut people) = (HashMap::new(), HashMap::new());
        for (home, (mut notifications, residents)) in by_home {
            notifications.sort_unstable();
            notifications.dedup();
            for (id, letter) in outbox::letters(conn, home, &notifications).await? {
                letters.insert((home, id), letter);
            }
            for (id, person) in outbox::recipients(conn, home, &residents).await? {
                people.insert((home, id), person);
            }
        }
        Ok(Self {
            ctx,
            letters,
            people,
            senders: HashMap::new(),
            news: HashMap::new(),
            listeners: HashMap::new(),
            drafts: HashMap::new(),
        })
    }

    /// The notification of a delivery of the batch.
    pub fn letter(&self, leased: &Leased) -> Result<Letter> {
        self.letters
            .get(&(leased.community, leased.notification))
            .cloned()
            .ok_or_else(|| Error::not_found("notification", leased.notification))
    }

    /// A resident of the batch.
    pub fn person(&self, home: CommunityId, id: ResidentId) -> Option<&Recipient> {
        self.people.get(&(home, id))
    }

    /// What a message says of its community, and the community's name in addresses.
    pub async fn sender(&mut self, home: CommunityId) -> Result<(Sender, String)> {
        if let Some(known) = self.senders.get(&home) {
            return Ok(known.clone());
        }
        let conn = self.ctx.db.reader();
        let sender = outbox::sender(conn, home)
            .await?
            .ok_or_else(|| Error::not_found("community", home))?;
        let slug = outbox::slug(conn, home).await?.unwrap_or_default();
        Ok(self.senders.entry(home).or_insert((sender, slug)).clone())
    }

    /// The address of a session's public page.
    pub async fn session_address(&mut self, home: CommunityId, session: SessionId) -> Result<String> {
        let (_, slug) = self.sender(home).await?;
        Ok(format!("{}/c/{slug}/sessions/{session}", self.ctx.settings.base_url()))
    }

    /// What a message says of some sessions, in order of their start.
    pub async fn news(&mut self, home: CommunityId, ids: &[SessionId]) -> Result<Vec<SessionNews>> {
        let missing: Vec<SessionId> = ids
            .iter()
            .copied()
            .filter(|id| !self.news.contains_key(&(home, *id)))
            .collect();
        if !missing.is_empty() {
            let found = outbox::session_news(self.ctx.db.reader(), home, &missing).await?;
            self.news.extend(missing.into_iter().map(|id| ((home, id), None)));
            self.news
                .extend(found.into_iter().map(|news| ((home, news.id), Some(news))));
        }
        let mut news: Vec<SessionNews> = ids
            .iter()
            .filter_map(|id| self.news.get(&(home, *id)).cloned().flatten())
            .collect();
        news.sort_by_key(|session| session.starts_at);
        Ok(news)
    }

    /// How somebody is signed up for a session, or waits for it.
    pub async fn listener(
        &mut self,
        home: CommunityId,
        session: SessionId,
        resident: ResidentId,
    ) -> Result<Option<Listener>> {
        let key = (home, session);
        if !self.listeners.contains_key(&key) {
            // Those of the batch alone: there may be thousands of others.
            let here: Vec<ResidentId> = self
                .people
                .keys()
                .filter(|(of, _)| *of == home)
                .map(|(_, id)| *id)
                .collect();
            let found = outbox::listeners_among(self.ctx.db.reader(), home, &[session], &here).await?;
            let by_resident = found.into_iter().map(|one| (one.resident, one)).collect();
            self.listeners.insert(key, by_resident);
        }
        Ok(self
            .listeners
            .get(&key)
            .and_then(|listeners| listeners.get(&resident).cloned()))
    }

    /// The words that a community uses, and whether they are its own.
    pub async fn draft(&mut self, place: Place, words: Words) -> Result<(Draft, bool)> {
        if let Some(known) = self.drafts.get(&place) {
            return Ok(known.clone());
        }
        let (home, event, several, class) = place;
        let draft = draft_of(self.ctx.db.reader(), home, (event, several), class, words).await?;
        Ok(self.drafts.entry(place).or_insert(draft).clone())
    }

    /// Whether somebody does not want to hear of an event over a channel.
    pub fn refused(&self, home: CommunityId, resident: ResidentId) -> &[ChannelKind] {
        self.person(home, resident)
            .map_or(&[], |person| person.refused.as_slice())
    }
}
