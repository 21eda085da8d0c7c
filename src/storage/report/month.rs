//! Months that were reported, and their corrections.

use entities::{correction, month_report, programme, session};
use jiff::Timestamp;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationTrait,
};
use uuid::Uuid;

use super::{Span, in_span};
use crate::domain::attendance::Tally;
use crate::domain::id::{AccountId, CommunityId, CorrectionId, MonthReportId, ProgrammeId, SessionId};
use crate::domain::period::YearMonth;
use crate::domain::report::Label;
use crate::storage::convert::read;
use crate::storage::{Connection, Result, from_db, to_db};

/// A month that was reported.
#[derive(Clone, Debug, PartialEq)]
pub struct MonthReport {
    /// Its id.
    pub id: MonthReportId,
    /// The month.
    pub month: YearMonth,
    /// The figures as they were, JSON.
    pub figures: String,
    /// When.
    pub reported_at: Timestamp,
    /// By whom; none for the program itself.
    pub reported_by: Option<AccountId>,
    /// When the lock was taken off, by whom, and why.
    pub unlocked: Option<(Timestamp, Option<AccountId>, String)>,
}

fn of_row(row: month_report::Model) -> Result<MonthReport> {
    Ok(MonthReport {
        month: read("month_report", "month", row.id, &row.month)?,
        id: row.id.into(),
        figures: row.figures,
        reported_at: from_db(row.reported_at),
        reported_by: row.reported_by.map(AccountId),
        unlocked: row
            .unlocked_at
            .map(|at| (from_db(at), row.unlocked_by.map(AccountId), row.unlock_reason)),
    })
}

/// The report of a month that stands, if there is one.
pub async fn standing(conn: &impl Connection, community: CommunityId, month: YearMonth) -> Result<Option<MonthReport>> {
    let row = month_report::Entity::find()
        .filter(month_report::Column::CommunityId.eq(community.0))
        .filter(month_report::Column::Month.eq(month.to_string()))
        .filter(month_report::Column::UnlockedAt.is_null())
        .one(conn)
        .await?;
    row.map(of_row).transpose()
}

/// All reports of a month, the latest first: those whose lock was taken off too.
pub async fn all(conn: &impl Connection, community: CommunityId, month: YearMonth) -> Result<Vec<MonthReport>> {
    let rows = month_report::Entity::find()
        .filter(month_report::Column::CommunityId.eq(community.0))
        .filter(month_report::Column::Month.eq(month.to_string()))
        .order_by_desc(month_report::Column::ReportedAt)
        .order_by_desc(month_report::Column::Id)
        .all(conn)
        .await?;
    rows.into_iter().map(of_row).collect()
}

/// The report that locks what starts at an instant. Inside a transaction it belongs to the caller until the end: whoever takes its lock off waits.
pub async fn locking(
    conn: &impl Connection,
    community: CommunityId,
    starts_at: Timestamp,
) -> Result<Option<MonthReport>> {
    let row = month_report::Entity::find()
        .filter(month_report::Column::CommunityId.eq(community.0))
        .filter(month_report::Column::UnlockedAt.is_null())
        .filter(month_report::Column::StartsAt.lte(to_db(starts_at)))
        .filter(month_report::Column::EndsAt.gt(to_db(starts_at)))
        .lock(LockType::NoKeyUpdate)
        .one(conn)
        .await?;
    row.map(of_row).transpose()
}

/// Makes whoever changes the attendance of a month wait until the transaction ends, and waits for those who do. (SQLite has one writer at a time and
/// needs no lock; the builder leaves it out.)
pub async fn lock_sessions(txn: &impl Connection, community: CommunityId, span: Span) -> Result<usize> {
    let locked: Vec<Uuid> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(in_span(community, span))
        .order_by_asc(session::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(txn)
        .await?;
    Ok(locked.len())
}

/// Stores a report.
///
/// # Errors
/// [`crate::storage::Error::Duplicate`] when one stands.
pub async fn insert(txn: &impl Connection, community: CommunityId, new: &MonthReport, (from, to): Span) -> Result<()> {
    month_report::Entity::insert(month_report::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        month: Set(new.month.to_string()),
        starts_at: Set(to_db(from)),
        ends_at: Set(to_db(to)),
        figures: Set(new.figures.clone()),
        reported_at: Set(to_db(new.reported_at)),
        reported_by: Set(new.reported_by.map(|account| account.0)),
        unlocked_at: Set(None),
        unlocked_by: Set(None),
        unlock_reason: Set(String::new()),
    })
    .exec_without_returning(txn)
    .await?;
    Ok(())
}

/// Takes the lock off; whether it stood.
pub async fn unlock(
    txn: &impl Connection,
    community: CommunityId,
    id: MonthReportId,
    by: Option<AccountId>,
    reason: &str,
    now: Timestamp,
) -> Result<bool> {
    let done = month_report::Entity::update_many()
        .col_expr(month_report::Column::UnlockedAt, Expr::value(to_db(now)))
        .col_expr(
            month_report::Column::UnlockedBy,
            Expr::value(by.map(|account| account.0)),
        )
        .col_expr(month_report::Column::UnlockReason, Expr::value(reason))
        .filter(month_report::Column::CommunityId.eq(community.0))
        .filter(month_report::Column::Id.eq(id.0))
        .filter(month_report::Column::UnlockedAt.is_null())
        .exec(txn)
        .await?;
    Ok(done.rows_affected == 1)
}

