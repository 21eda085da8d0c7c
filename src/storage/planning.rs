//! What planning asks beside the bookings: for whom the sessions of a span are, and whose.

use entities::{programme, session};
use jiff::Timestamp;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{Connection, Result, from_db, to_db};
use crate::domain::id::{CommunityId, PartnerId};
use crate::domain::planning::SessionStatus;

/// The most sessions one question answers; a week of a community has some dozens.
const MOST_SESSIONS: u64 = 5000;

/// A session as far as planning another one beside it is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What takes place.
    pub title: String,
    /// For whom, in words; may be empty.
    pub audience: String,
    /// The partner that gives it.
    pub partner_id: Option<PartnerId>,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
}

/// The sessions that start inside a span and are not cancelled, by start.
pub async fn standing(
    db: &impl Connection,
    community: CommunityId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Standing>> {
    type Row = (
        String,
        String,
        Option<uuid::Uuid>,
        sea_orm::prelude::DateTimeUtc,
        sea_orm::prelude::DateTimeUtc,
    );
    let rows: Vec<Row> = session::Entity::find()
        .select_only()
        .column(programme::Column::Title)
        .column(programme::Column::Audience)
        .column(programme::Column::PartnerId)
        .column(session::Column::StartsAt)
        .column(session::Column::EndsAt)
        .inner_join(programme::Entity)
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::StartsAt.gte(to_db(from)))
        .filter(session::Column::StartsAt.lt(to_db(to)))
        .filter(session::Column::Status.ne(SessionStatus::Cancelled.as_str()))
        .order_by_asc(session::Column::StartsAt)
        .order_by_asc(session::Column::Id)
        .limit(MOST_SESSIONS)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(title, audience, partner, starts_at, ends_at)| Standing {
            title,
            audience,
            partner_id: partner.map(Into::into),
            starts_at: from_db(starts_at),
            ends_at: from_db(ends_at),
        })
        .collect())
}
