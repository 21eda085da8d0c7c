//! `series_amendment` table.

use sea_orm::entity::prelude::*;

/// What changed in a series from one of its dates on: "this and following", or all that is to come.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "series_amendment")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which series.
    pub series_id: Uuid,
    /// The first original start it touches, wall clock.
    pub from_local: String,
    /// Added to the wall-clock start.
    pub shift_minutes: i32,
    /// New length.
    pub duration_minutes: Option<i32>,
    /// New venue.
    pub venue_id: Option<Uuid>,
    /// New facilitator.
    pub facilitator_id: Option<Uuid>,
    /// New number of seats.
    pub capacity: Option<i32>,
    /// Nobody leads them from here on.
    pub no_facilitator: bool,
    /// No limit of seats from here on.
    pub no_limit: bool,
    /// When it was made; later amendments win.
    pub created_at: DateTimeUtc,
    /// The series behind `series_id`.
    #[sea_orm(belongs_to, from = "(community_id, series_id)", to = "(community_id, id)")]
    pub series: BelongsTo<super::series::Entity>,
    /// The venue behind `venue_id`.
    #[sea_orm(belongs_to, from = "(community_id, venue_id)", to = "(community_id, id)")]
    pub venue: BelongsTo<Option<super::venue::Entity>>,
    /// The facilitator behind `facilitator_id`.
    #[sea_orm(belongs_to, from = "(community_id, facilitator_id)", to = "(community_id, id)")]
    pub facilitator: BelongsTo<Option<super::facilitator::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
