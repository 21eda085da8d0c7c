//! Creates idempotency keys and the audit chain.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::owned;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("idempotency_key")
                    .col(text("key"))
                    .col(uuid_null("account_id"))
                    .col(binary("request_hash"))
                    .col(integer("status"))
                    .col(text("body"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("idempotency_key_key")
                    .table("idempotency_key")
                    .col("community_id")
                    .col("key")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("audit")
                    .col(timestamp_with_time_zone("at"))
                    .col(uuid_null("account_id"))
                    .col(text("action"))
                    .col(uuid_null("subject_id"))
                    .col(text("detail"))
                    .col(integer("position"))
                    .col(binary("previous_hash"))
                    .col(binary("hash"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("audit_position")
                    .table("audit")
                    .col("community_id")
                    .col("position")
                    .unique()
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["audit", "idempotency_key"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
