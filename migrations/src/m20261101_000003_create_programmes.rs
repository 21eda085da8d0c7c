//! Creates programmes, series, their amendments and sessions.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("programme")
                    .col(text("title"))
                    .col(text("title_en"))
                    .col(text("slogan"))
                    .col(text("slogan_en"))
                    .col(text("kind"))
                    .col(text("description"))
                    .col(text("description_en"))
                    .col(text("bring"))
                    .col(text("bring_en"))
                    .col(text("audience"))
                    .col(integer_null("capacity"))
                    .col(text("sign_up"))
                    .col(text("counting"))
                    .col(text("matters"))
                    .col(uuid_null("partner_id"))
                    .col(text("status"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut to_parent("programme", "partner_id", "partner"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("series")
                    .col(uuid("programme_id"))
                    .col(uuid("venue_id"))
                    .col(uuid_null("facilitator_id"))
                    .col(text("starts_local"))
                    .col(text("zone"))
                    .col(integer("duration_minutes"))
                    .col(text_null("rule"))
                    .col(text("extra"))
                    .col(text("excluded"))
                    .col(text("holiday_policy"))
                    .col(integer_null("capacity"))
                    .col(text_null("ends_before_local"))
                    .col(text_null("materialised_until"))
                    .col(integer("sequence"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut to_parent("series", "programme_id", "programme"))
                    .foreign_key(&mut to_parent("series", "venue_id", "venue"))
                    .foreign_key(&mut to_parent("series", "facilitator_id", "facilitator"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("series_amendment")
                    .col(uuid("series_id"))
                    .col(text("from_local"))
                    .col(integer("shift_minutes"))
                    .col(integer_null("duration_minutes"))
                    .col(uuid_null("venue_id"))
                    .col(uuid_null("facilitator_id"))
                    .col(integer_null("capacity"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("series_amendment", "series_id", "series"))
                    .foreign_key(&mut to_parent("series_amendment", "venue_id", "venue"))
                    .foreign_key(&mut to_parent("series_amendment", "facilitator_id", "facilitator"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("session")
                    .col(uuid("series_id"))
                    .col(uuid("programme_id"))
                    .col(text("original_local"))
                    .col(timestamp_with_time_zone("starts_at"))
                    .col(timestamp_with_time_zone("ends_at"))
                    .col(uuid("venue_id"))
                    .col(uuid_null("facilitator_id"))
                    .col(integer_null("capacity"))
                    .col(text("status"))
                    .col(text_null("reason_code"))
                    .col(text_null("reason"))
                    .col(text_null("topic"))
                    .col(timestamp_with_time_zone_null("moved_from_at"))
                    .col(uuid_null("moved_from_venue_id"))
                    .col(boolean("overridden"))
                    .col(integer("sequence"))
                    .col(integer("enrolled"))
                    .col(integer("waitlisted"))
                    .col(integer("named"))
                    .col(integer("headcount"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut to_parent("session", "series_id", "series"))
                    .foreign_key(&mut to_parent("session", "programme_id", "programme"))
                    .foreign_key(&mut to_parent("session", "venue_id", "venue"))
                    .foreign_key(&mut to_parent("session", "facilitator_id", "facilitator"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("session_series_id_original_local")
                    .table("session")
                    .col("community_id")
                    .col("series_id")
                    .col("original_local")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("session_starts_at")
                    .table("session")
                    .col("community_id")
                    .col("starts_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("booking")
                    .col(uuid_null("session_id"))
                    .col(uuid_null("proposal_id"))
                    .col(uuid_null("venue_id"))
                    .col(uuid_null("facilitator_id"))
                    .col(timestamp_with_time_zone("starts_at"))
                    .col(timestamp_with_time_zone("ends_at"))
                    .col(timestamp_with_time_zone("clear_at"))
                    .foreign_key(&mut to_parent("booking", "session_id", "session"))
                    .foreign_key(&mut to_parent("booking", "venue_id", "venue"))
                    .foreign_key(&mut to_parent("booking", "facilitator_id", "facilitator"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("booking_session_id")
                    .table("booking")
                    .col("community_id")
                    .col("session_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("booking_venue_id_starts_at")
                    .table("booking")
                    .col("community_id")
                    .col("venue_id")
                    .col("starts_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("booking_facilitator_id_starts_at")
                    .table("booking")
                    .col("community_id")
                    .col("facilitator_id")
                    .col("starts_at")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["booking", "session", "series_amendment", "series", "programme"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
