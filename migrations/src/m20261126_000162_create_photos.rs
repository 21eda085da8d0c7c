//! Creates photos of sessions and the activity record.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("photo")
                    .col(uuid("session_id"))
                    .col(uuid("content_id"))
                    .col(text("kind"))
                    .col(text("caption"))
                    .col(boolean("shy"))
                    .col(integer("width"))
                    .col(integer("height"))
                    .col(integer("size"))
                    .col(uuid_null("taken_by"))
                    .col(timestamp_with_time_zone_null("removed_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("photo", "session_id", "session"))
                    .foreign_key(&mut to_parent("photo", "content_id", "material_content"))
                    .to_owned(),
            )
            .await?;
        for (name, column) in [("photo_session_id", "session_id"), ("photo_content_id", "content_id")] {
            manager
                .create_index(
                    Index::create()
                        .name(name)
                        .table("photo")
                        .col("community_id")
                        .col(column)
                        .to_owned(),
                )
                .await?;
        }
        manager
            .create_table(
                owned("activity_record")
                    .col(uuid("session_id"))
                    .col(text("purpose"))
                    .col(text("process"))
                    .col(text("voice"))
                    .col(text("next"))
                    .col(text("brief"))
                    .col(text("recorder"))
                    .col(text("reviewer"))
                    .col(integer_null("volunteers"))
                    .col(integer_null("speakers"))
                    .col(integer_null("staff"))
                    .col(integer("version"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .col(uuid_null("updated_by"))
                    .foreign_key(&mut to_parent("activity_record", "session_id", "session"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("activity_record_session_id")
                    .table("activity_record")
                    .col("community_id")
                    .col("session_id")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["activity_record", "photo"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
