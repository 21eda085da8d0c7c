//! What a pressed number opens: sessions, people, days of visits; and the names behind one session.

use super::month::{Links, number_key};
use super::{Asked, query_of};
use crate::domain::access::Role;
use crate::domain::calendar::format::{full_date, moment_words};
use crate::domain::id::SessionId;
use crate::domain::report::{Label, Number as Pressed, Report, Subject};
use crate::domain::text::Purpose;
use crate::services::report::{self, Behind, Reported, sheet};
use crate::services::wording::Words;
use crate::services::{Context, Error, attendance};
use crate::web::error::{ForVisitor, WebError};
use crate::web::pages::staff::StaffPage;

/// Rows listed behind a number; the file has all of them.
const LISTED: usize = 60;

/// A row behind a number.
pub struct Item {
    /// When, or who.
    pub head: String,
    /// What more there is to say.
    pub line: String,
    /// Where its button leads.
    pub href: Option<String>,
    /// What the button says.
    pub button: String,
    /// The session it is, when its names are open below it.
    pub open: Option<Roster>,
}

/// Who came to a session.
pub struct Roster {
    /// Their names, with home where known.
    pub names: Vec<String>,
    /// What stands beside the names: heads, answers.
    pub counts: String,
    /// Where its attendance is taken, or corrected.
    pub links: Vec<(String, String)>,
}

/// What stands behind a number.
pub struct Drill {
    /// Heading.
    pub title: String,
    /// Beside it.
    pub sub: String,
    /// The rows.
    pub items: Vec<Item>,
    /// How many more there are.
    pub more: usize,
}

/// What the address asks to open; nothing when it asks for nothing.
pub(super) async fn of(
    ctx: &Context,
    page: &StaffPage,
    links: &Links<'_>,
    reported: &Reported,
    asked: &Asked,
) -> Result<Option<Drill>, WebError> {
    let v = &page.visitor;
    let Some(show) = &asked.show else {
        return Ok(None);
    };
    let subject: Subject = show
        .parse()
        .map_err(|_| Error::invalid("show", "subject-unknown", show))
        .for_visitor(v)?;
    let (home, period, pressed) = (page.community.id, reported.report.period, links.n);
    // Names are for the community; the district sees the sessions with their counts.
    let sees_names = v.actor.role() != Some(Role::District);
    if pressed == Pressed::Care {
        let days = report::care_days(ctx, &v.actor, home, period).await.for_visitor(v)?;
        return Ok(Some(care(links.words, &days)));
    }
    if pressed.is_of_people() && sees_names {
        let people = report::people(ctx, &v.actor, home, period, &subject, pressed)
            .await
            .for_visitor(v)?;
        return Ok(Some(people_drill(links, reported, &subject, pressed, &people)));
    }
    let behind = report::behind(ctx, &v.actor, home, period, &subject, pressed)
        .await
        .for_visitor(v)?;
    let mut drill = sessions(links, page, reported, &subject, &behind, sees_names);
    let open = asked.session.as_deref().and_then(|id| id.parse::<SessionId>().ok());
    if let (Some(id), true) = (open, sees_names) {
        let at = behind.iter().take(LISTED).position(|session| session.id == id);
        if let Some(item) = at.and_then(|at| drill.items.get_mut(at)) {
            item.open = Some(roster(ctx, page, reported, id).await?);
        }
    }
    Ok(Some(drill))
}

fn name_of(words: Words, report: &Report, subject: &Subject) -> String {
    let lines = report
        .by_programme
        .iter()
        .chain(&report.by_partner)
        .chain(&report.by_venue)
        .chain(&report.by_kind);
    let of_line = lines
        .filter(|line| line.subject == *subject)
        .map(|line| line.label.clone());
    let of_grid = report
        .by_grid
        .iter()
        .filter(|line| Subject::Grid(line.grid) == *subject)
        .map(|line| Label {
            zh: line.name.clone(),
            en: String::new(),
        });
    let label = of_line.chain(of_grid).next().unwrap_or_default();
    sheet::line_name(words, subject, &label)
}

fn care(words: Words, days: &std::collections::BTreeMap<jiff::civil::Date, report::CareDay>) -> Drill {
    let items = days.iter().rev().map(|(date, day)| Item {
        head: full_date(*date, words.lang),
        line: words.with(
            "report-care-day",
            [
                ("households", day.households.into()),
                ("recorded", day.needs_recorded.into()),
                ("resolved", day.needs_resolved.into()),
            ],
        ),
        href: None,
        button: String::new(),
        open: None,
    });
    Drill {
        title: words.t("report-care"),
        sub: words.t("report-care-note"),
        items: items.take(LISTED).collect(),
        more: days.len().saturating_sub(LISTED),
    }
}

