//! Signing up for all dates of a series at once, and staying away from single ones (请假).
//!
//! Whoever is signed up for the series has an enrolment of its own in each coming session: a seat, or a place in the queue where there is
//! none. Sessions that come to stand later take them in, too ([`fill_series`]). Leave frees the seat and is taken back like any
//! sign-up: a seat while there is one, else the queue. The series is locked first, then its sessions in the order of their ids.

use jiff::{Timestamp, Zoned};

use super::take::{Place, lock, promote, promote_all, set_status, take_place};
use super::{Enrolled, token_hash};
use crate::domain::access::{Action, Actor, may};
use crate::domain::enrolment::{EnrolmentStatus, Refusal, Seats, Source, Whole};
use crate::domain::id::{CommunityId, EnrolmentId, ResidentId, SeriesId, SessionId};
use crate::domain::planning::{Session, SessionStatus};
use crate::domain::resident::{Enrolment, Resident, SeriesEnrolment};
use crate::services::{Context, Error, Result, resident, retry, schedule};
use crate::storage::{self, Txn};

/// What a sign-up for a series came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesOutcome {
    /// Sessions with a seat.
    pub seats: Vec<SessionId>,
    /// Sessions in whose queue they are.
    pub waits: Vec<SessionId>,
    /// Sessions that took them neither way.
    pub missed: Vec<SessionId>,
}

/// Who wants to come to all of a series.
pub(super) struct Wish {
    pub community: CommunityId,
    pub series: SeriesId,
    pub resident: ResidentId,
    pub source: Source,
    pub by: String,
    pub hash: Option<Vec<u8>>,
}

fn takes_people(session: &Session, now: Timestamp) -> bool {
    session.starts_at > now && matches!(session.status, SessionStatus::Scheduled | SessionStatus::Provisional)
}

/// The coming sessions of a series that take people, by start, locked in the order of their ids. The series must be locked.
async fn coming(txn: &Txn, home: CommunityId, series: SeriesId, now: Timestamp) -> Result<Vec<Session>> {
    let ids: Vec<SessionId> = storage::session::of_series(txn, home, series)
        .await?
        .into_iter()
        .filter(|session| takes_people(session, now))
        .map(|session| session.id)
        .collect();
    let mut locked = storage::session::lock(txn, home, &ids).await?;
    locked.retain(|session| takes_people(session, now));
    locked.sort_by_key(|session| (session.starts_at, session.id));
    Ok(locked)
}

/// Signs somebody up for all coming sessions of a series; the series must be locked. Done twice, the second changes nothing and says
/// `already`.
pub(super) async fn join(ctx: &Context, txn: &Txn, now: Timestamp, wish: Wish) -> Result<Enrolled> {
    let known = storage::series_enrolment::find_of(txn, wish.community, wish.series, wish.resident).await?;
    let already = known.as_ref().is_some_and(|known| known.active);
    let one = SeriesEnrolment {
        id: known.as_ref().map_or_else(|| ctx.new_id(now), |known| known.id),
        series_id: wish.series,
        resident_id: wish.resident,
        active: true,
        source: wish.source,
        signed_up_by: wish.by.clone(),
    };
    let sessions = coming(txn, wish.community, wish.series, now).await?;
    if !already {
        if known.is_some() {
            storage::series_enrolment::update(txn, wish.community, &one, wish.hash, now).await?;
        } else {
            storage::series_enrolment::insert(txn, wish.community, &one, wish.hash, now).await?;
        }
    }
    let mut outcome = SeriesOutcome::default();
    let (mut first, mut refused) = (None, None);
    for session in &sessions {
        let stands = storage::enrolment::find_of(txn, wish.community, session.id, wish.resident).await?;
        let on_leave = stands.is_some_and(|stands| stands.status == EnrolmentStatus::Leave);
        if already && on_leave {
            continue;
        }
        let seats = lock(txn, wish.community, session.id).await?.ahead_of_opening();
        let place = Place {
            community: wish.community,
            session: session.id,
            resident: wish.resident,
            source: wish.source,
            by: wish.by.clone(),
            hash: None,
        };
        match take_place(ctx, txn, now, seats, place).await {
            Ok(got) => {
                if got.status == EnrolmentStatus::Enrolled {
                    outcome.seats.push(session.id);
                } else {
                    outcome.waits.push(session.id);
                }
                first = first.or(Some(got));
            }
            Err(Error::State { code }) => {
                outcome.missed.push(session.id);
                refused = refused.or(Some(code));
            }
            Err(error) => return Err(error),
        }
    }
    // Nobody is told that they come when no session takes them.
    let Some(first) = first else {
        return Err(Error::State {
            code: refused.unwrap_or(Refusal::NotWhole.code()),
        });
    };
    Ok(Enrolled {
        already,
        series: Some(outcome),
        ..first
    })
}

