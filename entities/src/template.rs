//! `template` table.

use sea_orm::entity::prelude::*;

/// A community's own template for new activities.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "template")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What staff call it.
    pub name: String,
    /// The programme it was made from: its materials go along.
    pub programme_id: Option<Uuid>,
    /// Words, rule and habits as JSON.
    pub body: String,
    /// When it was taken away; it can be brought back until the night job forgets it.
    pub removed_at: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
