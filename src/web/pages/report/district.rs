//! The district's view: every community's totals, and all of them together.

use askama::Template;
use axum::response::Response;

use crate::domain::access::Role;
use crate::domain::community::Community;
use crate::domain::period::YearMonth;
use crate::services::Context;
use crate::services::report::{self, Totals, sheet};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

struct Line {
    slug: String,
    name: String,
    subdistrict: String,
    totals: Totals,
}

#[derive(Template)]
#[template(path = "report/district.html")]
struct DistrictPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    month: YearMonth,
    previous: Option<YearMonth>,
    next: Option<YearMonth>,
    title: String,
    district: String,
    lines: Vec<Line>,
    total: Totals,
    view: &'static str,
}

/// The page.
pub async fn show(ctx: &Context, page: &StaffPage, month: YearMonth) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let found = report::district(ctx, &v.actor, month.period()).await.for_visitor(v)?;
    let current = report::current_month(ctx.now(), &page.community.zone).for_visitor(v)?;
    let mut districts: Vec<&str> = found
        .communities
        .iter()
        .map(|(community, _)| community.district.as_str())
        .filter(|district| !district.is_empty())
        .collect();
    districts.dedup();
    let district = districts.join(&words.t("report-comma"));
    // The rail names the community one works for: here it is the district.
    let mut above = page.community.clone();
    if v.actor.role() == Some(Role::District) {
        above.name.clone_from(&district);
        above.name_en.clear();
    }
    Ok(render(&DistrictPage {
        v,
        community: &above,
        active: "reports",
        badge: page.badge,
        month,
        previous: month.previous(),
        next: month.next().filter(|_| month < current),
        title: words.a("report-title", "month", sheet::period_name(words, month.period())),
        district,
        lines: found
            .communities
            .iter()
            .map(|(community, totals)| Line {
                slug: community.slug.clone(),
                name: words.pick(&community.name, &community.name_en).to_owned(),
                subdistrict: community.subdistrict.clone(),
                totals: *totals,
            })
            .collect(),
        total: found.total,
        view: if v.actor.role() == Some(Role::Admin) {
            "&view=district"
        } else {
            ""
        },
    }))
}
