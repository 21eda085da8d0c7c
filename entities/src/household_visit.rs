//! `household_visit` table.

use sea_orm::entity::prelude::*;

/// A household visited on a service day (户).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "household_visit")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The service day.
    pub session_id: Option<Uuid>,
    /// Grid.
    pub grid_id: Option<Uuid>,
    /// Building and door.
    pub household: String,
    /// Nobody opened: it is to be tried again and does not count as visited.
    pub nobody_home: bool,
    /// Who went; may be empty.
    pub visitors: String,
    /// What came of it; may be empty.
    pub outcome: String,
    /// When.
    pub visited_at: DateTimeUtc,
    /// The account that recorded it.
    pub recorded_by: Option<Uuid>,
    /// The session behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<Option<super::session::Entity>>,
    /// The grid behind `grid_id`.
    #[sea_orm(belongs_to, from = "(community_id, grid_id)", to = "(community_id, id)")]
    pub grid: BelongsTo<Option<super::grid::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
