//! Creates sign-in sheets as they were printed, and what was typed from them.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("sheet")
                    .col(uuid("session_id"))
                    .col(text("form"))
                    .col(integer("version"))
                    .col(text("code"))
                    .col(integer("names"))
                    .col(integer("last_row"))
                    .col(timestamp_with_time_zone("printed_at"))
                    .col(uuid_null("printed_by"))
                    .col(uuid_null("entry_id"))
                    .col(integer("nameless"))
                    .col(integer_null("total"))
                    .col(uuid_null("heads_id"))
                    .col(uuid_null("feedback_id"))
                    .col(timestamp_with_time_zone_null("entered_at"))
                    .col(uuid_null("entered_by"))
                    .foreign_key(&mut to_parent("sheet", "session_id", "session"))
                    .to_owned(),
            )
            .await?;
        for (name, column) in [("sheet_code", "code"), ("sheet_session_id_version", "session_id")] {
            let mut index = Index::create();
            index.name(name).table("sheet").col("community_id").col(column).unique();
            if column == "session_id" {
                index.col("version");
            }
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                owned("sheet_row")
                    .col(uuid("sheet_id"))
                    .col(integer("number"))
                    .col(uuid_null("resident_id"))
                    .col(text("name"))
                    .col(boolean("came"))
                    .col(uuid_null("attendance_id"))
                    .foreign_key(&mut to_parent("sheet_row", "sheet_id", "sheet"))
                    .foreign_key(&mut to_parent("sheet_row", "resident_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sheet_row_sheet_id_number")
                    .table("sheet_row")
                    .col("community_id")
                    .col("sheet_id")
                    .col("number")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("sheet_row_resident_id")
                    .table("sheet_row")
                    .col("community_id")
                    .col("resident_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["sheet_row", "sheet"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
