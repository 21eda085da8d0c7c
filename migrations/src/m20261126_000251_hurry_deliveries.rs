//! Lets news of a session of today be found that has not reached somebody in time: when somebody had better phone, and an index over what
//! still waits.

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
                    .add_column(timestamp_with_time_zone_null("hurry_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE INDEX delivery_hurry ON delivery (hurry_at) WHERE status IN ('due', 'retry') AND hurry_at IS NOT NULL",
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(Index::drop().name("delivery_hurry").table("delivery").to_owned())
            .await?;
        manager
            .alter_table(Table::alter().table("delivery").drop_column("hurry_at").to_owned())
            .await
    }
}
