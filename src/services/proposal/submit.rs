//! The partner's side: sending a proposal, sending it again, taking it back.

use jiff::civil::DateTime;
use jiff::{Timestamp, ToSpan, Zoned};

use super::dates::{Dates, LOOK_AHEAD_DAYS, Trouble, sort_out, timetable, without_others_titles};
use super::fit::cautions_of;
use super::{Context, Error, Result, community_of, no_such, proposer};
use crate::domain::access::Actor;
use crate::domain::community::Community;
use crate::domain::id::{AccountId, CommunityId, FacilitatorId, PartnerId, ProgrammeId, ProposalId, VenueId};
use crate::domain::planning::{CAPACITY, Caution, Clash, Conditions, DURATION_MINUTES, ProgrammeKind, SignUpMode};
use crate::domain::proposal::{Offer, Proposal, ProposalStatus, Remark, Step, crosses_midnight, rule_moved};
use crate::domain::recurrence::{HolidayPolicy, RuleError};
use crate::domain::text::{NAME_CHARS, TITLE_CHARS};
use crate::services::checks::Checks;
use crate::services::{FieldError, holiday, notification, programme, retry};
use crate::storage::booking::{Holder, NewBooking};
use crate::storage::{self, Connection, Txn};

/// Longest description and longest list of things to prepare, characters.
pub const WORDS_CHARS: usize = 500;

/// A proposal as it was typed.
#[derive(Clone, Debug, Default)]
pub struct NewProposal {
    /// The id that whoever filled in the form made for it; the same id again is the same proposal.
    pub id: Option<ProposalId>,
    /// The programme it continues.
    pub programme_id: Option<ProgrammeId>,
    /// Title; that of the programme when empty.
    pub title: String,
    /// Kind of programme; that of the programme when empty.
    pub kind: String,
    /// What it is about.
    pub description: String,
    /// What the community should prepare.
    pub needs: String,
    /// Where.
    pub venue_id: Option<VenueId>,
    /// Who, when the community knows them.
    pub facilitator_id: Option<FacilitatorId>,
    /// Who, in words.
    pub facilitator_name: String,
    /// First start, wall clock: `2026-12-01T09:00:00`.
    pub starts_local: String,
    /// Length.
    pub duration_minutes: i32,
    /// RRULE value; none or empty for a single date.
    pub rule: Option<String>,
    /// Holiday policy; `hold` when empty.
    pub holiday_policy: String,
    /// Seats; none without a limit.
    pub capacity: Option<i32>,
    /// `none`, `optional` or `required`; `optional` when empty.
    pub sign_up: String,
}

/// What became of a proposal that was sent.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// Its id.
    pub id: ProposalId,
    /// Where it stands.
    pub status: ProposalStatus,
    /// The starts that are held for it.
    pub held: Vec<Zoned>,
    /// The dates that are taken already, one entry each.
    pub clashes: Vec<Clash>,
    /// Whether there are more dates than are held.
    pub more: bool,
    /// Whether it had arrived before: nothing was changed this time.
    pub again: bool,
}

/// An offer that was found in order, with its dates.
#[derive(Clone)]
struct Checked {
    home: Community,
    offer: Offer,
    dates: Dates,
    conditions: Conditions,
}

/// The field error of a rule that cannot be read, with the reason in both languages.
fn rule_error(error: &RuleError, value: &str) -> FieldError {
    use crate::domain::lang::Lang;
    FieldError::new("rule", "proposal-rule", value)
        .with("zh", error.words(Lang::Zh))
        .with("en", error.words(Lang::En))
}

