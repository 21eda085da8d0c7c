//! `community` table.

use sea_orm::entity::prelude::*;

/// A community (社区): the tenant.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "community")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The name in addresses: `yunliang`.
    #[sea_orm(unique)]
    pub slug: String,
    /// Official name in Chinese.
    pub name: String,
    /// Name in English.
    pub name_en: String,
    /// Subdistrict (街道).
    pub subdistrict: String,
    /// District (区).
    pub district: String,
    /// IANA time zone.
    pub zone: String,
    /// Public telephone number of the office.
    pub phone: String,
    /// Address of the office.
    pub address: String,
    /// When the desk is open, in words.
    pub desk_hours: String,
    /// Notice line shown on every public page; empty when there is none.
    pub notice: String,
    /// Registered residents of 60 and over.
    pub seniors_registered: i32,
    /// The date of that number.
    pub seniors_counted_on: Option<Date>,
    /// How many weeks ahead sessions are stored.
    pub horizon_weeks: i32,
    /// When the row was made.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
