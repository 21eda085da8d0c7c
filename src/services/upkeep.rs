//! Keeping the house in order: is the database there, do the counters agree with the rows.
//!
//! Counters of sessions and summary rows of months are kept in the transaction that changes attendance. That they agree is looked at every night and
//! by `doctor`. A difference is never put right in silence: the night raises an alarm, which stands in the log once and on the month's report until
//! somebody who owns the machine runs `doctor --repair`.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use super::{Context, Result, audit, community, restoration};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::CommunityId;
use crate::domain::period::{Period, YearMonth};
use crate::storage::notification as outbox;
use crate::storage::upkeep::{self as rows, WrongSession};
use crate::storage::{self, summary};

/// Whether the database answers.
///
/// # Errors
/// When it does not.
pub async fn ping(ctx: &Context) -> Result<()> {
    ctx.db.ping().await?;
    Ok(())
}

/// One thing that was examined.
#[derive(Debug)]
pub struct Check {
    /// What.
    pub what: &'static str,
    /// How it stands, in words.
    pub outcome: std::result::Result<String, String>,
}

/// What differs in a community.
struct Wrong {
    sessions: Vec<WrongSession>,
    summaries: BTreeMap<String, i64>,
}

async fn count_again(ctx: &Context, community: CommunityId) -> Result<Wrong> {
    let moment = rows::one_moment(&ctx.db).await?;
    Ok(Wrong {
        sessions: rows::wrong_sessions(&moment, community).await?,
        summaries: summary::wrong_rows(&moment, community).await?,
    })
}

/// Counts everything anew and raises an alarm for each month in which counters and rows differ, and ends those that no longer do. How many were
/// raised: the same difference raises one alarm, however often it is found.
///
/// # Errors
/// [`super::Error::Storage`].
pub async fn recount(ctx: &Context) -> Result<usize> {
    let mut raised = 0;
    for home in community::list(ctx).await? {
        let wrong = count_again(ctx, home.id).await?;
        let mut months: BTreeMap<String, (i32, i32)> = BTreeMap::new();
        for session in &wrong.sessions {
            let date = session.starts_at.to_zoned(home.zone.clone()).date();
            months.entry(date.strftime("%Y-%m").to_string()).or_default().0 += 1;
        }
        for (month, rows) in wrong.summaries {
            months.entry(month).or_default().1 += i32::try_from(rows).unwrap_or(i32::MAX);
        }
        let standing = rows::alarms(ctx.db.reader(), home.id).await?;
        if months == standing {
            continue;
        }
        let now = ctx.now();
        for (month, (sessions, summaries)) in months
            .iter()
            .filter(|(month, found)| standing.get(*month) != Some(found))
        {
            raised += 1;
            tracing::error!(
                community = %home.id, %month, sessions, summaries,
                "counters and rows differ: look with `xianglao doctor`, put right with `xianglao doctor --repair`"
            );
        }
        let ids: Vec<uuid::Uuid> = months.iter().map(|_| ctx.new_id(now)).collect();
        ctx.db
            .write(async move |txn| {
                for (month, _) in standing
                    .iter()
                    .filter(|(month, found)| months.get(*month) != Some(found))
                {
                    rows::clear(txn, home.id, month, now).await?;
                }
                for ((month, found), id) in months.iter().zip(ids) {
                    if standing.get(month) != Some(found) {
                        rows::raise(txn, home.id, id, month, *found, now).await?;
                    }
                }
                Ok::<_, super::Error>(())
            })
            .await?;
    }
    Ok(raised)
}

/// Sets counters and summary rows to what the attendance and the enrolments say, and ends the alarms; how many sessions and summary rows
/// differed. Attendance itself is not touched.
///
/// # Errors
/// [`super::Error::Forbidden`] for anybody but the program's owner; [`super::Error::Storage`].
pub async fn repair(ctx: &Context, actor: &Actor) -> Result<(usize, i64)> {
    let mut repaired = (0, 0);
    for home in community::list(ctx).await? {
        may(actor, Action::ManageAccounts, home.id)?;
        let now = ctx.now();
        let (ctx_in, actor_in) = (ctx.clone(), actor.clone());
        let (sessions, rows) = ctx
            .db
            .write(async move |txn| {
                let wrong = rows::wrong_sessions(txn, home.id).await?;
                let rows: i64 = summary::wrong_rows(txn, home.id).await?.values().sum();
                for session in &wrong {
                    rows::set_counters(txn, home.id, session, now).await?;
                }
                if rows > 0 {
                    summary::rebuild(txn, home.id).await?;
                }
                for month in rows::alarms(txn, home.id).await?.keys() {
                    rows::clear(txn, home.id, month, now).await?;
                }
                if !wrong.is_empty() || rows > 0 {
                    let detail = serde_json::json!({ "sessions": wrong.len(), "summaries": rows });
                    audit::record(&ctx_in, txn, now, home.id, &actor_in, "counters.repair", None, &detail).await?;
                }
                Ok::<_, super::Error>((wrong.len(), rows))
            })
            .await?;
        repaired.0 += sessions;
        repaired.1 += rows;
    }
    Ok(repaired)
}

