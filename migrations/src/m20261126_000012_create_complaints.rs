//! Creates complaints about partners.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("complaint")
                    .col(uuid("partner_id"))
                    .col(uuid_null("session_id"))
                    .col(text("kind"))
                    .col(text("words"))
                    .col(binary_null("phone_sealed"))
                    .col(text("source"))
                    .col(boolean("froze"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(text_null("decision"))
                    .col(text("decision_words"))
                    .col(uuid_null("decided_by"))
                    .col(timestamp_with_time_zone_null("decided_at"))
                    .foreign_key(&mut to_parent("complaint", "partner_id", "partner"))
                    .foreign_key(&mut to_parent("complaint", "session_id", "session"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("complaint_partner_id")
                    .table("complaint")
                    .col("community_id")
                    .col("partner_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("complaint_decided_at")
                    .table("complaint")
                    .col("community_id")
                    .col("decided_at")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("complaint").to_owned()).await
    }
}
