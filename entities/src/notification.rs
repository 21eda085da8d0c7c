//! `notification` table.

use sea_orm::entity::prelude::*;

/// A notification (通知): who must be told what by when.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `reminder_evening`, `reminder_soon`, `cancelled`, `moved`, `promoted`, `proposal_decided`, …
    pub event: String,
    /// Unique in the community: the same thing is never told twice.
    pub dedupe_key: String,
    /// About which session.
    pub session_id: Option<Uuid>,
    /// About which proposal.
    pub proposal_id: Option<Uuid>,
    /// What is told, as JSON.
    pub facts: String,
    /// When it falls due.
    pub due_at: DateTimeUtc,
    /// After this it is useless.
    pub expires_at: DateTimeUtc,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<Option<super::session::Entity>>,
    /// The proposal behind `proposal_id`.
    #[sea_orm(belongs_to, from = "(community_id, proposal_id)", to = "(community_id, id)")]
    pub proposal: BelongsTo<Option<super::proposal::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
