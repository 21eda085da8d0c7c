//! How a month stands: open, reported and locked, opened again; and what was corrected since.

use super::drill::report_of;
use crate::domain::access::{Action, may};
use crate::domain::calendar::format::moment_words;
use crate::domain::month_lock::{Change, Readiness, signed};
use crate::domain::period::YearMonth;
use crate::services::Context;
use crate::services::report::{Reported, lock};
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::pages::staff::StaffPage;

/// A number as it was reported, and as it stands now.
pub struct Compared {
    /// What it is.
    pub label: String,
    /// As reported.
    pub reported: String,
    /// Now.
    pub now: String,
    /// The difference with its sign; empty when there is none.
    pub more: String,
}

/// A correction.
pub struct Corrected {
    /// Session and time.
    pub head: String,
    /// `5 → 7 +2`, or answers added.
    pub change: String,
    /// Why.
    pub reason: String,
    /// Who and when.
    pub by: String,
    /// The sessions's correction page.
    pub href: Option<String>,
}

/// How the month stands.
pub struct Standing {
    /// In words.
    pub said: String,
    /// Reported and locked.
    pub locked: bool,
    /// What was reported, where it was.
    pub compared: Vec<Compared>,
    /// The corrections, oldest first.
    pub corrections: Vec<Corrected>,
    /// Locks that were taken off, in words.
    pub opened: Vec<String>,
    /// Where the month is reported, or the lock taken off; none when this person cannot.
    pub act: Option<(String, String)>,
}

/// How the report's month stands; none when the report is not of a month, or the month has not begun.
pub(super) async fn of(
    ctx: &Context,
    page: &StaffPage,
    reported: &Reported,
    sees_sessions: bool,
) -> Result<Option<Standing>, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let Some(month) = reported.report.period.month() else {
        return Ok(None);
    };
    if lock::stands(home, month, ctx.now()) == Readiness::Ahead {
        return Ok(None);
    }
    let at = |instant: jiff::Timestamp| moment_words(instant.to_zoned(home.zone.clone()).datetime(), words.lang);
    let opened = lock::unlocked(ctx, &v.actor, home.id, month).await.for_visitor(v)?;
    let opened = opened.iter().map(|one| {
        words.with(
            "month-opened",
            [
                ("at", at(one.at).into()),
                ("by", one.by.clone().into()),
                ("reason", one.reason.clone().into()),
            ],
        )
    });
    let may_lock = may(&v.actor, Action::ReportMonth, home.id).is_ok();
    let may_unlock = may(&v.actor, Action::UnlockMonth, home.id).is_ok();
    let page_of = format!("/staff/reports/lock?month={month}&community={}", encode(&home.slug));
    let Some(frozen) = &reported.frozen else {
        return Ok(Some(Standing {
            said: words.t("month-open"),
            locked: false,
            compared: Vec::new(),
            corrections: Vec::new(),
            opened: opened.collect(),
            act: may_lock.then(|| (page_of, words.t("month-lock"))),
        }));
    };
    let corrections = frozen.corrections.iter().map(|one| {
        let visits = one.visits();
        let mut change = match visits.signed() {
            Some(more) => words.with(
                "month-change",
                [
                    ("reported", visits.reported.into()),
                    ("now", visits.now.into()),
                    ("more", more.into()),
                ],
            ),
            None => words.t("month-change-names"),
        };
        if one.answers_added > 0 {
            change = format!(
                "{change}{}{}",
                words.t("report-comma"),
                words.n("month-change-answers", one.answers_added)
            );
        }
        let title = words.pick(&one.title.zh, &one.title.en);
        Corrected {
            head: format!("{} {title}", at(one.starts_at)),
            change,
            reason: one.reason.clone(),
            by: words.aa("month-by", "by", &one.by, "at", at(one.at)),
            href: (sees_sessions && may_lock).then(|| format!("/staff/sessions/{}/correction", one.session)),
        }
    });
    Ok(Some(Standing {
        said: words.aa("month-locked", "at", at(frozen.reported_at), "by", &frozen.reporter),
        locked: true,
        compared: compared(page, reported, frozen),
        corrections: corrections.collect(),
        opened: opened.collect(),
        act: may_unlock.then(|| (page_of, words.t("month-unlock"))),
    }))
}

fn compared(page: &StaffPage, reported: &Reported, frozen: &lock::Frozen) -> Vec<Compared> {
    let words = page.visitor.words;
    let (was, now) = (&frozen.figures, &reported.report);
    let count = |key: &str, change: Change| Compared {
        label: words.t(key),
        reported: change.reported.to_string(),
        now: change.now.to_string(),
        more: signed(change.difference()).unwrap_or_default(),
    };
    let percent = |ratio: Option<f64>| ratio.map_or_else(|| "—".to_owned(), |ratio| format!("{:.0}%", ratio * 100.0));
    let change = |reported, now| Change { reported, now };
    let satisfied = (percent(was.satisfaction.ratio), percent(now.total.answers.ratio()));
    vec![
        count("report-sessions", change(was.sessions, now.total.sessions)),
        count("report-visits", change(was.visits, now.total.visits)),
        count("report-people-named", change(was.people, now.total.people)),
        count(
            "report-answers",
            change(was.satisfaction.answers, now.total.answers.count()),
        ),
        Compared {
            label: words.t("report-satisfaction"),
            reported: satisfied.0,
            now: satisfied.1,
            more: String::new(),
        },
    ]
}

/// Where a page about a month leads back to.
pub(super) fn back(page: &StaffPage, month: YearMonth) -> String {
    report_of(page, month)
}
