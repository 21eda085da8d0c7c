//! `account` table.

use sea_orm::entity::prelude::*;

/// An account that can log in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "account")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Login name.
    #[sea_orm(unique)]
    pub username: String,
    /// argon2id in PHC form.
    pub password_hash: String,
    /// `admin`, `district`, `staff` or `partner`.
    pub role: String,
    /// Name shown on pages.
    pub display_name: String,
    /// The community of `staff` and `partner`.
    pub community_id: Option<Uuid>,
    /// The partner of `partner`.
    pub partner_id: Option<Uuid>,
    /// E-mail address; may be empty.
    pub email: String,
    /// When it was shut.
    pub disabled_at: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// The community behind `community_id`.
    #[sea_orm(belongs_to, from = "community_id", to = "id")]
    pub community: BelongsTo<Option<super::community::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
