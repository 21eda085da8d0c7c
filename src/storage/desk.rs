//! What the phone desk asks: what a caller is signed up for.

use entities::{enrolment, session};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait};

use super::enrolment::to_domain;
use super::{Connection, Result, to_db};
use crate::domain::enrolment::EnrolmentStatus;
use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::planning::SessionStatus;
use crate::domain::resident::Enrolment;

/// What somebody is in or waits for that is still to come, the next first.
///
/// # Errors
/// When the database cannot be asked.
pub async fn coming_of(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Enrolment>> {
    let rows = enrolment::Entity::find()
        .join(JoinType::InnerJoin, enrolment::Relation::Session.def())
        .filter(enrolment::Column::CommunityId.eq(community.0))
        .filter(enrolment::Column::ResidentId.eq(resident.0))
        .filter(enrolment::Column::Status.ne(EnrolmentStatus::Cancelled.as_str()))
        .filter(session::Column::StartsAt.gt(to_db(now)))
        .filter(session::Column::Status.ne(SessionStatus::Cancelled.as_str()))
        .order_by_asc(session::Column::StartsAt)
        .order_by_asc(enrolment::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(to_domain).collect()
}
