//! The words of a message, written at the moment of sending from what is true then.

use jiff::Timestamp;

use super::news::Facts;
use super::partner;
use crate::domain::calendar::format::moment_words;
use crate::domain::id::{CommunityId, SessionId};
use crate::domain::lang::Lang;
use crate::domain::notification::Event;
use crate::services::wording::Words;
use crate::services::{Context, Error, Result};
use crate::storage::notification::{self as outbox, Leased, Sender, SessionNews};

/// A message ready to leave.
pub(super) struct Written {
    /// Mail address.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// What it is about, for the plan of the next try.
    pub event: Event,
}

/// What came of writing.
pub(super) enum Writing {
    /// It can leave.
    Ready(Written),
    /// It is no longer true, or nobody is there to get it; why, in words.
    Drop(Event, String),
}

/// Writes the message of a delivery.
pub(super) async fn write(ctx: &Context, leased: &Leased) -> Result<Writing> {
    let conn = ctx.db.reader();
    let words = Words::new(Lang::Zh);
    let letter = outbox::letter(conn, leased.community, leased.notification)
        .await?
        .ok_or_else(|| Error::not_found("notification", leased.notification))?;
    let event = letter.event;
    let facts: Facts = serde_json::from_str(&letter.facts).map_err(|_| {
        Error::Storage(crate::storage::Error::Inconsistent {
            table: "notification",
            column: "facts",
            id: leased.notification.to_string(),
            value: letter.facts.clone(),
        })
    })?;
    let sender = outbox::sender(conn, leased.community)
        .await?
        .ok_or_else(|| Error::not_found("community", leased.community))?;
    let recipient = match (leased.resident, leased.partner) {
        (Some(resident), _) => outbox::resident_address(conn, leased.community, resident).await?,
        (None, Some(partner)) => outbox::partner_address(conn, leased.community, partner).await?,
        (None, None) => match leased.account {
            Some(account) => outbox::account_address(conn, account).await?,
            None => None,
        },
    };
    let Some((name, to)) = recipient.filter(|(_, address)| !address.is_empty()) else {
        return Ok(Writing::Drop(event, words.t("mail-dropped-no-address")));
    };
    let written = match (event, letter.session, letter.proposal) {
        (Event::ConfirmSession | Event::PaperExpires, ..) => {
            match partner::write(ctx, leased.community, &letter.facts, &sender, words).await? {
                Ok(written) => written,
                Err(why) => return Ok(Writing::Drop(event, words.t(why))),
            }
        }
        (Event::ProposalDecided, _, Some(proposal)) => {
            let Some((_, title, status, remark)) = outbox::proposal_news(conn, leased.community, proposal).await?
            else {
                return Ok(Writing::Drop(event, words.t("mail-dropped-gone")));
            };
            let subject = words.a(&format!("mail-proposal-{status}-subject"), "title", &title);
            let mut lines = vec![subject.clone()];
            if !remark.is_empty() {
                lines.push(words.a("mail-proposal-remark", "remark", remark));
            }
            lines.push(words.a(
                "mail-proposal-link",
                "link",
                format!("{}/partner", ctx.settings.base_url()),
            ));
            (subject, lines)
        }
        (Event::ConfirmPlace | Event::PlaceConfirmed, Some(session), _) => {
            match super::term::letter(ctx, leased, event, session, &letter.facts, &sender, words).await? {
                Ok(written) => written,
                Err(why) => return Ok(Writing::Drop(event, why)),
            }
        }
        (Event::Offered | Event::OfferLapsed, Some(session), _) => {
            match super::offer::letter(ctx, leased, event, session, &letter.facts, &sender, words).await? {
                Ok(written) => written,
                Err(why) => return Ok(Writing::Drop(event, why)),
            }
        }
        (Event::ProposalSubmitted, _, Some(proposal)) => {
            match super::digest::submitted(ctx, leased, proposal, words).await? {
                Ok(written) => written,
                Err(why) => return Ok(Writing::Drop(event, why)),
            }
        }
        (Event::WeeklySchedule | Event::ReportReady | Event::StoppedComing, ..) => {
            match super::digest::letter(ctx, leased, event, &letter.facts, &sender, words).await? {
                Ok(written) => written,
                Err(why) => return Ok(Writing::Drop(event, why)),
            }
        }
        (Event::Promoted, Some(_), _) if facts.changed.len() > 1 => {
            match super::term::several(ctx, leased, &facts, &sender, words).await? {
                Some(written) => written,
                None => return Ok(Writing::Drop(event, words.t("mail-dropped-changed"))),
            }
        }
        (Event::ReminderEvening | Event::ReminderSoon | Event::Promoted, Some(session), _) => {
            let news = outbox::session_news(conn, leased.community, &[session]).await?;
            let current = news.into_iter().find(|news| {
                news.status != "cancelled" && facts.starts_at.is_none_or(|starts| starts == news.starts_at)
            });
            let Some(news) = current else {
                return Ok(Writing::Drop(event, words.t("mail-dropped-changed")));
            };
            if !signed_up(ctx, leased, session).await? {
                return Ok(Writing::Drop(event, words.t("mail-dropped-cancelled")));
            }
            let key = event.as_str().replace('_', "-");
            let subject = words.aa(
                &format!("mail-{key}-subject"),
                "title",
                &news.title,
                "when",
                when(news.starts_at, &sender, ctx.now(), words),
            );
            let lines = vec![
                subject.clone(),
                words.a("mail-where", "venue", &news.venue),
                session_link(ctx, leased.community, session, words).await?,
            ];
            (subject, lines)
        }
        (Event::Cancelled | Event::Moved | Event::Restored | Event::ScheduleChanged, _, _) => {
            match changed(ctx, leased, event, &facts, &sender, words).await? {
                Some(written) => written,
                None => return Ok(Writing::Drop(event, words.t("mail-dropped-changed"))),
            }
        }
        _ => return Ok(Writing::Drop(event, words.t("mail-dropped-gone"))),
    };
    let (subject, lines) = written;
    let greeting = words.a("mail-greeting", "name", name);
    let closing = words.aa("mail-closing", "community", &sender.name, "phone", &sender.phone);
    let body = format!("{greeting}\n\n{}\n\n{closing}\n", lines.join("\n"));
    Ok(Writing::Ready(Written {
        to,
        subject,
        body,
        event,
    }))
}

