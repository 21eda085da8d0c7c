//! `undone` table.

use sea_orm::entity::prelude::*;

/// That an entry was taken back: its id does not come again. Kept for matters, household visits, needs and feedback, whose rows are gone then.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "undone")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// The id of the entry.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `matter`, `household_visit`, `need` or `feedback`.
    pub noun: String,
    /// When.
    pub undone_at: DateTimeUtc,
    /// The account that did it.
    pub undone_by: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
