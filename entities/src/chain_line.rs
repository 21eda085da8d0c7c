//! `chain_line` table.

use sea_orm::entity::prelude::*;

/// A line of a chat list (接龙) that was taken over into a session; its words are not kept.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "chain_line")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Into which session.
    pub session_id: Uuid,
    /// Keyed hash of the line without its number, and of how often it stood in the list before.
    pub line_hash: Vec<u8>,
    /// `joined`, `cancelled` or `skipped`.
    pub outcome: String,
    /// The enrolment it led to or ended.
    pub enrolment_id: Option<Uuid>,
    /// How many come along without having been named: they hold no seat.
    pub unnamed: i32,
    /// When it was taken over.
    pub created_at: DateTimeUtc,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
