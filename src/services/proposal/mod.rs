//! Partners' proposals: what a community's partners want to hold, and what staff say to it.
//!
//! The cast: a partner [`submit()`]s, [`resubmit`]s, [`accept_suggestion`]s and [`withdraw`]s; staff [`approve`], [`decline`] and
//! [`request_changes`]; time lets lapse ([`lapse_old`]). While a proposal waits for staff it holds its dates, so that nobody plans
//! over them; every decision gives them free, and an approval books them again as sessions in the same transaction.
//!
//! What is promised: two who decide at once do not both succeed; a form that arrives twice makes one proposal; a partner sees its
//! own proposals and no others, and nobody's name.

mod dates;
mod decide;
mod fit;
mod outlook;
mod submit;

use std::collections::HashMap;

use jiff::Timestamp;

pub use dates::Dates;
pub use decide::{Approval, Approved, approve, decline, lapse_old, request_changes};
pub use fit::{Fit, fit, fits};
pub use outlook::{DateState, Outlook, OutlookWish, outlook};
pub use submit::{
    NewProposal, Submitted, WORDS_CHARS, accept_suggestion, drawbacks, resubmit, submit, withdraw, wrong_fields,
};

use super::{Context, Error, Result, holiday};
use crate::domain::access::{Action, Actor, Refusal, may};
use crate::domain::community::{Community, Facilitator, Partner, Venue};
use crate::domain::id::{AccountId, CommunityId, PartnerId, ProposalId};
use crate::domain::proposal::{Proposal, ProposalStatus, Remark, Step};
use crate::storage::{self, Connection};

/// The most proposals one list gives.
pub const MOST_LISTED: u64 = 200;

/// Which proposals are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only in one of these states; all when empty.
    pub statuses: Vec<ProposalStatus>,
    /// Only what comes after this one in the list.
    pub after: Option<ProposalId>,
    /// At most so many; [`MOST_LISTED`] when zero or more than that.
    pub limit: u64,
}

/// A proposal with what people want to know beside it.
#[derive(Clone, Debug)]
pub struct ProposalView {
    /// The proposal.
    pub proposal: Proposal,
    /// Whose.
    pub partner: Partner,
    /// Where.
    pub venue: Venue,
    /// Who, when the community knows them.
    pub facilitator: Option<Facilitator>,
    /// Its steps, oldest first.
    pub remarks: Vec<Remark>,
    /// Its dates from the first on.
    pub dates: Dates,
}

impl ProposalView {
    /// What was said with the last step of this kind; nothing when nothing was.
    pub fn words_of(&self, step: Step) -> &str {
        self.remarks
            .iter()
            .rev()
            .find(|remark| remark.step == step)
            .map_or("", |remark| remark.words.as_str())
    }

    /// When it was last sent.
    pub fn sent_at(&self) -> Timestamp {
        self.remarks
            .iter()
            .rev()
            .find(|remark| remark.step == Step::Submit)
            .map_or(self.proposal.created_at, |remark| remark.at)
    }

    /// Who comes, as announced; empty while open.
    pub fn facilitator_name(&self) -> &str {
        match &self.facilitator {
            Some(facilitator) => &facilitator.name,
            None => &self.proposal.offer.facilitator_name,
        }
    }
}

/// Who proposes: the partner and its account.
fn proposer(actor: &Actor, community: CommunityId) -> Result<(PartnerId, AccountId)> {
    may(actor, Action::Propose, community)?;
    actor
        .partner()
        .zip(actor.account())
        .ok_or(Error::Forbidden(Refusal::Role))
}

/// Whose proposals the actor may see: none means everybody's.
fn seen_by(actor: &Actor, community: CommunityId) -> Result<Option<PartnerId>> {
    match proposer(actor, community) {
        Ok((partner, _)) => Ok(Some(partner)),
        Err(_) => {
            may(actor, Action::DecideProposals, community)?;
            Ok(None)
        }
    }
}

