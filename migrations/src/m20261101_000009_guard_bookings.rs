//! Lets the database refuse two bookings of one venue or one facilitator that overlap, and two named attendance rows of one
//! resident at one session.
//!
//! PostgreSQL has exclusion constraints; SQLite gets triggers that raise the constraint's name. Ranges are half open:
//! sessions that touch are allowed.

use sea_orm_migration::{prelude::*, sea_orm::DatabaseBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const POSTGRES: &[&str] = &[
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "ALTER TABLE booking ADD CONSTRAINT booking_spans CHECK (starts_at < ends_at AND ends_at <= clear_at)",
    "ALTER TABLE booking ADD CONSTRAINT booking_venue_no_overlap EXCLUDE USING gist \
     (community_id WITH =, venue_id WITH =, tstzrange(starts_at, clear_at) WITH &&)",
    "ALTER TABLE booking ADD CONSTRAINT booking_facilitator_no_overlap EXCLUDE USING gist \
     (community_id WITH =, facilitator_id WITH =, tstzrange(starts_at, ends_at) WITH &&)",
];

fn sqlite() -> Vec<String> {
    let mut statements = Vec::new();
    for event in [
        "INSERT ON booking",
        "UPDATE OF venue_id, facilitator_id, starts_at, ends_at, clear_at ON booking",
    ] {
        let when = &event[..6].to_lowercase();
        statements.push(format!(
            "CREATE TRIGGER booking_spans_{when} BEFORE {event} \
             WHEN NOT (NEW.starts_at < NEW.ends_at AND NEW.ends_at <= NEW.clear_at) \
             BEGIN SELECT RAISE(ABORT, 'booking_spans'); END"
        ));
        for (column, end) in [("venue_id", "clear_at"), ("facilitator_id", "ends_at")] {
            let name = format!("booking_{}_no_overlap", column.trim_end_matches("_id"));
            statements.push(format!(
                "CREATE TRIGGER {name}_{when} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{name}') WHERE EXISTS (\
                 SELECT 1 FROM booking b WHERE b.community_id = NEW.community_id AND b.{column} = NEW.{column} \
                 AND b.id <> NEW.id AND b.starts_at < NEW.{end} AND NEW.starts_at < b.{end}); END"
            ));
        }
    }
    statements
}

const BOTH: &[&str] = &[
    "CREATE UNIQUE INDEX attendance_named_once ON attendance (community_id, session_id, resident_id) \
     WHERE withdrawn_at IS NULL AND resident_id IS NOT NULL",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        match manager.get_database_backend() {
            DatabaseBackend::Postgres => {
                for statement in POSTGRES {
                    connection.execute_unprepared(statement).await?;
                }
            }
            _ => {
                for statement in sqlite() {
                    connection.execute_unprepared(&statement).await?;
                }
            }
        }
        for statement in BOTH {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        connection
            .execute_unprepared("DROP INDEX attendance_named_once")
            .await?;
        match manager.get_database_backend() {
            DatabaseBackend::Postgres => {
                connection
                    .execute_unprepared(
                        "ALTER TABLE booking DROP CONSTRAINT booking_venue_no_overlap, \
                         DROP CONSTRAINT booking_facilitator_no_overlap, DROP CONSTRAINT booking_spans",
                    )
                    .await?;
            }
            _ => {
                for name in [
                    "booking_spans",
                    "booking_venue_no_overlap",
                    "booking_facilitator_no_overlap",
                ] {
                    for when in ["insert", "update"] {
                        connection
                            .execute_unprepared(&format!("DROP TRIGGER {name}_{when}"))
                            .await?;
                    }
                }
            }
        }
        Ok(())
    }
}
