//! Offers: a seat that became free is held for the next in the queue until they answer or the agreed time is over. Whoever says nothing is
//! off the list, is told so, and can come back to its end with one tap.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use super::take::{lock, promote, set_status};
use super::{ahead_of, token_hash};
use crate::domain::access::{Action, Actor, may};
use crate::domain::enrolment::hold::offer_until;
use crate::domain::enrolment::{EnrolmentStatus, Refusal, Seats};
use crate::domain::id::{CommunityId, EnrolmentId, SessionId};
use crate::domain::resident::Enrolment;
use crate::services::{Context, Error, Result, notification, resident, retry};
use crate::storage::{self, Txn};

/// Sessions looked at in one round.
const AT_ONCE: u64 = 200;

/// Until when a seat of a session is held for whoever it is offered to now; none where it is given at once.
pub(super) async fn hold_until(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    seats: &Seats,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let Some(hold) = seats.terms.hold else { return Ok(None) };
    let hours = notification::hours(ctx, txn, community).await?;
    Ok(offer_until(now, hold, seats.terms.closes_at, &hours))
}

/// The token of the link that takes or leaves an offer. It is made from a key that is not in the database, and of the time the offer ends, so
/// that a later offer has another.
pub fn offer_token(ctx: &Context, community: CommunityId, id: EnrolmentId, until: Timestamp) -> String {
    let told = format!("offer link {id} {}", until.as_microsecond());
    URL_SAFE_NO_PAD.encode(ctx.sealer.blind_index(community, &told))
}

/// Offers a seat to somebody who waits; the session must be locked.
pub(super) async fn make(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    one: &Enrolment,
    until: Timestamp,
) -> Result<Enrolment> {
    let offered = set_status(txn, now, community, one, EnrolmentStatus::Offered, Some(until)).await?;
    let token = offer_token(ctx, community, one.id, until);
    storage::enrolment::set_offer_hash(txn, community, one.id, token_hash(&token)).await?;
    Ok(offered)
}

/// Whose answer it is.
#[derive(Clone, Debug)]
pub enum Offered {
    /// Of whoever has the link of the offer.
    Link(String),
    /// Of whoever has the link of the sign-up.
    Manage(String),
    /// Taken by staff on the telephone.
    Staff(Actor, SessionId, EnrolmentId),
}

async fn found(db: &impl storage::Connection, community: CommunityId, which: &Offered) -> Result<Enrolment> {
    let found = match which {
        Offered::Link(token) => storage::enrolment::find_by_offer(db, community, &token_hash(token)).await?,
        Offered::Manage(token) => storage::enrolment::find_by_token(db, community, &token_hash(token)).await?,
        Offered::Staff(_, session, id) => storage::enrolment::find(db, community, *id)
            .await?
            .filter(|one| one.session_id == *session),
    };
    found.ok_or_else(|| Error::not_found("enrolment", ""))
}

/// The offer behind a link, as its page shows it.
///
/// # Errors
/// When no offer has this token.
pub async fn own_offer(ctx: &Context, community: CommunityId, token: &str) -> Result<super::Own> {
    let db = ctx.db.reader();
    let one = found(db, community, &Offered::Link(token.to_owned())).await?;
    let stored = storage::resident::find(db, community, one.resident_id)
        .await?
        .ok_or_else(|| Error::not_found("resident", one.resident_id))?;
    let companion = super::companion_of(ctx, community, &one).await?;
    Ok(super::Own {
        ahead: ahead_of(db, community, &one).await?,
        resident: resident::opened(ctx, community, stored)?,
        enrolment: one,
        companion,
    })
}

/// What is answered to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferAnswer {
    /// They come.
    Take,
    /// They do not; the seat goes to the next.
    Leave,
}

/// Takes or leaves an offered seat; of two who come together one answers for both. Answered the same way twice, the second changes nothing.
///
/// # Errors
/// [`Error::State`] when the session is off or has begun, when the offer was not answered in time, or when nothing is offered;
/// [`Error::NotFound`] for a link that leads nowhere; without the right.
pub async fn answer_offer(
    ctx: &Context,
    community: CommunityId,
    which: Offered,
    answer: OfferAnswer,
) -> Result<EnrolmentStatus> {
    if let Offered::Staff(actor, ..) = &which {
        may(actor, Action::SeeStaffPages, community)?;
    }
    let now = ctx.now();
    retry::write(ctx, || {
        let (ctx, which) = (ctx.clone(), which.clone());
        async move |txn: &Txn| {
            let session = found(txn, community, &which).await?.session_id;
            let seats = lock(txn, community, session).await?;
            // Read again: it may have changed while the session was waited for.
            let one = found(txn, community, &which).await?;
            settle(&ctx, txn, now, community, seats, one, answer).await
        }
    })
    .await
}

