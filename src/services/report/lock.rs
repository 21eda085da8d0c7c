//! 上报并锁定: a month is reported, its figures are kept as they were, and from then on the database refuses whatever would change them, but for a
//! [`super::correction`]. The lock is taken off by an administrator, with a reason.
//!
//! Feedback is locked with the attendance, because 满意度 is one of the numbers reported. Households and needs are not: a need is
//! resolved when it is resolved, and counts in that month.

use jiff::Timestamp;

use super::document::Document;
use super::{Reported, rows};
use crate::domain::access::{Action, Actor, may};
use crate::domain::attendance::Tally;
use crate::domain::community::Community;
use crate::domain::id::{AccountId, CommunityId, CorrectionId, MonthReportId, ProgrammeId, SessionId};
use crate::domain::month_lock::{Change, REASON_MAX, Readiness, change_of, readiness};
use crate::domain::period::YearMonth;
use crate::domain::report::{Label, Report};
use crate::domain::text;
use crate::services::{Context, Error, Result, audit, community};
use crate::storage;
use crate::storage::Connection;
use crate::storage::report::month as months;

/// A month as it was reported.
#[derive(Clone, Debug)]
pub struct Frozen {
    /// Its id.
    pub id: MonthReportId,
    /// When it was reported.
    pub reported_at: Timestamp,
    /// Who reported it.
    pub reported_by: Option<AccountId>,
    /// Their name; empty for the program itself.
    pub reporter: String,
    /// The figures as they were.
    pub figures: Document,
    /// What was corrected since, oldest first.
    pub corrections: Vec<Corrected>,
}

impl Frozen {
    /// 人次 as reported, and now.
    pub fn visits(&self, now: &Report) -> Change {
        Change {
            reported: self.figures.visits,
            now: now.total.visits,
        }
    }

    /// 人次 of a programme as reported; 0 when the report had no line for it.
    pub fn visits_of(&self, programme: ProgrammeId) -> i64 {
        let lines = &self.figures.by_programme;
        let line = lines.iter().find(|line| line.id == Some(programme.0));
        line.map(|line| line.part.visits).unwrap_or_default()
    }
}

/// A correction, for people.
#[derive(Clone, Debug)]
pub struct Corrected {
    /// Its id.
    pub id: CorrectionId,
    /// At which session.
    pub session: SessionId,
    /// Start of the session.
    pub starts_at: Timestamp,
    /// Its programme.
    pub programme: ProgrammeId,
    /// The programme's title.
    pub title: Label,
    /// Why.
    pub reason: String,
    /// Counters before.
    pub before: Tally,
    /// Counters after.
    pub after: Tally,
    /// Answers added.
    pub answers_added: i32,
    /// When.
    pub at: Timestamp,
    /// The name of whoever did it; empty for the program itself.
    pub by: String,
}

impl Corrected {
    /// 人次 of the session before and after.
    pub fn visits(&self) -> Change {
        change_of(self.before, self.after)
    }
}

async fn name_of(conn: &impl Connection, account: Option<AccountId>) -> Result<String> {
    let Some(id) = account else {
        return Ok(String::new());
    };
    let found = storage::account::find(conn, id).await?;
    Ok(found.map(|account| account.display_name).unwrap_or_default())
}

/// The month as it was reported; none when it was not, or its lock was taken off.
pub(super) async fn find(conn: &impl Connection, community: CommunityId, month: YearMonth) -> Result<Option<Frozen>> {
    let Some(found) = months::standing(conn, community, month).await? else {
        return Ok(None);
    };
    let figures = serde_json::from_str(&found.figures)
        .map_err(|error| Error::Internal(format!("the figures of month report {}: {error}", found.id)))?;
    let mut corrections = Vec::new();
    for listed in months::corrections(conn, community, found.id).await? {
        let one = listed.correction;
        corrections.push(Corrected {
            id: one.id,
            session: one.session,
            starts_at: listed.starts_at,
            programme: listed.programme,
            title: listed.title,
            reason: one.reason,
            before: one.before,
            after: one.after,
            answers_added: one.answers_added,
            at: one.at,
            by: name_of(conn, one.by).await?,
        });
    }
    Ok(Some(Frozen {
        id: found.id,
        reported_at: found.reported_at,
        reported_by: found.reported_by,
        reporter: name_of(conn, found.reported_by).await?,
        figures,
        corrections,
    }))
}

