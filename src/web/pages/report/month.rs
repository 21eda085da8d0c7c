//! A month of one community: the numbers, and the sessions behind each.

use askama::Template;
use axum::response::Response;

use super::bars::Stacked;
use super::chart::Chart;
use super::drill::{self, Drill};
use super::standing::{self, Standing};
use super::{Asked, query_of};
use crate::domain::access::Role;
use crate::domain::calendar::format::{month_day, month_short};
use crate::domain::community::{Community, Venue};
use crate::domain::id::VenueId;
use crate::domain::month_lock::signed;
use crate::domain::period::{Period, YearMonth};
use crate::domain::report::{Figures, GridLine, Label, Line, Number as Pressed, Report, Subject};
use crate::services::report::{self, Reported, Totals, TrendMonth, sheet};
use crate::services::wording::Words;
use crate::services::{Context, community};
use crate::web::error::{ForVisitor, WebError, encode};
use crate::web::extract::Visitor;
use crate::web::pages::render;
use crate::web::pages::staff::StaffPage;

/// A grid whose share of seniors who came is below this part of the community's share is marked as coming little.
const FEW: f64 = 0.6;
/// The widest bar of a grid, px.
const WIDEST: f64 = 90.0;

/// A number that opens what stands behind it.
pub struct Number {
    /// The number, perhaps with its unit.
    pub text: String,
    /// Where it leads.
    pub href: String,
    /// What is read aloud.
    pub said: String,
    /// Whether it is the open one.
    pub on: bool,
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
    /// 人次 as reported, and what came to it since: `132`, `+2`.
    corrected: Option<(String, String)>,
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
    total: Option<Row>,
    note: String,
}

struct Card {
    label: String,
    number: Option<Number>,
    unit: String,
    notes: Vec<Note>,
}

/// A few words under a card; most open something.
struct Note {
    text: String,
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "report/month.html")]
struct MonthPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    month: YearMonth,
    period: Period,
    previous: Option<String>,
    next: Option<String>,
    title: String,
    sub: String,
    alarmed: bool,
    standing: Option<Standing>,
    above: bool,
    cards: Vec<Card>,
    empty: Option<String>,
    main: Vec<Table>,
    grids: Vec<GridRow>,
    grid_total: [String; 4],
    side: Vec<Table>,
    drill: Option<Drill>,
    stacked: Vec<Stacked>,
    care: Vec<Note>,
    chart: Chart,
    chart_words: String,
    query: String,
    /// Keeps the community in links to other months, for whoever stands above communities.
    community_part: String,
}

/// The key of what a number is called.
pub(super) fn number_key(kind: Pressed) -> &'static str {
    match kind {
        Pressed::Sessions => "report-sessions",
        Pressed::Visits => "report-visits",
        Pressed::Anonymous => "report-anonymous",
        Pressed::Answers => "report-answers",
        Pressed::Cancelled => "report-cancelled",
        Pressed::Moved => "report-moved",
        Pressed::People => "report-people",
        Pressed::Newcomers => "report-newcomers",
        Pressed::Seniors => "report-seniors",
        Pressed::Elders => "report-elders",
        Pressed::Alone => "report-alone",
        Pressed::Once => "report-once",
        Pressed::Sometimes => "report-sometimes",
        Pressed::Regularly => "report-regularly",
        Pressed::Care => "report-care",
    }
}

/// What the numbers of a page have in common.
pub(super) struct Links<'a> {
    pub(super) words: Words,
    pub(super) base: String,
    pub(super) show: Option<&'a str>,
    pub(super) n: Pressed,
}

impl Links<'_> {
    pub(super) fn href(&self, subject: &Subject, kind: Pressed) -> String {
        format!("{}&show={}&n={kind}#drill", self.base, encode(&subject.to_string()))
    }

    pub(super) fn number(&self, subject: &Subject, kind: Pressed, text: String, name: &str) -> Number {
        let show = subject.to_string();
        let label = self.words.t(match kind {
            Pressed::Answers => "report-satisfaction",
            kind => number_key(kind),
        });
        Number {
            on: self.show == Some(show.as_str()) && self.n == kind,
            href: self.href(subject, kind),
            said: format!("{name} {label} {text}"),
            text,
        }
    }
}

