//! Signing up and giving up: rows, counters and promotions change together, in one transaction that holds the session.
//!
//! [`enrol`] takes the public form, [`enrol_resident`] and [`enrol_two`] what staff do; [`promote`] gives free seats on, [`answer_offer`] takes
//! the answers of those to whom one was offered, [`lapse_due`] their silence; [`draw_due`] decides a rush; [`change_series`] is leave from single
//! dates; [`set_rules`] changes the rules.

mod draw;
mod offer;
mod rules;
mod series;
mod take;

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::limit::{self, Limit};
use super::resident::{self, Identity, field_error};
use super::{Context, Error, FieldError, Result, retry};
use crate::domain::access::{Action, Actor, may};
use crate::domain::enrolment::{EnrolmentStatus, Refusal, Source, Whole};
use crate::domain::id::{CommunityId, EnrolmentId, ResidentId, SessionId};
use crate::domain::resident::{Enrolment, Resident};
use crate::domain::text::{PersonName, Phone, Purpose, TextError};
use crate::storage::{self, Txn};

pub use draw::{DrawView, commitment, draw_due, draw_of, ticket};
pub use offer::{OfferAnswer, Offered, answer_offer, fill_free, lapse_due, offer_token, own_offer};
pub(super) use rules::copy_rules;
pub use rules::{RulesOf, RulesView, check as check_rules, rules, set_rules};
pub use series::{
    OwnDate, OwnSeries, SeriesOutcome, SeriesWish, change_series, enrol_in_series, fill_series, give_leave, own_series,
};
pub use take::promote;
use take::take_two;
pub(super) use take::{Place, lock, promote_all, set_status, take_kept, take_place};

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

/// How many sign-ups from the page are entered at once. Whoever comes in a rush waits here, in the order they came, and not for a
/// connection of the pool, which would send them away after some seconds.
const AT_ONCE: usize = 6;
static RUSH: Semaphore = Semaphore::const_new(AT_ONCE);

/// A sign-up from the public form, still as typed.
#[derive(Clone, Debug, Default)]
pub struct SignUp {
    /// Name of whoever fills in the form.
    pub name: String,
    /// Their number.
    pub phone: String,
    /// The older person it is for, when it is not for themselves.
    pub parent: Option<Parent>,
    /// Whoever comes along: both get a seat, or neither.
    pub companion: Option<Parent>,
    /// Whether it is for all dates of the series.
    pub whole: bool,
    /// The address it came from; none for a surface that knows its people.
    pub from: Option<IpAddr>,
}

/// Somebody else who comes: an older person somebody signs up for, or whoever comes along.
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
    /// The enrolment of whoever comes along.
    pub partner: Option<EnrolmentId>,
    /// What became of the single dates, when it was for all of a series. The link is then that of the series.
    pub series: Option<SeriesOutcome>,
}

