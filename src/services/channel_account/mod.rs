//! Accounts over which messages leave: robots in groups of staff, contracts with providers of text messages. What they are opened with is sealed
//! in the database and never shown again; at the moment of sending [`route`] opens it.

mod draft;
mod limit;
mod reading;
pub mod settings;
mod try_out;

pub use draft::{Draft, Kept};
pub use limit::{forget_full, robot_parts, take};
pub use try_out::{note, try_mail, try_out};

use settings::{Robot, SmsAccount, Stored};
use uuid::Uuid;

use super::channel::Route;
use super::{Context, Error, Result, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::channel::ChannelKind;
use crate::domain::channel_account::{AccountKind, ChannelAccount};
use crate::domain::id::{ChannelAccountId, CommunityId};
use crate::storage::channel_account::{self as rows, COLUMN, SealedAccount, TABLE};
use crate::storage::{self, Txn};

/// The most accounts a community may have.
pub const ACCOUNTS_MAX: usize = 20;

fn unseal(ctx: &Context, community: CommunityId, sealed: &SealedAccount) -> Result<Stored> {
    let id = sealed.account.id;
    let json = ctx.sealer.open(community, TABLE, COLUMN, id, &sealed.settings)?;
    serde_json::from_str(&json).map_err(|_| {
        Error::Storage(storage::Error::Inconsistent {
            table: TABLE,
            column: COLUMN,
            id: id.to_string(),
            value: "(settings that cannot be read)".to_owned(),
        })
    })
}

fn seal(ctx: &Context, community: CommunityId, id: ChannelAccountId, stored: &Stored) -> Result<Vec<u8>> {
    let json = serde_json::to_string(stored).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(ctx.sealer.seal(community, TABLE, COLUMN, id, &json))
}

async fn find(ctx: &Context, community: CommunityId, id: ChannelAccountId) -> Result<(ChannelAccount, Stored)> {
    let sealed = rows::find(ctx.db.reader(), community, id)
        .await?
        .ok_or_else(|| Error::not_found("channel", id))?;
    let stored = unseal(ctx, community, &sealed)?;
    Ok((sealed.account, stored))
}

fn route_of(account: &ChannelAccount, stored: Stored) -> Route {
    match stored {
        Stored::Robot { url, secret, keyword } => Route::Robot(Robot {
            id: account.id.0,
            // An account of a robot has the kind of a robot: both were written together.
            kind: account.kind.robot().unwrap_or(crate::domain::robot::RobotKind::Wecom),
            url,
            secret: Some(secret).filter(|secret| !secret.reveal().is_empty()),
            keyword,
        }),
        Stored::Sms {
            provider,
            sign,
            templates,
        } => Route::Sms(SmsAccount {
            id: account.id.0,
            provider,
            sign,
            templates,
        }),
    }
}

/// The accounts of a community, in the order in which they were made.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn list(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<ChannelAccount>> {
    may(actor, Action::ManageNotifications, community)?;
    let all = rows::list(ctx.db.reader(), community).await?;
    Ok(all.into_iter().map(|sealed| sealed.account).collect())
}

/// One account.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn get(ctx: &Context, actor: &Actor, community: CommunityId, id: ChannelAccountId) -> Result<ChannelAccount> {
    may(actor, Action::ManageNotifications, community)?;
    Ok(find(ctx, community, id).await?.0)
}

/// One account with what stands in its form: everything but its secrets, and what may be shown of those.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn edit(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ChannelAccountId,
) -> Result<(ChannelAccount, Draft, Kept)> {
    may(actor, Action::ManageNotifications, community)?;
    let (account, stored) = find(ctx, community, id).await?;
    let (draft, kept) = Draft::of(&account.name, &stored);
    Ok((account, draft, kept))
}

/// Makes an account and turns it on. Of text message accounts one is in use at a time: the others are turned off.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] with everything that is wrong; [`Error::State`] when there are too many; [`Error::Storage`].
pub async fn create(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    kind: AccountKind,
    draft: &Draft,
) -> Result<ChannelAccountId> {
    may(actor, Action::ManageNotifications, community)?;
    let (name, stored) = draft.read(kind, None, &ctx.settings.outgoing.allow)?;
    let now = ctx.now();
    let id: ChannelAccountId = ctx.new_id(now);
    let enabled = draft.enabled.unwrap_or(true);
    let new = SealedAccount {
        account: ChannelAccount {
            id,
            kind,
            name,
            enabled,
            last_ok_at: None,
            last_error: None,
            created_at: now,
            updated_at: now,
        },
        settings: seal(ctx, community, id, &stored)?,
    };
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<ChannelAccountId> {
            if rows::list(txn, community).await?.len() >= ACCOUNTS_MAX {
                return Err(Error::State {
                    code: "channel-too-many",
                });
            }
            rows::insert(txn, community, new).await?;
            if enabled {
                only_one_for_text(txn, community, id, kind, now).await?;
            }
            let detail = serde_json::json!({ "kind": kind.as_str() });
            audit::record(
                &context,
                txn,
                now,
                community,
                &actor,
                "channel_made",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(id)
        })
        .await
}

