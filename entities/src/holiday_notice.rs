//! `holiday_notice` table.

use sea_orm::entity::prelude::*;

/// An imported official notice of holidays: one year, the same for all communities. It takes the place of the one compiled in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "holiday_notice")]
pub struct Model {
    /// The year it is for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year: i32,
    /// JSON: `{"holidays":{date:name},"workdays":{date:name}}`.
    pub notice: String,
    /// Who imported it; none from the command line.
    pub account_id: Option<Uuid>,
    /// When.
    pub imported_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
