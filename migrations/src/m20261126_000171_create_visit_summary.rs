//! Creates the summary of named visits per resident, programme, venue and month, which triggers keep in the transaction that changes attendance: whoever
//! writes attendance (the door, a paper sheet, the joining of two residents) keeps it without knowing of it.
//!
//! A month here is China's: midnight to midnight at UTC+8, so that it follows from the instant alone. In every zone of China it is the local month;
//! a report in another zone corrects the hours between the two at both ends from the attendance rows themselves. Foreign keys are not repeated: a row
//! stands for attendance rows, which have them.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

use super::owned::owned;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The key after which nothing but the count differs.
const KEY: &str = "community_id, month, resident_id, programme_id, venue_id";

/// The month an instant lies in.
fn month(backend: DatabaseBackend, instant: &str) -> String {
    match backend {
        DatabaseBackend::Postgres => {
            format!("to_char(({instant} AT TIME ZONE 'UTC') + interval '8 hours', 'YYYY-MM')")
        }
        _ => format!("strftime('%Y-%m', {instant}, '+8 hours')"),
    }
}

fn table(backend: DatabaseBackend) -> String {
    let (uuid, ending) = match backend {
        DatabaseBackend::Postgres => ("uuid", ""),
        _ => ("uuid_text", " WITHOUT ROWID"),
    };
    format!(
        "CREATE TABLE visit_summary (community_id {uuid} NOT NULL REFERENCES community (id), month text NOT NULL, \
         resident_id {uuid} NOT NULL, programme_id {uuid} NOT NULL, venue_id {uuid} NOT NULL, visits integer NOT NULL, \
         PRIMARY KEY ({KEY})){ending}"
    )
}

/// Adds what one attendance row counts.
fn give(backend: DatabaseBackend) -> String {
    format!(
        "INSERT INTO visit_summary ({KEY}, visits) \
         SELECT NEW.community_id, {month}, NEW.resident_id, s.programme_id, s.venue_id, 1 FROM session s \
         WHERE s.community_id = NEW.community_id AND s.id = NEW.session_id AND s.status <> 'cancelled' \
         ON CONFLICT ({KEY}) DO UPDATE SET visits = visit_summary.visits + 1;",
        month = month(backend, "s.starts_at")
    )
}

/// Takes away what one attendance row counted. A row of nought is no row.
fn take(backend: DatabaseBackend) -> String {
    let month = month(backend, "s.starts_at");
    let of_session = "s.community_id = OLD.community_id AND s.id = OLD.session_id AND s.status <> 'cancelled'";
    let these = format!(
        "community_id = OLD.community_id AND resident_id = OLD.resident_id AND (month, programme_id, venue_id) IN \
         (SELECT {month}, s.programme_id, s.venue_id FROM session s WHERE {of_session})"
    );
    format!(
        "UPDATE visit_summary SET visits = visits - 1 WHERE {these}; \
         DELETE FROM visit_summary WHERE {these} AND visits = 0;"
    )
}

/// Carries what a session's rows count to where the session is now: another month, venue or programme, or nowhere when it is called off.
fn carry(backend: DatabaseBackend) -> String {
    let live = "a.community_id = OLD.community_id AND a.session_id = OLD.id AND a.resident_id IS NOT NULL \
                AND a.withdrawn_at IS NULL";
    let there = format!(
        "community_id = OLD.community_id AND month = {} AND programme_id = OLD.programme_id AND venue_id = OLD.venue_id",
        month(backend, "OLD.starts_at")
    );
    format!(
        "UPDATE visit_summary SET visits = visits - (SELECT COUNT(*) FROM attendance a WHERE {live} \
         AND a.resident_id = visit_summary.resident_id) WHERE {there} AND OLD.status <> 'cancelled' \
         AND resident_id IN (SELECT a.resident_id FROM attendance a WHERE {live}); \
         DELETE FROM visit_summary WHERE {there} AND visits = 0; \
         INSERT INTO visit_summary ({KEY}, visits) \
         SELECT NEW.community_id, {now}, a.resident_id, NEW.programme_id, NEW.venue_id, COUNT(*) FROM attendance a \
         WHERE {live} AND NEW.status <> 'cancelled' GROUP BY a.resident_id \
         ON CONFLICT ({KEY}) DO UPDATE SET visits = visit_summary.visits + excluded.visits; \
         UPDATE attendance SET session_starts_at = NEW.starts_at \
         WHERE community_id = NEW.community_id AND session_id = NEW.id AND session_starts_at <> NEW.starts_at;",
        now = month(backend, "NEW.starts_at")
    )
}

fn counts(row: &str) -> String {
    format!("{row}.resident_id IS NOT NULL AND {row}.withdrawn_at IS NULL")
}

