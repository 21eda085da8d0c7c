//! `venue` table.

use sea_orm::entity::prelude::*;

/// A venue (场地).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "venue")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// One character that marks it on every surface, unique in its community.
    pub mark: String,
    /// Colour family of the mark: `huo`, `ke`, `duo`, `guang` or `wai`.
    pub tone: String,
    /// How to find it, in words.
    pub directions: String,
    /// The same in English.
    pub directions_en: String,
    /// Seats.
    pub capacity: i32,
    /// Minutes to clear between two sessions.
    pub clearing_minutes: i32,
    /// Whether it is outdoors.
    pub outdoor: bool,
    /// Opening, minutes after local midnight.
    pub opens_at_minute: i32,
    /// Closing, minutes after local midnight.
    pub closes_at_minute: i32,
    /// Equipment, in words.
    pub equipment: String,
    /// Closed for good from this date.
    pub closed_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}
