//! `matter` table.

use sea_orm::entity::prelude::*;

/// A matter (件) settled at a help desk. Its id is made by the device, so repeating it changes nothing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "matter")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// At which session of a help desk.
    pub session_id: Uuid,
    /// Which matter, in the words of the list or as typed.
    pub label: String,
    /// Not on the programme's list.
    pub other: bool,
    /// The attendance row of whom it was for; none when nobody was counted for it.
    pub attendance_id: Option<Uuid>,
    /// Whether the desk made that attendance row.
    pub counted: bool,
    /// When it was taken.
    pub recorded_at: DateTimeUtc,
    /// The account that took it.
    pub recorded_by: Option<Uuid>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
    /// The attendance row behind `attendance_id`.
    #[sea_orm(belongs_to, from = "(community_id, attendance_id)", to = "(community_id, id)")]
    pub attendance: BelongsTo<Option<super::attendance::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
