//! `closure_effect` table.

use sea_orm::entity::prelude::*;

/// What a closure did to a session, and how the session stood before.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "closure_effect")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// By which closure.
    pub closure_id: Uuid,
    /// Which session.
    pub session_id: Uuid,
    /// `cancel`, `move` or `keep`.
    pub act: String,
    /// How the session stood before, JSON.
    pub before: String,
    /// The session's sequence afterwards: when it differs, somebody changed it since.
    pub sequence: i32,
    /// The closure behind `closure_id`.
    #[sea_orm(belongs_to, from = "(community_id, closure_id)", to = "(community_id, id)")]
    pub closure: BelongsTo<super::closure::Entity>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
