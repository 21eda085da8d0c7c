//! Complaints about partners: taken from anybody, deciding is staff's.
//!
//! A complaint of selling, charging or an injury freezes the partner at once: nothing new is planned or approved for it, nobody signs
//! up, its coming sessions are shown as paused. To keep a single person from doing that again and again, one network freezes a partner
//! once a day at most; what it says after that is written down all the same. Who complained is nobody's business but staff's.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::checks::Checks;
use super::limit::{self, Limit};
use super::resident::field_error;
use super::session::stop_all_in;
use super::{Context, Error, FieldError, Result, audit, community, partner, retry};
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::{Community, Partner};
use crate::domain::complaint::{Complaint, ComplaintKind, Decided, Decision, HeardAt, WORDS_CHARS, keeps_frozen};
use crate::domain::id::{CommunityId, ComplaintId, PartnerId, SessionId};
use crate::domain::planning::{ReasonCode, Session};
use crate::domain::text::{Phone, Purpose, TextError};
use crate::storage::{self, Connection, Txn};

const TABLE: &str = "complaint";
const PHONE: &str = "phone_sealed";
/// Complaints from one network in [`WINDOW_SECONDS`].
const COMPLAINTS_PER_NETWORK: i32 = 5;
/// Ten minutes.
const WINDOW_SECONDS: i64 = 600;
/// A day.
const FREEZE_WINDOW_SECONDS: i64 = 24 * 3600;
/// How far ahead a partner's sessions are called off, hours: longer than sessions are stored ahead.
const AHEAD_HOURS: i64 = 500 * 24;
/// The most complaints on a list.
const MOST_LISTED: u64 = 200;
/// The most sessions called off in one act.
const MOST_SESSIONS: u64 = 5000;

/// A complaint as typed.
#[derive(Clone, Debug, Default)]
pub struct NewComplaint {
    /// Its id, made with the form, so that sending it twice stores it once.
    pub id: Option<ComplaintId>,
    /// `selling`, `charging`, `injury` or `other`.
    pub kind: String,
    /// What happened.
    pub words: String,
    /// A number for questions; may be empty.
    pub phone: String,
}

/// What a complaint came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filed {
    /// The complaint.
    pub id: ComplaintId,
    /// Whether the partner's coming sessions are paused now.
    pub paused: bool,
}

/// Takes a complaint from the public page of a session.
///
/// # Errors
/// [`Error::NotFound`] when there is no such session, or no partner gives it; [`Error::Invalid`]; [`Error::TooMany`].
pub async fn file(
    ctx: &Context,
    community: CommunityId,
    session: SessionId,
    new: &NewComplaint,
    from: IpAddr,
) -> Result<Filed> {
    let now = ctx.now();
    let conn = ctx.db.reader();
    let partner = partner_of(conn, community, session).await?;
    let (complaint, phone) = read(ctx, now, partner, Some(session), new, HeardAt::Public)?;
    let network = limit::network_of(from);
    let posted = Limit {
        key: format!("complaint:network:{network}"),
        most: COMPLAINTS_PER_NETWORK,
        window_seconds: WINDOW_SECONDS,
    };
    limit::take(ctx, now, vec![posted]).await?;
    let freezes = Limit {
        key: format!("complaint:freeze:{partner}:{network}"),
        most: 1,
        window_seconds: FREEZE_WINDOW_SECONDS,
    };
    store(ctx, &Actor::Public, community, complaint, phone, Some(freezes)).await
}

/// Writes down a complaint that was made at the desk or on the telephone.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::NotFound`] when there is no such partner, or the session is not its.
pub async fn file_at_desk(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    partner: PartnerId,
    session: Option<SessionId>,
    new: &NewComplaint,
) -> Result<Filed> {
    may(actor, Action::SeeStaffPages, community)?;
    let now = ctx.now();
    if let Some(session) = session
        && partner_of(ctx.db.reader(), community, session).await? != partner
    {
        return Err(Error::not_found("session", session));
    }
    let (complaint, phone) = read(ctx, now, partner, session, new, HeardAt::Desk)?;
    store(ctx, actor, community, complaint, phone, None).await
}

