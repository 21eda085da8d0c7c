//! `login_limit` table.

use sea_orm::entity::prelude::*;

/// Failed logins counted against an account or a network.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "login_limit")]
pub struct Model {
    /// The account or network: `account:weidu`, `network:192.0.2.0/24`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// Failures since the window began.
    pub failures: i32,
    /// When the window began.
    pub window_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