async fn settle(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    seats: Seats,
    one: Enrolment,
    answer: OfferAnswer,
) -> Result<EnrolmentStatus> {
    match (one.status, answer) {
        (EnrolmentStatus::Offered, _) => {}
        (EnrolmentStatus::Enrolled, OfferAnswer::Take) => return Ok(EnrolmentStatus::Enrolled),
        (EnrolmentStatus::Cancelled | EnrolmentStatus::Lapsed, OfferAnswer::Leave) => return Ok(one.status),
        (EnrolmentStatus::Lapsed, OfferAnswer::Take) => return Err(Refusal::OfferLapsed.into()),
        _ => return Err(Refusal::NoOffer.into()),
    }
    let group = group_of(txn, community, &one).await?;
    let status = match answer {
        OfferAnswer::Take => {
            match seats.ahead_of_opening().open(now) {
                Err(Refusal::Closed) => return Err(Refusal::OfferLapsed.into()),
                open => open?,
            }
            if one.hold_until.is_none_or(|until| until <= now) {
                return Err(Refusal::OfferLapsed.into());
            }
            EnrolmentStatus::Enrolled
        }
        OfferAnswer::Leave => EnrolmentStatus::Cancelled,
    };
    for member in &group {
        set_status(txn, now, community, member, status, None).await?;
    }
    if answer == OfferAnswer::Leave {
        promote(ctx, txn, now, community, one.session_id).await?;
    }
    Ok(status)
}

/// Those who stand as this one does and come with it, itself among them.
async fn group_of(txn: &Txn, community: CommunityId, one: &Enrolment) -> Result<Vec<Enrolment>> {
    let Some(together) = one.together_id else {
        return Ok(vec![one.clone()]);
    };
    let mut group = storage::enrolment::together(txn, community, one.session_id, together).await?;
    group.retain(|member| member.status == one.status);
    Ok(group)
}

/// Lets offers lapse that nobody answered in time, and offers the seats to the next. Running it twice, or in two places at once, changes
/// nothing more; returns how many lapsed. What fails for one session keeps none of the others.
///
/// # Errors
/// [`Error::Storage`]: the first of those that came up.
pub async fn lapse_due(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    let (mut lapsed, mut failed) = (0, None);
    for (home, session) in storage::enrolment::sessions_with_offers_over(ctx.db.reader(), now, AT_ONCE).await? {
        let done = retry::write(ctx, || {
            let ctx = ctx.clone();
            async move |txn: &Txn| lapse(&ctx, txn, now, home, session).await
        })
        .await;
        match done {
            Ok(more) => lapsed += more,
            Err(error) => {
                tracing::error!(community = %home, %session, %error, "offers of a session cannot lapse");
                failed = failed.or(Some(error));
            }
        }
    }
    failed.map_or(Ok(lapsed), Err)
}

async fn lapse(ctx: &Context, txn: &Txn, now: Timestamp, home: CommunityId, session: SessionId) -> Result<usize> {
    let seats = lock(txn, home, session).await?;
    let over = storage::enrolment::offers_over(txn, home, session, now).await?;
    for one in &over {
        let one = set_status(txn, now, home, one, EnrolmentStatus::Lapsed, None).await?;
        // Nobody is told that they missed a seat in what does not take place, or is over.
        if seats.starts_at > now && seats.status != crate::domain::planning::SessionStatus::Cancelled {
            notification::lapsed(ctx, txn, now, home, &one).await?;
        }
    }
    if !over.is_empty() {
        promote(ctx, txn, now, home, session).await?;
    }
    Ok(over.len())
}

/// Gives the seats that became free without anybody giving one up, as kept ones do at their time, and clears the waiting lists of whoever
/// needs no second place. Running it twice changes nothing more.
///
/// # Errors
/// [`Error::Storage`]: the first of those that came up.
pub async fn fill_free(ctx: &Context) -> Result<()> {
    let now = ctx.now();
    let mut failed = None;
    for (home, session) in storage::enrolment::sessions_to_fill(ctx.db.reader(), now, AT_ONCE).await? {
        let done = retry::write(ctx, || {
            let ctx = ctx.clone();
            async move |txn: &Txn| promote(&ctx, txn, now, home, session).await
        })
        .await;
        failed = failed.or(done.err());
    }
    for (home, session, id) in storage::enrolment::waits_beside_a_seat(ctx.db.reader(), now, AT_ONCE).await? {
        let done = retry::write(ctx, || {
            async move |txn: &Txn| -> Result<()> {
                let seats = lock(txn, home, session).await?;
                let one = storage::enrolment::find(txn, home, id).await?;
                if let Some(one) = one.filter(|one| one.status == EnrolmentStatus::Waitlisted && seats.terms.one_place)
                {
                    set_status(txn, now, home, &one, EnrolmentStatus::Cancelled, None).await?;
                }
                Ok(())
            }
        })
        .await;
        failed = failed.or(done.err());
    }
    failed.map_or(Ok(()), Err)
}