/// A correction as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// Its id, made by whoever asked for it.
    pub id: CorrectionId,
    /// Of which report.
    pub report: MonthReportId,
    /// At which session.
    pub session: SessionId,
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
    /// By whom.
    pub by: Option<AccountId>,
}

/// Opens the lock for one session until [`close`], within the transaction.
pub async fn open(txn: &impl Connection, community: CommunityId, new: &Correction) -> Result<()> {
    correction::Entity::insert(correction::ActiveModel {
        community_id: Set(community.0),
        id: Set(new.id.0),
        month_report_id: Set(new.report.0),
        session_id: Set(new.session.0),
        reason: Set(new.reason.clone()),
        named_before: Set(new.before.named),
        headcount_before: Set(new.before.headcount),
        named_after: Set(new.before.named),
        headcount_after: Set(new.before.headcount),
        answers_added: Set(0),
        under_way: Set(true),
        corrected_at: Set(to_db(new.at)),
        corrected_by: Set(new.by.map(|account| account.0)),
    })
    .exec_without_returning(txn)
    .await?;
    Ok(())
}

/// Closes it again, with what came of it.
pub async fn close(
    txn: &impl Connection,
    community: CommunityId,
    id: CorrectionId,
    after: Tally,
    answers_added: i32,
) -> Result<()> {
    correction::Entity::update_many()
        .col_expr(correction::Column::NamedAfter, Expr::value(after.named))
        .col_expr(correction::Column::HeadcountAfter, Expr::value(after.headcount))
        .col_expr(correction::Column::AnswersAdded, Expr::value(answers_added))
        .col_expr(correction::Column::UnderWay, Expr::value(false))
        .filter(correction::Column::CommunityId.eq(community.0))
        .filter(correction::Column::Id.eq(id.0))
        .exec(txn)
        .await?;
    Ok(())
}

/// At which session a correction with this id was made.
pub async fn find_correction(
    conn: &impl Connection,
    community: CommunityId,
    id: CorrectionId,
) -> Result<Option<SessionId>> {
    let found = correction::Entity::find_by_id((community.0, id.0)).one(conn).await?;
    Ok(found.map(|row| row.session_id.into()))
}

/// A correction with the session it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The correction.
    pub correction: Correction,
    /// Start of the session.
    pub starts_at: Timestamp,
    /// Its programme.
    pub programme: ProgrammeId,
    /// The programme's title.
    pub title: Label,
}

#[derive(FromQueryResult)]
struct StoredCorrection {
    id: Uuid,
    month_report_id: Uuid,
    session_id: Uuid,
    reason: String,
    named_before: i32,
    headcount_before: i32,
    named_after: i32,
    headcount_after: i32,
    answers_added: i32,
    corrected_at: sea_orm::prelude::DateTimeUtc,
    corrected_by: Option<Uuid>,
    starts_at: sea_orm::prelude::DateTimeUtc,
    programme_id: Uuid,
    title: String,
    title_en: String,
}

/// The corrections of a report, oldest first.
pub async fn corrections(conn: &impl Connection, community: CommunityId, report: MonthReportId) -> Result<Vec<Listed>> {
    let rows = correction::Entity::find()
        .inner_join(session::Entity)
        .join(JoinType::InnerJoin, session::Relation::Programme.def())
        .select_only()
        .columns([
            correction::Column::Id,
            correction::Column::MonthReportId,
            correction::Column::SessionId,
            correction::Column::Reason,
            correction::Column::NamedBefore,
            correction::Column::HeadcountBefore,
            correction::Column::NamedAfter,
            correction::Column::HeadcountAfter,
            correction::Column::AnswersAdded,
            correction::Column::CorrectedAt,
            correction::Column::CorrectedBy,
        ])
        .columns([session::Column::StartsAt, session::Column::ProgrammeId])
        .columns([programme::Column::Title, programme::Column::TitleEn])
        .filter(correction::Column::CommunityId.eq(community.0))
        .filter(correction::Column::MonthReportId.eq(report.0))
        .order_by_asc(correction::Column::CorrectedAt)
        .order_by_asc(correction::Column::Id)
        .into_model::<StoredCorrection>()
        .all(conn)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Listed {
            correction: Correction {
                id: row.id.into(),
                report: row.month_report_id.into(),
                session: row.session_id.into(),
                reason: row.reason,
                before: Tally {
                    named: row.named_before,
                    headcount: row.headcount_before,
                },
                after: Tally {
                    named: row.named_after,
                    headcount: row.headcount_after,
                },
                answers_added: row.answers_added,
                at: from_db(row.corrected_at),
                by: row.corrected_by.map(AccountId),
            },
            starts_at: from_db(row.starts_at),
            programme: row.programme_id.into(),
            title: Label {
                zh: row.title,
                en: row.title_en,
            },
        })
        .collect())
}