async fn turn(
    txn: &Txn,
    community: CommunityId,
    id: ChannelAccountId,
    kind: AccountKind,
    enabled: bool,
    now: jiff::Timestamp,
) -> Result<()> {
    rows::set_enabled(txn, community, &[id], enabled, now).await?;
    if enabled {
        only_one_for_text(txn, community, id, kind, now).await?;
    }
    Ok(())
}

async fn only_one_for_text(
    txn: &Txn,
    community: CommunityId,
    id: ChannelAccountId,
    kind: AccountKind,
    now: jiff::Timestamp,
) -> Result<()> {
    if kind.channel() != ChannelKind::Sms {
        return Ok(());
    }
    let all = rows::list(txn, community).await?;
    let others: Vec<ChannelAccountId> = all
        .iter()
        .map(|sealed| &sealed.account)
        .filter(|other| other.id != id && other.enabled && other.kind.channel() == ChannelKind::Sms)
        .map(|other| other.id)
        .collect();
    if !others.is_empty() {
        rows::set_enabled(txn, community, &others, false, now).await?;
    }
    Ok(())
}

/// Changes an account; a secret that is left empty stays what it was.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with everything that is wrong; [`Error::Storage`].
pub async fn save(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ChannelAccountId,
    draft: &Draft,
) -> Result<()> {
    may(actor, Action::ManageNotifications, community)?;
    let (account, before) = find(ctx, community, id).await?;
    let (name, stored) = draft.read(account.kind, Some(&before), &ctx.settings.outgoing.allow)?;
    let now = ctx.now();
    let settings = seal(ctx, community, id, &stored)?;
    let enabled = draft.enabled;
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<()> {
            if !rows::change(txn, community, id, &name, settings, now).await? {
                return Err(Error::not_found("channel", id));
            }
            if let Some(enabled) = enabled {
                turn(txn, community, id, account.kind, enabled, now).await?;
            }
            let detail = serde_json::json!({ "kind": account.kind.as_str(), "enabled": enabled });
            audit::record(
                &context,
                txn,
                now,
                community,
                &actor,
                "channel_changed",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(())
        })
        .await
}

/// Turns an account on or off.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn set_enabled(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ChannelAccountId,
    enabled: bool,
) -> Result<()> {
    may(actor, Action::ManageNotifications, community)?;
    let now = ctx.now();
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<()> {
            let known = rows::find(txn, community, id)
                .await?
                .ok_or_else(|| Error::not_found("channel", id))?;
            turn(txn, community, id, known.account.kind, enabled, now).await?;
            let detail = serde_json::json!({ "enabled": enabled });
            audit::record(
                &context,
                txn,
                now,
                community,
                &actor,
                "channel_turned",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(())
        })
        .await
}

/// Takes an account away, with its secrets: it cannot be brought back.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn remove(ctx: &Context, actor: &Actor, community: CommunityId, id: ChannelAccountId) -> Result<()> {
    may(actor, Action::ManageNotifications, community)?;
    let now = ctx.now();
    let (context, actor) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn: &Txn| -> Result<()> {
            if !rows::delete(txn, community, id).await? {
                return Err(Error::not_found("channel", id));
            }
            let detail = serde_json::json!({});
            audit::record(
                &context,
                txn,
                now,
                community,
                &actor,
                "channel_removed",
                Some(id.0),
                &detail,
            )
            .await?;
            Ok(())
        })
        .await
}

/// Over which account a message leaves, opened: for text messages the one that is turned on, for a robot the one that is asked for. None when it is
/// turned off or gone. It is asked at the moment of sending, without permission: for the worker.
///
/// # Errors
/// [`Error::Storage`], also when the settings do not open.
pub async fn route(
    ctx: &Context,
    community: CommunityId,
    kind: ChannelKind,
    channel_id: Option<Uuid>,
) -> Result<Option<Route>> {
    match kind {
        ChannelKind::Email => Ok(Some(Route::Email)),
        ChannelKind::Call => Ok(None),
        ChannelKind::Sms | ChannelKind::Robot => {
            let all = rows::list(ctx.db.reader(), community).await?;
            let wanted = all.iter().find(|sealed| {
                let account = &sealed.account;
                let is_asked = kind == ChannelKind::Sms || channel_id == Some(account.id.0);
                account.enabled && account.kind.channel() == kind && is_asked
            });
            wanted
                .map(|sealed| Ok(route_of(&sealed.account, unseal(ctx, community, sealed)?)))
                .transpose()
        }
    }
}
