//! Proposals, what was said about them, and the dates they hold.
//!
//! A held date is a `booking` row with the proposal's id ([`super::booking`]): the same guard that keeps two sessions apart keeps a
//! session off a held date. Whoever decides locks in one order, so that nobody waits in a circle: proposal, venue, facilitator.

use std::collections::HashMap;

use entities::{booking, proposal, proposal_remark};
use jiff::Timestamp;
use jiff::civil::DateTime;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::convert::read;
use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{CommunityId, PartnerId, ProposalId};
use crate::domain::proposal::{Offer, Proposal, ProposalStatus, Remark};

/// How a civil time stands in a column.
fn local_text(at: DateTime) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn to_domain(row: proposal::Model) -> Result<Proposal> {
    let offer = Offer {
        programme_id: row.programme_id.map(Into::into),
        kind: read("proposal", "kind", row.id, &row.kind)?,
        venue_id: row.venue_id.into(),
        facilitator_id: row.facilitator_id.map(Into::into),
        starts: read("proposal", "starts_local", row.id, &row.starts_local)?,
        duration_minutes: row.duration_minutes,
        holiday_policy: read("proposal", "holiday_policy", row.id, &row.holiday_policy)?,
        capacity: row.capacity,
        sign_up: read("proposal", "sign_up", row.id, &row.sign_up)?,
        title: row.title.clone(),
        description: row.description.clone(),
        needs: row.needs.clone(),
        facilitator_name: row.facilitator_name.clone(),
        rule: row.rule.clone(),
    };
    Ok(Proposal {
        id: row.id.into(),
        partner_id: row.partner_id.into(),
        offer,
        status: read("proposal", "status", row.id, &row.status)?,
        suggested: match &row.suggested_local {
            Some(text) => Some(read("proposal", "suggested_local", row.id, text)?),
            None => None,
        },
        series_id: row.series_id.map(Into::into),
        submitted_by: row.submitted_by.into(),
        created_at: from_db(row.created_at),
        updated_at: from_db(row.updated_at),
    })
}

/// A row with everything but what the life of the proposal changes.
fn offer_columns(offer: &Offer) -> proposal::ActiveModel {
    proposal::ActiveModel {
        programme_id: Set(offer.programme_id.map(Into::into)),
        venue_id: Set(offer.venue_id.0),
        facilitator_id: Set(offer.facilitator_id.map(Into::into)),
        title: Set(offer.title.clone()),
        kind: Set(offer.kind.as_str().to_owned()),
        description: Set(offer.description.clone()),
        needs: Set(offer.needs.clone()),
        facilitator_name: Set(offer.facilitator_name.clone()),
        starts_local: Set(local_text(offer.starts)),
        duration_minutes: Set(offer.duration_minutes),
        rule: Set(offer.rule.clone()),
        holiday_policy: Set(offer.holiday_policy.name().to_owned()),
        capacity: Set(offer.capacity),
        sign_up: Set(offer.sign_up.as_str().to_owned()),
        ..Default::default()
    }
}

/// Stores a new proposal.
///
/// # Errors
/// [`super::Error::Duplicate`] when its id is taken, [`super::Error::Dangling`] when it points to what is not there.
pub async fn insert(db: &impl Connection, community: CommunityId, new: &Proposal) -> Result<()> {
    let row = proposal::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        partner_id: Set(new.partner_id.0),
        status: Set(new.status.as_str().to_owned()),
        suggested_local: Set(new.suggested.map(local_text)),
        series_id: Set(new.series_id.map(Into::into)),
        submitted_by: Set(new.submitted_by.0),
        created_at: Set(to_db(new.created_at)),
        updated_at: Set(to_db(new.updated_at)),
        ..offer_columns(&new.offer)
    };
    row.insert(db).await?;
    Ok(())
}

/// Stores what a proposal has become: its offer, its state, the suggestion, the series.
///
/// # Errors
/// [`super::Error::Dangling`] when it points to what is not there.
pub async fn save(db: &impl Connection, community: CommunityId, changed: &Proposal) -> Result<()> {
    let row = proposal::ActiveModel {
        community_id: Set(community.0),
        id: Set(changed.id.0),
        status: Set(changed.status.as_str().to_owned()),
        suggested_local: Set(changed.suggested.map(local_text)),
        series_id: Set(changed.series_id.map(Into::into)),
        submitted_by: Set(changed.submitted_by.0),
        updated_at: Set(to_db(changed.updated_at)),
        ..offer_columns(&changed.offer)
    };
    row.update(db).await?;
    Ok(())
}

/// The proposal with that id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, community: CommunityId, id: ProposalId) -> Result<Option<Proposal>> {
    let row = proposal::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(to_domain).transpose()
}

