//! Signing up and giving up: rows, counters and promotions change together, in one transaction that holds the session.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::limit::{self, Limit};
use super::resident::{self, Identity, field_error};
use super::{Context, Error, FieldError, Result, notification};
use crate::domain::access::{Action, Actor, may};
use crate::domain::enrolment::{
    Decision, EnrolmentStatus, Refusal, Seats, Source, decide, seats_to_give, who_is_promoted,
};
use crate::domain::id::{CommunityId, EnrolmentId, ResidentId, SessionId};
use crate::domain::resident::{Enrolment, Resident};
use crate::domain::text::{PersonName, Phone, Purpose, TextError};
use crate::storage::{self, Txn};

/// Window of the limit per number, seconds.
const PHONE_WINDOW_SECONDS: i64 = 24 * 3600;
/// Window of the limit per network, seconds.
const NETWORK_WINDOW_SECONDS: i64 = 600;
/// The most rows of a roster.
const MOST_LISTED: u64 = 2000;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Error::State { code: refusal.code() }
    }
}

/// A sign-up from the public form, still as typed.
#[derive(Clone, Debug, Default)]
pub struct SignUp {
    /// Name of whoever fills in the form.
    pub name: String,
    /// Their number.
    pub phone: String,
    /// The older person it is for, when it is not for themselves.
    pub parent: Option<Parent>,
    /// The address it came from; none for a surface that knows its people.
    pub from: Option<IpAddr>,
}

/// An older person somebody signs up for.
#[derive(Clone, Debug, Default)]
pub struct Parent {
    /// Name.
    pub name: String,
    /// Their own number; may be empty.
    pub phone: String,
}

/// What a sign-up came to.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The enrolment.
    pub id: EnrolmentId,
    /// Enrolled or waitlisted.
    pub status: EnrolmentStatus,
    /// How many wait before them.
    pub ahead: i32,
    /// They were in before; nothing was changed.
    pub already: bool,
    /// The token of the link to see and cancel it. Told once, to whoever signed up; only its hash is stored.
    pub manage_token: Option<String>,
}

/// The hash a token is stored as.
fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Signs somebody up from the public form. Posted twice, the second one changes nothing and says `already`.
///
/// # Errors
/// With every field that cannot be accepted; when the session is off, has begun or needs no sign-up; when too many came from one
/// number or network.
pub async fn enrol(ctx: &Context, community: CommunityId, session: SessionId, sign_up: SignUp) -> Result<Enrolled> {
    let now = ctx.now();
    let (who, by, source) = read(&sign_up)?;
    limit::take(ctx, now, limits(ctx, community, &who, sign_up.from)).await?;
    let token = URL_SAFE_NO_PAD.encode(ctx.random::<32>());
    let hash = token_hash(&token);
    let inner = ctx.clone();
    let mut enrolled = ctx
        .db
        .write(async move |txn| -> Result<Enrolled> {
            let seats = lock(txn, community, session).await?;
            // Told before anybody is entered for a session that takes nobody.
            seats.open(now)?;
            let resident = resident::find_or_create(&inner, txn, now, community, who, source).await?;
            let place = Place {
                community,
                session,
                resident,
                source,
                by,
                hash: Some(hash),
            };
            take_place(&inner, txn, now, seats, place).await
        })
        .await?;
    if !enrolled.already {
        enrolled.manage_token = Some(token);
        ctx.schedule_changed();
    }
    Ok(enrolled)
}

/// Reads the form: who comes, who signs up for them, and how the two stand. All that is wrong is told at once.
fn read(sign_up: &SignUp) -> Result<(Identity, String, Source)> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let mut name = |field: &str, typed: &str| {
        PersonName::parse(typed)
            .map_err(|error| wrong.push(field_error(field, error, typed)))
            .ok()
    };
    let parent_name = sign_up
        .parent
        .as_ref()
        .and_then(|parent| name("parent_name", &parent.name));
    let own_name = name("name", &sign_up.name);
    let mut phone = |field: &str, typed: &str, needed: bool| match Phone::parse(typed) {
        Ok(phone) => Some(phone),
        Err(TextError::PhoneEmpty) if !needed => None,
        Err(error) => {
            wrong.push(field_error(field, error, ""));
            None
        }
    };
    let parent_phone = sign_up
        .parent
        .as_ref()
        .and_then(|parent| phone("parent_phone", &parent.phone, false));
    let own_phone = phone("phone", &sign_up.phone, true);
    let (Some(own_name), Some(own_phone)) = (own_name, own_phone) else {
        return Err(Error::Invalid(wrong));
    };
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let Some(parent_name) = parent_name else {
        let who = Identity {
            name: own_name,
            phone: Some(own_phone),
            family: None,
        };
        return Ok((who, String::new(), Source::Myself));
    };
    let by = own_name.reveal(Purpose::Store).to_owned();
    let who = Identity {
        name: parent_name,
        phone: parent_phone,
        family: Some((own_name, own_phone)),
    };
    Ok((who, by, Source::Family))
}

