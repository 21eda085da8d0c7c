//! `consent` table.

use sea_orm::entity::prelude::*;

/// A consent that a resident gave or withdrew. Rows are only added.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "consent")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub resident_id: Uuid,
    /// For what: `sign_up`, `name_on_public_page`, `photo`, `share_with_partner`.
    pub purpose: String,
    /// `given` or `withdrawn`.
    pub act: String,
    /// The day they said so.
    pub on_date: Date,
    /// Version of the text they were read or shown.
    pub version: String,
    /// `paper`, `phone`, `page` or `counter`.
    pub how: String,
    /// When it was written down.
    pub recorded_at: DateTimeUtc,
    /// The account that did; none for a public page.
    pub recorded_by: Option<Uuid>,
    /// The resident behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<super::resident::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
