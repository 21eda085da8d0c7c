//! `session` table.

use sea_orm::entity::prelude::*;

/// A session (场次): one occurrence as a row. Its identity is (series, original start) and never changes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which series.
    pub series_id: Uuid,
    /// Of which programme.
    pub programme_id: Uuid,
    /// The start that the rule yields, wall clock: the identity.
    pub original_local: String,
    /// Start.
    pub starts_at: DateTimeUtc,
    /// End.
    pub ends_at: DateTimeUtc,
    /// Where.
    pub venue_id: Uuid,
    /// Who.
    pub facilitator_id: Option<Uuid>,
    /// Seats; none without a limit.
    pub capacity: Option<i32>,
    /// `scheduled`, `provisional`, `cancelled` or `held`.
    pub status: String,
    /// Why it was cancelled or moved, from the list.
    pub reason_code: Option<String>,
    /// The same in words for people.
    pub reason: Option<String>,
    /// Its own topic.
    pub topic: Option<String>,
    /// Where it stood before it was moved.
    pub moved_from_at: Option<DateTimeUtc>,
    /// The venue before.
    pub moved_from_venue_id: Option<Uuid>,
    /// Changed by hand: series edits pass it by unless it is named.
    pub overridden: bool,
    /// Raised at each change (RFC 5545 §3.8.7.4).
    pub sequence: i32,
    /// Counter: enrolments that hold a seat.
    pub enrolled: i32,
    /// Counter: enrolments that wait.
    pub waitlisted: i32,
    /// Seats kept for people who are asked whether they come again.
    pub asked: i32,
    /// Counter: named attendance rows.
    pub named: i32,
    /// Counter: unnamed heads.
    pub headcount: i32,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The series behind `series_id`.
    #[sea_orm(belongs_to, from = "(community_id, series_id)", to = "(community_id, id)")]
    pub series: BelongsTo<super::series::Entity>,
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
