//! What a message says, as it is at the moment of writing.

use entities::{account, partner, proposal, session};
use jiff::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::super::{Connection, Error, Result, from_db, to_db};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{CommunityId, PartnerId, ProposalId, SessionId};
use crate::domain::notification::Event;

/// What a worker needs to know to write a message.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What is told.
    pub event: Event,
    /// About which session, for reminders and promotions.
    pub session: Option<SessionId>,
    /// About which proposal.
    pub proposal: Option<ProposalId>,
    /// What was stored as JSON.
    pub facts: String,
}

/// A resident, as far as writing to them goes.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// Name.
    pub name: String,
    /// Mail address; empty when there is none.
    pub email: String,
    /// Whether mail to that address came back.
    pub bounced: bool,
    /// Over which channels they do not want to be told.
    pub refused: Vec<ChannelKind>,
}

/// Name and mail address of a partner: its own, else that of the first of its accounts that has one.
///
/// # Errors
/// [`Error`].
pub async fn partner_address(
    conn: &impl Connection,
    community: CommunityId,
    id: PartnerId,
) -> Result<Option<(String, String)>> {
    let Some(row) = partner::Entity::find_by_id((community.0, id.0)).one(conn).await? else {
        return Ok(None);
    };
    if !row.email.is_empty() {
        return Ok(Some((row.name, row.email)));
    }
    let account = account::Entity::find()
        .filter(account::Column::CommunityId.eq(community.0))
        .filter(account::Column::PartnerId.eq(id.0))
        .filter(account::Column::Email.ne(""))
        .one(conn)
        .await?;
    Ok(Some((
        row.name,
        account.map(|account| account.email).unwrap_or_default(),
    )))
}

/// Partner, title, state and last remark of a proposal.
///
/// # Errors
/// [`Error`].
pub async fn proposal_news(
    conn: &impl Connection,
    community: CommunityId,
    id: ProposalId,
) -> Result<Option<(PartnerId, String, String, String)>> {
    let Some(row) = proposal::Entity::find_by_id((community.0, id.0)).one(conn).await? else {
        return Ok(None);
    };
    let remark = entities::proposal_remark::Entity::find()
        .filter(entities::proposal_remark::Column::CommunityId.eq(community.0))
        .filter(entities::proposal_remark::Column::ProposalId.eq(id.0))
        .order_by_desc(entities::proposal_remark::Column::CreatedAt)
        .order_by_desc(entities::proposal_remark::Column::Id)
        .one(conn)
        .await?;
    Ok(Some((
        row.partner_id.into(),
        row.title,
        row.status,
        remark.map(|remark| remark.remark).unwrap_or_default(),
    )))
}

/// What a message says of its community.
#[derive(Clone, Debug)]
pub struct Sender {
    /// Name.
    pub name: String,
    /// Telephone number of the office.
    pub phone: String,
    /// Time zone.
    pub zone: jiff::tz::TimeZone,
}

/// What a message says of its community.
///
/// # Errors
/// [`Error::Inconsistent`] when the zone is unknown.
pub async fn sender(conn: &impl Connection, community: CommunityId) -> Result<Option<Sender>> {
    let row = entities::community::Entity::find_by_id(community.0).one(conn).await?;
    row.map(sender_of).transpose()
}

pub(super) fn sender_of(row: entities::community::Model) -> Result<Sender> {
    let zone = crate::domain::calendar::zone::parse_zone(&row.zone).map_err(|_| Error::Inconsistent {
        table: "community",
        column: "zone",
        id: row.id.to_string(),
        value: row.zone.clone(),
    })?;
    Ok(Sender {
        name: row.name,
        phone: row.phone,
        zone,
    })
}

/// What a message says of a session.
#[derive(Clone, Debug)]
pub struct SessionNews {
    /// The session.
    pub id: SessionId,
    /// Title of its programme.
    pub title: String,
    /// Start.
    pub starts_at: Timestamp,
    /// Name of the venue, and how to find it.
    pub venue: String,
    /// `scheduled`, `provisional`, `cancelled` or `held`.
    pub status: String,
    /// Why, in words.
    pub reason: String,
}

