//! `resident` table.

use sea_orm::entity::prelude::*;

/// A resident (居民). No health data.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "resident")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Grid.
    pub grid_id: Option<Uuid>,
    /// Name.
    pub name: String,
    /// Pinyin initials of the name, lower case, for search.
    pub initials: String,
    /// `female`, `male` or empty.
    pub gender: String,
    /// Year of birth.
    pub birth_year: Option<i32>,
    /// Telephone number, sealed.
    pub phone_sealed: Option<Vec<u8>>,
    /// Blind index of the number; may be shared by two people.
    pub phone_index: Option<Vec<u8>>,
    /// Blind index of its last four digits.
    pub phone_tail_index: Option<Vec<u8>>,
    /// Whether the number they are reached at takes text messages; none where nobody looked since it was entered.
    pub takes_sms: Option<bool>,
    /// E-mail; may be empty.
    pub email: String,
    /// Building and unit.
    pub building: String,
    /// Care categories, a JSON list; staff only.
    pub care: String,
    /// Family contact.
    pub family_name: String,
    /// Their number, sealed.
    pub family_phone_sealed: Option<Vec<u8>>,
    /// How they want to be told: `email`, `phone` or `none`.
    pub tell_by: String,
    /// Who entered them: `staff`, `self`, `family`, `phone`, `counter`.
    pub source: String,
    /// Entered from a public form and not yet looked at by staff.
    pub unchecked: bool,
    /// Date of consent.
    pub consent_on: Option<Date>,
    /// Version of the text.
    pub consent_version: Option<String>,
    /// The resident this one was merged into: they are one person.
    pub merged_into: Option<Uuid>,
    /// When their identity was erased; what is left counts and tells nobody who it was.
    pub erased_at: Option<DateTimeUtc>,
    /// When a mail server said that the address takes no mail; forgotten when it is changed.
    pub email_bounced_at: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The grid behind `grid_id`.
    #[sea_orm(belongs_to, from = "(community_id, grid_id)", to = "(community_id, id)")]
    pub grid: BelongsTo<Option<super::grid::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
