//! `substitution` table.

use sea_orm::entity::prelude::*;

/// A change of who leads a session: history that is never changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "substitution")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which session.
    pub session_id: Uuid,
    /// Who led it before; none when nobody did.
    pub from_facilitator_id: Option<Uuid>,
    /// Who leads it since; none when nobody does.
    pub to_facilitator_id: Option<Uuid>,
    /// Why, in words; may be empty.
    pub reason: String,
    /// Who changed it.
    pub account_id: Option<Uuid>,
    /// When.
    pub created_at: DateTimeUtc,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
