//! Lets the database refuse every booking that the plan must not hold: outside a venue's hours, in a closure (but for what is held all the same), above the
//! venue's seats, for a partner whose papers have expired or whose sessions are frozen. Two who ask at once are both asked here.
//!
//! A booking brings what it claims (the civil day and minutes, seats, partner): the hours of a venue are on its wall clock, and SQLite
//! knows no zones. On PostgreSQL the guard locks the rows it reads, so that a change of the venue or the partner waits for it.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Table and column of each addition, in order.
fn additions() -> Vec<(&'static str, &'static str, ColumnDef)> {
    vec![
        ("booking", "on_date", date_null("on_date")),
        ("booking", "from_minute", integer_null("from_minute")),
        ("booking", "to_minute", integer_null("to_minute")),
        ("booking", "capacity", integer_null("capacity")),
        ("booking", "partner_id", uuid_null("partner_id")),
        ("partner", "qualification", text("qualification").default("").to_owned()),
        (
            "partner",
            "qualification_expires_on",
            date_null("qualification_expires_on"),
        ),
        ("partner", "pledge_expires_on", date_null("pledge_expires_on")),
        ("partner", "weekly_limit", integer_null("weekly_limit")),
        ("partner", "frozen_at", timestamp_with_time_zone_null("frozen_at")),
        ("partner", "frozen_reason", text("frozen_reason").default("").to_owned()),
    ]
}

/// A guard: its name, and the rows that make it refuse.
const GUARDS: &[(&str, &str)] = &[
    (
        "booking_incomplete",
        "SELECT 1 WHERE NEW.venue_id IS NOT NULL \
         AND (NEW.on_date IS NULL OR NEW.from_minute IS NULL OR NEW.to_minute IS NULL)",
    ),
    (
        "booking_closed",
        "SELECT 1 FROM venue v WHERE v.community_id = NEW.community_id AND v.id = NEW.venue_id \
         AND (NEW.from_minute < v.opens_at_minute OR NEW.to_minute > v.closes_at_minute \
         OR v.closed_on <= NEW.on_date)",
    ),
    (
        "booking_capacity",
        "SELECT 1 FROM venue v WHERE v.community_id = NEW.community_id AND v.id = NEW.venue_id \
         AND NEW.capacity > v.capacity",
    ),
    (
        "booking_closure",
        "SELECT 1 FROM closure_span c WHERE c.community_id = NEW.community_id AND c.venue_id = NEW.venue_id \
         AND c.starts_at < NEW.ends_at AND NEW.starts_at < c.ends_at \
         AND NOT EXISTS (SELECT 1 FROM closure_effect k WHERE k.community_id = c.community_id \
         AND k.closure_id = c.closure_id AND k.session_id = NEW.session_id AND k.act = 'keep')",
    ),
    (
        "booking_paper",
        "SELECT 1 FROM partner p WHERE p.community_id = NEW.community_id AND p.id = NEW.partner_id \
         AND (p.licence_expires_on < NEW.on_date OR p.qualification_expires_on < NEW.on_date \
         OR p.pledge_expires_on < NEW.on_date)",
    ),
    (
        "booking_frozen",
        "SELECT 1 FROM partner p WHERE p.community_id = NEW.community_id AND p.id = NEW.partner_id \
         AND p.frozen_at IS NOT NULL",
    ),
];

/// The rows are locked before they are read: whoever changes them at this moment is waited for, and seen.
fn postgres() -> Vec<String> {
    let checks: Vec<String> = GUARDS
        .iter()
        .map(|(name, rows)| {
            format!(
                "IF EXISTS ({rows}) THEN RAISE EXCEPTION '{name}' \
                 USING ERRCODE = 'check_violation', CONSTRAINT = '{name}'; END IF;"
            )
        })
        .collect();
    let checks = checks.join(" ");
    vec![
        format!(
            "CREATE FUNCTION booking_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
             PERFORM 1 FROM venue v WHERE v.community_id = NEW.community_id AND v.id = NEW.venue_id FOR SHARE; \
             PERFORM 1 FROM partner p WHERE p.community_id = NEW.community_id AND p.id = NEW.partner_id FOR SHARE; \
             IF NEW.clear_at > NEW.starts_at + interval '{LONGEST_HOURS} hours' THEN RAISE EXCEPTION 'booking_too_long' \
             USING ERRCODE = 'check_violation', CONSTRAINT = 'booking_too_long'; END IF; \
             {checks} RETURN NEW; END $$"
        ),
        "CREATE TRIGGER booking_guard BEFORE INSERT OR UPDATE ON booking FOR EACH ROW EXECUTE FUNCTION booking_guard()"
            .to_owned(),
        // A closure waits for bookings under way in its venue, and they for it.
        "CREATE FUNCTION closure_span_lock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         PERFORM 1 FROM venue v WHERE v.community_id = NEW.community_id AND v.id = NEW.venue_id FOR NO KEY UPDATE; \
         RETURN NEW; END $$"
            .to_owned(),
        "CREATE TRIGGER closure_span_lock BEFORE INSERT OR UPDATE ON closure_span FOR EACH ROW \
         EXECUTE FUNCTION closure_span_lock()"
            .to_owned(),
    ]
}

