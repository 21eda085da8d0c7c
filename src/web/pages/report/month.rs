//! A month of one community: the numbers, and the sessions behind each.

use askama::Template;
use axum::response::Response;

use super::Asked;
use super::chart::Chart;
use crate::domain::access::Role;
use crate::domain::calendar::format::{moment_words, month_day, month_short};
use crate::domain::community::{Community, Venue};
use crate::domain::id::VenueId;
use crate::domain::period::YearMonth;
use crate::domain::report::{Figures, GridLine, Label, Line, Number as Pressed, Report, Subject};
use crate::services::report::{self, Behind, sheet};
use crate::services::wording::Words;
use crate::services::{Context, Error, community};
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

/// Sessions listed behind a number; the file has all of them.
const LISTED: usize = 60;
/// A grid whose share of seniors who came is below this part of the community's share is marked as coming little.
const FEW: f64 = 0.6;
/// The widest bar of a grid, px.
const WIDEST: f64 = 90.0;

/// A number that opens the sessions behind it.
struct Number {
    text: String,
    href: String,
    said: String,
    on: bool,
}

struct Row {
    mark: String,
    tone: &'static str,
    name: String,
    sessions: Number,
    visits: Number,
    people: Number,
    average: String,
    satisfaction: Option<Number>,
}

struct GridRow {
    name: String,
    visits: Number,
    people: Number,
    registered: String,
    width: String,
    share: String,
    few: bool,
}

struct Table {
    id: &'static str,
    title: String,
    hint: String,
    first: String,
    rows: Vec<Row>,
    total: Option<[String; 5]>,
    note: String,
}

struct Session {
    when: String,
    line: String,
    href: Option<String>,
}

struct Drill {
    title: String,
    sub: String,
    sessions: Vec<Session>,
    more: usize,
}

struct Card {
    label: String,
    number: Option<Number>,
    unit: String,
    note: String,
}

#[derive(Template)]
#[template(path = "report/month.html")]
struct MonthPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    month: YearMonth,
    previous: Option<YearMonth>,
    next: Option<YearMonth>,
    title: String,
    sub: String,
    above: bool,
    cards: Vec<Card>,
    empty: Option<String>,
    main: Vec<Table>,
    grids: Vec<GridRow>,
    grid_total: [String; 4],
    side: Vec<Table>,
    drill: Option<Drill>,
    chart: Chart,
    chart_words: String,
    query: String,
    /// Keeps the community in links to other months, for whoever stands above communities.
    community_part: String,
}

/// What the numbers of a page have in common.
struct Links<'a> {
    words: Words,
    base: String,
    show: Option<&'a str>,
    n: &'a str,
}

impl Links<'_> {
    fn number(&self, subject: &Subject, kind: &'static str, text: String, name: &str) -> Number {
        let show = subject.to_string();
        let label = self.words.t(match kind {
            "visits" => "report-visits",
            "people" => "report-people",
            "answers" => "report-satisfaction",
            _ => "report-sessions",
        });
        Number {
            on: self.show == Some(show.as_str()) && self.n == kind,
            href: format!("{}&show={}&n={kind}#drill", self.base, encode(&show)),
            said: format!("{name} {label} {text}"),
            text,
        }
    }
}