/// The same, locked until the transaction ends: of two who decide at once, the second sees what the first decided.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_locked(db: &impl Connection, community: CommunityId, id: ProposalId) -> Result<Option<Proposal>> {
    let row = proposal::Entity::find_by_id((community.0, id.0))
        .lock(LockType::Update)
        .one(db)
        .await?;
    row.map(to_domain).transpose()
}

/// Which proposals are asked for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this partner's.
    pub partner: Option<PartnerId>,
    /// Only in one of these states; all when empty.
    pub statuses: Vec<ProposalStatus>,
    /// Only what comes after this one in the list.
    pub after: Option<ProposalId>,
}

/// Proposals, newest id first, at most `limit`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl Connection, community: CommunityId, filter: &Filter, limit: u64) -> Result<Vec<Proposal>> {
    let mut query = proposal::Entity::find().filter(proposal::Column::CommunityId.eq(community.0));
    if let Some(partner) = filter.partner {
        query = query.filter(proposal::Column::PartnerId.eq(partner.0));
    }
    if !filter.statuses.is_empty() {
        query = query.filter(proposal::Column::Status.is_in(filter.statuses.iter().map(|status| status.as_str())));
    }
    if let Some(after) = filter.after {
        query = query.filter(proposal::Column::Id.lt(after.0));
    }
    let rows = query.order_by_desc(proposal::Column::Id).limit(limit).all(db).await?;
    rows.into_iter().map(to_domain).collect()
}

/// How many wait for staff.
///
/// # Errors
/// When the database cannot be asked.
pub async fn pending_count(db: &impl Connection, community: CommunityId) -> Result<u64> {
    Ok(proposal::Entity::find()
        .filter(proposal::Column::CommunityId.eq(community.0))
        .filter(proposal::Column::Status.eq(ProposalStatus::Submitted.as_str()))
        .count(db)
        .await?)
}

/// Open proposals of all communities that nobody touched since `before`, at most `limit`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn untouched_since(
    db: &impl Connection,
    before: Timestamp,
    limit: u64,
) -> Result<Vec<(CommunityId, ProposalId)>> {
    let open = ProposalStatus::ALL
        .into_iter()
        .filter(|status| status.is_open())
        .map(ProposalStatus::as_str);
    let rows: Vec<(Uuid, Uuid)> = proposal::Entity::find()
        .select_only()
        .columns([proposal::Column::CommunityId, proposal::Column::Id])
        .filter(proposal::Column::Status.is_in(open))
        .filter(proposal::Column::UpdatedAt.lt(to_db(before)))
        .order_by_asc(proposal::Column::UpdatedAt)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(community, id)| (community.into(), id.into()))
        .collect())
}

/// Writes down a step.
///
/// # Errors
/// When the database cannot be asked.
pub async fn add_remark(
    db: &impl Connection,
    community: CommunityId,
    proposal: ProposalId,
    id: Uuid,
    remark: &Remark,
) -> Result<()> {
    let row = proposal_remark::ActiveModel {
        community_id: Set(community.0),
        id: Set(id),
        proposal_id: Set(proposal.0),
        action: Set(remark.step.as_str().to_owned()),
        remark: Set(remark.words.clone()),
        account_id: Set(remark.by.map(Into::into)),
        created_at: Set(to_db(remark.at)),
    };
    row.insert(db).await?;
    Ok(())
}

/// The steps of these proposals, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn remarks(
    db: &impl Connection,
    community: CommunityId,
    proposals: &[ProposalId],
) -> Result<HashMap<ProposalId, Vec<Remark>>> {
    let rows = proposal_remark::Entity::find()
        .filter(proposal_remark::Column::CommunityId.eq(community.0))
        .filter(proposal_remark::Column::ProposalId.is_in(proposals.iter().map(|id| id.0)))
        .order_by_asc(proposal_remark::Column::CreatedAt)
        .order_by_asc(proposal_remark::Column::Id)
        .all(db)
        .await?;
    let mut found: HashMap<ProposalId, Vec<Remark>> = HashMap::new();
    for row in rows {
        let step = read("proposal_remark", "action", row.id, &row.action)?;
        found.entry(row.proposal_id.into()).or_default().push(Remark {
            step,
            words: row.remark,
            by: row.account_id.map(Into::into),
            at: from_db(row.created_at),
        });
    }
    Ok(found)
}

/// The starts a proposal holds, in order.
///
/// # Errors
/// When the database cannot be asked.
pub async fn held(db: &impl Connection, community: CommunityId, proposal: ProposalId) -> Result<Vec<Timestamp>> {
    let rows: Vec<chrono::DateTime<chrono::Utc>> = booking::Entity::find()
        .select_only()
        .column(booking::Column::StartsAt)
        .filter(booking::Column::CommunityId.eq(community.0))
        .filter(booking::Column::ProposalId.eq(proposal.0))
        .order_by_asc(booking::Column::StartsAt)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(from_db).collect())
}
