//! `/staff/residents/import`: a list of residents is sent, looked through, imported as a whole, and can be undone for a day.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Json;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use jiff::Timestamp;
use serde::Deserialize;

use super::StaffPage;
use super::form::Wrong;
use crate::domain::calendar::format::moment_words;
use crate::domain::community::Community;
use crate::domain::id::UploadId;
use crate::domain::material::clean_name;
use crate::domain::resident_import::settle::{Counts, Settled, Verdict};
use crate::domain::resident_import::{MOST_ROWS, Place};
use crate::domain::text::Purpose;
use crate::services::resident_import::{self, Look, Past, Progress, Standing, Take, read, words};
use crate::services::wording::Words;
use crate::services::{Error, community};
use crate::web::Web;
use crate::web::body::{UploadError, read_upload};
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

/// Lines of the report on one page.
const PAGE: usize = 100;
/// How long the answer to a confirmation waits for the import to end; beyond it a page shows how far it is.
const WAIT: Duration = Duration::from_secs(2);

struct PastLine {
    id: String,
    name: String,
    at: String,
    said: String,
    undone: bool,
}

#[derive(Template)]
#[template(path = "staff/residents/import/index.html")]
struct FilePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    wrong: Wrong,
    most_bytes: usize,
    most_rows: usize,
    past: Vec<PastLine>,
    undone: bool,
}

/// What the first page is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    undone: bool,
}

/// `GET /staff/residents/import`.
///
/// # Errors
/// As the use case.
pub async fn show(page: StaffPage, State(web): State<Web>, Query(asked): Query<Asked>) -> Result<Response, WebError> {
    file_page(&web, &page, Wrong::default(), asked.undone, StatusCode::OK).await
}

async fn file_page(
    web: &Web,
    page: &StaffPage,
    wrong: Wrong,
    undone: bool,
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let past = resident_import::latest(&web.ctx, &v.actor, page.community.id)
        .await
        .for_visitor(v)?;
    let line = |import: &Past| PastLine {
        id: import.id.to_string(),
        name: import.name.clone(),
        at: at_words(page, import.created_at),
        said: counts_words(v.words, import.created, import.filled, import.wrong),
        undone: import.undone_at.is_some(),
    };
    let template = FilePage {
        v,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        wrong,
        most_bytes: read::FILE_BYTES,
        most_rows: MOST_ROWS,
        past: past.iter().map(line).collect(),
        undone,
    };
    Ok((status, render(&template)).into_response())
}

fn at_words(page: &StaffPage, at: Timestamp) -> String {
    moment_words(
        at.to_zoned(page.community.zone.clone()).datetime(),
        page.visitor.words.lang,
    )
}

fn counts_words(words: Words, created: i32, filled: i32, wrong: i32) -> String {
    let args = [
        ("created", created.into()),
        ("filled", filled.into()),
        ("wrong", wrong.into()),
    ];
    words.with("residents-import-counts", args)
}

/// `POST /staff/residents/import`: reads the file and keeps its table for the review.
///
/// # Errors
/// As the use case.
pub async fn receive(
    page: StaffPage,
    State(web): State<Web>,
    headers: HeaderMap,
    form: Multipart,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let sent = match read_upload(&headers, form).await {
        Ok(sent) => sent,
        Err(error) => {
            let status = error.status();
            let wrong = Wrong::of_error(v.words, UploadError::into_error(error)).for_visitor(v)?;
            return file_page(&web, &page, wrong, false, status).await;
        }
    };
    let (name, bytes) = sent.file.unwrap_or_default();
    match resident_import::receive(&web.ctx, &v.actor, page.community.id, &clean_name(&name), bytes).await {
        Ok(id) => Ok(Redirect::to(&format!("/staff/residents/import/{id}")).into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            file_page(&web, &page, wrong, false, StatusCode::UNPROCESSABLE_ENTITY).await
        }
    }
}

/// `GET /staff/residents/import/template.xlsx`: an empty list.
///
/// # Errors
/// As the use case.
pub async fn template(page: StaffPage, State(web): State<Web>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let grids = community::grids(&web.ctx, page.community.id).await.for_visitor(v)?;
    let names: Vec<String> = grids.into_iter().map(|grid| grid.name).collect();
    let bytes = resident_import::template(v.words, &names).for_visitor(v)?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(file(kind, "residents.xlsx", bytes))
}

fn file(kind: &'static str, name: &'static str, bytes: Vec<u8>) -> Response {
    let disposition = match name {
        "residents.xlsx" => "attachment; filename=\"residents.xlsx\"",
        _ => "attachment; filename=\"residents-left-out.csv\"",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, bytes).into_response()
}

/// Which lines of the report are asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    /// `wrong`, `new`, `known`, or all.
    show: String,
    /// From 1.
    page: usize,
}

struct Tab {
    label: String,
    href: String,
    on: bool,
}

struct ReportLine {
    row: u32,
    label: String,
    value: String,
    what: String,
    wrong: bool,
}

