//! The report pages: a month (or a quarter, a year, any days) of one community, the district's view of all, reporting and correcting.

mod bars;
mod chart;
mod correction;
mod district;
mod drill;
mod file;
mod lock;
mod month;
mod standing;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::staff::StaffPage;
use crate::domain::access::Role;
use crate::domain::period::{Period, PeriodKind};
use crate::services::report::{self, AskedPeriod};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::routes::{Routes, Who};

/// The pages and files.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff/reports", Who::Numbers, show)
        .get("/staff/reports.xlsx", Who::Numbers, file::xlsx)
        .get("/staff/reports.csv", Who::Numbers, file::csv)
        .get("/staff/reports/lock", Who::Staff, lock::show)
        .post("/staff/reports/lock", Who::Staff, lock::submit)
        .post("/staff/reports/unlock", Who::Staff, lock::unlock)
        .get("/staff/sessions/{id}/correction", Who::Staff, correction::show)
        .post("/staff/sessions/{id}/correction", Who::Staff, correction::submit)
}

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// `2026-10`; the present month when nothing is asked.
    month: Option<String>,
    /// `2026-Q3`.
    quarter: Option<String>,
    /// `2026`.
    year: Option<String>,
    /// First day.
    from: Option<String>,
    /// Last day, included.
    to: Option<String>,
    /// What stands behind which line: `programme:ID` and so on.
    show: Option<String>,
    /// Which of the line's numbers was pressed: `sessions`, `visits`, `people` …
    n: Option<String>,
    /// Whose names are shown: a session.
    session: Option<String>,
    /// Which community; whoever stands above communities sees all of them without it.
    community: Option<String>,
    /// `district` for all communities.
    view: Option<String>,
}

impl Asked {
    fn period(&self, page: &StaffPage, web: &Web) -> Result<Period, WebError> {
        let asked = AskedPeriod {
            month: self.month.as_deref(),
            quarter: self.quarter.as_deref(),
            year: self.year.as_deref(),
            from: self.from.as_deref(),
            to: self.to.as_deref(),
        };
        report::asked_period(asked, web.ctx.now(), &page.community.zone).for_visitor(&page.visitor)
    }

    /// Whether it is about all communities.
    fn is_whole(&self, page: &StaffPage) -> bool {
        match page.visitor.actor.role() {
            Some(Role::District) => self.community.is_none(),
            Some(Role::Admin) => self.view.as_deref() == Some("district"),
            _ => false,
        }
    }
}

/// A period as addresses ask for it.
fn query_of(period: Period) -> String {
    match period.kind() {
        PeriodKind::Month(month) => format!("month={month}"),
        PeriodKind::Quarter(year, quarter) => format!("quarter={year:04}-Q{quarter}"),
        PeriodKind::Year(year) => format!("year={year:04}"),
        PeriodKind::Days => format!("from={}&to={}", period.first(), period.last()),
    }
}

/// `GET /staff/reports`.
async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let period = asked.period(&page, &web)?;
    if asked.is_whole(&page) {
        district::show(&web.ctx, &page, period).await
    } else {
        month::show(&web.ctx, &page, period, &asked).await
    }
}
