//! Creates the rules by which communities tell people, and their quiet hours; notes whose number takes text messages.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::owned;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("notification_rule")
                    .col(text("event"))
                    .col(text("body"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("notification_rule_event")
                    .table("notification_rule")
                    .col("community_id")
                    .col("event")
                    .unique()
                    .to_owned(),
            )
            .await?;
        // Its id is that of the community.
        manager
            .create_table(
                owned("notification_setting")
                    .col(text("body"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        // Numbers are sealed: whether one is a mobile is known when it is stored the next time.
        manager
            .alter_table(
                Table::alter()
                    .table("resident")
                    .add_column(boolean_null("takes_sms"))
                    .to_owned(),
            )
            .await?;
        // The digests of a community by the event: which was the last.
        manager
            .create_index(
                Index::create()
                    .name("notification_event_due_at")
                    .table("notification")
                    .col("community_id")
                    .col("event")
                    .col("due_at")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("notification_event_due_at")
                    .table("notification")
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(Table::alter().table("resident").drop_column("takes_sms").to_owned())
            .await?;
        for table in ["notification_setting", "notification_rule"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
