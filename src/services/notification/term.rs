//! What people are told about a new term: the question whether they come again, their dates once they said so, and seats in several
//! of its sessions at once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::letter::{session_address, when};
use super::news::{Facts, to_json};
use super::office::office;
use super::story::Story;
use crate::domain::id::{CommunityId, NotificationId, ResidentId, SeriesId, SessionId};
use crate::domain::lang::Lang;
use crate::domain::message_template::Variable;
use crate::domain::notification::{Event, USEFUL_BEFORE_START};
use crate::domain::rollover::RolloverStatus;
use crate::services::term::token_of;
use crate::services::wording::Words;
use crate::services::{Context, Error, Result, schedule};
use crate::storage::notification::{self as outbox, Leased, NewNotification, Sender};
use crate::storage::{self, Txn};

/// Dates that a letter lists.
const MOST_DATES: usize = 30;

/// What a notification about a term stores.
#[derive(Serialize, Deserialize)]
struct TermFacts {
    /// The new series.
    series: SeriesId,
}

/// The key of the question about a term: it is asked once.
pub fn question_key(series: SeriesId) -> String {
    format!("{}:{series}", Event::ConfirmPlace.as_str())
}

fn facts(series: SeriesId) -> String {
    serde_json::to_string(&TermFacts { series }).expect("an id is always JSON")
}

/// Writes down that people are asked whether they come to a term, whose first session is `first`: one message each. Call it after
/// what was asked stands. Returns when the messages may leave.
///
/// # Errors
/// When the database cannot store it.
#[expect(clippy::too_many_arguments, reason = "what is asked, of whom, and until when")]
pub async fn ask_place(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    series: SeriesId,
    first: SessionId,
    confirm_by: Timestamp,
    people: &[ResidentId],
) -> Result<Timestamp> {
    let office = office(ctx, txn, community).await?;
    let due_at = office.hours.leaves_at(Event::ConfirmPlace, None, now);
    let new = NewNotification {
        id: ctx.new_id(now),
        event: Event::ConfirmPlace,
        dedupe_key: question_key(series),
        session: Some(first),
        proposal: None,
        facts: facts(series),
        due_at,
        expires_at: confirm_by,
    };
    let id = outbox::ensure(txn, community, &new, now).await?;
    let deliveries = office.to_residents(ctx, txn, now, Event::ConfirmPlace, people).await?;
    outbox::add_deliveries(txn, community, id, due_at, confirm_by, &deliveries, now).await?;
    Ok(due_at)
}

/// Writes down that somebody who comes again gets their dates by mail; whoever has no mail was told on the page or on the phone. Once
/// for a term, however often they change their mind.
///
/// # Errors
/// When the database cannot store it.
pub async fn place_confirmed(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    series: SeriesId,
    first: SessionId,
    who: ResidentId,
) -> Result<()> {
    let office = office(ctx, txn, community).await?;
    if !office.tells(Event::PlaceConfirmed) {
        return Ok(());
    }
    let Some(news) = outbox::session_news(txn, community, &[first]).await?.pop() else {
        return Ok(());
    };
    let due_at = office.hours.leaves_at(Event::PlaceConfirmed, None, now);
    let expires_at = news.starts_at - USEFUL_BEFORE_START;
    let new = NewNotification {
        id: ctx.new_id(now),
        event: Event::PlaceConfirmed,
        dedupe_key: format!("{}:{series}:{}", Event::PlaceConfirmed.as_str(), who),
        session: Some(first),
        proposal: None,
        facts: facts(series),
        due_at,
        expires_at,
    };
    let id = outbox::ensure(txn, community, &new, now).await?;
    if outbox::told(txn, community, id).await?.is_empty() {
        let deliveries = office
            .to_residents(ctx, txn, now, Event::PlaceConfirmed, &[who])
            .await?;
        outbox::add_deliveries(txn, community, id, due_at, expires_at, &deliveries, now).await?;
    }
    Ok(())
}

/// Writes down that somebody on the waiting lists got a seat in several sessions at once: one message.
///
/// # Errors
/// When the database cannot store it.
pub async fn promoted_to_several(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    sessions: &[SessionId],
    resident: ResidentId,
) -> Result<()> {
    let office = office(ctx, txn, community).await?;
    let mut news = outbox::session_news(txn, community, sessions).await?;
    news.sort_by_key(|session| session.starts_at);
    let (Some(first), Some(last)) = (news.first(), news.last()) else {
        return Ok(());
    };
    let (first_id, first_at) = (first.id, first.starts_at);
    let due_at = office.hours.leaves_at(Event::Promoted, Some(first_at), now);
    let expires_at = last.starts_at - USEFUL_BEFORE_START;
    let id: NotificationId = ctx.new_id(now);
    let new = NewNotification {
        id,
        event: Event::Promoted,
        dedupe_key: format!("promoted:{id}"),
        session: Some(first_id),
        proposal: None,
        facts: to_json(&Facts {
            changed: news.iter().map(|session| (session.id, session.starts_at)).collect(),
            ..Facts::default()
        }),
        due_at,
        expires_at,
    };
    let id = outbox::ensure(txn, community, &new, now).await?;
    let deliveries = office.to_residents(ctx, txn, now, Event::Promoted, &[resident]).await?;
    outbox::add_deliveries(txn, community, id, due_at, expires_at, &deliveries, now).await?;
    Ok(())
}

