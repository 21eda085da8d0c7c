//! `opt_out` table.

use sea_orm::entity::prelude::*;

/// A resident who does not want to be told over a channel. What changes in what they signed up for is told all the same.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "opt_out")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who.
    pub resident_id: Uuid,
    /// `email` or `sms`.
    pub channel: String,
    /// `link`, `staff` or `reply`.
    pub source: String,
    /// Since when.
    pub opted_out_at: DateTimeUtc,
    /// The resident behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<super::resident::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
