//! `notification_rule` table.

use sea_orm::entity::prelude::*;

/// How a community tells people of one kind of event, where it is not the usual way.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_rule")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `reminder_evening`, `cancelled`, `weekly_schedule`, …; once in a community.
    pub event: String,
    /// The rule as JSON.
    pub body: String,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
