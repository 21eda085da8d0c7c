//! The channels that residents refused, and mail addresses that take no mail.

use entities::{opt_out, resident};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::convert::read;
use super::{Connection, Result, from_db, to_db};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::opt_out::OptOut;

/// What a resident refused, in the order of the channels' names.
///
/// # Errors
/// When the database cannot be asked.
pub async fn of(db: &impl Connection, community: CommunityId, resident: ResidentId) -> Result<Vec<OptOut>> {
    let rows = opt_out::Entity::find()
        .filter(opt_out::Column::CommunityId.eq(community.0))
        .filter(opt_out::Column::ResidentId.eq(resident.0))
        .order_by_asc(opt_out::Column::Channel)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OptOut {
                id: row.id.into(),
                channel: read("opt_out", "channel", row.id, &row.channel)?,
                source: read("opt_out", "source", row.id, &row.source)?,
                opted_out_at: from_db(row.opted_out_at),
            })
        })
        .collect()
}

/// Stores that a resident refuses a channel; what they refused before stays as it was. Whether it is new.
///
/// # Errors
/// When the database cannot store it.
pub async fn insert(db: &impl Connection, community: CommunityId, resident: ResidentId, new: &OptOut) -> Result<bool> {
    let row = opt_out::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        resident_id: Set(resident.0),
        channel: Set(new.channel.to_string()),
        source: Set(new.source.to_string()),
        opted_out_at: Set(to_db(new.opted_out_at)),
    };
    let stored = opt_out::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([
                opt_out::Column::CommunityId,
                opt_out::Column::ResidentId,
                opt_out::Column::Channel,
            ])
            .do_nothing()
            .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(stored > 0)
}

/// Forgets that a resident refuses a channel. Whether they did.
///
/// # Errors
/// When the database cannot store it.
pub async fn remove(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    channel: ChannelKind,
) -> Result<bool> {
    let done = opt_out::Entity::delete_many()
        .filter(opt_out::Column::CommunityId.eq(community.0))
        .filter(opt_out::Column::ResidentId.eq(resident.0))
        .filter(opt_out::Column::Channel.eq(channel.as_str()))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Notes that a resident's address takes no mail, if it is still theirs. Whether it is.
///
/// # Errors
/// When the database cannot store it.
pub async fn set_bounced(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
    address: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = resident::Entity::update_many()
        .col_expr(resident::Column::EmailBouncedAt, Expr::value(to_db(now)))
        .filter(resident::Column::CommunityId.eq(community.0))
        .filter(resident::Column::Id.eq(resident.0))
        .filter(resident::Column::Email.eq(address))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Since when a resident's address is known to take no mail.
///
/// # Errors
/// When the database cannot be asked.
pub async fn bounced_at(
    db: &impl Connection,
    community: CommunityId,
    resident: ResidentId,
) -> Result<Option<Timestamp>> {
    let found: Option<Option<sea_orm::prelude::DateTimeUtc>> = resident::Entity::find_by_id((community.0, resident.0))
        .select_only()
        .column(resident::Column::EmailBouncedAt)
        .into_tuple()
        .one(db)
        .await?;
    Ok(found.flatten().map(from_db))
}
