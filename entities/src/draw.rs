//! `draw` table.

use sea_orm::entity::prelude::*;

/// How the seats of a session are drawn.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "draw")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// That of the session.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The seed, hexadecimal.
    pub seed: String,
    /// When they were drawn; none before.
    pub drawn_at: Option<DateTimeUtc>,
    /// How many seats there were.
    pub seats: i32,
    /// The enrolments in the order they were drawn, a JSON list of ids.
    pub lots: String,
    /// When the seed was made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