/// Whether one may sign up for all of the series of a session, on the page.
///
/// # Errors
/// The [`Refusal`], when not.
pub(super) fn may_join(seats: &Seats, source: Source, now: Timestamp) -> Result<(), Refusal> {
    if seats.terms.whole == Whole::No && !source.is_desk() {
        return Err(Refusal::NotWhole);
    }
    seats.open_to(source, now)
}

/// Signs up somebody staff know for all coming sessions of the series that a session is of.
///
/// # Errors
/// Without the right; when there is no such session or resident; when no session takes them.
pub async fn enrol_in_series(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    session: SessionId,
    resident: ResidentId,
    source: Source,
) -> Result<Enrolled> {
    may(actor, Action::SeeStaffPages, home)?;
    let now = ctx.now();
    retry::write(ctx, || {
        let ctx = ctx.clone();
        async move |txn: &Txn| {
            let series = series_of(txn, home, session).await?;
            storage::series::lock(txn, home, series).await?;
            storage::resident::find(txn, home, resident)
                .await?
                .ok_or_else(|| Error::not_found("resident", resident))?;
            let wish = Wish {
                community: home,
                series,
                resident,
                source,
                by: String::new(),
                hash: None,
            };
            join(&ctx, txn, now, wish).await
        }
    })
    .await
}

/// The series of a session.
pub(super) async fn series_of(txn: &Txn, home: CommunityId, session: SessionId) -> Result<SeriesId> {
    let found = storage::session::find(txn, home, session).await?;
    Ok(found.ok_or_else(|| Error::not_found("session", session))?.series_id)
}

/// One date of somebody who is signed up for a series.
#[derive(Clone, Debug)]
pub struct OwnDate {
    /// The session.
    pub session: SessionId,
    /// Its start.
    pub starts: Zoned,
    /// Where.
    pub venue: String,
    /// The same in English.
    pub venue_en: String,
    /// Whether it is called off.
    pub off: bool,
    /// How they stand in it; none where they have no place at all.
    pub status: Option<EnrolmentStatus>,
    /// How many wait before them.
    pub ahead: i32,
    /// Whether there is a seat for somebody who comes back.
    pub has_place: bool,
}

/// A sign-up for a series, as its link shows it.
#[derive(Clone, Debug)]
pub struct OwnSeries {
    /// The sign-up.
    pub enrolment: SeriesEnrolment,
    /// Who comes.
    pub resident: Resident,
    /// What it is, Chinese and English.
    pub title: (String, String),
    /// The next of its dates, for more about it; none when it is over.
    pub next: Option<SessionId>,
    /// Their coming dates, in order.
    pub dates: Vec<OwnDate>,
}

async fn by_token(db: &impl storage::Connection, home: CommunityId, token: &str) -> Result<SeriesEnrolment> {
    storage::series_enrolment::find_by_token(db, home, &token_hash(token))
        .await?
        .ok_or_else(|| Error::not_found("enrolment", ""))
}

