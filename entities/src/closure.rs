//! `closure` table.

use sea_orm::entity::prelude::*;

/// A closure (停用): one act that shut venues for a time, with what became of the sessions it hit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "closure")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `closure` or `weather`.
    pub kind: String,
    /// Why, from the list.
    pub reason_code: String,
    /// Why, in words for people; may be empty.
    pub reason: String,
    /// Start.
    pub starts_at: DateTimeUtc,
    /// End.
    pub ends_at: DateTimeUtc,
    /// The message that went out with it; none when nobody was to be told.
    pub notification_id: Option<Uuid>,
    /// Who did it.
    pub account_id: Option<Uuid>,
    /// When.
    pub created_at: DateTimeUtc,
    /// When it was taken back.
    pub undone_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
