//! Gives series their pauses, topics, and an end after so many sessions held; lets amendments take a facilitator or a limit away.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Table and column of each addition, in order.
fn additions() -> Vec<(&'static str, &'static str, ColumnDef)> {
    let with_default = |name: &'static str| text(name).default("[]").to_owned();
    vec![
        ("series", "pauses", with_default("pauses")),
        ("series", "topics", with_default("topics")),
        ("series", "held_limit", integer_null("held_limit")),
        (
            "series_amendment",
            "no_facilitator",
            boolean("no_facilitator").default(false).to_owned(),
        ),
        (
            "series_amendment",
            "no_limit",
            boolean("no_limit").default(false).to_owned(),
        ),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column a statement: SQLite takes no more.
        for (table, _, mut column) in additions() {
            manager
                .alter_table(Table::alter().table(table).add_column(&mut column).to_owned())
                .await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, name, _) in additions() {
            manager
                .alter_table(Table::alter().table(table).drop_column(name).to_owned())
                .await?;
        }
        Ok(())
    }
}
