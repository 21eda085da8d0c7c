//! `series_enrolment` table.

use sea_orm::entity::prelude::*;

/// A sign-up for all dates of a series.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "series_enrolment")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// For which series.
    pub series_id: Uuid,
    /// Who comes.
    pub resident_id: Uuid,
    /// `active` or `left`.
    pub status: String,
    /// Who signed them up, as with an enrolment.
    pub source: String,
    /// Name of whoever signed up for them; may be empty.
    pub signed_up_by: String,
    /// SHA-256 of the token of their link.
    pub manage_hash: Option<Vec<u8>>,
    /// When they signed up.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The series behind `series_id`.
    #[sea_orm(belongs_to, from = "(community_id, series_id)", to = "(community_id, id)")]
    pub series: BelongsTo<super::series::Entity>,
    /// The resident behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<super::resident::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
