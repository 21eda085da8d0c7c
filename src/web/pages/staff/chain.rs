//! `/staff/sessions/{id}/chain`: a list from a chat group is pasted, looked through line by line, and taken over.
//!
//! The text goes from page to page in the form: it is never stored.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::StaffPage;
use super::chain_lines::{Counts, Line, Typed, button, count, line};
use super::form::{Wrong, WrongItem};
use crate::domain::calendar::day_part::time_words;
use crate::domain::calendar::format::{day_words, moment_words, weekday_short};
use crate::domain::chain::{Mismatch, Outcome};
use crate::domain::community::Community;
use crate::domain::id::{EnrolmentId, SessionId};
use crate::domain::text::Purpose;
use crate::services::chain::{self, Done, Review, Row, What};
use crate::services::schedule::{self, SessionView};
use crate::services::wording::Words;
use crate::services::{Error, FieldError};
use crate::web::Web;
use crate::web::error::{ForVisitor, WebError};
use crate::web::extract::Visitor;
use crate::web::pages::render;

#[derive(Template)]
#[template(path = "staff/chain/paste.html")]
struct PastePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: SessionId,
    title: String,
    when: String,
    wrong: Wrong,
    text: String,
}

#[derive(Template)]
#[template(path = "staff/chain/review.html")]
struct ReviewPage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: SessionId,
    title: String,
    when: String,
    wrong: Wrong,
    text: String,
    warnings: Vec<String>,
    seats: String,
    before: usize,
    rows: Vec<Line>,
    blank: usize,
    left: Vec<String>,
    gone: Vec<(EnrolmentId, String, bool)>,
    button: String,
    counts: Counts,
}

/// A line of the result.
struct DoneLine {
    line: String,
    name: String,
    what: String,
    kind: &'static str,
    new: bool,
}

#[derive(Template)]
#[template(path = "staff/chain/done.html")]
struct DonePage<'a> {
    v: &'a Visitor,
    community: &'a Community,
    active: &'static str,
    badge: Option<u32>,
    session: SessionId,
    title: String,
    when: String,
    sums: Vec<String>,
    rows: Vec<DoneLine>,
}

/// `GET /staff/sessions/{id}/chain`.
pub async fn show(page: StaffPage, State(web): State<Web>, Path(id): Path<SessionId>) -> Result<Response, WebError> {
    paste(&web, &page, id, String::new(), Wrong::default(), StatusCode::OK).await
}

async fn paste(
    web: &Web,
    page: &StaffPage,
    id: SessionId,
    text: String,
    wrong: Wrong,
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    let template = PastePage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        session: id,
        title: title(v.words, &session),
        when: moment_words(session.starts.datetime(), v.words.lang),
        wrong,
        text,
    };
    Ok((status, render(&template)).into_response())
}

fn title(words: Words, session: &SessionView) -> String {
    words
        .pick(&session.programme.title, &session.programme.title_en)
        .to_owned()
}

/// `POST /staff/sessions/{id}/chain/review`.
pub async fn look(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let back = pairs.iter().any(|(field, _)| field == "back");
    let typed = Typed::read(pairs);
    if back {
        return paste(&web, &page, id, typed.text, Wrong::default(), StatusCode::OK).await;
    }
    let typed = Typed {
        text: typed.text,
        ..Typed::default()
    };
    review_page(&web, &page, id, typed, &[], StatusCode::OK).await
}

