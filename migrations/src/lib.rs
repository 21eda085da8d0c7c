//! Schema changes of 享老, one file per change. A migration describes the past: it names tables and columns by text and
//! imports nothing of ours.

#![allow(
    clippy::wildcard_imports,
    reason = "sea-orm-migration is written to be used through its preludes"
)]

mod m20261101_000001_create_communities;
mod m20261101_000002_create_accounts;
mod m20261101_000003_create_programmes;
mod m20261101_000004_create_residents;
mod m20261101_000005_create_attendance;
mod m20261101_000006_create_proposals;
mod m20261101_000007_create_notifications;
mod m20261101_000008_create_bookkeeping;
mod m20261101_000009_guard_bookings;
mod m20261124_000001_extend_series;
mod m20261124_000002_create_holiday_notices;
mod m20261126_000001_guard_plans;
mod m20261126_000011_create_confirmations;
mod m20261126_000012_create_complaints;
mod m20261126_000021_create_materials;
mod m20261126_000022_create_terms;
mod m20261126_000031_index_lookups;
mod m20261126_000111_create_resident_imports;
mod m20261126_000121_merge_residents;
mod m20261126_000131_create_sign_up_rules;
mod m20261126_000141_create_chain_lines;
mod m20261126_000151_create_door;
mod m20261126_000161_create_sheets;
mod m20261126_000162_create_photos;
mod m20261126_000171_create_visit_summary;
mod m20261126_000172_create_month_reports;
mod m20261126_000181_create_matters;
mod m20261126_000182_extend_visits;
mod m20261126_000183_name_feedback_sources;
mod m20261126_000184_create_crews;
mod m20261126_000191_extend_deliveries;
mod m20261126_000192_serve_the_outbox;
mod m20261126_000201_create_channel_accounts;
mod m20261126_000211_create_notification_rules;
mod m20261126_000221_create_message_templates;
mod m20261126_000231_create_call_outcomes;
mod m20261126_000241_create_restorations;
mod m20261126_000251_hurry_deliveries;
mod owned;

use sea_orm_migration::prelude::*;

/// Runs the migrations in order.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261101_000001_create_communities::Migration),
            Box::new(m20261101_000002_create_accounts::Migration),
            Box::new(m20261101_000003_create_programmes::Migration),
            Box::new(m20261101_000004_create_residents::Migration),
            Box::new(m20261101_000005_create_attendance::Migration),
            Box::new(m20261101_000006_create_proposals::Migration),
            Box::new(m20261101_000007_create_notifications::Migration),
            Box::new(m20261101_000008_create_bookkeeping::Migration),
            Box::new(m20261101_000009_guard_bookings::Migration),
            Box::new(m20261124_000001_extend_series::Migration),
            Box::new(m20261124_000002_create_holiday_notices::Migration),
            Box::new(m20261126_000001_guard_plans::Migration),
            Box::new(m20261126_000011_create_confirmations::Migration),
            Box::new(m20261126_000012_create_complaints::Migration),
            Box::new(m20261126_000021_create_materials::Migration),
            Box::new(m20261126_000022_create_terms::Migration),
            Box::new(m20261126_000031_index_lookups::Migration),
            Box::new(m20261126_000111_create_resident_imports::Migration),
            Box::new(m20261126_000121_merge_residents::Migration),
            Box::new(m20261126_000131_create_sign_up_rules::Migration),
            Box::new(m20261126_000141_create_chain_lines::Migration),
            Box::new(m20261126_000151_create_door::Migration),
            Box::new(m20261126_000161_create_sheets::Migration),
            Box::new(m20261126_000162_create_photos::Migration),
            Box::new(m20261126_000171_create_visit_summary::Migration),
            Box::new(m20261126_000172_create_month_reports::Migration),
            Box::new(m20261126_000181_create_matters::Migration),
            Box::new(m20261126_000182_extend_visits::Migration),
            Box::new(m20261126_000183_name_feedback_sources::Migration),
            Box::new(m20261126_000184_create_crews::Migration),
            Box::new(m20261126_000191_extend_deliveries::Migration),
            Box::new(m20261126_000192_serve_the_outbox::Migration),
            Box::new(m20261126_000201_create_channel_accounts::Migration),
            Box::new(m20261126_000211_create_notification_rules::Migration),
            Box::new(m20261126_000221_create_message_templates::Migration),
            Box::new(m20261126_000231_create_call_outcomes::Migration),
            Box::new(m20261126_000241_create_restorations::Migration),
            Box::new(m20261126_000251_hurry_deliveries::Migration),
        ]
    }
}
