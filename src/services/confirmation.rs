//! Asking partners whether they come to a coming session, and taking their answers: by a link without login, on their own page, or on
//! the telephone.
//!
//! The token of a link is made from the question and a key that lies outside the database, so that it can be written into a mail and
//! shown to staff again; the database has its SHA-256 only. It is bound to one session and its start, ends with the start, and answers
//! once. Reading a link changes nothing: chat programs open links to preview them.

use std::collections::HashMap;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::checks::Checks;
use super::limit::{self, Limit};
use super::schedule::{self, SessionView};
use super::{Context, Error, FieldError, Result, audit, community, notification};
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::Community;
use crate::domain::confirmation::{
    ASK_BEFORE, Answer, Answered, Confirmation, Standing, Target, Task, Via, WORDS_CHARS,
};
use crate::domain::id::{AccountId, CommunityId, ConfirmationId, PartnerId, SessionId};
use crate::domain::text::NAME_CHARS;
use crate::storage::{self, Txn};

/// The most sessions asked about in one run of the job; the next run takes the rest.
const MOST_ASKED: u64 = 500;
/// The most questions a list looks at.
const MOST_LISTED: u64 = 500;
/// Answers from one network in [`WINDOW_SECONDS`].
const ANSWERS_PER_NETWORK: i32 = 30;
/// Ten minutes.
const WINDOW_SECONDS: i64 = 600;

/// A question with the session it is about, as it stands now.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The community.
    pub home: Community,
    /// The question.
    pub confirmation: Confirmation,
    /// The session.
    pub session: SessionView,
    /// How the question stands.
    pub standing: Standing,
}

/// An answer as typed.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// `confirmed` or `declined`.
    pub answer: String,
    /// Why not.
    pub words: String,
    /// Who would come instead; may be empty.
    pub substitute: String,
}

/// The secret of a question's link.
fn token_of(ctx: &Context, community: CommunityId, id: ConfirmationId, starts_at: Timestamp) -> String {
    let secret = ctx.sealer.blind_index(community, &format!("confirm:{id}:{starts_at}"));
    URL_SAFE_NO_PAD.encode(secret)
}

fn hash_of(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The link that answers a question without login.
pub fn link(ctx: &Context, community: CommunityId, confirmation: &Confirmation) -> String {
    let token = token_of(ctx, community, confirmation.id, confirmation.starts_at);
    format!("{}/confirm/{token}", ctx.settings.base_url())
}

/// How a session stands, as far as questions about it go.
pub fn target_of(session: &SessionView) -> Target {
    Target {
        starts_at: session.starts.timestamp(),
        cancelled: session.is_cancelled(),
        paused: session.is_paused(),
    }
}

/// Asks the partners of all sessions of the next seven days who were not asked yet; returns how many questions were stored. Running it
/// again changes nothing.
///
/// # Errors
/// When the database cannot be asked.
pub async fn ask_due(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    let unasked = storage::confirmation::unasked(ctx.db.reader(), now, now + ASK_BEFORE, MOST_ASKED).await?;
    let mut asked = 0;
    let mut failed = None;
    for one in unasked {
        let (inner, community, session) = (ctx.clone(), one.community, one.session);
        let done = ctx
            .db
            .write(async move |txn: &Txn| -> Result<Confirmation> {
                ask_in(&inner, txn, now, community, session, None).await
            })
            .await;
        match done {
            Ok(_) => asked += 1,
            // Somebody may have called it off, or frozen its partner, since it was found.
            Err(Error::State { .. } | Error::NotFound { .. }) => {}
            // One that cannot be asked about must not keep the others from being asked.
            Err(error) => {
                tracing::error!(%community, %session, %error, "a partner cannot be asked about a session");
                failed = failed.or(Some(error));
            }
        }
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(asked),
    }
}

/// Asks the partner of one session now; asked before about this start, nothing is sent again and the same question comes back.
///
/// # Errors
/// [`Error::State`] when no partner gives it, it is off or has begun, or its partner is frozen; [`Error::Forbidden`];
/// [`Error::NotFound`].
pub async fn ask(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId) -> Result<Confirmation> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let (inner, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<Confirmation> {
            let asked = ask_in(&inner, txn, now, community, session, actor.account()).await?;
            let detail = json!({ "partner": asked.partner_id });
            let subject = Some(session.0);
            audit::record(
                &inner,
                txn,
                now,
                community,
                &actor,
                "confirmation.ask",
                subject,
                &detail,
            )
            .await?;
            Ok(asked)
        })
        .await
}