/// Whether an alarm stands about a month of the period.
///
/// # Errors
/// [`super::Error::Forbidden`]; [`super::Error::Storage`].
pub async fn is_alarmed(ctx: &Context, actor: &Actor, community: CommunityId, period: Period) -> Result<bool> {
    may(actor, Action::ReadReports, community)?;
    let standing = rows::alarms(ctx.db.reader(), community).await?;
    let months = standing.keys().filter_map(|month| month.parse::<YearMonth>().ok());
    Ok(months
        .map(YearMonth::period)
        .any(|month| month.first() <= period.last() && period.first() <= month.last()))
}

/// What `doctor` says of the counters of all communities.
async fn counters(ctx: &Context) -> std::result::Result<String, String> {
    let mut shown = Vec::new();
    let (mut sessions, mut rows) = (0, 0);
    for home in community::list(ctx).await.map_err(|error| error.to_string())? {
        let wrong = count_again(ctx, home.id).await.map_err(|error| match &error {
            super::Error::Storage(error) => said(error),
            other => other.to_string(),
        })?;
        sessions += wrong.sessions.len();
        rows += wrong.summaries.values().sum::<i64>();
        shown.extend(wrong.sessions.iter().map(|session| session.id.to_string()));
        shown.extend(wrong.summaries.keys().map(|month| format!("{} {month}", home.slug)));
    }
    if sessions == 0 && rows == 0 {
        return Ok("the counters of all sessions and months agree with their rows".to_owned());
    }
    shown.truncate(5);
    Err(format!(
        "{sessions} session(s) count differently from their rows, {rows} row(s) of the months' summary differ: {}; \
         `xianglao doctor --repair` puts them right",
        shown.join(", ")
    ))
}

/// What has been due for longer than this is a sign that nobody sends.
const LONG_DUE: SignedDuration = SignedDuration::from_mins(5);

/// What `doctor` says of the messages.
async fn messages(ctx: &Context) -> storage::Result<std::result::Result<String, String>> {
    let conn = ctx.db.reader();
    let now = ctx.now();
    let overdue = outbox::overdue_leases(conn, ctx.lease_now().await?).await?;
    if overdue > 0 {
        return Ok(Err(format!(
            "{overdue} message(s) are held by a worker that does not come back: is one running?"
        )));
    }
    let standing = outbox::standing(conn, now).await?;
    if let Some(oldest) = standing
        .oldest_due_at
        .filter(|oldest| now.duration_since(*oldest) > LONG_DUE)
    {
        return Ok(Err(format!(
            "{} message(s) should have left, the oldest at {oldest}: is a server or a worker running, and does the mail server answer?",
            standing.due
        )));
    }
    Ok(Ok(format!(
        "{} wait for their time, {} are due, {} are leaving; none is held longer than it may be",
        standing.waiting - standing.due,
        standing.due,
        standing.held
    )))
}

/// What `doctor` says of messages that are held back.
async fn held_back(ctx: &Context) -> Result<std::result::Result<String, String>> {
    let held = restoration::all_held(ctx).await?;
    let Some((_, since)) = held.first() else {
        return Ok(Ok("no messages are held back".to_owned()));
    };
    let slugs: Vec<&str> = held.iter().map(|(slug, _)| slug.as_str()).take(5).collect();
    Ok(Err(format!(
        "since the database was restored ({since}) no messages leave in {} communities ({}): somebody has to look and let them leave, at {}/staff/notifications",
        held.len(),
        slugs.join(", "),
        ctx.settings.base_url()
    )))
}

/// Compares counters with rows, and looks for messages that nobody took up or that are held back. Changes nothing.
pub async fn examine(ctx: &Context) -> Vec<Check> {
    let conn = ctx.db.reader();
    let counters = counters(ctx).await;
    let messages = messages(ctx).await.unwrap_or_else(|error| Err(said(&error)));
    let held_back = held_back(ctx).await.unwrap_or_else(|error| Err(error.to_string()));
    let bookings = match storage::upkeep::sessions_without_booking(conn, ctx.now()).await {
        Ok(0) => Ok("every coming session holds its venue".to_owned()),
        Ok(missing) => Err(format!("{missing} coming session(s) do not hold their venue")),
        Err(error) => Err(said(&error)),
    };
    let check = |what, outcome| Check { what, outcome };
    vec![
        check("counters", counters),
        check("messages", messages),
        check("restored", held_back),
        check("bookings", bookings),
    ]
}

fn said(error: &storage::Error) -> String {
    let source = std::error::Error::source(error)
        .map(|source| format!(": {source}"))
        .unwrap_or_default();
    format!("{error}{source}")
}
