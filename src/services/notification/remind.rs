//! Reminders: closing the gap between those that should be there by now and those that are.
//!
//! Nothing is remembered in the process: what is due follows from the sessions, the rules and the clock, what was done from the keys in the
//! outbox. So a look may be repeated, skipped, or made by several instances at once. A reminder that came too late, because the machine slept
//! or its clock jumped, is written down as expired and not sent; when the clock goes back and it is of use again, it is sent after all.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::news::{Facts, to_json};
use super::office::{Office, office};
use crate::domain::channel::ChannelKind;
use crate::domain::id::{CommunityId, ResidentId, SessionId};
use crate::domain::lang::Lang;
use crate::domain::notification::{Reminder, Status, ran_out, reminder_due, reminders, spread_seconds};
use crate::domain::notification_rule::Policy;
use crate::services::wording::Words;
use crate::services::{Context, Error, Result};
use crate::storage::notification::{self as outbox, NewDelivery, NewNotification, Upcoming};
use crate::storage::{self, Connection, Txn};

/// Where the moment of the last look is kept.
const LOOKED_AT: &str = "reminders_looked_at";
/// It is kept to the minute: every look would else write a row.
const KEPT_EVERY: SignedDuration = SignedDuration::from_secs(60);
/// Sessions begun longer ago are not looked at: whoever slept longer has other worries.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Closes the gap between the reminders that should be there by now and those that are. Running it again changes nothing; somebody who signed up
/// after the reminder fell due gets it too, while it is of use. Returns how many deliveries were added or woken.
///
/// # Errors
/// When the database cannot be asked or cannot store them.
pub async fn enqueue_due(ctx: &Context) -> Result<usize> {
    let now = ctx.now();
    let conn = ctx.db.reader();
    let mut policies = storage::notification_rule::policies(conn).await?;
    let communities = storage::community::list(conn).await?;
    ctx.set_communities(communities.len() as u64);
    let usual = Policy::default();
    let longest = policies
        .values()
        .filter_map(|policy| policy.as_ref().ok())
        .chain([&usual])
        .flat_map(Policy::leads)
        .map(|(_, lead)| lead.longest())
        .max()
        .unwrap_or_default();
    let kept: Option<Timestamp> = storage::meta::find(conn, LOOKED_AT)
        .await?
        .and_then(|text| text.parse().ok());
    // A clock that went back has looked at everything up to now.
    let looked_at = kept.unwrap_or(now).min(now).max(now - LOOK_BACK);
    let mut by_community: BTreeMap<CommunityId, Vec<Upcoming>> = BTreeMap::new();
    for session in outbox::upcoming(conn, looked_at, now + longest).await? {
        by_community.entry(session.community).or_default().push(session);
    }
    let spread = spread_seconds(communities.len() as u64);
    let mut added = 0;
    let mut failed = None;
    for home in communities {
        let Some(sessions) = by_community.remove(&home.id) else {
            continue;
        };
        let policy = policies.remove(&home.id).unwrap_or_else(|| Ok(usual.clone()));
        let done = match policy {
            Ok(policy) => look(ctx, now, Office::of(&home, policy, spread), sessions, looked_at).await,
            Err(error) => Err(error.into()),
        };
        // What fails for one community is tried again at the next look; the others are not kept waiting.
        match done {
            Ok(count) => added += count,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    if kept.is_none_or(|kept| now.duration_since(kept).abs() >= KEPT_EVERY) {
        ctx.db
            .write(async move |txn: &Txn| {
                storage::meta::put(txn, LOOKED_AT, &now.to_string()).await?;
                Ok::<_, Error>(())
            })
            .await?;
    }
    Ok(added)
}

/// Looks at the sessions of one community.
async fn look(
    ctx: &Context,
    now: Timestamp,
    office: Office,
    sessions: Vec<Upcoming>,
    looked_at: Timestamp,
) -> Result<usize> {
    let wanted = wanted(&office, &sessions, looked_at, now);
    // Most looks find nothing to do: they do not open a writing transaction.
    if gaps(ctx.db.reader(), &office, &wanted, now).await?.is_empty() {
        return Ok(0);
    }
    let ctx = ctx.clone();
    ctx.db
        .clone()
        .write(async move |txn: &Txn| close(&ctx, txn, now, office.community, &sessions, looked_at).await)
        .await
}

/// A reminder of a session that should be in the outbox.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    session: SessionId,
    starts_at: Timestamp,
    reminder: Reminder,
    /// Its time is over: it is written down, not sent.
    too_late: bool,
}

impl Wanted {
    /// A session that was moved is announced anew.
    fn key(&self) -> String {
        format!("{}:{}:{}", self.reminder.event.as_str(), self.session, self.starts_at)
    }
}

fn wanted(office: &Office, sessions: &[Upcoming], looked_at: Timestamp, now: Timestamp) -> Vec<Wanted> {
    let leads = office.policy.leads();
    let mut wanted = Vec::new();
    for session in sessions {
        let all = reminders(session.starts_at, &leads, &office.hours);
        let of = |reminder, too_late| Wanted {
            session: session.session,
            starts_at: session.starts_at,
            reminder,
            too_late,
        };
        wanted.extend(ran_out(&all, looked_at, now).map(|reminder| of(reminder, true)));
        wanted.extend(reminder_due(&all, now).map(|reminder| of(reminder, false)));
    }
    wanted
}

/// What is missing of a reminder.
struct Gap {
    wanted: Wanted,
    /// When it can leave.
    leaves_at: Timestamp,
    /// Whom it has no delivery for, and how they are told.
    missing: Vec<(ResidentId, ChannelKind)>,
    /// Whose delivery was given up untried and is of use again.
    woken: Vec<ResidentId>,
}

async fn gaps(conn: &impl Connection, office: &Office, wanted: &[Wanted], now: Timestamp) -> Result<Vec<Gap>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let sessions: Vec<SessionId> = wanted.iter().map(|one| one.session).collect();
    let mut coming: HashMap<SessionId, Vec<(ResidentId, Timestamp)>> = HashMap::new();
    for ids in sessions.chunks(500) {
        for listener in outbox::listeners(conn, office.community, ids).await? {
            if !listener.waits {
                let of = coming.entry(listener.session).or_default();
                of.push((listener.resident, listener.changed_at));
            }
        }
    }
    let keys: Vec<String> = wanted.iter().map(Wanted::key).collect();
    let mut told = outbox::told_under(conn, office.community, &keys).await?;
    // Whoever signs up in quiet hours is not reminded in them either.
    let awake_at = office.hours.release(now);
    let mut gaps = Vec::new();
    for (one, key) in wanted.iter().zip(&keys) {
        let leaves_at = one.reminder.due_at.max(awake_at);
        if !one.too_late && leaves_at > one.reminder.expires_at {
            continue;
        }
        let told = told.remove(key).unwrap_or_default();
        let here = coming.get(&one.session).map_or(&[][..], Vec::as_slice);
        let mut missing: Vec<ResidentId> = here
            .iter()
            .filter(|(resident, _)| !told.contains_key(resident))
            // Whoever came later than a reminder that ran out did not miss it.
            .filter(|(_, changed_at)| !one.too_late || *changed_at <= one.reminder.due_at)
            .map(|(resident, _)| *resident)
            .collect();
        missing.sort_unstable();
        missing.dedup();
        let still: HashSet<ResidentId> = here.iter().map(|(resident, _)| *resident).collect();
        let woken: Vec<ResidentId> = told
            .into_iter()
            .filter(|(resident, untried)| *untried && !one.too_late && still.contains(resident))
            .map(|(resident, _)| resident)
            .collect();
        if missing.is_empty() && woken.is_empty() {
            continue;
        }
        let missing = office.ways(conn, one.reminder.event, &missing).await?;
        if !missing.is_empty() || !woken.is_empty() {
            gaps.push(Gap {
                wanted: *one,
                leaves_at,
                missing,
                woken,
            });
        }
    }
    Ok(gaps)
}

