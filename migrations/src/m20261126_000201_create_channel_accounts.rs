//! Creates the accounts over which messages leave, and the buckets that say how often one may be used.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::owned;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("channel_account")
                    .col(text("kind"))
                    .col(text("name"))
                    .col(binary("settings_sealed"))
                    .col(boolean("enabled"))
                    .col(timestamp_with_time_zone_null("last_ok_at"))
                    .col(text_null("last_error"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("rate_bucket")
                    .col(text("key").primary_key())
                    .col(timestamp_with_time_zone("full_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("rate_bucket_full_at")
                    .table("rate_bucket")
                    .col("full_at")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["rate_bucket", "channel_account"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