/// The limits a sign-up counts against: the number of whoever fills in the form, and the network.
fn limits(ctx: &Context, community: CommunityId, who: &Identity, from: Option<IpAddr>) -> Vec<Limit> {
    let mut limits = Vec::with_capacity(2);
    let typed_by = who.family.as_ref().map(|(_, phone)| phone).or(who.phone.as_ref());
    if let Some(phone) = typed_by {
        let index = URL_SAFE_NO_PAD.encode(resident::phone_index(ctx, community, phone));
        limits.push(Limit {
            key: format!("sign-up:phone:{index}"),
            most: ctx.settings.sign_ups_per_phone,
            window_seconds: PHONE_WINDOW_SECONDS,
        });
    }
    if let Some(from) = from {
        limits.push(Limit {
            key: format!("sign-up:network:{}", limit::network_of(from)),
            most: ctx.settings.sign_ups_per_network,
            window_seconds: NETWORK_WINDOW_SECONDS,
        });
    }
    limits
}

/// Signs up somebody staff know.
///
/// # Errors
/// Without the right; when there is no such session or resident; when the session is off, has begun or needs no sign-up.
pub async fn enrol_resident(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    resident: ResidentId,
    source: Source,
) -> Result<Enrolled> {
    may(actor, Action::SeeStaffPages, community)?;
    let now = ctx.now();
    let inner = ctx.clone();
    let enrolled = ctx
        .db
        .write(async move |txn| -> Result<Enrolled> {
            let seats = lock(txn, community, session).await?;
            let current = storage::resident::current(txn, community, &[resident]).await?;
            let resident = *current
                .get(&resident)
                .ok_or_else(|| Error::not_found("resident", resident))?;
            let place = Place {
                community,
                session,
                resident,
                source,
                by: String::new(),
                hash: None,
            };
            take_place(&inner, txn, now, seats, place).await
        })
        .await?;
    ctx.schedule_changed();
    Ok(enrolled)
}

pub(super) async fn lock(txn: &Txn, community: CommunityId, session: SessionId) -> Result<Seats> {
    storage::enrolment::lock_seats(txn, community, session)
        .await?
        .ok_or_else(|| Error::not_found("session", session))
}

/// Who wants a place in what.
pub(super) struct Place {
    pub community: CommunityId,
    pub session: SessionId,
    pub resident: ResidentId,
    pub source: Source,
    pub by: String,
    pub hash: Option<Vec<u8>>,
}

/// Gives a seat or a place in the queue; the session must be locked.
pub(super) async fn take_place(
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
        });
    }
    if let Some(kept) = known.as_ref().filter(|known| known.status == EnrolmentStatus::Asked) {
        seats.open(now)?;
        take_kept(txn, now, kept, place).await?;
        return Ok(Enrolled {
            id: kept.id,
            status: EnrolmentStatus::Enrolled,
            ahead: 0,
            already: false,
            manage_token: None,
        });
    }
    let (status, ahead) = match decide(&seats, now)? {
        Decision::Enrolled => (EnrolmentStatus::Enrolled, 0),
        Decision::Waitlisted { ahead } => (EnrolmentStatus::Waitlisted, ahead),
    };
    // Two in the same microsecond, or a clock set back, must not change who came first.
    let last = storage::enrolment::last_queued_at(txn, place.community, place.session).await?;
    let queued_at = last.map_or(now, |last| now.max(last + SignedDuration::from_micros(1)));
    let one = Enrolment {
        id: known.as_ref().map_or_else(|| ctx.new_id(now), |known| known.id),
        session_id: place.session,
        resident_id: place.resident,
        status,
        source: place.source,
        signed_up_by: place.by,
        queued_at,
    };
    if known.is_some() {
        storage::enrolment::update(txn, place.community, &one, place.hash, now).await?;
    } else {
        storage::enrolment::insert(txn, place.community, &one, place.hash, now).await?;
    }
    let seated = i32::from(status == EnrolmentStatus::Enrolled);
    storage::enrolment::count(txn, place.community, place.session, seated, 1 - seated).await?;
    let mut enrolled = Enrolled {
        id: one.id,
        status,
        ahead,
        already: false,
        manage_token: None,
    };
    // Seats may have been added since the queue was last looked at.
    let promoted = promote(ctx, txn, now, place.community, place.session).await?;
    if promoted.contains(&one.id) {
        enrolled.status = EnrolmentStatus::Enrolled;
        enrolled.ahead = 0;
    }
    Ok(enrolled)
}

