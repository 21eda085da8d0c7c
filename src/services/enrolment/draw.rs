//! Drawing seats where far more people want in than fit. Until the agreed time everybody who signs up waits; then seats are given in turn or by
//! lot. The seed of a lottery is made with the first sign-up and its SHA-256 is shown from then on; the seed itself is shown
//! once the seats are drawn, so that nobody could choose it to somebody's liking, and everybody can do the draw again:
//! the ticket of an enrolment is `SHA-256("seed:enrolment id")`, and the least come first.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::take::{lock, promote};
use crate::domain::enrolment::draw::{Lot, by_lot, in_turn};
use crate::domain::enrolment::{Rush, Seats};
use crate::domain::id::{CommunityId, EnrolmentId, ResidentId, SessionId};
use crate::domain::resident::Enrolment;
use crate::services::{Context, Result, retry};
use crate::storage::draw::Draw;
use crate::storage::{self, Txn};

/// Sessions looked at in one round.
const AT_ONCE: u64 = 500;
/// The most who take part.
const MOST_LOTS: u64 = 2200;

/// The ticket of an enrolment in a lottery, hexadecimal: the least come first.
pub fn ticket(seed: &str, id: EnrolmentId) -> String {
    hex(&Sha256::digest(format!("{seed}:{id}")))
}

/// What is shown of a seed before the seats are drawn.
pub fn commitment(seed: &str) -> String {
    hex(&Sha256::digest(seed))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Makes the seed of a session, unless it has one; the session must be locked.
pub(super) async fn prepare(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    session: SessionId,
) -> Result<()> {
    let seed = hex(&ctx.random::<16>());
    Ok(storage::draw::ensure(txn, community, session, &seed, now).await?)
}

/// How the seats of a session are drawn, as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawView {
    /// SHA-256 of the seed.
    pub commitment: String,
    /// What came of it; none before.
    pub drawn: Option<Draw>,
}

/// The draw of a session; none while nobody has signed up.
///
/// # Errors
/// [`crate::services::Error::Storage`].
pub async fn draw_of(ctx: &Context, community: CommunityId, session: SessionId) -> Result<Option<DrawView>> {
    let found = storage::draw::find(ctx.db.reader(), community, session).await?;
    Ok(found.map(|draw| DrawView {
        commitment: commitment(&draw.seed),
        drawn: Some(draw).filter(|draw| draw.drawn_at.is_some()),
    }))
}

/// Draws the seats of all sessions whose time has come. Running it twice, or in two places at once, draws once; returns how many were
/// drawn. What fails for one session keeps none of the others.
///
/// # Errors
/// [`crate::services::Error::Storage`]: the first of those that came up.
pub async fn draw_due(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    let (mut drawn, mut failed) = (0, None);
    for (home, session) in storage::draw::pending(ctx.db.reader(), now, AT_ONCE).await? {
        let done = retry::write(ctx, || {
            let ctx = ctx.clone();
            async move |txn: &Txn| draw(&ctx, txn, now, home, session).await
        })
        .await;
        match done {
            Ok(done) => drawn += usize::from(done),
            Err(error) => {
                tracing::error!(community = %home, %session, %error, "the seats of a session cannot be drawn");
                failed = failed.or(Some(error));
            }
        }
    }
    failed.map_or(Ok(drawn), Err)
}

async fn draw(ctx: &Context, txn: &Txn, now: Timestamp, home: CommunityId, session: SessionId) -> Result<bool> {
    let seats = lock(txn, home, session).await?;
    if !seats.collects() || seats.terms.draws_at.is_none_or(|draws| now < draws) {
        return Ok(false);
    }
    let Some(mut stands) = storage::draw::find(txn, home, session).await? else {
        return Ok(false);
    };
    let queue = storage::enrolment::queue(txn, home, session, MOST_LOTS).await?;
    stands.lots = order(txn, home, session, &seats, &queue, &stands.seed).await?;
    stands.drawn_at = Some(now);
    stands.seats = seats.free().unwrap_or(0);
    storage::draw::set_drawn(txn, home, session, &stands).await?;
    // The order that was drawn is the order of the queue from here on; whoever comes later stands behind it.
    let last = storage::enrolment::last_queued_at(txn, home, session).await?;
    let mut at = last.map_or(now, |last| now.max(last));
    for id in &stands.lots {
        at += SignedDuration::from_micros(1);
        if let Some(one) = queue.iter().find(|one| one.id == *id) {
            let moved = Enrolment {
                queued_at: at,
                ..one.clone()
            };
            storage::enrolment::update(txn, home, &moved, None, now).await?;
        }
    }
    promote(ctx, txn, now, home, session).await?;
    Ok(true)
}

async fn order(
    txn: &Txn,
    home: CommunityId,
    session: SessionId,
    seats: &Seats,
    queue: &[Enrolment],
    seed: &str,
) -> Result<Vec<EnrolmentId>> {
    let people: Vec<ResidentId> = queue.iter().map(|one| one.resident_id).collect();
    let had = match seats.terms.rush {
        Rush::TurnOrder => storage::enrolment::places_had(txn, home, session, &people, None).await?,
        Rush::Lottery | Rush::FirstCome => std::collections::HashMap::new(),
    };
    let lots: Vec<Lot> = queue
        .iter()
        .map(|one| Lot {
            id: one.id,
            together: one.together_id,
            queued_at: one.queued_at,
            had: had.get(&one.resident_id).copied().unwrap_or_default(),
        })
        .collect();
    Ok(match seats.terms.rush {
        Rush::Lottery => by_lot(&lots, |id| ticket(seed, id)),
        Rush::TurnOrder | Rush::FirstCome => in_turn(&lots),
    })
}
