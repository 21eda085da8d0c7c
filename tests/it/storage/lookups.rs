//! What each look at the planner and each round of the outbox asks is found by an index, however many sessions, bookings and deliveries there are.

use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::support::app::TestApp;

/// A question as storage asks it, and the index that answers it.
const LOOKUPS: &[(&str, &str)] = &[
    (
        "SELECT starts_at FROM booking WHERE community_id = ?1 AND proposal_id = ?1 ORDER BY starts_at",
        "booking_proposal_id",
    ),
    (
        "SELECT id FROM session WHERE community_id = ?1 AND starts_at >= ?1 AND starts_at < ?1 AND status <> 'cancelled' \
         AND programme_id IN (?1, ?2)",
        "session_programme_id_starts_at",
    ),
    (
        "SELECT id FROM session WHERE community_id = ?1 AND moved_from_at >= ?1 AND moved_from_at < ?1",
        "session_moved_from_at",
    ),
    (
        "SELECT id FROM delivery WHERE status IN ('due', 'retry') AND community_id = ?1 AND due_at <= ?1 AND channel <> ?1 \
         ORDER BY due_at LIMIT ?1",
        "delivery_ready",
    ),
    (
        "SELECT id FROM delivery WHERE status IN ('leased', 'sending') AND lease_until < ?1",
        "delivery_held",
    ),
    (
        "SELECT id FROM delivery WHERE status IN ('due', 'retry') AND hurry_at IS NOT NULL AND hurry_at <= ?1",
        "delivery_hurry",
    ),
    (
        "SELECT id FROM session WHERE starts_at >= ?1 AND starts_at < ?1",
        "session_starts_at_all",
    ),
];

/// SQLite tells its plan without rows to plan for, and without knowing what is bound; PostgreSQL reads a small table whole, whatever its indexes.
#[tokio::test]
async fn the_planner_reads_no_table_whole() {
    let app = TestApp::sqlite().await;
    for (question, index) in LOOKUPS {
        let explain = format!("EXPLAIN QUERY PLAN {question}");
        let rows = app
            .db()
            .query_all_raw(Statement::from_string(DbBackend::Sqlite, explain))
            .await
            .unwrap();
        let steps: Vec<String> = rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
        assert!(
            steps.iter().any(|step| step.contains("SEARCH") && step.contains(index)),
            "{question}: {steps:?}"
        );
    }
}
