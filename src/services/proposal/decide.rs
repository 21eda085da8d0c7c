//! Staff's side: approving, declining, asking for changes; and what time does to a proposal nobody touches.

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::DateTime;
use serde_json::json;

use super::dates::Dates;
use super::submit::{WORDS_CHARS, step};
use super::{Context, Error, Result, community_of, no_such};
use crate::domain::access::{Action, Actor, may};
use crate::domain::calendar::HolidayCalendar;
use crate::domain::community::{Community, Facilitator};
use crate::domain::id::{CommunityId, FacilitatorId, ProgrammeId, ProposalId, SeriesId};
use crate::domain::planning::{Caution, Clash, Exclusion, OnCaution};
use crate::domain::proposal::{LAPSE_DAYS, Offer, Proposal, Remark, Step};
use crate::services::checks::Checks;
use crate::services::programme::{NewProgramme, OnConflict, PlanSeries};
use crate::services::{audit, holiday, notification, programme, retry};
use crate::storage::{self, Txn};

/// The most proposals that lapse in one run of the job; the next run takes the rest.
const MOST_LAPSED: u64 = 500;

/// How staff approve.
#[derive(Clone, Debug, Default)]
pub struct Approval {
    /// Words to the partner; may be empty.
    pub remark: String,
    /// Whether dates that are taken may be left out.
    pub leave_out_clashes: bool,
    /// Whether what speaks against dates is accepted.
    pub on_caution: OnCaution,
}

/// What an approval made.
#[derive(Clone, Debug)]
pub struct Approved {
    /// The programme, found or made.
    pub programme_id: ProgrammeId,
    /// The series it became.
    pub series_id: SeriesId,
    /// Sessions that stand now.
    pub sessions: usize,
    /// What stood in the way of the dates that were left out.
    pub clashes: Vec<Clash>,
    /// What speaks against the others, and was accepted.
    pub cautions: Vec<Caution>,
}

/// Approves a proposal: what it held becomes sessions of a series, in one transaction.
///
/// # Errors
/// [`Error::State`] when it no longer waits (decided, withdrawn, lapsed) or all its dates have passed; [`Error::Conflict`] with every
/// clash when dates are taken and may not be left out, or when not one is free; [`Error::Caution`] with what was not accepted.
pub async fn approve(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ProposalId,
    approval: Approval,
) -> Result<Approved> {
    may(actor, Action::DecideProposals, community)?;
    let words = read_words(&approval.remark, Step::Approve)?;
    let now = ctx.now();
    let on_conflict = if approval.leave_out_clashes {
        OnConflict::Skip
    } else {
        OnConflict::Refuse
    };
    let work = || {
        let (ctx, words, actor, approval) = (ctx.clone(), words.clone(), actor.clone(), approval.clone());
        async move |txn: &Txn| -> Result<Approved> {
            let home = community_of(txn, community).await?;
            let mut proposal = locked(txn, community, id).await?;
            proposal.status = step(proposal.status, Step::Approve)?;
            let facilitators: Vec<_> = proposal.offer.facilitator_id.into_iter().collect();
            storage::booking::lock(txn, community, &[proposal.offer.venue_id], &facilitators).await?;
            storage::booking::release_proposal(txn, community, id).await?;
            if proposal.offer.facilitator_id.is_none() && !proposal.offer.facilitator_name.is_empty() {
                proposal.offer.facilitator_id = Some(introduce(&ctx, txn, community, &proposal, now).await?);
            }
            let programme_id = match proposal.offer.programme_id {
                Some(programme) => programme,
                None => {
                    let new = programme_of(&proposal);
                    programme::create_programme_in(&ctx, txn, now, community, new).await?.id
                }
            };
            proposal.offer.programme_id = Some(programme_id);
            let holidays = holiday::for_planning(txn).await?;
            let wish = PlanSeries {
                on_caution: approval.on_caution,
                ..series_of(&proposal.offer, programme_id, &home, now, on_conflict, &holidays)?
            };
            let planned = programme::plan_series_in(&ctx, txn, now, &home, &wish).await?;
            let series_id = planned.series_id.ok_or(Error::State {
                code: "proposal-dates-passed",
            })?;
            proposal.series_id = Some(series_id);
            proposal.suggested = None;
            decided(&ctx, txn, community, &mut proposal, Step::Approve, words, &actor, now).await?;
            Ok(Approved {
                programme_id,
                series_id,
                sessions: planned.sessions.len(),
                cautions: planned.cautions().cloned().collect(),
                clashes: planned.clashes,
            })
        }
    };
    retry::write(ctx, work).await
}

