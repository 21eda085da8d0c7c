//! `absence` table.

use sea_orm::entity::prelude::*;

/// Why somebody who was expected did not come. Its id is made by the device, so repeating it changes nothing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "absence")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// At which session.
    pub session_id: Uuid,
    /// Who.
    pub resident_id: Uuid,
    /// `ill`, `away`, `family`, `weather`, `unwilling`, `unreached` or `leave`.
    pub reason: String,
    /// When it was taken.
    pub recorded_at: DateTimeUtc,
    /// The account that took it; none for a device.
    pub recorded_by: Option<Uuid>,
    /// When it was undone, or another reason took its place.
    pub withdrawn_at: Option<DateTimeUtc>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
    /// The resident behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<super::resident::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
