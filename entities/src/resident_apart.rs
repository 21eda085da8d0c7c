//! `resident_apart` table.

use sea_orm::entity::prelude::*;

/// Two residents who look like one person and are not.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resident_apart")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The one with the smaller id.
    pub first_id: Uuid,
    /// The other.
    pub second_id: Uuid,
    /// When somebody said so.
    pub decided_at: DateTimeUtc,
    /// The account that did.
    pub decided_by: Option<Uuid>,
    /// The resident behind `first_id`.
    #[sea_orm(
        belongs_to,
        relation_enum = "First",
        from = "(community_id, first_id)",
        to = "(community_id, id)"
    )]
    pub first: BelongsTo<super::resident::Entity>,
    /// The resident behind `second_id`.
    #[sea_orm(
        belongs_to,
        relation_enum = "Second",
        from = "(community_id, second_id)",
        to = "(community_id, id)"
    )]
    pub second: BelongsTo<super::resident::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
