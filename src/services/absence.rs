//! Why somebody who was expected did not come. It changes no count.

use super::{Context, Error, Result, device};
use crate::domain::absence::{Absence, Step, decide};
use crate::domain::access::Actor;
use crate::domain::attendance::BATCH_MAX;
use crate::domain::id::{AbsenceId, CommunityId, SessionId};
use crate::storage::{self, absence as rows};

/// What became of a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// It was stored.
    Created,
    /// Nothing changed.
    Duplicate,
    /// It was not accepted; a key of the error messages.
    Refused(&'static str),
}

/// Notes why residents are missing at a session; what became of each, in order.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::State`] when the session is cancelled; [`Error::Invalid`] for too many.
pub async fn record(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    entries: Vec<Absence>,
) -> Result<Vec<Noted>> {
    device::may_attend(ctx, actor, community, session).await?;
    if entries.len() > BATCH_MAX {
        return Err(Error::invalid("items", "too-many-items", entries.len().to_string()));
    }
    let now = ctx.now();
    let by = actor.account();
    ctx.db
        .write(async move |txn| {
            // The same lock as check-ins take: who is being checked in at this moment is not missing.
            let state = storage::attendance::lock_session(txn, community, session)
                .await?
                .ok_or_else(|| Error::not_found("session", session))?;
            if state.cancelled {
                return Err(Error::State {
                    code: "session-cancelled",
                });
            }
            let residents: Vec<_> = entries.iter().map(|entry| entry.resident).collect();
            let known = storage::resident::current(txn, community, &residents).await?;
            let came = rows::who_came(txn, community, session, known.values().copied()).await?;
            let mut noted = Vec::with_capacity(entries.len());
            for entry in &entries {
                let Some(&resident) = known.get(&entry.resident) else {
                    noted.push(Noted::Refused("resident-unknown"));
                    continue;
                };
                // Merged since the device read its list: it is the survivor who is missing.
                let entry = &Absence { resident, ..*entry };
                // Asked for each: an entry may meet the one before it.
                let met = rows::met(txn, community, session, std::slice::from_ref(entry)).await?;
                noted.push(match decide(entry, &met, came.contains(&entry.resident)) {
                    Step::Known => Noted::Duplicate,
                    Step::IdReused => Noted::Refused("client-id-reused"),
                    Step::Came => Noted::Refused("absence-came"),
                    Step::Store { instead_of } => {
                        if let Some(before) = instead_of {
                            rows::withdraw(txn, community, session, before, now).await?;
                        }
                        rows::insert(txn, community, session, entry, by, now).await?;
                        Noted::Created
                    }
                });
            }
            Ok(noted)
        })
        .await
}

/// Undoes a reason. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`], also when it belongs to another session.
pub async fn withdraw(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    id: AbsenceId,
) -> Result<()> {
    device::may_attend(ctx, actor, community, session).await?;
    let now = ctx.now();
    ctx.db
        .write(async move |txn| {
            if rows::withdraw(txn, community, session, id, now).await? {
                Ok(())
            } else {
                Err(Error::not_found("absence", id))
            }
        })
        .await
}
