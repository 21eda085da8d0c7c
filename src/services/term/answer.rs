//! Answers, and what silence comes to: places, counters, waiting lists and messages change together.

use jiff::Timestamp;
use serde_json::json;

use super::plan::is_open;
use super::token_hash;
use crate::domain::access::{Action, Actor, may};
use crate::domain::enrolment::{EnrolmentStatus, Source};
use crate::domain::id::{CommunityId, RolloverId, SeriesId, SessionId};
use crate::domain::notification::Status;
use crate::domain::planning::Session;
use crate::domain::resident::Enrolment;
use crate::domain::rollover::{Answer, AnsweredBy, Place, RolloverStatus, place};
use crate::services::enrolment::{self, lock, promote_all, set_status, take_kept, take_place};
use crate::services::notification::{self, question_key};
use crate::services::{Context, Error, Result, audit, retry};
use crate::storage::rollover::Rollover;
use crate::storage::{self, Txn};

/// Whose answer it is.
#[derive(Clone, Debug)]
pub enum Which {
    /// Of whoever has the link.
    Token(String),
    /// Taken by staff for somebody.
    Staff(Actor, RolloverId),
}

/// What an answer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered {
    /// How they stand now.
    pub status: RolloverStatus,
    /// Whether it changed anything.
    pub changed: bool,
    /// In how many sessions they have a seat now that they had not.
    pub seats: usize,
    /// In how many they have to wait, because the seat went to somebody else.
    pub waits: usize,
    /// In how many they have neither, because nobody signs up any more or the queue is full.
    pub missed: usize,
}

/// Takes an answer. Given twice, the second changes nothing.
///
/// # Errors
/// [`Error::State`] when the agreed time is over and it is not staff who answer, or no session takes them any more;
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn answer(ctx: &Context, home: CommunityId, which: Which, answer: Answer) -> Result<Answered> {
    if let Which::Staff(actor, _) = &which {
        may(actor, Action::SeeStaffPages, home)?;
    }
    let now = ctx.now();
    retry::write(ctx, || {
        let (ctx, which) = (ctx.clone(), which.clone());
        async move |txn: &Txn| {
            let (found, by, actor) = match which {
                Which::Token(token) => (
                    storage::rollover::find_by_token(txn, home, &token_hash(&token)).await?,
                    AnsweredBy::Myself,
                    None,
                ),
                Which::Staff(actor, id) => (
                    storage::rollover::find(txn, home, id).await?,
                    AnsweredBy::Staff,
                    Some(actor),
                ),
            };
            let found = found.ok_or_else(|| Error::not_found("rollover", ""))?;
            storage::series::lock(txn, home, found.term).await?;
            // Read again: it may have changed while the term was waited for.
            let one = storage::rollover::find(txn, home, found.id).await?;
            let one = one.ok_or_else(|| Error::not_found("rollover", ""))?;
            let Some(next) = one.asked.answered(answer, by, now)? else {
                return Ok(Answered {
                    status: one.asked.status,
                    changed: false,
                    seats: 0,
                    waits: 0,
                    missed: 0,
                });
            };
            let answered = settle(&ctx, txn, now, home, one, next, by).await?;
            if let Some(actor) = actor {
                let detail = json!({"answer": answer.as_str()});
                audit::record(
                    &ctx,
                    txn,
                    now,
                    home,
                    &actor,
                    "rollover.answer",
                    Some(found.id.0),
                    &detail,
                )
                .await?;
            }
            Ok(answered)
        }
    })
    .await
}

/// The sessions of a term that have not begun, locked in the order of their ids.
async fn coming(txn: &Txn, home: CommunityId, term: SeriesId, now: Timestamp) -> Result<Vec<Session>> {
    let ids: Vec<SessionId> = storage::session::of_series(txn, home, term)
        .await?
        .into_iter()
        .filter(|session| session.starts_at > now)
        .map(|session| session.id)
        .collect();
    let mut locked = storage::session::lock(txn, home, &ids).await?;
    locked.retain(|session| session.starts_at > now);
    Ok(locked)
}