/// What a message says of some sessions, in order of their start.
///
/// # Errors
/// [`Error`].
pub async fn session_news(
    conn: &impl Connection,
    community: CommunityId,
    ids: &[SessionId],
) -> Result<Vec<SessionNews>> {
    let mut news = Vec::with_capacity(ids.len());
    // A change may touch many dates: ask in pieces below SQLite's limit of variables.
    for ids in ids.chunks(500) {
        let these = session::Column::CommunityId
            .eq(community.0)
            .and(session::Column::Id.is_in(ids.iter().map(|id| id.0)));
        let found = news_where(conn, these).await?;
        news.extend(found.into_iter().map(|(_, session)| session));
    }
    news.sort_by_key(|session| session.starts_at);
    Ok(news)
}

/// What messages say of sessions, with the community of each.
pub(super) async fn news_where(
    conn: &impl Connection,
    which: impl sea_orm::sea_query::IntoCondition,
) -> Result<Vec<(CommunityId, SessionNews)>> {
    let rows = session::Entity::find()
        .find_also_related(entities::programme::Entity)
        .find_also(session::Entity, entities::venue::Entity)
        .filter(which)
        .all(conn)
        .await?;
    let news = rows.into_iter().map(|(row, programme, venue)| {
        let news = SessionNews {
            id: row.id.into(),
            title: programme.map(|programme| programme.title).unwrap_or_default(),
            starts_at: from_db(row.starts_at),
            venue: venue
                .map(|venue| match venue.directions.as_str() {
                    "" => venue.name,
                    directions => format!("{}（{directions}）", venue.name),
                })
                .unwrap_or_default(),
            status: row.status,
            reason: row.reason.unwrap_or_default(),
        };
        (row.community_id.into(), news)
    });
    Ok(news.collect())
}

/// The name of a community in addresses.
///
/// # Errors
/// [`Error`].
pub async fn slug(conn: &impl Connection, community: CommunityId) -> Result<Option<String>> {
    Ok(entities::community::Entity::find_by_id(community.0)
        .one(conn)
        .await?
        .map(|row| row.slug))
}

/// A session that people may have to be reminded of.
#[derive(Clone, Debug)]
pub struct Upcoming {
    /// Its community.
    pub community: CommunityId,
    /// The session.
    pub session: SessionId,
    /// Start.
    pub starts_at: Timestamp,
}

/// Sessions of all communities that take place, start in the given span, and have somebody signed up. Those of a partner that is
/// frozen are left out: nobody is reminded of what is paused.
///
/// # Errors
/// [`Error`].
pub async fn upcoming(conn: &impl Connection, from: Timestamp, to: Timestamp) -> Result<Vec<Upcoming>> {
    let programme = entities::programme::Entity;
    let paused = Query::select()
        .column((programme, entities::programme::Column::Id))
        .from(programme)
        .inner_join(
            partner::Entity,
            Expr::col((programme, entities::programme::Column::CommunityId))
                .equals((partner::Entity, partner::Column::CommunityId))
                .and(
                    Expr::col((programme, entities::programme::Column::PartnerId))
                        .equals((partner::Entity, partner::Column::Id)),
                ),
        )
        .and_where(Expr::col((partner::Entity, partner::Column::FrozenAt)).is_not_null())
        .to_owned();
    let rows = session::Entity::find()
        .filter(session::Column::ProgrammeId.not_in_subquery(paused))
        .filter(session::Column::StartsAt.gte(to_db(from)))
        .filter(session::Column::StartsAt.lt(to_db(to)))
        .filter(session::Column::Status.is_in(["scheduled", "provisional"]))
        .filter(session::Column::Enrolled.gt(0))
        .order_by_asc(session::Column::StartsAt)
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Upcoming {
            community: row.community_id.into(),
            session: row.id.into(),
            starts_at: from_db(row.starts_at),
        })
        .collect())
}

/// The next session of a community that takes place and starts in the given span.
///
/// # Errors
/// [`Error`].
pub async fn upcoming_of(
    conn: &impl Connection,
    community: CommunityId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Option<SessionId>> {
    let id: Option<uuid::Uuid> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::CommunityId.eq(community.0))
        .filter(session::Column::StartsAt.gte(to_db(from)))
        .filter(session::Column::StartsAt.lt(to_db(to)))
        .filter(session::Column::Status.is_in(["scheduled", "provisional"]))
        .order_by_asc(session::Column::StartsAt)
        .into_tuple()
        .one(conn)
        .await?;
    Ok(id.map(SessionId::from))
}
