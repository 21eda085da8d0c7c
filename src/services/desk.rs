//! The phone desk: somebody rings or stands at the counter, and staff sign them up, move them or give up for them.
//!
//! Seats and queues are decided by [`super::enrolment`]; here stands only what a telephone call adds: the caller is new or known, a full
//! session is told before anybody waits for it, and what was just done can be taken back for a minute.

use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::enrolment::{self, Enrolled, Place, Which, lock, set_status, take_place};
use super::resident::{self, Filter, Identity, field_error};
use super::schedule::{self, SessionView};
use super::{Context, Error, FieldError, Result, community};
use crate::domain::access::{Action, Actor, may};
use crate::domain::enrolment::{EnrolmentStatus, Refusal, Source};
use crate::domain::id::{CommunityId, EnrolmentId, ResidentId, SessionId};
use crate::domain::planning::SignUpMode;
use crate::domain::resident::{Enrolment, Resident};
use crate::domain::text::{self, NAME_CHARS, PersonName, Phone, Purpose, TextError};
use crate::storage::{self, Txn};

/// How far ahead sessions are offered, days.
const DAYS_AHEAD: i32 = 14;
/// The most sessions that are offered.
const MOST_OFFERED: usize = 20;
/// The most people a search shows: each has a digit.
pub const MOST_FOUND: u64 = 9;
/// The most sessions of a caller that are shown.
const MOST_OF_CALLER: u64 = 20;
/// How long what was just done can be taken back.
pub const UNDO_SECONDS: i64 = 60;

/// A session that can be offered.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The session.
    pub session: SessionView,
    /// Seats nobody has, is kept for or waits for; none without a limit.
    pub free: Option<i32>,
}

impl Offer {
    fn of(session: SessionView) -> Self {
        let taken = session.enrolled + session.asked + session.waitlisted;
        Self {
            free: session.capacity.map(|seats| (seats - taken).max(0)),
            session,
        }
    }

    /// Whether whoever comes now waits.
    pub fn is_full(&self) -> bool {
        self.free == Some(0)
    }
}

/// The sessions of the next days one can sign up for, by start, at most twenty. `also` is among them wherever it lies, when one can
/// sign up for it.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn offers(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    also: Option<SessionId>,
) -> Result<Vec<Offer>> {
    may(actor, Action::SeeStaffPages, community)?;
    let now = ctx.now();
    let home = community::find(ctx, community).await?;
    let until = now
        .to_zoned(home.zone.clone())
        .saturating_add(DAYS_AHEAD.days())
        .timestamp();
    let mut sessions = schedule::range(ctx, community, now, until).await?;
    sessions.retain(|session| is_open(session, now));
    sessions.truncate(MOST_OFFERED);
    if let Some(also) = also
        && !sessions.iter().any(|session| session.id == also)
    {
        let wanted = schedule::session(ctx, community, also).await?;
        if is_open(&wanted, now) {
            sessions.truncate(MOST_OFFERED - 1);
            sessions.push(wanted);
        }
    }
    Ok(sessions.into_iter().map(Offer::of).collect())
}

fn is_open(session: &SessionView, now: Timestamp) -> bool {
    !session.is_cancelled()
        && !session.is_paused()
        && session.programme.sign_up != SignUpMode::None
        && session.starts.timestamp() > now
}

/// What can be offered instead of a full session: the next with a place of the same programme, else of the same kind, else any.
pub fn instead<'a>(offers: &'a [Offer], full: &SessionView) -> Option<&'a Offer> {
    let with_place = || {
        offers
            .iter()
            .filter(|offer| !offer.is_full() && offer.session.id != full.id)
    };
    with_place()
        .find(|offer| offer.session.programme.id == full.programme.id)
        .or_else(|| with_place().find(|offer| offer.session.programme.kind == full.programme.kind))
        .or_else(|| with_place().next())
}

/// People a search found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// At most nine.
    pub people: Vec<Resident>,
    /// Whether there are more.
    pub more: bool,
    /// The one that is meant: the only one, or the one whose digit stands behind the letters.
    pub picked: Option<ResidentId>,
}

/// Finds callers by pinyin initials, part of a name, the last four digits or the whole number. A digit behind letters picks one of
/// those found: `lxy2` is the second whose initials begin with `lxy`.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn find(ctx: &Context, actor: &Actor, community: CommunityId, query: &str) -> Result<Found> {
    may(actor, Action::ManageResidents, community)?;
    let query = query.trim();
    if query.is_empty() {
        return Ok(Found::default());
    }
    let (letters, digit) = split_digit(query);
    let filter = Filter {
        query: letters.to_owned(),
        limit: MOST_FOUND,
        ..Filter::default()
    };
    let (people, more) = resident::list(ctx, actor, community, &filter).await?;
    let picked = match (digit, people.as_slice()) {
        (Some(digit), people) => people.get(digit - 1).map(|one| one.id),
        (None, [only]) if !more => Some(only.id),
        _ => None,
    };
    Ok(Found { people, more, picked })
}

