//! Keeping the house in order: is the database there, do the counters agree with the rows.
//!
//! Counters of sessions and summary rows of months are kept in the transaction that changes attendance. That they agree is looked at every night and
//! by `doctor`. A difference is never put right in silence: the night raises an alarm, which stands in the log once and on the month's report until
//! somebody who owns the machine runs `doctor --repair`.

use std::collections::BTreeMap;

use super::{Context, Result, audit, community};
use crate::domain::access::{Action, Actor, may};
use crate::domain::id::CommunityId;
use crate::domain::period::{Period, YearMonth};
use crate::storage::summary;
use crate::storage::upkeep::{self as storage, WrongSession};

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
    let moment = storage::one_moment(&ctx.db).await?;
    Ok(Wrong {
        sessions: storage::wrong_sessions(&moment, community).await?,
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
        let standing = storage::alarms(ctx.db.reader(), home.id).await?;
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
                    storage::clear(txn, home.id, month, now).await?;
                }
                for ((month, found), id) in months.iter().zip(ids) {
                    if standing.get(month) != Some(found) {
                        storage::raise(txn, home.id, id, month, *found, now).await?;
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
                let wrong = storage::wrong_sessions(txn, home.id).await?;
                let rows: i64 = summary::wrong_rows(txn, home.id).await?.values().sum();
                for session in &wrong {
                    storage::set_counters(txn, home.id, session, now).await?;
                }
                if rows > 0 {
                    summary::rebuild(txn, home.id).await?;
                }
                for month in storage::alarms(txn, home.id).await?.keys() {
                    storage::clear(txn, home.id, month, now).await?;
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
    let standing = storage::alarms(ctx.db.reader(), community).await?;
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

/// Compares counters with rows, and looks for messages that nobody took up. Changes nothing.
pub async fn examine(ctx: &Context) -> Vec<Check> {
    let conn = ctx.db.reader();
    let counters = counters(ctx).await;
    let overdue = match ctx.lease_now().await {
        Ok(now) => crate::storage::notification::overdue_leases(conn, now).await,
        Err(error) => Err(error),
    };
    let leases = match overdue {
        Ok(0) => Ok("no message is held longer than it may be".to_owned()),
        Ok(overdue) => Err(format!(
            "{overdue} message(s) are held by a worker that does not come back: is one running?"
        )),
        Err(error) => Err(said(&error)),
    };
    let bookings = match storage::sessions_without_booking(conn, ctx.now()).await {
        Ok(0) => Ok("every coming session holds its venue".to_owned()),
        Ok(missing) => Err(format!("{missing} coming session(s) do not hold their venue")),
        Err(error) => Err(said(&error)),
    };
    vec![
        Check {
            what: "counters",
            outcome: counters,
        },
        Check {
            what: "messages",
            outcome: leases,
        },
        Check {
            what: "bookings",
            outcome: bookings,
        },
    ]
}

fn said(error: &crate::storage::Error) -> String {
    let source = std::error::Error::source(error)
        .map(|source| format!(": {source}"))
        .unwrap_or_default();
    format!("{error}{source}")
}
