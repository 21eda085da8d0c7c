//! Accounts and logins.
//!
//! A login is a random token of 256 bits that only the browser or program keeps: we store its SHA-256, so a copy of the database
//! opens nothing. Every login makes a new token; a change of password, role or state ends them all.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::limit::{self, Limit};
use super::{Context, Error, FieldError, Result, device, password};
use crate::domain::access::{Action, Actor, Role, may};
use crate::domain::account::{
    Account, LoginKind, PASSWORD_MAX, PASSWORD_MIN, USERNAME_MAX, WeakPassword, check_password, is_good_username,
    normal_username,
};
use crate::domain::id::{AccountId, CommunityId, PartnerId};
use crate::storage;

/// Failed logins of one account in [`LIMIT_WINDOW_SECONDS`].
const ACCOUNT_FAILURES: i32 = 10;
/// Failed logins from one network in [`LIMIT_WINDOW_SECONDS`].
const NETWORK_FAILURES: i32 = 50;
/// A quarter of an hour.
const LIMIT_WINDOW_SECONDS: i64 = 15 * 60;
/// How exactly the last use of a login is known, seconds: writing it at each request would make every reading a change.
const SEEN_SECONDS: i64 = 60;

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// Who, for the rights.
    pub actor: Actor,
    /// Name shown on pages.
    pub display_name: String,
}

/// A login that has just begun.
pub struct NewLogin {
    /// The secret to send with each request; not stored anywhere.
    pub token: String,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// Whose.
    pub account: Account,
}

fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Who stands behind a token; none when it is unknown or has ended.
///
/// # Errors
/// When the database cannot be asked.
pub async fn authenticate(ctx: &Context, token: &str) -> Result<Option<LoggedIn>> {
    if device::is_token(token) {
        return device::authenticate(ctx, token).await;
    }
    let now = ctx.now();
    let Some((login, account)) = storage::account::find_login(ctx.db.reader(), &token_hash(token)).await? else {
        return Ok(None);
    };
    let idle = now.duration_since(login.seen_at).as_secs();
    if account.disabled_at.is_some() || now >= login.expires_at || idle >= login.kind.idle_seconds() {
        return Ok(None);
    }
    if idle >= SEEN_SECONDS {
        let id = login.id;
        ctx.db
            .write(async move |txn| storage::account::mark_seen(txn, id, now).await)
            .await?;
    }
    Ok(Some(LoggedIn {
        actor: account.actor(),
        display_name: account.display_name,
    }))
}

/// Logs in with name and password; none when they do not belong together, whether or not there is such an account.
///
/// # Errors
/// [`Error::TooMany`] after too many failures of this account or from this network.
pub async fn log_in(
    ctx: &Context,
    username: &str,
    given: &str,
    from: IpAddr,
    kind: LoginKind,
) -> Result<Option<NewLogin>> {
    let now = ctx.now();
    let username: String = normal_username(username).chars().take(USERNAME_MAX + 1).collect();
    let account_key = account_limit_key(&username);
    let network_key = format!("network:{}", limit::network_of(from));
    limit::take(
        ctx,
        now,
        vec![
            Limit {
                key: account_key.clone(),
                most: ACCOUNT_FAILURES,
                window_seconds: LIMIT_WINDOW_SECONDS,
            },
            Limit {
                key: network_key.clone(),
                most: NETWORK_FAILURES,
                window_seconds: LIMIT_WINDOW_SECONDS,
            },
        ],
    )
    .await?;
    let found = storage::account::find_by_username(ctx.db.reader(), &username)
        .await?
        .filter(|(account, _)| account.disabled_at.is_none());
    let (account, hash) = found.unzip();
    // Longer ones cannot be right, and hashing must stay bounded.
    let given: String = given.chars().take(PASSWORD_MAX + 1).collect();
    let right = password::verify(ctx, &given, hash).await?;
    let Some(account) = account.filter(|_| right) else {
        return Ok(None);
    };
    let token = URL_SAFE_NO_PAD.encode(ctx.random::<32>());
    let login = storage::account::Login {
        id: ctx.new_id(now),
        token_hash: token_hash(&token),
        kind,
        seen_at: now,
        expires_at: now + SignedDuration::from_secs(kind.lasts_seconds()),
    };
    let expires_at = login.expires_at;
    let id = account.id;
    ctx.db
        .write(async move |txn| -> Result<()> {
            storage::limit::forget(txn, &account_key).await?;
            storage::limit::uncount(txn, &network_key).await?;
            storage::account::insert_login(txn, id, &login).await?;
            Ok(())
        })
        .await?;
    Ok(Some(NewLogin {
        token,
        expires_at,
        account,
    }))
}

