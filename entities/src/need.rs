//! `need` table.

use sea_orm::entity::prelude::*;

/// A need (诉求) heard at a session, a desk or a visit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "need")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Where it was heard.
    pub session_id: Option<Uuid>,
    /// At which visit.
    pub visit_id: Option<Uuid>,
    /// The need, in one line.
    pub text: String,
    /// When it was heard.
    pub recorded_at: DateTimeUtc,
    /// When it was resolved.
    pub resolved_at: Option<DateTimeUtc>,
    /// How; empty while open.
    pub outcome: String,
    /// The account that wrote it down.
    pub recorded_by: Option<Uuid>,
    /// The account that closed it.
    pub resolved_by: Option<Uuid>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<Option<super::session::Entity>>,
    /// The household visit behind `visit_id`.
    #[sea_orm(belongs_to, from = "(community_id, visit_id)", to = "(community_id, id)")]
    pub visit: BelongsTo<Option<super::household_visit::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
