//! `sheet` table.

use sea_orm::entity::prelude::*;

/// A sign-in sheet (签到表) as it was printed, and what was last typed from it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sheet")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// For which session.
    pub session_id: Uuid,
    /// `roster` with the names of whoever signed up, or `blank`.
    pub form: String,
    /// 1 for A, 2 for B …; unique in the session.
    pub version: i32,
    /// The number printed on it, eight digits of which the last checks the others; unique in the community.
    pub code: String,
    /// How many rows bear a name: 1 to this.
    pub names: i32,
    /// Number of the last row.
    pub last_row: i32,
    /// When it was made.
    pub printed_at: DateTimeUtc,
    /// The account that printed it.
    pub printed_by: Option<Uuid>,
    /// The form that was last saved for it; none before the first.
    pub entry_id: Option<Uuid>,
    /// People who came and stand in no row.
    pub nameless: i32,
    /// Everybody who came, by this sheet.
    pub total: Option<i32>,
    /// The attendance row with the heads of this sheet.
    pub heads_id: Option<Uuid>,
    /// The feedback row typed with this sheet.
    pub feedback_id: Option<Uuid>,
    /// When it was last typed.
    pub entered_at: Option<DateTimeUtc>,
    /// The account that typed it.
    pub entered_by: Option<Uuid>,
    /// What stands behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