/// The sign-up for a series behind a link.
///
/// # Errors
/// When no sign-up has this token.
pub async fn own_series(ctx: &Context, home: CommunityId, token: &str) -> Result<OwnSeries> {
    let now = ctx.now();
    let db = ctx.db.reader();
    let one = by_token(db, home, token).await?;
    let stored = storage::resident::find(db, home, one.resident_id)
        .await?
        .ok_or_else(|| Error::not_found("resident", one.resident_id))?;
    let views = schedule::of_series(ctx, home, one.series_id).await?;
    let mut dates = Vec::new();
    let mut title = (String::new(), String::new());
    for view in views.into_iter().filter(|view| view.starts.timestamp() > now) {
        title = (view.programme.title.clone(), view.programme.title_en.clone());
        let stands = storage::enrolment::find_of(db, home, view.id, one.resident_id).await?;
        let ahead = match &stands {
            Some(stands) => super::ahead_of(db, home, stands).await?,
            None => 0,
        };
        dates.push(OwnDate {
            session: view.id,
            off: view.is_cancelled(),
            status: stands.map(|stands| stands.status),
            ahead,
            has_place: view.seats.open_to(Source::Myself, now).is_ok() && !view.seats.is_full(now),
            starts: view.starts,
            venue: view.venue.name,
            venue_en: view.venue.name_en,
        });
    }
    Ok(OwnSeries {
        next: dates.first().map(|date| date.session),
        title,
        resident: resident::opened(ctx, home, stored)?,
        enrolment: one,
        dates,
    })
}

/// What somebody who is signed up for a series wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesWish {
    /// Not this once (请假).
    Leave(SessionId),
    /// This once after all.
    Return(SessionId),
    /// None of them any more.
    LeaveAll,
    /// All of them again.
    ReturnAll,
}

/// Does what somebody who is signed up for a series wants, with their link. Done twice, the second changes nothing.
///
/// # Errors
/// [`Error::State`] when the session has begun, or takes nobody any more; [`Error::NotFound`] for a link that leads nowhere or a session of
/// something else.
pub async fn change_series(ctx: &Context, home: CommunityId, token: &str, wish: SeriesWish) -> Result<()> {
    let now = ctx.now();
    retry::write(ctx, || {
        let (ctx, token) = (ctx.clone(), token.to_owned());
        async move |txn: &Txn| {
            let found = by_token(txn, home, &token).await?;
            storage::series::lock(txn, home, found.series_id).await?;
            // Read again: it may have changed while the series was waited for.
            let one = by_token(txn, home, &token).await?;
            match wish {
                SeriesWish::Leave(session) | SeriesWish::Return(session) => {
                    if series_of(txn, home, session).await? != one.series_id {
                        return Err(Error::not_found("session", session));
                    }
                    if !one.active {
                        return Err(Refusal::NoOffer.into());
                    }
                    let seats = lock(txn, home, session).await?;
                    let stands = storage::enrolment::find_of(txn, home, session, one.resident_id).await?;
                    if matches!(wish, SeriesWish::Leave(_)) {
                        leave(&ctx, txn, now, home, seats, stands).await
                    } else {
                        let place = place_of(home, session, &one);
                        take_place(&ctx, txn, now, seats.ahead_of_opening(), place)
                            .await
                            .map(drop)
                    }
                }
                SeriesWish::LeaveAll => leave_all(&ctx, txn, now, home, &one).await,
                SeriesWish::ReturnAll => {
                    let again = Wish {
                        community: home,
                        series: one.series_id,
                        resident: one.resident_id,
                        source: one.source,
                        by: one.signed_up_by.clone(),
                        hash: None,
                    };
                    join(&ctx, txn, now, again).await.map(drop)
                }
            }
        }
    })
    .await
}

fn place_of(home: CommunityId, session: SessionId, one: &SeriesEnrolment) -> Place {
    Place {
        community: home,
        session,
        resident: one.resident_id,
        source: one.source,
        by: one.signed_up_by.clone(),
        hash: None,
    }
}

