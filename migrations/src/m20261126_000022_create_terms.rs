//! Creates new terms and the people asked whether they come again; counts the seats kept for them in each session.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(
                Table::alter()
                    .table("session")
                    .add_column(integer("asked").default(0))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("term")
                    .col(uuid("old_series_id"))
                    .col(timestamp_with_time_zone_null("confirm_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("term", "id", "series"))
                    .foreign_key(&mut to_parent("term", "old_series_id", "series"))
                    .to_owned(),
            )
            .await?;
        // One new term follows a series: two who ask at once make one.
        manager
            .create_index(
                Index::create()
                    .name("term_old_series_id")
                    .table("term")
                    .col("community_id")
                    .col("old_series_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("rollover")
                    .col(uuid("term_id"))
                    .col(uuid("resident_id"))
                    .col(integer("position"))
                    .col(integer("came"))
                    .col(binary("token_hash"))
                    .col(timestamp_with_time_zone("confirm_by"))
                    .col(text("status"))
                    .col(text("answered_by"))
                    .col(timestamp_with_time_zone_null("answered_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("rollover", "term_id", "term"))
                    .foreign_key(&mut to_parent("rollover", "resident_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("rollover_term_id_resident_id")
                    .table("rollover")
                    .col("community_id")
                    .col("term_id")
                    .col("resident_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("rollover_token_hash")
                    .table("rollover")
                    .col("community_id")
                    .col("token_hash")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("rollover_status_confirm_by")
                    .table("rollover")
                    .col("status")
                    .col("confirm_by")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["rollover", "term"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        manager
            .alter_table(Table::alter().table("session").drop_column("asked").to_owned())
            .await
    }
}
