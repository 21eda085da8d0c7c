//! `resident_merge` table.

use sea_orm::entity::prelude::*;

/// Two residents who turned out to be one person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resident_merge")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The one who stays.
    pub survivor_id: Uuid,
    /// The one who leads to the survivor from then on.
    pub merged_id: Uuid,
    /// What the survivor had before, as JSON; numbers stay sealed. Empty once the person was erased.
    pub before: String,
    /// What the merge made of it, as JSON, so that an undoing leaves alone what was changed since.
    pub after: String,
    /// When.
    pub merged_at: DateTimeUtc,
    /// The account that did.
    pub merged_by: Option<Uuid>,
    /// When it was undone.
    pub undone_at: Option<DateTimeUtc>,
    /// The account that undid it.
    pub undone_by: Option<Uuid>,
    /// The resident behind `survivor_id`.
    #[sea_orm(
        belongs_to,
        relation_enum = "Survivor",
        from = "(community_id, survivor_id)",
        to = "(community_id, id)"
    )]
    pub survivor: BelongsTo<super::resident::Entity>,
    /// The resident behind `merged_id`.
    #[sea_orm(
        belongs_to,
        relation_enum = "Merged",
        from = "(community_id, merged_id)",
        to = "(community_id, id)"
    )]
    pub merged: BelongsTo<super::resident::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
