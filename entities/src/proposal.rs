//! `proposal` table.

use sea_orm::entity::prelude::*;

/// A partner's request to hold a session or a series.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "proposal")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Whose.
    pub partner_id: Uuid,
    /// The programme it continues; none for a new one.
    pub programme_id: Option<Uuid>,
    /// Where.
    pub venue_id: Uuid,
    /// Who.
    pub facilitator_id: Option<Uuid>,
    /// Title.
    pub title: String,
    /// Kind of programme.
    pub kind: String,
    /// What it is about.
    pub description: String,
    /// What the community should prepare; may be empty.
    pub needs: String,
    /// Who, as the partner wrote it, when `facilitator_id` is empty; may be empty.
    pub facilitator_name: String,
    /// First start, wall clock of the community's zone.
    pub starts_local: String,
    /// Length.
    pub duration_minutes: i32,
    /// RRULE value; none for a single date.
    pub rule: Option<String>,
    /// As in a series.
    pub holiday_policy: String,
    /// Seats.
    pub capacity: Option<i32>,
    /// `none`, `optional` or `required`.
    pub sign_up: String,
    /// `submitted`, `changes_requested`, `approved`, `declined`, `withdrawn` or `lapsed`.
    pub status: String,
    /// Another first start that staff suggested, wall clock.
    pub suggested_local: Option<String>,
    /// The series it became.
    pub series_id: Option<Uuid>,
    /// The account.
    pub submitted_by: Uuid,
    /// When it was submitted.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The partner behind `partner_id`.
    #[sea_orm(belongs_to, from = "(community_id, partner_id)", to = "(community_id, id)")]
    pub partner: BelongsTo<super::partner::Entity>,
    /// The programme behind `programme_id`.
    #[sea_orm(belongs_to, from = "(community_id, programme_id)", to = "(community_id, id)")]
    pub programme: BelongsTo<Option<super::programme::Entity>>,
    /// The venue behind `venue_id`.
    #[sea_orm(belongs_to, from = "(community_id, venue_id)", to = "(community_id, id)")]
    pub venue: BelongsTo<super::venue::Entity>,
    /// The facilitator behind `facilitator_id`.
    #[sea_orm(belongs_to, from = "(community_id, facilitator_id)", to = "(community_id, id)")]
    pub facilitator: BelongsTo<Option<super::facilitator::Entity>>,
    /// The series behind `series_id`.
    #[sea_orm(belongs_to, from = "(community_id, series_id)", to = "(community_id, id)")]
    pub series: BelongsTo<Option<super::series::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
