//! What somebody who phones says: one sentence for each matter, from what is true now.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use jiff::civil::Date;

use super::letter::when;
use super::news::Facts;
use super::partner::paper_in;
use crate::domain::calendar::format::full_date;
use crate::domain::id::{CommunityId, DeliveryId, ResidentId, SeriesId, SessionId};
use crate::domain::notification::Event;
use crate::services::wording::Words;
use crate::services::{Context, Result};
use crate::storage::notification::{self as outbox, Open, Sender, SessionNews};

/// How many sessions one matter names; the others are counted.
const MOST_NAMED: usize = 4;

/// What is to be said of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The sentences.
    pub lines: Vec<String>,
    /// Whether it is about a session of today.
    pub is_today: bool,
    /// Where the answer is noted, when they are asked something.
    pub answer: Option<Answer>,
}

/// Where an answer is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Whether they come in the new term.
    Term(SeriesId),
    /// Whether they take the seat.
    Seat(SessionId),
    /// Whether the partner comes.
    Confirmation(SessionId),
}

/// The sessions that a delivery is about.
pub(super) fn sessions_of(open: &Open) -> Vec<SessionId> {
    let facts = facts_of(open);
    let mut all: Vec<SessionId> = facts.changed.iter().map(|(id, _)| *id).collect();
    if all.is_empty() {
        all.extend(open.session);
    }
    all
}

fn facts_of(open: &Open) -> Facts {
    // Notifications of other events keep other facts: those have no sessions in them.
    serde_json::from_str(&open.facts).unwrap_or_default()
}

/// What is to be said of each delivery. One that is missing has nothing to say any more: it was changed back, or they gave their place up.
pub(super) async fn say(
    ctx: &Context,
    community: CommunityId,
    rows: &[Open],
    sender: &Sender,
    words: Words,
) -> Result<HashMap<DeliveryId, Said>> {
    let conn = ctx.db.reader();
    let ids: Vec<SessionId> = rows
        .iter()
        .flat_map(sessions_of)
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    let news: HashMap<SessionId, SessionNews> = outbox::session_news(conn, community, &ids)
        .await?
        .into_iter()
        .map(|news| (news.id, news))
        .collect();
    let mut listeners = HashMap::new();
    for some in ids.chunks(500) {
        for one in outbox::listeners(conn, community, some).await? {
            listeners.insert((one.resident, one.session), one.waits);
        }
    }
    let now = ctx.now();
    let speaker = Speaker {
        news,
        listeners,
        sender,
        words,
        now,
        today: sender.zone.to_datetime(now).date(),
    };
    let mut said = HashMap::with_capacity(rows.len());
    for open in rows {
        let one = match open.event {
            Event::ProposalDecided => proposal(ctx, community, open, words).await?,
            _ => speaker.one(open),
        };
        if let Some(one) = one {
            said.insert(open.id, one);
        }
    }
    Ok(said)
}

async fn proposal(ctx: &Context, community: CommunityId, open: &Open, words: Words) -> Result<Option<Said>> {
    let Some(id) = open.proposal else { return Ok(None) };
    let found = outbox::proposal_news(ctx.db.reader(), community, id).await?;
    Ok(found.map(|(_, title, status, remark)| {
        let mut lines = vec![words.a(&format!("mail-proposal-{status}-subject"), "title", title)];
        if !remark.is_empty() {
            lines.push(words.a("mail-proposal-remark", "remark", remark));
        }
        Said {
            lines,
            is_today: false,
            answer: None,
        }
    }))
}

struct Speaker<'a> {
    news: HashMap<SessionId, SessionNews>,
    listeners: HashMap<(ResidentId, SessionId), bool>,
    sender: &'a Sender,
    words: Words,
    now: Timestamp,
    today: Date,
}

