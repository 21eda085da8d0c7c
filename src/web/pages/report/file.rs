//! The report as a file to take away.

use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::Asked;
use crate::domain::period::Period;
use crate::domain::report::{Number, Subject};
use crate::services::Error;
use crate::services::report::{self, sheet};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::pages::staff::StaffPage;

/// `GET /staff/reports.xlsx`: of a community, or of the district where one stands above communities.
pub async fn xlsx(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let period = asked.period(&page, &web)?;
    let ctx = &web.ctx;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    if asked.is_whole(&page) {
        let district = report::district(ctx, &v.actor, period).await.for_visitor(v)?;
        let bytes = sheet::district_xlsx(v.words, &district).for_visitor(v)?;
        return download(
            &page,
            "district",
            &v.words.t("report-district"),
            period,
            "xlsx",
            kind,
            bytes,
        );
    }
    let home = &page.community;
    let reported = report::range(ctx, &v.actor, home.id, period).await.for_visitor(v)?;
    let behind = report::behind(ctx, &v.actor, home.id, period, &Subject::All, Number::Sessions)
        .await
        .for_visitor(v)?;
    let bytes = sheet::xlsx(v.words, &reported, &behind).for_visitor(v)?;
    let name = v.words.pick(&home.name, &home.name_en);
    download(&page, &home.slug, name, period, "xlsx", kind, bytes)
}

/// `GET /staff/reports.csv`.
pub async fn csv(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let period = asked.period(&page, &web)?;
    let home = &page.community;
    let reported = report::range(&web.ctx, &v.actor, home.id, period)
        .await
        .for_visitor(v)?;
    let bytes = sheet::csv(v.words, &reported);
    let name = v.words.pick(&home.name, &home.name_en);
    download(&page, &home.slug, name, period, "csv", "text/csv; charset=utf-8", bytes)
}

/// A file with a name people recognise (RFC 6266 §4.1, RFC 8187), and one of plain letters for old programs.
fn download(
    page: &StaffPage,
    slug: &str,
    name: &str,
    period: Period,
    ending: &str,
    kind: &'static str,
    bytes: Vec<u8>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let title = v.words.a("report-title", "month", sheet::period_name(v.words, period));
    let name = encode(&format!("{name}{title}.{ending}"));
    let days = match period.month() {
        Some(month) => month.to_string(),
        None => format!("{}-{}", period.first(), period.last()),
    };
    let plain = format!("report-{slug}-{days}.{ending}");
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
