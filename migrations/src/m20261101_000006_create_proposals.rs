//! Creates partners' proposals.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("proposal")
                    .col(uuid("partner_id"))
                    .col(uuid_null("programme_id"))
                    .col(uuid("venue_id"))
                    .col(uuid_null("facilitator_id"))
                    .col(text("title"))
                    .col(text("kind"))
                    .col(text("description"))
                    .col(text("needs"))
                    .col(text("facilitator_name"))
                    .col(text("starts_local"))
                    .col(integer("duration_minutes"))
                    .col(text_null("rule"))
                    .col(text("holiday_policy"))
                    .col(integer_null("capacity"))
                    .col(text("sign_up"))
                    .col(text("status"))
                    .col(text_null("suggested_local"))
                    .col(uuid_null("series_id"))
                    .col(uuid("submitted_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut to_parent("proposal", "partner_id", "partner"))
                    .foreign_key(&mut to_parent("proposal", "programme_id", "programme"))
                    .foreign_key(&mut to_parent("proposal", "venue_id", "venue"))
                    .foreign_key(&mut to_parent("proposal", "facilitator_id", "facilitator"))
                    .foreign_key(&mut to_parent("proposal", "series_id", "series"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("proposal_partner_id")
                    .table("proposal")
                    .col("community_id")
                    .col("partner_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("proposal_remark")
                    .col(uuid("proposal_id"))
                    .col(text("action"))
                    .col(text("remark"))
                    .col(uuid_null("account_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("proposal_remark", "proposal_id", "proposal"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("proposal_remark_proposal_id")
                    .table("proposal_remark")
                    .col("community_id")
                    .col("proposal_id")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["proposal_remark", "proposal"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
