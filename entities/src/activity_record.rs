//! `activity_record` table.

use sea_orm::entity::prelude::*;

/// The activity record (活动记录) of a session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_record")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which session; unique.
    pub session_id: Uuid,
    /// What it was for.
    pub purpose: String,
    /// How it went (活动过程).
    pub process: String,
    /// What residents said (群众反映).
    pub voice: String,
    /// What comes next.
    pub next: String,
    /// The report for others (简报) as it was edited; empty while it is the generated one.
    pub brief: String,
    /// Who wrote it down.
    pub recorder: String,
    /// Who looked over it.
    pub reviewer: String,
    /// Volunteers there.
    pub volunteers: Option<i32>,
    /// Speakers there.
    pub speakers: Option<i32>,
    /// Staff there.
    pub staff: Option<i32>,
    /// Raised at each change.
    pub version: i32,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The account that changed it.
    pub updated_by: Option<Uuid>,
    /// What stands behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
