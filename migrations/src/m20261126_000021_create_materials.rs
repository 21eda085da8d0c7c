//! Creates the materials of programmes, their bytes in a table of their own, and templates.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("material_content")
                    .col(binary("sha256"))
                    .col(integer("size"))
                    .col(binary("content"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("material_content_sha256")
                    .table("material_content")
                    .col("community_id")
                    .col("sha256")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("material")
                    .col(uuid("programme_id"))
                    .col(text("title"))
                    .col(text("kind"))
                    .col(text("url"))
                    .col(uuid_null("content_id"))
                    .col(text("file_name"))
                    .col(text("media_type"))
                    .col(integer("size"))
                    .col(binary_null("sha256"))
                    .col(integer("position"))
                    .col(boolean("public"))
                    .col(timestamp_with_time_zone_null("removed_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("material", "programme_id", "programme"))
                    .foreign_key(&mut to_parent("material", "content_id", "material_content"))
                    .to_owned(),
            )
            .await?;
        for (name, column) in [
            ("material_programme_id", "programme_id"),
            ("material_content_id", "content_id"),
        ] {
            manager
                .create_index(
                    Index::create()
                        .name(name)
                        .table("material")
                        .col("community_id")
                        .col(column)
                        .to_owned(),
                )
                .await?;
        }
        manager
            .create_table(
                owned("template")
                    .col(text("name"))
                    .col(uuid_null("programme_id"))
                    .col(text("body"))
                    .col(timestamp_with_time_zone_null("removed_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("template", "programme_id", "programme"))
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["template", "material", "material_content"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
