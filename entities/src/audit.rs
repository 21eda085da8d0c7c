//! `audit` table.

use sea_orm::entity::prelude::*;

/// An audit row: who did what. Rows of a community form a hash chain.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When.
    pub at: DateTimeUtc,
    /// Who; none for the public and the program itself.
    pub account_id: Option<Uuid>,
    /// What: `session.cancel`.
    pub action: String,
    /// On which row.
    pub subject_id: Option<Uuid>,
    /// More, as JSON; ids, never names or numbers.
    pub detail: String,
    /// Place in the chain, from 1.
    pub position: i32,
    /// Hash of the row before.
    pub previous_hash: Vec<u8>,
    /// SHA-256 over this row and `previous_hash`.
    pub hash: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
