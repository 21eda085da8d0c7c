//! `closure_span` table.

use sea_orm::entity::prelude::*;

/// A venue that is shut for a span of time. Bookings in it are refused.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "closure_span")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// By which closure.
    pub closure_id: Uuid,
    /// Which venue.
    pub venue_id: Uuid,
    /// Start.
    pub starts_at: DateTimeUtc,
    /// End.
    pub ends_at: DateTimeUtc,
    /// The closure behind `closure_id`.
    #[sea_orm(belongs_to, from = "(community_id, closure_id)", to = "(community_id, id)")]
    pub closure: BelongsTo<super::closure::Entity>,
    /// The venue behind `venue_id`.
    #[sea_orm(belongs_to, from = "(community_id, venue_id)", to = "(community_id, id)")]
    pub venue: BelongsTo<super::venue::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
