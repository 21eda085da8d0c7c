//! `count_alarm` table.

use sea_orm::entity::prelude::*;

/// An alarm: counters and rows of a month were found to differ.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "count_alarm")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `2026-10`, of the sessions concerned.
    pub month: String,
    /// Sessions whose counters differ from their rows.
    pub sessions: i32,
    /// Summary rows that differ from the attendance.
    pub summaries: i32,
    /// When it was found.
    pub found_at: DateTimeUtc,
    /// When they agreed again.
    pub cleared_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
