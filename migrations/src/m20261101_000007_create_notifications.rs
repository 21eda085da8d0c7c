//! Creates the outbox: notifications, deliveries, attempts.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("notification")
                    .col(text("event"))
                    .col(text("dedupe_key"))
                    .col(uuid_null("session_id"))
                    .col(uuid_null("proposal_id"))
                    .col(text("facts"))
                    .col(timestamp_with_time_zone("due_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("notification", "session_id", "session"))
                    .foreign_key(&mut to_parent("notification", "proposal_id", "proposal"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("notification_dedupe_key")
                    .table("notification")
                    .col("community_id")
                    .col("dedupe_key")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("notification_session_id")
                    .table("notification")
                    .col("community_id")
                    .col("session_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("delivery")
                    .col(uuid("notification_id"))
                    .col(uuid_null("resident_id"))
                    .col(uuid_null("partner_id"))
                    .col(uuid_null("account_id"))
                    .col(text("channel"))
                    .col(text("status"))
                    .col(timestamp_with_time_zone("due_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(uuid_null("lease_owner"))
                    .col(integer("lease_epoch"))
                    .col(timestamp_with_time_zone_null("lease_until"))
                    .col(integer("attempts"))
                    .col(text_null("last_error"))
                    .col(text("subject"))
                    .col(text("body"))
                    .col(timestamp_with_time_zone_null("sent_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut to_parent("delivery", "notification_id", "notification"))
                    .foreign_key(&mut to_parent("delivery", "resident_id", "resident"))
                    .foreign_key(&mut to_parent("delivery", "partner_id", "partner"))
                    .to_owned(),
            )
            .await?;
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
            .create_index(
                Index::create()
                    .name("delivery_notification_id")
                    .table("delivery")
                    .col("community_id")
                    .col("notification_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("attempt")
                    .col(uuid("delivery_id"))
                    .col(integer("number"))
                    .col(timestamp_with_time_zone("started_at"))
                    .col(timestamp_with_time_zone_null("ended_at"))
                    .col(text("outcome"))
                    .col(text("detail"))
                    .foreign_key(&mut to_parent("attempt", "delivery_id", "delivery"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("attempt_delivery_id")
                    .table("attempt")
                    .col("community_id")
                    .col("delivery_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["attempt", "delivery", "notification"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
