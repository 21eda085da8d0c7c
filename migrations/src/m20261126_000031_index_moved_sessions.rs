//! Indexes the sessions that were moved by where they stood: each planner's week asks for those that left it, and they are few among all
//! sessions of a community. Indexes all sessions by their start, too: jobs that run every few seconds ask for what comes next in all
//! communities at once.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Both databases know partial indexes, and write them alike.
        let sql = r#"CREATE INDEX "session_moved_from_at" ON "session" ("community_id", "moved_from_at") WHERE "moved_from_at" IS NOT NULL"#;
        manager.get_connection().execute_unprepared(sql).await?;
        let sql = r#"CREATE INDEX "session_starts_at_all" ON "session" ("starts_at")"#;
        manager.get_connection().execute_unprepared(sql).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("session_starts_at_all").table("session").to_owned())
            .await?;
        manager
            .drop_index(Index::drop().name("session_moved_from_at").table("session").to_owned())
            .await
    }
}
