//! `upload` table.

use sea_orm::entity::prelude::*;

/// A file somebody sent that waits to be looked through and confirmed; forgotten after a day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "upload")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who sent it.
    pub account_id: Option<Uuid>,
    /// What it is for: `ics`, `residents`, `residents_rest`.
    pub kind: String,
    /// The file's name as it was sent, shortened.
    pub name: String,
    /// Its bytes.
    pub content: Vec<u8>,
    /// When it came.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