/// When a session's change concerns the summary.
const CARRIED: &str = "(OLD.status = 'cancelled') <> (NEW.status = 'cancelled') OR OLD.starts_at <> NEW.starts_at \
                       OR OLD.venue_id <> NEW.venue_id OR OLD.programme_id <> NEW.programme_id";

fn sqlite() -> Vec<String> {
    let backend = DatabaseBackend::Sqlite;
    let trigger = |name: &str, event: &str, when: &str, body: &str| {
        format!("CREATE TRIGGER {name} AFTER {event} WHEN {when} BEGIN {body} END")
    };
    let changed = "UPDATE OF session_id, resident_id, withdrawn_at ON attendance";
    let (give, take) = (give(backend), take(backend));
    vec![
        trigger("summary_insert", "INSERT ON attendance", &counts("NEW"), &give),
        trigger("summary_delete", "DELETE ON attendance", &counts("OLD"), &take),
        // One trigger: the order of two would be SQLite's choice.
        trigger(
            "summary_change",
            changed,
            &counts("OLD"),
            &format!(
                "{take} {}",
                give.replace("AND s.status", &format!("AND {} AND s.status", counts("NEW")))
            ),
        ),
        trigger(
            "summary_return",
            changed,
            &format!("NOT ({}) AND {}", counts("OLD"), counts("NEW")),
            &give,
        ),
        trigger(
            "summary_carry",
            "UPDATE OF status, starts_at, venue_id, programme_id ON session",
            CARRIED,
            &carry(backend),
        ),
    ]
}

fn postgres() -> Vec<String> {
    let backend = DatabaseBackend::Postgres;
    let function = |name: &str, body: &str| {
        format!("CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$")
    };
    let trigger = |name: &str, event: &str, when: &str, function: &str| {
        format!("CREATE TRIGGER {name} AFTER {event} FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION {function}()")
    };
    let (give, take) = (give(backend), take(backend));
    let change = format!(
        "IF {} THEN {take} END IF; IF {} THEN {give} END IF;",
        counts("OLD"),
        counts("NEW")
    );
    vec![
        function("summary_give", &give),
        function("summary_take", &take),
        function("summary_change", &change),
        function("summary_carry", &carry(backend)),
        trigger("summary_insert", "INSERT ON attendance", &counts("NEW"), "summary_give"),
        trigger("summary_delete", "DELETE ON attendance", &counts("OLD"), "summary_take"),
        trigger(
            "summary_change",
            "UPDATE OF session_id, resident_id, withdrawn_at ON attendance",
            &format!("({}) OR ({})", counts("OLD"), counts("NEW")),
            "summary_change",
        ),
        trigger(
            "summary_carry",
            "UPDATE OF status, starts_at, venue_id, programme_id ON session",
            CARRIED,
            "summary_carry",
        ),
    ]
}

/// What stands in attendance already.
fn fill(backend: DatabaseBackend) -> String {
    format!(
        "INSERT INTO visit_summary ({KEY}, visits) SELECT a.community_id, {month}, a.resident_id, s.programme_id, s.venue_id, \
         COUNT(*) FROM attendance a JOIN session s ON s.community_id = a.community_id AND s.id = a.session_id \
         WHERE a.resident_id IS NOT NULL AND a.withdrawn_at IS NULL AND s.status <> 'cancelled' GROUP BY 1, 2, 3, 4, 5",
        month = month(backend, "s.starts_at")
    )
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let triggers = match backend {
            DatabaseBackend::Postgres => postgres(),
            _ => sqlite(),
        };
        let db = manager.get_connection();
        for statement in [table(backend), fill(backend)].into_iter().chain(triggers) {
            db.execute_unprepared(&statement).await?;
        }
        manager
            .create_table(
                owned("count_alarm")
                    .col(text("month"))
                    .col(integer("sessions"))
                    .col(integer("summaries"))
                    .col(timestamp_with_time_zone("found_at"))
                    .col(timestamp_with_time_zone_null("cleared_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let drops: &[&str] = match manager.get_database_backend() {
            DatabaseBackend::Postgres => &[
                "DROP TRIGGER summary_insert ON attendance",
                "DROP TRIGGER summary_delete ON attendance",
                "DROP TRIGGER summary_change ON attendance",
                "DROP TRIGGER summary_carry ON session",
                "DROP FUNCTION summary_give, summary_take, summary_change, summary_carry",
            ],
            _ => &[
                "DROP TRIGGER summary_insert",
                "DROP TRIGGER summary_delete",
                "DROP TRIGGER summary_change",
                "DROP TRIGGER summary_return",
                "DROP TRIGGER summary_carry",
            ],
        };
        for statement in drops {
            db.execute_unprepared(statement).await?;
        }
        for table in ["count_alarm", "visit_summary"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
