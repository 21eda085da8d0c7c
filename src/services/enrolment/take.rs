//! Taking places and giving free ones on: rows and counters change together; the session is locked by whoever calls.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::{Enrolled, ahead_of, draw, offer};
use crate::domain::enrolment::{Decision, EnrolmentStatus, Refusal, Seats, Source, Waiting, decide, promoted};
use crate::domain::id::{CommunityId, EnrolmentId, ResidentId, SessionId};
use crate::domain::resident::Enrolment;
use crate::services::{Context, Error, Result, notification};
use crate::storage::{self, Txn};

/// The most of a queue that are looked at when seats are given: all who may wait, and all who may take part in a draw.
const MOST_QUEUED: u64 = 2200;

pub(in crate::services) async fn lock(txn: &Txn, community: CommunityId, session: SessionId) -> Result<Seats> {
    storage::enrolment::lock_seats(txn, community, session)
        .await?
        .ok_or_else(|| Error::not_found("session", session))
}

/// Who wants a place in what.
pub(in crate::services) struct Place {
    pub community: CommunityId,
    pub session: SessionId,
    pub resident: ResidentId,
    pub source: Source,
    pub by: String,
    pub hash: Option<Vec<u8>>,
}

/// Gives a seat or a place in the queue; the session must be locked.
pub(in crate::services) async fn take_place(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    seats: Seats,
    place: Place,
) -> Result<Enrolled> {
    let known = storage::enrolment::find_of(txn, place.community, place.session, place.resident).await?;
    if let Some(known) = known.as_ref().filter(|known| known.status.is_live()) {
        return Ok(Enrolled {
            id: known.id,
            status: known.status,
            ahead: ahead_of(txn, place.community, known).await?,
            already: true,
            manage_token: None,
            partner: None,
            series: None,
        });
    }
    if let Some(kept) = known.as_ref().filter(|known| known.status == EnrolmentStatus::Asked) {
        seats.ahead_of_opening().open_to(place.source, now)?;
        take_kept(txn, now, kept, place).await?;
        return Ok(Enrolled {
            id: kept.id,
            status: EnrolmentStatus::Enrolled,
            ahead: 0,
            already: false,
            manage_token: None,
            partner: None,
            series: None,
        });
    }
    let mut taken = enter(ctx, txn, now, seats, vec![(place, known)]).await?;
    taken.pop().ok_or_else(|| Error::not_found("enrolment", ""))
}

/// Gives two who come together a seat each, or two places in the queue; the session must be locked. Both or neither.
///
/// # Errors
/// [`Refusal::OneIsIn`] when one of them is in it already and the other is not.
pub(super) async fn take_two(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    seats: Seats,
    places: [Place; 2],
) -> Result<Enrolled> {
    let mut wanted = Vec::with_capacity(2);
    let mut already = Vec::new();
    for place in places {
        let known = storage::enrolment::find_of(txn, place.community, place.session, place.resident).await?;
        already.extend(
            known
                .clone()
                .filter(|known| known.status.is_live() || known.status == EnrolmentStatus::Asked),
        );
        wanted.push((place, known));
    }
    match already.as_slice() {
        [] => {}
        [first, second] if first.together_id.is_some() && first.together_id == second.together_id => {
            return Ok(Enrolled {
                id: first.id,
                status: first.status,
                ahead: ahead_of(txn, wanted[0].0.community, first).await?,
                already: true,
                manage_token: None,
                partner: Some(second.id),
                series: None,
            });
        }
        _ => return Err(Refusal::OneIsIn.into()),
    }
    let taken = enter(ctx, txn, now, seats, wanted).await?;
    let partner = taken.get(1).map(|second| second.id);
    let mut taken = taken.into_iter();
    let first = taken.next().ok_or_else(|| Error::not_found("enrolment", ""))?;
    Ok(Enrolled { partner, ..first })
}

