//! Partners one by one: their papers, their sealed number, whether they are frozen, their logins.

use entities::{account, partner};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::community::partner_of;
use super::{Connection, Result, date_to_db, to_db};
use crate::domain::community::Partner;
use crate::domain::id::{CommunityId, PartnerId};

/// A partner, and the sealed number of its contact.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(
    db: &impl Connection,
    community: CommunityId,
    id: PartnerId,
) -> Result<Option<(Partner, Option<Vec<u8>>)>> {
    let row = partner::Entity::find_by_id((community.0, id.0)).one(db).await?;
    Ok(row.map(|row| {
        let sealed = row.phone_sealed.clone();
        (partner_of(row), sealed)
    }))
}

/// The same without its number, locked until the transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_locked(db: &impl Connection, community: CommunityId, id: PartnerId) -> Result<Option<Partner>> {
    let row = partner::Entity::find_by_id((community.0, id.0))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(row.map(partner_of))
}

/// Stores what is known of a partner; whether it is frozen is left alone.
///
/// # Errors
/// When the database cannot be asked.
pub async fn update(
    db: &impl Connection,
    community: CommunityId,
    changed: &Partner,
    phone_sealed: Option<Vec<u8>>,
) -> Result<()> {
    let change = partner::ActiveModel {
        name: Set(changed.name.clone()),
        name_en: Set(changed.name_en.clone()),
        contact_name: Set(changed.contact_name.clone()),
        email: Set(changed.email.clone()),
        phone_sealed: Set(phone_sealed),
        licence_expires_on: Set(changed.licence_expires_on.map(date_to_db)),
        qualification: Set(changed.qualification.clone()),
        qualification_expires_on: Set(changed.qualification_expires_on.map(date_to_db)),
        pledge_signed_on: Set(changed.pledge_signed_on.map(date_to_db)),
        pledge_expires_on: Set(changed.pledge_expires_on.map(date_to_db)),
        weekly_limit: Set(changed.weekly_limit),
        ..Default::default()
    };
    partner::Entity::update_many()
        .set(change)
        .filter(partner::Column::CommunityId.eq(community.0))
        .filter(partner::Column::Id.eq(changed.id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Freezes a partner, with the reason, or lets it go on (`None`).
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_frozen(
    db: &impl Connection,
    community: CommunityId,
    id: PartnerId,
    frozen: Option<(Timestamp, &str)>,
) -> Result<()> {
    let (at, reason) = frozen.unzip();
    partner::Entity::update_many()
        .col_expr(partner::Column::FrozenAt, Expr::value(at.map(to_db)))
        .col_expr(partner::Column::FrozenReason, Expr::value(reason.unwrap_or_default()))
        .filter(partner::Column::CommunityId.eq(community.0))
        .filter(partner::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// The user names of the logins that act for a partner and are not shut.
///
/// # Errors
/// When the database cannot be asked.
pub async fn usernames(db: &impl Connection, community: CommunityId, id: PartnerId) -> Result<Vec<String>> {
    Ok(account::Entity::find()
        .select_only()
        .column(account::Column::Username)
        .filter(account::Column::CommunityId.eq(community.0))
        .filter(account::Column::PartnerId.eq(id.0))
        .filter(account::Column::DisabledAt.is_null())
        .order_by_asc(account::Column::Username)
        .into_tuple()
        .all(db)
        .await?)
}