/// Declines a proposal, with the reason, and gives its dates free.
///
/// # Errors
/// [`Error::Invalid`] without a reason; [`Error::State`] when it is no longer open.
pub async fn decline(ctx: &Context, actor: &Actor, community: CommunityId, id: ProposalId, remark: &str) -> Result<()> {
    send_back(ctx, actor, community, id, Step::Decline, remark, None).await
}

/// Asks the partner for something else, with the reason and perhaps another first start, and gives the dates free.
///
/// # Errors
/// [`Error::Invalid`] without a reason or with a start that has passed; [`Error::State`] when it does not wait for staff.
pub async fn request_changes(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ProposalId,
    remark: &str,
    suggested: Option<DateTime>,
) -> Result<()> {
    send_back(ctx, actor, community, id, Step::RequestChanges, remark, suggested).await
}

async fn send_back(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ProposalId,
    taken: Step,
    remark: &str,
    suggested: Option<DateTime>,
) -> Result<()> {
    may(actor, Action::DecideProposals, community)?;
    let words = read_words(remark, taken)?;
    let now = ctx.now();
    if let Some(suggested) = suggested {
        let home = community_of(ctx.db.reader(), community).await?;
        if suggested <= now.to_zoned(home.zone).datetime() {
            return Err(Error::invalid(
                "suggested",
                "proposal-start-past",
                suggested.to_string(),
            ));
        }
    }
    let work = || {
        let (ctx, words, actor) = (ctx.clone(), words.clone(), actor.clone());
        async move |txn: &Txn| -> Result<()> {
            let mut proposal = locked(txn, community, id).await?;
            proposal.status = step(proposal.status, taken)?;
            proposal.suggested = suggested;
            storage::booking::release_proposal(txn, community, id).await?;
            decided(&ctx, txn, community, &mut proposal, taken, words, &actor, now).await
        }
    };
    retry::write(ctx, work).await
}

/// Lets every open proposal lapse that nobody touched for [`LAPSE_DAYS`] days, and gives its dates free; returns how many. Running
/// it again changes nothing.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lapse_old(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    let before = now.checked_sub((LAPSE_DAYS * 24).hours()).unwrap_or(Timestamp::MIN);
    let old = storage::proposal::untouched_since(ctx.db.reader(), before, MOST_LAPSED).await?;
    let mut lapsed = 0;
    for (community, id) in old {
        let work = || {
            let ctx = ctx.clone();
            async move |txn: &Txn| -> Result<bool> {
                let mut proposal = locked(txn, community, id).await?;
                // Somebody may have moved it since it was found.
                if !proposal.status.is_open() || proposal.updated_at >= before {
                    return Ok(false);
                }
                proposal.status = step(proposal.status, Step::Lapse)?;
                storage::booking::release_proposal(txn, community, id).await?;
                decided(
                    &ctx,
                    txn,
                    community,
                    &mut proposal,
                    Step::Lapse,
                    String::new(),
                    &Actor::System,
                    now,
                )
                .await?;
                Ok(true)
            }
        };
        lapsed += usize::from(retry::write(ctx, work).await?);
    }
    Ok(lapsed)
}