/// A lock that was taken off.
#[derive(Clone, Debug)]
pub struct Unlocked {
    /// When the month had been reported.
    pub reported_at: Timestamp,
    /// When the lock was taken off.
    pub at: Timestamp,
    /// By whom; empty for the program itself.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// The locks that were taken off a month, latest first.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn unlocked(ctx: &Context, actor: &Actor, community: CommunityId, month: YearMonth) -> Result<Vec<Unlocked>> {
    may(actor, Action::ReadReports, community)?;
    let conn = ctx.db.reader();
    let mut found = Vec::new();
    for one in months::all(conn, community, month).await? {
        if let Some((at, by, reason)) = one.unlocked {
            found.push(Unlocked {
                reported_at: one.reported_at,
                at,
                by: name_of(conn, by).await?,
                reason,
            });
        }
    }
    Ok(found)
}

/// How a month stands today on the community's calendar.
pub fn stands(home: &Community, month: YearMonth, now: Timestamp) -> Readiness {
    readiness(month, now.to_zoned(home.zone.clone()).date())
}

/// Reports a month and locks it. `still_running`: whoever reports knows that the month is not over.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] for a month to come, and for the present one without `still_running`;
/// [`Error::State`] when it is reported already; [`Error::Storage`].
pub async fn lock(
    ctx: &Context,
    actor: &Actor,
    id: CommunityId,
    month: YearMonth,
    still_running: bool,
) -> Result<MonthReportId> {
    may(actor, Action::ReportMonth, id)?;
    let home = community::find(ctx, id).await?;
    let now = ctx.now();
    match stands(&home, month, now) {
        Readiness::Ahead => return Err(Error::invalid("month", "month-ahead", month.to_string())),
        Readiness::Running if !still_running => {
            return Err(Error::invalid("still_running", "month-running", month.to_string()));
        }
        Readiness::Running | Readiness::Over => {}
    }
    let (ctx_in, actor_in) = (ctx.clone(), actor.clone());
    let stored = ctx
        .db
        .write(async move |txn| {
            let (ctx, actor) = (&ctx_in, &actor_in);
            let span = month.period().span(&home.zone);
            // Whoever changes attendance of the month is waited for, and its change is in the figures.
            months::lock_sessions(txn, home.id, span).await?;
            if months::standing(txn, home.id, month).await?.is_some() {
                return Err(Error::State {
                    code: "month-locked-already",
                });
            }
            let material = rows::material(txn, &home, month.period(), span).await?;
            let reported = Reported {
                report: Report::of(&material),
                community: home,
                frozen: None,
            };
            let figures = serde_json::to_string(&Document::from(&reported))
                .map_err(|error| Error::Internal(format!("the figures cannot be written: {error}")))?;
            let new = months::MonthReport {
                id: ctx.new_id(now),
                month,
                figures,
                reported_at: now,
                reported_by: actor.account(),
                unlocked: None,
            };
            months::insert(txn, id, &new, span).await?;
            let detail = serde_json::json!({ "month": month.to_string(), "visits": reported.report.total.visits });
            let subject = Some(new.id.0);
            audit::record(ctx, txn, now, id, actor, "month.report", subject, &detail).await?;
            Ok(new.id)
        })
        .await;
    match stored {
        // Two at once: the other one was first.
        Err(Error::Storage(storage::Error::Duplicate(_))) => Err(Error::State {
            code: "month-locked-already",
        }),
        stored => stored,
    }
}

/// Takes the lock off a month. Its report and its corrections stay on record.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Invalid`] without a reason; [`Error::State`] when it is not locked; [`Error::Storage`].
pub async fn unlock(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    month: YearMonth,
    reason: &str,
) -> Result<()> {
    may(actor, Action::UnlockMonth, community)?;
    let reason = checked_reason(reason)?;
    let now = ctx.now();
    let (ctx_in, actor_in) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn| {
            let (ctx, actor) = (&ctx_in, &actor_in);
            let not_locked = || Error::State {
                code: "month-not-locked",
            };
            let found = months::standing(txn, community, month).await?.ok_or_else(not_locked)?;
            if !months::unlock(txn, community, found.id, actor.account(), &reason, now).await? {
                return Err(not_locked());
            }
            let detail = serde_json::json!({ "month": month.to_string() });
            let subject = Some(found.id.0);
            audit::record(ctx, txn, now, community, actor, "month.unlock", subject, &detail).await?;
            Ok(())
        })
        .await
}

/// A reason as typed, on one line.
pub(super) fn checked_reason(typed: &str) -> Result<String> {
    if typed.trim().is_empty() {
        return Err(Error::invalid("reason", "reason-missing", ""));
    }
    text::line(typed, REASON_MAX).map_err(|_| {
        let too_long = crate::services::FieldError::new("reason", "reason-too-long", typed);
        Error::Invalid(vec![too_long.with("max", REASON_MAX)])
    })
}
