//! By which ways people can be reached.

use std::collections::HashMap;

use entities::{account, resident};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::super::{Connection, Result};
use crate::domain::channel::Reach;
use crate::domain::id::{AccountId, CommunityId, ResidentId};
use crate::domain::notification::Event;

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
    let sms = sends_sms(conn, community).await?;
    let mut reach = HashMap::with_capacity(residents.len());
    for ids in residents.chunks(500) {
        let rows = resident::Entity::find()
            .filter(resident::Column::CommunityId.eq(community.0))
            .filter(resident::Column::Id.is_in(ids.iter().map(|id| id.0)))
            .all(conn)
            .await?;
        for row in rows {
            let nothing = row.tell_by == "none";
            if nothing && event.is_reminder() {
                continue;
            }
            let of = Reach {
                email: row.tell_by == "email" && !row.email.is_empty(),
                // Of a number nobody looked at since it was sealed one may hope that it is a mobile.
                sms: sms && !nothing && row.phone_index.is_some() && row.takes_sms != Some(false),
            };
            reach.insert(row.id.into(), of);
        }
    }
    Ok(reach)
}

/// Whether a community has an account with a provider of text messages.
#[expect(clippy::unused_async, reason = "it will ask the database")]
async fn sends_sms(_conn: &impl Connection, _community: CommunityId) -> Result<bool> {
    Ok(false)
}

/// The robots in the groups of a community's staff that are switched on.
///
/// # Errors
/// When the database cannot be asked.
#[expect(clippy::unused_async, reason = "it will ask the database")]
pub async fn robots(_conn: &impl Connection, _community: CommunityId) -> Result<Vec<Uuid>> {
    Ok(Vec::new())
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