async fn community_of(db: &impl Connection, id: CommunityId) -> Result<Community> {
    storage::community::find(db, id)
        .await?
        .ok_or_else(|| Error::not_found("community", id))
}

fn no_such(id: ProposalId) -> Error {
    Error::not_found("proposal", id)
}

/// Proposals, newest first: a partner's own, or everybody's for staff.
///
/// # Errors
/// When the actor may not see any, or the database cannot be asked.
pub async fn list(ctx: &Context, actor: &Actor, community: CommunityId, filter: &Filter) -> Result<Vec<ProposalView>> {
    let partner = seen_by(actor, community)?;
    let db = ctx.db.reader();
    let limit = match filter.limit {
        0 => MOST_LISTED,
        limit => limit.min(MOST_LISTED),
    };
    let filter = storage::proposal::Filter {
        partner,
        statuses: filter.statuses.clone(),
        after: filter.after,
    };
    let rows = storage::proposal::list(db, community, &filter, limit).await?;
    views(db, community, rows).await
}

/// One proposal. Another partner's does not exist for a partner.
///
/// # Errors
/// [`Error::NotFound`], also for another partner's.
pub async fn get(ctx: &Context, actor: &Actor, community: CommunityId, id: ProposalId) -> Result<ProposalView> {
    let partner = seen_by(actor, community)?;
    let db = ctx.db.reader();
    let found = storage::proposal::find(db, community, id)
        .await?
        .filter(|found| partner.is_none_or(|partner| found.partner_id == partner))
        .ok_or_else(|| no_such(id))?;
    let mut views = views(db, community, vec![found]).await?;
    views.pop().ok_or_else(|| no_such(id))
}

/// How many proposals wait for staff.
///
/// # Errors
/// When the actor is not staff, or the database cannot be asked.
pub async fn pending_count(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<u64> {
    may(actor, Action::DecideProposals, community)?;
    Ok(storage::proposal::pending_count(ctx.db.reader(), community).await?)
}

async fn views(db: &impl Connection, community: CommunityId, rows: Vec<Proposal>) -> Result<Vec<ProposalView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<ProposalId> = rows.iter().map(|row| row.id).collect();
    let (home, venues, partners, facilitators, mut remarks, holidays) = tokio::try_join!(
        community_of(db, community),
        async { Ok::<_, Error>(storage::community::venues(db, community).await?) },
        async { Ok::<_, Error>(storage::community::partners(db, community).await?) },
        async { Ok::<_, Error>(storage::community::facilitators(db, community).await?) },
        async { Ok::<_, Error>(storage::proposal::remarks(db, community, &ids).await?) },
        holiday::in_force(db),
    )?;
    let venues: HashMap<_, _> = by_id(venues, |venue| venue.id);
    let partners: HashMap<_, _> = by_id(partners, |partner| partner.id);
    let facilitators: HashMap<_, _> = by_id(facilitators, |facilitator| facilitator.id);
    let mut views = Vec::with_capacity(rows.len());
    for proposal in rows {
        // The foreign keys keep these rows in place as long as the proposal.
        let (Some(venue), Some(partner)) = (venues.get(&proposal.offer.venue_id), partners.get(&proposal.partner_id))
        else {
            return Err(no_such(proposal.id));
        };
        views.push(ProposalView {
            partner: partner.clone(),
            venue: venue.clone(),
            facilitator: proposal
                .offer
                .facilitator_id
                .and_then(|id| facilitators.get(&id).cloned()),
            remarks: remarks.remove(&proposal.id).unwrap_or_default(),
            dates: Dates::of(&proposal.offer, &home.zone, proposal.offer.starts, &holidays)?,
            proposal,
        });
    }
    Ok(views)
}

fn by_id<T, K: Eq + std::hash::Hash>(rows: Vec<T>, id: impl Fn(&T) -> K) -> HashMap<K, T> {
    rows.into_iter().map(|row| (id(&row), row)).collect()
}
