//! 更正: a change of a session in a month that was reported, with its reason. It is made with the session locked, so that of a correction and a report at
//! the same moment one comes first; it opens the lock for its own session inside its transaction and closes it there.

use std::collections::BTreeSet;

use super::lock::checked_reason;
use crate::domain::access::{Action, Actor, may};
use crate::domain::attendance::{ANSWERS_MAX, CheckIn, Counted, Ledger, Refused, Row, Verdict};
use crate::domain::feedback::Source;
use crate::domain::id::{AttendanceId, CommunityId, CorrectionId, FeedbackId, ResidentId, SessionId};
use crate::domain::period::YearMonth;
use crate::services::feedback::FIELDS;
use crate::services::{Context, Error, FieldError, Result, attendance, audit};
use crate::storage::attendance as rows;
use crate::storage::feedback;
use crate::storage::report::month as months;
use crate::storage::{self, Txn};

/// The most people one correction adds or takes away.
pub const PEOPLE_MAX: usize = 200;

/// What somebody wants corrected.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Residents who came and were not counted.
    pub add: Vec<ResidentId>,
    /// Rows of residents who were counted and did not come.
    pub remove: Vec<AttendanceId>,
    /// The right number of people without a name; none: it stays.
    pub heads: Option<i32>,
    /// Answers to be added: 很满意, 满意, 基本满意, 不满意.
    pub answers: [i32; 4],
    /// Why.
    pub reason: String,
}

/// The month whose report locks a session; none when it is open.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn locked_month(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
) -> Result<Option<YearMonth>> {
    may(actor, Action::ReportMonth, community)?;
    let conn = ctx.db.reader();
    let starts_at = crate::storage::session::find_all(conn, community, &[session])
        .await?
        .first()
        .map(|found| found.starts_at)
        .ok_or_else(|| Error::not_found("session", session))?;
    Ok(months::locking(conn, community, starts_at)
        .await?
        .map(|found| found.month))
}

/// Corrects a session. The same id again changes nothing, so that a form sent twice counts once.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] without a reason, without a change, for numbers out of range and for people of another
/// community; [`Error::State`] when the month is not locked or the session was cancelled; [`Error::Storage`].
pub async fn correct(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    session: SessionId,
    id: CorrectionId,
    wish: Wish,
) -> Result<()> {
    may(actor, Action::ReportMonth, community)?;
    let mut wrong = Vec::new();
    let reason = match checked_reason(&wish.reason) {
        Ok(reason) => reason,
        Err(Error::Invalid(fields)) => {
            wrong.extend(fields);
            String::new()
        }
        Err(other) => return Err(other),
    };
    for (field, count) in FIELDS.into_iter().zip(wish.answers) {
        if !(0..=ANSWERS_MAX).contains(&count) {
            wrong.push(FieldError::new(field, "answers-range", count.to_string()).with("max", ANSWERS_MAX));
        }
    }
    if wish.add.len() + wish.remove.len() > PEOPLE_MAX {
        let count = wish.add.len() + wish.remove.len();
        wrong.push(FieldError::new("add", "correction-people", count.to_string()).with("max", PEOPLE_MAX));
    }
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let now = ctx.now();
    let (ctx_in, actor_in) = (ctx.clone(), actor.clone());
    ctx.db
        .write(async move |txn| {
            let (ctx, actor) = (&ctx_in, &actor_in);
            let state = rows::lock_session(txn, community, session)
                .await?
                .ok_or_else(|| Error::not_found("session", session))?;
            match months::find_correction(txn, community, id).await? {
                Some(known) if known == session => return Ok(()),
                Some(_) => return Err(Error::invalid("id", "client-id-reused", id.to_string())),
                None => {}
            }
            if state.cancelled {
                return Err(Error::State {
                    code: "session-cancelled",
                });
            }
            let report = months::locking(txn, community, state.starts_at)
                .await?
                .ok_or(Error::State {
                    code: "month-not-locked",
                })?;
            let mut ledger = Ledger::new(session, state.tally, met(txn, community, session, &wish).await?);
            change(ctx, txn, now, community, &wish, &mut ledger).await?;
            let answers: i32 = wish.answers.iter().sum();
            if !ledger.changed() && answers == 0 {
                return Err(Error::invalid("add", "correction-nothing", ""));
            }
            let correction = months::Correction {
                id,
                report: report.id,
                session,
                reason,
                before: state.tally,
                after: ledger.tally(),
                answers_added: answers,
                at: now,
                by: actor.account(),
            };
            months::open(txn, community, &correction).await?;
            attendance::store(txn, community, &state, &ledger, actor.account(), now).await?;
            if answers > 0 {
                let entry = feedback::Entry {
                    id: ctx.new_id::<FeedbackId>(now),
                    session,
                    answers: wish.answers,
                    source: Source::Paper,
                    by: actor.account(),
                };
                feedback::insert(txn, community, entry, now).await?;
            }
            months::close(txn, community, id, ledger.tally(), answers).await?;
            let detail = serde_json::json!({
                "session": session, "month": report.month.to_string(),
                "before": state.tally.visits(), "after": ledger.tally().visits(), "answers": answers,
            });
            audit::record(ctx, txn, now, community, actor, "month.correct", Some(id.0), &detail).await?;
            Ok(())
        })
        .await
}

async fn met(txn: &Txn, community: CommunityId, session: SessionId, wish: &Wish) -> Result<Vec<Row>> {
    let mut met = rows::rows_met(txn, community, session, &wish.remove, &wish.add).await?;
    if wish.heads.is_some() {
        met.extend(rows::live_headcounts(txn, community, session).await?);
    }
    Ok(met)
}

/// Makes the changes in the ledger.
async fn change(
    ctx: &Context,
    txn: &Txn,
    now: jiff::Timestamp,
    community: CommunityId,
    wish: &Wish,
    ledger: &mut Ledger,
) -> Result<()> {
    let mut wrong = Vec::new();
    let known = storage::resident::current(txn, community, &wish.add).await?;
    for id in &wish.remove {
        // Taken away meanwhile by somebody else: it is as wished.
        if ledger.withdraw(*id).is_none() {
            wrong.push(FieldError::new("remove", "correction-row", id.to_string()));
        }
    }
    let add: BTreeSet<ResidentId> = wish.add.iter().copied().collect();
    for resident in add {
        let Some(&resident) = known.get(&resident) else {
            wrong.push(FieldError::new("add", Refused::UnknownResident.code(), ""));
            continue;
        };
        ledger.check_in(&CheckIn {
            client_id: ctx.new_id(now),
            counted: Counted::Resident(resident),
        });
    }
    let heads = wish.heads.filter(|heads| *heads != ledger.tally().headcount);
    if let Some(heads) = heads {
        let entry = CheckIn {
            client_id: ctx.new_id(now),
            counted: Counted::Heads(heads),
        };
        if let Verdict::Refused(refused) = ledger.replace_heads(&entry) {
            wrong.push(FieldError::new("heads", refused.code(), heads.to_string()));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(wrong))
    }
}
