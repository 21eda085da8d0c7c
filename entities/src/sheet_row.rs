//! `sheet_row` table.

use sea_orm::entity::prelude::*;

/// A row of a sign-in sheet: a printed name, or somebody who wrote theirs into a blank row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sheet_row")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// On which sheet.
    pub sheet_id: Uuid,
    /// The number printed beside it.
    pub number: i32,
    /// Who it is; none for somebody who is not known.
    pub resident_id: Option<Uuid>,
    /// What stands there, for somebody who is not known; may be empty.
    pub name: String,
    /// Whether they came.
    pub came: bool,
    /// The attendance row that this row brought about; none when they were counted already, or not by name.
    pub attendance_id: Option<Uuid>,
    /// What stands behind `sheet_id`.
    #[sea_orm(belongs_to, from = "(community_id, sheet_id)", to = "(community_id, id)")]
    pub sheet: BelongsTo<super::sheet::Entity>,
    /// What stands behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<Option<super::resident::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
