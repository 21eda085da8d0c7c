//! `facilitator` table.

use sea_orm::entity::prelude::*;

/// A facilitator (主讲人/服务人员).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "facilitator")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The partner that sends them.
    pub partner_id: Option<Uuid>,
    /// Name as announced: 熊老师.
    pub name: String,
    /// The same in English.
    pub name_en: String,
    /// What they do: 主讲, 领操.
    pub duty: String,
    /// The partner behind `partner_id`.
    #[sea_orm(belongs_to, from = "(community_id, partner_id)", to = "(community_id, id)")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
