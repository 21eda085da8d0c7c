//! `term` table.

use sea_orm::entity::prelude::*;

/// A new term: a series that follows an old one.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "term")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// The new series.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The series it follows.
    pub old_series_id: Uuid,
    /// Until when people can answer; none when nobody was asked.
    pub confirm_by: Option<DateTimeUtc>,
    /// When it was made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
