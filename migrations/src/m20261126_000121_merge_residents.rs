//! Residents who are one person: who was merged into whom, what moved with it, and which pairs are two people after all. Their consents, given and
//! withdrawn. Residents whose identity was erased.
//!
//! A guard of the same name on both databases keeps whoever writes at the same moment from naming somebody who was merged or erased: on PostgreSQL it
//! waits for the row, so that a merge under way is seen.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DatabaseBackend};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Consents given so far, one row each; their ids are those of their residents, which no other consent can have.
const IMPORT: &str = "INSERT INTO consent (community_id, id, resident_id, purpose, act, on_date, version, how, recorded_at, recorded_by) \
     SELECT community_id, id, id, 'sign_up', 'given', consent_on, COALESCE(consent_version, ''), \
     CASE source WHEN 'self' THEN 'page' WHEN 'family' THEN 'page' WHEN 'phone' THEN 'phone' ELSE 'counter' END, \
     created_at, NULL FROM resident WHERE consent_on IS NOT NULL";

/// Tables whose rows name a resident who must be there to be named.
const GUARDED: [&str; 2] = ["attendance", "enrolment"];

fn postgres() -> Vec<String> {
    let mut statements = vec![
        "CREATE FUNCTION resident_gone() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE gone boolean; BEGIN \
         SELECT r.merged_into IS NOT NULL OR r.erased_at IS NOT NULL INTO gone FROM resident r \
         WHERE r.community_id = NEW.community_id AND r.id = NEW.resident_id FOR KEY SHARE; \
         IF gone THEN RAISE EXCEPTION 'resident_gone' USING ERRCODE = 'check_violation', CONSTRAINT = 'resident_gone'; \
         END IF; RETURN NEW; END $$"
            .to_owned(),
    ];
    for table in GUARDED {
        statements.push(format!(
            "CREATE TRIGGER {table}_resident_gone BEFORE INSERT OR UPDATE OF resident_id ON {table} FOR EACH ROW \
             WHEN (NEW.resident_id IS NOT NULL) EXECUTE FUNCTION resident_gone()"
        ));
    }
    statements
}

fn sqlite() -> Vec<String> {
    let mut statements = Vec::new();
    for table in GUARDED {
        for (event, when) in [("INSERT", "insert"), ("UPDATE OF resident_id", "update")] {
            statements.push(format!(
                "CREATE TRIGGER {table}_resident_gone_{when} BEFORE {event} ON {table} WHEN NEW.resident_id IS NOT NULL \
                 BEGIN SELECT RAISE(ABORT, 'resident_gone') WHERE EXISTS (SELECT 1 FROM resident r \
                 WHERE r.community_id = NEW.community_id AND r.id = NEW.resident_id \
                 AND (r.merged_into IS NOT NULL OR r.erased_at IS NOT NULL)); END"
            ));
        }
    }
    statements
}

fn postgres_down() -> Vec<String> {
    let triggers = GUARDED.map(|table| format!("DROP TRIGGER {table}_resident_gone ON {table}"));
    triggers
        .into_iter()
        .chain(["DROP FUNCTION resident_gone()".to_owned()])
        .collect()
}

fn sqlite_down() -> Vec<String> {
    GUARDED
        .iter()
        .flat_map(|table| ["insert", "update"].map(|when| format!("DROP TRIGGER {table}_resident_gone_{when}")))
        .collect()
}

/// Name, table, columns and the rest of each index.
const INDEXES: &[(&str, &str, &[&str], bool)] = &[
    ("resident_initials_name", "resident", &["initials", "name"], false),
    ("resident_building", "resident", &["building"], false),
    ("resident_merged_into", "resident", &["merged_into"], false),
    ("consent_resident_id", "consent", &["resident_id"], false),
    ("resident_merge_survivor_id", "resident_merge", &["survivor_id"], false),
    ("resident_merge_merged_id", "resident_merge", &["merged_id"], false),
    (
        "resident_merge_move_merge_id",
        "resident_merge_move",
        &["merge_id"],
        false,
    ),
    (
        "resident_apart_pair",
        "resident_apart",
        &["first_id", "second_id"],
        true,
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [uuid_null("merged_into"), timestamp_with_time_zone_null("erased_at")] {
            manager
                .alter_table(Table::alter().table("resident").add_column(column).to_owned())
                .await?;
        }
        manager
            .create_table(
                owned("consent")
                    .col(uuid("resident_id"))
                    .col(text("purpose"))
                    .col(text("act"))
                    .col(date("on_date"))
                    .col(text("version"))
                    .col(text("how"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .col(uuid_null("recorded_by"))
                    .foreign_key(&mut to_parent("consent", "resident_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("resident_merge")
                    .col(uuid("survivor_id"))
                    .col(uuid("merged_id"))
                    .col(text("before"))
                    .col(text("after"))
                    .col(timestamp_with_time_zone("merged_at"))
                    .col(uuid_null("merged_by"))
                    .col(timestamp_with_time_zone_null("undone_at"))
                    .col(uuid_null("undone_by"))
                    .foreign_key(&mut to_parent("resident_merge", "survivor_id", "resident"))
                    .foreign_key(&mut to_parent("resident_merge", "merged_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("resident_merge_move")
                    .col(uuid("merge_id"))
                    .col(text("kind"))
                    .col(uuid("row_id"))
                    .col(text("how"))
                    .col(text("before"))
                    .col(text("after"))
                    .foreign_key(&mut to_parent("resident_merge_move", "merge_id", "resident_merge"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("resident_apart")
                    .col(uuid("first_id"))
                    .col(uuid("second_id"))
                    .col(timestamp_with_time_zone("decided_at"))
                    .col(uuid_null("decided_by"))
                    .foreign_key(&mut to_parent("resident_apart", "first_id", "resident"))
                    .foreign_key(&mut to_parent("resident_apart", "second_id", "resident"))
                    .to_owned(),
            )
            .await?;
        for (name, table, columns, unique) in INDEXES {
            let mut index = Index::create().name(*name).table(*table).col("community_id").to_owned();
            for column in *columns {
                index.col(*column);
            }
            if *unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        let db = manager.get_connection();
        db.execute_unprepared(IMPORT).await?;
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
        let guards = match manager.get_database_backend() {
            DatabaseBackend::Postgres => postgres_down(),
            _ => sqlite_down(),
        };
        for statement in guards {
            db.execute_unprepared(&statement).await?;
        }
        for table in ["resident_apart", "resident_merge_move", "resident_merge", "consent"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for (name, table, ..) in INDEXES {
            if ["resident", "delivery", "rollover"].contains(table) {
                manager
                    .drop_index(Index::drop().name(*name).table(*table).to_owned())
                    .await?;
            }
        }
        for column in ["merged_into", "erased_at"] {
            manager
                .alter_table(Table::alter().table("resident").drop_column(column).to_owned())
                .await?;
        }
        Ok(())
    }
}