async fn close(
    ctx: &Context,
    txn: &Txn,
    now: Timestamp,
    community: CommunityId,
    sessions: &[Upcoming],
    looked_at: Timestamp,
) -> Result<usize> {
    let office = office(ctx, txn, community).await?;
    let wanted = wanted(&office, sessions, looked_at, now);
    let mut added = 0;
    for gap in gaps(txn, &office, &wanted, now).await? {
        let (one, reminder) = (&gap.wanted, gap.wanted.reminder);
        let new = NewNotification {
            id: ctx.new_id(now),
            event: reminder.event,
            dedupe_key: one.key(),
            session: Some(one.session),
            proposal: None,
            facts: to_json(&Facts {
                starts_at: Some(one.starts_at),
                ..Facts::default()
            }),
            due_at: reminder.due_at,
            expires_at: reminder.expires_at,
        };
        let id = outbox::ensure(txn, community, &new, now).await?;
        // Another instance may have closed it meanwhile; from here on none does.
        let Some(gap) = gaps(txn, &office, &[*one], now).await?.pop() else {
            continue;
        };
        let late = one.too_late.then(|| Words::new(Lang::Zh).t("notice-rule-too-late"));
        let deliveries: Vec<NewDelivery> = gap
            .missing
            .iter()
            .map(|(resident, kind)| {
                let sent = NewDelivery::over(ctx.new_id(now), *kind);
                NewDelivery {
                    resident: Some(*resident),
                    status: if one.too_late { Status::Expired } else { sent.status },
                    error: late.clone(),
                    ..sent
                }
            })
            .collect();
        added += deliveries.len();
        let due_at = if one.too_late { reminder.due_at } else { gap.leaves_at };
        outbox::add_deliveries(txn, community, id, due_at, reminder.expires_at, &deliveries, now).await?;
        added += outbox::wake(txn, community, id, &gap.woken, due_at, now).await?;
    }
    Ok(added)
}
