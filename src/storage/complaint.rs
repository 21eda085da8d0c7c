//! Complaints about partners.

use entities::complaint;
use jiff::Timestamp;
use sea_orm::sea_query::LockType;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use super::convert::read;
use super::{Connection, Result, from_db, to_db};
use crate::domain::complaint::{Complaint, Decided, Decision};
use crate::domain::id::{AccountId, CommunityId, ComplaintId, PartnerId};

fn to_domain(row: complaint::Model) -> Result<Complaint> {
    let decided = match (&row.decision, row.decided_at) {
        (Some(decision), Some(at)) => Some(Decided {
            decision: read("complaint", "decision", row.id, decision)?,
            words: row.decision_words.clone(),
            by: row.decided_by.map(Into::into),
            at: from_db(at),
        }),
        _ => None,
    };
    Ok(Complaint {
        id: row.id.into(),
        partner_id: row.partner_id.into(),
        session_id: row.session_id.map(Into::into),
        kind: read("complaint", "kind", row.id, &row.kind)?,
        words: row.words,
        heard_at: read("complaint", "source", row.id, &row.source)?,
        froze: row.froze,
        created_at: from_db(row.created_at),
        decided,
    })
}

/// Stores a complaint.
///
/// # Errors
/// [`super::Error::Dangling`] when there is no such partner or session.
pub async fn insert(
    db: &impl Connection,
    community: CommunityId,
    new: &Complaint,
    phone_sealed: Option<Vec<u8>>,
    by: Option<AccountId>,
) -> Result<()> {
    let row = complaint::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        partner_id: Set(new.partner_id.0),
        session_id: Set(new.session_id.map(Into::into)),
        kind: Set(new.kind.to_string()),
        words: Set(new.words.clone()),
        phone_sealed: Set(phone_sealed),
        source: Set(new.heard_at.to_string()),
        froze: Set(new.froze),
        created_by: Set(by.map(Into::into)),
        created_at: Set(to_db(new.created_at)),
        decision: Set(None),
        decision_words: Set(String::new()),
        decided_by: Set(None),
        decided_at: Set(None),
    };
    complaint::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The complaint with this id, and the sealed number of whoever complained.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(
    db: &impl Connection,
    community: CommunityId,
    id: ComplaintId,
) -> Result<Option<(Complaint, Option<Vec<u8>>)>> {
    let row = complaint::Entity::find_by_id((community.0, id.0)).one(db).await?;
    row.map(|row| {
        let sealed = row.phone_sealed.clone();
        Ok((to_domain(row)?, sealed))
    })
    .transpose()
}

/// The complaints about a partner that wait for a decision, locked until the transaction ends, oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn lock_open(db: &impl Connection, community: CommunityId, partner: PartnerId) -> Result<Vec<Complaint>> {
    let rows = complaint::Entity::find()
        .filter(complaint::Column::CommunityId.eq(community.0))
        .filter(complaint::Column::PartnerId.eq(partner.0))
        .filter(complaint::Column::DecidedAt.is_null())
        .order_by_asc(complaint::Column::Id)
        .lock(LockType::Update)
        .all(db)
        .await?;
    rows.into_iter().map(to_domain).collect()
}

/// Whether a complaint about a partner was decided by calling its sessions off, at `since` or later.
///
/// # Errors
/// When the database cannot be asked.
pub async fn cancelled_since(
    db: &impl Connection,
    community: CommunityId,
    partner: PartnerId,
    since: Timestamp,
) -> Result<bool> {
    let found = complaint::Entity::find()
        .filter(complaint::Column::CommunityId.eq(community.0))
        .filter(complaint::Column::PartnerId.eq(partner.0))
        .filter(complaint::Column::Decision.eq(Decision::Cancel.as_str()))
        .filter(complaint::Column::DecidedAt.gte(to_db(since)))
        .count(db)
        .await?;
    Ok(found > 0)
}

/// Complaints, newest first, at most `limit`; of one partner or of all, all or only those that wait.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(
    db: &impl Connection,
    community: CommunityId,
    partner: Option<PartnerId>,
    only_open: bool,
    limit: u64,
) -> Result<Vec<Complaint>> {
    let mut query = complaint::Entity::find().filter(complaint::Column::CommunityId.eq(community.0));
    if let Some(partner) = partner {
        query = query.filter(complaint::Column::PartnerId.eq(partner.0));
    }
    if only_open {
        query = query.filter(complaint::Column::DecidedAt.is_null());
    }
    let rows = query.order_by_desc(complaint::Column::Id).limit(limit).all(db).await?;
    rows.into_iter().map(to_domain).collect()
}

/// Stores what was decided.
///
/// # Errors
/// When the database cannot be asked.
pub async fn save_decision(
    db: &impl Connection,
    community: CommunityId,
    id: ComplaintId,
    decided: &Decided,
) -> Result<()> {
    let change = complaint::ActiveModel {
        decision: Set(Some(decided.decision.to_string())),
        decision_words: Set(decided.words.clone()),
        decided_by: Set(decided.by.map(Into::into)),
        decided_at: Set(Some(to_db(decided.at))),
        ..Default::default()
    };
    complaint::Entity::update_many()
        .set(change)
        .filter(complaint::Column::CommunityId.eq(community.0))
        .filter(complaint::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}
