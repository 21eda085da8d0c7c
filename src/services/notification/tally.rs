//! The three numbers of sessions: how many people must know of what changed, how many do, how many do not yet.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::say::sessions_of;
use crate::domain::access::{Action, Actor, may};
use crate::domain::call::{CallOutcome, ON_THE_WAY};
use crate::domain::id::{CommunityId, DeliveryId, NotificationId, SessionId};
use crate::domain::notification::{Event, Line, Status, Tally, tally};
use crate::services::{Context, Result};
use crate::storage::notification::{self as outbox, Open};

/// Changes are made at most this long before their sessions: the planning horizon is half a year.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(200 * 24);
/// The head of the log shows a change of the last days.
const LATEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Open deliveries looked through for unfinished sessions at most.
const MOST_OPEN: u64 = 5000;

/// The numbers of these sessions; one that nobody had to be told of is missing.
///
/// # Errors
/// Without the right to read the log.
pub async fn of_sessions(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    sessions: &[SessionId],
) -> Result<HashMap<SessionId, Tally>> {
    may(actor, Action::ManageNotifications, community)?;
    if sessions.is_empty() {
        return Ok(HashMap::new());
    }
    let conn = ctx.db.reader();
    let found = outbox::changes(conn, community, sessions, ctx.now() - LOOK_BACK).await?;
    if found.is_empty() {
        return Ok(HashMap::new());
    }
    let by_family = passed_on(ctx, community, &found).await?;
    // A message about several sessions concerns whoever is signed up for each of them; and who gave their place up need not be told any more.
    let mut concerned = HashSet::new();
    for some in sessions.chunks(500) {
        for one in outbox::listeners(conn, community, some).await? {
            concerned.insert((one.resident, one.session));
        }
    }
    let wanted: HashSet<SessionId> = sessions.iter().copied().collect();
    let mut lines: HashMap<SessionId, Vec<Line>> = HashMap::new();
    for open in &found {
        for session in sessions_of(open).into_iter().filter(|id| wanted.contains(id)) {
            if open.resident.is_some_and(|who| !concerned.contains(&(who, session))) {
                continue;
            }
            lines.entry(session).or_default().extend(line(open, &by_family));
        }
    }
    Ok(lines
        .into_iter()
        .map(|(session, lines)| (session, tally(&lines)))
        .filter(|(_, counted)| counted.to_tell() > 0)
        .collect())
}

/// Deliveries that the family passes on.
async fn passed_on(ctx: &Context, community: CommunityId, found: &[Open]) -> Result<HashSet<DeliveryId>> {
    let phoned: Vec<DeliveryId> = found
        .iter()
        .filter(|open| open.status == Status::Sent && open.channel == outbox::by_phone())
        .map(|open| open.id)
        .collect();
    let mut last = HashMap::new();
    for call in outbox::calls(ctx.db.reader(), community, &phoned).await? {
        last.insert(call.delivery, call.outcome);
    }
    Ok(last
        .into_iter()
        .filter(|(_, outcome)| *outcome == CallOutcome::Family)
        .map(|(id, _)| id)
        .collect())
}

fn line(open: &Open, by_family: &HashSet<DeliveryId>) -> Option<Line> {
    let person: Uuid = open.resident.map(Uuid::from).or(open.partner.map(Uuid::from))?;
    Some(Line {
        person,
        notification: open.notification.0,
        event: open.event,
        status: open.status,
        by_phone: open.channel == outbox::by_phone(),
        by_family: by_family.contains(&open.id),
    })
}

/// A session of which not everybody who must know does.
#[derive(Clone, Debug)]
pub struct Unfinished {
    /// The session.
    pub session: SessionId,
    /// Title of its programme.
    pub title: String,
    /// Its start.
    pub starts_at: Timestamp,
    /// Whether it is called off.
    pub cancelled: bool,
    /// The numbers.
    pub tally: Tally,
}

/// The sessions of which not everybody who must know does, by start, as long as telling them is of use.
///
/// # Errors
/// Without the right to read the log.
pub async fn unfinished(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Vec<Unfinished>> {
    may(actor, Action::ManageNotifications, community)?;
    let now = ctx.now();
    let conn = ctx.db.reader();
    let mut statuses = vec![Status::ToCall];
    statuses.extend(ON_THE_WAY);
    let sessions: HashSet<SessionId> = outbox::open(conn, community, &statuses, Some(now), MOST_OPEN)
        .await?
        .iter()
        .filter(|open| open.event.tells_of_a_change())
        .flat_map(sessions_of)
        .collect();
    let sessions: Vec<SessionId> = sessions.into_iter().collect();
    let counted = of_sessions(ctx, actor, community, &sessions).await?;
    let left: Vec<SessionId> = counted
        .iter()
        .filter(|(_, tally)| tally.not_told() > 0)
        .map(|(id, _)| *id)
        .collect();
    let news = outbox::session_news(conn, community, &left).await?;
    Ok(news
        .into_iter()
        .filter_map(|news| {
            Some(Unfinished {
                session: news.id,
                title: news.title,
                starts_at: news.starts_at,
                cancelled: news.status == "cancelled",
                tally: *counted.get(&news.id)?,
            })
        })
        .collect())
}

/// The latest change that people were told of.
#[derive(Clone, Debug)]
pub struct Latest {
    /// Its notification.
    pub notification: NotificationId,
    /// How it was put.
    pub event: Event,
    /// The session; the first, when there are several.
    pub session: Option<SessionId>,
    /// Title of what changed.
    pub title: String,
    /// When the session starts now.
    pub starts_at: Option<Timestamp>,
    /// When it was written down.
    pub at: Timestamp,
    /// How far it got.
    pub tally: Tally,
}

/// The latest change of the last seven days that people were told of.
///
/// # Errors
/// Without the right to read the log.
pub async fn latest(ctx: &Context, actor: &Actor, community: CommunityId) -> Result<Option<Latest>> {
    may(actor, Action::ManageNotifications, community)?;
    let conn = ctx.db.reader();
    let Some(id) = outbox::latest_change(conn, community, ctx.now() - LATEST).await? else {
        return Ok(None);
    };
    let found = outbox::open_of_notification(conn, community, id).await?;
    let Some(first) = found.first() else { return Ok(None) };
    let by_family = passed_on(ctx, community, &found).await?;
    let lines: Vec<Line> = found.iter().filter_map(|open| line(open, &by_family)).collect();
    let counted = tally(&lines);
    if counted.to_tell() == 0 {
        return Ok(None);
    }
    let news = match first.session {
        Some(session) => outbox::session_news(conn, community, &[session]).await?.pop(),
        None => None,
    };
    Ok(Some(Latest {
        notification: id,
        event: first.event,
        session: first.session,
        title: news.as_ref().map(|news| news.title.clone()).unwrap_or_default(),
        starts_at: news.map(|news| news.starts_at),
        at: first.created_at,
        tally: counted,
    }))
}
