//! Creates the rules of signing up, the draws, and sign-ups for whole series; lets enrolments be of two together and hold an offered
//! seat for a time.

use sea_orm_migration::{prelude::*, schema::*};

use super::owned::{owned, to_parent};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// The columns that enrolments get.
fn columns() -> [(&'static str, ColumnDef); 3] {
    [
        ("together_id", uuid_null("together_id")),
        ("hold_until", timestamp_with_time_zone_null("hold_until")),
        ("offer_hash", binary_null("offer_hash")),
    ]
}

const INDEXES: [(&str, &[&str]); 2] = [
    ("enrolment_hold_until", &["hold_until"]),
    ("enrolment_offer_hash", &["community_id", "offer_hash"]),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite takes no more.
        for (_, mut column) in columns() {
            manager
                .alter_table(Table::alter().table("enrolment").add_column(&mut column).to_owned())
                .await?;
        }
        for (name, over) in INDEXES {
            let mut index = Index::create().name(name).table("enrolment").to_owned();
            for column in over {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        // Its id is that of the programme, series or session it holds for.
        manager
            .create_table(
                owned("sign_up_rule")
                    .col(text("level"))
                    .col(text("body"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("draw")
                    .col(text("seed"))
                    .col(timestamp_with_time_zone_null("drawn_at"))
                    .col(integer("seats"))
                    .col(text("lots"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut to_parent("draw", "id", "session"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_table(
                owned("series_enrolment")
                    .col(uuid("series_id"))
                    .col(uuid("resident_id"))
                    .col(text("status"))
                    .col(text("source"))
                    .col(text("signed_up_by"))
                    .col(binary_null("manage_hash"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut to_parent("series_enrolment", "series_id", "series"))
                    .foreign_key(&mut to_parent("series_enrolment", "resident_id", "resident"))
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("series_enrolment_series_id_resident_id")
                    .table("series_enrolment")
                    .col("community_id")
                    .col("series_id")
                    .col("resident_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("series_enrolment_manage_hash")
                    .table("series_enrolment")
                    .col("community_id")
                    .col("manage_hash")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["series_enrolment", "draw", "sign_up_rule"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for (name, _) in INDEXES {
            manager
                .drop_index(Index::drop().name(name).table("enrolment").to_owned())
                .await?;
        }
        for (name, _) in columns() {
            manager
                .alter_table(Table::alter().table("enrolment").drop_column(name).to_owned())
                .await?;
        }
        Ok(())
    }
}
