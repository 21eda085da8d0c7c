//! `meta` table.

use sea_orm::entity::prelude::*;

/// Settings that the program keeps for itself.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "meta")]
pub struct Model {
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Its value.
    pub value: String,
}

impl ActiveModelBehavior for ActiveModel {}
