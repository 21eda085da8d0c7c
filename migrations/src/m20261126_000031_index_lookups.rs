//! Indexes what every look at the planner asks for: sessions that were moved, by where they stood, and bookings that a waiting proposal
//! holds (both few among all of a community), and the sessions of a programme by start. All sessions by their start, too: jobs that run every
//! few seconds ask for what comes next in all communities at once.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, table and the rest of each; both databases know partial indexes, and write them alike.
const INDEXES: &[(&str, &str, &str)] = &[
    (
        "session_moved_from_at",
        "session",
        r#"("community_id", "moved_from_at") WHERE "moved_from_at" IS NOT NULL"#,
    ),
    (
        "booking_proposal_id",
        "booking",
        r#"("community_id", "proposal_id") WHERE "proposal_id" IS NOT NULL"#,
    ),
    (
        "session_programme_id_starts_at",
        "session",
        r#"("community_id", "programme_id", "starts_at")"#,
    ),
    ("session_starts_at_all", "session", r#"("starts_at")"#),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, rest) in INDEXES {
            let sql = format!(r#"CREATE INDEX "{name}" ON "{table}" {rest}"#);
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, _) in INDEXES {
            manager
                .drop_index(Index::drop().name(*name).table(*table).to_owned())
                .await?;
        }
        Ok(())
    }
}
