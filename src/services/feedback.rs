//! Feedback (满意度): answers counted in one go, typed from paper here and by one tap in [`tap`]; and their correction.

pub mod tap;

use serde_json::json;

use super::{Context, Error, FieldError, Result, attendance, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::attendance::{ANSWERS_MAX, Answers, may_check_in};
use crate::domain::feedback::Source;
use crate::domain::id::{CommunityId, FeedbackId, SessionId};
use crate::storage::attendance::{lock_session, store_tally};
use crate::storage::{self, Txn, feedback as rows};

pub use crate::storage::feedback::Stored;

/// The noun under which undone entries are remembered.
const NOUN: &str = "feedback";
/// How many entries a page lists.
const LISTED: u64 = 200;

/// One entry as a device sends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Made by the device.
    pub client_id: FeedbackId,
    /// How many answered 很满意, 满意, 基本满意, 不满意.
    pub answers: [i64; 4],
}

/// The fields of [`Entry::answers`], as forms and JSON name them.
pub const FIELDS: [&str; 4] = ["very_satisfied", "satisfied", "fair", "dissatisfied"];

/// Stores an entry; whether it is new. Sending it again changes nothing.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] for numbers below 0 or above 2,000, for no answers at all, and for an
/// id that stands for other answers; [`Error::State`] when the session is cancelled or still to come; [`Error::Storage`].
pub async fn record(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    entry: Entry,
) -> Result<bool> {
    may(actor, Action::TakeAttendance, community)?;
    let answers = checked(entry.answers)?;
    let now = ctx.now();
    let stored = rows::Entry {
        id: entry.client_id,
        session,
        answers,
        source: Source::Paper,
        by: actor.account(),
    };
    ctx.db
        .write(async move |txn| {
            let state = lock_session(txn, community, session)
                .await?
                .ok_or_else(|| Error::not_found("session", session))?;
            may_check_in(state.cancelled, state.starts_at, now)
                .map_err(|closed| Error::State { code: closed.code() })?;
            match rows::find(txn, community, stored.id).await? {
                Some(known) if (known.session, known.answers) == (session, answers) => Ok(false),
                Some(_) => Err(Error::invalid("client_id", "client-id-reused", stored.id.to_string())),
                // It was undone, and its repetition is only late.
                None if storage::undone::has(txn, community, stored.id.0).await? => Ok(false),
                None => {
                    rows::insert(txn, community, stored, now).await?;
                    if !state.held && state.starts_at <= now {
                        // Whoever answers was there.
                        store_tally(txn, community, session, state.tally, Some("held"), now).await?;
                    }
                    Ok(true)
                }
            }
        })
        .await
}

/// The answers to a session so far.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn answers(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId) -> Result<Answers> {
    may(actor, Action::TakeAttendance, community)?;
    Ok(rows::answers(ctx.db.reader(), community, session).await?)
}

/// The entries of a session, latest first.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn entries(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId) -> Result<Vec<Stored>> {
    may(actor, Action::TakeAttendance, community)?;
    Ok(rows::of_session(ctx.db.reader(), community, session, LISTED).await?)
}

/// Takes an entry back, whether it was typed or tapped; whether something changed. What it said stays in the audit.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`], also when it belongs to another session; [`Error::Storage`].
pub async fn undo(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    id: FeedbackId,
) -> Result<bool> {
    may(actor, Action::TakeAttendance, community)?;
    let now = ctx.now();
    let (inner, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<bool> {
            lock_session(txn, community, session)
                .await?
                .ok_or_else(|| Error::not_found("session", session))?;
            let found = rows::find(txn, community, id).await?;
            let Some(entry) = found.filter(|entry| entry.session == session) else {
                return if storage::undone::has(txn, community, id.0).await? {
                    Ok(false)
                } else {
                    Err(Error::not_found("feedback", id))
                };
            };
            rows::delete(txn, community, id).await?;
            storage::undone::remember(txn, community, NOUN, &[id.0], actor.account(), now).await?;
            attendance::note_nothing_left(txn, community, session, now).await?;
            let detail = json!({ "session": session, "answers": entry.answers, "source": entry.source.as_str() });
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "feedback.undo",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(true)
        })
        .await
}

fn checked(answers: [i64; 4]) -> Result<[i32; 4]> {
    let mut wrong = Vec::new();
    let counted = std::array::from_fn(|n| {
        match i32::try_from(answers[n])
            .ok()
            .filter(|count| (0..=ANSWERS_MAX).contains(count))
        {
            Some(count) => count,
            None => {
                let error = FieldError::new(FIELDS[n], "answers-range", answers[n].to_string());
                wrong.push(error.with("max", ANSWERS_MAX));
                0
            }
        }
    });
    if wrong.is_empty() && counted.iter().sum::<i32>() == 0 {
        wrong.push(FieldError::new(FIELDS[0], "answers-none", "0"));
    }
    if wrong.is_empty() {
        Ok(counted)
    } else {
        Err(Error::Invalid(wrong))
    }
}
