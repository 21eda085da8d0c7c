//! `/staff/import`: a calendar file of another program, looked through before anything of it is planned.

use askama::Template;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::StaffPage;
use super::clashes::Clashes;
use super::form::{Choice, Wrong, choices, named};
use crate::domain::calendar::format::{full_date, moment_words};
use crate::domain::community::Community;
use crate::domain::icalendar::read::{Left, Why};
use crate::domain::id::{ProgrammeId, SeriesId, UploadId};
use crate::domain::planning::ProgrammeKind;
use crate::services::calendar_import::{self, Imported, Pick, Review, Row};
use crate::services::wording::Words;
use crate::services::{Error, FieldError, community};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Dates of an event that are listed.
const DATES_SHOWN: usize = 4;

#[derive(Template)]
#[template(path = "staff/import/index.html")]
struct FilePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    wrong: Wrong,
}

struct EventLine {
    number: usize,
    title: String,
    rule: String,
    dates: String,
    place: String,
    programme: String,
    clashes: String,
    cautions: String,
    notes: Vec<String>,
    problem: String,
    venues: Vec<Choice>,
    kinds: Vec<Choice>,
    take: bool,
    may_take: bool,
}

struct LeftLine {
    title: String,
    line: String,
    why: String,
}

#[derive(Template)]
#[template(path = "staff/import/review.html")]
struct ReviewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: UploadId,
    name: String,
    wrong: Wrong,
    rows: Vec<EventLine>,
    left: Vec<LeftLine>,
}

struct MadeLine {
    programme: ProgrammeId,
    series: Option<SeriesId>,
    title: String,
    count: String,
    missing: Vec<String>,
}

#[derive(Template)]
#[template(path = "staff/import/done.html")]
struct DonePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    made: Vec<MadeLine>,
    refused: Vec<String>,
}

/// `GET /staff/import`.
pub async fn show(page: StaffPage) -> Response {
    file_page(&page, Wrong::default(), StatusCode::OK)
}

fn file_page(page: &StaffPage, wrong: Wrong, status: StatusCode) -> Response {
    let template = FilePage {
        v: &page.visitor,
        community: &page.community,
        active: "week",
        badge: page.badge,
        wrong,
    };
    (status, render(&template)).into_response()
}

