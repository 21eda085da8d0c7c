//! `visit_summary` table.

use sea_orm::entity::prelude::*;

/// Named visits of a resident to a programme at a venue in a month, kept by triggers on attendance.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "visit_summary")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// `2026-10`, midnight to midnight at UTC+8.
    #[sea_orm(primary_key, auto_increment = false)]
    pub month: String,
    /// Who.
    #[sea_orm(primary_key, auto_increment = false)]
    pub resident_id: Uuid,
    /// To what.
    #[sea_orm(primary_key, auto_increment = false)]
    pub programme_id: Uuid,
    /// Where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub venue_id: Uuid,
    /// How often.
    pub visits: i32,
}

impl ActiveModelBehavior for ActiveModel {}
