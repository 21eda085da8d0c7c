//! Lets workers find what is due without looking at what has left: two indexes over what is in hand only, instead of one over all. Counts
//! how often a worker went away with a delivery in its hands.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("delivery")
                    .add_column(integer("deaths").default(0))
                    .to_owned(),
            )
            .await?;
        manager
            .drop_index(
                Index::drop()
                    .name("delivery_status_due_at")
                    .table("delivery")
                    .to_owned(),
            )
            .await?;
        let connection = manager.get_connection();
        connection
            .execute_unprepared(
                "CREATE INDEX delivery_ready ON delivery (community_id, due_at) WHERE status IN ('due', 'retry')",
            )
            .await?;
        connection
            .execute_unprepared(
                "CREATE INDEX delivery_held ON delivery (lease_until) WHERE status IN ('leased', 'sending')",
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for index in ["delivery_ready", "delivery_held"] {
            manager
                .drop_index(Index::drop().name(index).table("delivery").to_owned())
                .await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("delivery_status_due_at")
                    .table("delivery")
                    .col("status")
                    .col("due_at")
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(Table::alter().table("delivery").drop_column("deaths").to_owned())
            .await
    }
}