/// The hash a token is stored as.
fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Signs somebody up from the public form, and whoever comes along. Posted twice, the second one changes nothing and says `already`.
///
/// # Errors
/// With every field that cannot be accepted; when the session is off, has begun, needs no sign-up, or its sign-up is not open; when too many
/// came from one number or network.
pub async fn enrol(ctx: &Context, community: CommunityId, session: SessionId, sign_up: SignUp) -> Result<Enrolled> {
    let now = ctx.now();
    let (who, by, source) = read(&sign_up)?;
    let companion = companion(&sign_up)?;
    // It is never closed; if it were, the database would still decide.
    let _turn = RUSH.acquire().await.ok();
    limit::take(ctx, now, limits(ctx, community, &who, sign_up.from)).await?;
    let token = URL_SAFE_NO_PAD.encode(ctx.random::<32>());
    let hash = token_hash(&token);
    let whole = sign_up.whole;
    let mut enrolled = retry::write(ctx, || {
        let (ctx, hash) = (ctx.clone(), hash.clone());
        let (who, companion, by) = (who.clone(), companion.clone(), by.clone());
        async move |txn: &Txn| {
            if whole {
                let series = series::series_of(txn, community, session).await?;
                storage::series::lock(txn, community, series).await?;
            }
            let seats = lock(txn, community, session).await?;
            // Told before anybody is entered for a session that takes nobody.
            seats.open(now)?;
            if whole {
                series::may_join(&seats, source, now)?;
            } else if seats.terms.whole == Whole::Must {
                return Err(Refusal::WholeOnly.into());
            }
            if companion.is_some() && (whole || !seats.terms.together) {
                return Err(Refusal::NotTogether.into());
            }
            let resident = resident::find_or_create(&ctx, txn, now, community, who, source).await?;
            if whole {
                let series = series::series_of(txn, community, session).await?;
                let wish = series::Wish {
                    community,
                    series,
                    resident,
                    source,
                    by,
                    hash: Some(hash),
                };
                return series::join(&ctx, txn, now, wish).await;
            }
            let place = |resident, by, hash| Place {
                community,
                session,
                resident,
                source,
                by,
                hash,
            };
            let Some(companion) = companion else {
                return take_place(&ctx, txn, now, seats, place(resident, by, Some(hash))).await;
            };
            let with = who_is(&companion);
            let second = resident::find_or_create(&ctx, txn, now, community, companion, source).await?;
            if second == resident {
                return Err(Error::invalid("companion_name", "companion-same", with));
            }
            let places = [place(resident, by.clone(), Some(hash)), place(second, by, None)];
            take_two(&ctx, txn, now, seats, places).await
        }
    })
    .await?;
    if !enrolled.already {
        enrolled.manage_token = Some(token);
        ctx.schedule_changed();
    }
    Ok(enrolled)
}

/// The name somebody typed, to say it back to them.
fn who_is(who: &Identity) -> String {
    who.name.reveal(Purpose::ShowOwner).to_owned()
}

/// Whoever comes along, as typed on the form.
fn companion(sign_up: &SignUp) -> Result<Option<Identity>> {
    let Some(typed) = &sign_up.companion else {
        return Ok(None);
    };
    let mut wrong: Vec<FieldError> = Vec::new();
    let name = PersonName::parse(&typed.name)
        .map_err(|error| wrong.push(field_error("companion_name", error, &typed.name)))
        .ok();
    let phone = match Phone::parse(&typed.phone) {
        Ok(phone) => Some(phone),
        Err(TextError::PhoneEmpty) => None,
        Err(error) => {
            wrong.push(field_error("companion_phone", error, ""));
            None
        }
    };
    match name {
        Some(name) if wrong.is_empty() => {
            // Who has no number of their own is reached at that of whoever signed them up.
            let family = match (PersonName::parse(&sign_up.name), Phone::parse(&sign_up.phone)) {
                (Ok(by), Ok(number)) if phone.is_none() => Some((by, number)),
                _ => None,
            };
            Ok(Some(Identity { name, phone, family }))
        }
        _ => Err(Error::Invalid(wrong)),
    }
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
    retry::write(ctx, || {
        let ctx = ctx.clone();
        async move |txn: &Txn| {
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
            take_place(&ctx, txn, now, seats, place).await
        }
    })
    .await
}

/// Signs up two whom somebody names on the telephone or at the counter, as [`enrol`] does on the page: both or neither.
///
/// # Errors
/// As [`enrol`]; without the right.
pub async fn enrol_pair(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    sign_up: SignUp,
    source: Source,
) -> Result<Enrolled> {
    may(actor, Action::SeeStaffPages, community)?;
    let now = ctx.now();
    let (who, _, _) = read(&sign_up)?;
    let second = companion(&sign_up)?.ok_or_else(|| Error::invalid("companion_name", "name-empty", ""))?;
    retry::write(ctx, || {
        let (ctx, who, second) = (ctx.clone(), who.clone(), second.clone());
        async move |txn: &Txn| {
            let seats = lock(txn, community, session).await?;
            seats.open_to(source, now)?;
            let with = who_is(&second);
            let first = resident::find_or_create(&ctx, txn, now, community, who, source).await?;
            let second = resident::find_or_create(&ctx, txn, now, community, second, source).await?;
            if first == second {
                return Err(Error::invalid("companion_name", "companion-same", with));
            }
            let places = [first, second].map(|resident| Place {
                community,
                session,
                resident,
                source,
                by: String::new(),
                hash: None,
            });
            take_two(&ctx, txn, now, seats, places).await
        }
    })
    .await
}

