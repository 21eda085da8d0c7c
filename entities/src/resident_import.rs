//! `resident_import` table.

use sea_orm::entity::prelude::*;

/// A list of residents that was imported.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resident_import")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7; the same as that of the upload it was.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who imported it; none from the terminal.
    pub account_id: Option<Uuid>,
    /// The file's name, shortened.
    pub name: String,
    /// Residents it made.
    pub created: i32,
    /// Known residents of whom it filled something.
    pub filled: i32,
    /// Known residents it left as they were.
    pub known: i32,
    /// Rows that were left out.
    pub wrong: i32,
    /// The ids of those it made, 16 bytes each; forgotten when it can no longer be undone.
    pub created_ids: Option<Vec<u8>>,
    /// What it filled: a JSON list of id and fields; forgotten as well.
    pub fills: Option<String>,
    /// When.
    pub created_at: DateTimeUtc,
    /// When it was undone.
    pub undone_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