async fn ask_in(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    session: SessionId,
    by: Option<AccountId>,
) -> Result<Confirmation> {
    let found = storage::session::find(txn, community, session).await?;
    let found = found.ok_or_else(|| Error::not_found("session", session))?;
    if found.is_cancelled() {
        return Err(Error::State {
            code: "session-cancelled",
        });
    }
    if found.starts_at <= now {
        return Err(Error::State { code: "confirm-begun" });
    }
    let programme = storage::programme::find(txn, community, found.programme_id).await?;
    let no_partner = || Error::State {
        code: "confirm-no-partner",
    };
    let partner = programme
        .and_then(|programme| programme.partner_id)
        .ok_or_else(no_partner)?;
    let partner = storage::community::find_partner(txn, community, partner)
        .await?
        .ok_or_else(no_partner)?;
    if partner.frozen_at.is_some() {
        return Err(Error::State { code: "confirm-paused" });
    }
    let id: ConfirmationId = ctx.new_id(now);
    let new = Confirmation {
        id,
        session_id: session,
        partner_id: partner.id,
        starts_at: found.starts_at,
        asked_at: now,
        answered: None,
        handled_at: None,
    };
    let hash = hash_of(&token_of(ctx, community, id, found.starts_at));
    let stored = storage::confirmation::ensure(txn, community, &new, hash, by).await?;
    if stored.id == id {
        notification::ask_partner(ctx, txn, now, community, &stored).await?;
    }
    Ok(stored)
}

async fn asked_of(ctx: &Context, community: CommunityId, confirmation: Confirmation) -> Result<Asked> {
    let home = community::find(ctx, community).await?;
    let session = schedule::session(ctx, community, confirmation.session_id).await?;
    Ok(Asked {
        standing: confirmation.standing(target_of(&session), ctx.now()),
        home,
        confirmation,
        session,
    })
}

/// What a link leads to. Changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when no question has this link.
pub async fn by_link(ctx: &Context, token: &str) -> Result<Asked> {
    let found = match token.len() {
        // The length of 32 bytes; what is longer or shorter is none of ours.
        43 => storage::confirmation::find_by_token(ctx.db.reader(), &hash_of(token)).await?,
        _ => None,
    };
    let (community, confirmation) = found.ok_or_else(|| Error::not_found("confirmation", ""))?;
    asked_of(ctx, community, confirmation).await
}

/// Answers by a link. Answered before, nothing changes.
///
/// # Errors
/// [`Error::NotFound`] for a link of ours that is none; [`Error::Invalid`] for an answer that is none, or a refusal without a reason;
/// [`Error::State`] when the session moved, is off, has begun or is paused; [`Error::TooMany`].
pub async fn answer_by_link(ctx: &Context, token: &str, from: IpAddr, reply: &Reply) -> Result<()> {
    let now = ctx.now();
    let network = Limit {
        key: format!("confirm:network:{}", limit::network_of(from)),
        most: ANSWERS_PER_NETWORK,
        window_seconds: WINDOW_SECONDS,
    };
    limit::take(ctx, now, vec![network]).await?;
    let asked = by_link(ctx, token).await?;
    let answered = read(reply, Via::Link, None, now)?;
    answer(ctx, &Actor::Public, asked.home.id, asked.confirmation.id, answered).await
}

/// Answers on the partner's own page. Whoever said it comes may take that back before the start; else, answered before, nothing changes.
///
/// # Errors
/// As [`answer_by_link`]; another partner's question does not exist.
pub async fn answer_by_login(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ConfirmationId,
    reply: &Reply,
) -> Result<()> {
    may(actor, Action::Propose, community)?;
    let found = storage::confirmation::find(ctx.db.reader(), community, id).await?;
    found
        .filter(|one| Some(one.partner_id) == actor.partner())
        .ok_or_else(|| Error::not_found("confirmation", id))?;
    let answered = read(reply, Via::Login, actor.account(), ctx.now())?;
    answer(ctx, actor, community, id, answered).await
}

/// Notes what a partner said on the telephone. It may take back what it said before; that stays in the audit.
///
/// # Errors
/// As [`answer_by_link`]; [`Error::Forbidden`].
pub async fn note_by_phone(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ConfirmationId,
    reply: &Reply,
) -> Result<()> {
    may(actor, Action::Plan, community)?;
    let answered = read(reply, Via::Phone, actor.account(), ctx.now())?;
    answer(ctx, actor, community, id, answered).await
}

fn read(reply: &Reply, via: Via, by: Option<AccountId>, now: Timestamp) -> Result<Answered> {
    let mut checks = Checks::new();
    let answer = reply.answer.parse::<Answer>().unwrap_or_else(|_| {
        checks.add(FieldError::new("answer", "confirm-answer", &reply.answer));
        Answer::Confirmed
    });
    let declined = answer == Answer::Declined;
    let (words, substitute) = if declined {
        (
            checks.required_line("words", &reply.words, WORDS_CHARS),
            checks.line("substitute", &reply.substitute, NAME_CHARS),
        )
    } else {
        Default::default()
    };
    checks.finish()?;
    Ok(Answered {
        answer,
        via,
        at: now,
        by,
        words,
        substitute,
    })
}

/// Whether `next` may take the place of what was answered before: only until the start, and never by the link, which answers once. The
/// partner itself may still say that it cannot come after all; a refusal is taken back on the telephone.
fn may_take_back(one: &Confirmation, next: &Answered) -> bool {
    let allowed = match next.via {
        Via::Link => false,
        Via::Login => !one.is_declined() && next.answer == Answer::Declined,
        Via::Phone => one.is_declined() || next.answer == Answer::Declined,
    };
    allowed && next.at < one.starts_at
}

