//! The report as a file to take away.

use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Asked;
use crate::domain::period::YearMonth;
use crate::domain::report::{Number, Subject};
use crate::services::Error;
use crate::services::report::{self, Reported, sheet};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::pages::staff::StaffPage;

/// `GET /staff/reports.xlsx`.
pub async fn xlsx(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let month = asked.month(&page, &web)?;
    let (ctx, home) = (&web.ctx, page.community.id);
    let reported = report::month(ctx, &v.actor, home, month).await.for_visitor(v)?;
    let behind = report::behind(ctx, &v.actor, home, month.period(), &Subject::All, Number::Sessions)
        .await
        .for_visitor(v)?;
    let bytes = sheet::xlsx(v.words, &reported, &behind).for_visitor(v)?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    download(&page, &reported, month, "xlsx", kind, bytes)
}

/// `GET /staff/reports.csv`.
pub async fn csv(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let month = asked.month(&page, &web)?;
    let reported = report::month(&web.ctx, &v.actor, page.community.id, month)
        .await
        .for_visitor(v)?;
    let bytes = sheet::csv(v.words, &reported);
    download(&page, &reported, month, "csv", "text/csv; charset=utf-8", bytes)
}

/// A file with a name people recognise (RFC 6266 §4.1, RFC 8187), and one of plain letters for old programs.
fn download(
    page: &StaffPage,
    reported: &Reported,
    month: YearMonth,
    ending: &str,
    kind: &'static str,
    bytes: Vec<u8>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let home = &reported.community;
    let title = v
        .words
        .a("report-title", "month", sheet::period_name(v.words, month.period()));
    let name = encode(&format!("{}{title}.{ending}", v.words.pick(&home.name, &home.name_en)));
    let plain = format!("report-{}-{month}.{ending}", home.slug);
    let disposition = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{name}");
    let disposition = HeaderValue::from_str(&disposition)
        .map_err(|error| Error::Internal(format!("the file name {disposition:?}: {error}")))
        .for_visitor(v)?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, bytes).into_response())
}
