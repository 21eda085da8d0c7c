//! The words of a message, written at the moment of sending from what is true then: first the facts ([`Story`]), then the words that the
//! community uses for them over that channel.

use jiff::Timestamp;

use super::desk::Desk;
use super::news::Facts;
use super::opt_out;
use super::partner;
use super::story::Story;
use crate::domain::calendar::format::moment_words;
use crate::domain::channel::ChannelKind;
use crate::domain::id::{CommunityId, SessionId};
use crate::domain::lang::Lang;
use crate::domain::message_template::{Class, Variable};
use crate::domain::notification::Event;
use crate::domain::opt_out::may_tell;
use crate::domain::sms;
use crate::domain::text::{Phone, Purpose};
use crate::services::wording::Words;
use crate::services::{Context, Error, Result, partner as services_partner, resident};
use crate::storage;
use crate::storage::notification::{self as outbox, Leased, Sender, SessionNews};

/// A message ready to leave.
pub(super) struct Written {
    /// Where to: a mail address, a number in E.164, nothing for a robot.
    pub to: String,
    /// Subject; empty for text messages.
    pub subject: String,
    /// Text.
    pub body: String,
    /// What it is about, for the plan of the next try.
    pub event: Event,
    /// What the variables of a text message were filled with, by name, in their order.
    pub variables: Vec<(&'static str, String)>,
    /// Where the recipient refuses further messages like this one with one click.
    pub unsubscribe: Option<String>,
    /// The language of the words.
    pub lang: Lang,
}

/// What came of writing.
pub(super) enum Writing {
    /// It can leave.
    Ready(Written),
    /// It is no longer true; why, in words.
    Drop(String),
    /// It is true, and this channel does not reach them; why, in words.
    Unreachable(Event, String),
}

/// Writes the message of a delivery.
pub(super) async fn write(desk: &mut Desk<'_>, leased: &Leased) -> Result<Writing> {
    let ctx = desk.ctx;
    // Nobody has said in which language they read.
    let words = Words::new(Lang::Zh);
    let letter = desk.letter(leased)?;
    let event = letter.event;
    let (sender, slug) = desk.sender(leased.community)?;
    let story = match story(desk, leased, &letter, &sender, words).await? {
        Ok(story) => story,
        Err(why) => return Ok(Writing::Drop(why)),
    };
    let (name, to) = match recipient(desk, leased, event).await? {
        Ok(reached) => reached,
        Err(why) => return Ok(Writing::Unreachable(event, words.t(why))),
    };
    let class = Class::of(leased.channel);
    let values = story.values(class, &name, &sender, ctx.now(), words);
    let place = (leased.community, story.event, story.several, class);
    let filled = desk.pattern(place, words).await?.fill(&values);
    let mut body = filled.body;
    let mut unsubscribe = None;
    if class == Class::Mail {
        body.push('\n');
        if let Some(id) = leased.resident.filter(|_| event.is_reminder()) {
            let link = opt_out::link(ctx, leased.community, &slug, id, ChannelKind::Email);
            body = format!("{body}\n{}\n", words.a("mail-unsubscribe", "link", &link));
            unsubscribe = Some(link);
        }
    }
    Ok(Writing::Ready(Written {
        to,
        subject: filled.subject,
        body,
        event,
        variables: filled.variables,
        unsubscribe,
        lang: words.lang,
    }))
}

/// Name and address of whoever is told, in the channel's own terms; or the key of the reason why it does not reach them.
async fn recipient(
    desk: &Desk<'_>,
    leased: &Leased,
    event: Event,
) -> Result<std::result::Result<(String, String), &'static str>> {
    let ctx = desk.ctx;
    let conn = ctx.db.reader();
    let home = leased.community;
    if leased.channel == ChannelKind::Robot {
        return Ok(Ok((String::new(), String::new())));
    }
    let by_phone = leased.channel == ChannelKind::Sms;
    let found = match (leased.resident, leased.partner) {
        (Some(id), _) => {
            if !may_tell(event, leased.channel, desk.refused(home, id)) {
                return Ok(Err("mail-dropped-refused"));
            }
            if by_phone {
                let Some(stored) = storage::resident::find(conn, home, id).await? else {
                    return Ok(Err("mail-dropped-no-number"));
                };
                let person = resident::opened(ctx, home, stored)?;
                let number = [person.phone.as_ref(), person.family_phone.as_ref()]
                    .into_iter()
                    .flatten()
                    .find_map(e164);
                number.map(|number| (person.name.reveal(Purpose::Reach).to_owned(), number))
            } else {
                let person = desk.person(home, id);
                if person.is_some_and(|person| person.bounced) {
                    return Ok(Err("mail-dropped-bounced"));
                }
                person.map(|person| (person.name.clone(), person.email.clone()))
            }
        }
        (None, Some(id)) if by_phone => {
            let known = services_partner::known(ctx, home, id).await?;
            known.and_then(|known| {
                let number = known.phone.as_ref().and_then(e164)?;
                Some((known.partner.name, number))
            })
        }
        (None, Some(id)) => outbox::partner_address(conn, home, id).await?,
        (None, None) => match leased.account.filter(|_| !by_phone) {
            Some(account) => outbox::account_address(conn, account).await?,
            None => None,
        },
    };
    let found = found.filter(|(_, address)| !address.is_empty());
    let missing = if by_phone {
        "mail-dropped-no-number"
    } else {
        "mail-dropped-no-address"
    };
    Ok(found.ok_or(missing))
}