fn account_limit_key(username: &str) -> String {
    format!("account:{username}")
}

/// Ends the login behind a token.
///
/// # Errors
/// When the database cannot be asked.
pub async fn log_out(ctx: &Context, token: &str) -> Result<()> {
    if device::is_token(token) {
        return device::leave(ctx, token).await;
    }
    let hash = token_hash(token);
    ctx.db
        .write(async move |txn| Ok(storage::account::delete_login(txn, &hash).await?))
        .await
}

/// An account to be created.
#[derive(Clone)]
pub struct NewAccount {
    /// Login name.
    pub username: String,
    /// Its password.
    pub password: String,
    /// What it may be.
    pub role: Role,
    /// Name shown on pages; empty: the user name.
    pub display_name: String,
    /// The community, which `staff` and `partner` need and others cannot have.
    pub community: Option<CommunityId>,
    /// The partner, which `partner` needs and others cannot have.
    pub partner: Option<PartnerId>,
    /// E-mail address; may be empty.
    pub email: String,
}

fn wrong_password(username: &str, given: &str) -> Option<FieldError> {
    let error = |code| FieldError::new("password", code, "");
    match check_password(username, given) {
        Ok(()) => None,
        Err(WeakPassword::Short) => Some(error("password-short").with("min", PASSWORD_MIN)),
        Err(WeakPassword::Long) => Some(error("password-long").with("max", PASSWORD_MAX)),
        Err(WeakPassword::Guessable) => Some(error("password-guessable")),
    }
}

/// Accounts are managed above communities: only whoever may do it everywhere may do it at all.
fn may_manage(actor: &Actor) -> Result<()> {
    Ok(may(actor, Action::ManageAccounts, CommunityId(uuid::Uuid::nil()))?)
}

/// Creates an account.
///
/// # Errors
/// [`Error::Invalid`] for a name that is taken or not plain, a weak password, a missing or superfluous community or partner.
pub async fn create(ctx: &Context, actor: &Actor, new: NewAccount) -> Result<Account> {
    may_manage(actor)?;
    let (account, hash) = prepared(ctx, new).await?;
    let stored = account.clone();
    ctx.db
        .write(async move |txn| insert_in(txn, &stored, hash).await)
        .await?;
    Ok(account)
}

/// An account to be stored, and the hash of its password, once everything about it was checked.
///
/// # Errors
/// As [`create`], but for the right.
pub(super) async fn prepared(ctx: &Context, new: NewAccount) -> Result<(Account, String)> {
    let now = ctx.now();
    let username = normal_username(&new.username);
    let mut errors = Vec::new();
    if !is_good_username(&username) {
        errors.push(FieldError::new("username", "username-form", &username).with("max", USERNAME_MAX));
    }
    errors.extend(wrong_password(&username, &new.password));
    let needs_community = matches!(new.role, Role::Staff | Role::Partner);
    if needs_community != new.community.is_some() {
        let code = if needs_community {
            "community-needed"
        } else {
            "community-superfluous"
        };
        errors.push(FieldError::new("community", code, new.role.as_str()));
    }
    let needs_partner = new.role == Role::Partner;
    if needs_partner != new.partner.is_some() {
        let code = if needs_partner {
            "partner-needed"
        } else {
            "partner-superfluous"
        };
        errors.push(FieldError::new("partner", code, new.role.as_str()));
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let display_name = match new.display_name.trim() {
        "" => username.clone(),
        name => name.to_owned(),
    };
    let account = Account {
        id: ctx.new_id(now),
        username,
        role: new.role,
        display_name,
        community: new.community,
        partner: new.partner,
        email: new.email.trim().to_owned(),
        disabled_at: None,
        created_at: now,
    };
    let hash = password::hash(ctx, &new.password).await?;
    Ok((account, hash))
}

/// Stores an account.
///
/// # Errors
/// [`Error::Invalid`] for a name that is taken.
pub(super) async fn insert_in(txn: &storage::Txn, account: &Account, hash: String) -> Result<()> {
    storage::account::insert(txn, account, hash)
        .await
        .map_err(|error| match error {
            storage::Error::Duplicate(_) => Error::invalid("username", "username-taken", &account.username),
            other => other.into(),
        })
}

async fn find(ctx: &Context, username: &str) -> Result<Account> {
    let username = normal_username(username);
    storage::account::find_by_username(ctx.db.reader(), &username)
        .await?
        .map(|(account, _)| account)
        .ok_or_else(|| Error::not_found("account", username))
}

/// Sets an account's password, ends all its logins, and forgets its failures.
///
/// # Errors
/// [`Error::NotFound`], or [`Error::Invalid`] for a weak password.
pub async fn set_password(ctx: &Context, actor: &Actor, username: &str, new: &str) -> Result<()> {
    may_manage(actor)?;
    let account = find(ctx, username).await?;
    if let Some(error) = wrong_password(&account.username, new) {
        return Err(Error::Invalid(vec![error]));
    }
    let hash = password::hash(ctx, new).await?;
    ctx.db
        .write(async move |txn| -> Result<()> {
            storage::account::set_password_hash(txn, account.id, hash).await?;
            storage::account::delete_logins_of(txn, account.id).await?;
            storage::limit::forget(txn, &account_limit_key(&account.username)).await?;
            Ok(())
        })
        .await
}

/// Gives an account another role, and ends all its logins.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_role(
    ctx: &Context,
    actor: &Actor,
    username: &str,
    role: Role,
    community: Option<CommunityId>,
    partner: Option<PartnerId>,
) -> Result<()> {
    let account = find(ctx, username).await?;
    let changed = Account {
        role,
        community,
        partner,
        ..account
    };
    change(ctx, actor, changed).await
}

