//! `/staff/reports/service`: matters, households, needs, volunteers of a month, and the sessions behind each number; for the district, every community.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::access::Role;
use crate::domain::calendar::format::{day_words, year_month};
use crate::domain::community::Community;
use crate::domain::period::YearMonth;
use crate::services::schedule::SessionView;
use crate::services::service_report::{self, Figures, Line};
use crate::services::{Error, report};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

/// Sessions listed behind a number; the file has all of them.
const LISTED: usize = 100;

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    month: Option<String>,
    community: Option<String>,
    /// `matters`, `households`, `needs`, `crew`, or `matter:NAME`.
    show: String,
    /// `district` for all communities.
    view: String,
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

struct MatterLine {
    label: String,
    other: bool,
    matters: i64,
    href: String,
    on: bool,
}

struct SessionLine {
    when: String,
    title: String,
    matters: i64,
    households: i64,
    needs: String,
    volunteers: String,
    /// Where its rows are; none for whoever may not see them.
    href: Option<String>,
}

struct CommunityLine {
    name: String,
    slug: String,
    figures: Figures,
}

/// One of the four large numbers.
struct Card {
    label: String,
    number: i64,
    unit: String,
    note: String,
    href: String,
    on: bool,
}

#[derive(Template)]
#[template(path = "service/report.html")]
struct ReportPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    month: YearMonth,
    previous: Option<YearMonth>,
    next: Option<YearMonth>,
    title: String,
    place: String,
    /// Keeps the community, or the view, in links to other months.
    part: String,
    hidden: Option<(&'static str, String)>,
    above: bool,
    csv: String,
    cards: Vec<Card>,
    matters: Vec<MatterLine>,
    sessions: Vec<SessionLine>,
    sessions_title: String,
    show_all: String,
    communities: Vec<CommunityLine>,
}

impl ReportPage<'_> {
    /// The last row of the district's table.
    fn sums(&self) -> [i64; 6] {
        let sum = |pick: fn(&Figures) -> i64| self.communities.iter().map(|line| pick(&line.figures)).sum();
        [
            sum(|figures| figures.matters),
            sum(|figures| figures.households),
            sum(|figures| figures.needs_recorded),
            sum(|figures| figures.needs_resolved),
            sum(|figures| figures.crew.volunteers),
            sum(|figures| figures.crew.volunteer_minutes),
        ]
    }
}

/// The page.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (ctx, words) = (&web.ctx, v.words);
    let month = asked.month(&page, &web)?;
    let current = report::current_month(ctx.now(), &page.community.zone).for_visitor(v)?;
    let role = v.actor.role();
    let above = matches!(role, Some(Role::District | Role::Admin));
    let whole = match role {
        Some(Role::District) => asked.community.is_none(),
        Some(Role::Admin) => asked.view == "district",
        _ => false,
    };
    let title = words.a(
        "service-report-title",
        "month",
        year_month(month.year(), month.month(), words.lang),
    );
    let mut drawn = ReportPage {
        v,
        community: &page.community,
        active: "reports",
        badge: page.badge,
        month,
        previous: month.previous(),
        next: month.next().filter(|_| month < current),
        title,
        place: String::new(),
        part: String::new(),
        hidden: None,
        above,
        csv: String::new(),
        cards: Vec::new(),
        matters: Vec::new(),
        sessions: Vec::new(),
        sessions_title: String::new(),
        show_all: String::new(),
        communities: Vec::new(),
    };
    if whole {
        let all = service_report::of_district(ctx, &v.actor, month.period())
            .await
            .for_visitor(v)?;
        drawn.place = words.t("service-report-whole");
        if role == Some(Role::Admin) {
            "&view=district".clone_into(&mut drawn.part);
            drawn.hidden = Some(("view", "district".to_owned()));
        }
        drawn.communities = all
            .into_iter()
            .map(|(home, figures)| CommunityLine {
                name: words.pick(&home.name, &home.name_en).to_owned(),
                slug: home.slug,
                figures,
            })
            .collect();
        return Ok(render(&drawn));
    }
    let found = service_report::of_community(ctx, &v.actor, page.community.id, month.period())
        .await
        .for_visitor(v)?;
    if above {
        drawn.part = format!("&community={}", page.community.slug);
        drawn.hidden = Some(("community", page.community.slug.clone()));
    }
    let base = format!("/staff/reports/service?month={month}{}", drawn.part);
    let link = |show: &str| format!("{base}&show={}#sessions", encode(show));
    drawn.place = words.pick(&page.community.name, &page.community.name_en).to_owned();
    drawn.csv = format!("/staff/reports/service.csv?month={month}{}", drawn.part);
    drawn.show_all = link("");
    drawn.cards = cards(v, &found.figures, &asked.show, &link);
    drawn.matters = found
        .figures
        .by_matter
        .iter()
        .map(|line| {
            let show = format!("matter:{}", line.label);
            MatterLine {
                label: line.label.clone(),
                other: line.other,
                matters: line.matters,
                href: link(&show),
                on: asked.show == show,
            }
        })
        .collect();
    drawn.sessions_title = match asked.show.strip_prefix("matter:") {
        Some(label) => words.a(
            "service-sessions-of",
            "matter",
            label.chars().take(60).collect::<String>(),
        ),
        None => words.t("service-sessions-behind"),
    };
    let may_open = role != Some(Role::District);
    drawn.sessions = found
        .lines
        .iter()
        .filter(|line| is_behind(&asked.show, line))
        .take(LISTED)
        .map(|line| session_line(v, line, may_open))
        .collect();
    Ok(render(&drawn))
}