/// Signs up two whom staff know and who come together: both with a seat, or both waiting.
///
/// # Errors
/// As [`enrol_resident`]; when two may not sign up together, or one of them is in it already.
pub async fn enrol_two(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    residents: [ResidentId; 2],
    source: Source,
) -> Result<Enrolled> {
    may(actor, Action::SeeStaffPages, community)?;
    if residents[0] == residents[1] {
        return Err(Error::invalid(
            "together_with",
            "companion-same",
            residents[1].to_string(),
        ));
    }
    let now = ctx.now();
    retry::write(ctx, || {
        let ctx = ctx.clone();
        async move |txn: &Txn| {
            let seats = lock(txn, community, session).await?;
            for resident in residents {
                storage::resident::find(txn, community, resident)
                    .await?
                    .ok_or_else(|| Error::not_found("resident", resident))?;
            }
            let places = residents.map(|resident| Place {
                community,
                session,
                resident,
                source,
                by: String::new(),
                hash: None,
            });
            take_two(&ctx, txn, now, seats, places).await
        }
    })
    .await
}

async fn ahead_of(txn: &impl storage::Connection, community: CommunityId, one: &Enrolment) -> Result<i32> {
    if one.status != EnrolmentStatus::Waitlisted {
        return Ok(0);
    }
    let ahead = storage::enrolment::ahead_of(txn, community, one).await?;
    Ok(i32::try_from(ahead).unwrap_or(i32::MAX))
}