/// The page.
pub async fn show(ctx: &Context, page: &StaffPage, month: YearMonth, asked: &Asked) -> Result<Response, WebError> {
    let v = &page.visitor;
    let (words, home) = (v.words, &page.community);
    let reported = report::month(ctx, &v.actor, home.id, month).await.for_visitor(v)?;
    let trend = report::trend(ctx, &v.actor, home.id, month).await.for_visitor(v)?;
    let trend: Vec<(YearMonth, i64)> = trend.iter().skip(6).map(|one| (one.month, one.visits)).collect();
    let venues = community::venues(ctx, home.id).await.for_visitor(v)?;
    let now = page.now(ctx);
    let current = report::current_month(now.timestamp(), &home.zone).for_visitor(v)?;
    let role = v.actor.role();
    let above = matches!(role, Some(Role::District | Role::Admin));
    let query = if above {
        format!("month={month}&community={}", encode(&home.slug))
    } else {
        format!("month={month}")
    };
    let links = Links {
        words,
        base: format!("/staff/reports?{query}"),
        show: asked.show.as_deref(),
        n: asked.n.as_deref().unwrap_or("sessions"),
    };
    let drill = match &asked.show {
        None => None,
        Some(show) => {
            let subject: Subject = show
                .parse()
                .map_err(|_| Error::invalid("show", "subject-unknown", show))
                .for_visitor(v)?;
            let behind = report::behind(ctx, &v.actor, home.id, month.period(), &subject, Pressed::Sessions)
                .await
                .for_visitor(v)?;
            let may_open = role != Some(Role::District);
            Some(drill(words, home, &reported.report, &subject, &behind, may_open))
        }
    };
    let report = &reported.report;
    let until = if month == current {
        words.a("report-until", "day", month_day(now.date(), words.lang))
    } else {
        String::new()
    };
    let name = words.pick(&home.name, &home.name_en);
    let sub = if until.is_empty() {
        name.to_owned()
    } else {
        format!("{name}{}{until}", words.t("report-comma"))
    };
    let empty = report.is_empty().then(|| {
        let key = if month > current {
            "report-empty-ahead"
        } else {
            "report-empty"
        };
        words.t(key)
    });
    let chart_parts: Vec<String> = trend
        .iter()
        .map(|(month, visits)| format!("{} {visits}", month_short(month.month(), words.lang)))
        .collect();
    let (grids, grid_total) = grids(&links, report);
    Ok(render(&MonthPage {
        v,
        community: home,
        active: "reports",
        badge: page.badge,
        month,
        previous: month.previous(),
        next: month.next().filter(|_| month < current),
        title: words.a("report-title", "month", sheet::period_name(words, month.period())),
        sub,
        above,
        cards: cards(&links, report, &trend),
        empty,
        main: vec![programmes(&links, report, &venues)],
        grids,
        grid_total,
        side: others(&links, report, &venues),
        drill,
        chart: Chart::of(&trend, words.lang),
        chart_words: format!(
            "{}{}{}",
            words.t("report-trend"),
            words.t("report-colon"),
            chart_parts.join(&words.t("report-comma"))
        ),
        query,
        community_part: if above {
            format!("&community={}", encode(&home.slug))
        } else {
            String::new()
        },
    }))
}

fn percent(ratio: Option<f64>) -> Option<String> {
    ratio.map(|ratio| format!("{:.0}%", ratio * 100.0))
}

fn average(figures: &Figures) -> String {
    figures
        .average()
        .map(|average| format!("{average:.1}"))
        .unwrap_or_default()
}

fn cards(links: &Links, report: &Report, trend: &[(YearMonth, i64)]) -> Vec<Card> {
    let words = links.words;
    let total = &report.total;
    let number = |kind, text: String| Some(links.number(&Subject::All, kind, text, ""));
    let sessions_note = match (report.cancelled, report.moved) {
        (0, 0) => words.t("report-note-as-planned"),
        (cancelled, moved) => words.aa("report-note-changed", "cancelled", cancelled, "moved", moved),
    };
    let visits_note = match trend.len().checked_sub(2).and_then(|n| trend.get(n)) {
        Some((before, visits)) => {
            let name = month_short(before.month(), words.lang);
            match total.visits - visits {
                0 => words.a("report-note-same", "month", name),
                more @ 1.. => words.aa("report-note-more", "month", name, "count", more),
                fewer => words.aa("report-note-fewer", "month", name, "count", -fewer),
            }
        }
        None => String::new(),
    };
    let mut people_note = words.n("report-note-newcomers", report.newcomers);
    if total.anonymous_visits > 0 {
        people_note.push_str(&words.t("report-comma"));
        people_note.push_str(&words.n("report-note-anonymous", total.anonymous_visits));
    }
    let answers = total.answers;
    let satisfaction = percent(answers.ratio());
    let satisfaction_note = if satisfaction.is_some() {
        words.aa(
            "report-note-answers",
            "answers",
            answers.count(),
            "content",
            answers.content(),
        )
    } else {
        words.t("report-note-no-answers")
    };
    let card = |key: &str, number, unit: &str, note| Card {
        label: words.t(key),
        number,
        unit: if unit.is_empty() { String::new() } else { words.t(unit) },
        note,
    };
    vec![
        card(
            "report-sessions",
            number("sessions", total.sessions.to_string()),
            "report-unit-sessions",
            sessions_note,
        ),
        card(
            "report-visits",
            number("visits", total.visits.to_string()),
            "report-unit-visits",
            visits_note,
        ),
        card(
            "report-people",
            number("people", total.people.to_string()),
            "report-unit-people",
            people_note,
        ),
        card(
            "report-satisfaction",
            satisfaction.and_then(|text| number("answers", text)),
            "",
            satisfaction_note,
        ),
    ]
}

