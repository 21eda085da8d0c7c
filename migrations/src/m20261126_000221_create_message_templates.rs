//! Creates a community's own words for its messages, and what residents refuse to be told over which channel. Remembers which mail
//! addresses take no mail.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("message_template")
                    .col(text("event"))
                    .col(text("class"))
                    .col(text("lang"))
                    .col(text("subject"))
                    .col(text("body"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(uuid_null("updated_by"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("message_template_event_class_lang")
                    .table("message_template")
                    .col("community_id")
                    .col("event")
                    .col("class")
                    .col("lang")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("opt_out")
                    .col(uuid("resident_id"))
                    .col(text("channel"))
                    .col(text("source"))
                    .col(timestamp_with_time_zone("opted_out_at"))
                    .foreign_key(&mut to_parent("opt_out", "resident_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("opt_out_resident_id_channel")
                    .table("opt_out")
                    .col("community_id")
                    .col("resident_id")
                    .col("channel")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .alter_table(
                Table::alter()
                    .table("resident")
                    .add_column(timestamp_with_time_zone_null("email_bounced_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("resident")
                    .drop_column("email_bounced_at")
                    .to_owned(),
            )
            .await?;
        manager.drop_table(Table::drop().table("opt_out").to_owned()).await?;
        manager
            .drop_table(Table::drop().table("message_template").to_owned())
            .await
    }
}
