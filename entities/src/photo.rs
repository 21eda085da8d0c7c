//! `photo` table.

use sea_orm::entity::prelude::*;

/// A photo of a session: of the sheet, or of what went on. Staff only. The bytes are written anew by us.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "photo")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which session.
    pub session_id: Uuid,
    /// The bytes, a JPEG.
    pub content_id: Uuid,
    /// `sheet` or `activity`.
    pub kind: String,
    /// What is to be seen; may be empty.
    pub caption: String,
    /// Whether somebody on it does not want to be shown (有人不愿入镜).
    pub shy: bool,
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
    /// Bytes.
    pub size: i32,
    /// The account that sent it.
    pub taken_by: Option<Uuid>,
    /// When it was taken away; it can be brought back until the night job forgets it.
    pub removed_at: Option<DateTimeUtc>,
    /// When it came.
    pub created_at: DateTimeUtc,
    /// What stands behind `session_id`.
    #[sea_orm(belongs_to, from = "(community_id, session_id)", to = "(community_id, id)")]
    pub session: BelongsTo<super::session::Entity>,
    /// What stands behind `content_id`.
    #[sea_orm(belongs_to, from = "(community_id, content_id)", to = "(community_id, id)")]
    pub content: BelongsTo<super::material_content::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