fn seal(venues: &[Venue], id: Option<VenueId>) -> (String, &'static str) {
    id.and_then(|id| venues.iter().find(|venue| venue.id == id))
        .map(|venue| (venue.mark.clone(), venue.tone.as_str()))
        .unwrap_or_default()
}

fn row(links: &Links, line: &Line, venues: &[Venue]) -> Row {
    let name = sheet::line_name(links.words, &line.subject, &line.label);
    let figures = &line.figures;
    let number = |kind, text: String| links.number(&line.subject, kind, text, &name);
    let (mark, tone) = seal(venues, line.venue);
    Row {
        mark,
        tone,
        sessions: number("sessions", figures.sessions.to_string()),
        visits: number("visits", figures.visits.to_string()),
        people: number("people", figures.people.to_string()),
        average: average(figures),
        satisfaction: percent(figures.answers.ratio()).map(|text| number("answers", text)),
        name,
    }
}

fn total_row(figures: &Figures) -> [String; 5] {
    [
        figures.sessions.to_string(),
        figures.visits.to_string(),
        figures.people.to_string(),
        average(figures),
        percent(figures.answers.ratio()).unwrap_or_default(),
    ]
}

fn programmes(links: &Links, report: &Report, venues: &[Venue]) -> Table {
    let words = links.words;
    let how_often = report.how_often;
    let often = words.with(
        "report-note-how-often",
        [
            ("once", how_often.once.into()),
            ("sometimes", how_often.sometimes.into()),
            ("regularly", how_often.regularly.into()),
        ],
    );
    Table {
        id: "h-programmes",
        title: words.t("report-sheet-programmes"),
        hint: words.t("report-hint-press"),
        first: words.t("report-programme"),
        rows: report
            .by_programme
            .iter()
            .map(|line| row(links, line, venues))
            .collect(),
        total: Some(total_row(&report.total)),
        note: format!("{}{often}", words.t("report-note-people")),
    }
}

/// The smaller tables: partners, venues, kinds.
fn others(links: &Links, report: &Report, venues: &[Venue]) -> Vec<Table> {
    let words = links.words;
    let table = |id, title: &str, first: &str, lines: &[Line]| Table {
        id,
        title: words.t(title),
        hint: String::new(),
        first: words.t(first),
        rows: lines.iter().map(|line| row(links, line, venues)).collect(),
        total: None,
        note: String::new(),
    };
    vec![
        table(
            "h-partners",
            "report-sheet-partners",
            "report-partner",
            &report.by_partner,
        ),
        table("h-venues", "report-sheet-venues", "report-venue", &report.by_venue),
        table("h-kinds", "report-sheet-kinds", "report-kind", &report.by_kind),
    ]
}

