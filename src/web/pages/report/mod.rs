//! The report pages: a month of one community, and the district's view of all.

mod chart;
mod district;
mod file;
mod month;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::staff::StaffPage;
use crate::domain::access::Role;
use crate::domain::period::YearMonth;
use crate::services::report;
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::routes::{Routes, Who};

/// The pages and files.
pub fn routes() -> Routes {
    Routes::new()
        .get("/staff/reports", Who::Numbers, show)
        .get("/staff/reports.xlsx", Who::Numbers, file::xlsx)
        .get("/staff/reports.csv", Who::Numbers, file::csv)
}

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// `2026-10`; the present month when not given.
    month: Option<String>,
    /// The sessions behind which number: `programme:ID` and so on.
    show: Option<String>,
    /// Which of the line's numbers was pressed: `sessions`, `visits`, `people`, `answers`.
    n: Option<String>,
    /// Which community; whoever stands above communities sees all of them without it.
    community: Option<String>,
    /// `district` for all communities.
    view: Option<String>,
}

impl Asked {
    fn month(&self, page: &StaffPage, web: &Web) -> Result<YearMonth, WebError> {
        let v = &page.visitor;
        match self.month.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => report::asked_month(text).for_visitor(v),
            None => report::current_month(web.ctx.now(), &page.community.zone).for_visitor(v),
        }
    }
}

/// `GET /staff/reports`.
async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let month = asked.month(&page, &web)?;
    let whole = match page.visitor.actor.role() {
        Some(Role::District) => asked.community.is_none(),
        Some(Role::Admin) => asked.view.as_deref() == Some("district"),
        _ => false,
    };
    if whole {
        district::show(&web.ctx, &page, month).await
    } else {
        month::show(&web.ctx, &page, month, &asked).await
    }
}
