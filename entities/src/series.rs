//! `series` table.

use sea_orm::entity::prelude::*;

/// A series (系列): a programme's recurrence.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "series")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which programme.
    pub programme_id: Uuid,
    /// Where.
    pub venue_id: Uuid,
    /// Who.
    pub facilitator_id: Option<Uuid>,
    /// First start, wall clock of `zone`: `2026-01-07T09:30:00`.
    pub starts_local: String,
    /// IANA time zone.
    pub zone: String,
    /// Length.
    pub duration_minutes: i32,
    /// RRULE value; none for a single date.
    pub rule: Option<String>,
    /// Extra dates (RDATE), a JSON list of wall-clock times.
    pub extra: String,
    /// Excluded dates (EXDATE), a JSON list of `{"at","reason"}`.
    pub excluded: String,
    /// `hold`, `skip`, `next_workday` or `previous_workday`.
    pub holiday_policy: String,
    /// Seats; none: the programme's.
    pub capacity: Option<i32>,
    /// No date at or after this wall-clock time; none while open.
    pub ends_before_local: Option<String>,
    /// Sessions are stored up to this wall-clock time, exclusive.
    pub materialised_until: Option<String>,
    /// Times without dates, a JSON list of `{"from","until","reason"}`.
    pub pauses: String,
    /// Topics of the coming sessions in order, a JSON list of texts.
    pub topics: String,
    /// It ends after so many sessions that are not cancelled; none without such an end.
    pub held_limit: Option<i32>,
    /// Raised at each change (RFC 5545 §3.8.7.4).
    pub sequence: i32,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The programme behind `programme_id`.
    #[sea_orm(belongs_to, from = "(community_id, programme_id)", to = "(community_id, id)")]
    pub programme: BelongsTo<super::programme::Entity>,
    /// The venue behind `venue_id`.
    #[sea_orm(belongs_to, from = "(community_id, venue_id)", to = "(community_id, id)")]
    pub venue: BelongsTo<super::venue::Entity>,
    /// The facilitator behind `facilitator_id`.
    #[sea_orm(belongs_to, from = "(community_id, facilitator_id)", to = "(community_id, id)")]
    pub facilitator: BelongsTo<Option<super::facilitator::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