/// `POST /staff/sessions/{id}/chain`.
pub async fn carry_out(
    page: StaffPage,
    State(web): State<Web>,
    Path(id): Path<SessionId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let typed = Typed::read(pairs);
    let home = page.community.id;
    let picks = typed.picks();
    let done = chain::carry_out(&web.ctx, &v.actor, home, id, &typed.text, &picks, &typed.gone).await;
    match done {
        Ok(done) => done_page(&web, &page, id, done).await,
        Err(Error::Invalid(errors)) => {
            review_page(&web, &page, id, typed, &errors, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(Error::State { code }) => {
            let error = FieldError::new("", code, "");
            review_page(&web, &page, id, typed, &[error], StatusCode::CONFLICT).await
        }
        Err(error) => Err(error).for_visitor(v),
    }
}

async fn review_page(
    web: &Web,
    page: &StaffPage,
    id: SessionId,
    typed: Typed,
    errors: &[FieldError],
    status: StatusCode,
) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let home = page.community.id;
    let review = match chain::review(&web.ctx, &v.actor, home, id, &typed.text).await {
        Ok(review) => review,
        Err(error) => {
            let wrong = Wrong::of_error(words, error).for_visitor(v)?;
            return paste(web, page, id, typed.text, wrong, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let Review {
        session,
        mismatches,
        rows,
        blank,
        left,
        gone,
    } = review;
    let is_before = |row: &Row| row.before.is_some_and(|outcome| outcome != Outcome::Skipped);
    let before = rows.iter().filter(|row| is_before(row)).count();
    let rows: Vec<Line> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| !is_before(row))
        .map(|(at, row)| line(words, at, row, &typed))
        .collect();
    let counts = count(&rows, typed.gone.len());
    let template = ReviewPage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        session: id,
        title: title(words, &session),
        when: moment_words(session.starts.datetime(), words.lang),
        wrong: wrong(words, errors),
        warnings: mismatches
            .iter()
            .map(|mismatch| warning(words, mismatch, &session))
            .collect(),
        seats: seats(words, &session, &counts),
        before,
        blank,
        left: left
            .into_iter()
            .map(|(at, text)| words.with("chain-line-says", [("line", at.into()), ("what", text.into())]))
            .collect(),
        gone: gone
            .into_iter()
            .map(|(id, name)| (id, name.reveal(Purpose::ShowStaff).to_owned(), typed.gone.contains(&id)))
            .collect(),
        button: button(words, &counts),
        counts,
        rows,
        text: typed.text,
    };
    Ok((status, render(&template)).into_response())
}

/// What is wrong, each with the line it is about.
fn wrong(words: Words, errors: &[FieldError]) -> Wrong {
    let item = |error: &FieldError| {
        let what = words.field_error(error);
        let message = match error.args.get("line").and_then(|line| line.parse::<usize>().ok()) {
            Some(line) => words.with("chain-line-says", [("line", line.into()), ("what", what.into())]),
            None => what,
        };
        WrongItem {
            field: error.field.clone(),
            message,
        }
    };
    Wrong {
        items: errors.iter().map(item).collect(),
    }
}

fn warning(words: Words, mismatch: &Mismatch, session: &SessionView) -> String {
    let starts = &session.starts;
    let (key, found, here) = match mismatch {
        Mismatch::Date(found) => ("date", found, day_words(starts.date(), words.lang)),
        Mismatch::Weekday(found) => (
            "weekday",
            found,
            weekday_short(starts.date().weekday(), words.lang).to_owned(),
        ),
        Mismatch::Time(found) => ("time", found, time_words(starts.time(), words.lang)),
        Mismatch::Title(found) => ("title", found, title(words, session)),
    };
    words.aa(&format!("chain-other-{key}"), "found", found, "here", here)
}

/// How far the places go, when they do not go far enough.
fn seats(words: Words, session: &SessionView, counts: &Counts) -> String {
    let Some(capacity) = session.capacity else {
        return String::new();
    };
    let free = capacity - session.enrolled - session.asked - session.waitlisted;
    let wanting = i32::try_from(counts.join + counts.wait + counts.choose).unwrap_or(i32::MAX);
    if free <= 0 {
        words.t("chain-seats-none")
    } else if wanting > free {
        words.n("chain-seats-left", free)
    } else {
        String::new()
    }
}

async fn done_page(web: &Web, page: &StaffPage, id: SessionId, done: Done) -> Result<Response, WebError> {
    let v = &page.visitor;
    let words = v.words;
    let session = schedule::session(&web.ctx, page.community.id, id)
        .await
        .for_visitor(v)?;
    let sums = [
        ("enrolled", done.count(|row| row.what == What::Enrolled)),
        ("waits", done.count(|row| matches!(row.what, What::Waits(_)))),
        ("cancelled", done.count(|row| row.what == What::Cancelled)),
        ("new", done.count(|row| row.new)),
        ("already", done.count(|row| row.what == What::Already)),
        ("unnamed", done.unnamed),
    ];
    let rows = done.rows.iter().map(|row| {
        let (key, kind, n) = match row.what {
            What::Enrolled => ("enrolled", "ok", 0),
            What::Waits(ahead) => ("waits", "wait", ahead),
            What::Already => ("already", "info", 0),
            What::Cancelled => ("cancelled", "bad", 0),
            What::NothingToCancel => ("nothing", "info", 0),
            What::Skipped => ("skipped", "info", 0),
            What::Before => ("before", "info", 0),
        };
        DoneLine {
            line: row.line.map(|line| words.n("chain-line", line)).unwrap_or_default(),
            name: row.name.reveal(Purpose::ShowStaff).to_owned(),
            what: words.n(&format!("chain-what-{key}"), n),
            kind,
            new: row.new,
        }
    });
    Ok(render(&DonePage {
        v,
        community: &page.community,
        active: "week",
        badge: page.badge,
        session: id,
        title: title(words, &session),
        when: moment_words(session.starts.datetime(), words.lang),
        sums: sums
            .into_iter()
            .filter(|(_, n)| *n > 0)
            .map(|(what, n)| words.n(&format!("chain-done-{what}"), n))
            .collect(),
        rows: rows.collect(),
    }))
}
