//! `attempt` table.

use sea_orm::entity::prelude::*;

/// An attempt at a delivery.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempt")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which delivery.
    pub delivery_id: Uuid,
    /// 1, 2, 3 …
    pub number: i32,
    /// Start.
    pub started_at: DateTimeUtc,
    /// End; none while under way, or when the worker died.
    pub ended_at: Option<DateTimeUtc>,
    /// `sending`, `sent`, `retry`, `rejected`, `unknown`.
    pub outcome: String,
    /// The server's words.
    pub detail: String,
    /// The delivery behind `delivery_id`.
    #[sea_orm(belongs_to, from = "(community_id, delivery_id)", to = "(community_id, id)")]
    pub delivery: BelongsTo<super::delivery::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
