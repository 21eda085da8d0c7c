//! `restoration` table.

use sea_orm::entity::prelude::*;

/// The database was brought back from a copy: what was sent since the copy was made is not in it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "restoration")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// How often this database was restored, this time included.
    pub epoch: i32,
    /// When.
    pub restored_at: DateTimeUtc,
    /// Deliveries of which nobody knows whether they had left.
    pub unknown: i32,
    /// Deliveries that were of no use any more.
    pub expired: i32,
    /// When somebody let messages leave again; none: they are held back.
    pub resumed_at: Option<DateTimeUtc>,
    /// Who.
    pub resumed_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