/// How many different reasons a letter gives.
const MOST_REASONS: usize = 5;

async fn signed_up(ctx: &Context, leased: &Leased, session: SessionId) -> Result<bool> {
    let listeners = outbox::listeners(ctx.db.reader(), leased.community, &[session]).await?;
    Ok(listeners
        .iter()
        .any(|listener| Some(listener.resident) == leased.resident && !listener.waits))
}

/// Subject and lines about sessions that changed: only those that this person is signed up for and that still stand as the message says.
async fn changed(
    ctx: &Context,
    leased: &Leased,
    event: Event,
    facts: &Facts,
    sender: &Sender,
    words: Words,
) -> Result<Option<(String, Vec<String>)>> {
    let conn = ctx.db.reader();
    let ids: Vec<SessionId> = facts.changed.iter().map(|(id, _)| *id).collect();
    let mut theirs = Vec::new();
    for ids in ids.chunks(500) {
        let listeners = outbox::listeners(conn, leased.community, ids).await?;
        theirs.extend(
            listeners
                .into_iter()
                .filter(|one| Some(one.resident) == leased.resident)
                .map(|one| one.session),
        );
    }
    let news = outbox::session_news(conn, leased.community, &theirs).await?;
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
    let now = ctx.now();
    // Somebody whom only one kind of change concerns gets the letter of that kind.
    let one_kind = news.iter().all(|news| kind_of(news.id) == kind_of(first.id));
    let subject_key = if one_kind {
        kind_of(first.id).as_str()
    } else {
        "schedule-changed"
    };
    let was = |id: SessionId, fallback: Timestamp| {
        let at = facts
            .changed
            .iter()
            .find(|(session, _)| *session == id)
            .map_or(fallback, |(_, at)| *at);
        when(at, sender, now, words)
    };
    let subject = words.aa(
        &format!("mail-{subject_key}-subject"),
        "title",
        &first.title,
        "when",
        was(first.id, first.starts_at),
    );
    let mut lines = Vec::with_capacity(news.len() + 2);
    for session in &news {
        lines.push(words.with(
            &format!("mail-{}-line", kind_of(session.id).as_str()),
            [
                ("title", session.title.clone().into()),
                ("was", was(session.id, session.starts_at).into()),
                ("when", when(session.starts_at, sender, now, words).into()),
                ("venue", session.venue.clone().into()),
            ],
        ));
    }
    let mut reasons: Vec<&str> = Vec::new();
    for session in &news {
        if !session.reason.is_empty() && !reasons.contains(&session.reason.as_str()) {
            reasons.push(&session.reason);
        }
    }
    if !reasons.is_empty() {
        let reasons: Vec<&str> = reasons.into_iter().take(MOST_REASONS).collect();
        lines.push(words.a("mail-reason", "reason", reasons.join(words.pick("；", "; "))));
    }
    lines.push(session_link(ctx, leased.community, first.id, words).await?);
    Ok(Some((subject, lines)))
}

pub(super) async fn session_link(
    ctx: &Context,
    community: CommunityId,
    session: SessionId,
    words: Words,
) -> Result<String> {
    let slug = outbox::slug(ctx.db.reader(), community).await?.unwrap_or_default();
    let link = format!("{}/c/{slug}/sessions/{session}", ctx.settings.base_url());
    Ok(words.a("mail-link", "link", link))
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
