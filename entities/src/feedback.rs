//! `feedback` table.

use sea_orm::entity::prelude::*;

/// Feedback (满意度): answers counted in one go. Its id is made by the device.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "feedback")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// On which session.
    pub session_id: Uuid,
    /// 很满意.
    pub very_satisfied: i32,
    /// 满意.
    pub satisfied: i32,
    /// 基本满意.
    pub fair: i32,
    /// 不满意.
    pub dissatisfied: i32,
    /// `paper`, `kiosk` or `phone`.
    pub source: String,
    /// When it was taken.
    pub recorded_at: DateTimeUtc,
    /// The account that typed it.
    pub recorded_by: Option<Uuid>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