/// The page.
pub async fn show(ctx: &Context, page: &StaffPage, period: Period, asked: &Asked) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = &page.community;
    let now = page.now(ctx);
    let today = now.date();
    let current = report::current_month(now.timestamp(), &home.zone).for_visitor(v)?;
    let reported = report::range(ctx, &v.actor, home.id, period).await.for_visitor(v)?;
    let month = period.last_month().unwrap_or(current);
    let trend = report::trend(ctx, &v.actor, home.id, month.min(current))
        .await
        .for_visitor(v)?;
    let totals = report::totals(ctx, &v.actor, home.id, period).await.for_visitor(v)?;
    let venues = community::venues(ctx, home.id).await.for_visitor(v)?;
    let role = v.actor.role();
    let above = matches!(role, Some(Role::District | Role::Admin));
    let community_part = if above {
        format!("&community={}", encode(&home.slug))
    } else {
        String::new()
    };
    let query = format!("{}{community_part}", query_of(period));
    let pressed: Pressed = asked.n.as_deref().and_then(|n| n.parse().ok()).unwrap_or_default();
    let links = Links {
        words,
        base: format!("/staff/reports?{query}"),
        show: asked.show.as_deref(),
        n: pressed,
    };
    let drill = drill::of(ctx, page, &links, &reported, asked).await?;
    let report = &reported.report;
    let runs = period.first() <= today && today <= period.last();
    let name = words.pick(&home.name, &home.name_en);
    let sub = if runs {
        let until = words.a("report-until", "day", month_day(today, words.lang));
        format!("{name}{}{until}", words.t("report-comma"))
    } else {
        name.to_owned()
    };
    let empty = report.is_empty().then(|| {
        let key = if period.first() > today {
            "report-empty-ahead"
        } else {
            "report-empty"
        };
        words.t(key)
    });
    let chart_parts: Vec<String> = trend
        .iter()
        .map(|one| format!("{} {}", month_short(one.month.month(), words.lang), one.visits))
        .collect();
    let (grids, grid_total) = grids(&links, report);
    let neighbour = |step| {
        period
            .neighbour(step)
            .map(|other| format!("{}{community_part}", query_of(other)))
    };
    let next_begins = period.neighbour(1).is_some_and(|next| next.first() <= today);
    let standing = standing::of(ctx, page, &reported, role != Some(Role::District)).await?;
    Ok(render(&MonthPage {
        v,
        community: home,
        active: "reports",
        badge: page.badge,
        month,
        period,
        previous: neighbour(-1),
        next: neighbour(1).filter(|_| next_begins),
        title: words.a("report-title", "month", sheet::period_name(words, period)),
        sub,
        alarmed: crate::services::upkeep::is_alarmed(ctx, &v.actor, home.id, period)
            .await
            .for_visitor(v)?,
        standing,
        above,
        cards: cards(&links, &reported, &trend),
        empty,
        main: vec![programmes(&links, &reported, &venues)],
        grids,
        grid_total,
        side: others(&links, &reported, &venues),
        drill,
        stacked: stacked(&links, report),
        care: care(&links, &totals),
        chart: Chart::of(&trend, words.lang),
        chart_words: format!(
            "{}{}{}",
            words.t("report-trend"),
            words.t("report-colon"),
            chart_parts.join(&words.t("report-comma"))
        ),
        query,
        community_part,
    }))
}