/// The seat that was kept for somebody who is asked becomes theirs; the session must be locked.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn take_kept(txn: &Txn, now: Timestamp, kept: &Enrolment, place: Place) -> Result<()> {
    let one = Enrolment {
        status: EnrolmentStatus::Enrolled,
        source: place.source,
        signed_up_by: place.by,
        ..kept.clone()
    };
    storage::enrolment::update(txn, place.community, &one, place.hash, now).await?;
    storage::enrolment::count(txn, place.community, place.session, 1, 0).await?;
    storage::enrolment::count_asked(txn, place.community, place.session, -1).await?;
    Ok(())
}

async fn ahead_of(txn: &impl storage::Connection, community: CommunityId, one: &Enrolment) -> Result<i32> {
    if one.status != EnrolmentStatus::Waitlisted {
        return Ok(0);
    }
    let ahead = storage::enrolment::ahead_of(txn, community, one).await?;
    Ok(i32::try_from(ahead).unwrap_or(i32::MAX))
}

/// Gives the free seats of a session to whoever waits longest, and writes down that they must be told. Call it in the transaction
/// that freed or added a seat; it locks the session.
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
    let promoted = promote_quietly(txn, now, community, session).await?;
    for one in &promoted {
        notification::promoted(ctx, txn, now, community, session, one.resident_id).await?;
    }
    Ok(promoted.into_iter().map(|one| one.id).collect())
}

