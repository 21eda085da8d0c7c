//! What each look at the planner asks is found by an index, however many sessions and bookings a community has.

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
        "SELECT id FROM session WHERE starts_at >= ?1 AND starts_at < ?1",
        "session_starts_at_all",
    ),
];

/// SQLite tells its plan without rows to plan for; PostgreSQL reads a small table whole, whatever its indexes.
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
