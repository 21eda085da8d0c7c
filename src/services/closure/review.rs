//! What a closure would hit, and what is suggested for each session.

use std::collections::{HashMap, HashSet};

use jiff::{Timestamp, ToSpan};

use super::{Checked, MOST_HITS, NewClosure, check};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::{CommunityId, FacilitatorId, PartnerId, ProgrammeId, SessionId, VenueId};
use crate::domain::planning::clash::LONGEST_BUSY_MINUTES;
use crate::domain::planning::closure::{Hit, is_hit, weigh};
use crate::domain::planning::{Conditions, Programme, Session, Shut, Timetable};
use crate::services::schedule::{SessionView, views};
use crate::services::{Context, Error, Result, programme};
use crate::storage::{self, Connection};

/// A session that a closure would hit, ready to be shown.
#[derive(Clone, Debug)]
pub struct ReviewedHit {
    /// The session with its venue and programme.
    pub view: SessionView,
    /// What is suggested, and where it could go.
    pub hit: Hit,
}

/// What a closure would come to.
#[derive(Clone, Debug, Default)]
pub struct Review {
    /// The sessions it hits, by start.
    pub hits: Vec<ReviewedHit>,
    /// Titles of pending proposals that hold time in what is shut.
    pub proposals: Vec<String>,
    /// How many people are signed up for any of the sessions, each once.
    pub people: usize,
}

/// What `new` would hit, with a suggestion for each session. Stores nothing but what lies beyond the horizon.
///
/// # Errors
/// [`Error::Invalid`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn review(ctx: &Context, actor: &Actor, community: CommunityId, new: &NewClosure) -> Result<Review> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let conn = ctx.db.reader();
    let checked = check(ctx, conn, community, actor, new, now).await?;
    programme::extend_to(ctx, &checked.home, new.ends_local).await?;
    let hit = hit_by(conn, &checked, now).await?;
    let scene = Scene::load(conn, &checked, &hit, now).await?;
    let mut timetable = scene.timetable(conn, &checked, &hit).await?;
    let proposals = held_by_proposals(&checked, &timetable);
    let sessions: HashSet<SessionId> = hit.iter().map(|session| session.id).collect();
    timetable.release(&sessions);
    let mut hits = Vec::with_capacity(hit.len());
    let lasts = (checked.closure.starts_at, checked.closure.ends_at);
    let ids: Vec<SessionId> = hit.iter().map(|session| session.id).collect();
    let people = storage::session::people_to_tell(conn, community, &ids).await?;
    let shown = views(conn, &checked.home, hit.clone()).await?;
    for (session, view) in hit.iter().zip(shown) {
        let conditions = scene.conditions(session);
        hits.push(ReviewedHit {
            view,
            hit: weigh(session, &conditions, &mut timetable, lasts, now),
        });
    }
    Ok(Review {
        hits,
        proposals,
        people: usize::try_from(people).unwrap_or(usize::MAX),
    })
}

/// The sessions that a closure hits, by start.
pub(super) async fn hit_by(conn: &impl Connection, checked: &Checked, now: Timestamp) -> Result<Vec<Session>> {
    let (from, to) = (checked.closure.starts_at, checked.closure.ends_at);
    let span = storage::session::Span {
        from: from.checked_sub(LONGEST_BUSY_MINUTES.minutes()).unwrap_or(from),
        to,
        after: None,
        partner: None,
        limit: 20_000,
    };
    let all = storage::session::between(conn, checked.home.id, &span).await?;
    let hit: Vec<Session> = all
        .into_iter()
        .filter(|session| is_hit(session, checked.hits.as_ref(), from, to, now))
        .collect();
    if hit.len() > MOST_HITS {
        return Err(Error::Invalid(vec![
            crate::services::FieldError::new("ends_local", "closure-too-many", hit.len().to_string())
                .with("max", MOST_HITS),
        ]));
    }
    Ok(hit)
}

/// The place as it will be while the closure lasts.
pub(super) struct Scene {
    place: Conditions,
    programmes: HashMap<ProgrammeId, Programme>,
    partners: HashMap<PartnerId, crate::domain::community::PartnerTerms>,
}

impl Scene {
    pub(super) async fn load(
        conn: &impl Connection,
        checked: &Checked,
        hit: &[Session],
        now: Timestamp,
    ) -> Result<Self> {
        let home = &checked.home;
        let mut place = programme::conditions(conn, home, None, now).await?;
        place.shut.extend(checked.shuts.iter().map(|venue| Shut {
            venue_id: *venue,
            from: checked.closure.starts_at,
            to: checked.closure.ends_at,
            reason: checked.closure.reason.clone(),
        }));
        let wanted: HashSet<ProgrammeId> = hit.iter().map(|session| session.programme_id).collect();
        let programmes = storage::programme::list(conn, home.id).await?;
        let partners = storage::community::partners(conn, home.id).await?;
        Ok(Self {
            place,
            programmes: programmes
                .into_iter()
                .filter(|programme| wanted.contains(&programme.id))
                .map(|programme| (programme.id, programme))
                .collect(),
            partners: partners.into_iter().map(|one| (one.id, one.terms())).collect(),
        })
    }

    /// What is taken around the sessions, a week on both sides.
    pub(super) async fn timetable(
        &self,
        conn: &impl Connection,
        checked: &Checked,
        hit: &[Session],
    ) -> Result<Timetable> {
        self.timetable_between(conn, checked, hit, (checked.closure.starts_at, checked.closure.ends_at))
            .await
    }

    /// The same around wherever these sessions stand.
    pub(super) async fn timetable_around(
        &self,
        conn: &impl Connection,
        checked: &Checked,
        sessions: &[Session],
    ) -> Result<Timetable> {
        let first = sessions.iter().map(|session| session.starts_at).min();
        let last = sessions.iter().map(|session| session.ends_at).max();
        match (first, last) {
            (Some(first), Some(last)) => self.timetable_between(conn, checked, sessions, (first, last)).await,
            _ => Ok(Timetable::default()),
        }
    }

    async fn timetable_between(
        &self,
        conn: &impl Connection,
        checked: &Checked,
        hit: &[Session],
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Timetable> {
        let margin = (7 * 24 * 60 + LONGEST_BUSY_MINUTES).minutes();
        let from = from.checked_sub(margin).unwrap_or(from);
        let to = to.checked_add(margin).unwrap_or(to);
        let venues: Vec<VenueId> = self.place.venues.keys().copied().collect();
        let mut who: Vec<FacilitatorId> = hit.iter().filter_map(|session| session.facilitator_id).collect();
        who.sort();
        who.dedup();
        let spans = storage::booking::busy(conn, checked.home.id, &venues, &who, from, to).await?;
        Ok(Timetable::new(spans))
    }

    /// What holds for a session: the place, under the terms of the partner that gives it.
    pub(super) fn conditions(&self, session: &Session) -> Conditions {
        let partner = self
            .programmes
            .get(&session.programme_id)
            .and_then(|programme| programme.partner_id)
            .and_then(|id| self.partners.get(&id).cloned());
        Conditions {
            partner,
            ..self.place.clone()
        }
    }
}

/// Titles of the pending proposals that hold time in what is shut, each once.
fn held_by_proposals(checked: &Checked, timetable: &Timetable) -> Vec<String> {
    let mut titles: Vec<String> = timetable
        .held_by_proposals(checked.closure.starts_at, checked.closure.ends_at)
        .filter(|busy| busy.venue_id.is_some_and(|venue| checked.shuts.contains(&venue)))
        .map(|busy| busy.title.clone())
        .collect();
    titles.sort();
    titles.dedup();
    titles
}
