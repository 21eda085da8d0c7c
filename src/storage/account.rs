//! Accounts and their logins. Both stand above communities: they are found by user name and by token.

use entities::{account, community, login, partner};
use jiff::Timestamp;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};

use super::{Connection, Error, Result, from_db, to_db};
use crate::domain::account::{Account, LoginKind};
use crate::domain::id::{AccountId, CommunityId, PartnerId};

fn to_domain(row: account::Model) -> Result<Account> {
    let role = row.role.parse().map_err(|_| Error::Inconsistent {
        table: "account",
        column: "role",
        id: row.id.to_string(),
        value: row.role.clone(),
    })?;
    Ok(Account {
        id: row.id.into(),
        username: row.username,
        role,
        display_name: row.display_name,
        community: row.community_id.map(Into::into),
        partner: row.partner_id.map(Into::into),
        email: row.email,
        disabled_at: row.disabled_at.map(from_db),
        created_at: from_db(row.created_at),
    })
}

/// The account with that user name (in its normal form), and its password hash.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_by_username(db: &impl Connection, username: &str) -> Result<Option<(Account, String)>> {
    let row = account::Entity::find()
        .filter(account::Column::Username.eq(username))
        .one(db)
        .await?;
    row.map(|row| {
        let hash = row.password_hash.clone();
        Ok((to_domain(row)?, hash))
    })
    .transpose()
}

/// The account with that id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find(db: &impl Connection, id: AccountId) -> Result<Option<Account>> {
    let row = account::Entity::find_by_id(id.0).one(db).await?;
    row.map(to_domain).transpose()
}

/// All accounts by user name, each with its community's slug.
///
/// # Errors
/// When the database cannot be asked.
pub async fn list(db: &impl Connection) -> Result<Vec<(Account, Option<String>)>> {
    let rows = account::Entity::find()
        .find_also_related(community::Entity)
        .order_by_asc(account::Column::Username)
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(row, community)| Ok((to_domain(row)?, community.map(|community| community.slug))))
        .collect()
}

/// The community with that slug.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_community(db: &impl Connection, slug: &str) -> Result<Option<CommunityId>> {
    let row = community::Entity::find()
        .filter(community::Column::Slug.eq(slug))
        .one(db)
        .await?;
    Ok(row.map(|row| row.id.into()))
}

/// The partner of a community with that name or id.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_partner(db: &impl Connection, community: CommunityId, wanted: &str) -> Result<Option<PartnerId>> {
    let mut this_one = Condition::any().add(partner::Column::Name.eq(wanted));
    if let Ok(id) = wanted.parse::<uuid::Uuid>() {
        this_one = this_one.add(partner::Column::Id.eq(id));
    }
    let row = partner::Entity::find()
        .filter(partner::Column::CommunityId.eq(community.0))
        .filter(this_one)
        .one(db)
        .await?;
    Ok(row.map(|row| row.id.into()))
}

/// Stores a new account.
///
/// # Errors
/// [`Error::Duplicate`] when the user name is taken.
pub async fn insert(db: &impl Connection, new: &Account, password_hash: String) -> Result<()> {
    let row = account::ActiveModel {
        id: Set(new.id.0),
        username: Set(new.username.clone()),
        password_hash: Set(password_hash),
        role: Set(new.role.as_str().to_owned()),
        display_name: Set(new.display_name.clone()),
        community_id: Set(new.community.map(|id| id.0)),
        partner_id: Set(new.partner.map(|id| id.0)),
        email: Set(new.email.clone()),
        disabled_at: Set(new.disabled_at.map(to_db)),
        created_at: Set(to_db(new.created_at)),
    };
    account::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Replaces the password hash.
///
/// # Errors
/// When the database cannot be asked.
pub async fn set_password_hash(db: &impl Connection, id: AccountId, password_hash: String) -> Result<()> {
    let row = account::ActiveModel {
        id: Set(id.0),
        password_hash: Set(password_hash),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// Stores role, community, partner, names and whether it is shut; not the password.
///
/// # Errors
/// When the database cannot be asked.
pub async fn update(db: &impl Connection, changed: &Account) -> Result<()> {
    let row = account::ActiveModel {
        id: Set(changed.id.0),
        role: Set(changed.role.as_str().to_owned()),
        display_name: Set(changed.display_name.clone()),
        community_id: Set(changed.community.map(|id| id.0)),
        partner_id: Set(changed.partner.map(|id| id.0)),
        email: Set(changed.email.clone()),
        disabled_at: Set(changed.disabled_at.map(to_db)),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// A login as stored: of the token only its hash.
#[derive(Clone, Debug)]
pub struct Login {
    /// UUIDv7.
    pub id: uuid::Uuid,
    /// SHA-256 of the token.
    pub token_hash: Vec<u8>,
    /// How the token travels.
    pub kind: LoginKind,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// Absolute end.
    pub expires_at: Timestamp,
}

/// The login with that token hash, and its account.
///
/// # Errors
/// When the database cannot be asked.
pub async fn find_login(db: &impl Connection, token_hash: &[u8]) -> Result<Option<(Login, Account)>> {
    let found = login::Entity::find()
        .filter(login::Column::TokenHash.eq(token_hash))
        .find_also_related(account::Entity)
        .one(db)
        .await?;
    let Some((row, Some(account))) = found else {
        return Ok(None);
    };
    let Some(kind) = LoginKind::from_stored(&row.kind) else {
        return Err(Error::Inconsistent {
            table: "login",
            column: "kind",
            id: row.id.to_string(),
            value: row.kind,
        });
    };
    let login = Login {
        id: row.id,
        token_hash: row.token_hash,
        kind,
        seen_at: from_db(row.seen_at),
        expires_at: from_db(row.expires_at),
    };
    Ok(Some((login, to_domain(account)?)))
}

/// Stores a new login of `account`.
///
/// # Errors
/// When the database cannot be asked.
pub async fn insert_login(db: &impl Connection, account: AccountId, new: &Login) -> Result<()> {
    let row = login::ActiveModel {
        id: Set(new.id),
        token_hash: Set(new.token_hash.clone()),
        account_id: Set(account.0),
        kind: Set(new.kind.as_str().to_owned()),
        created_at: Set(to_db(new.seen_at)),
        seen_at: Set(to_db(new.seen_at)),
        expires_at: Set(to_db(new.expires_at)),
    };
    login::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Notes that a login was used. One that has ended meanwhile stays ended.
///
/// # Errors
/// When the database cannot be asked.
pub async fn mark_seen(db: &impl Connection, login: uuid::Uuid, now: Timestamp) -> Result<()> {
    login::Entity::update_many()
        .col_expr(login::Column::SeenAt, to_db(now).into())
        .filter(login::Column::Id.eq(login))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends the login with that token hash.
///
/// # Errors
/// When the database cannot be asked.
pub async fn delete_login(db: &impl Connection, token_hash: &[u8]) -> Result<()> {
    login::Entity::delete_many()
        .filter(login::Column::TokenHash.eq(token_hash))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends all logins of an account.
///
/// # Errors
/// When the database cannot be asked.
pub async fn delete_logins_of(db: &impl Connection, account: AccountId) -> Result<()> {
    login::Entity::delete_many()
        .filter(login::Column::AccountId.eq(account.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends the logins that have outlived their absolute end.
///
/// # Errors
/// When the database cannot be asked.
pub async fn delete_expired_logins(db: &impl Connection, now: Timestamp) -> Result<u64> {
    let deleted = login::Entity::delete_many()
        .filter(login::Column::ExpiresAt.lte(to_db(now)))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