/// The partner that gives a session.
async fn partner_of(conn: &impl Connection, community: CommunityId, session: SessionId) -> Result<PartnerId> {
    let gone = || Error::not_found("session", session);
    let found = storage::session::find(conn, community, session)
        .await?
        .ok_or_else(gone)?;
    let programme = storage::programme::find(conn, community, found.programme_id).await?;
    programme.and_then(|programme| programme.partner_id).ok_or_else(gone)
}

/// Reads what was typed; all that is wrong is told at once.
fn read(
    ctx: &Context,
    now: Timestamp,
    partner: PartnerId,
    session: Option<SessionId>,
    new: &NewComplaint,
    heard_at: HeardAt,
) -> Result<(Complaint, Option<Phone>)> {
    let mut checks = Checks::new();
    let kind = new.kind.parse::<ComplaintKind>().unwrap_or_else(|_| {
        checks.add(FieldError::new("kind", "complaint-kind", &new.kind));
        ComplaintKind::Other
    });
    let words = checks.required_line("words", &new.words, WORDS_CHARS);
    let phone = match Phone::parse(&new.phone) {
        Ok(phone) => Some(phone),
        Err(TextError::PhoneEmpty) => None,
        Err(error) => {
            checks.add(field_error("phone", error, ""));
            None
        }
    };
    checks.finish()?;
    let complaint = Complaint {
        id: new.id.unwrap_or_else(|| ctx.new_id(now)),
        partner_id: partner,
        session_id: session,
        kind,
        words,
        heard_at,
        froze: kind.freezes(),
        created_at: now,
        decided: None,
    };
    Ok((complaint, phone))
}

/// Stores a complaint and freezes its partner. The same form sent twice is one complaint; an id under which something else is stored
/// gives way to a new one, so that nothing anybody said is lost.
async fn store(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    mut complaint: Complaint,
    phone: Option<Phone>,
    freezes: Option<Limit>,
) -> Result<Filed> {
    match put(ctx, actor, community, &complaint, phone.as_ref(), freezes.as_ref()).await {
        Err(Error::Storage(storage::Error::Duplicate(_))) => {}
        done => return done,
    }
    if is_stored(ctx, community, &complaint, phone.as_ref()).await? {
        let found = storage::community::find_partner(ctx.db.reader(), community, complaint.partner_id).await?;
        return Ok(Filed {
            id: complaint.id,
            paused: found.is_some_and(|partner| partner.frozen_at.is_some()),
        });
    }
    complaint.id = ctx.new_id(complaint.created_at);
    put(ctx, actor, community, &complaint, phone.as_ref(), freezes.as_ref()).await
}

/// Whether exactly this complaint is stored under its id.
async fn is_stored(
    ctx: &Context,
    community: CommunityId,
    complaint: &Complaint,
    phone: Option<&Phone>,
) -> Result<bool> {
    let id = complaint.id;
    let Some((stored, sealed)) = storage::complaint::find(ctx.db.reader(), community, id).await? else {
        return Ok(false);
    };
    let known = match sealed {
        Some(sealed) => Some(Phone::stored(ctx.sealer.open(community, TABLE, PHONE, id, &sealed)?)),
        None => None,
    };
    let number = |phone: Option<&Phone>| phone.map(|phone| phone.reveal(Purpose::Find).to_owned());
    Ok(stored.partner_id == complaint.partner_id
        && stored.session_id == complaint.session_id
        && stored.kind == complaint.kind
        && stored.words == complaint.words
        && stored.heard_at == complaint.heard_at
        && number(known.as_ref()) == number(phone))
}

