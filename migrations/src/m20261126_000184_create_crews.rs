//! Creates crews: staff, speakers and volunteers of a session, who are never part of those who came.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("crew")
                    .col(uuid("session_id"))
                    .col(integer("staff"))
                    .col(integer("speakers"))
                    .col(integer("volunteers"))
                    .col(integer("volunteer_minutes"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .col(uuid_null("recorded_by"))
                    .foreign_key(&mut to_parent("crew", "session_id", "session"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("crew_session_id")
                    .table("crew")
                    .col("community_id")
                    .col("session_id")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("crew").to_owned()).await
    }
}