fn people_drill(
    links: &Links,
    reported: &Reported,
    subject: &Subject,
    pressed: Pressed,
    people: &[report::Person],
) -> Drill {
    let words = links.words;
    let year = reported.report.period.last().year();
    let items = people.iter().take(LISTED * 5).map(|one| {
        let age = one
            .birth_year
            .map(|born| words.n("checkin-age", i64::from(year) - i64::from(born)))
            .unwrap_or_default();
        let parts = [
            age,
            one.grid.clone(),
            one.building.clone(),
            words.n("report-came-times", one.visits),
        ];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Item {
            head: one.name.reveal(Purpose::ShowStaff).to_owned(),
            line: parts.join(&words.t("report-comma")),
            href: Some(format!("/staff/residents/{}", one.id)),
            button: words.t("report-open-person"),
            open: None,
        }
    });
    Drill {
        title: words.aa(
            "report-drill-people",
            "name",
            name_of(words, &reported.report, subject),
            "number",
            words.t(number_key(pressed)),
        ),
        sub: words.n("report-note-people-district", people.len()),
        items: items.collect(),
        more: people.len().saturating_sub(LISTED * 5),
    }
}

fn sessions(
    links: &Links,
    page: &StaffPage,
    reported: &Reported,
    subject: &Subject,
    behind: &[Behind],
    sees_names: bool,
) -> Drill {
    let words = links.words;
    let visits: i64 = behind
        .iter()
        .map(|session| match links.n {
            Pressed::Anonymous => session.tally.headcount.into(),
            _ => session.of_grid.unwrap_or_else(|| session.tally.visits()),
        })
        .sum();
    let one_programme = matches!(subject, Subject::Programme(_));
    let items = behind.iter().take(LISTED).map(|session| {
        let start = session.starts_at.to_zoned(page.community.zone.clone());
        Item {
            head: moment_words(start.datetime(), words.lang),
            line: line_of(words, page, session, one_programme, links.n),
            href: sees_names.then(|| {
                let show = crate::web::error::encode(&subject.to_string());
                format!("{}&show={show}&n={}&session={}#drill", links.base, links.n, session.id)
            }),
            button: words.t("report-roster"),
            open: None,
        }
    });
    Drill {
        title: words.with(
            "report-drill-title",
            [
                ("name", name_of(words, &reported.report, subject).into()),
                ("count", behind.len().into()),
            ],
        ),
        sub: match links.n {
            Pressed::Cancelled | Pressed::Moved => words.t(number_key(links.n)),
            Pressed::Anonymous => words.n("report-note-anonymous", visits),
            _ => words.n("report-count-visits", visits),
        },
        items: items.collect(),
        more: behind.len().saturating_sub(LISTED),
    }
}

fn line_of(words: Words, page: &StaffPage, session: &Behind, one_programme: bool, pressed: Pressed) -> String {
    let pick = |label: &Label| words.pick(&label.zh, &label.en).to_owned();
    let came = match (pressed, session.of_grid) {
        (Pressed::Cancelled, _) => String::new(),
        (Pressed::Anonymous, _) => words.n("report-heads", session.tally.headcount),
        (_, Some(count)) => words.aa("report-came-of-grid", "count", count, "all", session.tally.visits()),
        (_, None) if session.tally.headcount > 0 => words.aa(
            "report-came-anonymous",
            "count",
            session.tally.visits(),
            "heads",
            session.tally.headcount,
        ),
        (_, None) => words.n("report-came", session.tally.visits()),
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
    let moved = session.moved_from_at.map(|at| {
        let was = at.to_zoned(page.community.zone.clone()).datetime();
        words.a("report-moved-from", "was", moment_words(was, words.lang))
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
        moved.unwrap_or_default(),
        session.reason.clone(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(&words.t("report-comma"))
}

async fn roster(ctx: &Context, page: &StaffPage, reported: &Reported, id: SessionId) -> Result<Roster, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let list = attendance::door_list(ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    let mut present = list.present();
    present.reverse();
    let names = present.iter().map(|row| {
        let name = row.name.reveal(Purpose::ShowStaff);
        if row.building.is_empty() {
            name.to_owned()
        } else {
            words.aa("report-name-home", "name", name, "home", &row.building)
        }
    });
    let mut links = vec![(
        format!("/staff/sessions/{id}/check-in"),
        words.t("report-open-check-in"),
    )];
    if reported.frozen.is_some() {
        links.insert(
            0,
            (format!("/staff/sessions/{id}/correction"), words.t("month-correct")),
        );
    }
    Ok(Roster {
        names: names.collect(),
        counts: words.aa(
            "report-roster-counts",
            "named",
            list.tally.named,
            "heads",
            list.tally.headcount,
        ),
        links,
    })
}

/// The address of a month's report, for pages that lead back to it.
pub(super) fn report_of(page: &StaffPage, month: crate::domain::period::YearMonth) -> String {
    let community = match page.visitor.actor.role() {
        Some(Role::Admin) => format!("&community={}", crate::web::error::encode(&page.community.slug)),
        _ => String::new(),
    };
    format!("/staff/reports?{}{community}", query_of(month.period()))
}
