//! `channel_account` table.

use sea_orm::entity::prelude::*;

/// An account over which messages leave: a robot in a group, a contract with a provider of text messages.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "channel_account")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// `wecom`, `dingtalk`, `feishu`, `aliyun`, `tencent` or `gateway`.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// What it is opened with, JSON, sealed.
    pub settings_sealed: Vec<u8>,
    /// Whether messages leave over it.
    pub enabled: bool,
    /// When a message last left over it.
    pub last_ok_at: Option<DateTimeUtc>,
    /// What went wrong last, in words.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
