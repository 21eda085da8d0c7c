//! What people are told about offered seats: that one is held for them, and that nobody answered in time.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::letter::session_address;
use super::office::office;
use super::story::Story;
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::{CommunityId, EnrolmentId, SessionId};
use crate::domain::message_template::Variable;
use crate::domain::notification::Event;
use crate::domain::resident::Enrolment;
use crate::services::enrolment::offer_token;
use crate::services::wording::Words;
use crate::services::{Context, Error, Result};
use crate::storage::notification::{self as outbox, Leased, NewNotification};
use crate::storage::{self, Txn};

/// What a notification about an offer stores.
#[derive(Serialize, Deserialize)]
struct OfferFacts {
    /// Whose.
    enrolment: EnrolmentId,
    /// Until when the seat is held.
    until: Timestamp,
}

/// Writes down that a seat is held for somebody: by mail, or somebody phones. Call it in the transaction that offers the seat.
///
/// # Errors
/// When the database cannot store it.
pub async fn offered(ctx: &Context, txn: &Txn, now: Timestamp, home: CommunityId, one: &Enrolment) -> Result<()> {
    write_down(ctx, txn, now, home, one, Event::Offered, one.hold_until.unwrap_or(now)).await
}

/// Writes down that somebody did not answer in time. Call it in the transaction in which the offer lapses.
///
/// # Errors
/// When the database cannot store it.
pub async fn lapsed(ctx: &Context, txn: &Txn, now: Timestamp, home: CommunityId, one: &Enrolment) -> Result<()> {
    write_down(ctx, txn, now, home, one, Event::OfferLapsed, now).await
}

async fn write_down(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: CommunityId,
    one: &Enrolment,
    event: Event,
    until: Timestamp,
) -> Result<()> {
    let office = office(ctx, txn, home).await?;
    if !office.tells(event) {
        return Ok(());
    }
    let Some(news) = outbox::session_news(txn, home, &[one.session_id]).await?.pop() else {
        return Ok(());
    };
    let due_at = office.hours.leaves_at(event, Some(news.starts_at), now);
    // Of an offer nobody needs to hear any more once it is over; of a seat that was missed until the session begins.
    let expires_at = if event == Event::Offered { until } else { news.starts_at };
    let facts = OfferFacts {
        enrolment: one.id,
        until,
    };
    let new = NewNotification {
        id: ctx.new_id(now),
        event,
        dedupe_key: format!("{}:{}:{}", event.as_str(), one.id, until.as_microsecond()),
        session: Some(one.session_id),
        proposal: None,
        facts: serde_json::to_string(&facts).expect("an id and an instant are always JSON"),
        due_at,
        expires_at,
    };
    let id = outbox::ensure(txn, home, &new, now).await?;
    let deliveries = office.to_residents(ctx, txn, now, event, &[one.resident_id]).await?;
    outbox::add_deliveries(txn, home, id, due_at, expires_at, &deliveries, now).await?;
    Ok(())
}

/// What is told of an offer, or why it need not be told any more.
pub(super) async fn story(
    ctx: &Context,
    leased: &Leased,
    event: Event,
    session: SessionId,
    facts: &str,
    words: Words,
) -> Result<Result<Story, String>> {
    let conn = ctx.db.reader();
    let home = leased.community;
    let facts: OfferFacts = serde_json::from_str(facts).map_err(|_| {
        Error::Storage(storage::Error::Inconsistent {
            table: "notification",
            column: "facts",
            id: leased.notification.to_string(),
            value: facts.chars().take(200).collect(),
        })
    })?;
    let now = ctx.now();
    let one = storage::enrolment::find(conn, home, facts.enrolment).await?;
    let wanted = if event == Event::Offered {
        EnrolmentStatus::Offered
    } else {
        EnrolmentStatus::Lapsed
    };
    let stands = one.filter(|one| one.status == wanted && one.hold_until.is_none_or(|until| until == facts.until));
    let Some(one) = stands else {
        return Ok(Err(words.t("mail-dropped-answered")));
    };
    let news = outbox::session_news(conn, home, &[session]).await?.pop();
    let Some(news) = news.filter(|news| news.status != "cancelled" && news.starts_at > now) else {
        return Ok(Err(words.t("mail-dropped-changed")));
    };
    let story = Story::new(event)
        .text(Variable::Title, news.title)
        .at(Variable::When, news.starts_at)
        .text(Variable::Venue, news.venue);
    Ok(Ok(if event == Event::Offered {
        let slug = outbox::slug(conn, home).await?.unwrap_or_default();
        let token = offer_token(ctx, home, one.id, facts.until);
        let link = format!("{}/c/{slug}/offers/{token}", ctx.settings.base_url());
        story.at(Variable::Until, facts.until).text(Variable::Link, link)
    } else {
        story.text(Variable::Link, session_address(ctx, home, session).await?)
    }))
}