/// Looks a form through; every wrong field is named at once.
async fn check(
    db: &impl Connection,
    community: CommunityId,
    partner: PartnerId,
    new: &NewProposal,
    now: Timestamp,
) -> Result<Checked> {
    let home = community_of(db, community).await?;
    let mut checks = Checks::new();
    let description = checks.lines("description", &new.description, WORDS_CHARS);
    let needs = checks.lines("needs", &new.needs, WORDS_CHARS);
    let who = checks.line("facilitator_name", &new.facilitator_name, NAME_CHARS);
    let programme = match new.programme_id {
        None => None,
        Some(id) => {
            let own = storage::programme::find(db, community, id)
                .await?
                .filter(|programme| programme.partner_id == Some(partner) && !programme.archived);
            checks.ensure(own.is_some(), "programme_id", "proposal-programme", &id);
            own
        }
    };
    let typed = match (&programme, new.title.trim()) {
        (Some(programme), "") => programme.title.as_str(),
        _ => new.title.as_str(),
    };
    let title = checks.required_line("title", typed, TITLE_CHARS);
    let kind = match (&programme, new.kind.as_str()) {
        (Some(programme), "") => programme.kind,
        (_, typed) => typed.parse().unwrap_or_else(|_| {
            checks.add(FieldError::new("kind", "proposal-kind", typed));
            ProgrammeKind::Other
        }),
    };
    let venues = storage::community::venues(db, community).await?;
    let venue = new
        .venue_id
        .and_then(|id| venues.into_iter().find(|venue| venue.id == id));
    let wanted = new.venue_id.map(|id| id.to_string()).unwrap_or_default();
    checks.ensure(venue.is_some(), "venue_id", "proposal-venue", &wanted);
    if let Some(id) = new.facilitator_id {
        // Those of other partners are not offered, and cannot be taken either.
        let known = storage::community::facilitators(db, community).await?;
        let may = |partner_id: Option<PartnerId>| partner_id.is_none_or(|owner| owner == partner);
        let offered = known.iter().any(|one| one.id == id && may(one.partner_id));
        checks.ensure(offered, "facilitator_id", "proposal-facilitator", &id);
    }
    checks.number("duration_minutes", new.duration_minutes, &DURATION_MINUTES);
    if let Some(capacity) = new.capacity {
        checks.number("capacity", capacity, &CAPACITY);
        if let Some(seats) = venue
            .as_ref()
            .map(|venue| venue.capacity)
            .filter(|seats| capacity > *seats)
        {
            checks
                .add(FieldError::new("capacity", "proposal-capacity-venue", capacity.to_string()).with("seats", seats));
        }
    }
    let sign_up = match new.sign_up.as_str() {
        "" => SignUpMode::Optional,
        typed => typed.parse().unwrap_or_else(|_| {
            checks.add(FieldError::new("sign_up", "proposal-sign-up", typed));
            SignUpMode::Optional
        }),
    };
    let holiday_policy = match new.holiday_policy.as_str() {
        "" => HolidayPolicy::Hold,
        typed => typed.parse().unwrap_or_else(|_| {
            checks.add(FieldError::new("holiday_policy", "proposal-holiday-policy", typed));
            HolidayPolicy::Hold
        }),
    };
    let local_now = now.to_zoned(home.zone.clone()).datetime();
    let starts = start_of(&new.starts_local, new.duration_minutes, local_now).unwrap_or_else(|code| {
        checks.add(FieldError::new("starts_local", code, new.starts_local.as_str()));
        local_now
    });
    checks.finish()?;
    let venue = venue.ok_or_else(|| Error::invalid("venue_id", "proposal-venue", ""))?;
    let rule = new.rule.as_deref().map(str::trim).filter(|rule| !rule.is_empty());
    let offer = Offer {
        programme_id: new.programme_id,
        title,
        kind,
        description,
        needs,
        venue_id: venue.id,
        facilitator_id: new.facilitator_id,
        facilitator_name: if new.facilitator_id.is_some() {
            String::new()
        } else {
            who
        },
        starts,
        duration_minutes: new.duration_minutes,
        rule: rule.map(str::to_owned),
        holiday_policy,
        capacity: new.capacity,
        sign_up,
    };
    let holidays = holiday::in_force(db).await?;
    let dates = Dates::try_of(&offer, &home.zone, local_now, &holidays).map_err(|trouble| {
        Error::Invalid(vec![match trouble {
            Trouble::Rule(error) => rule_error(&error, rule.unwrap_or_default()),
            Trouble::Midnight => FieldError::new("starts_local", "proposal-midnight", new.starts_local.as_str()),
        }])
    })?;
    if dates.slots.is_empty() {
        return Err(Error::invalid("rule", "proposal-no-dates", rule.unwrap_or_default()));
    }
    let conditions = programme::conditions(db, &home, Some(partner), now).await?;
    if dates.overlap_themselves(&conditions) {
        return Err(Error::invalid("rule", "proposal-too-dense", rule.unwrap_or_default()));
    }
    Ok(Checked {
        home,
        offer,
        dates,
        conditions,
    })
}