/// A mobile number as providers of text messages take it (ITU-T E.164); others get no messages.
fn e164(phone: &Phone) -> Option<String> {
    sms::e164(phone.reveal(Purpose::Reach))
}

/// What a message says, or why it need not be said any more.
async fn story(
    desk: &mut Desk<'_>,
    leased: &Leased,
    letter: &outbox::Letter,
    sender: &Sender,
    words: Words,
) -> Result<std::result::Result<Story, String>> {
    let ctx = desk.ctx;
    let conn = ctx.db.reader();
    let facts: Facts = serde_json::from_str(&letter.facts).map_err(|_| {
        Error::Storage(storage::Error::Inconsistent {
            table: "notification",
            column: "facts",
            id: leased.notification.to_string(),
            value: letter.facts.clone(),
        })
    })?;
    let event = letter.event;
    let gone = |key: &str| Ok(Err(words.t(key)));
    match (event, letter.session, letter.proposal) {
        (Event::ConfirmSession | Event::PaperExpires, ..) => {
            let story = partner::story(ctx, leased.community, &letter.facts, words).await?;
            Ok(story.map_err(|why| words.t(why)))
        }
        (Event::ProposalDecided, _, Some(proposal)) => {
            let Some((_, title, status, remark)) = outbox::proposal_news(conn, leased.community, proposal).await?
            else {
                return gone("mail-dropped-gone");
            };
            let decision = words.a(&format!("mail-proposal-{status}-subject"), "title", &title);
            Ok(Ok(Story::new(event)
                .text(Variable::Title, title)
                .text(Variable::Decision, decision)
                .text(Variable::Remark, remark)
                .text(Variable::Link, format!("{}/partner", ctx.settings.base_url()))))
        }
        (Event::ConfirmPlace | Event::PlaceConfirmed, Some(session), _) => {
            super::term::story(ctx, leased, event, session, &letter.facts, sender, words).await
        }
        (Event::Offered | Event::OfferLapsed, Some(session), _) => {
            super::offer::story(ctx, leased, event, session, &letter.facts, words).await
        }
        (Event::ProposalSubmitted, _, Some(proposal)) => super::digest::submitted(ctx, leased, proposal, words).await,
        (Event::WeeklySchedule | Event::ReportReady | Event::StoppedComing, ..) => {
            super::digest::story(ctx, leased, event, &letter.facts, sender, words).await
        }
        (Event::Promoted, Some(_), _) if facts.changed.len() > 1 => {
            let story = super::term::several(ctx, leased, &facts, sender, words).await?;
            Ok(story.ok_or_else(|| words.t("mail-dropped-changed")))
        }
        (Event::ReminderEvening | Event::ReminderSoon | Event::Promoted, Some(session), _) => {
            let news = desk.news(leased.community, &[session]).await?;
            let current = news.into_iter().find(|news| {
                news.status != "cancelled" && facts.starts_at.is_none_or(|starts| starts == news.starts_at)
            });
            let Some(news) = current else {
                return gone("mail-dropped-changed");
            };
            if leased.resident.is_some() && !signed_up(desk, leased, session).await? {
                return gone("mail-dropped-cancelled");
            }
            let link = desk.session_address(leased.community, session)?;
            Ok(Ok(reminder_story(event, news, link)))
        }
        (Event::Cancelled | Event::Moved | Event::Restored | Event::ScheduleChanged, _, _) => {
            let story = changed(desk, leased, event, &facts, sender, words).await?;
            Ok(story.ok_or_else(|| words.t("mail-dropped-changed")))
        }
        _ => gone("mail-dropped-gone"),
    }
}

/// How many different reasons a letter gives.
const MOST_REASONS: usize = 5;

async fn signed_up(desk: &mut Desk<'_>, leased: &Leased, session: SessionId) -> Result<bool> {
    let Some(resident) = leased.resident else {
        return Ok(false);
    };
    let listener = desk.listener(leased.community, session, resident).await?;
    Ok(listener.is_some_and(|listener| !listener.waits))
}

/// About which of some sessions somebody is told: those they are signed up for. A group of staff hears of all.
async fn theirs(desk: &mut Desk<'_>, leased: &Leased, ids: &[SessionId]) -> Result<Vec<SessionId>> {
    let Some(resident) = leased.resident else {
        return Ok(ids.to_vec());
    };
    let mut theirs = Vec::new();
    for id in ids {
        if desk.listener(leased.community, *id, resident).await?.is_some() {
            theirs.push(*id);
        }
    }
    Ok(theirs)
}

