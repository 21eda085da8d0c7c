//! `sign_up_rule` table.

use sea_orm::entity::prelude::*;

/// Rules of signing up that a programme, a series or a single session has.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sign_up_rule")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// That of the programme, series or session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `programme`, `series` or `session`.
    pub level: String,
    /// The rules as JSON.
    pub body: String,
    /// When they last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