/// Puts an answer into force.
async fn settle(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: CommunityId,
    mut one: Rollover,
    next: RolloverStatus,
    by: AnsweredBy,
) -> Result<Answered> {
    let sessions = coming(txn, home, one.term, now).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let places = storage::rollover::places(txn, home, one.resident, &ids).await?;
    let source = match by {
        AnsweredBy::Myself => Source::Myself,
        AnsweredBy::Staff => Source::Phone,
    };
    let wanted = |session: SessionId| enrolment::Place {
        community: home,
        session,
        resident: one.resident,
        source,
        by: String::new(),
        hash: None,
    };
    let (mut seats, mut waits, mut freed) = (0, 0, Vec::new());
    let (mut missed, mut refused, mut has_place) = (0, None, false);
    for session in &sessions {
        let stands = places.get(&session.id);
        match (place(stands.map(|place| place.status), next), stands) {
            (Place::TakeKept, Some(kept)) => {
                take_kept(txn, now, kept, wanted(session.id)).await?;
                seats += 1;
            }
            (Place::SignUp, _) if is_open(session.status) => {
                let free = lock(txn, home, session.id).await?.ahead_of_opening();
                match take_place(ctx, txn, now, free, wanted(session.id)).await {
                    Ok(got) if got.status == EnrolmentStatus::Enrolled => seats += 1,
                    Ok(_) => waits += 1,
                    // Nobody signs up for it any more, or its queue is full: the others stay theirs.
                    Err(Error::State { code }) => {
                        missed += 1;
                        refused = refused.or(Some(code));
                    }
                    Err(error) => return Err(error),
                }
            }
            (Place::LetGo, Some(stands)) => {
                let_go(txn, now, home, stands).await?;
                freed.push(session.id);
            }
            (_, stands) => has_place |= stands.is_some_and(|stands| stands.status.is_live()),
        }
    }
    // Nobody is told they come again when no session takes them.
    if let (Some(code), false, 0, 0) = (refused, has_place, seats, waits) {
        return Err(Error::State { code });
    }
    one.asked.status = next;
    one.answered_at = Some(now);
    one.answered_by = match by {
        AnsweredBy::Myself => "self",
        AnsweredBy::Staff => "staff",
    }
    .to_owned();
    storage::rollover::update(txn, home, &one).await?;
    close_question(txn, home, &one, by, now).await?;
    promote_all(ctx, txn, now, home, &freed).await?;
    let first = sessions
        .iter()
        .filter(|session| is_open(session.status))
        .min_by_key(|session| session.starts_at);
    if let (RolloverStatus::Confirmed, Some(first)) = (next, first) {
        notification::place_confirmed(ctx, txn, now, home, one.term, first.id, one.resident).await?;
    }
    Ok(Answered {
        status: next,
        changed: true,
        seats,
        waits,
        missed,
    })
}

/// Gives a place up; the session must be locked, and whoever waits is moved up by whoever calls.
async fn let_go(txn: &Txn, now: Timestamp, home: CommunityId, stands: &Enrolment) -> Result<()> {
    set_status(txn, now, home, stands, EnrolmentStatus::Cancelled, None).await?;
    Ok(())
}

/// Nobody has to write or phone any more about what was answered.
async fn close_question(txn: &Txn, home: CommunityId, one: &Rollover, by: AnsweredBy, now: Timestamp) -> Result<()> {
    let key = question_key(one.term);
    if let Some(question) = storage::rollover::notification_under(txn, home, &key).await? {
        let to = match by {
            AnsweredBy::Myself => Status::Dropped,
            AnsweredBy::Staff => Status::Sent,
        };
        storage::rollover::close_question(txn, home, question, Some(one.resident), to, now).await?;
    }
    Ok(())
}

/// What a look for those who did not answer came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expired {
    /// People whose time is over.
    pub people: usize,
    /// Seats that went back.
    pub seats: usize,
}