/// The first start, when it is one that can be asked for at `now`.
fn start_of(text: &str, duration_minutes: i32, now: DateTime) -> Result<DateTime, &'static str> {
    let starts: DateTime = text.trim().parse().map_err(|_| "proposal-start")?;
    if starts.second() != 0 || starts.subsec_nanosecond() != 0 {
        return Err("proposal-start");
    }
    if starts <= now {
        return Err("proposal-start-past");
    }
    if starts > now.saturating_add(LOOK_AHEAD_DAYS.days()) {
        return Err("proposal-start-far");
    }
    if crosses_midnight(starts.time(), duration_minutes) {
        return Err("proposal-midnight");
    }
    Ok(starts)
}

/// Sends a proposal. It holds every date that is free; dates that are taken are listed.
///
/// # Errors
/// [`Error::Invalid`] names the fields that cannot be accepted, [`Error::Conflict`] all dates when not one is free.
pub async fn submit(ctx: &Context, actor: &Actor, community: CommunityId, new: NewProposal) -> Result<Submitted> {
    let (partner, account) = proposer(actor, community)?;
    let now = ctx.now();
    let id = new.id.unwrap_or_else(|| ctx.new_id(now));
    if let Some(known) = arrived(ctx, community, partner, id).await? {
        return Ok(known);
    }
    let checked = check(ctx.db.reader(), community, partner, &new, now).await?;
    let work = || {
        let (ctx, mut checked) = (ctx.clone(), checked.clone());
        async move |txn: &Txn| -> Result<Submitted> {
            // Papers, freezes and closures as they are each time it is tried.
            checked.conditions = programme::conditions(txn, &checked.home, Some(partner), now).await?;
            let proposal = Proposal {
                id,
                partner_id: partner,
                offer: checked.offer.clone(),
                status: ProposalStatus::Submitted,
                suggested: None,
                series_id: None,
                submitted_by: account,
                created_at: now,
                updated_at: now,
            };
            storage::proposal::insert(txn, community, &proposal).await?;
            let submitted = hold(&ctx, txn, community, id, &checked, now).await?;
            note(&ctx, txn, community, id, Step::Submit, account, now).await?;
            notification::proposal_submitted(&ctx, txn, now, community, id).await?;
            Ok(submitted)
        }
    };
    match retry::write(ctx, work).await {
        // The same form, sent twice at once: the other one was first.
        Err(Error::Storage(storage::Error::Duplicate(what))) => arrived(ctx, community, partner, id)
            .await?
            .ok_or(Error::Storage(storage::Error::Duplicate(what))),
        other => other,
    }
}

