//! `delivery` table.

use sea_orm::entity::prelude::*;

/// A delivery (投递): one notification to one recipient over one channel.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "delivery")]
pub struct Model {
    /// The community it belongs to.
    #[sea_orm(primary_key, auto_increment = false)]
    pub community_id: Uuid,
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Of which notification.
    pub notification_id: Uuid,
    /// To which resident.
    pub resident_id: Option<Uuid>,
    /// Or to which partner.
    pub partner_id: Option<Uuid>,
    /// Or to which account.
    pub account_id: Option<Uuid>,
    /// `email`, `sms`, `robot` or `call` (somebody phones).
    pub channel: String,
    /// Which account of that kind, where a community may have several: the robot.
    pub channel_id: Option<Uuid>,
    /// `due`, `leased`, `sending`, `sent`, `retry`, `unknown`, `expired`, `dead`, `kept` (no mail server), `to_call`, `dropped`.
    pub status: String,
    /// When to try next.
    pub due_at: DateTimeUtc,
    /// After this it is useless.
    pub expires_at: DateTimeUtc,
    /// When somebody had better phone: news of a session, on its day.
    pub hurry_at: Option<DateTimeUtc>,
    /// The worker that holds it.
    pub lease_owner: Option<Uuid>,
    /// Raised at each lease; a completing update checks it.
    pub lease_epoch: i32,
    /// End of the lease.
    pub lease_until: Option<DateTimeUtc>,
    /// How often a worker went away with it in its hands.
    pub deaths: i32,
    /// Tries so far.
    pub attempts: i32,
    /// What went wrong last, in words.
    pub last_error: Option<String>,
    /// Subject as sent; empty before.
    pub subject: String,
    /// Text as sent; empty before.
    pub body: String,
    /// When it left.
    pub sent_at: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it last changed.
    pub updated_at: DateTimeUtc,
    /// The notification behind `notification_id`.
    #[sea_orm(belongs_to, from = "(community_id, notification_id)", to = "(community_id, id)")]
    pub notification: BelongsTo<super::notification::Entity>,
    /// The resident behind `resident_id`.
    #[sea_orm(belongs_to, from = "(community_id, resident_id)", to = "(community_id, id)")]
    pub resident: BelongsTo<Option<super::resident::Entity>>,
    /// The partner behind `partner_id`.
    #[sea_orm(belongs_to, from = "(community_id, partner_id)", to = "(community_id, id)")]
    pub partner: BelongsTo<Option<super::partner::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
