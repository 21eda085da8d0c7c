//! `/partner/statement`: the partner's own month, to read, to print, and as a file.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Query;
use serde::Deserialize;

use super::{Frame, PartnerPage};
use crate::domain::period::YearMonth;
use crate::services::report;
use crate::services::statement::{self, Statement};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::statement::Month;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// `2026-10`; the present month when not given.
    month: String,
    /// The number whose sessions are listed.
    show: String,
}

impl Asked {
    /// The number whose sessions are listed; empty for all.
    pub fn show(&self) -> &str {
        &self.show
    }

    /// The month asked for.
    ///
    /// # Errors
    /// When it is none.
    pub fn month(
        &self,
        web: &Web,
        v: &Visitor,
        home: &crate::domain::community::Community,
    ) -> Result<YearMonth, WebError> {
        match self.month.as_str() {
            "" => report::current_month(web.ctx.now(), &home.zone).for_visitor(v),
            text => report::asked_month(text).for_visitor(v),
        }
    }
}

#[derive(Template)]
#[template(path = "partner/statement.html")]
struct StatementPage {
    frame: Frame,
    st: Month,
}

async fn load(page: &PartnerPage, web: &Web, asked: &Asked) -> Result<Statement, WebError> {
    let v = &page.visitor;
    let month = asked.month(web, v, &page.community)?;
    statement::month(&web.ctx, &v.actor, page.community.id, page.partner.id, month)
        .await
        .for_visitor(v)
}

/// `GET /partner/statement`.
pub async fn show(page: PartnerPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let statement = load(&page, &web, &asked).await?;
    let base = "/partner/statement".to_owned();
    Ok(render(&StatementPage {
        st: Month::of(page.visitor.words, &statement, base, asked.show()),
        frame: Frame::of(&page),
    }))
}

/// `GET /partner/statement.csv`.
pub async fn csv(page: PartnerPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let statement = load(&page, &web, &asked).await?;
    Ok(file(&page.visitor, &statement))
}

/// The statement as a file.
pub fn file(v: &Visitor, statement: &Statement) -> Response {
    let name = format!("attachment; filename=\"statement-{}.csv\"", statement.month);
    let mut response = statement::csv(v.words, statement).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/csv; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    response
}