/// Whoever comes together with somebody, while their enrolment stands.
pub(super) async fn companion_of(
    ctx: &Context,
    community: CommunityId,
    one: &Enrolment,
) -> Result<Option<(Enrolment, Resident)>> {
    let db = ctx.db.reader();
    let Some(together) = one.together_id else {
        return Ok(None);
    };
    let group = storage::enrolment::together(db, community, one.session_id, together).await?;
    let other = group
        .into_iter()
        .find(|other| other.id != one.id && other.status.is_live());
    let Some(other) = other else { return Ok(None) };
    let stored = storage::resident::find(db, community, other.resident_id)
        .await?
        .ok_or_else(|| Error::not_found("resident", other.resident_id))?;
    Ok(Some((other, resident::opened(ctx, community, stored)?)))
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
    /// Whoever comes along, while that stands.
    pub companion: Option<(Enrolment, Resident)>,
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
        companion: companion_of(ctx, community, &one).await?,
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

/// Gives up an enrolment; whoever waits longest gets the seat. Giving up twice changes nothing. Whoever comes along keeps their place.
///
/// # Errors
/// When there is no such enrolment; when the session has begun; without the right.
pub async fn cancel(ctx: &Context, community: CommunityId, which: Which) -> Result<()> {
    give_up(ctx, community, which, false).await
}

/// The same for two who come together.
///
/// # Errors
/// As [`cancel`].
pub async fn cancel_both(ctx: &Context, community: CommunityId, which: Which) -> Result<()> {
    give_up(ctx, community, which, true).await
}

async fn give_up(ctx: &Context, community: CommunityId, which: Which, both: bool) -> Result<()> {
    if let Which::Id(actor, ..) = &which {
        may(actor, Action::SeeStaffPages, community)?;
    }
    let now = ctx.now();
    retry::write(ctx, || {
        let (ctx, which) = (ctx.clone(), which.clone());
        async move |txn: &Txn| {
            let one = by_which(txn, community, &which).await?;
            let seats = lock(txn, community, one.session_id).await?;
            // Read again: it may have changed while the session was waited for.
            let one = by_which(txn, community, &which).await?;
            let group = match one.together_id.filter(|_| both) {
                Some(together) => storage::enrolment::together(txn, community, one.session_id, together).await?,
                None => vec![one.clone()],
            };
            let live: Vec<&Enrolment> = group.iter().filter(|one| one.status.is_live()).collect();
            if live.is_empty() {
                return Ok(());
            }
            if seats.starts_at <= now {
                return Err(Refusal::Begun.into());
            }
            for one in live {
                set_status(txn, now, community, one, EnrolmentStatus::Cancelled, None).await?;
            }
            promote(&ctx, txn, now, community, one.session_id).await?;
            Ok(())
        }
    })
    .await
}

async fn by_which(txn: &Txn, community: CommunityId, which: &Which) -> Result<Enrolment> {
    match which {
        Which::Token(token) => by_token(txn, community, token).await,
        Which::Id(_, session, id) => storage::enrolment::find(txn, community, *id)
            .await?
            .filter(|one| one.session_id == *session)
            .ok_or_else(|| Error::not_found("enrolment", id)),
    }
}

/// Lets two who came together part: each keeps the place they have, and waits alone from here on.
///
/// # Errors
/// When there is no such enrolment; without the right.
pub async fn part(ctx: &Context, community: CommunityId, which: Which) -> Result<()> {
    if let Which::Id(actor, ..) = &which {
        may(actor, Action::SeeStaffPages, community)?;
    }
    let now = ctx.now();
    retry::write(ctx, || {
        let (ctx, which) = (ctx.clone(), which.clone());
        async move |txn: &Txn| {
            let session = by_which(txn, community, &which).await?.session_id;
            lock(txn, community, session).await?;
            let one = by_which(txn, community, &which).await?;
            let Some(together) = one.together_id else { return Ok(()) };
            for member in storage::enrolment::together(txn, community, session, together).await? {
                let alone = Enrolment {
                    together_id: None,
                    ..member
                };
                storage::enrolment::update(txn, community, &alone, None, now).await?;
            }
            promote(&ctx, txn, now, community, session).await?;
            Ok(())
        }
    })
    .await
}

/// Takes a place again after giving it up, with the same link: a seat when there is one, else the end of the queue.
///
/// # Errors
/// When there is no such enrolment; when the session is off or has begun.
pub async fn again(ctx: &Context, community: CommunityId, token: &str) -> Result<Enrolled> {
    let now = ctx.now();
    let hash = token_hash(token);
    retry::write(ctx, || {
        let (ctx, hash) = (ctx.clone(), hash.clone());
        async move |txn: &Txn| {
            // The link of an offer that lapsed leads back to the end of the queue as well.
            let one = match storage::enrolment::find_by_token(txn, community, &hash).await? {
                Some(one) => Some(one),
                None => storage::enrolment::find_by_offer(txn, community, &hash).await?,
            };
            let one = one.ok_or_else(|| Error::not_found("enrolment", ""))?;
            let seats = lock(txn, community, one.session_id).await?;
            let place = Place {
                community,
                session: one.session_id,
                resident: one.resident_id,
                source: one.source,
                by: one.signed_up_by,
                hash: None,
            };
            take_place(&ctx, txn, now, seats, place).await
        }
    })
    .await
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

/// Who is signed up for the series but does not come to this session (请假), in the order they came.
///
/// # Errors
/// Without the right to see names.
pub async fn on_leave(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
) -> Result<Vec<RosterRow>> {
    may(actor, Action::SeeStaffPages, community)?;
    let rows = storage::enrolment::on_leave(ctx.db.reader(), community, session, MOST_LISTED).await?;
    rows.into_iter()
        .map(|(enrolment, stored)| {
            Ok(RosterRow {
                enrolment,
                resident: resident::opened(ctx, community, stored)?,
            })
        })
        .collect()
}