/// The words that come with a step, cleaned; a step that needs them is refused without.
fn read_words(words: &str, step: Step) -> Result<String> {
    let mut checks = Checks::new();
    let words = checks.lines("remark", words, WORDS_CHARS);
    checks.ensure(
        !(step.needs_remark() && words.is_empty()),
        "remark",
        "proposal-remark",
        "",
    );
    checks.finish()?;
    Ok(words)
}

async fn locked(txn: &Txn, community: CommunityId, id: ProposalId) -> Result<Proposal> {
    storage::proposal::find_locked(txn, community, id)
        .await?
        .ok_or_else(|| no_such(id))
}

/// Stores what was decided, with the words, and writes down that the partner must be told.
#[expect(
    clippy::too_many_arguments,
    reason = "one step has this many sides, and a struct for them would be read once"
)]
async fn decided(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    proposal: &mut Proposal,
    step: Step,
    words: String,
    actor: &Actor,
    now: Timestamp,
) -> Result<()> {
    proposal.updated_at = now;
    storage::proposal::save(txn, community, proposal).await?;
    let remark = Remark {
        step,
        words,
        by: actor.account(),
        at: now,
    };
    storage::proposal::add_remark(txn, community, proposal.id, ctx.new_id(now), &remark).await?;
    notification::proposal_decided(ctx, txn, now, community, proposal.id, proposal.partner_id).await?;
    let action = format!("proposal.{}", step.as_str());
    let detail = json!({ "partner": proposal.partner_id, "series": proposal.series_id });
    let subject = Some(proposal.id.0);
    audit::record(ctx, txn, now, community, actor, &action, subject, &detail).await?;
    Ok(())
}

/// Makes the facilitator whom the partner named in words.
async fn introduce(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    proposal: &Proposal,
    now: Timestamp,
) -> Result<FacilitatorId> {
    let name = &proposal.offer.facilitator_name;
    let known = storage::community::facilitators(txn, community).await?;
    let same = known
        .iter()
        .find(|one| one.partner_id == Some(proposal.partner_id) && one.name == *name);
    if let Some(same) = same {
        return Ok(same.id);
    }
    let new = Facilitator {
        id: ctx.new_id(now),
        partner_id: Some(proposal.partner_id),
        name: name.clone(),
        name_en: String::new(),
        duty: String::new(),
    };
    storage::community::insert_facilitator(txn, community, &new).await?;
    Ok(new.id)
}

/// The programme that a proposal for something new becomes.
fn programme_of(proposal: &Proposal) -> NewProgramme {
    let offer = &proposal.offer;
    NewProgramme {
        description: offer.description.clone(),
        capacity: offer.capacity,
        sign_up: offer.sign_up,
        partner_id: Some(proposal.partner_id),
        ..NewProgramme::titled(offer.title.clone(), offer.kind)
    }
}

/// The series an offer becomes. Dates that passed while it waited are taken out: nobody was there.
fn series_of(
    offer: &Offer,
    programme_id: ProgrammeId,
    home: &Community,
    now: Timestamp,
    on_conflict: OnConflict,
    holidays: &HolidayCalendar,
) -> Result<PlanSeries> {
    let local_now = now.to_zoned(home.zone.clone()).datetime();
    let dates = Dates::of(offer, &home.zone, offer.starts, holidays)?;
    let passed: Vec<DateTime> = dates
        .starts
        .iter()
        .zip(&dates.originals)
        .filter(|(starts, _)| **starts <= local_now)
        .map(|(_, original)| *original)
        .collect();
    if passed.len() == dates.starts.len() && !dates.more {
        return Err(Error::State {
            code: "proposal-dates-passed",
        });
    }
    Ok(PlanSeries {
        facilitator_id: offer.facilitator_id,
        rule: offer.rule.clone(),
        excluded: passed
            .into_iter()
            .map(|at| Exclusion {
                at,
                reason: String::new(),
            })
            .collect(),
        holiday_policy: offer.holiday_policy,
        capacity: offer.capacity,
        on_conflict,
        ..PlanSeries::once(programme_id, offer.venue_id, offer.starts, offer.duration_minutes)
    })
}
