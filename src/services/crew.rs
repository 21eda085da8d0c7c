//! Staff, speakers and volunteers of a session, typed on a small form and counted apart: they are never part of 人次.

use super::{Context, Error, FieldError, Result};
use crate::domain::access::{Action, Actor, may};
use crate::domain::crew::{Crew, MINUTES_EACH_MAX, PEOPLE_MAX};
use crate::domain::id::{CommunityId, CrewId, SessionId};
use crate::storage::{self, Txn, crew as rows};

/// Keeps who worked at a session, in the place of what was typed before.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`], naming every number that is out of range; [`Error::State`] when the session is
/// cancelled; [`Error::Storage`].
pub async fn keep(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId, crew: Crew) -> Result<()> {
    may(actor, Action::TakeAttendance, community)?;
    let wrong: Vec<FieldError> = crew
        .wrong()
        .into_iter()
        .map(|(field, code, value)| {
            let most = match code {
                "crew-range" => PEOPLE_MAX,
                _ => MINUTES_EACH_MAX,
            };
            FieldError::new(field, code, value.to_string()).with("max", most)
        })
        .collect();
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let now = ctx.now();
    let (id, by) = (ctx.new_id::<CrewId>(now), actor.account());
    ctx.db
        .write(async move |txn: &Txn| -> Result<()> {
            let state = storage::attendance::lock_session(txn, community, session)
                .await?
                .ok_or_else(|| Error::not_found("session", session))?;
            if state.cancelled {
                return Err(Error::State {
                    code: "session-cancelled",
                });
            }
            Ok(rows::put(txn, community, session, id, crew, by, now).await?)
        })
        .await
}

/// The crew of a session; none when nobody typed it.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn of_session(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
) -> Result<Option<Crew>> {
    may(actor, Action::TakeAttendance, community)?;
    Ok(rows::find(ctx.db.reader(), community, session).await?)
}