/// Stores a complaint, spends what its network may freeze and freezes its partner, in one transaction: a try that fails spends nothing.
async fn put(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    complaint: &Complaint,
    phone: Option<&Phone>,
    freezes: Option<&Limit>,
) -> Result<Filed> {
    let now = complaint.created_at;
    let id = complaint.id;
    let sealed = phone.map(|phone| {
        ctx.sealer
            .seal(community, TABLE, PHONE, id, phone.reveal(Purpose::Store))
    });
    retry::write(ctx, || {
        let (ctx, actor, sealed) = (ctx.clone(), actor.clone(), sealed.clone());
        let (complaint, freezes) = (complaint.clone(), freezes.cloned());
        async move |txn: &Txn| -> Result<Filed> {
            let found = storage::partner::find_locked(txn, community, complaint.partner_id).await?;
            let partner = found.ok_or_else(|| Error::not_found("partner", complaint.partner_id))?;
            let allowed = match freezes {
                Some(limit) if complaint.froze => {
                    let window = SignedDuration::from_secs(limit.window_seconds);
                    let tries = storage::limit::count(txn, &limit.key, now, now - window).await?;
                    tries.count <= limit.most
                }
                _ => true,
            };
            let complaint = Complaint {
                froze: complaint.froze && allowed,
                ..complaint
            };
            storage::complaint::insert(txn, community, &complaint, sealed, actor.account()).await?;
            if complaint.froze && partner.frozen_at.is_none() {
                let frozen = Some((now, complaint.kind.as_str()));
                storage::partner::set_frozen(txn, community, partner.id, frozen).await?;
            }
            let detail = json!({ "partner": partner.id, "kind": complaint.kind, "froze": complaint.froze });
            let subject = Some(complaint.id.0);
            audit::record(&ctx, txn, now, community, &actor, "complaint.file", subject, &detail).await?;
            Ok(Filed {
                id: complaint.id,
                paused: complaint.froze || partner.frozen_at.is_some(),
            })
        }
    })
    .await
}

/// A complaint as staff see it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The complaint.
    pub complaint: Complaint,
    /// About whom.
    pub partner: Partner,
    /// The number of whoever complained.
    pub phone: Option<Phone>,
    /// Whether the partner goes on when this complaint is decided in its favour.
    pub lets_go_on: bool,
}

/// One complaint. That somebody looked at the number is audited when there is one.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`].
pub async fn get(ctx: &Context, actor: &Actor, community: CommunityId, id: ComplaintId) -> Result<Shown> {
    may(actor, Action::DecideProposals, community)?;
    let conn = ctx.db.reader();
    let gone = || Error::not_found("complaint", id);
    let (complaint, sealed) = storage::complaint::find(conn, community, id).await?.ok_or_else(gone)?;
    let partner = storage::community::find_partner(conn, community, complaint.partner_id)
        .await?
        .ok_or_else(gone)?;
    let phone = match sealed {
        Some(sealed) => Some(Phone::stored(ctx.sealer.open(community, TABLE, PHONE, id, &sealed)?)),
        None => None,
    };
    if phone.is_some() {
        let now = ctx.now();
        let (inner, actor) = (ctx.clone(), actor.clone());
        ctx.db
            .write(async move |txn: &Txn| -> Result<()> {
                let action = "complaint.reveal";
                audit::record(&inner, txn, now, community, &actor, action, Some(id.0), &json!({})).await?;
                Ok(())
            })
            .await?;
    }
    let lets_go_on = match partner.frozen_at {
        Some(since) if complaint.froze && complaint.decided.is_none() => {
            let open = storage::complaint::list(conn, community, Some(partner.id), true, MOST_LISTED).await?;
            !keeps_frozen(open.iter().filter(|one| one.id != id))
                && !storage::complaint::cancelled_since(conn, community, partner.id, since).await?
        }
        _ => false,
    };
    Ok(Shown {
        complaint,
        partner,
        phone,
        lets_go_on,
    })
}

/// Complaints, newest first: about one partner or all, all or only those that wait for a decision.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn list(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    partner: Option<PartnerId>,
    only_open: bool,
) -> Result<Vec<Complaint>> {
    may(actor, Action::SeeStaffPages, community)?;
    Ok(storage::complaint::list(ctx.db.reader(), community, partner, only_open, MOST_LISTED).await?)
}

/// A decision as typed.
#[derive(Clone, Debug, Default)]
pub struct NewDecision {
    /// `go_on`, `cancel` or `unfounded`.
    pub decision: String,
    /// Why; when sessions are called off, people read it.
    pub words: String,
}

/// What a decision came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the partner, frozen before, goes on now.
    pub goes_on: bool,
    /// Whether it stays frozen.
    pub paused: bool,
    /// Whether it does only until other complaints are decided.
    pub waits: bool,
    /// Complaints about it that still wait.
    pub open: usize,
    /// Sessions called off.
    pub cancelled: usize,
    /// People who are told.
    pub people: usize,
}

