//! Creates what is remembered of the chat lists (接龙) that were taken over: per line a keyed hash and what became of it, never its words.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("chain_line")
                    .col(uuid("session_id"))
                    .col(binary("line_hash"))
                    .col(text("outcome"))
                    // Not bound to its row: an enrolment may go with its resident, and the line stays taken over.
                    .col(uuid_null("enrolment_id"))
                    .col(integer("unnamed"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(to_parent("chain_line", "session_id", "session").on_delete(ForeignKeyAction::Cascade))
                    .to_owned(),
            )
            .await?;
        // A line is taken over once, whoever pastes it.
        manager
            .create_index(
                Index::create()
                    .name("chain_line_session_id_line_hash")
                    .table("chain_line")
                    .col("community_id")
                    .col("session_id")
                    .col("line_hash")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("chain_line").to_owned()).await
    }
}