/// Shuts an account (and ends all its logins), or opens it again.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_disabled(ctx: &Context, actor: &Actor, username: &str, disabled: bool) -> Result<()> {
    let now = ctx.now();
    let account = find(ctx, username).await?;
    let changed = Account {
        disabled_at: disabled.then_some(account.disabled_at.unwrap_or(now)),
        ..account
    };
    change(ctx, actor, changed).await
}

async fn change(ctx: &Context, actor: &Actor, changed: Account) -> Result<()> {
    may_manage(actor)?;
    ctx.db
        .write(async move |txn| -> Result<()> {
            storage::account::update(txn, &changed).await?;
            storage::account::delete_logins_of(txn, changed.id).await?;
            Ok(())
        })
        .await
}

/// An account on the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The account.
    pub account: Account,
    /// Its community's name in addresses.
    pub community_slug: Option<String>,
}

/// All accounts by user name.
///
/// # Errors
/// When the actor may not see them.
pub async fn list(ctx: &Context, actor: &Actor) -> Result<Vec<Listed>> {
    may_manage(actor)?;
    let rows = storage::account::list(ctx.db.reader()).await?;
    Ok(rows
        .into_iter()
        .map(|(account, community_slug)| Listed {
            account,
            community_slug,
        })
        .collect())
}

/// The community of that slug, and its partner of that name or id.
///
/// # Errors
/// [`Error::Invalid`] when there is no such community or partner.
pub async fn find_place(
    ctx: &Context,
    slug: Option<&str>,
    partner: Option<&str>,
) -> Result<(Option<CommunityId>, Option<PartnerId>)> {
    let db = ctx.db.reader();
    let Some(slug) = slug else {
        return match partner {
            None => Ok((None, None)),
            Some(_) => Err(Error::invalid("community", "community-needed", "")),
        };
    };
    let community = storage::account::find_community(db, slug)
        .await?
        .ok_or_else(|| Error::invalid("community", "community-unknown", slug))?;
    let Some(partner) = partner else {
        return Ok((Some(community), None));
    };
    let found = storage::account::find_partner(db, community, partner)
        .await?
        .ok_or_else(|| Error::invalid("partner", "partner-unknown", partner))?;
    Ok((Some(community), Some(found)))
}

/// The account with that id.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(ctx: &Context, id: AccountId) -> Result<Account> {
    storage::account::find(ctx.db.reader(), id)
        .await?
        .ok_or_else(|| Error::not_found("account", id))
}

/// Forgets logins and limits that are over; running it twice changes nothing.
///
/// # Errors
/// When the database cannot be asked.
pub async fn forget_expired(ctx: &Context) -> Result<()> {
    let now = ctx.now();
    ctx.db
        .write(async move |txn| storage::account::delete_expired_logins(txn, now).await)
        .await?;
    limit::forget_expired(ctx).await?;
    Ok(())
}
