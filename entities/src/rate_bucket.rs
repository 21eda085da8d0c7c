//! `rate_bucket` table.

use sea_orm::entity::prelude::*;

/// How much of a limit is used up. Buckets that are full again are forgotten.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_bucket")]
pub struct Model {
    /// What is limited: `channel:ID`, `sms:ID:TEMPLATE:NUMBER` with the number as a blind index.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// When it will be full again.
    pub full_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