struct Mapped {
    label: String,
    field: String,
}

#[derive(Template)]
#[template(path = "staff/residents/import/review.html")]
struct ReviewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: UploadId,
    name: &'a str,
    wrong: Wrong,
    counts: Counts,
    digest: &'a str,
    sheet: String,
    mapped: Vec<Mapped>,
    unread: String,
    sensitive: String,
    tabs: Vec<Tab>,
    lines: Vec<ReportLine>,
    pages: Vec<Tab>,
}

#[derive(Template)]
#[template(path = "staff/residents/import/running.html")]
struct RunningPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: UploadId,
    said: String,
    done: usize,
    total: usize,
}

#[derive(Template)]
#[template(path = "staff/residents/import/done.html")]
struct DonePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    id: UploadId,
    name: String,
    at: String,
    created: i32,
    filled: i32,
    known: i32,
    left: i32,
    rest: bool,
    undone: String,
    may_undo: bool,
    wrong: Wrong,
}

/// `GET /staff/residents/import/{id}`: how far it is, what came of it, or the review.
///
/// # Errors
/// As the use case.
pub async fn review(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<UploadId>,
    Query(part): Query<Part>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    match web.imports.look(id) {
        Some(Standing::Running(progress)) => Ok(running(&page, id, &progress)),
        Some(Standing::Failed(error)) => {
            let wrong = Wrong::whole(error_words(v.words, &error));
            look(&web, &page, id, &part, wrong).await
        }
        None => look(&web, &page, id, &part, Wrong::default()).await,
    }
}

/// What went wrong in the background, for people. What is not theirs to put right is in the log.
fn error_words(words: Words, error: &Error) -> String {
    match error {
        Error::State { code } => words.t(&format!("error-{code}")),
        _ => words.t("residents-import-failed"),
    }
}

fn running(page: &StaffPage, id: UploadId, progress: &Progress) -> Response {
    let (step, done, total) = progress.now();
    render(&RunningPage {
        v: &page.visitor,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        id,
        said: words::step(page.visitor.words, step, done, total),
        done,
        total: total.max(1),
    })
}

/// `GET /staff/residents/import/{id}/progress`: the same for a script.
///
/// # Errors
/// Never.
pub async fn progress(page: StaffPage, State(web): State<Web>, Path(id): Path<UploadId>) -> Json<serde_json::Value> {
    // Only looked at: an error is left for the page to tell.
    Json(match web.imports.glance(id) {
        Some(Standing::Running(progress)) => {
            let (step, done, total) = progress.now();
            let said = words::step(page.visitor.words, step, done, total);
            serde_json::json!({"running": true, "done": done, "total": total.max(1), "said": said})
        }
        _ => serde_json::json!({"running": false}),
    })
}

/// The page of an import that was made, or the review of one that was not.
async fn look(web: &Web, page: &StaffPage, id: UploadId, part: &Part, wrong: Wrong) -> Result<Response, WebError> {
    let v = &page.visitor;
    let made = resident_import::find(&web.ctx, &v.actor, page.community.id, id)
        .await
        .for_visitor(v)?;
    if let Some((import, rest)) = made {
        let status = status_of(&wrong);
        let may_undo = resident_import::may_undo(&import, web.ctx.now()).is_ok();
        let template = DonePage {
            v,
            community: &page.community,
            active: "residents",
            badge: page.badge,
            id,
            name: import.name,
            at: at_words(page, import.created_at),
            created: import.created,
            filled: import.filled,
            known: import.known,
            left: import.wrong,
            rest,
            undone: import.undone_at.map(|at| at_words(page, at)).unwrap_or_default(),
            may_undo,
            wrong,
        };
        return Ok((status, render(&template)).into_response());
    }
    match resident_import::review(&web.ctx, &v.actor, page.community.id, id).await {
        Ok(seen) => Ok(review_page(page, id, &seen, part, wrong)),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            file_page(web, page, wrong, false, StatusCode::CONFLICT).await
        }
    }
}

fn status_of(wrong: &Wrong) -> StatusCode {
    if wrong.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::CONFLICT
    }
}

