//! Keeping the house in order: is the database there, do the counters agree with the rows.

use super::{Context, Result};
use crate::storage::upkeep as storage;

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

/// Compares counters with rows, and looks for messages that nobody took up. Changes nothing.
pub async fn examine(ctx: &Context) -> Vec<Check> {
    let conn = ctx.db.reader();
    let counters = match storage::wrong_counters(conn).await {
        Ok(wrong) if wrong.is_empty() => Ok("the counters of all sessions agree with their rows".to_owned()),
        Ok(wrong) => {
            let shown: Vec<String> = wrong.iter().take(5).map(ToString::to_string).collect();
            Err(format!(
                "{} session(s) count differently from their rows: {}",
                wrong.len(),
                shown.join(", ")
            ))
        }
        Err(error) => Err(said(&error)),
    };
    let leases = match crate::storage::notification::overdue_leases(conn, ctx.now()).await {
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
