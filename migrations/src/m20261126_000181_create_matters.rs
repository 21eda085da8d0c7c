//! Creates the matters of help desks, and what remembers that an entry was undone: its repetition, sent late, must not bring it back.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("matter")
                    .col(uuid("session_id"))
                    .col(text("label"))
                    .col(boolean("other"))
                    .col(uuid_null("attendance_id"))
                    .col(boolean("counted"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .col(uuid_null("recorded_by"))
                    .foreign_key(&mut to_parent("matter", "session_id", "session"))
                    .foreign_key(&mut to_parent("matter", "attendance_id", "attendance"))
                    .to_owned(),
            )
            .await?;
        for column in ["session_id", "attendance_id"] {
            manager
                .create_index(
                    Index::create()
                        .name(format!("matter_{column}"))
                        .table("matter")
                        .col("community_id")
                        .col(column)
                        .to_owned(),
                )
                .await?;
        }
        manager
            .create_table(
                owned("undone")
                    .col(text("noun"))
                    .col(timestamp_with_time_zone("undone_at"))
                    .col(uuid_null("undone_by"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["undone", "matter"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
