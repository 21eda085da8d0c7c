//! `crew` table.

use sea_orm::entity::prelude::*;

/// Who worked at a session: counted apart from those who came.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "crew")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// At which session; one row each.
    pub session_id: Uuid,
    /// Community staff.
    pub staff: i32,
    /// Speakers and those who give the service.
    pub speakers: i32,
    /// Volunteers.
    pub volunteers: i32,
    /// Minutes of all volunteers together.
    pub volunteer_minutes: i32,
    /// When it was last typed.
    pub recorded_at: DateTimeUtc,
    /// The account that typed it.
    pub recorded_by: Option<Uuid>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
