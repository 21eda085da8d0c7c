//! `complaint` table.

use sea_orm::entity::prelude::*;

/// A complaint about a partner.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "complaint")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// About whom.
    pub partner_id: Uuid,
    /// About which session; none when the person did not say.
    pub session_id: Option<Uuid>,
    /// `selling`, `charging`, `injury` or `other`.
    pub kind: String,
    /// What happened, in words; may be empty.
    pub words: String,
    /// Number of whoever complained, sealed.
    pub phone_sealed: Option<Vec<u8>>,
    /// `public` or `desk`.
    pub source: String,
    /// Whether it froze the partner.
    pub froze: bool,
    /// The account that wrote it down at the desk.
    pub created_by: Option<Uuid>,
    /// When.
    pub created_at: DateTimeUtc,
    /// `go_on`, `cancel` or `unfounded`; none while it waits.
    pub decision: Option<String>,
    /// Why, in words; may be empty.
    pub decision_words: String,
    /// Who decided.
    pub decided_by: Option<Uuid>,
    /// When.
    pub decided_at: Option<DateTimeUtc>,
    /// The partner behind `partner_id`.
    #[sea_orm(belongs_to, from = "(community_id, partner_id)", to = "(community_id, id)")]
    pub partner: BelongsTo<super::partner::Entity>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<Option<super::session::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
