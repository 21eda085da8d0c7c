//! `notification_setting` table.

use sea_orm::entity::prelude::*;

/// What a community has set about telling people, beside its rules.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_setting")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// That of the community: it has one at most.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Quiet hours and more, as JSON.
    pub body: String,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
