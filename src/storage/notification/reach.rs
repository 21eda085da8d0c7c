//! By which ways people can be reached.

use std::collections::HashMap;

use entities::{account, opt_out, resident};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::super::convert::read;
use super::super::{Connection, Result, channel_account};
use super::batch::{ByHome, among};
use crate::domain::channel::{ChannelKind, Reach};
use crate::domain::channel_account::SMS_EVENTS;
use crate::domain::id::{AccountId, CommunityId, ResidentId};
use crate::domain::notification::Event;
use crate::domain::opt_out::may_tell;

/// By which ways residents can be told of an event. Who is missing does not want to hear of it: whoever wants to be told nothing is told
/// only what they must not miss.
///
/// # Errors
/// When the database cannot be asked.
pub async fn reach(
    conn: &impl Connection,
    community: CommunityId,
    residents: &[ResidentId],
    event: Event,
) -> Result<HashMap<ResidentId, Reach>> {
    // A provider sends only what it has approved a template for.
    let sms = SMS_EVENTS.contains(&event) && sends_sms(conn, community).await?;
    let mut reach = HashMap::with_capacity(residents.len());
    for ids in residents.chunks(500) {
        let rows = resident::Entity::find()
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .all(conn)
            .await?;
        let refused = refused(conn, community, ids).await?;
        for row in rows {
            let may = |channel: ChannelKind| {
                let refused = refused.get(&row.id).map_or(&[][..], Vec::as_slice);
                may_tell(event, channel, refused)
            };
            let nothing = row.tell_by == "none";
            if nothing && event.is_reminder() {
                continue;
            }
            let of = Reach {
                email: row.tell_by == "email"
                    && !row.email.is_empty()
                    && row.email_bounced_at.is_none()
                    && may(ChannelKind::Email),
                // Of a number nobody looked at since it was sealed one may hope that it is a mobile.
                sms: sms
                    && !nothing
                    && row.phone_index.is_some()
                    && row.takes_sms != Some(false)
                    && may(ChannelKind::Sms),
            };
            reach.insert(row.id.into(), of);
        }
    }
    Ok(reach)
}

/// Which channels residents refuse.
pub(super) async fn refused(
    conn: &impl Connection,
    community: CommunityId,
    residents: &[ResidentId],
) -> Result<HashMap<Uuid, Vec<ChannelKind>>> {
    let wanted = ByHome::from([(community, residents.to_vec())]);
    refused_by_home(conn, &wanted).await
}

/// Which channels residents of several communities refuse.
pub(super) async fn refused_by_home(
    conn: &impl Connection,
    wanted: &ByHome<ResidentId>,
) -> Result<HashMap<Uuid, Vec<ChannelKind>>> {
    let rows = opt_out::Entity::find()
        .filter(among(opt_out::Column::CommunityId, opt_out::Column::ResidentId, wanted))
        .all(conn)
        .await?;
    let mut refused: HashMap<Uuid, Vec<ChannelKind>> = HashMap::new();
    for row in rows {
        let channel = read("opt_out", "channel", row.id, &row.channel)?;
        refused.entry(row.resident_id).or_default().push(channel);
    }
    Ok(refused)
}

/// Whether a community has an account with a provider of text messages.
async fn sends_sms(conn: &impl Connection, community: CommunityId) -> Result<bool> {
    let all = channel_account::list(conn, community).await?;
    Ok(all
        .iter()
        .any(|sealed| sealed.account.enabled && sealed.account.kind.channel() == ChannelKind::Sms))
}

/// The robots in the groups of a community's staff that are switched on.
///
/// # Errors
/// When the database cannot be asked.
pub async fn robots(conn: &impl Connection, community: CommunityId) -> Result<Vec<Uuid>> {
    let all = channel_account::list(conn, community).await?;
    Ok(all
        .into_iter()
        .filter(|sealed| sealed.account.enabled && sealed.account.kind.robot().is_some())
        .map(|sealed| sealed.account.id.0)
        .collect())
}

/// The accounts of a community's staff that can be written to.
///
/// # Errors
/// When the database cannot be asked.
pub async fn staff(conn: &impl Connection, community: CommunityId) -> Result<Vec<AccountId>> {
    let rows = account::Entity::find()
        .filter(account::Column::CommunityId.eq(community.0))
        .filter(account::Column::Role.eq("staff"))
        .filter(account::Column::DisabledAt.is_null())
        .filter(account::Column::Email.ne(""))
        .order_by_asc(account::Column::Id)
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}

/// Name and mail address of an account.
///
/// # Errors
/// When the database cannot be asked.
pub async fn account_address(conn: &impl Connection, id: AccountId) -> Result<Option<(String, String)>> {
    let row = account::Entity::find_by_id(id.0).one(conn).await?;
    Ok(row
        .filter(|row| row.disabled_at.is_none())
        .map(|row| (row.display_name, row.email)))
}