/// Decides a complaint: the partner goes on, or its coming sessions are called off and everybody signed up is told once. A partner with
/// another freezing complaint to decide stays frozen until that one is decided too; one whose sessions were called off since it was
/// frozen stays so until staff let it go on on its own page.
///
/// # Errors
/// [`Error::State`] when it was decided before; [`Error::Invalid`] without a reason; [`Error::Forbidden`]; [`Error::NotFound`].
pub async fn decide(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ComplaintId,
    new: &NewDecision,
) -> Result<Outcome> {
    may(actor, Action::DecideProposals, community)?;
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let mut checks = Checks::new();
    let decision = new.decision.parse::<Decision>().unwrap_or_else(|_| {
        checks.add(FieldError::new("decision", "complaint-decision", &new.decision));
        Decision::GoOn
    });
    let most = if decision == Decision::Cancel {
        super::session::REASON_CHARS
    } else {
        WORDS_CHARS
    };
    let words = checks.required_line("words", &new.words, most);
    checks.finish()?;
    let home = community::find(ctx, community).await?;
    retry::write(ctx, || {
        let (ctx, actor, home, words) = (ctx.clone(), actor.clone(), home.clone(), words.clone());
        async move |txn: &Txn| -> Result<Outcome> {
            let gone = || Error::not_found("complaint", id);
            let (complaint, _) = storage::complaint::find(txn, community, id).await?.ok_or_else(gone)?;
            let partner = complaint.partner_id;
            let mut outcome = Outcome::default();
            // Locks are taken in one order everywhere: series, venues, facilitators, sessions; then the partner and its complaints.
            if decision == Decision::Cancel {
                let coming = coming(txn, &home, partner, now).await?;
                let (changed, people) = stop_all_in(&ctx, txn, now, &home, &coming, ReasonCode::Other, &words).await?;
                outcome.cancelled = changed.len();
                outcome.people = people;
            }
            let waited = if decision.lets_go_on() {
                partner::lock_waited_for(txn, now, community, partner).await?
            } else {
                Vec::new()
            };
            let found = storage::partner::find_locked(txn, community, partner)
                .await?
                .ok_or_else(gone)?;
            let open = storage::complaint::lock_open(txn, community, partner).await?;
            if !open.iter().any(|one| one.id == id) {
                return Err(Error::State {
                    code: "complaint-decided",
                });
            }
            let decided = Decided {
                decision,
                words: words.clone(),
                by: actor.account(),
                at: now,
            };
            storage::complaint::save_decision(txn, community, id, &decided).await?;
            let left: Vec<Complaint> = open.into_iter().filter(|one| one.id != id).collect();
            outcome.open = left.len();
            let called_off = match found.frozen_at {
                Some(since) => storage::complaint::cancelled_since(txn, community, partner, since).await?,
                None => false,
            };
            let waits = keeps_frozen(&left);
            let frozen = found.frozen_at.is_some();
            outcome.goes_on = frozen && complaint.froze && decision.lets_go_on() && !called_off && !waits;
            outcome.paused = frozen && !outcome.goes_on;
            outcome.waits = outcome.paused && waits && !called_off;
            if outcome.goes_on {
                partner::let_go_on(&ctx, txn, now, community, partner, &waited).await?;
            }
            let detail = json!({
                "decision": decision,
                "partner": partner,
                "goes_on": outcome.goes_on,
                "cancelled": outcome.cancelled,
                "people": outcome.people,
            });
            audit::record(
                &ctx,
                txn,
                now,
                community,
                &actor,
                "complaint.decide",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(outcome)
        }
    })
    .await
}

/// The sessions a partner still has to come.
async fn coming(txn: &Txn, home: &Community, partner: PartnerId, now: Timestamp) -> Result<Vec<Session>> {
    let span = storage::session::Span {
        from: now,
        to: now + SignedDuration::from_hours(AHEAD_HOURS),
        after: None,
        partner: Some(partner),
        limit: MOST_SESSIONS,
    };
    Ok(storage::session::between(txn, home.id, &span).await?)
}
