//! What is to be said of a closure as a whole: each session it hit, with what became of it.

use std::collections::HashMap;

use jiff::Zoned;

use super::{ClosureView, find};
use crate::domain::access::Actor;
use crate::domain::id::{ClosureId, CommunityId, SessionId};
use crate::domain::planning::closure::ClosureAct;
use crate::services::schedule::{SessionView, views};
use crate::services::{Context, Error, Result, community};
use crate::storage;

/// What became of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It does not take place.
    Off,
    /// It is at another place or time.
    Moved,
    /// It takes place as planned.
    Kept,
}

/// A session that a closure hit, as it stands now.
#[derive(Clone, Debug)]
pub struct Fate {
    /// The session.
    pub view: SessionView,
    /// What became of it.
    pub became: Became,
    /// When it was to begin.
    pub was: Zoned,
}

/// A closure and every session it hit.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The closure.
    pub closure: ClosureView,
    /// The sessions, by the start that people know.
    pub fates: Vec<Fate>,
}

/// What is to be said of a closure. What was changed by hand since is said as it stands now.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::State`] (`closure-undone`) when it was taken back: nobody is to be told of it; [`Error::Forbidden`];
/// [`Error::Storage`].
pub async fn notice(ctx: &Context, actor: &Actor, community: CommunityId, id: ClosureId) -> Result<Notice> {
    let closure = find(ctx, actor, community, id).await?;
    if closure.closure.undone_at.is_some() {
        return Err(Error::State { code: "closure-undone" });
    }
    let home = community::find(ctx, community).await?;
    let conn = ctx.db.reader();
    let acts: HashMap<SessionId, ClosureAct> = closure
        .effects
        .iter()
        .map(|effect| (effect.session, effect.act))
        .collect();
    let ids: Vec<SessionId> = closure.effects.iter().map(|effect| effect.session).collect();
    let sessions = storage::session::find_all(conn, community, &ids).await?;
    let mut fates: Vec<Fate> = views(conn, &home, sessions)
        .await?
        .into_iter()
        .map(|view| {
            let moved_from = view.moved_from.as_ref().map(|(was, _)| was.clone());
            let became = match (view.is_cancelled(), acts.get(&view.id), &moved_from) {
                (true, ..) => Became::Off,
                (false, Some(ClosureAct::Move), Some(_)) => Became::Moved,
                _ => Became::Kept,
            };
            let was = moved_from
                .filter(|_| became == Became::Moved)
                .unwrap_or_else(|| view.starts.clone());
            Fate { view, became, was }
        })
        .collect();
    fates.sort_by_key(|fate| (fate.was.timestamp(), fate.view.id));
    Ok(Notice { closure, fates })
}
