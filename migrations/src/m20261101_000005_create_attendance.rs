//! Creates attendance, feedback, household visits and needs.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("attendance")
                    .col(uuid("session_id"))
                    .col(uuid_null("resident_id"))
                    .col(integer("headcount"))
                    .col(timestamp_with_time_zone("session_starts_at"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .col(uuid_null("recorded_by"))
                    .col(timestamp_with_time_zone_null("withdrawn_at"))
                    .foreign_key(&mut to_parent("attendance", "session_id", "session"))
                    .foreign_key(&mut to_parent("attendance", "resident_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("attendance_session_id")
                    .table("attendance")
                    .col("community_id")
                    .col("session_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("attendance_resident_id_session_starts_at")
                    .table("attendance")
                    .col("community_id")
                    .col("resident_id")
                    .col("session_starts_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("feedback")
                    .col(uuid("session_id"))
                    .col(integer("very_satisfied"))
                    .col(integer("satisfied"))
                    .col(integer("fair"))
                    .col(integer("dissatisfied"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .col(uuid_null("recorded_by"))
                    .foreign_key(&mut to_parent("feedback", "session_id", "session"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("feedback_session_id")
                    .table("feedback")
                    .col("community_id")
                    .col("session_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("household_visit")
                    .col(uuid_null("session_id"))
                    .col(uuid_null("grid_id"))
                    .col(text("household"))
                    .col(timestamp_with_time_zone("visited_at"))
                    .col(uuid_null("recorded_by"))
                    .foreign_key(&mut to_parent("household_visit", "session_id", "session"))
                    .foreign_key(&mut to_parent("household_visit", "grid_id", "grid"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("household_visit_visited_at")
                    .table("household_visit")
                    .col("community_id")
                    .col("visited_at")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("need")
                    .col(uuid_null("session_id"))
                    .col(uuid_null("visit_id"))
                    .col(text("text"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .col(timestamp_with_time_zone_null("resolved_at"))
                    .col(text("outcome"))
                    .foreign_key(&mut to_parent("need", "session_id", "session"))
                    .foreign_key(&mut to_parent("need", "visit_id", "household_visit"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("need_recorded_at")
                    .table("need")
                    .col("community_id")
                    .col("recorded_at")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["need", "household_visit", "feedback", "attendance"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