/// Households and needs; nothing where there were none.
fn care(links: &Links, totals: &Totals) -> Vec<Note> {
    let note = |key: &str, count: i64| Note {
        text: links.words.n(key, count),
        href: Some(links.href(&Subject::All, Pressed::Care)),
    };
    let counts = [
        ("report-care-households", totals.households),
        ("report-care-recorded", totals.needs_recorded),
        ("report-care-resolved", totals.needs_resolved),
    ];
    if counts.iter().all(|(_, count)| *count == 0) {
        return Vec::new();
    }
    counts.into_iter().map(|(key, count)| note(key, count)).collect()
}

/// How often people came, who they are, and which part of the visits has names.
fn stacked(links: &Links, report: &Report) -> Vec<Stacked> {
    let words = links.words;
    let part = |count: i64, kind: Pressed| {
        let name = words.t(number_key(kind));
        (
            count,
            name.clone(),
            links.number(&Subject::All, kind, count.to_string(), ""),
        )
    };
    let how_often = report.how_often;
    let named = report.total.visits - report.total.anonymous_visits;
    vec![
        Stacked::of(
            "h-often",
            words.t("report-how-often"),
            vec![
                part(how_often.once, Pressed::Once),
                part(how_often.sometimes, Pressed::Sometimes),
                part(how_often.regularly, Pressed::Regularly),
            ],
        ),
        Stacked::of(
            "h-named",
            words.t("report-with-name"),
            vec![
                (
                    named,
                    words.t("report-named"),
                    links.number(&Subject::All, Pressed::People, named.to_string(), ""),
                ),
                part(report.total.anonymous_visits, Pressed::Anonymous),
            ],
        ),
    ]
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

fn cards(links: &Links, reported: &Reported, trend: &[TrendMonth]) -> Vec<Card> {
    let words = links.words;
    let report = &reported.report;
    let total = &report.total;
    let number = |kind, text: String| Some(links.number(&Subject::All, kind, text, ""));
    let opens = |text: String, kind| Note {
        text,
        href: Some(links.href(&Subject::All, kind)),
    };
    let says = |text: String| Note { text, href: None };
    let mut sessions_notes = Vec::new();
    if report.cancelled > 0 {
        sessions_notes.push(opens(
            words.n("report-note-cancelled", report.cancelled),
            Pressed::Cancelled,
        ));
    }
    if report.moved > 0 {
        sessions_notes.push(opens(words.n("report-note-moved", report.moved), Pressed::Moved));
    }
    if sessions_notes.is_empty() {
        sessions_notes.push(says(words.t("report-note-as-planned")));
    }
    let mut visits_notes = Vec::new();
    if let Some(frozen) = &reported.frozen
        && let Some(more) = frozen.visits(report).signed()
    {
        let change = frozen.visits(report);
        visits_notes.push(says(words.aa(
            "report-note-corrected",
            "reported",
            change.reported,
            "more",
            more,
        )));
    } else if report.period.month().is_some()
        && let Some(before) = trend.len().checked_sub(2).and_then(|n| trend.get(n))
    {
        let name = month_short(before.month.month(), words.lang);
        visits_notes.push(says(match total.visits - before.visits {
            0 => words.a("report-note-same", "month", name),
            more @ 1.. => words.aa("report-note-more", "month", name, "count", more),
            fewer => words.aa("report-note-fewer", "month", name, "count", -fewer),
        }));
    }
    let mut people_notes = vec![opens(
        words.n("report-note-newcomers", report.newcomers),
        Pressed::Newcomers,
    )];
    if total.anonymous_visits > 0 {
        people_notes.push(opens(
            words.n("report-note-anonymous", total.anonymous_visits),
            Pressed::Anonymous,
        ));
    }
    for (key, count, kind) in [
        ("report-note-seniors", total.seniors, Pressed::Seniors),
        ("report-note-elders", total.elders, Pressed::Elders),
        ("report-note-alone", total.alone, Pressed::Alone),
    ] {
        if count > 0 {
            people_notes.push(opens(words.n(key, count), kind));
        }
    }
    let answers = total.answers;
    let satisfaction = percent(answers.ratio());
    let satisfaction_note = if satisfaction.is_some() {
        opens(
            words.aa(
                "report-note-answers",
                "answers",
                answers.count(),
                "content",
                answers.content(),
            ),
            Pressed::Answers,
        )
    } else {
        says(words.t("report-note-no-answers"))
    };
    let card = |key: &str, number, unit: &str, notes| Card {
        label: words.t(key),
        number,
        unit: if unit.is_empty() { String::new() } else { words.t(unit) },
        notes,
    };
    vec![
        card(
            "report-sessions",
            number(Pressed::Sessions, total.sessions.to_string()),
            "report-unit-sessions",
            sessions_notes,
        ),
        card(
            "report-visits",
            number(Pressed::Visits, total.visits.to_string()),
            "report-unit-visits",
            visits_notes,
        ),
        card(
            "report-people-named",
            number(Pressed::People, total.people.to_string()),
            "report-unit-people",
            people_notes,
        ),
        card(
            "report-satisfaction",
            satisfaction.and_then(|text| number(Pressed::Answers, text)),
            "",
            vec![satisfaction_note],
        ),
    ]
}

fn seal(venues: &[Venue], id: Option<VenueId>) -> (String, &'static str) {
    id.and_then(|id| venues.iter().find(|venue| venue.id == id))
        .map(|venue| (venue.mark.clone(), venue.tone.as_str()))
        .unwrap_or_default()
}

fn figures_row(links: &Links, subject: &Subject, name: String, figures: &Figures) -> Row {
    let number = |kind, text: String| links.number(subject, kind, text, &name);
    Row {
        mark: String::new(),
        tone: "",
        sessions: number(Pressed::Sessions, figures.sessions.to_string()),
        visits: number(Pressed::Visits, figures.visits.to_string()),
        people: number(Pressed::People, figures.people.to_string()),
        average: average(figures),
        satisfaction: percent(figures.answers.ratio()).map(|text| number(Pressed::Answers, text)),
        corrected: None,
        name,
    }
}

fn row(links: &Links, line: &Line, venues: &[Venue]) -> Row {
    let name = sheet::line_name(links.words, &line.subject, &line.label);
    let (mark, tone) = seal(venues, line.venue);
    Row {
        mark,
        tone,
        ..figures_row(links, &line.subject, name, &line.figures)
    }
}

fn programmes(links: &Links, reported: &Reported, venues: &[Venue]) -> Table {
    let words = links.words;
    let report = &reported.report;
    let rows = report.by_programme.iter().map(|line| {
        let corrected = match (&reported.frozen, &line.subject) {
            (Some(frozen), Subject::Programme(id)) => {
                let before = frozen.visits_of(*id);
                signed(line.figures.visits - before).map(|more| (before.to_string(), more))
            }
            _ => None,
        };
        Row {
            corrected,
            ..row(links, line, venues)
        }
    });
    Table {
        id: "h-programmes",
        title: words.t("report-sheet-programmes"),
        hint: words.t("report-hint-press"),
        first: words.t("report-programme"),
        rows: rows.collect(),
        total: Some(figures_row(
            links,
            &Subject::All,
            words.t("report-total"),
            &report.total,
        )),
        note: words.t("report-note-people"),
    }
}

/// The smaller tables: partners, venues, kinds.
fn others(links: &Links, reported: &Reported, venues: &[Venue]) -> Vec<Table> {
    let words = links.words;
    let report = &reported.report;
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
        table("h-kinds", "report-sheet-kinds", "report-kind", &report.by_kind),
        table(
            "h-partners",
            "report-sheet-partners",
            "report-partner",
            &report.by_partner,
        ),
        table("h-venues", "report-sheet-venues", "report-venue", &report.by_venue),
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
                visits: links.number(&subject, Pressed::Visits, line.visits.to_string(), &name),
                people: links.number(&subject, Pressed::People, line.people.to_string(), &name),
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