/// Stores an answer, with the question locked: of two who answer at once, one does.
async fn answer(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ConfirmationId,
    answered: Answered,
) -> Result<()> {
    let now = answered.at;
    let (inner, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<()> {
            let gone = || Error::not_found("confirmation", id);
            let one = storage::confirmation::find_locked(txn, community, id)
                .await?
                .ok_or_else(gone)?;
            let session = storage::session::find(txn, community, one.session_id)
                .await?
                .ok_or_else(gone)?;
            let partner = storage::community::find_partner(txn, community, one.partner_id).await?;
            let target = Target {
                starts_at: session.starts_at,
                cancelled: session.is_cancelled(),
                paused: partner.is_some_and(|partner| partner.frozen_at.is_some()),
            };
            let state = |code| Err(Error::State { code });
            match one.standing(target, now) {
                Standing::Open => {}
                Standing::Answered if may_take_back(&one, &answered) => {}
                Standing::Answered => return Ok(()),
                Standing::Moved => return state("confirm-moved"),
                Standing::Off => return state("confirm-off"),
                Standing::Begun => return state("confirm-begun"),
                Standing::Paused => return state("confirm-paused"),
            }
            storage::confirmation::save_answer(txn, community, id, &answered).await?;
            notification::close_question(txn, now, community, &one, answered.via).await?;
            let before = one.answered.as_ref().map(|before| before.answer.as_str());
            let detail = json!({
                "session": one.session_id,
                "answer": answered.answer,
                "via": answered.via,
                "before": before,
            });
            let action = "confirmation.answer";
            audit::record(&inner, txn, now, community, &actor, action, Some(id.0), &detail).await?;
            Ok(())
        })
        .await
}

/// Notes that staff saw to a refusal. Doing it again changes nothing.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`].
pub async fn handled(ctx: &Context, actor: &Actor, community: CommunityId, id: ConfirmationId) -> Result<()> {
    may(actor, Action::Plan, community)?;
    let now = ctx.now();
    let (inner, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<()> {
            let found = storage::confirmation::find_locked(txn, community, id).await?;
            let one = found.ok_or_else(|| Error::not_found("confirmation", id))?;
            if one.handled_at.is_some() || !one.is_declined() {
                return Ok(());
            }
            storage::confirmation::mark_handled(txn, community, id, actor.account(), now).await?;
            let action = "confirmation.handled";
            audit::record(&inner, txn, now, community, &actor, action, Some(id.0), &json!({})).await?;
            Ok(())
        })
        .await
}

/// A question that is a task for staff.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The question.
    pub confirmation: Confirmation,
    /// The session.
    pub session: SessionView,
    /// What to do about it.
    pub task: Task,
}

/// The questions that are tasks for staff, the soonest session first.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn tasks(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<Waiting>> {
    may(actor, Action::SeeStaffPages, community)?;
    let now = ctx.now();
    let asked = coming(ctx, community, None).await?;
    Ok(asked
        .into_iter()
        .filter_map(|(confirmation, session)| {
            let task = confirmation.task(target_of(&session), now)?;
            Some(Waiting {
                confirmation,
                session,
                task,
            })
        })
        .collect())
}

/// The questions about a partner's coming sessions as they stand, soonest first: a partner asks for its own, staff for anybody's.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn of_partner(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    partner: PartnerId,
) -> Result<Vec<(Confirmation, SessionView)>> {
    super::partner::may_see(actor, community, partner)?;
    coming(ctx, community, Some(partner)).await
}

/// The questions about coming sessions that are about their present start.
async fn coming(
    ctx: &Context,
    community: CommunityId,
    partner: Option<PartnerId>,
) -> Result<Vec<(Confirmation, SessionView)>> {
    let conn = ctx.db.reader();
    let asked = storage::confirmation::coming(conn, community, partner, ctx.now(), MOST_LISTED).await?;
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<SessionId> = asked.iter().map(|one| one.session_id).collect();
    let home = community::find(ctx, community).await?;
    let sessions = storage::session::find_all(conn, community, &ids).await?;
    let sessions: HashMap<SessionId, SessionView> = schedule::views(conn, &home, sessions)
        .await?
        .into_iter()
        .map(|session| (session.id, session))
        .collect();
    Ok(asked
        .into_iter()
        .filter_map(|one| {
            let session = sessions.get(&one.session_id)?;
            (session.starts.timestamp() == one.starts_at).then(|| (one, session.clone()))
        })
        .collect())
}

/// The question about a session's present start; none when nobody was asked.
///
/// # Errors
/// [`Error::Storage`].
pub async fn of_session(ctx: &Context, community: CommunityId, session: &SessionView) -> Result<Option<Confirmation>> {
    let all = storage::confirmation::of_sessions(ctx.db.reader(), community, &[session.id]).await?;
    let starts_at = session.starts.timestamp();
    Ok(all.into_iter().find(|one| one.starts_at == starts_at))
}
