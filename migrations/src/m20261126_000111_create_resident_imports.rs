//! Creates the ledger of imported lists of residents.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::owned;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("resident_import")
                    .col(uuid_null("account_id"))
                    .col(text("name"))
                    .col(integer("created"))
                    .col(integer("filled"))
                    .col(integer("known"))
                    .col(integer("wrong"))
                    .col(binary_null("created_ids"))
                    .col(text_null("fills"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("undone_at"))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("resident_import").to_owned())
            .await
    }
}