/// What is told of sessions that changed: only those that this person is signed up for and that still stand as the message says.
async fn changed(
    desk: &mut Desk<'_>,
    leased: &Leased,
    event: Event,
    facts: &Facts,
    sender: &Sender,
    words: Words,
) -> Result<Option<Story>> {
    let ids: Vec<SessionId> = facts.changed.iter().map(|(id, _)| *id).collect();
    let theirs = theirs(desk, leased, &ids).await?;
    let news = desk.news(leased.community, &theirs).await?;
    let kind_of = |id: SessionId| {
        let at = facts.changed.iter().position(|(session, _)| *session == id);
        let kind = at.and_then(|at| facts.kinds.get(at));
        kind.and_then(|name| Event::from_name(name)).unwrap_or(event)
    };
    let news: Vec<SessionNews> = news
        .into_iter()
        .filter(|news| (news.status == "cancelled") == (kind_of(news.id) == Event::Cancelled))
        .collect();
    let Some(first) = news.first() else { return Ok(None) };
    // Somebody whom only one kind of change concerns gets the letter of that kind.
    let one_kind = news.iter().all(|news| kind_of(news.id) == kind_of(first.id));
    let about = if one_kind {
        kind_of(first.id)
    } else {
        Event::ScheduleChanged
    };
    let was_at = |session: &SessionNews| {
        let known = facts.changed.iter().find(|(id, _)| *id == session.id);
        known.map_or(session.starts_at, |(_, at)| *at)
    };
    let link = desk.session_address(leased.community, first.id)?;
    let changes: Vec<Change> = news
        .into_iter()
        .map(|news| Change {
            kind: kind_of(news.id),
            was: was_at(&news),
            news,
        })
        .collect();
    let now = desk.ctx.now();
    Ok(Some(changes_story(about, &changes, link, sender, now, words)))
}

/// A session that changed.
pub(super) struct Change {
    /// How.
    pub kind: Event,
    /// Its start before.
    pub was: Timestamp,
    /// What it is now.
    pub news: SessionNews,
}

/// The story of sessions that changed, about the first above all.
pub(super) fn changes_story(
    about: Event,
    changes: &[Change],
    link: String,
    sender: &Sender,
    now: Timestamp,
    words: Words,
) -> Story {
    let mut lines = Vec::with_capacity(changes.len());
    let mut reasons: Vec<&str> = Vec::new();
    for Change { kind, was, news } in changes {
        lines.push(words.with(
            &format!("mail-{}-line", kind.as_str()),
            [
                ("title", news.title.clone().into()),
                ("was", when(*was, sender, now, words).into()),
                ("when", when(news.starts_at, sender, now, words).into()),
                ("venue", news.venue.clone().into()),
            ],
        ));
        if !news.reason.is_empty() && !reasons.contains(&news.reason.as_str()) {
            reasons.push(&news.reason);
        }
    }
    let reasons: Vec<&str> = reasons.into_iter().take(MOST_REASONS).collect();
    let mut story = Story::new(about)
        .text(Variable::Reason, reasons.join(words.pick("；", "; ")))
        .text(Variable::Changes, lines.join("\n"))
        .text(Variable::Count, changes.len().to_string())
        .text(Variable::Link, link);
    if let Some(Change { was, news, .. }) = changes.first() {
        story = story
            .text(Variable::Title, news.title.clone())
            .at(Variable::Was, *was)
            .at(Variable::When, news.starts_at)
            .text(Variable::Venue, news.venue.clone());
    }
    story
}

/// The story of one session that takes place.
pub(super) fn reminder_story(event: Event, news: SessionNews, link: String) -> Story {
    Story::new(event)
        .at(Variable::When, news.starts_at)
        .text(Variable::Title, news.title)
        .text(Variable::Venue, news.venue)
        .text(Variable::Count, "1")
        .text(Variable::Link, link)
}

/// The address of a session's public page.
pub(super) async fn session_address(ctx: &Context, community: CommunityId, session: SessionId) -> Result<String> {
    let slug = outbox::slug(ctx.db.reader(), community).await?.unwrap_or_default();
    Ok(format!("{}/c/{slug}/sessions/{session}", ctx.settings.base_url()))
}

pub(super) fn when(at: Timestamp, sender: &Sender, now: Timestamp, words: Words) -> String {
    let local = sender.zone.to_datetime(at);
    let today = sender.zone.to_datetime(now).date();
    let moment = moment_words(local, words.lang);
    match local.date().since(today).map(|span| span.get_days()) {
        Ok(0) => words.a("mail-today", "moment", moment),
        Ok(1) => words.a("mail-tomorrow", "moment", moment),
        _ => moment,
    }
}