/// Letters with one digit from 1 to 9 behind them.
fn split_digit(query: &str) -> (&str, Option<usize>) {
    let letters = query.trim_end_matches(|c: char| c.is_ascii_digit());
    match query[letters.len()..].parse() {
        Ok(digit @ 1..=9) if !letters.is_empty() && query.len() == letters.len() + 1 => {
            (letters.trim_end(), Some(digit))
        }
        _ => (query, None),
    }
}

/// A caller as the desk shows them.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub resident: Resident,
    /// What they are in, wait for or are asked about, the next first.
    pub coming: Vec<(Enrolment, SessionView)>,
}

/// A caller with what they are signed up for.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn caller(ctx: &Context, actor: &Actor, community: CommunityId, id: ResidentId) -> Result<Caller> {
    let resident = resident::get(ctx, actor, community, id).await?;
    let now = ctx.now();
    let enrolments = storage::desk::coming_of(ctx.db.reader(), community, id, now, MOST_OF_CALLER).await?;
    let mut coming = Vec::with_capacity(enrolments.len());
    for one in enrolments {
        let session = schedule::session(ctx, community, one.session_id).await?;
        coming.push((one, session));
    }
    Ok(Caller { resident, coming })
}

/// Who is to be signed up.
#[derive(Clone, Debug)]
pub enum Who {
    /// Somebody known.
    Known(ResidentId),
    /// Somebody new, as typed.
    New {
        /// Name.
        name: String,
        /// Number.
        phone: String,
    },
}

/// A sign-up at the desk, still as typed.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Who comes.
    pub who: Who,
    /// To what.
    pub session: SessionId,
    /// How they were heard: by phone or at the counter.
    pub source: Source,
    /// Who asked for them; may be empty.
    pub by: String,
    /// Whether they wait when it is full. Without it nothing is done then.
    pub wait: bool,
    /// The enrolment that is given up for it.
    pub instead_of: Option<EnrolmentId>,
}

/// What a sign-up at the desk came to.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Somebody is in, waits, or was so before.
    Done(ResidentId, Enrolled),
    /// It is full, and so many wait already; nothing was done.
    Full(i32),
}

/// Why the transaction is given back.
enum Stop {
    Full(i32),
    Error(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Error(error.into())
    }
}

