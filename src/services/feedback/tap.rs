//! Answers by one tap and without login: on the tablet at the door, and on somebody's own phone by a QR code.
//!
//! The link of a session carries a token made from a key that lies outside the database, so that nobody can answer who was not shown it. The one on
//! the tablet takes one answer after the other; the one on paper takes one answer per phone, which can be changed. Both are bound to one session,
//! open with its start and close a week after its end. Nothing is kept of whoever answers.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::domain::access::{Action, Actor, may};
use crate::domain::community::Community;
use crate::domain::feedback::{Face, Shut, Source, TAPS_MAX, may_answer};
use crate::domain::id::{CommunityId, FeedbackId, SessionId};
use crate::services::limit::{self, Limit};
use crate::services::schedule::{self, SessionView};
use crate::services::{Context, Error, Result, community};
use crate::storage::{self, Txn, feedback as rows};

/// Bytes of a token: as many as nobody guesses, and a QR code stays coarse.
const TOKEN_BYTES: usize = 16;
/// Answers from one network in [`WINDOW_SECONDS`]: the tablet and the phones of a full room share one.
const ANSWERS_PER_NETWORK: i32 = 240;
/// Ten minutes.
const WINDOW_SECONDS: i64 = 600;

fn token_of(ctx: &Context, community: CommunityId, session: SessionId, source: Source) -> String {
    let secret = ctx
        .sealer
        .blind_index(community, &format!("feedback:{source}:{session}"));
    URL_SAFE_NO_PAD.encode(&secret[..TOKEN_BYTES])
}

/// The part of the address that says which of the two links it is.
fn way(source: Source) -> &'static str {
    match source {
        Source::Kiosk => "kiosk",
        Source::Phone | Source::Paper => "feedback",
    }
}

/// The path of a session's link.
///
/// # Errors
/// [`Error::Forbidden`]: only staff are shown it.
pub fn path(ctx: &Context, actor: &Actor, home: &Community, session: SessionId, source: Source) -> Result<String> {
    may(actor, Action::TakeAttendance, home.id)?;
    let token = token_of(ctx, home.id, session, source);
    Ok(format!("/c/{}/sessions/{session}/{}/{token}", home.slug, way(source)))
}

/// What a link leads to.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The community.
    pub home: Community,
    /// The session.
    pub session: SessionView,
    /// Why no answer is taken now.
    pub shut: Option<Shut>,
}

/// What a link leads to. Changes nothing.
///
/// # Errors
/// [`Error::NotFound`] for a token that is not this session's.
pub async fn by_link(ctx: &Context, slug: &str, session: &str, token: &str, source: Source) -> Result<Asked> {
    let gone = || Error::not_found("feedback", "");
    let home = community::find_by_slug(ctx, slug).await?;
    let id: SessionId = session.parse().map_err(|_| gone())?;
    // Compared by their hashes: how long that takes says nothing about the token.
    let right = token_of(ctx, home.id, id, source);
    if Sha256::digest(token.as_bytes()) != Sha256::digest(right.as_bytes()) {
        return Err(gone());
    }
    let session = schedule::session(ctx, home.id, id).await?;
    let shut = may_answer(
        session.is_cancelled(),
        session.starts.timestamp(),
        session.ends.timestamp(),
        ctx.now(),
    )
    .err();
    Ok(Asked { home, session, shut })
}

/// The answer that this phone gave before.
///
/// # Errors
/// [`Error::Storage`].
pub async fn given(ctx: &Context, asked: &Asked, id: FeedbackId) -> Result<Option<Face>> {
    let found = rows::find(ctx.db.reader(), asked.home.id, id).await?;
    Ok(found
        .filter(|entry| entry.session == asked.session.id && entry.source == Source::Phone)
        .and_then(|entry| Face::of_answers(entry.answers)))
}

/// What became of a tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tapped {
    /// It is counted.
    Counted,
    /// The same phone, or the same tap, answered before: the answer was changed.
    Changed,
    /// Nothing changed.
    Same,
}

/// Takes an answer. The id is made by the device: sent again nothing changes, sent with another face the answer changes.
///
/// # Errors
/// [`Error::NotFound`] for a token that is not this session's; [`Error::Invalid`] for an answer that is none, and for an id that stands for
/// something else; [`Error::State`] when the session is cancelled, still to come or long over, or has too many answers; [`Error::TooMany`].
pub async fn answer(
    ctx: &Context,
    asked: &Asked,
    source: Source,
    from: IpAddr,
    id: FeedbackId,
    face: &str,
) -> Result<Tapped> {
    let now = ctx.now();
    let network = Limit {
        key: format!("feedback:network:{}", limit::network_of(from)),
        most: ANSWERS_PER_NETWORK,
        window_seconds: WINDOW_SECONDS,
    };
    limit::take(ctx, now, vec![network]).await?;
    if let Some(shut) = asked.shut {
        return Err(Error::State { code: shut.code() });
    }
    let face: Face = face
        .parse()
        .map_err(|_| Error::invalid("answer", "feedback-answer", face))?;
    let (community, session) = (asked.home.id, asked.session.id);
    let answers = face.as_answers();
    ctx.db
        .write(async move |txn: &Txn| -> Result<Tapped> {
            let state = storage::attendance::lock_session(txn, community, session)
                .await?
                .ok_or_else(|| Error::not_found("session", session))?;
            if state.cancelled {
                return Err(Error::State {
                    code: Shut::Cancelled.code(),
                });
            }
            match rows::find(txn, community, id).await? {
                Some(known) if known.session != session || known.source != source => {
                    Err(Error::invalid("client_id", "client-id-reused", id.to_string()))
                }
                Some(known) if known.answers == answers => Ok(Tapped::Same),
                Some(_) => {
                    rows::replace(txn, community, id, answers, now).await?;
                    Ok(Tapped::Changed)
                }
                None if storage::undone::has(txn, community, id.0).await? => Ok(Tapped::Same),
                None if rows::taps(txn, community, session).await? >= TAPS_MAX => {
                    Err(Error::State { code: "feedback-full" })
                }
                None => {
                    let entry = rows::Entry {
                        id,
                        session,
                        answers,
                        source,
                        by: None,
                    };
                    rows::insert(txn, community, entry, now).await?;
                    Ok(Tapped::Counted)
                }
            }
        })
        .await
}