/// Enters people who are not in a session: all of them with a seat, or all of them waiting.
async fn enter(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    seats: Seats,
    wanted: Vec<(Place, Option<Enrolment>)>,
) -> Result<Vec<Enrolled>> {
    let Some((first, _)) = wanted.first() else {
        return Ok(Vec::new());
    };
    let (community, session, source) = (first.community, first.session, first.source);
    if seats.terms.one_place {
        let people: Vec<ResidentId> = wanted.iter().map(|(place, _)| place.resident).collect();
        if !seated_elsewhere(txn, community, session, &people, now)
            .await?
            .is_empty()
        {
            return Err(Refusal::HasPlace.into());
        }
    }
    // Where no seat is free nobody in the queue can have one before them: it need not be read.
    let some_free = seats.free() != Some(0);
    let queue = if seats.waitlisted > 0 && some_free {
        storage::enrolment::queue(txn, community, session, MOST_QUEUED).await?
    } else {
        Vec::new()
    };
    let people = i32::try_from(wanted.len()).unwrap_or(i32::MAX);
    let (status, ahead) = match decide(&seats, source, people, &waiting(&queue), now)? {
        Decision::Enrolled => (EnrolmentStatus::Enrolled, 0),
        Decision::Waitlisted { ahead } => (EnrolmentStatus::Waitlisted, ahead),
    };
    if seats.collects() {
        draw::prepare(ctx, txn, now, community, session).await?;
    }
    // Two in the same microsecond, or a clock set back, must not change who came first.
    let last = storage::enrolment::last_queued_at(txn, community, session).await?;
    let mut queued_at = last.map_or(now, |last| now.max(last + SignedDuration::from_micros(1)));
    let together_id: Option<Uuid> = (people > 1).then(|| ctx.new_id(now));
    let mut entered = Vec::with_capacity(wanted.len());
    for (place, known) in wanted {
        let one = Enrolment {
            id: known.as_ref().map_or_else(|| ctx.new_id(now), |known| known.id),
            session_id: session,
            resident_id: place.resident,
            status,
            source: place.source,
            signed_up_by: place.by,
            queued_at,
            together_id,
            hold_until: None,
        };
        queued_at += SignedDuration::from_micros(1);
        if known.is_some() {
            storage::enrolment::update(txn, community, &one, place.hash, now).await?;
        } else {
            storage::enrolment::insert(txn, community, &one, place.hash, now).await?;
        }
        entered.push(one);
    }
    let seated = if status == EnrolmentStatus::Enrolled { people } else { 0 };
    storage::enrolment::count(txn, community, session, seated, people - seated).await?;
    // Seats may have been added since the queue was last looked at.
    let given = if some_free {
        give(ctx, txn, now, community, session).await?
    } else {
        Vec::new()
    };
    tell(ctx, txn, now, community, session, &given).await?;
    let now_is = |one: &Enrolment| {
        let given = given.iter().find(|given| given.id == one.id);
        given.map_or(one.status, |given| given.status)
    };
    Ok(entered
        .iter()
        .map(|one| Enrolled {
            id: one.id,
            status: now_is(one),
            ahead: if now_is(one) == EnrolmentStatus::Waitlisted {
                ahead
            } else {
                0
            },
            already: false,
            manage_token: None,
            partner: None,
            series: None,
        })
        .collect())
}

/// Those of these people who hold a seat in another coming session of the same programme. They stay locked until the transaction ends.
async fn seated_elsewhere(
    txn: &Txn,
    community: CommunityId,
    session: SessionId,
    people: &[ResidentId],
    now: Timestamp,
) -> Result<Vec<ResidentId>> {
    storage::enrolment::lock_people(txn, community, people).await?;
    let had = storage::enrolment::places_had(txn, community, session, people, Some(now)).await?;
    Ok(had
        .into_iter()
        .filter(|(_, places)| *places > 0)
        .map(|(id, _)| id)
        .collect())
}

fn waiting(queue: &[Enrolment]) -> Vec<Waiting> {
    queue
        .iter()
        .map(|one| Waiting {
            together: one.together_id,
            source: one.source,
        })
        .collect()
}

/// The seat that was kept for somebody who is asked becomes theirs; the session must be locked.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::services) async fn take_kept(txn: &Txn, now: Timestamp, kept: &Enrolment, place: Place) -> Result<()> {
    let one = Enrolment {
        status: EnrolmentStatus::Enrolled,
        source: place.source,
        signed_up_by: place.by,
        hold_until: None,
        ..kept.clone()
    };
    storage::enrolment::update(txn, place.community, &one, place.hash, now).await?;
    storage::enrolment::count(txn, place.community, place.session, 1, 0).await?;
    storage::enrolment::count_asked(txn, place.community, place.session, -1).await?;
    Ok(())
}

