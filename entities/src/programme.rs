//! `programme` table.

use sea_orm::entity::prelude::*;

/// A programme (项目): what is offered.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "programme")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Title, at most ten characters as a rule.
    pub title: String,
    /// Title in English.
    pub title_en: String,
    /// Second line; may be empty.
    pub slogan: String,
    /// The same in English.
    pub slogan_en: String,
    /// `wellness`, `class`, `talk`, `help_desk`, `service_day`, `culture`, `festival` or `other`.
    pub kind: String,
    /// What it is about.
    pub description: String,
    /// The same in English.
    pub description_en: String,
    /// What to bring.
    pub bring: String,
    /// The same in English.
    pub bring_en: String,
    /// For whom, in words.
    pub audience: String,
    /// Seats by default; none without a limit.
    pub capacity: Option<i32>,
    /// `none`, `optional` or `required`.
    pub sign_up: String,
    /// `named`, `headcount` or `both`.
    pub counting: String,
    /// Matters (事项) of a help desk, one a line.
    pub matters: String,
    /// The partner that gives it.
    pub partner_id: Option<Uuid>,
    /// `active` or `archived`.
    pub status: String,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The partner behind `partner_id`.
    #[sea_orm(belongs_to, from = "(community_id, partner_id)", to = "(community_id, id)")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
