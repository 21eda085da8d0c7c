//! The district's view: every community's totals, and all of them together.

use askama::Template;
use axum::response::Response;

use super::query_of;
use crate::domain::access::Role;
use crate::domain::community::Community;
use crate::domain::period::{Period, YearMonth};
use crate::services::Context;
use crate::services::report::{self, Totals, sheet};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

/// A subdistrict with a line for each of its communities.
struct Street {
    name: String,
    lines: Vec<Line>,
    total: Totals,
}

struct Line {
    slug: String,
    name: String,
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
    period: Period,
    previous: Option<String>,
    next: Option<String>,
    query: String,
    count: usize,
    title: String,
    district: String,
    streets: Vec<Street>,
    total: Totals,
    view: &'static str,
}

/// The page.
pub async fn show(ctx: &Context, page: &StaffPage, period: Period) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let found = report::district(ctx, &v.actor, period).await.for_visitor(v)?;
    let current = report::current_month(ctx.now(), &page.community.zone).for_visitor(v)?;
    let today = page.now(ctx).date();
    let view = if v.actor.role() == Some(Role::Admin) {
        "&view=district"
    } else {
        ""
    };
    let neighbour = |step| period.neighbour(step).map(|other| format!("{}{view}", query_of(other)));
    let next_begins = period.neighbour(1).is_some_and(|next| next.first() <= today);
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
        month: period.last_month().unwrap_or(current),
        period,
        previous: neighbour(-1),
        next: neighbour(1).filter(|_| next_begins),
        query: query_of(period),
        count: found.communities.len(),
        title: words.a("report-title", "month", sheet::period_name(words, period)),
        district,
        streets: found
            .subdistricts()
            .into_iter()
            .map(|street| Street {
                lines: street
                    .communities
                    .iter()
                    .map(|(community, totals)| Line {
                        slug: community.slug.clone(),
                        name: words.pick(&community.name, &community.name_en).to_owned(),
                        totals: *totals,
                    })
                    .collect(),
                name: street.name,
                total: street.total,
            })
            .collect(),
        total: found.total,
        view,
    }))
}
