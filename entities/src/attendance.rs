//! `attendance` table.

use sea_orm::entity::prelude::*;

/// Attendance (签到): a named row, or a headcount. Its id is made by the device, so repeating it changes nothing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attendance")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// At which session.
    pub session_id: Uuid,
    /// Who; none for a headcount.
    pub resident_id: Option<Uuid>,
    /// Unnamed heads; 0 on a named row.
    pub headcount: i32,
    /// When the session started: with the resident it finds somebody's first visit without reading all of them.
    pub session_starts_at: DateTimeUtc,
    /// When it was taken.
    pub recorded_at: DateTimeUtc,
    /// The account that took it.
    pub recorded_by: Option<Uuid>,
    /// When it was undone.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
    /// The resident behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<Option<super::resident::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
