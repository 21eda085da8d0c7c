//! `confirmation` table.

use sea_orm::entity::prelude::*;

/// A question to a partner whether it comes to a session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "confirmation")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// About which session.
    pub session_id: Uuid,
    /// Who is asked.
    pub partner_id: Uuid,
    /// The start it is bound to: when the session moves, the question is void.
    pub starts_at: DateTimeUtc,
    /// SHA-256 of the token of the link.
    pub token_hash: Vec<u8>,
    /// When it was asked.
    pub asked_at: DateTimeUtc,
    /// The account that asked; none when the program did.
    pub asked_by: Option<Uuid>,
    /// When it was answered.
    pub answered_at: Option<DateTimeUtc>,
    /// `confirmed` or `declined`.
    pub answer: Option<String>,
    /// `link`, `login` or `phone`.
    pub answered_via: Option<String>,
    /// The account that answered, or noted the answer.
    pub answered_by: Option<Uuid>,
    /// Why not, in words; may be empty.
    pub words: String,
    /// Who would come instead; may be empty.
    pub substitute: String,
    /// When staff saw to a refusal.
    pub handled_at: Option<DateTimeUtc>,
    /// Which account did.
    pub handled_by: Option<Uuid>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
    /// The partner behind `partner_id`.
    #[sea_orm(belongs_to, from = "(community_id, partner_id)", to = "(community_id, id)")]
    pub partner: BelongsTo<super::partner::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