/// `POST /staff/import`: keeps the file and shows what it would come to.
pub async fn receive(page: StaffPage, State(web): State<Web>, mut form: Multipart) -> Result<Response, WebError> {
    let v = &page.visitor;
    let mut file: Option<(String, Vec<u8>)> = None;
    // A part that cannot be read is a file that was cut off, or too large.
    while let Some(field) = form.next_field().await.map_err(|_| cut_off()).for_visitor(v)? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or_default().to_owned();
            let content = field.bytes().await.map_err(|_| cut_off()).for_visitor(v)?;
            file = Some((name, content.to_vec()));
        }
    }
    let (name, content) = file.unwrap_or_default();
    match calendar_import::receive(&web.ctx, &v.actor, page.community.id, &name, content).await {
        Ok(id) => Ok(Redirect::to(&format!("/staff/import/{id}")).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            Ok(file_page(&page, wrong, StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

fn cut_off() -> Error {
    Error::invalid("file", "import-cut-off", "")
}

/// `GET /staff/import/{id}`: the review.
pub async fn review(page: StaffPage, State(web): State<Web>, Path(id): Path<UploadId>) -> Result<Response, WebError> {
    look(&web, &page, id, None, Wrong::default()).await
}

async fn look(
    web: &Web,
    page: &StaffPage,
    id: UploadId,
    chosen: Option<&Chosen>,
    wrong: Wrong,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let found = calendar_import::review(&web.ctx, &v.actor, page.community.id, id).await;
    let Review { name, rows, left } = match found {
        Ok(review) => review,
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            return Ok(file_page(page, wrong, StatusCode::CONFLICT));
        }
    };
    let clashes = Clashes::load(&web.ctx, &page.community).await.for_visitor(v)?;
    let venues = community::venues(&web.ctx, page.community.id).await.for_visitor(v)?;
    let venues: Vec<(String, String)> = venues
        .iter()
        .map(|venue| {
            (
                venue.id.to_string(),
                v.words.pick(&venue.name, &venue.name_en).to_owned(),
            )
        })
        .collect();
    let status = if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let template = ReviewPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        id,
        name,
        wrong,
        rows: rows
            .into_iter()
            .map(|row| event_line(v.words, &clashes, &page.community, &venues, chosen, row))
            .collect(),
        left: left.iter().map(|left| left_line(v.words, left)).collect(),
    };
    Ok((status, render(&template)).into_response())
}

fn event_line(
    words: Words,
    clashes: &Clashes,
    home: &Community,
    venues: &[(String, String)],
    chosen: Option<&Chosen>,
    row: Row,
) -> EventLine {
    let lang = words.lang;
    let typed = |list: fn(&Chosen) -> &Vec<String>| {
        let list = chosen.map(list)?;
        let prefix = format!("{}:", row.number);
        list.iter().find_map(|one| one.strip_prefix(&prefix).map(str::to_owned))
    };
    let (mut dates, mut taken, mut problem) = (Vec::new(), String::new(), String::new());
    let mut cautions = String::new();
    match &row.planned {
        Some(Ok(planned)) => {
            let standing = planned
                .sessions
                .iter()
                .chain(&planned.missing)
                .map(|session| &session.starts);
            let mut starts: Vec<_> = standing.chain(&planned.later).collect();
            starts.sort();
            dates = starts
                .into_iter()
                .take(DATES_SHOWN)
                .map(|at| full_date(at.date(), lang))
                .collect();
            if let Some(first) = planned.cautions().next() {
                let args = [
                    ("n", planned.cautions().count().into()),
                    ("why", words.caution(first).into()),
                ];
                cautions = words.with("import-caution", args);
            }
            if let Some(first) = planned.missing.first() {
                let why: Vec<String> = first.clashes.iter().map(|clash| clashes.words(words, clash)).collect();
                let key = if planned.sessions.is_empty() {
                    "import-all-clash"
                } else {
                    "import-clash"
                };
                taken = words.with(
                    key,
                    [("n", planned.missing.len().into()), ("why", why.join(" ").into())],
                );
            }
        }
        Some(Err(errors)) => {
            let said: Vec<String> = errors.iter().map(|error| words.field_error(error)).collect();
            problem = said.join(&words.t("staff-comma"));
        }
        None => dates.push(full_date(row.event.starts_local.date(), lang)),
    }
    if row.over {
        problem = words.t("import-over");
    } else if row.already {
        problem = words.t("import-already");
    }
    let may_take = !row.over && !matches!(row.planned, Some(Err(_)));
    let ticked = chosen.is_none_or(|chosen| chosen.take.contains(&row.number.to_string()));
    let venue = typed(|chosen| &chosen.venue).or_else(|| row.venue.map(|venue| venue.to_string()));
    let kinds: Vec<&str> = ProgrammeKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let kind = typed(|chosen| &chosen.kind).unwrap_or_else(|| ProgrammeKind::Class.as_str().to_owned());
    let prefixed = |mut list: Vec<Choice>| {
        for choice in &mut list {
            choice.value = format!("{}:{}", row.number, choice.value);
        }
        list
    };
    let none = std::iter::once((String::new(), words.t("import-choose-venue")));
    EventLine {
        number: row.number,
        title: row.event.title.clone(),
        rule: format!(
            "{} · {}",
            row.event.recurrence(&home.zone).words(lang),
            words.n("import-minutes", row.event.duration_minutes)
        ),
        dates: dates.join(&words.t("staff-comma")),
        place: row.event.place.clone(),
        programme: if row.programme.is_some() {
            words.t("import-known-programme")
        } else {
            words.t("import-new-programme")
        },
        clashes: taken,
        cautions,
        notes: row
            .event
            .notes
            .iter()
            .map(|one| words.t(&format!("import-note-{}", one.name())))
            .collect(),
        problem,
        venues: prefixed(choices(none.chain(venues.iter().cloned()), &venue.unwrap_or_default())),
        kinds: prefixed(named(words, "staff-kind", &kinds, &kind)),
        take: may_take && ticked && (chosen.is_some() || !row.already),
        may_take,
    }
}

fn left_line(words: Words, left: &Left) -> LeftLine {
    let key = format!("import-left-{}", left.why.name());
    let why = match &left.why {
        Why::NoEvent(what) | Why::Start(what) | Why::UnknownZone(what) | Why::OtherZone(what) | Why::Nesting(what) => {
            words.a(&key, "what", what.as_str())
        }
        Why::Length(minutes) => words.a(&key, "what", *minutes),
        Why::Rule(error) => words.a(&key, "what", error.words(words.lang)),
        Why::TooManyDates(count) | Why::TooMany(count) => words.n(&key, *count),
        Why::AllDay
        | Why::PastMidnight
        | Why::Seconds
        | Why::SeveralRules
        | Why::Duplicate
        | Why::LostOverride
        | Why::Following => words.t(&key),
    };
    LeftLine {
        title: left.title.clone(),
        line: if left.line == usize::MAX {
            String::new()
        } else {
            words.n("import-line", left.line)
        },
        why,
    }
}

/// What was chosen: each value begins with the event's number and a colon.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    take: Vec<String>,
    venue: Vec<String>,
    kind: Vec<String>,
}

impl Chosen {
    fn picks(&self) -> Result<Vec<Pick>, Vec<FieldError>> {
        let mut errors = Vec::new();
        let of = |list: &[String], number: &str| {
            let prefix = format!("{number}:");
            list.iter()
                .find_map(|one| one.strip_prefix(&prefix).map(str::to_owned))
                .unwrap_or_default()
        };
        let mut picks = Vec::new();
        for number in &self.take {
            let venue = of(&self.venue, number).parse();
            let kind = of(&self.kind, number).parse();
            match (number.parse(), venue, kind) {
                (Ok(number), Ok(venue), Ok(kind)) => picks.push(Pick { number, venue, kind }),
                (_, Err(_), _) => {
                    errors.push(FieldError::new(format!("venue-{number}"), "import-venue-missing", ""));
                }
                _ => errors.push(FieldError::new("take", "form-choose", number)),
            }
        }
        if errors.is_empty() { Ok(picks) } else { Err(errors) }
    }
}

/// `POST /staff/import/{id}`: plans what was chosen.
pub async fn carry_out(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<UploadId>,
    Form(chosen): Form<Chosen>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let picks = match chosen.picks() {
        Ok(picks) => picks,
        Err(errors) => return look(&web, &page, id, Some(&chosen), Wrong::fields(v.words, &errors)).await,
    };
    match calendar_import::carry_out(&web.ctx, &v.actor, page.community.id, id, picks).await {
        Ok(done) => Ok(done_page(&page, done)),
        Err(error @ Error::State { .. }) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            Ok(file_page(&page, wrong, StatusCode::CONFLICT))
        }
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            look(&web, &page, id, Some(&chosen), wrong).await
        }
    }
}

fn done_page(page: &StaffPage, done: Imported) -> Response {
    let words = page.visitor.words;
    let made = done.made.into_iter().map(|made| MadeLine {
        programme: made.programme,
        series: made.series,
        title: made.title,
        count: words.n("staff-preview-count", made.planned.sessions.len()),
        missing: made
            .planned
            .missing
            .iter()
            .map(|session| {
                let at = moment_words(session.starts.datetime(), words.lang);
                let free = session.nearest_free.as_ref();
                let free =
                    free.map(|free| words.a("series-nearest", "when", moment_words(free.datetime(), words.lang)));
                format!("{at} {}", free.unwrap_or_default())
            })
            .collect(),
    });
    let template = DonePage {
        v: &page.visitor,
        community: &page.community,
        active: "week",
        badge: page.badge,
        made: made.collect(),
        refused: done.refused,
    };
    render(&template).into_response()
}
