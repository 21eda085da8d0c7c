//! Creates the ledger of imported lists of residents, and the indexes by which the database sees, when an import is undone, that nothing
//! points to the residents it made: without them each deleted resident would read all deliveries.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::owned;

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Tables that point to residents and had no index of it.
const INDEXES: [(&str, &str); 2] = [
    ("delivery_resident_id", "delivery"),
    ("rollover_resident_id", "rollover"),
];

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
            .await?;
        for (name, table) in INDEXES {
            let index = Index::create()
                .name(name)
                .table(table)
                .col("community_id")
                .col("resident_id")
                .to_owned();
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in INDEXES {
            manager
                .drop_index(Index::drop().name(name).table(table).to_owned())
                .await?;
        }
        manager
            .drop_table(Table::drop().table("resident_import").to_owned())
            .await
    }
}
