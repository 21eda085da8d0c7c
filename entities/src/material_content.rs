//! `material_content` table.

use sea_orm::entity::prelude::*;

/// The bytes of files, each content once in a community; apart from `material` so that lists never load them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "material_content")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// SHA-256; unique in the community.
    pub sha256: Vec<u8>,
    /// How many bytes.
    pub size: i32,
    /// The bytes.
    pub content: Vec<u8>,
    /// When it came.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