/// The longest a booking may take its venue, hours: twelve and four of clearing. What began earlier cannot reach into another one, so the
/// overlap triggers need not look at it; without that bound each would read every earlier booking of the venue.
const LONGEST_HOURS: i32 = 16;

fn sqlite() -> Vec<String> {
    let mut statements = Vec::new();
    for (event, when) in [
        ("INSERT ON booking", "insert"),
        (
            "UPDATE OF venue_id, facilitator_id, starts_at, ends_at, clear_at ON booking",
            "update",
        ),
    ] {
        for (column, end) in [("venue_id", "clear_at"), ("facilitator_id", "ends_at")] {
            let name = format!("booking_{}_no_overlap", column.trim_end_matches("_id"));
            // Both in one: another connection of the pool may not know yet that the old one is gone.
            statements.push(format!(
                "DROP TRIGGER {name}_{when}; CREATE TRIGGER {name}_{when} BEFORE {event} BEGIN SELECT RAISE(ABORT, '{name}') WHERE EXISTS (\
                 SELECT 1 FROM booking b WHERE b.community_id = NEW.community_id AND b.{column} = NEW.{column} \
                 AND b.id <> NEW.id AND b.starts_at < NEW.{end} AND NEW.starts_at < b.{end} \
                 AND b.starts_at > strftime('%Y-%m-%dT%H:%M:%S', NEW.starts_at, '-{LONGEST_HOURS} hours')); END"
            ));
        }
        statements.push(format!(
            "CREATE TRIGGER booking_too_long_{when} BEFORE {event} BEGIN SELECT RAISE(ABORT, 'booking_too_long') \
             WHERE julianday(NEW.clear_at) - julianday(NEW.starts_at) > {LONGEST_HOURS}.001 / 24.0; END"
        ));
    }
    for (event, when) in [("INSERT", "insert"), ("UPDATE", "update")] {
        for (name, rows) in GUARDS {
            statements.push(format!(
                "CREATE TRIGGER {name}_{when} BEFORE {event} ON booking \
                 BEGIN SELECT RAISE(ABORT, '{name}') WHERE EXISTS ({rows}); END"
            ));
        }
    }
    statements
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite takes no more.
        for (table, _, mut column) in additions() {
            manager
                .alter_table(Table::alter().table(table).add_column(&mut column).to_owned())
                .await?;
        }
        manager
            .create_table(
                owned("closure")
                    .col(text("kind"))
                    .col(text("reason_code"))
                    .col(text("reason"))
                    .col(timestamp_with_time_zone("starts_at"))
                    .col(timestamp_with_time_zone("ends_at"))
                    .col(uuid_null("notification_id"))
                    .col(uuid_null("account_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("undone_at"))
                    .foreign_key(&mut to_parent("closure", "notification_id", "notification"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("closure_span")
                    .col(uuid("closure_id"))
                    .col(uuid("venue_id"))
                    .col(timestamp_with_time_zone("starts_at"))
                    .col(timestamp_with_time_zone("ends_at"))
                    .foreign_key(&mut to_parent("closure_span", "closure_id", "closure"))
                    .foreign_key(&mut to_parent("closure_span", "venue_id", "venue"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("closure_span_venue_id_ends_at")
                    .table("closure_span")
                    .col("community_id")
                    .col("venue_id")
                    .col("ends_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("closure_effect")
                    .col(uuid("closure_id"))
                    .col(uuid("session_id"))
                    .col(text("act"))
                    .col(text("before"))
                    .col(integer("sequence"))
                    .foreign_key(&mut to_parent("closure_effect", "closure_id", "closure"))
                    .foreign_key(&mut to_parent("closure_effect", "session_id", "session"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("closure_effect_closure_id_session_id")
                    .table("closure_effect")
                    .col("community_id")
                    .col("closure_id")
                    .col("session_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        let statements = match manager.get_database_backend() {
            DatabaseBackend::Postgres => postgres(),
            _ => sqlite(),
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        match manager.get_database_backend() {
            DatabaseBackend::Postgres => {
                for statement in [
                    "DROP TRIGGER booking_guard ON booking",
                    "DROP FUNCTION booking_guard",
                    "DROP TRIGGER closure_span_lock ON closure_span",
                    "DROP FUNCTION closure_span_lock",
                ] {
                    connection.execute_unprepared(statement).await?;
                }
            }
            _ => {
                let names = GUARDS.iter().map(|(name, _)| *name).chain(["booking_too_long"]);
                for name in names {
                    for when in ["insert", "update"] {
                        connection
                            .execute_unprepared(&format!("DROP TRIGGER {name}_{when}"))
                            .await?;
                    }
                }
            }
        }
        for table in ["closure_effect", "closure_span", "closure"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for (table, name, _) in additions() {
            manager
                .alter_table(Table::alter().table(table).drop_column(name).to_owned())
                .await?;
        }
        Ok(())
    }
}