/// Sends a proposal again with changes: after staff asked for them, or while it still waits.
///
/// # Errors
/// As [`submit`]; [`Error::State`] when it was decided meanwhile, [`Error::NotFound`] for another partner's.
pub async fn resubmit(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ProposalId,
    new: NewProposal,
) -> Result<Submitted> {
    let (partner, account) = proposer(actor, community)?;
    let now = ctx.now();
    own(
        storage::proposal::find(ctx.db.reader(), community, id).await?,
        partner,
        id,
    )?;
    let checked = check(ctx.db.reader(), community, partner, &new, now).await?;
    let work = || {
        let (ctx, mut checked) = (ctx.clone(), checked.clone());
        async move |txn: &Txn| -> Result<Submitted> {
            // Papers, freezes and closures as they are each time it is tried.
            checked.conditions = programme::conditions(txn, &checked.home, Some(partner), now).await?;
            let found = storage::proposal::find_locked(txn, community, id).await?;
            let mut proposal = own(found, partner, id)?;
            proposal.status = step(proposal.status, Step::Submit)?;
            proposal.offer = checked.offer.clone();
            proposal.suggested = None;
            proposal.submitted_by = account;
            proposal.updated_at = now;
            storage::booking::release_proposal(txn, community, id).await?;
            let submitted = hold(&ctx, txn, community, id, &checked, now).await?;
            storage::proposal::save(txn, community, &proposal).await?;
            note(&ctx, txn, community, id, Step::Submit, account, now).await?;
            notification::proposal_submitted(&ctx, txn, now, community, id).await?;
            Ok(submitted)
        }
    };
    retry::write(ctx, work).await
}

/// Sends a proposal again with the start that staff suggested.
///
/// # Errors
/// As [`resubmit`]; [`Error::State`] when nothing was suggested.
pub async fn accept_suggestion(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ProposalId,
) -> Result<Submitted> {
    let (partner, _) = proposer(actor, community)?;
    let proposal = own(
        storage::proposal::find(ctx.db.reader(), community, id).await?,
        partner,
        id,
    )?;
    step(proposal.status, Step::Submit)?;
    let offer = proposal.offer;
    let Some(starts) = proposal.suggested else {
        return Err(Error::State {
            code: "proposal-no-suggestion",
        });
    };
    let rule = match &offer.rule {
        None => None,
        Some(rule) => Some(
            rule_moved(rule, offer.starts.date(), starts.date()).ok_or(Error::State {
                code: "proposal-suggestion-rule",
            })?,
        ),
    };
    let new = NewProposal {
        id: None,
        programme_id: offer.programme_id,
        title: offer.title,
        kind: offer.kind.as_str().to_owned(),
        description: offer.description,
        needs: offer.needs,
        venue_id: Some(offer.venue_id),
        facilitator_id: offer.facilitator_id,
        facilitator_name: offer.facilitator_name,
        starts_local: starts.to_string(),
        duration_minutes: offer.duration_minutes,
        rule,
        holiday_policy: offer.holiday_policy.name().to_owned(),
        capacity: offer.capacity,
        sign_up: offer.sign_up.as_str().to_owned(),
    };
    resubmit(ctx, actor, community, id, new).await
}

/// Takes a proposal back and gives its dates free. Doing it again changes nothing.
///
/// # Errors
/// [`Error::State`] when it was decided meanwhile, [`Error::NotFound`] for another partner's.
pub async fn withdraw(ctx: &Context, actor: &Actor, community: CommunityId, id: ProposalId) -> Result<()> {
    let (partner, account) = proposer(actor, community)?;
    let now = ctx.now();
    let work = || {
        let ctx = ctx.clone();
        async move |txn: &Txn| -> Result<()> {
            let found = storage::proposal::find_locked(txn, community, id).await?;
            let mut proposal = own(found, partner, id)?;
            if proposal.status == ProposalStatus::Withdrawn {
                return Ok(());
            }
            proposal.status = step(proposal.status, Step::Withdraw)?;
            proposal.updated_at = now;
            storage::booking::release_proposal(txn, community, id).await?;
            storage::proposal::save(txn, community, &proposal).await?;
            note(&ctx, txn, community, id, Step::Withdraw, account, now).await
        }
    };
    retry::write(ctx, work).await
}

/// The state after a step, or what happened to the proposal meanwhile.
pub(super) fn step(from: ProposalStatus, step: Step) -> Result<ProposalStatus> {
    from.after(step)
        .map_err(|illegal| Error::State { code: illegal.code() })
}

