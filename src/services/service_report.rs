//! What service was given in a period: matters settled, households visited, needs heard and resolved, volunteers and their hours, and the sessions
//! behind each number. Counts only: nothing here names anybody, so that a district may read it.

use std::collections::{BTreeSet, HashMap};

use super::report::sheet::{Cell, csv_row};
use super::schedule::{self, SessionView};
use super::wording::Words;
use super::{Context, Error, Result, community};
use crate::domain::access::{Action, Actor, Refusal, may};
use crate::domain::community::Community;
use crate::domain::crew::{Crew, CrewTotals};
use crate::domain::id::{CommunityId, SessionId};
use crate::domain::matter::{Count, by_list};
use crate::domain::need::{DaysToResolve, days_to_resolve};
use crate::domain::period::Period;
use crate::storage::{self, crew, household, matter, need};

pub use crate::storage::household::Doors;
pub use crate::storage::need::Heard;

/// The figures of a community in a period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// 件 altogether.
    pub matters: i64,
    /// 件 by matter, most first.
    pub by_matter: Vec<Count>,
    /// 户: different households met.
    pub households: i64,
    /// Doors that nobody opened.
    pub nobody_home: i64,
    /// Needs heard.
    pub needs_recorded: i64,
    /// Of those, still open.
    pub needs_open: i64,
    /// Needs resolved, whenever they were heard.
    pub needs_resolved: i64,
    /// How long those took.
    pub days: Option<DaysToResolve>,
    /// Who worked.
    pub crew: CrewTotals,
}

/// One session behind the numbers.
#[derive(Clone, Debug)]
pub struct Line {
    /// The session.
    pub session: SessionView,
    /// Its matters.
    pub by_matter: Vec<Count>,
    /// Its doors.
    pub doors: Doors,
    /// Its needs.
    pub heard: Heard,
    /// Who worked there.
    pub crew: Crew,
}

impl Line {
    /// 件 of the session.
    pub fn matters(&self) -> i64 {
        self.by_matter.iter().map(|count| count.matters).sum()
    }
}

/// The report of one community.
#[derive(Clone, Debug)]
pub struct ServiceReport {
    /// Whose.
    pub community: Community,
    /// The days.
    pub period: Period,
    /// The figures.
    pub figures: Figures,
    /// The sessions behind them, latest first.
    pub lines: Vec<Line>,
}

/// The figures of a community, and what its sessions brought to them.
struct Found {
    figures: Figures,
    by_session: HashMap<SessionId, Vec<Count>>,
    crews: HashMap<SessionId, Crew>,
    /// The sessions behind the figures.
    behind: BTreeSet<SessionId>,
}

async fn figures_of(ctx: &Context, home: &Community, period: Period) -> Result<Found> {
    let conn = ctx.db.reader();
    let span = period.span(&home.zone);
    let matters = matter::in_span(conn, home.id, span).await?;
    let (doors, visited) = household::in_span(conn, home.id, span).await?;
    let needs = need::in_span(conn, home.id, span).await?;
    let crews = crew::in_span(conn, home.id, span).await?;
    let mut total = CrewTotals::default();
    for (_, one) in &crews {
        total += *one;
    }
    let counts: Vec<Count> = matters.iter().map(|(_, count)| count.clone()).collect();
    let mut behind: BTreeSet<SessionId> = visited.into_iter().chain(needs.sessions.iter().copied()).collect();
    behind.extend(matters.iter().map(|(session, _)| *session));
    behind.extend(
        crews
            .iter()
            .filter(|(_, crew)| !crew.is_empty())
            .map(|(session, _)| *session),
    );
    let mut by_session: HashMap<SessionId, Vec<Count>> = HashMap::new();
    for (session, count) in matters {
        by_session.entry(session).or_default().push(count);
    }
    let figures = Figures {
        matters: counts.iter().map(|count| count.matters).sum(),
        by_matter: merged(&counts),
        households: doors.met,
        nobody_home: doors.nobody_home,
        needs_recorded: needs.recorded,
        needs_open: needs.open,
        needs_resolved: i64::try_from(needs.resolved.len()).unwrap_or(i64::MAX),
        days: days_to_resolve(&needs.resolved),
        crew: total,
    };
    Ok(Found {
        figures,
        by_session,
        crews: crews.into_iter().collect(),
        behind,
    })
}

/// One line per matter, most first; whether it is on a list is what most of its entries say.
fn merged(counts: &[Count]) -> Vec<Count> {
    let listed: BTreeSet<&str> = counts
        .iter()
        .filter(|count| !count.other)
        .map(|count| count.label.as_str())
        .collect();
    let mut lines = by_list(&[], counts);
    for line in &mut lines {
        line.other = !listed.contains(line.label.as_str());
    }
    lines
}

