//! `grid` table.

use sea_orm::entity::prelude::*;

/// A grid (网格) of a community.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grid")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Order on lists.
    pub position: i32,
    /// Registered residents of 60 and over.
    pub seniors_registered: i32,
    /// Posted first secretary (第一书记); may be empty.
    pub first_secretary: String,
}

impl ActiveModelBehavior for ActiveModel {}
