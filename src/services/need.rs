//! Needs (诉求): noted in one line where they are heard, resolved later or on the spot. Who sees to one, and by when, is not kept here.

use super::checks::Checks;
use super::{Context, Error, FieldError, Result, attendance};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, NeedId, SessionId};
use crate::domain::need::{NEED_CHARS, Need, SESSION_MAX};
use crate::storage::{self, Txn, need as rows};

/// The noun under which undone needs are remembered.
pub(super) const NOUN: &str = "need";
/// How many open, and how many resolved needs a page lists.
const LISTED: u64 = 100;

/// A need as somebody notes it.
#[derive(Clone, Debug)]
pub struct NewNeed {
    /// Made by the device.
    pub client_id: NeedId,
    /// The need, in one line.
    pub text: String,
    /// How it was resolved on the spot; empty while it is open.
    pub outcome: String,
}

/// Notes a need heard at a session; whether it is new. Sending it again changes nothing.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] for a text that is none, and for an id that stands for another; [`Error::State`]
/// when the session is cancelled or more than a day away; [`Error::Storage`].
pub async fn note(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    new: &NewNeed,
) -> Result<bool> {
    may(actor, Action::TakeAttendance, community)?;
    let now = ctx.now();
    let mut checks = Checks::new();
    let text = checks.required_line("text", &new.text, NEED_CHARS);
    let outcome = checks.line("outcome", &new.outcome, NEED_CHARS);
    checks.finish()?;
    let by = actor.account();
    let need = Need {
        id: new.client_id,
        session: Some(session),
        visit: None,
        text,
        recorded_at: now,
        resolved_at: (!outcome.is_empty()).then_some(now),
        outcome,
    };
    ctx.db
        .write(async move |txn: &Txn| -> Result<bool> {
            attendance::lock_open(txn, community, session, now).await?;
            if storage::undone::has(txn, community, need.id.0).await? {
                return Ok(false);
            }
            if let Some(known) = rows::met(txn, community, &[need.id]).await?.first() {
                return if known.session == need.session && known.text == need.text {
                    Ok(false)
                } else {
                    Err(Error::invalid("client_id", "client-id-reused", need.id.to_string()))
                };
            }
            if rows::count(txn, community, session).await? >= SESSION_MAX {
                return Err(Error::Invalid(vec![
                    FieldError::new("text", "need-full", "").with("max", SESSION_MAX),
                ]));
            }
            rows::insert(txn, community, &[need], by).await?;
            Ok(true)
        })
        .await
}

/// Resolves an open need; whether it was open. Resolving it again changes nothing: the first outcome stands.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] without an outcome; [`Error::Storage`].
pub async fn resolve(ctx: &Context, actor: &Actor, community: CommunityId, id: NeedId, outcome: &str) -> Result<bool> {
    may(actor, Action::TakeAttendance, community)?;
    let mut checks = Checks::new();
    let outcome = checks.required_line("outcome", outcome, NEED_CHARS);
    checks.finish()?;
    let (now, by) = (ctx.now(), actor.account());
    ctx.db
        .write(async move |txn: &Txn| -> Result<bool> {
            must_be(txn, community, id).await?;
            Ok(rows::set_resolved(txn, community, id, Some((now, &outcome)), by).await?)
        })
        .await
}

/// Opens a resolved need again; whether it was resolved.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn reopen(ctx: &Context, actor: &Actor, community: CommunityId, id: NeedId) -> Result<bool> {
    may(actor, Action::TakeAttendance, community)?;
    ctx.db
        .write(async move |txn: &Txn| -> Result<bool> {
            must_be(txn, community, id).await?;
            Ok(rows::set_resolved(txn, community, id, None, None).await?)
        })
        .await
}

async fn must_be(txn: &Txn, community: CommunityId, id: NeedId) -> Result<()> {
    if rows::met(txn, community, &[id]).await?.is_empty() {
        return Err(Error::not_found("need", id));
    }
    Ok(())
}

/// Takes back a need that was noted by mistake; whether something changed.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn undo(ctx: &Context, actor: &Actor, community: CommunityId, id: NeedId) -> Result<bool> {
    may(actor, Action::TakeAttendance, community)?;
    let (now, by) = (ctx.now(), actor.account());
    ctx.db
        .write(async move |txn: &Txn| -> Result<bool> {
            if storage::undone::has(txn, community, id.0).await? {
                return Ok(false);
            }
            must_be(txn, community, id).await?;
            rows::delete(txn, community, &[id]).await?;
            storage::undone::remember(txn, community, NOUN, &[id.0], by, now).await?;
            Ok(true)
        })
        .await
}

/// The needs heard at a session, open ones first.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn of_session(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId) -> Result<Vec<Need>> {
    may(actor, Action::TakeAttendance, community)?;
    Ok(rows::of_session(ctx.db.reader(), community, session, LISTED).await?)
}