/// The proposal, when it is this partner's.
fn own(found: Option<Proposal>, partner: PartnerId, id: ProposalId) -> Result<Proposal> {
    found
        .filter(|proposal| proposal.partner_id == partner)
        .ok_or_else(|| no_such(id))
}

/// What a form that arrived before had led to; none when it is new.
async fn arrived(
    ctx: &Context,
    community: CommunityId,
    partner: PartnerId,
    id: ProposalId,
) -> Result<Option<Submitted>> {
    let db = ctx.db.reader();
    let Some(found) = storage::proposal::find(db, community, id).await? else {
        return Ok(None);
    };
    let proposal = own(Some(found), partner, id)?;
    let home = community_of(db, community).await?;
    let held = storage::proposal::held(db, community, id).await?;
    Ok(Some(Submitted {
        id: proposal.id,
        status: proposal.status,
        held: held.into_iter().map(|at| at.to_zoned(home.zone.clone())).collect(),
        clashes: Vec::new(),
        more: false,
        again: true,
    }))
}

/// Holds what is free, with venue and facilitator locked.
async fn hold(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    id: ProposalId,
    checked: &Checked,
    now: Timestamp,
) -> Result<Submitted> {
    let facilitators: Vec<_> = checked.offer.facilitator_id.into_iter().collect();
    storage::booking::lock(txn, community, &[checked.offer.venue_id], &facilitators).await?;
    let taken = timetable(txn, community, &checked.dates, &checked.conditions).await?;
    let (free, clashes) = sort_out(&checked.dates, &checked.conditions, without_others_titles(taken));
    if free.is_empty() {
        return Err(Error::Conflict(clashes));
    }
    let bookings: Vec<NewBooking> = free
        .iter()
        .map(|slot| programme::booking(ctx.new_id(now), Holder::Proposal(id), &checked.conditions, slot))
        .collect();
    storage::booking::insert_all(txn, community, &bookings).await?;
    Ok(Submitted {
        id,
        status: ProposalStatus::Submitted,
        held: free
            .iter()
            .map(|slot| slot.starts_at.to_zoned(checked.home.zone.clone()))
            .collect(),
        clashes,
        more: checked.dates.more,
        again: false,
    })
}

/// Writes a partner's step down.
async fn note(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    id: ProposalId,
    step: Step,
    account: AccountId,
    now: Timestamp,
) -> Result<()> {
    let remark = Remark {
        step,
        words: String::new(),
        by: Some(account),
        at: now,
    };
    storage::proposal::add_remark(txn, community, id, ctx.new_id(now), &remark).await?;
    Ok(())
}

/// What is wrong with a form so far; nothing is stored.
///
/// # Errors
/// When the actor may not propose, or the database cannot be asked.
pub async fn wrong_fields(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    new: &NewProposal,
) -> Result<Vec<FieldError>> {
    let (partner, _) = proposer(actor, community)?;
    match check(ctx.db.reader(), community, partner, new, ctx.now()).await {
        Ok(_) => Ok(Vec::new()),
        Err(Error::Invalid(fields)) => Ok(fields),
        Err(other) => Err(other),
    }
}

/// What speaks against the dates of a form that are free: staff will see the same, and decide. Nothing is stored.
///
/// # Errors
/// As [`submit`], but for clashes.
pub async fn drawbacks(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    new: &NewProposal,
) -> Result<Vec<Caution>> {
    let (partner, _) = proposer(actor, community)?;
    let db = ctx.db.reader();
    let checked = check(db, community, partner, new, ctx.now()).await?;
    let taken = timetable(db, community, &checked.dates, &checked.conditions).await?;
    let (free, _) = sort_out(&checked.dates, &checked.conditions, taken);
    let holidays = holiday::in_force(db).await?;
    cautions_of(db, &checked.home, &checked.offer, &checked.conditions, &free, &holidays).await
}
