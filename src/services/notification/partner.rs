//! What partners are told: questions whether they come, and papers that run out. Written in the transaction that makes it so; the words
//! are found at the moment of sending, from what is true then.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::office::{Office, office};
use super::story::Story;
use crate::domain::calendar::format::full_date;
use crate::domain::community::Paper;
use crate::domain::confirmation::{Confirmation, Standing, Target, Via};
use crate::domain::id::{CommunityId, ConfirmationId, NotificationId, PartnerId};
use crate::domain::message_template::Variable;
use crate::domain::notification::{Event, Status};
use crate::services::wording::Words;
use crate::services::{Context, Result, confirmation};
use crate::storage::notification::{self as outbox, NewNotification};
use crate::storage::{self, Txn};

/// A reminder of a paper is of use for so long.
const PAPER_USEFUL: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The most open questions of one partner that are looked at.
const MOST_OPEN: u64 = 500;

/// What a message to a partner is about.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum About {
    Confirmation(ConfirmationId),
    Paper {
        partner: PartnerId,
        paper: Paper,
        expires_on: Date,
    },
}

/// Writes down that a partner must be asked: by mail, or by somebody who phones when it has no address.
///
/// # Errors
/// When the database cannot store it.
pub async fn ask_partner(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    asked: &Confirmation,
) -> Result<()> {
    let office = office(ctx, txn, community).await?;
    let due_at = office.hours.leaves_at(Event::ConfirmSession, None, now);
    let new = NewNotification {
        id: ctx.new_id(now),
        event: Event::ConfirmSession,
        dedupe_key: question_key(asked),
        session: Some(asked.session_id),
        proposal: None,
        facts: facts(&About::Confirmation(asked.id)),
        due_at,
        expires_at: asked.starts_at,
    };
    tell(ctx, txn, now, &office, asked.partner_id, &new).await?;
    Ok(())
}

/// The key of a question: a start of a session is asked about once.
fn question_key(asked: &Confirmation) -> String {
    format!("confirm_session:{}:{}", asked.session_id, asked.starts_at)
}

/// Nobody has to write or phone any more about a question that was answered; noted by staff, it counts as phoned.
///
/// # Errors
/// When the database cannot store it.
pub async fn close_question(
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    asked: &Confirmation,
    via: Via,
) -> Result<()> {
    let key = question_key(asked);
    if let Some(question) = storage::rollover::notification_under(txn, community, &key).await? {
        let to = match via {
            Via::Phone => Status::Sent,
            Via::Link | Via::Login => Status::Dropped,
        };
        storage::confirmation::close_question(txn, community, question, to, now).await?;
    }
    Ok(())
}

/// Questions without an answer that did not leave while their partner was frozen leave now. Call it once the partner goes on.
///
/// # Errors
/// When the database cannot store it.
pub async fn ask_again(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    partner: PartnerId,
) -> Result<()> {
    let asked = storage::confirmation::coming(txn, community, Some(partner), now, MOST_OPEN).await?;
    let office = office(ctx, txn, community).await?;
    let due_at = office.hours.leaves_at(Event::ConfirmSession, None, now);
    for one in asked.iter().filter(|one| one.answered.is_none()) {
        if let Some(question) = storage::rollover::notification_under(txn, community, &question_key(one)).await? {
            storage::confirmation::wake_question(txn, community, question, due_at, now).await?;
        }
    }
    Ok(())
}

/// The paper that a notification of this event is about, and its last day.
pub fn paper_in(facts: &str) -> Option<(Paper, Date)> {
    match serde_json::from_str(facts) {
        Ok(About::Paper { paper, expires_on, .. }) => Some((paper, expires_on)),
        _ => None,
    }
}

/// Writes down that a partner must be reminded of a paper that ends in `days` days or less; `false` when it was before.
///
/// # Errors
/// When the database cannot store it.
#[expect(
    clippy::too_many_arguments,
    reason = "whose paper, which, its last day and which reminder: each is one thing"
)]
pub async fn paper_expires(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    partner: PartnerId,
    paper: Paper,
    expires_on: Date,
    days: i32,
) -> Result<bool> {
    let office = office(ctx, txn, community).await?;
    let due_at = office.hours.leaves_at(Event::PaperExpires, None, now);
    let new = NewNotification {
        id: ctx.new_id(now),
        event: Event::PaperExpires,
        dedupe_key: format!("paper_expires:{partner}:{paper}:{expires_on}:{days}"),
        session: None,
        proposal: None,
        facts: facts(&About::Paper {
            partner,
            paper,
            expires_on,
        }),
        due_at,
        expires_at: due_at + PAPER_USEFUL,
    };
    tell(ctx, txn, now, &office, partner, &new).await
}

/// Stores a message to a partner under its key; `false` when it was there before.
async fn tell(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    office: &Office,
    partner: PartnerId,
    new: &NewNotification,
) -> Result<bool> {
    if !office.tells(new.event) {
        return Ok(false);
    }
    let community = office.community;
    let id: NotificationId = outbox::ensure(txn, community, new, now).await?;
    if id != new.id {
        return Ok(false);
    }
    let delivery = office.to_partner(ctx, txn, now, new.event, partner).await?;
    outbox::add_deliveries(txn, community, id, new.due_at, new.expires_at, &[delivery], now).await?;
    Ok(true)
}

fn facts(about: &About) -> String {
    serde_json::to_string(about).expect("ids, names and dates are always JSON")
}

/// What a partner is told, or the key of the reason why there is nothing to tell any more.
pub(super) async fn story(
    ctx: &Context,
    community: CommunityId,
    facts: &str,
    words: Words,
) -> Result<std::result::Result<Story, &'static str>> {
    let conn = ctx.db.reader();
    let Ok(about) = serde_json::from_str::<About>(facts) else {
        return Ok(Err("mail-dropped-gone"));
    };
    match about {
        About::Confirmation(id) => {
            let Some(asked) = storage::confirmation::find(conn, community, id).await? else {
                return Ok(Err("mail-dropped-gone"));
            };
            let found = outbox::session_news(conn, community, &[asked.session_id]).await?;
            let Some(news) = found.into_iter().next() else {
                return Ok(Err("mail-dropped-gone"));
            };
            let partner = storage::community::find_partner(conn, community, asked.partner_id).await?;
            let target = Target {
                starts_at: news.starts_at,
                cancelled: news.status == "cancelled",
                paused: partner.is_some_and(|partner| partner.frozen_at.is_some()),
            };
            match asked.standing(target, ctx.now()) {
                Standing::Open => {}
                Standing::Answered => return Ok(Err("mail-dropped-partner-answered")),
                _ => return Ok(Err("mail-dropped-changed")),
            }
            Ok(Ok(Story::new(Event::ConfirmSession)
                .text(Variable::Title, news.title)
                .at(Variable::When, news.starts_at)
                .text(Variable::Venue, news.venue)
                .text(Variable::Link, confirmation::link(ctx, community, &asked))))
        }
        About::Paper {
            partner,
            paper,
            expires_on,
        } => {
            let found = storage::community::find_partner(conn, community, partner).await?;
            // Renewed meanwhile: there is nothing to remind of.
            let still = found.is_some_and(|partner| partner.papers().contains(&(paper, Some(expires_on))));
            if !still {
                return Ok(Err("mail-dropped-renewed"));
            }
            let name = words.t(&format!("paper-{paper}"));
            Ok(Ok(Story::new(Event::PaperExpires)
                .text(Variable::Paper, name)
                .text(Variable::Day, full_date(expires_on, words.lang))))
        }
    }
}
