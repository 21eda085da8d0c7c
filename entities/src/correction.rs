//! `correction` table.

use sea_orm::entity::prelude::*;

/// A correction (更正) of a session in a month that was reported.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "correction")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which report.
    pub month_report_id: Uuid,
    /// At which session.
    pub session_id: Uuid,
    /// Why.
    pub reason: String,
    /// Named rows before.
    pub named_before: i32,
    /// Heads before.
    pub headcount_before: i32,
    /// Named rows after.
    pub named_after: i32,
    /// Heads after.
    pub headcount_after: i32,
    /// Answers added.
    pub answers_added: i32,
    /// True only inside the transaction that corrects: it opens the lock for this session.
    pub under_way: bool,
    /// When.
    pub corrected_at: DateTimeUtc,
    /// By whom.
    pub corrected_by: Option<Uuid>,
    /// The report behind `month_report_id`.
    #[sea_orm(belongs_to, from = "(community_id, month_report_id)", to = "(community_id, id)")]
    pub month_report: BelongsTo<super::month_report::Entity>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
