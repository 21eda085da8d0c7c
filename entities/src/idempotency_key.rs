//! `idempotency_key` table.

use sea_orm::entity::prelude::*;

/// The stored answer to a write, for repeats of the same key.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_key")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The header's value.
    pub key: String,
    /// Who sent it.
    pub account_id: Option<Uuid>,
    /// SHA-256 of method, path and body.
    pub request_hash: Vec<u8>,
    /// HTTP status answered.
    pub status: i32,
    /// Body answered.
    pub body: String,
    /// When.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
