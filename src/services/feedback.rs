//! Feedback (满意度): answers counted in one go, by a tap or typed from paper.

use super::{Context, Error, FieldError, Result};
use crate::domain::access::{Action, Actor, may};
use crate::domain::attendance::{ANSWERS_MAX, Answers, may_check_in};
use crate::domain::id::{CommunityId, FeedbackId, SessionId};
use crate::storage::attendance::{lock_session, store_tally};
use crate::storage::feedback as rows;

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
                Some(known) if known == (session, as_answers(answers)) => Ok(false),
                Some(_) => Err(Error::invalid("client_id", "client-id-reused", stored.id.to_string())),
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

fn as_answers([very_satisfied, satisfied, fair, dissatisfied]: [i32; 4]) -> Answers {
    Answers {
        very_satisfied: very_satisfied.into(),
        satisfied: satisfied.into(),
        fair: fair.into(),
        dissatisfied: dissatisfied.into(),
    }
}