impl Speaker<'_> {
    fn one(&self, open: &Open) -> Option<Said> {
        match open.event {
            Event::Cancelled | Event::Moved | Event::Restored | Event::ScheduleChanged => self.changes(open),
            Event::PaperExpires => {
                let (paper, day) = paper_in(&open.facts)?;
                let paper = self.words.t(&format!("paper-{paper}"));
                let day = full_date(day, self.words.lang);
                Some(self.said(
                    vec![self.words.aa("call-say-paper", "paper", paper, "day", day)],
                    None,
                    None,
                ))
            }
            _ => self.about_one(open),
        }
    }

    /// About one session that stands.
    fn about_one(&self, open: &Open) -> Option<Said> {
        let facts = facts_of(open);
        let session = open.session?;
        let news = self.news.get(&session)?;
        if news.status == "cancelled" || facts.starts_at.is_some_and(|starts| starts != news.starts_at) {
            return None;
        }
        let waits = open
            .resident
            .and_then(|who| self.listeners.get(&(who, session)).copied());
        let kept: serde_json::Value = serde_json::from_str(&open.facts).unwrap_or_default();
        let (key, answer) = match open.event {
            Event::Promoted if waits == Some(false) => ("call-say-promoted", None),
            Event::Promoted => return None,
            Event::Offered => {
                let until: Timestamp = kept["until"].as_str()?.parse().ok()?;
                if waits != Some(true) || until <= self.now {
                    return None;
                }
                let line = self.words.with(
                    "call-say-offered",
                    [
                        ("title", news.title.clone().into()),
                        ("when", self.when(news.starts_at).into()),
                        ("until", self.when(until).into()),
                    ],
                );
                return Some(self.said(vec![line], Some(news), Some(Answer::Seat(session))));
            }
            Event::ConfirmPlace => {
                let series: Option<SeriesId> = kept["series"].as_str().and_then(|id| id.parse().ok());
                ("call-say-confirm_place", series.map(Answer::Term))
            }
            Event::ConfirmSession => ("call-say-confirm_session", Some(Answer::Confirmation(session))),
            Event::OfferLapsed => ("call-say-offer_lapsed", None),
            _ => ("call-say-other", None),
        };
        let line = self
            .words
            .aa(key, "title", &news.title, "when", self.when(news.starts_at));
        Some(self.said(vec![line], Some(news), answer))
    }

    /// About sessions that changed: those they are signed up for and that still stand as was said.
    fn changes(&self, open: &Open) -> Option<Said> {
        let facts = facts_of(open);
        let words = self.words;
        let mut theirs = Vec::new();
        for (at, (id, was)) in facts.changed.iter().enumerate() {
            let kind = facts
                .kinds
                .get(at)
                .and_then(|name| Event::from_name(name))
                .unwrap_or(open.event);
            let Some(news) = self.news.get(id) else { continue };
            let stands = (news.status == "cancelled") == (kind == Event::Cancelled);
            let concerned = open.resident.is_none_or(|who| self.listeners.contains_key(&(who, *id)));
            if stands && concerned {
                theirs.push((kind, *was, news));
            }
        }
        theirs.sort_by_key(|(_, was, _)| *was);
        let (_, _, first) = theirs.first()?;
        let is_today = theirs
            .iter()
            .any(|(_, was, news)| self.is_today(*was) || self.is_today(news.starts_at));
        let mut lines: Vec<String> = theirs
            .iter()
            .take(MOST_NAMED)
            .map(|(kind, was, news)| {
                words.with(
                    &format!("call-say-{}", kind.as_str()),
                    [
                        ("title", news.title.clone().into()),
                        ("was", self.when(*was).into()),
                        ("when", self.when(news.starts_at).into()),
                        ("venue", news.venue.clone().into()),
                    ],
                )
            })
            .collect();
        if theirs.len() > MOST_NAMED {
            lines.push(words.n("call-say-more", theirs.len() - MOST_NAMED));
        }
        if !first.reason.is_empty() {
            lines.push(words.a("call-say-reason", "reason", first.reason.trim_end_matches(['。', '.'])));
        }
        Some(Said {
            lines,
            is_today,
            answer: None,
        })
    }

    fn said(&self, lines: Vec<String>, news: Option<&SessionNews>, answer: Option<Answer>) -> Said {
        Said {
            lines,
            is_today: news.is_some_and(|news| self.is_today(news.starts_at)),
            answer,
        }
    }

    fn is_today(&self, at: Timestamp) -> bool {
        self.sender.zone.to_datetime(at).date() == self.today
    }

    fn when(&self, at: Timestamp) -> String {
        when(at, self.sender, self.now, self.words)
    }
}
