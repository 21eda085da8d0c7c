//! A series as staff look at it: how it stands, its next sessions, the topics still to come.

use jiff::civil::DateTime;

use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, SeriesId};
use crate::domain::planning::{Pause, Programme, Series, Session, topics_used};
use crate::services::schedule::{SessionView, views};
use crate::services::{Context, Error, Result, community};
use crate::storage;

/// Sessions of a series shown at once.
const MOST_SHOWN: usize = 40;

/// How a series stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SeriesState {
    /// It has dates to come, or will have.
    Running,
    /// It is paused, or will be.
    Paused(Pause),
    /// No date comes any more.
    Ended,
}

/// A series with what is shown beside it.
#[derive(Clone, Debug)]
pub struct SeriesView {
    /// The series.
    pub series: Series,
    /// Its programme.
    pub programme: Programme,
    /// How it stands.
    pub state: SeriesState,
    /// Its sessions that are not over, cancelled ones too, by start.
    pub coming: Vec<SessionView>,
    /// How many sessions stand, past and to come.
    pub standing: usize,
    /// The topics still to come, in order.
    pub topics: Vec<String>,
    /// The present wall clock of the series.
    pub now_local: DateTime,
    /// The new term that follows it.
    pub next_term: Option<SeriesId>,
    /// Whether it is a new term itself.
    pub is_term: bool,
}

/// The series of a community, in the order they were made.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn series_list(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<Series>> {
    may(actor, Action::SeeStaffPages, community)?;
    Ok(storage::series::list(ctx.db.reader(), community).await?)
}

/// One series.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn series_view(ctx: &Context, actor: &Actor, community: CommunityId, id: SeriesId) -> Result<SeriesView> {
    may(actor, Action::SeeStaffPages, community)?;
    let now = ctx.now();
    let home = community::find(ctx, community).await?;
    let conn = ctx.db.reader();
    let series = storage::series::find(conn, community, id).await?;
    let series = series.ok_or_else(|| Error::not_found("series", id))?;
    let programme = storage::programme::find(conn, community, series.programme_id).await?;
    let programme = programme.ok_or_else(|| Error::not_found("programme", series.programme_id))?;
    let mut sessions = storage::session::of_series(conn, community, id).await?;
    sessions.sort_by_key(|session| (session.starts_at, session.original_local));
    let used = topics_used(&sessions, now);
    let standing = sessions.iter().filter(|session| !session.is_cancelled()).count();
    let now_local = now.to_zoned(series.zone.clone()).datetime();
    let coming: Vec<Session> = sessions
        .into_iter()
        .skip_while(|session| session.is_past(now))
        .filter(|session| !session.is_past(now))
        .take(MOST_SHOWN)
        .collect();
    let over = series.ends_before_local.is_some_and(|end| end <= now_local)
        || series
            .held_limit
            .is_some_and(|limit| usize::try_from(limit).is_ok_and(|limit| standing >= limit))
        || !series.repeats();
    let nothing = !coming.iter().any(|session| !session.is_cancelled());
    let state = match series.pause_from(now_local) {
        _ if over && nothing => SeriesState::Ended,
        Some(pause) => SeriesState::Paused(pause.clone()),
        None => SeriesState::Running,
    };
    let next = storage::rollover::find_next(conn, community, id).await?;
    let own = storage::rollover::find_term(conn, community, id).await?;
    Ok(SeriesView {
        next_term: next.map(|term| term.series),
        is_term: own.is_some(),
        coming: views(conn, &home, coming).await?,
        topics: series.topics.iter().skip(used).cloned().collect(),
        series,
        programme,
        state,
        standing,
        now_local,
    })
}
