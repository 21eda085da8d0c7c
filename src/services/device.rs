//! Devices at the door: made by staff, opened by a link that works once, and then allowed to take attendance and nothing else.
//!
//! Both secrets, the link's and the device's, are 256 random bits of which the database holds only the SHA-256.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::account::LoggedIn;
use super::{Context, Error, Result, audit};
use crate::domain::access::{Action, Actor, may};
use crate::domain::community::Community;
use crate::domain::device::{DEVICES_MAX, Device, State, Term, sees};
use crate::domain::id::{CommunityId, DeviceId, SessionId};
use crate::domain::text;
use crate::storage;

/// Begins every token of a device, so that a login's is never looked for among devices.
const MARK: &str = "door-";
/// The longest name, characters.
const NAME_CHARS: usize = 20;
/// How exactly the last use is known, seconds.
const SEEN_SECONDS: i64 = 60;

fn hash_of(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// Whether a token is a device's.
pub(super) fn is_token(token: &str) -> bool {
    token.starts_with(MARK)
}

/// A device that was just made.
pub struct NewDevice {
    /// The device.
    pub device: Device,
    /// The secret of its link; not stored anywhere.
    pub link: String,
}

/// Makes a device. Its link is shown once.
///
/// # Errors
/// Without the right to manage the community; [`Error::Invalid`] for its name; [`Error::State`] when there are too many.
pub async fn create(ctx: &Context, actor: &Actor, community: CommunityId, name: &str, term: Term) -> Result<NewDevice> {
    may(actor, Action::ManageCommunity, community)?;
    let now = ctx.now();
    let home = home(ctx, community).await?;
    let name = text::line(name, NAME_CHARS).map_err(|error| {
        let wrong = super::resident::field_error("name", error, name);
        Error::Invalid(vec![wrong])
    })?;
    if name.is_empty() {
        return Err(Error::invalid("name", "device-name", ""));
    }
    let device = Device {
        id: ctx.new_id(now),
        name,
        term,
        created_at: now,
        link_expires_at: Device::link_ends_at(now),
        opened_at: None,
        seen_at: None,
        expires_at: term.ends_at(now, &home.zone),
        revoked_at: None,
    };
    let link = URL_SAFE_NO_PAD.encode(ctx.random::<32>());
    let (stored, hash) = (device.clone(), hash_of(&link));
    let (own, who) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn| -> Result<()> {
            if storage::device::count(txn, community).await? >= DEVICES_MAX {
                return Err(Error::State {
                    code: "device-too-many",
                });
            }
            storage::device::insert(txn, community, &stored, hash, who.account()).await?;
            let detail = serde_json::json!({ "term": stored.term.as_str() });
            audit::record(
                &own,
                txn,
                now,
                community,
                &who,
                "device.create",
                Some(stored.id.0),
                &detail,
            )
            .await?;
            Ok(())
        })
        .await?;
    Ok(NewDevice { device, link })
}

/// The devices of a community, the newest first.
///
/// # Errors
/// Without the right to manage the community.
pub async fn list(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<Device>> {
    may(actor, Action::ManageCommunity, community)?;
    Ok(storage::device::list(ctx.db.reader(), community).await?)
}

/// Takes a device's right, at once.
///
/// # Errors
/// Without the right to manage the community; [`Error::NotFound`].
pub async fn revoke(ctx: &Context, actor: &Actor, community: CommunityId, id: DeviceId) -> Result<()> {
    may(actor, Action::ManageCommunity, community)?;
    let now = ctx.now();
    let (own, who) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn| -> Result<()> {
            if !storage::device::revoke(txn, community, id, now).await? {
                return Err(Error::not_found("device", id));
            }
            let detail = serde_json::json!({});
            audit::record(&own, txn, now, community, &who, "device.revoke", Some(id.0), &detail).await?;
            Ok(())
        })
        .await
}

/// The device a link leads to, while the link works.
///
/// # Errors
/// [`Error::NotFound`] when there is no such link, it was opened before, or its time is over: one answer for all of them.
pub async fn look(ctx: &Context, link: &str) -> Result<(Community, Device)> {
    let now = ctx.now();
    let found = storage::device::find_by_link(ctx.db.reader(), &hash_of(link)).await?;
    let (community, device) = found
        .filter(|(_, device)| device.state(now) == State::Waiting)
        .ok_or_else(|| Error::not_found("device", ""))?;
    Ok((home(ctx, community).await?, device))
}

/// Opens a link on a device: from now on it may take attendance. The secret it is to keep, and for how many seconds.
///
/// # Errors
/// As [`look`]; of two who open it at once one is refused.
pub async fn open(ctx: &Context, link: &str) -> Result<(String, i64)> {
    let (home, device) = look(ctx, link).await?;
    let now = ctx.now();
    let token = format!("{MARK}{}", URL_SAFE_NO_PAD.encode(ctx.random::<32>()));
    let hash = hash_of(&token);
    let id = device.id;
    ctx.db
        .write(async move |txn| -> Result<()> {
            if !storage::device::open(txn, home.id, id, hash, now).await? {
                return Err(Error::not_found("device", ""));
            }
            Ok(())
        })
        .await?;
    Ok((token, device.cookie_seconds(now)))
}

/// The device behind a token; none when it is unknown, its time is over, or its right was taken.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn authenticate(ctx: &Context, token: &str) -> Result<Option<LoggedIn>> {
    let now = ctx.now();
    let found = storage::device::find_by_token(ctx.db.reader(), &hash_of(token)).await?;
    let Some((community, device)) = found.filter(|(_, device)| device.state(now) == State::Active) else {
        return Ok(None);
    };
    let id = device.id;
    if device
        .seen_at
        .is_none_or(|seen| now.duration_since(seen).as_secs() >= SEEN_SECONDS)
    {
        ctx.db
            .write(async move |txn| storage::device::mark_seen(txn, community, id, now).await)
            .await?;
    }
    Ok(Some(LoggedIn {
        actor: Actor::Device { id, community },
        display_name: device.name,
    }))
}

/// Ends the right behind a token: somebody logged the device out, or logged in on it.
///
/// # Errors
/// When the database cannot be asked.
pub(super) async fn leave(ctx: &Context, token: &str) -> Result<()> {
    let now = ctx.now();
    let hash = hash_of(token);
    ctx.db
        .write(async move |txn| -> Result<()> {
            if let Some((community, device)) = storage::device::find_by_token(txn, &hash).await? {
                storage::device::revoke(txn, community, device.id, now).await?;
            }
            Ok(())
        })
        .await
}

/// Whether the actor may take attendance at this session: a device sees yesterday, today and tomorrow only.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`] also for a session that a device does not see.
pub(super) async fn may_attend(ctx: &Context, actor: &Actor, community: CommunityId, session: SessionId) -> Result<()> {
    may(actor, Action::TakeAttendance, community)?;
    if !actor.is_device() {
        return Ok(());
    }
    let zone = home(ctx, community).await?.zone;
    let found = storage::session::find(ctx.db.reader(), community, session).await?;
    let seen = found.is_some_and(|found| {
        let on = |at: jiff::Timestamp| at.to_zoned(zone.clone()).date();
        sees(on(found.starts_at), on(ctx.now()))
    });
    if seen {
        Ok(())
    } else {
        Err(Error::not_found("session", session))
    }
}

async fn home(ctx: &Context, community: CommunityId) -> Result<Community> {
    storage::community::find(ctx.db.reader(), community)
        .await?
        .ok_or_else(|| Error::not_found("community", community))
}
