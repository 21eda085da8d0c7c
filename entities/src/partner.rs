//! `partner` table.

use sea_orm::entity::prelude::*;

/// A partner (合作单位).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "partner")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Contact person.
    pub contact_name: String,
    /// E-mail for decisions; may be empty.
    pub email: String,
    /// Contact telephone number, sealed.
    pub phone_sealed: Option<Vec<u8>>,
    /// Expiry of the licence; none when not asked for.
    pub licence_expires_on: Option<Date>,
    /// When the no-selling pledge was signed.
    pub pledge_signed_on: Option<Date>,
    /// What they are qualified for (人员资质), in words; may be empty.
    pub qualification: String,
    /// Expiry of the qualification; none when not asked for.
    pub qualification_expires_on: Option<Date>,
    /// Expiry of the pledge; none when it does not expire.
    pub pledge_expires_on: Option<Date>,
    /// Most sessions a week; none without a limit.
    pub weekly_limit: Option<i32>,
    /// Since when its sessions are frozen.
    pub frozen_at: Option<DateTimeUtc>,
    /// Why, in words; empty while not frozen.
    pub frozen_reason: String,
}

impl ActiveModelBehavior for ActiveModel {}
