//! `call_outcome` table.

use sea_orm::entity::prelude::*;

/// What came of a telephone call about a delivery.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "call_outcome")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// About which delivery.
    pub delivery_id: Uuid,
    /// `told`, `no_answer`, `family` or `later`.
    pub outcome: String,
    /// The state the delivery was in before.
    pub status_before: String,
    /// The channel the delivery had before.
    pub channel_before: String,
    /// When.
    pub called_at: DateTimeUtc,
    /// The account that phoned.
    pub called_by: Option<Uuid>,
    /// When it was taken back.
    pub undone_at: Option<DateTimeUtc>,
    /// The delivery behind `delivery_id`.
    #[sea_orm(belongs_to, from = "(community_id, delivery_id)", to = "(community_id, id)")]
    pub delivery: BelongsTo<super::delivery::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