/// What is told of a term, or why it need not be told any more.
pub(super) async fn story(
    ctx: &Context,
    leased: &Leased,
    event: Event,
    session: SessionId,
    facts: &str,
    sender: &Sender,
    words: Words,
) -> Result<Result<Story, String>> {
    let conn = ctx.db.reader();
    let home = leased.community;
    let facts: TermFacts = serde_json::from_str(facts).map_err(|_| {
        Error::Storage(storage::Error::Inconsistent {
            table: "notification",
            column: "facts",
            id: leased.notification.to_string(),
            value: facts.chars().take(200).collect(),
        })
    })?;
    let now = ctx.now();
    let Some(resident) = leased.resident else {
        return Ok(Err(words.t("mail-dropped-gone")));
    };
    let asked = storage::rollover::find_of(conn, home, facts.series, resident).await?;
    let wanted = if event == Event::ConfirmPlace {
        RolloverStatus::Asked
    } else {
        RolloverStatus::Confirmed
    };
    let Some(asked) = asked.filter(|asked| asked.asked.status == wanted && !asked.asked.is_over(now)) else {
        return Ok(Err(words.t("mail-dropped-answered")));
    };
    let series = storage::series::find(conn, home, facts.series).await?;
    let news = outbox::session_news(conn, home, &[session]).await?.pop();
    let (Some(series), Some(news)) = (series, news) else {
        return Ok(Err(words.t("mail-dropped-gone")));
    };
    let mut dates: Vec<Timestamp> = storage::session::of_series(conn, home, facts.series)
        .await?
        .into_iter()
        .filter(|session| !session.is_cancelled() && session.starts_at > now)
        .map(|session| session.starts_at)
        .collect();
    dates.sort_unstable();
    let Some(first) = dates.first().copied() else {
        return Ok(Err(words.t("mail-dropped-changed")));
    };
    let slug = outbox::slug(conn, home).await?.unwrap_or_default();
    let link = format!(
        "{}/c/{slug}/rollover/{}",
        ctx.settings.base_url(),
        token_of(ctx, home, asked.id)
    );
    let listed: Vec<String> = dates
        .iter()
        .take(MOST_DATES)
        .map(|date| when(*date, sender, now, words))
        .collect();
    Ok(Ok(Story::new(event)
        .text(Variable::Title, news.title)
        .at(Variable::When, first)
        .text(Variable::Venue, news.venue)
        .text(Variable::Rule, schedule::in_words(&series, Lang::Zh))
        .text(Variable::Count, dates.len().to_string())
        .text(Variable::Dates, listed.join("\n"))
        .at(Variable::Until, asked.asked.confirm_by)
        .text(Variable::Link, link)))
}

/// What is told of seats in several sessions: those that still stand and in which this person is.
pub(super) async fn several(
    ctx: &Context,
    leased: &Leased,
    facts: &Facts,
    sender: &Sender,
    words: Words,
) -> Result<Option<Story>> {
    let conn = ctx.db.reader();
    let ids: Vec<SessionId> = facts.changed.iter().map(|(id, _)| *id).collect();
    let them: Vec<ResidentId> = leased.resident.into_iter().collect();
    let theirs: Vec<SessionId> = outbox::listeners_among(conn, leased.community, &ids, &them)
        .await?
        .into_iter()
        .filter(|one| !one.waits)
        .map(|one| one.session)
        .collect();
    let now = ctx.now();
    let mut news = outbox::session_news(conn, leased.community, &theirs).await?;
    news.retain(|session| session.status != "cancelled" && session.starts_at > now);
    news.sort_by_key(|session| session.starts_at);
    let Some(first) = news.first() else { return Ok(None) };
    let listed: Vec<String> = news
        .iter()
        .take(MOST_DATES)
        .map(|session| when(session.starts_at, sender, now, words))
        .collect();
    let link = session_address(ctx, leased.community, first.id).await?;
    Ok(Some(
        Story::new(Event::Promoted)
            .several()
            .text(Variable::Title, first.title.clone())
            .at(Variable::When, first.starts_at)
            .text(Variable::Venue, first.venue.clone())
            .text(Variable::Count, news.len().to_string())
            .text(Variable::Dates, listed.join("\n"))
            .text(Variable::Link, link),
    ))
}
