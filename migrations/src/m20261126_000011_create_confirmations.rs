//! Creates what partners answer before a session, and who stood in for whom.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("confirmation")
                    .col(uuid("session_id"))
                    .col(uuid("partner_id"))
                    .col(timestamp_with_time_zone("starts_at"))
                    .col(binary("token_hash").unique_key())
                    .col(timestamp_with_time_zone("asked_at"))
                    .col(uuid_null("asked_by"))
                    .col(timestamp_with_time_zone_null("answered_at"))
                    .col(text_null("answer"))
                    .col(text_null("answered_via"))
                    .col(uuid_null("answered_by"))
                    .col(text("words"))
                    .col(text("substitute"))
                    .col(timestamp_with_time_zone_null("handled_at"))
                    .col(uuid_null("handled_by"))
                    .foreign_key(&mut to_parent("confirmation", "session_id", "session"))
                    .foreign_key(&mut to_parent("confirmation", "partner_id", "partner"))
                    .to_owned(),
            )
            .await?;
        // One question per session and start: a session that was moved is asked about anew.
        manager
            .create_index(
                Index::create()
                    .name("confirmation_session_id_starts_at")
                    .table("confirmation")
                    .col("community_id")
                    .col("session_id")
                    .col("starts_at")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("confirmation_starts_at")
                    .table("confirmation")
                    .col("community_id")
                    .col("starts_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("substitution")
                    .col(uuid("session_id"))
                    .col(uuid_null("from_facilitator_id"))
                    .col(uuid_null("to_facilitator_id"))
                    .col(text("reason"))
                    .col(uuid_null("account_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("substitution", "session_id", "session"))
                    .foreign_key(&mut to_parent("substitution", "from_facilitator_id", "facilitator"))
                    .foreign_key(&mut to_parent("substitution", "to_facilitator_id", "facilitator"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("substitution_session_id")
                    .table("substitution")
                    .col("community_id")
                    .col("session_id")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["substitution", "confirmation"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