/// The same for several sessions: whoever gets a seat in more than one is told once.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn promote_all(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<()> {
    let mut told: Vec<(ResidentId, Vec<SessionId>)> = Vec::new();
    for session in sessions {
        for one in promote_quietly(txn, now, community, *session).await? {
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

/// Gives the free seats of a session to whoever waits longest; whoever calls tells them.
async fn promote_quietly(
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    session: SessionId,
) -> Result<Vec<Enrolment>> {
    let seats = lock(txn, community, session).await?;
    let free = seats_to_give(&seats, now);
    if free == 0 {
        return Ok(Vec::new());
    }
    let queue = storage::enrolment::queue(txn, community, session, u64::from(free.unsigned_abs())).await?;
    let mut promoted = Vec::new();
    for one in who_is_promoted(&queue, free) {
        let one = Enrolment {
            status: EnrolmentStatus::Enrolled,
            ..one.clone()
        };
        storage::enrolment::update(txn, community, &one, None, now).await?;
        storage::enrolment::count(txn, community, session, 1, -1).await?;
        promoted.push(one);
    }
    Ok(promoted)
}

/// An enrolment as the link of whoever signed up shows it.
#[derive(Clone, Debug)]
pub struct Own {
    /// The enrolment.
    pub enrolment: Enrolment,
    /// Who comes.
    pub resident: Resident,
    /// How many wait before them.
    pub ahead: i32,
}

/// The enrolment behind a link.
///
/// # Errors
/// When no enrolment has this token.
pub async fn own(ctx: &Context, community: CommunityId, token: &str) -> Result<Own> {
    let db = ctx.db.reader();
    let one = by_token(db, community, token).await?;
    let stored = storage::resident::find(db, community, one.resident_id)
        .await?
        .ok_or_else(|| Error::not_found("resident", one.resident_id))?;
    Ok(Own {
        ahead: ahead_of(db, community, &one).await?,
        resident: resident::opened(ctx, community, stored)?,
        enrolment: one,
    })
}

async fn by_token(db: &impl storage::Connection, community: CommunityId, token: &str) -> Result<Enrolment> {
    let found = storage::enrolment::find_by_token(db, community, &token_hash(token)).await?;
    // The token is a secret: it is not repeated in the answer.
    let one = found.ok_or_else(|| Error::not_found("enrolment", ""))?;
    // Whoever it was for may be known under another row by now, with a place of their own in that session.
    match storage::resident::current_at_a_look(db, community, one.resident_id).await? {
        Some(survivor) if survivor != one.resident_id => {
            let theirs = storage::enrolment::find_of(db, community, one.session_id, survivor).await?;
            Ok(theirs.unwrap_or(one))
        }
        _ => Ok(one),
    }
}

/// Which enrolment is given up.
#[derive(Clone, Debug)]
pub enum Which {
    /// The one of a link.
    Token(String),
    /// One of a session's roster, by staff.
    Id(Actor, SessionId, EnrolmentId),
}

/// Gives up an enrolment; whoever waits longest gets the seat. Giving up twice changes nothing.
///
/// # Errors
/// When there is no such enrolment; when the session has begun; without the right.
pub async fn cancel(ctx: &Context, community: CommunityId, which: Which) -> Result<()> {
    if let Which::Id(actor, ..) = &which {
        may(actor, Action::SeeStaffPages, community)?;
    }
    let now = ctx.now();
    let inner = ctx.clone();
    ctx.db
        .write(async move |txn| -> Result<()> {
            let one = match which {
                Which::Token(token) => by_token(txn, community, &token).await?,
                Which::Id(_, session, id) => storage::enrolment::find(txn, community, id)
                    .await?
                    .filter(|one| one.session_id == session)
                    .ok_or_else(|| Error::not_found("enrolment", id))?,
            };
            let seats = lock(txn, community, one.session_id).await?;
            // Read again: it may have changed while the session was waited for.
            let one = storage::enrolment::find(txn, community, one.id)
                .await?
                .ok_or_else(|| Error::not_found("enrolment", one.id))?;
            if !one.status.is_live() {
                return Ok(());
            }
            if seats.starts_at <= now {
                return Err(Refusal::Begun.into());
            }
            let seated = i32::from(one.status == EnrolmentStatus::Enrolled);
            let given_up = Enrolment {
                status: EnrolmentStatus::Cancelled,
                ..one
            };
            storage::enrolment::update(txn, community, &given_up, None, now).await?;
            storage::enrolment::count(txn, community, given_up.session_id, -seated, seated - 1).await?;
            promote(&inner, txn, now, community, given_up.session_id).await?;
            Ok(())
        })
        .await?;
    ctx.schedule_changed();
    Ok(())
}

/// Takes a place again after giving it up, with the same link: a seat when there is one, else the end of the queue.
///
/// # Errors
/// When there is no such enrolment; when the session is off or has begun.
pub async fn again(ctx: &Context, community: CommunityId, token: &str) -> Result<Enrolled> {
    let now = ctx.now();
    let inner = ctx.clone();
    let token = token.to_owned();
    let enrolled = ctx
        .db
        .write(async move |txn| -> Result<Enrolled> {
            let one = by_token(txn, community, &token).await?;
            let seats = lock(txn, community, one.session_id).await?;
            let place = Place {
                community,
                session: one.session_id,
                resident: one.resident_id,
                source: one.source,
                by: one.signed_up_by,
                hash: None,
            };
            take_place(&inner, txn, now, seats, place).await
        })
        .await?;
    ctx.schedule_changed();
    Ok(enrolled)
}

/// One line of a roster.
#[derive(Clone, Debug)]
pub struct RosterRow {
    /// The enrolment.
    pub enrolment: Enrolment,
    /// Who comes.
    pub resident: Resident,
}

/// Everybody who is in a session or waits for it: those with a seat first, in the order they came.
///
/// # Errors
/// Without the right to see names.
pub async fn roster(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
) -> Result<Vec<RosterRow>> {
    may(actor, Action::SeeStaffPages, community)?;
    let rows = storage::enrolment::roster(ctx.db.reader(), community, session, MOST_LISTED).await?;
    rows.into_iter()
        .map(|(enrolment, stored)| {
            Ok(RosterRow {
                enrolment,
                resident: resident::opened(ctx, community, stored)?,
            })
        })
        .collect()
}