/// The service report of a community.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Storage`].
pub async fn of_community(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    period: Period,
) -> Result<ServiceReport> {
    may(actor, Action::ReadReports, community)?;
    let home = community::find(ctx, community).await?;
    let Found {
        figures,
        mut by_session,
        crews,
        behind,
    } = figures_of(ctx, &home, period).await?;
    let ids: Vec<SessionId> = behind.into_iter().collect();
    let conn = ctx.db.reader();
    let doors = household::of_sessions(conn, community, &ids).await?;
    let heard = need::of_sessions(conn, community, &ids).await?;
    let found = storage::session::find_all(conn, community, &ids).await?;
    let mut lines: Vec<Line> = schedule::views(conn, &home, found)
        .await?
        .into_iter()
        .map(|session| Line {
            by_matter: by_session.remove(&session.id).unwrap_or_default(),
            doors: doors.get(&session.id).copied().unwrap_or_default(),
            heard: heard.get(&session.id).copied().unwrap_or_default(),
            crew: crews.get(&session.id).copied().unwrap_or_default(),
            session,
        })
        .collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.session.starts.timestamp()));
    Ok(ServiceReport {
        community: home,
        period,
        figures,
        lines,
    })
}

/// The figures of every community the actor may read, by name in addresses.
///
/// # Errors
/// [`Error::Forbidden`] when they may read none; [`Error::Storage`].
pub async fn of_district(ctx: &Context, actor: &Actor, period: Period) -> Result<Vec<(Community, Figures)>> {
    let mut found = Vec::new();
    for home in community::list(ctx).await? {
        if may(actor, Action::ReadReports, home.id).is_ok() {
            let figures = figures_of(ctx, &home, period).await?.figures;
            found.push((home, figures));
        }
    }
    if found.is_empty() {
        return Err(Error::Forbidden(Refusal::Role));
    }
    Ok(found)
}

/// What a page lists beside a session: matters, households met.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::Storage`].
pub async fn of_sessions(
    ctx: &Context,
    actor: &Actor,
    community: CommunityId,
    ids: &[SessionId],
) -> Result<(HashMap<SessionId, i64>, HashMap<SessionId, Doors>)> {
    may(actor, Action::SeeStaffPages, community)?;
    let conn = ctx.db.reader();
    Ok((
        matter::of_sessions(conn, community, ids).await?,
        household::of_sessions(conn, community, ids).await?,
    ))
}

/// The report as CSV: the figures, the matters, the sessions. UTF-8 with a mark in front, as spreadsheets want it.
pub fn csv(words: Words, report: &ServiceReport) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    let text = |text: &str| Cell::Text(text.to_owned());
    let figures = &report.figures;
    csv_row(
        &mut out,
        &[
            text(&words.t("service-part")),
            text(&words.t("service-what")),
            text(&words.t("service-count")),
        ],
    );
    let part = words.t("service-figures");
    let days = |pick: fn(&DaysToResolve) -> f64| {
        figures
            .days
            .as_ref()
            .map_or(Cell::Nothing, |days| Cell::Decimal(pick(days)))
    };
    for (key, cell) in [
        ("service-matters", Cell::Count(figures.matters)),
        ("service-households", Cell::Count(figures.households)),
        ("service-nobody-home", Cell::Count(figures.nobody_home)),
        ("service-needs-recorded", Cell::Count(figures.needs_recorded)),
        ("service-needs-open", Cell::Count(figures.needs_open)),
        ("service-needs-resolved", Cell::Count(figures.needs_resolved)),
        ("service-days-average", days(|days| days.average)),
        ("service-days-median", days(|days| days.median)),
        ("service-staff", Cell::Count(figures.crew.staff)),
        ("service-speakers", Cell::Count(figures.crew.speakers)),
        ("service-volunteers", Cell::Count(figures.crew.volunteers)),
        ("service-volunteer-hours", Cell::Decimal(figures.crew.volunteer_hours())),
    ] {
        csv_row(&mut out, &[text(&part), text(&words.t(key)), cell]);
    }
    let part = words.t("service-by-matter");
    for line in &figures.by_matter {
        csv_row(&mut out, &[text(&part), text(&line.label), Cell::Count(line.matters)]);
    }
    out.push_str("\r\n");
    let header = [
        "service-day",
        "service-session",
        "service-matters",
        "service-households",
        "service-nobody-home",
        "service-needs-recorded",
        "service-needs-resolved",
        "service-staff",
        "service-speakers",
        "service-volunteers",
        "service-volunteer-minutes",
    ];
    csv_row(&mut out, &header.map(|key| text(&words.t(key))));
    for line in &report.lines {
        let session = &line.session;
        let title = words.pick(&session.programme.title, &session.programme.title_en);
        csv_row(
            &mut out,
            &[
                Cell::Day(session.starts.date()),
                text(title),
                Cell::Count(line.matters()),
                Cell::Count(line.doors.met),
                Cell::Count(line.doors.nobody_home),
                Cell::Count(line.heard.recorded),
                Cell::Count(line.heard.resolved),
                Cell::Count(line.crew.staff.into()),
                Cell::Count(line.crew.speakers.into()),
                Cell::Count(line.crew.volunteers.into()),
                Cell::Count(line.crew.volunteer_minutes.into()),
            ],
        );
    }
    out.into_bytes()
}
