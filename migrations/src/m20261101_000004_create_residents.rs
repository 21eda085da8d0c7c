//! Creates residents and their enrolments.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("resident")
                    .col(uuid_null("grid_id"))
                    .col(text("name"))
                    .col(text("initials"))
                    .col(text("gender"))
                    .col(integer_null("birth_year"))
                    .col(binary_null("phone_sealed"))
                    .col(binary_null("phone_index"))
                    .col(binary_null("phone_tail_index"))
                    .col(text("email"))
                    .col(text("building"))
                    .col(text("care"))
                    .col(text("family_name"))
                    .col(binary_null("family_phone_sealed"))
                    .col(text("tell_by"))
                    .col(text("source"))
                    .col(boolean("unchecked"))
                    .col(date_null("consent_on"))
                    .col(text_null("consent_version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut to_parent("resident", "grid_id", "grid"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("resident_phone_index")
                    .table("resident")
                    .col("community_id")
                    .col("phone_index")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("resident_phone_tail_index")
                    .table("resident")
                    .col("community_id")
                    .col("phone_tail_index")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("resident_name")
                    .table("resident")
                    .col("community_id")
                    .col("name")
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("enrolment")
                    .col(uuid("session_id"))
                    .col(uuid("resident_id"))
                    .col(text("status"))
                    .col(text("source"))
                    .col(text("signed_up_by"))
                    .col(binary_null("manage_hash"))
                    .col(timestamp_with_time_zone("queued_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut to_parent("enrolment", "session_id", "session"))
                    .foreign_key(&mut to_parent("enrolment", "resident_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("enrolment_session_id_resident_id")
                    .table("enrolment")
                    .col("community_id")
                    .col("session_id")
                    .col("resident_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("enrolment_resident_id")
                    .table("enrolment")
                    .col("community_id")
                    .col("resident_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("enrolment_manage_hash")
                    .table("enrolment")
                    .col("community_id")
                    .col("manage_hash")
                    .to_owned(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["enrolment", "resident"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}
