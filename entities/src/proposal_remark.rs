//! `proposal_remark` table.

use sea_orm::entity::prelude::*;

/// A step in a proposal's life, with what was said.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "proposal_remark")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which proposal.
    pub proposal_id: Uuid,
    /// `submit`, `request_changes`, `approve`, `decline`, `withdraw` or `lapse`.
    pub action: String,
    /// Words; may be empty.
    pub remark: String,
    /// Who.
    pub account_id: Option<Uuid>,
    /// When.
    pub created_at: DateTimeUtc,
    /// The proposal behind `proposal_id`.
    #[sea_orm(belongs_to, from = "(community_id, proposal_id)", to = "(community_id, id)")]
    pub proposal: BelongsTo<super::proposal::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
