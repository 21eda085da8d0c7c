//! Creates what the door needs: residents' cards, reasons why somebody is missing, and devices that may take attendance.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, table and the rest of each; both databases know partial indexes, and write them alike.
const INDEXES: &[(&str, &str, &str)] = &[
    ("card_code", "UNIQUE INDEX", r#""card" ("community_id", "code")"#),
    (
        "card_resident_id_valid",
        "UNIQUE INDEX",
        r#""card" ("community_id", "resident_id") WHERE "replaced_at" IS NULL"#,
    ),
    ("card_resident_id", "INDEX", r#""card" ("community_id", "resident_id")"#),
    (
        "absence_session_id_resident_id",
        "UNIQUE INDEX",
        r#""absence" ("community_id", "session_id", "resident_id") WHERE "withdrawn_at" IS NULL"#,
    ),
    (
        "absence_resident_id",
        "INDEX",
        r#""absence" ("community_id", "resident_id")"#,
    ),
    ("device_link_hash", "UNIQUE INDEX", r#""device" ("link_hash")"#),
    (
        "device_token_hash",
        "UNIQUE INDEX",
        r#""device" ("token_hash") WHERE "token_hash" IS NOT NULL"#,
    ),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("card")
                    .col(uuid("resident_id"))
                    .col(text("code"))
                    .col(timestamp_with_time_zone("issued_at"))
                    .col(timestamp_with_time_zone_null("replaced_at"))
                    .foreign_key(&mut to_parent("card", "resident_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("absence")
                    .col(uuid("session_id"))
                    .col(uuid("resident_id"))
                    .col(text("reason"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .col(uuid_null("recorded_by"))
                    .col(timestamp_with_time_zone_null("withdrawn_at"))
                    .foreign_key(&mut to_parent("absence", "session_id", "session"))
                    .foreign_key(&mut to_parent("absence", "resident_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("device")
                    .col(text("name"))
                    .col(text("term"))
                    .col(binary("link_hash"))
                    .col(timestamp_with_time_zone("link_expires_at"))
                    .col(binary_null("token_hash"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone_null("opened_at"))
                    .col(timestamp_with_time_zone_null("seen_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .to_owned(),
            )
            .await?;
        for (name, kind, rest) in INDEXES {
            let sql = format!(r#"CREATE {kind} "{name}" ON {rest}"#);
            manager.get_connection().execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["device", "absence", "card"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
