//! Creates restorations: that the database was brought back from a copy, and since when messages may leave again.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::owned;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("restoration")
                    .col(integer("epoch"))
                    .col(timestamp_with_time_zone("restored_at"))
                    .col(integer("unknown"))
                    .col(integer("expired"))
                    .col(timestamp_with_time_zone_null("resumed_at"))
                    .col(uuid_null("resumed_by"))
                    .to_owned(),
            )
            .await?;
        // A community is restored once in an epoch, and at most one restoration waits for somebody.
        manager
            .create_index(
                Index::create()
                    .name("restoration_epoch")
                    .table("restoration")
                    .col("community_id")
                    .col("epoch")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE UNIQUE INDEX restoration_open ON restoration (community_id) WHERE resumed_at IS NULL",
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("restoration").to_owned()).await
    }
}
