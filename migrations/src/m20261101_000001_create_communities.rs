//! Creates communities, their grids, venues, partners and facilitators.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("community")
                    .col(uuid("id").primary_key())
                    .col(text("slug").unique_key())
                    .col(text("name"))
                    .col(text("name_en"))
                    .col(text("subdistrict"))
                    .col(text("district"))
                    .col(text("zone"))
                    .col(text("phone"))
                    .col(text("address"))
                    .col(text("desk_hours"))
                    .col(text("notice"))
                    .col(integer("seniors_registered"))
                    .col(date_null("seniors_counted_on"))
                    .col(integer("horizon_weeks"))
                    .col(timestamp_with_time_zone("created_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("grid")
                    .col(text("name"))
                    .col(integer("position"))
                    .col(integer("seniors_registered"))
                    .col(text("first_secretary"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("venue")
                    .col(text("name"))
                    .col(text("name_en"))
                    .col(text("mark"))
                    .col(text("tone"))
                    .col(text("directions"))
                    .col(text("directions_en"))
                    .col(integer("capacity"))
                    .col(integer("clearing_minutes"))
                    .col(boolean("outdoor"))
                    .col(integer("opens_at_minute"))
                    .col(integer("closes_at_minute"))
                    .col(text("equipment"))
                    .col(date_null("closed_on"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("partner")
                    .col(text("name"))
                    .col(text("name_en"))
                    .col(text("contact_name"))
                    .col(text("email"))
                    .col(binary_null("phone_sealed"))
                    .col(date_null("licence_expires_on"))
                    .col(date_null("pledge_signed_on"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("facilitator")
                    .col(uuid_null("partner_id"))
                    .col(text("name"))
                    .col(text("name_en"))
                    .col(text("duty"))
                    .foreign_key(&mut to_parent("facilitator", "partner_id", "partner"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("venue_mark")
                    .table("venue")
                    .col("community_id")
                    .col("mark")
                    .unique()
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["facilitator", "partner", "venue", "grid", "community"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
