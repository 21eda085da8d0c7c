//! Accounts over which messages leave. What they are opened with stays sealed in this room.

use entities::channel_account;
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::convert::read;
use super::{Connection, Result, from_db, to_db};
use crate::domain::channel_account::{AccountKind, ChannelAccount};
use crate::domain::id::{ChannelAccountId, CommunityId};

/// The place of the settings, to seal and open them.
pub const TABLE: &str = "channel_account";
/// Its column.
pub const COLUMN: &str = "settings_sealed";

/// An account with its settings as they are stored.
#[derive(Clone, Debug)]
pub struct SealedAccount {
    /// The account.
    pub account: ChannelAccount,
    /// Its settings, sealed.
    pub settings: Vec<u8>,
}

fn of_row(row: channel_account::Model) -> Result<SealedAccount> {
    let kind: AccountKind = read(TABLE, "kind", row.id, &row.kind)?;
    Ok(SealedAccount {
        account: ChannelAccount {
            id: row.id.into(),
            kind,
            name: row.name,
            enabled: row.enabled,
            last_ok_at: row.last_ok_at.map(from_db),
            last_error: row.last_error,
            created_at: from_db(row.created_at),
            updated_at: from_db(row.updated_at),
        },
        settings: row.settings_sealed,
    })
}

/// All accounts of a community, in the order in which they were made.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(conn: &impl Connection, community: CommunityId) -> Result<Vec<SealedAccount>> {
    let rows = channel_account::Entity::find()
        .filter(channel_account::Column::CommunityId.eq(community.0))
        .order_by_asc(channel_account::Column::CreatedAt)
        .order_by_asc(channel_account::Column::Id)
        .all(conn)
        .await?;
    rows.into_iter().map(of_row).collect()
}

/// One account.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(
    conn: &impl Connection,
    community: CommunityId,
    id: ChannelAccountId,
) -> Result<Option<SealedAccount>> {
    channel_account::Entity::find_by_id((community.0, id.0))
        .one(conn)
        .await?
        .map(of_row)
        .transpose()
}

/// Stores a new account.
///
/// # Errors
/// When the database cannot be asked.
pub async fn insert(txn: &impl Connection, community: CommunityId, new: SealedAccount) -> Result<()> {
    let account = new.account;
    let row = channel_account::ActiveModel {
        community_id: Set(community.0),
        id: Set(account.id.0),
        kind: Set(account.kind.as_str().to_owned()),
        name: Set(account.name),
        settings_sealed: Set(new.settings),
        enabled: Set(account.enabled),
        last_ok_at: Set(account.last_ok_at.map(to_db)),
        last_error: Set(account.last_error),
        created_at: Set(to_db(account.created_at)),
        updated_at: Set(to_db(account.updated_at)),
    };
    channel_account::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

/// Stores another name and other settings of an account, and forgets what went wrong with the ones before. Whether it is there.
///
/// # Errors
/// When the database cannot be asked.
pub async fn change(
    txn: &impl Connection,
    community: CommunityId,
    id: ChannelAccountId,
    name: &str,
    settings: Vec<u8>,
    now: Timestamp,
) -> Result<bool> {
    let done = channel_account::Entity::update_many()
        .col_expr(channel_account::Column::Name, Expr::value(name))
        .col_expr(channel_account::Column::SettingsSealed, Expr::value(settings))
        .col_expr(channel_account::Column::LastError, Expr::value(Option::<String>::None))
        .col_expr(channel_account::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(channel_account::Column::CommunityId.eq(community.0))
        .filter(channel_account::Column::Id.eq(id.0))
        .exec(txn)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Turns accounts on or off.
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_enabled(
    txn: &impl Connection,
    community: CommunityId,
    ids: &[ChannelAccountId],
    enabled: bool,
    now: Timestamp,
) -> Result<()> {
    channel_account::Entity::update_many()
        .col_expr(channel_account::Column::Enabled, Expr::value(enabled))
        .col_expr(channel_account::Column::UpdatedAt, Expr::value(to_db(now)))
        .filter(channel_account::Column::CommunityId.eq(community.0))
        .filter(channel_account::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .exec(txn)
        .await?;
    Ok(())
}

/// Remembers how the last message over an account ended: it left, or what went wrong.
///
/// # Errors
/// When the database cannot be asked.
pub async fn note(
    txn: &impl Connection,
    community: CommunityId,
    id: ChannelAccountId,
    error: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let mut update = channel_account::Entity::update_many()
        .col_expr(channel_account::Column::LastError, Expr::value(error))
        .filter(channel_account::Column::CommunityId.eq(community.0))
        .filter(channel_account::Column::Id.eq(id.0));
    if error.is_none() {
        update = update.col_expr(channel_account::Column::LastOkAt, Expr::value(Some(to_db(now))));
    }
    update.exec(txn).await?;
    Ok(())
}

/// Takes an account away, with what it was opened with. Whether it was there.
///
/// # Errors
/// When the database cannot be asked.
pub async fn delete(txn: &impl Connection, community: CommunityId, id: ChannelAccountId) -> Result<bool> {
    let done = channel_account::Entity::delete_by_id((community.0, id.0))
        .exec(txn)
        .await?;
    Ok(done.rows_affected > 0)
}