fn review_page(page: &StaffPage, id: UploadId, seen: &Look, part: &Part, wrong: Wrong) -> Response {
    let v = &page.visitor;
    let words = v.words;
    let counts = seen.counts;
    let show = match part.show.as_str() {
        "wrong" | "new" | "known" | "all" => part.show.as_str(),
        _ if counts.wrong > 0 => "wrong",
        _ => "all",
    };
    let belongs = |row: &&Settled| match row.verdict {
        Verdict::Wrong(_) => show == "wrong" || show == "all",
        Verdict::New => show == "new" || show == "all",
        Verdict::Known { .. } => show == "known" || show == "all",
    };
    let rows: Vec<&Settled> = seen.settled.iter().filter(belongs).collect();
    let last = rows.len().div_ceil(PAGE).max(1);
    let at = part.page.clamp(1, last);
    let lines = rows.iter().skip((at - 1) * PAGE).take(PAGE).flat_map(|row| {
        let name = row.clean.as_ref().map(|clean| clean.name.reveal(Purpose::ShowStaff));
        let wrong = matches!(row.verdict, Verdict::Wrong(_));
        words::row(words, row, name.unwrap_or_default())
            .into_iter()
            .map(move |said| ReportLine {
                row: said.row,
                label: said.label,
                value: said.value,
                what: said.what,
                wrong,
            })
    });
    let address = |show: &str, page: usize| format!("/staff/residents/import/{id}?show={show}&page={page}");
    let tab = |name: &str, count: usize| Tab {
        label: words.n(&format!("residents-show-{name}"), count),
        href: address(name, 1),
        on: name == show,
    };
    // The neighbours of this page, and both ends.
    let near = (1..=last).filter(|page| *page == 1 || *page == last || page.abs_diff(at) <= 2);
    let pages = near.map(|page| Tab {
        label: page.to_string(),
        href: address(show, page),
        on: page == at,
    });
    let mapped = |place: &Place| Mapped {
        label: place.label.clone(),
        field: words::field(words, place.field),
    };
    let comma = words.t("staff-comma");
    let template = ReviewPage {
        v,
        community: &page.community,
        active: "residents",
        badge: page.badge,
        id,
        name: &seen.name,
        counts,
        digest: &seen.digest,
        sheet: match (&seen.table.sheet, seen.table.other_sheets) {
            (sheet, others) if others > 0 => {
                let args = [("sheet", sheet.clone().into()), ("n", others.into())];
                words.with("residents-sheet", args)
            }
            _ => String::new(),
        },
        mapped: seen.table.places.iter().map(mapped).collect(),
        unread: seen.table.unread.join(&comma),
        sensitive: seen.table.sensitive.join(&comma),
        tabs: vec![
            tab("wrong", counts.wrong),
            tab("new", counts.new),
            tab("known", counts.filled + counts.known),
            tab("all", counts.rows),
        ],
        lines: lines.collect(),
        pages: if last > 1 { pages.collect() } else { Vec::new() },
        wrong,
    };
    let status = status_of(&template.wrong);
    (status, render(&template)).into_response()
}

/// What the review page sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Confirmed {
    seen: String,
    take: String,
}

/// `POST /staff/residents/import/{id}`: imports what was reviewed. It goes on when the browser does not wait for it.
///
/// # Errors
/// As the use case.
pub async fn carry_out(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<UploadId>,
    Form(confirmed): Form<Confirmed>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let here = format!("/staff/residents/import/{id}");
    let Some(progress) = web.imports.begin(id) else {
        return Ok(Redirect::to(&here).into_response());
    };
    let take = if confirmed.take == "good" {
        Take::Good
    } else {
        Take::All
    };
    let (to, actor, community, words) = (web.clone(), v.actor.clone(), page.community.id, v.words);
    let mut task = tokio::spawn(async move {
        let done =
            resident_import::carry_out(&to.ctx, &actor, community, id, &confirmed.seen, take, words, &progress).await;
        let failed = done.err().map(Arc::new);
        if let Some(error) = failed.as_ref().filter(|error| !matches!(***error, Error::State { .. })) {
            tracing::error!(%error, import = %id, "residents could not be imported");
        }
        to.imports.end(id, failed);
    });
    match tokio::time::timeout(WAIT, &mut task).await {
        Ok(Ok(())) => match web.imports.look(id) {
            Some(Standing::Failed(error)) => {
                let wrong = Wrong::whole(error_words(v.words, &error));
                look(&web, &page, id, &Part::default(), wrong).await
            }
            _ => Ok(Redirect::to(&here).into_response()),
        },
        Ok(Err(panic)) => {
            web.imports.end(id, None);
            Err(WebError::new(v, Error::Internal(format!("an import: {panic}"))))
        }
        Err(_) => Ok(Redirect::to(&here).into_response()),
    }
}

/// `GET /staff/residents/import/{id}/left-out.csv`: the rows that are wrong, with the reasons.
///
/// # Errors
/// As the use case.
pub async fn rest(page: StaffPage, State(web): State<Web>, Path(id): Path<UploadId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    let csv = resident_import::rest(&web.ctx, &v.actor, page.community.id, id, v.words)
        .await
        .for_visitor(v)?;
    Ok(file("text/csv; charset=utf-8", "residents-left-out.csv", csv))
}

/// `POST /staff/residents/import/{id}/undo`.
///
/// # Errors
/// As the use case.
pub async fn undo(page: StaffPage, State(web): State<Web>, Path(id): Path<UploadId>) -> Result<Response, WebError> {
    let v = &page.visitor;
    match resident_import::undo(&web.ctx, &v.actor, page.community.id, id).await {
        Ok(()) => Ok(Redirect::to("/staff/residents/import?undone=true").into_response()),
        Err(error) => {
            let wrong = Wrong::of_error(v.words, error).for_visitor(v)?;
            look(&web, &page, id, &Part::default(), wrong).await
        }
    }
}
