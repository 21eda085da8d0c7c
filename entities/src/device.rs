//! `device` table.

use sea_orm::entity::prelude::*;

/// A device that may take attendance in one community and do nothing else. Of its secrets only hashes are stored.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "device")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What staff call it.
    pub name: String,
    /// How long it may: `today`, `days90` or `until_revoked`.
    pub term: String,
    /// SHA-256 of the link's token; unique.
    pub link_hash: Vec<u8>,
    /// When the link stops working; it works once.
    pub link_expires_at: DateTimeUtc,
    /// SHA-256 of the token the device keeps; none before the link was opened. Unique.
    pub token_hash: Option<Vec<u8>>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// The account that made it.
    pub created_by: Option<Uuid>,
    /// When the link was opened on the device.
    pub opened_at: Option<DateTimeUtc>,
    /// When it was last used, to the minute.
    pub seen_at: Option<DateTimeUtc>,
    /// When its right ends by itself.
    pub expires_at: Option<DateTimeUtc>,
    /// When its right was taken.
    pub revoked_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
