//! `resident_merge_move` table.

use sea_orm::entity::prelude::*;

/// A row that a merge changed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resident_merge_move")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// By which merge.
    pub merge_id: Uuid,
    /// Its table.
    pub kind: String,
    /// Its id.
    pub row_id: Uuid,
    /// `moved` to the survivor, `folded` (the survivor has the same, this one counts no more) or `raised` (the survivor took the better place).
    pub how: String,
    /// What it was, as JSON.
    pub before: String,
    /// What it became, as JSON.
    pub after: String,
    /// The merge behind `merge_id`.
    #[sea_orm(belongs_to, from = "(community_id, merge_id)", to = "(community_id, id)")]
    pub merge: BelongsTo<super::resident_merge::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
