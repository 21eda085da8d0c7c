//! What the letters of one batch have in common, asked once: a thousand reminders of one session are about one session.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use crate::domain::channel::ChannelKind;
use crate::domain::id::{CommunityId, NotificationId, ResidentId, SessionId};
use crate::domain::message_template::Class;
use crate::domain::notification::Event;
use crate::services::wording::Words;
use crate::services::{Context, Error, Result};
use crate::storage::notification::{self as outbox, ByHome, Leased, Letter, Listener, Recipient, Sender, SessionNews};

use super::story::{Pattern, pattern_of};

/// Whose words about what: of a community, about an event on one or several dates, for a class of channels.
type Place = (CommunityId, Event, bool, Class);

/// What was asked for a batch. It is thrown away with it: the next one must see what has changed meanwhile.
pub(super) struct Desk<'a> {
    pub ctx: &'a Context,
    letters: HashMap<(CommunityId, NotificationId), Letter>,
    people: HashMap<(CommunityId, ResidentId), Recipient>,
    senders: HashMap<CommunityId, (Sender, String)>,
    news: HashMap<(CommunityId, SessionId), Option<SessionNews>>,
    listeners: HashMap<(CommunityId, SessionId, ResidentId), Option<Listener>>,
    patterns: HashMap<Place, Pattern>,
}

impl<'a> Desk<'a> {
    /// A desk with the notifications and the residents of a batch on it.
    pub async fn open(ctx: &'a Context, batch: &[Leased]) -> Result<Self> {
        let conn = ctx.db.reader();
        let (mut notifications, mut residents) = (ByHome::new(), ByHome::new());
        for leased in batch {
            let wanted: &mut Vec<_> = notifications.entry(leased.community).or_default();
            if !wanted.contains(&leased.notification) {
                wanted.push(leased.notification);
            }
            if let Some(resident) = leased.resident {
                let wanted: &mut Vec<_> = residents.entry(leased.community).or_default();
                wanted.push(resident);
            }
        }
        let mut desk = Self {
            ctx,
            letters: outbox::letters(conn, &notifications).await?.into_iter().collect(),
            people: outbox::recipients(conn, &residents).await?.into_iter().collect(),
            senders: outbox::senders(conn, notifications.into_keys()).await?,
            news: HashMap::new(),
            listeners: HashMap::new(),
            patterns: HashMap::new(),
        };
        desk.look_at_sessions(batch).await?;
        Ok(desk)
    }

    /// Lays out the sessions that most messages are about, and whether their recipients are signed up.
    async fn look_at_sessions(&mut self, batch: &[Leased]) -> Result<()> {
        let mut sessions = ByHome::new();
        let mut listening: BTreeMap<(CommunityId, SessionId), Vec<ResidentId>> = BTreeMap::new();
        for leased in batch {
            let letter = self.letters.get(&(leased.community, leased.notification));
            let Some(session) = letter.and_then(|letter| letter.session) else {
                continue;
            };
            let wanted: &mut Vec<_> = sessions.entry(leased.community).or_default();
            if !wanted.contains(&session) {
                wanted.push(session);
            }
            let listening = listening.entry((leased.community, session)).or_default();
            listening.extend(leased.resident);
        }
        let conn = self.ctx.db.reader();
        for (home, news) in outbox::news_by_home(conn, &sessions).await? {
            self.news.insert((home, news.id), Some(news));
        }
        for (home, listener) in outbox::listeners_by_session(conn, &listening).await? {
            self.listeners
                .insert((home, listener.session, listener.resident), Some(listener));
        }
        // Who was not found is not signed up.
        for ((home, session), residents) in listening {
            for resident in residents {
                self.listeners.entry((home, session, resident)).or_insert(None);
            }
        }
        Ok(())
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
    pub fn sender(&self, home: CommunityId) -> Result<(Sender, String)> {
        self.senders
            .get(&home)
            .cloned()
            .ok_or_else(|| Error::not_found("community", home))
    }

    /// The address of a session's public page.
    pub fn session_address(&self, home: CommunityId, session: SessionId) -> Result<String> {
        let (_, slug) = self.sender(home)?;
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
        let key = (home, session, resident);
        if let Some(known) = self.listeners.get(&key) {
            return Ok(known.clone());
        }
        // Those of the batch alone: there may be thousands of others.
        let here: Vec<ResidentId> = self
            .people
            .keys()
            .filter(|(of, _)| *of == home)
            .map(|(_, id)| *id)
            .collect();
        for id in &here {
            self.listeners.entry((home, session, *id)).or_insert(None);
        }
        for one in outbox::listeners_among(self.ctx.db.reader(), home, &[session], &here).await? {
            self.listeners.insert((home, session, one.resident), Some(one));
        }
        Ok(self.listeners.get(&key).cloned().flatten())
    }

    /// The words that a community uses, ready to be filled.
    pub async fn pattern(&mut self, place: Place, words: Words) -> Result<&Pattern> {
        let pattern = match self.patterns.entry(place) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let (home, event, several, class) = place;
                free.insert(pattern_of(self.ctx.db.reader(), home, (event, several), class, words).await?)
            }
        };
        Ok(pattern)
    }

    /// Whether somebody does not want to hear of an event over a channel.
    pub fn refused(&self, home: CommunityId, resident: ResidentId) -> &[ChannelKind] {
        self.person(home, resident)
            .map_or(&[], |person| person.refused.as_slice())
    }
}
