//! Creates months that were reported, and corrections of them. From the report on the database itself refuses whatever would change a number of the
//! month: attendance and answers, by whatever way they come, but for a correction under way in the same transaction.
//!
//! On PostgreSQL the guard locks the session before it looks, as the act of reporting does: of a check-in and a report at the same moment one comes
//! first, and the other sees it.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The change, as the trigger sees it: table, event, the row whose session is asked for, when.
const GUARDED: &[(&str, &str, &str, &str, &str)] = &[
    ("attendance", "insert", "INSERT", "NEW", "NEW.withdrawn_at IS NULL"),
    (
        "attendance",
        "update",
        "UPDATE OF session_id, headcount, withdrawn_at",
        "OLD",
        "OLD.session_id <> NEW.session_id OR OLD.headcount <> NEW.headcount \
         OR (OLD.withdrawn_at IS NULL) <> (NEW.withdrawn_at IS NULL)",
    ),
    (
        "attendance",
        "arrive",
        "UPDATE OF session_id",
        "NEW",
        "OLD.session_id <> NEW.session_id AND NEW.withdrawn_at IS NULL",
    ),
    ("attendance", "delete", "DELETE", "OLD", "OLD.withdrawn_at IS NULL"),
    ("feedback", "insert", "INSERT", "NEW", "1 = 1"),
    ("feedback", "update", "UPDATE", "OLD", "1 = 1"),
    ("feedback", "delete", "DELETE", "OLD", "1 = 1"),
];

fn sqlite() -> Vec<String> {
    GUARDED
        .iter()
        .map(|(table, name, event, row, when)| {
            format!(
                "CREATE TRIGGER month_locked_{table}_{name} BEFORE {event} ON {table} WHEN {when} BEGIN \
                 SELECT RAISE(ABORT, 'month_locked') WHERE EXISTS (SELECT 1 FROM session s JOIN month_report m \
                 ON m.community_id = s.community_id AND m.unlocked_at IS NULL \
                 AND m.starts_at <= s.starts_at AND s.starts_at < m.ends_at \
                 WHERE s.community_id = {row}.community_id AND s.id = {row}.session_id \
                 AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.community_id = s.community_id \
                 AND c.session_id = s.id AND c.under_way)); END"
            )
        })
        .collect()
}

fn postgres() -> Vec<String> {
    let mut statements = Vec::new();
    for row in ["NEW", "OLD"] {
        let name = format!("month_locked_{}", row.to_lowercase());
        statements.push(format!(
            "CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE start timestamptz; BEGIN \
             SELECT s.starts_at INTO start FROM session s WHERE s.community_id = {row}.community_id \
             AND s.id = {row}.session_id FOR NO KEY UPDATE; \
             IF EXISTS (SELECT 1 FROM month_report m WHERE m.community_id = {row}.community_id \
             AND m.unlocked_at IS NULL AND m.starts_at <= start AND start < m.ends_at) \
             AND NOT EXISTS (SELECT 1 FROM correction c WHERE c.community_id = {row}.community_id \
             AND c.session_id = {row}.session_id AND c.under_way) \
             THEN RAISE EXCEPTION 'month_locked' USING ERRCODE = 'check_violation', CONSTRAINT = 'month_locked'; END IF; \
             IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        ));
    }
    for (table, name, event, row, when) in GUARDED {
        statements.push(format!(
            "CREATE TRIGGER month_locked_{name} BEFORE {event} ON {table} FOR EACH ROW WHEN ({when}) \
             EXECUTE FUNCTION month_locked_{}()",
            row.to_lowercase()
        ));
    }
    statements
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("month_report")
                    .col(text("month"))
                    .col(timestamp_with_time_zone("starts_at"))
                    .col(timestamp_with_time_zone("ends_at"))
                    .col(text("figures"))
                    .col(timestamp_with_time_zone("reported_at"))
                    .col(uuid_null("reported_by"))
                    .col(timestamp_with_time_zone_null("unlocked_at"))
                    .col(uuid_null("unlocked_by"))
                    .col(text("unlock_reason"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("month_report_starts_at")
                    .table("month_report")
                    .col("community_id")
                    .col("starts_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("correction")
                    .col(uuid("month_report_id"))
                    .col(uuid("session_id"))
                    .col(text("reason"))
                    .col(integer("named_before"))
                    .col(integer("headcount_before"))
                    .col(integer("named_after"))
                    .col(integer("headcount_after"))
                    .col(integer("answers_added"))
                    .col(boolean("under_way"))
                    .col(timestamp_with_time_zone("corrected_at"))
                    .col(uuid_null("corrected_by"))
                    .foreign_key(&mut to_parent("correction", "month_report_id", "month_report"))
                    .foreign_key(&mut to_parent("correction", "session_id", "session"))
                    .to_owned(),
            )
            .await?;
        for (name, column) in [
            ("correction_session_id", "session_id"),
            ("correction_month_report_id", "month_report_id"),
        ] {
            manager
                .create_index(
                    Index::create()
                        .name(name)
                        .table("correction")
                        .col("community_id")
                        .col(column)
                        .to_owned(),
                )
                .await?;
        }
        let db = manager.get_connection();
        // A month is reported once at a time.
        db.execute_unprepared(
            "CREATE UNIQUE INDEX month_report_standing ON month_report (community_id, month) WHERE unlocked_at IS NULL",
        )
        .await?;
        let guards = match manager.get_database_backend() {
            DatabaseBackend::Postgres => postgres(),
            _ => sqlite(),
        };
        for statement in guards {
            db.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for (table, name, ..) in GUARDED {
            let drop = match manager.get_database_backend() {
                DatabaseBackend::Postgres => format!("DROP TRIGGER month_locked_{name} ON {table}"),
                _ => format!("DROP TRIGGER month_locked_{table}_{name}"),
            };
            db.execute_unprepared(&drop).await?;
        }
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            db.execute_unprepared("DROP FUNCTION month_locked_new, month_locked_old")
                .await?;
        }
        for table in ["correction", "month_report"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