/// Gives back the seats kept for people whose time to answer is over, and moves up whoever waits; nobody is asked any more about a term
/// that was called off. Running it twice changes nothing. What fails for one term keeps none of the others.
///
/// # Errors
/// [`Error::Storage`]: the first of those that came up.
pub async fn expire_due(ctx: &Context) -> Result<Expired> {
    let now = ctx.now();
    let mut all = Expired::default();
    let mut failed = None;
    for (home, term) in storage::rollover::overdue(ctx.db.reader(), now).await? {
        let done = retry::write(ctx, || {
            let ctx = ctx.clone();
            async move |txn: &Txn| expire(&ctx, txn, now, home, term).await
        })
        .await;
        match done {
            Ok(done) => {
                all.people += done.people;
                all.seats += done.seats;
            }
            Err(error) => {
                tracing::error!(community = %home, series = %term, %error, "the silence about a term cannot be settled");
                failed = failed.or(Some(error));
            }
        }
    }
    for (home, term) in storage::rollover::asked_terms(ctx.db.reader(), now).await? {
        if let Err(error) = stop_asking(ctx, now, home, term).await {
            tracing::error!(community = %home, series = %term, %error, "the questions about a term cannot be closed");
            failed = failed.or(Some(error));
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(all),
    }
}

/// Drops the open questions about a term none of whose coming sessions stands.
async fn stop_asking(ctx: &Context, now: Timestamp, home: CommunityId, term: SeriesId) -> Result<()> {
    let sessions = storage::session::of_series(ctx.db.reader(), home, term).await?;
    let stands = |session: &Session| session.starts_at > now && !session.is_cancelled();
    if sessions.is_empty() || sessions.iter().any(stands) {
        return Ok(());
    }
    ctx.db
        .write(async move |txn: &Txn| -> Result<()> {
            if let Some(question) = storage::rollover::notification_under(txn, home, &question_key(term)).await? {
                storage::rollover::close_question(txn, home, question, None, Status::Dropped, now).await?;
            }
            Ok(())
        })
        .await
}

async fn expire(ctx: &Context, txn: &Txn, now: Timestamp, home: CommunityId, term: SeriesId) -> Result<Expired> {
    storage::series::lock(txn, home, term).await?;
    let silent: Vec<Rollover> = storage::rollover::of_term(txn, home, term)
        .await?
        .into_iter()
        .map(|(one, _)| one)
        .filter(|one| one.asked.is_over(now))
        .collect();
    if silent.is_empty() {
        return Ok(Expired::default());
    }
    let sessions = coming(txn, home, term, now).await?;
    let ids: Vec<SessionId> = sessions.iter().map(|session| session.id).collect();
    let mut freed: Vec<SessionId> = Vec::new();
    let mut done = Expired::default();
    for mut one in silent {
        let places = storage::rollover::places(txn, home, one.resident, &ids).await?;
        for session in &ids {
            let Some(stands) = places.get(session) else { continue };
            if place(Some(stands.status), RolloverStatus::Expired) == Place::LetGo {
                let_go(txn, now, home, stands).await?;
                done.seats += 1;
                if !freed.contains(session) {
                    freed.push(*session);
                }
            }
        }
        one.asked.status = RolloverStatus::Expired;
        storage::rollover::update(txn, home, &one).await?;
        // Whoever had to be phoned can still be: the office may find a seat for them. A mail would come too late.
        done.people += 1;
    }
    freed.sort_unstable();
    promote_all(ctx, txn, now, home, &freed).await?;
    Ok(done)
}

/// Brings sessions that were stored after people were asked into the promise: whoever is asked has a seat kept there too, whoever
/// comes again is signed up. Running it twice changes nothing; returns how many places were made. What fails for one term keeps none of
/// the others.
///
/// # Errors
/// [`Error::Storage`]: the first of those that came up.
pub async fn fill(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    let mut made = 0;
    let mut failed = None;
    for (home, term) in storage::rollover::grown(ctx.db.reader(), now).await? {
        let done = retry::write(ctx, || {
            let ctx = ctx.clone();
            async move |txn: &Txn| fill_term(&ctx, txn, now, home, term).await
        })
        .await;
        match done {
            Ok(done) => made += done,
            Err(error) => {
                tracing::error!(community = %home, series = %term, %error, "the later sessions of a term cannot be filled");
                failed = failed.or(Some(error));
            }
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(made),
    }
}

async fn fill_term(ctx: &Context, txn: &Txn, now: Timestamp, home: CommunityId, term: SeriesId) -> Result<usize> {
    storage::series::lock(txn, home, term).await?;
    let sessions = coming(txn, home, term, now).await?;
    let ids: Vec<SessionId> = sessions
        .iter()
        .filter(|session| is_open(session.status))
        .map(|session| session.id)
        .collect();
    let mut made = 0;
    for (one, _) in storage::rollover::of_term(txn, home, term).await? {
        let asked = match one.asked.status {
            RolloverStatus::Asked => true,
            RolloverStatus::Confirmed => false,
            RolloverStatus::Declined | RolloverStatus::Expired => continue,
        };
        let places = storage::rollover::places(txn, home, one.resident, &ids).await?;
        for session in ids.iter().filter(|session| !places.contains_key(session)) {
            let seats = lock(txn, home, *session).await?.ahead_of_opening();
            if asked {
                if !seats.is_full(now) {
                    storage::rollover::keep_seats(txn, home, &[(ctx.new_id(now), *session, one.resident)], now).await?;
                    made += 1;
                }
                continue;
            }
            let wanted = enrolment::Place {
                community: home,
                session: *session,
                resident: one.resident,
                source: Source::Staff,
                by: String::new(),
                hash: None,
            };
            match take_place(ctx, txn, now, seats, wanted).await {
                Ok(_) => made += 1,
                Err(Error::State { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(made)
}
