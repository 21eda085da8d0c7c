//! `login` table.

use sea_orm::entity::prelude::*;

/// A login: an account's authenticated state. Only the hash of its token is stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256 of the token.
    #[sea_orm(unique)]
    pub token_hash: Vec<u8>,
    /// Whose.
    pub account_id: Uuid,
    /// `cookie` or `bearer`.
    pub kind: String,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When it was last used, to the minute.
    pub seen_at: DateTimeUtc,
    /// Absolute end.
    pub expires_at: DateTimeUtc,
    /// The account behind `account_id`.
    #[sea_orm(belongs_to, from = "account_id", to = "id")]
    pub account: BelongsTo<super::account::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
