//! Household visits say who went, whether anybody was at home and what came of it; a household stands once on a service day. Needs say who wrote them
//! down and who closed them.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// One statement per column: SQLite adds one at a time.
fn added() -> Vec<(&'static str, &'static str, ColumnDef)> {
    vec![
        (
            "household_visit",
            "nobody_home",
            boolean("nobody_home").default(false).to_owned(),
        ),
        ("household_visit", "visitors", text("visitors").default("").to_owned()),
        ("household_visit", "outcome", text("outcome").default("").to_owned()),
        ("need", "recorded_by", uuid_null("recorded_by")),
        ("need", "resolved_by", uuid_null("resolved_by")),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, _, mut column) in added() {
            manager
                .alter_table(Table::alter().table(table).add_column(&mut column).to_owned())
                .await?;
        }
        manager
            .create_index(
                Index::create()
                    .name("household_visit_session_id_household")
                    .table("household_visit")
                    .col("community_id")
                    .col("session_id")
                    .col("household")
                    .unique()
                    .to_owned(),
            )
            .await?;
        for column in ["session_id", "visit_id", "resolved_at"] {
            manager
                .create_index(
                    Index::create()
                        .name(format!("need_{column}"))
                        .table("need")
                        .col("community_id")
                        .col(column)
                        .to_owned(),
                )
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table) in [
            ("household_visit_session_id_household", "household_visit"),
            ("need_session_id", "need"),
            ("need_visit_id", "need"),
            ("need_resolved_at", "need"),
        ] {
            manager
                .drop_index(Index::drop().name(name).table(table).to_owned())
                .await?;
        }
        for (table, name, _) in added() {
            manager
                .alter_table(Table::alter().table(table).drop_column(name).to_owned())
                .await?;
        }
        Ok(())
    }
}
