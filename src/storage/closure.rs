//! Closures: venues that are shut for a time.

use entities::{closure, closure_span};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Connection, Result, from_db, to_db};
use crate::domain::id::CommunityId;
use crate::domain::planning::Shut;

/// The venues of a community that are or will be shut, from `from` on.
pub async fn shut(db: &impl Connection, community: CommunityId, from: Timestamp) -> Result<Vec<Shut>> {
    let rows: Vec<(
        uuid::Uuid,
        chrono::DateTime<chrono::Utc>,
        chrono::DateTime<chrono::Utc>,
        String,
    )> = closure_span::Entity::find()
        .select_only()
        .column(closure_span::Column::VenueId)
        .column(closure_span::Column::StartsAt)
        .column(closure_span::Column::EndsAt)
        .column(closure::Column::Reason)
        .inner_join(closure::Entity)
        .filter(closure_span::Column::CommunityId.eq(community.0))
        .filter(closure_span::Column::EndsAt.gt(to_db(from)))
        .order_by_asc(closure_span::Column::StartsAt)
        .order_by_asc(closure_span::Column::VenueId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(venue, starts_at, ends_at, reason)| Shut {
            venue_id: venue.into(),
            from: from_db(starts_at),
            to: from_db(ends_at),
            reason,
        })
        .collect())
}
