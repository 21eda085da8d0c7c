//! `rollover` table.

use sea_orm::entity::prelude::*;

/// Somebody of an old term who is asked whether they come to the new one.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rollover")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The new term.
    pub term_id: Uuid,
    /// Who.
    pub resident_id: Uuid,
    /// In what order they had signed up for the old term, from 1.
    pub position: i32,
    /// How often they came to it.
    pub came: i32,
    /// SHA-256 of the token of their link.
    pub token_hash: Vec<u8>,
    /// Until when they can answer and their seats are kept.
    pub confirm_by: DateTimeUtc,
    /// `asked`, `confirmed`, `declined` or `expired`.
    pub status: String,
    /// `self`, `staff`, or empty.
    pub answered_by: String,
    /// When they answered last.
    pub answered_at: Option<DateTimeUtc>,
    /// When they were asked.
    pub created_at: DateTimeUtc,
    /// The term behind `term_id`.
    #[sea_orm(belongs_to, from = "(community_id, term_id)", to = "(community_id, id)")]
    pub term: BelongsTo<super::term::Entity>,
    /// The resident behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<super::resident::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
