//! Creates the imported holiday notices, and files that wait for somebody to look them through.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::owned;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("holiday_notice")
                    .col(integer("year"))
                    .col(text("notice"))
                    .col(uuid_null("account_id"))
                    .col(timestamp_with_time_zone("imported_at"))
                    .primary_key(Index::create().col("year"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("upload")
                    .col(uuid_null("account_id"))
                    .col(text("kind"))
                    .col(text("name"))
                    .col(binary("content"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["upload", "holiday_notice"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
