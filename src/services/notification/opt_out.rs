//! Who does not want to be told over which channel: by the link in a mail (RFC 8058), or told to staff. It stops reminders; what changes, a
//! seat and a question are told all the same. And addresses that take no mail.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::domain::access::{Action, Actor, may};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{CommunityId, ResidentId};
use crate::domain::opt_out::{OptOut, OptOutSource, REFUSABLE};
use crate::services::{Context, Error, Result, audit, resident};
use crate::storage::{self, Txn};

/// Bytes of a token before its seal: the resident, and the channel's place in [`REFUSABLE`].
const HEAD_BYTES: usize = 17;

/// The token of the link with which a resident refuses a channel. It holds for ever, so that the link in an old mail works; it is sealed
/// with a key that is not in the database, and opens nothing else.
pub fn token(ctx: &Context, community: CommunityId, resident: ResidentId, channel: ChannelKind) -> String {
    let place = REFUSABLE.iter().position(|one| *one == channel).unwrap_or_default();
    let mut bytes = resident.0.as_bytes().to_vec();
    bytes.push(u8::try_from(place).unwrap_or_default());
    bytes.extend(seal(ctx, community, resident, channel));
    URL_SAFE_NO_PAD.encode(bytes)
}

fn seal(ctx: &Context, community: CommunityId, resident: ResidentId, channel: ChannelKind) -> Vec<u8> {
    ctx.sealer
        .blind_index(community, &format!("unsubscribe link {resident} {channel}"))
}

/// The address of that link.
pub(super) fn link(
    ctx: &Context,
    community: CommunityId,
    slug: &str,
    resident: ResidentId,
    channel: ChannelKind,
) -> String {
    let token = token(ctx, community, resident, channel);
    format!("{}/c/{slug}/unsubscribe/{token}", ctx.settings.base_url())
}

/// Whom a link is about, and which channel.
///
/// # Errors
/// [`Error::NotFound`] when nobody was given it, or they are no longer known.
async fn open(ctx: &Context, community: CommunityId, token: &str) -> Result<(ResidentId, ChannelKind)> {
    let unknown = || Error::not_found("unsubscribe", "");
    let bytes = URL_SAFE_NO_PAD
        .decode(token.get(..200).unwrap_or(token))
        .map_err(|_| unknown())?;
    let (head, given) = bytes.split_at_checked(HEAD_BYTES).ok_or_else(unknown)?;
    let (id, place) = head.split_at(HEAD_BYTES - 1);
    let id = ResidentId(Uuid::from_slice(id).map_err(|_| unknown())?);
    let channel = *REFUSABLE.get(usize::from(place[0])).ok_or_else(unknown)?;
    // Hashes are compared, so that the time it takes tells nothing of the seal.
    if Sha256::digest(given) != Sha256::digest(seal(ctx, community, id, channel)) {
        return Err(unknown());
    }
    let current = storage::resident::current_at_a_look(ctx.db.reader(), community, id).await?;
    Ok((current.ok_or_else(unknown)?, channel))
}

/// How somebody with a link stands: the channel, and whether they refuse it. Looking changes nothing.
///
/// # Errors
/// [`Error::NotFound`] when the link leads to nobody.
pub async fn stands(ctx: &Context, community: CommunityId, token: &str) -> Result<(ChannelKind, bool)> {
    let (resident, channel) = open(ctx, community, token).await?;
    let refused = storage::opt_out::of(ctx.db.reader(), community, resident).await?;
    Ok((channel, refused.iter().any(|one| one.channel == channel)))
}

/// Somebody with a link does not want that channel any more, or wants it again. Asked twice, the answer is the same.
///
/// # Errors
/// [`Error::NotFound`] when the link leads to nobody.
pub async fn set_by_link(ctx: &Context, community: CommunityId, token: &str, refuses: bool) -> Result<ChannelKind> {
    let (resident, channel) = open(ctx, community, token).await?;
    let now = ctx.now();
    let inner = ctx.clone();
    ctx.db
        .write(async move |txn: &Txn| {
            let wish = (resident, channel, refuses);
            set(&inner, txn, now, &Actor::Public, community, wish, OptOutSource::Link).await
        })
        .await?;
    Ok(channel)
}

/// What a resident refused.
///
/// # Errors
/// Without the right to manage residents.
pub async fn of(ctx: &Context, actor: &Actor, community: CommunityId, resident: ResidentId) -> Result<Vec<OptOut>> {
    may(actor, Action::ManageResidents, community)?;
    Ok(storage::opt_out::of(ctx.db.reader(), community, resident).await?)
}

/// Notes which channels a resident refuses, as they told staff; the others they take.
///
/// # Errors
/// Without the right to manage residents; when there is no such resident, or they were merged or erased.
pub async fn set_by_staff(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    id: ResidentId,
    refused: &[ChannelKind],
) -> Result<()> {
    let known = resident::get(ctx, actor, community, id).await?;
    resident::current(&known)?;
    let now = ctx.now();
    let (inner, actor, refused) = (ctx.clone(), actor.clone(), refused.to_vec());
    ctx.db
        .write(async move |txn: &Txn| {
            for channel in REFUSABLE {
                let wish = (id, channel, refused.contains(&channel));
                set(&inner, txn, now, &actor, community, wish, OptOutSource::Staff).await?;
            }
            Ok::<_, Error>(())
        })
        .await
}

/// Stores it, and who it was; nothing when it stood like that.
async fn set(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    actor: &Actor,
    community: CommunityId,
    (resident, channel, refuses): (ResidentId, ChannelKind, bool),
    source: OptOutSource,
) -> Result<()> {
    let changed = if refuses {
        let new = OptOut {
            id: ctx.new_id(now),
            channel,
            source,
            opted_out_at: now,
        };
        storage::opt_out::insert(txn, community, resident, &new).await?
    } else {
        storage::opt_out::remove(txn, community, resident, channel).await?
    };
    if changed {
        let action = if refuses { "resident.opt_out" } else { "resident.opt_in" };
        let detail = json!({ "channel": channel.as_str(), "source": source.as_str() });
        audit::record(ctx, txn, now, community, actor, action, Some(resident.0), &detail).await?;
    }
    Ok(())
}

/// Notes that a mail server refused a resident's address for good: until it is changed, they are told otherwise. Call it in the
/// transaction that records the try.
///
/// # Errors
/// When the database cannot store it.
pub async fn bounced(
    ctx: &Context,
    txn: &Txn,
    community: CommunityId,
    resident: ResidentId,
    address: &str,
    now: Timestamp,
) -> Result<()> {
    if storage::opt_out::set_bounced(txn, community, resident, address, now).await? {
        let subject = Some(resident.0);
        let actor = Actor::System;
        audit::record(
            ctx,
            txn,
            now,
            community,
            &actor,
            "resident.bounced",
            subject,
            &json!({}),
        )
        .await?;
    }
    Ok(())
}
