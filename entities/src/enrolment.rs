//! `enrolment` table.

use sea_orm::entity::prelude::*;

/// An enrolment (报名): resident and session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enrolment")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which session.
    pub session_id: Uuid,
    /// Who comes.
    pub resident_id: Uuid,
    /// `enrolled`, `waitlisted`, `asked` or `offered` (a seat is kept until they answer), `leave`, `lapsed` or `cancelled`.
    pub status: String,
    /// `self`, `family`, `phone`, `counter`, `chain` or `staff`.
    pub source: String,
    /// Name of whoever signed up for them; may be empty.
    pub signed_up_by: String,
    /// SHA-256 of the token of the link that cancels it.
    pub manage_hash: Option<Vec<u8>>,
    /// When it took its place in the order.
    pub queued_at: DateTimeUtc,
    /// What it shares with the enrolment of whoever they come with.
    pub together_id: Option<Uuid>,
    /// Until when an offered seat is held.
    pub hold_until: Option<DateTimeUtc>,
    /// SHA-256 of the token of the link that takes an offered seat.
    pub offer_hash: Option<Vec<u8>>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
    /// The resident behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<super::resident::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