/// Signs a caller up, and gives up another session for it when that is asked. Somebody new is entered with the words about what is
/// kept as agreed to: the desk reads them out. Nothing is stored when it is full and nobody said they wait.
///
/// # Errors
/// [`Error::Invalid`] with every field that cannot be accepted; [`Error::State`] when the session is off, has begun or needs no
/// sign-up; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn sign_up(ctx: &Context, actor: &Actor, community: CommunityId, wish: Wish) -> Result<Outcome> {
    may(actor, Action::ManageResidents, community)?;
    let now = ctx.now();
    let (by, new) = read(&wish)?;
    let inner = ctx.clone();
    let done = ctx
        .db
        .write(async move |txn: &Txn| -> Result<Outcome, Stop> {
            let left = match wish.instead_of {
                None => None,
                Some(id) => Some(held(txn, community, id).await?),
            };
            // Both sessions are locked in the order of their ids, so that two who change places do not wait for each other.
            let mut sessions = vec![wish.session];
            sessions.extend(left.as_ref().map(|left| left.session_id));
            sessions.sort_unstable();
            for session in sessions {
                lock(txn, community, session).await?;
            }
            let seats = lock(txn, community, wish.session).await?;
            seats.open(now)?;
            let resident = match (new, &wish.who) {
                (Some(who), _) => resident::find_or_create(&inner, txn, now, community, who, wish.source).await?,
                (None, Who::Known(id)) => *id,
                (None, Who::New { .. }) => return Err(Error::invalid("name", "name-empty", "").into()),
            };
            storage::resident::find(txn, community, resident)
                .await?
                .ok_or_else(|| Error::not_found("resident", resident))?;
            let place = Place {
                community,
                session: wish.session,
                resident,
                source: wish.source,
                by,
                hash: None,
            };
            let enrolled = take_place(&inner, txn, now, seats, place).await?;
            if !enrolled.already && !wish.wait && enrolled.status == EnrolmentStatus::Waitlisted {
                return Err(Stop::Full(enrolled.ahead));
            }
            if let Some(left) = left
                && left.session_id != wish.session
                && left.resident_id == resident
            {
                give_up(&inner, txn, now, community, left.id).await?;
            }
            Ok(Outcome::Done(resident, enrolled))
        })
        .await;
    match done {
        Ok(outcome) => {
            ctx.schedule_changed();
            Ok(outcome)
        }
        Err(Stop::Full(ahead)) => Ok(Outcome::Full(ahead)),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// Reads what was typed: who asked, and somebody new.
fn read(wish: &Wish) -> Result<(String, Option<Identity>)> {
    let mut wrong: Vec<FieldError> = Vec::new();
    let by = text::line(&wish.by, NAME_CHARS).unwrap_or_else(|error| {
        wrong.push(field_error("by", error, &wish.by));
        String::new()
    });
    let new = match &wish.who {
        Who::Known(_) => None,
        Who::New { name, phone } => {
            let name = PersonName::parse(name)
                .map_err(|error| wrong.push(field_error("name", error, name)))
                .ok();
            let phone = match Phone::parse(phone) {
                Ok(phone) => Some(phone),
                // Not everybody has one; they are found by their name then.
                Err(TextError::PhoneEmpty) => None,
                Err(error) => {
                    wrong.push(field_error("phone", error, ""));
                    None
                }
            };
            name.map(|name| Identity {
                name,
                phone,
                family: None,
            })
        }
    };
    if wrong.is_empty() {
        Ok((by, new))
    } else {
        Err(Error::Invalid(wrong))
    }
}

async fn held(txn: &Txn, community: CommunityId, id: EnrolmentId) -> Result<Enrolment> {
    storage::enrolment::find(txn, community, id)
        .await?
        .ok_or_else(|| Error::not_found("enrolment", id))
}

/// Gives up an enrolment inside a transaction that holds its session; whether there was one to give up. Whoever waits longest gets
/// the seat.
///
/// # Errors
/// When the session has begun; when the database cannot be asked.
pub(super) async fn give_up(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    id: EnrolmentId,
) -> Result<bool> {
    let one = held(txn, community, id).await?;
    let seats = lock(txn, community, one.session_id).await?;
    if !one.status.is_live() {
        return Ok(false);
    }
    if seats.starts_at <= now {
        return Err(Refusal::Begun.into());
    }
    set_status(txn, now, community, &one, EnrolmentStatus::Cancelled, None).await?;
    enrolment::promote(ctx, txn, now, community, one.session_id).await?;
    Ok(true)
}

/// Whether what was just done can still be taken back.
pub fn can_undo(now: Timestamp, enrolment: &Enrolment) -> bool {
    let until = enrolment.queued_at + SignedDuration::from_secs(UNDO_SECONDS);
    enrolment.status.is_live() && now <= until
}

/// Takes back a sign-up of the last minute.
///
/// # Errors
/// [`Error::State`] when the minute is over; [`Error::NotFound`]; [`Error::Forbidden`]; [`Error::Storage`].
pub async fn undo(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    id: EnrolmentId,
) -> Result<()> {
    may(actor, Action::ManageResidents, community)?;
    let one = storage::enrolment::find(ctx.db.reader(), community, id)
        .await?
        .filter(|one| one.session_id == session)
        .ok_or_else(|| Error::not_found("enrolment", id))?;
    if one.status == EnrolmentStatus::Cancelled {
        return Ok(());
    }
    if !can_undo(ctx.now(), &one) {
        return Err(Error::State { code: "desk-undo-late" });
    }
    enrolment::cancel(ctx, community, Which::Id(actor.clone(), session, id)).await
}

/// The enrolment with this id and how many wait before it, to be said back.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn enrolment(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: EnrolmentId,
) -> Result<(Enrolment, u64)> {
    may(actor, Action::ManageResidents, community)?;
    let db = ctx.db.reader();
    let one = storage::enrolment::find(db, community, id)
        .await?
        .ok_or_else(|| Error::not_found("enrolment", id))?;
    let ahead = match one.status {
        EnrolmentStatus::Waitlisted => storage::enrolment::ahead_of(db, community, &one).await?,
        _ => 0,
    };
    Ok((one, ahead))
}

/// The name a caller is spoken to by.
pub fn spoken(resident: &Resident) -> &str {
    resident.name.reveal(Purpose::ShowStaff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digit_behind_letters_picks_and_other_digits_search() {
        for (query, wanted) in [
            ("lxy2", ("lxy", Some(2))),
            ("李秀英 3", ("李秀英", Some(3))),
            ("lxy", ("lxy", None)),
            ("6621", ("6621", None)),
            ("2", ("2", None)),
            ("lxy0", ("lxy0", None)),
            ("lxy12", ("lxy12", None)),
            ("13900006621", ("13900006621", None)),
        ] {
            assert_eq!(split_digit(query), wanted, "{query}");
        }
    }
}
