//! `month_report` table.

use sea_orm::entity::prelude::*;

/// A month that was reported (上报): its figures as they were, and the lock on them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "month_report")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `2026-10`, in the community's zone.
    pub month: String,
    /// The first instant of it.
    pub starts_at: DateTimeUtc,
    /// The first instant after it.
    pub ends_at: DateTimeUtc,
    /// The figures as reported, JSON.
    pub figures: String,
    /// When.
    pub reported_at: DateTimeUtc,
    /// The account that reported.
    pub reported_by: Option<Uuid>,
    /// When the lock was taken off.
    pub unlocked_at: Option<DateTimeUtc>,
    /// By whom.
    pub unlocked_by: Option<Uuid>,
    /// Why; empty while it stands.
    pub unlock_reason: String,
}

impl ActiveModelBehavior for ActiveModel {}
