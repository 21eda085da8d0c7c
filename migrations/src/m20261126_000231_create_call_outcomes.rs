//! Creates call outcomes: what came of each telephone call that told, or should have told, what a delivery says.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("call_outcome")
                    .col(uuid("delivery_id"))
                    .col(text("outcome"))
                    .col(text("status_before"))
                    .col(text("channel_before"))
                    .col(timestamp_with_time_zone("called_at"))
                    .col(uuid_null("called_by"))
                    .col(timestamp_with_time_zone_null("undone_at"))
                    .foreign_key(&mut to_parent("call_outcome", "delivery_id", "delivery"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("call_outcome_delivery_id")
                    .table("call_outcome")
                    .col("community_id")
                    .col("delivery_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("call_outcome").to_owned()).await
    }
}