/// Gives an enrolment another state, and the counters with it; the session must be locked.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::services) async fn set_status(
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    one: &Enrolment,
    status: EnrolmentStatus,
    hold_until: Option<Timestamp>,
) -> Result<Enrolment> {
    let changed = Enrolment {
        status,
        hold_until,
        ..one.clone()
    };
    storage::enrolment::update(txn, community, &changed, None, now).await?;
    let ((seated, held), (was_seated, was_held)) = (status.seats(), one.status.seats());
    let waits = |status: EnrolmentStatus| i32::from(status == EnrolmentStatus::Waitlisted);
    storage::enrolment::count(
        txn,
        community,
        one.session_id,
        seated - was_seated,
        waits(status) - waits(one.status),
    )
    .await?;
    if held != was_held {
        storage::enrolment::count_asked(txn, community, one.session_id, held - was_held).await?;
    }
    Ok(changed)
}

/// Gives the free seats of a session to whoever waits longest, or offers them where an answer is waited for, and writes down that they must
/// be told. Call it in the transaction that freed or added a seat; it locks the session.
///
/// # Errors
/// When the database cannot be asked.
pub async fn promote(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    session: SessionId,
) -> Result<Vec<EnrolmentId>> {
    let given = give(ctx, txn, now, community, session).await?;
    tell(ctx, txn, now, community, session, &given).await?;
    Ok(given.into_iter().map(|one| one.id).collect())
}

/// The same for several sessions: whoever gets a seat in more than one is told once.
///
/// # Errors
/// When the database cannot be asked.
pub(in crate::services) async fn promote_all(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<()> {
    let mut told: Vec<(ResidentId, Vec<SessionId>)> = Vec::new();
    for session in sessions {
        let given = give(ctx, txn, now, community, *session).await?;
        let (offered, seated): (Vec<_>, Vec<_>) = given
            .into_iter()
            .partition(|one| one.status == EnrolmentStatus::Offered);
        tell(ctx, txn, now, community, *session, &offered).await?;
        for one in seated {
            match told.iter_mut().find(|(resident, _)| *resident == one.resident_id) {
                Some((_, theirs)) => theirs.push(*session),
                None => told.push((one.resident_id, vec![*session])),
            }
        }
    }
    for (resident, sessions) in told {
        match sessions.as_slice() {
            [only] => notification::promoted(ctx, txn, now, community, *only, resident).await?,
            several => notification::promoted_to_several(ctx, txn, now, community, several, resident).await?,
        }
    }
    Ok(())
}

async fn tell(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    session: SessionId,
    given: &[Enrolment],
) -> Result<()> {
    for one in given {
        if one.status == EnrolmentStatus::Offered {
            notification::offered(ctx, txn, now, community, one).await?;
        } else {
            notification::promoted(ctx, txn, now, community, session, one.resident_id).await?;
        }
    }
    Ok(())
}

/// Gives or offers the free seats of a session to whoever waits longest; whoever calls tells them. Who needs no second place in the
/// programme leaves the queue when their turn comes.
async fn give(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    session: SessionId,
) -> Result<Vec<Enrolment>> {
    let seats = lock(txn, community, session).await?;
    if seats.waitlisted == 0 || !seats.gives(now) || seats.free() == Some(0) {
        return Ok(Vec::new());
    }
    let mut queue = storage::enrolment::queue(txn, community, session, MOST_QUEUED).await?;
    if seats.terms.one_place {
        let people: Vec<ResidentId> = queue.iter().map(|one| one.resident_id).collect();
        let elsewhere = seated_elsewhere(txn, community, session, &people, now).await?;
        for one in queue.iter().filter(|one| elsewhere.contains(&one.resident_id)) {
            set_status(txn, now, community, one, EnrolmentStatus::Cancelled, None).await?;
        }
        queue.retain(|one| !elsewhere.contains(&one.resident_id));
    }
    let chosen = promoted(&seats, &waiting(&queue), now);
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let hold_until = offer::hold_until(ctx, txn, community, &seats, now).await?;
    let mut given = Vec::with_capacity(chosen.len());
    for one in chosen.into_iter().map(|at| &queue[at]) {
        given.push(match hold_until {
            Some(until) => offer::make(ctx, txn, now, community, one, until).await?,
            None => set_status(txn, now, community, one, EnrolmentStatus::Enrolled, None).await?,
        });
    }
    Ok(given)
}
