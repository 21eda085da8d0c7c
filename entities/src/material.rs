//! `material` table.

use sea_orm::entity::prelude::*;

/// What goes with a programme: a link or a file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "material")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which programme.
    pub programme_id: Uuid,
    /// What people read.
    pub title: String,
    /// `link` or `file`.
    pub kind: String,
    /// Where a link leads; empty for a file.
    pub url: String,
    /// The bytes of a file.
    pub content_id: Option<Uuid>,
    /// Name of a file with its ending; empty for a link.
    pub file_name: String,
    /// Media type of a file, told by its content; empty for a link.
    pub media_type: String,
    /// Bytes of a file; 0 for a link.
    pub size: i32,
    /// SHA-256 of a file.
    pub sha256: Option<Vec<u8>>,
    /// Its place in the list.
    pub position: i32,
    /// Whether residents see it.
    pub public: bool,
    /// When it was taken away; it can be brought back until the night job forgets it.
    pub removed_at: Option<DateTimeUtc>,
    /// When it was added.
    pub created_at: DateTimeUtc,
    /// The programme behind `programme_id`.
    #[sea_orm(belongs_to, from = "(community_id, programme_id)", to = "(community_id, id)")]
    pub programme: BelongsTo<super::programme::Entity>,
    /// The bytes behind `content_id`.
    #[sea_orm(belongs_to, from = "(community_id, content_id)", to = "(community_id, id)")]
    pub content: BelongsTo<Option<super::material_content::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