fn cards(v: &Visitor, figures: &Figures, show: &str, link: &impl Fn(&str) -> String) -> Vec<Card> {
    let words = v.words;
    let card = |kind: &str, label: &str, unit: &str, number: i64, note: String| Card {
        label: words.t(label),
        number,
        unit: words.t(unit),
        note,
        href: link(kind),
        on: show == kind,
    };
    let days = match figures.days {
        Some(days) => words.aa(
            "service-days-note",
            "median",
            format!("{:.1}", days.median),
            "average",
            format!("{:.1}", days.average),
        ),
        None => words.t("service-days-none"),
    };
    let needs = words.with(
        "service-needs-note",
        [
            ("recorded", figures.needs_recorded.into()),
            ("open", figures.needs_open.into()),
        ],
    );
    vec![
        card(
            "matters",
            "service-matters",
            "service-matters-unit",
            figures.matters,
            words.t("service-matters-note"),
        ),
        card(
            "households",
            "service-households",
            "service-households-unit",
            figures.households,
            words.n("service-households-note", figures.nobody_home),
        ),
        card(
            "needs",
            "service-needs-resolved",
            "service-matters-unit",
            figures.needs_resolved,
            format!("{needs}{}{days}", words.pick("。", ". ")),
        ),
        card(
            "crew",
            "service-volunteers",
            "service-volunteers-unit",
            figures.crew.volunteers,
            words.with(
                "service-volunteers-note",
                [
                    ("hours", format!("{:.1}", figures.crew.volunteer_hours()).into()),
                    ("staff", figures.crew.staff.into()),
                    ("speakers", figures.crew.speakers.into()),
                ],
            ),
        ),
    ]
}

/// Whether a session stands behind the number that was pressed.
fn is_behind(show: &str, line: &Line) -> bool {
    match show.split_once(':') {
        Some(("matter", label)) => line.by_matter.iter().any(|count| count.label == label),
        _ => match show {
            "matters" => line.matters() > 0,
            "households" => line.doors.met + line.doors.nobody_home > 0,
            "needs" => line.heard.recorded > 0,
            "crew" => !line.crew.is_empty(),
            _ => true,
        },
    }
}

fn session_line(v: &Visitor, line: &Line, may_open: bool) -> SessionLine {
    let words = v.words;
    let session: &SessionView = &line.session;
    SessionLine {
        when: day_words(session.starts.date(), words.lang),
        title: words
            .pick(&session.programme.title, &session.programme.title_en)
            .to_owned(),
        matters: line.matters(),
        households: line.doors.met,
        needs: if line.heard.recorded == 0 {
            "0".to_owned()
        } else {
            format!("{} / {}", line.heard.resolved, line.heard.recorded)
        },
        volunteers: line.crew.volunteers.to_string(),
        href: may_open.then(|| {
            super::main_way(words, session)
                .map_or_else(|| format!("/staff/sessions/{}/check-in", session.id), |way| way.href)
        }),
    }
}

/// `GET /staff/reports/service.csv`.
pub async fn csv(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let month = asked.month(&page, &web)?;
    let found = service_report::of_community(&web.ctx, &v.actor, page.community.id, month.period())
        .await
        .for_visitor(v)?;
    let title = v.words.a(
        "service-report-title",
        "month",
        year_month(month.year(), month.month(), v.words.lang),
    );
    let home = &found.community;
    let name = encode(&format!("{}{title}.csv", v.words.pick(&home.name, &home.name_en)));
    let disposition = format!(
        "attachment; filename=\"service-{}-{month}.csv\"; filename*=UTF-8''{name}",
        home.slug
    );
    let disposition = HeaderValue::from_str(&disposition)
        .map_err(|error| Error::Internal(format!("the file name {disposition:?}: {error}")))
        .for_visitor(v)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, service_report::csv(v.words, &found)).into_response())
}
