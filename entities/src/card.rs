//! `card` table.

use sea_orm::entity::prelude::*;

/// A resident's paper card. One is valid at a time; those before it stay, so that an old card is known as one.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "card")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub resident_id: Uuid,
    /// Sixteen characters of Crockford's base 32, random; unique in the community.
    pub code: String,
    /// When it was made.
    pub issued_at: DateTimeUtc,
    /// When another one took its place.
    pub replaced_at: Option<DateTimeUtc>,
    /// The resident behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<super::resident::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
