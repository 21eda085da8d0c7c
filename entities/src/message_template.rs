//! `message_template` table.

use sea_orm::entity::prelude::*;

/// A community's own words for one event, one class of channels and one language; where there is no row, the built-in words are used.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message_template")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is told.
    pub event: String,
    /// `mail`, `sms` or `robot`.
    pub class: String,
    /// `zh-CN` or `en`.
    pub lang: String,
    /// Subject with its variables; empty for text messages.
    pub subject: String,
    /// Text with its variables.
    pub body: String,
    /// When it was written.
    pub updated_at: DateTimeUtc,
    /// By which account.
    pub updated_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
