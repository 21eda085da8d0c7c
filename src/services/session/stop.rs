//! Calling off everything that several series still have to come, as one act: one message per person, however many dates.

use super::{
    Changed, Community, Context, Error, ReasonCode, Result, Scope, Session, Timestamp, Txn, Wish, decide, notification,
    storage,
};
use crate::domain::id::{FacilitatorId, SeriesId, SessionId, VenueId};

/// Calls off the coming sessions `coming` with everything else their series still have to come; the series end there. Returns what
/// changed and how many people are told.
///
/// # Errors
/// As [`super::cancel`].
pub(in crate::services) async fn stop_all_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: &Community,
    coming: &[Session],
    code: ReasonCode,
    words: &str,
) -> Result<(Vec<Changed>, usize)> {
    // Locks are taken in one order everywhere: series, venues, facilitators, sessions.
    let mut series: Vec<SeriesId> = coming.iter().map(|session| session.series_id).collect();
    series.sort();
    series.dedup();
    let mut locked = Vec::with_capacity(series.len());
    for id in series {
        let found = storage::series::lock(txn, home.id, id).await?;
        locked.push(found.ok_or_else(|| Error::not_found("series", id))?);
    }
    let mut venues: Vec<VenueId> = coming.iter().map(|session| session.venue_id).collect();
    venues.sort();
    venues.dedup();
    let mut who: Vec<FacilitatorId> = coming.iter().filter_map(|session| session.facilitator_id).collect();
    who.sort();
    who.dedup();
    storage::booking::lock(txn, home.id, &venues, &who).await?;
    let ids: Vec<SessionId> = coming.iter().map(|session| session.id).collect();
    let standing = storage::session::lock(txn, home.id, &ids).await?;
    let wish = Wish::Cancel(code, Some(words.to_owned()));
    let mut changed = Vec::new();
    let mut news = Vec::new();
    for one in locked {
        let first = standing
            .iter()
            .filter(|session| session.series_id == one.id)
            .filter(|session| !session.is_cancelled() && !session.is_attended() && !session.is_past(now))
            .min_by_key(|session| session.original_local);
        let Some(first) = first else { continue };
        let decided = decide(txn, now, home, one, first.id.into(), Scope::All, &wish).await?;
        news.extend(decided.store(ctx, txn, now, home).await?);
        changed.extend(decided.edit.changed);
    }
    let people = if news.is_empty() {
        0
    } else {
        notification::session_changed(ctx, txn, now, home.id, &news).await?
    };
    Ok((changed, people))
}
