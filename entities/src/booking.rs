//! `booking` table.

use sea_orm::entity::prelude::*;

/// A venue and a facilitator taken for a span of time, by a session or by a pending proposal. Two cannot overlap: the database says so.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "booking")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The session that takes it.
    pub session_id: Option<Uuid>,
    /// The pending proposal that holds it.
    pub proposal_id: Option<Uuid>,
    /// The venue.
    pub venue_id: Option<Uuid>,
    /// The facilitator.
    pub facilitator_id: Option<Uuid>,
    /// Start.
    pub starts_at: DateTimeUtc,
    /// End for the facilitator.
    pub ends_at: DateTimeUtc,
    /// End for the venue, with its clearing minutes.
    pub clear_at: DateTimeUtc,
    /// The civil day it begins on, on the venue's wall clock.
    pub on_date: Option<Date>,
    /// Start, minutes after that day's midnight.
    pub from_minute: Option<i32>,
    /// End, minutes after that day's midnight.
    pub to_minute: Option<i32>,
    /// Seats wanted; none without a limit.
    pub capacity: Option<i32>,
    /// The partner whose papers must hold.
    pub partner_id: Option<Uuid>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<Option<super::session::Entity>>,
    /// The venue behind `venue_id`.
    #[sea_orm(belongs_to, from = "(community_id, venue_id)", to = "(community_id, id)")]
    pub venue: BelongsTo<Option<super::venue::Entity>>,
    /// The facilitator behind `facilitator_id`.
    #[sea_orm(belongs_to, from = "(community_id, facilitator_id)", to = "(community_id, id)")]
    pub facilitator: BelongsTo<Option<super::facilitator::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