fn grids(links: &Links, report: &Report) -> (Vec<GridRow>, [String; 4]) {
    let words = links.words;
    let registered: i64 = report.by_grid.iter().filter_map(|line| line.seniors_registered).sum();
    let seniors: i64 = report
        .by_grid
        .iter()
        .filter(|line| line.seniors_registered.is_some())
        .map(|line| line.seniors)
        .sum();
    let usual = (registered > 0).then(|| seniors as f64 / registered as f64);
    let widest = report
        .by_grid
        .iter()
        .filter_map(GridLine::ratio)
        .fold(f64::MIN_POSITIVE, f64::max);
    let rows = report
        .by_grid
        .iter()
        .map(|line| {
            let subject = Subject::Grid(line.grid);
            let label = Label {
                zh: line.name.clone(),
                en: String::new(),
            };
            let name = sheet::line_name(words, &subject, &label);
            let ratio = line.ratio();
            GridRow {
                visits: links.number(&subject, "visits", line.visits.to_string(), &name),
                people: links.number(&subject, "people", line.people.to_string(), &name),
                registered: line
                    .seniors_registered
                    .map_or_else(|| words.t("report-not-counted"), |count| count.to_string()),
                width: ratio
                    .map(|ratio| format!("{:.0}", (ratio / widest * WIDEST).max(1.0)))
                    .unwrap_or_default(),
                share: percent(ratio).unwrap_or_default(),
                few: matches!((ratio, usual), (Some(ratio), Some(usual)) if ratio < usual * FEW),
                name,
            }
        })
        .collect();
    let coverage = &report.coverage;
    let share = percent(coverage.ratio())
        .map(|share| match coverage.counted_on {
            Some(date) => words.aa(
                "report-coverage-as-of",
                "share",
                share,
                "date",
                crate::domain::calendar::format::full_date(date, words.lang),
            ),
            None => words.a("report-coverage-share", "share", share),
        })
        .unwrap_or_default();
    let total = [
        (report.total.visits - report.total.anonymous_visits).to_string(),
        report.total.people.to_string(),
        if coverage.registered > 0 {
            coverage.registered.to_string()
        } else {
            words.t("report-not-counted")
        },
        share,
    ];
    (rows, total)
}

fn drill(
    words: Words,
    home: &Community,
    report: &Report,
    subject: &Subject,
    behind: &[Behind],
    may_open: bool,
) -> Drill {
    let lines = report
        .by_programme
        .iter()
        .chain(&report.by_partner)
        .chain(&report.by_venue)
        .chain(&report.by_kind);
    let label = lines
        .filter(|line| line.subject == *subject)
        .map(|line| line.label.clone())
        .next()
        .or_else(|| {
            report
                .by_grid
                .iter()
                .find(|line| Subject::Grid(line.grid) == *subject)
                .map(|line| Label {
                    zh: line.name.clone(),
                    en: String::new(),
                })
        })
        .unwrap_or_default();
    let name = sheet::line_name(words, subject, &label);
    let visits: i64 = behind
        .iter()
        .map(|session| session.of_grid.unwrap_or_else(|| session.tally.visits()))
        .sum();
    let whole = matches!(subject, Subject::Programme(_));
    Drill {
        title: words.with(
            "report-drill-title",
            [("name", name.into()), ("count", behind.len().into())],
        ),
        sub: words.n("report-count-visits", visits),
        sessions: behind
            .iter()
            .take(LISTED)
            .map(|session| listed(words, home, session, whole, may_open))
            .collect(),
        more: behind.len().saturating_sub(LISTED),
    }
}

fn listed(words: Words, home: &Community, session: &Behind, one_programme: bool, may_open: bool) -> Session {
    let start = session.starts_at.to_zoned(home.zone.clone());
    let pick = |label: &Label| words.pick(&label.zh, &label.en).to_owned();
    let came = match session.of_grid {
        Some(count) => words.aa("report-came-of-grid", "count", count, "all", session.tally.visits()),
        None => words.n("report-came", session.tally.visits()),
    };
    let answers = (session.answers.count() > 0).then(|| {
        words.aa(
            "report-note-answers",
            "answers",
            session.answers.count(),
            "content",
            session.answers.content(),
        )
    });
    let parts = [
        if one_programme {
            session.topic.clone()
        } else {
            pick(&session.title)
        },
        pick(&session.facilitator),
        pick(&session.venue),
        came,
        answers.unwrap_or_default(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Session {
        when: moment_words(start.datetime(), words.lang),
        line: parts.join(&words.t("report-comma")),
        href: may_open.then(|| format!("/staff/sessions/{}/check-in", session.id)),
    }
}