/// Notes that somebody does not come to one session of their series; the session must be locked. Whoever waits longest gets the seat.
async fn leave(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    home: CommunityId,
    seats: Seats,
    stands: Option<Enrolment>,
) -> Result<()> {
    let Some(stands) = stands else {
        return Err(Error::not_found("enrolment", ""));
    };
    if stands.status == EnrolmentStatus::Leave {
        return Ok(());
    }
    if seats.starts_at <= now {
        return Err(Refusal::Begun.into());
    }
    set_status(txn, now, home, &stands, EnrolmentStatus::Leave, None).await?;
    promote(ctx, txn, now, home, stands.session_id).await?;
    Ok(())
}

async fn leave_all(ctx: &Context, txn: &Txn, now: Timestamp, home: CommunityId, one: &SeriesEnrolment) -> Result<()> {
    if !one.active {
        return Ok(());
    }
    let left = SeriesEnrolment {
        active: false,
        ..one.clone()
    };
    storage::series_enrolment::update(txn, home, &left, None, now).await?;
    let mut freed = Vec::new();
    for session in coming(txn, home, one.series_id, now).await? {
        let stands = storage::enrolment::find_of(txn, home, session.id, one.resident_id).await?;
        if let Some(stands) = stands.filter(|stands| stands.status.is_live() || stands.status == EnrolmentStatus::Leave)
        {
            set_status(txn, now, home, &stands, EnrolmentStatus::Cancelled, None).await?;
            freed.push(session.id);
        }
    }
    promote_all(ctx, txn, now, home, &freed).await
}

/// Notes for somebody on a session's roster that they do not come this once, as they said on the telephone. The seat goes to whoever
/// waits longest.
///
/// # Errors
/// Without the right; [`Error::NotFound`]; [`Error::State`] when the session has begun.
pub async fn give_leave(
    ctx: &Context,
    actor: &Actor,
    home: CommunityId,
    session: SessionId,
    id: EnrolmentId,
) -> Result<()> {
    may(actor, Action::SeeStaffPages, home)?;
    let now = ctx.now();
    retry::write(ctx, || {
        let ctx = ctx.clone();
        async move |txn: &Txn| {
            let seats = lock(txn, home, session).await?;
            let one = storage::enrolment::find(txn, home, id).await?;
            let one = one.filter(|one| one.session_id == session && one.status != EnrolmentStatus::Cancelled);
            leave(&ctx, txn, now, home, seats, one).await
        }
    })
    .await
}

/// Signs whoever is signed up for a series up for the sessions that came to stand since. Running it twice changes nothing; returns how
/// many places were made. What fails for one series keeps none of the others.
///
/// # Errors
/// [`Error::Storage`]: the first of those that came up.
pub async fn fill_series(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    let (mut made, mut failed) = (0, None);
    for (home, series) in storage::series_enrolment::grown(ctx.db.reader(), now).await? {
        let done = retry::write(ctx, || {
            let ctx = ctx.clone();
            async move |txn: &Txn| fill(&ctx, txn, now, home, series).await
        })
        .await;
        match done {
            Ok(more) => made += more,
            Err(error) => {
                tracing::error!(community = %home, %series, %error, "the later sessions of a series cannot be filled");
                failed = failed.or(Some(error));
            }
        }
    }
    failed.map_or(Ok(made), Err)
}

async fn fill(ctx: &Context, txn: &Txn, now: Timestamp, home: CommunityId, series: SeriesId) -> Result<usize> {
    storage::series::lock(txn, home, series).await?;
    let people = storage::series_enrolment::active(txn, home, series).await?;
    let mut made = 0;
    for session in coming(txn, home, series, now).await? {
        for one in &people {
            if storage::enrolment::find_of(txn, home, session.id, one.resident_id)
                .await?
                .is_some()
            {
                continue;
            }
            let seats = lock(txn, home, session.id).await?.ahead_of_opening();
            match take_place(ctx, txn, now, seats, place_of(home, session.id, one)).await {
                Ok(_) => made += 1,
                // Nobody signs up for it any more, or its queue is full: the others stay theirs.
                Err(Error::State { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(made)
}
